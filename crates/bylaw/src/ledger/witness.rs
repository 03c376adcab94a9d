//! `bylaw ledger witness`: a witness alone, for the logs of neighbors.

use std::{process::ExitCode, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bylaw_ledger::witness::{self, MAX_SUBMISSION_BYTES, Witness};
use miette::{IntoDiagnostic, Result, WrapErr};
use tokio::net::TcpListener;

use crate::{args::LedgerWitness, output, runtime, serve, serve::ground};

pub(super) fn run(options: &LedgerWitness) -> Result<ExitCode> {
    let witness = ground::witness(&options.data, options.name.as_deref(), &options.logs)?;
    runtime::block_on(serve(Arc::new(witness), options))
}

async fn serve(witness: Arc<Witness>, options: &LedgerWitness) -> Result<ExitCode> {
    let stopped = serve::signals()?;
    let listener = TcpListener::bind(&options.listen)
        .await
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr().into_diagnostic().wrap_err("cannot tell the port")?;
    output::print(format_args!("listening on http://{address}\n"))?;
    axum::serve(listener, router(witness))
        .with_graceful_shutdown(serve::until_stopped(stopped))
        .await
        .into_diagnostic()
        .wrap_err("the port is no longer served")?;
    Ok(ExitCode::SUCCESS)
}

fn router(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin_hash}/checkpoint", get(checkpoint))
        .route("/keys", get(keys))
        .layer(DefaultBodyLimit::max(MAX_SUBMISSION_BYTES))
        .with_state(witness)
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    blocking(move || witness.add_checkpoint(&body, ground::now_seconds())).await
}

async fn checkpoint(
    State(witness): State<Arc<Witness>>,
    Path(origin_hash): Path<String>,
) -> Response {
    blocking(move || witness.checkpoint(&origin_hash)).await
}

async fn keys(State(witness): State<Arc<Witness>>) -> Response {
    let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (plain, ground::shown(witness.verifier_keys())).into_response()
}

async fn blocking(
    work: impl FnOnce() -> bylaw_ledger::Result<witness::Response> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(reply)) => {
            let status = StatusCode::from_u16(reply.status);
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(CONTENT_TYPE, reply.content_type)], reply.body).into_response()
        }
        Ok(Err(error)) => {
            output::note(format_args!("{error}"));
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
