//! What systems recorded, decided row by row: search audits of plate readers first.
//!
//! A file becomes [`rows`](row), whichever shape it has ([`source`], [`mod@format`]). What a row says of its
//! purpose is read carefully ([`crate::lexicon`]), its parties are resolved, and the law is asked on the
//! row's own date ([`judge`]). Every row becomes a [`finding`] with its file and line; copies of one search
//! are [linked](link), and the [`tally`] is what the report counts.

pub mod cell;
pub mod decide;
pub mod finding;
pub mod format;
pub mod judge;
pub mod link;
pub mod output;
mod recent;
pub mod records;
pub mod report;
pub mod row;
pub mod run;
pub mod source;
pub mod tally;
pub mod time;

pub use cell::Cell;
pub use decide::{Decided, Decider};
pub use finding::{Finding, FindingId};
pub use judge::{Judge, Ruling, Verdict};
pub use row::{Field, Row};
pub use tally::Tally;
