//! The sides of the cube that the tables and pictures show.
use std::{cmp::Reverse, collections::BTreeMap};

use bylaw_law::{Law, RuleId, Word, vocabulary::FactId};

use crate::{
    lexicon::Strength,
    log::{
        judge::{Ruling, Verdict},
        tally::{Count, Key, Tally},
    },
    sharing::Settled,
};

/// Rows by what the law says, as all pictures show it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Split {
    pub(super) barred: Count,
    pub(super) cannot_tell: Count,
    /// The law permits or commands it in words.
    pub(super) permitted: Count,
    /// The law has no rule about what is stated of it.
    pub(super) silent: Count,
}

/// Why it cannot be told of a row, the most frequent reasons first in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why<'a> {
    /// A fact was not recorded; with how the purpose is stated, where the purpose is that fact.
    Fact(FactId, Option<Strength>),
    /// The law has no rule about it, and no purpose is recorded; with what there is instead.
    Silent(Option<Strength>),
    /// The law leaves it to counsel.
    Counsel,
    /// The row's day is not known.
    NoDay,
    /// This law is not the one to ask, for the reason in words.
    NotAsked(&'a str),
    /// No fact is named that would settle it.
    Open,
}

/// What decided rows: the act, and the controlling rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Section<'a> {
    pub(super) act: &'a str,
    pub(super) word: Option<Word>,
    pub(super) rules: &'a [RuleId],
}

/// What would settle rows of which it cannot be told.
#[derive(Debug)]
pub(super) struct Open<'a> {
    pub(super) act: &'a str,
    pub(super) settled: &'a Settled,
    pub(super) count: Count,
}

/// One side of the cube: rows by anything that a cell says.
pub(super) fn by<'a, K: Ord>(
    cells: impl IntoIterator<Item = (&'a Key, Count)>,
    side: impl Fn(&'a Key) -> K,
) -> BTreeMap<K, Split> {
    let mut sides: BTreeMap<K, Split> = BTreeMap::new();
    for (key, count) in cells {
        sides.entry(side(key)).or_default().add(&key.ruling, count);
    }
    sides
}

/// The largest first; those of one size in their own order, so that a report is the same each time.
pub(super) fn largest_first<K: Ord>(
    sides: BTreeMap<K, Split>,
    size: impl Fn(&Split) -> u64,
) -> Vec<(K, Split)> {
    let mut sorted: Vec<(K, Split)> = sides.into_iter().collect();
    sorted.sort_by_key(|(_, split)| Reverse(size(split)));
    sorted
}

/// All of it.
pub(super) fn total<'a>(cells: impl IntoIterator<Item = (&'a Key, Count)>) -> Split {
    by(cells, |_| ()).remove(&()).unwrap_or_default()
}

/// The cells with that verdict.
pub(super) fn with(tally: &Tally, verdict: Verdict) -> impl Iterator<Item = (&Key, Count)> {
    tally.cells().filter(move |(key, _)| key.ruling.verdict == verdict)
}

/// The cells that a person should look at.
pub(super) fn flagged(tally: &Tally) -> impl Iterator<Item = (&Key, Count)> {
    tally.cells().filter(|(key, _)| key.review)
}

/// Why it cannot be told.
pub(super) fn why<'a>(law: &Law, key: &'a Key) -> Why<'a> {
    let ruling = &key.ruling;
    match (&ruling.not_decided, ruling.word, ruling.needs.first()) {
        (Some(_), ..) if key.month.is_none() => Why::NoDay,
        (Some(reason), ..) => Why::NotAsked(reason),
        (None, Some(Word::Refer), _) => Why::Counsel,
        (None, Some(Word::Unregulated), _) => Why::Silent(key.strength),
        (None, _, Some(&fact)) => {
            let purpose = law.vocabulary.fact_id("purpose") == Some(fact);
            Why::Fact(fact, key.strength.filter(|_| purpose))
        }
        (None, _, None) => Why::Open,
    }
}

/// What a cell is grouped by, with what that organization is.
pub(super) fn group(key: &Key) -> (&[Box<str>], &str) {
    (&key.group, &key.class)
}

/// What decided the rows of a cell.
pub(super) fn section(key: &Key) -> Section<'_> {
    let Ruling { word, act, because, .. } = key.ruling.as_ref();
    Section { act, word: *word, rules: because }
}

/// What a reader should know besides, with the rows it is said of.
pub(super) fn notes(tally: &Tally) -> Vec<(&str, Split)> {
    let noted = tally.cells().filter(|(key, _)| key.ruling.note.is_some());
    largest_first(by(noted, |key| key.ruling.note.as_deref().unwrap_or_default()), |split| {
        split.all().rows
    })
}

/// What would settle it, the most rows first.
pub(super) fn open(tally: &Tally) -> Vec<Open<'_>> {
    let mut found: Vec<Open<'_>> = Vec::new();
    for (key, count) in with(tally, Verdict::CannotTell) {
        let Some(settled) = &key.ruling.settled else { continue };
        let act = key.ruling.act.as_str();
        match found.iter_mut().find(|open| open.act == act && open.settled == settled) {
            Some(open) => add(&mut open.count, count),
            None => found.push(Open { act, settled, count }),
        }
    }
    found.sort_by_key(|open| (Reverse(open.count.rows), open.act, open.settled.fact));
    found
}

/// Every rule that decided a row or stands between two answers.
pub(super) fn rules(tally: &Tally) -> Vec<(RuleId, Split)> {
    let mut rules: BTreeMap<RuleId, Split> = BTreeMap::new();
    for (key, count) in tally.cells() {
        for &rule in &key.ruling.because {
            rules.entry(rule).or_default().add(&key.ruling, count);
        }
    }
    rules.into_iter().collect()
}

impl Split {
    fn add(&mut self, ruling: &Ruling, count: Count) {
        let part = match (ruling.verdict, ruling.word) {
            (Verdict::Barred, _) => &mut self.barred,
            (Verdict::CannotTell, _) => &mut self.cannot_tell,
            (Verdict::Permitted, Some(Word::Unregulated)) => &mut self.silent,
            (Verdict::Permitted, _) => &mut self.permitted,
        };
        add(part, count);
    }

    pub(super) fn all(&self) -> Count {
        let mut all = Count::default();
        for part in [self.barred, self.cannot_tell, self.permitted, self.silent] {
            add(&mut all, part);
        }
        all
    }

    /// Rows by verdict, in the order of the pictures.
    pub(super) fn parts(&self) -> [u64; 4] {
        [self.barred.rows, self.cannot_tell.rows, self.permitted.rows, self.silent.rows]
    }
}

/// Several sides as one.
pub(super) fn sum<'s>(splits: impl IntoIterator<Item = &'s Split>) -> Split {
    let mut sum = Split::default();
    for split in splits {
        add(&mut sum.barred, split.barred);
        add(&mut sum.cannot_tell, split.cannot_tell);
        add(&mut sum.permitted, split.permitted);
        add(&mut sum.silent, split.silent);
    }
    sum
}

/// Adds rows and acts.
pub(super) fn add(to: &mut Count, more: Count) {
    to.rows += more.rows;
    to.acts += more.acts;
}
