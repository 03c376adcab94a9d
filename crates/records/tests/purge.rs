//! Purging by rule, holds that forbid it, and what is left of what was purged.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod support;

use bylaw_records::{
    Content, Entry, Error, Kind, Options, PurgedUnder, Recorder, Rule, Store, body,
};
use jiff::civil::Date;
use support::{Deployment, NOON, clock, entry, on_each, options, text_of};

const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_purged_and_the_ledger_says_so() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = three_days(deployment).await;
        let rules = [rule("short", 2), rule("long", 300)];
        assert_eq!(store.due(&rules, day("2026-11-23")).await.expect("it counts"), []);
        let due = store.due(&rules, day("2026-11-24")).await.expect("it counts");
        assert_eq!((due.len(), due[0].records, due[0].through), (1, 2, day("2026-11-22")));

        let early = recorder.purge(&rules, day("2026-11-23")).await.expect("it purges");
        assert_eq!((early.records, early.recorded.len()), (0, 0));
        let purged = recorder.purge(&rules, day("2026-11-24")).await.expect("it purges");
        assert_eq!((purged.records, purged.recorded), (2, vec![9]));
        let again = recorder.purge(&rules, day("2026-11-24")).await.expect("it purges");
        assert_eq!(again.records, 0);

        for number in [0, 2] {
            let record = store.open_record(number).await.expect("it reads").expect("it is there");
            assert_eq!(record.content, Content::Purged);
            assert_eq!(record.summary.purged, Some((day("2026-11-24"), "short".to_owned())));
            assert_eq!(record.opening(), None);
            assert_eq!(record.leaf.len(), 33, "the leaf stays");
        }
        assert_eq!(text_of(&store, 1).await, r#"{"step":"22 long"}"#);
        let said: body::Purge =
            serde_json::from_str(&text_of(&store, 9).await).expect("it is a purge's record");
        assert_eq!((said.rule.as_str(), said.count), ("short", 2));
        assert_eq!(said.numbers, [(0, 0), (2, 2)]);
        assert_eq!((said.on, said.through), (day("2026-11-24"), day("2026-11-22")));

        let report = deployment.verify(&store).await;
        assert_eq!(report.wrong, []);
        let purged: Vec<_> = report.purged.into_iter().collect();
        let under = PurgedUnder {
            rule: "short".to_owned(),
            cite: "Ord. 1 § 2".to_owned(),
            on: day("2026-11-24"),
        };
        assert_eq!(purged, [(under, 2)]);
        assert_eq!(store.rules_in_use().await.expect("they are listed"), ["long", "short"]);
        recorder.purge(&[rule("long", 0)], day("2026-11-24")).await.expect("it purges");
        assert_eq!(store.rules_in_use().await.expect("they are listed"), ["short"]);
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_step_is_recorded_step_by_step() {
    let deployment = Deployment::sqlite();
    let (store, recorder) = deployment.recorder().await;
    // Every third is kept, so that the numbers purged are many short runs.
    let entries = (0..9_000).map(|index| kept_under(if index % 3 == 0 { "long" } else { "short" }));
    recorder.record(entries.collect()).await.expect("it is recorded");
    let purged = recorder.purge(&[rule("short", 0)], day("2026-11-22")).await.expect("it purges");
    assert_eq!((purged.records, purged.recorded), (6_000, vec![9_000, 9_001]));
    let report = deployment.verify(&store).await;
    assert_eq!((report.wrong, report.whole), (vec![], 3_002));
    assert_eq!(report.purged.values().sum::<u64>(), 6_000);
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_hold_stands_nothing_is_purged() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = three_days(deployment).await;
        let rules = [rule("short", 0)];
        let today = day("2026-11-24");
        // Another process places them: a store of its own, no recorder.
        let elsewhere = deployment.store().await;
        elsewhere.place_hold("Roe v. Town", today).await.expect("it is placed");
        elsewhere.place_hold("Doe v. Town", today).await.expect("it is placed");
        let twice = elsewhere.place_hold("Doe v. Town", today).await;
        assert!(matches!(twice, Err(Error::HoldName { open: true })));
        let held = recorder.purge(&rules, today).await;
        assert!(matches!(held, Err(Error::Held { holds: 2 })), "{held:?}");
        assert_eq!(recorder.status().trouble, None, "a hold is no failure");
        recorder.record(vec![entry("goes on")]).await.expect("it is recorded");

        recorder.housekeeping().await.expect("they are witnessed");
        recorder.housekeeping().await.expect("once only");
        elsewhere.lift_hold("Roe v. Town", today).await.expect("it is lifted");
        assert!(matches!(recorder.purge(&rules, today).await, Err(Error::Held { holds: 1 })));
        elsewhere.lift_hold("Doe v. Town", today).await.expect("it is lifted");
        let none = elsewhere.lift_hold("Doe v. Town", today).await;
        assert!(matches!(none, Err(Error::HoldName { open: false })));
        assert_eq!(recorder.purge(&rules, today).await.expect("it purges").records, 6);
        recorder.housekeeping().await.expect("they are witnessed");

        let holds = store.holds().await.expect("they are listed");
        let of: Vec<_> =
            holds.iter().map(|hold| (hold.name.as_str(), hold.placed_in, hold.lifted_in)).collect();
        assert_eq!(of, [("Roe v. Town", Some(10), Some(13)), ("Doe v. Town", Some(11), Some(14))]);
        let said: body::Hold =
            serde_json::from_str(&text_of(&store, 14).await).expect("it is a hold's record");
        assert_eq!((said.name.as_str(), said.lifted, said.on), ("Doe v. Town", true, today));
        assert_eq!(deployment.verify(&store).await.wrong, []);
        elsewhere.close().await;
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_key_is_nowhere_in_the_database_files() {
    let deployment = Deployment::sqlite();
    let (store, recorder) = deployment.recorder().await;
    let entries = (0..100).map(|_| kept_under("short")).collect();
    recorder.record(entries).await.expect("it is recorded");
    let keys = wrapped_keys(&deployment).await;
    assert_eq!(keys.len(), 100);
    let left = |deployment: &Deployment| {
        let files = support::files(&deployment.folder);
        let holds = |key: &[u8]| {
            files.iter().any(|(_, bytes)| bytes.windows(key.len()).any(|part| part == key))
        };
        keys.iter().filter(|key| holds(key)).count()
    };
    assert_eq!(left(&deployment), 100, "before, they are");
    recorder.purge(&[rule("short", 0)], day("2026-11-22")).await.expect("it purges");
    assert_eq!(left(&deployment), 0);
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stands_in_the_way_of_cleaning_is_reported() {
    let deployment = Deployment::sqlite();
    let (store, recorder) = deployment.recorder().await;
    recorder.record(vec![kept_under("short")]).await.expect("it is recorded");
    let mut reader = deployment.connection().await;
    support::execute(&mut reader, "BEGIN").await;
    support::execute(&mut reader, "SELECT COUNT(*) FROM record").await;
    let cleaning = recorder.purge(&[rule("short", 0)], day("2026-11-22")).await;
    assert!(matches!(cleaning, Err(Error::NotScrubbed)), "{cleaning:?}");
    support::execute(&mut reader, "COMMIT").await;
    let again = recorder.purge(&[rule("short", 0)], day("2026-11-22")).await.expect("it cleans");
    assert_eq!(again.records, 0, "it was purged the first time");
    assert_eq!(deployment.verify(&store).await.purged.len(), 1);
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}

/// Records of three days, from the 22nd on: short, long, short each day.
async fn three_days(deployment: &Deployment) -> (Store, Recorder) {
    let store = deployment.store().await;
    for days in 0..3 {
        let that_day = Options { clock: clock(NOON + days * DAY), ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), that_day).await.expect("it starts");
        let entries = ["short", "long", "short"].map(|rule| {
            let mut entry = kept_under(rule);
            entry.body = format!(r#"{{"step":"{} {rule}"}}"#, 22 + days).into_bytes();
            entry
        });
        recorder.record(entries.into()).await.expect("it is recorded");
        if days == 2 {
            return (store, recorder);
        }
        recorder.close().await;
    }
    unreachable!("the last day returns")
}

async fn wrapped_keys(deployment: &Deployment) -> Vec<Vec<u8>> {
    let mut connection = deployment.connection().await;
    let keys: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT wrapped_key FROM record")
        .fetch_all(&mut connection)
        .await
        .expect("the keys are read");
    keys.into_iter().map(|(key,)| key).collect()
}

fn kept_under(rule: &str) -> Entry {
    let mut entry = Entry::new(Kind::CaseStep, "{}");
    entry.retention = Some(rule.to_owned());
    entry
}

fn rule(name: &str, days: u32) -> Rule {
    Rule { name: name.to_owned(), cite: format!("Ord. 1 § {days}"), days }
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}
