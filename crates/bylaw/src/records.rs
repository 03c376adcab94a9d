//! `bylaw records`: the private records behind the ledger.
//!
//! Everything but a purge works while the service runs. What is printed here is private.

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use bylaw_records::{Content, Finding, Hold, PurgedUnder, Report, Store, Summary};
use indicatif::ProgressBar;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::{Value, json};

use crate::{
    args::{
        Place, RecordsBackup, RecordsCommand, RecordsHold, RecordsHolds, RecordsList, RecordsPurge,
        RecordsShow, RecordsVerify,
    },
    files, output, runtime,
    serve::{config::Config, ground},
};

pub(crate) fn run(command: &RecordsCommand) -> Result<ExitCode> {
    runtime::block_on(async {
        match command {
            RecordsCommand::List(options) => list(options).await,
            RecordsCommand::Show(options) => show(options).await,
            RecordsCommand::Verify(options) => verify(options).await,
            RecordsCommand::Hold(options) => hold(options, true).await,
            RecordsCommand::Lift(options) => hold(options, false).await,
            RecordsCommand::Holds(options) => holds(options).await,
            RecordsCommand::Purge(options) => purge(options).await,
            RecordsCommand::Backup(options) => back_up(options).await,
        }
    })
}

async fn opened(place: &Place) -> Result<(Config, Store)> {
    let config = Config::load(place)?;
    let store = ground::existing_store(&config).await?;
    Ok((config, store))
}

async fn list(options: &RecordsList) -> Result<ExitCode> {
    let (_, store) = opened(&options.place).await?;
    let from = match options.from {
        Some(number) => number,
        None => store.count().await?.saturating_sub(u64::from(options.limit)),
    };
    let records = store.list(from, options.limit).await?;
    if options.json {
        let records: Vec<Value> = records.iter().map(summary).collect();
        output::print_json(&records)?;
    } else {
        output::print(records.iter().map(line).collect::<String>())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn line(record: &Summary) -> String {
    let state = match (&record.purged, &record.retention) {
        (Some((day, rule)), _) => format!("  purged on {day} under {rule}"),
        (None, Some(rule)) => format!("  kept under {rule}"),
        (None, None) => String::new(),
    };
    format!("{:>8}  {}  {}{state}\n", record.number, record.day, record.kind.name())
}

fn summary(record: &Summary) -> Value {
    json!({
        "number": record.number,
        "day": record.day.to_string(),
        "kind": record.kind.name(),
        "retention": record.retention,
        "purged_on": record.purged.as_ref().map(|(day, _)| day.to_string()),
        "purged_under": record.purged.as_ref().map(|(_, rule)| rule),
    })
}

async fn show(options: &RecordsShow) -> Result<ExitCode> {
    let (_, store) = opened(&options.place).await?;
    let number = options.number;
    let record = store.open_record(number).await?.ok_or_else(|| {
        miette!(help = "`bylaw records list` lists the newest", "there is no record {number}")
    })?;
    if let Some(path) = &options.opening {
        let opening =
            record.opening().ok_or_else(|| miette!("nothing of record {number} is left"))?;
        files::write_secret(path, &opening.to_json())?;
    }
    let mut shown = summary(&record.summary);
    if let (Content::Open { body, .. }, Some(fields)) = (&record.content, shown.as_object_mut()) {
        let body: Value = serde_json::from_slice(body)
            .into_diagnostic()
            .wrap_err_with(|| format!("the text of record {number}"))?;
        fields.insert("body".to_owned(), body);
    }
    output::print_json(&shown)?;
    Ok(ExitCode::SUCCESS)
}

async fn verify(options: &RecordsVerify) -> Result<ExitCode> {
    let (config, store) = opened(&options.place).await?;
    let ledger = Arc::from(ground::writable(&config.ledger_location()?)?);
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let range = options.from..u64::MAX;
    let report =
        bylaw_records::verify(&store, ledger, range, |number, _| bar.set_position(number)).await?;
    bar.finish_and_clear();
    if options.json {
        output::print_json(&report_json(&report))?;
    } else {
        output::print(report_text(&report))?;
    }
    Ok(ExitCode::from(u8::from(!report.wrong.is_empty())))
}

fn report_text(report: &Report) -> String {
    let outcome = if report.wrong.is_empty() { "sound" } else { "NOT SOUND" };
    let mut text = format!(
        "{outcome}: {} records; {} decide the same again, {} are whole and decide nothing",
        report.checked, report.same, report.whole
    );
    for (PurgedUnder { rule, cite, on }, count) in &report.purged {
        text += &format!(", {count} purged under {rule} ({cite}) on {on}");
    }
    for (count, what) in [
        (report.lost, "lost, as a record says"),
        (report.not_yet_in_ledger, "not in the ledger yet"),
    ] {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text.push('\n');
    for (number, finding) in &report.wrong {
        text += &format!("  {number}: {}\n", finding_text(finding));
    }
    text
}

fn finding_text(finding: &Finding) -> String {
    match finding {
        Finding::Differs { fields } => {
            format!("decided again, it differs in {}", fields.join(", "))
        }
        Finding::NotReplayable { why } => format!("it cannot be decided again: {why}"),
        Finding::Altered { why } => format!("altered: {why}"),
        Finding::Missing => "missing: the ledger has it, the database does not".to_owned(),
        other => format!("{other:?}"),
    }
}

fn report_json(report: &Report) -> Value {
    let purged = report.purged.iter().map(
        |(PurgedUnder { rule, cite, on }, count)| json!({ "under": rule, "cite": cite, "on": on.to_string(), "count": count }),
    );
    let wrong = report
        .wrong
        .iter()
        .map(|(number, finding)| json!({ "number": number, "what": finding_text(finding) }));
    json!({
        "checked": report.checked,
        "same": report.same,
        "whole": report.whole,
        "purged": purged.collect::<Vec<_>>(),
        "lost": report.lost,
        "not_yet_in_ledger": report.not_yet_in_ledger,
        "wrong": wrong.collect::<Vec<_>>(),
    })
}

async fn hold(options: &RecordsHold, place: bool) -> Result<ExitCode> {
    let (config, store) = opened(&options.place).await?;
    let today = ground::today(&config)?;
    if place {
        store.place_hold(&options.name, today).await?;
        output::print("placed: nothing is purged until it is lifted\n")?;
    } else {
        store.lift_hold(&options.name, today).await?;
        output::print("lifted\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn holds(options: &RecordsHolds) -> Result<ExitCode> {
    let (_, store) = opened(&options.place).await?;
    let holds = store.holds().await?;
    if options.json {
        let holds: Vec<Value> = holds.iter().map(as_json).collect();
        output::print_json(&holds)?;
    } else {
        output::print(holds.iter().map(hold_line).collect::<String>())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn hold_line(hold: &Hold) -> String {
    let lifted = hold.lifted_on.map_or_else(|| "open".to_owned(), |day| format!("lifted on {day}"));
    format!("{:>4}  {}  placed on {}, {lifted}\n", hold.id, hold.name, hold.placed_on)
}

fn as_json(hold: &Hold) -> Value {
    json!({
        "number": hold.id,
        "name": hold.name,
        "placed_on": hold.placed_on.to_string(),
        "lifted_on": hold.lifted_on.map(|day| day.to_string()),
        "placed_in": hold.placed_in,
        "lifted_in": hold.lifted_in,
    })
}

async fn back_up(options: &RecordsBackup) -> Result<ExitCode> {
    let (config, store) = opened(&options.place).await?;
    if !config.database_url()?.starts_with("sqlite:") {
        return Err(miette!(
            help = "use pg_dump, after `bylaw ledger export`",
            "the database is PostgreSQL, which this does not copy"
        ));
    }
    if options.to.exists() {
        return Err(miette!(
            help = "name a new file: a backup is never overwritten",
            "{} is there already",
            options.to.display()
        ));
    }
    store.back_up(&options.to).await?;
    output::print(format_args!("copied the database to {}\n", options.to.display()))?;
    Ok(ExitCode::SUCCESS)
}

async fn purge(options: &RecordsPurge) -> Result<ExitCode> {
    let (config, store) = opened(&options.place).await?;
    let rules = ground::retention(&config)?.rules;
    let today = ground::today(&config)?;
    let due = store.due(&rules, today).await?;
    let open = store.holds().await?.iter().filter(|hold| hold.lifted_on.is_none()).count();
    let mut text = String::new();
    for due in &due {
        text += &format!("{} records under {}, through {}\n", due.records, due.rule, due.through);
    }
    if due.is_empty() {
        text += "nothing is due\n";
    }
    if open > 0 {
        text += &format!("nothing is purged: {open} holds stand open\n");
    }
    output::print(text)?;
    ground::note_unknown_rules(&store, &rules).await?;
    if options.dry_run || due.is_empty() || open > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let recorder = ground::recorder(&config, store, false).await?;
    let purged = recorder.purge(&rules, today).await?;
    recorder.close().await;
    output::print(format_args!("purged {} records\n", purged.records))?;
    Ok(ExitCode::SUCCESS)
}
