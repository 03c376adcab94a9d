//! A stream of lines, held a piece at a time.

use std::{
    io::{self, Cursor, Read},
    mem,
};

use super::{records::line_end, scan::lines_in};

/// How much is read at a time, about.
const READ: usize = 1 << 20;

/// What of a stream is to be looked at, and the stream after it.
pub(super) struct Buffer {
    from: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    /// What comes before was taken or passed over.
    at: usize,
    /// The line of the first byte that was not.
    line: u64,
    /// With less than this, more is read.
    least: usize,
    ended: bool,
    /// Why the stream could not be read to its end.
    cut: Option<io::Error>,
}

impl Buffer {
    pub(super) fn new(from: Box<dyn Read + Send>) -> Self {
        let (bytes, at, line, least) = (Vec::new(), 0, 1, READ);
        Self { from, bytes, at, line, least, ended: false, cut: None }
    }

    /// What there is to look at.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The line of its first byte.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Whether nothing comes after it.
    pub(super) const fn is_last(&self) -> bool {
        self.ended
    }

    /// Whether the stream broke off instead of ending.
    pub(super) const fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Why it broke off.
    pub(super) fn take_cut(&mut self) -> Option<io::Error> {
        self.cut.take()
    }

    /// Reads until there is enough to look at.
    pub(super) fn fill(&mut self) {
        let here = self.bytes.len() - self.at;
        if self.ended || here >= self.least {
            return;
        }
        self.bytes.drain(..self.at);
        self.at = 0;
        let enough = self.least.max(READ);
        let missing = u64::try_from(enough - here).unwrap_or(u64::MAX);
        match self.from.by_ref().take(missing).read_to_end(&mut self.bytes) {
            Ok(_) => self.ended = self.bytes.len() < enough,
            Err(error) => {
                self.ended = true;
                self.cut = Some(error);
            }
        }
        self.least = READ / 2;
    }

    /// Next time, reads until there is at least so much.
    pub(super) const fn want(&mut self, least: usize) {
        self.least = least;
    }

    /// Takes the first bytes out.
    pub(super) fn take(&mut self, length: usize) -> Vec<u8> {
        let end = self.at.saturating_add(length).min(self.bytes.len());
        let rest = self.bytes.get(end..).unwrap_or_default();
        let taken = if self.at == 0 && rest.len() < READ / 2 {
            let mut next = Vec::with_capacity(READ + READ / 4);
            next.extend_from_slice(rest);
            let mut taken = mem::replace(&mut self.bytes, next);
            taken.truncate(end);
            taken
        } else {
            let taken = self.bytes.get(self.at..end).unwrap_or_default().to_vec();
            self.at = end;
            taken
        };
        self.line += lines_in(&taken);
        taken
    }

    /// Passes over the first bytes.
    pub(super) fn pass(&mut self, length: usize) {
        let passed = self.rest().get(..length).unwrap_or_else(|| self.rest());
        let (lines, length) = (lines_in(passed), passed.len());
        self.line += lines;
        self.at += length;
    }

    /// Passes over the rest of a line, however long, without keeping it.
    pub(super) fn pass_line(&mut self) {
        loop {
            let end = line_end(self.rest());
            let found = self.rest().get(end.wrapping_sub(1)) == Some(&b'\n');
            self.pass(end);
            if found || self.ended {
                return;
            }
            self.fill();
        }
    }

    /// Passes over what there is: the part of a record before the stream broke off. Its line stays the
    /// one to name.
    pub(super) fn pass_part(&mut self) {
        self.at = self.bytes.len();
    }

    /// The whole stream again, as far as nothing was taken.
    pub(super) fn into_stream(self) -> Box<dyn Read + Send> {
        let mut rest = Cursor::new(self.bytes);
        rest.set_position(u64::try_from(self.at).unwrap_or(u64::MAX));
        Box::new(rest.chain(self.from))
    }
}
