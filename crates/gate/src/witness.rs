//! A witness for other logs over HTTP, as `tlog-witness` (C2SP) says: one of its own, or part of a
//! service below `/witness`.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request, State, rejection::BytesRejection},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bylaw_ledger::witness::{self, MAX_SUBMISSION_BYTES, Witness};

use crate::{
    error::{Error, Result},
    http::{Cause, admitted, whole},
    ledger_site::{blocking, text},
    limits::{Limits, Rules},
};

/// Tells the time in seconds since 1970.
type Now = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What the handlers share.
#[derive(Clone)]
struct Watch {
    witness: Option<Arc<Witness>>,
    now: Now,
}

/// A witness of its own, within the limits that a service has by default.
pub fn witness_router(
    witness: Arc<Witness>,
    now: impl Fn() -> u64 + Send + Sync + 'static,
) -> Router {
    let limits = Arc::new(Limits::new(Rules::default()));
    routes(Some(witness), now).layer(from_fn(move |call: Request, next: Next| {
        let limits = Arc::clone(&limits);
        async move {
            let response = admitted(&limits, call, next).await;
            if let Some(cause) = response.extensions().get::<Cause>() {
                tracing::warn!(status = response.status().as_u16(), cause = cause.text(), "failed");
            }
            response
        }
    }))
}

/// The routes of a witness; every one says that there is none, where there is none.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(
    witness: Option<Arc<Witness>>,
    now: impl Fn() -> u64 + Send + Sync + 'static,
) -> Router<S> {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin_hash}/checkpoint", get(checkpoint))
        .route("/keys", get(keys))
        .layer(DefaultBodyLimit::max(MAX_SUBMISSION_BYTES))
        .with_state(Watch { witness, now: Arc::new(now) })
}

async fn add_checkpoint(
    State(watch): State<Watch>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response> {
    let (witness, now) = (watch.witness()?, (watch.now)());
    let body = whole(body, MAX_SUBMISSION_BYTES)?;
    blocking(move || witness.add_checkpoint(&body, now)).await.map(told)
}

async fn checkpoint(
    State(watch): State<Watch>,
    Path(origin_hash): Path<String>,
) -> Result<Response> {
    let witness = watch.witness()?;
    blocking(move || witness.checkpoint(&origin_hash)).await.map(told)
}

/// The verifier keys, one a line.
async fn keys(State(watch): State<Watch>) -> Result<Response> {
    let witness = watch.witness()?;
    Ok(text(witness.verifier_keys().iter().map(|key| format!("{key}\n")).collect::<String>()))
}

impl Watch {
    fn witness(&self) -> Result<Arc<Witness>> {
        self.witness.clone().ok_or(Error::NotFound { what: "witness" })
    }
}

fn told(reply: witness::Response) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, reply.content_type)], reply.body).into_response()
}
