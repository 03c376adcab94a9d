//! The log tells of every call what an operator needs, and nothing that the call held.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{body::Body, http::Request};
use bylaw_gate::{
    Peer, envoy,
    tls::{Connections, Listener},
};
use bylaw_law::SourceFile;
use bylaw_records::{Clock, NewClient};
use deployment::{ALLOWED, Deployment, FORBIDDEN, TODAY, TOWN, evaluation, law_files};
use envoy_types::pb::envoy::service::auth::v3::{
    AttributeContext, CheckRequest, CheckResponse,
    attribute_context::{self, HttpRequest},
    authorization_client::AuthorizationClient,
};
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

/// Logs of this thread alone, on which a whole test runs.
fn listen(log: &Log) -> tracing::subscriber::DefaultGuard {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .finish();
    tracing::subscriber::set_default(subscriber)
}

#[tokio::test]
async fn every_call_leaves_one_line_without_what_it_held() {
    let log = Log::default();
    let _logging = listen(&log);
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

/// The law of the town, which binds library staff and nobody else, in a world with others.
fn law_of_library_staff() -> Vec<SourceFile> {
    let change = |file: SourceFile| {
        let text = file
            .text
            .replace(
                "@library_staff(\"Library staff\")",
                "@library_staff(\"Library staff\") @planted_staff(\"Others\")",
            )
            .replace("[\"library_staff\"]", "[\"library_staff\", \"planted_staff\"]")
            .replace("kind = \"ordinance\"", "kind = \"ordinance\"\nbinds = [\"library_staff\"]");
        SourceFile::new(file.name, text)
    };
    law_files(None).into_iter().map(change).collect()
}

/// Whom the law does not bind is a fact's value: neither the log nor the caller reads it.
#[tokio::test]
async fn an_actor_that_no_law_binds_is_not_named() {
    let log = Log::default();
    let _logging = listen(&log);
    let noon = format!("{TODAY}T12:00:00Z").parse().expect("a time");
    let deployment = Deployment::of(law_of_library_staff(), Clock::new(move || noon), |_| ()).await;
    let told = "the law of `town` binds another kind of actor";
    let reply = deployment.evaluate(&ALLOWED.replace("library_staff", "planted_staff")).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (400, told.into()));

    let denied = format!("{:?}", ask_as_gateway(&deployment, "planted_staff").await);
    assert!(denied.contains(told), "{denied}");
    assert!(!denied.contains("planted"), "{denied}");
    let log = log.text();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(" bylaw_gate::")).collect();
    let denials: Vec<_> = lines.iter().filter(|line| line.contains("a gateway's check")).collect();
    assert_eq!(denials.len(), 1, "{lines:?}");
    assert!(denials.iter().all(|line| line.contains("gate::malformed")), "{denials:?}");
    assert!(!lines.iter().any(|line| line.contains("planted")), "{lines:?}");
}

/// A gateway's check about an actor, over a real socket.
async fn ask_as_gateway(deployment: &Deployment, actor: &str) -> CheckResponse {
    let mapping = "silent = \"deny\"\nunmatched = \"deny\"\n\n[facts]\n\
                   actor_kind = { from = \"request.headers.x-actor\" }\n\n\
                   [[routes]]\nmethod = [\"GET\"]\npath = \"/doors\"\nact = \"enter\"\n";
    let token = deployment.add(NewClient {
        name: "gateway".to_owned(),
        jurisdiction: TOWN.to_owned(),
        mapping: Some(("gateway.toml".to_owned(), mapping.to_owned())),
        ..NewClient::default()
    });
    let token = token.await;
    let listener = Listener::bind("127.0.0.1:0", None, Connections::default()).await;
    let listener = listener.expect("a port");
    let url = format!("http://{}", listener.address().expect("an address"));
    let app = envoy::router(Arc::clone(&deployment.service));
    let app = app.into_make_service_with_connect_info::<Peer>();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let http = HttpRequest {
        method: "GET".to_owned(),
        path: "/doors".to_owned(),
        headers: [("x-actor".to_owned(), actor.to_owned())].into(),
        ..HttpRequest::default()
    };
    let request = attribute_context::Request { http: Some(http), ..Default::default() };
    let attributes = AttributeContext { request: Some(request), ..Default::default() };
    let mut check = tonic::Request::new(CheckRequest { attributes: Some(attributes) });
    let bearer = format!("Bearer {token}").parse().expect("a header's value");
    check.metadata_mut().insert("authorization", bearer);
    let mut client = AuthorizationClient::connect(url).await.expect("a connection");
    let response = client.check(check).await.expect("never an error of gRPC").into_inner();
    server.abort();
    response
}
