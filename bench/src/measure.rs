//! Timing and the table.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Durations of one thing, each per item of a batch, in nanoseconds.
#[derive(Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Runs `work` on every item, and keeps one figure per `batch` items.
    pub(crate) fn pass<T, R>(&mut self, items: &[T], batch: usize, mut work: impl FnMut(&T) -> R) {
        for items in items.chunks_exact(batch) {
            let start = Instant::now();
            for item in items {
                black_box(work(black_box(item)));
            }
            self.add(start.elapsed(), batch);
        }
    }

    /// Keeps a figure that was worked out elsewhere, whatever its unit.
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    fn add(&mut self, elapsed: Duration, items: usize) {
        self.push(elapsed.as_secs_f64() * 1e9 / items as f64);
    }

    /// The value below which this part of all samples lies.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let index = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// Milliseconds since then.
pub(crate) fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// What a figure has to reach.
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// Nothing was promised.
    None,
}

pub(crate) fn heading(text: &str) {
    println!("\n{text}");
}

/// Prints one row: what, the figure, and whether it reaches its goal.
pub(crate) fn row(what: &str, figure: f64, unit: &str, goal: &Goal) {
    let verdict = match *goal {
        Goal::AtMost(limit) => judged(figure <= limit, "at most", limit, unit),
        Goal::AtLeast(limit) => judged(figure >= limit, "at least", limit, unit),
        Goal::None => String::new(),
    };
    println!("  {what:<76} {:>10} {unit:<15} {verdict}", number(figure));
}

fn judged(met: bool, which: &str, limit: f64, unit: &str) -> String {
    let verdict = if met { "meets" } else { "FALLS SHORT of" };
    format!("{verdict} the goal: {which} {} {unit}", number(limit))
}

/// Three significant digits, thousands apart.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let goal_like = rest.bytes().all(|digit| digit == b'0');
    if goal_like { grouped } else { format!("{grouped}.{rest}") }
}
