//! Plain lists: one name a line, or text taken from a PDF, where names stand between commas and lines
//! are wrapped.

use super::{Entry, List, one_line, table::looks_like_agency};
use crate::names::state;

/// Standard input: every line is a name.
pub(super) fn name_a_line(list: &mut List, text: &str) {
    list.is("a plain list", "it is standard input, one name a line");
    for (line, row) in text.lines().zip(1..) {
        if !line.trim().is_empty() {
            add(list, line, row);
        }
    }
}

pub(super) fn read(list: &mut List, text: &str) {
    let lines = lines(list, text);
    let separated = lines.iter().filter(|(_, line)| is_separated(line)).count();
    if lines.iter().any(|(_, line)| line.contains(';')) || separated * 2 >= lines.len().max(1) {
        list.is(
            "text with several names a line",
            "its lines hold names between commas or semicolons, as text from a PDF does",
        );
        running(list, &lines);
    } else {
        list.is("a plain list", "it has no header and no separators: one name a line");
        for (row, line) in unwrapped(&lines) {
            for name in names(&line) {
                add(list, &name, row);
            }
        }
    }
}

fn add(list: &mut List, name: &str, row: u64) {
    list.rows += 1;
    list.add(Entry { organization: name.to_owned(), direction: None, row, owner: None, on: None });
}

type Line = (u64, String);

/// The lines that can be names, without bullets; headings and page numbers are noted.
fn lines(list: &mut List, text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for (line, row) in text.split('\n').zip(1..) {
        let line = one_line(&line.replace('\u{c}', " "));
        let line = without_bullet(&line);
        if line.is_empty() {
            continue;
        }
        match furniture(line) {
            Some(what) => list.notes.push(format!("row {row}: {what}, no name")),
            None => lines.push((row, line.to_owned())),
        }
    }
    lines
}

/// `• Name`, `- Name`, `12. Name`.
fn without_bullet(line: &str) -> &str {
    let line = line.trim_start_matches([
        '\u{2022}', '\u{25cf}', '\u{25aa}', '*', '\u{b7}', '-', '\u{2013}', ' ',
    ]);
    let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    match rest.strip_prefix(['.', ')']) {
        Some(name) if rest.len() < line.len() && name.starts_with(' ') => name.trim_start(),
        _ => line,
    }
}

/// What a line is that stands on a page beside the names.
fn furniture(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    let mut words = lower.split(' ');
    let page = words.next() == Some("page")
        && words.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    if page || !line.chars().any(char::is_alphabetic) {
        return Some("a page number or a rule");
    }
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Some("an address");
    }
    line.ends_with(':').then_some("a heading")
}

/// Whether a line holds several names.
fn is_separated(line: &str) -> bool {
    line.ends_with(',') || names(line).len() > 1
}

/// Lines that only go on with the name above are joined to it: `Department`, `Office (CA)`.
fn unwrapped(lines: &[Line]) -> Vec<Line> {
    let mut joined: Vec<Line> = Vec::new();
    for (row, line) in lines {
        match joined.last_mut() {
            Some((_, above)) if goes_on(above, line) => {
                above.push(' ');
                above.push_str(line);
            }
            _ => joined.push((*row, line.clone())),
        }
    }
    joined
}

fn goes_on(above: &str, line: &str) -> bool {
    const TAILS: [&str; 12] = [
        "police",
        "department",
        "dept",
        "office",
        "sheriff's",
        "sheriffs",
        "of",
        "public",
        "safety",
        "pd",
        "so",
        "district",
    ];
    const OPEN: [&str; 6] = ["of", "and", "&", "the", "for", "county"];
    let bare = |word: &str| word.trim_matches(['(', ')', '.', ',']).to_lowercase();
    let is_tail =
        |word: &str| TAILS.contains(&bare(word).as_str()) || state::by_code(&bare(word)).is_some();
    let open = above.split(' ').next_back().is_some_and(|last| OPEN.contains(&bare(last).as_str()))
        || above.matches('(').count() > above.matches(')').count();
    open || (line.split(' ').all(is_tail) && !above.ends_with(')'))
}

/// Names between separators, over the ends of lines. A name is cited at the line where it begins.
fn running(list: &mut List, lines: &[Line]) {
    let mut open: Option<Line> = None;
    for (row, line) in lines {
        let (start, text) = match open.take() {
            Some((start, begun)) => (start, format!("{begun} {line}")),
            None => (*row, line.clone()),
        };
        let campus_below = line.to_lowercase().ends_with("university of california,");
        let ends = line.ends_with([',', ';']) && !campus_below;
        let mut found = names(&text);
        // The last name of a line that ends with no separator may go on below; so may the next line be
        // a name of its own, where this one is whole.
        let last = if ends { None } else { found.pop() };
        let many = found.len();
        for name in found {
            add(list, &name, start);
        }
        if let Some(last) = last {
            let start = if many == 0 { start } else { *row };
            if campus_below {
                open = Some((start, last + ","));
            } else if is_whole(&last) && !separated_below(lines, *row) {
                add(list, &last, start);
            } else {
                open = Some((start, last));
            }
        }
    }
    if let Some((row, name)) = open {
        add(list, &name, row);
    }
}

/// Whether the line below goes on with a separator later, so that its beginning belongs to the name
/// above it.
fn separated_below(lines: &[Line], row: u64) -> bool {
    let below = lines.iter().find(|(below, _)| *below > row);
    below.is_some_and(|(_, line)| {
        goes_on("", line.split([',', ';']).next().unwrap_or_default().trim())
    })
}

/// Whether a name ends as names end: with a word for an agency, a state or a bracket.
fn is_whole(name: &str) -> bool {
    let last = name.split(' ').next_back().unwrap_or_default();
    last.ends_with(')')
        || looks_like_agency(last)
        || state::by_code(last).is_some()
        || matches!(last.to_lowercase().as_str(), "department" | "office")
}

/// The names of a line. A comma inside a name separates nothing: `Hayward, CA PD`, `Fields, Inc.`,
/// `University of California, Berkeley`.
fn names(line: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in line.split(';') {
        let mut within: Vec<String> = Vec::new();
        for piece in part.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
            match within.last_mut() {
                Some(before) if belongs(before, piece) => {
                    before.push_str(", ");
                    before.push_str(piece);
                }
                _ => within.push(piece.to_owned()),
            }
        }
        // A comma separates only where every piece can be a name by itself.
        let separates = within.len() > 1
            && within.iter().filter(|name| stands_alone(name)).count() * 2 > within.len();
        if separates || line.contains(';') && within.len() > 2 {
            names.extend(within);
        } else if !within.is_empty() {
            names.push(within.join(", "));
        }
    }
    names
}

fn stands_alone(name: &str) -> bool {
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    looks_like_agency(name)
        || words.any(|word| {
            word.len() == 2
                && word.chars().all(char::is_uppercase)
                && state::by_code(word).is_some()
        })
}

fn belongs(before: &str, piece: &str) -> bool {
    let first = piece.split(' ').next().unwrap_or_default().trim_matches(['(', ')', '.']);
    let state = state::by_code(first).is_some_and(|state| first == state.code)
        || state::by_text(piece).is_some()
        || state::STATES.iter().any(|state| {
            piece.strip_prefix(state.name).is_some_and(|rest| {
                rest.is_empty()
                    || looks_like_agency(rest)
                        && rest.starts_with(' ')
                        && rest.split_whitespace().count() <= 2
            })
        });
    let company =
        matches!(first.to_lowercase().as_str(), "inc" | "llc" | "ltd" | "corp" | "lp" | "co");
    let campus = before.to_lowercase().ends_with("university of california");
    company || campus || state && !stands_alone(before)
}
