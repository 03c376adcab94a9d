//! Rows that belong together, such as those of one booking: of each pile one number counts.
//!
//! All threads share the piles, as the rows of one booking may come to several of them.

use std::hash::Hasher;

use bylaw_mapping::{LogMapping, Per, Take};
use rustc_hash::FxHashMap;
use siphasher::sip128::SipHasher13;

use crate::log::{cell::Cell, records::push_cells};

/// Piles of one figure or measure that are told apart. What comes after them is left out and said so.
const MOST_PILES: usize = 2_000_000;

/// The piles of every figure and measure that has any.
#[derive(Debug, Default)]
pub(super) struct Piles {
    pub(super) figures: Vec<Pile>,
    pub(super) measures: Vec<Pile>,
}

/// The number that counts of each pile.
#[derive(Debug, Default)]
pub(super) struct Pile {
    numbers: FxHashMap<u64, i64>,
    /// Rows whose pile was one too many.
    pub(super) left_out: u64,
}

impl Piles {
    pub(super) fn new(log: &LogMapping) -> Self {
        Self {
            figures: log.figures.iter().map(|_| Pile::default()).collect(),
            measures: log.measures.iter().map(|_| Pile::default()).collect(),
        }
    }
}

impl Pile {
    pub(super) fn add(&mut self, key: u64, number: i64, take: Take) {
        if let Some(known) = self.numbers.get_mut(&key) {
            *known = match take {
                Take::Least => number.min(*known),
                Take::Greatest => number.max(*known),
            };
        } else if self.numbers.len() < MOST_PILES {
            self.numbers.insert(key, number);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = i64> {
        self.numbers.values().copied()
    }
}

/// Which pile a row is of.
pub(super) fn key(log: &LogMapping, per: &Per, cells: &[Cell<'_>], hasher: &SipHasher13) -> u64 {
    let mut bytes = Vec::with_capacity(128);
    push_cells(&mut bytes, per.columns.iter().filter_map(|name| cells.get(log.column(name)?)));
    let mut hasher = *hasher;
    hasher.write(&bytes);
    hasher.finish()
}
