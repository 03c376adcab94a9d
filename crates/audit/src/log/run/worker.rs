//! One thread's part of a run.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{
    Asked, Body, Chunk, EachFinding, FileRead, RunError,
    begun::Begun,
    columns::{self, Waiting},
};
use crate::{
    error::Problem,
    log::{
        Cell, Decided, Decider, Finding, Judge, Row,
        finding::{FindingId, Ids},
        format::{BadRow, Format, Layout, Shape},
        link::{Notes, Seen},
        output::{Words, Writer},
        records::{self, Places, Totals},
        row::Field,
        source,
        tally::{Counter, Tally},
    },
};

/// No more threads than that, so that every thread has numbers for its parts.
pub(super) const MOST: usize = 256;

/// Marks of a file that are told apart.
const MARKS: usize = 50;

/// Problems of a file that are named one by one; the others are counted.
const NAMED: usize = 20;

/// Decides the chunks of one thread, file after file.
pub(super) struct Worker<'a> {
    asked: &'a Asked<'a>,
    begun: &'a Begun,
    number: usize,
    folder: Option<(&'a Path, bool)>,
    engine: Engine<'a>,
    counter: Counter,
    waiting: Waiting,
    tally: Tally,
    part: Part<'a>,
}

/// What decides rows.
pub(super) enum Engine<'a> {
    Searches {
        decider: Box<Decider<'a>>,
        ids: Box<Ids>,
        format: Option<Arc<Format>>,
    },
    /// The places are those of one header, by its layout.
    Records {
        records: Box<records::Records<'a>>,
        places: Option<(Arc<Layout>, Result<Places, String>)>,
    },
}

/// What was found in one file.
#[derive(Default)]
struct Part<'a> {
    file: usize,
    name: String,
    sha256: String,
    read: FileRead,
    states: [[u64; 4]; Field::ALL.len()],
    /// The sheet of the rows at hand, where the file has several.
    sheet: Option<String>,
    writer: Option<Writer<'a>>,
    notes: Option<Notes>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        asked: &'a Asked<'a>,
        begun: &'a Begun,
        number: usize,
        folder: Option<(&'a Path, bool)>,
        first: Option<&Self>,
    ) -> Result<Self, RunError> {
        Ok(Self {
            asked,
            begun,
            number,
            folder,
            engine: Engine::new(asked, begun, first.map(|first| &first.engine))?,
            counter: Counter::default(),
            waiting: Waiting::default(),
            tally: Tally::default(),
            part: Part::default(),
        })
    }

    /// Begins a file.
    pub(super) fn begin(&mut self, number: usize, file: &FileRead) {
        self.part = Part {
            file: number,
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            ..Part::default()
        };
    }

    /// Decides a chunk of it.
    pub(super) fn chunk(
        &mut self,
        chunk: &Chunk,
        mut each: Option<&mut EachFinding<'_>>,
    ) -> Result<(), RunError> {
        self.engine.look_at(&chunk.layout, self.asked);
        self.part.turn_to(chunk.sheet.as_deref());
        let layout = &*chunk.layout;
        match &chunk.body {
            Body::Text { bytes, delimiter, line } => {
                let mut records = source::Records::of(bytes, *delimiter, *line);
                while let Some(record) = records.read() {
                    match record {
                        Ok((line, record)) if !chunk.lies => {
                            self.cells(layout, line, record.iter(), each.as_deref_mut())?;
                        }
                        Ok(_) => self.part.read.rows_not_read += 1,
                        Err(unread) => self.problem(unread.line, unread.what.to_owned()),
                    }
                }
            }
            Body::Cells(rows) if chunk.lies => self.part.read.rows_not_read += rows.len() as u64,
            Body::Cells(rows) => {
                for (line, cells) in rows {
                    self.cells(
                        layout,
                        *line,
                        cells.iter().map(String::as_str),
                        each.as_deref_mut(),
                    )?;
                }
            }
            Body::Columns(columns) if chunk.lies => {
                self.part.read.rows_not_read += columns.rows() as u64;
            }
            Body::Columns(columns) => {
                // Where only counts are wanted, work is done once for what many rows have in common.
                let counts_only = each.is_none() && self.folder.is_none() && !self.asked.links();
                if let Engine::Searches { decider, .. } = &mut self.engine
                    && counts_only
                    && columns::can_count(layout, columns)
                {
                    self.waiting.add(decider, layout, columns);
                    if self.waiting.is_full() {
                        self.decide_waiting();
                    }
                    return Ok(());
                }
                let mut cells = Vec::new();
                for (row, line) in (0..columns.rows()).zip(columns.first_row..) {
                    columns.cells(row, &mut cells);
                    self.cells(
                        layout,
                        line,
                        cells.iter().map(String::as_str),
                        each.as_deref_mut(),
                    )?;
                }
            }
        }
        self.pour();
        Ok(())
    }

    fn decide_waiting(&mut self) {
        if let Engine::Searches { decider, .. } = &mut self.engine {
            let counted = self.waiting.decide(decider, &mut self.counter);
            self.part.add_columns(&counted);
            self.pour();
        }
    }

    fn pour(&mut self) {
        self.counter.pour(&mut self.tally);
    }

    fn cells<'r>(
        &mut self,
        layout: &Layout,
        line: u64,
        cells: impl Iterator<Item = &'r str> + Clone,
        each: Option<&mut EachFinding<'_>>,
    ) -> Result<(), RunError> {
        if let Engine::Records { records, places: Some((_, places)) } = &mut self.engine {
            let cells: Vec<&str> = cells.collect();
            let found = places
                .as_ref()
                .map_err(|what| Problem {
                    list: self.part.name.clone(),
                    row: Some(line),
                    what: what.clone(),
                })
                .and_then(|places| records.decide(&self.part.name, places, line, &cells));
            return match found {
                Ok(finding) => self.found(&finding, &Row::at(line), None, each),
                Err(problem) => {
                    self.problem(line, problem.what);
                    Ok(())
                }
            };
        }
        let mut room = String::new();
        // A cell lives no longer here than the text that may be put together of several.
        let cells = cells.map(|cell| -> &str { cell });
        match layout.row(line, cells, &mut room) {
            Ok((row, shape)) => {
                self.part.read.shifted += u64::from(matches!(shape, Shape::Moved | Shape::Joined));
                self.row(&row, each)
            }
            Err(BadRow::Blank) => Ok(()),
            Err(why) => {
                self.problem(line, why.to_string());
                Ok(())
            }
        }
    }

    fn row(&mut self, row: &Row<'_>, each: Option<&mut EachFinding<'_>>) -> Result<(), RunError> {
        let Engine::Searches { decider, ids, .. } = &mut self.engine else { return Ok(()) };
        let decided = decider.decide(row);
        let wanted = each.is_some() || self.folder.is_some();
        let id = if wanted { ids.finding(row, decided.on) } else { FindingId(0) };
        let finding = decider.finding(row, decided, id);
        self.part.count_cells(row);
        self.found(&finding, row, Some(decided), each)
    }

    fn found(
        &mut self,
        finding: &Finding,
        row: &Row<'_>,
        decided: Option<Decided>,
        each: Option<&mut EachFinding<'_>>,
    ) -> Result<(), RunError> {
        self.counter.add(finding);
        self.part.read.rows += 1;
        if let Some(on) = finding.on {
            self.part.day(on);
        }
        if let Some(each) = each {
            each(finding, self.part.file, self.part.sheet.as_deref()).map_err(RunError::Each)?;
        }
        if let Some(decided) = decided.filter(|_| self.asked.links()) {
            self.note(row, decided)?;
        }
        if let Some((folder, with_identifiers)) = self.folder {
            let words = Words { law: self.asked.law, lexicon: self.asked.lexicon };
            let writer = match &mut self.part.writer {
                Some(writer) => writer,
                none => {
                    let number =
                        u32::try_from(self.part.file * MOST + self.number).unwrap_or(u32::MAX);
                    let mut writer = Writer::create(folder, number, words, with_identifiers)?;
                    writer.file(
                        &place(&self.part.name, self.part.sheet.as_deref()),
                        &self.part.sha256,
                    );
                    none.insert(writer)
                }
            };
            writer.add(finding, Some(row))?;
        }
        Ok(())
    }

    fn note(&mut self, row: &Row<'_>, decided: Decided) -> Result<(), RunError> {
        let notes = match &mut self.part.notes {
            Some(notes) => notes,
            none => none.insert(self.begun.new_notes(self.part.file, self.number)?),
        };
        let file = u32::try_from(self.part.file).unwrap_or(u32::MAX);
        let strength = Some(decided.reading.strength);
        Ok(notes.add(&Seen { file, row, at: decided.on, strength })?)
    }

    fn problem(&mut self, line: u64, what: String) {
        let Part { name, read, .. } = &mut self.part;
        read.rows_not_read += 1;
        *self.tally.not_read.entry(what.clone()).or_default() += 1;
        if read.problems.len() < NAMED {
            read.problems.push(Problem { list: name.clone(), row: Some(line), what });
        }
    }

    /// What a mapped log's rows add up to.
    pub(super) fn totals(self) -> Option<Totals> {
        match self.engine {
            Engine::Records { records, .. } => Some(records.finish()),
            Engine::Searches { .. } => None,
        }
    }

    /// Ends the file: its findings are on the disk now, and its counts are added.
    pub(super) fn end(&mut self, file: &mut FileRead, tally: &mut Tally) -> Result<(), RunError> {
        self.decide_waiting();
        let Part { read, states, writer, notes, .. } = std::mem::take(&mut self.part);
        if let Some(writer) = writer {
            writer.finish()?;
        }
        if let Some(notes) = notes {
            notes.finish()?;
        }
        file.rows += read.rows;
        file.shifted += read.shifted;
        file.rows_not_read += read.rows_not_read;
        file.problems.extend(read.problems);
        file.problems.sort_by_key(|problem| problem.row);
        file.problems.truncate(2 * NAMED);
        for (mark, count) in read.marks {
            *file.marks.entry(mark).or_default() += count;
        }
        file.days = match (file.days, read.days) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (one, other) => one.or(other),
        };
        for (field, counts) in Field::ALL.into_iter().zip(states) {
            let known: &mut BTreeMap<_, u64> = file.states.entry(field).or_default();
            for (state, count) in crate::log::cell::State::ALL.into_iter().zip(counts) {
                if count > 0 {
                    *known.entry(state).or_default() += count;
                }
            }
        }
        tally.merge(std::mem::take(&mut self.tally));
        Ok(())
    }
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        asked: &'a Asked<'a>,
        begun: &Begun,
        first: Option<&Self>,
    ) -> Result<Self, RunError> {
        // Rows that belong together may be decided by two threads, so these share what they count.
        if let Some(Self::Records { records, .. }) = first {
            return Ok(Self::Records { records: Box::new(records.fork()), places: None });
        }
        if let Some(mapping) = asked.mapping {
            let records =
                records::Records::new(asked.law, asked.path, mapping, begun.key(), asked.on)?;
            return Ok(Self::Records { records: Box::new(records), places: None });
        }
        let judge = Judge::new(asked.law, asked.path, asked.resolver, asked.lexicon, asked.asking)?;
        // Every format brings its own clock.
        let clock = Format::unread("", "").clock(asked.zone.clone());
        let decider = Box::new(Decider::new(judge, asked.lexicon, clock));
        Ok(Self::Searches { decider, ids: Box::new(Ids::new(begun.key())), format: None })
    }

    /// Goes on to rows under that header.
    pub(super) fn look_at(&mut self, layout: &Arc<Layout>, asked: &Asked<'_>) {
        match self {
            Self::Searches { decider, format, .. } => {
                if format.as_ref().is_none_or(|format| !Arc::ptr_eq(format, &layout.format)) {
                    *format = Some(Arc::clone(&layout.format));
                    decider.set_clock(layout.format.clock(asked.zone.clone()));
                }
            }
            Self::Records { places, .. } => {
                let Some(mapping) = asked.mapping else { return };
                if places.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, layout)) {
                    let header: Vec<&str> = layout.headers().iter().map(String::as_str).collect();
                    *places = Some((Arc::clone(layout), Places::find(mapping, &header)));
                }
            }
        }
    }
}

impl Part<'_> {
    /// Goes on to rows of that sheet.
    fn turn_to(&mut self, sheet: Option<&str>) {
        if self.sheet.as_deref() == sheet {
            return;
        }
        self.sheet = sheet.map(str::to_owned);
        if let Some(writer) = &mut self.writer {
            writer.file(&place(&self.name, sheet), &self.sha256);
        }
    }

    fn count_cells(&mut self, row: &Row<'_>) {
        for (field, counts) in Field::ALL.into_iter().zip(&mut self.states) {
            let cell = row.get(field);
            if let Some(count) = counts.get_mut(cell.state() as usize) {
                *count += 1;
            }
            if let Cell::Withheld(mark) = cell {
                let known = self.read.marks.len();
                match self.read.marks.get_mut(mark) {
                    Some(count) => *count += 1,
                    None if known < MARKS => _ = self.read.marks.insert(mark.to_owned(), 1),
                    None => *self.read.marks.entry("other marks".to_owned()).or_default() += 1,
                }
            }
        }
    }

    fn day(&mut self, on: jiff::civil::Date) {
        self.read.days = Some(match self.read.days {
            Some((first, last)) => (first.min(on), last.max(on)),
            None => (on, on),
        });
    }

    fn add_columns(&mut self, decided: &columns::Counted) {
        self.read.rows += decided.rows;
        if let Some((first, last)) = decided.days {
            self.day(first);
            self.day(last);
        }
    }
}

/// A file and its sheet, as findings name them: lines begin anew with each sheet.
fn place(file: &str, sheet: Option<&str>) -> String {
    sheet.map_or_else(|| file.to_owned(), |sheet| format!("{file}#{sheet}"))
}

/// The file and the sheet that findings name so.
#[must_use]
pub fn file_and_sheet(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once('#') {
        Some((file, sheet)) if !Path::new(place).exists() => (file, Some(sheet)),
        _ => (place, None),
    }
}
