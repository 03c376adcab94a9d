//! Counts of a whole run: all that the report says in numbers.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    finding::Finding,
    judge::{Ruling, Verdict},
};
use crate::lexicon::Strength;

/// The counts, as a cube that every table of the report is a side of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Rows decided.
    pub rows: u64,
    /// Recorded acts that the rows stand for.
    pub acts: u64,
    /// Rows that could not be read, by reason.
    pub not_read: BTreeMap<String, u64>,
    #[serde(with = "pairs")]
    cells: FxHashMap<Key, Count>,
}

/// One cell of the cube.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The organization of a search, or the columns that a mapping groups by.
    pub group: Arc<[Box<str>]>,
    /// What the organization is.
    pub class: Arc<str>,
    /// `2026-03`; none where the row's date could not be read.
    pub month: Option<(i16, i8)>,
    /// How surely the purpose is stated.
    pub strength: Option<Strength>,
    /// Whether a person should look.
    pub review: bool,
    /// What the law says.
    pub ruling: Arc<Ruling>,
}

/// Rows and acts of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Rows.
    pub rows: u64,
    /// Recorded acts that they stand for.
    pub acts: u64,
}

impl Tally {
    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        self.count(Key::of(finding), Count { rows: 1, acts: finding.count });
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: Self) {
        for (reason, rows) in other.not_read {
            *self.not_read.entry(reason).or_default() += rows;
        }
        for (key, count) in other.cells {
            self.count(key, count);
        }
    }

    /// Adds to one cell.
    pub fn count(&mut self, key: Key, count: Count) {
        self.rows += count.rows;
        self.acts += count.acts;
        let cell = self.cells.entry(key).or_default();
        cell.rows += count.rows;
        cell.acts += count.acts;
    }

    /// Rows with that verdict.
    #[must_use]
    pub fn with(&self, verdict: Verdict) -> u64 {
        let cells = self.cells().filter(|(key, _)| key.ruling.verdict == verdict);
        cells.map(|(_, count)| count.rows).sum()
    }

    /// Every cell.
    pub fn cells(&self) -> impl Iterator<Item = (&Key, Count)> {
        self.cells.iter().map(|(key, &count)| (key, count))
    }
}

impl Key {
    fn of(finding: &Finding) -> Self {
        let reading = finding.reading;
        Self {
            group: Arc::clone(&finding.group),
            class: Arc::clone(&finding.class),
            month: finding.on.map(|on| (on.year(), on.month())),
            strength: reading.map(|reading| reading.strength),
            review: reading.is_some_and(|reading| reading.review),
            ruling: Arc::clone(&finding.ruling),
        }
    }
}

/// Counts the findings of one thread: what is shared is told by where it lies in memory, which is much
/// quicker than by what it says.
#[derive(Debug, Default)]
pub struct Counter {
    cells: FxHashMap<Place, (Key, Count)>,
}

/// Where the shared parts of a key lie. The key itself is kept beside it, so no place is used anew.
type Place = (usize, usize, usize, Option<(i16, i8)>, Option<Strength>, bool);

impl Counter {
    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        self.add_many(finding, 1);
    }

    /// Counts as many rows with that finding.
    pub fn add_many(&mut self, finding: &Finding, rows: u64) {
        let reading = finding.reading;
        let place = (
            Arc::as_ptr(&finding.group).addr(),
            Arc::as_ptr(&finding.class).addr(),
            Arc::as_ptr(&finding.ruling).addr(),
            finding.on.map(|on| (on.year(), on.month())),
            reading.map(|reading| reading.strength),
            reading.is_some_and(|reading| reading.review),
        );
        let (_, count) =
            self.cells.entry(place).or_insert_with(|| (Key::of(finding), Count::default()));
        count.rows += rows;
        count.acts += rows * finding.count;
    }

    /// Moves the counts into a tally.
    pub fn pour(&mut self, tally: &mut Tally) {
        for (key, count) in self.cells.drain().map(|(_, cell)| cell) {
            tally.count(key, count);
        }
    }
}

/// A map whose keys are no texts, as a list.
mod pairs {
    use rustc_hash::FxHashMap;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Count, Key};

    pub(super) fn serialize<S: Serializer>(
        cells: &FxHashMap<Key, Count>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(cells)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<FxHashMap<Key, Count>, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}
