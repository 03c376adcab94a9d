//! What can go wrong with the private records.
//!
//! Messages name numbers, sizes, rules and files; never a fact, a name, a token, a key or what a
//! record holds.

use std::{path::PathBuf, sync::Arc};

use miette::Diagnostic;

/// The result of work on the records.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with the private records.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The database's URL is of no known kind.
    #[error("the database's URL is of no known kind")]
    #[diagnostic(
        code(records::database_url),
        help("write `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")
    )]
    DatabaseUrl,
    /// The database failed.
    #[error("the database failed while {doing}")]
    #[diagnostic(
        code(records::database),
        help("see that the database runs, is reachable, and has room")
    )]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The database was written by a newer version.
    #[error("the database has schema {found}, and this version knows {known}")]
    #[diagnostic(
        code(records::newer_schema),
        help("run the version that wrote it, or a newer one")
    )]
    NewerSchema {
        /// The number of its newest migration.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing} `{path}`")]
    #[diagnostic(code(records::file))]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The deployment's key is not there.
    #[error("there is no key in `{path}`")]
    #[diagnostic(
        code(records::missing_key),
        help(
            "put the deployment's key back from its backup: no record can be read or written without it"
        )
    )]
    MissingKey {
        /// Where it should be.
        path: PathBuf,
    },
    /// The text is no key.
    #[error("the deployment's key is not 32 bytes, written in hex or base64")]
    #[diagnostic(code(records::malformed_key), help("copy it whole from where it is kept"))]
    MalformedKey,
    /// The command that gives the key failed.
    #[error("the command that gives the deployment's key failed: {reason}")]
    #[diagnostic(
        code(records::key_command),
        help("run it by hand: it must print 32 bytes in hex or base64, and exit with 0")
    )]
    KeyCommand {
        /// What happened, without what the command printed.
        reason: String,
    },
    /// The records were sealed under another key.
    #[error("record {number} is sealed under the key `{needs}`, and the key given is `{given}`")]
    #[diagnostic(
        code(records::wrong_key),
        help(
            "give the key that the records were written with; these names are fingerprints, not the keys"
        )
    )]
    WrongKey {
        /// The record looked at.
        number: u64,
        /// The fingerprint of the key it needs.
        needs: String,
        /// The fingerprint of the key given.
        given: String,
    },
    /// The system gives no randomness.
    #[error("the system gives no random bytes")]
    #[diagnostic(code(records::randomness))]
    Randomness,
    /// A sealed text does not open.
    #[error("{what} does not open: it was changed after it was written")]
    #[diagnostic(
        code(records::altered),
        help("compare with a backup; `bylaw records verify` lists every record that was changed")
    )]
    Altered {
        /// What was read.
        what: String,
    },
    /// Another process writes here.
    #[error("another process writes these records")]
    #[diagnostic(
        code(records::second_writer),
        help("stop it first; one database and one ledger have one server")
    )]
    SecondWriter,
    /// The ledger failed.
    #[error("the ledger failed")]
    #[diagnostic(
        code(records::ledger),
        help("see that the ledger's storage is reachable and has room")
    )]
    Ledger {
        /// What the ledger said.
        #[source]
        source: bylaw_ledger::Error,
    },
    /// The ledger's thread is gone.
    #[error("the ledger's thread has ended")]
    #[diagnostic(code(records::ledger_thread), help("restart the server"))]
    LedgerThread,
    /// The database is older than the ledger.
    #[error(
        "the ledger has {ledger} entries, but the database has records for {database} only: it was restored from an older backup"
    )]
    #[diagnostic(
        code(records::restored_older),
        help(
            "restore a newer backup; or, if there is none, start once with `bylaw serve --accept-lost-records`: the missing numbers are then marked as lost, in a record of their own"
        )
    )]
    RestoredOlder {
        /// The ledger's size.
        ledger: u64,
        /// How many numbers the database has rows for.
        database: u64,
    },
    /// The database and the ledger are not of one deployment.
    #[error("record {number} is not what the ledger has at {number}")]
    #[diagnostic(
        code(records::not_one),
        help(
            "the database and the ledger do not belong together, or one was changed: check the configuration, then the backups"
        )
    )]
    NotOne {
        /// The first number compared that differs.
        number: u64,
    },
    /// A number has no row.
    #[error("the database has no row for record {number}")]
    #[diagnostic(code(records::missing_row), help("rows were deleted by hand: restore a backup"))]
    MissingRow {
        /// The number.
        number: u64,
    },
    /// Too much waits to be recorded.
    #[error("too much waits to be recorded")]
    #[diagnostic(code(records::busy), help("ask again in a moment"))]
    Busy,
    /// One call brings more entries than the queue holds.
    #[error("{entries} entries in one call are more than the {limit} that can wait")]
    #[diagnostic(code(records::too_many), help("send fewer at once"))]
    TooMany {
        /// How many there were.
        entries: usize,
        /// How many may wait.
        limit: usize,
    },
    /// The recorder was closed.
    #[error("the recorder is closed")]
    #[diagnostic(code(records::closed), help("the server is stopping"))]
    Closed,
    /// What was to be recorded could not be made durable.
    #[error("it could not be recorded")]
    #[diagnostic(code(records::not_recorded), help("no answer is given that is not recorded"))]
    NotRecorded {
        /// Why; shared by all callers of a batch.
        #[source]
        source: Arc<Self>,
    },
    /// A hold forbids purging.
    #[error("{holds} open hold(s) forbid purging")]
    #[diagnostic(code(records::held), help("lift them first, when whoever ordered them agrees"))]
    Held {
        /// How many are open.
        holds: u64,
    },
    /// The clock was put back, or was wrong before.
    #[error("the newest record is {seconds} seconds ahead of the clock: nothing is purged")]
    #[diagnostic(
        code(records::clock_ahead),
        help(
            "set the clock right; if it is, it was wrong before, and purging goes on when it has caught up"
        )
    )]
    ClockAhead {
        /// By how many seconds.
        seconds: u64,
    },
    /// A hold of that name is open already, or none is.
    #[error("{}", if *open { "a hold of that name is open already" } else { "no hold of that name is open" })]
    #[diagnostic(code(records::hold_name), help("`bylaw records holds` lists them"))]
    HoldName {
        /// Whether one is open.
        open: bool,
    },
    /// Purged bytes are still in the database's log.
    #[error(
        "what was purged is still in the database's write-ahead log, which a reader holds open"
    )]
    #[diagnostic(
        code(records::not_scrubbed),
        help(
            "it is tried again at the next housekeeping; end long-running readers of the database"
        )
    )]
    NotScrubbed,
    /// There is no such client.
    #[error("there is no client of that number that is still valid")]
    #[diagnostic(code(records::no_such_client), help("`bylaw token list` lists them"))]
    NoSuchClient,
    /// The law of that hash is not kept.
    #[error("the law `{hash}` is not in the archive")]
    #[diagnostic(
        code(records::unknown_law),
        help("the decision was not made by a server on this database")
    )]
    UnknownLaw {
        /// The hash.
        hash: String,
    },
    /// A kept law does not load.
    #[error("the law `{hash}` of the archive does not load, or is not what its hash says")]
    #[diagnostic(
        code(records::altered_law),
        help("its text in the database was changed, or needs the version of Bylaw that ran it")
    )]
    AlteredLaw {
        /// The hash.
        hash: String,
    },
    /// A body is not what its kind says.
    #[error("{what} is not well formed: {reason}")]
    #[diagnostic(code(records::malformed))]
    Malformed {
        /// What was read.
        what: &'static str,
        /// Where, without repeating the text.
        reason: String,
    },
}

impl Error {
    pub(crate) fn database(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// What is wrong, with what lies behind it, in one line for a status page. Database errors
    /// name tables and hosts, never what a row holds.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(source) = next {
            line = format!("{line}: {source}");
            next = source.source();
        }
        line
    }
}

impl From<bylaw_ledger::Error> for Error {
    fn from(source: bylaw_ledger::Error) -> Self {
        Self::Ledger { source }
    }
}
