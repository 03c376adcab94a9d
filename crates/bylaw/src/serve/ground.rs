//! What stands below the service: keys, database, log, law. The other commands open them too.

mod database;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use bylaw_law::{Law, SourceFile, nearest};
use bylaw_ledger::{
    CosignerKeys, Directory, Log, LogKeys, Reader, Storage, VerifierKey, open_storage,
    storage::CHECKPOINT, witness::Witness,
};
use bylaw_records::{Kind, Options, Recorder, Rule, Store};
use jiff::{Zoned, civil::Date, tz::TimeZone};
use miette::{IntoDiagnostic, Report, Result, WrapErr, miette};

use super::config::Config;
use crate::{files, output, packs};

pub(crate) use database::{deployment_key, existing_store, is_begun, store};

/// The file in a log's storage that shows its public keys.
pub(crate) const KEYS: &str = "keys";

/// How many entries the log has; none where there is no log.
pub(crate) async fn ledger_size(config: &Config) -> Result<Option<u64>> {
    let location = config.ledger_location()?;
    let read = tokio::task::spawn_blocking(move || -> Result<Option<u64>> {
        let storage = writable(&location)?;
        if storage.read(CHECKPOINT)?.is_none() {
            return Ok(None);
        }
        Ok(Some(Reader::new(&*storage).checkpoint()?.checkpoint.size))
    });
    read.await.into_diagnostic()?
}

/// The log, to be written; made where there is none yet.
///
/// Blocks: not for an asynchronous task.
pub(crate) fn log(config: &Config, now_seconds: u64) -> Result<Log> {
    let location = config.ledger_location()?;
    let storage = writable(&location)?;
    let exists = storage.read(CHECKPOINT)?.is_some();
    match (log_keys(config)?, exists) {
        (Some(keys), true) => Ok(Log::open(storage, keys)?),
        // A crash between the keys and the log leaves keys without a log: it is made now.
        (Some(keys), false) => create(storage, keys, now_seconds),
        (None, false) => {
            let keys = new_log_keys(config)?;
            files::make_private_folder(&config.folder()?)?;
            files::write_secret(&key_path(config)?, &keys.to_text())?;
            create(storage, keys, now_seconds)
        }
        (None, true) => Err(lost_keys(config)?),
    }
}

/// What is wrong where a log is there without its keys.
pub(crate) fn lost_keys(config: &Config) -> Result<Report> {
    Ok(miette!(
        help = "bring the file back from its backup: a log keeps its keys for ever",
        "the log in {} is there, but not its keys in {}",
        config.ledger_location()?,
        key_path(config)?.display()
    ))
}

fn create(storage: Box<dyn Storage>, keys: LogKeys, now_seconds: u64) -> Result<Log> {
    // Before the checkpoint, so that there is no log whose keys nobody can see.
    storage.replace(
        KEYS,
        shown(&keys.verifier_keys()).as_bytes(),
        storage.read(KEYS)?.as_deref(),
    )?;
    Ok(Log::create(storage, keys, now_seconds)?)
}

/// Public keys, one a line.
pub(crate) fn shown(keys: &[VerifierKey]) -> String {
    keys.iter().map(|key| format!("{key}\n")).collect()
}

/// A place that a log can be written to.
pub(crate) fn writable(location: &str) -> Result<Box<dyn Storage>> {
    if location.starts_with("http://") || location.starts_with("https://") {
        return Err(miette!(
            help = "name a folder, or s3://bucket/prefix",
            "a log can only be read at {location}"
        ));
    }
    Ok(open_storage(location)?)
}

/// The log's secret keys, if they were made. Their origin must be the one that is configured.
pub(crate) fn log_keys(config: &Config) -> Result<Option<LogKeys>> {
    let path = key_path(config)?;
    let Some(text) = files::read_if_there(&path)? else { return Ok(None) };
    let keys = LogKeys::read(&text).wrap_err_with(|| format!("in {}", path.display()))?;
    match &config.origin {
        Some(origin) if origin != keys.origin() => Err(miette!(
            help = "a log keeps its origin for ever: leave `origin` out, or begin another log elsewhere",
            "the keys in {} are of the log {}, and the configuration says {origin}",
            path.display(),
            keys.origin()
        )),
        _ => Ok(Some(keys)),
    }
}

fn key_path(config: &Config) -> Result<PathBuf> {
    Ok(config.folder()?.join("ledger.key"))
}

/// Keys for a log that is made now; the caller keeps them or not.
pub(crate) fn new_log_keys(config: &Config) -> Result<LogKeys> {
    let origin = origin(config)?;
    LogKeys::generate(&origin).wrap_err_with(|| format!("the ledger's origin `{origin}`"))
}

/// The name of a log that is made now.
fn origin(config: &Config) -> Result<String> {
    if let Some(origin) = &config.origin {
        return Ok(origin.clone());
    }
    if let Some((_, host)) = config.public_url.as_ref().and_then(|url| url.split_once("://")) {
        return Ok(format!("{}/ledger", host.trim_end_matches('/')));
    }
    // Unlike any other log's, and in a domain that is nobody's.
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|error| miette!("the system gives no random bytes: {error}"))?;
    Ok(format!("bylaw.invalid/{:016x}", u64::from_be_bytes(random)))
}

/// The law to decide by, with its files: `--packs`, else the configured folder, else the one in the
/// program.
pub(crate) fn law(packs: Option<&Path>, config: &Config) -> Result<(Law, Vec<SourceFile>)> {
    let folder = packs.or(config.law.as_deref());
    let files = packs::law_files(folder)?;
    Ok((packs::checked(folder, &files)?, files))
}

/// Whose "today" counts.
pub(crate) fn time_zone(config: &Config) -> Result<TimeZone> {
    match &config.timezone {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name)
            .into_diagnostic()
            .wrap_err_with(|| format!("timezone: `{name}` is not known on this machine")),
    }
}

/// Public keys that a configuration or an option names.
pub(crate) fn verifier_keys(texts: &[String]) -> Result<Vec<VerifierKey>> {
    texts
        .iter()
        .map(|text| {
            text.parse().wrap_err_with(|| {
                let start: String = text.chars().take(40).collect();
                format!("the key `{start}`")
            })
        })
        .collect()
}

/// The day, where the configuration says that it is one.
#[expect(clippy::disallowed_methods, reason = "a command begins with what day it is")]
pub(crate) fn today(config: &Config) -> Result<Date> {
    Ok(Zoned::now().with_time_zone(time_zone(config)?).date())
}

/// Whether the limits let anything through.
pub(crate) fn limits(config: &Config) -> Result<()> {
    let limits = &config.limits;
    let none = [
        ("calls_at_once", limits.calls_at_once == 0),
        ("call_seconds", limits.call_seconds == 0),
        ("body_bytes", limits.body_bytes == 0),
        ("queue", limits.queue == 0),
    ];
    match none.iter().find(|(_, is_zero)| *is_zero) {
        Some((name, _)) => Err(miette!(
            help = "leave it out for the default",
            "limits.{name} is 0: no call would be answered"
        )),
        None => Ok(()),
    }
}

/// The one writer of records and log. It takes both locks, so a second service is refused here.
pub(crate) async fn recorder(config: &Config, store: Store, accept_gap: bool) -> Result<Recorder> {
    limits(config)?;
    let opened = config.clone();
    let log = tokio::task::spawn_blocking(move || log(&opened, now_seconds()))
        .await
        .into_diagnostic()??;
    let options = Options { limit: config.limits.queue, accept_gap, ..Options::default() };
    Ok(Recorder::start(store, log, options).await?)
}

/// How long records are kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) rules: Vec<Rule>,
    /// The rule of each kind of record.
    pub(crate) by_kind: BTreeMap<Kind, String>,
}

/// How long the configuration says that records are kept.
pub(crate) fn retention(config: &Config) -> Result<Kept> {
    const KINDS: [Kind; 3] = [Kind::Decision, Kind::Search, Kind::CaseStep];
    let mut kept = Kept::default();
    for rule in &config.retention {
        if kept.rules.iter().any(|known| known.name == rule.name) {
            return Err(miette!("two retention rules are called `{}`", rule.name));
        }
        let (name, cite) = (rule.name.clone(), rule.cite.clone());
        kept.rules.push(Rule { name, cite, days: rule.days });
        for name in &rule.kinds {
            let kind =
                Kind::from_name(name).filter(|kind| KINDS.contains(kind)).ok_or_else(|| {
                    let help = nearest(name, KINDS.iter().map(|kind| kind.name()));
                    miette!(
                        help = help,
                        "retention rule `{}`: `{name}` is no kind of record",
                        rule.name
                    )
                })?;
            kept.by_kind.entry(kind).or_insert_with(|| rule.name.clone());
        }
    }
    Ok(kept)
}

/// Warns of records under rules that the configuration does not have: they are never due.
pub(crate) async fn note_unknown_rules(store: &Store, rules: &[Rule]) -> Result<()> {
    for name in store.rules_in_use().await? {
        if rules.iter().all(|rule| rule.name != name) {
            output::note(format_args!(
                "warning: there are records under the retention rule `{name}`, which the configuration does not have: they are never purged"
            ));
        }
    }
    Ok(())
}

/// A witness for the logs of neighbors, with its key and memory below a folder.
///
/// Blocks: not for an asynchronous task.
pub(crate) fn witness(folder: &Path, name: Option<&str>, logs: &[String]) -> Result<Witness> {
    let logs = verifier_keys(logs)?;
    files::make_private_folder(folder)?;
    let path = folder.join("witness.key");
    let keys = match files::read_if_there(&path)? {
        Some(text) => {
            CosignerKeys::read(&text).wrap_err_with(|| format!("in {}", path.display()))?
        }
        None => {
            let name = name.ok_or_else(|| {
                miette!(
                    help = "give it the name that it keeps for ever",
                    "the witness has no name yet"
                )
            })?;
            let keys = CosignerKeys::generate(name)?;
            files::write_secret(&path, &keys.to_text())?;
            keys
        }
    };
    if let Some(name) = name.filter(|name| *name != keys.name()) {
        return Err(miette!(
            help =
                "a witness keeps its name for ever: leave the name out, or begin another elsewhere",
            "the keys in {} are of the witness {}, not {name}",
            path.display(),
            keys.name()
        ));
    }
    files::replace(&folder.join("witness.vkeys"), &shown(&keys.verifier_keys()))?;
    let memory = Directory::new(folder.join("seen"));
    Ok(Witness::open(Box::new(memory), keys, logs)?)
}

/// The time, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "signatures carry the time at which they are made")]
pub(crate) fn now_seconds() -> u64 {
    u64::try_from(Zoned::now().timestamp().as_second()).unwrap_or_default()
}
