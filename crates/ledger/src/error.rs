//! What can go wrong in a log, its keys, its receipts and its witnesses.
//!
//! Messages name keys, sizes and files, never an entry, a secret or anything that outside input
//! carried besides.

use std::path::PathBuf;

use miette::Diagnostic;

/// The result of work on a log.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in a log, its keys, its receipts and its witnesses.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a signed note.
    #[error("not a signed note: {reason}")]
    #[diagnostic(
        code(ledger::malformed_note),
        help(
            "a signed note is text, an empty line, and signature lines, as c2sp.org/signed-note says"
        )
    )]
    MalformedNote {
        /// What the format forbids.
        reason: &'static str,
    },
    /// The text of a note is not a checkpoint.
    #[error("not a checkpoint: {reason}")]
    #[diagnostic(
        code(ledger::malformed_checkpoint),
        help(
            "a checkpoint has a line for its origin, one for its size, one for its root hash, as c2sp.org/tlog-checkpoint says"
        )
    )]
    MalformedCheckpoint {
        /// What the format forbids.
        reason: &'static str,
    },
    /// The text is not a receipt.
    #[error("not a receipt: {reason}")]
    #[diagnostic(
        code(ledger::malformed_receipt),
        help(
            "a receipt is a file as c2sp.org/tlog-proof says, copied without a change of line ends"
        )
    )]
    MalformedReceipt {
        /// What the format forbids.
        reason: &'static str,
    },
    /// The text is not a verifier key, or not a file of secret keys.
    #[error("not a key: {reason}")]
    #[diagnostic(code(ledger::malformed_key), help("copy the whole line: `name+hash+base64`"))]
    MalformedKey {
        /// What the format forbids; never the text itself.
        reason: &'static str,
    },
    /// A known key's signature does not fit the text.
    #[error("the signature by `{key}` does not fit the text")]
    #[diagnostic(
        code(ledger::bad_signature),
        help(
            "the text was changed after it was signed, or another key of the same name signed it"
        )
    )]
    BadSignature {
        /// The key's name and id.
        key: String,
    },
    /// No known key has signed.
    #[error("the note is not signed by a known key")]
    #[diagnostic(code(ledger::not_signed), help("check that the verifier key given is this log's"))]
    NotSigned,
    /// A checkpoint of a log that no known key is of.
    #[error("no key is known for the log `{origin}`")]
    #[diagnostic(
        code(ledger::unknown_log),
        help("give the verifier key of this log, if you trust it")
    )]
    UnknownLog {
        /// The log, as the checkpoint names it.
        origin: String,
    },
    /// A checkpoint of another log.
    #[error("the checkpoint is of the log `{found}`, not `{expected}`")]
    #[diagnostic(code(ledger::wrong_origin), help("check which log was meant"))]
    WrongOrigin {
        /// The log meant.
        expected: String,
        /// The log it is of.
        found: String,
    },
    /// The inclusion proof does not lead from the entry to the root.
    #[error("the proof does not place the entry at {index} in the log of {size} entries")]
    #[diagnostic(
        code(ledger::not_included),
        help("the entry, its number or the proof was changed; ask the log for the receipt again")
    )]
    NotIncluded {
        /// Where the receipt claims the entry to be.
        index: u64,
        /// Size of the log by its checkpoint.
        size: u64,
    },
    /// Fewer witnesses have cosigned than are required.
    #[error("{found} of the known witnesses cosigned the checkpoint; {required} are required")]
    #[diagnostic(
        code(ledger::too_few_witnesses),
        help("witnesses may not have seen the checkpoint yet; ask the log for a newer receipt")
    )]
    TooFewWitnesses {
        /// How many must have cosigned.
        required: usize,
        /// How many have.
        found: usize,
    },
    /// A witness knows a longer log than ours: ours was restored from an old backup.
    #[error("the witness `{witness}` has seen {theirs} entries of this log, which has {ours}")]
    #[diagnostic(
        code(ledger::rolled_back),
        help(
            "the log was restored from a backup older than what it had published; bring back the newer copy before it serves again"
        )
    )]
    RolledBack {
        /// The witness's address.
        witness: String,
        /// Our size.
        ours: u64,
        /// The size that the witness cosigned.
        theirs: u64,
    },
    /// A witness remembers a history that the log's does not continue.
    #[error(
        "the witness `{witness}` does not accept that {size} entries continue the {old} it has seen"
    )]
    #[diagnostic(
        code(ledger::disputed),
        help(
            "the log's history has changed: keep both, and compare the checkpoint the witness serves with the log's"
        )
    )]
    Disputed {
        /// The witness's address.
        witness: String,
        /// The size that the witness cosigned before.
        old: u64,
        /// The size that it was shown.
        size: u64,
    },
    /// A witness answered otherwise than its protocol says, or refused.
    #[error("the witness `{witness}` answered {status}: {reason}")]
    #[diagnostic(
        code(ledger::witness_refused),
        help("ask its operator whether it knows this log and its keys")
    )]
    WitnessRefused {
        /// The witness's address.
        witness: String,
        /// Its HTTP status.
        status: u16,
        /// What is wrong with the answer.
        reason: &'static str,
    },
    /// A server did not answer, or not within its time or size.
    #[error("`{url}` cannot be reached: {reason}")]
    #[diagnostic(
        code(ledger::unreachable),
        help("check the address and the network, then try again")
    )]
    Unreachable {
        /// The address.
        url: String,
        /// What failed.
        reason: String,
    },
    /// A time that no cosignature can carry.
    #[error("{seconds} seconds since 1970 is no time to sign with")]
    #[diagnostic(code(ledger::clock), help("set the clock of this machine"))]
    Clock {
        /// The time given.
        seconds: u64,
    },
    /// The system gives no random bytes, or a key cannot sign.
    #[error("no signature or key can be made: {reason}")]
    #[diagnostic(
        code(ledger::signing),
        help("try again; if it stays, this machine cannot run a log")
    )]
    Signing {
        /// What failed.
        reason: &'static str,
    },
    /// Another process writes to the same place.
    #[error("`{location}` is written to by another process")]
    #[diagnostic(
        code(ledger::second_writer),
        help("a log has one writer: stop the other one, then start again")
    )]
    SecondWriter {
        /// The directory or address.
        location: String,
    },
    /// A file cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    #[diagnostic(
        code(ledger::file),
        help("check that the disk has room and that this user may write there")
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What is stored is damaged.
    #[error("`{path}` is damaged: {reason}")]
    #[diagnostic(
        code(ledger::damaged),
        help("restore it from a copy, and verify the log before it serves again")
    )]
    Damaged {
        /// The file, below the log's or the witness's directory.
        path: String,
        /// What does not fit.
        reason: &'static str,
    },
    /// There is no log here.
    #[error("there is no log at `{path}`")]
    #[diagnostic(code(ledger::no_log), help("check the location, or make a log there first"))]
    NoLog {
        /// Where its checkpoint was looked for.
        path: String,
    },
    /// There is a log here already.
    #[error("there is a log here already, of {size} entries")]
    #[diagnostic(code(ledger::log_exists), help("open it, or choose another location"))]
    LogExists {
        /// How many entries it has.
        size: u64,
    },
    /// A file of the log is missing.
    #[error("`{path}` is missing")]
    #[diagnostic(
        code(ledger::missing),
        help("restore it from a copy, and verify the log before it serves again")
    )]
    Missing {
        /// The file, below the log's location.
        path: String,
    },
    /// A location cannot be used.
    #[error("`{location}` cannot be used: {reason}")]
    #[diagnostic(
        code(ledger::location),
        help("give a directory, `s3://bucket/prefix`, or for reading alone the address of a log")
    )]
    Location {
        /// The location.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry is too long for a log.
    #[error("an entry has {length} bytes; a log takes up to 65,535")]
    #[diagnostic(code(ledger::entry_too_long), help("put a hash of it into the log instead"))]
    EntryTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// An earlier append failed, so that it is not known what is stored.
    #[error("the log takes no more entries, since an append has failed")]
    #[diagnostic(code(ledger::broken), help("open it again: it is then as its storage says"))]
    Broken,
    /// An entry, a size or a range that the log does not have.
    #[error("the log has {size} entries, not {wanted}")]
    #[diagnostic(
        code(ledger::out_of_range),
        help("entries are numbered from zero; a newer one may not be in the log yet")
    )]
    OutOfRange {
        /// How many entries are asked for.
        wanted: u64,
        /// How many there are.
        size: u64,
    },
    /// Two checkpoints of one log that cannot both be true.
    #[error("the log at the destination has another history, or a longer one")]
    #[diagnostic(
        code(ledger::other_history),
        help("keep both, and verify each: one of the two was changed or restored")
    )]
    OtherHistory,
}

impl Error {
    /// An error of the file system at `path`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
