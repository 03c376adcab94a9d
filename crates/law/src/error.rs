//! What can go wrong: problems of the law's text, and problems of a question put to it.
//!
//! A pack reports all its problems at once, each with its place and the remedy. "The law is
//! unsettled" is an answer, never an error.

use std::{fmt, sync::Arc};

use jiff::civil::Date;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// One problem in the text of the law.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What kind of problem it is, such as `law::unknown_fact`.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    source: Option<NamedSource<Arc<str>>>,
    span: Option<(usize, usize)>,
}

impl Problem {
    /// A problem without a place; [`Problem::at`] adds one.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, source: None, span: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says where it is: `span` counts bytes of the file's text.
    #[must_use]
    pub(crate) fn at(mut self, file: &SourceFile, span: std::ops::Range<usize>) -> Self {
        let end = span.end.min(file.text.len());
        let start = span.start.min(end);
        self.source = Some(NamedSource::new(file.name.clone(), Arc::clone(&file.text)));
        self.span = Some((start, end - start));
        self
    }

    /// The file, where the problem has a place.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.source.as_ref().map(NamedSource::name)
    }

    /// The byte in that file.
    pub(crate) fn offset(&self) -> Option<usize> {
        self.span.map(|(start, _)| start)
    }

    /// The line in that file, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        let (start, _) = self.span?;
        let text = self.source.as_ref()?.inner();
        Some(text.as_bytes().iter().take(start).filter(|&&byte| byte == b'\n').count() + 1)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, length) = self.span?;
        Some(Box::new(std::iter::once(LabeledSpan::new(Some("here".into()), start, length))))
    }
}

/// A file of the law: its path below the packs' folder, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path below the packs' folder, with `/`: `us/ca/values-act.md`.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A file by its name and text. Line ends are made plain, so that places and the law's hash are
    /// the same on every system.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let plain = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let changed = plain.len() != text.len() || plain.contains("\r\n");
        let plain = changed.then(|| Arc::from(plain.replace("\r\n", "\n")));
        Self { name: name.into(), text: plain.unwrap_or(text) }
    }
}

/// The law does not load; nothing of it is in force.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the law does not load: {} {}", problems.len(), if problems.len() == 1 { "problem" } else { "problems" })]
pub struct LoadError {
    /// Every problem of every file, by file and line.
    pub problems: Vec<Problem>,
}

impl Diagnostic for LoadError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new("law::load"))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

/// A question that cannot be put to the law as it stands.
///
/// The text never repeats a fact's value that is free text; values are names of the vocabulary or
/// are quoted up to 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum QuestionError {
    /// The text is not JSON, or not of the shape of a question.
    #[error("not a request this program can read: {reason}")]
    #[diagnostic(
        code(law::malformed),
        help(
            "a request is one JSON object: {{\"jurisdiction\": \"us/ca/los-angeles\", \"on\": \"2026-11-22\", \"facts\": {{\"actor_kind\": …, \"action\": …}}}}"
        )
    )]
    Malformed {
        /// What the reader of JSON says.
        reason: String,
    },
    /// The line is longer than any request can be.
    #[error("the line has more than {limit} bytes")]
    #[diagnostic(
        code(law::too_long),
        help("one request a line; the longest real one has about 3,000 bytes")
    )]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// No such jurisdiction.
    #[error("no law is loaded for `{path}`")]
    #[diagnostic(code(law::unknown_jurisdiction), help("{help}"))]
    UnknownJurisdiction {
        /// The path asked for.
        path: String,
        /// The nearest one there is.
        help: String,
    },
    /// The jurisdiction is left out.
    #[error("the request names no jurisdiction")]
    #[diagnostic(
        code(law::missing_jurisdiction),
        help("add \"jurisdiction\": \"us/ca/los-angeles\", or give --jurisdiction")
    )]
    MissingJurisdiction,
    /// The act asked about is left out.
    #[error("the request does not say which act it asks for")]
    #[diagnostic(
        code(law::missing_action),
        help("add \"action\" to the facts, such as \"disclose_information\"")
    )]
    MissingAction,
    /// Not a calendar date.
    #[error("`{text}` is not a date")]
    #[diagnostic(code(law::bad_date), help("write it as year-month-day: 2026-11-22"))]
    BadDate {
        /// What was given.
        text: String,
    },
    /// A date on which no law of the jurisdiction was in force.
    #[error("no law of `{path}` on file was in force on {on}")]
    #[diagnostic(code(law::before_any_law), help("the earliest on file begins on {first}"))]
    BeforeAnyLaw {
        /// The jurisdiction.
        path: String,
        /// The date asked for.
        on: Date,
        /// The first date of any instrument there.
        first: Date,
    },
    /// No such fact in the vocabulary.
    #[error("unknown fact `{name}`")]
    #[diagnostic(code(law::unknown_fact), help("{help}"))]
    UnknownFact {
        /// The name given.
        name: String,
        /// The nearest name there is.
        help: String,
    },
    /// No such value of the fact.
    #[error("`{fact}` has no value `{value}`")]
    #[diagnostic(code(law::unknown_value), help("{help}"))]
    UnknownValue {
        /// The fact.
        fact: String,
        /// The value given.
        value: String,
        /// The nearest value, or the list.
        help: String,
    },
    /// A value of another type than the fact's.
    #[error("`{fact}` is {expected}, not {found}")]
    #[diagnostic(code(law::wrong_type), help("{help}"))]
    WrongType {
        /// The fact.
        fact: String,
        /// What it should be, with an article.
        expected: String,
        /// What it was.
        found: &'static str,
        /// The values it may have, or how to leave it open.
        help: String,
    },
    /// A number outside the fact's range.
    #[error("`{fact}` is a whole number from {low} to {high}, not {value}")]
    #[diagnostic(code(law::out_of_range), help("leave the fact out where it is not known"))]
    OutOfRange {
        /// The fact.
        fact: String,
        /// The number given.
        value: String,
        /// Least value.
        low: i64,
        /// Greatest value.
        high: i64,
    },
    /// A fact given twice.
    #[error("`{fact}` is given twice")]
    #[diagnostic(code(law::duplicate_fact), help("give each fact once"))]
    DuplicateFact {
        /// The fact.
        fact: String,
    },
    /// The diagram that would answer outgrows the node budget.
    #[error("the law of `{path}` about `{action}` on {on} is too large to be decided")]
    #[diagnostic(
        code(law::node_budget),
        help("`bylaw law check` names the rules that it grows most with")
    )]
    OverBudget {
        /// The jurisdiction.
        path: String,
        /// The act whose diagram it is: the one asked for, or a duty's.
        action: String,
        /// The date asked for.
        on: Date,
    },
    /// The jurisdiction's own law binds no such actor.
    #[error("no law of `{path}` binds `{actor}`")]
    #[diagnostic(code(law::actor_not_bound), help("{help}"))]
    ActorNotBound {
        /// The jurisdiction.
        path: String,
        /// The actor kind given.
        actor: String,
        /// Where that actor is bound, as far as the packs know.
        help: String,
    },
}

impl QuestionError {
    /// The stable code, such as `law::unknown_fact`.
    #[must_use]
    pub fn code(&self) -> String {
        Diagnostic::code(self).map_or_else(String::new, |code| code.to_string())
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        Diagnostic::help(self).map_or_else(String::new, |help| help.to_string())
    }
}

/// `did you mean …?`, or the whole list where nothing is near.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    // A distance takes time and memory by the product of the lengths, and a caller may send
    // megabytes; so long a name is nobody's slip.
    const LONGEST: usize = 64;
    let distance = |candidate: &str| {
        if candidate.eq_ignore_ascii_case(name) {
            0
        } else {
            strsim::damerau_levenshtein(name, candidate)
        }
    };
    let near = known
        .clone()
        .filter(|_| name.len() <= LONGEST)
        .map(|candidate| (distance(candidate), candidate))
        .filter(|&(distance, candidate)| distance <= 2.max(candidate.len() / 3))
        .min();
    // A beginning that fits one name alone is that name, however much is missing.
    let mut begun = known.clone().filter(|candidate| name.len() > 2 && candidate.starts_with(name));
    let begun = begun.next().filter(|_| begun.next().is_none());
    match begun.or(near.map(|(_, candidate)| candidate)) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => {
            let mut names: Vec<_> = known.collect();
            let total = names.len();
            if names.is_empty() {
                return "none is known here".to_owned();
            }
            names.truncate(40);
            let more = if total > names.len() { ", …" } else { "" };
            format!("one of: {}{more}", names.join(", "))
        }
    }
}

/// The beginning of outside text, short enough for an error.
pub(crate) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 40;
    if text.chars().count() <= LIMIT {
        text.to_owned()
    } else {
        text.chars().take(LIMIT).chain(std::iter::once('…')).collect()
    }
}
