//! What AuthZEN calls are told, what is recorded of them, and cases: answers that more facts change.
//! The law is the small town of the binary's tests, which has every kind of answer.
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

use std::sync::Arc;

use api::{
    ACTIONS, Api, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, client, law_of, record, small_town,
};
use axum::http::StatusCode;
use bylaw_law::{Defaults, Law, Scratch};
use bylaw_ledger::Directory;
use bylaw_records::body;
use deployment::Reply;
use serde_json::{Value, json};

const REQUESTS: &str = "/access/v1/requests";

/// A client without a mapping: its context members are facts.
async fn plain() -> Api {
    Api::with(&small_town(), None).await
}

/// Someone wants in, on these facts.
fn enter(context: Value) -> Value {
    json!({
        "subject": { "type": "officer", "id": "badge 4711" },
        "action": { "name": "enter" },
        "resource": { "type": "room", "id": "cellar" },
        "context": context
    })
}

async fn evaluate(api: &Api, body: &Value) -> Value {
    let reply = api.post(EVALUATION, &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{body} {reply:?}");
    reply.json()
}

/// An answer that still needs `hours`.
async fn open(api: &Api) -> Value {
    let told = evaluate(
        api,
        &enter(json!({ "actor_kind": "police", "signed": false, "emergency": false })),
    )
    .await;
    assert_eq!(told["context"]["answer"], "needs_facts", "{told}");
    told
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not text: {value}"))
}

/// A reply as text, without what is different each time.
fn shown(mut told: Value) -> String {
    told["context"]["law"] = json!("[the law's hash]");
    if told["context"].get("evaluation_id").is_some() {
        told["context"]["evaluation_id"] = json!("[a reference]");
    }
    serde_json::to_string_pretty(&told).expect("it is JSON")
}

#[tokio::test]
async fn what_a_caller_is_told() {
    let api = plain().await;
    let letter = json!({ "actor_kind": "police", "paper": "letter", "signed": false, "hours": 30, "emergency": false });
    insta::assert_snapshot!("must_not", shown(evaluate(&api, &enter(letter)).await));
    let order = json!({ "actor_kind": "library_staff", "paper": "court_order", "signed": true });
    insta::assert_snapshot!("must", shown(evaluate(&api, &enter(order)).await));
    insta::assert_snapshot!("needs_facts", shown(open(&api).await));
    let counsel =
        json!({ "actor_kind": "police", "paper": "none", "hours": 20, "emergency": false });
    insta::assert_snapshot!("refer", shown(evaluate(&api, &enter(counsel)).await));
    let mut silent = enter(json!({ "actor_kind": "police", "paper": "none", "signed": false }));
    silent["action"]["name"] = json!("record");
    insta::assert_snapshot!("unregulated", shown(evaluate(&api, &silent).await));
}

#[tokio::test]
async fn what_is_recorded_replays() {
    let api = plain().await;
    let facts = json!({ "actor_kind": "police", "signed": false, "emergency": false, "hours": 4, "paper": null });
    let told = evaluate(&api, &enter(facts.clone())).await;
    let number = told["context"]["record"].as_u64().expect("a number");
    let written = api.record(number).await;
    let decision: body::Decision =
        serde_json::from_value(written.clone()).expect("the records' own shape");
    assert_eq!(json!(decision.facts), facts);
    assert_eq!(decision.decision, Some(true));
    assert_eq!(decision.silent.as_deref(), Some("deny"));
    assert_eq!(decision.through, "authzen");
    assert_eq!(
        written["asked_by"],
        json!({
            "client": "integrator",
            "principal": { "type": "officer", "id": "badge 4711" },
            "resource": { "type": "room", "id": "cellar" }
        })
    );
    // The same facts under the same law, read by the law's own reader, give the same answer.
    let law = Law::load(&law_of(&small_town())).expect("the law");
    let mut facts = decision.facts.clone();
    facts.insert("action".to_owned(), json!(decision.action));
    let question = json!({ "jurisdiction": decision.jurisdiction, "facts": facts }).to_string();
    let defaults = Defaults {
        jurisdiction: None,
        on: decision.on,
        otherwise_absent: decision.otherwise_absent,
    };
    let question = law.read_question(question.as_bytes(), &defaults).1.expect("a question");
    let again = law.decide(&question, &mut Scratch::default()).expect("an answer");
    assert_eq!(again.word.name(), text(&decision.reply["answer"]));
    assert_eq!(*again.jurisdiction.hash, *decision.law);
}

#[tokio::test]
async fn bodies_that_can_be_read_two_ways_are_refused() {
    let api = plain().await;
    let whole = enter(json!({ "actor_kind": "police" })).to_string();
    for (from, to) in [
        ("\"actor_kind\":\"police\"", "\"actor_kind\":\"police\",\"actor_kind\":\"library_staff\""),
        ("\"type\":\"officer\"", "\"type\":\"officer\",\"type\":\"clerk\""),
        ("\"action\":{", "\"action\":{\"name\":\"record\"},\"action\":{"),
        ("\"actor_kind\":\"police\"", "\"a\\u0063tor_kind\":\"police\",\"actor_kind\":\"police\""),
    ] {
        let body = whole.replacen(from, to, 1);
        assert_ne!(body, whole);
        let reply = api.post(EVALUATION, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(!reply.text.contains("police"), "an error repeats no value: {reply:?}");
    }
}

/// Values that no fact has are an error of the call, and no decision.
#[tokio::test]
async fn what_the_law_cannot_take_is_an_error() {
    let api = plain().await;
    let rows = [
        (enter(json!({ "hours": 49 })), "`context.hours` is not a value of `hours`"),
        (enter(json!({ "paper": "passport 123" })), "`context.paper` is not a value of `paper`"),
        (enter(json!({ "signed": "yes" })), "`context.signed` is text"),
    ];
    for (body, expected) in rows {
        let reply = api.post(EVALUATION, &body.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        let message = reply.json();
        assert!(text(&message).starts_with(expected), "{message}");
        assert!(!reply.text.contains("passport 123"), "an error repeats no value");
    }
}

#[tokio::test]
async fn batches_stop_where_they_are_told_to() {
    let api = plain().await;
    let may = json!({ "context": { "actor_kind": "police", "signed": false, "emergency": false, "hours": 4 } });
    let must_not = json!({ "context": { "actor_kind": "police", "signed": false, "hours": 30, "emergency": false } });
    let wrong = json!({ "context": { "hours": "many" } });
    let rows = [
        ("execute_all", vec![&may, &must_not, &wrong, &may], vec![true, false, false, true], 3),
        ("deny_on_first_deny", vec![&may, &must_not, &may], vec![true, false], 2),
        ("deny_on_first_deny", vec![&may, &wrong, &may], vec![true, false], 1),
        ("deny_on_first_deny", vec![&may, &may], vec![true, true], 2),
        (
            "permit_on_first_permit",
            vec![&wrong, &must_not, &may, &may],
            vec![false, false, true],
            2,
        ),
        ("permit_on_first_permit", vec![&must_not], vec![false], 1),
    ];
    for (semantic, items, expected, records) in rows {
        let before = api.deployment.store.count().await.expect("a count");
        let mut body = enter(json!({}));
        body["evaluations"] = json!(items);
        body["options"] = json!({ "evaluations_semantic": semantic, "another": 1 });
        let reply = api.post(EVALUATIONS, &body.to_string()).await.json();
        let evaluations = reply["evaluations"].as_array().expect("a list");
        let decisions: Vec<_> = evaluations.iter().map(|one| one["decision"] == true).collect();
        assert_eq!(decisions, expected, "{semantic} {reply}");
        let after = api.deployment.store.count().await.expect("a count");
        assert_eq!(after - before, records, "{semantic}: one record for each answer");
        // Each item's number leads to its own record.
        for one in evaluations.iter().filter(|one| one["context"]["record"].is_u64()) {
            let number = one["context"]["record"].as_u64().expect("a number");
            assert_eq!(api.record(number).await["decision"], one["decision"]);
        }
    }
    for wrong in [json!("some"), json!(1), json!(null)] {
        let mut body = enter(json!({}));
        body["evaluations"] = json!([{}]);
        body["options"] = json!({ "evaluations_semantic": wrong });
        let reply = api.post(EVALUATIONS, &body.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_search_is_one_record_with_every_answer() {
    let mapping = r#"silent = "deny"
[actions]
let_in = "enter"
[facts]
actor_kind = { from = "subject.properties.kind" }
paper = { from = "subject.properties.paper" }
signed = { from = "context.signed" }
emergency = false
hours = 4
[subjects.person]
zoe = { kind = "police", paper = "letter" }
abe = { kind = "library_staff", paper = "none" }
max = { kind = "police", paper = "letter" }
"#;
    let api = Api::with(&small_town(), Some(mapping)).await;
    let body = json!({
        "subject": { "type": "person" },
        "action": { "name": "let_in" },
        "resource": { "type": "room", "id": "cellar" },
        "context": { "signed": false }
    });
    let reply = api.post(SUBJECTS, &body.to_string()).await.json();
    // In the file's order, each with the duty that comes with letting someone in on a letter.
    let ids: Vec<_> =
        reply["results"].as_array().expect("a list").iter().map(|r| &r["id"]).collect();
    assert_eq!(ids, ["zoe", "max"]);
    assert_eq!(reply["results"][0]["obligations"][0]["properties"]["act"], "record");
    let number = reply["context"]["record"].as_u64().expect("a number");
    let written: body::Search =
        serde_json::from_value(api.record(number).await).expect("the records' own shape");
    assert_eq!(written.asked_by.principal.expect("a type").id, None);
    let groups: Vec<_> =
        written.groups.iter().map(|g| (g.answer.as_str(), g.entities.clone())).collect();
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(groups, [("may", named(&["zoe", "max"])), ("must_not", named(&["abe"]))]);
    assert_eq!(written.silent.as_deref(), Some("deny"));
    assert_eq!(written.groups[0].decision, Some(true));
    assert_eq!(written.groups[1].decision, Some(false));
    assert_eq!(written.groups[0].facts["paper"], "letter");
    assert_eq!(written.groups[1].because, ["ORD-1"]);
    // Where no candidate's facts can be made out, it is the call that is wrong.
    let mut wrong = body.clone();
    wrong["context"]["signed"] = json!("perhaps");
    let reply = api.post(SUBJECTS, &wrong.to_string()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
}

#[tokio::test]
async fn pages_cover_all_results_once() {
    let api = Api::of("certification").await;
    let mut body = json!({
        "subject": { "type": "user", "id": "alice" },
        "resource": { "type": "record", "id": "record-1" },
        "page": { "limit": 1 }
    });
    let mut found = Vec::new();
    loop {
        let reply = api.post(ACTIONS, &body.to_string()).await.json();
        let results = reply["results"].as_array().expect("a list");
        assert_eq!(reply["page"]["count"], results.len());
        found.extend(results.iter().map(|result| text(&result["name"]).to_owned()));
        let next = reply["page"]["next_token"].clone();
        if next == "" {
            break;
        }
        body["page"] = json!({ "limit": 1, "token": next });
    }
    assert_eq!(found, ["read", "write"]);
    let wrongs = [
        json!({ "limit": -1 }),
        json!({ "limit": 0 }),
        json!({ "limit": "1" }),
        json!({ "token": 7 }),
        json!([]),
    ];
    for wrong in wrongs {
        body["page"] = wrong;
        let reply = api.post(ACTIONS, &body.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

/// What the gate writes, the records' own verifier replays: every answer comes out the same.
#[tokio::test]
async fn everything_recorded_verifies() {
    let api = plain().await;
    let first = open(&api).await;
    evaluate(&api, &enter(json!({ "actor_kind": "police", "paper": "letter", "hours": 20 }))).await;
    let reference = &first["context"]["evaluation_id"];
    evaluate(&api, &enter(json!({ "hours": 4, "approval": { "id": reference } }))).await;
    submit(&api, &submission(&first, json!({ "hours": 4 }))).await;
    let task = submit(&api, &submission(&first, json!({ "paper": "letter" }))).await.json();
    api.post(&format!("{}/cancel", path_of(&task)), "").await;
    let mut batch = enter(json!({ "actor_kind": "library_staff" }));
    batch["evaluations"] = json!([{}, { "context": { "actor_kind": "police", "hours": 30 } }]);
    api.post(EVALUATIONS, &batch.to_string()).await;
    api.post(ACTIONS, &enter(json!({ "actor_kind": "police", "signed": null })).to_string()).await;
    let count = api.deployment.store.count().await.expect("a count");
    assert_eq!(count, 9);
    let ledger = Arc::new(Directory::new(api.deployment.folder.path().join("ledger")));
    let report = bylaw_records::verify(&api.deployment.store, ledger, 0..count, |_, _| ()).await;
    let report = report.expect("it can be verified");
    assert!(report.wrong.is_empty(), "{report:?}");
    assert_eq!(report.checked, count);
    assert!(report.same >= 6, "decisions and searches are replayed: {report:?}");
}

/// Nothing is told that is not recorded.
#[tokio::test]
async fn no_record_no_answer() {
    let api = Api::of("certification").await;
    api.deployment.recorder.close().await;
    let whole = json!({
        "subject": { "type": "user", "id": "alice" },
        "action": { "name": "read" },
        "resource": { "type": "record", "id": "record-1" }
    });
    let mut batch = whole.clone();
    batch["evaluations"] = json!([{}, {}]);
    for (path, body) in [
        (EVALUATION, &whole),
        (EVALUATIONS, &whole),
        (EVALUATIONS, &batch),
        (SUBJECTS, &whole),
        (RESOURCES, &whole),
        (ACTIONS, &whole),
    ] {
        let reply = api.post(path, &body.to_string()).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{path} {reply:?}");
        assert!(!reply.text.contains("decision") && !reply.text.contains("results"), "{reply:?}");
    }
}

/// What is too much to be decided at once is refused, and nothing of it is recorded.
#[tokio::test]
async fn batches_are_bounded() {
    let api = plain().await;
    let before = api.deployment.store.count().await.expect("a count");
    let limit = api.deployment.recorder.limit();
    let mut batch = json!({ "evaluations": vec![json!({}); limit + 1] });
    let reply = api.post(EVALUATIONS, &batch.to_string()).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{reply:?}");
    assert_eq!(reply.json(), "a call has more than 16384 items");

    // One default, repeated in every record.
    let default = enter(json!({ "actor_kind": "police", "signed": false }));
    for (name, value) in default.as_object().expect("an object") {
        batch[name] = value.clone();
    }
    batch["subject"]["id"] = json!("x".repeat(1024));
    batch["resource"]["id"] = json!("x".repeat(1024));
    batch["evaluations"] = json!(vec![json!({}); limit]);
    let reply = api.post(EVALUATIONS, &batch.to_string()).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", reply.text.len());
    assert_eq!(reply.json(), "the records of this call have more than 16777216 bytes");
    assert_eq!(api.deployment.store.count().await.expect("a count"), before);
}

#[tokio::test]
async fn names_are_bounded() {
    let api = plain().await;
    let whole = enter(json!({ "actor_kind": "police" }));
    let long = json!("x".repeat(1025));
    for place in ["subject/type", "subject/id", "action/name", "resource/type", "resource/id"] {
        let mut body = whole.clone();
        *body.pointer_mut(&format!("/{place}")).expect("a member") = long.clone();
        let reply = api.post(EVALUATION, &body.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{place}");
        let message = format!("`{}` has more than 1024 bytes", place.replace('/', "."));
        assert_eq!(reply.json(), message.as_str());
        let reply = api.post(EVALUATIONS, &json!({ "evaluations": [body] }).to_string()).await;
        assert_eq!(reply.json()["evaluations"][0]["context"]["error"]["status"], 400, "{place}");
    }
    let mut body = whole;
    body["subject"] = json!({ "type": long });
    let reply = api.post(SUBJECTS, &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{reply:?}");
}

// Cases.

#[tokio::test]
async fn a_case_is_taken_up_again() {
    let api = plain().await;
    let first = open(&api).await;
    let reference = text(&first["context"]["evaluation_id"]);
    let body = enter(json!({ "hours": 4, "approval": { "id": reference } }));
    let second = evaluate(&api, &body).await;
    assert_eq!(second["decision"], true, "{second}");
    assert_eq!(second["context"]["approval"]["id"], reference);
    let written = api.record(second["context"]["record"].as_u64().expect("a number")).await;
    assert_eq!(written["follows"], first["context"]["record"]);
    assert_eq!(
        written["facts"],
        json!({ "actor_kind": "police", "signed": false, "emergency": false, "hours": 4 }),
        "what was stated earlier is remembered"
    );
    // What is stated otherwise than then is another call, of which nothing is remembered.
    let changed = enter(json!({ "signed": true, "hours": 4, "approval": { "id": reference } }));
    let changed = evaluate(&api, &changed).await;
    assert_eq!(changed["context"]["answer"], "needs_facts", "{changed}");
    assert_eq!(changed["context"]["reason"], "out_of_scope");
    // To say that something is not known is not to state it otherwise.
    let unsure = enter(json!({ "signed": null, "approval": { "id": reference } }));
    assert_ne!(evaluate(&api, &unsure).await["context"]["reason"], "out_of_scope");
    // A reference grants nothing: the law decides.
    let late = enter(json!({ "hours": 30, "emergency": false, "approval": { "id": reference } }));
    let refused = evaluate(&api, &late).await;
    assert_eq!(refused["decision"], false);
    assert_eq!(refused["context"]["reason"], "policy_denied");
    assert_eq!(refused["context"]["next_action"], "none");
    // And what is still open is a case of its own, with a reference of its own.
    let still = enter(json!({ "paper": "letter", "approval": { "id": reference } }));
    let still = evaluate(&api, &still).await;
    assert_eq!(still["context"]["next_action"], "request");
    assert_ne!(still["context"]["evaluation_id"], reference);
}

#[tokio::test]
async fn a_reference_is_of_no_use_elsewhere() {
    let api = plain().await;
    let first = open(&api).await;
    let reference = text(&first["context"]["evaluation_id"]);
    let hours = |id: &str| enter(json!({ "hours": 4, "approval": { "id": id } }));
    let mut elsewhere = hours(reference);
    elsewhere["resource"]["id"] = json!("attic");
    let mut someone = hours(reference);
    someone["subject"]["id"] = json!("badge 4712");
    let rows = [
        (elsewhere, "out_of_scope"),
        (someone, "out_of_scope"),
        (hours("case_AAAAAAAAAAAAAAAAAAAAAAAA"), "approval_unverifiable"),
        (hours(""), "approval_unverifiable"),
    ];
    for (body, reason) in rows {
        let told = evaluate(&api, &body).await;
        assert_eq!(told["decision"], false, "the earlier facts are not used: {told}");
        assert_eq!(told["context"]["reason"], reason, "{body}");
    }
    // Another client of the same town, and a time after the case has closed.
    let other = api.deployment.add(client("another", None)).await;
    let other = Api { token: other, ..api };
    let told = evaluate(&other, &hours(reference)).await;
    assert_eq!(told["context"]["reason"], "approval_unverifiable", "{told}");
    let api = plain().await;
    let first = open(&api).await;
    api.wait_hours(31 * 24);
    let told = evaluate(&api, &hours(text(&first["context"]["evaluation_id"]))).await;
    assert_eq!(told["context"]["reason"], "approval_expired");
    assert_eq!(told["context"]["next_action"], "request");
}

/// The submission of an open answer, with what has become known.
fn submission(first: &Value, known: Value) -> Value {
    let mut body = enter(known);
    body["denial"] = json!({
        "evaluation_id": first["context"]["evaluation_id"],
        "expires_at": first["context"]["access_request"]["expires_at"],
        "reason": first["context"]["reason"]
    });
    body
}

async fn submit(api: &Api, body: &Value) -> Reply {
    api.post(REQUESTS, &body.to_string()).await
}

/// The path of a task, from its status endpoint.
fn path_of(reply: &Value) -> String {
    let url = text(&reply["task"]["status_endpoint"]);
    url.strip_prefix("https://bylaw.example").expect("our own URL").to_owned()
}

#[tokio::test]
async fn an_access_request_is_approved_and_used() {
    let api = plain().await;
    let first = open(&api).await;
    assert_eq!(
        first["context"]["access_request"]["endpoint"],
        "https://bylaw.example/access/v1/requests"
    );
    let reply = submit(&api, &submission(&first, json!({ "hours": 4 }))).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
    let task = reply.json();
    assert_eq!(task["task"]["status"], "approved");
    assert_eq!(task["result"]["mode"], "reevaluate");
    assert_eq!(reply.header("location"), text(&task["task"]["status_endpoint"]));
    let status = api.get(&path_of(&task)).await;
    assert_eq!(status.status, StatusCode::OK);
    assert_eq!(status.json()["result"], task["result"]);
    // The facts are remembered, so the evaluation needs the approval alone.
    let approval = &task["result"]["approval"];
    let again = evaluate(&api, &enter(json!({ "approval": approval }))).await;
    assert_eq!(again["decision"], true, "{again}");
    assert_eq!(again["context"]["approval"]["id"], approval["id"]);
    assert_eq!(again["context"]["approval"]["approved_until"], approval["approved_until"]);
    api.wait_hours(25);
    let late = evaluate(&api, &enter(json!({ "approval": approval }))).await;
    assert_eq!(late["decision"], false, "{late}");
    assert_eq!(late["context"]["reason"], "approval_expired");
}

#[tokio::test]
async fn an_access_request_is_denied_or_waits() {
    let api = plain().await;
    let first = open(&api).await;
    let denied =
        submit(&api, &submission(&first, json!({ "hours": 30, "emergency": false }))).await;
    assert_eq!(denied.status, StatusCode::CREATED);
    assert_eq!(denied.json()["task"]["status"], "denied");
    assert!(denied.json().get("result").is_none());
    let waits = submit(
        &api,
        &submission(&first, json!({ "hours": 20, "emergency": false, "paper": "none" })),
    )
    .await;
    assert_eq!(waits.status, StatusCode::ACCEPTED);
    assert_eq!(waits.header("retry-after"), "60");
    let task = waits.json();
    assert_eq!(task["task"]["status"], "pending");
    assert_eq!(task["task"]["display"]["title"], "Counsel decides");
    let path = path_of(&task);
    assert_eq!(api.get(&path).await.json()["task"]["status"], "pending");
    // Cancelled once, and its facts are of no more use.
    let cancelled = api.post(&format!("{path}/cancel"), "").await;
    assert_eq!(cancelled.status, StatusCode::OK, "{cancelled:?}");
    assert_eq!(cancelled.json()["task"]["status"], "cancelled");
    assert_eq!(api.get(&path).await.json()["task"]["status"], "cancelled");
    let twice = api.post(&format!("{path}/cancel"), "").await;
    assert_eq!(problem(&twice), (StatusCode::CONFLICT, "invalid_task_state".to_owned()));
    let body = enter(json!({ "approval": { "id": task["task"]["id"] } }));
    assert_eq!(evaluate(&api, &body).await["context"]["reason"], "approval_expired");
}

#[tokio::test]
async fn the_same_submission_is_one_task() {
    let api = plain().await;
    let first = open(&api).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "7b8d0f0d")];
    let body = submission(&first, json!({ "hours": 4 })).to_string();
    let one = api.send(REQUESTS, &headers, &body).await.json();
    let before = api.deployment.store.count().await.expect("a count");
    let two = api.send(REQUESTS, &headers, &body).await.json();
    assert_eq!(one["task"]["id"], two["task"]["id"]);
    assert_eq!(one["result"], two["result"]);
    assert_eq!(api.deployment.store.count().await.expect("a count"), before);
    let other = submission(&first, json!({ "hours": 5 })).to_string();
    let clash = api.send(REQUESTS, &headers, &other).await;
    assert_eq!(problem(&clash), (StatusCode::CONFLICT, "duplicate_request".to_owned()));
    // Without a key, each submission is a task of its own.
    let apart = submit(&api, &submission(&first, json!({ "hours": 4 }))).await.json();
    assert_ne!(apart["task"]["id"], one["task"]["id"]);
}

/// Status and last part of the type of a problem.
fn problem(reply: &Reply) -> (StatusCode, String) {
    assert_eq!(reply.header("content-type"), "application/problem+json", "{reply:?}");
    let body = reply.json();
    assert_eq!(body["status"], reply.status.as_u16());
    let kind = text(&body["type"]);
    (reply.status, kind.rsplit(':').next().expect("a last part").to_owned())
}

#[tokio::test]
async fn submissions_that_are_refused() {
    let api = plain().await;
    let first = open(&api).await;
    let whole = submission(&first, json!({ "hours": 4 }));
    let changed = |pointer: &str, value: Value| {
        let mut body = whole.clone();
        *body.pointer_mut(pointer).expect("a member") = value;
        body
    };
    let mut bare = whole.clone();
    bare.as_object_mut().expect("an object").remove("denial");
    let mut described = whole.clone();
    described["subject"]["properties"] = json!({ "rank": "captain" });
    let rows = [
        (bare, "invalid_denial_binding"),
        (described, "invalid_denial_binding"),
        (changed("/resource/id", json!("attic")), "invalid_denial_binding"),
        (changed("/context", json!({ "hours": 4, "signed": true })), "invalid_denial_binding"),
        (changed("/action/name", json!("record")), "invalid_denial_binding"),
        (changed("/denial/evaluation_id", json!("case_AAAA")), "invalid_denial_binding"),
        (changed("/denial/evaluation_id", json!(7)), "invalid_denial_binding"),
        (changed("/denial/expires_at", json!("tomorrow")), "invalid_denial_binding"),
        (changed("/denial", json!(null)), "invalid_denial_binding"),
        (changed("/context", json!({ "hours": "four" })), "blank"),
        (changed("/subject", json!({ "type": "officer" })), "blank"),
    ];
    for (body, kind) in rows {
        let reply = submit(&api, &body).await;
        assert_eq!(problem(&reply), (StatusCode::BAD_REQUEST, kind.to_owned()), "{body}");
    }
    let mut bundled = whole.clone();
    bundled["items"] = json!([]);
    assert_eq!(problem(&submit(&api, &bundled).await).0, StatusCode::BAD_REQUEST);
    // A task is not a denial.
    let task = submit(&api, &whole).await.json();
    let of_task = changed("/denial/evaluation_id", task["task"]["id"].clone());
    let reply = submit(&api, &of_task).await;
    assert_eq!(problem(&reply), (StatusCode::BAD_REQUEST, "not_requestable".to_owned()));
    api.wait_hours(31 * 24);
    let reply = submit(&api, &whole).await;
    assert_eq!(problem(&reply), (StatusCode::GONE, "expired_denial".to_owned()));
    let reply = api.get(&path_of(&task)).await;
    assert_eq!(problem(&reply), (StatusCode::GONE, "task_expired".to_owned()));
}

#[tokio::test]
async fn a_task_is_its_own_clients() {
    let api = plain().await;
    let first = open(&api).await;
    let task = submit(&api, &submission(&first, json!({ "paper": "letter" }))).await.json();
    let path = path_of(&task);
    let unknown = (StatusCode::NOT_FOUND, "unknown_task".to_owned());
    assert_eq!(problem(&api.get("/access/v1/requests/case_AAAA").await), unknown);
    // An evaluation's own reference is no task either.
    let reference = text(&first["context"]["evaluation_id"]);
    assert_eq!(problem(&api.get(&format!("{REQUESTS}/{reference}")).await), unknown);
    let token = api.deployment.add(client("another", None)).await;
    let other = Api { token, ..api };
    assert_eq!(problem(&other.get(&path).await), unknown);
    assert_eq!(problem(&other.post(&format!("{path}/cancel"), "").await), unknown);
    let reply = submit(&other, &submission(&first, json!({ "hours": 4 }))).await;
    assert_eq!(problem(&reply).1, "invalid_denial_binding");
}

/// Each step of a case is a record that follows the one before.
#[tokio::test]
async fn the_steps_of_a_case_follow_each_other() {
    let api = plain().await;
    let first = open(&api).await;
    let task = submit(&api, &submission(&first, json!({ "paper": "letter" }))).await.json();
    api.post(&format!("{}/cancel", path_of(&task)), "").await;
    let opened = first["context"]["record"].as_u64().expect("a number");
    let store = &api.deployment.store;
    let (step, cancelled) = (record(store, opened + 1).await, record(store, opened + 2).await);
    assert_eq!(step["follows"], opened);
    assert_eq!(step["case"]["task"]["status"], "pending");
    assert_eq!(step["facts"]["signed"], false, "the facts of the denial are part of the step");
    assert_eq!(cancelled["follows"], opened + 1);
    assert_eq!(cancelled["case"]["task"]["status"], "cancelled");
    // Neither record holds a reference: the database keeps its digest alone.
    let reference = text(&first["context"]["evaluation_id"]);
    let written = record(store, opened).await.to_string() + &step.to_string();
    assert!(!written.contains(reference) && !written.contains(text(&task["task"]["id"])));
}
