//! Verifying the records: each against its leaf in the ledger, each decision against its law.
//!
//! That the ledger itself is whole is for [`bylaw_ledger::verify()`]; do both.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use bylaw_ledger::{Reader, Storage};
use jiff::civil::Date;

use crate::{
    Kind, body,
    error::{Error, Result},
    replay::Replayer,
    rows::{Content, Record},
    store::Store,
};

/// What was found of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The record is what the ledger commits to, and replaying its decision gives the same.
    Same,
    /// The record is what the ledger commits to; it is of no decision.
    Whole,
    /// It was purged, and a record of the ledger says so.
    Purged(PurgedUnder),
    /// It was lost with an older database, and a record of the ledger says so.
    Lost,
    /// Wrong: replaying its decision gives something else.
    Differs {
        /// The fields that differ.
        fields: Vec<String>,
    },
    /// Wrong: it cannot be replayed.
    NotReplayable {
        /// Why.
        why: String,
    },
    /// Wrong: the row is not what was written.
    Altered {
        /// How that shows.
        why: String,
    },
    /// Wrong: the ledger has the number and the database does not.
    Missing,
}

/// What a purge's record says of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PurgedUnder {
    /// The retention rule's name.
    pub rule: String,
    /// Where the law says so.
    pub cite: String,
    /// The day.
    pub on: Date,
}

/// What was found of a range of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many numbers were looked at.
    pub checked: u64,
    /// How many decisions and searches gave the same again.
    pub same: u64,
    /// How many are whole and of no decision.
    pub whole: u64,
    /// How many were purged, by rule and day.
    pub purged: BTreeMap<PurgedUnder, u64>,
    /// How many were lost, as a record says.
    pub lost: u64,
    /// What is wrong, by number.
    pub wrong: Vec<(u64, Finding)>,
    /// Rows that the ledger does not have yet: after a crash, the next start appends them.
    pub not_yet_in_ledger: u64,
}

/// How many records are read at a time.
const CHUNK: u64 = 1_024;

impl Finding {
    /// Whether something is wrong.
    #[must_use]
    pub const fn is_wrong(&self) -> bool {
        match self {
            Self::Same | Self::Whole | Self::Purged(_) | Self::Lost => false,
            Self::Differs { .. }
            | Self::NotReplayable { .. }
            | Self::Altered { .. }
            | Self::Missing => true,
        }
    }
}

/// Verifies the records of a range of numbers, as far as the ledger goes. `each` is told every
/// finding as it comes. Works while the server runs.
///
/// # Errors
///
/// The database or the ledger cannot be read. What is wrong with a record is a finding.
pub async fn verify(
    store: &Store,
    ledger: Arc<dyn Storage>,
    range: Range<u64>,
    mut each: impl FnMut(u64, &Finding),
) -> Result<Report> {
    // The ledger's size first: rows that are written from here on are not looked at.
    let size = in_ledger(&ledger, |reader| Ok(reader.checkpoint()?.checkpoint.size)).await?;
    let rows = store.count().await?;
    let range = range.start..range.end.min(size.max(rows));
    let mut verifier =
        Verifier { said: Said::read(store, &ledger, size).await?, replayer: Replayer::default() };
    let mut report = Report::default();
    let mut next = range.start;
    while next < range.end.min(size) {
        let chunk = next..range.end.min(size).min(next + CHUNK);
        next = chunk.end;
        let numbers = chunk.clone();
        let leaves = in_ledger(&ledger, move |reader| reader.entries(chunk)).await?;
        let records = store.read_rows(numbers.clone()).await?;
        let mut records = records.into_iter().peekable();
        for (number, leaf) in numbers.zip(leaves) {
            let row = records.next_if(|row| row.0 == number);
            let finding = verifier.finding(store, number, &leaf, row.map(|row| row.1)).await?;
            each(number, &finding);
            report.add(number, finding);
        }
    }
    report.not_yet_in_ledger = range.end.saturating_sub(size.max(range.start));
    Ok(report)
}

struct Verifier {
    said: Said,
    replayer: Replayer,
}

impl Verifier {
    async fn finding(
        &mut self,
        store: &Store,
        number: u64,
        leaf: &[u8],
        row: Option<Result<Record>>,
    ) -> Result<Finding> {
        let altered = |why: &str| Ok(Finding::Altered { why: why.to_owned() });
        let record = match row {
            None => return Ok(Finding::Missing),
            Some(Ok(record)) => record,
            Some(Err(error @ (Error::Altered { .. } | Error::WrongKey { .. }))) => {
                return altered(&error.to_string());
            }
            Some(Err(error)) => return Err(error),
        };
        if record.leaf != leaf {
            return altered("its leaf is not the ledger's");
        }
        match &record.content {
            Content::Open { body, .. } => self.replayed(store, record.summary.kind, body).await,
            // The row alone proves nothing: whoever can write to the database can take a key away.
            Content::Purged => match (record.summary.purged, self.said.purged(number)) {
                (Some((on, rule)), Some(said)) if said.on == on && said.rule == rule => {
                    Ok(Finding::Purged(said.clone()))
                }
                _ => altered("its key is gone, and no record of a purge says so"),
            },
            Content::Lost if self.said.lost(number) => Ok(Finding::Lost),
            Content::Lost => altered("it is marked as lost, and no record says so"),
        }
    }

    async fn replayed(&mut self, store: &Store, kind: Kind, body: &[u8]) -> Result<Finding> {
        match self.replayer.differences(store, kind, body).await {
            Ok(fields) if !fields.is_empty() => Ok(Finding::Differs { fields }),
            Ok(_) if matches!(kind, Kind::Decision | Kind::Search) => Ok(Finding::Same),
            Ok(_) => Ok(Finding::Whole),
            Err(error @ Error::Database { .. }) => Err(error),
            Err(error) => Ok(Finding::NotReplayable { why: error.to_string() }),
        }
    }
}

/// What records of purges and gaps say of other numbers. Only records that the ledger commits to
/// count.
#[derive(Default)]
struct Said {
    /// By the first number of each run: the last, and under what.
    purged: BTreeMap<u64, (u64, PurgedUnder)>,
    lost: Vec<(u64, u64)>,
}

impl Said {
    async fn read(store: &Store, ledger: &Arc<dyn Storage>, size: u64) -> Result<Self> {
        let mut said = Self::default();
        for number in store.numbers_of_purges_and_gaps().await? {
            if number >= size {
                continue;
            }
            // A record that does not open is found wrong in its own turn; here it says nothing.
            let Ok(Some(record)) = store.open_record(number).await else { continue };
            let leaf = in_ledger(ledger, move |reader| reader.entry(number)).await?;
            if record.leaf == leaf
                && let Content::Open { body, .. } = &record.content
            {
                said.add(record.summary.kind, body);
            }
        }
        Ok(said)
    }

    fn add(&mut self, kind: Kind, body: &[u8]) {
        if kind == Kind::Purge
            && let Ok(purge) = body::read::<body::Purge>(body)
        {
            let under = PurgedUnder { rule: purge.rule, cite: purge.cite, on: purge.on };
            for (first, last) in purge.numbers {
                self.purged.insert(first, (last, under.clone()));
            }
        }
        if kind == Kind::Gap
            && let Ok(gap) = body::read::<body::Gap>(body)
        {
            self.lost.push((gap.first, gap.last));
        }
    }

    fn purged(&self, number: u64) -> Option<&PurgedUnder> {
        let (_, (last, said)) = self.purged.range(..=number).next_back()?;
        (number <= *last).then_some(said)
    }

    fn lost(&self, number: u64) -> bool {
        self.lost.iter().any(|&(first, last)| (first..=last).contains(&number))
    }
}

impl Report {
    fn add(&mut self, number: u64, finding: Finding) {
        self.checked += 1;
        match finding {
            Finding::Same => self.same += 1,
            Finding::Whole => self.whole += 1,
            Finding::Lost => self.lost += 1,
            Finding::Purged(under) => *self.purged.entry(under).or_default() += 1,
            Finding::Differs { .. }
            | Finding::NotReplayable { .. }
            | Finding::Altered { .. }
            | Finding::Missing => self.wrong.push((number, finding)),
        }
    }
}

/// Reads the ledger on a thread that may block.
async fn in_ledger<T: Send + 'static>(
    ledger: &Arc<dyn Storage>,
    read: impl FnOnce(Reader<'_>) -> bylaw_ledger::Result<T> + Send + 'static,
) -> Result<T> {
    let ledger = Arc::clone(ledger);
    let read = tokio::task::spawn_blocking(move || read(Reader::new(&*ledger)));
    Ok(read.await.map_err(|_| Error::LedgerThread)??)
}
