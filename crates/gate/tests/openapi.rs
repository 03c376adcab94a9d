//! The `OpenAPI` document and the router say the same, both ways.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::{collections::BTreeSet, fs, path::Path};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use bylaw_law::SourceFile;
use bylaw_records::{Clock, NewClient};
use deployment::Deployment;
use serde_json::Value;

fn document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let text = fs::read_to_string(path).expect("the document");
    serde_json::from_str(&text).expect("it is JSON")
}

/// Every operation: method and path.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    all.collect()
}

/// Every `.route("…", method(` of the sources: axum tells nobody its routes.
fn routes() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    read_routes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut routes);
    routes
}

fn read_routes(folder: &Path, routes: &mut BTreeSet<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("the sources").path();
        if path.is_dir() {
            read_routes(&path, routes);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source");
        // The routes of a witness stand below this in a service, and alone elsewhere.
        let below = if path.ends_with("src/witness.rs") { "/witness" } else { "" };
        for call in text.split(".route(").skip(1) {
            let call = up_to_its_end(call);
            let route = call.split('"').nth(1).expect("a path").replace("{*", "{");
            let route = format!("{below}{route}");
            for method in ["get", "post", "put", "patch", "delete"] {
                let found = call.match_indices(&format!("{method}(")).any(|(at, _)| {
                    call.get(..at).is_some_and(|before| before.ends_with([' ', '.', '(']))
                });
                if found {
                    routes.insert((method.to_uppercase(), route.clone()));
                }
            }
        }
    }
}

/// The text up to the bracket that ends the call it begins in.
fn up_to_its_end(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    text.get(..end.expect("it ends")).expect("whole characters")
}

#[test]
fn every_route_is_in_the_document_and_the_reverse() {
    let documented: BTreeSet<_> = operations(&document()).into_iter().collect();
    let routes = routes();
    assert!(routes.len() > 15, "{routes:?}");
    let undocumented: Vec<_> = routes.difference(&documented).collect();
    assert!(undocumented.is_empty(), "not in openapi.json: {undocumented:?}");
    let unknown: Vec<_> = documented.difference(&routes).collect();
    assert!(unknown.is_empty(), "not in the router: {unknown:?}");
}

#[tokio::test]
async fn every_documented_operation_is_served_and_asks_for_a_token_as_documented() {
    let deployment = Deployment::new().await;
    let document = document();
    for (method, path) in operations(&document) {
        let address = path.replace("{number}", "0").replace("{path}", "0/000").replace("{id}", "x");
        let call = Request::builder().method(method.as_str()).uri(&address);
        let reply = deployment.call(call.body(Body::empty()).expect("a call")).await;
        assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        // The metadata of a service below a path, which this one is not.
        if !path.ends_with("authzen-configuration/{path}") {
            assert_ne!(reply.text, "\"there is no page\"", "{method} {path}");
        }
        let operation = &document["paths"][&path][method.to_lowercase()];
        let secured = operation["security"].is_array();
        assert_eq!(reply.status == StatusCode::UNAUTHORIZED, secured, "{method} {path}: {reply:?}");
        let status = reply.status.as_str();
        assert!(!operation["responses"][status].is_null(), "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn every_example_is_answered_under_the_real_law() {
    let mut files = Vec::new();
    read_packs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs"), "", &mut files);
    let noon = "2026-11-22T12:00:00Z".parse().expect("a time");
    let deployment = Deployment::of(files, Clock::new(move || noon), |_| ()).await;
    let token = deployment.add(NewClient {
        name: "examples".to_owned(),
        jurisdiction: "us/ca/los-angeles".to_owned(),
        ..NewClient::default()
    });
    let token = token.await;
    let document = document();
    let mut asked = 0;
    for (method, path) in operations(&document) {
        // An example of a case would have to name one.
        let pointer = format!("/paths/{}/post/requestBody", path.replace('/', "~1"));
        let example = document.pointer(&format!("{pointer}/content/application~1json/example"));
        let Some(example) = example.filter(|_| path != "/access/v1/requests") else { continue };
        let call = Request::builder().method(method.as_str()).uri(&path);
        let call = call
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(example.to_string()));
        let reply = deployment.call(call.expect("a call")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {reply:?}");
        let record = if path.ends_with("evaluations") {
            "/evaluations/0/context/record"
        } else {
            "/context/record"
        };
        assert_eq!(reply.json().pointer(record), Some(&asked.into()), "{path}: {reply:?}");
        asked += 1;
    }
    assert_eq!(asked, 5, "the five of AuthZEN");
}

fn read_packs(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("the packs") {
        let path = entry.expect("the packs").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            read_packs(&path, &format!("{prefix}{name}/"), files);
        } else {
            let text = fs::read_to_string(&path).expect("packs are text");
            files.push(SourceFile::new(format!("{prefix}{name}"), text));
        }
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').expect("inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for section in ["schemas", "responses", "parameters", "headers"] {
        for name in document["components"][section].as_object().expect("a section").keys() {
            let reference = format!("#/components/{section}/{name}");
            assert!(used.contains(&reference), "nothing uses {reference}");
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_served() {
    let deployment = Deployment::new().await;
    let served = deployment.get("/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), document());

    let page = deployment.get("/api").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.text.contains("<script"), "no script");
    for (method, path) in operations(&document()) {
        assert!(page.text.contains(&format!(">{method} {path}</h3>")), "{method} {path}");
    }
    assert!(!page.text.contains("<style"), "nothing inline: the policy forbids it");
    let style = deployment.get("/style.css").await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    let home = deployment.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.text.contains("href=\"api\""), "{}", home.text);
}
