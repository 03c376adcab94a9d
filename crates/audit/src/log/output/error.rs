//! What can go wrong with a report's own files.

use std::{
    io,
    path::{Path, PathBuf},
};

use miette::Diagnostic;

/// What stops the writing or the reading of findings.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum OutputError {
    /// A file cannot be written. What was written of it is gone again.
    #[error("{} cannot be written: {why}", path.display())]
    #[diagnostic(
        code(audit::output::write),
        help(
            "make room or choose another folder with --output; the parts already written are kept"
        )
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A file of a report cannot be read back.
    #[error("{} cannot be read: {why}", path.display())]
    #[diagnostic(
        code(audit::output::read),
        help("name the folder that `bylaw audit log --output` wrote")
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// What was asked for is no finding's number.
    #[error("`{asked}` is no finding's number")]
    #[diagnostic(
        code(audit::output::no_number),
        help("give at least the first 8 of its 32 hexadecimal digits, as findings.csv has them")
    )]
    NoNumber {
        /// What was asked for.
        asked: String,
    },
    /// The report has no such finding.
    #[error("this report has no finding `{asked}`")]
    #[diagnostic(
        code(audit::output::no_finding),
        help(
            "a finding has another number in every report: take it from this report's findings.csv"
        )
    )]
    NoFinding {
        /// What was asked for.
        asked: String,
    },
    /// Several findings' numbers begin with those digits.
    #[error("several findings begin with `{asked}`, such as {first} and {second}")]
    #[diagnostic(code(audit::output::ambiguous), help("give more digits"))]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// One of them.
        first: String,
        /// Another.
        second: String,
    },
}

impl OutputError {
    /// The error of a file that cannot be written.
    pub(crate) fn write(path: &Path, why: impl Into<io::Error>) -> Self {
        Self::Write { path: path.to_owned(), why: why.into() }
    }

    /// The error of a file that cannot be read.
    pub(crate) fn read(path: &Path, why: impl ToString) -> Self {
        Self::Read { path: path.to_owned(), why: why.to_string() }
    }
}
