//! The private records behind the ledger: sealed, stored, purged, replayed.
//!
//! Every decision leaves a record here and a leaf in the ledger. The record holds facts, answer,
//! who asked and under which law, encrypted under a key of its own; the leaf is a salted commitment
//! to it, and tells nothing. A [`Store`] is the database (SQLite or PostgreSQL); the one
//! [`Recorder`] writes to it and to the ledger together:
//!
//! 1. the rows of a batch are committed to the database, leaves and numbers included;
//! 2. the leaves are appended to the ledger;
//! 3. callers are answered.
//!
//! So the database is the ledger's write-ahead log: whatever a crash cuts short, the next start
//! appends the leaves that are missing. What was not acknowledged may be recorded all the same;
//! what was acknowledged is always recorded, in both places.
//!
//! Purging by a retention rule destroys a record's key, in one transaction with the record that
//! says so; the leaf stays. [`verify`](verify()) compares every record with the ledger and replays every
//! decision under the law it was made under. While a [hold](Store::place_hold) stands open, nothing
//! is purged.
//!
//! The crate logs nothing that a record holds. It reads the clock in one place,
//! [`Options::default`].

mod archive;
pub mod body;
mod clients;
mod entry;
mod error;
mod holds;
mod key;
mod ledger_thread;
mod opening;
mod purge;
mod recorder;
mod replay;
mod rows;
mod schema;
mod seal;
mod store;
mod verify;
mod writer;

pub use clients::{Client, NewClient, Token};
pub use entry::{Entry, Kind, Recorded};
pub use error::{Error, Result};
pub use holds::Hold;
pub use key::DeploymentKey;
pub use opening::Opening;
pub use purge::{Due, Purged, Rule};
pub use recorder::{Clock, Options, Recorder, Status};
pub use replay::Replayer;
pub use rows::{Content, Record, Summary};
pub use store::{Remembered, Store};
pub use verify::{Finding, PurgedUnder, Report, verify};
