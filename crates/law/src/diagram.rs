//! Multi-valued decision diagrams: reduced, ordered, hash-consed while they are built; one flat
//! array when they run.
//!
//! A node tests one fact and has an edge per value class of it. Equal nodes are one node, a node
//! whose edges all agree is never made, and facts are tested in one fixed order (level 0 first), so
//! that equal functions are equal numbers. Terminals are numbers whose meaning the caller keeps: 0
//! and 1 for conditions, an outcome's index for answers.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: node ids and edge offsets come from the store they are used on"
)]

use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

/// A node of a [`Store`], or a terminal (see [`terminal`]).
pub(crate) type Node = u32;

const TERMINAL: u32 = 1 << 31;

/// The terminal `value`, which must be below 2^31.
pub(crate) const fn terminal(value: u32) -> Node {
    value | TERMINAL
}

/// The terminal's value, where `node` is one.
pub(crate) const fn terminal_value(node: Node) -> Option<u32> {
    if node & TERMINAL != 0 { Some(node & !TERMINAL) } else { None }
}

pub(crate) const FALSE: Node = terminal(0);
pub(crate) const TRUE: Node = terminal(1);

/// The builder: nodes by level, made once each.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Number of edges of a node at each level.
    arity: Vec<u8>,
    /// Level and first edge of each node.
    nodes: Vec<(u16, u32)>,
    edges: Vec<Node>,
    /// Nodes by the hash of their level and edges; `chained` links nodes that share a hash.
    unique: FxHashMap<u64, Node>,
    chained: Vec<Node>,
    /// Set when a combination was cut short because the store had outgrown [`NODE_BUDGET`].
    exhausted: bool,
}

/// Nodes that may be made while one diagram is built; combinations are cut short beyond.
const NODE_BUDGET: usize = 1_000_000;

/// The most value classes a fact may have: sets of classes are kept in 64 bits.
pub(crate) const MOST_CLASSES: usize = 64;

impl Store {
    /// A store whose level `i` has `arity[i]` value classes.
    pub(crate) fn new(arity: Vec<u8>) -> Self {
        Self { arity, ..Self::default() }
    }

    /// The number of nodes made.
    pub(crate) const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the store outgrew its budget; what was built since is worthless.
    pub(crate) const fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// The node that tests `level` with these edges; the edge's target itself where all agree.
    pub(crate) fn node(&mut self, level: usize, edges: &[Node]) -> Node {
        debug_assert_eq!(edges.len(), usize::from(self.arity[level]));
        if edges.iter().all(|&edge| edge == edges[0]) {
            return edges[0];
        }
        let hash = FxBuildHasher.hash_one((level, edges));
        let mut found = self.unique.get(&hash).copied().unwrap_or(TERMINAL);
        let head = found;
        while found != TERMINAL {
            if self.level(found) == level && self.edges(found) == edges {
                return found;
            }
            found = self.chained[found as usize];
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the node budget keeps counts far below 2^31"
        )]
        let (made, first) = (self.nodes.len() as u32, self.edges.len() as u32);
        #[expect(clippy::cast_possible_truncation, reason = "levels are facts: fewer than 255")]
        self.nodes.push((level as u16, first));
        self.edges.extend_from_slice(edges);
        self.chained.push(head);
        self.unique.insert(hash, made);
        made
    }

    /// A condition on one fact: true for the classes that `holds` accepts.
    pub(crate) fn test(&mut self, level: usize, holds: impl Fn(u8) -> bool) -> Node {
        let edges: Vec<Node> =
            (0..self.arity[level]).map(|class| if holds(class) { TRUE } else { FALSE }).collect();
        self.node(level, &edges)
    }

    /// The level of a node; a terminal lies below all levels.
    pub(crate) fn level(&self, node: Node) -> usize {
        if node & TERMINAL == 0 { usize::from(self.nodes[node as usize].0) } else { usize::MAX }
    }

    /// The edges of an inner node, one per value class.
    pub(crate) fn edges(&self, node: Node) -> &[Node] {
        let (level, first) = self.nodes[node as usize];
        let first = first as usize;
        &self.edges[first..first + usize::from(self.arity[usize::from(level)])]
    }

    fn edge(&self, node: Node, level: usize, class: usize) -> Node {
        if self.level(node) == level {
            self.edges[self.nodes[node as usize].1 as usize + class]
        } else {
            node
        }
    }

    /// Combines two diagrams terminal by terminal.
    pub(crate) fn apply(
        &mut self,
        a: Node,
        b: Node,
        combine: &mut impl FnMut(u32, u32) -> u32,
    ) -> Node {
        self.apply_some(a, b, &mut |x, y| match (terminal_value(x), terminal_value(y)) {
            (Some(x), Some(y)) => Some(terminal(combine(x, y))),
            _ => None,
        })
    }

    /// Changes the terminals of a diagram where a condition holds; where it holds nowhere, nothing is
    /// walked.
    pub(crate) fn apply_where(
        &mut self,
        root: Node,
        condition: Node,
        change: &mut impl FnMut(u32) -> u32,
    ) -> Node {
        self.apply_some(root, condition, &mut |node, condition| match condition {
            FALSE => Some(node),
            TRUE => terminal_value(node).map(|value| terminal(change(value))),
            _ => None,
        })
    }

    /// Combines two diagrams; `combine` may answer early where one side decides alone.
    fn apply_some(
        &mut self,
        a: Node,
        b: Node,
        combine: &mut impl FnMut(Node, Node) -> Option<Node>,
    ) -> Node {
        let mut memo = FxHashMap::default();
        self.apply_memo(a, b, combine, &mut memo)
    }

    fn apply_memo(
        &mut self,
        a: Node,
        b: Node,
        combine: &mut impl FnMut(Node, Node) -> Option<Node>,
        memo: &mut FxHashMap<(Node, Node), Node>,
    ) -> Node {
        if let Some(done) = combine(a, b) {
            return done;
        }
        if let Some(&done) = memo.get(&(a, b)) {
            return done;
        }
        if self.nodes.len() > NODE_BUDGET {
            self.exhausted = true;
            return FALSE;
        }
        let level = self.level(a).min(self.level(b));
        let arity = usize::from(self.arity[level]);
        let mut edges = [0; MOST_CLASSES];
        for (class, edge) in edges.iter_mut().enumerate().take(arity) {
            let (a, b) = (self.edge(a, level, class), self.edge(b, level, class));
            *edge = self.apply_memo(a, b, combine, memo);
        }
        let made = self.node(level, &edges[..arity]);
        memo.insert((a, b), made);
        made
    }

    pub(crate) fn and(&mut self, a: Node, b: Node) -> Node {
        self.apply_some(a, b, &mut |a, b| match (a, b) {
            (FALSE, _) | (_, FALSE) => Some(FALSE),
            (TRUE, other) | (other, TRUE) => Some(other),
            _ if a == b => Some(a),
            _ => None,
        })
    }

    pub(crate) fn or(&mut self, a: Node, b: Node) -> Node {
        self.apply_some(a, b, &mut |a, b| match (a, b) {
            (TRUE, _) | (_, TRUE) => Some(TRUE),
            (FALSE, other) | (other, FALSE) => Some(other),
            _ if a == b => Some(a),
            _ => None,
        })
    }

    /// `a` and not `b`.
    pub(crate) fn and_not(&mut self, a: Node, b: Node) -> Node {
        self.apply_some(a, b, &mut |a, b| match (a, b) {
            (FALSE, _) | (_, TRUE) => Some(FALSE),
            (_, FALSE) => Some(a),
            _ if a == b => Some(FALSE),
            _ => None,
        })
    }

    pub(crate) fn not(&mut self, a: Node) -> Node {
        self.and_not(TRUE, a)
    }

    pub(crate) fn if_then_else(&mut self, condition: Node, then: Node, otherwise: Node) -> Node {
        let yes = self.and(condition, then);
        let no = self.and_not(otherwise, condition);
        self.or(yes, no)
    }

    /// Rewrites a diagram from its leaves up. `rewrite` sees each node with its edges already
    /// rewritten, and may answer with another node; `None` keeps the node with its new edges.
    pub(crate) fn rewrite(
        &mut self,
        root: Node,
        rewrite: &mut impl FnMut(&Self, Node, &[Node]) -> Option<Node>,
    ) -> Node {
        let mut memo = FxHashMap::default();
        self.rewrite_memo(root, rewrite, &mut memo)
    }

    fn rewrite_memo(
        &mut self,
        node: Node,
        rewrite: &mut impl FnMut(&Self, Node, &[Node]) -> Option<Node>,
        memo: &mut FxHashMap<Node, Node>,
    ) -> Node {
        if let Some(&done) = memo.get(&node) {
            return done;
        }
        let mut edges = [0; MOST_CLASSES];
        let arity = if terminal_value(node).is_some() {
            0
        } else {
            usize::from(self.arity[self.level(node)])
        };
        for (class, edge) in edges.iter_mut().enumerate().take(arity) {
            *edge = self.rewrite_memo(self.edges(node)[class], rewrite, memo);
        }
        let made = match rewrite(self, node, &edges[..arity]) {
            Some(other) => other,
            None if arity == 0 => node,
            None => self.node(self.level(node), &edges[..arity]),
        };
        memo.insert(node, made);
        made
    }

    /// The nodes reachable from the roots, each once, ascending: edges always lead to smaller
    /// numbers or terminals.
    pub(crate) fn reachable(&self, roots: &[Node]) -> Vec<Node> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<Node> = roots.to_vec();
        while let Some(node) = open.pop() {
            if terminal_value(node).is_none() && !std::mem::replace(&mut seen[node as usize], true)
            {
                open.extend_from_slice(self.edges(node));
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the node budget keeps counts far below 2^31"
        )]
        (0..self.nodes.len() as u32).filter(|&node| seen[node as usize]).collect()
    }
}

/// The value class of a fact that is not known.
pub(crate) const UNKNOWN: u8 = u8::MAX;

/// A diagram as one array: each node is the fact it tests followed by its edges, which are offsets
/// or terminals.
///
/// Walking it takes at most one step per fact and allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Flat {
    cells: Vec<u32>,
    /// Number of nodes, for people.
    pub(crate) nodes: usize,
}

impl Flat {
    /// Flattens all that is reachable from `roots`; returns the new names of the roots. `fact_at`
    /// names the fact of a level.
    pub(crate) fn new(store: &Store, roots: &[Node], fact_at: &[u8]) -> (Self, Vec<Node>) {
        let mut kept = store.reachable(roots);
        // Parents before children, level by level: a walk moves forward through the array.
        kept.sort_by_key(|&node| (store.level(node), node));
        let mut place = FxHashMap::with_capacity_and_hasher(kept.len(), FxBuildHasher);
        let mut next = 0u32;
        for &node in &kept {
            place.insert(node, next);
            next += 1 + u32::from(store.arity[store.level(node)]);
        }
        let new_name = |node: Node| place.get(&node).copied().unwrap_or(node);
        let mut cells = Vec::with_capacity(next as usize);
        for &node in &kept {
            cells.push(u32::from(fact_at[store.level(node)]));
            cells.extend(store.edges(node).iter().map(|&edge| new_name(edge)));
        }
        let roots = roots.iter().map(|&root| new_name(root)).collect();
        (Self { cells, nodes: kept.len() }, roots)
    }

    /// The fact that the node tests.
    #[inline]
    pub(crate) fn fact(&self, node: Node) -> usize {
        self.cells[node as usize] as usize
    }

    /// Where the node's edge for `class` leads.
    #[inline]
    pub(crate) fn edge(&self, node: Node, class: u8) -> Node {
        self.cells[node as usize + 1 + usize::from(class)]
    }

    /// All edges of the node, given the number of value classes of its fact.
    pub(crate) fn edges(&self, node: Node, classes: u8) -> &[Node] {
        let first = node as usize + 1;
        &self.cells[first..first + usize::from(classes)]
    }

    /// Follows the facts down to a terminal, or stops at the first node whose fact is unknown.
    #[inline]
    pub(crate) fn walk(&self, root: Node, classes: &[u8]) -> Node {
        let mut node = root;
        while node & TERMINAL == 0 {
            let class = classes[self.fact(node)];
            if class == UNKNOWN {
                break;
            }
            node = self.edge(node, class);
        }
        node
    }

    /// Length of the array; every node is a place in it.
    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Size of the array in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.len() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_functions_are_equal_nodes() {
        let mut store = Store::new(vec![3, 2]);
        let a = store.test(0, |class| class == 1);
        let b = store.test(1, |class| class == 1);
        let left = store.and(a, b);
        let not_b = store.not(b);
        let right = store.and_not(a, not_b);
        assert_eq!(left, right);
        assert_eq!(store.if_then_else(a, b, FALSE), left);
        assert_eq!(store.or(left, a), a);
    }

    #[test]
    fn a_walk_stops_at_what_is_unknown() {
        let mut store = Store::new(vec![2, 2]);
        let a = store.test(0, |class| class == 1);
        let b = store.test(1, |class| class == 1);
        let both = store.and(a, b);
        let (flat, roots) = Flat::new(&store, &[both], &[0, 1]);
        assert_eq!(flat.walk(roots[0], &[0, UNKNOWN]), FALSE);
        assert_eq!(flat.walk(roots[0], &[1, 1]), TRUE);
        assert_eq!(flat.fact(flat.walk(roots[0], &[1, UNKNOWN])), 1);
    }
}
