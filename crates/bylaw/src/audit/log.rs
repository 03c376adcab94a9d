//! `bylaw audit log`: logs under the law, row by row.

mod asked;
mod json;

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
};

use bylaw_audit::log::{
    Verdict,
    report::{Lang, Report},
    run::{self, Audited, Output, Progress},
};
use bylaw_law::Law;
use bylaw_records::body;
use indicatif::{ProgressBar, ProgressStyle};
use miette::{IntoDiagnostic, Result, WrapErr, miette};

pub(super) use self::asked::{Options, Prepared};
use super::anchor;
use crate::{args::AuditLog, decide::today, output as out, packs, style};

/// The report's page.
const PAGE: &str = "report.html";
/// How it was asked, so that `audit explain` can ask again.
pub(super) const RUN: &str = "run.json";

pub(crate) fn run(packs: Option<&Path>, options: &AuditLog) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let asked = Options::from(options)?;
    let prepared = Prepared::new(&law, &asked)?;
    let audited = audit(&law, &prepared, options)?;
    if !options.json {
        let report = report(&law, &asked, &prepared, &audited, options)?;
        let colors = std::io::stdout().is_terminal();
        out::print(report.text(colors, style::width()))?;
        if let Some(folder) = &options.output {
            keep(&asked, &prepared, &report, folder, options)?;
        }
    }
    for file in &audited.files {
        for problem in &file.problems {
            out::note(format_args!("not read: {problem}"));
        }
        let more = file.rows_not_read.saturating_sub(file.problems.len() as u64);
        if more > 0 {
            out::note(format_args!("not read: {}: {more} more rows", file.name));
        }
    }
    let all_read =
        audited.files.iter().all(|file| file.problems.is_empty() && file.rows_not_read == 0);
    Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn audit(law: &Law, prepared: &Prepared<'_>, options: &AuditLog) -> Result<Audited> {
    let asked = prepared.asked(options.threads, !options.counts);
    let bar = progress(options)?;
    let (file, before) = (AtomicU64::new(0), AtomicU64::new(0));
    let watch = |progress: Progress| {
        // The sizes of the files before this one count as read.
        if file.swap(progress.file as u64, Ordering::Relaxed) != progress.file as u64 {
            before.store(bar.position(), Ordering::Relaxed);
        }
        bar.set_position(before.load(Ordering::Relaxed) + progress.bytes);
    };
    let audited = if options.json {
        let mut to = std::io::BufWriter::new(std::io::stdout().lock());
        let files: Vec<String> =
            options.files.iter().map(|file| file.display().to_string()).collect();
        let mut each = |finding: &_, number: usize, sheet: Option<&str>| {
            let file = files.get(number).map_or("", String::as_str);
            json::write(law, prepared.lexicon(), (file, sheet), finding, &mut to)
        };
        let audited = asked.audit(&options.files, Output::Each(&mut each), &watch).map_err(gone)?;
        to.flush().map_err(out::OutputError)?;
        audited
    } else {
        let output = match &options.output {
            Some(path) => Output::Folder { path, with_identifiers: options.with_identifiers },
            None => Output::Nowhere,
        };
        asked.audit(&options.files, output, &watch)?
    };
    bar.finish_and_clear();
    let identities = prepared.identities(audited.totals.as_ref());
    Ok(Audited { identities, ..audited })
}

/// A reader of the output that goes away is no failure.
fn gone(error: run::RunError) -> miette::Report {
    match error {
        run::RunError::Each(error) => out::OutputError(error).into(),
        error => error.into(),
    }
}

fn progress(options: &AuditLog) -> Result<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let size =
        options.files.iter().filter_map(|file| Some(std::fs::metadata(file).ok()?.len())).sum();
    let look = "{bar:40} {percent}%  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(look).into_diagnostic()?;
    Ok(ProgressBar::new(size).with_style(style))
}

fn report<'a>(
    law: &'a Law,
    asked: &'a Options,
    prepared: &'a Prepared<'_>,
    audited: &'a Audited,
    options: &AuditLog,
) -> Result<Report<'a>> {
    let jurisdiction = law.find_jurisdiction(&asked.jurisdiction)?;
    Ok(Report {
        law,
        jurisdiction,
        place: prepared.place(),
        made_on: today(),
        command: prepared.command(),
        options: prepared.options(),
        zone: prepared.zone_name(),
        lexicon: prepared.lexicon().version(),
        mapping: asked.mapping.as_deref(),
        on: prepared.on(),
        groups: prepared.groups(),
        identifiers: options.with_identifiers,
        audited,
    })
}

/// Writes the page, throws the key of the findings' numbers away, and lists all files with their hashes.
fn keep(
    asked: &Options,
    prepared: &Prepared<'_>,
    report: &Report<'_>,
    folder: &Path,
    options: &AuditLog,
) -> Result<()> {
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write {}", path.display()))
    };
    let lang =
        Lang::of(&options.lang).ok_or_else(|| miette!("there is no page in that language"))?;
    write(PAGE, report.page(lang))?;
    let run = asked.with_inputs(prepared.inputs());
    let run = serde_json::to_string_pretty(&run).into_diagnostic()?;
    write(RUN, run + "\n")?;
    run::close(folder)?;
    let hash = anchor::list(folder)?;
    out::print(format_args!("\nThe report: {}\n", folder.join(PAGE).display()))?;
    if options.ledger {
        let tally = &report.audited.tally;
        let body = body::Audit {
            at: jiff::Timestamp::now(),
            jurisdiction: asked.jurisdiction.clone(),
            law: report.jurisdiction.hash.to_string(),
            report: hash,
            logs: report.audited.files.iter().map(|file| file.sha256.clone()).collect(),
            rows: tally.rows,
            barred: tally.with(Verdict::Barred),
            cannot_tell: tally.with(Verdict::CannotTell),
        };
        let number = anchor::anchor(&options.place, folder, body)?;
        out::print(format_args!(
            "Record {number} in the ledger; the receipt: {}\n",
            folder.join(anchor::RECEIPT).display()
        ))?;
    }
    Ok(())
}
