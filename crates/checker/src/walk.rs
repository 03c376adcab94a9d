//! The walk: every path of a proof to its leaf, under every state of the law in the proof's span.

use rustc_hash::FxHashSet;

use crate::{
    certificate::{Node, Proof, Values},
    condition::{FALSE, Id, Variable},
    error::{Error, Path},
    law::{Residual, Rules},
    meaning::{Ground, Meaning},
    order::Words,
    packs::{Claim, Packs, Property},
    vocabulary::{Domain, Set},
};

/// Points of a proof that are looked at, at most: so many, and so many more for each of its nodes.
const MOST_POINTS: usize = 20_000;
const MOST_POINTS_A_NODE: usize = 200;

/// What is left of everything that decides at a point of the walk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    /// Where the claim speaks: possible cases of actors whom both laws bind.
    case: Id,
    /// The law, and the other one where two are compared.
    laws: Vec<Residual>,
}

/// How a point of the walk was reached: from which other one, by narrowing what.
struct Step {
    from: Option<usize>,
    narrowed: Option<(Variable, Set)>,
}

/// A point that is still to be looked at: the number of its step, and the node, none for a leaf.
type Open = (usize, Option<usize>, State);

/// Walks a proof; returns the number of leaves.
pub(crate) fn walk(
    packs: &Packs,
    rules: &Rules<'_>,
    claim: &Claim,
    proof: &Proof,
) -> Result<u64, Error> {
    well_formed(packs, proof)?;
    let mut ground = Ground::new(packs);
    let mut seen = FxHashSet::default();
    let mut leaves = 0;
    for on in days(packs, rules, claim, proof) {
        let unread = |why| Error::Claim { claim: claim.id.clone(), why };
        let state = begin(&mut ground, rules, claim, &proof.action, &on).map_err(unread)?;
        let mut walk = Walk { ground: &mut ground, rules, claim, proof, on: &on, seen: &mut seen };
        leaves += walk.from(state)?;
    }
    Ok(leaves)
}

/// The first day of each state of the law in the proof's span.
fn days(packs: &Packs, rules: &Rules<'_>, claim: &Claim, proof: &Proof) -> Vec<String> {
    let mut days = rules.days_of_change(packs, &claim.jurisdiction, &proof.action);
    if let Some((other, None)) = &claim.other {
        days.extend(rules.days_of_change(packs, other, &proof.action));
    }
    let until = proof.until.as_ref();
    days.retain(|day| *day > proof.from && until.is_none_or(|until| day < until));
    days.push(proof.from.clone());
    days.sort_unstable();
    days.dedup();
    days
}

/// Everything before any fact is narrowed.
fn begin<'a>(
    ground: &mut Ground<'a>,
    rules: &Rules<'a>,
    claim: &'a Claim,
    action: &str,
    on: &str,
) -> Result<State, String> {
    let packs = ground.packs;
    let mut parts = Vec::new();
    for always in &packs.vocabulary.always {
        parts.push(Meaning::plain(ground).truth(always)?);
    }
    let mut laws = Vec::new();
    let other =
        claim.other.as_ref().map(|(path, day)| (path.as_str(), day.as_deref().unwrap_or(on)));
    for (path, on) in [(claim.jurisdiction.as_str(), on)].into_iter().chain(other) {
        let mut bound = FALSE;
        for instrument in packs.instruments.iter().filter(|read| read.folder == path) {
            let actors = ground.actors(instrument.binds.as_deref())?;
            bound = ground.store.any(&[bound, actors]);
        }
        parts.push(bound);
        let mut meaning = Meaning::new(ground, path, on, &claim.positions);
        if laws.is_empty() {
            let condition = meaning.claimed(&claim.condition)?;
            let only = claim.property == Property::Only;
            let spoken = if only { meaning.ground.store.not(condition) } else { condition };
            parts.push(spoken);
        }
        laws.push(rules.in_force(&mut meaning, path, on, action)?);
    }
    Ok(State { case: ground.store.all(&parts), laws })
}

struct Walk<'w, 'a> {
    ground: &'w mut Ground<'a>,
    rules: &'w Rules<'a>,
    claim: &'w Claim,
    proof: &'w Proof,
    on: &'w str,
    seen: &'w mut FxHashSet<(Option<usize>, State)>,
}

impl Walk<'_, '_> {
    fn from(&mut self, state: State) -> Result<u64, Error> {
        let root = (!self.proof.nodes.is_empty()).then_some(0);
        let mut steps = vec![Step { from: None, narrowed: None }];
        let mut open: Vec<Open> = Vec::new();
        if self.seen.insert((root, state.clone())) {
            open.push((0, root, state));
        }
        let most = MOST_POINTS + MOST_POINTS_A_NODE * self.proof.nodes.len();
        let mut leaves = 0;
        while let Some((step, target, mut state)) = open.pop() {
            if self.is_certain(&mut state) {
                leaves += 1;
            } else if let Some(node) = target.and_then(|node| self.proof.nodes.get(node)) {
                self.follow(node, step, &state, &mut steps, &mut open);
            } else {
                return Err(self.uncertain(&steps, step, &state));
            }
            if self.seen.len() > most || self.ground.store.is_full() {
                return Err(self.proof.malformed("it leaves too much to be looked at"));
            }
        }
        Ok(leaves)
    }

    /// Adds what lies behind a node's edges.
    fn follow(
        &mut self,
        Node(fact, edges): &Node,
        from: usize,
        state: &State,
        steps: &mut Vec<Step>,
        open: &mut Vec<Open>,
    ) {
        let domain = self.ground.packs.vocabulary.facts.get(fact);
        let variable = self.ground.known(fact).filter(|variable| self.reads(state, *variable));
        for (values, target) in edges {
            let taken = domain.map_or(0, |domain| values.set(domain));
            let (narrowed, state) = match variable {
                // What nothing reads any more decides nothing; its edges are all looked at.
                None => (None, state.clone()),
                Some(variable) => {
                    let left = self.left(state, variable) & taken;
                    (Some((variable, left)), self.narrow(state, variable, left))
                }
            };
            let empty = narrowed.map_or(taken, |(_, left)| left) == 0;
            let target = usize::try_from(*target).ok();
            if !empty && self.seen.insert((target, state.clone())) {
                steps.push(Step { from: Some(from), narrowed });
                open.push((steps.len() - 1, target, state));
            }
        }
    }

    fn reads(&self, state: &State, variable: Variable) -> bool {
        let reads = |id: Id| self.ground.store.mentions(id) & (1 << variable) != 0;
        reads(state.case) || conditions(state).any(reads)
    }

    /// The values that the variable still has.
    fn left(&self, state: &State, variable: Variable) -> Set {
        let left = |id| self.ground.store.left(id, variable);
        let left = left(state.case).or_else(|| conditions(state).find_map(left));
        left.unwrap_or_else(|| self.ground.named(variable).1)
    }

    fn narrow(&mut self, state: &State, variable: Variable, values: Set) -> State {
        let case = self.ground.store.narrow(state.case, variable, values);
        let case = self.ground.store.settle(case);
        let mut laws = Vec::with_capacity(state.laws.len());
        for law in &state.laws {
            let store = &mut self.ground.store;
            let narrow =
                |&(rule, holds): &(usize, Id)| (rule, store.narrow(holds, variable, values));
            let rules: Vec<_> = law.rules.iter().map(narrow).collect();
            laws.push(if rules.is_empty() {
                law.clone()
            } else {
                self.rules.reduce(self.ground, rules)
            });
        }
        State { case, laws }
    }

    /// Whether the claim holds in everything that is left.
    fn is_certain(&mut self, state: &mut State) -> bool {
        state.case = self.ground.store.settle(state.case);
        state.case == FALSE || self.is_as_claimed(state)
    }

    fn is_as_claimed(&self, state: &State) -> bool {
        let answers = self.claim.answers;
        let (here, there) = match state.laws.as_slice() {
            [law] => (law.words, Words::NONE),
            [law, other] => (law.words, other.words),
            _ => return false,
        };
        let same = || state.laws.first() == state.laws.get(1);
        match self.claim.property {
            Property::Never | Property::Only => !here.meets(answers),
            Property::Always => here.within(answers),
            Property::Implies => !here.meets(answers) || there.within(answers) || same(),
            Property::Equivalent if answers == Words::NONE => {
                here.is_one() && here == there || same()
            }
            Property::Equivalent => {
                here.within(answers) && there.within(answers)
                    || !here.meets(answers) && !there.meets(answers)
                    || same()
            }
            Property::Disjoint => !here.meets(answers) || !there.meets(answers),
        }
    }

    fn uncertain(&self, steps: &[Step], leaf: usize, state: &State) -> Error {
        let mut path: Vec<(String, Vec<String>)> = Vec::new();
        let mut at = steps.get(leaf);
        while let Some(step) = at {
            if let Some((variable, left)) = step.narrowed {
                let (fact, _) = self.ground.named(variable);
                let domain = self.ground.packs.vocabulary.facts.get(fact);
                if path.iter().all(|(known, _)| known != fact) {
                    path.push((
                        fact.to_owned(),
                        domain.map_or_else(Vec::new, |domain| domain.words(left)),
                    ));
                }
            }
            at = step.from.and_then(|from| steps.get(from));
        }
        path.reverse();
        let words: Vec<String> = state.laws.iter().map(|law| law.words.text()).collect();
        Error::Leaf {
            claim: self.claim.id.clone(),
            action: self.proof.action.clone(),
            span: (self.proof.from.clone(), self.proof.until.clone()),
            on: self.on.to_owned(),
            path: Path(path),
            why: format!("the answer may be {}", words.join(", that of the other law ")),
        }
    }
}

fn conditions(state: &State) -> impl Iterator<Item = Id> {
    state.laws.iter().flat_map(|law| &law.rules).map(|(_, holds)| *holds)
}

/// Nodes name facts and values that there are, cover them, and lead on to later nodes alone.
fn well_formed(packs: &Packs, proof: &Proof) -> Result<(), Error> {
    for (number, Node(fact, edges)) in proof.nodes.iter().enumerate() {
        let bad = |why: String| proof.malformed(&format!("node {number}: {why}"));
        let domain = packs.vocabulary.facts.get(fact);
        let domain = domain.ok_or_else(|| bad(format!("there is no fact `{fact}`")))?;
        for (values, target) in edges {
            values.check(domain).map_err(bad)?;
            let later =
                usize::try_from(*target).is_ok_and(|to| to > number && to < proof.nodes.len());
            if *target != -1 && !later {
                return Err(bad(format!("{target} is neither a later node nor a leaf")));
            }
        }
        let all: Vec<&Values> = edges.iter().map(|(values, _)| values).collect();
        if !cover(domain, &all) {
            return Err(bad(format!("a value of `{fact}` has no edge")));
        }
    }
    Ok(())
}

/// Whether every value of the fact is in one of these.
fn cover(domain: &Domain, edges: &[&Values]) -> bool {
    let Domain::Numbers(starts) = domain else {
        return edges.iter().fold(0, |all, values| all | values.set(domain)) == domain.all();
    };
    let (Some(&first), Some(&end)) = (starts.first(), starts.last()) else { return false };
    let mut intervals: Vec<(i64, i64)> =
        edges.iter().flat_map(|values| values.intervals()).collect();
    intervals.sort_unstable();
    let mut covered = first;
    for (low, high) in intervals {
        if low <= covered && high >= covered {
            covered = high.saturating_add(1);
        }
    }
    covered >= end
}
