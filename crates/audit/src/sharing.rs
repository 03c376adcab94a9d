//! Sharing lists: with whom an agency shares, as portals, vendors and answers to records requests
//! show it.
//!
//! [`read`] takes a list of any shape apart, [`Audit`] asks the law about each organization.

mod decide;
mod lines;
mod portal;
mod table;
mod text;

use jiff::civil::Date;
use serde::Serialize;

pub use decide::{ACTS, Answer, Asking, Audit, DEFAULT_ACTOR, Finding};

pub use crate::ask::{NotAsked, Settled};
use crate::error::Problem;

/// Longer cells are no names.
const LONGEST_NAME: usize = 300;

/// Which way the data goes, seen from the agency whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The agency gives, the organization receives.
    Outbound,
    /// The organization gives, the agency receives.
    Inbound,
}

impl Direction {
    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

/// What a list was taken for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What it is.
    pub what: &'static str,
    /// Why it was taken for that.
    pub why: String,
}

/// One organization on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name as the list writes it, with blanks in one.
    pub organization: String,
    /// Which way the data goes; none where the list does not say.
    pub direction: Option<Direction>,
    /// The line at which its row begins; 1 is the first.
    pub row: u64,
    /// Whose list it is, where the list says so.
    pub owner: Option<String>,
    /// The list's own day.
    pub on: Option<Date>,
}

/// A list, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The file's name as it was given.
    pub name: String,
    /// What it was taken for; none where it could not be read at all.
    pub shape: Option<Shape>,
    /// Rows read: portals, rows of a table below its header, or names.
    pub rows: u64,
    /// The organizations, in the list's order.
    pub entries: Vec<Entry>,
    /// What was read and is no organization, such as headings.
    pub notes: Vec<String>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// How a list is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As what it looks like.
    Recognize,
    /// One name a line, whatever it looks like.
    NameALine,
}

/// Takes a list apart. What cannot be read is among its problems; the rest is there.
#[must_use]
pub fn read(name: &str, bytes: &[u8], reading: Reading) -> List {
    let mut list = List::new(name);
    let Some(text) = text::text(&mut list, bytes) else { return list };
    if text.trim().is_empty() {
        list.problem(None, "it is empty");
        return list;
    }
    match reading {
        Reading::NameALine => lines::name_a_line(&mut list, &text),
        Reading::Recognize => {
            let read = portal::read(&mut list, &text) || table::read(&mut list, &text);
            if !read {
                lines::read(&mut list, &text);
            }
        }
    }
    if list.rows == 0 && list.problems.is_empty() {
        list.problem(None, "it names no organization");
    }
    list
}

impl List {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            shape: None,
            rows: 0,
            entries: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn is(&mut self, what: &'static str, why: impl Into<String>) {
        self.shape = Some(Shape { what, why: why.into() });
    }

    fn problem(&mut self, row: Option<u64>, what: impl Into<String>) {
        self.problems.push(Problem { list: self.name.clone(), row, what: what.into() });
    }

    /// Adds an organization, or says why its cell is none.
    fn add(&mut self, entry: Entry) {
        let organization = one_line(&entry.organization);
        match why_no_name(&organization) {
            Some(why) => self.problem(Some(entry.row), why),
            None => self.entries.push(Entry { organization, ..entry }),
        }
    }
}

/// A name on one line: line breaks inside a cell and runs of blanks are one blank.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why a cell cannot be an organization's name; its text is not repeated.
fn why_no_name(text: &str) -> Option<&'static str> {
    if text.chars().count() > LONGEST_NAME {
        return Some("the cell is longer than any name");
    }
    if text.contains('\u{fffd}') {
        return Some("the name has letters that were lost in an earlier conversion");
    }
    (!text.chars().any(char::is_alphabetic)).then_some("the cell has no letters, so it is no name")
}
