//! Notes on the disk, and back in lots that fit into memory.
//!
//! A file of notes is a row of blocks: the number of a lot and of notes, then the notes. Notes of one
//! search are always in the same lot, as its number says which. A lot that is too large is written again,
//! parted by the next bits of the number.

use std::{
    fmt,
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::note::{self, Note, Noter, Seen};
use crate::log::{
    finding::{FindingId, Key},
    output::{OutputError, Whole},
};

/// How many notes [`super::compare`] holds at a time: about 64 MB with what sorting them takes.
pub(super) const ROWS_IN_MEMORY: usize = 400_000;

const LOTS: usize = 64;
const LOT_BITS: u32 = 6;
/// A block of this many notes is written when it is full.
const BLOCK: usize = 256;
/// A block's head: the number of its lot, and of its notes.
const HEAD: usize = 8;
/// After so many partings what is still together is one search, or as good as one.
const DEEPEST: u32 = 4;

/// Writes the notes of one part of a run, in constant memory (2 MB).
pub struct Notes {
    noter: Noter,
    blocks: Blocks,
}

impl Notes {
    /// Begins a file of notes.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn create(path: &Path, key: &Key) -> Result<Self, OutputError> {
        Ok(Self { noter: Noter::new(key), blocks: Blocks::create(path, 0)? })
    }

    /// Notes a row.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn add(&mut self, seen: &Seen<'_>) -> Result<(), OutputError> {
        let note = self.noter.note(seen);
        self.blocks.add(note.search, |bytes| note.write(bytes))
    }

    /// Ends the file, which is there only now.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn finish(self) -> Result<(), OutputError> {
        self.blocks.end()?.finish()
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notes").field("to", &self.blocks.to.path()).finish_non_exhaustive()
    }
}

/// Gives every note to `each`, those of one search in the same lot, at most `rows` in one.
///
/// Returns how many were left out because one lot could not be parted further.
pub(super) fn for_each_lot(
    files: &[PathBuf],
    scratch: &Path,
    rows: usize,
    each: &mut dyn FnMut(Vec<Note>) -> Result<(), OutputError>,
) -> Result<u64, OutputError> {
    let mut lots: Vec<Lot> = (0..LOTS).map(|_| Lot::default()).collect();
    for path in files {
        find_blocks(path, &mut lots)?;
    }
    let mut spill = Spill { scratch, rows: rows.max(1), each, left_out: 0 };
    for lot in lots {
        spill.lot(&lot, 0)?;
    }
    Ok(spill.left_out)
}

struct Spill<'a> {
    scratch: &'a Path,
    rows: usize,
    each: &'a mut dyn FnMut(Vec<Note>) -> Result<(), OutputError>,
    left_out: u64,
}

/// Where the notes of a lot are.
#[derive(Debug, Default)]
struct Lot {
    blocks: Vec<(PathNumber, u64, usize)>,
    files: Vec<PathBuf>,
    notes: usize,
}

type PathNumber = usize;

impl Spill<'_> {
    fn lot(&mut self, lot: &Lot, depth: u32) -> Result<(), OutputError> {
        if lot.notes == 0 {
            return Ok(());
        }
        if lot.notes <= self.rows {
            return (self.each)(lot.notes(self.rows)?);
        }
        if depth == DEEPEST {
            self.left_out += (lot.notes - self.rows) as u64;
            return (self.each)(lot.notes(self.rows)?);
        }
        self.part(lot, depth + 1)
    }

    /// Parts a lot by the next bits of the searches' numbers.
    fn part(&mut self, lot: &Lot, depth: u32) -> Result<(), OutputError> {
        // Not named like notes: a later run that finds it after a crash must not read it.
        let path = self.scratch.join(format!("notes-{depth}.lots"));
        let mut blocks = Blocks::create(&path, depth)?;
        lot.for_each(|bytes| match note::search_of(bytes) {
            Some(search) => blocks.add(search, |to| to.extend_from_slice(bytes)),
            None => Ok(()),
        })?;
        let removed = RemovedAtEnd(path.clone());
        blocks.end()?.finish_for_now()?;
        let mut lots: Vec<Lot> = (0..LOTS).map(|_| Lot::default()).collect();
        find_blocks(&path, &mut lots)?;
        for lot in lots {
            self.lot(&lot, depth)?;
        }
        drop(removed);
        Ok(())
    }
}

impl Lot {
    fn notes(&self, most: usize) -> Result<Vec<Note>, OutputError> {
        let mut notes = Vec::with_capacity(self.notes.min(most));
        self.for_each(|bytes| {
            if notes.len() < most {
                notes.extend(Note::read(bytes));
            }
            Ok(())
        })?;
        Ok(notes)
    }

    /// Every note, as its bytes.
    fn for_each(
        &self,
        mut each: impl FnMut(&[u8]) -> Result<(), OutputError>,
    ) -> Result<(), OutputError> {
        let mut bytes = vec![0; BLOCK * note::SIZE];
        let mut open: Option<(PathNumber, File)> = None;
        for &(number, at, notes) in &self.blocks {
            let Some(path) = self.files.get(number) else { continue };
            let unread = |why: std::io::Error| OutputError::read(path, why);
            let file = match &mut open {
                Some((known, file)) if *known == number => file,
                open => &mut open.insert((number, File::open(path).map_err(unread)?)).1,
            };
            let Some(block) = bytes.get_mut(..notes * note::SIZE) else { continue };
            file.seek(SeekFrom::Start(at)).map_err(unread)?;
            file.read_exact(block).map_err(unread)?;
            block.chunks_exact(note::SIZE).try_for_each(&mut each)?;
        }
        Ok(())
    }
}

/// Goes from head to head through a file of notes.
fn find_blocks(path: &Path, lots: &mut [Lot]) -> Result<(), OutputError> {
    let unread = |why: std::io::Error| OutputError::read(path, why);
    let mut file = File::open(path).map_err(unread)?;
    let length = file.metadata().map_err(unread)?.len();
    let mut at = 0;
    while at < length {
        let mut head = [0; HEAD];
        file.seek(SeekFrom::Start(at)).map_err(unread)?;
        file.read_exact(&mut head).map_err(unread)?;
        let [l0, l1, l2, l3, n0, n1, n2, n3] = head;
        let lot = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let notes = u32::from_le_bytes([n0, n1, n2, n3]) as usize;
        let Some(lot) = lots.get_mut(lot).filter(|_| (1..=BLOCK).contains(&notes)) else {
            return Err(OutputError::read(path, "it is no file of notes"));
        };
        lot.add(path, at + HEAD as u64, notes);
        at += (HEAD + notes * note::SIZE) as u64;
    }
    Ok(())
}

impl Lot {
    fn add(&mut self, path: &Path, at: u64, notes: usize) {
        if self.files.last().is_none_or(|last| last != path) {
            self.files.push(path.to_owned());
        }
        self.blocks.push((self.files.len() - 1, at, notes));
        self.notes += notes;
    }
}

/// A file of notes that is being written: a block for each lot is filled in memory.
struct Blocks {
    to: Whole,
    depth: u32,
    lots: Vec<Vec<u8>>,
}

impl Blocks {
    fn create(path: &Path, depth: u32) -> Result<Self, OutputError> {
        Ok(Self { to: Whole::create(path)?, depth, lots: vec![Vec::new(); LOTS] })
    }

    fn add(
        &mut self,
        search: FindingId,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), OutputError> {
        let number = lot_of(search, self.depth);
        let Some(block) = self.lots.get_mut(number) else { return Ok(()) };
        if block.is_empty() {
            block.reserve_exact(HEAD + BLOCK * note::SIZE);
            block.extend_from_slice(&[0; HEAD]);
        }
        write(block);
        if block.len() >= HEAD + BLOCK * note::SIZE {
            write_block(&mut self.to, number, block)?;
        }
        Ok(())
    }

    /// Writes what is not full yet.
    fn end(mut self) -> Result<Whole, OutputError> {
        for (number, block) in self.lots.iter_mut().enumerate() {
            if !block.is_empty() {
                write_block(&mut self.to, number, block)?;
            }
        }
        Ok(self.to)
    }
}

fn write_block(to: &mut Whole, number: usize, block: &mut Vec<u8>) -> Result<(), OutputError> {
    let notes = (block.len() - HEAD) / note::SIZE;
    let head = (number as u64) | (notes as u64) << 32;
    if let Some(place) = block.first_chunk_mut() {
        *place = head.to_le_bytes();
    }
    let written = to.write_all(block);
    block.clear();
    written.map_err(|why| OutputError::write(to.path(), why))
}

/// Which lot a search's notes are in after so many partings.
fn lot_of(search: FindingId, depth: u32) -> usize {
    let bits = search.0 >> (128 - LOT_BITS * (depth + 1));
    usize::try_from(bits & (LOTS as u128 - 1)).unwrap_or(0)
}

/// A file that goes when it is no longer needed, also where an error ends the work.
struct RemovedAtEnd(PathBuf);

impl Drop for RemovedAtEnd {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
