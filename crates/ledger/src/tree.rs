//! The Merkle tree of RFC 6962: hashes, proofs and the checking of proofs.
//!
//! A proof is a list of hashes of ranges of leaves. Which ranges is decided in one place,
//! `inclusion_ranges` and `consistency_ranges`; whoever makes a proof hashes those ranges, and
//! whoever checks one combines the hashes given for them.
//!
//! INVARIANT: arithmetic on sizes and indices, which come from outside, never overflows: every
//! number below is a bound of a range inside `0..size`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// How many hashes a full tile holds: a tile is a subtree of height eight.
pub(crate) const TILE_WIDTH: usize = 256;

/// A SHA-256 hash of the tree, shown in Base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The root of the empty tree: the hash of nothing.
    pub const EMPTY: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the Base64 of 32 bytes")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

/// The hash of a leaf with the given entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of an inner node with the given children.
#[must_use]
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// Whether `proof` shows that the tree of `size` leaves with this `root` has `leaf` at `index`.
#[must_use]
pub fn check_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> bool {
    let Some(ranges) = inclusion_ranges(index, size) else { return false };
    if ranges.len() != proof.len() {
        return false;
    }
    let combine = |hash, (range, &other): (&Range<u64>, &Hash)| match range.start > index {
        true => node_hash(hash, other),
        false => node_hash(other, hash),
    };
    ranges.iter().zip(proof).fold(leaf, combine) == root
}

/// Whether `proof` shows that the tree `old` (size and root) is a prefix of the tree `new`.
///
/// Every tree continues the empty one, by the empty proof.
#[must_use]
pub fn check_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    if old.0 == 0 {
        return old.1 == Hash::EMPTY && proof.is_empty();
    }
    let Some(ranges) = consistency_ranges(old.0, new.0) else { return false };
    if ranges.len() != proof.len() {
        return false;
    }
    let mut steps = ranges.iter().zip(proof);
    // Where the old tree is a whole subtree of the new one, its root is known and not in the proof.
    let whole = ranges.first().is_none_or(|range| range.start >= old.0);
    let Some(start) = (if whole { Some(old.1) } else { steps.next().map(|(_, hash)| *hash) })
    else {
        return false;
    };
    let (mut old_root, mut new_root) = (start, start);
    for (range, &hash) in steps {
        if range.start >= old.0 {
            new_root = node_hash(new_root, hash);
        } else {
            old_root = node_hash(hash, old_root);
            new_root = node_hash(hash, new_root);
        }
    }
    old_root == old.1 && new_root == new.1
}

/// The ranges whose hashes prove that leaf `index` is in the tree of `size` leaves, nearest first.
/// Nothing, if it cannot be.
pub(crate) fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    let (mut low, mut high) = (0, size);
    let mut ranges = Vec::new();
    if index >= size {
        return None;
    }
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            ranges.push(middle..high);
            high = middle;
        } else {
            ranges.push(low..middle);
            low = middle;
        }
    }
    ranges.reverse();
    Some(ranges)
}

/// The ranges whose hashes prove that the tree of `old` leaves is a prefix of that of `new`.
/// Nothing, if it cannot be; no ranges for the empty tree, nor for the same one.
pub(crate) fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    let (mut low, mut high) = (0, new);
    let mut ranges = Vec::new();
    if old > new {
        return None;
    }
    if old == 0 {
        return Some(ranges);
    }
    while old < high {
        let middle = low + split(high - low);
        if old <= middle {
            ranges.push(middle..high);
            high = middle;
        } else {
            ranges.push(low..middle);
            low = middle;
        }
    }
    if low > 0 {
        ranges.push(low..high);
    }
    ranges.reverse();
    Some(ranges)
}

/// The full subtrees that a range of a proof consists of, from left to right: (height, number in
/// its row).
pub(crate) fn subtrees(range: Range<u64>) -> impl DoubleEndedIterator<Item = (u32, u64)> {
    let (mut low, mut found) = (range.start, Vec::new());
    while low < range.end {
        let height = (range.end - low).ilog2();
        found.push((height, low >> height));
        low += 1 << height;
    }
    found.into_iter()
}

/// The root over the roots of neighboring subtrees that get smaller from left to right. They are
/// given from right to left.
pub(crate) fn join_right_to_left(roots: impl Iterator<Item = Hash>) -> Option<Hash> {
    roots.fold(None, |right, left| Some(right.map_or(left, |right| node_hash(left, right))))
}

/// The root of the full subtree over these neighbors; there are a power of two of them.
pub(crate) fn full_root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Hash::EMPTY,
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node_hash(full_root(left), full_root(right))
        }
    }
}

/// The greatest power of two below `count`, which is two or more.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
