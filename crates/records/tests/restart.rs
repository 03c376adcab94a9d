//! PostgreSQL restarted the hard way in the middle of recording. A file of its own: other tests use
//! the same server.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod support;

use support::{Acknowledged, Deployment, entry};

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_restarted_in_the_middle() {
    let (Ok(server), Ok(restart)) =
        (std::env::var("BYLAW_TEST_POSTGRES"), std::env::var("BYLAW_TEST_POSTGRES_RESTART"))
    else {
        println!("skipped: BYLAW_TEST_POSTGRES and BYLAW_TEST_POSTGRES_RESTART are not set");
        return;
    };
    let deployment = Deployment::postgres(&server).await;
    let (store, recorder) = deployment.recorder().await;
    let mut acknowledged = Acknowledged::default();
    for round in 0..3 {
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let recorder = recorder.clone();
                tokio::spawn(async move {
                    let mut acknowledged = Acknowledged::default();
                    let mut failures = 0;
                    // Until the server was away and is back.
                    while failures == 0 || recorder.status().trouble.is_some() {
                        let text = format!("{round}.{caller}");
                        if acknowledged.record(&recorder, &[&text]).await.is_err() {
                            failures += 1;
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        recorder.grown(recorder.status().size + 20).await;
        let status = tokio::process::Command::new(&restart).status().await.expect("it runs");
        assert!(status.success(), "{restart}");
        for caller in callers {
            acknowledged.0.extend(caller.await.expect("the caller ends").0);
        }
    }
    recorder.record(vec![entry("after")]).await.expect("it goes on");
    println!("{} acknowledged in 3 restarts", acknowledged.0.len());
    acknowledged.check(&deployment, &store, "restarted").await;
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}
