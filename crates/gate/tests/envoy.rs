//! Envoy's `ext_authz` over a real socket, asked by a real gRPC client.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::{collections::HashMap, sync::Arc};

use axum::http::StatusCode;
use bylaw_gate::{
    Peer, envoy,
    tls::{Connections, Listener},
};
use bylaw_records::NewClient;
use deployment::{Deployment, TOWN};
use envoy_types::pb::envoy::{
    config::core::v3::HeaderValueOption,
    service::auth::v3::{
        AttributeContext, CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
        attribute_context::{self, HttpRequest},
        authorization_client::AuthorizationClient,
        check_response::HttpResponse,
    },
};
use serde_json::Value;
use tonic::{Code, Request, transport::Channel};

const MAPPING: &str = r#"
silent = "deny"
unmatched = "deny"

[facts]
actor_kind = "library_staff"
judicial = { from = "request.headers.x-paper", table = "paper" }

[tables.paper]
order = true
none = false

[[routes]]
method = ["GET", "POST"]
path = "/doors/{door}"
act = "enter"

[[routes]]
path = "/windows/{window}/{rest...}"
act = "enter"
facts = { judicial = { cel = "request.query.order == 'yes' && request.segments.window == '7' && context.zone == 'inner'" } }
"#;

/// A gateway in front of a deployment.
struct Gateway {
    deployment: Deployment,
    client: AuthorizationClient<Channel>,
    token: String,
}

impl Gateway {
    async fn with(mapping: &str) -> Self {
        let deployment = Deployment::new().await;
        let mapping = Some(("gateway.toml".to_owned(), mapping.to_owned()));
        let jurisdiction = TOWN.to_owned();
        let client =
            NewClient { name: "gateway".to_owned(), jurisdiction, mapping, ..NewClient::default() };
        let token = deployment.add(client).await;
        let listener = Listener::bind("127.0.0.1:0", None, Connections::default()).await;
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.address().expect("an address"));
        let app = envoy::router(Arc::clone(&deployment.service));
        let app = app.into_make_service_with_connect_info::<Peer>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let client = AuthorizationClient::connect(url).await.expect("a connection");
        Self { deployment, client, token }
    }

    /// Asks as the gateway.
    async fn check(&self, http: HttpRequest) -> CheckResponse {
        self.ask(Some(&self.token), check(http)).await
    }

    async fn ask(&self, token: Option<&str>, check: CheckRequest) -> CheckResponse {
        let mut request = Request::new(check);
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("a header's value");
            request.metadata_mut().insert("authorization", value);
        }
        // An error of gRPC would let the call pass at a gateway that is set so.
        self.client.clone().check(request).await.expect("never an error of gRPC").into_inner()
    }
}

fn check(http: HttpRequest) -> CheckRequest {
    let request = attribute_context::Request { http: Some(http), ..Default::default() };
    let context_extensions = HashMap::from([("zone".to_owned(), "inner".to_owned())]);
    let attributes =
        AttributeContext { request: Some(request), context_extensions, ..Default::default() };
    CheckRequest { attributes: Some(attributes) }
}

fn call(method: &str, path: &str, headers: &[(&str, &str)]) -> HttpRequest {
    let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    let (method, path) = (method.to_owned(), path.to_owned());
    HttpRequest { method, path, headers: headers.collect(), ..Default::default() }
}

fn passed(response: CheckResponse) -> OkHttpResponse {
    assert_eq!(response.status.map(|status| status.code), Some(Code::Ok.into()));
    match response.http_response {
        Some(HttpResponse::OkResponse(ok)) => ok,
        other => panic!("it did not pass: {other:?}"),
    }
}

/// A denial with its status.
fn denied(response: CheckResponse) -> (i32, DeniedHttpResponse) {
    let code = response.status.map(|status| status.code);
    assert!(code.is_some_and(|code| code != i32::from(Code::Ok)), "{code:?}");
    match response.http_response {
        Some(HttpResponse::DeniedResponse(denied)) => {
            (denied.status.as_ref().map_or(0, |status| status.code), denied)
        }
        other => panic!("it was not denied: {other:?}"),
    }
}

fn header<'a>(headers: &'a [HeaderValueOption], name: &str) -> Option<&'a str> {
    let mut headers = headers.iter().filter_map(|header| header.header.as_ref());
    headers.find(|header| header.key == name).map(|header| header.value.as_str())
}

fn json(denied: &DeniedHttpResponse) -> Value {
    serde_json::from_str(&denied.body).unwrap_or_else(|_| panic!("not JSON: {}", denied.body))
}

#[tokio::test]
async fn what_the_law_permits_passes_with_its_record() {
    let gateway = Gateway::with(MAPPING).await;
    let sent = [
        ("x-paper", "order"),
        ("x-bylaw-answer", "must"),
        ("x-bylaw-clearance", "all"),
        ("x_bylaw_role", "chief"),
    ];
    let ok = passed(gateway.check(call("GET", "/doors/7?why=x", &sent)).await);
    assert_eq!(header(&ok.headers, "x-bylaw-answer"), Some("may"));
    assert_eq!(header(&ok.headers, "x-bylaw-record"), Some("0"));
    // Envoy removes after it sets: what we say must not be in the list.
    assert_eq!(ok.headers_to_remove, ["x-bylaw-clearance", "x-bylaw-duties", "x_bylaw_role"]);

    let receipt = gateway.deployment.get("/receipts/0").await;
    assert_eq!(receipt.status, StatusCode::OK);
    let record = gateway.deployment.store.open_record(0).await.expect("it reads").expect("it is");
    let opening = record.opening().expect("it is not purged");
    let body: Value = serde_json::from_str(&opening.body).expect("JSON");
    assert_eq!(body["through"], "envoy");
    assert_eq!(body["asked_by"]["client"], "gateway");
    assert_eq!(body["decision"], true);
    assert_eq!(body["facts"]["judicial"], true);
}

#[tokio::test]
async fn what_the_law_forbids_is_denied_with_the_answer() {
    let gateway = Gateway::with(MAPPING).await;
    let (status, denied_as_json) =
        denied(gateway.check(call("GET", "/doors/7", &[("x-paper", "none")])).await);
    assert_eq!(status, 403);
    assert_eq!(header(&denied_as_json.headers, "content-type"), Some("application/json"));
    assert_eq!(header(&denied_as_json.headers, "x-bylaw-record"), Some("0"));
    let body = json(&denied_as_json);
    assert_eq!(
        (&body["decision"], &body["answer"], &body["because"][0]["cite"], &body["receipt"]),
        (
            &false.into(),
            &"must_not".into(),
            &"Ord. 1 § 1".into(),
            &"https://bylaw.example/receipts/0".into()
        )
    );

    let browser = [("x-paper", "none"), ("accept", "text/html,*/*;q=0.8")];
    let (status, denied_as_page) = denied(gateway.check(call("POST", "/doors/7", &browser)).await);
    assert_eq!(status, 403);
    assert_eq!(header(&denied_as_page.headers, "content-type"), Some("text/html; charset=utf-8"));
    insta::assert_snapshot!(denied_as_page.body, @r#"
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>The law forbids it: Let someone in</title>
    </head>
    <body>
    <main>
    <h1>The law forbids it: Let someone in</h1>
    <p>This was not let through, because the law forbids it.</p>
    <h2>Why</h2>
    <ul>
    <li>ORD-1: Doors, Ord. 1 § 1 (drafted: an example)</li>
    </ul>
    <p>Recorded as number 1, <a href="https://bylaw.example/receipts/1">receipt</a>. Decided under the law of town on 2026-11-22.</p>
    </main>
    </body>
    </html>
    "#);
}

#[tokio::test]
async fn what_is_not_known_is_asked_for_and_does_not_pass() {
    let gateway = Gateway::with(MAPPING).await;
    let (status, denied) = denied(gateway.check(call("GET", "/doors/7", &[])).await);
    let body = json(&denied);
    assert_eq!(
        (status, &body["answer"], &body["needs"][0]),
        (403, &"needs_facts".into(), &"judicial".into())
    );
}

#[tokio::test]
async fn a_route_sees_segments_query_and_what_the_gateway_adds() {
    let gateway = Gateway::with(MAPPING).await;
    let answers = [
        ("/windows/7/a/b?order=yes", true),
        ("/windows/%37/a?order=yes", true),
        ("/windows/8/a?order=yes", false),
        ("/windows/7/a?order=no", false),
        // Given twice it is a list, and no list equals a text.
        ("/windows/7/a?order=yes&order=no", false),
    ];
    for (path, passes) in answers {
        let response = gateway.check(call("PUT", path, &[])).await;
        match passes {
            true => drop(passed(response)),
            false => assert_eq!(denied(response).0, 403, "{path}"),
        }
    }
}

#[tokio::test]
async fn what_no_route_fits_is_as_the_mapping_says() {
    let gateway = Gateway::with(MAPPING).await;
    let unmatched = [("GET", "/"), ("GET", "/doors"), ("DELETE", "/doors/7"), ("GET", "/Doors/7")];
    for (method, path) in unmatched {
        let (status, denied) =
            denied(gateway.check(call(method, path, &[("x-paper", "order")])).await);
        assert_eq!((status, &json(&denied)["decision"]), (403, &false.into()), "{method} {path}");
    }
    let open =
        Gateway::with(&MAPPING.replace("unmatched = \"deny\"", "unmatched = \"allow\"")).await;
    for (method, path) in unmatched {
        let forged = call(method, path, &[("x-bylaw-answer", "may")]);
        let ok = passed(open.check(forged).await);
        assert!(ok.headers.is_empty());
        assert!(ok.headers_to_remove.contains(&"x-bylaw-answer".to_owned()));
    }
    // A path that two programs can read differently is not "unmatched".
    for path in ["/doors//7", "/x/../doors/7", "/doors%2f7", "/doors/7;a=b", "", "*"] {
        assert_eq!(denied(open.check(call("GET", path, &[])).await).0, 403, "{path}");
    }
    assert_eq!(open.deployment.recorder.status().size, 0, "the law was not asked");
}

#[tokio::test]
async fn whatever_is_wrong_is_denied() {
    let gateway = Gateway::with(MAPPING).await;
    let good = || check(call("GET", "/doors/7", &[("x-paper", "order")]));
    for token in [None, Some(""), Some("bylaw_wrong")] {
        assert_eq!(denied(gateway.ask(token, good()).await).0, 403);
    }
    // The desk's client has no mapping, so no routes.
    let desk = Some(gateway.deployment.token.as_str());
    assert_eq!(denied(gateway.ask(desk, good()).await).0, 403);
    let empty = gateway.ask(Some(&gateway.token), CheckRequest::default()).await;
    assert_eq!(denied(empty).0, 403);

    let planted = [("x-paper", "a planted value")];
    let (status, refused) = denied(gateway.check(call("GET", "/doors/7", &planted)).await);
    assert_eq!(status, 403);
    assert!(!refused.body.contains("planted"), "{}", refused.body);
    assert_eq!(gateway.deployment.recorder.status().size, 0, "nothing was decided");

    gateway.deployment.recorder.close().await;
    let (status, refused) = denied(gateway.ask(Some(&gateway.token), good()).await);
    assert_eq!((status, header(&refused.headers, "retry-after")), (503, Some("1")));
    assert!(json(&refused).get("answer").is_none(), "{}", refused.body);
}

#[tokio::test]
async fn many_checks_at_once_each_have_a_record() {
    let gateway = Gateway::with(MAPPING).await;
    let checks = (0..200).map(|number| {
        let paper = if number % 2 == 0 { "order" } else { "none" };
        let http = call("GET", &format!("/doors/{number}"), &[("x-paper", paper)]);
        gateway.check(http)
    });
    let responses = futures_util::future::join_all(checks).await;
    let mut numbers: Vec<u64> = responses
        .iter()
        .enumerate()
        .map(|(number, response)| {
            let headers = match &response.http_response {
                Some(HttpResponse::OkResponse(ok)) if number % 2 == 0 => &ok.headers,
                Some(HttpResponse::DeniedResponse(denied)) if number % 2 == 1 => &denied.headers,
                other => panic!("{number}: {other:?}"),
            };
            header(headers, "x-bylaw-record").and_then(|it| it.parse().ok()).expect("a record")
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<u64>>());
}
