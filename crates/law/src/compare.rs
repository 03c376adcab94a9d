//! Two laws compared, completely: every kind of case in which their answers differ.
//!
//! The laws may be those of two jurisdictions, of two days, or of a draft beside what it changes.
//! The classes of an act are disjoint and together are all cases that differ; what is impossible
//! (`@always`), and actors that one side does not bind, are left out.

use std::cmp::Reverse;

use crate::{
    answer::Word,
    diagram::{FALSE, Node, TRUE, terminal, terminal_value},
    error::Problem,
    ground::Interner,
    joint::{Joint, Side, join},
    law::RuleId,
    region,
    vocabulary::{ActionId, FactId},
};

/// Facts with a value class each.
pub type Told = Vec<(FactId, u8)>;

/// How two laws answer about one act.
#[derive(Debug)]
pub struct Comparison {
    /// The act.
    pub action: ActionId,
    /// The facts that either law reads about it, with those that what is possible ties to them.
    pub facts: Vec<FactId>,
    /// All possible cases.
    pub cases: u128,
    /// Those in which the answers differ.
    pub differing: u128,
    /// Those in which both answer the same, by that answer, in the order of [`Word::ALL`].
    pub agreeing: Vec<(Word, u128)>,
    /// The kinds of cases that differ, the largest first.
    pub classes: Vec<Class>,
}

impl Comparison {
    /// The part of all cases that differs, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        share(self.differing, self.cases)
    }
}

/// `part` of `whole`, 0 to 1; nothing of nothing is 0.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share is for people to read")]
pub fn share(part: u128, whole: u128) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// One kind of case in which two laws differ: each side's answer, and the rule that makes it.
#[derive(Debug)]
pub struct Class {
    /// The first law's answer.
    pub a: Word,
    /// The second law's.
    pub b: Word,
    /// The first law's controlling rules, those that every case of the class shares.
    pub a_because: Vec<RuleId>,
    /// The second law's.
    pub b_because: Vec<RuleId>,
    /// How many cases.
    pub cases: u128,
    /// What all of them have in common: the values that a fact has in any of them, one bit a class.
    pub common: Vec<(FactId, u64)>,
    /// Whether every possible case that has this in common belongs to the class.
    pub exact: bool,
    /// What makes the plainest of its cases one of them; whoever hears no more than this knows the
    /// answers.
    pub story: Told,
    /// The plainest of its cases, whole.
    pub example: Told,
}

impl Class {
    /// Whether the second law is stricter than the first in these cases: it forbids what the first
    /// does not, or sends to counsel what the first leaves open.
    #[must_use]
    pub fn stricter(&self) -> bool {
        self.b.strictness() > self.a.strictness()
    }

    /// Whether it is looser.
    #[must_use]
    pub fn looser(&self) -> bool {
        self.b.strictness() < self.a.strictness()
    }
}

/// The actors that both sides bind, one bit a class, then those that only one of them does.
#[must_use]
pub fn actors(a: Side<'_>, b: Side<'_>) -> (u64, u64, u64) {
    let (a, b) = (a.actors(), b.actors());
    (a & b, a & !b, b & !a)
}

/// Compares what two laws answer about an act, for these actors (one bit a class).
///
/// Both laws must have the same vocabulary and value classes: see [`crate::Law::load_beside`].
///
/// # Errors
///
/// Where the diagrams outgrow the node budget.
pub fn compare(
    a: Side<'_>,
    b: Side<'_>,
    action: ActionId,
    actors: u64,
) -> Result<Comparison, Problem> {
    let laws = [a.sources(action, &[]), b.sources(action, &[])];
    let mut joint = join(&laws, &[], actors)?;
    let cases = joint.counter.count(&joint.ground, joint.possible);
    let agreeing = agreeing(&mut joint);
    let (difference, kinds) = difference(&mut joint);
    let counts = joint.counter.counts(&joint.ground, difference);
    let mut classes: Vec<Class> = counts
        .into_iter()
        .filter_map(|(number, cases)| {
            let kind = kinds.get((number as usize).checked_sub(1)?)?;
            Some(class(&mut joint, difference, number, kind, cases))
        })
        .collect();
    // A diagram that was cut short would hide differences.
    joint.within_budget()?;
    classes.sort_by_key(|class| (Reverse(class.cases), class.story.len()));
    let differing = classes.iter().map(|class| class.cases).sum();
    Ok(Comparison { action, facts: joint.ground.order, cases, differing, agreeing, classes })
}

/// How many possible cases both laws answer with the same word.
fn agreeing(joint: &mut Joint<'_>) -> Vec<(Word, u128)> {
    let [a, b] = joint.answers.as_slice() else { return Vec::new() };
    let store = &mut joint.ground.store;
    let same = store.apply(a.node, b.node, &mut |x, y| {
        let same = Word::ALL.into_iter().position(|word| word == a.word(x) && word == b.word(y));
        same.and_then(|place| u32::try_from(place + 1).ok()).unwrap_or(0)
    });
    let same = store
        .apply(same, joint.possible, &mut |word, possible| if possible == 1 { word } else { 0 });
    let counts = joint.counter.counts(&joint.ground, same);
    let word = |number: u32| Word::ALL.get((number as usize).checked_sub(1)?).copied();
    counts.into_iter().filter_map(|(number, cases)| Some((word(number)?, cases))).collect()
}

/// What tells the classes of an act apart, and what its cases share.
struct Kind {
    a: Word,
    b: Word,
    a_because: Vec<RuleId>,
    b_because: Vec<RuleId>,
}

/// The diagram of both answers: 0 where they are the same or the case is impossible, else the place
/// of the kind, counted from 1. Cases are of one kind where the answers are, and the strongest rule
/// of each.
fn difference(joint: &mut Joint<'_>) -> (Node, Vec<Kind>) {
    let [a, b] = joint.answers.as_slice() else { return (FALSE, Vec::new()) };
    let mut pairs = Interner::default();
    let store = &mut joint.ground.store;
    let both = store.apply(a.node, b.node, &mut |x, y| {
        if a.word(x) == b.word(y) { 0 } else { 1 + pairs.id((x, y)) }
    });
    let both = store
        .apply(both, joint.possible, &mut |pair, possible| if possible == 1 { pair } else { 0 });
    // Only pairs of outcomes that some possible case still has say what a kind's cases share.
    let mut keys = Interner::default();
    let mut kinds: Vec<Kind> = Vec::new();
    let difference = store.rewrite(both, &mut |_, node, _| {
        let pair = (terminal_value(node)? as usize).checked_sub(1);
        let Some(&(x, y)) = pair.and_then(|pair| pairs.items.get(pair)) else { return Some(node) };
        let found =
            Kind { a: a.word(x), b: b.word(y), a_because: a.because(x), b_because: b.because(y) };
        let strongest = |rules: &[RuleId]| rules.first().copied();
        let number =
            keys.id((found.a, strongest(&found.a_because), found.b, strongest(&found.b_because)));
        match kinds.get_mut(number as usize) {
            Some(kind) => {
                kind.a_because.retain(|rule| found.a_because.contains(rule));
                kind.b_because.retain(|rule| found.b_because.contains(rule));
            }
            None => kinds.push(found),
        }
        Some(terminal(number + 1))
    });
    (difference, kinds)
}

fn class(joint: &mut Joint<'_>, difference: Node, number: u32, kind: &Kind, cases: u128) -> Class {
    let ground = &mut joint.ground;
    let set = ground.store.rewrite(difference, &mut |_, node, _| {
        terminal_value(node).map(|value| if value == number { TRUE } else { FALSE })
    });
    let common = region::values(ground, set);
    let fitting = region::fitting(ground, &common);
    let fitting = ground.store.and(fitting, joint.possible);
    let example = region::plainest(ground, set).unwrap_or_default();
    let story = region::telling(ground, set, joint.possible, &example);
    Class {
        a: kind.a,
        b: kind.b,
        a_because: kind.a_because.clone(),
        b_because: kind.b_because.clone(),
        cases,
        common,
        exact: fitting == set,
        story,
        example,
    }
}
