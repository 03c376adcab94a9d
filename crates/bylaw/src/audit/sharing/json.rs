//! One organization a line, as JSON.

use std::collections::BTreeMap;

use bylaw_audit::{
    Evidence,
    sharing::{Answer, Entry, Finding},
};
use bylaw_law::{Law, Word, vocabulary::FactId};
use jiff::civil::Date;
use miette::Result;
use serde::Serialize;

use super::Audited;
use crate::output::OutputError;

#[derive(Serialize)]
struct Line<'a> {
    organization: &'a str,
    class: &'a str,
    answer: &'a str,
    evidence: &'a Evidence,
    because: Vec<Because<'a>>,
    needs: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<SettledBy<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_decided: Option<&'a str>,
    acts: BTreeMap<&'a str, Word>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    notes: &'a [String],
    perhaps: &'a [String],
    direction: &'a str,
    list: &'a str,
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(serialize_with = "day")]
    on: Date,
}

#[derive(Serialize)]
struct Because<'a> {
    rule: &'a str,
    cite: &'a str,
    instrument: &'a str,
    status: &'a str,
}

/// What each value of a fact would make of an open answer.
#[derive(Serialize)]
struct SettledBy<'a> {
    fact: &'a str,
    answers: BTreeMap<&'a str, &'a [String]>,
}

pub(super) fn lines(law: &Law, audited: &[Audited]) -> Result<String> {
    let mut text = String::new();
    for Audited { list, findings } in audited {
        for (entry, finding) in findings {
            let line = line(law, &list.name, entry, finding);
            let json = serde_json::to_string(&line).map_err(|error| OutputError(error.into()))?;
            text.push_str(&json);
            text.push('\n');
        }
    }
    Ok(text)
}

fn line<'a>(law: &'a Law, list: &'a str, entry: &'a Entry, finding: &'a Finding) -> Line<'a> {
    let answer = &finding.answer;
    let resolved = &finding.resolved;
    Line {
        organization: &entry.organization,
        class: &finding.class,
        answer: answer.name(),
        evidence: &resolved.evidence,
        because: because(law, answer),
        needs: answer.needs.iter().filter_map(|&fact| fact_name(law, fact)).collect(),
        settled_by: answer.settled.as_ref().and_then(|settled| {
            let answers = settled.by.iter().map(|(word, values)| (word.name(), values.as_slice()));
            Some(SettledBy { fact: fact_name(law, settled.fact)?, answers: answers.collect() })
        }),
        not_decided: answer.not_decided.as_deref(),
        acts: answer.acts.iter().copied().collect(),
        kind: resolved.kind.map(|kind| kind.name),
        notes: &resolved.notes,
        perhaps: &resolved.perhaps,
        direction: finding.direction.name(),
        list,
        row: entry.row,
        owner: entry.owner.as_deref(),
        on: finding.on,
    }
}

fn because<'a>(law: &'a Law, answer: &Answer) -> Vec<Because<'a>> {
    let cited = answer.because.iter().map(|&id| {
        let rule = law.rule(id);
        let instrument = &law.instrument_of(id).title;
        Because { rule: &rule.id, cite: &rule.cite, instrument, status: &rule.status }
    });
    cited.collect()
}

fn fact_name(law: &Law, fact: FactId) -> Option<&str> {
    law.vocabulary.facts.get(fact).map(|fact| fact.name.as_str())
}

fn day<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}
