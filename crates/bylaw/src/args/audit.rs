//! Arguments of `bylaw audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use jiff::civil::Date;

use super::day;

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
