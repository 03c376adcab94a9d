//! Marks in place of what was recorded.
//!
//! `***` says that something was there and was taken out, which is not the same as nothing. A mark is the
//! whole cell: a plate may hold `*` as a wildcard, and a name that is masked in the middle of a sentence
//! leaves a sentence to read. What follows the words of a mark may be anything ("Redacted by A. Name"), so a
//! mark is told by those words alone.

use std::{fmt, sync::Arc};

use serde::Deserialize;

use crate::error::{Error, Result};

/// The marks that are known.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    whole: Vec<String>,
    begins: Vec<String>,
    runs: Vec<Run>,
    /// Bytes with which a mark begins; no other cell is looked at twice.
    first: First,
}

#[derive(Clone)]
struct First([bool; 256]);

impl Default for First {
    fn default() -> Self {
        Self([false; 256])
    }
}

impl fmt::Debug for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("First(..)")
    }
}

/// A character that stands for each letter taken out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    of: char,
    /// How many there must be.
    least: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMarks {
    whole: Vec<String>,
    begins: Vec<String>,
    runs: Vec<Run>,
}

/// What the vendor writes. A plate that is made of other stars alone is a search for any plate.
const VENDORS: &str = "***";

/// What may stand between the characters of a run.
const BETWEEN: [char; 6] = [' ', '-', '/', '.', ',', ':'];

impl Marks {
    /// Reads a file of marks.
    ///
    /// # Errors
    ///
    /// [`Error::Format`], where it cannot be understood.
    pub fn read(file_name: &str, toml: &str) -> Result<Self> {
        let written: WrittenMarks = toml::from_str(toml).map_err(|error| Error::Format {
            file: file_name.to_owned(),
            what: error.to_string().trim().to_owned(),
            help: "it has `whole`, `begins` and `runs`".to_owned(),
        })?;
        let WrittenMarks { whole, begins, runs } = written;
        Ok(Self { whole, begins, runs, first: First::default() }.indexed())
    }

    /// These marks and a format's own.
    pub(super) fn with(self: &Arc<Self>, own: &[String]) -> Arc<Self> {
        if own.is_empty() {
            return Arc::clone(self);
        }
        let mut marks = Self::clone(self);
        marks.whole.extend(own.iter().cloned());
        Arc::new(marks.indexed())
    }

    /// The mark that a trimmed cell is, without what goes on behind it. With `wildcards`, `*` stands for any letter there: only `***`,
    /// which the vendor writes, is a mark.
    #[must_use]
    #[inline]
    pub fn find<'t>(&self, cell: &'t str, wildcards: bool) -> Option<&'t str> {
        let first = *cell.as_bytes().first()?;
        if !self.first.0.get(usize::from(first)).copied().unwrap_or(false) {
            return None;
        }
        if cell == VENDORS {
            return Some(cell);
        }
        self.look_up(cell, wildcards && first == b'*')
    }

    fn look_up<'t>(&self, cell: &'t str, is_wildcards: bool) -> Option<&'t str> {
        if is_wildcards {
            return None;
        }
        if self.whole.iter().any(|mark| mark.eq_ignore_ascii_case(cell)) {
            return Some(cell);
        }
        let run = self.runs.iter().find_map(|run| run.beginning(cell));
        run.or_else(|| {
            let begins = self.begins.iter().filter_map(|mark| beginning(cell, mark));
            begins.max_by_key(|beginning| beginning.len())
        })
    }

    fn indexed(mut self) -> Self {
        let mut first = [false; 256];
        let runs: Vec<String> = self.runs.iter().map(|run| run.of.to_string()).collect();
        for mark in self.whole.iter().chain(&self.begins).chain(&runs) {
            let Some(&byte) = mark.as_bytes().first() else { continue };
            for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                if let Some(place) = first.get_mut(usize::from(byte)) {
                    *place = true;
                }
            }
        }
        self.first = First(first);
        self
    }
}

impl Run {
    /// As many of the letters as make a mark: how many there are tells how long the name was.
    fn beginning<'t>(&self, cell: &'t str) -> Option<&'t str> {
        let all = cell.chars().all(|letter| letter == self.of || BETWEEN.contains(&letter));
        let many = cell.chars().filter(|&letter| letter == self.of).count();
        let first = cell.chars().take(self.least).take_while(|&letter| letter == self.of).count();
        (all && many >= self.least).then(|| cell.get(..first * self.of.len_utf8()))?
    }
}

/// The beginning of a cell, where it is a mark and no longer word begins with it.
fn beginning<'t>(cell: &'t str, mark: &str) -> Option<&'t str> {
    let (first, rest) = cell.split_at_checked(mark.len())?;
    let ends_in_a_word = mark.ends_with(|letter: char| letter.is_alphanumeric());
    let goes_on = ends_in_a_word && rest.starts_with(|letter: char| letter.is_alphanumeric());
    (first.eq_ignore_ascii_case(mark) && !goes_on).then_some(first)
}
