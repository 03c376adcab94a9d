//! From rules to one decision diagram per act, jurisdiction and span of dates.
//!
//! Each rule's condition becomes a diagram; overriding takes active rules out; the order of laws is
//! folded through the diagram rule by rule, so that every terminal carries the answer with its
//! controlling rules. Open questions are extra levels below all facts: when all rules are in, each
//! bottom part is replaced by the one outcome over all its ways.
//!
//! **Order of the facts.** A diagram's size and depth hang on which fact is tested first: see
//! [`fact_order`].

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: rule numbers and levels come from the program that is being built"
)]

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    answer::Outcome,
    diagram::{FALSE, Flat, Node, Store, TRUE, terminal, terminal_value},
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

/// The compiled law about one act, in one jurisdiction, over one span of dates.
#[derive(Debug)]
pub(crate) struct Program {
    /// The first day of the span that it is in force.
    pub(crate) from: Date,
    pub(crate) flat: Flat,
    /// From packed facts to an index into `outcomes`.
    pub(crate) root: Node,
    pub(crate) outcomes: Vec<Outcome>,
    /// The controlling rules of each outcome, by their numbers in the law.
    pub(crate) citations: Vec<Box<[usize]>>,
    pub(crate) rules: Vec<ProgramRule>,
    /// The conditions that hold in every possible world, as a diagram of its own.
    pub(crate) possible: Node,
    /// Facts in the order in which this diagram tests them.
    pub(crate) order: Vec<FactId>,
    /// Place of each fact in that order; `u8::MAX` for the others.
    level_of: Vec<u8>,
    /// Number of value classes of every fact.
    classes: Vec<u8>,
}

impl Program {
    /// Number of value classes of a fact.
    pub(crate) fn classes_of(&self, fact: FactId) -> u8 {
        self.classes[fact]
    }

    /// Place of a fact in the order in which this diagram tests facts.
    pub(crate) fn level_of(&self, fact: FactId) -> u8 {
        self.level_of[fact]
    }
}

#[derive(Debug)]
pub(crate) struct ProgramRule {
    /// Its number in the law.
    pub(crate) id: usize,
    pub(crate) ranked: Ranked,
    /// Where it holds; open questions taken as its authors do.
    pub(crate) condition: Node,
    pub(crate) overridden_by: Vec<u16>,
}

/// The diagram outgrew its budget; these rules made it grow most, by their numbers in the law.
pub(crate) struct OverBudget {
    pub(crate) rules: Vec<usize>,
}

/// Compiles one program.
pub(crate) fn compile(sources: &Sources<'_>) -> Result<Program, OverBudget> {
    let order = fact_order(sources);
    let questions = open_questions(sources);
    let mut compiler = Compiler::new(sources, &order, &questions);
    let mut growth: Vec<(usize, usize)> = Vec::with_capacity(sources.rules.len());
    let mut conditions = Vec::with_capacity(sources.rules.len());
    for rule in &sources.rules {
        let before = compiler.store.len();
        conditions.push(compiler.rule(rule));
        growth.push((compiler.store.len() - before, rule.id));
    }
    let active = compiler.active(&conditions);

    let mut standings = Interner::default();
    let mut answer = terminal(standings.id(Standing::default()));
    for ((rule, &active), growth) in sources.rules.iter().zip(&active).zip(&mut growth) {
        let before = compiler.store.len();
        answer = compiler.store.apply(answer, active, &mut |standing, holds| {
            if holds == 0 {
                standing
            } else {
                standings.id(standings.items[standing as usize].clone().with(rule.ranked))
            }
        });
        growth.0 += compiler.store.len() - before;
    }
    let (answer, outcomes) = compiler.settle_open_questions(answer, &standings.items);

    let possible = compiler.possible(sources.always);
    let conditions: Vec<Node> =
        conditions.into_iter().map(|condition| compiler.as_authored(condition)).collect();
    if compiler.store.exhausted() {
        growth.sort_unstable_by(|a, b| b.cmp(a));
        let rules = growth.into_iter().take(3).map(|(_, rule)| rule).collect();
        return Err(OverBudget { rules });
    }
    let roots: Vec<Node> = [answer, possible].into_iter().chain(conditions).collect();
    let fact_at: Vec<u8> =
        order.iter().map(|&fact| u8::try_from(fact).unwrap_or(u8::MAX)).collect();
    let (flat, roots) = Flat::new(&compiler.store, &roots, &fact_at);
    let rules = sources.rules.iter().zip(&roots[2..]).map(|(rule, &condition)| ProgramRule {
        id: rule.id,
        ranked: rule.ranked,
        condition,
        overridden_by: rule.overridden_by.clone(),
    });
    let mut level_of = vec![u8::MAX; sources.vocabulary.facts.len()];
    for (level, &fact) in (0..).zip(&order) {
        level_of[fact] = level;
    }
    let classes = sources.vocabulary.facts.iter().map(crate::vocabulary::Fact::classes).collect();
    let rules: Vec<ProgramRule> = rules.collect();
    let citations = outcomes
        .iter()
        .map(|outcome| {
            outcome.controlling.iter().map(|&rule| rules[usize::from(rule)].id).collect()
        })
        .collect();
    Ok(Program {
        from: sources.from,
        root: roots[0],
        possible: roots[1],
        outcomes,
        citations,
        rules,
        flat,
        order,
        level_of,
        classes,
    })
}

/// Whether a rule's condition holds anywhere at all, given the definitions of its terms. One that
/// outgrows the node budget is left for [`compile`] to refuse.
pub(crate) fn satisfiable(sources: &Sources<'_>) -> bool {
    let order = fact_order(sources);
    let questions = open_questions(sources);
    let mut compiler = Compiler::new(sources, &order, &questions);
    sources.rules.iter().all(|rule| compiler.rule(rule) != FALSE || compiler.store.exhausted())
}

/// Numbers equal things once.
struct Interner<T> {
    items: Vec<T>,
    ids: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ids: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Interner<T> {
    fn id(&mut self, item: T) -> u32 {
        let items = &mut self.items;
        *self.ids.entry(item).or_insert_with_key(|item| {
            items.push(item.clone());
            u32::try_from(items.len() - 1).unwrap_or(0)
        })
    }
}

/// Builds conditions in one store: levels are the facts in their order, then the open questions.
struct Compiler<'a> {
    store: Store,
    sources: &'a Sources<'a>,
    order: &'a [FactId],
    questions: &'a [&'a str],
    level_of: FxHashMap<FactId, usize>,
    terms: FxHashMap<&'a str, Node>,
}

impl<'a> Compiler<'a> {
    fn new(sources: &'a Sources<'a>, order: &'a [FactId], questions: &'a [&'a str]) -> Self {
        let arity = order
            .iter()
            .map(|&fact| sources.vocabulary.facts[fact].classes())
            .chain(questions.iter().map(|_| 2))
            .collect();
        let level_of = order.iter().enumerate().map(|(level, &fact)| (fact, level)).collect();
        Self {
            store: Store::new(arity),
            sources,
            order,
            questions,
            level_of,
            terms: FxHashMap::default(),
        }
    }

    /// Where a rule holds: its condition, for the actors it binds, while its open question stands.
    fn rule(&mut self, rule: &SourceRule<'a>) -> Node {
        let condition = self.condition(rule.condition);
        let condition = match rule.binds {
            u64::MAX => condition,
            binds => {
                let bound = self.one_of(self.sources.vocabulary.actor_kind, binds);
                self.store.and(bound, condition)
            }
        };
        self.while_standing(condition, rule.contested)
    }

    fn while_standing(&mut self, condition: Node, contested: Option<&str>) -> Node {
        let Some(question) =
            contested.and_then(|name| self.questions.iter().position(|&known| known == name))
        else {
            return condition;
        };
        let stands = self.store.test(self.order.len() + question, |class| class == 1);
        self.store.and(condition, stands)
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
                self.store.not(inner)
            }
            Condition::All(parts) => parts.iter().fold(TRUE, |all, part| {
                let part = self.condition(part);
                self.store.and(all, part)
            }),
            Condition::Any(parts) => parts.iter().fold(FALSE, |any, part| {
                let part = self.condition(part);
                self.store.or(any, part)
            }),
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let (condition, then, otherwise) =
                    (self.condition(condition), self.condition(then), self.condition(otherwise));
                self.store.if_then_else(condition, then, otherwise)
            }
        }
    }

    fn term(&mut self, name: &'a str) -> Node {
        if let Some(&known) = self.terms.get(name) {
            return known;
        }
        let sources = self.sources;
        let definitions = sources.terms.get(name).map_or(&[][..], Vec::as_slice);
        let node = definitions.iter().fold(FALSE, |any, definition| {
            let condition = self.condition(definition.condition);
            let condition = self.while_standing(condition, definition.contested);
            self.store.or(any, condition)
        });
        self.terms.insert(name, node);
        node
    }

    fn one_of(&mut self, fact: FactId, classes: u64) -> Node {
        self.fact(fact, |class| classes & (1 << class) != 0)
    }

    /// A test of one fact; where a law settles it, the settled value counts for the actors that law
    /// binds.
    fn fact(&mut self, fact: FactId, holds: impl Fn(u8) -> bool) -> Node {
        let mut node = self.store.test(self.level_of[&fact], &holds);
        for &(_, class, binds) in
            self.sources.settles.iter().filter(|&&(settled, ..)| settled == fact)
        {
            let actor = self.level_of[&self.sources.vocabulary.actor_kind];
            let bound = self.store.test(actor, |actor| binds & (1 << actor) != 0);
            node = self.store.if_then_else(bound, terminal(u32::from(holds(class))), node);
        }
        node
    }

    /// Where each rule holds and no active rule overrides it.
    fn active(&mut self, conditions: &[Node]) -> Vec<Node> {
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
            node = self.store.and_not(node, by);
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
        let first_question = self.order.len();
        let mut outcomes = Interner::default();
        let leaves: Vec<u32> =
            standings.iter().map(|standing| outcomes.id(standing.outcome())).collect();
        let node = self.store.rewrite(answer, &mut |store, node, _| {
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
        let node = self.store.rewrite(node, &mut |_, node, _| {
            let outcome = terminal_value(node)?;
            Some(terminal(kept.id(outcomes.items[outcome as usize].clone())))
        });
        (node, kept.items)
    }

    /// A condition with every open question answered as its rules' authors do.
    fn as_authored(&mut self, condition: Node) -> Node {
        let first_question = self.order.len();
        self.store.rewrite(condition, &mut |store, node, edges| {
            if store.level(node) >= first_question { edges.get(1).copied() } else { None }
        })
    }

    /// All `always` conditions whose facts this diagram tests.
    fn possible(&mut self, always: &'a [Condition]) -> Node {
        let known: FxHashSet<FactId> = self.order.iter().copied().collect();
        always.iter().fold(TRUE, |possible, condition| {
            let mut facts = FxHashSet::default();
            gather_facts(condition, self.sources, &mut facts);
            if facts.iter().all(|fact| known.contains(fact)) {
                let condition = self.condition(condition);
                self.store.and(possible, condition)
            } else {
                possible
            }
        })
    }
}

fn gather_ways(store: &Store, node: Node, ways: &mut Vec<u32>) {
    match terminal_value(node) {
        Some(standing) => ways.push(standing),
        None => store.edges(node).iter().for_each(|&edge| gather_ways(store, edge, ways)),
    }
}

/// The open questions that the rules and terms are tied to, in alphabetical order.
fn open_questions<'a>(sources: &Sources<'a>) -> Vec<&'a str> {
    let of_rules = sources.rules.iter().filter_map(|rule| rule.contested);
    let of_terms = sources.terms.values().flatten().filter_map(|definition| definition.contested);
    let mut names: Vec<&str> = of_rules.chain(of_terms).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The order in which an act's facts are tested: first the fact that most of its rules read,
/// directly or through terms. Ties keep the vocabulary's order.
///
/// What many rules turn on (who acts, for what purpose) is tested before what only picks among the
/// exceptions of one.
fn fact_order(sources: &Sources<'_>) -> Vec<FactId> {
    let mut readers: FxHashMap<FactId, usize> = FxHashMap::default();
    for rule in &sources.rules {
        let mut facts = FxHashSet::default();
        gather_facts(rule.condition, sources, &mut facts);
        if rule.binds != u64::MAX {
            facts.insert(sources.vocabulary.actor_kind);
        }
        for fact in facts {
            *readers.entry(fact).or_default() += 1;
        }
    }
    if sources.settles.iter().any(|&(fact, ..)| readers.contains_key(&fact)) {
        readers.entry(sources.vocabulary.actor_kind).or_default();
    }
    // What is possible ties facts together: who knows the paper knows something of its signer.
    for condition in sources.always {
        let mut facts = FxHashSet::default();
        gather_facts(condition, sources, &mut facts);
        if facts.iter().any(|fact| readers.contains_key(fact)) {
            facts.into_iter().for_each(|fact| _ = readers.entry(fact).or_default());
        }
    }
    let mut order: Vec<FactId> = readers.keys().copied().collect();
    order.sort_by_key(|fact| (std::cmp::Reverse(readers[fact]), *fact));
    order
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
