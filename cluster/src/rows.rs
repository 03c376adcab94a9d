//! The rows of a file as batches of columns.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use anyhow::{Context as _, Result};
use bylaw_audit::log::{Cell, Row, finding::Ids, format::Layout, row::Field, source, time::Clock};
use datafusion::arrow::{
    array::{
        ArrayRef, Int64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder, UInt32Builder,
    },
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
        Column::new("format", DataType::Utf8, true),
        Column::new("withheld", DataType::UInt32, true),
    ];
    columns.extend(FIELDS.map(|field| Column::new(field.name(), DataType::Utf8, true)));
    Arc::new(Schema::new(columns))
});

/// The columns of a log: where each row stands, what kept it from being read, the number of its
/// finding, and its cells.
pub(crate) fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

/// Reads a file batch by batch, until there are no more rows or nobody takes them.
pub(crate) fn read(
    path: &Path,
    asking: &Asking,
    mut take: impl FnMut(RecordBatch) -> Result<bool>,
) -> Result<()> {
    let file = path.to_str().context("a file's name is not UTF-8")?;
    // A file that cannot be opened is a problem among the rows.
    let sha256 = source::sha256(path, |_| ()).map_or_else(|_| String::new(), |(hash, _)| hash);
    let mut columns = Columns::new(file, sha256, asking)?;
    let mut rows = 0_u64;
    let mut taken = Ok(true);
    read::rows(path, asking, |next| {
        match next {
            Next::Row(layout, row) => columns.add(layout, row),
            Next::NotRead(line, what) => columns.add_problem(line, what),
        }
        rows += 1;
        if columns.len == BATCH {
            taken = columns.finish().and_then(&mut take);
        }
        matches!(taken, Ok(true))
    })?;
    if taken? && columns.len > 0 {
        take(columns.finish()?)?;
    }
    log::info!("read {rows} rows of {file}");
    Ok(())
}

/// Rows gathered.
struct Columns<'a> {
    file: &'a str,
    sha256: String,
    ids: Ids,
    zone: TimeZone,
    /// The header of the last row, and the clock of its format.
    clock: Option<(Arc<Layout>, Clock)>,
    len: usize,
    lines: Int64Builder,
    problems: StringBuilder,
    findings: StringBuilder,
    formats: StringBuilder,
    withheld: UInt32Builder,
    cells: [StringBuilder; FIELDS.len()],
}

impl<'a> Columns<'a> {
    fn new(file: &'a str, sha256: String, asking: &Asking) -> Result<Self> {
        Ok(Self {
            file,
            sha256,
            ids: Ids::new(&asking.key()),
            zone: asking.zone()?,
            clock: None,
            len: 0,
            lines: Int64Builder::new(),
            problems: StringBuilder::new(),
            findings: StringBuilder::new(),
            formats: StringBuilder::new(),
            withheld: UInt32Builder::new(),
            cells: std::array::from_fn(|_| StringBuilder::new()),
        })
    }

    fn add(&mut self, layout: &Arc<Layout>, row: &Row<'_>) {
        self.len += 1;
        self.lines.append_option(i64::try_from(row.line).ok());
        self.problems.append_null();
        let at = row.get(Field::At).text().and_then(|text| self.clock(layout).read(text).ok());
        self.findings.append_value(self.ids.finding(row, at).to_string());
        self.formats.append_value(&layout.format.name);
        let mut withheld = 0;
        for (bit, (field, column)) in FIELDS.into_iter().zip(&mut self.cells).enumerate() {
            match row.get(field) {
                Cell::NotExported => column.append_null(),
                Cell::Empty => column.append_value(""),
                Cell::Present(text) => column.append_value(text),
                Cell::Withheld(mark) => {
                    column.append_value(mark);
                    withheld |= 1 << bit;
                }
            }
        }
        self.withheld.append_value(withheld);
    }

    /// What could not be read stands among the rows, so that totals say it.
    fn add_problem(&mut self, line: Option<u64>, what: &str) {
        self.len += 1;
        self.lines.append_option(line.and_then(|line| i64::try_from(line).ok()));
        self.problems.append_value(what);
        self.findings.append_null();
        self.formats.append_null();
        self.withheld.append_null();
        self.cells.iter_mut().for_each(StringBuilder::append_null);
    }

    fn clock(&mut self, layout: &Arc<Layout>) -> &mut Clock {
        let known = self.clock.take_if(|(known, _)| Arc::ptr_eq(known, layout));
        let new = || (Arc::clone(layout), layout.format.clock(self.zone.clone()));
        &mut self.clock.insert(known.unwrap_or_else(new)).1
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let same = |text: &str| -> Result<ArrayRef> {
            let mut column = StringDictionaryBuilder::<Int32Type>::new();
            column.append_n(text, self.len)?;
            Ok(Arc::new(column.finish()))
        };
        let mut columns: Vec<ArrayRef> = vec![
            same(self.file)?,
            same(&self.sha256)?,
            Arc::new(self.lines.finish()),
            Arc::new(self.problems.finish()),
            Arc::new(self.findings.finish()),
            Arc::new(self.formats.finish()),
            Arc::new(self.withheld.finish()),
        ];
        columns.extend(self.cells.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        self.len = 0;
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}
