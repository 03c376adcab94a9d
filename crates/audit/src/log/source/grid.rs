//! Rows of cells that come one by one, from a spreadsheet or a page: headers are found among them, and
//! pieces made.

use std::{mem, sync::Arc};

use super::header::{Headers, MOST_TITLES, Under};
use crate::log::format::Layout;

/// Rows and bytes of a piece, about.
const ROWS: usize = 4096;
const BYTES: usize = 1 << 20;

/// A row with its line.
pub(super) type Cells = (u64, Vec<String>);

/// Rows under one header.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) under: Under,
    pub(super) rows: Vec<Cells>,
}

/// Collects rows.
#[derive(Debug)]
pub(super) struct Grid {
    headers: Headers,
    sheet: Option<Arc<str>>,
    state: State,
    /// Headers found.
    found: u32,
    rows: Vec<Cells>,
    bytes: usize,
    /// Whether rows under the header were handed out.
    given: bool,
}

#[derive(Debug)]
enum State {
    /// The rows so far are titles, or rows without header.
    Above,
    Under(Under),
    /// No header stands among the first rows.
    Unknown,
}

impl Grid {
    pub(super) const fn new(headers: Headers) -> Self {
        Self {
            headers,
            sheet: None,
            state: State::Above,
            found: 0,
            rows: Vec::new(),
            bytes: 0,
            given: true,
        }
    }

    /// Whether the search for a header was given up.
    pub(super) const fn is_unknown(&self) -> bool {
        matches!(self.state, State::Unknown)
    }

    /// What the cells are, if they are a header. Once there is one, only rows that begin like one are looked
    /// at closely.
    pub(super) fn header(&self, cells: &[String]) -> Option<Arc<Layout>> {
        let under = matches!(self.state, State::Under(_));
        if under && !cells.first().is_some_and(|first| self.headers.is_first(first)) {
            return None;
        }
        let last = cells.iter().rposition(|cell| !cell.trim().is_empty())?;
        let cells: Vec<&str> = cells.iter().take(last + 1).map(String::as_str).collect();
        self.headers.recognize(&cells)
    }

    /// Adds a row. What comes back stands before it.
    pub(super) fn push(&mut self, line: u64, mut cells: Vec<String>) -> Option<Rows> {
        if self.is_unknown() || cells.iter().all(|cell| cell.trim().is_empty()) {
            return None;
        }
        if let Some(layout) = self.header(&cells) {
            let before = self.rows_so_far();
            self.rows.clear();
            if let Some(first) = layout.headers().first() {
                self.headers.expect(first);
            }
            self.state = State::Under(Under {
                layout,
                number: self.found,
                line: Some(line),
                sheet: self.sheet.clone(),
            });
            self.found += 1;
            self.given = false;
            return before;
        }
        match &self.state {
            State::Under(under) => fit(&mut cells, under.layout.headers().len()),
            State::Above if self.rows.len() >= MOST_TITLES => {
                self.end_of_titles();
                return self.push(line, cells);
            }
            State::Above | State::Unknown => {}
        }
        self.bytes += cells.iter().map(|cell| cell.len() + size_of::<String>()).sum::<usize>();
        self.rows.push((line, cells));
        let full = self.rows.len() >= ROWS || self.bytes >= BYTES;
        if full { self.rows_so_far() } else { None }
    }

    /// What is left at the end of a sheet or file: no rows at all where a header stands above nothing.
    pub(super) fn finish(&mut self) -> Option<Rows> {
        if matches!(self.state, State::Above) {
            self.end_of_titles();
        }
        match &self.state {
            State::Under(under) if self.rows.is_empty() && !self.given => {
                Some(Rows { under: under.clone(), rows: Vec::new() })
            }
            _ => self.rows_so_far(),
        }
    }

    /// Another sheet begins, with a header of its own.
    pub(super) fn begin(&mut self, sheet: &str) {
        self.sheet = Some(Arc::from(sheet));
        self.rows.clear();
        self.bytes = 0;
        self.state = State::Above;
    }

    /// There was no header: the rows are those of the format that the user named, or unknown.
    fn end_of_titles(&mut self) {
        let cells = self.rows.first().map_or(0, |(_, cells)| cells.len());
        match self.headers.without(cells) {
            Some(layout) => {
                self.state = State::Under(Under {
                    layout,
                    number: self.found,
                    line: None,
                    sheet: self.sheet.clone(),
                });
                self.found += 1;
            }
            None => {
                self.state = State::Unknown;
                self.rows.clear();
            }
        }
    }

    fn rows_so_far(&mut self) -> Option<Rows> {
        let State::Under(under) = &self.state else { return None };
        self.bytes = 0;
        let rows = mem::take(&mut self.rows);
        self.given |= !rows.is_empty();
        (!rows.is_empty()).then(|| Rows { under: under.clone(), rows })
    }
}

/// Spreadsheets leave off empty cells at the end of a row, or keep some that never had a header.
fn fit(cells: &mut Vec<String>, columns: usize) {
    while cells.len() > columns && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    if cells.len() < columns {
        cells.resize_with(columns, String::new);
    }
}
