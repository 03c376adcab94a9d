//! Counts of a whole run: all that the report says in numbers.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use super::{finding::Finding, judge::Ruling};
use crate::lexicon::Strength;

/// The counts, as a cube that every table of the report is a side of.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Rows decided.
    pub rows: u64,
    /// Recorded acts that the rows stand for.
    pub acts: u64,
    /// Rows that could not be read, by reason.
    pub not_read: BTreeMap<String, u64>,
    cells: FxHashMap<Key, Count>,
}

/// One cell of the cube.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Rows.
    pub rows: u64,
    /// Recorded acts that they stand for.
    pub acts: u64,
}

impl Tally {
    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        let reading = finding.reading;
        let key = Key {
            group: Arc::clone(&finding.group),
            class: Arc::clone(&finding.class),
            month: finding.on.map(|on| (on.year(), on.month())),
            strength: reading.map(|reading| reading.strength),
            review: reading.is_some_and(|reading| reading.review),
            ruling: Arc::clone(&finding.ruling),
        };
        self.count(key, Count { rows: 1, acts: finding.count });
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

    /// Every cell.
    pub fn cells(&self) -> impl Iterator<Item = (&Key, Count)> {
        self.cells.iter().map(|(key, &count)| (key, count))
    }
}
