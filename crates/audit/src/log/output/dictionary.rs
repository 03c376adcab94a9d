//! Columns that say the same for many rows: what they say is put into words once, a row has its number.

use std::{hash::Hash, sync::Arc};

use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray, types::Int32Type};
use arrow_schema::ArrowError;
use rustc_hash::FxHashMap;

use super::csv;

/// `N` columns whose cells depend on a `K` alone; `H` is kept beside each.
#[derive(Debug)]
pub(super) struct Dictionary<K, H, const N: usize> {
    numbers: FxHashMap<K, i32>,
    last: Option<(K, i32)>,
    kept: Vec<H>,
    cells: [Vec<Option<String>>; N],
    /// The cells of each number as CSV.
    lines: Vec<String>,
    /// The cells as Arrow has them, until others come.
    arrays: Option<[Arc<StringArray>; N]>,
}

impl<K: Hash + Eq + Copy, H, const N: usize> Dictionary<K, H, N> {
    pub(super) fn new() -> Self {
        Self {
            numbers: FxHashMap::default(),
            last: None,
            kept: Vec::new(),
            cells: std::array::from_fn(|_| Vec::new()),
            lines: Vec::new(),
            arrays: None,
        }
    }

    /// The number of a key; `words` says what is new.
    pub(super) fn number(
        &mut self,
        key: K,
        words: impl FnOnce() -> (H, [Option<String>; N]),
    ) -> i32 {
        if let Some((last, number)) = self.last
            && last == key
        {
            return number;
        }
        let number = self.numbers.get(&key).copied().unwrap_or_else(|| self.add(key, words()));
        self.last = Some((key, number));
        number
    }

    /// What is kept beside a number.
    pub(super) fn kept(&self, number: i32) -> Option<&H> {
        self.kept.get(usize::try_from(number).ok()?)
    }

    /// The cells of a number as CSV.
    pub(super) fn line(&self, number: i32) -> &str {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.lines.get(number))
            .map_or("", String::as_str)
    }

    /// The columns of rows that have these numbers.
    pub(super) fn columns(&mut self, numbers: &Int32Array) -> Result<[ArrayRef; N], ArrowError> {
        let cells = &self.cells;
        let arrays = self.arrays.get_or_insert_with(|| {
            std::array::from_fn(|column| {
                Arc::new(cells.get(column).into_iter().flatten().map(Option::as_deref).collect())
            })
        });
        let mut columns = Vec::with_capacity(N);
        for array in arrays {
            let values = Arc::clone(array) as ArrayRef;
            let column = DictionaryArray::<Int32Type>::try_new(numbers.clone(), values)?;
            columns.push(Arc::new(column) as ArrayRef);
        }
        columns.try_into().map_err(|_| ArrowError::ComputeError("a column is missing".to_owned()))
    }

    /// Forgets everything where there is more of it than this. No row may still have a number.
    pub(super) fn forget_beyond(&mut self, most: usize) {
        if self.kept.len() > most {
            *self = Self::new();
        }
    }

    fn add(&mut self, key: K, (kept, cells): (H, [Option<String>; N])) -> i32 {
        let number = i32::try_from(self.kept.len()).unwrap_or(i32::MAX);
        let mut line = String::new();
        csv::push_all(&mut line, cells.iter().map(Option::as_deref));
        self.lines.push(line);
        self.kept.push(kept);
        for (column, cell) in self.cells.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.arrays = None;
        self.numbers.insert(key, number);
        number
    }
}
