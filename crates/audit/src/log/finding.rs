//! What is found about one row.

mod key;

use std::{fmt, str::FromStr, sync::Arc};

use jiff::civil::Date;

pub use key::{Ids, Key, Search};
pub(super) use key::{day_number, instant, trimmed};

use super::judge::Ruling;
use crate::lexicon::Reading;

/// A finding's number: that of the same search with the same words is the same wherever it is seen in
/// one report, and another in the next report, as it is made with a key that is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub u128);

/// What is found about one row of a log.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Its number.
    pub id: FindingId,
    /// The line of the file at which the row begins.
    pub line: u64,
    /// How many recorded acts the row stands for.
    pub count: u64,
    /// The row's day, where it could be read.
    pub on: Option<Date>,
    /// What the report groups rows by: the organization of a search, the columns that a mapping names.
    pub group: Arc<[Box<str>]>,
    /// What the organization is, such as `california_public`; empty where the log has none.
    pub class: Arc<str>,
    /// What the row says of its purpose; none where the purpose comes from a mapping.
    pub reading: Option<Reading>,
    /// What the law says.
    pub ruling: Arc<Ruling>,
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for FindingId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}
