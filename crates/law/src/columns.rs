//! Deciding a batch held in columns.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: rows and facts were checked against the columns before the walk"
)]

use crate::diagram::{Flat, Node, UNKNOWN, terminal, terminal_value};

/// Rows walked side by side.
const LANES: usize = 8;

/// Walks every row; `columns[fact][row]` is a value class, and a fact without a column is unknown.
pub(crate) fn walk(flat: &Flat, root: Node, columns: &[&[u8]], answers: &mut [u32]) {
    let rows = answers.len();
    let class = |fact: usize, row: usize| {
        columns.get(fact).and_then(|column| column.get(row)).copied().unwrap_or(UNKNOWN)
    };
    let mut first = 0;
    while first + LANES <= rows {
        let mut nodes = [root; LANES];
        loop {
            let mut walking = false;
            for (lane, node) in nodes.iter_mut().enumerate() {
                if terminal_value(*node).is_none() {
                    *node = step(flat, *node, &class, first + lane);
                    walking = true;
                }
            }
            if !walking {
                break;
            }
        }
        for (lane, node) in nodes.into_iter().enumerate() {
            answers[first + lane] = answer(node);
        }
        first += LANES;
    }
    for (row, slot) in answers.iter_mut().enumerate().skip(first) {
        let mut node = root;
        while terminal_value(node).is_none() {
            node = step(flat, node, &class, row);
        }
        *slot = answer(node);
    }
}

/// A terminal that stands for "a fact that matters is unknown".
const STUCK: Node = terminal(u32::MAX >> 1);

#[inline]
fn step(flat: &Flat, node: Node, class: &impl Fn(usize, usize) -> u8, row: usize) -> Node {
    match class(flat.fact(node), row) {
        UNKNOWN => STUCK,
        class => flat.edge(node, class),
    }
}

#[inline]
const fn answer(node: Node) -> u32 {
    match terminal_value(node) {
        Some(value) if node != STUCK => value,
        _ => u32::MAX,
    }
}
