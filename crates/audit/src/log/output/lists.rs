//! The shorter lists beside the findings: differences, releases, files.

use std::{fmt::Write as _, io, path::Path, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch, builder::StringBuilder};
use arrow_schema::{DataType, Field as Column, Schema};
use parquet::arrow::ArrowWriter;

use super::{
    OutputError, Whole, csv,
    store::{failed, properties},
};
use crate::log::{
    link::{Difference, Release},
    row::Field,
    run::FileRead,
};

const DIFFERENCES: [&str; 6] = ["search", "field", "kind", "stated", "stated_otherwise", "places"];

const FILES: [&str; 13] = [
    "file",
    "sha256",
    "bytes",
    "recognized_as",
    "rows",
    "rows_repeated",
    "headers_repeated",
    "rows_shifted",
    "rows_not_read",
    "first_day",
    "last_day",
    "cells",
    "marks",
];

const RELEASES: [&str; 7] = [
    "file",
    "other_file",
    "shared",
    "only_in_file",
    "only_in_other",
    "fields_only_in_file",
    "fields_only_in_other",
];

/// Rows gathered before they are given to Parquet.
const BATCH: usize = 8 * 1024;

/// Writes `differences.csv` and `differences.parquet`, in constant memory. Dropped before
/// [`DifferenceList::finish`], it leaves neither.
#[derive(Debug)]
pub struct DifferenceList<'a> {
    files: &'a [FileRead],
    csv: Whole,
    parquet: ArrowWriter<Whole>,
    columns: [StringBuilder; DIFFERENCES.len()],
    gathered: usize,
    line: String,
}

impl<'a> DifferenceList<'a> {
    /// Begins both files. `files` are those of the run, by their numbers.
    ///
    /// # Errors
    ///
    /// Where they cannot be written.
    pub fn create(folder: &Path, files: &'a [FileRead]) -> Result<Self, OutputError> {
        let path = folder.join("differences.parquet");
        let parquet = ArrowWriter::try_new(Whole::create(&path)?, schema(), Some(properties()))
            .map_err(|why| failed(&path, why))?;
        let mut list = Self {
            files,
            csv: Whole::create(&folder.join("differences.csv"))?,
            parquet,
            columns: Default::default(),
            gathered: 0,
            line: DIFFERENCES.join(","),
        };
        list.write_line()?;
        Ok(list)
    }

    /// Writes a difference.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn add(&mut self, difference: &Difference) -> Result<(), OutputError> {
        let Difference { search, field, kind, strengths, places } = difference;
        let search = search.to_string();
        let places = self.places(places);
        let cells = [
            Some(search.as_str()),
            Some(field.name()),
            Some(kind.name()),
            strengths.map(|(most, _)| most.name()),
            strengths.map(|(_, other)| other.name()),
            Some(places.as_str()),
        ];
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.append_option(cell);
        }
        csv::push_all(&mut self.line, cells);
        self.write_line()?;
        self.gathered += 1;
        if self.gathered == BATCH { self.write_batch() } else { Ok(()) }
    }

    /// Ends both files, which are there only now.
    ///
    /// # Errors
    ///
    /// Where they cannot be written.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.write_batch()?;
        let path = self.parquet.inner().path().to_owned();
        let parquet = self.parquet.into_inner().map_err(|why| failed(&path, why))?;
        self.csv.finish()?;
        parquet.finish()
    }

    fn write_line(&mut self) -> Result<(), OutputError> {
        self.line.push('\n');
        let written = io::Write::write_all(&mut self.csv, self.line.as_bytes());
        self.line.clear();
        written.map_err(|why| OutputError::write(self.csv.path(), why))
    }

    fn write_batch(&mut self) -> Result<(), OutputError> {
        self.gathered = 0;
        let path = self.parquet.inner().path().to_owned();
        let columns = self.columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        RecordBatch::try_new(schema(), columns.collect())
            .map_err(Into::into)
            .and_then(|batch| self.parquet.write(&batch))
            .map_err(|why| failed(&path, why))
    }

    /// Such as `march.csv:17; april.csv:4`.
    fn places(&self, places: &[(u32, u64)]) -> String {
        let mut words = String::new();
        for (number, &(file, line)) in places.iter().enumerate() {
            let before = if number == 0 { "" } else { "; " };
            let _ = write!(words, "{before}{}:{line}", name(self.files, file));
        }
        words
    }
}

/// Writes `files.csv`: what was read of every file.
///
/// # Errors
///
/// Where it cannot be written.
pub fn write_files(folder: &Path, files: &[FileRead]) -> Result<(), OutputError> {
    let rows = files.iter().map(|file| {
        let formats: Vec<&str> = file.formats.iter().map(|(format, _)| format.as_str()).collect();
        vec![
            file.name.clone(),
            file.sha256.clone(),
            file.size.to_string(),
            formats.join("; "),
            file.rows.to_string(),
            file.repeated.to_string(),
            file.headers_repeated.to_string(),
            file.shifted.to_string(),
            file.rows_not_read.to_string(),
            file.days.map_or_else(String::new, |(first, _)| first.to_string()),
            file.days.map_or_else(String::new, |(_, last)| last.to_string()),
            cells(file),
            counted(&file.marks),
        ]
    });
    write_list(&folder.join("files.csv"), &FILES, rows)
}

/// Writes `releases.csv`: pairs of files with searches in common.
///
/// # Errors
///
/// Where it cannot be written.
pub fn write_releases(
    folder: &Path,
    releases: &[Release],
    files: &[FileRead],
) -> Result<(), OutputError> {
    let rows = releases.iter().map(|release| {
        vec![
            name(files, release.files.0),
            name(files, release.files.1),
            release.shared.to_string(),
            release.only.0.to_string(),
            release.only.1.to_string(),
            fields(&release.fields.0),
            fields(&release.fields.1),
        ]
    });
    write_list(&folder.join("releases.csv"), &RELEASES, rows)
}

fn write_list(
    path: &Path,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), OutputError> {
    let mut whole = Whole::create(path)?;
    let mut text = header.join(",");
    text.push('\n');
    for row in rows {
        csv::push_all(&mut text, row.iter().map(|cell| Some(cell.as_str())));
        text.push('\n');
    }
    io::Write::write_all(&mut whole, text.as_bytes())
        .map_err(|why| OutputError::write(path, why))?;
    whole.finish()
}

fn schema() -> Arc<Schema> {
    let columns = DIFFERENCES
        .iter()
        .map(|&name| Column::new(name, DataType::Utf8, name.starts_with("stated")));
    Arc::new(Schema::new(columns.collect::<Vec<_>>()))
}

fn name(files: &[FileRead], number: u32) -> String {
    let file = usize::try_from(number).ok().and_then(|number| files.get(number));
    file.map_or_else(|| format!("file {number}"), |file| file.name.clone())
}

fn fields(fields: &[Field]) -> String {
    fields.iter().map(|field| field.name()).collect::<Vec<_>>().join("; ")
}

/// Such as `reason: empty 3, present 12; case: not_exported 15`.
fn cells(file: &FileRead) -> String {
    let of_field = file.states.iter().map(|(field, states)| {
        let states: Vec<String> =
            states.iter().map(|(state, cells)| format!("{} {cells}", state.name())).collect();
        format!("{}: {}", field.name(), states.join(", "))
    });
    of_field.collect::<Vec<_>>().join("; ")
}

fn counted(counts: &std::collections::BTreeMap<String, u64>) -> String {
    let words = counts.iter().map(|(word, count)| format!("{word} {count}"));
    words.collect::<Vec<_>>().join("; ")
}
