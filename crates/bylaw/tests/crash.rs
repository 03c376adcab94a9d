//! `kill -9` under load, over and over: what a client was answered is in the log and in the records,
//! every receipt still checks, and the log only grew.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it did"
)]

mod outside;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::atomic::AtomicBool,
    thread,
    time::Duration,
};

use bylaw_ledger::{Reader, Receipt, VerifierKey, Witnesses, open_storage};
use outside::{
    Random, Setup,
    client::Client,
    load::{self, Answer, Received},
    seed,
};
use support::{bylaw, folder};

const ROUNDS: u64 = 50;
const CLIENTS: u64 = 6;
/// Answers of each round whose records are opened at the end.
const OPENED: usize = 2;

#[test]
fn what_was_answered_before_a_kill_is_in_the_log() {
    let setup = Setup::new(&folder("crash"));
    let seed = seed();
    let mut random = Random(seed);
    let mut all = Received::default();
    let mut opened = Vec::new();
    let server = setup.start();
    let token = setup.token();
    let keys = Client::new(server.address, &token)
        .and_then(|mut client| client.get("/ledger/keys"))
        .expect("the log's keys")
        .text();
    server.kill();

    for round in 0..ROUNDS {
        let server = setup.start();
        let address = server.address;
        let (name, round_seed) = (format!("round-{round}"), random.below(u64::MAX / 2));
        let (patience, token) = (Duration::from_millis(random.below(400)), token.clone());
        let load = thread::spawn(move || {
            load::ask(address, &token, &name, CLIENTS, round_seed, &AtomicBool::new(false))
        });
        thread::sleep(patience);
        server.kill();
        let received = load.join().expect("no client panicked");
        assert!(
            received.refusals.iter().all(|(status, _)| *status == 503),
            "{:?}",
            received.refusals
        );
        // The log as the kill left it, before any server has mended anything.
        setup.verify_log();
        check(&setup, &keys, &received);
        opened.extend(received.answers.iter().take(OPENED).cloned());
        all.answers.extend(received.answers);
        all.receipts.extend(received.receipts);
    }

    // The last recovery.
    let (status, _) = setup.start().stop();
    assert!(status.success(), "{status}: {}", setup.errors());
    let summary = setup.verify_log();
    check(&setup, &keys, &all);
    let numbers: BTreeSet<u64> = all.answers.iter().map(|answer| answer.number).collect();
    assert_eq!(numbers.len(), all.answers.len(), "a number belongs to one answer");
    assert!(all.answers.len() > 500 && all.receipts.len() > 50, "the load was no load");
    println!(
        "{ROUNDS} kills; {} answers and {} receipts received; {summary}",
        all.answers.len(),
        all.receipts.len()
    );

    let run = setup.run(&["records", "verify"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    for answer in &opened {
        shows(&setup, &keys, answer);
    }
}

/// Every answer has its leaf; every receipt checks with the keys shown before the first round, and
/// is for the leaf that the log has now.
fn check(setup: &Setup, keys: &str, received: &Received) {
    let keys: Vec<VerifierKey> =
        keys.lines().map(|key| key.parse().expect("a key of the log")).collect();
    let ledger = setup.data.join("ledger");
    let storage = open_storage(ledger.to_str().expect("a path is text")).expect("the log is there");
    let reader = Reader::new(&*storage);
    let size = reader.checkpoint().expect("a checkpoint").checkpoint.size;
    for answer in &received.answers {
        assert!(answer.number < size, "{answer:?} is not among the log's {size} leaves");
    }
    let receipts: BTreeMap<u64, &String> =
        received.receipts.iter().map(|(number, text)| (*number, text)).collect();
    for (number, text) in receipts {
        let receipt = Receipt::parse(text.as_bytes()).expect("a receipt");
        receipt.check(&keys, &Witnesses::none()).expect("the receipt checks");
        assert_eq!(receipt.index, number);
        assert_eq!(receipt.entry, reader.entry(number).expect("the entry"), "of {number}");
    }
}

/// The record of that number is of the question that the client asked, and it opens the leaf.
fn shows(setup: &Setup, keys: &str, answer: &Answer) {
    let number = answer.number.to_string();
    let files = ["opening.json", "receipt.tlog-proof"].map(|name| setup.data.join(name));
    let [opening, receipt] = files.each_ref().map(|file| file.to_str().expect("a path is text"));
    _ = fs::remove_file(opening);
    let run = setup.run(&["records", "show", &number, "--opening", opening]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let text = fs::read_to_string(opening).expect("the opening is written");
    assert!(text.contains(&answer.asked), "{answer:?} is not what record {number} is of: {text}");

    let run = setup.run(&["ledger", "proof", &number]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    fs::write(receipt, run.out).expect("the receipt is written");
    let mut arguments = vec!["ledger", "check", receipt, "--opening", opening];
    arguments.extend(keys.lines().flat_map(|key| ["--key", key]));
    let run = bylaw(&arguments);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
}
