//! The JSON that records hold.
//!
//! A body is written once and hashed as it is, so these types are for writing new ones and for
//! reading old ones: reading passes over fields it does not know.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::error::{Error, Result};

/// One decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decision {
    /// When, by the recorder's clock.
    pub at: Timestamp,
    /// Whose law was asked: the path.
    pub jurisdiction: String,
    /// The day on which the law was asked.
    pub on: Date,
    /// The act.
    pub action: String,
    /// The facts as they were stated: text, true or false, a whole number, or null for what was
    /// stated as not known.
    pub facts: BTreeMap<String, Value>,
    /// Whether facts that were not stated were taken as absent, where their absence can be seen.
    #[serde(default)]
    pub otherwise_absent: bool,
    /// The facts so taken that the answer was tested on.
    #[serde(default)]
    pub assumed: Vec<String>,
    /// The law's hash.
    pub law: String,
    /// Who asked.
    pub asked_by: AskedBy,
    /// Through which interface: `authzen`, `envoy`.
    pub through: String,
    /// The caller's own id of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What the law answered: `bylaw_law::Reply` as JSON.
    pub reply: Value,
    /// What the caller was told: whether to let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<bool>,
    /// What passes where the law is silent: `allow` or `deny`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<String>,
    /// The record it follows, where it takes a case up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<u64>,
    /// The case it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Value>,
}

/// Who asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AskedBy {
    /// The client's name.
    pub client: String,
    /// The principal, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Named>,
    /// The resource, as the caller named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Named>,
}

/// A thing as a caller names it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Named {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id; none where any of that type was meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Many decisions, as one search asks for them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Search {
    /// When, by the recorder's clock.
    pub at: Timestamp,
    /// Whose law was asked: the path.
    pub jurisdiction: String,
    /// The day on which the law was asked.
    pub on: Date,
    /// The law's hash.
    pub law: String,
    /// What was searched for, in AuthZEN's words: `subject`, `resource` or `action`.
    pub searched: String,
    /// Who asked.
    pub asked_by: AskedBy,
    /// Through which interface.
    pub through: String,
    /// The caller's own id of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What passes where the law is silent: `allow` or `deny`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<String>,
    /// What was decided, once for all things with the same facts.
    pub groups: Vec<Group>,
}

/// One decision of a search.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// The act.
    pub action: String,
    /// The facts as they were stated.
    pub facts: BTreeMap<String, Value>,
    /// As in [`Decision`].
    #[serde(default)]
    pub otherwise_absent: bool,
    /// As in [`Decision`].
    #[serde(default)]
    pub assumed: Vec<String>,
    /// The answer's word.
    pub answer: String,
    /// The ids of the controlling rules, strongest first.
    pub because: Vec<String>,
    /// What the caller was told: whether to let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<bool>,
    /// The things it was decided for.
    pub entities: Vec<String>,
}

/// That a report of an audit of logs was made, by its hash. It holds nothing of any row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// When, by the recorder's clock.
    pub at: Timestamp,
    /// Under whose law: the path.
    pub jurisdiction: String,
    /// The law's hash.
    pub law: String,
    /// SHA-256 of the report's list of files and their hashes, in hex.
    pub report: String,
    /// SHA-256 of each log that was read, in hex.
    pub logs: Vec<String>,
    /// How many rows were decided.
    pub rows: u64,
    /// How many of them the law bars, if what they record is right.
    pub barred: u64,
    /// Of how many it cannot be told.
    pub cannot_tell: u64,
}

/// A purge of records under one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// When, by the recorder's clock.
    pub at: Timestamp,
    /// The retention rule's name.
    pub rule: String,
    /// Where the law says so.
    #[serde(default)]
    pub cite: String,
    /// The day of the purge, as `purged_on` says it.
    pub on: Date,
    /// The last day of recording that it reached.
    pub through: Date,
    /// How many records.
    pub count: u64,
    /// Their numbers: first and last of each run.
    pub numbers: Vec<(u64, u64)>,
}

/// The placing or lifting of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// When it was recorded, by the recorder's clock.
    pub at: Timestamp,
    /// The hold's number.
    pub hold: u64,
    /// Its name.
    pub name: String,
    /// The day it was placed, or with `lifted` the day it was lifted.
    pub on: Date,
    /// Whether it was lifted.
    pub lifted: bool,
}

/// That records were lost: the database was restored from a backup older than the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When it was accepted, by the recorder's clock.
    pub at: Timestamp,
    /// The first number lost.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// A body as JSON text.
pub(crate) fn write(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| malformed(&error))
}

/// Reads a body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

/// Says where, and not what: the text may hold anybody's name.
pub(crate) fn malformed(error: &serde_json::Error) -> Error {
    let reason = format!("line {}, column {}", error.line(), error.column());
    Error::Malformed { what: "the record's text", reason }
}
