//! Rows that a person should look at: counts, and how to look one up.
use super::{
    Page,
    barred::and_more,
    sides::{over_time, shown_groups},
};
use crate::log::report::{
    counts::{self, by, flagged, group, largest_first, total},
    html::{Cell, Table},
    words,
};

pub(super) fn write(page: &mut Page<'_>) {
    let tally = &page.report.audited.tally;
    page.paragraph(page.say(
        "A row is flagged when its words name an immigration agency, one of its papers, or an immigration violation. Such an agency also works on other crimes, and a word is not a purpose: a flag asks a person to look, and says nothing more.",
        "Una fila se marca cuando sus palabras nombran una agencia de inmigración, uno de sus documentos o una infracción migratoria. Esas agencias también investigan otros delitos, y una palabra no es un propósito: la marca pide que una persona mire, y no dice nada más.",
    ));
    if total(flagged(tally)).all().rows == 0 {
        page.paragraph(page.say("No row is flagged.", "No hay ninguna fila marcada."));
        return;
    }
    page.paragraph(page.say(
        "Each flagged row stands in findings.csv with `review` set. `bylaw audit explain FINDING`, with the row’s number there, shows its file and line, its facts, the law’s reasons and what would settle it.",
        "Cada fila marcada está en findings.csv con `review`. `bylaw audit explain FINDING`, con el número que la fila tiene allí, muestra su archivo y línea, sus hechos, las razones de la ley y qué lo resolvería.",
    ));
    strengths(page);
    groups(page);
    page.heading("By month", "Por mes");
    let title = page.say("Flagged rows by month", "Filas marcadas por mes");
    over_time(page, "flagged-months", title, &["flag"], flagged(tally), |split| {
        vec![split.all().rows]
    });
}

fn strengths(page: &mut Page<'_>) {
    let sides = by(flagged(&page.report.audited.tally), |key| key.strength);
    let parts = words::parts(page.lang).map(words::capital);
    let first = page.say("How the purpose is stated", "Cómo se dice el propósito");
    let mut heads = vec![first];
    heads.extend(parts.iter().map(String::as_str));
    heads.push(page.say("Rows", "Filas"));
    let mut table = Table::new(
        page.say(
            "Flagged rows by how surely the purpose is stated",
            "Filas marcadas, según con qué certeza se dice el propósito",
        ),
        &heads,
    );
    let numbers = |split: &counts::Split| {
        let parts = split.parts().into_iter().chain([split.all().rows]);
        parts.map(Cell::Number).collect::<Vec<_>>()
    };
    for (strength, split) in &sides {
        let name = strength.map_or(page.say("By a mapping", "Por una asignación"), |strength| {
            words::strength(page.lang, strength)
        });
        table.row(std::iter::once(Cell::text(name)).chain(numbers(split)));
    }
    let all = Cell::text(page.say("All", "Todas"));
    page.html += &table.sum(std::iter::once(all).chain(numbers(&counts::sum(sides.values()))));
}

fn groups(page: &mut Page<'_>) {
    let sides =
        largest_first(by(flagged(&page.report.audited.tally), group), |split| split.all().rows);
    let group = page.group_head();
    let mut heads = vec![group.as_str()];
    heads.extend(page.number_heads());
    heads.push(page.say("What it is", "Qué es"));
    let caption = page.say("Flagged rows by organization", "Filas marcadas por organización");
    let mut table = Table::new(caption, &heads);
    let (shown, rest) = shown_groups(&sides);
    for ((group, class), split) in shown {
        let names = [words::group(page.lang, group), words::class(page.lang, class)];
        table.row(page.counted(names.map(|name| Cell::text(&name)), split.all()));
    }
    if let Some((others, split)) = rest {
        let names = [Cell::text(&and_more(page.lang, others)), Cell::text("")];
        table.row(page.counted(names, split.all()));
    }
    let all = counts::sum(sides.iter().map(|(_, split)| split)).all();
    page.html += &table.sum(page.counted::<2>(page.all_rows(), all));
}
