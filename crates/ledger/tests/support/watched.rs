//! A log that is watched by witnesses: checkpoints of any size, proofs between them, and forks.

#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of it")]

use bylaw_ledger::{Checkpoint, Hash, LogKeys, SignedCheckpoint, VerifierKey, leaf_hash};

use crate::logs::{leaves, naive_consistency, naive_root};

/// A log of 320 leaves, of which any number may be published.
pub(crate) struct Watched {
    keys: LogKeys,
    leaves: Vec<Hash>,
}

impl Watched {
    pub(crate) fn new(origin: &str) -> Self {
        let keys = LogKeys::generate(origin).expect("keys can be made");
        Self { keys, leaves: leaves(0..320) }
    }

    /// The same log, with another history from before entry `from` on.
    pub(crate) fn fork(&self, from: usize) -> Self {
        let mut leaves = self.leaves.clone();
        leaves[from - 1] = leaf_hash(b"another entry");
        let keys = LogKeys::read(&self.keys.to_text()).expect("keys");
        Self { keys, leaves }
    }

    pub(crate) fn origin(&self) -> &str {
        self.keys.origin()
    }

    pub(crate) fn public(&self) -> Vec<VerifierKey> {
        self.keys.verifier_keys()
    }

    pub(crate) fn signed(&self, size: u64) -> SignedCheckpoint {
        self.with_root(size, naive_root(&self.leaves[..at(size)]))
    }

    pub(crate) fn with_root(&self, size: u64, root: Hash) -> SignedCheckpoint {
        let checkpoint = Checkpoint { origin: self.origin().to_owned(), size, root };
        self.keys.sign(&checkpoint, 1_600_000_000).expect("signed")
    }

    /// From one size to another one.
    pub(crate) fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        if old == 0 || old >= new {
            return vec![];
        }
        naive_consistency(at(old), &self.leaves[..at(new)], true)
    }

    /// A signed checkpoint with extension lines. Only the ML-DSA-44 key signs it: what it signs does
    /// not cover them.
    pub(crate) fn extended(&self, size: u64, lines: &str) -> String {
        let signed = self.signed(size);
        format!("{}{lines}\n\n{}", signed.text(), signed.signatures()[1])
    }

    /// The body of a submission whose checkpoint claims another origin than was signed.
    pub(crate) fn renamed(&self, size: u64, origin: &str) -> String {
        format!("old 0\n\n{}", self.signed(size).note().replace(self.origin(), origin))
    }
}

fn at(size: u64) -> usize {
    usize::try_from(size).expect("small")
}

/// The body of `add-checkpoint`, by the words of the specification.
pub(crate) fn body(old: u64, proof: &[Hash], checkpoint: &SignedCheckpoint) -> String {
    let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    format!("old {old}\n{proof}\n{}", checkpoint.note())
}
