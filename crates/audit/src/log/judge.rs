//! The law, asked about a row.
//!
//! Two acts can stand behind a search. Where an organization searches its own records, resources of its own are
//! used for a purpose: `use_resources_support`, nobody asking. Where it searches another's, that one gives it
//! direct access to plate reads: `direct_database_access`. Who is who is told by `parties`; the purpose is as
//! it was [read](crate::lexicon); what the law says of it is remembered in `rulings`.

mod organizations;
mod parties;
mod rulings;
mod stated;

use std::sync::Arc;

use bylaw_law::{Law, RuleId, Word, vocabulary::FactId};

pub use parties::{Asking, Parties};
pub use rulings::RulingNumber;
pub(in crate::log) use rulings::SILENT;
pub use stated::Stated;

use parties::Book;
use rulings::{Purpose, Rulings};

use super::{Row, row::Field, time::Moment};
use crate::{
    Resolver,
    ask::Laws,
    lexicon::{Lexicon, Reading},
    sharing::{NotAsked, Settled},
};

/// What is said of a row in one word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The law bars it, if what the row records is right.
    Barred,
    /// It cannot be told from what was recorded.
    CannotTell,
    /// The law permits or commands it, or has no rule about what is stated of it: then the word is
    /// `unregulated`, which is no permission.
    Permitted,
}

/// What the law says of rows that record the same, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
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
    /// What a reader should know besides, in a sentence: whose act was not asked about, and why.
    pub note: Option<String>,
}

/// Asks the law of one jurisdiction, and remembers what it said.
#[derive(Debug)]
pub struct Judge<'a> {
    book: Book<'a>,
    rulings: Rulings<'a>,
}

impl<'a> Judge<'a> {
    /// Asks the law of that jurisdiction; purposes are those that the lexicon reads.
    ///
    /// # Errors
    ///
    /// Where the path lies in no state, the law binds no such actor, or the lexicon reads a purpose that
    /// the vocabulary does not have.
    pub fn new(
        law: &'a Law,
        path: &str,
        resolver: &'a Resolver,
        lexicon: &Lexicon,
        asking: Asking<'_>,
    ) -> Result<Self, NotAsked> {
        let laws = Laws::find(law, path)?;
        let book = Book::new(laws, resolver, asking);
        let rulings = Rulings::new(laws, lexicon.purposes(), book.actor())?;
        Ok(Self { book, rulings })
    }

    /// Who searched what of whom.
    pub fn parties(&mut self, row: &Row<'_>) -> Parties {
        self.book.parties(
            row.get(Field::Organization),
            row.get(Field::State),
            row.get(Field::Owner),
        )
    }

    /// What the law says of it, on that day.
    pub fn rule(&mut self, parties: Parties, reading: Reading, on: Option<Moment>) -> RulingNumber {
        self.rulings.rule(parties.asked, self.book.asked(parties), Purpose::of(reading), on)
    }

    /// Whether the law about all acts is the same on each day of that day's month.
    #[must_use]
    pub fn is_one_law_in_month_of(&self, day: jiff::civil::Date) -> bool {
        self.rulings.is_one_law_in_month_of(day)
    }

    /// The ruling of that number.
    #[must_use]
    pub fn ruling(&self, number: RulingNumber) -> &Arc<Ruling> {
        self.rulings.ruling(number)
    }

    /// Every ruling so far.
    pub fn rulings(&self) -> impl Iterator<Item = &Arc<Ruling>> {
        self.rulings.all()
    }

    /// What rows are grouped by, and what the organization that searched is, such as `california_public`.
    #[must_use]
    pub fn group(&self, parties: Parties) -> (&Arc<[Box<str>]>, &Arc<str>) {
        self.book.group(parties)
    }

    /// Every fact stated for a row, and where each comes from.
    #[must_use]
    pub fn facts(
        &self,
        row: &Row<'_>,
        parties: Parties,
        reading: Reading,
        on: Option<Moment>,
    ) -> Vec<Stated> {
        stated::facts(&self.rulings, self.book.asked(parties), row, reading, on)
    }
}

impl Ruling {
    /// Of rows about which the law was not asked.
    #[must_use]
    pub fn not_decided(act: &str, reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::CannotTell,
            word: None,
            act: act.to_owned(),
            because: Vec::new(),
            needs: Vec::new(),
            settled: None,
            not_decided: Some(reason.into()),
            note: None,
        }
    }
}

impl Verdict {
    /// What the law's answer makes of a row that states its purpose. One that states none is not
    /// permitted by silence.
    #[must_use]
    pub const fn of(word: Word) -> Self {
        match word {
            Word::MustNot => Self::Barred,
            Word::Must | Word::May | Word::Unregulated => Self::Permitted,
            Word::Refer | Word::NeedsFacts => Self::CannotTell,
        }
    }

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
