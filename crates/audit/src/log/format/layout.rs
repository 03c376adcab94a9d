//! A header's columns, and rows made of the lines below it.

use std::sync::Arc;

use super::{
    Column, Format, Is,
    align::{self, Sight},
    shape::{BadRow, Shape, is_id, number},
};
use crate::log::{
    cell::{Cell, State},
    row::{Field, Row},
};

/// Which field each column of a file is.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What the file was taken for.
    pub format: Arc<Format>,
    /// Why.
    pub why: String,
    headers: Vec<String>,
    places: Vec<Place>,
    /// How many cells a row must have: up to the last column whose cells can be checked. Empty cells
    /// behind it may be left off, as spreadsheets do.
    reach: Option<usize>,
}

/// What a column of the file is: of its [`Column`] what every cell needs.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// The format's column.
    column: Option<usize>,
    is: Is,
    /// Its first field, and whether it has more.
    field: Option<Field>,
    more: bool,
    /// A cell may hold `*` as a wildcard.
    wildcards: bool,
    /// No cell that begins with a digit is a mark or stands for nothing.
    digits_are_recorded: bool,
    /// Something stands for nothing.
    has_nothing: bool,
}

impl Layout {
    pub(super) fn new(
        format: Arc<Format>,
        header: &[&str],
        places: Vec<Option<usize>>,
        why: String,
    ) -> Self {
        let byte_order = |cell: &&str| cell.trim_start_matches('\u{feff}').trim().to_owned();
        let headers = header.iter().map(byte_order).collect();
        let place = |number: Option<usize>| {
            let column = number.and_then(|number| format.columns.get(number));
            column.map_or_else(Place::default, |column| Place {
                column: number,
                is: column.is,
                field: column.fields.first().copied(),
                more: column.fields.len() > 1,
                wildcards: column.fields.contains(&Field::Plate),
                digits_are_recorded: !column.digits,
                has_nothing: !column.nothing.is_empty(),
            })
        };
        let places: Vec<Place> = places.into_iter().map(place).collect();
        let last = places.iter().rposition(|place| place.is != Is::Text);
        Self { format, why, headers, places, reach: last.map(|last| last + 1) }
    }

    /// The usual columns of a format in their usual order, for a file without a header whose rows have that
    /// many cells; none where the format has another number of columns.
    #[must_use]
    pub fn usual(format: &Arc<Format>, cells: usize) -> Option<Self> {
        let numbers = || format.columns.iter().enumerate().filter(|(_, column)| column.usual);
        let all: Vec<usize> = numbers().map(|(number, _)| number).collect();
        let always = numbers().filter(|(_, column)| !column.sometimes).map(|(number, _)| number);
        let taken = [all, always.collect()].into_iter().find(|taken| taken.len() == cells)?;
        let headers: Vec<&str> = taken
            .iter()
            .filter_map(|&number| Some(format.columns.get(number)?.header.as_str()))
            .collect();
        let why =
            format!("as asked: no header; its {cells} columns are taken in their usual order");
        let places = taken.iter().copied().map(Some).collect();
        Some(Self::new(Arc::clone(format), &headers, places, why))
    }

    /// A header whose columns a mapping reads by their names.
    #[must_use]
    pub fn of_mapping(format: Arc<Format>, header: &[&str], why: String) -> Self {
        Self::new(format, header, vec![None; header.len()], why)
    }

    /// The header's names, trimmed.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The column that a field is.
    #[must_use]
    pub fn column_of(&self, field: Field) -> Option<usize> {
        (0..self.places.len()).find(|&at| self.fields_at(at).contains(&field))
    }

    /// The fields that a column is.
    #[must_use]
    pub fn fields_at(&self, column: usize) -> &[Field] {
        self.column(column).map_or(&[], |column| column.fields.as_slice())
    }

    /// A cell of a column, with its state.
    #[must_use]
    pub fn cell<'t>(&self, column: usize, text: &'t str) -> Cell<'t> {
        let place = self.places.get(column).filter(|place| place.column.is_some());
        place.map_or(Cell::NotExported, |place| self.state(place, text))
    }

    /// The row, with each cell's state, and what had to be put right. `room` is where a text goes that
    /// commas had cut; it stays empty otherwise.
    ///
    /// # Errors
    ///
    /// Where the row cannot be used.
    pub fn row<'r>(
        &self,
        line: u64,
        cells: impl Iterator<Item = &'r str> + Clone,
        room: &'r mut String,
    ) -> Result<(Row<'r>, Shape), BadRow> {
        let mut row = Row::at(line);
        let mut sight = Sight::default();
        let mut rest = cells.clone();
        let mut given = 0;
        for (at, text) in rest.by_ref().take(self.places.len()).enumerate() {
            given += 1;
            self.put(&mut row, at, text, &mut sight);
        }
        let columns = self.places.len();
        let more = given == columns && rest.next().is_some();
        let odd = sight.misfits > 0 || row.get(Field::At) == Cell::Empty;
        if odd && self.has_a_time_elsewhere(&row) {
            // The cell and the time's own column: two signs that cells have moved.
            sight.misfits += 2;
        }
        if sight.misfits == 0 && !more && sight.recorded > 0 {
            if given == columns {
                return Ok((row, Shape::AsHeader));
            }
            if self.reaches(&row) {
                (given..columns).for_each(|at| self.put(&mut row, at, "", &mut sight));
                return Ok((row, Shape::Short));
            }
        }
        let cells: Vec<&'r str> = cells.collect();
        let (texts, shape) = align::put_right(self, &cells, sight)?;
        Ok((self.row_of(line, &texts, room), shape))
    }

    /// Whether the cells of the first rows are what the header says.
    ///
    /// # Errors
    ///
    /// In words, which column is not.
    pub fn check_sample(&self, rows: &[Vec<String>]) -> Result<(), String> {
        for (at, header) in self.headers.iter().enumerate() {
            let Some(column) = self.column(at) else { continue };
            let cells = rows.iter().filter_map(|row| row.get(at));
            let cells = cells.filter_map(|text| self.cell(at, text).text());
            let cells: Vec<&str> = cells.collect();
            if cells.len() >= 3
                && let Some(wrong) = self.lie(column, &cells)
            {
                let many = cells.len();
                return Err(format!(
                    "the header lies: `{header}` is read as {}, and {wrong} of its first {many} cells; \
                     correct the header, or describe the file with a format of its own (--format)",
                    self.fields_at(at).first().map_or("a known column", |field| field.name()),
                ));
            }
        }
        Ok(())
    }

    pub(super) fn columns(&self) -> usize {
        self.places.len()
    }

    /// How many columns have cells that can be checked.
    pub(super) fn checked(&self) -> usize {
        self.places.iter().filter(|place| place.is != Is::Text).count()
    }

    /// Whether a cell is a mark: marks are whole cells, and nothing is joined to one.
    pub(super) fn is_mark(&self, text: &str) -> bool {
        self.format.marks.find(trimmed(text), false).is_some()
    }

    /// What can be seen of a cell in a column, once it is not empty and not masked.
    pub(super) fn look(&self, at: usize, text: &str, sight: &mut Sight) {
        if let Some(place) = self.places.get(at) {
            self.see(place, self.state(place, text), sight);
        }
    }

    /// Whether the last column that can be checked holds something: then the row goes that far.
    fn reaches(&self, row: &Row<'_>) -> bool {
        let last = self.reach.and_then(|reach| self.fields_at(reach.checked_sub(1)?).first());
        let cell = last.map(|&last| row.get(last));
        cell.is_some_and(|cell| matches!(cell.state(), State::Present | State::Withheld))
    }

    /// Whether a time stands where no time belongs.
    fn has_a_time_elsewhere(&self, row: &Row<'_>) -> bool {
        let others = self.format.columns.iter().filter(|column| column.is != Is::Time);
        let fields = others.flat_map(|column| &column.fields);
        let fields = fields.filter(|&&field| field != Field::TimeFrame);
        fields.filter_map(|&field| row.get(field).text()).any(|text| self.fits(Is::Time, text))
    }

    fn column(&self, at: usize) -> Option<&Column> {
        self.format.columns.get(self.places.get(at)?.column?)
    }

    #[inline]
    fn put<'r>(&self, row: &mut Row<'r>, at: usize, text: &'r str, sight: &mut Sight) {
        let Some(place) = self.places.get(at) else { return };
        let cell = self.state(place, text);
        self.see(place, cell, sight);
        let Some(field) = place.field else { return };
        row.set(field, cell);
        if place.more {
            self.fields_at(at).iter().for_each(|&field| row.set(field, cell));
        }
    }

    #[inline]
    fn see(&self, place: &Place, cell: Cell<'_>, sight: &mut Sight) {
        match cell {
            Cell::NotExported | Cell::Empty => {}
            Cell::Withheld(_) => sight.recorded += 1,
            Cell::Present(text) => {
                sight.recorded += 1;
                match place.is {
                    Is::Text => {}
                    is if self.fits(is, text) => sight.fits += 1,
                    _ => sight.misfits += 1,
                }
            }
        }
    }

    #[inline]
    fn state<'t>(&self, place: &Place, text: &'t str) -> Cell<'t> {
        let text = trimmed(text);
        let Some(first) = text.as_bytes().first() else { return Cell::Empty };
        if place.digits_are_recorded && first.is_ascii_digit() {
            return Cell::Present(text);
        }
        if place.has_nothing && self.is_nothing(place, text) {
            return Cell::Empty;
        }
        match self.format.marks.find(text, place.wildcards) {
            Some(mark) => Cell::Withheld(mark),
            None => Cell::Present(text),
        }
    }

    fn is_nothing(&self, place: &Place, text: &str) -> bool {
        let column = place.column.and_then(|column| self.format.columns.get(column));
        column
            .is_some_and(|column| column.nothing.iter().any(|mark| mark.eq_ignore_ascii_case(text)))
    }

    fn fits(&self, is: Is, text: &str) -> bool {
        match is {
            Is::Id => is_id(text),
            Is::Time => {
                let times = &self.format.times;
                times.first().is_some_and(|usual| usual.looks_like(text))
                    || times.iter().any(|pattern| pattern.fits(text))
            }
            Is::Number => number(text).is_some(),
            Is::Text => true,
        }
    }

    fn row_of<'r>(&self, line: u64, texts: &[Vec<&'r str>], room: &'r mut String) -> Row<'r> {
        let mut row = Row::at(line);
        let mut joined = Vec::new();
        for (at, parts) in texts.iter().enumerate() {
            if let [_, _, ..] = parts.as_slice() {
                let from = room.len();
                room.push_str(&parts.join(","));
                joined.push((at, from..room.len()));
            } else {
                let text = parts.first().copied().unwrap_or_default();
                self.put(&mut row, at, text, &mut Sight::default());
            }
        }
        let room: &'r str = room;
        for (at, span) in joined {
            self.put(&mut row, at, room.get(span).unwrap_or_default(), &mut Sight::default());
        }
        row
    }

    /// What is wrong with all of these cells, in words that go before "of its first … cells".
    fn lie(&self, column: &Column, cells: &[&str]) -> Option<&'static str> {
        let none = |is: Is| cells.iter().all(|text| !self.fits(is, text));
        let all = |is: Is| cells.iter().all(|text| self.fits(is, text));
        let organization = column.fields.contains(&Field::Organization);
        let reason = column.fields.contains(&Field::Reason);
        match column.is {
            Is::Id => none(Is::Id).then_some("no id is in any"),
            Is::Time => none(Is::Time).then_some("no time of a known pattern is in any"),
            Is::Number => none(Is::Number).then_some("no number is in any"),
            Is::Text if (organization || reason) && all(Is::Time) => Some("a time is in each"),
            Is::Text if organization && all(Is::Number) => Some("a number is in each"),
            Is::Text => None,
        }
    }
}

/// A cell without spaces around it. Most have none.
fn trimmed(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_none_or(|byte| (0x21..0x7f).contains(byte));
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim() }
}
