//! A batch of rows of a Parquet file.

use std::{fmt::Display, sync::Arc};

use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Int32Array, RecordBatch, StringArray,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
        Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::log::{format::Layout, row::Field};

/// Rows of a Parquet file, by columns.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The columns that were read.
    pub batch: RecordBatch,
    /// The number of its first row in the file; 1 is the first.
    pub first_row: u64,
    layout: Arc<Layout>,
    places: Arc<[Option<usize>]>,
}

/// A column of text.
#[derive(Debug, Clone, Copy)]
pub enum Texts<'a> {
    /// Each row has the number of a value. All batches of a row group have the same values.
    Dictionary {
        /// The rows' numbers; null where nothing stands.
        keys: &'a Int32Array,
        /// The values.
        values: &'a StringArray,
    },
    /// Each row has its text.
    Plain(&'a StringArray),
}

/// A column of times.
#[derive(Debug, Clone, Copy)]
pub struct Instants<'a> {
    /// Whether they are instants; times of no zone otherwise.
    pub utc: bool,
    ticks: &'a [i64],
    per_second: i64,
    column: &'a dyn Array,
}

impl Instants<'_> {
    /// A row's time in seconds since 1970.
    #[must_use]
    pub fn seconds(&self, row: usize) -> Option<i64> {
        if self.column.is_null(row) {
            return None;
        }
        self.ticks.get(row).map(|ticks| ticks.div_euclid(self.per_second))
    }
}

impl Columns {
    pub(super) const fn new(
        batch: RecordBatch,
        first_row: u64,
        layout: Arc<Layout>,
        places: Arc<[Option<usize>]>,
    ) -> Self {
        Self { batch, first_row, layout, places }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// A field's column, if it is of text.
    #[must_use]
    pub fn texts(&self, field: Field) -> Option<Texts<'_>> {
        let column = self.column(self.layout.column_of(field)?)?;
        if let Some(dictionary) = dictionary(column) {
            let values = dictionary.values().as_string_opt()?;
            return Some(Texts::Dictionary { keys: dictionary.keys(), values });
        }
        column.as_string_opt().map(Texts::Plain)
    }

    /// A field's column, if it is of times.
    #[must_use]
    pub fn instants(&self, field: Field) -> Option<Instants<'_>> {
        let column = self.column(self.layout.column_of(field)?)?;
        let DataType::Timestamp(unit, zone) = column.data_type() else { return None };
        let (ticks, per_second) = ticks(column, *unit)?;
        Some(Instants { utc: zone.is_some(), ticks, per_second, column: column.as_ref() })
    }

    /// The cells of a row as text, in the order of the layout's columns. A column that was not read is empty.
    pub fn cells(&self, row: usize, cells: &mut Vec<String>) {
        cells.resize_with(self.places.len(), String::new);
        for (at, cell) in cells.iter_mut().enumerate() {
            cell.clear();
            if let Some(column) = self.column(at).filter(|column| column.is_valid(row)) {
                write(column, row, cell);
            }
        }
    }

    fn column(&self, at: usize) -> Option<&ArrayRef> {
        self.batch.columns().get((*self.places.get(at)?)?)
    }
}

/// Whether cells of a type can be written as text.
pub(super) fn is_readable(kind: &DataType) -> bool {
    match kind {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Boolean | DataType::Utf8 => true,
        DataType::Dictionary(_, value) => **value == DataType::Utf8,
        other => other.is_integer() || matches!(other, DataType::Float32 | DataType::Float64),
    }
}

fn dictionary(column: &ArrayRef) -> Option<&DictionaryArray<Int32Type>> {
    column.as_dictionary_opt::<Int32Type>()
}

fn ticks(column: &ArrayRef, unit: TimeUnit) -> Option<(&[i64], i64)> {
    Some(match unit {
        TimeUnit::Second => (values::<TimestampSecondType>(column)?, 1),
        TimeUnit::Millisecond => (values::<TimestampMillisecondType>(column)?, 1_000),
        TimeUnit::Microsecond => (values::<TimestampMicrosecondType>(column)?, 1_000_000),
        TimeUnit::Nanosecond => (values::<TimestampNanosecondType>(column)?, 1_000_000_000),
    })
}

fn values<T: ArrowPrimitiveType>(column: &ArrayRef) -> Option<&[T::Native]> {
    Some(column.as_primitive_opt::<T>()?.values())
}

/// Appends a cell that is not null.
fn write(column: &ArrayRef, row: usize, cell: &mut String) {
    let text = match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>().map(|texts| texts.value(row).to_owned()),
        DataType::Dictionary(..) => dictionary_text(column, row),
        DataType::Boolean => {
            let values: Option<&BooleanArray> = column.as_boolean_opt();
            values.map(|values| if values.value(row) { "TRUE" } else { "FALSE" }.to_owned())
        }
        DataType::Timestamp(unit, zone) => ticks(column, *unit)
            .and_then(|(ticks, per_second)| Some((*ticks.get(row)?, per_second)))
            .map(|(ticks, per_second)| time_text(ticks, per_second, zone.is_some())),
        DataType::Date32 => number::<Date32Type>(column, row).map(|days| date_text(&days)),
        DataType::Int8 => number::<Int8Type>(column, row),
        DataType::Int16 => number::<Int16Type>(column, row),
        DataType::Int32 => number::<Int32Type>(column, row),
        DataType::Int64 => number::<Int64Type>(column, row),
        DataType::UInt8 => number::<UInt8Type>(column, row),
        DataType::UInt16 => number::<UInt16Type>(column, row),
        DataType::UInt32 => number::<UInt32Type>(column, row),
        DataType::UInt64 => number::<UInt64Type>(column, row),
        DataType::Float32 => number::<Float32Type>(column, row),
        DataType::Float64 => number::<Float64Type>(column, row),
        _ => None,
    };
    cell.push_str(&text.unwrap_or_default());
}

fn dictionary_text(column: &ArrayRef, row: usize) -> Option<String> {
    let dictionary = dictionary(column)?;
    let values = dictionary.values().as_string_opt::<i32>()?;
    let key = dictionary.key(row)?;
    (key < values.len()).then(|| values.value(key).to_owned())
}

fn number<T: ArrowPrimitiveType<Native: Display>>(column: &ArrayRef, row: usize) -> Option<String> {
    values::<T>(column)?.get(row).map(ToString::to_string)
}

/// `2026-03-20T00:06:23.972Z` for an instant, `2026-03-20 00:06:23.972` for a time of no zone. What is
/// out of the calendar stays a number, which is no time for whoever reads it.
fn time_text(ticks: i64, per_second: i64, utc: bool) -> String {
    let nanoseconds = i128::from(ticks) * i128::from(1_000_000_000 / per_second);
    let Ok(time) = Timestamp::from_nanosecond(nanoseconds) else { return ticks.to_string() };
    let civil = Offset::UTC.to_datetime(time);
    let clock = civil.time();
    let day = civil.date();
    if utc { format!("{day}T{clock}Z") } else { format!("{day} {clock}") }
}

fn date_text(days: &str) -> String {
    let day = days.parse::<i64>().ok().and_then(|days| days.checked_mul(86_400));
    let time = day.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let date: Option<Date> = time.map(|time| Offset::UTC.to_datetime(time).date());
    date.map_or_else(|| days.to_owned(), |date| date.to_string())
}
