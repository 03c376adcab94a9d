//! A memory of what was worked out of cells, of fixed size: a newer entry takes the place of an older one
//! that falls into the same slot.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::Cell;

const SLOTS: usize = 4096;
/// What is longer is worked out each time.
const LONGEST: usize = 512;

/// Remembers a value for each of the cells met lately.
#[derive(Debug)]
pub(super) struct Recent<V> {
    slots: Vec<Option<(Vec<u8>, V)>>,
    /// The cells as they are compared: kept, so that looking up takes no memory.
    cells: Vec<u8>,
}

impl<V: Copy> Recent<V> {
    pub(super) fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| None).collect(), cells: Vec::new() }
    }

    /// The value of these cells, where it is remembered.
    pub(super) fn find(&mut self, cells: &[Cell<'_>]) -> Option<V> {
        self.note(cells);
        let slot = self.slots.get(slot_of(&self.cells))?.as_ref();
        slot.filter(|(known, _)| *known == self.cells).map(|&(_, value)| value)
    }

    /// Remembers the value of the cells that were looked for last.
    pub(super) fn put(&mut self, value: V) {
        if self.cells.len() > LONGEST {
            return;
        }
        match self.slots.get_mut(slot_of(&self.cells)) {
            Some(Some((known, before))) => {
                known.clone_from(&self.cells);
                *before = value;
            }
            Some(slot) => *slot = Some((self.cells.clone(), value)),
            None => {}
        }
    }

    /// Each cell's state, length and text, so that no two rows of cells look alike.
    fn note(&mut self, cells: &[Cell<'_>]) {
        self.cells.clear();
        for cell in cells {
            let text = match cell {
                Cell::Present(text) | Cell::Withheld(text) => text,
                Cell::NotExported | Cell::Empty => "",
            };
            self.cells.push(cell.state() as u8);
            self.cells.extend_from_slice(&text.len().to_le_bytes());
            self.cells.extend_from_slice(text.as_bytes());
        }
    }
}

fn slot_of(cells: &[u8]) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(cells);
    usize::try_from(hasher.finish()).unwrap_or_default() % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_was_put() {
        let mut recent = Recent::new();
        let long = "x".repeat(LONGEST);
        let mut found = 0;
        for _ in 0..2 {
            for number in 0..20_000_u32 {
                let text = format!("{}", number % 6_000);
                let cells = match number % 4 {
                    0 => [Cell::Present(&text), Cell::Empty],
                    1 => [Cell::Empty, Cell::Present(&text)],
                    2 => [Cell::Withheld(&text), Cell::NotExported],
                    _ => [Cell::Present(&text), Cell::Present(&long)],
                };
                let value = (number % 6_000, number % 4);
                match recent.find(&cells) {
                    Some(known) => {
                        assert_eq!(known, value);
                        assert_ne!(number % 4, 3, "too long to be remembered");
                        found += 1;
                    }
                    None => recent.put(value),
                }
            }
        }
        assert!(found > 0 && recent.slots.len() == SLOTS);
    }
}
