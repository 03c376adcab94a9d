//! What was barred: by section, by organization, by month.
use std::{collections::BTreeSet, fmt::Write as _};

use bylaw_law::RuleId;

use super::{
    Page,
    sides::{over_time, shown_groups},
};
use crate::log::{
    judge::Verdict,
    report::{
        Lang,
        counts::{self, Section, by, group, largest_first, section, total, with},
        html::{Cell, Code, Escaped, Prose, Table},
        words,
    },
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
        "For these rows the law’s answer is “must not”, whatever is true of what the row does not record. It holds if what the row records is right: who searched, on which day, for what.",
        "Para estas filas la respuesta de la ley es «no debe», sea lo que sea lo que la fila no registra. Vale si lo que registra la fila es correcto: quién buscó, qué día y para qué.",
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
    let tally = &page.report.audited.tally;
    let sides = largest_first(by(with(tally, verdict), section), |split| split.all().rows);
    let mut heads = vec![
        page.say("Section", "Sección"),
        page.say("What it is about", "De qué trata"),
        page.say("How far it was verified", "Hasta dónde se verificó"),
    ];
    heads.extend(page.number_heads());
    let mut table = Table::new(caption, &heads);
    for (section, split) in &sides {
        let mut cells = section_cells(page, section);
        cells.extend(page.numbers(split.all()));
        table.row(cells);
    }
    let mut cells = vec![Cell::text(page.say("All", "Todas")), Cell::text(""), Cell::text("")];
    cells.extend(page.numbers(counts::sum(sides.iter().map(|(_, split)| split)).all()));
    page.html += &table.sum(cells);
}

/// A section's citation, what it says, and how far it was verified.
fn section_cells(page: &Page<'_>, section: &Section<'_>) -> Vec<Cell> {
    let law = page.report.law;
    let Some(&first) = section.rules.first() else {
        let act = Prose(words::act(law, section.act)).to_string();
        return vec![
            Cell::text(page.say("No single rule", "Ninguna regla sola")),
            Cell::Html(act),
            Cell::text(""),
        ];
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
    vec![Cell::Html(cite), Cell::Html(about), Cell::text(&law.rule(first).status)]
}

fn cited(page: &Page<'_>, rule: RuleId) -> String {
    let rule = page.report.law.rule(rule);
    format!("{} {}", Escaped(&rule.cite), Code(&rule.id))
}

/// Barred rows by organization, with the sections that bar them.
fn groups(page: &mut Page<'_>) {
    page.heading("By organization", "Por organización");
    let tally = &page.report.audited.tally;
    let sides = largest_first(by(with(tally, Verdict::Barred), group), |split| split.all().rows);
    let group = page.group_head();
    let mut heads =
        vec![group.as_str(), page.say("What it is", "Qué es"), page.say("Rules", "Reglas")];
    heads.extend(page.number_heads());
    let caption = page.say("Barred rows by organization", "Filas prohibidas por organización");
    let mut table = Table::new(caption, &heads);
    let (shown, rest) = shown_groups(&sides);
    for (side, split) in shown {
        let rules: BTreeSet<&str> = with(tally, Verdict::Barred)
            .filter(|(key, _)| counts::group(key) == *side)
            .filter_map(|(key, _)| key.ruling.because.first())
            .map(|&rule| page.report.law.rule(rule).id.as_str())
            .collect();
        let rules: Vec<String> = rules.into_iter().map(|rule| Code(rule).to_string()).collect();
        let mut cells = vec![
            Cell::text(&words::group(page.lang, side.0)),
            Cell::text(&words::class(page.lang, side.1)),
            Cell::Html(rules.join(" ")),
        ];
        cells.extend(page.numbers(split.all()));
        table.row(cells);
    }
    if let Some((others, split)) = rest {
        let mut cells =
            vec![Cell::text(&and_more(page.lang, others)), Cell::text(""), Cell::text("")];
        cells.extend(page.numbers(split.all()));
        table.row(cells);
    }
    let mut cells = vec![Cell::text(page.say("All", "Todas")), Cell::text(""), Cell::text("")];
    cells.extend(page.numbers(counts::sum(sides.iter().map(|(_, split)| split)).all()));
    page.html += &table.sum(cells);
}

/// What stands for the groups that a table does not name.
pub(super) fn and_more(lang: Lang, others: usize) -> String {
    match lang {
        Lang::En => format!("and {others} more, in findings.csv"),
        Lang::Es => format!("y {others} más, en findings.csv"),
    }
}
