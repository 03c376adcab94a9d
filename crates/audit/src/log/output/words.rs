//! What findings say, in words.

use std::fmt::Write;

use bylaw_law::{Law, Word};

use crate::{
    lexicon::{Lexicon, Reading},
    log::judge::Ruling,
    sharing::Settled,
};

/// Where the words of findings come from.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The law that decided.
    pub law: &'a Law,
    /// The lexicon that read the reasons.
    pub lexicon: &'a Lexicon,
}

/// From `verdict` to `note` of [`super::COLUMNS`].
pub(super) type RulingCells = [Option<String>; 10];
/// From `purpose_strength` to `lexicon_entry`.
pub(super) type ReadingCells = [Option<String>; 3];

impl Words<'_> {
    /// The cells from `verdict` to `note` of [`super::COLUMNS`].
    #[must_use]
    pub fn ruling(&self, ruling: &Ruling) -> RulingCells {
        let Ruling { verdict, word, act, because, needs, settled, not_decided, note } = ruling;
        let rules = || because.iter().map(|&rule| self.law.rule(rule));
        [
            Some(verdict.name().to_owned()),
            Some(word.map_or("not_decided", Word::name).to_owned()),
            some(act.clone()),
            some(joined(rules().map(|rule| rule.cite.as_str()))),
            some(joined(rules().map(|rule| rule.id.as_str()))),
            rules().next().map(|rule| rule.status.clone()),
            some(joined(needs.iter().map(|&fact| self.fact(fact)))),
            settled.as_ref().map(|settled| self.would_settle(settled)),
            not_decided.clone(),
            note.clone(),
        ]
    }

    /// The cells from `purpose_strength` to `lexicon_entry`.
    #[must_use]
    pub fn reading(&self, reading: Option<Reading>) -> ReadingCells {
        let Some(reading) = reading else { return [None, None, None] };
        let purposes = self.lexicon.purposes().iter().enumerate();
        let stated = purposes.filter(|(bit, _)| reading.purposes >> bit & 1 == 1);
        let entry = reading.entry.and_then(|number| self.lexicon.entry(number));
        [
            Some(reading.strength.name().to_owned()),
            some(joined(stated.map(|(_, purpose)| purpose.as_str()))),
            entry.map(|entry| entry.id.clone()),
        ]
    }

    fn fact(&self, fact: usize) -> &str {
        self.law.vocabulary.facts.get(fact).map_or("", |fact| fact.name.as_str())
    }

    /// Such as `purpose a or b: must_not; c: may`.
    fn would_settle(&self, settled: &Settled) -> String {
        let mut words = self.fact(settled.fact).to_owned();
        for (number, (word, values)) in settled.by.iter().enumerate() {
            let before = if number == 0 { " " } else { "; " };
            let _ = write!(words, "{before}{}: {}", values.join(" or "), word.name());
        }
        words
    }
}

/// Each once, in the order in which they come.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    once.join("; ")
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
