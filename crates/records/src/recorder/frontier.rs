//! What a ledger's root would be with more leaves, before they are appended.

use bylaw_ledger::{Hash, Log, Reader, leaf_hash, tree::node_hash};

use crate::error::Result;

/// The roots of the full subtrees of a tree, from left to right: one for each 1 in its size.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a log as it stands.
    pub(super) fn of(log: &Log) -> Result<Self> {
        let Some(last) = log.size().checked_sub(1) else { return Ok(Self::default()) };
        let reader = Reader::new(log.storage());
        // What proves the last leaf are the full subtrees left of it, from right to left.
        let mut roots = reader.inclusion(last, log.size())?;
        roots.reverse();
        let mut frontier = Self { size: last, roots };
        frontier.push_hash(reader.leaf_hash(last)?);
        Ok(frontier)
    }

    pub(super) fn push(&mut self, leaf: &[u8]) {
        self.push_hash(leaf_hash(leaf));
    }

    fn push_hash(&mut self, mut hash: Hash) {
        // As in counting: each trailing 1 of the size is a subtree as large as the new one.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.roots.pop() else { break };
            hash = node_hash(left, hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    pub(super) fn root(&self) -> Hash {
        let joined = self.roots.iter().copied().rev().reduce(|right, left| node_hash(left, right));
        joined.unwrap_or(Hash::EMPTY)
    }
}

#[cfg(test)]
mod tests {
    use bylaw_ledger::{Directory, LogKeys};

    use super::*;

    #[test]
    fn it_is_the_root_that_the_log_will_have() {
        let folder = tempfolder();
        let keys = LogKeys::generate("ledger.example/town").expect("keys can be made");
        let mut log = Log::create(Box::new(Directory::new(&folder)), keys, 1).expect("it is made");
        let mut grown = Frontier::default();
        for size in 0_u64..70 {
            let root = log.checkpoint().checkpoint.root;
            assert_eq!(grown.root(), root, "grown to {size}");
            assert_eq!(Frontier::of(&log).expect("it is read").root(), root, "read at {size}");
            let leaf = size.to_be_bytes();
            grown.push(&leaf);
            log.append(&[leaf.to_vec()], 1).expect("it is appended");
        }
        std::fs::remove_dir_all(folder).expect("the folder can be removed");
    }

    fn tempfolder() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("bylaw-frontier-{}", std::process::id()))
    }
}
