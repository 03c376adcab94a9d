//! How far the law rests on texts that somebody read: a work list for counsel.
//!
//! A pack says of every rule how far it was verified, in words, and of itself who reviewed it and
//! when. Here those words become reasons to look again. [`Standing`] is the word that a status
//! begins with; [`doubts()`] finds what the rest of the status, and the citation, admit. Every word
//! that is looked for stands in one file, `sources/doubts.rs`, so that who writes packs can see which
//! ones count.

mod doubts;

use std::fmt::Write as _;

use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use doubts::doubts;
use doubts::{MEMORY, NO_LAWYER, NOT_READ, has_any, unsure_cite};

use crate::{
    law::Law,
    pack::{Instrument, Modality, Rule, Span, Term},
};

/// How far a rule was verified, the least first: the words with which a status begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody read a source.
    FromMemory,
    /// The author's own reading, where the sources are silent.
    Drafted,
    /// A source bears a part of it.
    PartVerified,
    /// A source bears it.
    Verified,
}

/// Why counsel should look at a rule, a term or an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It rests on memory.
    FromMemory,
    /// It is the author's own reading.
    Drafted,
    /// A source bears only a part of it.
    PartVerified,
    /// A source bears it, but some detail is from memory.
    DetailFromMemory,
    /// The text, or a part of it, was not read.
    NotRead,
    /// The citation's number or section is not sure.
    UncertainCite,
    /// The citation names an act or a bill, and no section of it.
    NoSection,
    /// The day from which it holds is not sure.
    UncertainDate,
    /// A source bears it, but a part is the author's own reading.
    OwnReading,
    /// It turns on an open question of law, on which packs take no position.
    OpenQuestion,
    /// The review is older than wanted.
    OldReview,
    /// The pack itself says that no lawyer, or nobody, has reviewed it.
    NoLawyer,
    /// The pack does not name the text that its author read.
    NoText,
}

/// Against which days the law is held.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    /// A rule whose last day lies before this one comes last.
    pub on: Date,
    /// A review made before this day is old.
    pub old_before: Date,
}

/// What counsel has to look at in one instrument.
#[derive(Debug)]
pub struct WorkList<'a> {
    /// The instrument.
    pub instrument: &'a Instrument,
    /// Why to look at the instrument as a whole.
    pub reasons: Vec<Reason>,
    /// Its rules and terms with a reason to look at them, the most pressing first.
    pub items: Vec<Item<'a>>,
    /// Whether it is no longer in force.
    pub ended: bool,
}

/// A rule or a term with a reason to look at it.
#[derive(Debug)]
pub struct Item<'a> {
    /// Which one.
    pub entry: Entry<'a>,
    /// How far it was verified.
    pub standing: Standing,
    /// Why to look at it; never empty.
    pub reasons: Vec<Reason>,
    /// The day in its status, or that of the instrument's review.
    pub reviewed_on: Date,
    /// Whether it is no longer in force.
    pub ended: bool,
}

/// A rule or a term.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// A rule.
    Rule(&'a Rule),
    /// A definition of a term.
    Term(&'a Term),
}

impl Law {
    /// What counsel has to look at in every instrument, folder by folder; in each folder the
    /// instrument with the most pressing item first.
    #[must_use]
    pub fn work_lists(&self, watch: Watch) -> Vec<WorkList<'_>> {
        let mut lists: Vec<WorkList<'_>> =
            self.instruments.iter().map(|instrument| work_list(instrument, watch)).collect();
        lists.sort_by_key(|list| {
            let first = list.items.first().map(Item::order);
            (&list.instrument.folder, first.is_none(), first)
        });
        lists
    }
}

fn work_list(instrument: &Instrument, watch: Watch) -> WorkList<'_> {
    let entries = instrument.rules().map(Entry::Rule).chain(instrument.terms().map(Entry::Term));
    let mut items: Vec<Item<'_>> =
        entries.filter_map(|entry| Item::of(entry, instrument, watch)).collect();
    items.sort_by_key(Item::order);
    let mut reasons = Vec::new();
    let mut add = |reason, holds| {
        if holds {
            reasons.push(reason)
        }
    };
    add(Reason::NotRead, has_any(&instrument.source.to_lowercase(), &NOT_READ));
    add(Reason::UncertainCite, unsure_cite(&instrument.cite));
    add(Reason::OldReview, instrument.reviewed.on < watch.old_before);
    add(Reason::NoLawyer, has_any(&instrument.reviewed.by.to_lowercase(), &NO_LAWYER));
    add(Reason::NoText, instrument.read.is_none());
    WorkList { instrument, reasons, items, ended: watch.ended(instrument.span) }
}

/// The day that a status gives right behind its first words: `verified 2026-11-22: …`.
///
/// Days further on are those of sources, not of the review.
#[must_use]
pub fn verified_on(status: &str) -> Option<Date> {
    let rest = status.strip_prefix(Standing::of(status)?.name())?;
    rest.trim_start().get(..10)?.parse().ok()
}

/// The SHA-256 of a text as a pack's `read` gives it: 64 small hexadecimal digits.
#[must_use]
pub fn sha256(text: &[u8]) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut digits, byte| {
        _ = write!(digits, "{byte:02x}");
        digits
    })
}

impl Standing {
    /// Every one, the least first.
    pub const ALL: [Self; 4] =
        [Self::FromMemory, Self::Drafted, Self::PartVerified, Self::Verified];

    /// The standing that a status begins with, if it is honest enough to begin with one.
    #[must_use]
    pub fn of(status: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| status.starts_with(standing.name()))
    }

    /// As a status begins.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FromMemory => MEMORY,
            Self::Drafted => "drafted",
            Self::PartVerified => "part verified",
            Self::Verified => "verified",
        }
    }
}

impl Reason {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FromMemory => MEMORY,
            Self::Drafted => "drafted",
            Self::PartVerified => "part verified",
            Self::DetailFromMemory => "a detail from memory",
            Self::NotRead => "text not read",
            Self::UncertainCite => "uncertain pin-cite",
            Self::NoSection => "cites no section",
            Self::UncertainDate => "uncertain day",
            Self::OwnReading => "partly the author's reading",
            Self::OpenQuestion => "open question, no position",
            Self::OldReview => "old review",
            Self::NoLawyer => "no lawyer has reviewed it",
            Self::NoText => "names no text that was read",
        }
    }
}

impl Watch {
    fn ended(self, span: Span) -> bool {
        span.until.is_some_and(|until| until <= self.on)
    }
}

impl<'a> Item<'a> {
    /// None where there is no reason to look at it.
    fn of(entry: Entry<'a>, instrument: &Instrument, watch: Watch) -> Option<Self> {
        let (status, span) = match entry {
            Entry::Rule(rule) => (&rule.status, rule.span),
            Entry::Term(term) => (&term.status, term.span),
        };
        let mut reasons = doubts(status, entry.cite());
        if entry.contested().is_some() {
            reasons.push(Reason::OpenQuestion);
        }
        let reviewed_on = verified_on(status).unwrap_or(instrument.reviewed.on);
        if reviewed_on < watch.old_before {
            reasons.push(Reason::OldReview);
        }
        let ended = watch.ended(span);
        let standing = Standing::of(status).unwrap_or(Standing::FromMemory);
        (!reasons.is_empty()).then_some(Self { entry, standing, reasons, reviewed_on, ended })
    }

    /// Whether it forbids or commands today what nobody read: the most pressing kind.
    #[must_use]
    pub fn binds_from_memory(&self) -> bool {
        self.order() == (false, 0, Standing::FromMemory)
    }

    /// What is in force comes first; then what forbids or commands; then what rests on least.
    fn order(&self) -> (bool, u8, Standing) {
        let effect = match self.entry {
            Entry::Rule(rule) => match rule.modality {
                Modality::Must | Modality::MustNot => 0,
                Modality::May | Modality::MayProtected => 1,
                // Counsel decides those anyway, case by case.
                Modality::Refer => 3,
            },
            Entry::Term(_) => 2,
        };
        (self.ended, effect, self.standing)
    }
}

impl<'a> Entry<'a> {
    /// Its citation.
    #[must_use]
    pub fn cite(self) -> &'a str {
        match self {
            Self::Rule(rule) => &rule.cite,
            Self::Term(term) => &term.cite,
        }
    }

    /// How far it was verified, in words.
    #[must_use]
    pub fn status(self) -> &'a str {
        match self {
            Self::Rule(rule) => &rule.status,
            Self::Term(term) => &term.status,
        }
    }

    /// The open question that it stands or falls with.
    #[must_use]
    pub fn contested(self) -> Option<&'a str> {
        match self {
            Self::Rule(rule) => rule.contested.as_deref(),
            Self::Term(term) => term.contested.as_deref(),
        }
    }
}
