//! What can go wrong between a caller and an answer, and what is told outside about it.
//!
//! [`Error`] itself is for the log and the operator. [`Error::outside`] is for the caller: it says
//! what to do, and never what the database or a file system said.

use std::path::PathBuf;

use axum::http::StatusCode;
use miette::Diagnostic;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong between a caller and an answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// No credential, or one that is not known, has expired or was revoked.
    #[error("the caller is not known: {reason}")]
    #[diagnostic(
        code(gate::unauthenticated),
        help("send `Authorization: Bearer …` with a token of `bylaw token create`")
    )]
    Unauthenticated {
        /// What is wrong with the credential, in words that do not repeat it.
        reason: &'static str,
    },
    /// The client's jurisdiction is not in the law in force.
    #[error("no law is loaded for `{path}`, the jurisdiction of client {client}")]
    #[diagnostic(
        code(gate::unknown_jurisdiction),
        help("load its packs, or make the client a token for another jurisdiction")
    )]
    UnknownJurisdiction {
        /// The client's number.
        client: u64,
        /// The path.
        path: String,
    },
    /// The client's mapping does not fit the law in force.
    #[error("the mapping of client {client} does not fit the law in force: {reason}")]
    #[diagnostic(
        code(gate::mapping),
        help("correct the mapping file and make the client a new token with it")
    )]
    Mapping {
        /// The client's number.
        client: u64,
        /// The first problem, with its line.
        reason: String,
    },
    /// The client asks faster than its rate.
    #[error("client {client} asks faster than its rate")]
    #[diagnostic(code(gate::rate), help("wait {retry_after} s; `limits.calls_per_second`"))]
    TooFast {
        /// The client's number.
        client: u64,
        /// After how many seconds the next call can pass.
        retry_after: u64,
    },
    /// A call with more items than the rate ever lets through.
    #[error("a call of client {client} has more items than its rate of {limit} a second")]
    #[diagnostic(code(gate::batch), help("send smaller batches; `limits.calls_per_second`"))]
    TooMany {
        /// The client's number.
        client: u64,
        /// The most items.
        limit: u32,
    },
    /// A call with more items than can be recorded at once.
    #[error("a call has more than {limit} items")]
    #[diagnostic(code(gate::batch), help("send smaller batches; `limits.queue`"))]
    TooManyItems {
        /// The most items.
        limit: usize,
    },
    /// A call whose records are too large to be kept in memory until all are decided.
    #[error("the records of this call have more than {limit} bytes")]
    #[diagnostic(code(gate::records_too_large), help("send smaller batches"))]
    RecordsTooLarge {
        /// The limit.
        limit: usize,
    },
    /// Too many callers at once whose credentials are not known yet.
    #[error("too many credentials are being looked up")]
    #[diagnostic(code(gate::lookups), help("try again in a second"))]
    LookupsBusy,
    /// More calls at once than the service takes.
    #[error("more than {limit} calls are in flight")]
    #[diagnostic(code(gate::busy), help("try again; `limits.calls_at_once`"))]
    Busy {
        /// The limit.
        limit: usize,
    },
    /// A call that took too long.
    #[error("no answer within {seconds} s")]
    #[diagnostic(code(gate::slow), help("try again; `limits.call_seconds`"))]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// A body or a header that cannot be read.
    #[error("{reason}")]
    #[diagnostic(code(gate::malformed), help("see /openapi.json for the shape of every call"))]
    Malformed {
        /// What is wrong, naming fields and never their values.
        reason: String,
    },
    /// A body longer than the limit.
    #[error("the body has more than {limit} bytes")]
    #[diagnostic(code(gate::too_large), help("send smaller batches; `limits.body_bytes`"))]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Nothing is at that path, or nothing has that number.
    #[error("there is no {what}")]
    #[diagnostic(code(gate::not_found), help("/openapi.json lists every path"))]
    NotFound {
        /// What is not there: "page", "receipt".
        what: &'static str,
    },
    /// The path is there, the method is not.
    #[error("this path has no such method")]
    #[diagnostic(code(gate::method), help("/openapi.json lists every path with its methods"))]
    Method,
    /// The record is durable, its receipt not yet to be read.
    #[error("the receipt of record {number} is not published yet")]
    #[diagnostic(code(gate::not_published), help("try again in a second"))]
    NotPublished {
        /// The record's number.
        number: u64,
    },
    /// The decision could not be made durable, so it is not given.
    #[error("the answer could not be recorded")]
    #[diagnostic(
        code(gate::not_recorded),
        help("see the log and /healthz; no answer is given without its record")
    )]
    NotRecorded(#[source] bylaw_records::Error),
    /// The record store cannot be asked.
    #[error("the record store does not answer")]
    #[diagnostic(code(gate::records), help("see the log and /healthz"))]
    Records(#[source] bylaw_records::Error),
    /// The ledger cannot be read.
    #[error("the ledger cannot be read")]
    #[diagnostic(code(gate::ledger), help("see the log and /healthz"))]
    Ledger(#[source] bylaw_ledger::Error),
    /// The law does not load; the one before it stays in force.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Law(#[from] bylaw_law::LoadError),
    /// A certificate, a key or an authority that cannot be used.
    #[error("cannot use {path} for TLS: {reason}")]
    #[diagnostic(
        code(gate::tls),
        help("PEM files: the certificate with its chain, its private key, the clients' authority")
    )]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    #[diagnostic(code(gate::listen), help("another program may hold it; `--listen` names another"))]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// Something broke that should not.
    #[error("an internal error: {what}")]
    #[diagnostic(code(gate::internal), help("see the log; no answer was given"))]
    Internal {
        /// Where.
        what: &'static str,
    },
}

impl Error {
    /// The status of the reply.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::UnknownJurisdiction { .. } | Self::Mapping { .. } => StatusCode::FORBIDDEN,
            Self::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::TooManyItems { .. }
            | Self::RecordsTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Busy { .. }
            | Self::LookupsBusy
            | Self::TooSlow { .. }
            | Self::NotPublished { .. }
            | Self::NotRecorded(_)
            | Self::Records(_)
            | Self::Ledger(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Law(_) | Self::Tls { .. } | Self::Listen { .. } | Self::Internal { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// After how many seconds the same call may pass, where waiting helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooFast { retry_after, .. } => Some(*retry_after),
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(1),
            _ => None,
        }
    }

    /// What the caller may be told: the error and what to do, without its causes.
    #[must_use]
    pub fn outside(&self) -> String {
        match self {
            Self::Law(_) | Self::Tls { .. } | Self::Listen { .. } => "an internal error".into(),
            Self::NotRecorded(_) => {
                "the answer could not be recorded, so no answer is given; try again".into()
            }
            _ => self.to_string(),
        }
    }
}
