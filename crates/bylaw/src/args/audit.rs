//! Arguments of `bylaw audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use jiff::civil::Date;

use super::{day, service::Place};

const SHARING_EXAMPLES: &str = r#"A list is a transparency portal's JSON (one object, or one a line, also .gz), a
vendor's CSV, one name a line, or text taken from a PDF; what it was taken for is
said. Each organization is resolved by the registries and by its name, and what
cannot be told stays unknown. docs/audit.md has the registry's form.

Examples:
  bylaw audit sharing shared_networks.csv --jurisdiction us/ca
  bylaw audit sharing portals.jsonl.gz --jurisdiction us/ca --registry agencies.csv
  bylaw audit sharing list.txt --jurisdiction us/ca/los-angeles --on 2024-03-01 --json
  echo "SAN DIEGO SECTOR BORDER PATROL (CA)" | bylaw audit sharing - --jurisdiction us/ca

Exit codes: 0 every list was read, whatever was found; 2 some list or row could not
be read, the others are reported; 1 anything else."#;

const LOG_EXAMPLES: &str = r#"A log is a search audit of plate readers as agencies release it, or any other log
with a mapping from its columns to facts: CSV, also .gz, XLSX, Parquet, or a PDF
whose tables are text. What each file was taken for, and why, is said first.

Every row is permitted, barred or "cannot tell", by the law of its own day. What a row
says of its purpose is read carefully: a word is no violation, and a purpose that
nobody wrote down is not called lawful. docs/audit-logs.md says how.

Examples:
  bylaw audit log audit.csv --jurisdiction us/ca --owner "Example CA PD"
  bylaw audit log 2026-*.csv.gz --jurisdiction us/ca --owner "Example CA PD" -o report
  bylaw audit log export.csv --jurisdiction us/ca --json
  bylaw audit log detainers.csv --jurisdiction us/ca --mapping examples/logs/ice-detainers.toml
  bylaw audit log audit.csv --jurisdiction us/ca -o report --ledger --data /srv/bylaw

Exit codes: 0 every row was read, whatever was found; 2 some file or row could not be
read, the others are reported; 1 anything else."#;

const EXPLAIN_EXAMPLES: &str = r#"The number is that of a finding in findings.csv, or its first eight digits. Where the log
itself is still there and unchanged, the row is read again and its facts are shown.

Example:
  bylaw audit explain 5f0c9a1b --report report"#;

const FORMATS_EXAMPLES: &str = r#"Examples:
  bylaw audit formats
  bylaw audit formats vendor-export > ours.toml      to begin a format of one's own from
  bylaw audit log ours.csv --jurisdiction us/ca --format ours.toml"#;

const REGISTRY_EXAMPLES: &str = r#"Examples:
  bylaw audit registry agency_registry.csv -o agencies.csv
  bylaw audit registry list.csv --column name=Organization --column class=Type -o agencies.csv
  bylaw audit registry mine.csv               checks a registry and prints it again"#;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Says of each organization on a sharing list what it is, and whether the law lets it have plate
    /// reads
    #[command(after_help = SHARING_EXAMPLES)]
    Sharing(AuditSharing),
    /// Decides a log row by row, such as a search audit of plate readers, and writes a report
    #[command(after_help = LOG_EXAMPLES)]
    Log(Box<AuditLog>),
    /// Shows a finding of a report: the row's facts, the law's reasons, what would settle it
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(AuditExplain),
    /// Lists the formats of logs that are known, or shows one as a file
    #[command(after_help = FORMATS_EXAMPLES)]
    Formats(AuditFormats),
    /// Makes a registry of organizations from any CSV that says what they are
    #[command(after_help = REGISTRY_EXAMPLES)]
    Registry(AuditRegistry),
}

#[derive(Debug, Args)]
pub(crate) struct AuditSharing {
    /// The lists; - for names on standard input, one a line
    #[arg(value_name = "LIST|-", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) lists: Vec<PathBuf>,
    /// Whose act the sharing is, such as us/ca/los-angeles
    #[arg(long, value_name = "PATH")]
    pub(crate) jurisdiction: String,
    /// Files that say what organizations are, besides the well-known ones in this program
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) registry: Vec<PathBuf>,
    /// The day [default: the list's own, or today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Who shares [default: what the registry says of the list's owner, or `city_police`]
    #[arg(long, value_name = "ACTOR_KIND")]
    pub(crate) actor: Option<String>,
    /// Which way the data goes where a list does not say
    #[arg(long, value_enum, value_name = "WAY", default_value_t = Way::Outbound)]
    pub(crate) direction: Way,
    /// Prints JSON, one organization a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditLog {
    /// The files
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Whose law it is, such as us/ca/los-angeles
    #[arg(long, value_name = "PATH")]
    pub(crate) jurisdiction: String,
    /// Whose cameras or records these are, where no column says so
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// What the owner is [default: what a registry or its name says, or `city_police`]
    #[arg(long, value_name = "ACTOR_KIND")]
    pub(crate) actor: Option<String>,
    /// What the files are: auto, the name of a format (`bylaw audit formats`), or a format file
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub(crate) format: String,
    /// A file that maps the columns of any other log to facts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["format", "owner", "actor", "registry", "lexicon", "with_identifiers"])]
    pub(crate) mapping: Option<PathBuf>,
    /// The day on which the law is asked about every row of a mapped log, in place of its own
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "mapping")]
    pub(crate) on: Option<Date>,
    /// Published figures whose sums are checked too, JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) figures: Option<PathBuf>,
    /// Files that say what organizations are, besides the well-known ones in this program
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) registry: Vec<PathBuf>,
    /// A lexicon of reasons in place of the one in this program
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) lexicon: Option<PathBuf>,
    /// The time zone of the days [default: the jurisdiction's]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// The folder of the report: findings, differences and a page. Begun work there is taken up again
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output: Option<PathBuf>,
    /// The language of the page
    #[arg(long, value_name = "LANGUAGE", value_parser = ["en", "es"], default_value = "en")]
    pub(crate) lang: String,
    /// Writes users, plates, reasons and case numbers into the findings: for the owner's eyes only
    #[arg(long, requires = "output")]
    pub(crate) with_identifiers: bool,
    /// Records the report's hash in the deployment's ledger, and writes the receipt beside it
    #[arg(long, requires = "output")]
    pub(crate) ledger: bool,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Threads [default: one a core]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Counts only: nothing is written, and copies of one search are not compared. The quickest
    #[arg(long, conflicts_with_all = ["output", "json"])]
    pub(crate) counts: bool,
    /// Prints JSON, one row a line
    #[arg(long, conflicts_with = "output")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditExplain {
    /// The finding's number
    #[arg(value_name = "FINDING")]
    pub(crate) finding: String,
    /// The folder of the report
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "report")]
    pub(crate) report: PathBuf,
    /// Shows users, plates, reasons and case numbers too
    #[arg(long)]
    pub(crate) with_identifiers: bool,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditFormats {
    /// The format to show, as a file to begin one's own from
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// To the organizations on the list
    Outbound,
    /// From them
    Inbound,
}

#[derive(Debug, Args)]
pub(crate) struct AuditRegistry {
    /// The CSV files
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Which column holds what: name, aliases, class, state, kind or source [default: the usual names]
    #[arg(long, value_name = "WHAT=COLUMN", value_parser = column)]
    pub(crate) column: Vec<(String, String)>,
    /// Where the registry goes [default: standard output]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

fn column(text: &str) -> Result<(String, String), String> {
    let (what, column) = text.split_once('=').ok_or("write it as name=Organization")?;
    let known = bylaw_audit::registry::COLUMNS.contains(&what);
    if known {
        Ok((what.to_owned(), column.to_owned()))
    } else {
        Err("a registry has name, aliases, class, state, kind and source".to_owned())
    }
}
