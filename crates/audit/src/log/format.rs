//! The shapes of files, declared: which column means what.
//!
//! A format is a small TOML file (see [`mod@file`]); the built-in ones lie in `formats/`. [`Formats`] says of a
//! row of cells whether it is a header, of which format and why; the [`Layout`] that comes of it makes
//! [rows](super::Row) of the lines below. A row whose cells sit under other columns than its own is put
//! right where there is one way to do so, and refused otherwise.

mod align;
mod borrow;
pub mod file;
mod layout;
mod marks;
mod recognize;
mod shape;

use std::sync::Arc;

use jiff::tz::TimeZone;

pub use layout::Layout;
pub use marks::Marks;
pub use shape::{BadRow, Shape, counted, number};

use super::{
    row::Field,
    time::{Clock, Pattern, Written},
};
use crate::error::{Error, Result};

const BUILT_IN: [(&str, &str); 9] = [
    ("vendor-export.toml", include_str!("../../formats/vendor-export.toml")),
    (
        "vendor-organization-audit.toml",
        include_str!("../../formats/vendor-organization-audit.toml"),
    ),
    ("portal-audits.toml", include_str!("../../formats/portal-audits.toml")),
    ("portal-audit.toml", include_str!("../../formats/portal-audit.toml")),
    ("portal-audit-cameras.toml", include_str!("../../formats/portal-audit-cameras.toml")),
    ("reason-and-time.toml", include_str!("../../formats/reason-and-time.toml")),
    ("reasons-table.toml", include_str!("../../formats/reasons-table.toml")),
    ("labelled-reasons.toml", include_str!("../../formats/labelled-reasons.toml")),
    ("general.toml", include_str!("../../formats/general.toml")),
];
const MARKS: &str = include_str!("../../formats/marks.toml");

/// The formats that are known: a user's own before the built-in ones.
#[derive(Debug, Clone)]
pub struct Formats {
    all: Vec<Arc<Format>>,
    /// How many of those are a user's own.
    own: usize,
    marks: Arc<Marks>,
}

/// A shape that files have.
#[derive(Debug, Clone)]
pub struct Format {
    /// Its name, as `--format` takes it.
    pub name: String,
    /// What it is, in words.
    pub title: String,
    /// Where its shape is described.
    pub source: String,
    /// Any file with columns of some such names, rather than one system's export.
    pub general: bool,
    /// The patterns of its times.
    pub times: Vec<Pattern>,
    /// In which zone its times are that name none.
    pub written: Written,
    columns: Vec<Column>,
    /// Of one of these sets a header must have every field.
    needs: Vec<Vec<Field>>,
    marks: Arc<Marks>,
}

/// A column of a format.
#[derive(Debug, Clone, Default)]
struct Column {
    /// Its header, as the system writes it.
    header: String,
    /// The names by which its header is known, as [`recognize::plain`] makes them.
    names: Vec<String>,
    /// What it means; nothing for a column that is known and not used.
    fields: Vec<Field>,
    is: Is,
    /// It is not in every file of the format.
    sometimes: bool,
    /// It is one of the columns that files of the format have without being asked.
    usual: bool,
    /// What stands for nothing in it.
    nothing: Vec<String>,
    /// Something that begins with a digit stands for nothing, or is a mark.
    digits: bool,
}

/// What the cells of a column look like, by which a row that has moved is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Is {
    /// A number or token with a digit in it, without spaces.
    Id,
    /// A time of one of the format's patterns.
    Time,
    Number,
    #[default]
    Text,
}

impl Formats {
    /// The built-in formats.
    ///
    /// # Errors
    ///
    /// Where one of them cannot be understood: a fault of this program.
    pub fn built_in() -> Result<Self> {
        let marks = Arc::new(Marks::read("marks.toml", MARKS)?);
        let mut formats = Self { all: Vec::new(), own: 0, marks };
        for (file_name, toml) in BUILT_IN {
            formats.add(file_name, toml)?;
        }
        formats.own = 0;
        Ok(formats)
    }

    /// Adds a user's own format. It is tried before the built-in ones.
    ///
    /// # Errors
    ///
    /// [`Error::Format`], where the file cannot be understood or its name is taken.
    pub fn add(&mut self, file_name: &str, toml: &str) -> Result<()> {
        let format = file::read(file_name, toml, &self.marks)?;
        if self.named(&format.name).is_some() {
            return Err(Error::Format {
                file: file_name.to_owned(),
                what: format!("there is a format `{}` already", format.name),
                help: "give it another name".to_owned(),
            });
        }
        self.all.insert(self.own, Arc::new(format));
        self.own += 1;
        Ok(())
    }

    /// The built-in format file of that name.
    #[must_use]
    pub fn text_of(name: &str) -> Option<&'static str> {
        let is = |file: &str| file.strip_suffix(".toml") == Some(name);
        BUILT_IN.into_iter().find(|(file, _)| is(file)).map(|(_, text)| text)
    }

    /// The format of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Format>> {
        self.all.iter().find(|format| format.name == name)
    }

    /// The names of all formats.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|format| format.name.as_str())
    }

    /// All formats, in the order in which they are tried.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Format>> {
        self.all.iter()
    }

    /// What a header row is, and why; none where the row is no header. With `asked`, only a header of that
    /// format.
    #[must_use]
    pub fn recognize(&self, header: &[&str], asked: Option<&Format>) -> Option<Layout> {
        recognize::header(&self.all, header, asked)
    }

    /// The names of columns, letters and digits only and in lower case: a header begins with one of them, as
    /// far as its first column is known. Names may come more than once.
    pub fn first_cells(&self) -> impl Iterator<Item = &str> {
        let columns = self.all.iter().flat_map(|format| &format.columns);
        columns.flat_map(|column| &column.names).map(String::as_str)
    }
}

impl Format {
    /// A format that means nothing: for logs that a mapping reads column by column.
    #[must_use]
    pub fn unread(name: &str, title: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            source: String::new(),
            general: true,
            times: Vec::new(),
            written: Written::Local,
            columns: Vec::new(),
            needs: Vec::new(),
            marks: Arc::default(),
        }
    }

    /// A clock for its times, of a law that holds `here`.
    #[must_use]
    pub fn clock(&self, here: TimeZone) -> Clock {
        Clock::new(self.times.clone(), self.written.clone(), here)
    }

    /// The headers of its columns, in their usual order.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.header.as_str())
    }
}
