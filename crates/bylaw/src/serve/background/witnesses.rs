//! Asks the neighbors to witness new checkpoints.
//!
//! It runs on a thread of its own: the calls block, and a witness that does not answer must hold up
//! nobody. Each round takes the newest checkpoint, asks every witness about it, and publishes it
//! with the signatures that came, for receipts to carry.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use bylaw_gate::Service;
use bylaw_ledger::{
    Error, Reader, Signature, SignedCheckpoint, Storage, open_storage, publish_witnessed,
    witness::WitnessClient,
};
use miette::{IntoDiagnostic, Result, WrapErr};
use tokio::sync::watch;

use crate::serve::{
    config::{Config, Neighbor},
    ground,
};

/// Between two rounds, whatever happens; also the time after which a witness that failed is asked
/// again though the log has not grown.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(15);

/// Starts asking, where there are witnesses to ask.
pub(super) fn start(
    config: &Config,
    service: &Arc<Service>,
    stopped: watch::Receiver<bool>,
) -> Result<()> {
    if config.witnesses.is_empty() {
        return Ok(());
    }
    let storage = open_storage(&config.ledger_location()?)?;
    let (tell, grown) = mpsc::channel();
    let neighbors = config.witnesses.clone();
    let shown = Arc::clone(service);
    thread::Builder::new()
        .name("witnesses".to_owned())
        .spawn(move || work(&neighbors, &*storage, &shown, &grown))
        .into_diagnostic()
        .wrap_err("cannot start the thread that asks witnesses")?;
    tokio::spawn(tell_growth(Arc::clone(service), tell, stopped));
    Ok(())
}

/// Tells the thread how far the log has grown. It ends with the service, and the thread with it.
async fn tell_growth(
    service: Arc<Service>,
    tell: mpsc::Sender<u64>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut size = 0;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            grown = service.recorder().grown(size) => {
                if grown <= size || tell.send(grown).is_err() {
                    return;
                }
                size = grown;
            }
        }
    }
}

/// One witness, and how far it had cosigned when it was last asked.
struct Asked {
    name: String,
    client: WitnessClient,
    cosigned: u64,
}

fn work(
    neighbors: &[Neighbor],
    storage: &dyn Storage,
    service: &Service,
    grown: &mpsc::Receiver<u64>,
) {
    let mut witnesses: Vec<Asked> = Vec::new();
    for neighbor in neighbors {
        match client(neighbor) {
            Ok(client) => {
                witnesses.push(Asked { name: neighbor.name.clone(), client, cosigned: 0 })
            }
            Err(error) => tracing::error!(witness = neighbor.name, %error, "it cannot be asked"),
        }
    }
    let mut failed = false;
    loop {
        let wait = if failed { PAUSE_AFTER_FAILURE } else { Duration::from_secs(3600) };
        match grown.recv_timeout(wait) {
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
            Err(mpsc::RecvTimeoutError::Timeout) if !failed => continue,
            _ => while grown.try_recv().is_ok() {},
        }
        let failures = round(&mut witnesses, storage);
        failed = !failures.is_empty();
        let lines: Vec<String> =
            failures.iter().map(|(name, error)| format!("{name}: {error}")).collect();
        service.trouble("witnesses", failed.then(|| lines.join("; ")));
        thread::sleep(PAUSE);
    }
}

fn client(neighbor: &Neighbor) -> Result<WitnessClient> {
    Ok(WitnessClient::new(&neighbor.url, ground::verifier_keys(&neighbor.keys)?)?)
}

/// Asks every witness about the newest checkpoint, at the same time; returns what went wrong.
fn round(witnesses: &mut [Asked], storage: &dyn Storage) -> BTreeMap<String, Error> {
    let mut failures = BTreeMap::new();
    let mut checkpoint = match Reader::new(storage).checkpoint() {
        Ok(checkpoint) => checkpoint,
        Err(error) => return [("the log".to_owned(), error)].into(),
    };
    let asked = checkpoint.clone();
    let answers: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> =
            witnesses.iter().map(|witness| scope.spawn(|| ask(witness, &asked, storage))).collect();
        running.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut signatures = Vec::new();
    for (witness, answer) in witnesses.iter_mut().zip(answers) {
        match answer {
            Ok(Ok(given)) => {
                witness.cosigned = asked.checkpoint.size;
                signatures.extend(given);
            }
            Ok(Err(error)) => {
                report(witness, &error);
                failures.insert(witness.name.clone(), error);
            }
            Err(_) => tracing::error!(witness = witness.name, "asking it broke"),
        }
    }
    if !signatures.is_empty() {
        let published = checkpoint
            .add_signatures(&signatures)
            .and_then(|()| publish_witnessed(storage, &checkpoint));
        if let Err(error) = published {
            failures.insert("the log".to_owned(), error);
        }
    }
    failures
}

fn ask(
    witness: &Asked,
    checkpoint: &SignedCheckpoint,
    storage: &dyn Storage,
) -> bylaw_ledger::Result<Vec<Signature>> {
    let size = checkpoint.checkpoint.size;
    let reader = Reader::new(storage);
    witness.client.ask(witness.cosigned, checkpoint, |from| reader.consistency(from, size))
}

/// A witness that remembers another history is evidence, and never just a failure to connect.
fn report(witness: &Asked, error: &Error) {
    match error {
        Error::RolledBack { .. } | Error::Disputed { .. } => {
            tracing::error!(witness = witness.name, %error, "compare with what the witness serves");
        }
        _ => tracing::warn!(witness = witness.name, %error, "not witnessed yet"),
    }
}
