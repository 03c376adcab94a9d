//! What can go wrong with a file, and what is wrong with one row of it.

use std::fmt;

use miette::Diagnostic;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What stops the work before a list is read.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// A registry file has a header or a row that cannot be used. A registry is used whole or not
    /// at all: a row left out would change what others are taken for.
    #[error("the registry {file}, row {row}: {what}")]
    #[diagnostic(code(audit::registry))]
    Registry {
        /// The file.
        file: String,
        /// The line at which the row begins; 1 is the first.
        row: u64,
        /// What is wrong.
        what: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// The patterns of names cannot be read.
    #[error("the patterns of names cannot be read: {reason}")]
    #[diagnostic(code(audit::patterns), help("each group has a class, a kind and phrases"))]
    Patterns {
        /// What is wrong, with its line.
        reason: String,
    },
    /// A lexicon of reasons cannot be used. It is used whole or not at all: an entry left out would change
    /// how rows are read.
    #[error("the lexicon {file} cannot be used: {what}")]
    #[diagnostic(
        code(audit::lexicon),
        help("docs/audit-logs.md shows what an entry has: id, says, purposes, words, why, rows")
    )]
    Lexicon {
        /// The file.
        file: String,
        /// What is wrong, with the entry.
        what: String,
    },
    /// A format file, or that of the marks, cannot be understood. It would read columns for what they
    /// are not.
    #[error("the format {file}: {what}")]
    #[diagnostic(code(audit::format))]
    Format {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// The jurisdiction lies in no state, so that "of this state" means nothing.
    #[error("`{path}` lies in no state")]
    #[diagnostic(code(audit::no_state), help("name one below a state, such as us/ca"))]
    NoState {
        /// The path.
        path: String,
    },
}

/// What is wrong with a list, or with one row of it. The rest of the list, and the other lists, are
/// read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// The list.
    pub list: String,
    /// The line at which the row begins; none where it is the whole list.
    pub row: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "{}, row {row}: {}", self.list, self.what),
            None => write!(f, "{}: {}", self.list, self.what),
        }
    }
}
