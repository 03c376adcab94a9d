//! Registries: files that say what organizations are.
//!
//! A registry is CSV with the columns of [`COLUMNS`] (docs/audit.md). Rows are found by the key of a
//! name ([`crate::Name::key`]), never by likeness.

mod build;
mod near;

use rustc_hash::FxHashMap;

use crate::{
    Kind, Patterns,
    error::{Error, Result},
    names::{State, state},
    resolve::Class,
};

pub use build::{Built, Columns, build};

/// The columns of a registry, in their order.
pub const COLUMNS: [&str; 6] = ["name", "aliases", "class", "state", "kind", "source"];

/// The name under which the rows in this crate are cited.
pub const STARTER_NAME: &str = "Bylaw's starter registry";
const STARTER: &str = include_str!("../registry/starter.csv");

/// What one file, or several, say about organizations.
#[derive(Debug, Default)]
pub struct Registry {
    rows: Vec<Row>,
    by_key: FxHashMap<String, Vec<usize>>,
    /// By the words of a key, whatever the state.
    by_words: FxHashMap<String, Vec<usize>>,
}

/// One organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// What it is.
    pub class: Class,
    /// The state in which it is, where that is known; a private body has one too.
    pub state: Option<&'static State>,
    /// Its kind.
    pub kind: Option<Kind>,
    /// Who says so.
    pub source: String,
    /// The file.
    pub file: String,
    /// The line of the file.
    pub line: u64,
}

impl Registry {
    /// The rows in this crate: well-known federal agencies and companies.
    ///
    /// # Errors
    ///
    /// Where the file in the crate is wrong.
    pub fn starter(patterns: &Patterns) -> Result<Self> {
        let mut registry = Self::default();
        registry.read(STARTER_NAME, STARTER.as_bytes(), patterns)?;
        Ok(registry)
    }

    /// Adds the rows of a file: a registry of our own form, or any CSV that [`build()`] understands.
    ///
    /// # Errors
    ///
    /// The first row that cannot be used; then nothing is added.
    pub fn read(&mut self, file: &str, bytes: &[u8], patterns: &Patterns) -> Result<usize> {
        let Built { rows, .. } = build(file, bytes, &Columns::default())?;
        let count = rows.len();
        for row in rows {
            self.add(row, patterns);
        }
        Ok(count)
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Vec<&Row> {
        self.rows_of(self.by_key.get(key))
    }

    /// The rows whose names have the words of that key, in whatever state.
    #[must_use]
    pub fn find_words(&self, key: &str) -> Vec<&Row> {
        self.rows_of(self.by_words.get(words_of(key)))
    }

    /// Names that look like this one, the nearest first: to be proposed, never to be believed.
    #[must_use]
    pub fn near(&self, text: &str, key: &str) -> Vec<String> {
        near::near(&self.rows, &self.by_key, text, key)
    }

    fn rows_of(&self, numbers: Option<&Vec<usize>>) -> Vec<&Row> {
        numbers.into_iter().flatten().filter_map(|&row| self.rows.get(row)).collect()
    }

    /// A row is found by its names, and where they do not say the state, by its names in its state.
    fn add(&mut self, row: Row, patterns: &Patterns) {
        let number = self.rows.len();
        for text in std::iter::once(&row.name).chain(&row.aliases) {
            let name = patterns.name(text);
            let mut keys = vec![name.key()];
            if name.state().is_none()
                && let Some(state) = row.state
            {
                keys.push(name.key_in(Some(state)));
            }
            for key in keys {
                note(&mut self.by_words, words_of(&key).to_owned(), number);
                note(&mut self.by_key, key, number);
            }
        }
        self.rows.push(row);
    }
}

fn note(index: &mut FxHashMap<String, Vec<usize>>, key: String, number: usize) {
    let rows = index.entry(key).or_default();
    if rows.last() != Some(&number) {
        rows.push(number);
    }
}

fn words_of(key: &str) -> &str {
    key.split_once(" @").map_or(key, |(words, _)| words)
}

/// Writes rows as a registry of our own form.
///
/// # Errors
///
/// Where a row cannot be written, which does not happen in memory.
pub fn write(rows: &[Row]) -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Error::Registry {
        file: "the registry to be written".to_owned(),
        row: 0,
        what: error.to_string(),
        help: "this is a fault of the program".to_owned(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for row in rows {
        let record = [
            row.name.as_str(),
            &row.aliases.join("; "),
            row.class.registry_word(),
            row.state.map_or("", |state| state.code),
            row.kind.map_or("", |kind| kind.name),
            &row.source,
        ];
        writer.write_record(record).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The state that a cell names; an empty cell names none.
fn state_of(text: &str) -> Result<Option<&'static State>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    state::by_text(text).map(Some).ok_or_else(|| format!("`{text}` is no state"))
}
