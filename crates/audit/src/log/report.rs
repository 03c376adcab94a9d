//! The report: what was found, in words, tables and pictures.
//!
//! [`Report::text`] is for a terminal; [`Report::page`] is one HTML file without script and without
//! anything from elsewhere. Both count *rows*, and each table adds up to the rows it speaks of. Nothing
//! in them tells who a person is: they know the columns by which rows are grouped, never a row.
//!
//! A keyword is never called a violation here, and a purpose that nobody recorded is never called
//! lawful. What a law says stands in its pack; this module only counts and cites.

mod counts;
mod html;
mod lead;
mod page;
mod picture;
mod text;
mod unread;
mod words;

use bylaw_law::{Jurisdiction, Law};
use jiff::civil::Date;

use super::run::Audited;

/// How many organizations a table names; the others are one row, and all are in `findings.csv`.
const MOST_GROUPS: usize = 30;

/// A run, with what a reader must know to judge and to repeat it.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The law that was asked.
    pub law: &'a Law,
    /// Whose law it is.
    pub jurisdiction: &'a Jurisdiction,
    /// What people call the place.
    pub place: &'a str,
    /// The day of the report.
    pub made_on: Date,
    /// The command, as it was typed.
    pub command: &'a str,
    /// What was set, in words: `the owner is Alder Grove CA PD`.
    pub options: &'a [String],
    /// The time zone whose days count, such as `America/Los_Angeles`.
    pub zone: &'a str,
    /// The version of the lexicon of reasons.
    pub lexicon: &'a str,
    /// The file that mapped columns to facts; none where the logs are search audits.
    pub mapping: Option<&'a str>,
    /// The day on which the law was asked about every row, in place of its own.
    pub on: Option<Date>,
    /// The columns by which rows are grouped; none: by the organization that searched.
    pub groups: &'a [String],
    /// Whether the tables of findings, which lie beside the page, hold personal identifiers.
    pub identifiers: bool,
    /// What was found.
    pub audited: &'a Audited,
}

/// The language of a page. What packs and files say stays in theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Report<'_> {
    /// For a terminal of that many columns.
    #[must_use]
    pub fn text(&self, colors: bool, width: usize) -> String {
        text::text(self, colors, width)
    }

    /// One HTML file for the screen and for paper.
    #[must_use]
    pub fn page(&self, lang: Lang) -> String {
        page::page(self, lang)
    }
}

impl Lang {
    /// The language of that tag, such as `es`.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        [Self::En, Self::Es].into_iter().find(|lang| lang.tag() == tag)
    }

    /// Its tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.say("en", "es")
    }

    /// The words in this language.
    const fn say<'t>(self, english: &'t str, spanish: &'t str) -> &'t str {
        match self {
            Self::En => english,
            Self::Es => spanish,
        }
    }
}
