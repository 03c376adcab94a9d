//! What a header row is.

use std::sync::Arc;

use super::{Field, Format, Layout, borrow::Borrowed, number};

/// A header does not have more cells than this, nor longer ones.
const MOST_CELLS: usize = 256;
const LONGEST_CELL: usize = 120;

/// The name of a column, as headers are compared: letters and digits only, in lower case.
pub(super) fn plain(header: &str) -> String {
    let letters = header.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The layout of a header row, by the format that fits it best.
pub(super) fn header(
    formats: &[Arc<Format>],
    header: &[&str],
    asked: Option<&Format>,
) -> Option<Layout> {
    if header.len() > MOST_CELLS || header.iter().any(|cell| cell.len() > LONGEST_CELL) {
        return None;
    }
    let names: Vec<String> = header.iter().map(|cell| plain(cell)).collect();
    let asked_for = |format: &&Arc<Format>| asked.is_none_or(|asked| asked.name == format.name);
    let fits = formats.iter().filter(asked_for);
    let fits = fits.filter_map(|format| Fit::of(format, header, &names, formats));
    let best = fits.min_by_key(Fit::rank)?;
    let why = best.why(header, asked.is_some());
    let Fit { format, mut places, borrowed, .. } = best;
    let format = borrowed.into_format(format, &mut places);
    Some(Layout::new(format, header, places, why))
}

/// The format's column for each cell of a header.
pub(super) fn places(format: &Format, names: &[String]) -> Vec<Option<usize>> {
    let mut places = vec![None; names.len()];
    for (number, column) in format.columns.iter().enumerate() {
        // The earlier name of a column is the better one, where a header has two of them.
        let at = column
            .names
            .iter()
            .find_map(|known| names.iter().position(|name| !name.is_empty() && name == known));
        if let Some(place) = at.and_then(|at| places.get_mut(at)) {
            *place = Some(number);
        }
    }
    places
}

/// How a format fits a header.
struct Fit<'a> {
    format: &'a Arc<Format>,
    /// The format's column for each cell of the header.
    places: Vec<Option<usize>>,
    /// Cells that are no column of the format.
    unknown: usize,
    /// Those of them that are read by their usual names.
    borrowed: Borrowed<'a>,
}

impl<'a> Fit<'a> {
    fn of(
        format: &'a Arc<Format>,
        header: &[&str],
        names: &[String],
        formats: &'a [Arc<Format>],
    ) -> Option<Self> {
        let places = places(format, names);
        let has = |wanted: &Field| {
            let mut placed =
                places.iter().flatten().filter_map(|&number| format.columns.get(number));
            placed.any(|column| column.fields.contains(wanted))
        };
        let enough = format.needs.iter().any(|set| set.iter().all(has));
        if !enough || header.iter().any(|cell| is_recorded(format, cell)) {
            return None;
        }
        let unknown = names.iter().zip(&places);
        let unknown = unknown.filter(|(name, place)| !name.is_empty() && place.is_none()).count();
        let borrowed = Borrowed::of(formats, format, names, &places);
        Some(Self { format, places, unknown, borrowed })
    }

    fn placed(&self) -> usize {
        self.places.iter().flatten().count()
    }

    fn usual(&self) -> usize {
        self.format.columns.iter().filter(|column| column.usual).count()
    }

    /// The less the better: no column that decides left unread which another format reads; all columns known,
    /// then three in four, then a general format; then the format with the fewest columns that the header
    /// lacks.
    fn rank(&self) -> (usize, u8, usize, usize) {
        let tier = match (self.format.general, self.unknown) {
            (false, 0) => 0,
            (false, unknown) if self.placed() >= 3 * unknown => 1,
            (true, _) => 2,
            (false, _) => 3,
        };
        (self.borrowed.missed, tier, self.unknown, self.usual() - self.placed().min(self.usual()))
    }

    fn why(&self, header: &[&str], asked: bool) -> String {
        let mut why = if asked { "as asked: ".to_owned() } else { String::new() };
        let of_all = self.usual();
        let names = |of: &dyn Fn(usize) -> bool| -> String {
            let cells = header.iter().enumerate().filter(|(at, _)| of(*at));
            let cells: Vec<String> = cells.map(|(_, cell)| format!("`{}`", shown(cell))).collect();
            cells.join(", ")
        };
        let placed = |at: usize| self.places.get(at).is_some_and(Option::is_some);
        let stray = |at: usize| {
            let named = header.get(at).is_some_and(|cell| !plain(cell).is_empty());
            named && !placed(at) && !self.borrowed.has(at)
        };
        let who = |at: usize| stray(at) && header.get(at).is_some_and(|cell| may_say_who(cell));
        let others = |at: usize| stray(at) && !who(at);
        match (self.format.general, self.unknown) {
            (false, 0) if self.placed() == of_all => {
                why += &format!("its header has all {of_all} columns of this format and no other");
            }
            (false, _) => {
                why += &format!("columns of this format, which has {of_all}: {}", names(&placed));
            }
            (true, _) => why += &format!("columns known by their names: {}", names(&placed)),
        }
        for (at, fields) in self.borrowed.fields() {
            let fields: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            let cell = names(&|cell| cell == at);
            why += &format!("; {cell} is read as {}, by its usual name", fields.join(" and "));
        }
        for (words, cells) in [
            ("not read", names(&others)),
            ("not read, though it may say who searched", names(&who)),
        ] {
            if !cells.is_empty() {
                why += &format!("; {words}: {cells}");
            }
        }
        why
    }
}

/// Whether a cell is a number, a time or a mark, which no header is.
fn is_recorded(format: &Format, cell: &str) -> bool {
    let cell = cell.trim();
    number(cell).is_some()
        || format.times.iter().any(|pattern| pattern.fits(cell))
        || format.marks.find(cell, false).is_some()
}

/// Whether a header is about an organization, by its words.
fn may_say_who(cell: &str) -> bool {
    let name = plain(cell);
    let long = ["organi", "agency", "agencies", "department", "customer"];
    let lower = cell.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
    long.iter().any(|word| name.contains(word))
        || cell.contains("Org")
        || words.any(|word| word.starts_with("org") || word == "dept")
}

/// A header's name on one line.
fn shown(cell: &str) -> String {
    let words: Vec<&str> =
        cell.split(|letter: char| letter.is_whitespace() || letter == '\u{feff}').collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
