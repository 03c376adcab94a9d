//! Purging: what is older than its retention rule allows loses its key.
//!
//! A purge and the record of it are one transaction, so no crash leaves one without the other; if
//! the crash comes before the record's leaf is in the ledger, the next start appends it, like any
//! other.

use jiff::{Timestamp, ToSpan as _, civil::Date};
use sqlx::AnyConnection;

use crate::{
    Entry, Kind, body,
    error::{Error, Result},
    holds,
    store::{Backend, Store},
};

/// A retention rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, as entries carry it.
    pub name: String,
    /// Where the law says so: what a purge under it cites.
    pub cite: String,
    /// How many days after the day of recording a record is kept.
    pub days: u32,
}

/// What a purge has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purged {
    /// How many records were purged.
    pub records: u64,
    /// The numbers of the records that say so.
    pub recorded: Vec<u64>,
}

/// What a purge would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The rule's name.
    pub rule: String,
    /// The last day of recording that it reaches.
    pub through: Date,
    /// How many records are due.
    pub records: u64,
}

/// One step of a purge: some of what is due under one rule.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) rule: Rule,
    pub(crate) through: Date,
    pub(crate) on: Date,
}

/// How many records one step purges: what waits to be recorded waits no longer than this takes.
const STEP: i64 = 5_000;

impl Rule {
    /// The last day of recording that is old enough on `today`; none before the calendar begins.
    pub(crate) fn through(&self, today: Date) -> Option<Date> {
        today.checked_sub(i64::from(self.days).days()).ok()
    }
}

impl Store {
    /// What a purge would purge on that day, were no hold open. Rules with nothing due are left out.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn due(&self, rules: &[Rule], today: Date) -> Result<Vec<Due>> {
        let mut due = Vec::new();
        for rule in rules {
            let Some(through) = rule.through(today) else { continue };
            let (records,): (i64,) = sqlx::query_as(
                "SELECT COUNT(*) FROM record
                 WHERE retention = $1 AND day <= $2 AND purged_on IS NULL",
            )
            .bind(rule.name.as_str())
            .bind(through.to_string())
            .fetch_one(&self.pool)
            .await
            .map_err(Error::database("counting what is due"))?;
            if records > 0 {
                let records = records.unsigned_abs();
                due.push(Due { rule: rule.name.clone(), through, records });
            }
        }
        Ok(due)
    }

    /// The rules that records not purged yet fall under, by name. Records under a rule that is no
    /// longer configured are never due.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn rules_in_use(&self) -> Result<Vec<String>> {
        let names: Vec<(String,)> = sqlx::query_as(
            "SELECT DISTINCT retention FROM record
             WHERE retention IS NOT NULL AND purged_on IS NULL ORDER BY retention",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(Error::database("listing retention rules"))?;
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    /// Takes purged keys out of the database's own log, where copies of old pages still hold them:
    /// SQLite's is written back and cut off. PostgreSQL recycles its log by itself; there old
    /// rows are vacuumed.
    ///
    /// # Errors
    ///
    /// The database failed, or [`Error::NotScrubbed`] where a reader held the log open too long.
    pub(crate) async fn scrub(&self) -> Result<()> {
        let doing = "scrubbing what was purged";
        match self.backend {
            Backend::Sqlite { .. } => {
                let (busy, _, _): (i64, i64, i64) =
                    sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
                        .fetch_one(&self.pool)
                        .await
                        .map_err(Error::database(doing))?;
                if busy == 0 { Ok(()) } else { Err(Error::NotScrubbed) }
            }
            Backend::Postgres => {
                sqlx::raw_sql("VACUUM record")
                    .execute(&self.pool)
                    .await
                    .map_err(Error::database(doing))?;
                Ok(())
            }
        }
    }
}

/// Destroys the keys of some records that are due, and makes the entry that says so; none where
/// nothing is due. In the transaction that writes the entry.
pub(crate) async fn step(
    connection: &mut AnyConnection,
    step: &Step,
    at: Timestamp,
) -> Result<Option<(Entry, u64)>> {
    let holds = holds::open_count(connection).await?;
    if holds > 0 {
        return Err(Error::Held { holds });
    }
    let purged: Vec<(i64,)> = sqlx::query_as(
        "UPDATE record SET wrapped_key = NULL, sealed = NULL, purged_on = $1, purged_under = $2
         WHERE number IN (
             SELECT number FROM record
             WHERE retention = $2 AND day <= $3 AND purged_on IS NULL
             ORDER BY day, number LIMIT $4)
         RETURNING number",
    )
    .bind(step.on.to_string())
    .bind(step.rule.name.as_str())
    .bind(step.through.to_string())
    .bind(STEP)
    .fetch_all(connection)
    .await
    .map_err(Error::database("purging"))?;
    if purged.is_empty() {
        return Ok(None);
    }
    let mut numbers: Vec<u64> = purged.iter().map(|(number,)| number.unsigned_abs()).collect();
    numbers.sort_unstable();
    let count = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
    let body = body::Purge {
        at,
        rule: step.rule.name.clone(),
        cite: step.rule.cite.clone(),
        on: step.on,
        through: step.through,
        count,
        numbers: runs(&numbers),
    };
    Ok(Some((Entry::new(Kind::Purge, body::write(&body)?), count)))
}

/// Ascending numbers as runs: first and last of each.
fn runs(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}
