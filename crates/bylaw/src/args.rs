//! What can be asked for on the command line.

mod audit;
mod proof;
mod service;

use std::path::PathBuf;

use bylaw_law::vocabulary::Who;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use jiff::civil::Date;

pub(crate) use audit::{
    AuditCommand, AuditExplain, AuditFormats, AuditLog, AuditRegistry, AuditSharing, Way,
};
pub(crate) use proof::{CheckCertificate, Compare, Coverage, Only, Prove};
pub(crate) use service::{
    LedgerCheck, LedgerCommand, LedgerExport, LedgerInit, LedgerProof, LedgerVerify, LedgerWitness,
    Place, RecordsBackup, RecordsCommand, RecordsHold, RecordsHolds, RecordsList, RecordsPurge,
    RecordsShow, RecordsVerify, Serve, TokenCommand, TokenCreate, TokenList, TokenRevoke, Trust,
};

/// Makes the law run: decides a request under the law in force, with its citation.
///
/// The laws are packs, which are Markdown that runs; those of Los Angeles and the layers above it
/// are in this program. It is not legal advice: every rule says how far it was verified.
#[derive(Debug, Parser)]
#[command(name = "bylaw", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Uses the packs of this folder instead of those in the program
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) packs: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  bylaw decide examples/library-address.json        one request, for a person to read
  bylaw decide --batch requests.jsonl -o out.jsonl  many, one JSON object a line
  bylaw ask                                         asks you what it needs to know
  bylaw law show LA-ORD-7                           a rule, as a person reads it
  bylaw law check packs                             loads a law and runs every worked case
  bylaw serve                                       answers other systems, and records every answer
  bylaw ledger verify /srv/bylaw/ledger             whether the record was left alone";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decides a request, or a batch of them
    #[command(after_help = DECIDE_EXAMPLES)]
    Decide(Decide),
    /// Asks for the facts, one at a time, then answers
    #[command(after_help = ASK_EXAMPLES)]
    Ask(Ask),
    /// Checks, shows and formats the law itself
    Law {
        #[command(subcommand)]
        command: LawCommand,
    },
    /// Asks of what systems recorded whether the law was kept
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Answers over AuthZEN and Envoy, and records every answer
    #[command(after_help = service::SERVE_EXAMPLES)]
    Serve(Serve),
    /// Lets clients of the service in, and shuts them out
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Makes, verifies and copies the public log, and checks receipts
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// Shows, verifies, holds and purges the private records
    Records {
        #[command(subcommand)]
        command: RecordsCommand,
    },
    /// Prints shell completions
    #[command(
        after_help = "Example:\n  bylaw completions bash > ~/.local/share/bash-completion/completions/bylaw"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page, or writes those of all commands into a folder
    #[command(after_help = "Example:\n  bylaw man | man -l -")]
    Man {
        /// The folder to write one page a command into
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
}

const DECIDE_EXAMPLES: &str = r#"A request:
  {"jurisdiction": "us/ca/los-angeles",
   "on": "2026-11-22",
   "facts": {"actor_kind": "library_staff",
             "action": "disclose_information",
             "requester_kind": "ice_ero"}}

`bylaw law show facts` lists facts and their values. A fact that is left out,
null or "unknown" is not known; it is never taken to be false.

Examples:
  bylaw decide examples/library-address.json
  bylaw decide - --json < request.json
  bylaw decide --on 2010-06-01 request.json
  bylaw decide --batch requests.jsonl --otherwise absent -o answers.jsonl

Exit codes: 0 all answered; 2 a request could not be read, the others are
answered; 1 anything else."#;

const ASK_EXAMPLES: &str = "\
At any question: a number or a name answers, `?` explains, Enter means \"I don't know\", `b` goes back, `q` stops.

Examples:
  bylaw ask
  bylaw ask --jurisdiction us/ca/lausd --actor school_employee --action grant_nonpublic_access";

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The request, a JSON file, or - for standard input
    #[arg(value_name = "FILE|-", required_unless_present = "batch", conflicts_with = "batch", value_hint = ValueHint::FilePath)]
    pub(crate) request: Option<PathBuf>,
    /// Decides many requests, one JSON object a line; - for standard input
    #[arg(long, value_name = "IN.jsonl", value_hint = ValueHint::FilePath)]
    pub(crate) batch: Option<PathBuf>,
    /// Where the answers of a batch go [default: standard output]
    #[arg(short, long, value_name = "OUT.jsonl", conflicts_with = "request", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// The jurisdiction of requests that name none, such as us/ca/los-angeles
    #[arg(long, value_name = "PATH")]
    pub(crate) jurisdiction: Option<String>,
    /// The day of requests that name none [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// What to take unstated facts for; what was assumed is listed in the reply
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Otherwise::Unknown)]
    pub(crate) otherwise: Otherwise,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn day(text: &str) -> Result<Date, String> {
    text.parse()
        .map_err(|_| "there is no such day; write it as year-month-day: 2026-11-22".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Otherwise {
    /// Not known
    Unknown,
    /// Absent, where the desk can see that there is nothing (no paper, no emergency); else not
    /// known
    Absent,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Whose act it is [default: asks]
    #[arg(long, value_name = "PATH")]
    pub(crate) jurisdiction: Option<String>,
    /// Who acts [default: asks]
    #[arg(long, value_name = "ACTOR_KIND")]
    pub(crate) actor: Option<String>,
    /// What is asked for [default: asks]
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Who is asked: what only others can know is left open
    #[arg(long, value_enum, default_value_t = Asked::Desk)]
    pub(crate) who: Asked,
    /// Prints the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Asked {
    /// The counter
    Desk,
    /// The records desk
    Records,
    /// Counsel
    Counsel,
}

impl From<Asked> for Who {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Desk => Self::Desk,
            Asked::Records => Self::Records,
            Asked::Counsel => Self::Counsel,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum LawCommand {
    /// Loads the law, runs every worked case, and says what no case reaches
    #[command(
        after_help = "Examples:\n  bylaw law check\n  bylaw law check packs --json\n\nExit codes: 0 all cases hold, 1 the law does not load or a case does not hold."
    )]
    Check(Check),
    /// Shows a rule, an instrument, a jurisdiction or the facts, as a person reads them
    #[command(
        after_help = "Examples:\n  bylaw law show\n  bylaw law show us/ca/los-angeles\n  bylaw law show us/ca/values-act\n  bylaw law show CA-7284.6-a1C\n  bylaw law show facts"
    )]
    Show(Show),
    /// Lists what rests on no text that somebody read, as a work list for counsel
    #[command(after_help = SOURCES_EXAMPLES)]
    Sources(Sources),
    /// Prints what each jurisdiction forbids, requires, permits and leaves open, by act, as a
    /// Markdown page
    #[command(
        after_help = "Examples:\n  bylaw law summary > docs/laws.md\n  bylaw law summary us us/ca us/ca/los-angeles\n  bylaw law summary us/tx --on 2017-12-05\n  bylaw law summary --json"
    )]
    Summary(Summary),
    /// Proves claims about the law in every possible case, or shows a case that breaks them
    #[command(after_help = proof::PROVE_EXAMPLES)]
    Prove(Prove),
    /// Checks a certificate of `law prove` against the packs, sharing no code with what wrote it
    #[command(after_help = proof::CHECK_CERTIFICATE_EXAMPLES)]
    CheckCertificate(CheckCertificate),
    /// Compares two laws: every kind of case in which they answer differently
    #[command(after_help = proof::COMPARE_EXAMPLES)]
    Compare(Compare),
    /// Shows what a law decides, where it is silent, and which of its rules never decide
    #[command(after_help = proof::COVERAGE_EXAMPLES)]
    Coverage(Coverage),
    /// Formats the Cedar rules of packs
    #[command(after_help = "Examples:\n  bylaw law fmt packs\n  bylaw law fmt --check packs")]
    Fmt(Fmt),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The folder of packs [default: the packs in the program, or --packs]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A rule's id, an instrument, a jurisdiction's path, or `facts` [default: all jurisdictions]
    #[arg(value_name = "RULE|INSTRUMENT|JURISDICTION|facts")]
    pub(crate) what: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const SOURCES_EXAMPLES: &str = r#"A rule or term is listed where its status or citation admits a doubt (from
memory, drafted, part verified, an uncertain section or day, a text not read),
where it turns on an open question, or where its review is old. What forbids or
commands comes first, and of that what rests on memory. A pack says which text
its author read so, and `--text` finds it by the hash:
  read = { sha256 = "…", on = 2026-11-22, what = "the chaptered text, PDF" }

Examples:
  bylaw law sources                           everything, jurisdiction by jurisdiction
  bylaw law sources us/ca/los-angeles         one city's own law
  bylaw law sources us/ca/values-act --json   one instrument, as a list of items
  bylaw law sources --older-than 90           also what was reviewed more than 90 days ago
  bylaw law sources --text sb54.pdf           which packs were read from exactly this text
  bylaw law sources us/tx/sheriffs --text a   whether that pack was read from this text

Exit codes: 0 listed, however long the list; 1 the law does not load, nothing is
called so, or a file cannot be read."#;

#[derive(Debug, Args)]
pub(crate) struct Sources {
    /// Whose own law, or which instruments [default: all]
    #[arg(value_name = "JURISDICTION|INSTRUMENT")]
    pub(crate) what: Vec<String>,
    /// How many days a review stays fresh
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) older_than: u32,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Says instead which packs were read from exactly these texts
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub(crate) text: Vec<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Summary {
    /// The jurisdictions, such as us/ca/los-angeles [default: all]
    #[arg(value_name = "JURISDICTION")]
    pub(crate) jurisdictions: Vec<String>,
    /// The day [default: the newest day on which a pack was reviewed, so that a page that is kept
    /// does not change with the clock]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// The folder of packs [default: packs, or --packs]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    /// Changes nothing; exits with 1 where a file would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Prints the files that changed as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
