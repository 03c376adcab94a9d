//! What goes on beside the answers: signals, the law's folder, housekeeping, witnesses.
//!
//! None of it stands in the way of an answer. What fails is logged and shown on `/healthz`, and
//! tried again.

mod witnesses;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bylaw_gate::{Error, Service, tls::Tls};
use bylaw_records::Rule;
use jiff::civil::Date;
use miette::{IntoDiagnostic, Result, WrapErr};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::config::Config;
use crate::packs;

/// How often the law's folder is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often holds are recorded, and it is seen whether a day has begun.
const HOUSEKEEPING: Duration = Duration::from_secs(30);

/// The law's folder, as it was before it was read.
pub(super) struct Folder {
    path: PathBuf,
    stamp: packs::Stamp,
}

impl Folder {
    /// Looks at the folder of `--packs`, else at the configured one.
    pub(super) fn look(packs: Option<&Path>, config: &Config) -> Option<Self> {
        let path = packs.or(config.law.as_deref())?.to_owned();
        Some(Self { stamp: packs::stamp(&path), path })
    }
}

/// Starts all of it. What is returned ends it.
pub(super) fn start(
    folder: Option<Folder>,
    config: &Config,
    service: &Arc<Service>,
    tls: Option<Arc<Tls>>,
    rules: Vec<Rule>,
    stopped: watch::Receiver<bool>,
) -> Result<JoinSetGuard> {
    let mut tasks = JoinSet::new();
    let path = folder.as_ref().map(|folder| folder.path.clone());
    tasks.spawn(reload(Arc::clone(service), path, tls)?);
    if let Some(folder) = folder {
        tasks.spawn(watch_law(Arc::clone(service), folder));
    }
    tasks.spawn(keep_house(Arc::clone(service), rules));
    // The diagrams are compiled when they are first asked for; nobody should wait for that.
    let law = service.law();
    tasks.spawn_blocking(move || drop(law.law.compile_all()));
    witnesses::start(config, service, stopped)?;
    Ok(JoinSetGuard(tasks))
}

/// Tasks that end when told to.
pub(super) struct JoinSetGuard(JoinSet<()>);

impl JoinSetGuard {
    pub(super) fn abort(mut self) {
        self.0.abort_all();
    }
}

/// Reads law and certificate again on SIGHUP.
fn reload(
    service: Arc<Service>,
    folder: Option<PathBuf>,
    tls: Option<Arc<Tls>>,
) -> Result<impl Future<Output = ()> + Send> {
    let mut hangup =
        signal(SignalKind::hangup()).into_diagnostic().wrap_err("cannot listen for signals")?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            if let Some(tls) = &tls {
                let outcome = tls.reload();
                service.trouble(
                    "tls",
                    outcome
                        .as_ref()
                        .err()
                        .map(|_| "the certificate cannot be read; the one before stays".to_owned()),
                );
                match outcome {
                    Ok(()) => tracing::info!("the certificate was read again"),
                    Err(error) => tracing::error!(%error, "the certificate stays as it was"),
                }
            }
            match &folder {
                Some(folder) => _ = load(&service, folder).await,
                None => tracing::info!("the law in the program has not changed"),
            }
        }
    })
}

/// Loads the law when its folder has changed and then stayed as it was for one look: an editor or a
/// copy writes file after file.
async fn watch_law(service: Arc<Service>, folder: Folder) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let Folder { path, stamp: mut loaded } = folder;
    let mut seen = loaded.clone();
    loop {
        ticks.tick().await;
        let now = packs::stamp(&path);
        // What could not be read or kept with the records is tried again at the next look.
        if now == seen && now != loaded && load(&service, &path).await {
            loaded.clone_from(&now);
        }
        seen = now;
    }
}

/// Whether the folder as it is has been dealt with: its law is in force, or is none that loads.
async fn load(service: &Service, folder: &Path) -> bool {
    let read = packs::law_files(Some(folder));
    let unreadable = "the folder of packs cannot be read; the law before stays in force";
    service.trouble("law folder", read.as_ref().err().map(|_| unreadable.to_owned()));
    let files = match read {
        Ok(files) => files,
        Err(error) => {
            tracing::error!(%error, "{unreadable}");
            return false;
        }
    };
    let outcome = service.replace_law(files).await;
    let dealt_with = matches!(outcome, Ok(_) | Err(Error::Law(_)));
    match outcome {
        Ok(law) => tracing::info!(law = %law.sources, "the law was loaded"),
        Err(Error::Law(error)) => {
            tracing::error!(
                problems = error.problems.len(),
                "{error}; the law before stays in force"
            );
            for problem in error.problems.iter().take(20) {
                let (file, line) = (problem.file().unwrap_or_default(), problem.line());
                tracing::error!(file, line, "{problem}");
            }
        }
        Err(error) => tracing::error!(%error, "the law before stays in force"),
    }
    dealt_with
}

/// Records holds, and purges once a day.
async fn keep_house(service: Arc<Service>, rules: Vec<Rule>) {
    let mut ticks = interval(HOUSEKEEPING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut purged_on: Option<Date> = None;
    loop {
        ticks.tick().await;
        let kept = service.recorder().housekeeping().await;
        service
            .trouble("holds", kept.as_ref().err().map(|_| "holds cannot be recorded".to_owned()));
        if let Err(error) = kept {
            tracing::warn!(error = %error.line(), "holds cannot be recorded");
        }
        let today = service.today();
        if !rules.is_empty() && purged_on != Some(today) && purge(&service, &rules, today).await {
            purged_on = Some(today);
        }
    }
}

/// Whether the purge is done for the day.
async fn purge(service: &Service, rules: &[Rule], today: Date) -> bool {
    match service.recorder().purge(rules, today).await {
        Ok(purged) => {
            service.trouble("purge", None);
            tracing::info!(records = purged.records, "purged what the retention rules say");
            true
        }
        Err(bylaw_records::Error::Held { holds }) => {
            service.trouble("purge", None);
            tracing::info!(holds, "nothing is purged while a hold stands open");
            true
        }
        Err(error) => {
            service.trouble(
                "purge",
                Some("what is due cannot be purged; it is tried again".to_owned()),
            );
            tracing::error!(error = %error.line(), "what is due cannot be purged");
            false
        }
    }
}
