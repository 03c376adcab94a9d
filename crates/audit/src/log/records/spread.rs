//! Numbers, told by their least, greatest, sum and median, in constant memory and whatever their order.

use std::collections::BTreeMap;

/// Different numbers that are kept apart; with more of them, neighbors count as one.
const MOST_APART: usize = 1 << 16;

/// Numbers in thousandths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) count: u64,
    pub(super) sum: i128,
    pub(super) least: i64,
    pub(super) greatest: i64,
    /// How wide the neighborhoods are: a power of two, which depends on the numbers alone.
    step: i64,
    counts: BTreeMap<i64, u64>,
}

impl Default for Spread {
    fn default() -> Self {
        let (least, greatest) = (i64::MAX, i64::MIN);
        Self { count: 0, sum: 0, least, greatest, step: 1, counts: BTreeMap::new() }
    }
}

impl Spread {
    pub(super) fn add(&mut self, number: i64) {
        self.count += 1;
        self.sum += i128::from(number);
        self.least = self.least.min(number);
        self.greatest = self.greatest.max(number);
        *self.counts.entry(number.div_euclid(self.step)).or_default() += 1;
        self.narrow();
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        while self.step < other.step {
            self.widen();
        }
        while other.step < self.step {
            other.widen();
        }
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        for (place, count) in other.counts {
            *self.counts.entry(place).or_default() += count;
        }
        self.narrow();
    }

    /// The number in the middle, the lower of two; right to within [`Spread::step`].
    pub(super) fn median(&self) -> Option<i64> {
        let middle = self.count.checked_sub(1)? / 2;
        let mut before = 0;
        let found = self.counts.iter().find(|(_, count)| {
            before += **count;
            before > middle
        });
        found.map(|(place, _)| (place * self.step).clamp(self.least, self.greatest))
    }

    /// By how much the median may be off.
    pub(super) const fn step(&self) -> i64 {
        self.step - 1
    }

    fn narrow(&mut self) {
        while self.counts.len() > MOST_APART {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.step *= 2;
        for (place, count) in std::mem::take(&mut self.counts) {
            *self.counts.entry(place.div_euclid(2)).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl IntoIterator<Item = i64>) -> Spread {
        let mut spread = Spread::default();
        numbers.into_iter().for_each(|number| spread.add(number));
        spread
    }

    #[test]
    fn few_numbers_are_told_exactly() {
        let spread = of([5, -3, 9, 5]);
        assert_eq!((spread.count, spread.sum, spread.least, spread.greatest), (4, 16, -3, 9));
        assert_eq!((spread.median(), spread.step()), (Some(5), 0));
        assert_eq!(Spread::default().median(), None);
    }

    #[test]
    fn many_numbers_are_told_closely_and_in_any_order() {
        let most = i64::try_from(MOST_APART).unwrap_or(i64::MAX) * 3;
        let up = of(0..most);
        assert_eq!(up.step(), 3);
        let middle = (most - 1) / 2;
        assert!(up.median().is_some_and(|median| (middle - 3..=middle).contains(&median)));
        assert_eq!(of((0..most).rev()), up);
        let mut halves = of((0..most).filter(|number| number % 2 == 0));
        halves.merge(of((0..most).filter(|number| number % 2 != 0)));
        assert_eq!(halves, up);
    }
}
