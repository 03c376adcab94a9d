//! The same search seen twice: in the logs of several agencies, in two releases, or twice in one file.
//!
//! While rows are decided each leaves a [note](Notes) of fixed size on the disk: which search it is, where it
//! stands, and of each cell its state and a hash under the report's key. When all files are read,
//! [`compare`] brings the notes of one search together. So memory stays the same however many rows there
//! are, and nothing that a cell says is kept.
//!
//! Only the vendor's own number says that two rows are one search. Without it nothing is linked: rows that
//! are alike are counted as repeated, and that is all.

mod copies;
mod note;
mod releases;
mod spill;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
pub use note::Seen;
pub use spill::Notes;

use super::{finding::FindingId, output::OutputError, row::Field};
use crate::lexicon::Strength;

/// All that comparing the notes gives.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    /// Copies of one search that do not say the same.
    pub differences: Differences,
    /// Pairs of files that hold the same searches, by their numbers.
    pub releases: Releases,
    /// Rows that repeat an earlier one of their file cell by cell, by the file's number.
    pub repeated: BTreeMap<u32, u64>,
}

/// Copies of one search that do not say the same.
#[derive(Debug, Clone, Default)]
pub struct Differences {
    /// How many searches differ, by field and kind.
    pub counts: BTreeMap<(Field, Kind), u64>,
    /// Searches of which there is more than one copy.
    pub linked: u64,
    /// Searches whose copies state their purpose differently, by what the copy that states most and another
    /// one say: a reason that was replaced.
    pub strength_changed: BTreeMap<(Strength, Strength), u64>,
    /// Up to [`EXAMPLES`] differences of such searches, those with an immigration purpose first.
    pub examples: Vec<Difference>,
    /// Rows that were not compared because one search had more copies than memory holds.
    pub not_compared: u64,
    /// Searches that are missing in the counts of the releases, as there were too many pairs of files.
    pub not_paired: u64,
}

/// How many examples are kept.
pub const EXAMPLES: usize = 200;

/// How copies of one search differ in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Both say something, and not the same.
    Replaced,
    /// One says it, the other has a mark in its place.
    Masked,
    /// One says it, in the other nothing stands there.
    Emptied,
    /// One says it, the other's file has no such column. This is the same for all searches of two files: it
    /// is counted, but no [`Difference`] of its own; [`Release::fields`] says it once.
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
    /// What the copy that states most and another one say of the purpose, where they do not say the same.
    pub strengths: Option<(Strength, Strength)>,
    /// File numbers and lines: one for each thing that the copies say, the earliest, up to 8.
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
    /// Searches of the days that both cover which only the first has, and only the second. A day on which
    /// only one of the two begins or ends is not counted: it may be there in part.
    pub only: (u64, u64),
    /// Fields that only the first exports, and only the second.
    pub fields: (Vec<Field>, Vec<Field>),
}

/// Compares the copies of each search.
///
/// `notes` are the files that [`Notes`] wrote, of all parts; `days` each file's first and last day, by its
/// number; `scratch` is a folder for more notes, removed from it again whatever happens. `each` is given
/// every difference, in no order that means anything.
///
/// # Errors
///
/// Where notes cannot be read or written, and those of `each`.
pub fn compare(
    notes: &[PathBuf],
    days: &[Option<(Date, Date)>],
    scratch: &Path,
    each: &mut dyn FnMut(&Difference) -> Result<(), OutputError>,
) -> Result<Linked, OutputError> {
    compare_within(notes, days, scratch, spill::ROWS_IN_MEMORY, each)
}

/// Like [`compare`], with that many notes in memory at a time.
///
/// # Errors
///
/// As [`compare`].
pub fn compare_within(
    notes: &[PathBuf],
    days: &[Option<(Date, Date)>],
    scratch: &Path,
    rows: usize,
    each: &mut dyn FnMut(&Difference) -> Result<(), OutputError>,
) -> Result<Linked, OutputError> {
    let mut copies = copies::Copies::new(days, each);
    let left_out = spill::for_each_lot(notes, scratch, rows, &mut |lot| copies.add(lot))?;
    Ok(copies.finish(left_out))
}

impl Kind {
    /// Its word in findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Masked => "masked",
            Self::Emptied => "emptied",
            Self::MissingColumn => "missing_column",
        }
    }
}
