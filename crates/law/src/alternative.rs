//! The nearest lawful alternative: the fewest things that someone may lawfully bring about and that
//! would change the answer.
//!
//! Only facts with a `@remedy` may change (paper, identification, consent, approval, notice), never
//! the facts of the matter, and only within what is possible (`@always`): nobody is coached to
//! claim an emergency, or to find a judge's name on an agency's form.

use rustc_hash::FxHashMap;

use crate::{
    Law,
    answer::Word,
    compile::Program,
    decide::Scratch,
    diagram::{Node, TRUE, UNKNOWN, terminal_value},
    facts::Facts,
    question::Question,
    vocabulary::{Domain, FactId},
};

/// What would change the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The facts to bring about, with the value class each must have.
    pub changes: Vec<(FactId, u8)>,
    /// The answer then.
    pub word: Word,
}

impl Law {
    /// The nearest lawful alternative to a `must_not` or a `refer`; none for other answers, or
    /// where nothing that may change would help.
    #[must_use]
    pub fn alternative(&self, question: &Question<'_>, answer: Word) -> Option<Alternative> {
        if !matches!(answer, Word::MustNot | Word::Refer) {
            return None;
        }
        let program = self.program(question.jurisdiction, question.action, question.on)?;
        let mut search =
            Search { law: self, program, facts: &question.facts, best: FxHashMap::default() };
        search.cheapest((program.root, program.possible))?;
        let mut changes = Vec::new();
        let mut place = (program.root, program.possible);
        loop {
            if let Some(outcome) =
                terminal_value(place.0).filter(|_| terminal_value(place.1).is_some())
            {
                let word = program.outcomes.get(outcome as usize)?.word;
                changes.sort_unstable();
                drop_needless(program, &question.facts, &mut changes, word);
                return (!changes.is_empty()).then_some(Alternative { changes, word });
            }
            let fact = search.fact(place);
            let (_, class) = search.best.get(&place).copied().flatten()?;
            let known = question.facts.class(fact);
            if known != Some(class) && (known.is_some() || search.matters(place, fact)) {
                changes.push((fact, class));
            }
            place = search.follow(place, fact, class);
        }
    }
}

/// A path through the diagram names a class for every fact it tests. What was not known and may
/// stay so, since the answer stands without it, is left out.
fn drop_needless(program: &Program, facts: &Facts, changes: &mut Vec<(FactId, u8)>, word: Word) {
    let mut scratch = Scratch::default();
    let mut changed = facts.clone();
    changes.iter().for_each(|&(fact, class)| changed.set(fact, Some(class)));
    changes.retain(|&(fact, class)| {
        if facts.class(fact).is_some() {
            return true;
        }
        changed.set(fact, None);
        let stands = scratch.word(program, &changed) == Some(word);
        if !stands {
            changed.set(fact, Some(class));
        }
        !stands
    });
}

/// A walk of two diagrams at once: the answer's, and the one of what is possible.
type Place = (Node, Node);

struct Search<'a> {
    law: &'a Law,
    program: &'a Program,
    facts: &'a Facts,
    /// Fewest changes below a place, and the value class to take there; none where no lawful answer
    /// lies below.
    best: FxHashMap<Place, Option<(u32, u8)>>,
}

impl Search<'_> {
    fn cheapest(&mut self, place: Place) -> Option<u32> {
        if terminal_value(place.1).is_some_and(|possible| possible == 0) {
            return None;
        }
        if let Some(outcome) = terminal_value(place.0).filter(|_| place.1 == TRUE) {
            let word = self.program.outcomes.get(outcome as usize)?.word;
            return matches!(word, Word::May | Word::Must | Word::Unregulated).then_some(0);
        }
        if let Some(&known) = self.best.get(&place) {
            return known.map(|(cost, _)| cost);
        }
        let fact = self.fact(place);
        let known = self.facts.classes().get(fact).copied().unwrap_or(UNKNOWN);
        let mut best: Option<(u32, u8)> = None;
        for class in 0..self.program.classes_of(fact) {
            let own = match self.cost(place, fact, known, class) {
                Some(own) if best.is_none_or(|(least, _)| own < least) => own,
                _ => continue,
            };
            if let Some(below) = self.cheapest(self.follow(place, fact, class))
                && best.is_none_or(|(least, _)| own + below < least)
            {
                best = Some((own + below, class));
            }
        }
        self.best.insert(place, best);
        best.map(|(cost, _)| cost)
    }

    /// What it costs to give the fact this class: nothing where it has it, one where it may change,
    /// none where it may not.
    fn cost(&self, place: Place, fact: FactId, known: u8, class: u8) -> Option<u32> {
        if known == class {
            return Some(0);
        }
        let declared = self.law.vocabulary.facts.get(fact)?;
        let may_change =
            declared.remedy.is_some() && (declared.domain != Domain::Bool || class == 1);
        if known == UNKNOWN && !self.matters(place, fact) {
            return Some(0);
        }
        may_change.then_some(1)
    }

    /// Whether the answer itself tests the fact here, not only what is possible.
    fn matters(&self, place: Place, fact: FactId) -> bool {
        terminal_value(place.0).is_none() && self.program.flat.fact(place.0) == fact
    }

    /// The fact that the two diagrams test first.
    fn fact(&self, (answer, possible): Place) -> FactId {
        match (terminal_value(answer), terminal_value(possible)) {
            (None, Some(_)) => self.program.flat.fact(answer),
            (Some(_), _) => self.program.flat.fact(possible),
            (None, None) => {
                let (a, b) = (self.program.flat.fact(answer), self.program.flat.fact(possible));
                if self.program.level_of(a) <= self.program.level_of(b) { a } else { b }
            }
        }
    }

    fn follow(&self, (answer, possible): Place, fact: FactId, class: u8) -> Place {
        let flat = &self.program.flat;
        let step = |node: Node| {
            if terminal_value(node).is_none() && flat.fact(node) == fact {
                flat.edge(node, class)
            } else {
                node
            }
        };
        (step(answer), step(possible))
    }
}
