//! Logs of any kind, read through a mapping file: detainers, jail releases, the audit of a database.
//!
//! What a row says is worked out once for all rows whose decisive cells are the same; what is counted and
//! measured besides is in [`totals`]. A fact that no cell states is not known.

mod known;
mod piles;
mod places;
pub mod published;
mod spread;
pub mod totals;

use std::sync::{Arc, Mutex};

use bylaw_law::{Law, Scratch};
use bylaw_mapping::{Day, LogMapping};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use siphasher::sip128::SipHasher13;

pub(in crate::log) use places::is_name;
pub use places::{Places, layout, recognizes};
pub use published::Published;
pub use totals::{FigureTotal, MeasureTotal, Totals};

use self::{known::Known, piles::Piles};
use super::{
    cell::Cell,
    finding::{Finding, FindingId, Key},
    judge::Ruling,
};
use crate::{
    ask::{Laws, NotAsked},
    error::Problem,
};

/// Rows that say the same are remembered up to this many; then all are forgotten.
const MOST_REMEMBERED: usize = 1 << 16;

/// Decides the rows of a log, on one thread.
#[derive(Debug)]
pub struct Records<'a> {
    laws: Laws<'a>,
    log: &'a LogMapping,
    /// The day on which the law is asked about every row, in place of its own.
    on: Option<Date>,
    /// The days on which the law about any of the log's acts changes, ascending.
    changes: Vec<Date>,
    hasher: SipHasher13,
    known: FxHashMap<Box<[u8]>, Result<Arc<Known>, String>>,
    rulings: FxHashSet<Arc<Ruling>>,
    groups: FxHashSet<Arc<[Box<str>]>>,
    days: FxHashMap<Box<str>, Option<Date>>,
    class: Arc<str>,
    totals: Totals,
    scratch: Scratch,
    bytes: Vec<u8>,
}

/// A fact stated of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The fact, by the vocabulary's name; or `action`, `jurisdiction`, `on`.
    pub fact: String,
    /// Its value.
    pub value: String,
    /// Where that comes from.
    pub from: String,
}

impl<'a> Records<'a> {
    /// Asks the law of that jurisdiction about the rows of a log. With `on`, on that day in place of the
    /// rows' own: what the law of that day says of such a row.
    ///
    /// # Errors
    ///
    /// Where there is no such jurisdiction.
    pub fn new(
        law: &'a Law,
        path: &str,
        log: &'a LogMapping,
        key: &Key,
        on: Option<Date>,
    ) -> Result<Self, NotAsked> {
        let laws = Laws::find(law, path)?;
        let mut changes: Vec<Date> =
            log.acts().flat_map(|act| law.days_of_change(laws.jurisdiction, act)).collect();
        changes.push(laws.jurisdiction.first_day);
        changes.sort_unstable();
        changes.dedup();
        let hasher = SipHasher13::new_with_key(&key.bytes());
        let piles = Arc::new(Mutex::new(Piles::new(log)));
        Ok(Self::with(laws, log, on, changes, hasher, piles))
    }

    /// Another one for another thread. The totals of both are to be merged.
    #[must_use]
    pub fn fork(&self) -> Self {
        let piles = self.totals.piles();
        Self::with(self.laws, self.log, self.on, self.changes.clone(), self.hasher, piles)
    }

    fn with(
        laws: Laws<'a>,
        log: &'a LogMapping,
        on: Option<Date>,
        changes: Vec<Date>,
        hasher: SipHasher13,
        piles: Arc<Mutex<Piles>>,
    ) -> Self {
        Self {
            laws,
            log,
            on,
            changes,
            hasher,
            known: FxHashMap::default(),
            rulings: FxHashSet::default(),
            groups: FxHashSet::default(),
            days: FxHashMap::default(),
            class: Arc::from(""),
            totals: Totals::new(log, piles),
            scratch: Scratch::default(),
            bytes: Vec::with_capacity(512),
        }
    }

    /// Decides a row. `file` names it in a problem.
    ///
    /// # Errors
    ///
    /// What is wrong with the row; it is in none of the counts.
    pub fn decide(
        &mut self,
        file: &str,
        places: &Places,
        line: u64,
        cells: &[&str],
    ) -> Result<Finding, Problem> {
        let problem = |what: String| Problem { list: file.to_owned(), row: Some(line), what };
        places.check(cells).map_err(problem)?;
        let cells_read = self.cells(places, cells);
        let on = self.day(&cells_read);
        let known = self.known(&cells_read, on).map_err(problem)?;
        self.totals.count(self.log, &known, &cells_read, &self.hasher);
        Ok(Finding {
            id: self.number(&cells_read, cells),
            line,
            count: known.count,
            on,
            group: Arc::clone(&known.group),
            class: Arc::clone(&self.class),
            reading: None,
            ruling: Arc::clone(&known.ruling),
        })
    }

    /// The facts that are stated of a row, with where each comes from.
    ///
    /// # Errors
    ///
    /// What is wrong with the row.
    pub fn facts(&mut self, places: &Places, cells: &[&str]) -> Result<Vec<Stated>, String> {
        places.check(cells)?;
        let cells = self.cells(places, cells);
        let on = self.day(&cells);
        known::stated(self.log, self.laws, &cells, self.asked_on(on), self.on.is_some())
    }

    /// What was counted and measured.
    #[must_use]
    pub fn finish(self) -> Totals {
        self.totals
    }

    /// The cells of the mapping's columns.
    fn cells<'r>(&self, places: &Places, cells: &[&'r str]) -> Vec<Cell<'r>> {
        let cell = |place: &Option<usize>| match place.and_then(|at| cells.get(at)) {
            None => Cell::NotExported,
            Some(text) => self.state(text),
        };
        places.columns.iter().map(cell).collect()
    }

    fn state<'r>(&self, text: &'r str) -> Cell<'r> {
        let text = text.trim();
        let is = |mark: &String| mark == text;
        if text.is_empty() || self.log.blank.iter().any(is) {
            Cell::Empty
        } else if self.log.withheld.iter().any(is) {
            Cell::Withheld(text)
        } else {
            Cell::Present(text)
        }
    }

    /// The row's own day.
    fn day(&mut self, cells: &[Cell<'_>]) -> Option<Date> {
        let column = match &self.log.on {
            Day::Fixed(_) => return None,
            Day::Column { column, .. } => column,
        };
        let text = cells.get(self.log.column(column)?)?.text()?;
        if let Some(&known) = self.days.get(text) {
            return known;
        }
        let day = self.log.on.read(text);
        if self.days.len() >= MOST_REMEMBERED {
            self.days.clear();
        }
        self.days.insert(text.into(), day);
        day
    }

    /// The day on which the law is asked about a row of that day.
    fn asked_on(&self, on: Option<Date>) -> Option<Date> {
        match (&self.log.on, self.on) {
            (_, Some(day)) => Some(day),
            (Day::Fixed(day), None) => Some(*day),
            (Day::Column { .. }, None) => on,
        }
    }

    /// What rows with these decisive cells say in the law's span of that day.
    fn known(&mut self, cells: &[Cell<'_>], on: Option<Date>) -> Result<Arc<Known>, String> {
        let on = self.asked_on(on);
        let span = on.map(|day| self.changes.partition_point(|change| *change <= day));
        self.bytes.clear();
        self.bytes.extend_from_slice(&span.unwrap_or(usize::MAX).to_le_bytes());
        push_cells(&mut self.bytes, cells.iter().take(self.log.decisive));
        if let Some(known) = self.known.get(self.bytes.as_slice()) {
            return known.clone();
        }
        let known = self.work_out(cells, on);
        if self.known.len() >= MOST_REMEMBERED {
            self.known.clear();
            self.rulings.clear();
            self.groups.clear();
        }
        self.known.insert(self.bytes.as_slice().into(), known.clone());
        known
    }

    fn work_out(&mut self, cells: &[Cell<'_>], on: Option<Date>) -> Result<Arc<Known>, String> {
        let mut known = Known::of_row(self.log, self.laws, cells, on, &mut self.scratch)?;
        // The same ruling is one in memory, which is how counting tells rulings apart.
        known.ruling = one_of(&mut self.rulings, known.ruling);
        known.group = one_of(&mut self.groups, known.group);
        Ok(Arc::new(known))
    }

    /// The number of the finding: of the cells that tell one record from another and of what was decided
    /// from, or of all.
    fn number(&mut self, read: &[Cell<'_>], cells: &[&str]) -> FindingId {
        self.bytes.clear();
        self.bytes.push(b'r');
        if self.log.id.is_empty() {
            let all = cells.iter().map(|cell| Cell::Present(cell.trim()));
            push_cells(&mut self.bytes, &all.collect::<Vec<_>>());
        } else {
            let id = self.log.id.iter().filter_map(|name| read.get(self.log.column(name)?));
            push_cells(&mut self.bytes, id);
            push_cells(&mut self.bytes, read.iter().take(self.log.decisive));
        }
        FindingId(self.hasher.hash(&self.bytes).as_u128())
    }
}

fn one_of<T: ?Sized + Eq + std::hash::Hash>(all: &mut FxHashSet<Arc<T>>, one: Arc<T>) -> Arc<T> {
    if let Some(known) = all.get(&one) {
        return Arc::clone(known);
    }
    all.insert(Arc::clone(&one));
    one
}

/// Cells as bytes, so that no two rows of cells give the same. Which mark withholds a cell is left out.
fn push_cells<'c, 't: 'c>(bytes: &mut Vec<u8>, cells: impl IntoIterator<Item = &'c Cell<'t>>) {
    for cell in cells {
        bytes.push(match cell {
            Cell::NotExported => b'-',
            Cell::Empty => b'0',
            Cell::Withheld(_) => b'*',
            Cell::Present(_) => b'=',
        });
        if let Cell::Present(text) = cell {
            bytes.extend_from_slice(&text.len().to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}
