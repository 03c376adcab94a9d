//! HTML: what the parts of the page share.
use std::fmt::{self, Display, Write as _};

use super::{Lang, words};
use crate::log::tally::Count;

const STYLE: &str = include_str!("page.css");

/// Patterns that the style sheet colors, so that no picture needs color to be read. A picture that
/// is not displayed would take its patterns along.
const PATTERNS: &str = r#"<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="6" height="6"></rect><rect class="mark" width="2.4" height="6"></rect></pattern>
<pattern id="dotted" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"></rect><circle class="mark" cx="2.5" cy="2.5" r="1.4"></circle></pattern>
<pattern id="crossed" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"></rect><rect class="mark" width="5" height="1.4"></rect><rect class="mark" width="1.4" height="5"></rect></pattern>
<pattern id="level" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground" width="4" height="4"></rect><rect class="mark" width="4" height="1"></rect></pattern>
</defs></svg>"#;

/// A whole page; `main` is HTML that begins with the page's first heading.
pub(super) fn whole(lang: Lang, title: &str, main: &str) -> String {
    let (tag, title) = (lang.tag(), Escaped(title));
    let skip = lang.say("Skip to the content", "Ir al contenido");
    let what = lang.say(
        "past acts, decided again under the law",
        "actos pasados, decididos de nuevo según la ley",
    );
    let footer = lang.say(
        "from the files named above and from packs: rules that people wrote after the laws’ texts. How far each was verified stands beside it. It is not legal advice, and it says nothing of anyone’s immigration status.",
        "a partir de los archivos nombrados arriba y de paquetes: reglas que personas escribieron según los textos de las leyes. Junto a cada una dice hasta dónde se verificó. No es asesoría legal y no dice nada del estatus migratorio de nadie.",
    );
    format!(
        r##"<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
<a class="skip" href="#content">{skip}</a>
{PATTERNS}
<header class="top"><b>Bylaw</b> <span>{what}</span></header>
<main id="content">
{main}</main>
<footer>
<p>{made} Bylaw {version} {footer}</p>
</footer>
</body>
</html>
"##,
        made = lang.say("Made by", "Hecho por"),
        version = env!("CARGO_PKG_VERSION"),
    )
}

/// A cell of a table.
pub(super) enum Cell {
    /// HTML.
    Html(String),
    /// A number, set to the right.
    Number(u64),
}

impl Cell {
    /// Text of a file or a pack.
    pub(super) fn text(text: &str) -> Self {
        Self::Html(Escaped(text).to_string())
    }

    /// A code, such as the name of a rule or a file's hash.
    pub(super) fn code(text: &str) -> Self {
        Self::Html(Code(text).to_string())
    }
}

/// A table that scrolls where there is no room for it. The first cell of a row is its heading.
pub(super) struct Table {
    caption: String,
    columns: Vec<String>,
    /// Whether each column holds numbers, as its last row does.
    numbers: Vec<bool>,
    rows: String,
}

impl Table {
    /// A table with that caption and those columns, as text. A caption stands once on a page.
    pub(super) fn new(caption: &str, columns: &[&str]) -> Self {
        Self {
            caption: Escaped(caption).to_string(),
            columns: columns.iter().map(|column| Escaped(column).to_string()).collect(),
            numbers: Vec::new(),
            rows: String::new(),
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.numbers.clear();
        self.rows += "<tr>";
        for (place, cell) in cells.into_iter().enumerate() {
            self.numbers.push(matches!(cell, Cell::Number(_)));
            _ = match (place, cell) {
                (0, Cell::Html(html)) => write!(self.rows, "<th scope=\"row\">{html}</th>"),
                (0, Cell::Number(number)) => {
                    write!(self.rows, "<th scope=\"row\">{}</th>", words::number(number))
                }
                (_, Cell::Html(html)) => write!(self.rows, "<td>{html}</td>"),
                (_, Cell::Number(number)) => {
                    write!(self.rows, "<td class=\"number\">{}</td>", words::number(number))
                }
            };
        }
        self.rows += "</tr>\n";
    }

    /// Adds the last row, which sums the others up.
    pub(super) fn sum(mut self, cells: impl IntoIterator<Item = Cell>) -> String {
        self.rows += "</tbody>\n<tfoot>\n";
        self.row(cells);
        self.whole("</tfoot>")
    }

    /// Ends a table without a sum.
    pub(super) fn end(self) -> String {
        self.whole("</tbody>")
    }

    fn whole(self, end: &str) -> String {
        let Self { caption, columns, numbers, rows } = self;
        let mut heads = String::new();
        for (place, column) in columns.iter().enumerate() {
            let number = numbers.get(place).is_some_and(|number| *number);
            let class = if number { " class=\"number\"" } else { "" };
            _ = write!(heads, "<th scope=\"col\"{class}>{column}</th>");
        }
        format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\n\
             <table>\n<caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n\
             <tbody>\n{rows}{end}\n</table>\n</div>\n"
        )
    }
}

/// Rows, and the acts they stand for where these are not the same.
pub(super) fn count(lang: Lang, count: Count) -> String {
    if count.acts == count.rows {
        return words::rows(lang, count.rows);
    }
    let acts = lang.say("recorded acts", "actos registrados");
    format!("{} ({} {acts})", words::rows(lang, count.rows), words::number(count.acts))
}

/// Text as HTML, also within an attribute. Control characters, and those that turn the direction of
/// text around, come from files and are shown as a mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().map(shown).try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}

/// A character as it may be shown: no terminal obeys it and it hides no other.
pub(super) fn shown(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}

/// A name of ours as code.
pub(super) struct Code<'a>(pub(super) &'a str);

impl Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<code>{}</code>", Escaped(self.0))
    }
}

/// The name of a rule, which does not break at its hyphens.
pub(super) fn rule(id: &str) -> String {
    format!("<code class=\"rule\">{}</code>", Escaped(id))
}

/// Text as HTML, with what stands between backticks as code.
pub(super) struct Prose<'a>(pub(super) &'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('`').enumerate().try_for_each(|(place, part)| match place % 2 {
            0 => Escaped(part).fmt(f),
            _ => Code(part).fmt(f),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Escaped, Prose};

    #[test]
    fn nothing_of_a_file_is_read_as_html_or_obeyed() {
        assert_eq!(
            Escaped("<b onclick='x'>\"&\"\u{1b}[31m\u{202e}").to_string(),
            "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;&quot;\u{fffd}[31m\u{fffd}"
        );
        assert_eq!(Prose("say `a<b` so").to_string(), "say <code>a&lt;b</code> so");
    }
}
