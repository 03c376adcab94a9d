//! The reading side of a log, for anyone: entries, proofs, receipts, copies.
//!
//! A reader takes what the storage gives and checks what it can without keys. Who does not trust
//! the storage verifies the checkpoint's signatures, and the proofs against the checkpoint.

use std::collections::HashMap;
use std::ops::Range;

use crate::checkpoint::SignedCheckpoint;
use crate::error::{Error, Result};
use crate::receipt::Receipt;
use crate::storage::{CHECKPOINT, Storage, WITNESSED};
use crate::tile::{Kind, Tile};
use crate::tree::{
    Hash, TILE_WIDTH, check_consistency, check_inclusion, consistency_ranges, full_root,
    inclusion_ranges, join_right_to_left, leaf_hash, subtrees,
};

/// Reads a log.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    storage: &'a dyn Storage,
}

impl<'a> Reader<'a> {
    /// Reads the log in this storage.
    #[must_use]
    pub fn new(storage: &'a dyn Storage) -> Self {
        Self { storage }
    }

    /// The newest checkpoint, unverified.
    ///
    /// # Errors
    ///
    /// [`Error::NoLog`], it is malformed, or the storage cannot be read.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint> {
        let note = self.storage.read(CHECKPOINT)?;
        SignedCheckpoint::parse(&note.ok_or_else(|| Error::NoLog { path: CHECKPOINT.to_owned() })?)
    }

    /// The newest checkpoint that witnesses have cosigned, unverified.
    ///
    /// # Errors
    ///
    /// It is malformed, or the storage cannot be read.
    pub fn witnessed(&self) -> Result<Option<SignedCheckpoint>> {
        self.storage.read(WITNESSED)?.map(|note| SignedCheckpoint::parse(&note)).transpose()
    }

    /// One entry.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`], [`Error::Missing`], [`Error::Damaged`], or the storage cannot be
    /// read.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>> {
        let size = self.size()?;
        self.bundle_of(index, size)?
            .into_iter()
            .nth(place(index))
            .ok_or_else(|| out_of_range(index, size))
    }

    /// The entries of a range, bundle by bundle.
    ///
    /// # Errors
    ///
    /// As [`Self::entry`].
    pub fn entries(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>> {
        let size = self.size()?;
        let (mut entries, mut next) = (Vec::new(), range.start);
        if range.end > size {
            return Err(Error::OutOfRange { wanted: range.end, size });
        }
        while next < range.end {
            let bundle = self.bundle_of(next, size)?;
            let until = usize::try_from(range.end - next).unwrap_or(usize::MAX);
            let before = entries.len();
            entries.extend(bundle.into_iter().skip(place(next)).take(until));
            next += (entries.len() - before) as u64;
        }
        Ok(entries)
    }

    /// The hash of one leaf.
    ///
    /// # Errors
    ///
    /// As [`Self::entry`].
    pub fn leaf_hash(&self, index: u64) -> Result<Hash> {
        let size = self.size()?;
        let range = index..index.checked_add(1).ok_or_else(|| out_of_range(index, size))?;
        Tiles::new(self.storage, size).root_of(range)
    }

    /// The root of the tree when it had `size` leaves.
    ///
    /// # Errors
    ///
    /// As [`Self::entry`].
    pub fn root(&self, size: u64) -> Result<Hash> {
        Tiles::new(self.storage, self.size()?).root_of(0..size)
    }

    /// The proof that entry `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    ///
    /// As [`Self::entry`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>> {
        let ranges = inclusion_ranges(index, size).ok_or_else(|| out_of_range(index, size))?;
        Tiles::new(self.storage, self.size()?).roots_of(ranges)
    }

    /// The proof that the tree of `old` leaves is a prefix of that of `new` leaves.
    ///
    /// # Errors
    ///
    /// As [`Self::entry`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>> {
        let ranges =
            consistency_ranges(old, new).ok_or(Error::OutOfRange { wanted: old, size: new })?;
        Tiles::new(self.storage, self.size()?).roots_of(ranges)
    }

    /// The receipt of entry `index`. It carries the newest checkpoint that is witnessed and has the
    /// entry, else the newest one: a damaged witnessed one keeps no receipt back.
    ///
    /// # Errors
    ///
    /// As [`Self::entry`]; [`Error::NotIncluded`] if the storage contradicts itself.
    pub fn receipt(&self, index: u64) -> Result<Receipt> {
        let newest = self.checkpoint()?;
        let head = &newest.checkpoint;
        let witnessed = self.witnessed().ok().flatten().filter(|seen| {
            let seen = &seen.checkpoint;
            seen.origin == head.origin && seen.size > index && seen.size <= head.size
        });
        witnessed
            .and_then(|witnessed| self.receipt_under(witnessed, index, head.size).ok())
            .map_or_else(|| self.receipt_under(newest.clone(), index, head.size), Ok)
    }

    /// The receipt with this checkpoint, of the log that now has `size` entries.
    fn receipt_under(
        &self,
        checkpoint: SignedCheckpoint,
        index: u64,
        size: u64,
    ) -> Result<Receipt> {
        let head = &checkpoint.checkpoint;
        let ranges = inclusion_ranges(index, head.size).ok_or_else(|| out_of_range(index, size))?;
        let proof = Tiles::new(self.storage, size).roots_of(ranges)?;
        let bundle = self.bundle_of(index, size)?;
        let entry =
            bundle.into_iter().nth(place(index)).ok_or_else(|| out_of_range(index, size))?;
        match check_inclusion(leaf_hash(&entry), index, head.size, head.root, &proof) {
            true => Ok(Receipt { entry, index, proof, checkpoint }),
            false => Err(Error::NotIncluded { index, size: head.size }),
        }
    }

    fn size(&self) -> Result<u64> {
        Ok(self.checkpoint()?.checkpoint.size)
    }

    fn bundle_of(&self, index: u64, size: u64) -> Result<Vec<Vec<u8>>> {
        if index >= size {
            return Err(out_of_range(index, size));
        }
        let tile = Tile::in_log(Kind::Entries, index / TILE_WIDTH as u64, size);
        tile.ok_or_else(|| out_of_range(index, size))?.read_entries(self.storage)
    }
}

/// Copies a log to another place, as a backup: what a copy there does not have yet, its checkpoint
/// last.
///
/// The log may grow meanwhile. `progress` is told how many files are copied. Verify the copy: it is
/// as good as the log was.
///
/// # Errors
///
/// [`Error::OtherHistory`] if the log there is not an earlier state of this one; a file is missing;
/// or a storage cannot be used.
pub fn export(
    from: &dyn Storage,
    to: &dyn Storage,
    mut progress: impl FnMut(u64),
) -> Result<SignedCheckpoint> {
    to.claim()?;
    let reader = Reader::new(from);
    let witnessed = from.read(WITNESSED)?;
    let head = reader.checkpoint()?;
    let previous = to.read(CHECKPOINT)?;
    let old = previous.as_deref().map(SignedCheckpoint::parse).transpose()?;
    if old.as_ref().is_some_and(|old| !continues(&reader, old, &head)) {
        return Err(Error::OtherHistory);
    }
    let old_size = old.map_or(0, |old| old.checkpoint.size);
    for (copied, tile) in (1..).zip(Tile::added(old_size, head.checkpoint.size)) {
        to.write_once(&tile.path(), &tile.read_exactly(from)?)?;
        progress(copied);
    }
    to.sync()?;
    to.replace(CHECKPOINT, head.note().as_bytes(), previous.as_deref())?;
    if let Some(witnessed) = witnessed {
        to.replace(WITNESSED, &witnessed, to.read(WITNESSED)?.as_deref())?;
    }
    Ok(head)
}

/// Whether the tree of `new`, which is the reader's, begins with that of `old`.
fn continues(reader: &Reader<'_>, old: &SignedCheckpoint, new: &SignedCheckpoint) -> bool {
    let (old, new) = (&old.checkpoint, &new.checkpoint);
    let proof = reader.consistency(old.size, new.size);
    old.origin == new.origin
        && proof.is_ok_and(|proof| {
            check_consistency((old.size, old.root), (new.size, new.root), &proof)
        })
}

/// Tiles of a log of a certain size, each read once.
struct Tiles<'a> {
    storage: &'a dyn Storage,
    size: u64,
    read: HashMap<(u32, u64), Vec<Hash>>,
}

impl<'a> Tiles<'a> {
    fn new(storage: &'a dyn Storage, size: u64) -> Self {
        Self { storage, size, read: HashMap::new() }
    }

    fn roots_of(&mut self, ranges: Vec<Range<u64>>) -> Result<Vec<Hash>> {
        ranges.into_iter().map(|range| self.root_of(range)).collect()
    }

    /// The root over a range of leaves that begins where a subtree does.
    fn root_of(&mut self, range: Range<u64>) -> Result<Hash> {
        if range.end > self.size {
            return Err(Error::OutOfRange { wanted: range.end, size: self.size });
        }
        let roots: Result<Vec<Hash>> =
            subtrees(range).rev().map(|(height, number)| self.node(height, number)).collect();
        Ok(join_right_to_left(roots?.into_iter()).unwrap_or(Hash::EMPTY))
    }

    /// The root of a full subtree: it spans neighbors in one tile.
    fn node(&mut self, height: u32, number: u64) -> Result<Hash> {
        let (level, height) = (height / 8, height % 8);
        let first = number << height;
        let index = first / TILE_WIDTH as u64;
        let tile = Tile::in_log(Kind::Hashes(level), index, self.size);
        let tile = tile.ok_or(Error::OutOfRange { wanted: first, size: self.size })?;
        let hashes = match self.read.entry((level, index)) {
            std::collections::hash_map::Entry::Occupied(read) => read.into_mut(),
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(tile.read_hashes(self.storage)?)
            }
        };
        let start = place(first);
        let row = hashes.get(start..start + (1 << height));
        row.map(full_root).ok_or_else(|| tile.damaged("it is too short"))
    }
}

/// Where in its tile or bundle an index is.
fn place(index: u64) -> usize {
    usize::try_from(index % TILE_WIDTH as u64).unwrap_or_default()
}

fn out_of_range(index: u64, size: u64) -> Error {
    Error::OutOfRange { wanted: index.saturating_add(1), size }
}
