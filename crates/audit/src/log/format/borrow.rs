//! Columns that a format does not know and a general one does.
//!
//! A portal's audit knows no organization: all its searches are the portal's own. Where such a file has a
//! column `Org Name` all the same, leaving that unread would make everybody's searches the owner's. What
//! decides is read, whichever format knows its name.

use std::sync::Arc;

use super::{Column, Field, Format, Is, recognize::places};

/// The fields that decide what a search was, whose and why.
const DECIDING: [Field; 9] = [
    Field::Organization,
    Field::Owner,
    Field::State,
    Field::At,
    Field::Id,
    Field::Reason,
    Field::Offense,
    Field::Case,
    Field::Count,
];

/// What a format borrows for a header.
#[derive(Default)]
pub(super) struct Borrowed<'a> {
    columns: Vec<Loan<'a>>,
    /// Cells that decide by the columns of some format, and are not read all the same.
    pub(super) missed: usize,
}

/// A column of a general format.
struct Loan<'a> {
    /// Its place in the header.
    at: usize,
    column: &'a Column,
    /// The patterns of its times.
    from: &'a Format,
    fields: Vec<Field>,
}

impl<'a> Borrowed<'a> {
    /// What `format` borrows for the cells that its own columns leave.
    pub(super) fn of(
        formats: &'a [Arc<Format>],
        format: &Format,
        names: &[String],
        own: &[Option<usize>],
    ) -> Self {
        let stray = names.iter().zip(own);
        let stray: Vec<String> = stray
            .map(|(name, place)| if place.is_none() { name.clone() } else { String::new() })
            .collect();
        let mut borrowed = Self::default();
        if stray.iter().all(String::is_empty) {
            return borrowed;
        }
        for general in formats.iter().filter(|format| format.general) {
            borrowed.lend(general, &stray, |field| reads_plainly(format, own, field));
        }
        let is_missed = |(at, name): &(usize, &String)| {
            let deciding = deciding(formats, name);
            let read = |&field: &Field| reads(format, own, field) || borrowed.reads(field);
            !borrowed.has(*at) && deciding.iter().any(|field| !read(field))
        };
        let missed = stray.iter().enumerate().filter(is_missed).count();
        Self { missed, ..borrowed }
    }

    /// Whether a cell of the header is read so.
    pub(super) fn has(&self, at: usize) -> bool {
        self.columns.iter().any(|loan| loan.at == at)
    }

    /// What is read so: places in the header, and what they are.
    pub(super) fn fields(&self) -> impl Iterator<Item = (usize, &[Field])> {
        self.columns.iter().map(|loan| (loan.at, loan.fields.as_slice()))
    }

    /// The format with what it borrows, and where that is in the header. A column of several fields keeps
    /// those for which there is no column of their own: beside a column of organizations, `agency_slug` is
    /// the owner alone.
    pub(super) fn into_format(
        self,
        format: &Arc<Format>,
        places: &mut [Option<usize>],
    ) -> Arc<Format> {
        if self.columns.is_empty() {
            return Arc::clone(format);
        }
        let mut format = Format::clone(format);
        let digits = format.columns.iter().any(|column| column.digits);
        for Loan { at, column, from, fields } in self.columns {
            for own in &mut format.columns {
                own.fields.retain(|field| !fields.contains(field));
            }
            if column.is == Is::Time {
                format.times.extend(from.times.iter().cloned());
            }
            if let Some(place) = places.get_mut(at) {
                *place = Some(format.columns.len());
            }
            let digits = digits || column.digits;
            let column = Column { fields, digits, usual: false, sometimes: true, ..column.clone() };
            format.columns.push(column);
        }
        Arc::new(format)
    }

    fn lend(&mut self, from: &'a Format, stray: &[String], is_read: impl Fn(Field) -> bool) {
        for (at, place) in places(from, stray).into_iter().enumerate() {
            let Some(column) = place.and_then(|number| from.columns.get(number)) else { continue };
            let fields = column.fields.iter().copied();
            let wanted =
                |field: &Field| DECIDING.contains(field) && !is_read(*field) && !self.reads(*field);
            let fields: Vec<Field> = fields.filter(wanted).collect();
            if !fields.is_empty() && !self.has(at) {
                self.columns.push(Loan { at, column, from, fields });
            }
        }
    }

    fn reads(&self, field: Field) -> bool {
        self.columns.iter().any(|loan| loan.fields.contains(&field))
    }
}

/// What decides in a column of that name, by any format.
fn deciding(formats: &[Arc<Format>], name: &String) -> Vec<Field> {
    let columns = formats.iter().flat_map(|format| &format.columns);
    let fields = columns.filter(|column| column.names.contains(name));
    let fields = fields.flat_map(|column| column.fields.iter().copied());
    fields.filter(|field| DECIDING.contains(field)).collect()
}

fn reads(format: &Format, own: &[Option<usize>], field: Field) -> bool {
    placed(format, own).any(|column| column.fields.contains(&field))
}

/// Whether a column is that field and nothing else.
fn reads_plainly(format: &Format, own: &[Option<usize>], field: Field) -> bool {
    placed(format, own).any(|column| column.fields == [field])
}

fn placed<'f>(format: &'f Format, own: &[Option<usize>]) -> impl Iterator<Item = &'f Column> {
    own.iter().flatten().filter_map(|&number| format.columns.get(number))
}
