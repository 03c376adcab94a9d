//! The AuthZEN certification scenario, test by test, named by the ids of its text. Its fixture is
//! `fixtures/certification`: a small law and a mapping.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests say what is wrong by failing"
)]

#[path = "support/api.rs"]
mod api;
#[path = "support/deployment.rs"]
mod deployment;

use api::{ACTIONS, Api, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS};
use axum::http::StatusCode;
use deployment::Reply;
use serde_json::{Value, json};

async fn fixture() -> Api {
    Api::of("certification").await
}

fn entity(kind: &str, id: &str) -> Value {
    json!({ "type": kind, "id": id })
}

fn user(id: &str) -> Value {
    entity("user", id)
}

fn record(id: &str) -> Value {
    entity("record", id)
}

fn with(mut entity: Value, properties: Value) -> Value {
    entity["properties"] = properties;
    entity
}

fn asks(subject: Value, action: Value, resource: Value) -> Value {
    json!({ "subject": subject, "action": action, "resource": resource })
}

fn name(action: &str) -> Value {
    json!({ "name": action })
}

fn archived() -> Value {
    with(record("record-2"), json!({ "status": "archived" }))
}

fn admin() -> Value {
    with(user("bob"), json!({ "role": "admin" }))
}

/// C 5: 200 and JSON.
fn ok(reply: &Reply) -> Value {
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/json");
    reply.json()
}

/// C 2.3: a decision that is a boolean, and a context that is an object where there is one.
fn decision(body: &Value) -> bool {
    assert!(body.get("context").is_none_or(Value::is_object), "{body}");
    body["decision"].as_bool().unwrap_or_else(|| panic!("no decision: {body}"))
}

async fn decides(body: Value, expected: bool) {
    let reply = fixture().await.post(EVALUATION, &body.to_string()).await;
    assert_eq!(decision(&ok(&reply)), expected, "{body} {reply:?}");
}

async fn decides_all(body: Value, expected: &[bool]) {
    let reply = fixture().await.post(EVALUATIONS, &body.to_string()).await;
    let replied = ok(&reply);
    assert!(replied.get("decision").is_none(), "3.3.4: {replied}");
    let evaluations = replied["evaluations"].as_array().expect("a list");
    let decisions: Vec<bool> = evaluations.iter().map(decision).collect();
    assert_eq!(decisions, expected, "{body} {replied}");
}

async fn refused(path: &str, body: &Value) {
    let reply = fixture().await.post(path, &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body} {reply:?}");
    assert!(reply.json().is_string(), "an error message string: {reply:?}");
}

/// The results of a search, each checked to be of the kind that was searched for.
async fn results(api: &Api, path: &str, body: &Value) -> Vec<String> {
    let replied = ok(&api.post(path, &body.to_string()).await);
    if let Some(page) = replied.get("page") {
        assert!(page["next_token"].is_string(), "{replied}");
    }
    let list = replied["results"].as_array().unwrap_or_else(|| panic!("no results: {replied}"));
    let id = |result: &Value| {
        let id = match path {
            ACTIONS => &result["name"],
            _ => {
                let kind = if path == SUBJECTS { &body["subject"] } else { &body["resource"] };
                assert_eq!(result["type"], kind["type"], "{replied}");
                &result["id"]
            }
        };
        id.as_str().unwrap_or_else(|| panic!("no name: {replied}")).to_owned()
    };
    list.iter().map(id).collect()
}

async fn finds(path: &str, body: Value, expected: &[&str]) {
    assert_eq!(results(&fixture().await, path, &body).await, expected, "{body}");
}

#[tokio::test]
async fn c_2_2_1() {
    decides(asks(user("alice"), name("read"), record("record-1")), true).await;
}

#[tokio::test]
async fn c_2_2_2() {
    decides(asks(user("bob"), name("write"), record("record-1")), false).await;
}

#[tokio::test]
async fn c_2_2_3() {
    let mut body = asks(user("alice"), name("read"), record("record-1"));
    body["context"] = json!({ "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1" });
    decides(body, true).await;
}

/// The decisions of C 1.4 that no other test asks for.
#[tokio::test]
async fn c_1_4() {
    decides(asks(user("alice"), name("write"), record("record-1")), true).await;
    decides(asks(user("bob"), name("read"), record("record-1")), true).await;
}

#[tokio::test]
async fn c_2_2_4() {
    decides(asks(user("alice"), name("write"), archived()), false).await;
}

#[tokio::test]
async fn c_2_2_5() {
    decides(asks(admin(), name("write"), archived()), true).await;
}

#[tokio::test]
async fn c_2_2_6() {
    let soft = with(name("delete"), json!({ "soft": true }));
    decides(asks(user("alice"), soft, record("record-1")), true).await;
}

#[tokio::test]
async fn c_2_2_7() {
    let hard = with(name("delete"), json!({ "soft": false }));
    decides(asks(user("alice"), hard, record("record-1")), false).await;
}

#[tokio::test]
async fn c_2_2_8() {
    let subject = with(user("alice"), json!({ "department": "Sales", "role": "manager" }));
    let action = with(name("read"), json!({ "method": "GET" }));
    let resource = with(record("record-1"), json!({ "status": "active", "owner": "bob" }));
    decides(asks(subject, action, resource), true).await;
}

#[tokio::test]
async fn c_2_2_9() {
    let mut body = asks(user("alice"), name("read"), record("record-1"));
    body["foo"] = json!("bar");
    body["futureField"] = json!({ "nested": true });
    decides(body, true).await;
}

#[tokio::test]
async fn c_2_4_1() {
    let whole = asks(user("alice"), name("read"), record("record-1"));
    for member in ["subject", "action", "resource"] {
        let mut body = whole.clone();
        body.as_object_mut().expect("an object").remove(member);
        refused(EVALUATION, &body).await;
    }
}

#[tokio::test]
async fn c_2_4_2() {
    let whole = asks(user("alice"), name("read"), record("record-1"));
    let members = [
        ("subject", "type"),
        ("subject", "id"),
        ("action", "name"),
        ("resource", "type"),
        ("resource", "id"),
    ];
    for (entity, member) in members {
        let mut body = whole.clone();
        body[entity].as_object_mut().expect("an object").remove(member);
        refused(EVALUATION, &body).await;
    }
}

#[tokio::test]
async fn c_2_4_3() {
    let body = asks(user("alice"), name("read"), record("record-1")).to_string();
    let api = fixture().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        let reply = api.send(EVALUATION, &[("content-type", kind)], &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{kind}");
    }
    assert_eq!(api.send(EVALUATION, &[], &body).await.status, StatusCode::BAD_REQUEST);
    let with_charset = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(api.send(EVALUATION, &with_charset, &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn c_2_4_4() {
    let api = fixture().await;
    for body in ["{", "not JSON", "[]", "null", "{\"subject\":}", "{}{}"] {
        let status = api.post(EVALUATION, body).await.status;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn c_2_4_5() {
    assert_eq!(fixture().await.post(EVALUATION, "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn c_2_4_6() {
    let whole = asks(user("alice"), name("read"), record("record-1"));
    let wrong = [
        ("subject", json!("alice")),
        ("subject", json!(["user", "alice"])),
        ("subject", json!({ "type": "user", "id": 7 })),
        ("subject", with(user("alice"), json!("none"))),
        ("action", json!({ "name": 123 })),
        ("resource", json!([])),
        ("context", json!("now")),
    ];
    for (member, value) in wrong {
        let mut body = whole.clone();
        body[member] = value;
        refused(EVALUATION, &body).await;
    }
}

#[tokio::test]
async fn c_2_5_1() {
    let api = fixture().await;
    let body = asks(user("alice"), name("read"), record("record-1")).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("x-request-id", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"),
    ];
    let reply = api.send(EVALUATION, &headers, &body).await;
    assert_eq!(reply.header("x-request-id"), "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
    let refused = api.send(EVALUATION, &headers, "{").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.header("x-request-id"), "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
    let record = api.record(reply.record()).await;
    assert_eq!(record["call_id"], "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
}

#[tokio::test]
async fn c_2_5_2() {
    let body = asks(user("alice"), name("read"), record("record-1")).to_string();
    assert_eq!(fixture().await.post(EVALUATION, &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn c_2_6() {
    let api = fixture().await;
    let body = asks(user("bob"), name("write"), record("record-1")).to_string();
    for _ in 0..5 {
        assert!(!decision(&ok(&api.post(EVALUATION, &body).await)));
    }
}

#[tokio::test]
async fn c_3_2_1() {
    let body = json!({
        "subject": user("alice"), "action": name("read"),
        "evaluations": [{ "resource": record("record-1") }, { "resource": record("record-2") }]
    });
    decides_all(body, &[true, true]).await;
}

#[tokio::test]
async fn c_3_2_2() {
    let body = json!({
        "subject": user("bob"), "resource": record("record-1"),
        "evaluations": [{ "action": name("read") }, { "action": name("write") }]
    });
    decides_all(body, &[true, false]).await;
}

#[tokio::test]
async fn c_3_2_3() {
    let active = with(record("record-1"), json!({ "status": "active" }));
    let body = json!({
        "subject": user("alice"), "action": name("write"),
        "evaluations": [{ "resource": active }, { "resource": archived() }]
    });
    decides_all(body, &[true, false]).await;
}

#[tokio::test]
async fn c_3_2_4() {
    let body = json!({
        "action": name("write"), "resource": archived(),
        "evaluations": [{ "subject": user("alice") }, { "subject": admin() }]
    });
    decides_all(body, &[false, true]).await;
}

#[tokio::test]
async fn c_3_2_5() {
    let body = json!({ "evaluations": [
        asks(user("alice"), name("read"), record("record-1")),
        asks(user("bob"), name("write"), record("record-1"))
    ] });
    decides_all(body, &[true, false]).await;
}

#[tokio::test]
async fn c_3_2_6() {
    let body = json!({
        "subject": user("alice"), "action": name("read"),
        "context": { "time": "2025-06-27T18:03-07:00" },
        "evaluations": [
            { "resource": record("record-1") },
            { "resource": record("record-2"),
              "context": { "time": "2025-06-27T19:00-07:00", "source": "batch-override" } }
        ]
    });
    decides_all(body, &[true, true]).await;
}

#[tokio::test]
async fn c_3_2_7() {
    let active = with(record("record-1"), json!({ "status": "active" }));
    let body = json!({
        "subject": user("alice"), "action": name("write"), "resource": active,
        "evaluations": [{}, { "resource": archived() }]
    });
    decides_all(body, &[true, false]).await;
}

#[tokio::test]
async fn c_3_4_1() {
    let body = json!({
        "subject": user("alice"), "action": name("read"),
        "options": { "evaluations_semantic": "execute_all" },
        "evaluations": [{ "resource": record("record-1") }, {}]
    });
    decides_all(body.clone(), &[true, false]).await;
    let reply = fixture().await.post(EVALUATIONS, &body.to_string()).await.json();
    let error = &reply["evaluations"][1]["context"]["error"];
    assert_eq!(*error, json!({ "status": 400, "message": "`resource` is missing" }));
}

#[tokio::test]
async fn c_3_4_2() {
    let body = asks(user("alice"), name("read"), record("record-1")).to_string();
    assert!(decision(&ok(&fixture().await.post(EVALUATIONS, &body).await)));
}

#[tokio::test]
async fn c_3_4_3() {
    let mut body = asks(user("alice"), name("read"), record("record-1"));
    body["evaluations"] = json!([]);
    let reply = fixture().await.post(EVALUATIONS, &body.to_string()).await;
    assert!(decision(&ok(&reply)));
}

fn readers() -> Value {
    json!({ "subject": { "type": "user" }, "action": name("read"), "resource": record("record-1") })
}

fn readable() -> Value {
    json!({ "subject": user("alice"), "action": name("read"), "resource": { "type": "record" } })
}

fn permitted() -> Value {
    json!({ "subject": user("alice"), "resource": record("record-1") })
}

fn in_context(mut body: Value) -> Value {
    body["context"] = json!({ "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1" });
    body
}

#[tokio::test]
async fn c_4_2_1() {
    finds(SUBJECTS, readers(), &["alice", "bob"]).await;
}

#[tokio::test]
async fn c_4_2_2() {
    finds(SUBJECTS, in_context(readers()), &["alice", "bob"]).await;
}

#[tokio::test]
async fn c_4_2_3() {
    finds(SUBJECTS, asks(user("alice"), name("read"), record("record-1")), &["alice", "bob"]).await;
}

#[tokio::test]
async fn c_4_2_4() {
    let body = json!({
        "subject": { "type": "user" }, "action": name("write"), "resource": archived()
    });
    finds(SUBJECTS, body, &["bob"]).await;
}

#[tokio::test]
async fn c_4_3_1() {
    finds(RESOURCES, readable(), &["record-1", "record-2"]).await;
}

#[tokio::test]
async fn c_4_3_2() {
    finds(RESOURCES, in_context(readable()), &["record-1", "record-2"]).await;
}

#[tokio::test]
async fn c_4_3_3() {
    let body = asks(user("alice"), name("read"), record("record-1"));
    finds(RESOURCES, body, &["record-1", "record-2"]).await;
}

#[tokio::test]
async fn c_4_3_4() {
    let body = json!({
        "subject": admin(), "action": name("write"), "resource": { "type": "record" }
    });
    finds(RESOURCES, body, &["record-2"]).await;
}

#[tokio::test]
async fn c_4_4_1() {
    finds(ACTIONS, permitted(), &["read", "write"]).await;
}

#[tokio::test]
async fn c_4_4_2() {
    finds(ACTIONS, in_context(permitted()), &["read", "write"]).await;
}

#[tokio::test]
async fn c_4_4_3() {
    let body = json!({ "subject": admin(), "resource": archived() });
    finds(ACTIONS, body, &["read", "write"]).await;
}

#[tokio::test]
async fn c_4_5_1() {
    let api = fixture().await;
    let mut body = readers();
    body["page"] = json!({ "limit": 1 });
    let reply = ok(&api.post(SUBJECTS, &body.to_string()).await);
    assert_eq!(reply["page"]["count"], 1);
    assert_eq!(reply["page"]["total"], 2);
    assert_ne!(reply["page"]["next_token"], "");
    assert_eq!(reply["results"], json!([{ "type": "user", "id": "alice" }]));
}

#[tokio::test]
async fn c_4_5_2() {
    let api = fixture().await;
    let mut body = readers();
    body["page"] = json!({ "limit": 1 });
    let first = ok(&api.post(SUBJECTS, &body.to_string()).await);
    let token = &first["page"]["next_token"];
    body["page"] = json!({ "token": token });
    let second = ok(&api.post(SUBJECTS, &body.to_string()).await);
    assert_eq!(second["results"], json!([{ "type": "user", "id": "bob" }]));
    assert_eq!(second["page"]["next_token"], "");
    // What is changed between two pages is another search.
    for (member, value) in [("limit", json!(2)), ("token", json!("bm90IG9uZQ"))] {
        let mut changed = body.clone();
        changed["page"][member] = value;
        let reply = api.post(SUBJECTS, &changed.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{changed}");
    }
    body["action"] = name("write");
    let reply = api.post(SUBJECTS, &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
}

#[tokio::test]
async fn c_4_5_4() {
    let reply = ok(&fixture().await.post(SUBJECTS, &readers().to_string()).await);
    assert!(reply.get("page").is_none(), "nobody asked for pages: {reply}");
}

#[tokio::test]
async fn c_4_6_1() {
    let mut body = permitted();
    body["subject"] = user("nonexistent-user");
    finds(ACTIONS, body, &[]).await;
    let mut body = readers();
    body["resource"] = record("nonexistent-record");
    finds(SUBJECTS, body, &[]).await;
    let mut body = readable();
    body["subject"] = user("nonexistent-user");
    finds(RESOURCES, body, &[]).await;
    let mut body = readable();
    body["action"] = name("nonexistent-action");
    finds(RESOURCES, body, &[]).await;
}

#[tokio::test]
async fn c_4_6_2() {
    let mut body = readers();
    body["subject"] = json!({ "type": "spaceship" });
    finds(SUBJECTS, body, &[]).await;
    let mut body = readable();
    body["resource"] = json!({ "type": "spaceship" });
    finds(RESOURCES, body, &[]).await;
    let mut body = permitted();
    body["subject"] = entity("spaceship", "alice");
    finds(ACTIONS, body, &[]).await;
}

#[tokio::test]
async fn c_4_7_1() {
    let searches = [
        (SUBJECTS, readers(), ["subject", "action", "resource"].as_slice()),
        (RESOURCES, readable(), &["subject", "action", "resource"]),
        (ACTIONS, permitted(), &["subject", "resource"]),
    ];
    for (path, whole, members) in searches {
        for member in members {
            let mut body = whole.clone();
            body.as_object_mut().expect("an object").remove(*member);
            refused(path, &body).await;
        }
    }
}

#[tokio::test]
async fn c_4_7_2() {
    let kind = |kind: &str| json!({ "type": kind });
    refused(SUBJECTS, &asks(kind("user"), name("read"), kind("record"))).await;
    refused(RESOURCES, &asks(kind("user"), name("read"), kind("record"))).await;
    refused(ACTIONS, &json!({ "subject": kind("user"), "resource": record("record-1") })).await;
    refused(ACTIONS, &json!({ "subject": user("alice"), "resource": kind("record") })).await;
    refused(SUBJECTS, &asks(json!({ "id": "alice" }), name("read"), record("record-1"))).await;
}

#[tokio::test]
async fn c_6() {
    let reply = fixture().await.deployment.get("/.well-known/authzen-configuration").await;
    let metadata = ok(&reply);
    assert_eq!(metadata["policy_decision_point"], "https://bylaw.example");
    let endpoints = [
        ("access_evaluation_endpoint", EVALUATION),
        ("access_evaluations_endpoint", EVALUATIONS),
        ("search_subject_endpoint", SUBJECTS),
        ("search_resource_endpoint", RESOURCES),
        ("search_action_endpoint", ACTIONS),
        ("access_request_endpoint", "/access/v1/requests"),
    ];
    for (member, path) in endpoints {
        assert_eq!(metadata[member], format!("https://bylaw.example{path}"));
    }
    let texts = |member: &str| {
        let list = metadata[member].as_array().expect("a list");
        assert!(list.iter().all(Value::is_string));
    };
    texts("capabilities");
    texts("supported_obligations");
}

#[tokio::test]
async fn c_6_1_below_a_path() {
    let change = |settings: &mut bylaw_gate::Settings| {
        settings.public_url = "https://pdp.example/tenant1".to_owned();
    };
    let deployment = deployment::Deployment::with(change).await;
    let reply = deployment.get("/.well-known/authzen-configuration/tenant1").await;
    assert_eq!(ok(&reply)["policy_decision_point"], "https://pdp.example/tenant1");
    // A caller must not use metadata of another decision point than it asked for.
    for path in ["", "/tenant2"] {
        let reply = deployment.get(&format!("/.well-known/authzen-configuration{path}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}
