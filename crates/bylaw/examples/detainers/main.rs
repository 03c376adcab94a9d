//! Detainers that ICE sent to Californian jails, as requests for `bylaw decide --batch`, and the
//! replies as tables.
//!
//! ```text
//! cargo run --release --example detainers -- requests FILE.csv.gz > requests.jsonl
//! bylaw decide --batch requests.jsonl -o answers.jsonl
//! cargo run --release --example detainers -- table answers.jsonl
//! cargo run --release --example detainers -- counts FILE.csv.gz
//! ```
//!
//! docs/detainers.md says what the columns can and cannot tell.

mod import;
mod table;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use miette::{IntoDiagnostic, Result, WrapErr};

use import::{Act, Facilities};

/// Detainers that ICE sent to Californian jails: from the released spreadsheets to requests, from
/// replies to tables.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One JSON request a line for every detainer that can be placed; the others are counted with
    /// the reason.
    Requests {
        /// A spreadsheet as CSV, or CSV compressed with gzip.
        file: PathBuf,
        /// What the jail is asked to do.
        #[arg(long = "as", value_enum, default_value_t = Act::DetainOnHold)]
        act: Act,
        /// Decide all of them under the law of this day, instead of the day on which each was
        /// prepared.
        #[arg(long)]
        on: Option<Date>,
    },
    /// Tables of the replies: by answer and section, by who holds the person, and what is needed.
    Table {
        /// What `bylaw decide --batch` wrote.
        answers: PathBuf,
    },
    /// The Californian detainers counted by facility, city, form and the reason for lifting, as
    /// CSV.
    Counts {
        /// A spreadsheet as CSV, or CSV compressed with gzip.
        file: PathBuf,
    },
}

fn main() -> Result<ExitCode> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut notes = io::stderr().lock();
    let mut bad = 0;
    match Arguments::parse().command {
        Command::Requests { file, act, on } => {
            let facilities = Facilities::known()?;
            let mut placed = import::Summary::default();
            for detainer in import::detainers(open(&file)?)? {
                match detainer {
                    Ok(detainer) => {
                        if let Some(request) = placed.request(&facilities, &detainer, act, on) {
                            writeln!(out, "{request}").into_diagnostic()?;
                        }
                    }
                    Err(row) => {
                        bad += 1;
                        writeln!(notes, "{row}").into_diagnostic()?;
                    }
                }
            }
            write!(notes, "{placed}").into_diagnostic()?;
        }
        Command::Table { answers } => {
            let mut tally = table::Tally::default();
            for line in BufReader::new(open(&answers)?).lines() {
                tally.add(&line.into_diagnostic()?)?;
            }
            write!(out, "{tally}").into_diagnostic()?;
        }
        Command::Counts { file } => {
            let mut counts = import::Counts::default();
            for detainer in import::detainers(open(&file)?)? {
                match detainer {
                    Ok(detainer) => counts.add(&detainer),
                    Err(row) => {
                        bad += 1;
                        writeln!(notes, "{row}").into_diagnostic()?;
                    }
                }
            }
            counts.write(&mut out)?;
        }
    }
    out.flush().into_diagnostic()?;
    if bad > 0 {
        writeln!(notes, "{bad} rows could not be read").into_diagnostic()?;
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::SUCCESS)
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    let file = File::open(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot open {}", path.display()))?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        return Ok(Box::new(MultiGzDecoder::new(file)));
    }
    Ok(Box::new(file))
}
