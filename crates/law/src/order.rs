//! The order of laws: what rules of several layers say together.
//!
//! From the highest layer down, a `must` or `must_not` is void where a surviving rule of a higher
//! layer binds the other way; a `must_not` is void too where a higher layer's `may_protected` is
//! active. Of what survives, a `must` with a `must_not` is a conflict for counsel; then `must_not`
//! decides, then a `must` with no `refer` in its layer or above, then `refer`, then `may`; else the
//! law is silent.
//!
//! [`Standing`] takes active rules one at a time, layer by layer, and forgets what can no longer
//! matter, so that the compiler can carry it through a diagram with few distinct terminals.

use crate::{
    answer::{Outcome, Word},
    pack::Modality,
};

/// A rule as the order of laws sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranked {
    /// Its number within the program.
    pub(crate) rule: u16,
    /// 0 is the highest.
    pub(crate) layer: u8,
    pub(crate) modality: Modality,
}

/// What survives so far, strongest first in each list. Each rule carries its layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Standing {
    must_not: Vec<(u8, u16)>,
    must: Vec<(u8, u16)>,
    refer: Vec<(u8, u16)>,
    may_protected: Vec<u16>,
    may: Vec<u16>,
    /// The highest layer with an active `may_protected`.
    protected_from: Option<u8>,
}

impl Standing {
    /// Adds an active rule. Rules come in order of their layers, highest first.
    #[must_use]
    pub(crate) fn with(mut self, rule: Ranked) -> Self {
        let above = |layer: Option<u8>| layer.is_some_and(|layer| layer < rule.layer);
        let entry = (rule.layer, rule.rule);
        match rule.modality {
            Modality::Must if above(highest(&self.must_not)) => {}
            Modality::Must => self.must.push(entry),
            Modality::MustNot if above(highest(&self.must)) || above(self.protected_from) => {}
            Modality::MustNot => self.must_not.push(entry),
            Modality::Refer => self.refer.push(entry),
            Modality::MayProtected => {
                self.protected_from.get_or_insert(rule.layer);
                self.may_protected.push(rule.rule);
            }
            Modality::May => self.may.push(rule.rule),
        }
        self.forget();
        self
    }

    /// Drops what can no longer be cited.
    fn forget(&mut self) {
        let binding = !self.must_not.is_empty() || !self.must.is_empty();
        if !self.must_not.is_empty() {
            self.refer.clear();
        }
        if binding || !self.refer.is_empty() {
            self.may_protected.clear();
            self.may.clear();
        }
    }

    /// The answer, with its controlling rules.
    pub(crate) fn outcome(&self) -> Outcome {
        let rules =
            |entries: &[(u8, u16)]| entries.iter().map(|&(_, rule)| rule).collect::<Vec<_>>();
        if !self.must.is_empty() && !self.must_not.is_empty() {
            let controlling = [rules(&self.must_not), rules(&self.must)].concat();
            return Outcome { conflict: true, ..Outcome::plain(Word::Refer, controlling) };
        }
        if !self.must_not.is_empty() {
            return Outcome::plain(Word::MustNot, rules(&self.must_not));
        }
        let refer_from = highest(&self.refer);
        let free: Vec<_> = self
            .must
            .iter()
            .filter(|&&(layer, _)| refer_from.is_none_or(|refer| layer < refer))
            .copied()
            .collect();
        if !free.is_empty() {
            return Outcome::plain(Word::Must, rules(&free));
        }
        if !self.refer.is_empty() {
            return Outcome::plain(Word::Refer, rules(&self.refer));
        }
        if !self.may_protected.is_empty() {
            let controlling = [self.may_protected.as_slice(), &self.may].concat();
            return Outcome { protected: true, ..Outcome::plain(Word::May, controlling) };
        }
        let word = if self.may.is_empty() { Word::Unregulated } else { Word::May };
        Outcome::plain(word, self.may.clone())
    }
}

fn highest(entries: &[(u8, u16)]) -> Option<u8> {
    entries.first().map(|&(layer, _)| layer)
}

/// The rule that defeats an active `rule` by its place alone: a surviving higher one that binds the
/// other way.
pub(crate) fn voided_by(rule: Ranked, active: &[Ranked]) -> Option<u16> {
    let opposite = |other: &&Ranked| {
        other.layer < rule.layer
            && match rule.modality {
                Modality::Must => other.modality == Modality::MustNot,
                Modality::MustNot => {
                    matches!(other.modality, Modality::Must | Modality::MayProtected)
                }
                Modality::May | Modality::MayProtected | Modality::Refer => false,
            }
    };
    active
        .iter()
        .filter(opposite)
        .find(|other| voided_by(**other, active).is_none())
        .map(|other| other.rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Modality::{May, MayProtected, Must, MustNot, Refer};

    /// Rows of (layer, modality) from the top, and the answer with the numbers of the controlling
    /// rules.
    #[test]
    fn the_order_of_laws() {
        type Row<'a> = (&'a [(u8, Modality)], Word, &'a [u16]);
        let rows: &[Row<'_>] = &[
            (&[], Word::Unregulated, &[]),
            (&[(0, May)], Word::May, &[0]),
            (&[(0, May), (1, MustNot)], Word::MustNot, &[1]),
            (&[(0, MustNot), (1, May)], Word::MustNot, &[0]),
            (&[(0, MustNot), (1, Must)], Word::MustNot, &[0]),
            (&[(0, Must), (1, MustNot)], Word::Must, &[0]),
            (&[(0, Must), (0, MustNot)], Word::Refer, &[1, 0]),
            (&[(0, MayProtected), (1, MustNot)], Word::May, &[0]),
            (&[(0, MustNot), (0, MayProtected), (1, MustNot)], Word::MustNot, &[0]),
            (&[(0, MayProtected), (1, MustNot), (1, Must)], Word::Must, &[2]),
            (&[(0, Must), (1, MayProtected), (2, MustNot)], Word::Must, &[0]),
            (&[(0, Must), (1, Refer)], Word::Must, &[0]),
            (&[(0, Refer), (1, Must)], Word::Refer, &[0]),
            (&[(1, Refer), (1, Must)], Word::Refer, &[0]),
            (&[(0, Must), (1, Refer), (2, Must)], Word::Must, &[0]),
            (&[(0, Refer), (1, MustNot)], Word::MustNot, &[1]),
            (&[(0, Refer), (1, May)], Word::Refer, &[0]),
            (&[(0, MustNot), (1, Must), (2, MustNot)], Word::MustNot, &[0, 2]),
            (&[(0, May), (1, MayProtected)], Word::May, &[1, 0]),
        ];
        for (rules, word, controlling) in rows {
            let outcome = rules
                .iter()
                .zip(0..)
                .fold(Standing::default(), |standing, (&(layer, modality), rule)| {
                    standing.with(Ranked { rule, layer, modality })
                })
                .outcome();
            assert_eq!(
                (outcome.word, outcome.controlling.as_slice()),
                (*word, *controlling),
                "{rules:?}"
            );
        }
    }
}
