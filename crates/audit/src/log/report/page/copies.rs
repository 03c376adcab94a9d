//! The same search seen twice: what its copies say differently.
use std::{collections::BTreeSet, fmt::Write as _};

use super::Page;
use crate::log::{
    link::{Difference, Kind, Release},
    report::{
        Lang,
        html::{Cell, Code, Table},
        words::{self, number},
    },
    row::Field,
};

/// So many pairs of files, and so many examples, are shown.
const MOST: usize = 30;

const KINDS: [Kind; 4] = [Kind::Replaced, Kind::Masked, Kind::Emptied, Kind::MissingColumn];

pub(super) fn write(page: &mut Page<'_>) {
    let differences = &page.report.audited.differences;
    let linked = number(differences.linked);
    page.paragraph(page.say(
        "Only the vendor’s own number of a search says that two rows are one search. Rows without it are not linked, however alike they are.",
        "Solo el número que el proveedor da a una búsqueda dice que dos filas son la misma. Las filas sin ese número no se enlazan, por mucho que se parezcan.",
    ));
    let text = match (differences.linked, page.lang) {
        (0, Lang::En) => "No search was seen twice.".to_owned(),
        (0, Lang::Es) => "Ninguna búsqueda se vio dos veces.".to_owned(),
        (_, Lang::En) => {
            format!("{linked} searches were seen more than once, in several files or in one.")
        }
        (_, Lang::Es) => {
            format!("{linked} búsquedas se vieron más de una vez, en varios archivos o en uno.")
        }
    };
    page.paragraph(&text);
    left_out(page);
    changed(page);
    fields(page);
    examples(page);
    releases(page);
}

/// What was not compared is said before what was found.
fn left_out(page: &mut Page<'_>) {
    let differences = &page.report.audited.differences;
    let (rows, searches) = (differences.not_compared, differences.not_paired);
    if rows > 0 {
        let text = match page.lang {
            Lang::En => format!(
                "{} were not compared: one number stands for more rows than memory holds.",
                words::rows(page.lang, rows)
            ),
            Lang::Es => format!(
                "{} no se compararon: un solo número está en más filas de las que caben en memoria.",
                words::rows(page.lang, rows)
            ),
        };
        page.paragraph(&text);
    }
    if searches > 0 {
        let searches = number(searches);
        let text = match page.lang {
            Lang::En => format!(
                "{searches} searches are missing from the pairs of files below: there were too many pairs."
            ),
            Lang::Es => format!(
                "{searches} búsquedas faltan en los pares de archivos de abajo: había demasiados pares."
            ),
        };
        page.paragraph(&text);
    }
}

/// A purpose that one copy states and another does not.
fn changed(page: &mut Page<'_>) {
    let changed = &page.report.audited.differences.strength_changed;
    if changed.is_empty() {
        return;
    }
    page.heading(
        "Copies that state the purpose differently",
        "Copias que dicen el propósito de otra manera",
    );
    page.paragraph(page.say(
        "One copy of the search says more of its purpose than another. Which of them was there first, and who changed it, the files do not say.",
        "Una copia de la búsqueda dice más de su propósito que otra. Cuál fue la primera, y quién la cambió, los archivos no lo dicen.",
    ));
    let heads = [
        page.say("One copy has", "Una copia tiene"),
        page.say("Another has", "Otra tiene"),
        page.say("Searches", "Búsquedas"),
    ];
    let mut table = Table::new(
        page.say(
            "Searches whose copies state the purpose differently",
            "Búsquedas cuyas copias dicen el propósito de otra manera",
        ),
        &heads,
    );
    for (&(most, other), &searches) in changed {
        table.row([
            Cell::text(words::strength(page.lang, most)),
            Cell::text(words::strength(page.lang, other)),
            Cell::Number(searches),
        ]);
    }
    let all = [
        Cell::text(page.say("All", "Todas")),
        Cell::text(""),
        Cell::Number(changed.values().sum()),
    ];
    page.html += &table.sum(all);
}

fn fields(page: &mut Page<'_>) {
    let counts = &page.report.audited.differences.counts;
    if counts.is_empty() {
        return;
    }
    let mut heads = vec![page.say("Column", "Columna")];
    heads.extend(KINDS.map(|kind| words::kind(page.lang, kind)));
    let caption = page.say(
        "Searches whose copies differ, by column; a search may stand in several",
        "Búsquedas cuyas copias difieren, por columna; una búsqueda puede estar en varias",
    );
    let mut table = Table::new(caption, &heads);
    let fields: BTreeSet<Field> = counts.keys().map(|(field, _)| *field).collect();
    for field in fields {
        let numbers =
            KINDS.map(|kind| Cell::Number(counts.get(&(field, kind)).copied().unwrap_or_default()));
        table.row(std::iter::once(Cell::text(words::field(page.lang, field))).chain(numbers));
    }
    page.html += &table.end();
}

fn examples(page: &mut Page<'_>) {
    let examples = &page.report.audited.differences.examples;
    if examples.is_empty() {
        return;
    }
    let heads = [
        page.say("Column", "Columna"),
        page.say("How they differ", "En qué difieren"),
        page.say("Where the copies are", "Dónde están las copias"),
    ];
    let caption = match page.lang {
        Lang::En => {
            format!("{} of the differences; all are in differences.csv", examples.len().min(MOST))
        }
        Lang::Es => format!(
            "{} de las diferencias; todas están en differences.csv",
            examples.len().min(MOST)
        ),
    };
    let mut table = Table::new(&caption, &heads);
    for example in examples.iter().take(MOST) {
        table.row([
            Cell::text(words::field(page.lang, example.field)),
            Cell::text(words::kind(page.lang, example.kind)),
            Cell::Html(places(page, example)),
        ]);
    }
    let summary = page.say("Examples, with file and line", "Ejemplos, con archivo y línea");
    page.html += &format!("<details>\n<summary>{summary}</summary>\n{}</details>\n", table.end());
}

fn places(page: &Page<'_>, difference: &Difference) -> String {
    let places = difference.places.iter().map(|&(file, line)| {
        format!(
            "{} {} {}",
            Code(file_name(page, file)),
            page.lang.say("line", "línea"),
            number(line)
        )
    });
    places.collect::<Vec<_>>().join("<br>")
}

fn releases(page: &mut Page<'_>) {
    let releases = &page.report.audited.releases;
    if releases.is_empty() {
        return;
    }
    page.heading(
        "Files that hold the same searches",
        "Archivos que contienen las mismas búsquedas",
    );
    page.paragraph(page.say(
        "Where one file has searches or columns that the other lacks for days that both cover, one of the two releases is thinner.",
        "Donde un archivo tiene búsquedas o columnas que al otro le faltan en días que ambos cubren, una de las dos entregas es más pobre.",
    ));
    let heads = [
        page.say("First file", "Primer archivo"),
        page.say("Second file", "Segundo archivo"),
        page.say("Searches in both", "Búsquedas en ambos"),
        page.say("Only in the first", "Solo en el primero"),
        page.say("Only in the second", "Solo en el segundo"),
        page.say("Columns that only one has", "Columnas que solo uno tiene"),
    ];
    let mut table = Table::new(
        page.say(
            "Pairs of files with searches in common",
            "Pares de archivos con búsquedas en común",
        ),
        &heads,
    );
    for release in releases.iter().take(MOST) {
        table.row([
            Cell::code(file_name(page, release.files.0)),
            Cell::code(file_name(page, release.files.1)),
            Cell::Number(release.shared),
            Cell::Number(release.only.0),
            Cell::Number(release.only.1),
            Cell::text(&columns_of_one(page, release)),
        ]);
    }
    page.html += &table.end();
    if releases.len() > MOST {
        let more = number(releases.len() - MOST);
        let text = match page.lang {
            Lang::En => format!("And {more} more pairs."),
            Lang::Es => format!("Y {more} pares más."),
        };
        page.paragraph(&text);
    }
}

fn columns_of_one(page: &Page<'_>, release: &Release) -> String {
    let mut text = String::new();
    let (first, second) =
        (page.say("the first: ", "el primero: "), page.say("the second: ", "el segundo: "));
    for (name, fields) in [(first, &release.fields.0), (second, &release.fields.1)] {
        if fields.is_empty() {
            continue;
        }
        let fields: Vec<&str> =
            fields.iter().map(|&field| words::field(page.lang, field)).collect();
        let gap = if text.is_empty() { "" } else { "; " };
        _ = write!(text, "{gap}{name}{}", fields.join(", "));
    }
    if text.is_empty() { page.say("none", "ninguna").to_owned() } else { text }
}

fn file_name<'p>(page: &'p Page<'_>, file: u32) -> &'p str {
    let files = &page.report.audited.files;
    usize::try_from(file).ok().and_then(|file| files.get(file)).map_or("", |file| &file.name)
}
