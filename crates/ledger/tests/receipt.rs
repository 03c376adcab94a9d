//! Receipts: made, read and checked offline; each way of failing has its own error.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;

use bylaw_ledger::{
    Checkpoint, CosignerKeys, Error, Hash, LogKeys, Reader, Receipt, VerifierKey, Witnesses,
    publish_witnessed,
};
use logs::{Chance, entry, leaves, naive_inclusion, naive_root};

#[test]
fn every_entry_of_small_logs_has_a_receipt_that_checks() {
    let keys = keys("example.com/log");
    let known = keys.verifier_keys();
    for size in 1..=33 {
        for index in 0..size {
            let receipt = receipt(&keys, index, size);
            let text = receipt.to_string();
            assert_eq!(Receipt::parse(text.as_bytes()).expect("a receipt"), receipt, "{text}");
            let checked = receipt.check(&known, &Witnesses::none()).expect("it checks");
            assert_eq!((checked.size, checked.signed_at), (size, Some(1_700_000_000)));
            assert_eq!(checked.origin, "example.com/log");
        }
    }
}

#[test]
fn the_text_is_as_the_specification_says() {
    let keys = keys("example.com/log");
    let receipt = receipt(&keys, 1, 3);
    let leaves = leaves(0..3);
    let note = receipt.checkpoint.note();
    let expected = format!(
        "c2sp.org/tlog-proof@v1\nextra AAAAAAAAAAE=\nindex 1\n{}\n{}\n\n{note}",
        leaves[0], leaves[2]
    );
    assert_eq!(receipt.to_string(), expected);
    assert!(note.starts_with("example.com/log\n3\n"));
}

#[test]
fn each_step_of_the_check_fails_by_its_own_name() {
    let (log, other) = (keys("example.com/log"), keys("example.com/log"));
    let elsewhere = keys("example.com/elsewhere");
    let good = receipt(&log, 6, 11);
    let resigned = Receipt { checkpoint: signed(&other, 11), ..good.clone() };
    let grown = Receipt { checkpoint: signed(&log, 12), ..good.clone() };
    let swapped = Receipt { proof: good.proof.iter().rev().copied().collect(), ..good.clone() };
    let mut short = good.clone();
    short.proof.pop();
    let mut long = good.clone();
    long.proof.push(Hash([0; 32]));
    let none = Witnesses::none();
    let one = Witnesses { required: 1, keys: witness("w1").verifier_keys() };
    let rows: [(&str, &Receipt, &LogKeys, &Witnesses, Option<&str>); 12] = [
        ("good", &good, &log, &none, None),
        ("of a log unknown", &good, &elsewhere, &none, Some("ledger::unknown_log")),
        ("by another key of that name", &good, &other, &none, Some("ledger::not_signed")),
        ("signed by another", &resigned, &log, &none, Some("ledger::not_signed")),
        ("not witnessed", &good, &log, &one, Some("ledger::too_few_witnesses")),
        ("another checkpoint", &grown, &log, &none, Some("ledger::not_included")),
        ("another order", &swapped, &log, &none, Some("ledger::not_included")),
        ("a hash less", &short, &log, &none, Some("ledger::not_included")),
        ("a hash more", &long, &log, &none, Some("ledger::not_included")),
        (
            "another index",
            &Receipt { index: 4, ..good.clone() },
            &log,
            &none,
            Some("ledger::not_included"),
        ),
        (
            "an index beyond",
            &Receipt { index: u64::MAX, ..good.clone() },
            &log,
            &none,
            Some("ledger::not_included"),
        ),
        (
            "another entry",
            &Receipt { entry: entry(4), ..good.clone() },
            &log,
            &none,
            Some("ledger::not_included"),
        ),
    ];
    for (name, receipt, keys, witnesses, expected) in rows {
        let result = receipt.check(&keys.verifier_keys(), witnesses).map_err(code);
        assert_eq!(result.err().as_deref(), expected, "{name}");
    }
}

#[test]
fn k_of_n_witnesses_are_counted_by_their_names() {
    let log = keys("example.com/log");
    let witnesses: Vec<_> = ["w1", "w2", "w3"].map(witness).into_iter().collect();
    let all: Vec<VerifierKey> = witnesses.iter().flat_map(CosignerKeys::verifier_keys).collect();
    let mut receipt = receipt(&log, 0, 2);
    for cosigned in 0..=3 {
        for required in 0..=4 {
            let policy = Witnesses { required, keys: all.clone() };
            let checked = receipt.check(&log.verifier_keys(), &policy);
            match checked {
                Ok(checked) => {
                    assert!(cosigned >= required);
                    assert_eq!(checked.witnesses.len(), cosigned);
                }
                Err(Error::TooFewWitnesses { required: asked, found }) => {
                    assert!(cosigned < required);
                    assert_eq!((asked, found), (required, cosigned));
                }
                Err(error) => unreachable_error(&error),
            }
        }
        if let Some(witness) = witnesses.get(cosigned) {
            let lines = witness.cosign(&receipt.checkpoint, 1_700_000_001).expect("cosigned");
            assert_eq!(lines.len(), 2, "two keys, one witness");
            receipt.checkpoint.add_signatures(&lines).expect("added");
        }
    }
    // A log's plain signature is no cosignature, whatever list its key stands on.
    let policy = Witnesses { required: 1, keys: log.verifier_keys()[..1].to_vec() };
    let checked = receipt.check(&log.verifier_keys(), &policy);
    assert!(matches!(checked, Err(Error::TooFewWitnesses { found: 0, .. })));
    // A known witness whose signature is not its own spoils the receipt, even where none is needed.
    let mut spoilt = receipt.to_string();
    let place = spoilt.len() - 20;
    let other = if spoilt[place..].starts_with('A') { "B" } else { "A" };
    spoilt.replace_range(place..=place, other);
    let spoilt = Receipt::parse(spoilt.as_bytes()).expect("a receipt");
    let policy = Witnesses { required: 0, keys: all };
    let checked = spoilt.check(&log.verifier_keys(), &policy);
    assert!(matches!(checked, Err(Error::BadSignature { .. })));
}

#[test]
fn a_damaged_witnessed_checkpoint_keeps_no_receipt_back() {
    let (place, keys) = (logs::place("receipt-damaged"), logs::Keys::new());
    let mut log = logs::create(&place, &keys);
    log.append(&logs::entries(0..3), 1).expect("it is appended");
    publish_witnessed(log.storage(), log.checkpoint()).expect("it is stored");
    log.append(&logs::entries(3..5), 2).expect("it is appended");
    let size = || {
        let receipt = Reader::new(log.storage()).receipt(1).expect("a receipt");
        receipt.check(&keys.public(), &Witnesses::none()).expect("it checks").size
    };
    assert_eq!(size(), 3, "the witnessed checkpoint");
    let good = std::fs::read_to_string(place.join("witnessed")).expect("it is there");
    let elsewhere = good.replacen("example.com/log", "example.com/elsewhere", 1);
    let other_size = good.replacen("\n3\n", "\n2\n", 1);
    for bad in ["", "no checkpoint", &good[..good.len() / 2], &elsewhere, &other_size] {
        std::fs::write(place.join("witnessed"), bad).expect("it is written");
        assert_eq!(size(), 5, "the newest checkpoint in place of {bad:?}");
    }
}

#[test]
fn what_is_not_a_receipt_is_refused() {
    let good = receipt(&keys("example.com/log"), 6, 11).to_string();
    let line = |number: usize| good.lines().nth(number).expect("a line").to_owned();
    let without = |number: usize| good.replacen(&format!("{}\n", line(number)), "", 1);
    let with = |number: usize, other: &str| good.replacen(&line(number), other, 1);
    let proof = |count: usize| with(3, &vec![line(3); count].join("\n"));
    let rows = [
        ("empty", String::new()),
        ("another version", good.replace("@v1", "@v2")),
        ("no first line", without(0)),
        ("extra without a space", with(1, "extra")),
        ("extra without an entry", with(1, "extra ")),
        ("extra that is no base64", with(1, "extra ?")),
        ("extra with stray bits", with(1, "extra AB==")),
        ("extra twice", with(1, "extra AA==\nextra AA==")),
        ("extra after the index", with(2, "index 6\nextra AA==")),
        ("no index", without(2)),
        ("index with a zero", with(2, "index 06")),
        ("index with a plus", with(2, "index +6")),
        ("index with two spaces", with(2, "index  6")),
        ("index too great", with(2, "index 18446744073709551616")),
        ("a short hash", with(3, "AAAA")),
        ("a space behind a hash", with(3, &format!("{} ", line(3)))),
        ("65 hashes", proof(65 - 3)),
        ("no empty line", good.replacen("\n\n", "\n", 1)),
        ("two empty lines", good.replacen("\n\n", "\n\n\n", 1)),
        ("no signatures", good.split_inclusive("\n\n").take(2).collect()),
        ("no checkpoint", good.split_inclusive("\n\n").take(1).collect()),
        ("cut short", good[..good.len() - 1].to_owned()),
        ("carriage returns", good.replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{good}")),
        ("text before", format!("\n{good}")),
        ("text behind", format!("{good}\n")),
    ];
    for (name, text) in rows {
        assert!(Receipt::parse(text.as_bytes()).is_err(), "{name}");
    }
    assert!(Receipt::parse(&vec![b'a'; 2 << 20]).is_err(), "too long");
    let count = good.lines().skip(3).take_while(|line| !line.is_empty()).count();
    let longest = proof(64 - count + 1);
    assert_eq!(Receipt::parse(longest.as_bytes()).expect("64 hashes").proof.len(), 64);
    let bare = Receipt::parse(without(1).as_bytes()).expect("a receipt");
    assert!(bare.entry.is_empty());
    assert_eq!(bare.to_string(), without(1));
}

/// A receipt with one changed byte is refused, unless the byte is in a signature line's name or id:
/// that makes the line an unknown key's.
#[test]
fn no_changed_byte_passes() {
    let keys = keys("example.com/log");
    let known = keys.verifier_keys();
    let good = receipt(&keys, 6, 11).to_string().into_bytes();
    let signatures = good.windows(3).position(|bytes| bytes == "—".as_bytes()).expect("a line");
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        let passes = Receipt::parse(&bytes)
            .is_ok_and(|receipt| receipt.check(&known, &Witnesses::none()).is_ok());
        assert!(!passes || place >= signatures, "byte {place}");
    }
}

#[test]
fn no_bytes_make_the_parser_panic() {
    let seed = 20_261_124;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let keys = keys("example.com/log");
    let known = keys.verifier_keys();
    let good = receipt(&keys, 6, 11).to_string().into_bytes();
    let mut read = 0;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=chance.below(2) {
            change(&mut chance, &mut bytes);
        }
        let Ok(receipt) = Receipt::parse(&bytes) else { continue };
        assert_eq!(receipt.to_string().as_bytes(), bytes, "a receipt prints as it was read");
        // The outcome is not asserted: a changed name or id may leave another good signature.
        drop(receipt.check(&known[..1], &Witnesses::none()));
        read += 1;
    }
    assert!(read > 100, "{read} of the mutations are still receipts");
}

/// One change of a byte, a number, a line.
fn change(chance: &mut Chance, bytes: &mut Vec<u8>) {
    let length = u64::try_from(bytes.len()).expect("small");
    let at = usize::try_from(chance.below(length)).expect("small");
    let number = chance.next() >> chance.below(64);
    match chance.below(5) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, b'\n'),
        2 => *bytes = replace_line(bytes, "index ", number),
        3 => *bytes = replace_line(bytes, "11", number),
        _ if bytes.is_empty() => {}
        _ => bytes[at] = u8::try_from(chance.below(128)).expect("a byte"),
    }
}

/// The first line that begins so gets another number.
fn replace_line(bytes: &[u8], beginning: &str, number: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let Some(line) = text.lines().find(|line| line.starts_with(beginning)) else {
        return bytes.to_vec();
    };
    let word = if beginning == "11" { "" } else { beginning };
    text.replacen(line, &format!("{word}{number}"), 1).into_bytes()
}

/// A checkpoint may claim any size. No proof fits one that cannot be, and nothing overflows.
#[test]
fn sizes_at_the_end_of_the_numbers_do_no_harm() {
    let keys = keys("example.com/log");
    let known = keys.verifier_keys();
    for size in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
        for index in [0, 1, size.wrapping_sub(1), size, 1 << 63, u64::MAX] {
            for hashes in [0, 1, 62, 63, 64] {
                let checkpoint =
                    Checkpoint { origin: "example.com/log".to_owned(), size, root: Hash([7; 32]) };
                let checkpoint = keys.sign(&checkpoint, 1).expect("signed");
                let proof = vec![Hash([9; 32]); hashes];
                let receipt = Receipt { entry: entry(1), index, proof, checkpoint };
                let checked = receipt.check(&known[..1], &Witnesses::none());
                assert!(matches!(checked, Err(Error::NotIncluded { .. })), "{index} of {size}");
            }
        }
    }
}

fn receipt(keys: &LogKeys, index: u64, size: u64) -> Receipt {
    let at = usize::try_from(index).expect("small");
    let proof = naive_inclusion(at, &leaves(0..size));
    Receipt { entry: entry(index), index, proof, checkpoint: signed(keys, size) }
}

fn signed(keys: &LogKeys, size: u64) -> bylaw_ledger::SignedCheckpoint {
    let root = naive_root(&leaves(0..size));
    let checkpoint = Checkpoint { origin: keys.origin().to_owned(), size, root };
    keys.sign(&checkpoint, 1_700_000_000).expect("signed")
}

fn keys(origin: &str) -> LogKeys {
    LogKeys::generate(origin).expect("keys can be made")
}

fn witness(name: &str) -> CosignerKeys {
    CosignerKeys::generate(name).expect("keys can be made")
}

fn code(error: Error) -> String {
    miette::Diagnostic::code(&error).expect("every error has a code").to_string()
}

#[expect(clippy::panic, reason = "the test stops")]
fn unreachable_error(error: &Error) {
    panic!("{error}");
}
