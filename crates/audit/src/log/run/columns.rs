//! Rows in columns, counted: work is done once for what many rows have in common.

use std::collections::hash_map::Entry;

use arrow_array::Array;
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::log::{
    Cell, Decider, FindingId, Row,
    cell::State,
    format::Layout,
    row::Field,
    source::{Columns, Instants, Texts},
    tally::Counter,
    time::Moment,
};

/// The fields that decide a row, besides its time.
const DECIDING: [Field; 7] = [
    Field::Organization,
    Field::State,
    Field::Owner,
    Field::Reason,
    Field::Offense,
    Field::Case,
    Field::Prompt,
];

/// What was counted besides the findings.
pub(super) struct Counted {
    pub(super) rows: u64,
    pub(super) days: Option<(Date, Date)>,
    pub(super) states: [[u64; 4]; Field::ALL.len()],
}

/// A column as numbers: rows with the same number say the same in it.
struct Codes<'a> {
    numbers: Numbers<'a>,
    cells: Vec<Cell<'a>>,
}

enum Numbers<'a> {
    /// The column is not there: all rows are alike.
    Same,
    /// Those of a dictionary; one more than its values where nothing stands.
    Keys { keys: &'a arrow_array::Int32Array, empty: u32 },
    /// Made here.
    Own(Vec<u32>),
}

/// Rows that say the same but for their time.
struct Alike {
    row: usize,
    days: Vec<(Option<Moment>, u64)>,
    last: usize,
}

/// Whether rows can be counted by columns: what decides them is text, and each stands for one act.
pub(super) fn can_count(layout: &Layout, columns: &Columns) -> bool {
    let has = |field| layout.column_of(field).is_some();
    DECIDING.into_iter().all(|field| !has(field) || columns.texts(field).is_some())
        && (!has(Field::At)
            || columns.texts(Field::At).is_some()
            || columns.instants(Field::At).is_some())
        && !has(Field::Count)
}

/// Decides and counts every row of a batch.
pub(super) fn count(
    decider: &mut Decider<'_>,
    layout: &Layout,
    columns: &Columns,
    counter: &mut Counter,
) -> Counted {
    let codes = DECIDING.map(|field| codes(layout, columns, field));
    let mut times = Times::of(layout, columns);
    let mut numbers: FxHashMap<[u32; DECIDING.len()], u32> = FxHashMap::default();
    let mut alike: Vec<Alike> = Vec::new();
    for row in 0..columns.rows() {
        let key = codes.each_ref().map(|codes| codes.number(row));
        let at = match numbers.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                alike.push(Alike { row, days: Vec::new(), last: 0 });
                *new.insert(u32::try_from(alike.len() - 1).unwrap_or(u32::MAX))
            }
        };
        let moment = times.of_row(row, decider);
        if let Some(alike) = usize::try_from(at).ok().and_then(|at| alike.get_mut(at)) {
            alike.add(moment);
        }
    }
    let mut counted = Counted { rows: 0, days: None, states: [[0; 4]; Field::ALL.len()] };
    for Alike { row, days, .. } in alike {
        let mut shown = Row::at(columns.first_row);
        for (field, codes) in DECIDING.into_iter().zip(&codes) {
            shown.set(field, codes.cell(row));
        }
        for (moment, rows) in days {
            let decided = decider.decide_on(&shown, moment);
            counter.add_many(&decider.finding(&shown, decided, FindingId(0)), rows);
            counted.add(&shown, moment, rows);
        }
    }
    counted
}

fn codes<'a>(layout: &Layout, columns: &'a Columns, field: Field) -> Codes<'a> {
    let same = |cell| Codes { numbers: Numbers::Same, cells: vec![cell] };
    let Some(column) = layout.column_of(field) else { return same(Cell::NotExported) };
    match columns.texts(field) {
        None => same(Cell::NotExported),
        Some(Texts::Dictionary { keys, values }) => {
            let mut cells: Vec<_> =
                values.iter().map(|text| layout.cell(column, text.unwrap_or_default())).collect();
            let empty = u32::try_from(cells.len()).unwrap_or(u32::MAX);
            cells.push(Cell::Empty);
            Codes { numbers: Numbers::Keys { keys, empty }, cells }
        }
        Some(Texts::Plain(texts)) => {
            let mut known: FxHashMap<&str, u32> = FxHashMap::default();
            let mut cells = Vec::new();
            let number = |text: Option<&'a str>| {
                *known.entry(text.unwrap_or_default()).or_insert_with_key(|text| {
                    cells.push(layout.cell(column, text));
                    u32::try_from(cells.len() - 1).unwrap_or(u32::MAX)
                })
            };
            let numbers = texts.iter().map(number).collect();
            Codes { numbers: Numbers::Own(numbers), cells }
        }
    }
}

impl<'a> Codes<'a> {
    #[inline]
    fn number(&self, row: usize) -> u32 {
        match &self.numbers {
            Numbers::Same => 0,
            Numbers::Keys { keys, empty } => match keys.values().get(row) {
                Some(&key) if keys.is_valid(row) => u32::try_from(key).unwrap_or(*empty),
                _ => *empty,
            },
            Numbers::Own(numbers) => numbers.get(row).copied().unwrap_or_default(),
        }
    }

    fn cell(&self, row: usize) -> Cell<'a> {
        usize::try_from(self.number(row))
            .ok()
            .and_then(|at| self.cells.get(at))
            .copied()
            .unwrap_or_default()
    }
}

/// When rows were.
enum Times<'a> {
    Untold,
    /// The last quarter of an hour, in which the local day never changes, is remembered.
    Instants {
        instants: Instants<'a>,
        last: Option<(i64, Option<Moment>)>,
    },
    Texts(Codes<'a>),
}

impl<'a> Times<'a> {
    fn of(layout: &Layout, columns: &'a Columns) -> Self {
        match columns.instants(Field::At) {
            Some(instants) => Self::Instants { instants, last: None },
            None if layout.column_of(Field::At).is_some() => {
                Self::Texts(codes(layout, columns, Field::At))
            }
            None => Self::Untold,
        }
    }

    #[inline]
    fn of_row(&mut self, row: usize, decider: &mut Decider<'_>) -> Option<Moment> {
        match self {
            Self::Untold => None,
            Self::Texts(codes) => {
                codes.cell(row).text().and_then(|text| decider.clock().read(text).ok())
            }
            Self::Instants { instants, last } => {
                let seconds = instants.seconds(row)?;
                let quarter = seconds.div_euclid(900);
                if let Some((known, moment)) = last
                    && *known == quarter
                {
                    return *moment;
                }
                let clock = decider.clock();
                let moment =
                    if instants.utc { clock.instant(seconds) } else { clock.wall_seconds(seconds) }
                        .ok();
                *last = Some((quarter, moment));
                moment
            }
        }
    }
}

impl Alike {
    #[inline]
    fn add(&mut self, moment: Option<Moment>) {
        let same = |known: &Option<Moment>| match (known, moment) {
            (Some(known), Some(moment)) => {
                known.on == moment.on && known.precision == moment.precision
            }
            (None, None) => true,
            _ => false,
        };
        if let Some((known, rows)) = self.days.get_mut(self.last)
            && same(known)
        {
            *rows += 1;
            return;
        }
        self.last = match self.days.iter().position(|(known, _)| same(known)) {
            Some(at) => at,
            None => {
                self.days.push((moment, 0));
                self.days.len() - 1
            }
        };
        if let Some((_, rows)) = self.days.get_mut(self.last) {
            *rows += 1;
        }
    }
}

impl Counted {
    fn add(&mut self, row: &Row<'_>, moment: Option<Moment>, rows: u64) {
        self.rows += rows;
        for field in DECIDING {
            let state: State = row.get(field).state();
            let counts = self.states.get_mut(field as usize);
            if let Some(count) = counts.and_then(|counts| counts.get_mut(state as usize)) {
                *count += rows;
            }
        }
        if let Some(on) = moment.map(|moment| moment.on) {
            self.days = Some(match self.days {
                Some((first, last)) => (first.min(on), last.max(on)),
                None => (on, on),
            });
        }
    }
}
