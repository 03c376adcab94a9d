//! From a finding's number back to where it stands.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{
    Array, BooleanArray, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Int64Type},
};
use arrow_schema::{ArrowError, DataType};
use jiff::{ToSpan, civil::Date};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{
        ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
    },
};

use super::{OutputError, PARTS, finished_parts, piece};
use crate::log::finding::FindingId;

/// A finding may stand in many rows; no more than these are given.
const MOST_PLACES: usize = 1000;
/// Fewer digits would soon be those of several findings.
const FEWEST_DIGITS: usize = 8;

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub finding: FindingId,
    /// The file of the log, by the name that it was given.
    pub file: String,
    /// The hash of its bytes then.
    pub sha256: String,
    /// The line at which the row begins.
    pub line: u64,
    /// Everything that the findings say of it: each column that says something.
    pub columns: Vec<(String, String)>,
}

/// The places of a finding, by its number or the first 8 digits of it or more.
///
/// # Errors
///
/// Where the digits are none, belong to no finding or to several, or the findings cannot be read.
pub fn find(folder: &Path, asked: &str) -> Result<Vec<Place>, OutputError> {
    let digits = asked.trim().to_ascii_lowercase();
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !hexadecimal || !(FEWEST_DIGITS..=32).contains(&digits.len()) {
        return Err(OutputError::NoNumber { asked: asked.to_owned() });
    }
    let parts = folder.join(PARTS);
    if !parts.is_dir() {
        return Err(OutputError::read(&parts, "there are no findings"));
    }
    let digits: Arc<str> = digits.into();
    let mut places: Vec<Place> = Vec::new();
    for part in finished_parts(folder)? {
        in_part(&piece(folder, part, "parquet"), &digits, &mut places)?;
    }
    let first = places.first().ok_or_else(|| OutputError::NoFinding { asked: asked.to_owned() })?;
    match places.iter().find(|place| place.finding != first.finding) {
        None => Ok(places),
        Some(other) => Err(OutputError::Ambiguous {
            asked: asked.to_owned(),
            first: first.finding.to_string(),
            second: other.finding.to_string(),
        }),
    }
}

/// Reads the rows whose number begins with these digits: of the others only the numbers.
fn in_part(path: &PathBuf, digits: &Arc<str>, places: &mut Vec<Place>) -> Result<(), OutputError> {
    let file = File::open(path).map_err(|why| OutputError::read(path, why))?;
    let unread = |why: &dyn std::fmt::Display| OutputError::read(path, why);
    // Plain texts, whatever dictionaries they were written from.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
        .map_err(|why| unread(&why))?;
    let numbers = ProjectionMask::columns(builder.parquet_schema(), ["finding"]);
    let begins = {
        let digits = Arc::clone(digits);
        move |batch: RecordBatch| begin_with(&batch, &digits)
    };
    let filter = RowFilter::new(vec![Box::new(ArrowPredicateFn::new(numbers, begins))]);
    let reader = builder.with_row_filter(filter).build().map_err(|why| unread(&why))?;
    for batch in reader {
        let batch = batch.map_err(|why| unread(&why))?;
        for row in 0..batch.num_rows() {
            if places.len() < MOST_PLACES {
                places.push(place(&batch, row).ok_or_else(|| unread(&"it holds no findings"))?);
            }
        }
    }
    Ok(())
}

fn begin_with(numbers: &RecordBatch, digits: &str) -> Result<BooleanArray, ArrowError> {
    let none = || ArrowError::SchemaError("it holds no findings".to_owned());
    let numbers = numbers.columns().first().ok_or_else(none)?;
    let numbers = numbers.as_string_opt::<i32>().ok_or_else(none)?;
    Ok(numbers.iter().map(|number| number.map(|number| number.starts_with(digits))).collect())
}

fn place(batch: &RecordBatch, row: usize) -> Option<Place> {
    let columns: Vec<(String, String)> = batch
        .schema_ref()
        .fields()
        .iter()
        .zip(batch.columns())
        .filter_map(|(field, column)| Some((field.name().clone(), text(column.as_ref(), row)?)))
        .collect();
    let said = |name| columns.iter().find(|(known, _)| known == name).map(|(_, text)| text);
    Some(Place {
        finding: said("finding")?.parse().ok()?,
        file: said("file")?.clone(),
        sha256: said("sha256")?.clone(),
        line: said("line")?.parse().ok()?,
        columns,
    })
}

/// A cell in words; none where it says nothing.
fn text(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Utf8 => Some(column.as_string_opt::<i32>()?.value(row).to_owned()),
        DataType::Boolean => Some(column.as_boolean_opt()?.value(row).to_string()),
        DataType::Int64 => Some(column.as_primitive_opt::<Int64Type>()?.value(row).to_string()),
        DataType::Date32 => {
            let days = column.as_primitive_opt::<Date32Type>()?.value(row);
            Date::constant(1970, 1, 1).checked_add(days.days()).ok().map(|on| on.to_string())
        }
        _ => None,
    }
}
