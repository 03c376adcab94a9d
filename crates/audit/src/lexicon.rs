//! What a recorded reason says of a search's purpose, and how surely.
//!
//! A [`Lexicon`] is a file of phrases, each with what it says and why it is believed to. A text is read as
//! words, the longest phrases are found among them, and all that the cells of a row say is weighed into one
//! [`Reading`]. Nothing is matched loosely: what is not in the file is not read.
//!
//! A phrase found is never a violation: it may only make the law's answer depend on it.

mod file;
mod heard;
mod phrases;
mod words;

use crate::{error::Result, log::cell::Cell};
use heard::Heard;
use phrases::Phrases;
use words::Words;

pub use file::{Entry, Says};

const BUILT_IN: &str = include_str!("../lexicon/reasons.toml");

/// How surely a row states its purpose.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
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
    /// The purposes that it may be, as bits over [`Lexicon::purposes`]; none where it states no purpose, or
    /// one that the vocabulary has no word for.
    pub purposes: u16,
    /// Whether a person should look: it names an immigration agency, paper or violation.
    pub review: bool,
    /// The entry that decided, as its number in the lexicon; none where no entry did.
    pub entry: Option<u16>,
}

/// Phrases and what they say, read from a file such as `lexicon/reasons.toml`.
#[derive(Debug)]
pub struct Lexicon {
    version: String,
    purposes: Vec<String>,
    entries: Vec<Entry>,
    phrases: Phrases,
}

impl Lexicon {
    /// The lexicon in this crate.
    ///
    /// # Errors
    ///
    /// Where the file in the crate is wrong.
    pub fn built_in() -> Result<Self> {
        Self::read_file("reasons.toml", BUILT_IN)
    }

    /// Reads a lexicon. It is used whole or not at all.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Lexicon`] names the entry and what is wrong with it.
    pub fn read_file(name: &str, toml: &str) -> Result<Self> {
        file::read(name, toml)
    }

    /// Which edition of the file it is.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The purposes that the bits of [`Reading::purposes`] stand for, as the vocabulary names them.
    #[must_use]
    pub fn purposes(&self) -> &[String] {
        &self.purposes
    }

    /// All entries, in the order of their numbers.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of that number, as [`Reading::entry`] has it.
    #[must_use]
    pub fn entry(&self, number: u16) -> Option<&Entry> {
        self.entries.get(usize::from(number))
    }

    /// Reads what a row says of its purpose. It allocates nothing.
    ///
    /// Reason, offense and case are often filled into each other's columns, so each is read for all that it may
    /// say; but a bare number in the case column is never a section of a code. A prompt describes what is to be
    /// found and states no purpose: it is only looked through for what a person should see.
    #[must_use]
    pub fn read(
        &self,
        reason: Cell<'_>,
        offense: Cell<'_>,
        case: Cell<'_>,
        prompt: Cell<'_>,
    ) -> Reading {
        let mut heard = Heard::default();
        for cell in [reason, offense] {
            if let Some(text) = cell.text() {
                self.hear(text, Sections::Bare, &mut heard);
            }
        }
        if let Some(text) = case.text() {
            self.hear(text, Sections::Cited, &mut heard);
        }
        if let Some(text) = prompt.text() {
            let mut described = Heard::default();
            self.hear(text, Sections::Cited, &mut described);
            heard.add_description(&described);
        }
        heard.reading(reason, offense)
    }

    fn hear(&self, text: &str, sections: Sections, heard: &mut Heard) {
        let mut words = Words::of(text);
        let mut at_start = true;
        while let Some((first, rest)) = words.split_first() {
            let found = self.phrases.longest(first, &rest, at_start).filter(|found| {
                sections == Sections::Bare || found.words > 1 || !first.is_digits()
            });
            let entry =
                found.as_ref().and_then(|found| Some((found.entry, self.entry(found.entry)?)));
            match entry {
                Some((number, entry)) => heard.phrase(number, entry),
                None => heard.unknown(first),
            }
            words = found.map_or(rest, |found| found.rest);
            at_start = false;
        }
    }
}

/// Which numbers are sections of a code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sections {
    /// A number that stands alone may be one, such as `459`.
    Bare,
    /// Only a number with its code, such as `459 PC`.
    Cited,
}

impl Strength {
    /// Its word in findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Immigration => "immigration",
            Self::Other => "other",
            Self::Ambiguous => "ambiguous",
            Self::Generic => "generic",
            Self::Number => "number",
            Self::Unread => "unread",
            Self::Blank => "blank",
            Self::Withheld => "withheld",
            Self::NotExported => "not_exported",
        }
    }
}
