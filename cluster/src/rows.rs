//! The rows of a file as batches of columns.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use anyhow::{Context as _, Result};
use bylaw_audit::log::{
    Cell, Row,
    finding::Ids,
    format::{Format, Layout, counted},
    source,
    time::Clock,
};
use datafusion::arrow::{
    array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder, UInt32Builder},
    datatypes::{DataType, Field as Column, Int32Type, Schema, SchemaRef},
};
use jiff::tz::TimeZone;

use crate::{
    asking::Asking,
    decide::FIELDS,
    read::{self, Next},
};

const BATCH: usize = 8 * 1024;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let words = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut columns = vec![
        Column::new("file", words(), false),
        Column::new("sha256", words(), false),
        Column::new("line", DataType::Int64, true),
        Column::new("problem", DataType::Utf8, true),
        Column::new("finding", DataType::Utf8, true),
        Column::new("count", DataType::Int64, true),
        Column::new("format", DataType::Utf8, true),
        Column::new("withheld", DataType::UInt32, true),
    ];
    columns.extend(FIELDS.map(|field| Column::new(field.name(), DataType::Utf8, true)));
    Arc::new(Schema::new(columns))
});

/// The columns of a log: where each row stands, what kept it from being read, the number of its finding,
/// how many acts it stands for, and its cells.
pub(crate) fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}
