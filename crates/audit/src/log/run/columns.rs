//! Rows in columns, counted: work is done once for what many rows have in common.

use arrow_array::Array;
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::lexicon::Reading;

use crate::log::{
    Cell, Decided, Decider, FindingId, Row,
    format::Layout,
    judge::Parties,
    row::Field,
    source::{Columns, Instants, Texts},
    tally::Counter,
    time::{Moment, Precision},
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

/// The fields to read where rows are only counted.
pub(super) const READ: [Field; 9] = [
    Field::At,
    Field::Organization,
    Field::State,
    Field::Owner,
    Field::Reason,
    Field::Offense,
    Field::Case,
    Field::Prompt,
    Field::Count,
];

/// No more pairs of parties and readings wait than these.
const MOST_WAITING: usize = 100_000;

const WHO: [Field; 3] = [Field::Organization, Field::State, Field::Owner];
const WHY: [Field; 4] = [Field::Reason, Field::Offense, Field::Case, Field::Prompt];

/// What was counted besides the findings.
pub(super) struct Counted {
    pub(super) rows: u64,
    pub(super) days: Option<(Date, Date)>,
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

/// Whether rows can be counted by columns: what decides them is text, and each stands for one act.
pub(super) fn can_count(layout: &Layout, columns: &Columns) -> bool {
    let has = |field| layout.column_of(field).is_some();
    DECIDING.into_iter().all(|field| !has(field) || columns.texts(field).is_some())
        && (!has(Field::At)
            || columns.texts(Field::At).is_some()
            || columns.instants(Field::At).is_some())
        && !has(Field::Count)
}

/// Rows of a file that were read and not yet decided: how many of each parties, reading and day.
///
/// There are few of these, so what a pair of texts says is worked out once, and the law is asked once for
/// each of them when the file ends.
#[derive(Default)]
pub(super) struct Waiting {
    numbers: FxHashMap<Alike, u32>,
    all: Vec<(Alike, Option<Moment>, u64)>,
    days: Option<(Date, Date)>,
}

/// What rows that are decided alike have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Alike {
    parties: Parties,
    reading: Reading,
    /// Its month, where the law is the same throughout; else its day.
    span: Option<(Date, Precision)>,
}

impl Waiting {
    /// Counts every row of a batch.
    pub(super) fn add(&mut self, decider: &mut Decider<'_>, layout: &Layout, columns: &Columns) {
        let [organization, state, owner, reason, offense, case, prompt] =
            DECIDING.map(|field| codes(layout, columns, field));
        let none = Codes { numbers: Numbers::Same, cells: Vec::new() };
        let mut who = Kinds::new([&organization, &state, &owner, &none]);
        let mut why = Kinds::new([&reason, &offense, &case, &prompt]);
        let mut times = Times::of(layout, columns);
        let mut places: FxHashMap<[u32; 3], u32> = FxHashMap::default();
        for row in 0..columns.rows() {
            let parties = who.kind(row, |row| {
                let codes = [&organization, &state, &owner];
                decider.judge().parties(&shown(columns, &codes, &WHO, row))
            });
            let reading = why.kind(row, |row| {
                let codes = [&reason, &offense, &case, &prompt];
                decider.read(&shown(columns, &codes, &WHY, row))
            });
            let (day, moment) = times.of_row(row, decider);
            let place = *places.entry([parties, reading, day]).or_insert_with(|| {
                let (Some(parties), Some(reading)) = (who.of(parties), why.of(reading)) else {
                    return u32::MAX;
                };
                let span = moment.map(|moment| span(decider, moment));
                self.place(Alike { parties, reading, span }, moment)
            });
            let place = usize::try_from(place).ok().and_then(|place| self.all.get_mut(place));
            if let Some((.., rows)) = place {
                *rows += 1;
            }
        }
        if let Some((first, last)) = times.days {
            widen(&mut self.days, first, last);
        }
    }

    /// Whether it is time to decide.
    pub(super) fn is_full(&self) -> bool {
        self.all.len() >= MOST_WAITING
    }

    fn place(&mut self, alike: Alike, moment: Option<Moment>) -> u32 {
        let Self { numbers, all, .. } = self;
        *numbers.entry(alike).or_insert_with(|| {
            all.push((alike, moment, 0));
            u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Decides what waits, and counts it.
    pub(super) fn decide(&mut self, decider: &mut Decider<'_>, counter: &mut Counter) -> Counted {
        let mut counted = Counted { rows: 0, days: self.days.take() };
        self.numbers.clear();
        for (Alike { parties, reading, .. }, on, rows) in self.all.drain(..) {
            let ruling = decider.judge().rule(parties, reading, on);
            let decided = Decided { on, parties, reading, ruling };
            let finding = decider.finding(&Row::default(), decided, FindingId(0));
            counter.add_many(&finding, rows);
            counted.rows += rows;
        }
        counted
    }
}

/// A row with the cells of some fields.
fn shown<'a>(columns: &Columns, codes: &[&Codes<'a>], fields: &[Field], row: usize) -> Row<'a> {
    let mut shown = Row::at(columns.first_row);
    for (&field, codes) in fields.iter().zip(codes) {
        shown.set(field, codes.cell(row));
    }
    shown
}

/// Rows told apart by what some of their cells come to, which is worked out once for the same cells.
struct Kinds<'c, 'a, K> {
    codes: [&'c Codes<'a>; 4],
    /// Where only the first column differs from row to row: by its number.
    by_first: Option<Vec<Option<u32>>>,
    by_all: FxHashMap<[u32; 4], u32>,
    numbers: FxHashMap<K, u32>,
    kinds: Vec<K>,
}

impl<'c, 'a, K: Copy + Eq + std::hash::Hash> Kinds<'c, 'a, K> {
    fn new(codes: [&'c Codes<'a>; 4]) -> Self {
        let [first, others @ ..] = codes;
        let alone = others.iter().all(|codes| matches!(codes.numbers, Numbers::Same));
        Self {
            codes,
            by_first: alone.then(|| vec![None; first.cells.len().max(1)]),
            by_all: FxHashMap::default(),
            numbers: FxHashMap::default(),
            kinds: Vec::new(),
        }
    }

    /// The kind of that number.
    fn of(&self, number: u32) -> Option<K> {
        self.kinds.get(usize::try_from(number).ok()?).copied()
    }

    /// The number of a row's kind.
    #[inline]
    fn kind(&mut self, row: usize, work_out: impl FnOnce(usize) -> K) -> u32 {
        let Self { codes, by_first, by_all, numbers, kinds } = self;
        let numbered = |row| {
            let kind = work_out(row);
            *numbers.entry(kind).or_insert_with(|| {
                kinds.push(kind);
                u32::try_from(kinds.len() - 1).unwrap_or(u32::MAX)
            })
        };
        if let Some(by_first) = by_first {
            let first = codes.first().map_or(0, |codes| codes.number(row));
            let place = usize::try_from(first).ok().and_then(|first| by_first.get_mut(first));
            if let Some(place) = place {
                return *place.get_or_insert_with(|| numbered(row));
            }
        }
        *by_all.entry(codes.map(|codes| codes.number(row))).or_insert_with(|| numbered(row))
    }
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

/// When rows were, with a number for each day.
struct Times<'a> {
    from: From<'a>,
    spans: FxHashMap<Option<(Date, Precision)>, u32>,
    /// The first and the last day.
    days: Option<(Date, Date)>,
    /// The last quarter of an hour, in which the local day never changes.
    last: Option<(i64, (u32, Option<Moment>))>,
}

enum From<'a> {
    Untold,
    Instants(Instants<'a>),
    Texts(Codes<'a>),
}

impl<'a> Times<'a> {
    fn of(layout: &Layout, columns: &'a Columns) -> Self {
        let from = match columns.instants(Field::At) {
            Some(instants) => From::Instants(instants),
            None if layout.column_of(Field::At).is_some() => {
                From::Texts(codes(layout, columns, Field::At))
            }
            None => From::Untold,
        };
        Self { from, spans: FxHashMap::default(), days: None, last: None }
    }

    #[inline]
    fn of_row(&mut self, row: usize, decider: &mut Decider<'_>) -> (u32, Option<Moment>) {
        match &self.from {
            From::Untold => self.numbered(None, decider),
            From::Texts(codes) => {
                let moment =
                    codes.cell(row).text().and_then(|text| decider.clock().read(text).ok());
                self.numbered(moment, decider)
            }
            From::Instants(instants) => {
                let Some(seconds) = instants.seconds(row) else {
                    return self.numbered(None, decider);
                };
                let quarter = seconds.div_euclid(900);
                if let Some((known, found)) = self.last
                    && known == quarter
                {
                    return found;
                }
                let clock = decider.clock();
                let moment =
                    if instants.utc { clock.instant(seconds) } else { clock.wall_seconds(seconds) }
                        .ok();
                let found = self.numbered(moment, decider);
                self.last = Some((quarter, found));
                found
            }
        }
    }

    fn numbered(
        &mut self,
        moment: Option<Moment>,
        decider: &mut Decider<'_>,
    ) -> (u32, Option<Moment>) {
        if let Some(on) = moment.map(|moment| moment.on) {
            widen(&mut self.days, on, on);
        }
        let span = moment.map(|moment| span(decider, moment));
        let next = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        (*self.spans.entry(span).or_insert(next), moment)
    }
}

/// The month of a moment, where the law is the same throughout; else its day.
fn span(decider: &mut Decider<'_>, moment: Moment) -> (Date, Precision) {
    let on = moment.on;
    let is_one_law = decider.judge().is_one_law_in_month_of(on);
    (if is_one_law { on.first_of_month() } else { on }, moment.precision)
}

fn widen(days: &mut Option<(Date, Date)>, from: Date, to: Date) {
    *days = Some(match *days {
        Some((first, last)) => (first.min(from), last.max(to)),
        None => (from, to),
    });
}
