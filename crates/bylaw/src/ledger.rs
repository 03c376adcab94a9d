//! `bylaw ledger`: the public log and its receipts.
//!
//! `verify` and `check` are for anyone: they need no data folder and trust nothing but the keys
//! they are given.

mod verify;
mod witness;

use std::{process::ExitCode, time::Duration};

use bylaw_ledger::{
    Reader, Receipt, Storage, VerifierKey, Witnesses, export, open_storage, storage::CHECKPOINT,
};
use bylaw_records::Opening;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use miette::{Result, miette};

use crate::{
    args::{LedgerCheck, LedgerCommand, LedgerExport, LedgerInit, LedgerProof, Trust},
    files, output, runtime,
    serve::{config::Config, ground},
};

pub(crate) fn run(command: &LedgerCommand) -> Result<ExitCode> {
    runtime::choose_cryptography();
    match command {
        LedgerCommand::Init(options) => init(options),
        LedgerCommand::Verify(options) => verify::run(options),
        LedgerCommand::Proof(options) => proof(options),
        LedgerCommand::Check(options) => check(options),
        LedgerCommand::Witness(options) => witness::run(options),
        LedgerCommand::Export(options) => copy(options),
    }
}

fn init(options: &LedgerInit) -> Result<ExitCode> {
    let mut config = Config::load(&options.place)?;
    config.origin = options.origin.clone().or(config.origin);
    // The key of the records first, as `serve` does: beside a log it would count as lost.
    runtime::block_on(async {
        ground::store(&config).await?.close().await;
        Ok(())
    })?;
    let log = ground::log(&config, ground::now_seconds())?;
    output::print(ground::shown(&log.keys().verifier_keys()))?;
    Ok(ExitCode::SUCCESS)
}

fn proof(options: &LedgerProof) -> Result<ExitCode> {
    let location = match &options.log {
        Some(location) => location.clone(),
        None => Config::load(&options.place)?.ledger_location()?,
    };
    let storage = opened(&location)?;
    output::print(Reader::new(&*storage).receipt(options.number)?)?;
    Ok(ExitCode::SUCCESS)
}

fn check(options: &LedgerCheck) -> Result<ExitCode> {
    let receipt = Receipt::parse(files::read(&options.receipt)?.as_bytes())?;
    let trusted = trusted(&options.trust)?;
    // Whoever gives no key learns only whether the text agrees with itself: anyone can write such a
    // text.
    if trusted.keys.is_empty() {
        return Err(miette!(
            help = "give --key with a key of the log: the deployment publishes them under /ledger/keys",
            "no key says whose receipt this is"
        ));
    }
    let checked = receipt.check(&trusted.keys, &trusted.witnesses)?;
    let (index, signed) = (receipt.index, signed_at(checked.signed_at));
    let witnesses = by(checked.witnesses.iter());
    let mut text = format!(
        "record {index} is in the log {}, of {} entries{signed}{witnesses}\n",
        checked.origin, checked.size
    );
    if let Some(path) = &options.opening {
        let opening = Opening::parse(&files::read(path)?)?;
        if opening.number != index || receipt.entry != opening.leaf() {
            return Err(miette!(
                help = "the one or the other was changed, or they are of different records",
                "{} is not what record {index} was made of",
                path.display()
            ));
        }
        text += &format!("what was recorded ({}):\n{}\n", opening.kind.name(), opening.body);
    }
    output::print(text)?;
    Ok(ExitCode::SUCCESS)
}

fn copy(options: &LedgerExport) -> Result<ExitCode> {
    let location = match &options.log {
        Some(location) => location.clone(),
        None => Config::load(&options.place)?.ledger_location()?,
    };
    let from = opened(&location)?;
    let to = ground::writable(&options.to)?;
    // The keys come first, so that no copy is without them.
    if let Some(keys) = from.read(ground::KEYS)? {
        to.replace(ground::KEYS, &keys, to.read(ground::KEYS)?.as_deref())?;
    }
    let bar = bar("{spinner} {pos} files copied");
    let head = export(&*from, &*to, |files| bar.set_position(files))?.checkpoint;
    bar.finish_and_clear();
    output::print(format_args!("copied {} entries of {}\n", head.size, head.origin))?;
    Ok(ExitCode::SUCCESS)
}

/// A log that is there.
fn opened(location: &str) -> Result<Box<dyn Storage>> {
    let storage = open_storage(location)?;
    if storage.read(CHECKPOINT)?.is_none() {
        return Err(miette!(
            help = "check the place; of a deployment it is the folder `ledger` in that of --data",
            "there is no log in {location}"
        ));
    }
    Ok(storage)
}

/// Whose signatures count, as the options say.
struct Trusted {
    keys: Vec<VerifierKey>,
    witnesses: Witnesses,
}

fn trusted(trust: &Trust) -> Result<Trusted> {
    let witnesses = ground::verifier_keys(&trust.witnesses)?;
    let mut names: Vec<&str> = witnesses.iter().map(VerifierKey::name).collect();
    names.sort_unstable();
    names.dedup();
    let required = trust.quorum.unwrap_or(names.len());
    if required > names.len() {
        return Err(miette!(
            help = "give --witness once for each key",
            "{required} witnesses are required, and {} are known",
            names.len()
        ));
    }
    let keys = ground::verifier_keys(&trust.keys)?;
    Ok(Trusted { keys, witnesses: Witnesses { required, keys: witnesses } })
}

/// The day and time of a signature, as an addition to a sentence.
fn signed_at(seconds: Option<u64>) -> String {
    let time = seconds.and_then(|seconds| i64::try_from(seconds).ok());
    let time = time.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(String::new, |time| format!(", signed {time}"))
}

/// The witnesses, as an addition to a sentence.
fn by<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!(", witnessed by {}", names.join(", ")) }
}

/// A bar on a terminal, nothing elsewhere.
fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
