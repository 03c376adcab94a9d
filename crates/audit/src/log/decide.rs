//! A row, decided: its day, its parties, its purpose, and what the law says.
//!
//! One [`Decider`] works in each thread; the law, the resolver and the lexicon are shared. What it remembers is
//! bounded, and a decided row is a handful of numbers.

use std::sync::Arc;

use super::{
    Cell, Finding, FindingId, Judge, Row,
    format::number,
    judge::{Parties, RulingNumber, Stated},
    recent::Recent,
    row::Field,
    time::{Clock, Moment},
};
use crate::lexicon::{Lexicon, Reading};

/// Decides the rows of one thread.
#[derive(Debug)]
pub struct Decider<'a> {
    judge: Judge<'a>,
    clock: Clock,
    lexicon: &'a Lexicon,
    readings: Recent<Reading>,
}

/// What was decided of a row. The numbers are good for the [`Decider`] that gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// When it was, where the row says so.
    pub on: Option<Moment>,
    /// Who searched what of whom.
    pub parties: Parties,
    /// What the row says of its purpose.
    pub reading: Reading,
    /// What the law says.
    pub ruling: RulingNumber,
}

impl<'a> Decider<'a> {
    /// A decider of rows whose times that clock reads.
    #[must_use]
    pub fn new(judge: Judge<'a>, lexicon: &'a Lexicon, clock: Clock) -> Self {
        Self { judge, clock, lexicon, readings: Recent::new() }
    }

    /// Goes on to rows of another format, whose times that clock reads.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// Decides a row.
    pub fn decide(&mut self, row: &Row<'_>) -> Decided {
        let on = row.get(Field::At).text().and_then(|text| self.clock.read(text).ok());
        self.decide_on(row, on)
    }

    /// Decides a row whose time is known otherwise than from its text.
    pub fn decide_on(&mut self, row: &Row<'_>, on: Option<Moment>) -> Decided {
        let parties = self.judge.parties(row);
        let reading = self.read(row);
        let ruling = self.judge.rule(parties, reading, on);
        Decided { on, parties, reading, ruling }
    }

    /// What a row says of its purpose.
    pub fn read(&mut self, row: &Row<'_>) -> Reading {
        let fields = [Field::Reason, Field::Offense, Field::Case, Field::Prompt];
        let cells = fields.map(|field| row.get(field));
        if let Some(known) = self.readings.find(&cells) {
            return known;
        }
        let [reason, offense, case, prompt] = cells;
        let reading = self.lexicon.read(reason, offense, case, prompt);
        self.readings.put(reading);
        reading
    }

    /// What is found of a row that was decided here.
    #[must_use]
    pub fn finding(&self, row: &Row<'_>, decided: Decided, id: FindingId) -> Finding {
        let (group, class) = self.judge.group(decided.parties);
        Finding {
            id,
            line: row.line,
            count: count(row.get(Field::Count)),
            on: decided.on.map(|moment| moment.on),
            group: Arc::clone(group),
            class: Arc::clone(class),
            reading: Some(decided.reading),
            ruling: Arc::clone(self.judge.ruling(decided.ruling)),
        }
    }

    /// Every fact stated for a row, and where each comes from.
    #[must_use]
    pub fn facts(&self, row: &Row<'_>, decided: Decided) -> Vec<Stated> {
        self.judge.facts(row, decided.parties, decided.reading, decided.on)
    }

    /// The judge, for those who decide by columns.
    #[must_use]
    pub const fn judge(&mut self) -> &mut Judge<'a> {
        &mut self.judge
    }

    /// The clock, for those who decide by columns.
    #[must_use]
    pub const fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }
}

/// How many acts a row stands for: one, unless a column says otherwise.
fn count(cell: Cell<'_>) -> u64 {
    cell.text().and_then(number).unwrap_or(1)
}
