//! The writing side of a log.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::edge::Edge;
use crate::error::{Error, Result};
use crate::keys::LogKeys;
use crate::storage::{CHECKPOINT, Storage, WITNESSED};
use crate::tile::{Kind, ROWS, Tile, push_entry};
use crate::tree::{Hash, TILE_WIDTH, leaf_hash};

/// A log that this process writes, and nobody else.
///
/// In memory is only the right edge of its tree, so that an append reads nothing.
#[derive(Debug)]
pub struct Log {
    storage: Box<dyn Storage>,
    keys: LogKeys,
    head: SignedCheckpoint,
    edge: Edge,
    /// The entries of the last, partial bundle.
    bundle: Vec<u8>,
    /// An append has failed: what is stored may differ from what is in memory.
    broken: bool,
}

impl Log {
    /// Makes an empty log, at a time in seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`Error::LogExists`], [`Error::SecondWriter`], or the storage cannot be written.
    pub fn create(storage: Box<dyn Storage>, keys: LogKeys, now_seconds: u64) -> Result<Self> {
        storage.claim()?;
        if let Some(found) = storage.read(CHECKPOINT)? {
            let size = SignedCheckpoint::parse(&found)?.checkpoint.size;
            return Err(Error::LogExists { size });
        }
        let head = Checkpoint { origin: keys.origin().to_owned(), size: 0, root: Hash::EMPTY };
        let head = keys.sign(&head, now_seconds)?;
        storage.replace(CHECKPOINT, head.note().as_bytes(), None)?;
        Ok(Self { storage, keys, head, edge: Edge::default(), bundle: Vec::new(), broken: false })
    }

    /// Opens a log, and checks that its right edge is what its checkpoint says and that the
    /// checkpoint is signed by these keys.
    ///
    /// # Errors
    ///
    /// [`Error::NoLog`], [`Error::SecondWriter`], [`Error::Damaged`], [`Error::Missing`], an error
    /// of [`SignedCheckpoint::verify`], or the storage cannot be used.
    pub fn open(storage: Box<dyn Storage>, keys: LogKeys) -> Result<Self> {
        storage.claim()?;
        let (head, edge, bundle) = load(&*storage, &keys)?;
        Ok(Self { storage, keys, head, edge, bundle, broken: false })
    }

    /// Reads the state again from the storage, as [`Self::open`] does. It cures a log whose append
    /// has failed: [`Self::size`] then says how many entries are stored.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn reopen(&mut self) -> Result<()> {
        self.broken = true;
        (self.head, self.edge, self.bundle) = load(&*self.storage, &self.keys)?;
        self.broken = false;
        Ok(())
    }

    /// Appends entries, each of up to 65,535 bytes, and signs the new checkpoint at a time in
    /// seconds since 1970. When it returns, the entries, their tiles and the checkpoint are
    /// durable.
    ///
    /// # Errors
    ///
    /// The storage cannot be written, or [`Error::SecondWriter`]. From then on every call fails,
    /// until the log is opened again: some or all of the entries may be in it, and always the first
    /// ones of them. [`Error::EntryTooLong`] changes nothing.
    pub fn append(&mut self, entries: &[Vec<u8>], now_seconds: u64) -> Result<&SignedCheckpoint> {
        if self.broken {
            return Err(Error::Broken);
        }
        if let Some(entry) = entries.iter().find(|entry| entry.len() > usize::from(u16::MAX)) {
            return Err(Error::EntryTooLong { length: entry.len() });
        }
        if entries.is_empty() {
            return Ok(&self.head);
        }
        let old = self.edge.size();
        self.broken = true;

        // Only files that no earlier checkpoint needs are written here: each has a hash or an entry
        // that is new. A crash leaves them beyond the checkpoint, where nobody looks, and the next
        // append writes them again.
        self.write_filled(entries)?;
        self.write_partial(old)?;
        // Without this a crash could leave a checkpoint whose tiles are not there.
        self.storage.sync()?;

        // The entries are in the log from here on. After a crash they are found in it; whoever
        // waits for this call was not answered, and asks the log opened again how far it goes.
        let next = self.keys.sign(&self.checkpoint_of_edge(), now_seconds)?;
        self.storage.replace(
            CHECKPOINT,
            next.note().as_bytes(),
            Some(self.head.note().as_bytes()),
        )?;
        self.head = next;
        self.broken = false;

        self.discard_outgrown(old);
        Ok(&self.head)
    }

    /// How many entries the log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.checkpoint.size
    }

    /// The newest checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.head
    }

    /// The keys it signs with.
    #[must_use]
    pub fn keys(&self) -> &LogKeys {
        &self.keys
    }

    /// What it is stored in, to be read with [`crate::Reader`].
    #[must_use]
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// Adds the entries to the edge and writes all tiles and bundles that they fill.
    fn write_filled(&mut self, entries: &[Vec<u8>]) -> Result<()> {
        for entry in entries {
            push_entry(&mut self.bundle, entry)
                .ok_or(Error::EntryTooLong { length: entry.len() })?;
            let storage = &*self.storage;
            self.edge.push(leaf_hash(entry), |tile, hashes| {
                storage.write_once(&tile.path(), &bytes_of(hashes))
            })?;
            if self.edge.size().is_multiple_of(TILE_WIDTH as u64) {
                let index = self.edge.size() / TILE_WIDTH as u64 - 1;
                let full = Tile { kind: Kind::Entries, index, width: TILE_WIDTH };
                storage.write_once(&full.path(), &self.bundle)?;
                self.bundle.clear();
            }
        }
        Ok(())
    }

    /// Writes the partial tiles at the right edge that a log of `old` entries does not have.
    fn write_partial(&self, old: u64) -> Result<()> {
        for tile in Tile::added(old, self.edge.size()).filter(|tile| tile.width < TILE_WIDTH) {
            match tile.kind {
                Kind::Entries => self.storage.write_once(&tile.path(), &self.bundle)?,
                Kind::Hashes(level) => {
                    self.storage.write_once(&tile.path(), &bytes_of(self.edge.level(level)))?
                }
            }
        }
        Ok(())
    }

    /// Removes the partial forms of the tiles that the append from `old` has filled: up to 255
    /// each, which would need eight kilobytes for every entry appended alone.
    fn discard_outgrown(&self, old: u64) {
        let partial = ROWS.into_iter().filter_map(|kind| Tile::last_partial(kind, old));
        for full in partial.map(Tile::full).filter(|tile| tile.is_in_log(self.edge.size())) {
            // The entries are durable whether or not this works; what stays does no harm.
            let _ = self.storage.discard_partials(&full.path());
        }
    }

    fn checkpoint_of_edge(&self) -> Checkpoint {
        Checkpoint {
            origin: self.keys.origin().to_owned(),
            size: self.edge.size(),
            root: self.edge.root(),
        }
    }
}

/// Stores a checkpoint that witnesses have cosigned, for receipts to carry, unless the one stored
/// is newer. Anyone who holds the log's storage may call it while another thread appends.
///
/// # Errors
///
/// The storage cannot be used, or another call of this function came in between.
pub fn publish_witnessed(storage: &dyn Storage, witnessed: &SignedCheckpoint) -> Result<()> {
    let previous = storage.read(WITNESSED)?;
    let size = previous
        .as_deref()
        .and_then(|note| Some(SignedCheckpoint::parse(note).ok()?.checkpoint.size));
    if size > Some(witnessed.checkpoint.size) {
        return Ok(());
    }
    storage.replace(WITNESSED, witnessed.note().as_bytes(), previous.as_deref())
}

/// Reads the head, the right edge and the entries of the last bundle, and checks that they fit.
fn load(storage: &dyn Storage, keys: &LogKeys) -> Result<(SignedCheckpoint, Edge, Vec<u8>)> {
    let note =
        storage.read(CHECKPOINT)?.ok_or_else(|| Error::NoLog { path: CHECKPOINT.to_owned() })?;
    let head = SignedCheckpoint::parse(&note)?;
    let Checkpoint { origin, size, root } = &head.checkpoint;
    if origin != keys.origin() {
        return Err(Error::WrongOrigin {
            expected: keys.origin().to_owned(),
            found: origin.clone(),
        });
    }
    head.verify(&keys.verifier_keys())?;
    let edge = Edge::read(storage, *size)?;
    if edge.root() != *root {
        return Err(Error::Damaged {
            path: CHECKPOINT.to_owned(),
            reason: "its root is not that of the tiles",
        });
    }
    let bundle = load_bundle(storage, &edge)?;
    // A process that was killed may have renamed the checkpoint without its directory being on the
    // disk. Whoever asks now is told that these entries are in the log, so write it once more.
    storage.replace(CHECKPOINT, &note, Some(&note))?;
    Ok((head, edge, bundle))
}

fn load_bundle(storage: &dyn Storage, edge: &Edge) -> Result<Vec<u8>> {
    let mut bundle = Vec::new();
    let Some(tile) = Tile::last_partial(Kind::Entries, edge.size()) else { return Ok(bundle) };
    let entries = tile.read_entries(storage)?;
    if !entries.iter().map(|entry| leaf_hash(entry)).eq(edge.level(0).iter().copied()) {
        return Err(tile.damaged("its entries do not have the hashes of the tile"));
    }
    entries
        .iter()
        .try_for_each(|entry| push_entry(&mut bundle, entry))
        .ok_or_else(|| tile.damaged("it is too long"))?;
    Ok(bundle)
}

fn bytes_of(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
