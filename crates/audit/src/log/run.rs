//! A whole run: files in, findings and report out.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    cell::State,
    link::{Differences, Releases},
    row::Field,
    tally::Tally,
};
use crate::error::Problem;

/// All that a run found, as the report tells it.
#[derive(Debug, Clone, Default)]
pub struct Audited {
    /// The files, in the order given.
    pub files: Vec<FileRead>,
    /// The counts.
    pub tally: Tally,
    /// Copies of one search that do not say the same.
    pub differences: Differences,
    /// Pairs of files that hold the same searches.
    pub releases: Releases,
    /// Published figures' identities, each with whether the log's counts satisfy it.
    pub identities: Vec<Identity>,
}

/// What was read of one file.
#[derive(Debug, Clone, Default)]
pub struct FileRead {
    /// Its name as it was given.
    pub name: String,
    /// The hash of its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it was taken for, and why, once for every header in it.
    pub formats: Vec<(String, String)>,
    /// Rows decided.
    pub rows: u64,
    /// Rows that repeat another one of this file cell by cell; they are counted all the same.
    pub repeated: u64,
    /// Header rows after the first.
    pub headers_repeated: u64,
    /// Rows whose cells were moved against their header and could be put right.
    pub shifted: u64,
    /// Rows not read.
    pub rows_not_read: u64,
    /// What was wrong, the first of each kind.
    pub problems: Vec<Problem>,
    /// Of each field, how many cells are in each state.
    pub states: BTreeMap<Field, BTreeMap<State, u64>>,
    /// The marks found in place of what was recorded, with their number.
    pub marks: BTreeMap<String, u64>,
    /// The first and the last day of its rows, in the jurisdiction's own time.
    pub days: Option<(Date, Date)>,
}

/// An identity that published figures must satisfy, such as `requests = transfers + refusals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// As it is written.
    pub text: String,
    /// Both sides' values.
    pub sides: (i64, i64),
    /// Whether they are equal.
    pub holds: bool,
}
