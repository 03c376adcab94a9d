//! Facts of one request, packed: a value class per fact of the vocabulary.

use crate::{
    diagram::UNKNOWN,
    vocabulary::{FactId, Vocabulary},
};

/// A set of facts, one bit each.
pub(crate) type FactSet = u128;

/// The facts of one request: for each fact of the vocabulary its value class, or not known.
///
/// An unknown fact is never false.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facts {
    classes: Box<[u8]>,
}

impl Facts {
    /// Nothing is known.
    #[must_use]
    pub fn unknown(vocabulary: &Vocabulary) -> Self {
        Self { classes: vec![UNKNOWN; vocabulary.facts.len()].into() }
    }

    /// One class per fact, in the vocabulary's order.
    #[must_use]
    pub(crate) fn classes(&self) -> &[u8] {
        &self.classes
    }

    /// The value class of a fact, where it is known.
    #[must_use]
    pub fn class(&self, fact: FactId) -> Option<u8> {
        self.classes.get(fact).copied().filter(|&class| class != UNKNOWN)
    }

    /// Sets a fact to a value class, or to not known.
    pub fn set(&mut self, fact: FactId, class: Option<u8>) {
        if let Some(place) = self.classes.get_mut(fact) {
            *place = class.unwrap_or(UNKNOWN);
        }
    }

    /// Gives every fact that is neither known nor in `stated` its `@absent` value; returns those it
    /// gave.
    pub(crate) fn assume_absent(
        &mut self,
        vocabulary: &Vocabulary,
        absent: &[(FactId, u8)],
        stated: FactSet,
    ) -> FactSet {
        debug_assert_eq!(vocabulary.facts.len(), self.classes.len());
        let mut assumed = 0;
        for &(fact, class) in absent {
            if stated & (1 << fact) == 0
                && let Some(place) = self.classes.get_mut(fact)
                && *place == UNKNOWN
            {
                *place = class;
                assumed |= 1 << fact;
            }
        }
        assumed
    }
}

/// The members of a set, ascending.
pub(crate) fn members(mut set: FactSet) -> impl Iterator<Item = FactId> {
    std::iter::from_fn(move || {
        let fact = set.trailing_zeros();
        (set != 0).then(|| {
            set &= set - 1;
            fact as FactId
        })
    })
}
