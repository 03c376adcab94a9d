//! Claims: what a law is meant to do, to be proved of it.
//!
//! A file `*.claims.md` stands among the packs of the jurisdiction that it speaks about and is
//! written like them: front matter, headings, prose, Cedar. A claim is a `permit` whose scope and
//! conditions name the cases it speaks of; one annotation says what is claimed of their answers.
//! Claims change no answer. The format is described for authors in `docs/claims.md`.

use std::ops::Range;

use cedar_policy::{Policy, pst};
use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::{
    Condition, Span,
    front::to_date,
    markdown::{self, Block},
    rules::{Notes, Reader, What, statements},
};
use crate::{
    answer::Word,
    error::{Problem, SourceFile, nearest},
    vocabulary::{ActionId, Vocabulary},
};

/// How the name of a file with claims ends.
pub const CLAIMS: &str = ".claims.md";

/// Every annotation that means something on a claim.
const ANNOTATIONS: [&str; 14] = [
    "id",
    "never",
    "always",
    "only",
    "implies",
    "equivalent",
    "disjoint",
    "answers",
    "standing",
    "fallen",
    "from",
    "until",
    "finding",
    "note",
];

/// One claim about the law of a jurisdiction.
#[derive(Debug)]
pub struct Claim {
    /// Its name, unique among all claims.
    pub id: String,
    /// Whose law it speaks about, by path.
    pub jurisdiction: String,
    /// The heading it stands under.
    pub heading: String,
    /// The text under that heading.
    pub prose: String,
    /// The days of which it speaks.
    pub span: Span,
    /// The acts of which it speaks.
    pub actions: Vec<ActionId>,
    /// The cases of which it speaks.
    pub condition: Condition,
    /// What it claims of them.
    pub property: Property,
    /// The answers that the property names; of a property between two laws those that leave the act
    /// open, and none where `equivalent` means every word.
    pub answers: Vec<Word>,
    /// The other law, where two are compared.
    pub other: Option<Other>,
    /// Open questions whose rules are taken to stand.
    pub standing: Vec<String>,
    /// Open questions whose rules are taken to have fallen.
    pub fallen: Vec<String>,
    /// Where it is known to fail: what was found.
    pub finding: Option<String>,
    /// The file it stands in.
    pub source_file: SourceFile,
    /// Its place there, in bytes.
    pub place: Range<usize>,
}

/// What is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// The answer is none of these.
    Never,
    /// The answer is one of these.
    Always,
    /// The answer is one of these in no other cases.
    Only,
    /// Where this law's answer is one of these, so is the other's.
    Implies,
    /// Both laws answer alike.
    Equivalent,
    /// Never are both laws' answers among these.
    Disjoint,
}

impl Property {
    const ALL: [Self; 6] =
        [Self::Never, Self::Always, Self::Only, Self::Implies, Self::Equivalent, Self::Disjoint];

    /// As it is written in claims.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::Only => "only",
            Self::Implies => "implies",
            Self::Equivalent => "equivalent",
            Self::Disjoint => "disjoint",
        }
    }

    /// Whether it compares two laws.
    #[must_use]
    pub const fn compares(self) -> bool {
        matches!(self, Self::Implies | Self::Equivalent | Self::Disjoint)
    }

    /// Whether a case that the claim speaks of breaks it, given the answer, and the other law's.
    pub(crate) fn broken(self, answers: &[Word], answer: Word, other: Word) -> bool {
        let (here, there) = (answers.contains(&answer), answers.contains(&other));
        match self {
            Self::Never | Self::Only => here,
            Self::Always => !here,
            Self::Implies => here && !there,
            Self::Equivalent if answers.is_empty() => answer != other,
            Self::Equivalent => here != there,
            Self::Disjoint => here && there,
        }
    }
}

/// The other law of a claim that compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its jurisdiction's path.
    pub jurisdiction: String,
    /// Its day; the same day where it is left out.
    pub on: Option<Date>,
}

impl Other {
    /// Reads `us/ca` or `us/ca@2017-12-31`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (path, on) = match text.split_once('@') {
            Some((path, day)) => (path, Some(day.trim().parse().ok()?)),
            None => (text, None),
        };
        Some(Self { jurisdiction: path.trim().to_owned(), on })
    }
}

/// The answers that leave an act open.
const OPEN: [Word; 3] = [Word::Must, Word::May, Word::Unregulated];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    #[expect(dead_code, reason = "for readers; every file has one")]
    title: String,
    jurisdiction: Option<String>,
    days: Days,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
}

/// Reads one file as far as it can be read.
pub(crate) fn read(
    file: &SourceFile,
    vocabulary: &Vocabulary,
    cuts: &mut [Vec<i64>],
    problems: &mut Vec<Problem>,
) -> Vec<Claim> {
    let document = markdown::read(file, problems);
    let Some((jurisdiction, span)) = read_front(file, document.front.as_ref(), problems) else {
        return Vec::new();
    };
    let mut claims = Vec::new();
    for section in document.sections {
        for block in section.cedar {
            for statement in statements(&block.text) {
                let text = block.text.get(statement.clone()).unwrap_or_default();
                let place = block.place.start + statement.start..block.place.start + statement.end;
                let what = What::Claim;
                let mut reader =
                    Reader { what, file, text, place, vocabulary, cuts, problems, sound: true };
                if let Some(claim) = reader.claim(span) {
                    let (heading, prose) = (section.heading.clone(), section.prose.clone());
                    claims.push(Claim {
                        jurisdiction: jurisdiction.clone(),
                        heading,
                        prose,
                        ..claim
                    });
                }
            }
        }
    }
    claims
}

fn read_front(
    file: &SourceFile,
    block: Option<&Block>,
    problems: &mut Vec<Problem>,
) -> Option<(String, Span)> {
    let help =
        "a file of claims begins with +++, title, days = { from = 2024-12-09 }, and +++ again";
    let Some(block) = block else {
        let problem = Problem::new("law::front_matter", "the file has no front matter");
        problems.push(problem.help(help).at(file, 0..1));
        return None;
    };
    let front: Front = match toml::from_str(&block.text) {
        Ok(front) => front,
        Err(error) => {
            let place = error.span().unwrap_or(0..1);
            problems.push(
                Problem::new("law::front_matter", error.message().to_owned())
                    .help(help)
                    .at(file, block.place.start + place.start..block.place.start + place.end),
            );
            return None;
        }
    };
    let place = |span: Range<usize>| block.place.start + span.start..block.place.start + span.end;
    let from = to_date(file, &front.days.from, &place, problems)?;
    let until = match &front.days.until {
        Some(until) => Some(to_date(file, until, &place, problems)?),
        None => None,
    };
    let span = Span { from, until };
    if until.is_some_and(|until| until <= from) {
        let written = front.days.until.as_ref().map_or(0..1, Spanned::span);
        problems.push(
            Problem::new("law::dates", "the file's days end before they begin")
                .help("`until` is the first day no longer claimed")
                .at(file, place(written)),
        );
        return None;
    }
    let folder = file.name.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let Some(jurisdiction) = front.jurisdiction.or(folder) else {
        problems.push(
            Problem::new("law::claim", "the claims stand in no folder, and name no jurisdiction")
                .help("add jurisdiction = \"us/ca\" to the front matter, or move the file there")
                .at(file, block.place.clone()),
        );
        return None;
    };
    Some((jurisdiction, span))
}

impl Reader<'_> {
    fn claim(&mut self, days: Span) -> Option<Claim> {
        let (_, template) = self.template(Policy::parse(None, self.text))?;
        let notes = self.notes(&template, &ANNOTATIONS);
        if template.effect != pst::Effect::Permit {
            let help = "its scope and conditions only name the cases it speaks of";
            self.problem("law::claim", "a claim is written as `permit`", help, "forbid");
        }
        let condition = self.cases(&template);
        let help = "name it: @id(\"LA-CLAIM-doors\")";
        let id = self.required(&notes, "id", "law::missing_id", help);
        let actions = match &template.action {
            pst::ActionConstraint::Any => (0..self.vocabulary.actions.len()).collect(),
            named => self.actions(named),
        };
        let span = self.span(&notes, days);
        let (property, answers, other) = self.property(&notes)?;
        if notes.get("finding").is_some_and(|found| found.trim().is_empty()) {
            let help = "say in words what was found, and which rule does it";
            self.problem("law::claim", "@finding says nothing", help, "@finding");
        }
        let names = |key: &str| -> Vec<String> {
            notes
                .get(key)
                .into_iter()
                .flat_map(|names| names.split_whitespace())
                .map(str::to_owned)
                .collect()
        };
        let (standing, fallen) = (names("standing"), names("fallen"));
        if let Some(name) = standing.iter().find(|name| fallen.contains(name)) {
            let message = format!("the rules of `{name}` cannot both stand and fall");
            let help = "make two claims of it, or leave the question open";
            self.problem("law::claim", message, help, "@fallen");
        }
        let claim = Claim {
            id,
            jurisdiction: String::new(),
            heading: String::new(),
            prose: String::new(),
            span,
            actions,
            condition: condition?,
            property,
            answers,
            other,
            standing,
            fallen,
            finding: notes.get("finding").map(|&found| found.to_owned()),
            source_file: self.file.clone(),
            place: self.place.clone(),
        };
        self.sound.then_some(claim)
    }

    /// The cases that the claim speaks of.
    fn cases(&mut self, template: &pst::Template) -> Option<Condition> {
        let bare = template.principal == pst::PrincipalConstraint::Any
            && template.resource == pst::ResourceConstraint::Any;
        if !bare {
            let help =
                "leave them bare; who acts is a fact: context.actor_kind == ActorKind::\"…\"";
            let message = "a claim may not limit `principal` or `resource`";
            self.problem("law::outside_subset", message, help, "principal");
            return None;
        }
        self.condition(template)
    }

    /// What is claimed, of which answers, beside which other law.
    fn property(&mut self, notes: &Notes<'_>) -> Option<(Property, Vec<Word>, Option<Other>)> {
        let named: Vec<(Property, &str)> = Property::ALL
            .into_iter()
            .filter_map(|property| Some((property, *notes.get(property.name())?)))
            .collect();
        let &[(property, value)] = named.as_slice() else {
            let (message, needle) = match named.as_slice() {
                [] => ("the claim claims nothing", String::new()),
                [.., (last, _)] => ("the claim claims two things", format!("@{}", last.name())),
            };
            let help = "give it one of @never @always @only @implies @equivalent @disjoint";
            self.problem("law::claim", message, help, &needle);
            return None;
        };
        if !property.compares() {
            if notes.contains_key("answers") {
                let message = format!("@{} names its answers itself", property.name());
                let help = "@answers belongs to @implies, @equivalent and @disjoint";
                self.problem("law::claim", message, help, "@answers");
            }
            return Some((property, self.words(value, property.name()), None));
        }
        let other = Other::read(value);
        if other.is_none() {
            let help = "write us/ca, or us/ca@2017-12-31 for its law of that day";
            self.problem("law::claim", format!("`{value}` names no law"), help, value);
        }
        let answers = match notes.get("answers") {
            Some(&words) => self.words(words, "answers"),
            None if property == Property::Equivalent => Vec::new(),
            None => OPEN.to_vec(),
        };
        Some((property, answers, Some(other?)))
    }

    fn words(&mut self, text: &str, annotation: &str) -> Vec<Word> {
        let mut words = Vec::new();
        let mut names = text.split([',', ' ']).filter(|name| !name.is_empty()).peekable();
        if names.peek().is_none() {
            let message = format!("@{annotation} names no answer");
            let help = "list answers: must must_not may unregulated refer";
            self.problem("law::claim", message, help, &format!("@{annotation}"));
        }
        for name in names {
            match Word::from_name(name) {
                Some(Word::NeedsFacts) => {
                    let message = "no case that is claimed of is answered `needs_facts`";
                    let help = "a case has a value of every fact; list must must_not may unregulated refer";
                    self.problem("law::claim", message, help, name);
                }
                Some(word) => words.push(word),
                None => {
                    let known = Word::ALL.into_iter().filter(|&word| word != Word::NeedsFacts);
                    let help = nearest(name, known.map(Word::name));
                    self.problem("law::claim", format!("`{name}` is no answer"), help, name);
                }
            }
        }
        words
    }
}
