//! The interoperability payloads of the AuthZEN working group, and samples of our own after their
//! pattern. The payloads are read from `$BYLAW_DATA/authzen`; law and mapping are in `fixtures`.
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

use std::{fmt::Write as _, fs};

use api::{
    ACTIONS, Api, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, conforms, data, fixtures, read_json,
};
use serde_json::{Value, json};

const RICK: &str = "CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs";
const MORTY: &str = "CiRmZDE2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs";

#[tokio::test]
async fn every_todo_decision() {
    let Some(data) = data() else { return };
    let vectors = read_json(&data.join("todo_decisions_1_0-02.json"));
    let api = Api::of("todo").await;
    let singles = vectors["evaluation"].as_array().expect("a list");
    for vector in singles {
        let reply = api.post(EVALUATION, &vector["request"].to_string()).await.json();
        assert_eq!(reply["decision"], vector["expected"], "{vector} {reply}");
    }
    let boxcars = vectors["evaluations"].as_array().expect("a list");
    for vector in boxcars {
        let reply = api.post(EVALUATIONS, &vector["request"].to_string()).await.json();
        let items = reply["evaluations"].as_array().expect("a list");
        let decisions: Vec<Value> =
            items.iter().map(|item| json!({ "decision": item["decision"] })).collect();
        assert_eq!(json!(decisions), vector["expected"], "{vector} {reply}");
    }
    assert_eq!((singles.len(), boxcars.len()), (40, 3));
}

#[tokio::test]
async fn every_action_search() {
    let Some(data) = data() else { return };
    let users = read_json(&data.join("search_users.json"));
    let records = read_json(&data.join("search_records.json"));
    let api = search_api(&users, &records).await;
    let vectors = read_json(&data.join("search_action_results.json"));
    let vectors = vectors["evaluation"].as_array().expect("a list");
    for vector in vectors {
        let reply = api.post(ACTIONS, &vector["request"].to_string()).await.json();
        assert_eq!(reply["results"], vector["expected"]["results"], "{vector} {reply}");
    }
    assert_eq!(vectors.len(), 120);
}

/// The three searches and the evaluations agree: a thing is found if and only if it is permitted.
#[tokio::test]
async fn searches_find_what_evaluations_permit() {
    let api = own_search_api().await;
    for user in ["ada", "ben", "cy"] {
        for record in ["1", "2", "3"] {
            let subject = json!({ "type": "user", "id": user });
            let resource = json!({ "type": "record", "id": record });
            let actions = json!({ "subject": subject, "resource": resource });
            let actions = found(&api, ACTIONS, &actions, "name").await;
            for action in ["view", "edit", "delete"] {
                let asks = json!({
                    "subject": subject, "action": { "name": action }, "resource": resource
                });
                let reply = api.post(EVALUATION, &asks.to_string()).await.json();
                let permitted = reply["decision"] == true;
                let place = format!("{user} {action} {record}");
                assert_eq!(actions.contains(&action.to_owned()), permitted, "{place}");
                let subjects = found(&api, SUBJECTS, &asks, "id").await;
                assert_eq!(subjects.contains(&user.to_owned()), permitted, "{place}");
                let resources = found(&api, RESOURCES, &asks, "id").await;
                assert_eq!(resources.contains(&record.to_owned()), permitted, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn own_samples_of_the_searches() {
    let api = own_search_api().await;
    let user = |id: &str| json!({ "type": "user", "id": id });
    let record = |id: &str| json!({ "type": "record", "id": id });
    let of = |user: &Value, record: &Value| json!({ "subject": user, "resource": record });
    let rows = [
        ("ada", "1", vec!["view", "edit", "delete"]),
        ("ada", "2", vec!["view", "edit"]),
        ("ada", "3", vec!["view"]),
        ("ben", "1", vec!["view"]),
        ("ben", "3", vec![]),
        ("cy", "3", vec!["view", "edit", "delete"]),
        ("cy", "1", vec![]),
    ];
    for (who, what, expected) in rows {
        let body = of(&user(who), &record(what));
        assert_eq!(found(&api, ACTIONS, &body, "name").await, expected, "{who} {what}");
    }
}

/// Samples of our own after the pattern of the Todo payloads.
#[tokio::test]
async fn own_samples_of_the_list() {
    let api = Api::of("todo").await;
    let rows = [
        (RICK, "can_delete_todo", Some("someone@else.example"), true),
        (RICK, "can_create_todo", None, true),
        (MORTY, "can_update_todo", Some("morty@the-citadel.com"), true),
        (MORTY, "can_update_todo", Some("rick@the-citadel.com"), false),
        (MORTY, "can_read_todos", None, true),
        // An editor, but nobody said whose it is.
        (MORTY, "can_delete_todo", None, false),
        // Nobody knows this user's role.
        ("someone-else", "can_create_todo", None, false),
    ];
    for (who, action, owner, expected) in rows {
        let properties = owner.map_or(json!({}), |owner| json!({ "ownerID": owner }));
        let body = json!({
            "subject": { "type": "user", "id": who },
            "action": { "name": action },
            "resource": { "type": "todo", "id": "1", "properties": properties }
        });
        let reply = api.post(EVALUATION, &body.to_string()).await.json();
        assert_eq!(reply["decision"], expected, "{body} {reply}");
    }
}

async fn found(api: &Api, path: &str, body: &Value, member: &str) -> Vec<String> {
    let reply = api.post(path, &body.to_string()).await.json();
    let results = reply["results"].as_array().unwrap_or_else(|| panic!("{body} {reply}"));
    let text = |result: &Value| result[member].as_str().expect("a name").to_owned();
    results.iter().map(text).collect()
}

async fn own_search_api() -> Api {
    let users = json!([
        { "id": "ada", "role": "manager", "department": "Parks" },
        { "id": "ben", "role": "employee", "department": "Parks" },
        { "id": "cy", "role": "contractor", "department": "Streets" }
    ]);
    let records = json!([
        { "id": 1, "department": "Parks", "owner": "ada" },
        { "id": 2, "department": "Parks", "owner": "ben" },
        { "id": 3, "department": "Streets", "owner": "cy" }
    ]);
    search_api(&users, &records).await
}

/// The search fixture, with these people and records as what the mapping knows.
async fn search_api(users: &Value, records: &Value) -> Api {
    let folder = fixtures().join("search");
    let mut mapping = fs::read_to_string(folder.join("mapping.toml")).expect("a mapping");
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    mapping.push_str("\n[subjects.user]\n");
    for user in users.as_array().expect("a list") {
        let (id, role, department) = (&user["id"], &user["role"], &user["department"]);
        writeln!(mapping, "{id} = {{ role = {role}, department = {department} }}").expect("text");
    }
    mapping.push_str("\n[resources.record]\n");
    for record in records.as_array().expect("a list") {
        let (id, owner, department) =
            (text(&record["id"]), &record["owner"], &record["department"]);
        writeln!(mapping, "{id} = {{ owner = {owner}, department = {department} }}").expect("text");
    }
    Api::with(&folder, Some(&mapping)).await
}

#[test]
fn the_schema_reader_refuses() {
    let schema = json!({
        "type": "object", "required": ["decision"],
        "properties": { "decision": { "type": "boolean" }, "context": { "type": "object" } }
    });
    for wrong in [json!({}), json!({ "decision": "no" }), json!({ "decision": true, "context": 1 })]
    {
        conforms(&schema, &wrong).expect_err("it does not conform");
    }
    conforms(&schema, &json!({ "decision": true, "more": 1 })).expect("it conforms");
}
