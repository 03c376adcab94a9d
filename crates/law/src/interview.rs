//! Asking for what is not known: the fewest questions in expectation.
//!
//! What the known facts leave open is a diagram of its own. A point of it is finished where all
//! that is below agrees and shares a controlling rule: the answer stands. The next question is the
//! fact after which the fewest further questions are expected, every value of a fact counted as
//! equally likely. Where at most five facts are left to ask, that expectation is the best possible;
//! above, it is that of asking on in the diagram's own order, which every step improves upon.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: levels and leaves come from the open part that is being asked about"
)]

use rustc_hash::FxHashMap;

use crate::{
    Law,
    answer::Outcome,
    compile::Program,
    decide::{Decision, Scratch},
    diagram::{Node, Store, UNKNOWN, terminal, terminal_value},
    error::QuestionError,
    facts::{FactSet, Facts, members},
    question::Question,
    vocabulary::{FactId, Who},
};

/// Facts left to ask below which the best order of asking is searched completely.
const EXACT: usize = 5;

/// The facts that the answer may still depend on: first the one to ask next, then in the order of
/// asking.
pub(crate) fn needed(law: &Law, program: &Program, facts: &Facts) -> Vec<FactId> {
    let mut open = Open::new(law, program, facts);
    let root = open.root;
    let mut support: Vec<FactId> = members(open.support(root)).collect();
    if let Some(next) = open.next(u128::MAX)
        && let Some(place) = support.iter().position(|&fact| fact == next)
    {
        support.remove(place);
        support.insert(0, next);
    }
    support
}

/// An interview: one question at a time, until the answer stands.
#[derive(Debug)]
pub struct Interview<'a> {
    law: &'a Law,
    question: Question<'a>,
    /// Who is asked.
    who: Who,
    /// Answers given, in order; `None` for "I don't know".
    given: Vec<(FactId, Option<u8>)>,
    scratch: Scratch,
}

/// What comes next in an interview.
#[derive(Debug)]
pub enum Step<'a> {
    /// Ask for this fact.
    Ask {
        /// The fact.
        fact: FactId,
        /// How many questions, this one included, are left at most.
        at_most: usize,
    },
    /// There is nothing more that the person asked can know.
    Done(Box<Decision<'a>>),
}

impl<'a> Interview<'a> {
    /// Begins an interview of someone at that desk, with what is known already.
    #[must_use]
    pub fn new(law: &'a Law, question: Question<'a>, who: Who) -> Self {
        Self { law, question, who, given: Vec::new(), scratch: Scratch::default() }
    }

    /// What to ask next, or the decision.
    ///
    /// # Errors
    ///
    /// As [`Law::decide`].
    pub fn step(&mut self) -> Result<Step<'a>, QuestionError> {
        let decision = self.law.decide(&self.question, &mut self.scratch)?;
        let Question { jurisdiction, action, on, .. } = self.question;
        if decision.needs.is_empty() {
            return Ok(Step::Done(Box::new(decision)));
        }
        let Some(program) = self.law.program(jurisdiction, action, on) else {
            return Ok(Step::Done(Box::new(decision)));
        };
        let unknowable: FactSet = self
            .given
            .iter()
            .filter(|(_, class)| class.is_none())
            .fold(0, |set, &(fact, _)| set | 1 << fact);
        let askable = self.law.known_to(self.who) & !unknowable;
        let mut open = Open::new(self.law, program, &self.question.facts);
        match open.next(askable) {
            Some(fact) => Ok(Step::Ask { fact, at_most: open.at_most(askable) }),
            None => Ok(Step::Done(Box::new(decision))),
        }
    }

    /// Takes the answer to a question; `None` is "I don't know".
    pub fn answer(&mut self, fact: FactId, class: Option<u8>) {
        self.given.push((fact, class));
        self.question.set(fact, class);
    }

    /// Takes the last answer back; returns the fact it was about.
    pub fn back(&mut self) -> Option<FactId> {
        let (fact, _) = self.given.pop()?;
        self.question.set(fact, None);
        Some(fact)
    }

    /// The answers given so far, in order.
    #[must_use]
    pub fn given(&self) -> &[(FactId, Option<u8>)] {
        &self.given
    }

    /// The question as far as it is answered.
    #[must_use]
    pub const fn question(&self) -> &Question<'a> {
        &self.question
    }
}

impl Law {
    /// The facts that someone at that desk can know: counsel can know all, records what the desk
    /// knows besides.
    fn known_to(&self, who: Who) -> FactSet {
        self.vocabulary
            .facts
            .iter()
            .enumerate()
            .filter(|(_, fact)| fact.who <= who)
            .fold(0, |set, (fact, _)| set | 1 << fact)
    }
}

/// What the known facts leave open.
struct Open<'a> {
    law: &'a Law,
    order: &'a [FactId],
    store: Store,
    leaves: Vec<Outcome>,
    leaf_ids: FxHashMap<Outcome, u32>,
    root: Node,
    /// What stands together below each node.
    standing: FxHashMap<Node, Option<Outcome>>,
    /// Probability of each value class, by level.
    weights: Vec<Vec<f64>>,
}

impl<'a> Open<'a> {
    fn new(law: &'a Law, program: &'a Program, facts: &Facts) -> Self {
        let order = &program.order;
        let arity = order.iter().map(|&fact| program.classes_of(fact)).collect();
        let weights = order
            .iter()
            .map(|&fact| {
                let sizes = law.vocabulary.facts[fact].class_sizes();
                let total: u64 = sizes.iter().sum();
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a domain has far fewer than 2^52 values"
                )]
                sizes.into_iter().map(|size| size as f64 / total as f64).collect()
            })
            .collect();
        let mut open = Self {
            law,
            order,
            store: Store::new(arity),
            leaves: Vec::new(),
            leaf_ids: FxHashMap::default(),
            root: terminal(0),
            standing: FxHashMap::default(),
            weights,
        };
        open.root = open.restrict(program, program.root, facts, &mut FxHashMap::default());
        open
    }

    fn restrict(
        &mut self,
        program: &Program,
        node: Node,
        facts: &Facts,
        memo: &mut FxHashMap<Node, Node>,
    ) -> Node {
        if let Some(outcome) = terminal_value(node) {
            return self.leaf(program.outcomes[outcome as usize].clone());
        }
        if let Some(&done) = memo.get(&node) {
            return done;
        }
        let fact = program.flat.fact(node);
        let made = match facts.classes()[fact] {
            UNKNOWN => {
                let edges: Vec<Node> = program
                    .flat
                    .edges(node, program.classes_of(fact))
                    .iter()
                    .map(|&edge| self.restrict(program, edge, facts, memo))
                    .collect();
                self.store.node(usize::from(program.level_of(fact)), &edges)
            }
            class => self.restrict(program, program.flat.edge(node, class), facts, memo),
        };
        memo.insert(node, made);
        made
    }

    fn leaf(&mut self, outcome: Outcome) -> Node {
        let leaves = &mut self.leaves;
        terminal(*self.leaf_ids.entry(outcome).or_insert_with_key(|outcome| {
            leaves.push(outcome.clone());
            u32::try_from(leaves.len() - 1).unwrap_or(0)
        }))
    }

    /// The answer on which everything below `node` stands together, if it does.
    ///
    /// Nodes that stand are not replaced by one leaf: rules that they share with one neighbor may
    /// be others than with the next.
    fn standing(&mut self, node: Node) -> Option<Outcome> {
        if let Some(leaf) = terminal_value(node) {
            return Some(self.leaves[leaf as usize].clone());
        }
        if let Some(known) = self.standing.get(&node) {
            return known.clone();
        }
        let edges = self.store.edges(node).to_vec();
        let below: Option<Vec<Outcome>> =
            edges.into_iter().map(|edge| self.standing(edge)).collect();
        let common = below.and_then(|below| Outcome::common(below.iter()));
        self.standing.insert(node, common.clone());
        common
    }

    /// The facts on which the answer below `node` depends.
    fn support(&mut self, node: Node) -> FactSet {
        let (mut support, mut open) = (0, vec![node]);
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(node) = open.pop() {
            if seen.insert(node) && self.standing(node).is_none() {
                support |= 1 << self.order[self.store.level(node)];
                open.extend_from_slice(self.store.edges(node));
            }
        }
        support
    }

    /// The best fact to ask next among those that can be asked.
    fn next(&mut self, askable: FactSet) -> Option<FactId> {
        let candidates = self.support(self.root) & askable;
        if let Some(first) = members(candidates).find(|&fact| self.law.vocabulary.facts[fact].first)
        {
            return Some(first);
        }
        let exact = candidates.count_ones() as usize <= EXACT;
        let mut memo = FxHashMap::default();
        let mut best: Option<(f64, FactId)> = None;
        // `members` follows the vocabulary's order, so that ties go to the more natural question.
        for fact in members(candidates) {
            let cost = self.cost_of_asking(self.root, fact, askable, exact, &mut memo);
            if best.is_none_or(|(least, _)| cost < least - 1e-9) {
                best = Some((cost, fact));
            }
        }
        best.map(|(_, fact)| fact)
    }

    fn cost_of_asking(
        &mut self,
        node: Node,
        fact: FactId,
        askable: FactSet,
        exact: bool,
        memo: &mut FxHashMap<Node, f64>,
    ) -> f64 {
        let Some(level) = self.order.iter().position(|&known| known == fact) else { return 0.0 };
        let mut cost = 1.0;
        for class in 0..self.weights[level].len() {
            let given = self.assume(node, level, class, &mut FxHashMap::default());
            let after = if exact {
                self.least_cost(given, askable, memo)
            } else {
                self.cost_in_order(given, askable, memo)
            };
            cost += self.weights[level][class] * after;
        }
        cost
    }

    /// The expected number of questions below `node` when every step is the best possible.
    fn least_cost(&mut self, node: Node, askable: FactSet, memo: &mut FxHashMap<Node, f64>) -> f64 {
        if let Some(&known) = memo.get(&node) {
            return known;
        }
        if self.standing(node).is_some() {
            return 0.0;
        }
        let mut least = f64::INFINITY;
        for fact in members(self.support(node) & askable) {
            least = least.min(self.cost_of_asking(node, fact, askable, true, memo));
        }
        let least = if least.is_finite() { least } else { 0.0 };
        memo.insert(node, least);
        least
    }

    /// The expected number of questions below `node` when the diagram's own order is followed.
    fn cost_in_order(
        &mut self,
        node: Node,
        askable: FactSet,
        memo: &mut FxHashMap<Node, f64>,
    ) -> f64 {
        if self.standing(node).is_some() {
            return 0.0;
        }
        if let Some(&known) = memo.get(&node) {
            return known;
        }
        let level = self.store.level(node);
        let own = if askable & (1 << self.order[level]) == 0 { 0.0 } else { 1.0 };
        let mut below = 0.0;
        for (class, edge) in self.store.edges(node).to_vec().into_iter().enumerate() {
            below += self.weights[level][class] * self.cost_in_order(edge, askable, memo);
        }
        memo.insert(node, own + below);
        own + below
    }

    /// The diagram with one fact known.
    fn assume(
        &mut self,
        node: Node,
        level: usize,
        class: usize,
        memo: &mut FxHashMap<Node, Node>,
    ) -> Node {
        let own = self.store.level(node);
        if own > level {
            return node;
        }
        if own == level {
            return self.store.edges(node)[class];
        }
        if let Some(&done) = memo.get(&node) {
            return done;
        }
        let edges: Vec<Node> = self
            .store
            .edges(node)
            .to_vec()
            .into_iter()
            .map(|edge| self.assume(edge, level, class, memo))
            .collect();
        let made = self.store.node(own, &edges);
        memo.insert(node, made);
        made
    }

    /// The most questions that can be left: every fact that may still matter and can be asked. A
    /// path through the diagram may be shorter, but the interview need not ask in the diagram's
    /// order.
    fn at_most(&mut self, askable: FactSet) -> usize {
        (self.support(self.root) & askable).count_ones() as usize
    }
}
