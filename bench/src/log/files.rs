//! The made-up rows as files: one CSV, and the same rows as Parquet in several parts.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{Int32Builder, StringBuilder, TimestampMillisecondBuilder},
};
use jiff::{civil::DateTime, tz::TimeZone};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use super::vendor::{HEADER, Row, Vendor};

const SEED: u64 = 20_261_123;
const BATCH: usize = 64 * 1024;
/// A log comes in files by month or so; each is one piece of work beyond one machine.
const PARTS: usize = 8;
/// Searches of license plates that the owner of the log does not show.
const MASK: &str = "***";
const NO_NUMBER: &str = "\u{2014}\u{2014}";

/// Where the rows are.
pub(crate) struct Files {
    pub(crate) rows: usize,
    pub(crate) csv: PathBuf,
    pub(crate) csv_bytes: u64,
    pub(crate) parquet: Vec<PathBuf>,
    pub(crate) parquet_bytes: u64,
}

impl Files {
    /// Writes them, unless a run before this one did.
    pub(crate) fn of(folder: &Path, rows: usize) -> Result<Self> {
        let folder = folder.join(rows.to_string());
        let complete = folder.join("complete");
        let csv = folder.join("vendor.csv");
        let parquet: Vec<PathBuf> =
            (0..PARTS).map(|part| folder.join(format!("vendor-{part}.parquet"))).collect();
        if !complete.exists() {
            fs::create_dir_all(&folder)?;
            write_csv(&csv, rows).context("cannot write the CSV file")?;
            write_parquet(&parquet, rows).context("cannot write the Parquet files")?;
            File::create(complete)?;
        }
        let csv_bytes = fs::metadata(&csv)?.len();
        let sizes = parquet.iter().map(|part| Ok(fs::metadata(part)?.len()));
        let parquet_bytes = sizes.sum::<Result<u64>>()?;
        Ok(Self { rows, csv, csv_bytes, parquet, parquet_bytes })
    }
}

fn write_csv(path: &Path, rows: usize) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, "{}", HEADER.join(","))?;
    let mut vendor = Vendor::new(SEED);
    for _ in 0..rows {
        line(&mut out, vendor.next())?;
    }
    Ok(out.flush()?)
}

fn line(out: &mut impl Write, row: &Row) -> Result<()> {
    write!(out, "{},{MASK},{},{},", row.id, row.organization, row.networks)?;
    match row.devices {
        Some(devices) => write!(out, "{devices}")?,
        None => write!(out, "{NO_NUMBER}")?,
    }
    write!(out, ",\"{}\n{}\",{MASK},", moment(row.from), moment(row.at))?;
    let quote = if row.reason.contains(',') { "\"" } else { "" };
    write!(out, "{quote}{}{quote},{},{MASK},", row.reason, row.case)?;
    writeln!(out, "\"{}\",{},,", moment(row.at), row.search_type)?;
    Ok(())
}

/// As the vendor writes it: `11/14/2025, 09:53:36 AM UTC`.
fn moment(at: DateTime) -> String {
    let half = if at.hour() < 12 { "AM" } else { "PM" };
    let hour = (at.hour() + 11) % 12 + 1;
    format!(
        "{:02}/{:02}/{}, {hour:02}:{:02}:{:02} {half} UTC",
        at.month(),
        at.day(),
        at.year(),
        at.minute(),
        at.second()
    )
}

fn write_parquet(parts: &[PathBuf], rows: usize) -> Result<()> {
    let mut vendor = Vendor::new(SEED);
    let a_part = rows.div_ceil(parts.len());
    for (place, part) in parts.iter().enumerate() {
        let here = a_part.min(rows.saturating_sub(place * a_part));
        write_part(part, &mut vendor, here)?;
    }
    Ok(())
}

fn write_part(path: &Path, vendor: &mut Vendor, rows: usize) -> Result<()> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let empty = batch(vendor, 0)?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, empty.schema(), Some(properties))?;
    let mut left = rows;
    while left > 0 {
        let here = left.min(BATCH);
        writer.write(&batch(vendor, here)?)?;
        left -= here;
    }
    writer.close()?;
    Ok(())
}

/// The next rows. Numbers and the moment of the search have types of their own, as in a table that
/// somebody loaded; everything else is text as it stood.
fn batch(vendor: &mut Vendor, rows: usize) -> Result<RecordBatch> {
    let mut texts: [StringBuilder; 11] = std::array::from_fn(|_| StringBuilder::new());
    let (mut networks, mut devices) = (Int32Builder::new(), Int32Builder::new());
    let mut at = TimestampMillisecondBuilder::new().with_timezone("UTC");
    for _ in 0..rows {
        let row = vendor.next();
        let frame = format!("{}\n{}", moment(row.from), moment(row.at));
        let cells: [&str; 11] = [
            &row.id,
            MASK,
            &row.organization,
            &frame,
            MASK,
            &row.reason,
            &row.case,
            MASK,
            row.search_type,
            "",
            "",
        ];
        texts.iter_mut().zip(cells).for_each(|(column, cell)| column.append_value(cell));
        networks.append_value(i32::try_from(row.networks)?);
        devices.append_option(row.devices.map(i32::try_from).transpose()?);
        at.append_value(row.at.to_zoned(TimeZone::UTC)?.timestamp().as_millisecond());
    }
    let text = texts.map(|mut column| Arc::new(column.finish()) as ArrayRef);
    let [id, name, organization, frame, plate, reason, case, filters, kind, prompt, moderation] =
        text;
    let columns: [ArrayRef; 14] = [
        id,
        name,
        organization,
        Arc::new(networks.finish()),
        Arc::new(devices.finish()),
        frame,
        plate,
        reason,
        case,
        filters,
        Arc::new(at.finish()),
        kind,
        prompt,
        moderation,
    ];
    Ok(RecordBatch::try_from_iter(HEADER.into_iter().zip(columns))?)
}
