//! Witnesses (c2sp.org/tlog-witness): others who remember how far a log had grown, and sign that
//! it grew only.
//!
//! [`Witness`] serves: a city and its school district watch each other's logs.
//! [`WitnessClient`] asks. The optional call `sign-subtree` is left out: receipts here never need
//! it. A log is known by its origin, which must be the name of its keys.
//!
//! Per log one file is kept, `<origin hash>/checkpoint`: the latest checkpoint cosigned, with the
//! signatures of the log and of the witness. It is both the witness's memory and what it serves to
//! monitors, so that the storage can be published as it is.

mod client;
mod submission;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use self::submission::Submission;
pub use self::{client::WitnessClient, submission::MAX_SUBMISSION_BYTES};
use crate::{
    Checkpoint, CosignerKeys, Error, Hash, Note, Result, Signature, SignedCheckpoint, VerifierKey,
    storage::Storage, tree::check_consistency,
};

/// A witness that serves. It may be called from many threads at once.
#[derive(Debug)]
pub struct Witness {
    keys: CosignerKeys,
    own_keys: Vec<VerifierKey>,
    logs: BTreeMap<String, KnownLog>,
    storage: Box<dyn Storage>,
}

/// A log that the witness watches.
#[derive(Debug)]
struct KnownLog {
    keys: Vec<VerifierKey>,
    path: String,
    /// INVARIANT: held from reading the latest checkpoint until the next one is durable. Otherwise
    /// two submissions could both continue the same one, and the shorter be written last.
    turn: Mutex<()>,
}

/// An HTTP response, for whatever serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Witness {
    /// A witness with these keys, for the logs of which `log_keys` are keys, with its memory in
    /// `storage`. It is the storage's one writer from then on.
    ///
    /// # Errors
    ///
    /// [`Error::SecondWriter`]; [`Error::Damaged`] where the memory of a log cannot be trusted.
    pub fn open(
        storage: Box<dyn Storage>,
        keys: CosignerKeys,
        log_keys: Vec<VerifierKey>,
    ) -> Result<Self> {
        storage.claim()?;
        let mut logs: BTreeMap<String, KnownLog> = BTreeMap::new();
        for key in log_keys {
            let origin = key.name().to_owned();
            logs.entry(origin).or_insert_with_key(|origin| KnownLog::new(origin)).keys.push(key);
        }
        let witness = Self { own_keys: keys.verifier_keys(), keys, logs, storage };
        for (origin, log) in &witness.logs {
            witness.latest(origin, log, witness.storage.read(&log.path)?.as_deref())?;
        }
        Ok(witness)
    }

    /// The witness's public keys, Ed25519 first.
    #[must_use]
    pub fn verifier_keys(&self) -> &[VerifierKey] {
        &self.own_keys
    }

    /// Answers `POST <prefix>/add-checkpoint`, at a time in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The storage failed, or the keys did. Nothing is cosigned then: respond with status 500.
    pub fn add_checkpoint(&self, body: &[u8], now_seconds: u64) -> Result<Response> {
        let Ok(submission) = Submission::parse(body) else {
            return Ok(refusal(400, "not an old size, a consistency proof and a checkpoint"));
        };
        let head = &submission.checkpoint.checkpoint;
        let Some(log) = self.logs.get(&head.origin) else {
            return Ok(refusal(404, "this witness does not watch this log"));
        };
        let Ok(verified) = submission.checkpoint.verify(&log.keys) else {
            return Ok(refusal(403, "the log's signature is missing or does not verify"));
        };
        if submission.old > head.size {
            return Ok(refusal(400, "the old size is greater than the checkpoint's"));
        }
        // One by each key: a note may repeat a signature.
        let by = |key: &VerifierKey| verified.iter().find(|it| it.key == key);
        let signatures = log.keys.iter().filter_map(by).map(|it| it.signature.clone()).collect();
        self.add_signed(log, &submission, signatures, now_seconds)
    }

    /// Cosigns a checkpoint that the log has signed, if it continues the latest one.
    fn add_signed(
        &self,
        log: &KnownLog,
        submission: &Submission,
        log_signatures: Vec<Signature>,
        now_seconds: u64,
    ) -> Result<Response> {
        let head = &submission.checkpoint.checkpoint;
        let _turn = log.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = self.storage.read(&log.path)?;
        let latest = self.latest(&head.origin, log, stored.as_deref())?;
        if submission.old != latest.size {
            return Ok(Response::of_size(latest.size));
        }
        if !continues(&latest, head, &submission.proof) {
            return Ok(refusal(422, "the checkpoint does not continue the latest one"));
        }
        let cosignatures = self.keys.cosign(&submission.checkpoint, now_seconds)?;
        let signatures = [log_signatures, cosignatures.clone()].concat();
        let Ok(note) = Note::new(submission.checkpoint.text().to_owned(), signatures) else {
            return Ok(refusal(400, "the checkpoint is so long that no cosignature fits"));
        };
        // Durable before anyone sees a cosignature. A crash in between leaves a checkpoint that was
        // cosigned for nobody: the log is told its size, and asks again from there.
        self.storage.replace(&log.path, note.to_string().as_bytes(), stored.as_deref())?;
        Ok(Response::of_cosignatures(&cosignatures))
    }

    /// Answers `GET <prefix>/<origin hash>/checkpoint`.
    ///
    /// # Errors
    ///
    /// The storage failed: respond with status 500.
    pub fn checkpoint(&self, origin_hash: &str) -> Result<Response> {
        let path = checkpoint_path(origin_hash);
        let stored = match self.logs.values().find(|log| log.path == path) {
            Some(log) => self.storage.read(&log.path)?,
            None => None,
        };
        let Some(note) = stored.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            return Ok(refusal(404, "this witness has cosigned no checkpoint of such a log"));
        };
        Ok(Response { status: 200, content_type: "text/plain; charset=utf-8", body: note })
    }

    /// The latest checkpoint cosigned of a log: the empty tree's, if there is none.
    fn latest(&self, origin: &str, log: &KnownLog, stored: Option<&[u8]>) -> Result<Checkpoint> {
        let Some(stored) = stored else {
            return Ok(Checkpoint { origin: origin.to_owned(), size: 0, root: Hash::EMPTY });
        };
        let damaged = |reason| Error::Damaged { path: log.path.clone(), reason };
        let latest = SignedCheckpoint::parse(stored).map_err(|_| damaged("not a checkpoint"))?;
        // Either may have changed its keys since; not both at once.
        let known = [log.keys.as_slice(), &self.own_keys].concat();
        latest.verify_any(&known).map_err(|_| damaged("its signatures do not verify"))?;
        if latest.checkpoint.origin != origin {
            return Err(damaged("it is another log's checkpoint"));
        }
        Ok(latest.checkpoint)
    }
}

impl KnownLog {
    fn new(origin: &str) -> Self {
        let path = checkpoint_path(&origin_hash(origin));
        Self { keys: Vec::new(), path, turn: Mutex::new(()) }
    }
}

impl Response {
    /// The log is not at the size that the client thinks.
    fn of_size(size: u64) -> Self {
        Self { status: 409, content_type: "text/x.tlog.size", body: format!("{size}\n") }
    }

    fn of_cosignatures(cosignatures: &[Signature]) -> Self {
        let body = cosignatures.iter().map(ToString::to_string).collect();
        Self { status: 200, content_type: "text/plain; charset=utf-8", body }
    }
}

/// Whether the proof shows that the log has only grown from `old` to `new`.
fn continues(old: &Checkpoint, new: &Checkpoint, proof: &[Hash]) -> bool {
    let empty_is_empty = new.size > 0 || new.root == Hash::EMPTY;
    empty_is_empty && check_consistency((old.size, old.root), (new.size, new.root), proof)
}

/// The hash by which a witness serves a log's checkpoint.
#[must_use]
pub fn origin_hash(origin: &str) -> String {
    Sha256::digest(origin).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn checkpoint_path(origin_hash: &str) -> String {
    format!("{origin_hash}/checkpoint")
}

fn refusal(status: u16, reason: &str) -> Response {
    Response { status, content_type: "text/plain; charset=utf-8", body: format!("{reason}\n") }
}
