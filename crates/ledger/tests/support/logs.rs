//! What the tests of logs share: places, keys, entries, a tree by the letter of RFC 6962, chance.

#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of it")]

use std::path::PathBuf;

use bylaw_ledger::{
    Directory, Hash, Log, LogKeys, Report, VerifierKey, leaf_hash, tree::node_hash, verify::Trust,
};

/// An empty directory for one test.
pub(crate) fn place(name: &str) -> PathBuf {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ledger").join(name);
    if place.exists() {
        std::fs::remove_dir_all(&place).expect("an earlier run's directory can be removed");
    }
    place
}

/// The same keys again, since a log owns its keys.
pub(crate) struct Keys {
    text: String,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let keys = LogKeys::generate("example.com/log").expect("keys can be made");
        Self { text: keys.to_text().to_string() }
    }

    pub(crate) fn secret(&self) -> LogKeys {
        LogKeys::read(&self.text).expect("the keys can be read")
    }

    pub(crate) fn public(&self) -> Vec<VerifierKey> {
        self.secret().verifier_keys()
    }
}

/// A new log in a directory.
pub(crate) fn create(place: &std::path::Path, keys: &Keys) -> Log {
    Log::create(Box::new(Directory::new(place)), keys.secret(), 1).expect("a log is made")
}

/// Entry `number`: short, long and empty ones.
pub(crate) fn entry(number: u64) -> Vec<u8> {
    match number % 5 {
        0 => vec![],
        1 => number.to_be_bytes().to_vec(),
        _ => number.to_string().repeat(4).into_bytes(),
    }
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

/// `MTH` of RFC 6962, 2.1, over leaf hashes.
pub(crate) fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(below(leaves.len()));
            node_hash(naive_root(left), naive_root(right))
        }
    }
}

/// `PATH` of RFC 6962, 2.1.1.
pub(crate) fn naive_inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return vec![];
    }
    let (left, right) = leaves.split_at(below(leaves.len()));
    let (mut path, other) = match index < left.len() {
        true => (naive_inclusion(index, left), right),
        false => (naive_inclusion(index - left.len(), right), left),
    };
    path.push(naive_root(other));
    path
}

/// `SUBPROOF` of RFC 6962, 2.1.2; `whole` is true at first.
pub(crate) fn naive_consistency(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { vec![] } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(below(leaves.len()));
    let (mut proof, other) = match old <= left.len() {
        true => (naive_consistency(old, left, whole), right),
        false => (naive_consistency(old - left.len(), right, false), left),
    };
    proof.push(naive_root(other));
    proof
}

/// The greatest power of two below a length.
fn below(length: usize) -> usize {
    length.next_power_of_two() / 2
}

pub(crate) fn leaves(range: std::ops::Range<u64>) -> Vec<Hash> {
    range.map(|number| leaf_hash(&entry(number))).collect()
}

/// Verifies a log in a directory.
pub(crate) fn verify(place: &std::path::Path, keys: &Keys) -> Report {
    let known = keys.public();
    let trust = Trust { keys: &known, ..Trust::default() };
    bylaw_ledger::verify(&Directory::new(place), &trust, |_, _| {}).expect("the log can be read")
}

/// Chance from a seed (splitmix64), which a failing test prints.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}
