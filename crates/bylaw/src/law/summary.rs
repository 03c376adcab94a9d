//! `bylaw law summary`: what each jurisdiction forbids, requires, permits and leaves open, by act,
//! as the page `docs/laws.md` or as JSON.

mod laws;
pub(super) mod names;
mod page;
mod place;

use std::{path::Path, process::ExitCode};

use bylaw_law::{
    Jurisdiction, Law, RuleId,
    pack::{Instrument, Modality},
    summary::{ActSummary, Passage, Summary},
};
use jiff::civil::Date;
use miette::{Result, miette};
use serde_json::{Value, json};

use crate::{args, output, packs};

pub(crate) fn run(packs: Option<&Path>, options: &args::Summary) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    // Not today: a page that is kept must not change by itself.
    let on = options.on.or_else(|| law.newest_review()).unwrap_or(Date::ZERO);
    let summaries: Vec<Summary<'_>> = chosen(&law, &options.jurisdictions)?
        .into_iter()
        .map(|jurisdiction| law.summary(jurisdiction, on))
        .collect();
    if options.json {
        output::print_json(&as_json(&law, &summaries))?;
    } else {
        output::print(page::markdown(&law, &summaries, on, &command(options)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The jurisdictions of these paths, all where none is named, always from the top down.
fn chosen<'a>(law: &'a Law, paths: &[String]) -> Result<Vec<&'a Jurisdiction>> {
    for path in paths {
        if law.jurisdiction(path).is_none() {
            let known: Vec<&str> = law.jurisdictions().map(|known| known.path.as_str()).collect();
            let help = bylaw_law::nearest(path, known.into_iter());
            return Err(miette!(help = help, "no jurisdiction is called `{path}`"));
        }
    }
    let wanted =
        |jurisdiction: &&Jurisdiction| paths.is_empty() || paths.contains(&jurisdiction.path);
    Ok(law.jurisdictions().filter(wanted).collect())
}

/// The command that prints the page again.
fn command(options: &args::Summary) -> String {
    let day = options.on.map(|on| format!("--on {on}"));
    let words = options.jurisdictions.iter().cloned().chain(day);
    std::iter::once("bylaw law summary".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// What a rule does to an act, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    Forbids,
    Requires,
    Permits,
    Counsel,
}

impl Says {
    const ALL: [Self; 4] = [Self::Forbids, Self::Requires, Self::Permits, Self::Counsel];

    const fn of(modality: Modality) -> Self {
        match modality {
            Modality::MustNot => Self::Forbids,
            Modality::Must => Self::Requires,
            Modality::May | Modality::MayProtected => Self::Permits,
            Modality::Refer => Self::Counsel,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Forbids => "forbids",
            Self::Requires => "requires",
            Self::Permits => "permits",
            Self::Counsel => "sends to counsel",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Forbids => "Forbids",
            Self::Requires => "Requires",
            Self::Permits => "Permits",
            Self::Counsel => "Sends to counsel",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Forbids => "F",
            Self::Requires => "R",
            Self::Permits => "P",
            Self::Counsel => "C",
        }
    }
}

/// What the own rules about an act say, each once, in the order of the page.
fn says(law: &Law, act: &ActSummary<'_>) -> Vec<Says> {
    let mut says: Vec<Says> = act.rules().map(|rule| Says::of(law.rule(rule).modality)).collect();
    says.sort_unstable();
    says.dedup();
    says
}

fn as_json(law: &Law, summaries: &[Summary<'_>]) -> Value {
    summaries.iter().map(|summary| jurisdiction_json(law, summary)).collect()
}

fn jurisdiction_json(law: &Law, summary: &Summary<'_>) -> Value {
    let paths = |list: &[&Jurisdiction]| -> Value {
        list.iter().map(|jurisdiction| jurisdiction.path.as_str()).collect()
    };
    let standings: serde_json::Map<String, Value> = summary
        .standings
        .iter()
        .rev()
        .map(|(standing, rules)| (standing.name().to_owned(), json!(rules)))
        .collect();
    let acts: Vec<Value> = summary
        .acts
        .iter()
        .filter_map(|act| Some((act, law.vocabulary.actions.get(act.action)?)))
        .map(|(act, action)| {
            json!({
                "action": action.name, "say": action.say, "left_open": act.is_left_open(), "above": paths(&act.above),
                "provisions": act.passages.iter().map(|passage| passage_json(law, passage)).collect::<Vec<_>>(),
                "duties": act.duties.iter().map(|&(when, rule)| json!({ "when": when, "rule": law.rule(rule).id })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let changes: Vec<Value> = summary
        .changes
        .iter()
        .map(|change| json!({ "day": change.day.to_string(), "rule": law.rule(change.rule).id, "begins": change.begins }))
        .collect();
    json!({
        "jurisdiction": summary.jurisdiction.path, "name": names::name(&summary.jurisdiction.path), "on": summary.on.to_string(),
        "law": &*summary.jurisdiction.hash, "above": paths(&summary.above), "status": standings,
        "laws": summary.laws.iter().map(|law| instrument_json(law)).collect::<Vec<_>>(),
        "not_in_force": summary.not_in_force.iter().map(|law| instrument_json(law)).collect::<Vec<_>>(),
        "acts": acts, "changes": changes,
    })
}

fn instrument_json(instrument: &Instrument) -> Value {
    json!({
        "instrument": instrument.name, "title": instrument.title, "cite": instrument.cite, "kind": instrument.kind,
        "from": instrument.span.from.to_string(), "until": instrument.span.until.map(|until| until.to_string()),
        "reviewed": { "by": instrument.reviewed.by, "on": instrument.reviewed.on.to_string() },
    })
}

fn passage_json(law: &Law, passage: &Passage<'_>) -> Value {
    let rule = |&id: &RuleId| {
        let rule = law.rule(id);
        json!({
            "rule": rule.id, "modality": rule.modality, "cite": rule.cite, "status": rule.status, "contested": rule.contested,
            "from": rule.span.from.to_string(), "until": rule.span.until.map(|until| until.to_string()),
        })
    };
    json!({
        "instrument": passage.instrument.name, "heading": passage.provision.heading, "paraphrase": passage.provision.prose,
        "rules": passage.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}
