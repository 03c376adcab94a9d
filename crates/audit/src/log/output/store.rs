//! How all Parquet files of a report are written.

use std::{io, path::Path};

use parquet::{
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
    schema::types::ColumnPath,
};

use super::OutputError;

/// Rows of a row group: what a reader must hold at a time.
const GROUP: usize = 128 * 1024;

pub(super) fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP))
        // Numbers of findings do not repeat.
        .set_column_dictionary_enabled(ColumnPath::from("finding"), false)
        .set_created_by(concat!("bylaw ", env!("CARGO_PKG_VERSION")).to_owned())
        .build()
}

/// The error of a Parquet file that cannot be written, with the system's own words where there are some.
pub(super) fn failed(path: &Path, why: ParquetError) -> OutputError {
    let why = match why {
        ParquetError::External(why) => match why.downcast::<io::Error>() {
            Ok(why) => *why,
            Err(why) => io::Error::other(why),
        },
        why => io::Error::other(why),
    };
    OutputError::write(path, why)
}
