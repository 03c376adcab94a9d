//! `bylaw ledger witness`: a witness alone, for the logs of neighbors.

use std::{process::ExitCode, sync::Arc};

use bylaw_gate::witness_router;
use bylaw_ledger::witness::Witness;
use miette::{IntoDiagnostic, Result, WrapErr};
use tokio::net::TcpListener;

use crate::{args::LedgerWitness, output, runtime, serve, serve::ground};

pub(super) fn run(options: &LedgerWitness) -> Result<ExitCode> {
    let witness = ground::witness(&options.data, options.name.as_deref(), &options.logs)?;
    runtime::block_on(serve(Arc::new(witness), options))
}

async fn serve(witness: Arc<Witness>, options: &LedgerWitness) -> Result<ExitCode> {
    let stopped = serve::signals()?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let listener = TcpListener::bind(&options.listen)
        .await
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr().into_diagnostic().wrap_err("cannot tell the port")?;
    output::print(format_args!("listening on http://{address}\n"))?;
    axum::serve(listener, witness_router(witness, ground::now_seconds))
        .with_graceful_shutdown(serve::until_stopped(stopped))
        .await
        .into_diagnostic()
        .wrap_err("the port is no longer served")?;
    Ok(ExitCode::SUCCESS)
}
