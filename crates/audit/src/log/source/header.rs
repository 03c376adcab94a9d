//! Headers: which row is one, at the beginning of a file and in the middle of it.

use std::{fmt, sync::Arc};

use super::{records, scan};
use crate::log::format::{Format, Formats, Layout};

type Recognize = dyn Fn(&[&str]) -> Option<Layout> + Send + Sync;

/// Lines above the header in which titles may stand.
pub(super) const MOST_TITLES: usize = 20;

/// No header is longer.
const LONGEST: usize = 64 << 10;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What rows are headers: those of formats, or of a mapping.
#[derive(Clone)]
pub struct Headers {
    recognize: Arc<Recognize>,
    asked: Option<Arc<Format>>,
    /// First cells of headers, in lower case without anything but letters and digits, by their first
    /// letter: most rows are told from a header by one look.
    firsts: Vec<Vec<Vec<u8>>>,
}

/// The header under which rows stand.
#[derive(Debug, Clone)]
pub(super) struct Under {
    pub(super) layout: Arc<Layout>,
    /// Headers before it.
    pub(super) number: u32,
    /// Its line; none where the file has no header.
    pub(super) line: Option<u64>,
    /// The sheet of a spreadsheet.
    pub(super) sheet: Option<Arc<str>>,
}

impl Under {
    /// Headers in the file so far.
    pub(super) fn found(&self) -> u32 {
        self.number + u32::from(self.line.is_some())
    }
}

/// A header found in text.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) layout: Arc<Layout>,
    pub(super) delimiter: u8,
    /// Where it begins.
    pub(super) begins: usize,
    /// Where the rows begin.
    pub(super) ends: usize,
}

impl Headers {
    /// The headers of formats, or of the one that the user asked for.
    #[must_use]
    pub fn of_formats(formats: &Arc<Formats>, asked: Option<&Arc<Format>>) -> Self {
        let known = Arc::clone(formats);
        let wanted = asked.map(Arc::clone);
        let recognize = move |cells: &[&str]| known.recognize(cells, wanted.as_deref());
        Self { asked: asked.map(Arc::clone), ..Self::new(recognize, formats.first_cells()) }
    }

    /// Headers that are recognized in another way. A header in the middle of a file is looked for where a
    /// row begins with one of the first cells; those of headers already seen need not be among them.
    #[must_use]
    pub fn new<'a>(
        recognize: impl Fn(&[&str]) -> Option<Layout> + Send + Sync + 'static,
        first_cells: impl Iterator<Item = &'a str>,
    ) -> Self {
        let firsts = vec![Vec::new(); 256];
        let mut headers = Self { recognize: Arc::new(recognize), asked: None, firsts };
        first_cells.for_each(|cell| headers.expect(cell));
        headers
    }

    /// What a row is, if it is a header.
    pub(super) fn recognize(&self, cells: &[&str]) -> Option<Arc<Layout>> {
        (self.recognize)(cells).map(Arc::new)
    }

    /// The usual columns of the format that the user named, for rows of so many cells without header.
    pub(super) fn without(&self, cells: usize) -> Option<Arc<Layout>> {
        Layout::usual(self.asked.as_ref()?, cells).map(Arc::new)
    }

    /// The same for text, with its delimiter.
    pub(super) fn without_in(&self, bytes: &[u8]) -> Option<(Arc<Layout>, u8)> {
        DELIMITERS.into_iter().find_map(|delimiter| {
            let (record, _) = records::first(bytes.get(..LONGEST.min(bytes.len()))?, delimiter)?;
            Some((self.without(record.len())?, delimiter))
        })
    }

    /// From now on a row with such a first cell may be a header again.
    pub(super) fn expect(&mut self, first_cell: &str) {
        let bare: Vec<u8> = bare(first_cell.as_bytes()).collect();
        let Some(&first) = bare.first() else { return };
        for letter in [first, first.to_ascii_uppercase()] {
            if let Some(firsts) = self.firsts.get_mut(usize::from(letter))
                && !firsts.contains(&bare)
            {
                firsts.push(bare.clone());
            }
        }
    }

    /// Whether a record's first bytes may be those of a header.
    pub(super) fn may_begin(&self, record: &[u8]) -> bool {
        let text = record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record);
        let blank = text.iter().take_while(|&&byte| matches!(byte, b' ' | b'"'));
        let Some(text) = text.get(blank.count()..) else { return false };
        let ends = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r') || DELIMITERS.contains(byte);
        let firsts = self.firsts_like(text);
        !firsts.is_empty() && is_one_of(firsts, text.split(ends).next().unwrap_or_default())
    }

    /// Whether a cell may be the first one of a header.
    pub(super) fn is_first(&self, cell: &str) -> bool {
        let cell = cell.trim_start_matches(['\u{feff}', ' ']).as_bytes();
        is_one_of(self.firsts_like(cell), cell)
    }

    fn firsts_like(&self, text: &[u8]) -> &[Vec<u8>] {
        let first = text.first().copied().unwrap_or_default();
        self.firsts.get(usize::from(first)).map_or(&[], Vec::as_slice)
    }

    /// The header that is this whole record.
    pub(super) fn of_record(&self, record: &[u8]) -> Option<Header> {
        if record.len() > LONGEST {
            return None;
        }
        let header = self.at(record, 0)?;
        record.get(header.ends..).is_some_and(records::is_blank).then_some(header)
    }

    /// The first header among the first lines.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<Header> {
        let mut at = 0;
        for _ in 0..=MOST_TITLES {
            if let Some(header) = self.at(bytes, at) {
                return Some(header);
            }
            at += records::line_end(bytes.get(at..)?);
            if at >= bytes.len() {
                return None;
            }
        }
        None
    }

    /// The header that begins at a place, by the delimiter that makes the most cells of it.
    fn at(&self, bytes: &[u8], begins: usize) -> Option<Header> {
        let rest = bytes.get(begins..)?;
        let rest = rest.get(..LONGEST.min(rest.len()))?;
        if records::is_blank(rest.get(..records::line_end(rest))?) {
            return None;
        }
        let found = DELIMITERS.iter().filter_map(|&delimiter| {
            let (record, length) = records::first(rest, delimiter)?;
            let cells: Vec<&str> = record.iter().collect();
            let layout = self.recognize(&cells)?;
            Some((cells.len(), Header { layout, delimiter, begins, ends: begins + length }))
        });
        // Of several, the first: `max_by_key` would take the last.
        found
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, header)| header)
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers").field("asked", &self.asked).finish_non_exhaustive()
    }
}

fn is_one_of(firsts: &[Vec<u8>], cell: &[u8]) -> bool {
    firsts.iter().any(|first| bare(cell).eq(first.iter().copied()))
}

fn bare(cell: &[u8]) -> impl Iterator<Item = u8> {
    let letters = cell.iter().copied().filter(u8::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase())
}

/// How many lines stand before a header, and how many of them say something.
pub(super) fn titles(above: &[u8]) -> (u64, u64) {
    let said = above.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    (scan::lines_in(above), said.fold(0, |lines, _| lines + 1))
}

/// A delimiter in words.
pub(super) const fn named(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "bars",
        _ => "commas",
    }
}
