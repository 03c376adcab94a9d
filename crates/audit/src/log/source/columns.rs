//! Parquet, a batch of one row group at a time. Text that the file keeps as a dictionary stays one, so that
//! work can be done once for each of its values.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder,
        },
    },
    basic::{Encoding, Repetition},
    file::metadata::ParquetMetaData,
};

use super::{
    Body, Limits, NO_HEADER, Step, Wrong,
    batch::{Columns, is_readable},
    header::{Headers, Under},
    input::Counted,
};

const BATCH_ROWS: usize = 1 << 16;

/// A column of one row group that unpacks to more than this is refused: the reader may hold it whole.
const MOST_COLUMN_BYTES: i64 = 1 << 30;

/// A Parquet file.
pub(super) struct Parquet {
    file: File,
    read: Arc<AtomicU64>,
    metadata: ArrowReaderMetadata,
    projection: ProjectionMask,
    /// For each column of the layout, the column of a batch.
    places: Arc<[Option<usize>]>,
    under: Under,
    group: usize,
    batches: Option<ParquetRecordBatchReader>,
    /// Rows before the group, and before the next batch.
    before_group: u64,
    before: u64,
}

impl Parquet {
    pub(super) fn open(
        file: Counted<File>,
        headers: &Headers,
        limits: &Limits,
    ) -> Result<Self, String> {
        let Counted { from: file, read } = file;
        let opened = catch_unwind(AssertUnwindSafe(|| metadata(&file)));
        let metadata = opened.unwrap_or_else(|_| Err(damaged().to_owned()))?;
        let schema = metadata.parquet_schema();
        let names: Vec<&str> =
            schema.root_schema().get_fields().iter().map(|field| field.name()).collect();
        let layout = headers
            .recognize(&names)
            .ok_or_else(|| format!("its columns are those of no known format; {NO_HEADER}"))?;
        let wanted = |at: &usize| {
            let known = schema.root_schema().get_fields().get(*at);
            let flat = known.is_some_and(|field| {
                field.is_primitive() && field.get_basic_info().repetition() != Repetition::REPEATED
            });
            let asked = limits.parquet_fields.as_ref().is_none_or(|fields| {
                layout.fields_at(*at).iter().any(|field| fields.contains(field))
            });
            flat && asked
        };
        let roots: Vec<usize> = (0..names.len()).filter(wanted).collect();
        for (at, name) in names.iter().enumerate() {
            let kind = metadata.schema().fields().get(at).map(|field| field.data_type());
            if !layout.fields_at(at).is_empty() && !kind.is_some_and(is_readable) {
                return Err(format!(
                    "its column `{name}` is of a type that is not read here; write it as text"
                ));
            }
        }
        let place = |at: usize| roots.iter().position(|&root| root == at);
        let places = (0..names.len()).map(place).collect();
        let projection = ProjectionMask::roots(schema, roots.iter().copied());
        let under = Under { layout, number: 0, line: None, sheet: None };
        Ok(Self {
            file,
            read,
            metadata,
            projection,
            places,
            under,
            group: 0,
            batches: None,
            before_group: 0,
            before: 0,
        })
    }

    pub(super) const fn under(&self) -> &Under {
        &self.under
    }

    fn step(&mut self) -> Option<Step<(Under, Body)>> {
        loop {
            let groups = self.metadata.metadata().num_row_groups();
            if self.group >= groups {
                return None;
            }
            // The reader may stop at a file that it does not foresee.
            match catch_unwind(AssertUnwindSafe(|| self.batch())) {
                Ok(Ok(Some(batch))) => {
                    let rows = u64::try_from(batch.num_rows()).unwrap_or(0);
                    let first_row = self.before + 1;
                    self.before += rows;
                    let layout = Arc::clone(&self.under.layout);
                    let columns = Columns::new(batch, first_row, layout, Arc::clone(&self.places));
                    return Some(Step::Rows((self.under.clone(), Body::Columns(columns))));
                }
                Ok(Ok(None)) => self.next_group(),
                Ok(Err(what)) => return Some(self.lost(&what)),
                Err(_) => return Some(self.lost(damaged())),
            }
        }
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, String> {
        if self.batches.is_none() {
            self.batches = Some(self.open_group()?);
        }
        let batch = self.batches.as_mut().and_then(Iterator::next);
        batch.transpose().map_err(|_| damaged().to_owned())
    }

    fn open_group(&self) -> Result<ParquetRecordBatchReader, String> {
        let group = self.metadata.metadata().row_group(self.group);
        if group.columns().iter().any(|column| column.uncompressed_size() > MOST_COLUMN_BYTES) {
            return Err(
                "a column of it is larger than 1 GiB; write it again with smaller row groups"
                    .to_owned(),
            );
        }
        let file = self.file.try_clone().map_err(|error| format!("it cannot be read: {error}"))?;
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_row_groups(vec![self.group])
            .with_projection(self.projection.clone())
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|_| damaged().to_owned())
    }

    /// A row group that cannot be read does not keep the next one from being read.
    fn lost(&mut self, what: &str) -> Step<(Under, Body)> {
        let first = self.before + 1;
        self.next_group();
        let last = self.before;
        Step::Wrong(Wrong::at(first, format!("{what}; rows {first} to {last} are not read")))
    }

    fn next_group(&mut self) {
        let group = self.metadata.metadata().row_group(self.group);
        self.before_group += u64::try_from(group.num_rows()).unwrap_or(0);
        for column in group.columns() {
            let bytes = u64::try_from(column.compressed_size()).unwrap_or(0);
            self.read.fetch_add(bytes, Ordering::Relaxed);
        }
        self.before = self.before_group;
        self.group += 1;
        self.batches = None;
    }
}

impl Iterator for Parquet {
    type Item = Step<(Under, Body)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step()
    }
}

fn metadata(file: &File) -> Result<ArrowReaderMetadata, String> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = ArrowReaderMetadata::load(file, options.clone()).map_err(|_| damaged())?;
    let mut groups = plain.metadata().row_groups().iter();
    let rows = groups.try_fold(0_i64, |rows, group| rows.checked_add(group.num_rows().max(0)));
    rows.ok_or_else(damaged)?;
    let fields = plain.schema().fields().iter().map(|field| {
        let kept = field.name();
        let wanted = match field.data_type() {
            DataType::Utf8 | DataType::Binary if is_dictionary(plain.metadata(), kept) => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            DataType::Utf8 | DataType::Binary => DataType::Utf8,
            other => other.clone(),
        };
        Arc::new(field.as_ref().clone().with_data_type(wanted))
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let metadata = Arc::clone(plain.metadata());
    ArrowReaderMetadata::try_new(metadata, options.with_schema(schema))
        .map_err(|_| damaged().to_owned())
}

/// Whether all of a column is kept as a dictionary, as far as the file says.
fn is_dictionary(metadata: &ParquetMetaData, name: &str) -> bool {
    let mut chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    chunks.all(|column| {
        column.column_path().parts().first().is_none_or(|root| root != name)
            || column.dictionary_page_offset().is_some()
                && column.page_encoding_stats_mask().is_none_or(|pages| {
                    pages.is_only(Encoding::RLE_DICTIONARY)
                        || pages.is_only(Encoding::PLAIN_DICTIONARY)
                })
    })
}

const fn damaged() -> &'static str {
    "the Parquet file is damaged or cut short; get it again"
}
