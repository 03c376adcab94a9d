//! The files: what each was taken for, what of it was read, and what stands in its columns.
use std::fmt::Write as _;

use jiff::civil::Date;

use super::Page;
use crate::log::{
    cell::State,
    report::{
        Lang,
        html::{Cell, Code, Escaped, Table},
        picture::{bar, legend},
        unread::{self, NotRead},
        words::{self, number},
    },
    run::FileRead,
};

/// So many files are told one by one; all are in `files.csv`.
const MOST: usize = 60;

/// So many problems of a file are listed; there is one of each kind.
const MOST_PROBLEMS: usize = 12;

/// The states in the order of the pictures, with their classes in the style sheet.
const STATES: [(State, &str); 4] = [
    (State::Present, "present"),
    (State::Empty, "empty"),
    (State::Withheld, "withheld"),
    (State::NotExported, "not-exported"),
];

pub(super) fn write(page: &mut Page<'_>) {
    page.paragraph(page.say(
        "The hash is the SHA-256 of the file as it was read: whoever has the same file has the same hash. A row that could not be read is in no other number of this report.",
        "El hash es el SHA-256 del archivo tal como se leyó: quien tenga el mismo archivo tiene el mismo hash. Una fila que no se pudo leer no está en ninguna otra cifra de este informe.",
    ));
    overview(page);
    beyond(page);
    not_read(page);
    page.heading("File by file", "Archivo por archivo");
    page.html += &legend(&STATES.map(|(state, class)| (class, words::state(page.lang, state))));
    let files = &page.report.audited.files;
    for file in files.iter().take(MOST) {
        detail(page, file);
    }
    if files.len() > MOST {
        let more = files.len() - MOST;
        let text = match page.lang {
            Lang::En => format!("And {more} more files, in files.csv."),
            Lang::Es => format!("Y {more} archivos más, en files.csv."),
        };
        page.paragraph(&text);
    }
}

fn overview(page: &mut Page<'_>) {
    let heads = [
        page.say("File", "Archivo"),
        page.say("Taken for", "Tomado por"),
        page.say("First day", "Primer día"),
        page.say("Last day", "Último día"),
        page.say("Rows decided", "Filas decididas"),
        page.say("Rows not read", "Filas no leídas"),
    ];
    let mut table = Table::new(page.say("All files", "Todos los archivos"), &heads);
    let files = &page.report.audited.files;
    for file in files.iter().take(MOST) {
        let taken: Vec<&str> = file.formats.iter().map(|(what, _)| what.as_str()).collect();
        let taken = if taken.is_empty() {
            page.say("nothing known", "nada conocido").to_owned()
        } else {
            taken.join(", ")
        };
        let day = |day: Option<Date>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
        table.row([
            Cell::code(&file.name),
            Cell::text(&taken),
            Cell::text(&day(file.days.map(|days| days.0))),
            Cell::text(&day(file.days.map(|days| days.1))),
            Cell::Number(file.rows),
            Cell::Number(file.rows_not_read),
        ]);
    }
    let others = files.get(MOST..).unwrap_or_default();
    let blank = || Cell::text("");
    if !others.is_empty() {
        let name = match page.lang {
            Lang::En => format!("and {} more, in files.csv", others.len()),
            Lang::Es => format!("y {} más, en files.csv", others.len()),
        };
        let (rows, not_read) = rows(others);
        table.row([Cell::text(&name), blank(), blank(), blank(), rows, not_read]);
    }
    let (rows, not_read) = rows(files);
    page.html += &table.sum([
        Cell::text(page.say("All", "Todos")),
        blank(),
        blank(),
        blank(),
        rows,
        not_read,
    ]);
}

/// What the numbers of the overview do not say: rows that nobody could count, and files given twice.
fn beyond(page: &mut Page<'_>) {
    let lang = page.lang;
    let beyond = NotRead::of(page.report).beyond(lang).map(|beyond| match lang {
        Lang::En => format!(
            "Not read besides: {beyond}. How many rows that is, is not known, so they are in no number."
        ),
        Lang::Es => format!(
            "Además no se leyó {beyond}. No se sabe cuántas filas son; no están en ninguna cifra."
        ),
    });
    let same = unread::same(&page.report.audited.files);
    let same = same.iter().take(MOST).map(|group| unread::same_in_words(lang, group));
    for text in beyond.into_iter().chain(same) {
        _ = writeln!(page.html, "<p>{}</p>", Escaped(&text));
    }
}

fn rows(files: &[FileRead]) -> (Cell, Cell) {
    let decided = files.iter().map(|file| file.rows).sum();
    let not_read = files.iter().map(|file| file.rows_not_read).sum();
    (Cell::Number(decided), Cell::Number(not_read))
}

/// What could not be read, by reason.
fn not_read(page: &mut Page<'_>) {
    let reasons = &page.report.audited.tally.not_read;
    if reasons.is_empty() {
        return;
    }
    let heads = [page.say("Why", "Por qué"), page.say("Rows", "Filas")];
    let mut table = Table::new(
        page.say("Rows that were not read, by reason", "Filas que no se leyeron, por motivo"),
        &heads,
    );
    for (reason, &rows) in reasons {
        table.row([Cell::text(reason), Cell::Number(rows)]);
    }
    page.html +=
        &table.sum([Cell::text(page.say("All", "Todas")), Cell::Number(reasons.values().sum())]);
}

fn detail(page: &mut Page<'_>, file: &FileRead) {
    let rows = words::rows(page.lang, file.rows);
    _ = writeln!(
        page.html,
        "<details>\n<summary>{} <span class=\"soft\">{rows}</span></summary>\n<dl class=\"facts\">",
        Code(&file.name)
    );
    facts(page, file);
    page.html += "</dl>\n";
    for note in &file.notes {
        page.paragraph(&words::capital(note));
    }
    problems(page, file);
    states(page, file);
    page.html += "</details>\n";
}

fn facts(page: &mut Page<'_>, file: &FileRead) {
    let mut fact = |name: &str, html: String| {
        _ = writeln!(page.html, "<div><dt>{name}</dt><dd>{html}</dd></div>");
    };
    let say = |english, spanish| page.lang.say(english, spanish);
    fact("SHA-256", Code(&file.sha256).to_string());
    fact(say("Bytes", "Bytes"), number(file.size));
    for (what, why) in &file.formats {
        fact(say("Taken for", "Tomado por"), format!("{}: {}", Escaped(what), Escaped(why)));
    }
    for (name, rows) in [
        (say("Rows not read", "Filas no leídas"), file.rows_not_read),
        (
            say(
                "Rows that repeat another one cell by cell; counted all the same",
                "Filas que repiten otra celda por celda; se cuentan igual",
            ),
            file.repeated,
        ),
        (
            say(
                "Headers inside the file; not counted as rows",
                "Encabezados dentro del archivo; no se cuentan como filas",
            ),
            file.headers_repeated,
        ),
        (
            say(
                "Rows whose cells stood beside their columns and were put right",
                "Filas cuyas celdas estaban corridas y se acomodaron",
            ),
            file.shifted,
        ),
    ] {
        if rows > 0 {
            fact(name, number(rows));
        }
    }
    if unread::is_cut(file) {
        let words = say(
            "it could not be read to its end, or not all of it",
            "no se pudo leer hasta el final, o no todo",
        );
        fact(say("Not read", "No leído"), words.to_owned());
    }
    if !file.marks.is_empty() {
        let marks =
            file.marks.iter().map(|(mark, cells)| format!("{} × {}", Code(mark), number(cells)));
        fact(
            say(
                "Marks in place of what was recorded, in cells",
                "Marcas en lugar de lo registrado, en celdas",
            ),
            marks.collect::<Vec<_>>().join(", "),
        );
    }
}

fn problems(page: &mut Page<'_>, file: &FileRead) {
    if file.problems.is_empty() {
        return;
    }
    _ = writeln!(
        page.html,
        "<p>{}</p>\n<ul>",
        page.say(
            "What was wrong, each with its first row:",
            "Qué estaba mal, cada cosa con su primera fila:"
        )
    );
    for wrong in unread::problems(file).iter().take(MOST_PROBLEMS) {
        _ = writeln!(page.html, "<li>{}{}</li>", wrong.place(page.lang), Escaped(wrong.what));
    }
    page.html += "</ul>\n";
}

/// What stands in each column: a picture that is a table.
fn states(page: &mut Page<'_>, file: &FileRead) {
    if file.states.is_empty() {
        return;
    }
    let mut heads = vec![page.say("Column", "Columna"), page.say("Picture", "Imagen")];
    heads.extend(STATES.map(|(state, _)| words::state(page.lang, state)));
    let caption = match page.lang {
        Lang::En => format!("Cells of {} by what stands in them", file.name),
        Lang::Es => format!("Celdas de {}, según lo que contienen", file.name),
    };
    let mut table = Table::new(&caption, &heads);
    for (&field, states) in &file.states {
        let numbers = STATES.map(|(state, _)| states.get(&state).copied().unwrap_or_default());
        let parts: Vec<(&str, u64)> =
            STATES.into_iter().map(|(_, class)| class).zip(numbers).collect();
        let in_words: Vec<String> = STATES
            .into_iter()
            .zip(numbers)
            .filter(|(_, cells)| *cells > 0)
            .map(|((state, _), cells)| {
                format!("{} {}", words::state(page.lang, state), number(cells))
            })
            .collect();
        let picture = bar(&parts, numbers.iter().sum(), &in_words.join(", "));
        let names = [Cell::text(words::field(page.lang, field)), Cell::Html(picture)];
        table.row(names.into_iter().chain(numbers.map(Cell::Number)));
    }
    page.html += &table.end();
}
