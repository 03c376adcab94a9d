//! A pack: one instrument of the law as a literate Markdown file.
//!
//! TOML front matter, a heading per provision, a paraphrase, then Cedar rules and tables of worked
//! cases. The format is described for authors in `docs/packs.md`. Reading a file never stops at the
//! first problem: what can be read is read, and every problem is reported with its place and the
//! remedy.

mod cases;
pub(crate) mod claims;
mod front;
mod lower;
mod markdown;
mod rules;

use std::ops::Range;

use cedar_policy::Policy;
use jiff::civil::Date;
use miette::Diagnostic;

pub use cases::{Case, Expected};
pub use claims::{CLAIMS, Claim, Other, Property};
pub use front::{Kind, Reviewed, TextRead};
pub use lower::Condition;
pub(crate) use lower::{lower_always, lower_condition};

use crate::{
    error::{Problem, SourceFile},
    vocabulary::{ActionId, FactId, Vocabulary},
};

/// One instrument: a statute, an ordinance, an order, …
#[derive(Debug)]
pub struct Instrument {
    /// Its file without the extension: `us/ca/values-act`.
    pub name: String,
    /// Its folder, which is its layer: `us/ca`.
    pub folder: String,
    /// What people call it.
    pub title: String,
    /// Where it is found in the law.
    pub cite: String,
    /// Shown to people; ranks nothing.
    pub kind: Kind,
    /// Where the text or the report of it was read.
    pub source: String,
    /// The very text that its author read, where the author kept one.
    pub read: Option<TextRead>,
    /// Who reviewed the pack, and when.
    pub reviewed: Reviewed,
    /// The actor kinds it binds, one bit per class of `actor_kind`.
    pub binds: u64,
    /// When it is in force.
    pub span: Span,
    /// Facts that it settles for the actors it binds, with their value class.
    pub settles: Vec<(FactId, u8)>,
    /// Open questions of law whose story stands here: name and question.
    pub questions: Vec<(String, String)>,
    /// Its headings, in order.
    pub provisions: Vec<Provision>,
    /// Where its text came from.
    pub source_file: SourceFile,
}

/// One heading of an instrument.
#[derive(Debug)]
pub struct Provision {
    /// The heading's text.
    pub heading: String,
    /// The heading's depth, 1 to 6.
    pub depth: u8,
    /// The paraphrase, as Markdown.
    pub prose: String,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// The terms it defines.
    pub terms: Vec<Term>,
    /// Its worked cases.
    pub cases: Vec<Case>,
    /// Names of rules and terms that could not be read, so that nobody reports them as unknown
    /// besides.
    pub(crate) unsound: Vec<String>,
}

/// From a day on, until the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day in force.
    pub from: Date,
    /// First day no longer in force.
    pub until: Option<Date>,
}

impl Span {
    /// Whether the day lies in the span.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// The days in both.
    pub(crate) fn intersect(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { from: self.from.max(other.from), until }
    }
}

/// What a rule does where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Commands the act.
    Must,
    /// Forbids it.
    MustNot,
    /// Permits it.
    May,
    /// Permits it, and no lower law may forbid it.
    MayProtected,
    /// Sends it to counsel.
    Refer,
}

impl Modality {
    /// As it is written in packs and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must_not",
            Self::May => "may",
            Self::MayProtected => "may_protected",
            Self::Refer => "refer",
        }
    }
}

/// When a duty is owed, measured from a request for some act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the act is done.
    Before,
    /// Upon the request, whatever the answer.
    Upon,
    /// After the act was done.
    After,
}

impl When {
    /// As in `@before`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Upon => "upon",
            Self::After => "after",
        }
    }
}

/// One rule of law.
#[derive(Debug)]
pub struct Rule {
    /// Its name, unique in all packs: `CA-7284.6-a1C`.
    pub id: String,
    /// Its citation.
    pub cite: String,
    /// How far it was verified, in words.
    pub status: String,
    /// What it does.
    pub modality: Modality,
    /// The acts it speaks about, ascending.
    pub actions: Vec<ActionId>,
    /// The ids it overrides, as written.
    pub overrides: Vec<String>,
    /// The open question it stands or falls with.
    pub contested: Option<String>,
    /// When it is in force, within its instrument.
    pub span: Span,
    /// By when its duty is owed.
    pub due: Option<String>,
    /// The requests its duty is tied to.
    pub ties: Vec<(When, Vec<ActionId>)>,
    /// Where it holds, without the limit of `binds`.
    pub condition: Condition,
    /// Its Cedar policy, for Cedar's own evaluator.
    pub policy: Policy,
    /// Its place in the file, in bytes.
    pub place: Range<usize>,
}

/// One definition of a term of art.
#[derive(Debug)]
pub struct Term {
    /// Its name: `context.term.NAME`.
    pub name: String,
    /// Its citation.
    pub cite: String,
    /// How far it was verified.
    pub status: String,
    /// The open question it stands or falls with.
    pub contested: Option<String>,
    /// When it is in force.
    pub span: Span,
    /// What it means.
    pub condition: Condition,
    /// Its Cedar policy.
    pub policy: Policy,
    /// Its place in the file, in bytes.
    pub place: Range<usize>,
}

impl Instrument {
    /// Reads one file as far as it can be read.
    ///
    /// Facts with a range get the cuts that this file's constants make; they are added to `cuts`.
    pub(crate) fn read(
        file: &SourceFile,
        vocabulary: &Vocabulary,
        cuts: &mut [Vec<i64>],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let document = markdown::read(file, problems);
        let front = front::read(file, document.front.as_ref(), vocabulary, problems);
        // Without front matter there is no instrument, but what is wrong with its rules and cases
        // is said all the same.
        let span = front.as_ref().map_or(Span { from: Date::MIN, until: None }, |front| front.span);
        let mut provisions = Vec::with_capacity(document.sections.len());
        for section in document.sections {
            let mut provision = Provision {
                heading: section.heading,
                depth: section.depth,
                prose: section.prose,
                rules: Vec::new(),
                terms: Vec::new(),
                cases: Vec::new(),
                unsound: Vec::new(),
            };
            for block in section.cedar {
                rules::read(file, block, span, vocabulary, cuts, &mut provision, problems);
            }
            for table in section.tables {
                cases::read(file, &table, vocabulary, &mut provision, problems);
            }
            provisions.push(provision);
        }
        let front = front?;
        let name = file.name.trim_end_matches(".md").to_owned();
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        Some(Self {
            name,
            folder,
            title: front.title,
            cite: front.cite,
            kind: front.kind,
            source: front.source,
            read: front.read,
            reviewed: front.reviewed,
            binds: front.binds,
            span: front.span,
            settles: front.settles,
            questions: front.questions,
            provisions,
            source_file: file.clone(),
        })
    }

    /// All its rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.provisions.iter().flat_map(|provision| &provision.rules)
    }

    /// All definitions it makes, in order.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.provisions.iter().flat_map(|provision| &provision.terms)
    }

    /// The date its worked cases are decided on, where they name none: the day it was reviewed, or
    /// its last.
    #[must_use]
    pub fn case_date(&self) -> Date {
        match self.span.until {
            Some(until) if until <= self.reviewed.on => until.yesterday().unwrap_or(until),
            _ => self.reviewed.on,
        }
    }

    /// Whether it binds that class of `actor_kind`.
    #[must_use]
    pub fn binds_actor(&self, actor: u8) -> bool {
        self.binds & (1 << actor) != 0
    }
}

/// Where the Cedar blocks of a pack's text are, in bytes, fences left out.
#[must_use]
pub fn cedar_blocks(text: &str) -> Vec<Range<usize>> {
    let document = markdown::read(&SourceFile::new("", text), &mut Vec::new());
    document
        .sections
        .into_iter()
        .flat_map(|section| section.cedar)
        .map(|block| block.place)
        .collect()
}

/// What Cedar cannot read in a block of a pack's text, with its place; none where it reads it.
#[must_use]
pub fn cedar_problem(file: &SourceFile, block: Range<usize>) -> Option<Problem> {
    let rules = file.text.get(block.clone())?;
    let error = rules.parse::<cedar_policy::PolicySet>().err()?;
    let label = first_label(&error).unwrap_or(0..1);
    let place = block.start + label.start..block.start + label.end;
    Some(
        Problem::new("law::cedar", error.to_string())
            .help("see docs/packs.md for what a rule looks like")
            .at(file, place),
    )
}

/// Where a Cedar error points to, in bytes of the text it was given.
pub(crate) fn first_label(error: &dyn Diagnostic) -> Option<Range<usize>> {
    let own = error
        .labels()
        .and_then(|mut labels| labels.next())
        .map(|label| label.offset()..label.offset() + label.len());
    own.or_else(|| error.related()?.find_map(first_label))
}
