//! Tiles and entry bundles: where they are stored, and what their bytes say (c2sp.org/tlog-tiles).

use crate::error::{Error, Result};
use crate::storage::Storage;
use crate::tree::{Hash, TILE_WIDTH};

/// The height of a tile: each hash of level *l* covers `2^(8 * l)` leaves.
const BITS: u32 = 8;

/// The levels that a log of up to `2^64` leaves can have.
pub(crate) const LEVELS: std::ops::Range<u32> = 0..8;

/// One row of up to 256 hashes, or the bundle of as many entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) kind: Kind,
    /// Its number from the left.
    pub(crate) index: u64,
    /// How many hashes or entries it has, 1 to 256.
    pub(crate) width: usize,
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Hashes, each of `256^level` leaves.
    Hashes(u32),
    /// Entries.
    Entries,
}

impl Tile {
    /// The tile of `kind` with number `index` in a log of `size` entries; nothing if it is empty.
    pub(crate) fn in_log(kind: Kind, index: u64, size: u64) -> Option<Self> {
        let first = index.checked_mul(TILE_WIDTH as u64)?;
        let left = hashes_at(kind.level(), size).checked_sub(first)?;
        let width = usize::try_from(left).unwrap_or(TILE_WIDTH).min(TILE_WIDTH);
        (width > 0).then_some(Self { kind, index, width })
    }

    /// All tiles of a log of `size` entries that a log of `old` entries does not have, its entry
    /// bundles among them, from left to right and from the bottom to the top.
    pub(crate) fn added(old: u64, size: u64) -> impl Iterator<Item = Self> {
        let rows = std::iter::once(Kind::Entries).chain(LEVELS.map(Kind::Hashes));
        rows.flat_map(move |kind| {
            let (before, now) = (hashes_at(kind.level(), old), hashes_at(kind.level(), size));
            let touched =
                if before == now { 0..0 } else { before >> BITS..now.div_ceil(TILE_WIDTH as u64) };
            touched.filter_map(move |index| Self::in_log(kind, index, size))
        })
    }

    /// The partial tile of `kind` at the right end of a log of `size` entries, if it has one.
    pub(crate) fn last_partial(kind: Kind, size: u64) -> Option<Self> {
        let index = hashes_at(kind.level(), size) / TILE_WIDTH as u64;
        Self::in_log(kind, index, size)
    }

    /// Whether a log of `size` entries has this tile with this width or a greater one.
    pub(crate) fn is_in_log(self, size: u64) -> bool {
        Self::in_log(self.kind, self.index, size).is_some_and(|tile| tile.width >= self.width)
    }

    /// The same tile when it was or will be full.
    pub(crate) fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// Its path below the log's location.
    pub(crate) fn path(self) -> String {
        let row = match self.kind {
            Kind::Hashes(level) => level.to_string(),
            Kind::Entries => "entries".to_owned(),
        };
        let partial =
            if self.width < TILE_WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{row}/{}{partial}", number_path(self.index))
    }

    /// Reads its bytes. Where a partial tile is missing, the full one is there instead, and the
    /// result may be longer than [`Self::width`].
    pub(crate) fn read(self, storage: &dyn Storage) -> Result<Vec<u8>> {
        let path = self.path();
        if let Some(bytes) = storage.read(&path)? {
            return Ok(bytes);
        }
        let full = if self.width < TILE_WIDTH { storage.read(&self.full().path())? } else { None };
        full.ok_or(Error::Missing { path })
    }

    /// Reads its bytes, cut to its width.
    pub(crate) fn read_exactly(self, storage: &dyn Storage) -> Result<Vec<u8>> {
        let mut bytes = self.read(storage)?;
        let end = match self.kind {
            Kind::Hashes(_) => Some(self.width * size_of::<Hash>()),
            Kind::Entries => {
                split_bundle(&bytes).map(|all| bundle_length(all.into_iter().take(self.width)))
            }
        };
        bytes.truncate(end.ok_or_else(|| self.damaged("it is cut short"))?);
        Ok(bytes)
    }

    /// Reads its hashes.
    pub(crate) fn read_hashes(self, storage: &dyn Storage) -> Result<Vec<Hash>> {
        let bytes = self.read(storage)?;
        let (rows, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || !self.may_hold(rows.len()) {
            return Err(self.damaged("it has the wrong length"));
        }
        Ok(rows.iter().take(self.width).map(|row| Hash(*row)).collect())
    }

    /// Reads its entries.
    pub(crate) fn read_entries(self, storage: &dyn Storage) -> Result<Vec<Vec<u8>>> {
        let bytes = self.read(storage)?;
        let mut entries = split_bundle(&bytes).ok_or_else(|| self.damaged("it is cut short"))?;
        if !self.may_hold(entries.len()) {
            return Err(self.damaged("it has the wrong number of entries"));
        }
        entries.truncate(self.width);
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    fn may_hold(self, count: usize) -> bool {
        count == self.width || count == TILE_WIDTH
    }

    pub(crate) fn damaged(self, reason: &'static str) -> Error {
        Error::Damaged { path: self.path(), reason }
    }
}

impl Kind {
    fn level(self) -> u32 {
        match self {
            Self::Hashes(level) => level,
            Self::Entries => 0,
        }
    }
}

/// How many hashes a row of tiles has in a log of `size` entries.
pub(crate) fn hashes_at(level: u32, size: u64) -> u64 {
    size.checked_shr(level * BITS).unwrap_or(0)
}

/// Appends an entry to a bundle; nothing if it is too long for one.
pub(crate) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
    let length = u16::try_from(entry.len()).ok()?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Some(())
}

/// How long the bundle of these entries is.
fn bundle_length<'a>(entries: impl Iterator<Item = &'a [u8]>) -> usize {
    entries.map(|entry| 2 + entry.len()).sum()
}

/// The entries of a bundle; nothing if it is cut short.
pub(crate) fn split_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bytes = rest;
    }
    Some(entries)
}

/// Three digits an element, `x` before all but the last: 1234067 is `x001/x234/067`.
fn number_path(mut number: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    while number >= 1000 {
        number /= 1000;
        path = format!("x{:03}/{path}", number % 1000);
    }
    path
}
