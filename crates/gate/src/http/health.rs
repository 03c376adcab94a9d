//! How the service does: for whoever watches it, and for Prometheus.
//!
//! `/healthz` answers 200 as long as the process works, and says what is wrong; `/readyz` answers
//! 503 while no answer can be recorded. Both are open to all, so what the database or a file system
//! said stands in the log only.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bylaw_law::Problem;
use serde::Serialize;

use crate::{clients::Caller, error::Result, service::Service};

#[derive(Serialize)]
struct Health {
    /// `ok`, or `trouble` where anything below is wrong.
    status: &'static str,
    version: &'static str,
    now: String,
    today: String,
    law: LawHealth,
    records: RecordHealth,
    /// Work in the background that failed when it was last tried.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    troubles: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct LawHealth {
    sources: String,
    loaded_at: String,
    /// The hash of each jurisdiction's law, by path.
    jurisdictions: BTreeMap<String, String>,
    /// Why the law that was offered last is not in force; empty where it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Refused>,
}

/// A problem of the law that was offered last.
#[derive(Serialize)]
struct Refused {
    code: &'static str,
    file: Option<String>,
    line: Option<usize>,
    message: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct RecordHealth {
    /// Whether answers can be recorded, and so given.
    recording: bool,
    queue: usize,
    log_size: u64,
    /// Leaves that the ledger lacked after a crash or a failure, and was given again.
    appended_again: u64,
    /// Whether an older copy had been put in the ledger's place.
    ledger_was_older: bool,
    /// By how many seconds the newest record is ahead of the clock, which once was wrong. Nothing
    /// is purged while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_ahead: Option<u64>,
}

/// No list on the page is longer: a broken vocabulary can break every pack.
const MOST_PROBLEMS: usize = 20;

pub(super) async fn healthz(State(service): State<Arc<Service>>) -> Response {
    let law = law_health(&service);
    let records = record_health(&service);
    let troubles = service.troubles();
    let well = records.recording
        && !records.ledger_was_older
        && records.clock_ahead.is_none()
        && law.refused.is_empty()
        && troubles.is_empty();
    let health = Health {
        status: if well { "ok" } else { "trouble" },
        version: env!("CARGO_PKG_VERSION"),
        now: service.now().to_string(),
        today: service.today().to_string(),
        law,
        records,
        troubles,
    };
    Json(health).into_response()
}

fn record_health(service: &Service) -> RecordHealth {
    let status = service.recorder().status();
    RecordHealth {
        recording: status.trouble.is_none(),
        queue: status.queued,
        log_size: status.size,
        appended_again: status.appended_again,
        ledger_was_older: status.ledger_was_older,
        clock_ahead: status.clock_ahead,
    }
}

fn law_health(service: &Service) -> LawHealth {
    let law = service.law();
    let refused = service.refused_law();
    let problems = refused.iter().flat_map(|error| &error.problems);
    LawHealth {
        sources: law.sources.clone(),
        loaded_at: law.loaded_at.to_string(),
        jurisdictions: law
            .law
            .jurisdictions()
            .map(|jurisdiction| (jurisdiction.path.clone(), jurisdiction.hash.to_string()))
            .collect(),
        refused: problems.take(MOST_PROBLEMS).map(Refused::from).collect(),
    }
}

impl From<&Problem> for Refused {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code,
            file: problem.file().map(ToOwned::to_owned),
            line: problem.line(),
            message: problem.message.clone(),
            help: problem.help.clone(),
        }
    }
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
}

pub(super) async fn readyz(State(service): State<Arc<Service>>) -> Response {
    let ready = service.moment().recording;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready })).into_response()
}

/// For clients only, and the answers of their own jurisdiction: exact counts of answers, read often
/// enough, would tell of single ones.
pub(super) async fn metrics(
    caller: Caller,
    State(service): State<Arc<Service>>,
) -> Result<Response> {
    let text = service.metrics.text(service.moment(), &caller.jurisdiction)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
