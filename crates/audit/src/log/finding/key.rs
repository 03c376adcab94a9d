//! The numbers of findings and searches: SipHash-1-3 with 128 bits, under a key that one report draws
//! and throws away. Nobody without the key can tell which number a plate or a reason would have, or that
//! two reports speak of the same search.

use std::{fmt, io};

use jiff::civil::Date;
use siphasher::sip128::SipHasher13;

use super::FindingId;
use crate::log::{
    cell::Cell,
    row::{Field, Row},
    time::{Moment, Precision},
};

/// What a copy of a search may say differently, which makes another finding of it.
const WORDS: [Field; 6] =
    [Field::Organization, Field::Owner, Field::Reason, Field::Offense, Field::Case, Field::Prompt];

/// Shorter numbers count up in many a log: alone they do not tell one agency's search from another's.
const SHORTEST_ID: usize = 16;

/// What the numbers of one report are made with.
#[derive(Clone, Copy)]
pub struct Key([u8; 16]);

/// Numbers rows under one key. Each worker has its own.
#[derive(Clone)]
pub struct Ids {
    hasher: SipHasher13,
    /// What is hashed is gathered here: one call of the hash costs less than one for each cell.
    bytes: Vec<u8>,
}

/// Which search a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Search {
    /// Its number.
    pub number: FindingId,
    /// Whether the number is made from the vendor's own, so that copies of the search share it. Else it is
    /// made from every cell, and only says that rows are alike.
    pub identified: bool,
}

impl Key {
    /// Draws a key.
    ///
    /// # Errors
    ///
    /// Where the system gives no random numbers.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self(bytes))
    }

    /// That key: for tests, and for a run that goes on where it was interrupted.
    #[must_use]
    pub const fn fixed(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key itself. Whoever has it can look up in a report whether somebody was searched for.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

impl Ids {
    /// Numbers under that key.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        Self { hasher: SipHasher13::new_with_key(&key.0), bytes: Vec::with_capacity(512) }
    }

    /// The number of what is found about a row: of the same search with the same words it is the same,
    /// whichever file it is in. `at` is when the search was made, where that could be read: the same moment
    /// may be written in two ways.
    pub fn finding(&mut self, row: &Row<'_>, at: Option<Moment>) -> FindingId {
        self.bytes.clear();
        self.bytes.push(b'f');
        if self.push_search(row, at) {
            self.push_at(row, at);
            for field in WORDS {
                self.push_cell(row.get(field));
            }
        }
        self.number()
    }

    /// Which search a row is of, whatever its words.
    pub fn search(&mut self, row: &Row<'_>, at: Option<Moment>) -> Search {
        self.bytes.clear();
        self.bytes.push(b's');
        let identified = self.push_search(row, at);
        Search { number: self.number(), identified }
    }

    /// A seed for hashes that never leave this machine and say nothing of the key.
    pub(in crate::log) fn seed(&self) -> u64 {
        self.hasher.hash(b"seed of the hashes of cells").as_u64().0
    }

    /// The search's own number or, where it has none of use, every cell; returns which of the two.
    fn push_search(&mut self, row: &Row<'_>, at: Option<Moment>) -> bool {
        let id = row.get(Field::Id).text().map_or("", trimmed);
        let alone = id.len() >= SHORTEST_ID;
        let identified = alone || (!id.is_empty() && at.is_some_and(|at| at.utc.is_some()));
        self.bytes.push(u8::from(identified));
        if identified {
            self.push_text(id);
            let from = self.bytes.len() - id.len();
            if let Some(id) = self.bytes.get_mut(from..) {
                id.make_ascii_lowercase();
            }
            if !alone {
                self.push_at(row, at);
            }
            return true;
        }
        for field in Field::ALL {
            match field {
                Field::At => self.push_at(row, at),
                _ => self.push_cell(row.get(field)),
            }
        }
        false
    }

    fn push_at(&mut self, row: &Row<'_>, at: Option<Moment>) {
        match at.and_then(instant) {
            Some(instant) => self.bytes.extend_from_slice(&instant),
            None => self.push_cell(row.get(Field::At)),
        }
    }

    /// A cell's state and words. The mark of a withheld one is left out: it says no more than another mark.
    fn push_cell(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::NotExported => self.bytes.push(b'-'),
            Cell::Empty => self.bytes.push(b'0'),
            Cell::Withheld(_) => self.bytes.push(b'*'),
            Cell::Present(text) => {
                self.bytes.push(b'=');
                self.push_text(trimmed(text));
            }
        }
    }

    /// A text with its length before it, so that no two rows give the same bytes.
    fn push_text(&mut self, text: &str) {
        // INVARIANT: no cell is as long as 4 GiB; the reader of files sees to that.
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn number(&self) -> FindingId {
        FindingId(self.hasher.hash(&self.bytes).as_u128())
    }
}

/// A text without blanks around it. Most have none, which is seen without decoding their letters.
pub(in crate::log) fn trimmed(text: &str) -> &str {
    match (text.as_bytes().first(), text.as_bytes().last()) {
        (Some(b'!'..=b'~'), Some(b'!'..=b'~')) => text,
        _ => text.trim(),
    }
}

/// A time, however it was written: how much of it is known, then the second or the day. None in the hours
/// that clocks pass twice: what was written is all there is.
pub(in crate::log) fn instant(at: Moment) -> Option<[u8; 9]> {
    let (precision, number) = match (at.precision, at.utc) {
        (Precision::Time, utc) => (b'T', utc?),
        (Precision::Day, _) => (b'D', day_number(at.on).into()),
        (Precision::Month, _) => (b'M', day_number(at.on).into()),
    };
    let [b0, b1, b2, b3, b4, b5, b6, b7] = number.to_le_bytes();
    Some([precision, b0, b1, b2, b3, b4, b5, b6, b7])
}

/// Days as numbers, in order: `year << 9 | month << 5 | day`. No day is 0.
pub(in crate::log) fn day_number(on: Date) -> u32 {
    let part = |number: i8| u32::from(number.unsigned_abs());
    u32::from(on.year().unsigned_abs()) << 9 | part(on.month()) << 5 | part(on.day())
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids(…)")
    }
}
