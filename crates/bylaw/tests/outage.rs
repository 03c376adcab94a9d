//! What the server lives on goes away: the disk is full, the database restarts, another server wants
//! the same data. It then gives errors and no answers, and goes on when it can.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it did"
)]

mod outside;
mod support;

use std::{
    collections::BTreeSet,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use outside::{
    Server, Setup,
    client::{Client, question},
    load::{self, Received},
    seed, until,
};
use serde_json::json;
use support::folder;

/// All data on a small file system which a file of another owner fills up.
#[test]
fn a_full_disk_gives_errors_and_no_answers() {
    let home = folder("full-disk");
    let Some(disk) = SmallDisk::mount(&home.join("disk")) else {
        println!("SKIPPED, a full disk: no file system can be mounted here");
        return;
    };
    let mut setup = Setup::new(&home);
    setup.data = disk.0.join("data");
    let server = setup.start();
    let token = setup.token();
    let before = ask(&server, &token, "before", 20);
    assert!(!before.answers.is_empty() && before.refusals.is_empty(), "{:?}", before.refusals);

    let ballast = disk.0.join("ballast");
    fill(&ballast);
    let full = ask_until_refused(&server, &token);
    assert!(full.refusals.iter().all(is_no_answer), "{:?}", full.refusals);
    println!("disk full: {} answers, {} errors", full.answers.len(), full.refusals.len());

    fs::remove_file(&ballast).expect("the ballast can be removed");
    until("answers again when there is room", || answers(&server, &token));
    let after = ask(&server, &token, "after", 20);
    assert!(!after.answers.is_empty() && after.refusals.is_empty(), "{:?}", after.refusals);
    ends_whole(&setup, server, &[before, full, after]);
}

#[test]
fn postgresql_restarts_in_the_middle() {
    let (Ok(url), Ok(restart)) =
        (env::var("BYLAW_TEST_POSTGRES"), env::var("BYLAW_TEST_POSTGRES_RESTART"))
    else {
        println!("SKIPPED, a restart of PostgreSQL: BYLAW_TEST_POSTGRES(_RESTART) not set");
        return;
    };
    let mut setup = Setup::new(&folder("postgres-restart"));
    setup.environment.push(("BYLAW_SERVE__DATABASE".to_owned(), fresh_database(&url, "outage")));
    let server = setup.start();
    let token = setup.token();
    let enough = AtomicBool::new(false);
    let received = thread::scope(|scope| {
        let load = scope.spawn(|| load::ask(server.address, &token, "restart", 6, seed(), &enough));
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(300));
            let status = Command::new(&restart).status().expect("the restart runs");
            assert!(status.success(), "PostgreSQL restarts");
            until("answers again after the restart", || answers(&server, &token));
        }
        enough.store(true, Ordering::Relaxed);
        load.join().expect("no client panicked")
    });
    assert!(received.refusals.iter().all(is_no_answer), "{:?}", received.refusals);
    println!(
        "3 restarts of PostgreSQL: {} answers, {} errors",
        received.answers.len(),
        received.refusals.len()
    );
    ends_whole(&setup, server, &[received]);
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let home = folder("two-servers");
    let setup = Setup::new(&home);
    let server = setup.start();
    let token = setup.token();
    let mut second = Setup::new(&home);
    second.log = home.join("second-log");
    let status = second.try_start().err().expect("the second server is refused");
    assert_eq!(status.code(), Some(1), "{}", second.errors());
    assert!(!second.errors().is_empty(), "it says why");

    // Its own records, but the first one's ledger.
    second.data = home.join("second-data");
    let ledger = setup.data.join("ledger").to_str().expect("a path is text").to_owned();
    second.environment.push(("BYLAW_SERVE__LEDGER".to_owned(), ledger));
    let status = second.try_start().err().expect("the second writer is refused");
    assert_eq!(status.code(), Some(1), "{}", second.errors());

    let received = ask(&server, &token, "first", 20);
    assert!(received.refusals.is_empty(), "the first goes on: {:?}", received.refusals);
    ends_whole(&setup, server, &[received]);
}

/// Told to end under load it answers what is in flight: nothing is recorded that no client was told,
/// and no call ends without an answer but those that came too late.
#[test]
fn told_to_end_it_finishes_what_it_began() {
    let setup = Setup::new(&folder("told-to-end"));
    let server = setup.start();
    let token = setup.token();
    let address = server.address;
    let received = thread::scope(|scope| {
        let enough = AtomicBool::new(false);
        let token = &token;
        let load = scope.spawn(move || load::ask(address, token, "drain", 6, seed(), &enough));
        thread::sleep(Duration::from_millis(300));
        let (status, _) = server.stop();
        assert!(status.success(), "{status}: {}", setup.errors());
        load.join().expect("no client panicked")
    });
    assert!(received.answers.len() > 5, "the load was no load");
    let told: BTreeSet<u64> = received.answers.iter().map(|answer| answer.number).collect();
    let highest = told.last().copied().unwrap_or_default();
    let untold: Vec<u64> = (0..=highest).filter(|number| !told.contains(number)).collect();
    assert!(untold.is_empty(), "recorded, but no client was told: {untold:?}");
    let server = setup.start();
    ends_whole(&setup, server, &[received]);
}

fn ask(server: &Server, token: &str, name: &str, answers: usize) -> Received {
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = scope.spawn(|| load::ask(server.address, token, name, 4, seed(), &enough));
        let mut client = Client::new(server.address, token).expect("a connection");
        for place in 0..answers {
            let asked = format!("{name}-besides-{place}");
            _ = client.post("/access/v1/evaluation", &question(&json!({}), &asked, "door"));
        }
        enough.store(true, Ordering::Relaxed);
        load.join().expect("no client panicked")
    })
}

fn ask_until_refused(server: &Server, token: &str) -> Received {
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = scope.spawn(|| load::ask(server.address, token, "full", 4, seed(), &enough));
        until("an error when the disk is full", || !answers(server, token));
        thread::sleep(Duration::from_millis(300));
        enough.store(true, Ordering::Relaxed);
        load.join().expect("no client panicked")
    })
}

/// Whether one more question gets an answer; else it must get an error.
fn answers(server: &Server, token: &str) -> bool {
    let mut client = Client::new(server.address, token).expect("the server is there");
    let question = question(&json!({ "actor_kind": "police" }), "probe", "door");
    let response = client.post("/access/v1/evaluation", &question).expect("an answer or an error");
    let refusal = (response.status, response.text());
    assert!(response.status == 200 || is_no_answer(&refusal), "{refusal:?}");
    response.status == 200
}

/// An error of the server which decides nothing, or a receipt that is not there yet.
fn is_no_answer((status, body): &(u16, String)) -> bool {
    (500..600).contains(status) && !body.contains("decision\":true") && !body.contains("record\":")
}

/// The server ends, and its log and records are whole and hold every answer.
fn ends_whole(setup: &Setup, server: Server, received: &[Received]) {
    let mut client = Client::new(server.address, "").expect("the server is there");
    let page = client.get("/ledger/checkpoint").expect("the checkpoint").text();
    let size: u64 = page.lines().nth(1).and_then(|size| size.parse().ok()).expect("a size");
    drop(client);
    let (status, _) = server.stop();
    assert!(status.success(), "{status}: {}", setup.errors());
    setup.verify_log();
    let run = setup.run(&["records", "verify"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    let mut numbers = BTreeSet::new();
    for answer in received.iter().flat_map(|received| &received.answers) {
        assert!(answer.number < size, "{answer:?} is not among the log's {size} leaves");
        assert!(numbers.insert(answer.number), "{answer:?} has another one's number");
    }
}

/// Writes until the disk has so little room that the server takes the last of it in the middle of a
/// batch.
fn fill(ballast: &Path) {
    let mut file = fs::File::create(ballast).expect("a file");
    let block = [0; 4096];
    while file.write_all(&block).is_ok() {}
    let size = file.metadata().expect("the size").len();
    file.set_len(size.saturating_sub(1 << 20)).expect("some room is given back");
}

/// A database of that name on the server of the URL, empty.
fn fresh_database(url: &str, name: &str) -> String {
    let name = format!("bylaw_{name}_{}", std::process::id());
    let status = Command::new("psql")
        .args([url, "--quiet", "--command", &format!("CREATE DATABASE {name}")])
        .status()
        .expect("psql runs");
    assert!(status.success(), "the database is made");
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{name}")
}

/// A file system of 16 MB in memory, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).expect("the folder is made");
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "bylaw-test"])
            .arg(folder)
            .stderr(std::process::Stdio::null())
            .status();
        status.is_ok_and(|status| status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
