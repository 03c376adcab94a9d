//! A row, as far as comparing it with its copies needs: a record of fixed size.
//!
//! Of a cell only its state and 32 bits of a hash under the report's key are kept. Two texts that differ are
//! taken for the same once in four thousand million times; what is the same is never taken to differ.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;
use jiff::civil::Date;

use crate::{
    lexicon::Strength,
    log::{
        cell::{Cell, State},
        finding::{FindingId, Ids, Key, Search, day_number, instant, trimmed},
        row::{Field, Row},
        time::Moment,
    },
};

/// A row of a log, to be noted.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The number of its file.
    pub file: u32,
    /// Its cells.
    pub row: &'a Row<'a>,
    /// When the search was made, where that could be read.
    pub at: Option<Moment>,
    /// How surely it states its purpose.
    pub strength: Option<Strength>,
}

/// The size of a note on the disk.
pub(super) const SIZE: usize = 16 + 8 + 8 + 4 + 4 + 4 * CELLS;
/// Every field but the vendor's number, which makes the search's own.
const CELLS: usize = Field::ALL.len() - 1;

const IDENTIFIED: u64 = 1 << 40;
/// Where the first byte of its [`instant`] stands: what its time is noted as; 0 is the words for it.
const PRECISION_AT: u32 = 48;
/// Where its strength stands, 1 being the first; 0 is none.
const STRENGTH_AT: u32 = 56;

const STRENGTHS: [Strength; 9] = [
    Strength::Immigration,
    Strength::Other,
    Strength::Ambiguous,
    Strength::Generic,
    Strength::Number,
    Strength::Unread,
    Strength::Blank,
    Strength::Withheld,
    Strength::NotExported,
];

/// A row noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) search: FindingId,
    pub(super) line: u64,
    /// Two bits for each cell's state, then what the constants above say.
    shape: u64,
    pub(super) file: u32,
    /// A [`day_number`]; none is 0.
    on: u32,
    hashes: [u32; CELLS],
}

/// Makes notes under one key.
pub(super) struct Noter {
    ids: Ids,
    hasher: FixedState,
}

impl Noter {
    pub(super) fn new(key: &Key) -> Self {
        let seed = Ids::new(key).seed();
        Self { ids: Ids::new(key), hasher: FixedState::with_seed(seed) }
    }

    pub(super) fn note(&mut self, seen: &Seen<'_>) -> Note {
        let Seen { file, row, at, strength } = *seen;
        let Search { number, identified } = self.ids.search(row, at);
        let mut note = Note {
            search: number,
            line: row.line,
            shape: 0,
            file,
            on: at.map_or(0, |at| day_number(at.on)),
            hashes: [0; CELLS],
        };
        if let Some(strength) = strength {
            let number = STRENGTHS.iter().position(|&known| known == strength);
            note.shape |= number.map_or(0, |number| number as u64 + 1) << STRENGTH_AT;
        }
        if !identified {
            // The number is already made from every cell.
            return note;
        }
        note.shape |= IDENTIFIED;
        let instant = at.and_then(instant);
        if let Some([precision, ..]) = instant {
            note.shape |= u64::from(precision) << PRECISION_AT;
        }
        for (place, hash) in note.hashes.iter_mut().enumerate() {
            let Some(&field) = Field::ALL.get(place + 1) else { break };
            let cell = as_said(field, row.get(field));
            note.shape |= state_bits(cell.state()) << (2 * place);
            *hash = match (cell, instant) {
                (Cell::Present(_), Some(instant)) if field == Field::At => self.hash(&instant),
                (Cell::Present(text), _) => self.hash(trimmed(text).as_bytes()),
                (Cell::NotExported | Cell::Empty | Cell::Withheld(_), _) => 0,
            };
        }
        note
    }

    #[expect(clippy::cast_possible_truncation, reason = "32 bits of it are enough")]
    fn hash(&self, bytes: &[u8]) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(bytes);
        hasher.finish() as u32
    }
}

impl Note {
    pub(super) const fn identified(&self) -> bool {
        self.shape & IDENTIFIED != 0
    }

    /// What its time is noted as. Only times that are noted as the same can be compared.
    #[expect(clippy::cast_possible_truncation, reason = "the other bits are above it")]
    pub(super) const fn precision(&self) -> u8 {
        (self.shape >> PRECISION_AT) as u8
    }

    pub(super) fn strength(&self) -> Option<Strength> {
        let number = usize::try_from(self.shape >> STRENGTH_AT).ok()?;
        STRENGTHS.get(number.checked_sub(1)?).copied()
    }

    pub(super) fn day(&self) -> Option<u32> {
        (self.on != 0).then_some(self.on)
    }

    /// What stands in a cell: its state and, where something does, its hash.
    pub(super) fn cell(&self, field: Field) -> (State, u32) {
        let Some(place) = (field as usize).checked_sub(1) else { return (State::NotExported, 0) };
        let state = match (self.shape >> (2 * place)) & 3 {
            0 => State::NotExported,
            1 => State::Empty,
            2 => State::Withheld,
            _ => State::Present,
        };
        (state, self.hashes.get(place).copied().unwrap_or_default())
    }

    /// The fields that its file exports, as [`Note::exported_bit`]s.
    pub(super) const fn exported(&self) -> u64 {
        (self.shape | self.shape >> 1) & 0x5555_5555_5555_5555 & ((1 << (2 * CELLS)) - 1)
    }

    /// The bit of a field; none for the vendor's number.
    pub(super) const fn exported_bit(field: Field) -> u64 {
        match (field as u32).checked_sub(1) {
            Some(place) => 1 << (2 * place),
            None => 0,
        }
    }

    /// What is the same in rows that say the same in every cell.
    pub(super) const fn alike(&self) -> (u64, [u32; CELLS]) {
        (self.shape, self.hashes)
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.search.0.to_le_bytes());
        to.extend_from_slice(&self.line.to_le_bytes());
        to.extend_from_slice(&self.shape.to_le_bytes());
        to.extend_from_slice(&self.file.to_le_bytes());
        to.extend_from_slice(&self.on.to_le_bytes());
        for hash in self.hashes {
            to.extend_from_slice(&hash.to_le_bytes());
        }
    }

    /// The note that those bytes are; none where they are too few.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (search, bytes) = bytes.split_first_chunk()?;
        let (line, bytes) = bytes.split_first_chunk()?;
        let (shape, bytes) = bytes.split_first_chunk()?;
        let (file, bytes) = bytes.split_first_chunk()?;
        let (on, mut bytes) = bytes.split_first_chunk()?;
        let mut hashes = [0; CELLS];
        for hash in &mut hashes {
            let (one, rest) = bytes.split_first_chunk()?;
            *hash = u32::from_le_bytes(*one);
            bytes = rest;
        }
        Some(Self {
            search: FindingId(u128::from_le_bytes(*search)),
            line: u64::from_le_bytes(*line),
            shape: u64::from_le_bytes(*shape),
            file: u32::from_le_bytes(*file),
            on: u32::from_le_bytes(*on),
            hashes,
        })
    }
}

/// The search that the note of those bytes is of.
pub(super) fn search_of(bytes: &[u8]) -> Option<FindingId> {
    bytes.first_chunk().map(|search| FindingId(u128::from_le_bytes(*search)))
}

/// The day of a [`day_number`].
pub(super) fn date_of(number: u32) -> Option<Date> {
    let year = i16::try_from(number >> 9).ok()?;
    let month = i8::try_from(number >> 5 & 15).ok()?;
    Date::new(year, month, i8::try_from(number & 31).ok()?).ok()
}

const fn state_bits(state: State) -> u64 {
    match state {
        State::NotExported => 0,
        State::Empty => 1,
        State::Withheld => 2,
        State::Present => 3,
    }
}

/// A cell as it is compared: 0 networks says that they were not counted.
fn as_said(field: Field, cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Present("0") if field == Field::Networks => Cell::Empty,
        cell => cell,
    }
}
