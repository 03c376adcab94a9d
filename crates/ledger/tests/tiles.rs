//! Logs and proofs that others have made.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;

use std::fs;
use std::path::Path;

use bylaw_ledger::{
    Directory, Hash, Log, Reader, SignedCheckpoint, Storage as _, VerifierKey,
    tree::check_consistency, verify::Trust,
};
use serde_json::Value;

const TESSERA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tessera");

#[test]
fn a_log_of_tessera_is_sound_at_every_size() {
    let known = tessera_keys();
    for size in 0..=7 {
        let place = logs::place(&format!("tessera-{size}"));
        copy(Path::new(TESSERA), &place);
        fs::copy(place.join(format!("checkpoint.{size}")), place.join("checkpoint"))
            .expect("a checkpoint is copied");
        let trust = Trust { keys: &known, ..Trust::default() };
        let report = bylaw_ledger::verify(&Directory::new(&place), &trust, |_, _| {})
            .expect("it can be read");
        assert_eq!(report.problems, [], "at size {size}");
        assert_eq!(report.head.checkpoint.size, size);
        assert_eq!(
            report.files,
            if size == 0 { 1 } else { 3 },
            "one tile, one bundle, one checkpoint"
        );
    }
}

#[test]
fn our_log_of_the_same_entries_has_the_same_files() {
    let theirs = Directory::new(TESSERA);
    let (place, keys) = (logs::place("as-tessera"), logs::Keys::new());
    let mut log = logs::create(&place, &keys);
    for size in 1..=7_u64 {
        append_last(&mut log, &bundle(&theirs, size));
        let checkpoint =
            fs::read(format!("{TESSERA}/checkpoint.{size}")).expect("there is a checkpoint");
        let checkpoint = SignedCheckpoint::parse(&checkpoint).expect("it is one").checkpoint;
        assert_eq!(log.checkpoint().checkpoint.root, checkpoint.root, "root at size {size}");
        for path in [format!("tile/0/000.p/{size}"), format!("tile/entries/000.p/{size}")] {
            let (ours, theirs) = (log.storage().read(&path), theirs.read(&path));
            let theirs = theirs.expect("theirs can be read").expect("theirs is there");
            assert_eq!(ours.expect("ours can be read"), Some(theirs), "{path}");
        }
    }
}

#[test]
fn a_consistency_proof_of_argon_holds_and_a_changed_one_does_not() {
    let (head, proof) =
        (argon("get-sth"), argon("get-sth-consistency-first-3654490-second-961984011"));
    let new = (head["tree_size"].as_u64().expect("a size"), hash(&head["sha256_root_hash"]));
    let old = (3_654_490, hash(&Value::from("AuIZ5V6sDUj1vn3Y1K85oOaQ7y+FJJKtyRTl1edIKBQ=")));
    let mut proof: Vec<Hash> =
        proof["consistency"].as_array().expect("a list").iter().map(hash).collect();
    assert!(check_consistency(old, new, &proof));

    assert!(!check_consistency((old.0 + 1, old.1), new, &proof), "another old size");
    assert!(!check_consistency(old, (new.0, old.1), &proof), "another new root");
    assert!(!check_consistency((old.0, new.1), new, &proof), "another old root");
    assert!(!check_consistency(old, new, &proof[1..]), "a shorter proof");
    for place in 0..proof.len() {
        proof[place].0[place % 32] ^= 1;
        assert!(!check_consistency(old, new, &proof), "hash {place} changed");
        proof[place].0[place % 32] ^= 1;
    }
    proof.push(old.1);
    assert!(!check_consistency(old, new, &proof), "a longer proof");
}

#[test]
fn a_reader_reads_the_entries_of_tessera() {
    let place = logs::place("tessera-read");
    copy(Path::new(TESSERA), &place);
    fs::copy(place.join("checkpoint.7"), place.join("checkpoint")).expect("a checkpoint is copied");
    let storage = Directory::new(&place);
    let reader = Reader::new(&storage);
    let entries = reader.entries(0..7).expect("they are there");
    assert_eq!(entries, split(&bundle(&storage, 7)));
    for index in 0..7 {
        let receipt = reader.receipt(index).expect("it can be proven");
        receipt
            .check(&tessera_keys(), &bylaw_ledger::Witnesses::none())
            .expect("the receipt holds");
    }
}

fn append_last(log: &mut Log, bundle: &[u8]) {
    let last = split(bundle).pop().expect("an entry");
    log.append(&[last], 1).expect("it is appended");
}

/// By hand, so that the reader is tested against something else.
fn split(mut bundle: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let end = 2 + usize::from(bundle[0]) * 256 + usize::from(bundle[1]);
        entries.push(bundle[2..end].to_vec());
        bundle = &bundle[end..];
    }
    entries
}

fn bundle(storage: &Directory, size: u64) -> Vec<u8> {
    let bytes = storage.read(&format!("tile/entries/000.p/{size}")).expect("it can be read");
    bytes.expect("the bundle is there")
}

fn tessera_keys() -> Vec<VerifierKey> {
    let text = fs::read_to_string(format!("{TESSERA}/vkey.txt")).expect("there is a key");
    vec![text.trim().parse().expect("it is a key")]
}

fn argon(name: &str) -> Value {
    let path = format!("{}/tests/ct-argon/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(path).expect("there is an answer")).expect("it is JSON")
}

fn hash(text: &Value) -> Hash {
    text.as_str().and_then(|text| text.parse().ok()).expect("a hash")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory is made");
    for found in fs::read_dir(from).expect("it is a directory") {
        let path = found.expect("it can be read").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("it is copied");
        }
    }
}
