//! Writes one part of the findings, to Parquet and CSV at once.

use std::{
    fmt::{self, Write as _},
    fs,
    io::Write as _,
    path::Path,
};

use arrow_array::RecordBatch;
use parquet::{arrow::ArrowWriter, errors::ParquetError};

use super::{
    OutputError, PARTS, Whole, Words,
    batch::Batch,
    columns, csv, piece,
    said::{Numbers, Said},
    store::{failed, properties},
};
use crate::log::{
    cell::Cell,
    finding::{Finding, FindingId},
    row::{Field, Row},
};

/// Rows gathered before they are given to Parquet.
const BATCH: usize = 8 * 1024;

/// Writes one part of the findings, in constant memory. Dropped before [`Writer::finish`], it leaves
/// nothing.
pub struct Writer<'a> {
    said: Said<'a>,
    identifiers: &'static [Field],
    csv: Whole,
    parquet: ArrowWriter<Whole>,
    batch: Batch,
    /// The row at hand, as CSV.
    line: String,
    rows: u64,
}

impl<'a> Writer<'a> {
    /// Begins a part. With identifiers, users, plates, reasons, cases, filters and prompts stand in it as
    /// the log has them; else nothing of them does.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn create(
        folder: &Path,
        part: u32,
        words: Words<'a>,
        with_identifiers: bool,
    ) -> Result<Self, OutputError> {
        let parts = folder.join(PARTS);
        fs::create_dir_all(&parts).map_err(|why| OutputError::write(&parts, why))?;
        let csv = Whole::create(&piece(folder, part, "csv"))?;
        let path = piece(folder, part, "parquet");
        let schema = columns::schema(with_identifiers);
        let parquet = ArrowWriter::try_new(Whole::create(&path)?, schema, Some(properties()))
            .map_err(|why| failed(&path, why))?;
        let identifiers = columns::identifiers(with_identifiers);
        Ok(Self {
            said: Said::new(words),
            identifiers,
            csv,
            parquet,
            batch: Batch::new(identifiers.len()),
            line: String::new(),
            rows: 0,
        })
    }

    /// Says which file the findings that follow are of.
    pub fn file(&mut self, name: &str, sha256: &str) {
        self.said.file(name, sha256);
    }

    /// Writes a finding. `row` is read only where the part was begun with identifiers.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub fn add(&mut self, finding: &Finding, row: Option<&Row<'_>>) -> Result<(), OutputError> {
        let numbers = self.said.numbers(finding);
        let mut digits = [0; 32];
        let digits = hexadecimal(finding.id, &mut digits);
        self.batch.add(finding, digits, numbers);
        self.begin_line(finding, digits, numbers);
        for (place, field) in self.identifiers.iter().enumerate() {
            let text = as_it_stands(row.map(|row| row.get(*field)).unwrap_or_default());
            self.batch.add_identifier(place, text);
            self.line.push(',');
            csv::push_outside(&mut self.line, text.unwrap_or_default());
        }
        self.line.push('\n');
        self.csv
            .write_all(self.line.as_bytes())
            .map_err(|why| OutputError::write(self.csv.path(), why))?;
        self.rows += 1;
        if self.batch.rows() == BATCH { self.write_batch() } else { Ok(()) }
    }

    /// Ends the part, which is there only now; returns its rows.
    ///
    /// # Errors
    ///
    /// Where it cannot be written. Nothing of it is left then.
    pub fn finish(mut self) -> Result<u64, OutputError> {
        self.write_batch()?;
        let Self { csv, parquet, rows, .. } = self;
        let path = parquet.inner().path().to_owned();
        let parquet = parquet.into_inner().map_err(|why| failed(&path, why))?;
        // The Parquet file says that the part is there, so it comes last.
        let beside = csv.path().to_owned();
        csv.finish()?;
        parquet.finish().inspect_err(|_| {
            let _ = fs::remove_file(beside);
        })?;
        Ok(rows)
    }

    /// All of a row's line but its identifiers.
    fn begin_line(&mut self, finding: &Finding, digits: &str, numbers: Numbers) {
        let (said, to) = (&self.said, &mut self.line);
        to.clear();
        let ruling = said.rulings.line(numbers.ruling);
        let reading = said.readings.line(numbers.reading);
        let review = match finding.reading.map(|reading| reading.review) {
            Some(true) => "true",
            Some(false) => "false",
            None => "",
        };
        let group = said.groups.line(numbers.group);
        for cells in [digits, ruling, reading, review, group] {
            to.push_str(cells);
            to.push(',');
        }
        // Writing to a text cannot fail.
        let _ = match finding.on {
            Some(on) => write!(to, "{on},"),
            None => write!(to, ","),
        };
        let (month, file) = (said.days.line(numbers.day), said.files.line(numbers.file));
        let _ = write!(to, "{month},{},{file},{}", finding.count, finding.line);
    }

    fn write_batch(&mut self) -> Result<(), OutputError> {
        let path = self.parquet.inner().path().to_owned();
        let schema = columns::schema(!self.identifiers.is_empty());
        self.batch
            .take(&mut self.said)
            .and_then(|columns| RecordBatch::try_new(schema, columns))
            .map_err(ParquetError::from)
            .and_then(|batch| self.parquet.write(&batch))
            .map_err(|why| failed(&path, why))?;
        self.said.forget();
        Ok(())
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("to", &self.csv.path()).finish_non_exhaustive()
    }
}

/// A cell as the log has it, its mark included.
const fn as_it_stands(cell: Cell<'_>) -> Option<&str> {
    match cell {
        Cell::Present(text) | Cell::Withheld(text) => Some(text),
        Cell::Empty => Some(""),
        Cell::NotExported => None,
    }
}

/// A number's 32 digits, at a tenth of the cost of formatting it.
fn hexadecimal(FindingId(number): FindingId, digits: &mut [u8; 32]) -> &str {
    for (byte, two) in number.to_be_bytes().into_iter().zip(digits.chunks_exact_mut(2)) {
        two.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    std::str::from_utf8(digits).unwrap_or_default()
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}
