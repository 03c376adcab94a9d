//! Figures: what a mapped log's own rows add up to, and identities that must hold.

use super::Page;
use crate::log::{
    records::{FigureTotal, MeasureTotal, Totals},
    report::{
        html::{Cell, Table},
        words::{number, thousandths},
    },
};

pub(super) fn write(page: &mut Page<'_>) {
    let audited = page.report.audited;
    if let Some(totals) = &audited.totals {
        counted(page, totals);
        measured(page, totals);
    }
    if audited.totals.is_none() && audited.identities.is_empty() {
        page.paragraph(page.say(
            "There are none: no figures were given to compare with (`--figures`), and no mapping names any.",
            "No hay: no se dieron cifras con que comparar (`--figures`), y ninguna asignación nombra alguna.",
        ));
    }
    identities(page);
}

/// Of how many rows something is true.
fn counted(page: &mut Page<'_>, totals: &Totals) {
    let figures = totals.figures();
    if figures.is_empty() {
        return;
    }
    let heads = [
        page.say("Figure", "Cifra"),
        page.say("Yes", "Sí"),
        page.say("No", "No"),
        page.say("Not known", "No se sabe"),
        page.say("Counted by", "Se cuenta por"),
    ];
    let caption = page.say(
        "What the log’s rows add up to, as the mapping defines it",
        "Lo que suman las filas del registro, según lo define la asignación",
    );
    let mut table = Table::new(caption, &heads);
    for FigureTotal { name, piled, yes, no, not_known, left_out } in figures {
        let unit = unit(page, piled, left_out);
        let numbers = [yes, no, not_known].map(Cell::Number);
        table.row(std::iter::once(Cell::text(&name)).chain(numbers).chain([Cell::text(&unit)]));
    }
    page.html += &table.end();
}

fn measured(page: &mut Page<'_>, totals: &Totals) {
    let measures = totals.measures();
    if measures.is_empty() {
        return;
    }
    let heads = [
        page.say("Measure", "Medida"),
        page.say("Least", "Mínimo"),
        page.say("Middle", "Mediana"),
        page.say("Greatest", "Máximo"),
        page.say("All together", "En total"),
        page.say("Known of", "Se conoce de"),
        page.say("Not known of", "No se conoce de"),
        page.say("Rows left out", "Filas omitidas"),
    ];
    let caption = page.say("What the log’s rows measure", "Lo que miden las filas del registro");
    let mut table = Table::new(caption, &heads);
    for measure in measures {
        let MeasureTotal {
            name,
            count,
            not_known,
            least,
            median,
            median_within,
            greatest,
            sum,
            ..
        } = &measure;
        let mut middle = thousandths(i128::from(*median));
        if *median_within > 0 {
            middle += &format!(" ± {}", thousandths(i128::from(*median_within)));
        }
        let numbers = [
            thousandths(i128::from(*least)),
            middle,
            thousandths(i128::from(*greatest)),
            thousandths(*sum),
        ];
        let known = [*count, *not_known, measure.left_out].map(Cell::Number);
        let numbers = numbers.map(|text| Cell::text(&text));
        table.row(std::iter::once(Cell::text(name)).chain(numbers).chain(known));
    }
    page.html += &table.end();
}

/// By what a figure counts, and what was left out of it.
fn unit(page: &Page<'_>, piled: bool, left_out: u64) -> String {
    let unit = if piled {
        page.say("rows that belong together", "filas que van juntas")
    } else {
        page.say("recorded act", "acto registrado")
    };
    if left_out == 0 {
        return unit.to_owned();
    }
    format!("{unit}; {} {}", number(left_out), page.say("rows left out", "filas omitidas"))
}

/// Identities, and whether each holds.
fn identities(page: &mut Page<'_>) {
    let identities = &page.report.audited.identities;
    if identities.is_empty() {
        return;
    }
    page.paragraph(page.say(
        "Figures of one agency must add up among themselves. Where two sides are not equal, one of the figures is wrong; which one, this cannot say.",
        "Las cifras de una agencia deben cuadrar entre sí. Donde dos lados no son iguales, una de las cifras está mal; cuál, esto no lo puede decir.",
    ));
    let heads = [
        page.say("What must hold", "Qué debe cumplirse"),
        page.say("Left side", "Lado izquierdo"),
        page.say("Right side", "Lado derecho"),
        page.say("Holds", "Se cumple"),
    ];
    let caption = page.say("Identities of figures", "Identidades de cifras");
    let mut table = Table::new(caption, &heads);
    for identity in identities {
        let holds = if identity.holds { page.say("yes", "sí") } else { "NO" };
        let side = |side: i64| Cell::text(&number(side));
        let (left, right) = identity.sides;
        table.row([Cell::text(&identity.text), side(left), side(right), Cell::text(holds)]);
    }
    page.html += &table.end();
}
