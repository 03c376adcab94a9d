//! Files as rows of cells, whatever they are made of.
//!
//! A file is known by its content, not by its name. It is read once, in constant memory, as [chunks](Chunk) of
//! whole rows under one header; a chunk can be parsed on any core. What is wrong with a row or a part of a file
//! comes as a [`Problem`] between the chunks, and what can be read after it is.

mod archive;
mod batch;
mod buffer;
mod columns;
mod detect;
mod grid;
mod hash;
mod header;
mod input;
mod open;
mod pages;
mod records;
mod scan;
mod spreadsheet;
mod text;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use self::{
    batch::{Columns, Instants, Texts},
    hash::sha256,
    header::Headers,
    records::{Records, Unread},
};
use self::{
    columns::Parquet,
    grid::Rows,
    header::Under,
    input::Input,
    pages::Pages,
    spreadsheet::Spreadsheet,
    text::{Piece, Text},
};
use super::{format::Layout, row::Field};
use crate::error::Problem;

/// What to do about a file without a known header.
const NO_HEADER: &str = "name the format with --format, whose columns are then taken in their usual order where there is \
     no header, or describe the file with a format of its own";

/// Rows that are compared with what their header says.
const SAMPLE: usize = 100;

/// What a file may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a chunk of text is, in bytes, about.
    pub piece_bytes: usize,
    /// The longest record, or cell of a spreadsheet, in bytes.
    pub record_bytes: usize,
    /// What the texts of a spreadsheet may take in memory.
    pub shared_strings_bytes: u64,
    /// What a spreadsheet or a PDF may unpack to.
    pub unpacked_bytes: u64,
    /// How long the text of a PDF may take.
    pub pdf_time: Duration,
    /// The program that takes it.
    pub pdftotext: PathBuf,
    /// The fields to read of a Parquet file; all its columns if none.
    pub parquet_fields: Option<Vec<Field>>,
}

/// A file, read chunk by chunk.
pub struct Source {
    name: String,
    input: Input,
    read: Arc<AtomicU64>,
    from: From,
    shape: String,
    notes: Vec<String>,
    headers: u32,
    /// The number of the header whose rows were compared with it, and what came of it.
    compared: Option<u32>,
    lies: bool,
    waiting: Option<Chunk>,
    ended: bool,
}

/// Whole rows under one header.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Their header.
    pub layout: Arc<Layout>,
    /// The rows.
    pub body: Body,
    /// The sheet of a spreadsheet, whose rows are numbered from 1 like those of any other.
    pub sheet: Option<Arc<str>>,
    /// Headers in the file before this one.
    pub number: u32,
    /// How much of the file was read so far, in bytes on the disk.
    pub bytes_read: u64,
    /// The header says one thing and the rows say another, as a problem before this chunk said: its rows
    /// are to be counted as not read.
    pub lies: bool,
}

/// The rows of a chunk.
#[derive(Debug, Clone)]
pub enum Body {
    /// Whole records of text, without headers.
    Text {
        /// The records.
        bytes: Vec<u8>,
        /// What stands between cells.
        delimiter: u8,
        /// The line of the first byte.
        line: u64,
    },
    /// Rows of a spreadsheet or a page, each with its line.
    Cells(Vec<(u64, Vec<String>)>),
    /// Rows of a Parquet file.
    Columns(Columns),
}

/// What a file is read from.
enum From {
    Text(Box<Text>),
    Spreadsheet(Spreadsheet),
    Pages(Box<Pages>),
    Columns(Box<Parquet>),
}

/// What comes next in a file.
#[derive(Debug)]
enum Step<T> {
    Rows(T),
    Wrong(Wrong),
    Note(String),
    End,
}

/// What is wrong with a file.
#[derive(Debug)]
struct Wrong {
    row: Option<u64>,
    what: String,
}

/// Opens a file.
///
/// # Errors
///
/// Why nothing of it can be read, and what to do.
pub fn open(path: &Path, headers: &Headers, limits: &Limits) -> Result<Source, Problem> {
    let name = path.display().to_string();
    open::source(path, headers, limits).map_err(|what| Problem { list: name, row: None, what })
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            piece_bytes: 1 << 20,
            record_bytes: 16 << 20,
            shared_strings_bytes: 192 << 20,
            unpacked_bytes: 8 << 30,
            pdf_time: Duration::from_mins(10),
            pdftotext: PathBuf::from("pdftotext"),
            parquet_fields: None,
        }
    }
}

impl Source {
    /// What the file is made of, in words; what its header was taken for stands in each chunk's layout.
    #[must_use]
    pub fn shape(&self) -> &str {
        &self.shape
    }

    /// What else is to be said of it: lines that were passed over, a name that says something else. There
    /// may be more at the end than at the beginning.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Headers found so far.
    #[must_use]
    pub const fn headers(&self) -> u32 {
        self.headers
    }

    /// Its size in bytes on the disk.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.input.size
    }

    fn step(&mut self) -> Step<(Under, Body)> {
        match &mut self.from {
            From::Text(text) => {
                let piece = text.next();
                self.headers = text.under().found();
                piece.map_or(Step::End, |piece| piece.map_or_else(Step::Wrong, of_text))
            }
            From::Spreadsheet(sheets) => sheets.next().map_or(Step::End, of_cells),
            From::Pages(pages) => pages.next().map_or(Step::End, of_cells),
            From::Columns(parquet) => parquet.next().unwrap_or(Step::End),
        }
    }

    fn chunk(&mut self, under: &Under, body: Body) -> Chunk {
        self.headers = self.headers.max(under.found());
        Chunk {
            layout: Arc::clone(&under.layout),
            body,
            sheet: under.sheet.clone(),
            number: under.number,
            bytes_read: self.read.load(Ordering::Relaxed).min(self.input.size),
            lies: self.lies,
        }
    }

    /// Compares the first rows under a header with what it says.
    fn compare(&mut self, under: &Under, body: &Body) -> Option<Problem> {
        if self.compared == Some(under.number) {
            return None;
        }
        self.compared = Some(under.number);
        let wrong = under.layout.check_sample(&sample(body)).err();
        self.lies = wrong.is_some();
        wrong.map(|what| self.problem(Wrong { row: under.line, what }))
    }

    fn problem(&self, wrong: Wrong) -> Problem {
        Problem { list: self.name.clone(), row: wrong.row, what: wrong.what }
    }

    fn end(&mut self) -> Option<<Self as Iterator>::Item> {
        self.ended = true;
        if !self.input.is_unchanged() {
            let what = "the file changed while it was read; read it again when nobody writes to it";
            return Some(Err(self.problem(Wrong::whole(what))));
        }
        // A file of nothing but a header was read, too.
        let under = self.from.under().filter(|_| self.compared.is_none())?.clone();
        Some(Ok(self.chunk(&under, Body::Cells(Vec::new()))))
    }
}

impl From {
    /// The header in force, where it is known before its rows.
    fn under(&self) -> Option<&Under> {
        match self {
            Self::Text(text) => Some(text.under()),
            Self::Columns(parquet) => Some(parquet.under()),
            Self::Spreadsheet(_) | Self::Pages(_) => None,
        }
    }
}

impl Iterator for Source {
    type Item = Result<Chunk, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(chunk) = self.waiting.take() {
            return Some(Ok(chunk));
        }
        while !self.ended {
            match self.step() {
                Step::Rows((under, body)) => {
                    let problem = self.compare(&under, &body);
                    let chunk = self.chunk(&under, body);
                    return Some(match problem {
                        None => Ok(chunk),
                        Some(problem) => {
                            self.waiting = Some(chunk);
                            Err(problem)
                        }
                    });
                }
                Step::Wrong(wrong) => return Some(Err(self.problem(wrong))),
                Step::Note(note) => self.notes.push(note),
                Step::End => return self.end(),
            }
        }
        None
    }
}

impl Body {
    /// The records of text, to be read one after the other; none where the rows are not text.
    #[must_use]
    pub fn records(&self) -> Option<Records<'_>> {
        match self {
            Self::Text { bytes, delimiter, line } => Some(Records::of(bytes, *delimiter, *line)),
            Self::Cells(_) | Self::Columns(_) => None,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Wrong {
    fn at(row: u64, what: impl Into<String>) -> Self {
        Self { row: Some(row), what: what.into() }
    }

    fn whole(what: impl Into<String>) -> Self {
        Self { row: None, what: what.into() }
    }
}

fn of_text(piece: Piece) -> Step<(Under, Body)> {
    let Piece { under, bytes, delimiter, line } = piece;
    Step::Rows((under, Body::Text { bytes, delimiter, line }))
}

fn of_cells(step: Step<Rows>) -> Step<(Under, Body)> {
    match step {
        Step::Rows(Rows { under, rows }) => Step::Rows((under, Body::Cells(rows))),
        Step::Wrong(wrong) => Step::Wrong(wrong),
        Step::Note(note) => Step::Note(note),
        Step::End => Step::End,
    }
}

/// The first rows of a chunk.
fn sample(body: &Body) -> Vec<Vec<String>> {
    match body {
        Body::Text { .. } => {
            let mut rows = Vec::new();
            let Some(mut records) = body.records() else { return rows };
            while rows.len() < SAMPLE
                && let Some(record) = records.read()
            {
                rows.extend(
                    record.ok().map(|(_, cells)| cells.iter().map(str::to_owned).collect()),
                );
            }
            rows
        }
        Body::Cells(rows) => rows.iter().take(SAMPLE).map(|(_, cells)| cells.clone()).collect(),
        Body::Columns(columns) => {
            let rows = 0..columns.rows().min(SAMPLE);
            rows.map(|row| {
                let mut cells = Vec::new();
                columns.cells(row, &mut cells);
                cells
            })
            .collect()
        }
    }
}
