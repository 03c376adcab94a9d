//! What a log's rows add up to: the mapping's figures and measures, and the identities between them.

use std::sync::{Arc, Mutex, PoisonError};

use bylaw_mapping::{Equation, LogMapping};
use siphasher::sip128::SipHasher13;

use super::{
    known::{Known, object},
    piles::{self, Pile, Piles},
    spread::Spread,
};
use crate::log::{cell::Cell, run::Identity};

/// What was counted and measured, on one thread or on all of them.
#[derive(Debug, Clone)]
pub struct Totals {
    figures: Vec<FigureTotal>,
    measures: Vec<(MeasureName, Spread, u64)>,
    equations: Vec<Equation>,
    piles: Arc<Mutex<Piles>>,
}

/// A measure's name, and whether its rows are piled.
type MeasureName = (String, bool);

/// A figure, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FigureTotal {
    /// Its name.
    pub name: String,
    /// Whether rows that belong together count once.
    pub piled: bool,
    /// Of how many acts, or piles of rows, it is true.
    pub yes: u64,
    /// Of how many it is not.
    pub no: u64,
    /// Of how many the log does not say.
    pub not_known: u64,
    /// Rows left out because there were too many piles.
    pub left_out: u64,
}

/// A measure, told by a few numbers. Each is in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasureTotal {
    /// Its name.
    pub name: String,
    /// How many numbers there were.
    pub count: u64,
    /// How many rows say none.
    pub not_known: u64,
    /// The least.
    pub least: i64,
    /// The one in the middle.
    pub median: i64,
    /// By how much `median` may be off.
    pub median_within: i64,
    /// The greatest.
    pub greatest: i64,
    /// All together.
    pub sum: i128,
    /// Rows left out because there were too many piles.
    pub left_out: u64,
}

impl Totals {
    pub(super) fn new(log: &LogMapping, piles: Arc<Mutex<Piles>>) -> Self {
        let figures = log.figures.iter().map(|figure| FigureTotal {
            name: figure.name.clone(),
            piled: figure.per.is_some(),
            ..FigureTotal::default()
        });
        let measures = log
            .measures
            .iter()
            .map(|measure| ((measure.name.clone(), measure.per.is_some()), Spread::default(), 0));
        Self {
            figures: figures.collect(),
            measures: measures.collect(),
            equations: log.identities.clone(),
            piles,
        }
    }

    pub(super) fn piles(&self) -> Arc<Mutex<Piles>> {
        Arc::clone(&self.piles)
    }

    /// Counts a row.
    pub(super) fn count(
        &mut self,
        log: &LogMapping,
        known: &Known,
        cells: &[Cell<'_>],
        hasher: &SipHasher13,
    ) {
        if !known.is_counted {
            return;
        }
        self.count_figures(log, known, cells, hasher);
        if log.measures.is_empty() {
            return;
        }
        let object = object(log, cells);
        let mut row = log.row(&object);
        for (at, measure) in log.measures.iter().enumerate() {
            let Some((_, spread, not_known)) = self.measures.get_mut(at) else { continue };
            match (measure.value(&mut row), &measure.per) {
                (None, _) => *not_known += 1,
                (Some(number), None) => spread.add(number),
                (Some(number), Some(per)) => {
                    let key = piles::key(log, per, cells, hasher);
                    let mut piles = self.piles.lock().unwrap_or_else(PoisonError::into_inner);
                    let pile = piles.measures.get_mut(at);
                    pile.into_iter().for_each(|pile| pile.add(key, number, per.take));
                }
            }
        }
    }

    fn count_figures(
        &mut self,
        log: &LogMapping,
        known: &Known,
        cells: &[Cell<'_>],
        hasher: &SipHasher13,
    ) {
        for (at, (figure, holds)) in log.figures.iter().zip(&known.figures).enumerate() {
            if let Some(per) = &figure.per {
                let key = piles::key(log, per, cells, hasher);
                let mut piles = self.piles.lock().unwrap_or_else(PoisonError::into_inner);
                let pile = piles.figures.get_mut(at);
                pile.into_iter().for_each(|pile| pile.add(key, as_number(*holds), per.take));
            } else if let Some(total) = self.figures.get_mut(at) {
                *total.of(*holds) += known.count;
            }
        }
    }

    /// Adds the totals of another thread of the same run.
    pub fn merge(&mut self, other: Self) {
        for (total, more) in self.figures.iter_mut().zip(other.figures) {
            total.yes += more.yes;
            total.no += more.no;
            total.not_known += more.not_known;
        }
        for (total, more) in self.measures.iter_mut().zip(other.measures) {
            total.1.merge(more.1);
            total.2 += more.2;
        }
    }

    /// The figures, in the mapping's order.
    #[must_use]
    pub fn figures(&self) -> Vec<FigureTotal> {
        let piles = self.piles.lock().unwrap_or_else(PoisonError::into_inner);
        let mut figures = self.figures.clone();
        for (total, pile) in figures.iter_mut().zip(&piles.figures).filter(|(total, _)| total.piled)
        {
            total.left_out = pile.left_out;
            pile.numbers().for_each(|number| *total.of(as_truth(number)) += 1);
        }
        figures
    }

    /// The measures, in the mapping's order.
    #[must_use]
    pub fn measures(&self) -> Vec<MeasureTotal> {
        let piles = self.piles.lock().unwrap_or_else(PoisonError::into_inner);
        let measures = self.measures.iter().zip(&piles.measures);
        measures
            .map(|(((name, piled), spread, not_known), pile)| {
                let of_piles = piled.then(|| spread_of(pile));
                told(name, of_piles.as_ref().unwrap_or(spread), *not_known, pile.left_out)
            })
            .collect()
    }

    /// The value of a figure, as identities take it.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<i64> {
        let found = self.figures().into_iter().find(|figure| figure.name == name)?;
        i64::try_from(found.yes).ok()
    }

    /// The mapping's identities, each with whether the figures satisfy it.
    #[must_use]
    pub fn identities(&self) -> Vec<Identity> {
        let values = self.figures();
        let value = |name: &str| {
            let found = values.iter().find(|figure| figure.name == name)?;
            i64::try_from(found.yes).ok()
        };
        self.equations.iter().filter_map(|equation| identity(equation, value)).collect()
    }
}

/// An identity with both its sides' values; none where a figure has none.
pub(super) fn identity(
    equation: &Equation,
    value: impl Fn(&str) -> Option<i64>,
) -> Option<Identity> {
    let sides = equation.sides(value)?;
    Some(Identity { text: equation.to_string(), sides, holds: sides.0 == sides.1 })
}

impl FigureTotal {
    fn of(&mut self, holds: Option<bool>) -> &mut u64 {
        match holds {
            Some(true) => &mut self.yes,
            Some(false) => &mut self.no,
            None => &mut self.not_known,
        }
    }
}

/// In a pile, true counts before false, and false before what is not said.
const fn as_number(holds: Option<bool>) -> i64 {
    match holds {
        None => -1,
        Some(false) => 0,
        Some(true) => 1,
    }
}

const fn as_truth(number: i64) -> Option<bool> {
    match number {
        -1 => None,
        0 => Some(false),
        _ => Some(true),
    }
}

fn spread_of(pile: &Pile) -> Spread {
    let mut spread = Spread::default();
    pile.numbers().for_each(|number| spread.add(number));
    spread
}

fn told(name: &str, spread: &Spread, not_known: u64, left_out: u64) -> MeasureTotal {
    let name = name.to_owned();
    let Some(median) = spread.median() else {
        return MeasureTotal { name, not_known, left_out, ..MeasureTotal::default() };
    };
    MeasureTotal {
        name,
        count: spread.count,
        not_known,
        least: spread.least,
        median,
        median_within: spread.step(),
        greatest: spread.greatest,
        sum: spread.sum,
        left_out,
    }
}
