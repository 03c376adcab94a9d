//! `bylaw law show`: the law as a person reads it.

use std::{fmt::Write as _, path::Path, process::ExitCode};

use bylaw_law::{
    Jurisdiction, Law, RuleId,
    pack::{Instrument, Provision, Rule, Span},
    vocabulary::{Domain, Fact},
};
use miette::{Result, miette};
use serde_json::{Value, json};

use crate::{
    args::Show,
    decide, output, packs,
    show::modality,
    style::{BOLD, DIM, TITLE, item, wrap},
};

pub(crate) fn run(packs: Option<&Path>, options: &Show) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let on = options.on.unwrap_or_else(decide::today);
    let (text, value) = match options.what.as_deref() {
        None => overview(&law),
        Some("facts") => facts(&law),
        Some(name) => {
            if let Some(jurisdiction) = law.jurisdiction(name) {
                show_jurisdiction(&law, jurisdiction, on)
            } else if let Some(instrument) =
                law.instruments.iter().find(|instrument| instrument.name == name)
            {
                show_instrument(&law, instrument)
            } else if let Some(rule) = law.rule_id(name) {
                show_rule(&law, rule)
            } else {
                return Err(not_found(&law, name));
            }
        }
    };
    if options.json {
        output::print_json(&value)?;
    } else {
        output::print(text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn not_found(law: &Law, name: &str) -> miette::Report {
    let rules = (0..law.rule_count()).map(|rule| law.rule(rule).id.as_str());
    let instruments = law.instruments.iter().map(|instrument| instrument.name.as_str());
    let paths = law.jurisdictions().map(|jurisdiction| jurisdiction.path.as_str());
    let help = bylaw_law::nearest(
        name,
        rules.chain(instruments).chain(paths).chain(["facts"]).collect::<Vec<_>>().into_iter(),
    );
    miette!(help = help, "no rule, instrument or jurisdiction is called `{name}`")
}

fn overview(law: &Law) -> (String, Value) {
    let mut text = String::new();
    let mut values = Vec::new();
    for jurisdiction in law.jurisdictions() {
        let own = own(law, jurisdiction);
        let rules: usize = own.iter().map(|instrument| instrument.rules().count()).sum();
        _ = writeln!(
            text,
            "{BOLD}{}{BOLD:#}  {} instruments, {rules} rules of its own",
            jurisdiction.path,
            own.len()
        );
        for instrument in &own {
            _ = writeln!(
                text,
                "{}",
                item(
                    "  ",
                    &format!(
                        "{}  {} ({})",
                        instrument.name,
                        instrument.title,
                        span(instrument.span)
                    )
                )
            );
        }
        values.push(json!({ "jurisdiction": jurisdiction.path, "law": &*jurisdiction.hash, "instruments": own.iter().map(|own| &own.name).collect::<Vec<_>>() }));
    }
    (text, json!(values))
}

fn own<'a>(law: &'a Law, jurisdiction: &Jurisdiction) -> Vec<&'a Instrument> {
    law.instruments.iter().filter(|instrument| instrument.folder == jurisdiction.path).collect()
}

fn show_jurisdiction(
    law: &Law,
    jurisdiction: &Jurisdiction,
    on: jiff::civil::Date,
) -> (String, Value) {
    let mut text = format!(
        "{TITLE}{}{TITLE:#}  as of {on}\n{DIM}{}{DIM:#}\n",
        jurisdiction.path, jurisdiction.hash
    );
    let mut values = Vec::new();
    let mut last_layer = None;
    for &(layer, index) in &jurisdiction.instruments {
        let Some(instrument) =
            law.instruments.get(index).filter(|instrument| instrument.span.contains(on))
        else {
            continue;
        };
        if last_layer.replace(layer) != Some(layer) {
            _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", instrument.folder);
        }
        let rules = instrument.rules().filter(|rule| rule.span.contains(on)).count();
        let line = format!(
            "{}, {} ({}, {}): {rules} rules",
            instrument.title,
            instrument.cite,
            instrument.kind.name(),
            span(instrument.span)
        );
        _ = writeln!(text, "{}", item("  ", &line));
        values.push(json!({
            "layer": layer, "instrument": instrument.name, "title": instrument.title, "cite": instrument.cite, "kind": instrument.kind,
            "from": instrument.span.from.to_string(), "until": instrument.span.until.map(|until| until.to_string()), "rules": rules,
        }));
    }
    (
        text,
        json!({ "jurisdiction": jurisdiction.path, "on": on.to_string(), "law": &*jurisdiction.hash, "instruments": values }),
    )
}

fn show_instrument(law: &Law, instrument: &Instrument) -> (String, Value) {
    let mut text = format!("{TITLE}{}{TITLE:#}\n", instrument.title);
    _ = writeln!(
        text,
        "{}",
        wrap(
            &format!(
                "{}; {}; in force {}",
                instrument.cite,
                instrument.kind.name(),
                span(instrument.span)
            ),
            ""
        )
    );
    _ = writeln!(
        text,
        "{}",
        wrap(
            &format!(
                "Reviewed {}: {}. Source: {}",
                instrument.reviewed.on, instrument.reviewed.by, instrument.source
            ),
            ""
        )
    );
    if let Some(read) = &instrument.read {
        let line = format!("Read {}: {} (sha256:{})", read.on, read.what, read.sha256);
        _ = writeln!(text, "{}", wrap(&line, ""));
    }
    for (name, question) in &instrument.questions {
        _ = writeln!(text, "{}", wrap(&format!("Open question {name}: {question}"), ""));
    }
    for provision in &instrument.provisions {
        _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", provision.heading);
        prose(&mut text, provision);
        for rule in &provision.rules {
            _ = writeln!(
                text,
                "{}",
                item("  ", &format!("{}  {}  {}", rule.id, modality(rule.modality), rule.cite))
            );
        }
        for term in &provision.terms {
            _ = writeln!(text, "{}", item("  ", &format!("term {}  {}", term.name, term.cite)));
        }
    }
    let rules: Vec<Value> = instrument
        .rules()
        .filter_map(|rule| law.rule_id(&rule.id))
        .map(|rule| show_rule(law, rule).1)
        .collect();
    (
        text,
        json!({ "instrument": instrument.name, "title": instrument.title, "cite": instrument.cite, "rules": rules }),
    )
}

fn show_rule(law: &Law, id: RuleId) -> (String, Value) {
    let (rule, instrument) = (law.rule(id), law.instrument_of(id));
    let mut text = format!("{TITLE}{}{TITLE:#}  {}\n", rule.id, modality(rule.modality));
    _ = writeln!(text, "{}", wrap(&format!("{}, {}", instrument.title, rule.cite), ""));
    _ = writeln!(
        text,
        "{}",
        wrap(&format!("In force {}. Status: {}", span(rule.span), rule.status), "")
    );
    let acts: Vec<&str> = rule
        .actions
        .iter()
        .filter_map(|&act| law.vocabulary.actions.get(act))
        .map(|act| act.name.as_str())
        .collect();
    _ = writeln!(text, "{}", wrap(&format!("About: {}", acts.join(", ")), ""));
    if let Some(question) = &rule.contested {
        _ = writeln!(
            text,
            "{}",
            wrap(&format!("Stands or falls with the open question {question}"), "")
        );
    }
    let overridden_by: Vec<&str> =
        law.overridden_by(id).map(|by| law.rule(by).id.as_str()).collect();
    let overrides: Vec<&str> = (0..law.rule_count())
        .filter(|&other| law.overridden_by(other).any(|by| by == id))
        .map(|other| law.rule(other).id.as_str())
        .collect();
    for (title, ids) in [("Overrides", &overrides), ("Overridden by", &overridden_by)] {
        if !ids.is_empty() {
            _ = writeln!(text, "{}", wrap(&format!("{title}: {}", ids.join(", ")), ""));
        }
    }
    let provision = instrument
        .provisions
        .iter()
        .find(|provision| provision.rules.iter().any(|other| other.id == rule.id));
    if let Some(provision) = provision {
        _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", provision.heading);
        prose(&mut text, provision);
    }
    _ = writeln!(text, "\n{DIM}{}{DIM:#}", source(instrument, rule));
    let value = json!({
        "rule": rule.id, "instrument": instrument.name, "title": instrument.title, "cite": rule.cite, "status": rule.status,
        "modality": rule.modality, "actions": acts, "from": rule.span.from.to_string(),
        "until": rule.span.until.map(|until| until.to_string()), "contested": rule.contested,
        "overrides": overrides, "overridden_by": overridden_by,
        "heading": provision.map(|provision| &provision.heading), "paraphrase": provision.map(|provision| &provision.prose),
        "cedar": source(instrument, rule),
    });
    (text, value)
}

fn source<'a>(instrument: &'a Instrument, rule: &Rule) -> &'a str {
    instrument.source_file.text.get(rule.place.clone()).unwrap_or_default()
}

fn prose(text: &mut String, provision: &Provision) {
    for paragraph in provision.prose.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        let verbatim = paragraph.starts_with(['|', '-', '*', '1']);
        let shown =
            if verbatim { paragraph.to_owned() } else { wrap(&paragraph.replace('\n', " "), "") };
        _ = writeln!(text, "{shown}");
    }
}

fn facts(law: &Law) -> (String, Value) {
    let mut text = String::new();
    let mut values = Vec::new();
    for (index, group) in law.vocabulary.groups.iter().enumerate() {
        _ = writeln!(text, "{TITLE}{group}{TITLE:#}");
        for fact in law.vocabulary.facts.iter().filter(|fact| fact.group == index) {
            let absent = fact
                .absent
                .as_ref()
                .map_or_else(String::new, |absent| format!("; absent means {absent}"));
            _ = writeln!(
                text,
                "{}",
                item("  ", &format!("{}: {} ({}{absent})", fact.name, fact.ask, fact.who.name()))
            );
            _ = writeln!(text, "{DIM}{}{DIM:#}", wrap(&domain(fact), "    "));
            values.push(json!({ "fact": fact.name, "group": group, "ask": fact.ask, "help": fact.help, "who": fact.who, "absent": fact.absent, "values": domain_json(fact) }));
        }
    }
    _ = writeln!(text, "{TITLE}Acts{TITLE:#}");
    for action in &law.vocabulary.actions {
        _ = writeln!(text, "{}", item("  ", &format!("{}: {}", action.name, action.say)));
    }
    let actions: Vec<Value> = law
        .vocabulary
        .actions
        .iter()
        .map(|action| json!({ "action": action.name, "say": action.say, "help": action.help }))
        .collect();
    (text, json!({ "facts": values, "actions": actions }))
}

fn domain(fact: &Fact) -> String {
    match &fact.domain {
        Domain::Bool => "true, false".to_owned(),
        Domain::Values(values) => {
            values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>().join(", ")
        }
        Domain::Range { low, high, .. } => format!("{low} to {high}"),
    }
}

fn domain_json(fact: &Fact) -> Value {
    match &fact.domain {
        Domain::Bool => json!([true, false]),
        Domain::Values(values) => values
            .iter()
            .map(|value| json!({ "value": value.name, "label": value.label }))
            .collect(),
        Domain::Range { low, high, .. } => json!({ "from": low, "to": high }),
    }
}

fn span(span: Span) -> String {
    match span.until {
        Some(until) => format!("from {} until {until}", span.from),
        None => format!("from {}", span.from),
    }
}
