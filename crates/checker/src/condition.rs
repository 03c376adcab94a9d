//! Conditions over finite facts, each kept once: what is left of them when facts are narrowed.
//!
//! A condition is in negation normal form: tests of single facts under *all* and *any*. A test
//! knows the values that its fact still has, so equal numbers mean equal conditions in equal
//! circumstances.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: numbers come from the store they are used on"
)]

use rustc_hash::FxHashMap;

use crate::vocabulary::Set;

/// A condition's number in its store.
pub(crate) type Id = usize;
/// A fact or an open question, by its number in the store.
pub(crate) type Variable = u32;

/// Holds nowhere.
pub(crate) const FALSE: Id = 0;
/// Holds everywhere.
pub(crate) const TRUE: Id = 1;

/// The most facts and open questions of one store: one bit each.
pub(crate) const MOST_VARIABLES: usize = 128;

/// The most conditions a store keeps. What needs more is not looked at to the end.
const MOST_CONDITIONS: usize = 3_000_000;

/// Steps after which a condition is taken for open.
const MOST_STEPS: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Shape {
    Constant(bool),
    /// The fact's value is one of the first, of the second that are left.
    Among(Variable, Set, Set),
    All(Box<[Id]>),
    Any(Box<[Id]>),
}

/// Conditions, each once.
#[derive(Debug)]
pub(crate) struct Store {
    shapes: Vec<Shape>,
    /// The variables that each condition reads, one bit each.
    mentions: Vec<u128>,
    ids: FxHashMap<Shape, Id>,
    opposites: FxHashMap<Id, Id>,
    narrowed: FxHashMap<(Id, Variable, Set), Id>,
    settled: FxHashMap<Id, Option<bool>>,
}

impl Store {
    pub(crate) fn new() -> Self {
        let mut store = Self {
            shapes: Vec::new(),
            mentions: Vec::new(),
            ids: FxHashMap::default(),
            opposites: FxHashMap::default(),
            narrowed: FxHashMap::default(),
            settled: FxHashMap::default(),
        };
        store.intern(Shape::Constant(false));
        store.intern(Shape::Constant(true));
        store
    }

    /// Whether it holds so much that no more should be asked of it.
    pub(crate) fn is_full(&self) -> bool {
        self.shapes.len() + self.narrowed.len() > MOST_CONDITIONS
    }

    /// The variables that a condition reads, one bit each.
    pub(crate) fn mentions(&self, id: Id) -> u128 {
        self.mentions[id]
    }

    /// The variable's value is one of these, of those that are left.
    pub(crate) fn among(&mut self, variable: Variable, holds: Set, left: Set) -> Id {
        match holds & left {
            0 => FALSE,
            all if all == left => TRUE,
            holds => self.intern(Shape::Among(variable, holds, left)),
        }
    }

    pub(crate) fn all(&mut self, parts: &[Id]) -> Id {
        self.gather(parts, true)
    }

    pub(crate) fn any(&mut self, parts: &[Id]) -> Id {
        self.gather(parts, false)
    }

    pub(crate) fn not(&mut self, id: Id) -> Id {
        if let Some(&known) = self.opposites.get(&id) {
            return known;
        }
        let opposite = match self.shapes[id].clone() {
            Shape::Constant(holds) => usize::from(!holds),
            Shape::Among(variable, holds, left) => self.among(variable, left & !holds, left),
            Shape::All(parts) => {
                let parts: Vec<Id> = parts.iter().map(|&part| self.not(part)).collect();
                self.any(&parts)
            }
            Shape::Any(parts) => {
                let parts: Vec<Id> = parts.iter().map(|&part| self.not(part)).collect();
                self.all(&parts)
            }
        };
        self.opposites.insert(id, opposite);
        opposite
    }

    /// What is left of a condition once the variable has no value but these.
    pub(crate) fn narrow(&mut self, id: Id, variable: Variable, values: Set) -> Id {
        if self.mentions[id] & (1 << variable) == 0 {
            return id;
        }
        if let Some(&known) = self.narrowed.get(&(id, variable, values)) {
            return known;
        }
        let narrowed = match self.shapes[id].clone() {
            Shape::Constant(_) => id,
            Shape::Among(_, holds, left) => self.among(variable, holds, left & values),
            Shape::All(parts) => {
                let parts: Vec<Id> =
                    parts.iter().map(|&part| self.narrow(part, variable, values)).collect();
                self.all(&parts)
            }
            Shape::Any(parts) => {
                let parts: Vec<Id> =
                    parts.iter().map(|&part| self.narrow(part, variable, values)).collect();
                self.any(&parts)
            }
        };
        self.narrowed.insert((id, variable, values), narrowed);
        narrowed
    }

    /// The values that a variable still has, where the condition reads it.
    pub(crate) fn left(&self, id: Id, variable: Variable) -> Option<Set> {
        if self.mentions[id] & (1 << variable) == 0 {
            return None;
        }
        let mut id = id;
        loop {
            match &self.shapes[id] {
                Shape::Among(own, _, left) => return (*own == variable).then_some(*left),
                Shape::Constant(_) => return None,
                Shape::All(parts) | Shape::Any(parts) => {
                    let reads = |part: &&Id| self.mentions[**part] & (1 << variable) != 0;
                    id = *parts.iter().find(reads)?;
                }
            }
        }
    }

    /// The same condition, or a constant where it is one in truth, though its parts do not show it.
    pub(crate) fn settle(&mut self, id: Id) -> Id {
        let mut steps = 0;
        match self.constant(id, &mut steps) {
            Some(holds) => usize::from(holds),
            None => id,
        }
    }

    /// Splits on the condition's own variables until it is seen to be constant, or not to be.
    fn constant(&mut self, id: Id, steps: &mut usize) -> Option<bool> {
        match self.shapes[id] {
            Shape::Constant(holds) => return Some(holds),
            Shape::Among(..) => return None,
            Shape::All(_) | Shape::Any(_) => {}
        }
        if let Some(&known) = self.settled.get(&id) {
            return known;
        }
        *steps += 1;
        if *steps > MOST_STEPS || self.is_full() {
            return None;
        }
        let variable = self.mentions[id].trailing_zeros();
        let left = self.left(id, variable)?;
        let mut all = None;
        for value in (0..Set::BITS).map(|bit| 1 << bit).filter(|value| left & value != 0) {
            let narrowed = self.narrow(id, variable, value);
            let one = self.constant(narrowed, steps);
            if one.is_none() || all.is_some_and(|known| Some(known) != one) {
                // Not remembered where only the steps ran out.
                if *steps <= MOST_STEPS {
                    self.settled.insert(id, None);
                }
                return None;
            }
            all = one;
        }
        self.settled.insert(id, all);
        all
    }

    /// All or any of these: nested parts of the same kind are opened, tests of one fact become one.
    fn gather(&mut self, parts: &[Id], all: bool) -> Id {
        let (neutral, decisive) = if all { (TRUE, FALSE) } else { (FALSE, TRUE) };
        let mut tests: Vec<(Variable, Set, Set)> = Vec::new();
        let mut others = Vec::new();
        let mut open: Vec<Id> = parts.to_vec();
        while let Some(id) = open.pop() {
            match &self.shapes[id] {
                _ if id == decisive => return decisive,
                Shape::Constant(_) => {}
                Shape::All(inner) if all => open.extend(inner),
                Shape::Any(inner) if !all => open.extend(inner),
                &Shape::Among(variable, holds, left) => {
                    match tests.iter_mut().find(|(known, ..)| *known == variable) {
                        Some((_, known, _)) if all => *known &= holds,
                        Some((_, known, _)) => *known |= holds,
                        None => tests.push((variable, holds, left)),
                    }
                }
                _ => others.push(id),
            }
        }
        for (variable, holds, left) in tests {
            let test = self.among(variable, holds, left);
            if test == decisive {
                return decisive;
            }
            if test != neutral {
                others.push(test);
            }
        }
        others.sort_unstable();
        others.dedup();
        match others.as_slice() {
            [] => neutral,
            &[only] => only,
            several if all => self.intern(Shape::All(several.into())),
            several => self.intern(Shape::Any(several.into())),
        }
    }

    fn intern(&mut self, shape: Shape) -> Id {
        if let Some(&known) = self.ids.get(&shape) {
            return known;
        }
        let mentions = match &shape {
            Shape::Constant(_) => 0,
            Shape::Among(variable, ..) => 1 << variable,
            Shape::All(parts) | Shape::Any(parts) => {
                parts.iter().fold(0, |all, &part| all | self.mentions[part])
            }
        };
        self.shapes.push(shape.clone());
        self.mentions.push(mentions);
        self.ids.insert(shape, self.shapes.len() - 1);
        self.shapes.len() - 1
    }
}
