//! Rows gathered until there are enough of them for Parquet.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, builder::StringBuilder,
};
use arrow_schema::ArrowError;

use super::said::{Numbers, Said};
use crate::log::finding::Finding;

/// Rows, column by column.
#[derive(Debug, Default)]
pub(super) struct Batch {
    findings: StringBuilder,
    rulings: Vec<i32>,
    readings: Vec<i32>,
    reviews: Vec<Option<bool>>,
    groups: Vec<i32>,
    on: Vec<Option<i32>>,
    days: Vec<i32>,
    counts: Vec<i64>,
    files: Vec<i32>,
    lines: Vec<i64>,
    /// The identifiers, which have no dictionary.
    identifiers: Vec<StringBuilder>,
}

impl Batch {
    /// No rows, of that many identifiers.
    pub(super) fn new(identifiers: usize) -> Self {
        let mut batch = Self::default();
        batch.identifiers.resize_with(identifiers, StringBuilder::new);
        batch
    }

    pub(super) const fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Adds a row, all but its identifiers.
    pub(super) fn add(&mut self, finding: &Finding, digits: &str, numbers: Numbers) {
        self.findings.append_value(digits);
        self.rulings.push(numbers.ruling);
        self.readings.push(numbers.reading);
        self.reviews.push(finding.reading.map(|reading| reading.review));
        self.groups.push(numbers.group);
        self.on.push(numbers.on);
        self.days.push(numbers.day);
        self.counts.push(i64::try_from(finding.count).unwrap_or(i64::MAX));
        self.files.push(numbers.file);
        self.lines.push(i64::try_from(finding.line).unwrap_or(i64::MAX));
    }

    /// Adds an identifier of the row added last, by its place among them.
    pub(super) fn add_identifier(&mut self, place: usize, text: Option<&str>) {
        if let Some(column) = self.identifiers.get_mut(place) {
            column.append_option(text);
        }
    }

    /// The rows as columns, in the order of [`super::COLUMNS`]; no row is left.
    pub(super) fn take(&mut self, said: &mut Said<'_>) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.findings.finish())];
        columns.extend(said.rulings.columns(&taken(&mut self.rulings))?);
        columns.extend(said.readings.columns(&taken(&mut self.readings))?);
        columns.push(Arc::new(BooleanArray::from(std::mem::take(&mut self.reviews))));
        columns.extend(said.groups.columns(&taken(&mut self.groups))?);
        columns.push(Arc::new(Date32Array::from(std::mem::take(&mut self.on))));
        columns.extend(said.days.columns(&taken(&mut self.days))?);
        columns.push(Arc::new(Int64Array::from(std::mem::take(&mut self.counts))));
        columns.extend(said.files.columns(&taken(&mut self.files))?);
        columns.push(Arc::new(Int64Array::from(std::mem::take(&mut self.lines))));
        for column in &mut self.identifiers {
            columns.push(Arc::new(column.finish()));
        }
        Ok(columns)
    }
}

fn taken(numbers: &mut Vec<i32>) -> Int32Array {
    Int32Array::from(std::mem::take(numbers))
}
