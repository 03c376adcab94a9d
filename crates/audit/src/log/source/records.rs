//! The records of one piece of text.

use memchr::memchr;

/// Reads the records of a piece of text one after the other, without allocating for each.
#[derive(Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    line: u64,
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
}

/// A record that cannot be read. The next one can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The line at which it begins.
    pub line: u64,
    /// What is wrong, and what to do.
    pub what: &'static str,
}

impl<'a> Records<'a> {
    /// The records of a piece that begins where one does, at a line.
    #[must_use]
    pub fn of(bytes: &'a [u8], delimiter: u8, line: u64) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(bytes.len().clamp(1 << 8, 1 << 16))
            .from_reader(bytes);
        Self { bytes, line, reader, record: csv::StringRecord::new() }
    }

    /// The next record with the line at which it begins; none at the end.
    pub fn read(&mut self) -> Option<Result<(u64, &csv::StringRecord), Unread>> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {
                let line = self.line_of(self.record.position());
                Some(Ok((line, &self.record)))
            }
            Ok(false) => None,
            Err(error) => {
                let line = self.line_of(error.position());
                Some(Err(Unread { line, what: what(&error) }))
            }
        }
    }

    /// Where in the bytes the next record begins, blank lines before it not counted.
    pub(super) fn at(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.bytes.len())
    }

    /// The csv crate counts blank lines, and the `\n` of a `\r\n`, to the record below them.
    fn line_of(&self, position: Option<&csv::Position>) -> u64 {
        let Some(position) = position else { return self.line };
        let begins = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let rest = self.bytes.get(begins..).unwrap_or_default();
        let blank = rest.iter().take_while(|&&byte| matches!(byte, b'\n' | b'\r'));
        let above = blank.filter(|&&byte| byte == b'\n').fold(0, |lines, _| lines + 1);
        self.line + (position.line() - 1) + above
    }
}

fn what(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => {
            "it is not in UTF-8 (is the file in Windows-1252?); save the file again as UTF-8"
        }
        csv::ErrorKind::Io(_)
        | csv::ErrorKind::UnequalLengths { .. }
        | csv::ErrorKind::Seek
        | csv::ErrorKind::Serialize(_)
        | csv::ErrorKind::Deserialize { .. }
        | _ => "it cannot be read",
    }
}

/// The first record of the bytes, and where it ends; none where it is not in UTF-8.
pub(super) fn first(bytes: &[u8], delimiter: u8) -> Option<(csv::StringRecord, usize)> {
    let mut records = Records::of(bytes, delimiter, 1);
    let record = records.read()?.ok()?.1.clone();
    Some((record, records.at()))
}

/// Whether nothing but ends of lines stands in the bytes.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\n' | b'\r'))
}

/// The end of the first line.
pub(super) fn line_end(bytes: &[u8]) -> usize {
    memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1)
}
