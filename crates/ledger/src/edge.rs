//! The right edge of a growing tree: all that must be known to append to it.

use crate::error::Result;
use crate::storage::Storage;
use crate::tile::{Kind, LEVELS, Tile, hashes_at};
use crate::tree::{Hash, TILE_WIDTH, full_root, join_right_to_left};

/// The partial tile at the right end of every level, from the leaves up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge {
    size: u64,
    levels: [Vec<Hash>; LEVELS],
}

impl Edge {
    /// Reads the edge of a log of `size` entries.
    pub(crate) fn read(storage: &dyn Storage, size: u64) -> Result<Self> {
        let mut edge = Self { size, ..Self::default() };
        for (level, hashes) in (0..).zip(&mut edge.levels) {
            if let Some(tile) = Tile::last_partial(Kind::Hashes(level), size) {
                *hashes = tile.read_hashes(storage)?;
            }
        }
        Ok(edge)
    }

    /// How many leaves the tree has.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the partial tile of a level, which may be none.
    pub(crate) fn level(&self, level: u32) -> &[Hash] {
        self.levels.get(level as usize).map_or(&[], Vec::as_slice)
    }

    /// The same, to be corrected.
    pub(crate) fn level_mut(&mut self, level: u32) -> &mut [Hash] {
        self.levels.get_mut(level as usize).map_or(&mut [], Vec::as_mut_slice)
    }

    /// Appends a leaf. Every tile that it fills is handed to `filled`, which may correct its
    /// hashes.
    pub(crate) fn push(
        &mut self,
        leaf: Hash,
        mut filled: impl FnMut(Tile, &mut [Hash]) -> Result<()>,
    ) -> Result<()> {
        self.size += 1;
        let mut hash = leaf;
        for (level, hashes) in (0..).zip(&mut self.levels) {
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH {
                break;
            }
            let index = hashes_at(level + 1, self.size) - 1;
            filled(Tile { kind: Kind::Hashes(level), index, width: TILE_WIDTH }, hashes)?;
            hash = full_root(hashes);
            hashes.clear();
        }
        Ok(())
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        join_right_to_left(self.levels.iter().flat_map(|hashes| row_subtrees(hashes)))
            .unwrap_or(Hash::EMPTY)
    }
}

/// The roots of the full subtrees over a row of fewer than 256 hashes, from right to left.
fn row_subtrees(mut hashes: &[Hash]) -> impl Iterator<Item = Hash> {
    std::iter::from_fn(move || {
        if hashes.is_empty() {
            return None;
        }
        let width = 1 << hashes.len().trailing_zeros();
        let (rest, last) = hashes.split_at_checked(hashes.len() - width)?;
        hashes = rest;
        Some(full_root(last))
    })
}
