//! The page: the parts in the order in which who must answer for it, and who distrusts it, ask.

mod barred;
mod copies;
mod figures;
mod files;
mod flagged;
mod law;
mod method;
mod open;
mod sides;
use std::fmt::Write as _;

use super::{
    Lang, Report,
    counts::{self, Split},
    html::{self, Cell, Code, Escaped, Prose},
    lead,
    picture::{VERDICTS, bar, legend},
    unread::NotRead,
    words::{self, number, percent},
};
use crate::log::tally::Count;

/// The page as it grows.
struct Page<'a> {
    report: &'a Report<'a>,
    lang: Lang,
    /// Whether rows stand for other than one act each, so that both are shown.
    acts: bool,
    html: String,
}

pub(super) fn page(report: &Report<'_>, lang: Lang) -> String {
    let tally = &report.audited.tally;
    let mut page = Page { report, lang, acts: tally.acts != tally.rows, html: String::new() };
    let title = match lang {
        Lang::En => format!("What the logs record, under the law of {}", report.place),
        Lang::Es => format!("Lo que consta en los registros, según la ley de {}", report.place),
    };
    page.summary(&title);
    page.contents();
    for (id, title, part) in parts(report) {
        _ = writeln!(
            page.html,
            "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>",
            lang.say(title.0, title.1)
        );
        part(&mut page);
        page.html += "</section>\n";
    }
    html::whole(lang, &title, &page.html)
}

type Part = (&'static str, (&'static str, &'static str), fn(&mut Page<'_>));

/// The parts of a report; only searches have words to look at and copies.
fn parts(report: &Report<'_>) -> impl Iterator<Item = Part> {
    let mapped = report.mapping.is_some();
    PARTS.into_iter().filter(move |(id, ..)| !(mapped && matches!(*id, "flagged" | "copies")))
}

/// Every part with its id and its title in both languages.
const PARTS: [Part; 9] = [
    ("barred", ("What the law bars", "Lo que la ley prohíbe"), barred::write),
    ("open", ("What cannot be told, and why", "Lo que no se puede saber, y por qué"), open::write),
    ("flagged", ("For a person to look at", "Para que lo revise una persona"), flagged::write),
    (
        "sides",
        (
            "All rows: by organization, month and section",
            "Todas las filas: por organización, mes y sección",
        ),
        sides::write,
    ),
    ("copies", ("The same search seen twice", "La misma búsqueda vista dos veces"), copies::write),
    ("files", ("The files", "Los archivos"), files::write),
    ("figures", ("Figures", "Cifras"), figures::write),
    ("law", ("The law that was asked", "La ley a la que se preguntó"), law::write),
    ("method", ("How this was made", "Cómo se hizo"), method::write),
];

impl Page<'_> {
    fn say<'t>(&self, english: &'t str, spanish: &'t str) -> &'t str {
        self.lang.say(english, spanish)
    }

    /// A paragraph of plain text, with code between backticks.
    fn paragraph(&mut self, text: &str) {
        _ = writeln!(self.html, "<p>{}</p>", Prose(text));
    }

    fn heading(&mut self, english: &str, spanish: &str) {
        _ = writeln!(self.html, "<h3>{}</h3>", Escaped(self.lang.say(english, spanish)));
    }

    /// The heads of the columns that [`Self::numbers`] fills.
    fn number_heads(&self) -> Vec<&'static str> {
        let mut heads = vec![self.lang.say("Rows", "Filas")];
        if self.acts {
            heads.push(self.lang.say("Recorded acts", "Actos registrados"));
        }
        heads
    }

    /// Rows, and acts where they differ.
    fn numbers(&self, count: Count) -> Vec<Cell> {
        let acts = self.acts.then_some(Cell::Number(count.acts));
        std::iter::once(Cell::Number(count.rows)).chain(acts).collect()
    }

    /// A row's cells with its numbers behind the first: a phone shows those two.
    fn counted<const CELLS: usize>(&self, cells: [Cell; CELLS], count: Count) -> Vec<Cell> {
        let mut row: Vec<Cell> = cells.into();
        row.splice(1..1, self.numbers(count));
        row
    }

    /// The cells of a last row, which stands for all rows of its table.
    fn all_rows<const CELLS: usize>(&self) -> [Cell; CELLS] {
        let mut name = Some(self.say("All", "Todas"));
        std::array::from_fn(|_| Cell::text(name.take().unwrap_or_default()))
    }

    /// What rows are grouped by.
    fn group_head(&self) -> String {
        match self.report.groups {
            [] => self.say("Organization that searched", "Organización que buscó").to_owned(),
            groups => words::capital(&groups.join(" · ")),
        }
    }

    /// The bar of four kinds of rows.
    fn verdicts_bar(&self, split: &Split, of: u64) -> String {
        let parts: Vec<(&str, u64)> = VERDICTS.into_iter().zip(split.parts()).collect();
        bar(&parts, of, &self.verdicts_in_words(split))
    }

    fn verdicts_in_words(&self, split: &Split) -> String {
        let parts = words::parts(self.lang).into_iter().zip(split.parts());
        let parts: Vec<String> = parts
            .filter(|(_, rows)| *rows > 0)
            .map(|(words, rows)| format!("{words} {}", number(rows)))
            .collect();
        if parts.is_empty() {
            self.say("no rows", "ninguna fila").to_owned()
        } else {
            parts.join(", ")
        }
    }

    fn verdicts_legend(&self) -> String {
        let entries: Vec<(&str, &str)> =
            VERDICTS.into_iter().zip(words::parts(self.lang)).collect();
        legend(&entries)
    }

    /// The first thing read: who made what of which files, in numbers.
    fn summary(&mut self, title: &str) {
        let Report { jurisdiction, made_on, audited, .. } = self.report;
        let split = counts::total(audited.tally.cells());
        _ = writeln!(
            self.html,
            "<h1>{}</h1>\n<p class=\"soft\">{} {made_on} · {} · {} {}</p>",
            Escaped(title),
            self.say("Made on", "Hecho el"),
            Code(&jurisdiction.path),
            self.say("law", "ley"),
            Code(&jurisdiction.hash),
        );
        let lead = lead::paragraph(self.report, self.lang, &split);
        _ = writeln!(self.html, "<p class=\"lead\">{}</p>", Escaped(&lead));
        self.figures(&split);
        let bar = self.verdicts_bar(&split, split.all().rows);
        let legend = self.verdicts_legend();
        _ = write!(self.html, "{bar}\n{legend}");
        let limits = self.say(
            "This report counts what rows record. It does not say whether a row is right, what anyone intended, or what follows. A row counts once for each file that holds it: what was done once may be several rows.",
            "Este informe cuenta lo que registran las filas. No dice si una fila es correcta, qué quiso nadie, ni qué consecuencias tiene. Una fila se cuenta una vez por cada archivo que la contiene: lo que se hizo una vez pueden ser varias filas.",
        );
        _ = writeln!(self.html, "<p class=\"note\">{limits}</p>");
    }

    fn figures(&mut self, split: &Split) {
        let all = split.all().rows;
        let flagged = counts::total(counts::flagged(&self.report.audited.tally)).all().rows;
        let share = |part| percent(part, all);
        let say = |english, spanish| self.lang.say(english, spanish);
        let not_read = NotRead::of(self.report);
        let mut outside = say("in none of the above", "en ninguna de las anteriores").to_owned();
        if let Some(beyond) = not_read.beyond(self.lang) {
            outside += &format!("; {} {beyond}", say("besides,", "además,"));
        }
        let figures = [
            (
                "barred",
                say(
                    "Barred, if what the row records is right",
                    "Prohibidas, si lo que registra la fila es correcto",
                ),
                split.barred.rows,
                share(split.barred.rows),
            ),
            (
                "open",
                say("Cannot be told", "No se puede saber"),
                split.cannot_tell.rows,
                share(split.cannot_tell.rows),
            ),
            (
                "sides",
                say("Permitted", "Permitidas"),
                split.permitted.rows,
                share(split.permitted.rows),
            ),
            (
                "sides silent",
                say("The law is silent", "La ley no dice nada"),
                split.silent.rows,
                format!(
                    "{}; {}",
                    share(split.silent.rows),
                    say("silence is no permission", "el silencio no es un permiso")
                ),
            ),
            (
                "flagged",
                say("For a person to look at", "Para que las revise una persona"),
                flagged,
                say("among all of the above", "entre todas las anteriores").to_owned(),
            ),
            ("files", say("Not read", "No leídas"), not_read.rows, outside),
        ];
        self.html += "<dl class=\"figures\">\n";
        for (class, name, rows, note) in figures {
            let part = class.split(' ').next().unwrap_or_default();
            if parts(self.report).all(|(id, ..)| id != part) {
                continue;
            }
            _ = writeln!(
                self.html,
                "<div class=\"{class}\"><dt><a href=\"#{part}\">{}</a></dt><dd><b>{}</b> <span class=\"soft\">{}</span></dd></div>",
                Escaped(name),
                number(rows),
                Escaped(&note)
            );
        }
        self.html += "</dl>\n";
    }

    fn contents(&mut self) {
        _ = writeln!(self.html, "<nav aria-label=\"{}\">\n<ol>", self.say("Contents", "Contenido"));
        for (id, title, _) in parts(self.report) {
            _ = writeln!(
                self.html,
                "<li><a href=\"#{id}\">{}</a></li>",
                self.lang.say(title.0, title.1)
            );
        }
        self.html += "</ol>\n</nav>\n";
    }
}
