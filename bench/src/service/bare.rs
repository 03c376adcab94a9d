//! The bare framework: axum on its own, which reads the body and returns a constant.

use std::net::SocketAddr;

use anyhow::Result;
use axum::{Router, body::Bytes, http::header::CONTENT_TYPE, routing::post};

/// First argument that makes this program such a server.
pub(crate) const BARE: &str = "--bare";

/// Serves on a free port for ever, and prints it first.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        println!("listening on http://{}", listener.local_addr()?);
        let constant =
            |_: Bytes| async { ([(CONTENT_TYPE, "application/json")], r#"{"decision":true}"#) };
        axum::serve(listener, Router::new().route("/access/v1/evaluation", post(constant))).await?;
        Ok(())
    })
}
