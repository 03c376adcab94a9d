//! Where records end, found without parsing cells, so that pieces of a file can be parsed on all cores.
//!
//! INVARIANT: this agrees with the csv crate on every input. A quote opens a quoted cell only as the first
//! byte of a cell, that is at the beginning or after a delimiter or an end of line; inside, a doubled quote
//! is text; after the closing quote the cell goes on unquoted. An end of line outside quotes ends a record.
//! Only `\n` is reported: the csv crate ends a record at a lone `\r` as well, which stays inside a piece.

#![expect(clippy::indexing_slicing, reason = "every index comes from memchr over the same bytes")]

use std::ops::ControlFlow;

use memchr::{memchr, memchr_iter};

/// Whether the bytes end inside a quoted cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Outside,
    InQuotes,
}

/// Calls `end` with the place after every `\n` that ends a record, until it breaks. The bytes begin where
/// a record does.
pub(super) fn record_ends(
    bytes: &[u8],
    delimiter: u8,
    mut end: impl FnMut(usize) -> ControlFlow<()>,
) -> Left {
    let mut at = 0;
    loop {
        let quote = memchr(b'"', &bytes[at..]).map_or(bytes.len(), |found| at + found);
        for found in memchr_iter(b'\n', &bytes[at..quote]) {
            if end(at + found + 1).is_break() {
                return Left::Outside;
            }
        }
        if quote == bytes.len() {
            return Left::Outside;
        }
        at = quote + 1;
        if opens(bytes, quote, delimiter) {
            match closing(bytes, at) {
                Some(close) => at = close + 1,
                None => return Left::InQuotes,
            }
        }
    }
}

fn opens(bytes: &[u8], quote: usize, delimiter: u8) -> bool {
    quote == 0 || matches!(bytes[quote - 1], b'\n' | b'\r') || bytes[quote - 1] == delimiter
}

/// The quote that closes a cell whose text begins at `at`.
fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let quote = at + memchr(b'"', &bytes[at..])?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// How many lines the bytes end.
pub(super) fn lines_in(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}
