//! The words with which statuses and citations admit a doubt, and what each of them means.

use super::{Reason, Standing};

/// What a status and a citation themselves admit, without doubles.
#[must_use]
pub fn doubts(status: &str, cite: &str) -> Vec<Reason> {
    let standing = Standing::of(status);
    let mut reasons: Vec<Reason> = match standing {
        Some(Standing::FromMemory) => vec![Reason::FromMemory],
        Some(Standing::PartVerified) => vec![Reason::PartVerified],
        Some(Standing::Verified) => Vec::new(),
        Some(Standing::Drafted) | None => vec![Reason::Drafted],
    };
    let status = status.to_lowercase();
    for clause in status.split(';').filter(|clause| has_any(clause, &UNSURE)) {
        let (cites, dates) = (has_word(clause, &CITE_WORDS), has_word(clause, &DATE_WORDS));
        if cites {
            reasons.push(Reason::UncertainCite);
        }
        if dates {
            reasons.push(Reason::UncertainDate);
        }
        if standing == Some(Standing::Verified) && !cites && !dates && clause.contains(MEMORY) {
            reasons.push(Reason::DetailFromMemory);
        }
    }
    let mut add = |reason, holds| {
        if holds {
            reasons.push(reason)
        }
    };
    add(Reason::UncertainCite, has_any(&status, &UNSURE_LETTERS) || unsure_cite(cite));
    add(Reason::NoSection, names_no_section(cite));
    add(Reason::NotRead, has_any(&status, &NOT_READ));
    add(Reason::OwnReading, standing != Some(Standing::Drafted) && has_any(&status, &OWN_READING));
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

pub(super) const MEMORY: &str = "from memory";

/// Words that say of what stands in the same clause that it is not sure. Clauses end at `;`.
const UNSURE: [&str; 19] = [
    MEMORY,
    "uncertain",
    "unconfirmed",
    "not confirmed",
    "not checked",
    "not found",
    "not known",
    "not in the notes",
    "approximate",
    "earliest possible",
    "former number",
    "is assumed",
    "is counted from",
    "is part verified",
    "known by year only",
    "the first taken",
    "the last taken",
    "the year alone",
    "without its day",
];

/// What makes a clause one about the citation.
const CITE_WORDS: [&str; 11] = [
    "cite",
    "cites",
    "pin-cite",
    "pin-cites",
    "citation",
    "citations",
    "number",
    "numbers",
    "numbering",
    "section",
    "sections",
];

/// What makes a clause one about days.
const DATE_WORDS: [&str; 6] = ["day", "days", "date", "dates", "dated", "year"];

/// Sure of the substance only: letters and numbers were not checked.
const UNSURE_LETTERS: [&str; 2] = ["confidence on substance", "check letters"];

/// Words of doubt inside a citation, besides [`UNSURE`].
const UNSURE_CITE: [&str; 2] = [" about ", "as reported"];

/// A text that nobody had at hand.
pub(super) const NOT_READ: [&str; 4] = ["not read", "not at hand", "no source was read", "unread"];

/// The author's own reading inside a status that begins otherwise.
const OWN_READING: [&str; 8] = [
    "drafted",
    "assumed:",
    "our reading",
    "a reading",
    "reading is ours",
    "notes' reading",
    "an inference",
    "its reasoning",
];

/// Acts and bills, which have sections that a citation can name.
const ACTS: [&str; 6] = ["Ord", "Ordinance", "SB", "HB", "AB", "Act"];

/// The same in several words; and "and following".
const ACT_PHRASES: [&str; 5] = ["Local Law", "Laws of ", "P.A. ", "Stats. ", " ff."];

/// A review that no lawyer made.
pub(super) const NO_LAWYER: [&str; 3] = ["no lawyer", "not a lawyer", "nobody"];

pub(super) fn unsure_cite(cite: &str) -> bool {
    let cite = cite.to_lowercase();
    has_any(&cite, &UNSURE) || has_any(&cite, &UNSURE_CITE)
}

fn names_no_section(cite: &str) -> bool {
    let bill = |word: &str| ACTS.contains(&word.trim_end_matches(|c: char| !c.is_alphabetic()));
    !cite.contains('§') && (words(cite).any(bill) || has_any(cite, &ACT_PHRASES))
}

pub(super) fn has_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}

fn has_word(text: &str, known: &[&str]) -> bool {
    words(text).any(|word| known.contains(&word))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
}
