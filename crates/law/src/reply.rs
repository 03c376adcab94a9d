//! The reply as JSON: one shape for the command line, files and services.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{
    Law,
    alternative::Alternative,
    answer::Word,
    decide::{Decision, Duty},
    error::QuestionError,
    guidance::Words,
    law::RuleId,
    pack::{Modality, When},
    question::RequestId,
    vocabulary::FactId,
};

/// The reply to one request.
#[derive(Debug, Serialize)]
pub struct Reply<'a> {
    id: Option<&'a RawValue>,
    answer: Word,
    protected: bool,
    contested: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    conflict: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    between: &'a [Word],
    because: Vec<Because<'a>>,
    despite: Vec<Despite<'a>>,
    needs: Vec<&'a str>,
    also: Vec<Owed<'a>>,
    assumed: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settled: Vec<SettledFact<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative: Option<Change<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<&'a Words>,
    law: &'a str,
    #[serde(serialize_with = "day")]
    on: Date,
}

#[derive(Debug, Serialize)]
struct Because<'a> {
    rule: &'a str,
    cite: &'a str,
    instrument: &'a str,
    modality: Modality,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contested: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Despite<'a> {
    rule: &'a str,
    defeated_by: &'a str,
}

#[derive(Debug, Serialize)]
struct Owed<'a> {
    action: &'a str,
    when: When,
    due: Option<&'a str>,
    because: Vec<Because<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct SettledFact<'a> {
    fact: &'a str,
    value: String,
    by: &'a str,
}

#[derive(Debug, Serialize)]
struct Change<'a> {
    facts: BTreeMap<&'a str, String>,
    answer: Word,
}

/// The reply to a request that cannot be decided.
#[derive(Debug, Serialize)]
pub struct ErrorReply<'a> {
    id: Option<&'a RawValue>,
    line: u64,
    error: ErrorBody,
}

#[derive(Debug, Serialize)]
struct ErrorBody {
    code: String,
    message: String,
    help: String,
}

impl<'a> Reply<'a> {
    /// The reply to the request of that id.
    #[must_use]
    pub fn new(law: &'a Law, id: RequestId<'a>, decision: &'a Decision<'_>) -> Self {
        Self {
            id: id.0,
            answer: decision.word,
            protected: decision.protected,
            contested: decision.contested(),
            conflict: decision.conflict,
            between: &decision.between,
            because: because(law, &decision.because),
            despite: decision
                .despite
                .iter()
                .map(|&(rule, by)| Despite {
                    rule: &law.rule(rule).id,
                    defeated_by: &law.rule(by).id,
                })
                .collect(),
            needs: names(law, &decision.needs),
            also: decision.also.iter().map(|duty| owed(law, duty)).collect(),
            assumed: names(law, &decision.assumed),
            settled: decision
                .settled
                .iter()
                .filter_map(|settled| {
                    let fact = law.vocabulary.facts.get(settled.fact)?;
                    let by = &law.instruments.get(settled.instrument)?.title;
                    Some(SettledFact {
                        fact: &fact.name,
                        value: fact.class_name(settled.class),
                        by,
                    })
                })
                .collect(),
            alternative: None,
            words: None,
            law: &decision.jurisdiction.hash,
            on: decision.on,
        }
    }

    /// Adds what a person reads besides: the nearest lawful alternative, and the words for people.
    #[must_use]
    pub fn with_more(
        mut self,
        law: &'a Law,
        alternative: Option<&Alternative>,
        words: Option<&'a Words>,
    ) -> Self {
        self.alternative = alternative.map(|alternative| {
            let named = alternative.changes.iter().filter_map(|&(fact, class)| {
                let fact = law.vocabulary.facts.get(fact)?;
                Some((fact.name.as_str(), fact.class_name(class)))
            });
            Change { facts: named.collect(), answer: alternative.word }
        });
        self.words = words;
        self
    }
}

impl<'a> ErrorReply<'a> {
    /// The reply to the bad request on that line, counted from 1.
    #[must_use]
    pub fn new(id: RequestId<'a>, line: u64, error: &QuestionError) -> Self {
        Self {
            id: id.0,
            line,
            error: ErrorBody { code: error.code(), message: error.to_string(), help: error.help() },
        }
    }
}

fn because<'a>(law: &'a Law, rules: &[RuleId]) -> Vec<Because<'a>> {
    let cited = |&id: &RuleId| {
        let rule = law.rule(id);
        Because {
            rule: &rule.id,
            cite: &rule.cite,
            instrument: &law.instrument_of(id).title,
            modality: rule.modality,
            status: &rule.status,
            contested: rule.contested.as_deref(),
        }
    };
    rules.iter().map(cited).collect()
}

fn owed<'a>(law: &'a Law, duty: &'a Duty) -> Owed<'a> {
    Owed {
        action: law.vocabulary.actions.get(duty.action).map_or("", |action| &action.name),
        when: duty.when,
        due: duty.due.as_deref(),
        because: because(law, &duty.because),
        needs: names(law, &duty.needs),
    }
}

fn names<'a>(law: &'a Law, facts: &[FactId]) -> Vec<&'a str> {
    facts
        .iter()
        .filter_map(|&fact| law.vocabulary.facts.get(fact))
        .map(|fact| fact.name.as_str())
        .collect()
}

fn day<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}
