//! `bylaw ledger verify`: a whole log, from anywhere, against what is trusted and remembered.

use std::process::ExitCode;

use bylaw_ledger::{
    SignedCheckpoint, Storage, VerifierKey,
    verify::{Report, Trust, verify},
};
use miette::{Result, WrapErr, miette};

use super::{Trusted, bar, by, opened, trusted};
use crate::{args::LedgerVerify, files, output, serve::ground};

pub(super) fn run(options: &LedgerVerify) -> Result<ExitCode> {
    let storage = opened(&options.log)?;
    let Trusted { keys, witnesses } = trusted(&options.trust)?;
    let from_the_log = keys.is_empty();
    let keys = if from_the_log { shown_keys(&*storage, &options.log)? } else { keys };
    let remembered = match &options.remember {
        Some(path) => files::read_if_there(path)?
            .map(|note| SignedCheckpoint::parse(note.as_bytes()))
            .transpose()
            .wrap_err_with(|| format!("in {}", path.display()))?,
        None => None,
    };
    let bar = bar("{bar:40} {pos}/{len} entries");
    let trust = Trust { keys: &keys, witnesses: Some(&witnesses), remembered: remembered.as_ref() };
    let report = verify(&*storage, &trust, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let report = report?;
    if !report.is_sound() {
        output::print(wrong(&report))?;
        return Ok(ExitCode::from(1));
    }
    // Only a head that was found sound is remembered; it is the measure of the next run.
    if let Some(path) = &options.remember {
        files::replace(path, &report.head.note())?;
    }
    output::print(sound(&report, remembered.as_ref(), from_the_log))?;
    Ok(ExitCode::SUCCESS)
}

/// The keys that the log itself shows: they say that all is of one hand, not whose.
fn shown_keys(storage: &dyn Storage, location: &str) -> Result<Vec<VerifierKey>> {
    let text = storage.read(ground::KEYS)?.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| {
        miette!(help = "give --key with a key of the log", "no log with its keys is at {location}")
    })?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    ground::verifier_keys(&lines)
}

fn sound(report: &Report, remembered: Option<&SignedCheckpoint>, from_the_log: bool) -> String {
    let head = &report.head.checkpoint;
    let mut line =
        format!("sound: {} has {} entries in {} files", head.origin, head.size, report.files);
    if let Some(remembered) = remembered {
        line += &format!(", continues the {} remembered", remembered.checkpoint.size);
    }
    if let Some((size, names)) = report.witnessed.as_ref().filter(|(_, names)| !names.is_empty()) {
        line += &format!("{} up to {size}", by(names.iter()));
    }
    if from_the_log {
        line += "; its key was taken from the log itself";
    }
    line + "\n"
}

fn wrong(report: &Report) -> String {
    let head = &report.head.checkpoint;
    let mut text = format!("NOT SOUND: {} of {} entries\n", head.origin, head.size);
    for problem in &report.problems {
        text += &format!("  {problem}\n");
    }
    if report.more_problems > 0 {
        text += &format!("  and {} more\n", report.more_problems);
    }
    for contradiction in &report.contradictions {
        text += &format!("{contradiction}\n");
    }
    text
}
