//! Random small laws as data: what they say in Cedar, and what their conditions mean, read here
//! once more and without any diagram.

use std::{cell::Cell, fmt::Write as _};

use bylaw_law::{SourceFile, Word, pack::Property};
use jiff::civil::Date;

use crate::small::{self, SmallFact, Values};

/// The acts of every small law.
pub(crate) const ACTS: [&str; 2] = ["act", "tell"];

/// The open questions.
pub(crate) const QUESTIONS: [&str; 2] = ["q1", "q2"];

/// The days on which anything may begin or end.
pub(crate) const DAYS: [Date; 5] = [
    Date::constant(2019, 1, 1),
    Date::constant(2020, 1, 1),
    Date::constant(2021, 1, 1),
    Date::constant(2022, 1, 1),
    Date::constant(2023, 1, 1),
];

/// A value for every fact, in the vocabulary's order; the first is who acts.
pub(crate) type Case = Vec<i64>;

/// Open questions that are taken as answered: whether their rules stand.
pub(crate) type Positions = Vec<(&'static str, bool)>;

/// A law of several folders, and what is claimed of it.
#[derive(Debug, Clone)]
pub(crate) struct SmallLaw {
    pub(crate) facts: Vec<SmallFact>,
    pub(crate) always: Vec<Test>,
    pub(crate) instruments: Vec<SmallInstrument>,
    pub(crate) claims: Vec<SmallClaim>,
}

#[derive(Debug, Clone)]
pub(crate) struct SmallInstrument {
    pub(crate) folder: &'static str,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    pub(crate) binds: Option<Vec<i64>>,
    pub(crate) settles: Option<(usize, i64)>,
    pub(crate) terms: Vec<SmallTerm>,
    pub(crate) rules: Vec<SmallRule>,
}

#[derive(Debug, Clone)]
pub(crate) struct SmallTerm {
    pub(crate) name: &'static str,
    pub(crate) contested: Option<&'static str>,
    pub(crate) from: Option<Date>,
    pub(crate) condition: Test,
}

#[derive(Debug, Clone)]
pub(crate) struct SmallRule {
    pub(crate) id: String,
    pub(crate) modality: &'static str,
    pub(crate) acts: Vec<&'static str>,
    pub(crate) overrides: Vec<String>,
    pub(crate) contested: Option<&'static str>,
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
    pub(crate) condition: Test,
}

#[derive(Debug, Clone)]
pub(crate) struct SmallClaim {
    pub(crate) id: String,
    pub(crate) folder: &'static str,
    pub(crate) acts: Vec<&'static str>,
    pub(crate) property: Property,
    pub(crate) answers: Option<Vec<Word>>,
    pub(crate) other: Option<(&'static str, Option<Date>)>,
    pub(crate) positions: Positions,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    pub(crate) condition: Test,
}

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// The fact's value is one of these.
    Is(usize, Vec<i64>),
    /// The number is less than this.
    Below(usize, i64),
    Term(&'static str),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    If(Box<[Self; 3]>),
}

impl Test {
    /// As Cedar has it.
    pub(crate) fn cedar(&self, facts: &[SmallFact]) -> String {
        let joined = |parts: &[Self], with: &str| {
            let parts: Vec<String> =
                parts.iter().map(|part| format!("({})", part.cedar(facts))).collect();
            parts.join(with)
        };
        match self {
            Self::Is(fact, values) => {
                let fact = &facts[*fact];
                match (fact.values, values.as_slice()) {
                    (Values::Truth, [1]) => format!("context.{}", fact.name),
                    (_, [value]) => {
                        format!("context.{} == {}", fact.name, cedar_value(fact, *value))
                    }
                    (_, values) => {
                        let list: Vec<String> =
                            values.iter().map(|&value| cedar_value(fact, value)).collect();
                        format!("[{}].contains(context.{})", list.join(", "), fact.name)
                    }
                }
            }
            Self::Below(fact, bound) => format!("context.{} < {bound}", facts[*fact].name),
            Self::Term(name) => format!("context.term.{name}"),
            Self::Not(inner) => format!("!({})", inner.cedar(facts)),
            Self::All(parts) => joined(parts, " && "),
            Self::Any(parts) => joined(parts, " || "),
            Self::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                format!(
                    "if {} then {} else {}",
                    condition.cedar(facts),
                    then.cedar(facts),
                    otherwise.cedar(facts)
                )
            }
        }
    }

    /// Whether it holds, given each fact's value and each term's truth.
    pub(crate) fn holds(
        &self,
        value: &dyn Fn(usize) -> i64,
        term: &dyn Fn(&'static str) -> bool,
    ) -> bool {
        let holds = |test: &Self| test.holds(value, term);
        match self {
            Self::Is(fact, values) => values.contains(&value(*fact)),
            Self::Below(fact, bound) => value(*fact) < *bound,
            Self::Term(name) => term(name),
            Self::Not(inner) => !holds(inner),
            Self::All(parts) => parts.iter().all(holds),
            Self::Any(parts) => parts.iter().any(holds),
            Self::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if holds(condition) { holds(then) } else { holds(otherwise) }
            }
        }
    }

    /// Whether it holds of the facts as stated; it must read no term.
    pub(crate) fn holds_stated(&self, case: &Case) -> bool {
        self.holds(&|fact| case[fact], &|name| panic!("`{name}` is read"))
    }

    /// The facts it reads itself.
    pub(crate) fn facts(&self) -> Vec<usize> {
        match self {
            Self::Is(fact, _) | Self::Below(fact, _) => vec![*fact],
            Self::Term(_) => Vec::new(),
            Self::Not(inner) => inner.facts(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::facts).collect(),
            Self::If(parts) => parts.iter().flat_map(Self::facts).collect(),
        }
    }

    pub(crate) fn reads(&self, term: &str) -> bool {
        match self {
            Self::Is(..) | Self::Below(..) => false,
            Self::Term(name) => *name == term,
            Self::Not(inner) => inner.reads(term),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.reads(term)),
            Self::If(parts) => parts.iter().any(|part| part.reads(term)),
        }
    }
}

/// A value of a fact that is no number, in Cedar.
fn cedar_value(fact: &SmallFact, value: i64) -> String {
    match fact.values {
        Values::Names(_) => format!("{}::\"{}\"", fact.cedar_type(), fact.word(value)),
        Values::Truth | Values::UpTo(_) => fact.word(value),
    }
}

/// What the law means by its terms and settled facts, at one place, on one day, as open questions
/// are answered.
pub(crate) struct Meaning<'a> {
    pub(crate) law: &'a SmallLaw,
    pub(crate) path: &'a str,
    pub(crate) day: Date,
    pub(crate) positions: &'a Positions,
    /// Set where a settled fact was read inside a term.
    pub(crate) met_settled: &'a Cell<bool>,
}

impl Meaning<'_> {
    /// Whether a condition from outside the law holds: its facts are those stated, its terms are the
    /// law's.
    pub(crate) fn holds(&self, test: &Test, case: &Case) -> bool {
        test.holds(&|fact| case[fact], &|name| self.term(name, case))
    }

    fn in_force(&self) -> impl Iterator<Item = &SmallInstrument> {
        self.law.instruments.iter().filter(|instrument| {
            is_on(instrument.folder, self.path)
                && instrument.from <= self.day
                && instrument.until.is_none_or(|until| self.day < until)
        })
    }

    fn term(&self, name: &str, case: &Case) -> bool {
        self.in_force()
            .flat_map(|instrument| &instrument.terms)
            .filter(|term| term.name == name && term.from.is_none_or(|from| from <= self.day))
            .filter(|term| {
                term.contested.is_none_or(|question| !self.positions.contains(&(question, false)))
            })
            .any(|term| {
                term.condition
                    .holds(&|fact| self.settled(fact, case), &|name| self.term(name, case))
            })
    }

    /// A fact's value as the law reads it: of several instruments that settle it the lowest counts.
    fn settled(&self, fact: usize, case: &Case) -> i64 {
        let binding = self
            .in_force()
            .filter(|instrument| instrument.binds(case[0]))
            .filter(|instrument| instrument.settles.is_some_and(|(settled, _)| settled == fact));
        match binding.max_by_key(|instrument| instrument.folder.matches('/').count()) {
            Some(SmallInstrument { settles: Some((_, value)), .. }) => {
                self.met_settled.set(self.met_settled.get() || *value != case[fact]);
                *value
            }
            _ => case[fact],
        }
    }
}

/// Whether a folder is the path's own, or one above.
pub(crate) fn is_on(folder: &str, path: &str) -> bool {
    path == folder || path.starts_with(&format!("{folder}/"))
}

impl SmallInstrument {
    pub(crate) fn binds(&self, actor: i64) -> bool {
        self.binds.as_ref().is_none_or(|bound| bound.contains(&actor))
    }
}

impl SmallLaw {
    /// Every case, possible or not.
    pub(crate) fn cases(&self) -> Vec<Case> {
        self.facts.iter().fold(vec![Vec::new()], |cases, fact| {
            let longer = |case: Case| {
                (0..fact.count()).map(move |value| [case.as_slice(), &[value]].concat())
            };
            cases.into_iter().flat_map(longer).collect()
        })
    }

    /// The folders that have law, each once.
    pub(crate) fn folders(&self) -> Vec<&'static str> {
        let mut folders: Vec<&str> = self.instruments.iter().map(|known| known.folder).collect();
        folders.dedup();
        folders
    }

    /// The first day on which any law of the path is in force.
    pub(crate) fn first_day(&self, path: &str) -> Date {
        let on_path = self.instruments.iter().filter(|known| is_on(known.folder, path));
        on_path.map(|known| known.from).min().expect("every path has law")
    }

    /// Whether the folder's own law binds the actor, on whatever day.
    pub(crate) fn binds(&self, folder: &str, actor: i64) -> bool {
        self.instruments.iter().any(|known| known.folder == folder && known.binds(actor))
    }

    /// The law's files, without claims. The rules and terms tied to an open question that is taken
    /// as answered are written as if there were no question, or as never holding.
    pub(crate) fn files(&self, positions: &Positions) -> Vec<SourceFile> {
        let vocabulary = small::vocabulary(&self.facts, &ACTS);
        let mut files = vec![SourceFile::new("vocabulary.cedarschema", vocabulary)];
        for (number, instrument) in self.instruments.iter().enumerate() {
            let text = instrument.text(&self.facts, positions);
            files.push(SourceFile::new(format!("{}/law-{number}.md", instrument.folder), text));
        }
        files
    }

    /// The files of its claims; every second names its jurisdiction and stands elsewhere.
    pub(crate) fn claim_files(&self) -> Vec<SourceFile> {
        let file = |(number, claim): (usize, &SmallClaim)| {
            let text = claim.text(&self.facts, number % 2 == 1);
            let folder = if number % 2 == 1 { "land" } else { claim.folder };
            SourceFile::new(format!("{folder}/{}.claims.md", claim.id), text)
        };
        self.claims.iter().enumerate().map(file).collect()
    }
}

impl SmallInstrument {
    fn text(&self, facts: &[SmallFact], positions: &Positions) -> String {
        let mut front = String::new();
        if let Some(actors) = &self.binds {
            let names: Vec<String> =
                actors.iter().map(|&actor| format!("\"{}\"", facts[0].word(actor))).collect();
            writeln!(front, "binds = [{}]", names.join(", ")).expect("text");
        }
        if let Some((fact, value)) = self.settles {
            let fact = &facts[fact];
            let value = match fact.values {
                Values::Truth => fact.word(value),
                Values::Names(_) | Values::UpTo(_) => format!("\"{}\"", fact.word(value)),
            };
            writeln!(front, "settles = {{ {} = {value} }}", fact.name).expect("text");
        }
        if ["land", "isle"].contains(&self.folder) {
            front.push_str("[questions]\nq1 = \"One?\"\nq2 = \"Two?\"\n");
        }
        let until = self.until.map_or_else(String::new, |until| format!(", until = {until}"));
        let mut cedar = String::new();
        for term in &self.terms {
            let condition = taken(&term.condition, term.contested, positions, facts);
            writeln!(
                cedar,
                "@term(\"{}\") @cite(\"c\") @status(\"drafted: a test\"){}{}\n\
                 permit (principal, action, resource) when {{ {} }};",
                term.name,
                dated(term.from, None),
                condition.0,
                condition.1,
            )
            .expect("text");
        }
        for rule in &self.rules {
            let condition = taken(&rule.condition, rule.contested, positions, facts);
            let effect = if rule.modality == "must_not" { "forbid" } else { "permit" };
            let overrides = match rule.overrides.as_slice() {
                [] => String::new(),
                names => format!(" @overrides(\"{}\")", names.join(" ")),
            };
            writeln!(
                cedar,
                "@id(\"{}\") @cite(\"c\") @status(\"drafted: a test\") @modality(\"{}\"){overrides}{}{}\n\
                 {effect} (principal, {}, resource) when {{ {} }};",
                rule.id,
                rule.modality,
                dated(rule.from, rule.until),
                condition.0,
                scope(&rule.acts),
                condition.1,
            )
            .expect("text");
        }
        small::instrument(&format!("from = {}{until}", self.from), &front, &cedar)
    }
}

/// An annotation, and the condition.
fn taken(
    condition: &Test,
    contested: Option<&str>,
    positions: &Positions,
    facts: &[SmallFact],
) -> (String, String) {
    let written = condition.cedar(facts);
    let Some(question) = contested else { return (String::new(), written) };
    match positions.iter().find(|(known, _)| *known == question) {
        None => (format!(" @contested(\"{question}\")"), written),
        Some((_, true)) => (String::new(), written),
        Some((_, false)) => (String::new(), "false".to_owned()),
    }
}

fn dated(from: Option<Date>, until: Option<Date>) -> String {
    let from = from.map_or_else(String::new, |from| format!(" @from(\"{from}\")"));
    let until = until.map_or_else(String::new, |until| format!(" @until(\"{until}\")"));
    from + &until
}

fn scope(acts: &[&str]) -> String {
    match acts {
        [act] => format!("action == Action::\"{act}\""),
        acts => {
            let acts: Vec<String> = acts.iter().map(|act| format!("Action::\"{act}\"")).collect();
            format!("action in [{}]", acts.join(", "))
        }
    }
}

impl SmallClaim {
    fn text(&self, facts: &[SmallFact], elsewhere: bool) -> String {
        let words =
            |words: &[Word]| words.iter().map(|word| word.name()).collect::<Vec<_>>().join(", ");
        let mut notes = format!("@id(\"{}\")", self.id);
        let value = match (&self.other, &self.answers) {
            (Some((path, on)), answers) => {
                if let Some(answers) = answers {
                    write!(notes, " @answers(\"{}\")", words(answers)).expect("text");
                }
                on.map_or_else(|| (*path).to_owned(), |on| format!("{path}@{on}"))
            }
            (None, answers) => words(answers.as_deref().unwrap_or_default()),
        };
        write!(notes, " @{}(\"{value}\")", self.property.name()).expect("text");
        for (stands, name) in [(true, "standing"), (false, "fallen")] {
            let questions: Vec<&str> = self
                .positions
                .iter()
                .filter(|(_, position)| *position == stands)
                .map(|&(question, _)| question)
                .collect();
            if !questions.is_empty() {
                write!(notes, " @{name}(\"{}\")", questions.join(" ")).expect("text");
            }
        }
        let until = self.until.map_or_else(String::new, |until| format!(", until = {until}"));
        // The days stand in the front matter, or with the claim.
        let (days, jurisdiction) = if elsewhere {
            notes.push_str(&dated(Some(self.from), self.until));
            (DAYS[0].to_string(), format!("jurisdiction = \"{}\"\n", self.folder))
        } else {
            (format!("{}{until}", self.from), String::new())
        };
        let acts =
            if self.acts.len() == ACTS.len() { "action".to_owned() } else { scope(&self.acts) };
        format!(
            "+++\ntitle = \"T\"\n{jurisdiction}days = {{ from = {days} }}\n+++\n\n## Claimed\n\n\
             ```cedar\n{notes}\npermit (principal, {acts}, resource) when {{ {} }};\n```\n",
            self.condition.cedar(facts)
        )
    }
}
