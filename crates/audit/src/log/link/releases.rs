//! Pairs of files that hold the same searches: how many, and what only one of the two has.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::{
    Release, Releases,
    note::{Note, date_of},
};
use crate::log::row::Field;

/// The first and the last day of a file.
pub(super) type Days = Option<(Date, Date)>;

/// So many pairs of files are counted.
const MOST_PAIRS: usize = 200_000;
/// So many days of files are counted, each file's for itself.
const MOST_DAYS: usize = 1_000_000;
/// So many sets of files are gathered before their pairs are counted: pairs grow with the square.
const MOST_SETS: usize = 4096;

/// Counts searches by the files that they are in.
#[derive(Debug)]
pub(super) struct Pairs {
    /// Each file's days, by its number.
    covers: Vec<Days>,
    /// Of each file and day, its searches.
    days: FxHashMap<(u32, Option<u32>), u64>,
    /// Of each file, the fields that it exports.
    exported: BTreeMap<u32, u64>,
    /// Searches that are in exactly these files, by day.
    sets: FxHashMap<Vec<u32>, BTreeMap<Option<u32>, u64>>,
    /// Searches that are in both files, and those among them of the days that both cover.
    pairs: BTreeMap<(u32, u32), (u64, u64)>,
    not_paired: u64,
    /// The files of the search at hand.
    files: Vec<u32>,
}

impl Pairs {
    pub(super) fn new(covers: &[Days]) -> Self {
        Self {
            covers: covers.to_vec(),
            days: FxHashMap::default(),
            exported: BTreeMap::new(),
            sets: FxHashMap::default(),
            pairs: BTreeMap::new(),
            not_paired: 0,
            files: Vec::new(),
        }
    }

    /// Counts a search by its copies, which are in the order of their files.
    pub(super) fn add(&mut self, copies: &[Note]) {
        let day = copies.iter().find_map(Note::day);
        self.files.clear();
        for copy in copies {
            *self.exported.entry(copy.file).or_default() |= copy.exported();
            if self.files.last() != Some(&copy.file) {
                self.files.push(copy.file);
            }
        }
        self.count_days(day);
        if self.files.len() < 2 {
            return;
        }
        if !self.sets.contains_key(&self.files) {
            if self.sets.len() == MOST_SETS {
                self.count_pairs();
            }
            self.sets.insert(self.files.clone(), BTreeMap::new());
        }
        if let Some(days) = self.sets.get_mut(&self.files) {
            *days.entry(day).or_default() += 1;
        }
    }

    /// The pairs, by the files' numbers, and how many searches could not be counted.
    pub(super) fn finish(mut self) -> (Releases, u64) {
        self.count_pairs();
        let mut of_file: BTreeMap<u32, Vec<(Date, u64)>> = BTreeMap::new();
        for (&(file, day), &searches) in &self.days {
            if let Some(day) = day.and_then(date_of) {
                of_file.entry(file).or_default().push((day, searches));
            }
        }
        let releases =
            self.pairs.iter().map(|(&pair, &counted)| self.release(pair, counted, &of_file));
        (releases.collect(), self.not_paired)
    }

    fn count_days(&mut self, day: Option<u32>) {
        for &file in &self.files {
            if self.days.len() < MOST_DAYS {
                *self.days.entry((file, day)).or_default() += 1;
            } else if let Some(searches) = self.days.get_mut(&(file, day)) {
                *searches += 1;
            } else {
                self.not_paired += 1;
            }
        }
    }

    fn count_pairs(&mut self) {
        for (files, days) in std::mem::take(&mut self.sets) {
            for (at, &one) in files.iter().enumerate() {
                for &other in files.iter().skip(at + 1) {
                    self.count_pair((one, other), &days);
                }
            }
        }
    }

    fn count_pair(&mut self, pair: (u32, u32), days: &BTreeMap<Option<u32>, u64>) {
        let all: u64 = days.values().sum();
        if self.pairs.len() >= MOST_PAIRS && !self.pairs.contains_key(&pair) {
            self.not_paired += all;
            return;
        }
        let both = self.both_cover(pair);
        let covered = |day: &Option<u32>| day.and_then(date_of).is_some_and(|day| both.has(day));
        let within: u64 = days.iter().filter(|(day, _)| covered(day)).map(|(_, count)| count).sum();
        let counted = self.pairs.entry(pair).or_default();
        counted.0 += all;
        counted.1 += within;
    }

    fn release(
        &self,
        pair: (u32, u32),
        (shared, within): (u64, u64),
        of_file: &BTreeMap<u32, Vec<(Date, u64)>>,
    ) -> Release {
        let both = self.both_cover(pair);
        let only = |file| {
            let days = of_file.get(&file).into_iter().flatten();
            let all: u64 = days.filter(|(day, _)| both.has(*day)).map(|(_, count)| count).sum();
            all.saturating_sub(within)
        };
        let exported = |file| self.exported.get(&file).copied().unwrap_or_default();
        let (first, second) = (exported(pair.0), exported(pair.1));
        Release {
            files: pair,
            shared,
            only: (only(pair.0), only(pair.1)),
            fields: (fields(first & !second), fields(second & !first)),
        }
    }

    fn both_cover(&self, (one, other): (u32, u32)) -> Both {
        let cover = |file: u32| {
            let number = usize::try_from(file).ok()?;
            self.covers.get(number).copied().flatten()
        };
        match (cover(one), cover(other)) {
            (Some(one), Some(other)) => Both { files: Some((one, other)) },
            _ => Both { files: None },
        }
    }
}

/// The days that two files both cover. One on which only one of them begins or ends is none of them, as
/// that file may have only a part of it.
struct Both {
    files: Option<((Date, Date), (Date, Date))>,
}

impl Both {
    fn has(&self, day: Date) -> bool {
        let Some(((first, last), (other_first, other_last))) = self.files else { return false };
        let begun = if first == other_first { day >= first } else { day > first.max(other_first) };
        let open = if last == other_last { day <= last } else { day < last.min(other_last) };
        begun && open
    }
}

/// The fields of [`Note::exported`].
fn fields(exported: u64) -> Vec<Field> {
    Field::ALL.into_iter().filter(|&field| exported & Note::exported_bit(field) != 0).collect()
}
