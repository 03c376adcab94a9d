//! All that the cells of a row say, and what it comes to.

use super::{
    Reading, Strength,
    file::{Entry, Says},
    words::Word,
};
use crate::log::cell::Cell;

/// What was heard so far.
#[derive(Debug, Default)]
pub(super) struct Heard {
    immigration: Option<Voice>,
    ambiguous: Option<Voice>,
    other: Option<Voice>,
    open: Option<Voice>,
    generic: Option<Voice>,
    label: Option<Voice>,
    review: bool,
    number: bool,
    unknown: bool,
    anything: bool,
}

/// What entries of one kind say together.
#[derive(Debug, Clone, Copy)]
struct Voice {
    /// The first of them, or the first that a person should see.
    entry: u16,
    review: bool,
    /// The purposes of all.
    purposes: u16,
    /// Those that an entry names alone: `civil` is more than `immigration`, which may be civil or criminal.
    exact: u16,
}

impl Heard {
    pub(super) fn phrase(&mut self, number: u16, entry: &Entry) {
        self.anything = true;
        self.review |= entry.review;
        let voice = match entry.says {
            Says::Immigration => &mut self.immigration,
            Says::Ambiguous => &mut self.ambiguous,
            Says::Other => &mut self.other,
            Says::Open => &mut self.open,
            Says::Generic => &mut self.generic,
            Says::Label => &mut self.label,
            Says::Nothing => return,
        };
        let exact = if entry.purposes.count_ones() == 1 { entry.purposes } else { 0 };
        let first = Voice { entry: number, review: entry.review, purposes: 0, exact: 0 };
        let voice = voice.get_or_insert(first);
        if entry.review && !voice.review {
            (voice.entry, voice.review) = (number, true);
        }
        voice.purposes |= entry.purposes;
        voice.exact |= exact;
    }

    pub(super) fn unknown(&mut self, word: Word) {
        self.anything = true;
        self.number |= word.is_number();
        self.unknown |= !word.is_number() && word.says_something();
    }

    /// Adds what a description of the vehicle says: no purpose, but perhaps something to look at.
    pub(super) fn add_description(&mut self, described: &Self) {
        if !described.review {
            return;
        }
        self.review = true;
        let said = described.immigration.or(described.ambiguous).or(described.open);
        self.open = self.open.or(said);
    }

    /// What it comes to, the first that applies. `reason` and `offense` tell why nothing was heard.
    pub(super) fn reading(&self, reason: Cell<'_>, offense: Cell<'_>) -> Reading {
        self.stated().unwrap_or_else(|| {
            let (strength, voice) = self.unstated(reason, offense);
            Reading {
                strength,
                purposes: 0,
                review: self.review,
                entry: voice.map(|voice| voice.entry),
            }
        })
    }

    fn stated(&self) -> Option<Reading> {
        let others = self.other.map_or(0, |other| other.purposes);
        let (strength, voice, besides) = None
            .or(self.immigration.map(|voice| (Strength::Immigration, voice, others)))
            .or(self.ambiguous.map(|voice| (Strength::Ambiguous, voice, others)))
            .or(self.other.map(|voice| (Strength::Other, voice, others)))
            .or(self.open.map(|voice| (Strength::Ambiguous, voice, 0)))?;
        Some(Reading {
            strength,
            purposes: voice.said() | besides,
            review: self.review,
            entry: Some(voice.entry),
        })
    }

    fn unstated(&self, reason: Cell<'_>, offense: Cell<'_>) -> (Strength, Option<Voice>) {
        let cells = [reason, offense];
        if cells.iter().any(|cell| matches!(cell, Cell::Withheld(_))) {
            return (Strength::Withheld, None);
        }
        if cells.iter().all(|cell| *cell == Cell::NotExported) {
            return (Strength::NotExported, None);
        }
        if self.unknown {
            return (Strength::Unread, None);
        }
        match (self.generic, self.number, self.label) {
            (Some(generic), _, _) => (Strength::Generic, Some(generic)),
            (None, true, _) => (Strength::Number, None),
            (None, false, Some(label)) => (Strength::Generic, Some(label)),
            (None, false, None) if self.anything => (Strength::Unread, None),
            (None, false, None) => (Strength::Blank, None),
        }
    }
}

impl Voice {
    fn said(self) -> u16 {
        if self.exact == 0 { self.purposes } else { self.exact }
    }
}
