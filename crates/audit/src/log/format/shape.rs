//! What rows and cells may look like.

use std::fmt;

use crate::log::cell::Cell;

/// What had to be put right in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Nothing.
    AsHeader,
    /// The last cells were left off.
    Short,
    /// Cells had moved to other columns.
    Moved,
    /// Cells were one text that commas without quotes had cut.
    Joined,
}

/// Why a row cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BadRow {
    /// Nothing stands in it. Spreadsheets end in such rows; nobody recorded anything in them.
    Blank,
    /// It has fewer cells than its header.
    TooFew {
        /// Its cells.
        cells: usize,
        /// The header's columns.
        columns: usize,
    },
    /// It has more cells than its header.
    TooMany {
        /// Its cells.
        cells: usize,
        /// The header's columns.
        columns: usize,
    },
    /// Its cells sit under other columns than their own.
    Moved,
}

/// A number as logs write it: digits, perhaps with commas between thousands.
#[must_use]
pub fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.is_empty() || text.len() > 24 || text.starts_with(',') || text.ends_with(',') {
        return None;
    }
    text.bytes().filter(|&byte| byte != b',').try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A number that was counted. A vendor's 0 networks says that nothing was counted, not that nothing was
/// searched; the text stays in the row.
#[must_use]
pub fn counted(cell: Cell<'_>) -> Option<u64> {
    cell.text().and_then(number).filter(|&number| number > 0)
}

impl BadRow {
    /// Its kind, as a report counts it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::TooFew { .. } => "too few cells",
            Self::TooMany { .. } => "too many cells",
            Self::Moved => "cells under other columns",
        }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => write!(f, "nothing stands in the row"),
            Self::TooFew { cells, columns } => write!(
                f,
                "the row has {cells} cells where the header has {columns}, and it cannot be told which \
                 are missing; compare it with the original"
            ),
            Self::TooMany { cells, columns } => write!(
                f,
                "the row has {cells} cells where the header has {columns}, and there is not exactly one \
                 way to read it: perhaps a text with a comma and no quotes; quote it"
            ),
            Self::Moved => write!(
                f,
                "the row's cells sit under other columns than the header says, and there is not exactly \
                 one way to put them right; compare it with the original"
            ),
        }
    }
}

/// Whether a text may be the number of a search.
pub(super) fn is_id(text: &str) -> bool {
    let is_uuid = |text: &[u8]| {
        let hyphens = [8, 13, 18, 23].iter().all(|&at| text.get(at) == Some(&b'-'));
        text.len() == 36 && hyphens
    };
    is_uuid(text.as_bytes())
        || text.len() <= 80
            && text.bytes().any(|byte| byte.is_ascii_digit())
            && !text.bytes().any(|byte| byte.is_ascii_whitespace() || byte == b',')
}
