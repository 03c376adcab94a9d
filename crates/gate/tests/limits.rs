//! What is held back, and what the caller is told: too fast, too much, too long, too slow.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::{num::NonZeroU32, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode},
};
use bylaw_gate::Error;
use deployment::{ALLOWED, Deployment, evaluation};
use futures_util::stream;

fn few(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("not zero")
}

#[tokio::test]
async fn a_client_that_asks_too_fast_is_held_back_alone() {
    // One call a second: the second call comes within it, however slow the test is not.
    let deployment = Deployment::with(|settings| settings.limits.calls_per_second = few(1)).await;
    let other = deployment.add_client("other", None).await;
    assert_eq!(deployment.service.limits.take(1, 1).ok(), Some(()));
    let reply = loop {
        let reply = deployment.evaluate(ALLOWED).await;
        if reply.status != StatusCode::OK {
            break reply;
        }
    };
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.json(), "client 1 asks faster than its rate");
    let reply = deployment.call(evaluation(Some(&other), ALLOWED)).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn a_batch_counts_as_many_calls_as_it_has_items() {
    let deployment = Deployment::with(|settings| settings.limits.calls_per_second = few(10)).await;
    let limits = &deployment.service.limits;
    limits.take(7, 0).expect("nothing");
    limits.take(7, 10).expect("all of a second");
    assert!(matches!(limits.take(7, 10), Err(Error::TooFast { client: 7, .. })));
    assert!(matches!(limits.take(8, 11), Err(Error::TooMany { client: 8, limit: 10 })));
    limits.take(8, 10).expect("another client's");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    let deployment = Deployment::with(|settings| settings.limits.body_bytes = 1000).await;
    let long = format!("{ALLOWED}{}", " ".repeat(1000));
    let reply = deployment.evaluate(&long).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.json(), "the body has more than 1000 bytes");

    // One that does not say how long it is.
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 100])));
    let (parts, _) = evaluation(Some(&deployment.token), "").into_parts();
    let reply = deployment.call(Request::from_parts(parts, Body::from_stream(endless))).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);

    let broken = stream::iter([Err::<Bytes, _>(std::io::Error::other("cut off"))]);
    let (parts, _) = evaluation(Some(&deployment.token), "").into_parts();
    let reply = deployment.call(Request::from_parts(parts, Body::from_stream(broken))).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(deployment.evaluate(ALLOWED).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_json_is_read() {
    let deployment = Deployment::new().await;
    for (kind, status) in [
        (Some("application/json"), StatusCode::OK),
        (Some("Application/JSON ; charset=utf-8"), StatusCode::OK),
        (Some("text/plain"), StatusCode::BAD_REQUEST),
        (Some("application/jsonp"), StatusCode::BAD_REQUEST),
        (None, StatusCode::BAD_REQUEST),
    ] {
        let mut call = evaluation(Some(&deployment.token), ALLOWED);
        call.headers_mut().remove("content-type");
        if let Some(kind) = kind {
            call.headers_mut().insert("content-type", kind.parse().expect("a header"));
        }
        assert_eq!(deployment.call(call).await.status, status, "{kind:?}");
    }
}

#[tokio::test]
async fn calls_beyond_the_limit_are_sent_away_and_health_is_still_told() {
    let deployment = Deployment::with(|settings| settings.limits.calls_at_once = 1).await;
    // Its body never comes, and so it keeps its place.
    let (parts, _) = evaluation(Some(&deployment.token), "").into_parts();
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let waiting = deployment.call(Request::from_parts(parts, Body::from_stream(never)));
    let mut waiting = Box::pin(waiting);
    let others = async {
        loop {
            let reply = deployment.evaluate(ALLOWED).await;
            if reply.status != StatusCode::OK {
                return (reply, deployment.get("/healthz").await);
            }
        }
    };
    let (busy, health) = tokio::select! {
        biased;
        reply = &mut waiting => panic!("{reply:?}"),
        others = others => others,
    };
    assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(busy.header("retry-after"), "1");
    assert_eq!(busy.json(), "more than 1 calls are in flight");
    assert_eq!(health.status, StatusCode::OK);
    drop(waiting);
    assert_eq!(deployment.evaluate(ALLOWED).await.status, StatusCode::OK, "its place is free");
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_ended() {
    let deployment = Deployment::with(|settings| {
        settings.limits.call_timeout = Duration::from_secs(1);
    })
    .await;
    let (parts, _) = evaluation(Some(&deployment.token), "").into_parts();
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let reply = deployment.call(Request::from_parts(parts, Body::from_stream(never))).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.json(), "no answer within 1 s");
}
