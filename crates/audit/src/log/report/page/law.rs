//! The law that was asked: which rules decided, how far they were verified, what is open.
use std::{collections::BTreeMap, fmt::Write as _};

use bylaw_law::{RuleId, sources::Standing};

use super::Page;
use crate::log::report::{
    Lang, counts,
    html::{self, Cell, Code, Escaped, Prose, Table},
    words::{self, number},
};

pub(super) fn write(page: &mut Page<'_>) {
    let report = page.report;
    let instruments = report.jurisdiction.instruments.len();
    let text = match page.lang {
        Lang::En => format!(
            "The law of {} with the layers above it: {instruments} instruments. Every answer can be asked again with `bylaw decide`; what a rule says in full stands in its pack (`bylaw law show`).",
            report.place
        ),
        Lang::Es => format!(
            "La ley de {} con las capas de arriba: {instruments} instrumentos. Toda respuesta se puede volver a preguntar con `bylaw decide`; lo que una regla dice por entero está en su paquete (`bylaw law show`).",
            report.place
        ),
    };
    page.paragraph(&text);
    let rules: Vec<RuleId> =
        counts::rules(&report.audited.tally).into_iter().map(|(rule, _)| rule).collect();
    if rules.is_empty() {
        page.paragraph(
            page.say("No rule of it decided any row.", "Ninguna regla suya decidió ninguna fila."),
        );
        return;
    }
    weakest(page, &rules);
    table(page);
    questions(page, &rules);
    reviews(page, &rules);
}

/// How many of the rules nobody has read against their source.
fn weakest(page: &mut Page<'_>, rules: &[RuleId]) {
    let law = page.report.law;
    let verified =
        |rule: &&RuleId| Standing::of(&law.rule(**rule).status) == Some(Standing::Verified);
    let (all, sure) = (rules.len(), rules.iter().filter(verified).count());
    let text = match (page.lang, sure == all) {
        (Lang::En, true) => {
            format!(
                "Rules that bear on rows: {all}, all verified against a source as far as their rows say."
            )
        }
        (Lang::Es, true) => format!(
            "Reglas que atañen a filas: {all}, todas verificadas con una fuente hasta donde dicen sus filas."
        ),
        (Lang::En, false) => format!(
            "Rules that bear on rows: {all}. Verified against a source: {sure}. The others rest in part or wholly on memory or on the author’s own reading, as their rows say."
        ),
        (Lang::Es, false) => format!(
            "Reglas que atañen a filas: {all}. Verificadas con una fuente: {sure}. Las demás descansan en parte o del todo en la memoria o en la lectura propia del autor, como dicen sus filas."
        ),
    };
    page.paragraph(&text);
    page.paragraph(page.say(
        "An answer is no surer than its rule.",
        "Una respuesta no es más segura que su regla.",
    ));
}

fn table(page: &mut Page<'_>) {
    let law = page.report.law;
    let heads = [
        page.say("Rule", "Regla"),
        page.say("Citation", "Cita"),
        page.say("What it is about", "De qué trata"),
        page.say("How far it was verified", "Hasta dónde se verificó"),
        page.say("Rows it bears on", "Filas a las que atañe"),
    ];
    let caption = page.say("Rules that decided rows, or between which a row stands; several may bear on one row", "Reglas que decidieron filas, o entre las que está una fila; a una fila pueden atañer varias");
    let mut table = Table::new(caption, &heads);
    for (id, split) in counts::rules(&page.report.audited.tally) {
        let rule = law.rule(id);
        let about = format!(
            "{}: {}",
            Escaped(&law.instrument_of(id).title),
            Prose(words::heading(law, id))
        );
        table.row([
            Cell::Html(html::rule(&rule.id)),
            Cell::text(&rule.cite),
            Cell::Html(about),
            Cell::text(&rule.status),
            Cell::Number(split.all().rows),
        ]);
    }
    page.html += &table.end();
}

/// Open questions of law on which these rules turn.
fn questions(page: &mut Page<'_>, rules: &[RuleId]) {
    let law = page.report.law;
    let mut open: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for &rule in rules {
        let rule = law.rule(rule);
        if let Some(question) = &rule.contested {
            open.entry(question).or_default().push(&rule.id);
        }
    }
    page.heading("Open questions of law", "Preguntas de derecho abiertas");
    if open.is_empty() {
        page.paragraph(page.say(
            "None of these rules turns on a question that the packs hold open.",
            "Ninguna de estas reglas depende de una pregunta que los paquetes dejen abierta.",
        ));
        return;
    }
    page.html += "<ul>\n";
    for (name, rules) in open {
        let mut stories = law.instruments.iter().flat_map(|instrument| &instrument.questions);
        let story = stories.find(|(known, _)| known == name).map_or(name, |(_, story)| story);
        let rules: Vec<String> = rules.into_iter().map(html::rule).collect();
        _ = writeln!(
            page.html,
            "<li>{} <span class=\"soft\">{}</span></li>",
            Prose(story),
            rules.join(" ")
        );
    }
    page.html += "</ul>\n";
}

/// Who reviewed the packs of these rules.
fn reviews(page: &mut Page<'_>, rules: &[RuleId]) {
    let law = page.report.law;
    let mut packs: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for &rule in rules {
        let pack = law.instrument_of(rule);
        let reviewed = format!("{}, {}", pack.reviewed.by, pack.reviewed.on);
        packs.insert((&pack.folder, &pack.title), reviewed);
    }
    page.heading("Who reviewed these packs", "Quién revisó estos paquetes");
    page.html += "<ul>\n";
    for ((folder, title), reviewed) in &packs {
        _ = writeln!(
            page.html,
            "<li>{} {}: {}</li>",
            Escaped(title),
            Code(folder),
            Escaped(reviewed)
        );
    }
    page.html += "</ul>\n";
    let count = number(packs.len());
    let text = match page.lang {
        Lang::En => format!(
            "{count} packs. A pack is a paraphrase of a law with rules that a machine can run; the law’s own text decides."
        ),
        Lang::Es => format!(
            "{count} paquetes. Un paquete es una paráfrasis de una ley con reglas que una máquina puede ejecutar; decide el texto de la propia ley."
        ),
    };
    page.paragraph(&text);
}
