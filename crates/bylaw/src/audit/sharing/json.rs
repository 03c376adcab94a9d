//! One organization a line, as JSON.

use std::collections::BTreeMap;

use bylaw_audit::{
    Evidence,
    sharing::{Entry, Finding},
};
use bylaw_law::{Law, Word};
use jiff::civil::Date;
use miette::Result;
use serde::Serialize;

use super::Audited;
use crate::{
    audit::json::{Because, SettledBy, because, day, fact_names, settled_by},
    output::OutputError,
};

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
        because: because(law, &answer.because),
        needs: fact_names(law, &answer.needs),
        settled_by: settled_by(law, answer.settled.as_ref()),
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
