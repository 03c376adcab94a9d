//! From rules to one decision diagram per act, jurisdiction and span of dates.
//!
//! Each rule's condition becomes a diagram; overriding takes active rules out; the order of laws is
//! folded through the diagram rule by rule, so that every terminal carries the answer with its
//! controlling rules. Open questions are extra levels below all facts: when all rules are in, each
//! bottom part is replaced by the one outcome over all its ways. [`crate::ground`] does each of
//! these; here they are put together and flattened into what decides.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: rule numbers and levels come from the program that is being built"
)]

use jiff::civil::Date;

use crate::{
    answer::Outcome,
    diagram::{FALSE, Flat, Node},
    ground::{Builder, Ground, Sources, fact_order, open_questions},
    order::Ranked,
    vocabulary::FactId,
};

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
    let mut ground = ground_of(sources);
    let mut builder = Builder::new(&mut ground, sources);
    let mut growth = Vec::with_capacity(sources.rules.len());
    let mut conditions = Vec::with_capacity(sources.rules.len());
    for rule in &sources.rules {
        let before = builder.ground.store.len();
        conditions.push(builder.rule(rule));
        growth.push(builder.ground.store.len() - before);
    }
    let (answer, outcomes) = builder.answer(&conditions, &mut growth);
    let conditions: Vec<Node> =
        conditions.into_iter().map(|condition| builder.as_authored(condition)).collect();
    let possible = ground.possible(sources.always);
    if ground.store.exhausted() {
        let mut rules: Vec<usize> = (0..growth.len()).collect();
        rules.sort_by_key(|&rule| std::cmp::Reverse((growth[rule], sources.rules[rule].id)));
        let rules = rules.into_iter().take(3).map(|rule| sources.rules[rule].id).collect();
        return Err(OverBudget { rules });
    }
    let roots: Vec<Node> = [answer, possible].into_iter().chain(conditions).collect();
    let fact_at: Vec<u8> =
        ground.order.iter().map(|&fact| u8::try_from(fact).unwrap_or(u8::MAX)).collect();
    let (flat, roots) = Flat::new(&ground.store, &roots, &fact_at);
    let rules = sources.rules.iter().zip(&roots[2..]).map(|(rule, &condition)| ProgramRule {
        id: rule.id,
        ranked: rule.ranked,
        condition,
        overridden_by: rule.overridden_by.clone(),
    });
    let mut level_of = vec![u8::MAX; sources.vocabulary.facts.len()];
    for (level, &fact) in (0..).zip(&ground.order) {
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
        order: ground.order,
        level_of,
        classes,
    })
}

/// Whether a rule's condition holds anywhere at all, given the definitions of its terms. One that
/// outgrows the node budget is left for [`compile`] to refuse.
pub(crate) fn satisfiable(sources: &Sources<'_>) -> bool {
    let mut ground = ground_of(sources);
    let mut builder = Builder::new(&mut ground, sources);
    sources.rules.iter().all(|rule| builder.rule(rule) != FALSE || builder.ground.store.exhausted())
}

fn ground_of<'a>(sources: &Sources<'a>) -> Ground<'a> {
    Ground::new(sources.vocabulary, fact_order(sources), open_questions(&[sources]))
}
