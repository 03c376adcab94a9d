//! The service around a decision: who may call, what every reply carries, a law that is replaced
//! under calls, what the public pages say, and what happens where nothing can be recorded.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::{fs, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use bylaw_gate::{Error, LoadedLaw, tls::fingerprint};
use bylaw_law::SourceFile;
use bylaw_ledger::{Receipt, Witnesses};
use bylaw_records::NewClient;
use deployment::{ALLOWED, Deployment, FORBIDDEN, TOWN, evaluation, law_files, today, turned_law};
use futures_util::{future::join_all, stream};
use tokio::sync::oneshot;

#[tokio::test]
async fn an_answer_leaves_a_receipt_that_checks() {
    let deployment = Deployment::new().await;
    let allowed = deployment.evaluate(ALLOWED).await;
    assert_eq!((allowed.status, &allowed.json()["decision"]), (StatusCode::OK, &true.into()));
    let forbidden = deployment.evaluate(FORBIDDEN).await;
    assert_eq!(forbidden.json()["decision"], false);
    assert_eq!((allowed.record(), forbidden.record()), (0, 1));

    let receipt = deployment.get("/receipts/1").await;
    assert_eq!(receipt.status, StatusCode::OK);
    let keys = deployment.service_keys().await;
    let parsed = Receipt::parse(receipt.text.as_bytes()).expect("a receipt");
    let checked = parsed.check(&keys, &Witnesses::none()).expect("it checks");
    assert_eq!((checked.origin.as_str(), checked.size), ("bylaw.example/tests", 2));

    for number in ["2", "01", "-1", "x", "99999999999999999999"] {
        let reply = deployment.get(&format!("/receipts/{number}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{number}");
    }
}

#[tokio::test]
async fn the_ledger_is_served_as_files() {
    let deployment = Deployment::new().await;
    deployment.evaluate(ALLOWED).await;
    let checkpoint = deployment.get("/ledger/checkpoint").await;
    assert!(checkpoint.text.starts_with("bylaw.example/tests\n1\n"), "{}", checkpoint.text);
    assert_eq!(checkpoint.header("cache-control"), "no-store");
    for path in ["/ledger/tile/0/000.p/1", "/ledger/tile/entries/000.p/1"] {
        let tile = deployment.get(path).await;
        assert_eq!(tile.status, StatusCode::OK, "{path}");
        assert_eq!(tile.header("cache-control"), "public, max-age=604800, immutable");
    }
    let missing = [
        "/ledger/witnessed",
        "/ledger/tile/0/000",
        "/ledger/tile/0/../../lock",
        "/ledger/tile/0/%2e%2e/%2e%2e/lock",
        "/ledger/lock",
        "/ledger/tile/",
        "/witness/00/checkpoint",
    ];
    for path in missing {
        assert_eq!(deployment.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_caller_without_a_good_credential_is_told_so_and_nothing_more() {
    let deployment = Deployment::new().await;
    let cases = [
        (None, "the caller is not known: no token and no certificate was sent"),
        (
            Some("Bearer bylaw_wrong"),
            "the caller is not known: the token or certificate is not known",
        ),
        (
            Some("Basic YTpi"),
            "the caller is not known: the `Authorization` header is not `Bearer` with a token",
        ),
        (
            Some("Bearer  "),
            "the caller is not known: the `Authorization` header is not `Bearer` with a token",
        ),
    ];
    for (header, message) in cases {
        let mut call = evaluation(None, ALLOWED);
        if let Some(header) = header {
            call.headers_mut().insert("authorization", header.parse().expect("a header"));
        }
        let reply = deployment.call(call).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"bylaw\"");
        assert_eq!(reply.json(), message);
    }
    // Refused before its body is read: no such text is ever parsed.
    let reply = deployment.call(evaluation(None, "not JSON")).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(deployment.recorder.status().size, 0, "nothing was recorded");
}

#[tokio::test]
async fn clients_come_go_and_expire_while_the_service_runs() {
    let deployment = Deployment::new().await;
    let second = deployment.add_client("second", None).await;
    let call = |token: &str| deployment.call(evaluation(Some(token), ALLOWED));
    assert_eq!(call(&second).await.status, StatusCode::OK);
    deployment.store.revoke_client(2, today()).await.expect("it is revoked");
    assert_eq!(call(&second).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&deployment.token).await.status, StatusCode::OK, "the other one stays");

    for (last_day, status) in
        [("2026-11-22", StatusCode::OK), ("2026-11-21", StatusCode::UNAUTHORIZED)]
    {
        let token = deployment
            .add(NewClient {
                name: "temporary".to_owned(),
                jurisdiction: TOWN.to_owned(),
                expires_on: Some(last_day.parse().expect("a day")),
                ..NewClient::default()
            })
            .await;
        assert_eq!(call(&token).await.status, status, "{last_day}");
    }
}

#[tokio::test]
async fn a_client_that_was_looked_up_is_remembered_for_a_while() {
    let deployment = Deployment::with(|settings| {
        settings.clients_remembered_for = Duration::from_secs(3600);
    })
    .await;
    assert_eq!(deployment.evaluate(ALLOWED).await.status, StatusCode::OK);
    deployment.store.revoke_client(1, today()).await.expect("it is revoked");
    assert_eq!(deployment.evaluate(ALLOWED).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_bad_token_does_not_fall_back_to_a_certificate() {
    let deployment = Deployment::new().await;
    let certificate = fingerprint(b"a certificate");
    deployment.add_client("patrol", Some(certificate)).await;
    let service = &deployment.service;
    let caller = service.caller(None, Some(certificate)).await.expect("it is known");
    assert_eq!((caller.client, &*caller.name, &*caller.jurisdiction), (2, "patrol", TOWN));
    let both = service.caller(Some(&deployment.token), Some(certificate)).await.expect("known");
    assert_eq!(both.client, 1, "the token counts");
    let bad = service.caller(Some("bylaw_bad"), Some(certificate)).await;
    assert!(matches!(bad, Err(Error::Unauthenticated { .. })), "{bad:?}");
}

#[tokio::test]
async fn a_scope_that_does_not_fit_the_law_is_forbidden() {
    let deployment = Deployment::new().await;
    let elsewhere = deployment
        .add(NewClient {
            name: "elsewhere".to_owned(),
            jurisdiction: "us/xx".to_owned(),
            ..NewClient::default()
        })
        .await;
    let reply = deployment.call(evaluation(Some(&elsewhere), ALLOWED)).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.json(), "no law is loaded for `us/xx`, the jurisdiction of client 2");

    let mapped = deployment
        .add(NewClient {
            name: "mapped".to_owned(),
            jurisdiction: TOWN.to_owned(),
            mapping: Some((
                "broken.toml".to_owned(),
                "silent = \"deny\"\n[actions]\nopen = \"entre\"\n".to_owned(),
            )),
            ..NewClient::default()
        })
        .await;
    for _ in 0..2 {
        let reply = deployment.call(evaluation(Some(&mapped), ALLOWED)).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        let message = reply.text;
        assert!(message.contains("the mapping of client 3"), "{message}");
        assert!(message.contains("line 3"), "{message}");
    }
}

#[tokio::test]
async fn every_reply_echoes_the_id_of_the_call_and_is_not_kept() {
    let deployment = Deployment::new().await;
    let mut good = evaluation(Some(&deployment.token), ALLOWED);
    let mut refused = evaluation(None, ALLOWED);
    let mut lost = Request::get("/nowhere").body(Body::empty()).expect("a call");
    for call in [&mut good, &mut refused, &mut lost] {
        call.headers_mut().insert("x-request-id", "id 7/ü".parse().expect("a header"));
    }
    for call in [good, refused, lost] {
        let reply = deployment.call(call).await;
        let id = reply.headers.get("x-request-id").expect("an id");
        assert_eq!(id.as_bytes(), "id 7/ü".as_bytes());
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    }
    assert!(deployment.get("/nowhere").await.headers.get("x-request-id").is_none());
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_same_shape() {
    let deployment = Deployment::new().await;
    let reply = deployment.get("/nowhere").await;
    assert_eq!((reply.status, reply.json()), (StatusCode::NOT_FOUND, "there is no page".into()));
    let reply = deployment.get("/access/v1/evaluation").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.header("allow"), "POST");
    assert_eq!(reply.json(), "this path has no such method");
}

#[tokio::test]
async fn another_law_is_in_force_at_once_and_archived() {
    let deployment = Deployment::new().await;
    let before = deployment.service.law();
    assert_eq!(deployment.evaluate(ALLOWED).await.json()["decision"], true);
    let after = deployment.service.replace_law(turned_law()).await.expect("it loads");
    assert_ne!(before.sources, after.sources);
    assert_eq!(deployment.evaluate(ALLOWED).await.json()["decision"], false);
    for law in [before, after] {
        let hash = &law.law.jurisdiction(TOWN).expect("the town").hash;
        assert!(deployment.store.law_files(hash).await.expect("a store").is_some(), "{hash}");
    }
}

/// The hash of the town's law.
fn hash_of(law: &LoadedLaw) -> String {
    law.law.jurisdiction(TOWN).expect("the town").hash.to_string()
}

#[tokio::test]
async fn a_call_in_flight_ends_under_the_law_it_began_with() {
    let deployment = Deployment::new().await;
    let old = hash_of(&deployment.service.law());
    // The body comes only when the law has been replaced; the caller is known by then.
    let (asked_for_body, waiting) = oneshot::channel();
    let (send_body, body) = oneshot::channel::<()>();
    let body = stream::once(async move {
        asked_for_body.send(()).expect("the test waits");
        body.await.expect("the body is sent");
        Ok::<_, std::io::Error>(ALLOWED)
    });
    let (parts, _) = evaluation(Some(&deployment.token), "").into_parts();
    let early = deployment.call(Request::from_parts(parts, Body::from_stream(body)));
    let replaced = async {
        waiting.await.expect("the call has begun");
        deployment.service.replace_law(turned_law()).await.expect("it loads");
        let late = deployment.evaluate(ALLOWED).await;
        send_body.send(()).expect("the call waits");
        late
    };
    let (early, late) = tokio::join!(early, replaced);
    assert_eq!(early.json()["context"]["law"], old.as_str());
    assert_eq!(early.json()["decision"], true);
    assert_ne!(late.json()["context"]["law"], old.as_str());
    assert_eq!(late.json()["decision"], false);
    assert!(early.record() > late.record(), "it ended later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_sees_half_of_a_law() {
    let deployment = Arc::new(Deployment::new().await);
    let old = hash_of(&deployment.service.law());
    // Each of them asks until it is answered under the new law.
    let asking = (0..4).map(|_| {
        let (deployment, old) = (Arc::clone(&deployment), old.clone());
        tokio::spawn(async move {
            loop {
                let reply = deployment.evaluate(ALLOWED).await.json();
                let is_old = reply["context"]["law"] == old.as_str();
                // Never the answer of one law under the name of the other.
                assert_eq!(reply["decision"], is_old, "{reply}");
                if !is_old {
                    return;
                }
            }
        })
    });
    let asking: Vec<_> = asking.collect();
    deployment.service.replace_law(turned_law()).await.expect("it loads");
    for done in join_all(asking).await {
        done.expect("every answer fits its law");
    }
}

#[tokio::test]
async fn a_law_that_does_not_load_changes_nothing_and_is_shown() {
    let deployment = Deployment::new().await;
    let before = deployment.service.law();
    assert_eq!(deployment.get("/healthz").await.json()["status"], "ok");
    let mut files = law_files(None);
    let doors = files[1].text.replace("context.judicial", "context.judical");
    files[1] = SourceFile::new("town/doors.md", doors);
    let error = deployment.service.replace_law(files).await.expect_err("a typing error");
    assert!(matches!(error, Error::Law(_)), "{error:?}");
    assert!(Arc::ptr_eq(&before, &deployment.service.law()));
    assert_eq!(deployment.evaluate(ALLOWED).await.json()["decision"], true);

    let health = deployment.get("/healthz").await;
    assert_eq!(health.status, StatusCode::OK, "the process works");
    let health = health.json();
    assert_eq!(health["status"], "trouble");
    let refused = &health["law"]["refused"][0];
    assert_eq!(refused["file"], "town/doors.md");
    assert!(refused["line"].as_u64().is_some_and(|line| line > 10), "{refused}");
    assert!(refused["message"].as_str().expect("a text").contains("judical"), "{refused}");

    deployment.service.replace_law(law_files(None)).await.expect("it loads");
    let health = deployment.get("/healthz").await.json();
    assert_eq!(
        (&health["status"], &health["law"]["refused"]),
        (&"ok".into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn health_tells_the_law_the_time_and_troubles() {
    let deployment = Deployment::new().await;
    deployment.evaluate(ALLOWED).await;
    let law = deployment.service.law();
    let health = deployment.get("/healthz").await.json();
    assert_eq!(health["law"]["sources"], law.sources.as_str());
    let hash = &*law.law.jurisdiction(TOWN).expect("the town").hash;
    assert_eq!(health["law"]["jurisdictions"][TOWN], hash);
    assert_eq!(health["today"], "2026-11-22");
    assert_eq!(health["now"], "2026-11-22T12:00:00Z");
    assert_eq!(health["records"]["recording"], true);
    assert_eq!(health["records"]["log_size"], 1);

    deployment.service.trouble("witness", Some("the county's witness does not answer".to_owned()));
    let health = deployment.get("/healthz").await.json();
    assert_eq!(health["status"], "trouble");
    assert_eq!(health["troubles"]["witness"], "the county's witness does not answer");
    deployment.service.trouble("witness", None);
    assert_eq!(deployment.get("/healthz").await.json()["status"], "ok");
}

#[tokio::test]
async fn metrics_count_and_are_for_clients() {
    let deployment = Deployment::new().await;
    deployment.evaluate(ALLOWED).await;
    deployment.evaluate(FORBIDDEN).await;
    deployment.evaluate("{").await;
    assert_eq!(deployment.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    let call =
        Request::get("/metrics").header("authorization", format!("Bearer {}", deployment.token));
    let metrics = deployment.call(call.body(Body::empty()).expect("a call")).await.text;
    let expected = [
        "bylaw_calls_total{endpoint=\"/access/v1/evaluation\",status=\"200\"} 2",
        "bylaw_calls_total{endpoint=\"/access/v1/evaluation\",status=\"400\"} 1",
        "bylaw_calls_total{endpoint=\"/metrics\",status=\"401\"} 1",
        "bylaw_answers_total{endpoint=\"evaluation\",jurisdiction=\"town\",client=\"1\",answer=\"may\"} 1",
        "bylaw_answers_total{endpoint=\"evaluation\",jurisdiction=\"town\",client=\"1\",answer=\"must_not\"} 1",
        "bylaw_call_seconds_count{endpoint=\"/access/v1/evaluation\"} 3",
        "bylaw_log_size 2",
        "bylaw_recording 1",
        "# EOF",
    ];
    for line in expected {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    for secret in ["desk", "staff", "p1", "r1", &deployment.token] {
        assert!(!metrics.contains(secret), "{secret}\n{metrics}");
    }
}

#[tokio::test]
async fn no_answer_is_given_that_cannot_be_recorded() {
    let deployment = Deployment::new().await;
    assert_eq!(deployment.get("/readyz").await.status, StatusCode::OK);
    deployment.recorder.close().await;
    let reply = deployment.evaluate(ALLOWED).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(
        reply.json(),
        "the answer could not be recorded, so no answer is given; try again",
        "and nothing of what it would have been"
    );
}

#[tokio::test]
async fn a_ledger_that_cannot_grow_is_not_ready_and_says_so() {
    let deployment = Deployment::new().await;
    assert_eq!(deployment.evaluate(ALLOWED).await.status, StatusCode::OK);
    let ledger = deployment.folder.path().join("ledger");
    fs::rename(&ledger, deployment.folder.path().join("away")).expect("it is moved");
    fs::write(&ledger, "in its place").expect("it is written");
    let reply = deployment.evaluate(ALLOWED).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!reply.text.contains("ledger/"), "{}", reply.text);

    let ready = deployment.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["ready"], false);
    let health = deployment.get("/healthz").await;
    assert_eq!(health.status, StatusCode::OK, "the process works");
    assert_eq!(health.json()["status"], "trouble");
    assert_eq!(health.json()["records"]["recording"], false);
    assert!(!health.text.contains(&*ledger.to_string_lossy()), "{}", health.text);
}

#[tokio::test]
async fn a_store_that_does_not_answer_lets_nobody_in() {
    let deployment = Deployment::new().await;
    deployment.store.close().await;
    let reply = deployment.evaluate(ALLOWED).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json(), "the record store does not answer");

    // Nor is a law put in force that cannot be archived.
    let before = deployment.service.law();
    let error = deployment.service.replace_law(turned_law()).await.expect_err("no archive");
    assert!(matches!(error, Error::Records(_)), "{error:?}");
    assert!(Arc::ptr_eq(&before, &deployment.service.law()));
    let health = deployment.get("/healthz").await.json();
    assert_eq!(health["troubles"]["law"], "the record store does not answer");
}

#[tokio::test]
async fn a_ledger_that_is_gone_is_an_error_that_names_no_file() {
    let deployment = Deployment::new().await;
    deployment.evaluate(ALLOWED).await;
    let checkpoint = deployment.folder.path().join("ledger/checkpoint");
    fs::write(&checkpoint, "not a checkpoint").expect("it is written");
    let reply = deployment.get("/receipts/0").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json(), "the ledger cannot be read");
    fs::remove_file(&checkpoint).expect("it is removed");
    let reply = deployment.get("/receipts/0").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json(), "the receipt of record 0 is not published yet");
}
