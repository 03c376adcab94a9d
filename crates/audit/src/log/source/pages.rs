//! Tables on pages: text in which columns stand under each other, as `pdftotext -layout` writes it.
//!
//! A cell belongs to the header above it. What stands under two headers, and a line that goes on with
//! another row and fits none, is refused, not guessed.

use std::{
    io::{self, BufRead, BufReader, Read},
    ops::Range,
    path::{self, Path},
    process::{Child, Command, Stdio},
    string::FromUtf8Error,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    Limits, NO_HEADER, Step, Wrong,
    grid::{Grid, Rows},
    header::{Headers, MOST_TITLES},
};
use crate::log::row::Field;

/// A line of a page is no longer.
const LONGEST_LINE: u64 = 64 << 10;

/// Fields of which a row has at least the first that its table has: a line without it goes on with the row
/// above.
const ANCHORS: [Field; 2] = [Field::At, Field::Id];

/// A piece of a line, with its columns on the page.
type Segment = (Range<usize>, String);

/// Rows of tables on pages.
pub(super) struct Pages {
    lines: BufReader<Box<dyn Read + Send>>,
    line: u64,
    grid: Grid,
    /// Where the header's names stand.
    columns: Vec<Range<usize>>,
    /// The column that every row has.
    anchor: usize,
    /// A row that the next line may go on with.
    open: Option<(u64, Vec<String>)>,
    waiting: Vec<Step<Rows>>,
    program: Option<Program>,
    ended: bool,
}

impl Pages {
    /// Text that was taken from pages.
    pub(super) fn of_text(text: Box<dyn Read + Send>, headers: Headers) -> Self {
        Self {
            lines: BufReader::new(text),
            line: 0,
            grid: Grid::new(headers),
            columns: Vec::new(),
            anchor: 0,
            open: None,
            waiting: Vec::new(),
            program: None,
            ended: false,
        }
    }

    /// A PDF, whose text another program takes.
    pub(super) fn of_pdf(path: &Path, headers: Headers, limits: &Limits) -> Result<Self, String> {
        let (text, program) = Program::start(path, limits)?;
        let mut pages = Self::of_text(text, headers);
        pages.program = Some(program);
        Ok(pages)
    }

    /// The next line; none at the end.
    fn read_line(&mut self) -> Option<Result<String, FromUtf8Error>> {
        let mut line = Vec::new();
        let length = self.lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
        self.line += 1;
        (length > 0).then(|| String::from_utf8(line).map(|line| line.replace('\u{c}', "")))
    }

    fn take(&mut self, text: &str) {
        let segments = segments(text);
        let cells: Vec<String> = segments.iter().map(|(_, text)| text.clone()).collect();
        if cells.is_empty() || is_page_number(&cells) {
            return;
        }
        if let Some(layout) = self.grid.header(&cells) {
            self.close();
            let column = ANCHORS.iter().find_map(|&field| layout.column_of(field));
            self.anchor = column.unwrap_or(0);
            self.columns = segments.into_iter().map(|(range, _)| range).collect();
            self.push(self.line, cells);
        } else if self.columns.is_empty() {
            // Titles, until there is a header.
            self.push(self.line, cells);
        } else {
            match self.under_columns(&segments) {
                Some(row) => self.row(row),
                None => self.refuse("a text stands under two columns of the header"),
            }
        }
    }

    fn row(&mut self, row: Vec<String>) {
        if row.get(self.anchor).is_some_and(|cell| !cell.is_empty()) {
            self.close();
            self.open = Some((self.line, row));
            return;
        }
        let Some((_, above)) = &mut self.open else {
            return self
                .refuse("the line has no time or number of its own and stands below no row");
        };
        let goes_on = |(above, below): (&String, &String)| below.is_empty() || !above.is_empty();
        if !above.iter().zip(&row).all(goes_on) {
            return self.refuse("it cannot be told to which row the line belongs");
        }
        for (cell, more) in above.iter_mut().zip(row).filter(|(_, more)| !more.is_empty()) {
            cell.push(' ');
            cell.push_str(&more);
        }
    }

    fn under_columns(&self, segments: &[Segment]) -> Option<Vec<String>> {
        let mut row = vec![String::new(); self.columns.len()];
        for (range, text) in segments {
            let cell = row.get_mut(self.column_of(range)?)?;
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(text);
        }
        Some(row)
    }

    /// The one header that stands above; between two headers, the one on the left.
    fn column_of(&self, range: &Range<usize>) -> Option<usize> {
        let over = |column: &Range<usize>| column.start < range.end && range.start < column.end;
        let mut above = (0..).zip(&self.columns).filter(|(_, column)| over(column));
        match (above.next(), above.next()) {
            (Some((at, _)), None) => Some(at),
            (Some(_), Some(_)) => None,
            (None, _) => self.columns.iter().rposition(|column| column.start <= range.start),
        }
    }

    fn refuse(&mut self, what: &str) {
        let what = format!("{what}; it is not read: take the table from the original file");
        self.waiting.push(Step::Wrong(Wrong::at(self.line, what)));
    }

    fn close(&mut self) {
        if let Some((line, cells)) = self.open.take() {
            self.push(line, cells);
        }
    }

    fn push(&mut self, line: u64, cells: Vec<String>) {
        let rows = self.grid.push(line, cells);
        self.waiting.extend(rows.map(Step::Rows));
    }

    fn finish(&mut self) {
        self.ended = true;
        self.close();
        let rows = self.grid.finish();
        self.waiting.extend(rows.map(Step::Rows));
        // A program that still writes ends when nobody reads.
        self.lines = BufReader::new(Box::new(io::empty()));
        let failed = self.program.take().and_then(Program::finish);
        if let Some(what) = failed {
            self.waiting.push(Step::Wrong(Wrong::at(self.line, what)));
        } else if self.grid.is_unknown() {
            let what = format!("no table in it has a header that is known; {NO_HEADER}");
            self.waiting.push(Step::Wrong(Wrong::whole(what)));
        }
    }
}

impl Iterator for Pages {
    type Item = Step<Rows>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.waiting.is_empty() && !self.ended {
            match self.read_line() {
                _ if self.grid.is_unknown() => {
                    // Nobody waits for the program any more: that ends it.
                    self.program = None;
                    self.finish();
                }
                Some(Ok(text)) => self.take(&text),
                Some(Err(_)) => self.refuse("the line is not in UTF-8"),
                None => self.finish(),
            }
        }
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }
}

/// Whether the beginning of a text is such a table.
pub(super) fn has_header(head: &[u8], headers: &Headers) -> bool {
    let text = String::from_utf8_lossy(head.get(..head.len().min(1 << 16)).unwrap_or_default());
    let mut lines = text.lines().take(MOST_TITLES + 1);
    lines.any(|line| {
        let segments = segments(line);
        let cells: Vec<&str> = segments.iter().map(|(_, text)| text.as_str()).collect();
        cells.len() > 1 && headers.recognize(&cells).is_some()
    })
}

/// The texts of a line that stand apart by two spaces or more.
fn segments(line: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (at, letter) in line.trim_end().chars().enumerate() {
        if letter.is_whitespace() {
            continue;
        }
        match segments.last_mut() {
            Some((range, text)) if at <= range.end + 1 => {
                if at > range.end {
                    text.push(' ');
                }
                text.push(letter);
                range.end = at + 1;
            }
            _ => segments.push((at..at + 1, letter.to_string())),
        }
    }
    segments
}

/// `Page 3 of 12`, `3 / 12`, `- 3 -`.
fn is_page_number(cells: &[String]) -> bool {
    let [cell] = cells else { return false };
    let lower = cell.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
    words.all(|word| {
        matches!(word, "" | "page" | "of") || word.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `pdftotext`, which is stopped when it takes too long or nobody reads on.
struct Program {
    done: Sender<()>,
    watch: JoinHandle<Option<String>>,
}

impl Program {
    fn start(pdf: &Path, limits: &Limits) -> Result<(Box<dyn Read + Send>, Self), String> {
        let path = path::absolute(pdf).map_err(|error| format!("it has no path: {error}"))?;
        let mut command = Command::new(&limits.pdftotext);
        command.args(["-layout", "-enc", "UTF-8", "-q"]).arg(path).arg("-");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| {
            format!(
                "it is a PDF, and `{}` of poppler-utils, which takes the text of it, cannot be run ({error}); \
                 install it, or ask for the log as CSV",
                limits.pdftotext.display()
            )
        })?;
        let text = child.stdout.take().ok_or("the PDF's text cannot be read")?;
        let (done, waits) = channel();
        let most = limits.pdf_time;
        let watch = thread::spawn(move || {
            let waited = waits.recv_timeout(most);
            stop(child, waited, most)
        });
        Ok((Box::new(text.take(limits.unpacked_bytes)), Self { done, watch }))
    }

    /// What went wrong with it.
    fn finish(self) -> Option<String> {
        // Its end of the channel is gone where the time was over.
        let _ = self.done.send(());
        self.watch.join().unwrap_or_else(|_| Some("the text of the PDF was not watched".to_owned()))
    }
}

fn stop(mut child: Child, waited: Result<(), RecvTimeoutError>, most: Duration) -> Option<String> {
    if waited.is_err() {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait();
    if waited == Err(RecvTimeoutError::Timeout) {
        let seconds = most.as_secs();
        return Some(format!(
            "taking its text took longer than {seconds} seconds; the rest is not read"
        ));
    }
    let whole = status.is_ok_and(|status| status.success());
    (!whole)
        .then(|| "it is damaged or protected: its text could not be taken to the end".to_owned())
}
