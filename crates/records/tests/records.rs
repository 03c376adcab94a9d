//! Recording, reading back, looking up, opening; and what somebody with the database alone sees.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod support;

use std::{fs, sync::Arc, time::Duration};

use bylaw_ledger::{Directory, Reader};
use bylaw_records::{
    Content, DeploymentKey, Error, Finding, Kind, NewClient, Opening, Options, Recorder, Store,
    Token,
};
use jiff::{Timestamp, civil::Date};
use support::{Deployment, NOON, clock, entry, numbers, on_each, options, text_of};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_in_the_database_and_the_ledger() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        assert_eq!(recorder.record(Vec::new()).await.expect("nothing is recorded"), []);
        let first = recorder.record(vec![entry("a"), entry("a")]).await.expect("it is recorded");
        let more = recorder.record(vec![entry("b")]).await.expect("it is recorded");
        assert_eq!(numbers(&first), [0, 1]);
        assert_eq!(numbers(&more), [2]);
        assert_ne!(first[0].leaf, first[1].leaf, "leaves of equal records differ");
        assert_eq!(recorder.status().size, 3);
        assert_eq!(recorder.status().queued, 0);
        assert_eq!(recorder.status().trouble, None);

        let storage = Directory::new(deployment.ledger());
        let reader = Reader::new(&storage);
        for recorded in first.iter().chain(&more) {
            let record =
                store.open_record(recorded.number).await.expect("it opens").expect("it is there");
            assert_eq!(record.leaf, recorded.leaf);
            assert_eq!(reader.entry(recorded.number).expect("it is in the ledger"), recorded.leaf);
            assert_eq!(record.summary.kind, Kind::CaseStep);
            assert_eq!(record.summary.day.to_string(), "2026-11-22");
        }
        assert_eq!(text_of(&store, 2).await, r#"{"step":"b"}"#);
        assert_eq!(store.open_record(3).await.expect("the database answers"), None);
        assert_eq!(store.list(1, 10).await.expect("it lists").len(), 2);
        let report = deployment.verify(&store).await;
        assert_eq!((report.checked, report.whole, report.wrong), (3, 3, vec![]));
        recorder.close().await;
        assert!(matches!(recorder.record(vec![entry("c")]).await, Err(Error::Closed)));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_batches_and_each_gets_its_own_numbers() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let calls = (0..200_usize).map(|call| {
            let recorder = recorder.clone();
            tokio::spawn(async move {
                let entries = (0..=call % 7).map(|item| entry(&format!("{call}.{item}"))).collect();
                (call, recorder.record(entries).await.expect("it is recorded"))
            })
        });
        let calls: Vec<_> = calls.collect();
        let mut seen = Vec::new();
        for call in calls {
            let (call, recorded) = call.await.expect("the call ends");
            for (item, recorded) in recorded.iter().enumerate() {
                let text = text_of(&store, recorded.number).await;
                assert_eq!(text, format!(r#"{{"step":"{call}.{item}"}}"#));
            }
            assert!(numbers(&recorded).windows(2).all(|pair| pair[0] + 1 == pair[1]));
            seen.extend(numbers(&recorded));
        }
        seen.sort_unstable();
        let all: Vec<u64> = (0..recorder.status().size).collect();
        assert_eq!(seen, all, "every number once");
        assert_eq!(deployment.verify(&store).await.wrong, []);
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_leads_to_the_newest_record_of_its_case() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let case = |text: &str| {
            let mut entry = entry(text);
            entry.reference = Some([7; 32]);
            entry
        };
        assert_eq!(store.find_reference(&[7; 32]).await.expect("the database answers"), None);
        // Twice in one batch, then in a later one.
        let batch = vec![case("asked"), entry("other"), case("stated"), entry("other")];
        recorder.record(batch).await.expect("it is recorded");
        assert_eq!(store.find_reference(&[7; 32]).await.expect("the database answers"), Some(2));
        recorder.record(vec![case("answered")]).await.expect("it is recorded");
        assert_eq!(store.find_reference(&[7; 32]).await.expect("the database answers"), Some(4));
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_shows_what_a_leaf_stands_for() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let recorded = recorder.record(vec![entry("é \" \\ \n")]).await.expect("it is recorded");
        let record = store.open_record(0).await.expect("it opens").expect("it is there");
        let json = record.opening().expect("it is not purged").to_json();
        let opening = Opening::parse(&json).expect("it reads");
        assert_eq!(opening.leaf(), recorded[0].leaf);
        let other = Opening { body: opening.body.replace('é', "e"), ..opening.clone() };
        assert_ne!(other.leaf(), recorded[0].leaf);
        let other = Opening { kind: Kind::Decision, ..opening };
        assert_ne!(other.leaf(), recorded[0].leaf);
        for broken in [
            "",
            "{}",
            &json.replace("case_step", "rumor"),
            &json.replace("\"salt\": \"", "\"salt\": \"A"),
        ] {
            let error = Opening::parse(broken).expect_err("it is no opening");
            assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
            assert!(!error.line().contains("rumor"), "errors repeat nothing");
        }
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_to_a_row_is_found() {
    let changes = [
        (
            "UPDATE record SET leaf = (SELECT leaf FROM record WHERE number = 0) WHERE number = 1",
            "leaf",
        ),
        (
            "UPDATE record SET sealed = (SELECT sealed FROM record WHERE number = 0) WHERE number = 1",
            "sealed",
        ),
        (
            "UPDATE record SET wrapped_key = (SELECT wrapped_key FROM record WHERE number = 0) WHERE number = 1",
            "key",
        ),
        (
            "UPDATE record SET leaf = (SELECT leaf FROM record WHERE number = 0),
                 sealed = (SELECT sealed FROM record WHERE number = 0),
                 wrapped_key = (SELECT wrapped_key FROM record WHERE number = 0) WHERE number = 1",
            "the whole of another",
        ),
        ("UPDATE record SET kind = 'hold' WHERE number = 1", "kind"),
        ("UPDATE record SET kind = 'rumor' WHERE number = 1", "kind"),
        ("UPDATE record SET key_id = 'other' WHERE number = 1", "key id"),
        ("UPDATE record SET wrapped_key = NULL, sealed = NULL WHERE number = 1", "taken away"),
        (
            "UPDATE record SET wrapped_key = NULL, sealed = NULL, purged_on = '2026-11-22',
                 purged_under = 'quiet' WHERE number = 1",
            "purged by hand",
        ),
        (
            "UPDATE record SET wrapped_key = NULL, sealed = NULL, kind = 'lost' WHERE number = 1",
            "lost by hand",
        ),
        ("DELETE FROM record WHERE number = 1", "deleted"),
    ];
    for (change, what) in changes {
        on_each(async |deployment: &Deployment| {
            let (store, recorder) = deployment.recorder().await;
            let entries = vec![entry("a"), entry("b"), entry("c")];
            recorder.record(entries).await.expect("it is recorded");
            recorder.close().await;
            deployment.sql(change).await;
            let report = deployment.verify(&store).await;
            let wrong: Vec<u64> = report.wrong.iter().map(|&(number, _)| number).collect();
            assert_eq!(wrong, [1], "{what}: {:?}", report.wrong);
            assert_eq!(report.whole, 2, "{what}: the others can still be read");
            if what == "deleted" {
                assert_eq!(report.wrong[0].1, Finding::Missing);
            }
            store.close().await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_the_database_alone_reads_nothing() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let planted = ["Xochitl-Planted", "A-987-654-321", "planted_fact", "call-id-planted"];
        let mut entries: Vec<_> = planted.iter().map(|text| entry(text)).collect();
        entries[0].reference = Some(Token::hash("planted-reference"));
        recorder.record(entries).await.expect("it is recorded");
        store.place_hold("Planted v. Town", today()).await.expect("it is placed");
        recorder.housekeeping().await.expect("it is witnessed");
        let (_, token) =
            store.create_client(&client("front desk"), today()).await.expect("it is made");
        let secret = token.reveal().to_owned();

        let mut dump = Vec::new();
        for (path, bytes) in support::files(&deployment.folder) {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            if name.starts_with("records.sqlite") || path.starts_with(deployment.ledger()) {
                dump.extend(bytes);
            }
        }
        if !deployment.is_sqlite() {
            dump.extend(everything(&deployment.url).await);
        }
        let found = |text: &str| dump.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(found("case_step"), "the dump has the rows");
        for text in planted.iter().copied().chain(["planted-reference", "Planted v. Town", &secret])
        {
            assert!(!found(text), "{text} is in the database or the ledger");
        }
        recorder.close().await;
        store.close().await;
    })
    .await;
}

/// Every row of every table, as text.
async fn everything(url: &str) -> Vec<u8> {
    use sqlx::{AnyConnection, Connection as _, Row as _};
    let mut connection = AnyConnection::connect(url).await.expect("the database is there");
    let mut dump = Vec::new();
    for table in ["record", "lookup", "hold", "client", "law", "law_file", "writer"] {
        let statement = format!("SELECT CAST({table} AS TEXT) FROM {table}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&mut connection).await;
        for row in rows.expect("the table is there") {
            let row: String = row.try_get(0).expect("a row as text");
            dump.extend(row.bytes());
            // Bytes are written as \x and hex: what they hold in clear must be found as well.
            for run in row.split("\\x").skip(1) {
                let hex: Vec<u8> = run.bytes().take_while(u8::is_ascii_hexdigit).collect();
                dump.extend(hex.chunks_exact(2).filter_map(|pair| {
                    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
                }));
            }
        }
    }
    dump
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_found_by_token_or_certificate_until_they_are_revoked() {
    on_each(async |deployment: &Deployment| {
        let store = deployment.store().await;
        let (old, first) =
            store.create_client(&client("records"), today()).await.expect("it is made");
        let (new, second) =
            store.create_client(&client("records"), today()).await.expect("it is made");
        assert_eq!((old.number, new.number), (1, 2));
        assert!(first.reveal().starts_with("bylaw_"));
        assert_eq!(first.reveal().len(), "bylaw_".len() + 43);
        let by_token = async |token: &str| {
            store.client_by_token(&Token::hash(token)).await.expect("the database answers")
        };
        assert_eq!(by_token(first.reveal()).await, Some(old.clone()));
        assert_eq!(by_token(second.reveal()).await, Some(new.clone()));
        assert_eq!(by_token("bylaw_guess").await, None);
        let by_certificate =
            store.client_by_certificate(&[9; 32]).await.expect("the database answers");
        assert_eq!(by_certificate, Some(new.clone()), "the newest row of a certificate");
        assert_eq!(new.mapping.as_deref(), Some("silent = \"deny\""));
        assert_eq!(new.expires_on, Some(today()));

        store.revoke_client(old.number, today()).await.expect("it is revoked");
        assert_eq!(by_token(first.reveal()).await, None);
        assert!(by_token(second.reveal()).await.is_some());
        let again = store.revoke_client(old.number, today()).await;
        assert!(matches!(again, Err(Error::NoSuchClient)));
        let all = store.clients().await.expect("it lists");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].revoked_on, Some(today()));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_is_noticed_before_anything_is_written() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        recorder.record(vec![entry("a")]).await.expect("it is recorded");
        recorder.close().await;
        store.close().await;
        let other = DeploymentKey::read_or_create(&deployment.folder.join("other.key"))
            .expect("there is a key");
        let wrong = Store::open(&deployment.url, other).await;
        assert!(matches!(wrong, Err(Error::WrongKey { number: 0, .. })), "{wrong:?}");
    })
    .await;
}

#[test]
fn a_key_is_read_from_hex_base64_or_a_command() {
    let hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let base64 = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";
    let key = DeploymentKey::parse(hex).expect("it is a key");
    assert_eq!(DeploymentKey::parse(&format!(" {base64}\n")).expect("it is a key").id(), key.id());
    assert!(!format!("{key:?}").contains("00112233"), "a key is never shown");
    let command = ["printf".to_owned(), hex.to_owned()];
    assert_eq!(DeploymentKey::from_command(&command).expect("it prints a key").id(), key.id());
    for bad in ["", "00", &hex.repeat(2), "é", &hex.replace('f', "g")] {
        assert!(matches!(DeploymentKey::parse(bad), Err(Error::MalformedKey)), "{bad}");
    }
    for bad in [vec![], vec!["false".to_owned()], vec!["/no/such/program".to_owned()]] {
        let error = DeploymentKey::from_command(&bad).expect_err("it gives no key");
        assert!(matches!(error, Error::KeyCommand { .. }), "{error:?}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let deployment = Deployment::sqlite();
    let (store, recorder) = deployment.recorder().await;
    recorder.record(vec![entry("a")]).await.expect("it is recorded");
    for name in ["deployment.key", "records.sqlite", "records.sqlite-wal", "records.sqlite-shm"] {
        let mode =
            fs::metadata(deployment.folder.join(name)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_held_back_and_then_told_that_it_is_busy() {
    let deployment = Deployment::sqlite();
    let store = deployment.store().await;
    let few = Options { limit: 4, patience: Duration::ZERO, ..options() };
    let recorder = Recorder::start(store.clone(), deployment.log(), few).await.expect("it starts");
    // Somebody else holds the database's write lock, so that what is handed over must wait.
    let mut elsewhere = deployment.connection().await;
    support::execute(&mut elsewhere, "BEGIN IMMEDIATE").await;
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let recorder = recorder.clone();
            tokio::spawn(async move { recorder.record(vec![entry("waits")]).await })
        })
        .collect();
    while recorder.status().queued < 4 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(recorder.record(vec![entry("one more")]).await, Err(Error::Busy)));
    let five = vec![entry("a"); 5];
    assert!(matches!(recorder.record(five).await, Err(Error::TooMany { entries: 5, limit: 4 })));
    support::execute(&mut elsewhere, "ROLLBACK").await;
    for call in calls {
        assert!(call.await.expect("the call ends").is_ok());
    }
    assert_eq!(recorder.status().queued, 0);
    recorder.record(vec![entry("one more")]).await.expect("there is room again");
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_never_runs_backwards() {
    on_each(async |deployment: &Deployment| {
        let second = |seconds| Timestamp::from_second(seconds).expect("a time");
        let jumping = Arc::new(std::sync::Mutex::new(second(NOON)));
        let shared = Arc::clone(&jumping);
        let clock_that_jumps =
            bylaw_records::Clock::new(move || *shared.lock().expect("it is not poisoned"));
        let store = deployment.store().await;
        let jumps = Options { clock: clock_that_jumps, ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), jumps).await.expect("it starts");
        assert_eq!(recorder.now(), second(NOON));
        *jumping.lock().expect("it is not poisoned") = second(NOON - 100_000);
        assert_eq!(recorder.now(), second(NOON), "the clock was put back");
        recorder.record(vec![entry("a")]).await.expect("it is recorded");
        *jumping.lock().expect("it is not poisoned") = second(NOON + 1);
        assert_eq!(recorder.now(), second(NOON + 1));
        assert_eq!(recorder.status().clock_ahead, None);
        *jumping.lock().expect("it is not poisoned") = second(NOON - 299);
        assert_eq!(recorder.status().clock_ahead, None, "a clock that is merely adjusted");
        recorder.record(vec![entry("b")]).await.expect("it is recorded");
        recorder.close().await;

        let yesterday = Options { clock: clock(NOON - 100_000), ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), yesterday).await.expect("it starts");
        assert_eq!(recorder.now(), second(NOON + 1), "over a restart too");
        recorder.record(vec![entry("c")]).await.expect("it is recorded");
        assert_eq!(recorder.wall_time(), second(NOON - 100_000));
        assert_eq!(recorder.status().clock_ahead, Some(100_001));
        let purged = recorder.purge(&[], today()).await;
        assert!(matches!(purged, Err(Error::ClockAhead { seconds: 100_001 })), "{purged:?}");
        let days = store.list(0, 10).await.expect("it lists");
        assert!(days.iter().all(|record| record.day == today()), "{days:?}");
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_in_use_is_whole() {
    let deployment = Deployment::sqlite();
    let (store, recorder) = deployment.recorder().await;
    recorder.record(vec![entry("a"), entry("b")]).await.expect("it is recorded");
    let copy = deployment.folder.join("copy of records?.sqlite");
    store.back_up(&copy).await.expect("it is copied");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&copy).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    }
    let again = store.back_up(&copy).await;
    assert!(matches!(again, Err(Error::File { .. })), "no file is overwritten: {again:?}");
    let restored = Store::open(&format!("sqlite:{}", copy.display()), deployment.key())
        .await
        .expect("the copy opens");
    assert_eq!(text_of(&restored, 1).await, text_of(&store, 1).await);
    let content = restored.open_record(0).await.expect("it opens").expect("it is there").content;
    assert!(matches!(content, Content::Open { .. }));
    restored.close().await;
    recorder.close().await;
    store.close().await;
    deployment.remove().await;
}

fn client(name: &str) -> NewClient {
    NewClient {
        name: name.to_owned(),
        jurisdiction: "town".to_owned(),
        mapping: Some(("desk.toml".to_owned(), "silent = \"deny\"".to_owned())),
        certificate: Some([9; 32]),
        expires_on: Some(today()),
    }
}

fn today() -> Date {
    "2026-11-22".parse().expect("a day")
}
