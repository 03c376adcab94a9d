//! All rows by organization, by month and by section, with pictures.
use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    Page,
    barred::{and_more, sections},
};
use crate::log::{
    judge::Verdict,
    report::{
        MOST_GROUPS,
        counts::{self, Split, by, group, largest_first},
        html::{self, Cell, Escaped, Table},
        picture::{self, Column, VERDICTS},
        words,
    },
    tally::{Count, Key},
};

/// So many columns are legible.
const MOST_COLUMNS: i32 = 72;

pub(super) fn write(page: &mut Page<'_>) {
    let tally = &page.report.audited.tally;
    if page.report.mapping.is_none() {
        page.heading("By organization", "Por organización");
    }
    groups(page);
    page.heading("By month", "Por mes");
    let title = page.say("All rows by month", "Todas las filas por mes");
    page.html += &page.verdicts_legend();
    over_time(page, "all-months", title, &VERDICTS, tally.cells(), |split| split.parts().to_vec());
    page.heading("By section", "Por sección");
    for (verdict, caption) in [
        (
            Verdict::Permitted,
            page.say(
                "Rows that the law permits, by section, and rows about which it is silent",
                "Filas que la ley permite, por sección, y filas de las que no dice nada",
            ),
        ),
        (
            Verdict::CannotTell,
            page.say(
                "Rows that counsel decides, by section",
                "Filas que decide la asesoría legal, por sección",
            ),
        ),
    ] {
        sections(page, verdict, caption);
    }
    page.paragraph(page.say(
        "The barred rows by section stand above. Rows that merely lack a fact have no section.",
        "Las filas prohibidas por sección están arriba. Las filas a las que solo les falta un hecho no tienen sección.",
    ));
    notes(page);
}

/// What is said of rows besides, such as that nobody says whose cameras were searched.
fn notes(page: &mut Page<'_>) {
    let notes = counts::notes(&page.report.audited.tally);
    if notes.is_empty() {
        return;
    }
    page.heading("What to know of rows besides", "Qué más hay que saber de las filas");
    page.html += "<ul>\n";
    for (note, split) in notes.iter().take(MOST_GROUPS) {
        let count = html::count(page.lang, split.all());
        _ = writeln!(
            page.html,
            "<li>{} <span class=\"soft\">{count}</span></li>",
            Escaped(&words::capital(note))
        );
    }
    page.html += "</ul>\n";
}

fn groups(page: &mut Page<'_>) {
    let sides =
        largest_first(by(page.report.audited.tally.cells(), group), |split| split.all().rows);
    let of = sides.first().map_or(1, |(_, split)| split.all().rows);
    let group = page.group_head();
    let [barred, open, permitted, silent] = words::parts(page.lang).map(words::capital);
    let mut heads = vec![
        group.as_str(),
        page.say("What it is", "Qué es"),
        page.say("Picture", "Imagen"),
        &barred,
        &open,
        &permitted,
        &silent,
    ];
    heads.extend(page.number_heads());
    let caption = page.say(
        "All rows by group, those with the most rows first",
        "Todas las filas por grupo, primero las que tienen más",
    );
    page.html += &page.verdicts_legend();
    let mut table = Table::new(caption, &heads);
    let (shown, rest) = shown_groups(&sides);
    for ((group, class), split) in shown {
        let picture = Cell::Html(page.verdicts_bar(split, of));
        let names = [
            Cell::text(&words::group(page.lang, group)),
            Cell::text(&words::class(page.lang, class)),
            picture,
        ];
        table.row(names.into_iter().chain(all_numbers(page, split)));
    }
    let unnamed = |name: &str| [Cell::text(name), Cell::text(""), Cell::text("")];
    if let Some((others, split)) = rest {
        table.row(
            unnamed(&and_more(page.lang, others)).into_iter().chain(all_numbers(page, &split)),
        );
    }
    let all = counts::sum(sides.iter().map(|(_, split)| split));
    page.html +=
        &table.sum(unnamed(page.say("All", "Todas")).into_iter().chain(all_numbers(page, &all)));
}

/// The four kinds of rows, all rows, and acts where they differ.
fn all_numbers(page: &Page<'_>, split: &Split) -> Vec<Cell> {
    let mut cells: Vec<Cell> = split.parts().into_iter().map(Cell::Number).collect();
    cells.extend(page.numbers(split.all()));
    cells
}

/// How many groups a table leaves out, and what they come to.
type Others = Option<(usize, Split)>;

/// The groups that a table names, and what the others come to.
pub(super) fn shown_groups<K>(sides: &[(K, Split)]) -> (&[(K, Split)], Others) {
    let (shown, others) = sides.split_at(sides.len().min(MOST_GROUPS));
    let sum = counts::sum(others.iter().map(|(_, split)| split));
    (shown, (!others.is_empty()).then_some((others.len(), sum)))
}

/// A picture by month, or by year where there are too many months, and its table. `parts` are the
/// numbers of a column, one for each class.
pub(super) fn over_time<'a>(
    page: &mut Page<'_>,
    id: &str,
    title: &str,
    classes: &[&str],
    cells: impl Iterator<Item = (&'a Key, Count)>,
    parts: impl Fn(&Split) -> Vec<u64>,
) {
    let mut months = by(cells, |key| key.month);
    let undated = months.remove(&None).unwrap_or_default();
    let months: Vec<((i16, i8), Split)> =
        months.into_iter().filter_map(|(month, split)| Some((month?, split))).collect();
    let columns = columns(&months, &parts);
    if !columns.is_empty() {
        let (first, last) = (
            columns.first().map_or("", |column| &column.label),
            columns.last().map_or("", |column| &column.label),
        );
        let words = format!(
            "{title}: {first} – {last}. {}",
            page.say(
                "The numbers are in the table below.",
                "Los números están en la tabla de abajo."
            )
        );
        page.html += &picture::columns(id, title, &words, classes, &columns);
    }
    let heads = month_heads(page, classes);
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(title, &heads);
    let numbers = |split: &Split| {
        let parts = parts(split);
        let sum = (parts.len() > 1).then(|| parts.iter().sum());
        parts.into_iter().chain(sum).map(Cell::Number).collect::<Vec<_>>()
    };
    for (month, split) in &months {
        table.row(std::iter::once(Cell::text(&words::month(*month))).chain(numbers(split)));
    }
    if undated.all().rows > 0 {
        let name = Cell::text(page.say("no day", "sin día"));
        table.row(std::iter::once(name).chain(numbers(&undated)));
    }
    let all = counts::sum(months.iter().map(|(_, split)| split).chain([&undated]));
    let table =
        table.sum(std::iter::once(Cell::text(page.say("All", "Todas"))).chain(numbers(&all)));
    let summary = page.say("The months as a table", "Los meses en una tabla");
    page.html += &format!("<details>\n<summary>{summary}</summary>\n{table}</details>\n");
}

fn month_heads(page: &Page<'_>, classes: &[&str]) -> Vec<String> {
    let mut heads = vec![page.say("Month", "Mes").to_owned()];
    if classes.len() == VERDICTS.len() {
        heads.extend(words::parts(page.lang).map(words::capital));
    }
    heads.push(page.say("Rows", "Filas").to_owned());
    heads
}

/// A column a month, those without rows too; or a column a year.
fn columns(months: &[((i16, i8), Split)], parts: &impl Fn(&Split) -> Vec<u64>) -> Vec<Column> {
    let (Some((first, _)), Some((last, _))) = (months.first(), months.last()) else {
        return Vec::new();
    };
    let number = |(year, month): (i16, i8)| i32::from(year) * 12 + i32::from(month) - 1;
    let by_year = number(*last) - number(*first) >= MOST_COLUMNS;
    let place = |month| if by_year { number(month).div_euclid(12) } else { number(month) };
    let (first, last) = (place(*first), place(*last));
    let mut columns: BTreeMap<i32, Vec<Split>> = BTreeMap::new();
    // A year that a wrong date makes up would otherwise bring thousands of empty ones along.
    if last - first < MOST_COLUMNS {
        columns.extend((first..=last).map(|place| (place, Vec::new())));
    }
    for (month, split) in months {
        columns.entry(place(*month)).or_default().push(*split);
    }
    let label = |place: i32| {
        if by_year {
            format!("{place:04}")
        } else {
            format!("{:04}-{:02}", place.div_euclid(12), place.rem_euclid(12) + 1)
        }
    };
    columns
        .into_iter()
        .map(|(place, splits)| Column { label: label(place), parts: parts(&counts::sum(&splits)) })
        .collect()
}
