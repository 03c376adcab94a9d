//! Worked cases: a story, its facts, and what the law answers.

use std::ops::Range;

use jiff::civil::Date;

use super::{
    Provision,
    markdown::{Row, Table},
};
use crate::{
    answer::Word,
    error::{Problem, SourceFile, nearest},
    vocabulary::{ActionId, Domain, Fact, FactId, UNKNOWN_VALUE, Vocabulary},
};

/// One worked case.
#[derive(Debug)]
pub struct Case {
    /// The situation, in words.
    pub story: String,
    /// The path it is decided at, where it is not the file's folder.
    pub jurisdiction: Option<String>,
    /// The date, where it is not [`super::Instrument::case_date`].
    pub on: Option<Date>,
    /// The act asked for.
    pub action: ActionId,
    /// The facts stated; a value of `None` is stated to be unknown.
    pub facts: Vec<(FactId, Option<String>)>,
    /// What the law answers.
    pub expected: Expected,
    /// Its place in the file, in bytes.
    pub place: Range<usize>,
}

/// What the law answers to a case.
#[derive(Debug, PartialEq, Eq)]
pub struct Expected {
    /// The answer in one word.
    pub word: Word,
    /// Whether no law below may forbid it.
    pub protected: bool,
    /// Whether it turns on an open question.
    pub contested: bool,
    /// Whether two rules of one layer bind both ways.
    pub conflict: bool,
    /// Facts that must be among those needed.
    pub needs: Vec<FactId>,
    /// Rules that must be among the controlling ones.
    pub because: Vec<String>,
    /// Acts that must be owed as duties besides.
    pub also: Vec<ActionId>,
}

/// Reads one table into the provision.
pub(super) fn read(
    file: &SourceFile,
    table: &Table,
    vocabulary: &Vocabulary,
    provision: &mut Provision,
    problems: &mut Vec<Problem>,
) {
    const COLUMNS: [&str; 5] = ["case", "facts", "answer", "because", "also"];
    for column in table.columns.iter().filter(|column| !COLUMNS.contains(&column.as_str())) {
        let help = nearest(column, COLUMNS.into_iter());
        problems.push(
            Problem::new("law::case", format!("unknown column `{column}` of worked cases"))
                .help(help)
                .at(file, table.place.clone()),
        );
    }
    let only_action = only_action(provision);
    for row in &table.rows {
        let mut reader = Reader { file, row, vocabulary, problems };
        if let Some(case) = reader.read(table, only_action) {
            provision.cases.push(case);
        }
    }
}

/// The act all rules under the heading speak about, where it is one.
fn only_action(provision: &Provision) -> Option<ActionId> {
    let mut actions = provision.rules.iter().flat_map(|rule| rule.actions.iter().copied());
    let first = actions.next()?;
    actions.all(|action| action == first).then_some(first)
}

struct Reader<'a> {
    file: &'a SourceFile,
    row: &'a Row,
    vocabulary: &'a Vocabulary,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn read(&mut self, table: &Table, only_action: Option<ActionId>) -> Option<Case> {
        let before = self.problems.len();
        let cell = |name: &str| {
            let index = table.columns.iter().position(|column| column == name)?;
            self.row.cells.get(index).map(String::as_str)
        };
        let (story, stated, answer) =
            (cell("case")?, cell("facts").unwrap_or_default(), cell("answer").unwrap_or_default());
        let because = cell("because")
            .unwrap_or_default()
            .split([' ', ','])
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        let also = cell("also").unwrap_or_default();
        let mut case = Case {
            story: story.to_owned(),
            jurisdiction: None,
            on: None,
            action: only_action.unwrap_or(usize::MAX),
            facts: Vec::new(),
            expected: Expected {
                word: Word::Unregulated,
                protected: false,
                contested: false,
                conflict: false,
                needs: Vec::new(),
                because,
                also: Vec::new(),
            },
            place: self.row.place.clone(),
        };
        for pair in stated.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            self.stated(pair, &mut case);
        }
        if case.action == usize::MAX {
            self.problem(
                "the case does not say which act is asked for",
                "add action=… to its facts",
            );
        }
        self.answer(answer, &mut case.expected);
        for name in also.split([' ', ',']).filter(|name| !name.is_empty()) {
            case.expected.also.extend(self.action(name));
        }
        (self.problems.len() == before).then_some(case)
    }

    fn stated(&mut self, pair: &str, case: &mut Case) {
        let Some((name, value)) =
            pair.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
        else {
            return self.problem(
                format!("`{pair}` states no fact"),
                "write name=value, with commas between",
            );
        };
        match name {
            "on" => match value.parse() {
                Ok(date) => case.on = Some(date),
                Err(_) => self.problem(format!("`{value}` is not a date"), "write on=2018-01-01"),
            },
            "jurisdiction" => case.jurisdiction = Some(value.to_owned()),
            "action" => case.action = self.action(value).unwrap_or(0),
            _ => {
                let Some(fact) = self.vocabulary.fact_id(name) else {
                    let help = nearest(name, self.vocabulary.fact_names());
                    return self.problem(format!("unknown fact `{name}`"), help);
                };
                if case.facts.iter().any(|&(known, _)| known == fact) {
                    return self
                        .problem(format!("`{name}` is stated twice"), "state each fact once");
                }
                if value == UNKNOWN_VALUE {
                    case.facts.push((fact, None));
                } else if let Some(known) = self.vocabulary.facts.get(fact) {
                    match known.class_of(value) {
                        Some(_) => case.facts.push((fact, Some(value.to_owned()))),
                        None => self.unknown_value(known, value),
                    }
                }
            }
        }
    }

    fn unknown_value(&mut self, fact: &Fact, value: &str) {
        let help = match &fact.domain {
            Domain::Values(values) => {
                nearest(value, values.iter().map(|value| value.name.as_str()))
            }
            Domain::Bool | Domain::Range { .. } => format!("it is {}", fact.expected()),
        };
        self.problem(format!("`{}` has no value `{value}`", fact.name), help);
    }

    fn answer(&mut self, text: &str, expected: &mut Expected) {
        let mut words = text.split([' ', ',', ':']).filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        let Some(word) = Word::from_name(first) else {
            return self.problem(
                format!("`{first}` is no answer"),
                "must, must_not, may, unregulated, refer or needs_facts",
            );
        };
        expected.word = word;
        for word in words {
            match (expected.word, word) {
                (Word::May, "protected") => expected.protected = true,
                (Word::Refer, "contested") => expected.contested = true,
                (Word::Refer, "conflict") => expected.conflict = true,
                (Word::NeedsFacts, fact) => match self.vocabulary.fact_id(fact) {
                    Some(fact) => expected.needs.push(fact),
                    None => self.problem(
                        format!("unknown fact `{fact}`"),
                        nearest(fact, self.vocabulary.fact_names()),
                    ),
                },
                _ => self.problem(
                    format!("`{word}` says nothing about `{first}`"),
                    "may protected, refer contested, refer conflict, needs_facts FACT …",
                ),
            }
        }
    }

    fn action(&mut self, name: &str) -> Option<ActionId> {
        let found = self.vocabulary.action_id(name);
        if found.is_none() {
            let help =
                nearest(name, self.vocabulary.actions.iter().map(|action| action.name.as_str()));
            self.problem(format!("unknown act `{name}`"), help);
        }
        found
    }

    fn problem(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(
            Problem::new("law::case", message).help(help).at(self.file, self.row.place.clone()),
        );
    }
}
