//! A deployment whose client has a mapping file, called over its routes.

#![allow(dead_code, reason = "each test binary uses what it needs")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use bylaw_law::SourceFile;
use bylaw_records::{Clock, Content, NewClient, Store};
use jiff::Timestamp;
use serde_json::Value;

use crate::deployment::{Deployment, Reply, TODAY};

pub(crate) const EVALUATION: &str = "/access/v1/evaluation";
pub(crate) const EVALUATIONS: &str = "/access/v1/evaluations";
pub(crate) const SUBJECTS: &str = "/access/v1/search/subject";
pub(crate) const RESOURCES: &str = "/access/v1/search/resource";
pub(crate) const ACTIONS: &str = "/access/v1/search/action";

/// A deployment with a client of its own, and a clock that can be moved.
pub(crate) struct Api {
    pub(crate) deployment: Deployment,
    pub(crate) token: String,
    pub(crate) now: Arc<AtomicI64>,
}

impl Api {
    /// The law and the mapping of a folder below `tests/fixtures`.
    pub(crate) async fn of(fixture: &str) -> Self {
        let folder = fixtures().join(fixture);
        let mapping = fs::read_to_string(folder.join("mapping.toml")).expect("a mapping");
        Self::with(&folder, Some(&mapping)).await
    }

    /// The law of any folder, for a client with this mapping, or none.
    pub(crate) async fn with(folder: &Path, mapping: Option<&str>) -> Self {
        let noon: Timestamp = format!("{TODAY}T12:00:00Z").parse().expect("a time");
        let now = Arc::new(AtomicI64::new(noon.as_second()));
        let hand = Arc::clone(&now);
        let clock = Clock::new(move || {
            Timestamp::from_second(hand.load(Ordering::Relaxed)).expect("a time")
        });
        let deployment = Deployment::of(law_of(folder), clock, |_| ()).await;
        let token = deployment.add(client("integrator", mapping)).await;
        Self { deployment, token, now }
    }

    /// Lets hours pass.
    pub(crate) fn wait_hours(&self, hours: i64) {
        self.now.fetch_add(hours * 3600, Ordering::Relaxed);
    }

    /// Sends a body, and checks it and its reply by the published schemas.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        let reply = self.send(path, &[("content-type", "application/json")], body).await;
        if let Some(schemas) = Schemas::known() {
            schemas.check(path, body, &reply);
        }
        reply
    }

    pub(crate) async fn send(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut call = Request::post(path).header("authorization", self.bearer());
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        self.deployment.call(call.body(Body::from(body.to_owned())).expect("a call")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let call = Request::get(path).header("authorization", self.bearer());
        self.deployment.call(call.body(Body::empty()).expect("a call")).await
    }

    /// The text of a record.
    pub(crate) async fn record(&self, number: u64) -> Value {
        record(&self.deployment.store, number).await
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// A client of the town with this mapping.
pub(crate) fn client(name: &str, mapping: Option<&str>) -> NewClient {
    NewClient {
        name: name.to_owned(),
        jurisdiction: "town".to_owned(),
        mapping: mapping.map(|text| ("mapping.toml".to_owned(), text.to_owned())),
        ..NewClient::default()
    }
}

pub(crate) async fn record(store: &Store, number: u64) -> Value {
    let record = store.open_record(number).await.expect("the database answers");
    let Content::Open { body, .. } = record.expect("there is such a record").content else {
        panic!("record {number} is not open");
    };
    serde_json::from_slice(&body).expect("it is JSON")
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The small town of the binary's tests: every kind of fact, referral, duty and open question.
pub(crate) fn small_town() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bylaw/tests/small")
}

pub(crate) fn law_of(folder: &Path) -> Vec<SourceFile> {
    let mut files = vec![file(folder, "vocabulary.cedarschema")];
    for entry in fs::read_dir(folder.join("town")).expect("the folder of the town") {
        let name = entry.expect("a file").file_name();
        files.push(file(folder, &format!("town/{}", name.to_string_lossy())));
    }
    files
}

fn file(folder: &Path, name: &str) -> SourceFile {
    SourceFile::new(name, fs::read_to_string(folder.join(name)).expect("a file of the law"))
}

/// Where the shared test data is; none where it is not said.
pub(crate) fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BYLAW_DATA").map(|data| PathBuf::from(data).join("authzen"));
    if data.is_none() {
        eprintln!("skipped: BYLAW_DATA is not set");
    }
    data
}

pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a data file")).expect("it is JSON")
}

/// The two published schemas, read as far as they go: types, required members, members.
struct Schemas {
    request: Value,
    response: Value,
}

impl Schemas {
    /// Those in the shared test data; none where it is not said where that is.
    fn known() -> Option<&'static Self> {
        static KNOWN: LazyLock<Option<Schemas>> = LazyLock::new(|| {
            let data = data()?;
            Some(Schemas {
                request: read_json(&data.join("evaluation-request.schema.json")),
                response: read_json(&data.join("evaluation-response.schema.json")),
            })
        });
        KNOWN.as_ref()
    }

    /// Checks what was answered: a body that is refused need not conform.
    fn check(&self, path: &str, body: &str, reply: &Reply) {
        if reply.status != StatusCode::OK {
            return;
        }
        let reply = reply.json();
        match path {
            EVALUATION => {
                self.check_request(&serde_json::from_str(body).expect("it was answered"));
                self.check_response(&reply);
            }
            EVALUATIONS => match reply["evaluations"].as_array() {
                Some(items) => items.iter().for_each(|item| self.check_response(item)),
                None => self.check_response(&reply),
            },
            _ => {}
        }
    }

    fn check_request(&self, body: &Value) {
        conforms(&self.request, body).unwrap_or_else(|place| panic!("{place}: {body}"));
    }

    fn check_response(&self, body: &Value) {
        conforms(&self.response, body).unwrap_or_else(|place| panic!("{place}: {body}"));
    }
}

pub(crate) fn conforms(schema: &Value, value: &Value) -> Result<(), String> {
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        other => panic!("the schemas have no {other:?}"),
    };
    if !fits {
        return Err(format!("not {}", schema["type"]));
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().expect("a name");
        value.get(name).ok_or_else(|| format!("{name} is missing"))?;
    }
    let members = schema["properties"].as_object().into_iter().flatten();
    members.filter_map(|(name, schema)| Some((name, schema, value.get(name)?))).try_for_each(
        |(name, schema, value)| conforms(schema, value).map_err(|place| format!("{name}: {place}")),
    )
}
