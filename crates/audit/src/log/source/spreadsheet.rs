//! Spreadsheets (XLSX), sheet after sheet, each streamed.
//!
//! The reader of a sheet borrows the workbook, so both live on a thread of their own, which hands over
//! pieces and waits while nobody takes them. Should the library stop at a file that it does not foresee, only that
//! thread ends, and the file is called damaged.

use std::{
    fs::File,
    io::{BufReader, Seek},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader};

use super::{
    Limits, Step, Wrong, archive,
    grid::{Grid, Rows},
    header::Headers,
    input::Counted,
};

/// Pieces that wait to be taken.
const WAITING: usize = 2;

/// A spreadsheet has no more columns.
const MOST_COLUMNS: usize = 16_384;

/// A spreadsheet, read on its own thread.
#[derive(Debug)]
pub(super) struct Spreadsheet {
    steps: Receiver<Step<Rows>>,
    ended: bool,
}

impl Spreadsheet {
    pub(super) fn open(file: Counted<File>, headers: Headers, limits: Limits) -> Self {
        let (sender, steps) = sync_channel(WAITING);
        thread::spawn(move || {
            let worker = Worker { sender, grid: Grid::new(headers) };
            worker.run(file, &limits);
        });
        Self { steps, ended: false }
    }
}

impl Iterator for Spreadsheet {
    type Item = Step<Rows>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.steps.recv() {
            Ok(Step::End) => {
                self.ended = true;
                None
            }
            Ok(step) => Some(step),
            Err(_) => {
                self.ended = true;
                Some(Step::Wrong(Wrong::whole(
                    "the spreadsheet is damaged in a way that its reader does not know; save the sheet as CSV",
                )))
            }
        }
    }
}

/// Nobody takes pieces any more.
struct Gone;

struct Worker {
    sender: SyncSender<Step<Rows>>,
    grid: Grid,
}

impl Worker {
    fn run(mut self, file: Counted<File>, limits: &Limits) {
        // An error says that the other side is gone: there is nobody to tell.
        let _ = self.workbook(file, limits).and_then(|()| self.send(Step::End));
    }

    fn workbook(&mut self, file: Counted<File>, limits: &Limits) -> Result<(), Gone> {
        if let Err(what) = archive::check(&file.from, limits) {
            return self.send(Step::Wrong(Wrong::whole(what)));
        }
        let Ok(mut workbook) = Xlsx::new(BufReader::new(file)) else {
            return self.send(Step::Wrong(Wrong::whole(
                "it is no spreadsheet that can be read (is it protected by a password?); save the sheet as CSV",
            )));
        };
        let mut passed = Vec::new();
        let names = workbook.sheet_names();
        for name in &names {
            self.grid.begin(name);
            match workbook.worksheet_cells_reader(name) {
                Ok(mut cells) => self.sheet(name, &mut cells)?,
                Err(calamine::XlsxError::NotAWorksheet(_)) => {}
                Err(_) => self.send(Step::Wrong(Wrong::whole(damaged(name))))?,
            }
            if self.grid.is_unknown() {
                passed.push(format!("`{name}`"));
            }
        }
        self.passed_over(&passed, names.len())
    }

    fn sheet<R: std::io::Read + Seek>(
        &mut self,
        name: &str,
        cells: &mut XlsxCellReader<'_, R>,
    ) -> Result<(), Gone> {
        let mut row: (u64, Vec<String>) = (0, Vec::new());
        while !self.grid.is_unknown() {
            let Ok(cell) = cells.next_cell() else {
                let line = Some(row.0 + 1);
                self.send(Step::Wrong(Wrong { row: line, what: damaged(name) }))?;
                break;
            };
            let Some(cell) = cell else { break };
            let (line, column) = cell.get_position();
            let line = u64::from(line) + 1;
            if line != row.0 {
                self.row(std::mem::replace(&mut row, (line, Vec::new())))?;
            }
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if column < MOST_COLUMNS {
                put(&mut row.1, column, text(cell.get_value()));
            }
        }
        self.row(row)?;
        self.give(Grid::finish)
    }

    fn row(&mut self, (line, cells): (u64, Vec<String>)) -> Result<(), Gone> {
        self.give(|grid| grid.push(line, cells))
    }

    fn give(&mut self, rows: impl FnOnce(&mut Grid) -> Option<Rows>) -> Result<(), Gone> {
        match rows(&mut self.grid) {
            Some(rows) => self.send(Step::Rows(rows)),
            None => Ok(()),
        }
    }

    fn passed_over(&self, passed: &[String], sheets: usize) -> Result<(), Gone> {
        let names = passed.join(", ");
        match passed.len() {
            0 => Ok(()),
            all if all == sheets => self.send(Step::Wrong(Wrong::whole(format!(
                "no sheet has a header that is known ({names}); {}",
                super::NO_HEADER
            )))),
            _ => self.send(Step::Note(format!(
                "sheets without a known header were passed over: {names}"
            ))),
        }
    }

    fn send(&self, step: Step<Rows>) -> Result<(), Gone> {
        self.sender.send(step).map_err(|_| Gone)
    }
}

fn put(row: &mut Vec<String>, column: usize, text: String) {
    if row.len() <= column {
        row.resize_with(column + 1, String::new);
    }
    if let Some(cell) = row.get_mut(column) {
        *cell = text;
    }
}

fn damaged(sheet: &str) -> String {
    format!(
        "the sheet `{sheet}` is damaged; what comes from here on in it is not read; save it as CSV"
    )
}

/// A cell as a CSV would have it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(time) => time_text(*time),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn time_text(time: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if time.is_duration() || time.as_f64() < 1.0 {
        return clock;
    }
    format!("{year:04}-{month:02}-{day:02} {clock}")
}
