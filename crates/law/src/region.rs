//! Sets of cases as diagrams: how many there are, what they have in common, the plainest of them.
//!
//! A case is one value for each fact of the ground; every single number of a range counts. All
//! functions take a condition, true where the case belongs to the set.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: nodes and levels come from the ground that they are used on"
)]

use rustc_hash::FxHashMap;

use crate::{
    diagram::{FALSE, Node, TRUE, terminal_value},
    ground::Ground,
    vocabulary::{Domain, Fact, FactId},
};

/// How many cases each level's values make: `below[level]` counts the cases of all facts from
/// `level` down. None where they are 2^128 or more.
pub(crate) struct Counter {
    sizes: Vec<Vec<u128>>,
    below: Vec<u128>,
}

impl Counter {
    pub(crate) fn new(ground: &Ground<'_>) -> Option<Self> {
        let facts = ground.order.iter().map(|&fact| &ground.vocabulary.facts[fact]);
        let sizes: Vec<Vec<u128>> =
            facts.map(|fact| fact.class_sizes().into_iter().map(u128::from).collect()).collect();
        let mut below = vec![1u128; sizes.len() + 1];
        for level in (0..sizes.len()).rev() {
            below[level] = below[level + 1].checked_mul(sizes[level].iter().sum())?;
        }
        Some(Self { sizes, below })
    }

    /// The number of cases in the set.
    pub(crate) fn count(&self, ground: &Ground<'_>, set: Node) -> u128 {
        self.counts(ground, set).into_iter().find(|&(value, _)| value == 1).map_or(0, |(_, n)| n)
    }

    /// The number of cases that lead to each terminal of a diagram, by its value.
    pub(crate) fn counts(&self, ground: &Ground<'_>, root: Node) -> Vec<(u32, u128)> {
        let store = &ground.store;
        let bottom = self.sizes.len();
        let level = |node: Node| store.level(node).min(bottom);
        // Cases above a node, counted as if every fact not yet tested had one value. Parents are
        // made after their children, so that descending numbers are parents first.
        let mut above: FxHashMap<Node, u128> = FxHashMap::default();
        above.insert(root, self.below[0] / self.below[level(root)]);
        let mut counts: FxHashMap<u32, u128> = FxHashMap::default();
        if let Some(value) = terminal_value(root) {
            counts.insert(value, self.below[0]);
        }
        for node in store.reachable(&[root]).into_iter().rev() {
            let ways = above[&node];
            let next = level(node) + 1;
            for (class, &edge) in store.edges(node).iter().enumerate() {
                let skipped = self.below[next] / self.below[level(edge)];
                let more = ways * self.sizes[level(node)][class] * skipped;
                match terminal_value(edge) {
                    Some(value) => *counts.entry(value).or_default() += more,
                    None => *above.entry(edge).or_default() += more,
                }
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable();
        counts
    }
}

/// The values that each fact has in some case of the set, one bit a class; facts that may have
/// every value are left out.
pub(crate) fn values(ground: &Ground<'_>, set: Node) -> Vec<(FactId, u64)> {
    let store = &ground.store;
    let bottom = ground.order.len();
    let level = |node: Node| store.level(node).min(bottom);
    let mut seen = vec![0u64; bottom];
    let mut skipped = vec![false; bottom];
    let mut skip = |from: usize, to: usize| skipped[from..to].fill(true);
    skip(0, level(set));
    for node in store.reachable(&[set]) {
        for (class, &edge) in store.edges(node).iter().enumerate() {
            if edge != FALSE {
                seen[level(node)] |= 1 << class;
                skip(level(node) + 1, level(edge));
            }
        }
    }
    ground
        .order
        .iter()
        .zip(seen)
        .zip(skipped)
        .map(|((&fact, seen), skipped)| (fact, seen, skipped))
        .filter(|&(fact, seen, skipped)| {
            !skipped && seen != every_class(&ground.vocabulary.facts[fact])
        })
        .map(|(fact, seen, _)| (fact, seen))
        .collect()
}

fn every_class(fact: &Fact) -> u64 {
    u64::MAX >> (64 - u32::from(fact.classes()))
}

/// The set of all cases in which the facts have these values.
pub(crate) fn fitting(ground: &mut Ground<'_>, values: &[(FactId, u64)]) -> Node {
    values.iter().fold(TRUE, |fitting, &(fact, classes)| {
        let test = ground.one_of(fact, classes);
        ground.store.and(fitting, test)
    })
}

/// The plainest case of the set, as one class for each fact in the ground's order; none where the
/// set is empty.
///
/// Plainest: the fewest facts that are out of the ordinary, then values that the vocabulary lists
/// early.
pub(crate) fn plainest(ground: &Ground<'_>, set: Node) -> Option<Vec<(FactId, u8)>> {
    let costs: Vec<Vec<u32>> =
        ground.order.iter().map(|&fact| strangeness(&ground.vocabulary.facts[fact])).collect();
    let cheapest =
        |level: usize| (0u8..).zip(&costs[level]).min_by_key(|&(class, cost)| (cost, class));
    let bottom = costs.len();
    let store = &ground.store;
    let level = |node: Node| store.level(node).min(bottom);
    let skipped = |from: usize, to: usize| -> u32 {
        (from..to).filter_map(|level| cheapest(level).map(|(_, cost)| *cost)).sum()
    };
    let mut best: FxHashMap<Node, (u32, u8)> = FxHashMap::default();
    let cost_below = |best: &FxHashMap<Node, (u32, u8)>, node: Node| match node {
        TRUE => Some(0),
        FALSE => None,
        inner => best.get(&inner).map(|&(cost, _)| cost),
    };
    for node in store.reachable(&[set]) {
        let at = level(node);
        let ways = (0u8..).zip(store.edges(node)).filter_map(|(class, &edge)| {
            let below = cost_below(&best, edge)? + skipped(at + 1, level(edge));
            Some((costs[at][usize::from(class)] + below, class))
        });
        if let Some(least) = ways.min() {
            best.insert(node, least);
        }
    }
    cost_below(&best, set)?;
    let mut case = Vec::with_capacity(bottom);
    let mut node = set;
    for (at, &fact) in ground.order.iter().enumerate() {
        let class = if level(node) == at {
            let (_, class) = best[&node];
            node = store.edges(node)[usize::from(class)];
            class
        } else {
            cheapest(at).map_or(0, |(class, _)| class)
        };
        case.push((fact, class));
    }
    Some(case)
}

/// How far each value is from the ordinary: nothing where the fact is absent, false, or the first
/// of its list.
fn strangeness(fact: &Fact) -> Vec<u32> {
    const OUT_OF_THE_ORDINARY: u32 = 1000;
    let plain = fact.absent.as_deref().and_then(|absent| fact.class_of(absent)).unwrap_or(0);
    let step = u32::from(matches!(fact.domain, Domain::Values(_)));
    (0..fact.classes())
        .map(|class| if class == plain { 0 } else { OUT_OF_THE_ORDINARY + step * u32::from(class) })
        .collect()
}

/// What must be said of a case so that every possible case of which it is true belongs to the set.
///
/// Facts are dropped one by one, the ordinary ones first: what is left is the plainest telling.
pub(crate) fn telling(
    ground: &mut Ground<'_>,
    set: Node,
    possible: Node,
    case: &[(FactId, u8)],
) -> Vec<(FactId, u8)> {
    let outside = ground.store.and_not(possible, set);
    let mut told: Vec<Option<u8>> = case.iter().map(|&(_, class)| Some(class)).collect();
    let mut drop_order: Vec<usize> = (0..case.len()).rev().collect();
    drop_order.sort_by_key(|&at| {
        let (fact, class) = case[at];
        strangeness(&ground.vocabulary.facts[fact])[usize::from(class)]
    });
    for at in drop_order {
        let dropped = told[at].take();
        if reaches_true(ground, outside, &told) {
            told[at] = dropped;
        }
    }
    case.iter().zip(told).filter(|(_, told)| told.is_some()).map(|(&known, _)| known).collect()
}

/// Whether some case of which this is told belongs to the set.
fn reaches_true(ground: &Ground<'_>, set: Node, told: &[Option<u8>]) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut open = vec![set];
    while let Some(node) = open.pop() {
        if node == TRUE {
            return true;
        }
        if terminal_value(node).is_some() || !seen.insert(node) {
            continue;
        }
        let edges = ground.store.edges(node);
        match told[ground.store.level(node)] {
            Some(class) => open.push(edges[usize::from(class)]),
            None => open.extend_from_slice(edges),
        }
    }
    false
}
