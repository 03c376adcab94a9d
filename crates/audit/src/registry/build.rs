//! A registry made from any CSV that says what organizations are.

use super::{COLUMNS, Row, state_of};
use crate::{
    Class, Kind,
    error::{Error, Result},
};

/// Which column holds what; none: the first of the usual names that the header has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The organization's name; several are separated by semicolons, and the first is the name.
    pub name: Option<String>,
    /// Its other names.
    pub aliases: Option<String>,
    /// What it is: words among which are `public`, `federal`, `private`.
    pub class: Option<String>,
    /// Its state.
    pub state: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
    /// Who says so; a registry without such a column is its own source.
    pub source: Option<String>,
}

/// What each column is usually called, in the order of [`COLUMNS`].
const USUAL: [&[&str]; 6] = [
    &["name", "names", "organization_name", "organization", "agency_name", "agency"],
    &["aliases", "alias", "other_names"],
    &["class", "tags", "classification"],
    &["state", "state_code"],
    &["kind", "agency_role", "role", "type"],
    &["source"],
];

/// Where a row's kind says `other`, this column may say more.
const SECOND_KIND: &str = "agency_type";

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The rows that can be found by a name.
    pub rows: Vec<Row>,
    /// The lines of rows without a name. Only a file of another form may have such.
    pub unnamed: Vec<u64>,
}

/// Reads rows of a registry, of our own form or another.
///
/// # Errors
///
/// The first row that cannot be used.
pub fn build(file: &str, bytes: &[u8], columns: &Columns) -> Result<Built> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(false).from_reader(bytes);
    let failed = |error: &csv::Error| refuse(file, line_of(error), &csv_words(error), HELP);
    let header = reader.headers().map_err(|error| failed(&error))?.clone();
    let found = Found::columns(file, &header, columns)?;
    let (mut rows, mut unnamed) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| failed(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if !found.own && found.is_unnamed(&record) {
            unnamed.push(line);
            continue;
        }
        let row = found.row(&record, file, line);
        rows.push(row.map_err(|what| refuse(file, line, &what, HELP))?);
    }
    if rows.is_empty() {
        return Err(refuse(file, 1, "it has no rows", HELP));
    }
    Ok(Built { rows, unnamed })
}

const HELP: &str = "a registry is CSV in UTF-8 with the columns name, aliases, class, state, kind, \
                    source (docs/audit.md); `bylaw audit registry` makes one from other columns";

struct Found {
    /// The place of each of [`COLUMNS`].
    places: [Option<usize>; 6],
    second_kind: Option<usize>,
    /// It is of our own form, so that a word we do not know is a mistake.
    own: bool,
}

impl Found {
    fn columns(file: &str, header: &csv::StringRecord, columns: &Columns) -> Result<Self> {
        let at = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let wanted = [
            &columns.name,
            &columns.aliases,
            &columns.class,
            &columns.state,
            &columns.kind,
            &columns.source,
        ];
        let mut places = [None; 6];
        for ((place, wanted), usual) in places.iter_mut().zip(wanted).zip(USUAL) {
            *place = match wanted {
                Some(name) => Some(at(name).ok_or_else(|| {
                    let have = header.iter().collect::<Vec<_>>().join(", ");
                    refuse(
                        file,
                        1,
                        &format!("it has no column `{name}`"),
                        &format!("it has: {have}"),
                    )
                })?),
                None => usual.iter().find_map(|name| at(name)),
            };
        }
        let [name, _, class, ..] = places;
        if name.is_none() || class.is_none() {
            let what = "no column is known to hold the names, or none what they are";
            return Err(refuse(file, 1, what, "name them with --column name=… --column class=…"));
        }
        let own = header.iter().eq(COLUMNS);
        Ok(Self { places, second_kind: at(SECOND_KIND), own })
    }

    fn is_unnamed(&self, record: &csv::StringRecord) -> bool {
        let [name, aliases, ..] = self.places.map(|place| cell(record, place));
        split(name).chain(split(aliases)).next().is_none()
    }

    fn row(&self, record: &csv::StringRecord, file: &str, line: u64) -> Result<Row, String> {
        let [name, aliases, class, state, kind, source] =
            self.places.map(|place| cell(record, place));
        let mut names = split(name).chain(split(aliases));
        let name = names.next().ok_or("it has no name")?;
        let kind = match kind_of(kind) {
            Some(kind) if kind.name != "other" => Some(kind),
            other => kind_of(cell(record, self.second_kind)).or(other),
        };
        if self.own && kind.is_none() && !cell(record, self.places[4]).is_empty() {
            return Err("its kind is not known".to_owned());
        }
        let state = state_of(state)?;
        let class = class_of(class, state, self.own)?;
        let source = if source.is_empty() { file.to_owned() } else { source.to_owned() };
        // Whatever a list of another form calls a tribe, it is no agency of the state around it.
        let tribe = kind.is_some_and(|kind| kind.name == "tribe");
        let class = match class {
            Class::Public(_) if tribe && !self.own => Class::Unknown,
            other => other,
        };
        Ok(Row {
            name,
            aliases: names.collect(),
            class,
            state,
            kind,
            source,
            file: file.to_owned(),
            line,
        })
    }
}

fn cell(record: &csv::StringRecord, place: Option<usize>) -> &str {
    place.and_then(|place| record.get(place)).unwrap_or_default().trim()
}

fn split(cell: &str) -> impl Iterator<Item = String> {
    cell.split(';').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// What a cell of words says: `ag-lawsuit; public` is public, `federal; public` is federal.
fn class_of(
    cell: &str,
    state: Option<&'static crate::names::State>,
    own: bool,
) -> Result<Class, String> {
    let words: Vec<String> =
        cell.split([';', ',', '|', ' ']).map(|word| word.trim().to_lowercase()).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    if own && !["public", "federal", "private", "unknown"].contains(&cell) {
        return Err(format!("`{cell}` is no class; public, federal, private or unknown"));
    }
    Ok(match (has("federal"), has("private"), has("public")) {
        (true, false, _) => Class::Federal,
        (false, true, false) => Class::Private,
        (false, false, true) => state.map_or(Class::Unknown, Class::Public),
        _ => Class::Unknown,
    })
}

/// A kind, by our word or by those of others.
fn kind_of(word: &str) -> Option<Kind> {
    let word = word.to_lowercase();
    let ours = match word.as_str() {
        "da" | "district_attorney" => "prosecutor",
        "hoa" | "neighborhood" => "community",
        "campus_safety" => "campus_police",
        "tribal" => "tribe",
        "business" | "vendor" => "company",
        "highway_patrol" => "state_police",
        "intelligence" => "fusion_center",
        "state_parks" | "fish_wildlife" | "state" => "state_agency",
        "city" | "county" => "agency",
        "decommissioned" => "test",
        "federal" => "federal_agency",
        known => known,
    };
    Kind::named(ours)
}

fn refuse(file: &str, row: u64, what: &str, help: &str) -> Error {
    Error::Registry { file: file.to_owned(), row, what: what.to_owned(), help: help.to_owned() }
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(1, csv::Position::line)
}

/// What the reader of CSV says, without its position and without the row's text.
fn csv_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not in UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} cells where the header has {expected_len}")
        }
        _ => "it cannot be read as CSV".to_owned(),
    }
}
