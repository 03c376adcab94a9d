//! The file of a lexicon.

use serde::Deserialize;

use super::{
    Lexicon,
    phrases::{Phrases, Place},
};
use crate::error::{Error, Result};

/// Phrases that say the same, for the same reason.
#[derive(Debug)]
pub struct Entry {
    /// Its name, such as `immigration.agency.hsi`.
    pub id: String,
    /// What its phrases say.
    pub says: Says,
    /// The purposes that they may mean, as bits over [`Lexicon::purposes`].
    pub purposes: u16,
    /// Whether a person should look.
    pub review: bool,
    /// Its phrases as they are written in the file: `a|b c` is `a c` and `b c`, `-` no word.
    pub words: Vec<String>,
    /// Phrases that count only where they are the whole text.
    pub whole: Vec<String>,
    /// Why they say that.
    pub why: String,
    /// The recorded rows that justify it, or `general knowledge`.
    pub rows: Vec<String>,
}

/// What phrases say of a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Says {
    /// It is an immigration purpose.
    Immigration,
    /// It may be one, whatever else is said.
    Ambiguous,
    /// It is another purpose.
    Other,
    /// An agency or a paper that serves several purposes; another purpose that is stated decides.
    Open,
    /// None, though it looks like one.
    Generic,
    /// What stands before a number.
    Label,
    /// Nothing: words between others, and words that only look like those of another entry.
    Nothing,
}

/// What an entry without recorded rows gives as its ground.
const GENERAL_KNOWLEDGE: &str = "general knowledge";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: String,
    purposes: Vec<String>,
    entry: Vec<WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    id: String,
    says: Says,
    #[serde(default)]
    purposes: Vec<String>,
    #[serde(default)]
    review: bool,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    whole: Vec<String>,
    why: String,
    rows: Vec<String>,
}

pub(super) fn read(name: &str, toml: &str) -> Result<Lexicon> {
    let wrong = |what: String| Error::Lexicon { file: name.to_owned(), what };
    let written: Written = toml::from_str(toml).map_err(|error| wrong(error.to_string()))?;
    let Written { version, purposes, entry: written } = written;
    if purposes.len() > 16 {
        return Err(wrong("has more than 16 purposes".to_owned()));
    }
    let mut phrases = Phrases::default();
    let mut entries: Vec<Entry> = Vec::with_capacity(written.len());
    for written in written {
        let id = written.id.clone();
        let of_entry = |what: String| wrong(format!("entry `{id}` {what}"));
        if entries.iter().any(|entry| entry.id == id) {
            return Err(of_entry("stands there twice".to_owned()));
        }
        let number =
            u16::try_from(entries.len()).map_err(|_| of_entry("is one too many".to_owned()))?;
        let entry = Entry::read(written, &purposes).map_err(of_entry)?;
        entry
            .add_phrases(&mut phrases, number)
            .map_err(|what| wrong(format!("entry `{}`: {what}", entry.id)))?;
        entries.push(entry);
    }
    Ok(Lexicon { version, purposes, entries, phrases })
}

impl Entry {
    fn read(written: WrittenEntry, known: &[String]) -> Result<Self, String> {
        let WrittenEntry { id, says, purposes: named, review, words, whole, why, rows } = written;
        let mut purposes = 0;
        for purpose in &named {
            let bit = known.iter().position(|known| known == purpose);
            purposes |= 1
                << bit.ok_or_else(|| {
                    format!("has the purpose `{purpose}`, which the file does not declare")
                })?;
        }
        let states = matches!(says, Says::Immigration | Says::Ambiguous | Says::Other | Says::Open);
        if purposes != 0 && !states {
            return Err("has purposes and states none".to_owned());
        }
        if says == Says::Immigration && !review {
            return Err("states an immigration purpose and wants no review".to_owned());
        }
        if rows.is_empty() {
            return Err(format!("names no rows; write `{GENERAL_KNOWLEDGE}` where there are none"));
        }
        Ok(Self { id, says, purposes, review, words, whole, why, rows })
    }

    fn add_phrases(&self, phrases: &mut Phrases, number: u16) -> Result<(), String> {
        let anywhere = self.words.iter().map(|phrase| (phrase, Place::Anywhere));
        let whole = self.whole.iter().map(|phrase| (phrase, Place::WholeText));
        for (written, place) in anywhere.chain(whole) {
            for phrase in alternatives(written) {
                phrases
                    .add(&phrase, place, number)
                    .map_err(|what| format!("the phrase `{phrase}` {what}"))?;
            }
        }
        Ok(())
    }
}

/// The phrases that a written one stands for: `ice|immigration hold` for two, `us|- marshal` for two.
fn alternatives(written: &str) -> Vec<String> {
    written.split_whitespace().fold(vec![String::new()], |phrases, words| {
        let next = |word| match word {
            "-" => "",
            word => word,
        };
        phrases
            .iter()
            .flat_map(|phrase| words.split('|').map(move |word| format!("{phrase} {}", next(word))))
            .collect()
    })
}
