//! The same search seen twice.

use super::{finding::FindingId, row::Field};

/// Copies of one search that do not say the same.
#[derive(Debug, Clone, Default)]
pub struct Differences {
    /// How many searches differ, by field and kind.
    pub counts: std::collections::BTreeMap<(Field, Kind), u64>,
    /// Searches of which there is more than one copy.
    pub linked: u64,
}

/// How copies of one search differ in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Both say something, and not the same.
    Replaced,
    /// One says it, the other has a mark in its place.
    Masked,
    /// One says it, in the other nothing stands there.
    Emptied,
    /// One says it, the other's file has no such column.
    MissingColumn,
}

/// One difference, with where its copies are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The search, under a number of this report.
    pub search: FindingId,
    /// The field.
    pub field: Field,
    /// How the copies differ.
    pub kind: Kind,
    /// File numbers and lines of the copies.
    pub places: Vec<(u32, u64)>,
}

/// Pairs of files that hold the same searches.
pub type Releases = Vec<Release>;

/// Two files with searches in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The numbers of the two files.
    pub files: (u32, u32),
    /// Searches in both.
    pub shared: u64,
    /// Searches of the days that both cover which only the first has, and only the second.
    pub only: (u64, u64),
    /// Fields that only the first exports, and only the second.
    pub fields: (Vec<Field>, Vec<Field>),
}
