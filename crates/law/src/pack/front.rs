//! Front matter: what the instrument is, when it is in force, whom it binds and what it settles.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::{Span, markdown::Block};
use crate::{
    error::{Problem, SourceFile, nearest},
    vocabulary::{Domain, FactId, Vocabulary},
};

/// What sort of text an instrument is. Shown to people; ranks nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Constitution,
    Statute,
    Regulation,
    Judgment,
    Ordinance,
    Directive,
    Order,
    Resolution,
    Guidance,
}

impl Kind {
    /// As it is written in front matter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constitution => "constitution",
            Self::Statute => "statute",
            Self::Regulation => "regulation",
            Self::Judgment => "judgment",
            Self::Ordinance => "ordinance",
            Self::Directive => "directive",
            Self::Order => "order",
            Self::Resolution => "resolution",
            Self::Guidance => "guidance",
        }
    }
}

/// Who read the pack against the law, and when.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// Who, or that nobody has.
    pub by: String,
    /// The day.
    pub on: Date,
}

/// The very text of the law that the pack's author read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRead {
    /// Its SHA-256: 64 small hexadecimal digits.
    pub sha256: String,
    /// The day on which it was read.
    pub on: Date,
    /// What it is: "the chaptered text, PDF".
    pub what: String,
}

/// What the front matter says.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) title: String,
    pub(super) cite: String,
    pub(super) kind: Kind,
    pub(super) source: String,
    pub(super) read: Option<TextRead>,
    pub(super) binds: u64,
    pub(super) reviewed: Reviewed,
    pub(super) span: Span,
    pub(super) settles: Vec<(FactId, u8)>,
    pub(super) questions: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    cite: String,
    kind: Kind,
    source: String,
    read: Option<WrittenText>,
    binds: Option<Vec<Spanned<String>>>,
    reviewed: WrittenReview,
    in_force: Spanned<WrittenSpan>,
    #[serde(default)]
    settles: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    questions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReview {
    by: String,
    on: Spanned<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenText {
    sha256: Spanned<String>,
    on: Spanned<Datetime>,
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSpan {
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
}

/// Reads the front matter of a file.
pub(super) fn read(
    file: &SourceFile,
    block: Option<&Block>,
    vocabulary: &Vocabulary,
    problems: &mut Vec<Problem>,
) -> Option<Front> {
    let Some(block) = block else {
        problems.push(
            Problem::new("law::front_matter", "the file has no front matter")
                .help("begin it with +++, title, cite, kind, source, reviewed, in_force, and +++ again")
                .at(file, 0..1),
        );
        return None;
    };
    let place =
        |span: std::ops::Range<usize>| block.place.start + span.start..block.place.start + span.end;
    let written: Written = match toml::from_str(&block.text) {
        Ok(written) => written,
        Err(error) => {
            let span = error.span().map_or(block.place.clone(), place);
            problems.push(
                Problem::new("law::front_matter", error.message().to_owned())
                    .help("title, cite, kind, source, reviewed = { by, on } and in_force = { from } are needed; docs/packs.md lists all")
                    .at(file, span),
            );
            return None;
        }
    };
    let before = problems.len();
    let mut date = |written: &Spanned<Datetime>| to_date(file, written, &place, problems);
    let on = date(&written.reviewed.on);
    let read_on = written.read.as_ref().and_then(|text| date(&text.on));
    let from = date(&written.in_force.get_ref().from);
    let until = written.in_force.get_ref().until.as_ref().map(&mut date);
    let span = Span { from: from?, until: until.flatten() };
    if span.until.is_some_and(|until| until <= span.from) {
        problems.push(
            Problem::new("law::dates", "the instrument ends before it starts")
                .help("`until` is the first day on which it is no longer in force")
                .at(file, place(written.in_force.span())),
        );
    }
    let hash = written.read.as_ref().and_then(|text| sha256(file, &text.sha256, &place, problems));
    let read = written.read.zip(hash.zip(read_on));
    let read = read.map(|(text, (sha256, on))| TextRead { sha256, on, what: text.what });
    let binds = match &written.binds {
        None => u64::MAX,
        Some(actors) => actors
            .iter()
            .fold(0, |mask, actor| mask | actor_bit(file, actor, &place, vocabulary, problems)),
    };
    let mut settles = Vec::new();
    for (name, value) in &written.settles {
        let Some(fact) = vocabulary.fact_id(name.get_ref()) else {
            problems.push(
                Problem::new("law::unknown_fact", format!("unknown fact `{}`", name.get_ref()))
                    .help(nearest(name.get_ref(), vocabulary.fact_names()))
                    .at(file, place(name.span())),
            );
            continue;
        };
        let text = match value.get_ref() {
            toml::Value::String(text) => text.clone(),
            toml::Value::Boolean(truth) => truth.to_string(),
            toml::Value::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        match vocabulary.facts.get(fact) {
            Some(known)
                if !matches!(known.domain, Domain::Range { .. })
                    && known.class_of(&text).is_some() =>
            {
                settles.extend(known.class_of(&text).map(|class| (fact, class)));
            }
            _ => problems.push(
                Problem::new(
                    "law::unknown_value",
                    format!("`{}` cannot be settled as `{text}`", name.get_ref()),
                )
                .help("a true-or-false or enumerated fact is settled with one of its values")
                .at(file, place(value.span())),
            ),
        }
    }
    (problems.len() == before).then_some(())?;
    Some(Front {
        title: written.title,
        cite: written.cite,
        kind: written.kind,
        source: written.source,
        read,
        binds,
        reviewed: Reviewed { by: written.reviewed.by, on: on? },
        span,
        settles,
        questions: written.questions.into_iter().collect(),
    })
}

fn sha256(
    file: &SourceFile,
    written: &Spanned<String>,
    place: &impl Fn(std::ops::Range<usize>) -> std::ops::Range<usize>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let digits = written.get_ref();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(digits.to_ascii_lowercase());
    }
    problems.push(
        Problem::new("law::bad_hash", "not a SHA-256 of a text")
            .help("it has 64 hexadecimal digits; `bylaw law sources --text FILE` prints that of a file")
            .at(file, place(written.span())),
    );
    None
}

/// A calendar date; a problem where there is no such day.
pub(super) fn to_date(
    file: &SourceFile,
    written: &Spanned<Datetime>,
    place: &impl Fn(std::ops::Range<usize>) -> std::ops::Range<usize>,
    problems: &mut Vec<Problem>,
) -> Option<Date> {
    let parsed = written.get_ref().to_string().parse::<Date>();
    if parsed.is_err() {
        problems.push(
            Problem::new("law::bad_date", "not a calendar date")
                .help("write 2018-01-01")
                .at(file, place(written.span())),
        );
    }
    parsed.ok()
}

fn actor_bit(
    file: &SourceFile,
    actor: &Spanned<String>,
    place: &impl Fn(std::ops::Range<usize>) -> std::ops::Range<usize>,
    vocabulary: &Vocabulary,
    problems: &mut Vec<Problem>,
) -> u64 {
    let Some(fact) = vocabulary.facts.get(vocabulary.actor_kind) else { return 0 };
    if let Some(class) = fact.class_of(actor.get_ref()) {
        return 1 << class;
    }
    let known: Vec<&str> = match &fact.domain {
        Domain::Values(values) => values.iter().map(|value| value.name.as_str()).collect(),
        Domain::Bool | Domain::Range { .. } => Vec::new(),
    };
    problems.push(
        Problem::new(
            "law::unknown_value",
            format!("`actor_kind` has no value `{}`", actor.get_ref()),
        )
        .help(nearest(actor.get_ref(), known.into_iter()))
        .at(file, place(actor.span())),
    );
    0
}
