//! The law, asked about a row.

use bylaw_law::{RuleId, Word, vocabulary::FactId};

use crate::sharing::Settled;

/// What is said of a row in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The law bars it, if what the row records is right.
    Barred,
    /// It cannot be told from what was recorded.
    CannotTell,
    /// The law permits or commands it, or says nothing against it.
    Permitted,
}

/// What the law says of rows that record the same, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ruling {
    /// In one word.
    pub verdict: Verdict,
    /// The law's own answer; none where this law is not the one to ask.
    pub word: Option<Word>,
    /// The act asked about, by the vocabulary's name.
    pub act: String,
    /// The controlling rules, strongest first.
    pub because: Vec<RuleId>,
    /// Facts on which it still depends.
    pub needs: Vec<FactId>,
    /// What each value of the first of those would make of it.
    pub settled: Option<Settled>,
    /// Where the law was not asked: why, in a sentence.
    pub not_decided: Option<String>,
}

/// Asks the law of one jurisdiction, and remembers what it said.
#[derive(Debug)]
pub struct Judge<'a> {
    law: &'a bylaw_law::Law,
}

impl Verdict {
    /// Its word in findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Barred => "barred",
            Self::CannotTell => "cannot_tell",
            Self::Permitted => "permitted",
        }
    }
}
