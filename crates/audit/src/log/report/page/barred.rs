//! What was barred: by section, by organization, by month.
use std::{collections::BTreeSet, fmt::Write as _};

use bylaw_law::{RuleId, Word};

use super::{
    Page,
    sides::{over_time, shown_groups},
};
use crate::log::{
    judge::Verdict,
    report::{
        Lang,
        counts::{self, Section, by, group, largest_first, section, total, with},
        html::{self, Cell, Escaped, Prose, Table},
        words,
    },
    tally::Key,
};

pub(super) fn write(page: &mut Page<'_>) {
    let tally = &page.report.audited.tally;
    let all = total(with(tally, Verdict::Barred)).all();
    if all.rows == 0 {
        page.paragraph(page.say(
            "No row records an act that the law bars. Where the purpose was not recorded this says little: see the next part.",
            "Ninguna fila registra un acto que la ley prohíba. Donde no se registró el propósito, esto dice poco: vea la parte siguiente.",
        ));
        return;
    }
    page.paragraph(page.say(
        "For these rows the law’s answer is “must not”, whatever is true of what the row does not record. It holds if what the row records is right: who searched, whose cameras, on which day, for what.",
        "Para estas filas la respuesta de la ley es «no debe», sea lo que sea lo que la fila no registra. Vale si lo que registra la fila es correcto: quién buscó, en las cámaras de quién, qué día y para qué.",
    ));
    sections(
        page,
        Verdict::Barred,
        page.say(
            "Barred rows by the section that bars them",
            "Filas prohibidas, por la sección que las prohíbe",
        ),
    );
    groups(page);
    page.heading("By month", "Por mes");
    let title = page.say("Barred rows by month", "Filas prohibidas por mes");
    over_time(page, "barred-months", title, &["barred"], with(tally, Verdict::Barred), |split| {
        vec![split.barred.rows]
    });
}

/// Rows of a verdict by what decided them.
pub(super) fn sections(page: &mut Page<'_>, verdict: Verdict, caption: &str) {
    let cells = with(&page.report.audited.tally, verdict).filter(|(key, _)| is_decided(key));
    let sides = largest_first(by(cells, section), |split| split.all().rows);
    if sides.is_empty() {
        return;
    }
    let mut heads = vec![page.say("Section", "Sección")];
    heads.extend(page.number_heads());
    heads.push(page.say("What it is about", "De qué trata"));
    heads.push(page.say("How far it was verified", "Hasta dónde se verificó"));
    let mut table = Table::new(caption, &heads);
    for (section, split) in &sides {
        table.row(page.counted(section_cells(page, section), split.all()));
    }
    let all = counts::sum(sides.iter().map(|(_, split)| split)).all();
    page.html += &table.sum(page.counted::<3>(page.all_rows(), all));
}

/// Whether rules say what they say of it, or nothing does: what merely lacks a fact has no section.
fn is_decided(key: &Key) -> bool {
    key.ruling.verdict != Verdict::CannotTell || !key.ruling.because.is_empty()
}

/// A section's citation, what it says, and how far it was verified.
fn section_cells(page: &Page<'_>, section: &Section<'_>) -> [Cell; 3] {
    let law = page.report.law;
    let Some(&first) = section.rules.first() else {
        let name = match section.word {
            Some(Word::Unregulated) => page.say("The law is silent", "La ley no dice nada"),
            _ => page.say("No rule that all answers share", "Ninguna regla común a toda respuesta"),
        };
        let act = Prose(words::act(law, section.act)).to_string();
        return [Cell::text(name), Cell::Html(act), Cell::text("")];
    };
    let mut cite = cited(page, first);
    for &rule in section.rules.iter().skip(1) {
        _ = write!(
            cite,
            "<br><span class=\"soft\">{} {}</span>",
            page.say("with", "con"),
            cited(page, rule)
        );
    }
    let about = format!(
        "{}: {}<br><span class=\"soft\">{}</span>",
        Escaped(&law.instrument_of(first).title),
        Prose(words::heading(law, first)),
        Prose(words::act(law, section.act)),
    );
    [Cell::Html(cite), Cell::Html(about), Cell::text(&law.rule(first).status)]
}

fn cited(page: &Page<'_>, rule: RuleId) -> String {
    let rule = page.report.law.rule(rule);
    format!("{} {}", Escaped(&rule.cite), html::rule(&rule.id))
}

/// Barred rows by organization, with the sections that bar them.
fn groups(page: &mut Page<'_>) {
    let tally = &page.report.audited.tally;
    let sides = largest_first(by(with(tally, Verdict::Barred), group), |split| split.all().rows);
    let group = page.group_head();
    let mut heads = vec![group.as_str()];
    heads.extend(page.number_heads());
    heads.extend([page.say("What it is", "Qué es"), page.say("Rules", "Reglas")]);
    let caption = page.say("Barred rows by group", "Filas prohibidas por grupo");
    let mut table = Table::new(caption, &heads);
    let (shown, rest) = shown_groups(&sides);
    for (side, split) in shown {
        let rules: BTreeSet<&str> = with(tally, Verdict::Barred)
            .filter(|(key, _)| counts::group(key) == *side)
            .filter_map(|(key, _)| key.ruling.because.first())
            .map(|&rule| page.report.law.rule(rule).id.as_str())
            .collect();
        let rules: Vec<String> = rules.into_iter().map(html::rule).collect();
        let cells = [
            Cell::text(&words::group(page.lang, side.0)),
            Cell::text(&words::class(page.lang, side.1)),
            Cell::Html(rules.join(" ")),
        ];
        table.row(page.counted(cells, split.all()));
    }
    if let Some((others, split)) = rest {
        let cells = [Cell::text(&and_more(page.lang, others)), Cell::text(""), Cell::text("")];
        table.row(page.counted(cells, split.all()));
    }
    let all = counts::sum(sides.iter().map(|(_, split)| split)).all();
    page.html += &table.sum(page.counted::<3>(page.all_rows(), all));
}

/// What stands for the groups that a table does not name.
pub(super) fn and_more(lang: Lang, others: usize) -> String {
    match lang {
        Lang::En => format!("and {others} more, in findings.csv"),
        Lang::Es => format!("y {others} más, en findings.csv"),
    }
}
