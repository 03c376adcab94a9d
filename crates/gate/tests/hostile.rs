//! Bodies and mapping files that chance has changed: never a panic, never a 5xx, never a value
//! repeated in an error. A run that fails prints its seed.
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
#[path = "support/random.rs"]
mod random;

use api::{ACTIONS, Api, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, law_of, small_town};
use axum::http::StatusCode;
use bylaw_gate::{
    Mapping,
    authzen::decide,
    mapping::{Action, Entity, Input},
};
use bylaw_law::Law;
use random::Random;
use serde_json::{Value, json};

/// What mutations are made of, besides the bytes of the text itself.
const PIECES: [&str; 24] = [
    "null",
    "true",
    "[]",
    "{}",
    "[{}]",
    "\"\"",
    "7",
    "-1",
    "1e999",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "\"id\":",
    "\"properties\":{}",
    "\"evaluations\":[{},{}]",
    "\"context\":{}",
    ",",
    ":",
    "\"",
    "{",
    "}",
    "[[[[[[[[[[[[[[[[",
    "\u{feff}",
    "é",
];

fn mutated(random: &mut Random, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(8)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            2 if at < bytes.len() => bytes[at] = b' ' + u8::try_from(random.below(95)).unwrap_or(0),
            _ => {
                let piece = random.pick(&PIECES).bytes();
                bytes.splice(at..end, piece);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Replaces one value of a body, however deep, by another.
fn replace_one(random: &mut Random, json: &mut Value) {
    let members = match json {
        Value::Object(members) => members.values_mut().collect::<Vec<_>>(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    if members.is_empty() || random.below(6) == 0 {
        let others = [
            json!(null),
            json!(true),
            json!(7),
            json!(-1.5),
            json!(""),
            json!("write"),
            json!([]),
            json!({}),
            json!({ "id": "x" }),
            json!([[{}]]),
            json!("record-2"),
            json!("bob"),
        ];
        *json = random.pick(&others).clone();
    } else {
        let chosen = random.below(members.len());
        members.into_iter().nth(chosen).into_iter().for_each(|member| replace_one(random, member));
    }
}

/// The planted number stands where callers put what is nobody's business.
const BODIES: [&str; 5] = [
    r#"{"subject":{"type":"user","id":"Xochitl Planted 555-0142","properties":{"role":"admin"}},"action":{"name":"write","properties":{"soft":true}},"resource":{"type":"record","id":"record-1","properties":{"status":"archived"}},"context":{"time":"noon"}}"#,
    r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"options":{"evaluations_semantic":"deny_on_first_deny"},"evaluations":[{"resource":{"type":"record","id":"record-1"}},{"resource":{"type":"record","id":"Xochitl Planted 555-0142"}},{}]}"#,
    r#"{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"},"page":{"limit":1,"token":""},"context":{"who":"Xochitl Planted 555-0142"}}"#,
    r#"{"subject":{"type":"user","id":"bob"},"resource":{"type":"record","id":"record-2","properties":{"status":"Xochitl Planted 555-0142"}}}"#,
    r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"delete"},"resource":{"type":"record","id":"record-1"},"context":{"approval":{"id":"Xochitl Planted 555-0142"}},"denial":{"evaluation_id":"case_x","expires_at":"2026-12-01T00:00:00Z"}}"#,
];

#[tokio::test]
async fn changed_bodies_are_answered_or_refused() {
    let api = Api::of("certification").await;
    let paths = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS, "/access/v1/requests"];
    let mut random = Random::new(20_261_122);
    let mut answered = 0;
    for _ in 0..1_000 {
        let body = *random.pick(&BODIES);
        let body = if random.below(2) == 0 {
            mutated(&mut random, body)
        } else {
            let mut json = serde_json::from_str(body).expect("the corpus is JSON");
            replace_one(&mut random, &mut json);
            json.to_string()
        };
        let path = *random.pick(&paths);
        // The schemas are stricter than a reader needs to be: a context of null is none.
        let reply = api.send(path, &[("content-type", "application/json")], &body).await;
        match reply.status {
            StatusCode::OK => {
                answered += 1;
                let told = reply.json();
                let shape = ["decision", "evaluations", "results"];
                assert!(shape.iter().any(|member| told.get(member).is_some()), "{path} {body}");
            }
            StatusCode::BAD_REQUEST => {
                assert!(!reply.text.contains("555-0142"), "{path} {body} {reply:?}");
                assert!(serde_json::from_str::<Value>(&reply.text).is_ok(), "{reply:?}");
            }
            status => panic!("{status}: {path} {body} {reply:?}"),
        }
    }
    assert!(answered > 100, "most mutations would be refused alike: {answered}");
}

#[test]
fn changed_mapping_files_are_read_or_refused() {
    let law = Law::load(&law_of(&small_town())).expect("the law");
    let town = law.jurisdiction("town").expect("the town");
    let mut random = Random::new(19_870_228);
    let mut read = 0;
    for _ in 0..3_000 {
        let text = mutated(&mut random, FILE);
        let Ok(mapping) = Mapping::parse("m.toml", &text, &law, "town") else { continue };
        read += 1;
        let (subject, resource) = (entity("person", "abe"), entity("room", "hall"));
        let action = Action { name: "let_in".into(), ..Action::default() };
        let input = Input {
            subject: Some(&subject),
            action: Some(&action),
            resource: Some(&resource),
            ..Input::default()
        };
        let on = "2026-11-22".parse().expect("a day");
        if let Ok(asked) = mapping.question(&law, town, &input, on) {
            decide(&law, &mapping, asked).ok();
        }
    }
    assert!(read > 100, "most mutations would be refused alike: {read}");
}

fn entity(kind: &'static str, id: &'static str) -> Entity<'static> {
    Entity { kind: kind.into(), id: id.into(), ..Entity::default() }
}

const FILE: &str = r#"silent = "deny"
otherwise_absent = true
unmatched = "deny"
[actions]
let_in = "enter"
note = { act = "record", facts = { paper = "letter" } }
[facts]
actor_kind = { from = "subject.properties.kind" }
paper = { from = "subject.properties.paper", table = "papers", otherwise = "unknown" }
signed = { cel = "has(context.list) && context.list.exists(x, x.by == 'judge') || resource.id.startsWith('h')" }
hours = { cel = "size(subject.id) * 2 + 1" }
emergency = false
[tables.papers]
order = "court_order"
letter = "letter"
[subjects.person]
zoe = { kind = "police", paper = "letter" }
abe = { kind = "library_staff", paper = "order" }
[resources.room]
hall = {}
[[routes]]
method = "GET"
path = "/rooms/{room}"
act = "enter"
"#;
