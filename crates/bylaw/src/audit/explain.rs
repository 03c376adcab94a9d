//! `bylaw audit explain`: one finding of a report.

use std::{fmt::Write, path::Path, process::ExitCode};

use bylaw_audit::log::{
    Field,
    cell::State,
    output::{self as findings, Place},
    run::{Explained, Shown, file_and_sheet},
    source::sha256,
};
use bylaw_law::Law;
use miette::{IntoDiagnostic, Result, WrapErr};
use serde_json::json;

use super::log::{Options, Prepared, RUN};
use crate::{args::AuditExplain, files, output, packs, style};

/// Places of one finding that are named.
const NAMED: usize = 20;

pub(super) fn run(packs: Option<&Path>, options: &AuditExplain) -> Result<ExitCode> {
    let places = findings::find(&options.report, &options.finding)?;
    let run = files::read(&options.report.join(RUN))?;
    let run: Options = serde_json::from_str(&run)
        .into_diagnostic()
        .wrap_err_with(|| format!("{} is damaged", options.report.join(RUN).display()))?;
    let law = packs::load(packs)?;
    let again = again(&law, &run, &places)?;
    if options.json {
        output::print_json(&as_json(options, &places, again.as_ref().ok()))?;
    } else {
        output::print(text(&law, options, &places, &again))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The row, read and decided again from the first log that is still there and unchanged, or why that cannot
/// be: facts of another law beside a verdict of this one would say what is not so.
fn again(law: &Law, run: &Options, places: &[Place]) -> Result<Result<Explained, String>> {
    let unchanged = |place: &&Place| {
        let (file, _) = file_and_sheet(&place.file);
        sha256(Path::new(file), |_| ()).is_ok_and(|(hash, _)| hash == place.sha256)
    };
    let Some(place) = places.iter().find(unchanged) else {
        let why = "the log is not where it was, or was changed: its row cannot be shown";
        return Ok(Err(why.to_owned()));
    };
    let prepared = Prepared::new(law, run)?;
    let changed = |(name, hash): &(&String, &String)| prepared.inputs().get(*name) != Some(*hash);
    if let Some((name, _)) = run.inputs.iter().find(changed) {
        return Ok(Err(format!(
            "the report was made with another `{name}` than is here now: what was stated then cannot be shown"
        )));
    }
    let explained = prepared.asked(None, false).explain(&place.file, place.line)?;
    Ok(explained.ok_or_else(|| "no row begins at that line: it cannot be shown".to_owned()))
}

fn as_json(
    options: &AuditExplain,
    places: &[Place],
    again: Option<&Explained>,
) -> serde_json::Value {
    let first = places.first();
    let columns = first.map(|place| {
        place
            .columns
            .iter()
            .filter(|(name, _)| options.with_identifiers || !is_personal(name))
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
    });
    let facts = again.map(|again| {
        let fact = |(fact, value, from): &(String, String, String)| json!({ "fact": fact, "value": value, "from": from });
        again.facts.iter().map(fact).collect::<Vec<_>>()
    });
    let places: Vec<_> = places
        .iter()
        .map(|place| json!({ "file": place.file, "sha256": place.sha256, "row": place.line }))
        .collect();
    json!({ "finding": first.map(|place| place.finding.to_string()), "says": columns, "places": places, "facts": facts })
}

/// Whether a column of the findings may tell who a person is.
fn is_personal(name: &str) -> bool {
    Field::named(name).is_some_and(|field| Field::PERSONAL.contains(&field))
}

fn text(
    law: &Law,
    options: &AuditExplain,
    places: &[Place],
    again: &Result<Explained, String>,
) -> String {
    let mut text = String::new();
    let Some(first) = places.first() else { return text };
    let says = |name: &str| {
        first
            .columns
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    _ = writeln!(text, "Finding {}\n", first.finding);
    let verdict = match says("verdict") {
        "barred" => "barred, if what the row records is right",
        "permitted" if says("answer") == "unregulated" => {
            "permitted: the law says nothing against it"
        }
        "permitted" => "permitted",
        _ => "cannot tell",
    };
    _ = writeln!(text, "{verdict} ({})", says("answer"));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let mark = format!("  {name:<11}");
            text.push_str(&style::item(&mark, value));
            text.push('\n');
        }
    };
    line("act", says("act"));
    line("why not", says("not_decided"));
    line("needs", says("needs"));
    line("settled by", says("would_settle"));
    line("note", says("note"));
    line("purpose", &purpose(&says));
    if says("review") == "true" {
        line("review", "it names an immigration agency, paper or violation: a person should look");
    }
    rules(law, says("rules"), &mut text);
    text.push_str("\nWhere it stands\n");
    for place in places.iter().take(NAMED) {
        _ = writeln!(text, "  {}, row {}\n    sha256 {}", place.file, place.line, place.sha256);
    }
    if places.len() > NAMED {
        _ = writeln!(text, "  and {} more places", places.len() - NAMED);
    }
    match again {
        Ok(again) => {
            facts(again, &mut text);
            cells(again, options.with_identifiers, &mut text);
        }
        Err(why) => _ = writeln!(text, "\n{why}"),
    }
    text
}

fn purpose<'a>(says: &impl Fn(&str) -> &'a str) -> String {
    let (strength, purposes, entry) =
        (says("purpose_strength"), says("purposes"), says("lexicon_entry"));
    let mut text = strength.to_owned();
    if !purposes.is_empty() {
        text += &format!(": {purposes}");
    }
    if !entry.is_empty() {
        text += &format!(" (lexicon entry {entry})");
    }
    text
}

fn rules(law: &Law, ids: &str, text: &mut String) {
    for id in ids.split("; ").filter(|id| !id.is_empty()) {
        let Some(rule) = law.rule_id(id) else {
            _ = writeln!(text, "  {id} (not in the law that is loaded now)");
            continue;
        };
        let (instrument, rule) = (law.instrument_of(rule), law.rule(rule));
        let cited = format!("{}, {}; {}", rule.cite, instrument.title, rule.status);
        text.push_str(&style::item(&format!("  {id:<11} "), &cited));
        text.push('\n');
    }
}

fn facts(again: &Explained, text: &mut String) {
    text.push_str("\nWhat was stated of it\n");
    for (fact, value, from) in &again.facts {
        text.push_str(&style::item("  ", &format!("{fact} = {value} ({from})")));
        text.push('\n');
    }
}

fn cells(again: &Explained, with_identifiers: bool, text: &mut String) {
    text.push_str("\nThe row\n");
    for Shown { name, state, text: cell, personal } in &again.cells {
        let shown = match state {
            State::Present if *personal && !with_identifiers => "(shown with --with-identifiers)",
            State::Present => cell.as_str(),
            State::Empty => "(empty)",
            State::Withheld => "(withheld)",
            State::NotExported => "(no such column)",
        };
        text.push_str(&style::item(&format!("  {name:<15} "), shown));
        text.push('\n');
    }
}
