//! What lines of JSON about lists and about logs have in common.

use std::collections::BTreeMap;

use bylaw_audit::sharing::Settled;
use bylaw_law::{Law, RuleId, vocabulary::FactId};
use jiff::civil::Date;
use serde::Serialize;

/// A controlling rule.
#[derive(Serialize)]
pub(super) struct Because<'a> {
    rule: &'a str,
    cite: &'a str,
    instrument: &'a str,
    status: &'a str,
}

/// What each value of a fact would make of an open answer.
#[derive(Serialize)]
pub(super) struct SettledBy<'a> {
    fact: &'a str,
    answers: BTreeMap<&'a str, &'a [String]>,
}

pub(super) fn because<'a>(law: &'a Law, rules: &[RuleId]) -> Vec<Because<'a>> {
    let cited = rules.iter().map(|&id| {
        let rule = law.rule(id);
        let instrument = &law.instrument_of(id).title;
        Because { rule: &rule.id, cite: &rule.cite, instrument, status: &rule.status }
    });
    cited.collect()
}

pub(super) fn settled_by<'a>(law: &'a Law, settled: Option<&'a Settled>) -> Option<SettledBy<'a>> {
    let settled = settled?;
    let answers = settled.by.iter().map(|(word, values)| (word.name(), values.as_slice()));
    Some(SettledBy { fact: fact_name(law, settled.fact)?, answers: answers.collect() })
}

pub(super) fn fact_names<'a>(law: &'a Law, facts: &[FactId]) -> Vec<&'a str> {
    facts.iter().filter_map(|&fact| fact_name(law, fact)).collect()
}

pub(super) fn fact_name(law: &Law, fact: FactId) -> Option<&str> {
    law.vocabulary.facts.get(fact).map(|fact| fact.name.as_str())
}

pub(super) fn day<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}
