//! A whole deployment for one test: a small law, records in SQLite, a log in a folder, a client.

#![allow(dead_code, reason = "each test binary uses what it needs")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header::CONTENT_TYPE},
};
use bylaw_gate::{Parts, Service, Settings, limits::Rules, router};
use bylaw_law::{Law, SourceFile};
use bylaw_ledger::{Directory, Log, LogKeys, VerifierKey, witness::Witness};
use bylaw_records::{Clock, DeploymentKey, NewClient, Options, Recorder, Store};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tower::ServiceExt as _;

pub(crate) const TOWN: &str = "town";
/// A day of the tests' clock.
pub(crate) const TODAY: &str = "2026-11-22";

const VOCABULARY: &str = r#"
entity Office; entity Matter;
@library_staff("Library staff") entity ActorKind enum ["library_staff"];
type Facts = {
  @group("Who") @ask("Who acts?") @help("Look at the badge.") @who("desk") actor_kind: ActorKind,
  @group("Paper") @ask("Is there a judge's paper?") @help("Look at the top.") @who("desk") judicial: Bool
};
@say("Let someone in") action enter appliesTo { principal: Office, resource: Matter, context: Facts };
"#;

const DOORS: &str = r#"+++
title = "Doors"
cite = "Ord. 1"
kind = "ordinance"
source = "the clerk"
reviewed = { by = "nobody", on = 2026-11-22 }
in_force = { from = 2024-12-09 }
+++

## Doors

With a judge's paper one may come in, without one nobody may.

```cedar
@id("ORD-1") @cite("Ord. 1 § 1") @status("drafted: an example")
forbid (principal, action == Action::"enter", resource) unless { context.judicial };

@id("ORD-1/paper") @cite("Ord. 1 § 2") @status("drafted: an example")
permit (principal, action == Action::"enter", resource) when { context.judicial };
```
"#;

/// A call that the law permits.
pub(crate) const ALLOWED: &str = r#"{"subject":{"type":"staff","id":"p1"},"action":{"name":"enter"},"resource":{"type":"room","id":"r1"},"context":{"actor_kind":"library_staff","judicial":true}}"#;
/// One that it forbids.
pub(crate) const FORBIDDEN: &str = r#"{"subject":{"type":"staff","id":"p1"},"action":{"name":"enter"},"resource":{"type":"room","id":"r1"},"context":{"actor_kind":"library_staff","judicial":false}}"#;

/// The law of the tests; `doors` replaces its one instrument.
pub(crate) fn law_files(doors: Option<String>) -> Vec<SourceFile> {
    let doors = doors.unwrap_or_else(|| DOORS.to_owned());
    vec![
        SourceFile::new("vocabulary.cedarschema", VOCABULARY),
        SourceFile::new("town/doors.md", doors),
    ]
}

/// The law turned about: what was permitted is forbidden.
pub(crate) fn turned_law() -> Vec<SourceFile> {
    law_files(Some(DOORS.replace("unless", "when").replace(
        "resource) when { context.judicial };\n```",
        "resource) unless { context.judicial };\n```",
    )))
}

/// A folder that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bylaw-gate-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

pub(crate) struct Deployment {
    pub(crate) service: Arc<Service>,
    pub(crate) store: Store,
    pub(crate) recorder: Recorder,
    /// The token of a client without a mapping.
    pub(crate) token: String,
    pub(crate) folder: Folder,
}

impl Deployment {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// A deployment whose settings `change` changes.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(law_files(None), noon(), change).await
    }

    /// One that is a witness for other logs.
    pub(crate) async fn with_witness(witness: Witness) -> Self {
        Self::build(law_files(None), noon(), Some(Arc::new(witness)), |_| ()).await
    }

    /// A deployment of another law, by another clock.
    pub(crate) async fn of(
        files: Vec<SourceFile>,
        clock: Clock,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::build(files, clock, None, change).await
    }

    async fn build(
        files: Vec<SourceFile>,
        clock: Clock,
        witness: Option<Arc<Witness>>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let folder = Folder::new();
        let ledger = folder.path().join("ledger");
        let key = DeploymentKey::read_or_create(&folder.path().join("deployment.key"));
        let url = format!("sqlite:{}", folder.path().join("records.sqlite").display());
        let store = Store::open(&url, key.expect("a key")).await.expect("a database");
        let keys = LogKeys::generate("bylaw.example/tests").expect("keys");
        let verifier_keys = keys.verifier_keys();
        let log = Log::create(Box::new(Directory::new(&ledger)), keys, 1_763_800_000);
        let options = Options { clock, ..Options::default() };
        let recorder = Recorder::start(store.clone(), log.expect("a log"), options).await;
        let recorder = recorder.expect("a recorder");
        let parts = Parts {
            law: Law::load(&files).expect("the law loads"),
            files,
            store: store.clone(),
            recorder: recorder.clone(),
            ledger: Arc::new(Directory::new(&ledger)),
            keys: verifier_keys,
            witness,
        };
        let mut settings = settings();
        change(&mut settings);
        let service = Service::open(parts, settings).await.expect("a service");
        let mut deployment = Self { service, store, recorder, token: String::new(), folder };
        deployment.token = deployment.add_client("desk", None).await;
        deployment
    }

    /// Makes a client without a mapping; returns its token.
    pub(crate) async fn add_client(&self, name: &str, certificate: Option<[u8; 32]>) -> String {
        self.add(NewClient {
            name: name.to_owned(),
            jurisdiction: TOWN.to_owned(),
            certificate,
            ..NewClient::default()
        })
        .await
    }

    /// Makes a client; returns its token.
    pub(crate) async fn add(&self, client: NewClient) -> String {
        let (_, token) = self.store.create_client(&client, today()).await.expect("a client");
        token.reveal().to_owned()
    }

    /// The log's keys, as the service publishes them.
    pub(crate) async fn service_keys(&self) -> Vec<VerifierKey> {
        let keys = self.get("/ledger/keys").await.text;
        keys.lines().map(|line| line.parse().expect("a key")).collect()
    }

    pub(crate) fn router(&self) -> Router {
        router(Arc::clone(&self.service))
    }

    /// An evaluation by the client of the deployment.
    pub(crate) async fn evaluate(&self, body: &str) -> Reply {
        self.call(evaluation(Some(&self.token), body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Request::get(path).body(Body::empty()).expect("a call")).await
    }

    pub(crate) async fn call(&self, call: Request<Body>) -> Reply {
        call_router(self.router(), call).await
    }
}

/// One whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The value of a header, empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("it is text"))
    }

    /// The number of the record.
    pub(crate) fn record(&self) -> u64 {
        let json = self.json();
        let record = json.pointer("/context/record").and_then(serde_json::Value::as_u64);
        record.unwrap_or_else(|| panic!("no record: {self:?}"))
    }
}

pub(crate) async fn call_router(router: Router, call: Request<Body>) -> Reply {
    let response = router.oneshot(call).await.expect("a router does not fail");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a whole body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Reply { status: parts.status, headers: parts.headers, text }
}

/// A single evaluation.
pub(crate) fn evaluation(token: Option<&str>, body: &str) -> Request<Body> {
    let call = Request::post("/access/v1/evaluation").header(CONTENT_TYPE, "application/json");
    let call = match token {
        Some(token) => call.header("authorization", format!("Bearer {token}")),
        None => call,
    };
    call.body(Body::from(body.to_owned())).expect("a call")
}

/// A clock that stands at noon of the day of the tests.
fn noon() -> Clock {
    let noon: Timestamp = format!("{TODAY}T12:00:00Z").parse().expect("a time");
    Clock::new(move || noon)
}

pub(crate) fn today() -> Date {
    TODAY.parse().expect("a day")
}

fn settings() -> Settings {
    Settings {
        public_url: "https://bylaw.example".to_owned(),
        time_zone: TimeZone::UTC,
        clients_remembered_for: Duration::ZERO,
        limits: Rules::default(),
        retention: Default::default(),
    }
}
