//! The log tells of every call what an operator needs, and nothing that the call held.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{body::Body, http::Request};
use deployment::{ALLOWED, Deployment, FORBIDDEN, evaluation};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn every_call_leaves_one_line_without_what_it_held() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .finish();
    // Of this thread alone, on which the whole test runs.
    let _logging = tracing::subscriber::set_default(subscriber);

    let deployment = Deployment::new().await;
    let planted = FORBIDDEN.replace("p1", "Maria Planted").replace("r1", "case-planted-77");
    let mut call = evaluation(Some(&deployment.token), &planted);
    call.headers_mut().insert("x-request-id", "id-planted".parse().expect("a header"));
    deployment.call(call).await;
    let wrong = ALLOWED.replace("library_staff", "planted_staff");
    deployment.evaluate(&wrong).await;
    deployment.evaluate("{\"planted\": ").await;
    deployment.call(evaluation(Some("bylaw_planted"), &planted)).await;
    let lost = Request::get("/planted/path?planted=1").body(Body::empty()).expect("a call");
    deployment.call(lost).await;
    deployment.recorder.close().await;
    deployment.evaluate(&planted).await;

    let log = log.text();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(" bylaw_gate::")).collect();
    let has = |parts: &[&str]| {
        let found = lines.iter().filter(|line| parts.iter().all(|part| line.contains(part)));
        assert_eq!(found.count(), 1, "{parts:?}\n{log}");
    };
    let evaluation = "call{endpoint=\"/access/v1/evaluation\"";
    has(&["DEBUG", evaluation, "client=1 answer=\"must_not\" record=0", "answered status=200"]);
    has(&["INFO", "refused status=401", "gate::unauthenticated"]);
    has(&["INFO", "endpoint=\"none\"", "refused status=404", "gate::not_found"]);
    has(&["WARN", "client=1}", "failed status=503", "the answer could not be recorded: "]);
    let malformed =
        lines.iter().filter(|line| line.contains("status=400") && line.contains("gate::malformed"));
    assert_eq!(malformed.count(), 2, "{log}");
    assert_eq!(lines.len(), 6, "{log}");
    assert!(!log.to_lowercase().contains("planted"), "{log}");
    assert!(!log.contains(&deployment.token), "{log}");
}
