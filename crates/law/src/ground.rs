//! Conditions as diagrams: one store, one order of facts, and what is built on it.
//!
//! A [`Ground`] fixes the levels: the facts in the order in which they are tested, then the open
//! questions of law as variables of their own. A [`Builder`] turns the rules, terms and settled
//! facts of one [`Sources`] into diagrams on it. [`crate::compile`] builds one law on a ground;
//! comparing and proving build two, so that equal functions are equal numbers across both.
//!
//! **Order of the facts.** A diagram's size and depth hang on which fact is tested first: see
//! [`fact_order`].

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: rule numbers and levels come from the ground that they are used on"
)]

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    answer::Outcome,
    diagram::{FALSE, Node, Store, TRUE, terminal, terminal_value},
    order::{Ranked, Standing},
    pack::Condition,
    vocabulary::{Domain, FactId, Vocabulary},
};

/// What one act, jurisdiction and span of dates compiles from.
pub(crate) struct Sources<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    /// The first day of the span.
    pub(crate) from: Date,
    /// The rules about the act, highest layer first.
    pub(crate) rules: Vec<SourceRule<'a>>,
    /// Definitions in force, by the term's name.
    pub(crate) terms: FxHashMap<&'a str, Vec<Definition<'a>>>,
    /// Facts settled for actors: fact, class, actors bound.
    pub(crate) settles: Vec<(FactId, u8, u64)>,
    /// What holds in every possible world.
    pub(crate) always: &'a [Condition],
    /// Open questions that are taken as answered: whether their rules stand.
    pub(crate) positions: Vec<(&'a str, bool)>,
}

pub(crate) struct SourceRule<'a> {
    /// Its number in the law.
    pub(crate) id: usize,
    pub(crate) ranked: Ranked,
    pub(crate) condition: &'a Condition,
    pub(crate) binds: u64,
    pub(crate) contested: Option<&'a str>,
    /// Which of these rules override it.
    pub(crate) overridden_by: Vec<u16>,
}

#[derive(Clone, Copy)]
pub(crate) struct Definition<'a> {
    pub(crate) condition: &'a Condition,
    pub(crate) contested: Option<&'a str>,
}

/// One store with its levels: the facts in their order, then the open questions.
pub(crate) struct Ground<'a> {
    pub(crate) store: Store,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) order: Vec<FactId>,
    level_of: FxHashMap<FactId, usize>,
    questions: Vec<&'a str>,
}

impl<'a> Ground<'a> {
    /// A ground on which these facts are tested in this order, below them these open questions.
    pub(crate) fn new(
        vocabulary: &'a Vocabulary,
        order: Vec<FactId>,
        questions: Vec<&'a str>,
    ) -> Self {
        let arity = order
            .iter()
            .map(|&fact| vocabulary.facts[fact].classes())
            .chain(questions.iter().map(|_| 2))
            .collect();
        let level_of = order.iter().enumerate().map(|(level, &fact)| (fact, level)).collect();
        Self { store: Store::new(arity), vocabulary, order, level_of, questions }
    }

    /// The terminal that a case leads to; it gives every fact's class, in the order of the ground.
    pub(crate) fn follow(&self, root: Node, case: &[(FactId, u8)]) -> u32 {
        let mut node = root;
        loop {
            match terminal_value(node) {
                Some(value) => return value,
                None => {
                    let (_, class) = case[self.store.level(node)];
                    node = self.store.edges(node)[usize::from(class)];
                }
            }
        }
    }

    /// Where the fact's value class is one of these, one bit a class.
    pub(crate) fn one_of(&mut self, fact: FactId, classes: u64) -> Node {
        self.store.test(self.level_of[&fact], |class| classes & (1 << class) != 0)
    }

    /// The facts as stated, whatever any law settles: all `always` conditions whose facts are
    /// tested here.
    pub(crate) fn possible(&mut self, always: &'a [Condition]) -> Node {
        let mut possible = TRUE;
        for condition in always {
            let mut known = true;
            condition.each_fact(&mut |fact| known &= self.level_of.contains_key(&fact));
            if known {
                let unsettled = Sources::nothing(self.vocabulary);
                let condition = Builder::new(self, &unsettled).condition(condition);
                possible = self.store.and(possible, condition);
            }
        }
        possible
    }
}

impl<'a> Sources<'a> {
    /// No rules, no terms, nothing settled.
    pub(crate) fn nothing(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            from: Date::ZERO,
            rules: Vec::new(),
            terms: FxHashMap::default(),
            settles: Vec::new(),
            always: &[],
            positions: Vec::new(),
        }
    }
}

/// Builds the diagrams of one law on a ground.
pub(crate) struct Builder<'g, 'a, 's> {
    pub(crate) ground: &'g mut Ground<'a>,
    sources: &'s Sources<'a>,
    terms: FxHashMap<&'a str, Node>,
    /// Whether a fact that the law settles reads as settled.
    settled: bool,
}

impl<'g, 'a, 's> Builder<'g, 'a, 's> {
    pub(crate) fn new(ground: &'g mut Ground<'a>, sources: &'s Sources<'a>) -> Self {
        Self { ground, sources, terms: FxHashMap::default(), settled: true }
    }

    /// Where a rule holds: its condition, for the actors it binds, while its open question stands.
    pub(crate) fn rule(&mut self, rule: &SourceRule<'a>) -> Node {
        let condition = self.condition(rule.condition);
        let condition = match rule.binds {
            u64::MAX => condition,
            binds => {
                let bound = self.one_of(self.sources.vocabulary.actor_kind, binds);
                self.ground.store.and(bound, condition)
            }
        };
        self.while_standing(condition, rule.contested)
    }

    fn while_standing(&mut self, condition: Node, contested: Option<&str>) -> Node {
        let Some(name) = contested else { return condition };
        if let Some(&(_, stands)) = self.sources.positions.iter().find(|(known, _)| *known == name)
        {
            return if stands { condition } else { FALSE };
        }
        let Some(question) = self.ground.questions.iter().position(|&known| known == name) else {
            return condition;
        };
        let stands = self.ground.store.test(self.ground.order.len() + question, |class| class == 1);
        self.ground.store.and(condition, stands)
    }

    /// Where a condition from outside the law holds: its facts are those of the case as stated,
    /// its terms mean what the law makes of them.
    pub(crate) fn outside_condition(&mut self, condition: &'a Condition) -> Node {
        self.settled = false;
        let node = self.condition(condition);
        self.settled = true;
        self.as_authored(node)
    }

    fn condition(&mut self, condition: &'a Condition) -> Node {
        match condition {
            Condition::Constant(holds) => terminal(u32::from(*holds)),
            Condition::OneOf(fact, classes) => self.one_of(*fact, *classes),
            Condition::Below(fact, bound) => {
                // INVARIANT: the bound is one of the fact's cuts, which were gathered from all
                // conditions.
                let below = match &self.sources.vocabulary.facts[*fact].domain {
                    Domain::Range { cuts, .. } => cuts.partition_point(|cut| cut < bound),
                    Domain::Bool | Domain::Values(_) => 0,
                };
                self.fact(*fact, |class| usize::from(class) <= below)
            }
            Condition::Term(name) => self.term(name),
            Condition::Not(inner) => {
                let inner = self.condition(inner);
                self.ground.store.not(inner)
            }
            Condition::All(parts) => parts.iter().fold(TRUE, |all, part| {
                let part = self.condition(part);
                self.ground.store.and(all, part)
            }),
            Condition::Any(parts) => parts.iter().fold(FALSE, |any, part| {
                let part = self.condition(part);
                self.ground.store.or(any, part)
            }),
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let (condition, then, otherwise) =
                    (self.condition(condition), self.condition(then), self.condition(otherwise));
                self.ground.store.if_then_else(condition, then, otherwise)
            }
        }
    }

    fn term(&mut self, name: &'a str) -> Node {
        if let Some(&known) = self.terms.get(name) {
            return known;
        }
        let (sources, settled) = (self.sources, std::mem::replace(&mut self.settled, true));
        let definitions = sources.terms.get(name).map_or(&[][..], Vec::as_slice);
        let node = definitions.iter().fold(FALSE, |any, definition| {
            let condition = self.condition(definition.condition);
            let condition = self.while_standing(condition, definition.contested);
            self.ground.store.or(any, condition)
        });
        self.settled = settled;
        self.terms.insert(name, node);
        node
    }

    fn one_of(&mut self, fact: FactId, classes: u64) -> Node {
        self.fact(fact, |class| classes & (1 << class) != 0)
    }

    /// A test of one fact; where a law settles it, the settled value counts for the actors that law
    /// binds.
    fn fact(&mut self, fact: FactId, holds: impl Fn(u8) -> bool) -> Node {
        let mut node = self.ground.store.test(self.ground.level_of[&fact], &holds);
        let settles = self.sources.settles.iter();
        for &(_, class, binds) in settles.filter(|&&(settled, ..)| self.settled && settled == fact)
        {
            let actor = self.ground.level_of[&self.sources.vocabulary.actor_kind];
            let bound = self.ground.store.test(actor, |actor| binds & (1 << actor) != 0);
            node = self.ground.store.if_then_else(bound, terminal(u32::from(holds(class))), node);
        }
        node
    }

    /// The answer everywhere, and the outcomes that its terminals name. `conditions` is where each
    /// rule holds; `growth` gains the nodes that each rule made.
    pub(crate) fn answer(
        &mut self,
        conditions: &[Node],
        growth: &mut [usize],
    ) -> (Node, Vec<Outcome>) {
        let active = self.active(conditions);
        let mut standings = Interner::default();
        let mut answer = terminal(standings.id(Standing::default()));
        for ((rule, &active), growth) in self.sources.rules.iter().zip(&active).zip(growth) {
            let before = self.ground.store.len();
            answer = self.ground.store.apply_where(answer, active, &mut |standing| {
                standings.id(standings.items[standing as usize].clone().with(rule.ranked))
            });
            *growth += self.ground.store.len() - before;
        }
        self.settle_open_questions(answer, &standings.items)
    }

    /// Where each rule holds and no active rule overrides it.
    pub(crate) fn active(&mut self, conditions: &[Node]) -> Vec<Node> {
        let mut active = vec![None; conditions.len()];
        for rule in 0..conditions.len() {
            self.activate(rule, conditions, &mut active);
        }
        active.into_iter().map(|node| node.unwrap_or(FALSE)).collect()
    }

    fn activate(&mut self, rule: usize, conditions: &[Node], active: &mut [Option<Node>]) -> Node {
        if let Some(done) = active[rule] {
            return done;
        }
        // INVARIANT: overriding is never circular, or the law would not have loaded.
        let mut node = conditions[rule];
        for &by in &self.sources.rules[rule].overridden_by {
            let by = self.activate(usize::from(by), conditions, active);
            node = self.ground.store.and_not(node, by);
        }
        active[rule] = Some(node);
        node
    }

    /// Replaces standings by outcomes, and every bottom part that asks open questions by the
    /// outcome over all their ways.
    fn settle_open_questions(
        &mut self,
        answer: Node,
        standings: &[Standing],
    ) -> (Node, Vec<Outcome>) {
        let first_question = self.ground.order.len();
        let mut outcomes = Interner::default();
        let leaves: Vec<u32> =
            standings.iter().map(|standing| outcomes.id(standing.outcome())).collect();
        let node = self.ground.store.rewrite(answer, &mut |store, node, _| {
            if let Some(standing) = terminal_value(node) {
                return Some(terminal(leaves[standing as usize]));
            }
            (store.level(node) >= first_question).then(|| {
                let mut ways = Vec::new();
                gather_ways(store, node, &mut ways);
                ways.sort_unstable();
                ways.dedup();
                let ways: Vec<Outcome> =
                    ways.iter().map(|&standing| standings[standing as usize].outcome()).collect();
                terminal(outcomes.id(Outcome::over_open_questions(&ways)))
            })
        });
        // Only outcomes that some terminal still names are kept.
        let mut kept = Interner::default();
        let node = self.ground.store.rewrite(node, &mut |_, node, _| {
            let outcome = terminal_value(node)?;
            Some(terminal(kept.id(outcomes.items[outcome as usize].clone())))
        });
        (node, kept.items)
    }

    /// A condition with every open question answered as its rules' authors do.
    pub(crate) fn as_authored(&mut self, condition: Node) -> Node {
        let first_question = self.ground.order.len();
        self.ground.store.rewrite(condition, &mut |store, node, edges| {
            if store.level(node) >= first_question { edges.get(1).copied() } else { None }
        })
    }
}

fn gather_ways(store: &Store, node: Node, ways: &mut Vec<u32>) {
    match terminal_value(node) {
        Some(standing) => ways.push(standing),
        None => store.edges(node).iter().for_each(|&edge| gather_ways(store, edge, ways)),
    }
}

/// Numbers equal things once.
pub(crate) struct Interner<T> {
    pub(crate) items: Vec<T>,
    ids: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ids: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Interner<T> {
    pub(crate) fn id(&mut self, item: T) -> u32 {
        let items = &mut self.items;
        *self.ids.entry(item).or_insert_with_key(|item| {
            items.push(item.clone());
            u32::try_from(items.len() - 1).unwrap_or(0)
        })
    }
}

/// The open questions that the rules and terms of these laws are tied to and that nobody has taken
/// as answered, in alphabetical order.
pub(crate) fn open_questions<'a>(laws: &[&Sources<'a>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for sources in laws {
        let of_rules = sources.rules.iter().filter_map(|rule| rule.contested);
        let of_terms =
            sources.terms.values().flatten().filter_map(|definition| definition.contested);
        names.extend(
            of_rules
                .chain(of_terms)
                .filter(|name| sources.positions.iter().all(|(known, _)| known != name)),
        );
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The order in which an act's facts are tested: first the fact that most of its rules read,
/// directly or through terms. Ties keep the vocabulary's order.
///
/// What many rules turn on (who acts, for what purpose) is tested before what only picks among the
/// exceptions of one.
pub(crate) fn fact_order(sources: &Sources<'_>) -> Vec<FactId> {
    let mut readers = Readers::default();
    readers.add(sources);
    readers.order(sources.always)
}

/// How many rules read each fact.
#[derive(Default)]
pub(crate) struct Readers(FxHashMap<FactId, usize>);

impl Readers {
    /// Who acts is a fact of every case.
    pub(crate) fn of_actors(vocabulary: &Vocabulary) -> Self {
        Self(std::iter::once((vocabulary.actor_kind, 0)).collect())
    }

    /// Counts the rules of a law.
    pub(crate) fn add(&mut self, sources: &Sources<'_>) {
        let actor_kind = sources.vocabulary.actor_kind;
        for rule in &sources.rules {
            self.add_condition(rule.condition, sources, rule.binds != u64::MAX);
        }
        if sources.settles.iter().any(|&(fact, ..)| self.0.contains_key(&fact)) {
            self.0.entry(actor_kind).or_default();
        }
    }

    /// Counts a condition; `bound` to some actors only, it reads who acts besides.
    pub(crate) fn add_condition(
        &mut self,
        condition: &Condition,
        sources: &Sources<'_>,
        bound: bool,
    ) {
        let mut facts = FxHashSet::default();
        gather_facts(condition, sources, &mut facts);
        if bound {
            facts.insert(sources.vocabulary.actor_kind);
        }
        for fact in facts {
            *self.0.entry(fact).or_default() += 1;
        }
    }

    /// The facts in their order. What is possible ties facts together: who knows the paper knows
    /// something of its signer.
    pub(crate) fn order(mut self, always: &[Condition]) -> Vec<FactId> {
        loop {
            let before = self.0.len();
            for condition in always {
                let mut facts = FxHashSet::default();
                condition.each_fact(&mut |fact| _ = facts.insert(fact));
                if facts.iter().any(|fact| self.0.contains_key(fact)) {
                    facts.into_iter().for_each(|fact| _ = self.0.entry(fact).or_default());
                }
            }
            if self.0.len() == before {
                break;
            }
        }
        let mut order: Vec<FactId> = self.0.keys().copied().collect();
        order.sort_by_key(|fact| (std::cmp::Reverse(self.0[fact]), *fact));
        order
    }
}

/// The facts a condition reads, directly or through terms.
fn gather_facts(condition: &Condition, sources: &Sources<'_>, facts: &mut FxHashSet<FactId>) {
    condition.each_fact(&mut |fact| _ = facts.insert(fact));
    condition.each_term(&mut |name| {
        for definition in sources.terms.get(name).into_iter().flatten() {
            gather_facts(definition.condition, sources, facts);
        }
    });
}
