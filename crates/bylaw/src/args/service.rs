//! The service and what it keeps: `serve`, `token`, `ledger`, `records`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint, builder::NonEmptyStringValueParser};
use jiff::civil::Date;

use super::day;

pub(super) const SERVE_EXAMPLES: &str = "\
Without a configuration file everything has a safe default: this machine alone can reach it, and
its data lie in the platform's data folder.

Examples:
  bylaw serve                                 makes keys, records and ledger at the first start
  bylaw serve --data /srv/bylaw --listen 0.0.0.0:8181
  bylaw serve --print-config > bylaw.toml     every key, explained
  bylaw serve --config bylaw.toml --check     says all that is wrong, and starts nothing
  BYLAW_SERVE__LOG__FORMAT=json bylaw serve   one key from the environment

Signals: SIGTERM and SIGINT end it, after what is in flight is answered and recorded; SIGHUP reads
the law and the TLS certificate again.";

/// Where the service's data are: options, then the environment, then the configuration file.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The folder of keys, records and ledger [default: the platform's data folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// The database: sqlite:PATH or postgres://… [default: records.sqlite in the data folder]
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Where to listen; port 0 picks one [default: 127.0.0.1:8181]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Loads everything, says what is wrong, and starts nothing
    #[arg(long)]
    pub(crate) check: bool,
    /// Prints the default configuration with every key explained
    #[arg(long, conflicts_with_all = ["check", "config", "data", "database", "listen"])]
    pub(crate) print_config: bool,
    /// Goes on with a database that is older than the ledger; the missing records are marked as lost
    #[arg(long)]
    pub(crate) accept_lost_records: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Lets a client in: prints its token, which is shown this once
    #[command(after_help = "\
Examples:
  bylaw token create --name records-system --jurisdiction us/ca/los-angeles
  bylaw token create --name gateway --jurisdiction us/ca/lausd --mapping gateway.toml \\
      --expires 2027-06-30

Without a mapping, AuthZEN properties that are named like facts are those facts, and an action is
the act of that name. A client may have several tokens: create the new one, change the client
over, revoke the old one by its number.")]
    Create(TokenCreate),
    /// Lists the tokens, never their text
    List(TokenList),
    /// Ends a token by its number, or every token of a name
    #[command(after_help = "\
Examples:
  bylaw token revoke 3                ends that token; `bylaw token list` has the numbers
  bylaw token revoke records-system   ends every token of the client

After a rotation revoke the old token by its number: the name would end the new one too.")]
    Revoke(TokenRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    /// What to call the client
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// Whose acts it asks about
    #[arg(long, value_name = "PATH")]
    pub(crate) jurisdiction: String,
    /// How its words become facts [default: property names are fact names]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) mapping: Option<PathBuf>,
    /// The last day on which it is good
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) expires: Option<Date>,
    /// The client's TLS certificate, which then lets it in as the token does
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(crate) certificate: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct TokenList {
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// The token's number, or a client's name
    #[arg(value_name = "NUMBER|NAME")]
    pub(crate) which: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Makes the keys and an empty log, as the first `bylaw serve` does
    #[command(
        after_help = "Example:\n  bylaw ledger init --data /srv/bylaw --origin law.example.gov/ledger"
    )]
    Init(LedgerInit),
    /// Verifies a whole log: every tile, leaf, checkpoint and signature
    #[command(after_help = "\
Examples:
  bylaw ledger verify /srv/bylaw/ledger
  bylaw ledger verify https://law.example.gov/ledger --key 'law.example.gov/ledger+…' \\
      --remember seen.checkpoint

With --remember the checkpoint is kept in that file, and the next run proves that the log only
grew.

Exit codes: 0 and one line where all is well; 1 with what is wrong. Of a fork both heads are
printed.")]
    Verify(LedgerVerify),
    /// Prints the receipt of a record
    #[command(after_help = "Example:\n  bylaw ledger proof 17 --data /srv/bylaw > 17.tlog-proof")]
    Proof(LedgerProof),
    /// Checks a receipt, offline, by a key of the log
    #[command(after_help = "\
Examples:
  bylaw ledger check 17.tlog-proof --key 'law.example.gov/ledger+…'
  bylaw ledger check 17.tlog-proof --opening 17.json   also shows what was recorded

A key is required: without --key nothing is checked, and the exit code is 1.")]
    Check(LedgerCheck),
    /// Serves as a witness for the logs of neighbors
    #[command(after_help = "\
Example:
  bylaw ledger witness --name witness.school.example --data /srv/witness \\
      --log 'law.example.gov/ledger+…'

`bylaw serve` does the same besides, with [serve_witness] in its configuration.")]
    Witness(LedgerWitness),
    /// Copies a log, to a folder or an object store
    #[command(after_help = "Example:\n  bylaw ledger export /backup/ledger --data /srv/bylaw")]
    Export(LedgerExport),
}

#[derive(Debug, Args)]
pub(crate) struct LedgerInit {
    /// The log's name for ever, such as law.example.gov/ledger [default: made up]
    #[arg(long)]
    pub(crate) origin: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerVerify {
    /// A folder, an address, or a place in an object store
    #[arg(value_name = "DIR|URL")]
    pub(crate) log: String,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// The checkpoint seen last time; written when all is well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) remember: Option<PathBuf>,
}

/// Whose signatures count.
#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// A key of the log, from a source you trust; may be repeated [default: those that the log shows]
    #[arg(long = "key", value_name = "VKEY")]
    pub(crate) keys: Vec<String>,
    /// A key of a witness; may be repeated
    #[arg(long = "witness", value_name = "VKEY")]
    pub(crate) witnesses: Vec<String>,
    /// How many of the witnesses must have signed [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) quorum: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerProof {
    /// The record's number
    pub(crate) number: u64,
    /// The log, where it is not this service's: a folder or an address
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) log: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerCheck {
    /// The receipt
    #[arg(value_name = "FILE.tlog-proof", value_hint = ValueHint::FilePath)]
    pub(crate) receipt: PathBuf,
    #[command(flatten)]
    pub(crate) trust: Trust,
    /// The record as `bylaw records show N --opening FILE` wrote it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) opening: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerWitness {
    /// The witness's name for ever; needed when its keys are made
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A log to witness, by its key; may be repeated
    #[arg(long = "log", value_name = "VKEY", required = true)]
    pub(crate) logs: Vec<String>,
    /// Where to listen; port 0 picks one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8182")]
    pub(crate) listen: String,
    /// The folder of its key and of what it has seen
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerExport {
    /// Where the copy goes: a folder, or a place in an object store
    #[arg(value_name = "DIR|URL")]
    pub(crate) to: String,
    /// The log, where it is not this service's: a folder or an address
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) log: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordsCommand {
    /// Lists the newest records: number, day, kind
    List(RecordsList),
    /// Shows one record in full
    #[command(after_help = "\
Examples:
  bylaw records show 17
  bylaw records show 17 --opening 17.json     what anyone needs to check it against the receipt")]
    Show(RecordsShow),
    /// Verifies every record against the ledger, and decides each question again
    #[command(
        after_help = "Exit codes: 0 where every record is the same or lawfully purged, 1 where one is not."
    )]
    Verify(RecordsVerify),
    /// Places a litigation hold: nothing is purged until it is lifted
    #[command(after_help = "Example:\n  bylaw records hold 'Doe v. City, 26-1234'")]
    Hold(RecordsHold),
    /// Lifts a litigation hold
    Lift(RecordsHold),
    /// Lists the litigation holds
    Holds(RecordsHolds),
    /// Purges what the retention rules say; a running service does so by itself every day
    Purge(RecordsPurge),
    /// Copies the SQLite database while it is in use
    #[command(after_help = "\
Example:
  bylaw ledger export /backup/ledger && bylaw records backup /backup/records.sqlite

In this order: a database that is newer than the ledger is made good at the start, an older one is
refused.
The keys are not in the copies: back up deployment.key and ledger.key apart from them.")]
    Backup(RecordsBackup),
}

#[derive(Debug, Args)]
pub(crate) struct RecordsBackup {
    /// The file of the copy; must not exist
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RecordsList {
    /// The first number to list [default: the newest]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) from: Option<u64>,
    /// How many to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u32,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RecordsShow {
    /// The record's number
    pub(crate) number: u64,
    /// Writes the record and its salt into this file, which must not exist
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) opening: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RecordsVerify {
    /// The first number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) from: u64,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RecordsHold {
    /// The hold's name, such as the case it is for
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RecordsHolds {
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RecordsPurge {
    /// Changes nothing; says what would be purged
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}
