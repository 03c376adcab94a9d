//! What a recorded reason says of a search's purpose, and how surely.

use crate::log::cell::Cell;

/// How surely a row states its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Words, or a choice from the vendor's list, that state an immigration purpose.
    Immigration,
    /// Words that state another purpose.
    Other,
    /// Words that could mean either: an immigration agency on a case that is not named.
    Ambiguous,
    /// Words that state none, such as "investigation".
    Generic,
    /// A case number or another number alone.
    Number,
    /// Something was written that the lexicon does not know.
    Unread,
    /// Nothing was written.
    Blank,
    /// Something was written and is masked.
    Withheld,
    /// The file has no column for it.
    NotExported,
}

/// A row's purpose, as far as its words state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reading {
    /// How surely.
    pub strength: Strength,
    /// The purposes that it may be, as bits over [`Lexicon::purposes`]; none where it states no purpose.
    pub purposes: u16,
    /// Whether a person should look: it names an immigration agency, paper or violation.
    pub review: bool,
    /// The entry that decided, as its number in the lexicon; none where no entry did.
    pub entry: Option<u16>,
}

/// Words and what they say, read from `lexicon/reasons.toml`.
#[derive(Debug)]
pub struct Lexicon {
    purposes: Vec<String>,
}

impl Lexicon {
    /// The purposes that the bits of [`Reading::purposes`] stand for, as the vocabulary names them.
    #[must_use]
    pub fn purposes(&self) -> &[String] {
        &self.purposes
    }

    /// Reads what a row says of its purpose.
    #[must_use]
    pub fn read(
        &self,
        reason: Cell<'_>,
        offense: Cell<'_>,
        case: Cell<'_>,
        prompt: Cell<'_>,
    ) -> Reading {
        let _ = (reason, offense, case, prompt);
        Reading { strength: Strength::Unread, purposes: 0, review: false, entry: None }
    }
}
