//! What the commands around the service need and the others do without: an asynchronous runtime,
//! and cryptography for TLS.

use std::future::Future;

use miette::{IntoDiagnostic, Result, WrapErr};
use tokio::runtime::Builder;

/// Runs one command to its end.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    choose_cryptography();
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .into_diagnostic()
        .wrap_err("cannot start threads")?
        .block_on(command)
}

/// All TLS of this process, called and calling, uses one implementation.
pub(crate) fn choose_cryptography() {
    // A second choice is refused; the first one stays.
    _ = rustls::crypto::ring::default_provider().install_default();
}
