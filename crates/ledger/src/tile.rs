//! Tiles and entry bundles: where they are stored, and what their bytes say (c2sp.org/tlog-tiles).

use crate::error::{Error, Result};
use crate::storage::Storage;
use crate::tree::{Hash, TILE_WIDTH};

/// The height of a tile: each hash of level *l* covers `2^(8 * l)` leaves.
const BITS: u32 = 8;

/// How many levels of tiles a log of up to `2^64` leaves can have.
pub(crate) const LEVELS: usize = 8;

/// All rows of tiles that a log can have: its entry bundles, then its levels from the leaves up.
pub(crate) const ROWS: [Kind; 1 + LEVELS] = [
    Kind::Entries,
    Kind::Hashes(0),
    Kind::Hashes(1),
    Kind::Hashes(2),
    Kind::Hashes(3),
    Kind::Hashes(4),
    Kind::Hashes(5),
    Kind::Hashes(6),
    Kind::Hashes(7),
];

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
        ROWS.into_iter().flat_map(move |kind| {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification, and the greatest index.
    #[test]
    fn a_path_is_as_the_specification_says() {
        for (kind, index, width, path) in [
            (Kind::Hashes(0), 0, 256, "tile/0/000"),
            (Kind::Hashes(5), 999, 256, "tile/5/999"),
            (Kind::Hashes(0), 1000, 256, "tile/0/x001/000"),
            (Kind::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067"),
            (Kind::Hashes(1), 1_234_067, 8, "tile/1/x001/x234/067.p/8"),
            (Kind::Entries, 1_000_000, 255, "tile/entries/x001/x000/000.p/255"),
            (Kind::Entries, u64::MAX >> 8, 1, "tile/entries/x072/x057/x594/x037/x927/935.p/1"),
        ] {
            assert_eq!(Tile { kind, index, width }.path(), path);
        }
    }

    #[test]
    fn a_log_of_70_000_entries_has_the_tiles_that_the_specification_lists() {
        let tiles: Vec<Tile> = Tile::added(0, 70_000).collect();
        let of = |kind| tiles.iter().filter(move |tile| tile.kind == kind);
        let count = |kind| {
            let partial: Vec<usize> =
                of(kind).map(|tile| tile.width).filter(|width| *width < 256).collect();
            (of(kind).count() - partial.len(), partial)
        };
        assert_eq!(count(Kind::Entries), (273, vec![112]));
        assert_eq!(count(Kind::Hashes(0)), (273, vec![112]));
        assert_eq!(count(Kind::Hashes(1)), (1, vec![17]));
        assert_eq!(count(Kind::Hashes(2)), (0, vec![1]));
        assert_eq!(tiles.len(), 274 + 274 + 2 + 1);
        let one = Tile { kind: Kind::Hashes(1), index: 0, width: 1 };
        assert_eq!(Tile::added(255, 256).last(), Some(one), "256 entries fill level 0");
        assert_eq!(Tile::added(300, 300).count(), 0);
        assert_eq!(Tile::added(u64::MAX - 1, u64::MAX).count(), 2, "sizes from outside may be any");
    }

    #[test]
    fn a_bundle_is_read_whole_or_not_at_all() {
        let mut bundle = Vec::new();
        for entry in [b"one".as_slice(), b"", b"three"] {
            assert_eq!(push_entry(&mut bundle, entry), Some(()));
        }
        assert_eq!(push_entry(&mut bundle, &[0; 65_536]), None, "it changes nothing");
        assert_eq!(bundle, b"\0\x03one\0\0\0\x05three");
        assert_eq!(split_bundle(&bundle), Some(vec![b"one".as_slice(), b"", b"three"]));
        for cut in [1, 2, 4, 6, 8, bundle.len() - 1] {
            assert_eq!(bundle.get(..cut).and_then(split_bundle), None, "cut at {cut}");
        }
    }
}
