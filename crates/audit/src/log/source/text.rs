//! Text in records: cut into pieces of whole records under one header each.

use std::{io, ops::ControlFlow};

use super::{
    Limits, Wrong,
    buffer::Buffer,
    header::{self, Header, Headers, Under},
    records::is_blank,
    scan::{self, Left},
};

/// Text, read piece by piece.
pub(super) struct Text {
    buffer: Buffer,
    longest: usize,
    piece: usize,
    headers: Headers,
    under: Under,
    delimiter: u8,
}

/// Whole records under one header.
pub(super) struct Piece {
    pub(super) under: Under,
    pub(super) bytes: Vec<u8>,
    pub(super) delimiter: u8,
    pub(super) line: u64,
}

/// What the buffer begins with.
enum Found {
    Header(Header),
    /// Records up to here, then the beginning of another one or a header.
    Records(usize),
    /// No whole record.
    Part(Left),
}

impl Text {
    /// Finds the first header. The second value says what was passed over. Without a header the
    /// buffer and the headers are handed back.
    pub(super) fn open(
        mut buffer: Buffer,
        mut headers: Headers,
        limits: &Limits,
    ) -> Result<(Self, Option<String>), (Buffer, Headers)> {
        buffer.fill();
        let (longest, piece) = (limits.record_bytes, limits.piece_bytes);
        let Some(found) = headers.find(buffer.rest()) else {
            let Some((layout, delimiter)) = headers.without_in(buffer.rest()) else {
                return Err((buffer, headers));
            };
            let under = Under { layout, number: 0, line: None, sheet: None };
            return Ok((Self { buffer, longest, piece, headers, under, delimiter }, None));
        };
        let (lines, said) = header::titles(buffer.rest().get(..found.begins).unwrap_or_default());
        let note = (said > 0)
            .then(|| format!("{lines} lines above the header are no rows and were passed over"));
        buffer.pass(found.begins);
        let delimiter = found.delimiter;
        let under = under(&mut buffer, &mut headers, found, 0);
        Ok((Self { buffer, longest, piece, headers, under, delimiter }, note))
    }

    /// The header in force.
    pub(super) const fn under(&self) -> &Under {
        &self.under
    }

    /// What stands between its cells.
    pub(super) const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The next piece, or what is wrong before it.
    pub(super) fn next(&mut self) -> Option<Result<Piece, Wrong>> {
        loop {
            self.buffer.fill();
            if self.buffer.rest().is_empty() {
                let cut = self.buffer.take_cut()?;
                return Some(Err(Wrong::at(self.buffer.line(), broken_off(&cut))));
            }
            match self.look() {
                Found::Header(found) => {
                    let number = self.under.number + 1;
                    self.delimiter = found.delimiter;
                    self.under = under(&mut self.buffer, &mut self.headers, found, number);
                }
                Found::Records(end) => {
                    let line = self.buffer.line();
                    let bytes = self.buffer.take(end);
                    if !is_blank(&bytes) {
                        return Some(Ok(self.piece(bytes, line)));
                    }
                }
                Found::Part(left) => {
                    if let Some(wrong) = self.part(left) {
                        return Some(Err(wrong));
                    }
                }
            }
        }
    }

    /// The csv crate drops a byte-order mark where its input begins, and nowhere else. A piece begins
    /// anywhere.
    fn piece(&self, mut bytes: Vec<u8>, mut line: u64) -> Piece {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.insert(0, b'\n');
            line -= 1;
        }
        Piece { under: self.under.clone(), bytes, delimiter: self.delimiter, line }
    }

    fn look(&self) -> Found {
        let bytes = self.buffer.rest();
        let (mut begins, mut header) = (0, None);
        let left = scan::record_ends(bytes, self.delimiter, |end| {
            header = self.header(bytes.get(begins..end).unwrap_or_default());
            if header.is_some() {
                return ControlFlow::Break(());
            }
            begins = end;
            if begins < self.piece { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if header.is_none() && begins < self.piece && self.ends_whole(left) && begins < bytes.len()
        {
            // The last line lacks its end.
            header = self.header(bytes.get(begins..).unwrap_or_default());
            begins = if header.is_none() { bytes.len() } else { begins };
        }
        match header {
            Some(header) if begins == 0 => Found::Header(header),
            _ if begins > 0 => Found::Records(begins),
            _ => Found::Part(left),
        }
    }

    /// Whether the file ends here, and not within a record.
    const fn ends_whole(&self, left: Left) -> bool {
        self.buffer.is_last() && !self.buffer.is_cut() && matches!(left, Left::Outside)
    }

    fn header(&self, record: &[u8]) -> Option<Header> {
        if self.headers.may_begin(record) { self.headers.of_record(record) } else { None }
    }

    /// No whole record stands in the buffer: more is wanted, or it is too long, or the file ends in it.
    fn part(&mut self, left: Left) -> Option<Wrong> {
        let length = self.buffer.rest().len();
        if self.buffer.is_cut() {
            self.buffer.pass_part();
            return None;
        }
        if !self.buffer.is_last() && length <= self.longest {
            self.buffer.want((length * 2).min(self.longest + 1));
            return None;
        }
        let line = self.buffer.line();
        let what = match left {
            Left::Outside => {
                format!("the line is longer than {} MiB; it is not read", self.longest >> 20)
            }
            // From the next line on, what follows has no quote without its pair: this is not tried again
            // and again.
            Left::InQuotes => {
                "a quote that opens in this row is never closed; its first line is not read"
                    .to_owned()
            }
        };
        self.buffer.pass_line();
        Some(Wrong::at(line, what))
    }
}

/// Takes a header at the beginning of the buffer.
fn under(buffer: &mut Buffer, headers: &mut Headers, found: Header, number: u32) -> Under {
    if let Some(first) = found.layout.headers().first() {
        headers.expect(first);
    }
    let line = Some(buffer.line());
    buffer.pass(found.ends - found.begins);
    Under { layout: found.layout, number, line, sheet: None }
}

pub(super) fn broken_off(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the gzip file is cut short; what comes from here on is not read".to_owned()
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            "the gzip file is damaged; what comes from here on is not read".to_owned()
        }
        _ => format!("the file cannot be read further: {error}"),
    }
}
