//! The compiled law agrees with Cedar's own authorizer and with a direct reading of the order of
//! laws.
//!
//! Nothing here is shared with the compiler: dates, modality, overriding and open questions are
//! read from the annotations, whom an instrument binds and what it settles from its front matter,
//! and Cedar says which terms and rules hold. Only the policies' text and the layers of a
//! jurisdiction come from the law as it was loaded.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and numbers index the lists they count"
)]

#[path = "../support/cedar.rs"]
mod cedar;
#[path = "../support/packs.rs"]
mod packs;
#[path = "../support/random.rs"]
mod random;
mod reading;
mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use bylaw_law::{
    Compiled, Facts, Jurisdiction, Law, Question, QuestionError, RuleId, Scratch, Word,
    vocabulary::{ActionId, Domain, FactId},
};
use jiff::{ToSpan, civil::Date};

use random::Random;
use reading::{Answer, Reading, standing};
use sources::{Sources, place_of};

/// Random complete fact vectors for each jurisdiction.
const VECTORS: usize = 100_000;

/// Vectors that are decided in turn under the law of one act and day.
const BATCH: usize = 100;

/// Of so many vectors one is also decided with some of its facts forgotten.
const PARTIAL_EVERY: usize = 10;

/// The most completions that are tried for one partial vector.
const MOST_COMPLETIONS: usize = 600;

/// Every fact's value: 0 or 1, the place of a name in its list, or the number itself.
type Vector = Vec<i64>;

#[test]
fn the_compiled_law_agrees_with_cedar_and_the_order_of_laws() {
    let law = packs::real_law();
    let sources = Sources::new(&law);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let threads: Vec<_> = law
            .jurisdictions()
            .zip(1..)
            .map(|(jurisdiction, seed)| {
                let sources = &sources;
                let law = &law;
                scope.spawn(move || Check::new(law, sources, jurisdiction, seed).run())
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a jurisdiction disagrees, see above"))
            .collect()
    });
    assert!(tallies.len() >= 5, "all jurisdictions of the packs are loaded");
    for (jurisdiction, tally) in law.jurisdictions().zip(&tallies) {
        eprintln!("{}: {tally:?}", jurisdiction.path);
        assert!(tally.vectors >= VECTORS, "{} vectors at {}", tally.vectors, jurisdiction.path);
        assert!(
            tally.rules_held * 10 > tally.vectors,
            "the vectors of {} meet its rules too seldom: {tally:?}",
            jurisdiction.path
        );
        assert!(tally.stood > 0 && tally.needed > 0, "both ways are tried: {tally:?}");
    }
}

/// What was tried, so that the test shows that it tries something.
#[derive(Debug, Default)]
struct Tally {
    vectors: usize,
    /// Rules that held, over all vectors.
    rules_held: usize,
    answers: BTreeMap<Word, usize>,
    contested: usize,
    conflicts: usize,
    /// Vectors whose terms change as open questions fall.
    contested_terms: usize,
    /// Partial vectors whose answer stood.
    stood: usize,
    /// Partial vectors that needed facts.
    needed: usize,
}

/// The check of one jurisdiction.
struct Check<'a> {
    law: &'a Law,
    sources: &'a Sources<'a>,
    jurisdiction: &'a Jurisdiction,
    random: Random,
    scratch: Scratch,
    tally: Tally,
    /// Worked cases of all packs: act and facts.
    cases: Vec<(ActionId, BTreeMap<FactId, Option<i64>>)>,
}

impl<'a> Check<'a> {
    fn new(
        law: &'a Law,
        sources: &'a Sources<'a>,
        jurisdiction: &'a Jurisdiction,
        seed: u64,
    ) -> Self {
        let value = |fact: FactId, value: &str| match &law.vocabulary.facts[fact].domain {
            Domain::Bool => i64::from(value == "true"),
            Domain::Values(_) => place_of(&law.vocabulary.facts[fact], value),
            Domain::Range { .. } => value.parse().expect("a number"),
        };
        let cases = law
            .instruments
            .iter()
            .filter(|instrument| jurisdiction.path.starts_with(&instrument.folder))
            .flat_map(|instrument| &instrument.provisions)
            .flat_map(|provision| &provision.cases)
            .map(|case| {
                let stated = case.facts.iter();
                let facts = stated
                    .map(|(fact, text)| (*fact, text.as_deref().map(|text| value(*fact, text))));
                (case.action, facts.collect())
            })
            .collect();
        let (random, scratch, tally) = (Random::new(seed), Scratch::default(), Tally::default());
        Self { law, sources, jurisdiction, random, scratch, tally, cases }
    }

    fn run(mut self) -> Tally {
        while self.tally.vectors < VECTORS {
            let action = self.random_action();
            let on = self.random_day(action);
            let reading = Reading::new(self.sources, self.jurisdiction, action, on);
            let vectors: Vec<Vector> = (0..BATCH).map(|_| self.random_vector(action)).collect();
            let compiled = self.law.compiled(self.jurisdiction, action, on);
            let first_day = self
                .jurisdiction
                .instruments
                .iter()
                .map(|&(_, instrument)| self.sources.fronts[instrument].from)
                .min();
            assert_eq!(compiled.is_some(), first_day.is_some_and(|first| first <= on), "on {on}");
            let Some(compiled) = compiled else { continue };
            let rules: BTreeSet<RuleId> = compiled.rules().collect();
            assert_eq!(rules, reading.rules.iter().copied().collect(), "rules in force on {on}");
            for (row, vector) in vectors.iter().enumerate() {
                self.complete(&reading, compiled, action, on, vector);
                if row % PARTIAL_EVERY == 0 {
                    self.partial(&reading, compiled, action, on, vector);
                }
            }
            self.columns(compiled, &vectors);
            self.tally.vectors += vectors.len();
        }
        self.tally
    }

    /// (a) Every rule holds where Cedar says so; (b) the answer is that of the order of laws.
    fn complete(
        &mut self,
        reading: &Reading<'_>,
        compiled: Compiled<'_>,
        action: ActionId,
        on: Date,
        vector: &Vector,
    ) {
        let facts = self.facts(vector);
        let (answer, holding) = reading.answer(vector, &mut self.tally);
        for &rule in &reading.rules {
            assert_eq!(
                compiled.holds(rule, &facts, &mut self.scratch),
                Some(holding.contains(&rule)),
                "whether {} holds on {on} where {}",
                self.sources.rules[rule].id,
                reading.describe(vector)
            );
        }
        let verdict = compiled.answer(&facts).expect("every fact is known");
        let (law, jurisdiction) = (self.law, self.jurisdiction);
        let place = || {
            let act = &law.vocabulary.actions[action].name;
            format!("{act} at {} on {on} where {}", jurisdiction.path, reading.describe(vector))
        };
        assert_eq!(
            (verdict.word, verdict.protected, verdict.contested, ids(self.law, verdict.because)),
            (
                answer.word,
                answer.protected,
                !answer.between.is_empty(),
                ids(self.law, &answer.because)
            ),
            "{}",
            place()
        );
        self.tally.rules_held += holding.len();
        *self.tally.answers.entry(answer.word).or_default() += 1;
        self.tally.contested += usize::from(!answer.between.is_empty());
        self.tally.conflicts += usize::from(answer.conflict);
        let mut question = Question::new(self.law, self.jurisdiction, action, on);
        for fact in 0..vector.len() {
            question.set(fact, facts.class(fact));
        }
        let actor = vector[self.law.vocabulary.actor_kind()];
        let own = self.jurisdiction.instruments.iter().filter(|&&(_, instrument)| {
            self.law.instruments[instrument].folder == self.jurisdiction.path
        });
        let bound =
            own.clone().any(|&(_, instrument)| self.sources.fronts[instrument].binds(actor));
        match self.law.decide(&question, &mut self.scratch) {
            Ok(decision) => {
                assert!(bound, "the jurisdiction's own law binds no such actor: {}", place());
                let decided = Answer {
                    word: decision.word,
                    protected: decision.protected,
                    conflict: decision.conflict,
                    between: decision.between.iter().copied().collect(),
                    because: decision.because.iter().copied().collect(),
                };
                assert_eq!(decided, answer, "{}", place());
                assert!(decision.needs.is_empty(), "{}", place());
            }
            Err(QuestionError::ActorNotBound { .. }) => assert!(!bound, "{}", place()),
            Err(error) => panic!("{error}: {}", place()),
        }
    }

    /// (c) With facts forgotten, the answer is what all completions agree on, and what is needed
    /// matters and suffices.
    fn partial(
        &mut self,
        reading: &Reading<'_>,
        compiled: Compiled<'_>,
        action: ActionId,
        on: Date,
        vector: &Vector,
    ) {
        let mut facts = self.facts(vector);
        let mut forgotten: Vec<FactId> = Vec::new();
        let mut size = 1;
        for _ in 0..self.random.below(10) {
            if reading.facts.is_empty() || forgotten.len() == 8 {
                break;
            }
            let fact = *self.random.pick(&reading.facts);
            let classes = usize::from(self.law.vocabulary.facts[fact].classes());
            if !forgotten.contains(&fact) && size * classes <= MOST_COMPLETIONS {
                forgotten.push(fact);
                size *= classes;
                facts.set(fact, None);
            }
        }
        // What no rule reads need not be known.
        for fact in (0..vector.len()).filter(|fact| !reading.facts.contains(fact)) {
            if fact != self.law.vocabulary.actor_kind() {
                facts.set(fact, None);
            }
        }
        let mut question = Question::new(self.law, self.jurisdiction, action, on);
        for fact in 0..vector.len() {
            question.set(fact, facts.class(fact));
        }
        let completions = self.completions(compiled, action, on, &facts, &forgotten);
        let decision = match self.law.decide(&question, &mut self.scratch) {
            Ok(decision) => decision,
            Err(QuestionError::ActorNotBound { .. }) => return,
            Err(error) => panic!("{error}"),
        };
        let (law, jurisdiction) = (self.law, self.jurisdiction);
        let name = |fact: FactId| law.vocabulary.facts[fact].name.as_str();
        let place = || {
            let act = &law.vocabulary.actions[action].name;
            let names: Vec<&str> = forgotten.iter().map(|&fact| name(fact)).collect();
            let facts = reading.describe(vector);
            format!("{act} at {} on {on}, {names:?} forgotten, where {facts}", jurisdiction.path)
        };
        let Some((word, because)) = standing(completions.values()) else {
            self.tally.needed += 1;
            assert_eq!(decision.word, Word::NeedsFacts, "{}", place());
            assert!(decision.because.is_empty() && !decision.needs.is_empty(), "{}", place());
            for fact in &decision.needs {
                let slot = forgotten.iter().position(|known| known == fact);
                let slot = slot.unwrap_or_else(|| panic!("{} is known: {}", name(*fact), place()));
                assert!(
                    matters(&completions, slot),
                    "{} is needed, and changes neither answer nor controlling rules: {}",
                    name(*fact),
                    place()
                );
            }
            assert!(suffices(&completions, &forgotten, &decision.needs), "{}", place());
            return;
        };
        self.tally.stood += 1;
        let answers = || completions.values();
        assert_eq!(
            (decision.word, ids(self.law, &decision.because)),
            (word, ids(self.law, &because)),
            "{}",
            place()
        );
        assert_eq!(decision.protected, answers().all(|answer| answer.protected), "{}", place());
        assert_eq!(decision.conflict, answers().all(|answer| answer.conflict), "{}", place());
        assert!(decision.needs.is_empty(), "{}", place());
    }

    /// The answer at every completion, by the value classes of the forgotten facts.
    fn completions(
        &mut self,
        compiled: Compiled<'_>,
        action: ActionId,
        on: Date,
        facts: &Facts,
        forgotten: &[FactId],
    ) -> BTreeMap<Vec<u8>, Answer> {
        let arity: Vec<u8> =
            forgotten.iter().map(|&fact| self.law.vocabulary.facts[fact].classes()).collect();
        let mut point = vec![0; forgotten.len()];
        let mut found = BTreeMap::new();
        loop {
            let mut complete = facts.clone();
            for (&fact, &class) in forgotten.iter().zip(&point) {
                complete.set(fact, Some(class));
            }
            let verdict = compiled.answer(&complete).unwrap_or_else(|| {
                panic!(
                    "{} on {on} tests a fact that no rule reads",
                    self.law.vocabulary.actions[action].name
                )
            });
            let mut answer = Answer::by(verdict.word, verdict.because.to_vec());
            answer.protected = verdict.protected;
            let modalities: BTreeSet<&str> =
                verdict.because.iter().map(|&rule| self.sources.rules[rule].modality).collect();
            // Of uncontested answers, only a conflict rests on a `must_not` and a `must` together.
            answer.conflict = verdict.word == Word::Refer
                && !verdict.contested
                && modalities.contains("must")
                && modalities.contains("must_not");
            found.insert(point.clone(), answer);
            let Some(slot) = (0..point.len()).rev().find(|&slot| point[slot] + 1 < arity[slot])
            else {
                return found;
            };
            point[slot] += 1;
            point[slot + 1..].fill(0);
        }
    }

    /// (d) A batch in columns is answered row by row.
    fn columns(&mut self, compiled: Compiled<'_>, vectors: &[Vector]) {
        let mut rows: Vec<Facts> = vectors.iter().map(|vector| self.facts(vector)).collect();
        for row in rows.iter_mut().skip(1).step_by(3) {
            for _ in 0..self.random.below(6) {
                row.set(self.random.below(self.law.vocabulary.facts.len()), None);
            }
        }
        rows.truncate(BATCH - self.random.below(9));
        let columns: Vec<Vec<u8>> = (0..self.law.vocabulary.facts.len())
            .map(|fact| rows.iter().map(|row| row.class(fact).unwrap_or(u8::MAX)).collect())
            .collect();
        let columns: Vec<&[u8]> = columns.iter().map(Vec::as_slice).collect();
        let mut answers = vec![0; rows.len()];
        compiled.answer_columns(&columns, &mut answers);
        for (row, answer) in rows.iter().zip(answers) {
            assert_eq!(compiled.verdict(answer), compiled.answer(row), "row by row");
        }
    }

    fn random_action(&mut self) -> ActionId {
        if self.random.chance(85) && !self.cases.is_empty() {
            self.random.pick(&self.cases).0
        } else {
            self.random.below(self.law.vocabulary.actions.len())
        }
    }

    /// A day of the years 1900 to 2027, mostly at or beside a day on which the law changes.
    fn random_day(&mut self, action: ActionId) -> Date {
        let any = Date::constant(1900, 1, 1)
            .saturating_add(i64::try_from(self.random.below(46_750)).unwrap_or(0).days());
        let changes = self.law.days_of_change(self.jurisdiction, action);
        match self.random.below(10) {
            0 => any,
            1..=3 => Date::constant(2026, 11, 22),
            _ if changes.is_empty() => any,
            place => {
                let change = *self.random.pick(&changes);
                let beside = i64::try_from(place).unwrap_or(0) - 6;
                change.saturating_add(beside.clamp(-1, 1).days())
            }
        }
    }

    /// Uniform, or near a worked case of the act.
    fn random_vector(&mut self, action: ActionId) -> Vector {
        let mut vector: Vector =
            (0..self.law.vocabulary.facts.len()).map(|fact| self.random_value(fact)).collect();
        let near: Vec<usize> =
            (0..self.cases.len()).filter(|&case| self.cases[case].0 == action).collect();
        if near.is_empty() || self.random.chance(15) {
            return vector;
        }
        let case = *self.random.pick(&near);
        let kept = *self.random.pick(&[100, 97, 85]);
        for (fact, value) in vector.iter_mut().enumerate() {
            let known = &self.law.vocabulary.facts[fact];
            let stated = self.cases[case].1.get(&fact).copied().flatten();
            let absent = known.absent.as_ref().map(|absent| match &known.domain {
                Domain::Values(_) => place_of(known, absent),
                Domain::Bool => i64::from(absent == "true"),
                Domain::Range { .. } => absent.parse().expect("a number"),
            });
            match stated {
                Some(stated) if self.random.chance(kept) => *value = stated,
                None if self.random.chance(kept - 10) => *value = absent.unwrap_or(*value),
                _ => {}
            }
        }
        vector
    }

    fn random_value(&mut self, fact: FactId) -> i64 {
        let known = &self.law.vocabulary.facts[fact];
        let small = |number: usize| i64::try_from(number).unwrap_or(0);
        match &known.domain {
            Domain::Bool => small(self.random.below(2)),
            Domain::Values(values) => small(self.random.below(values.len())),
            Domain::Range { low, high, cuts } => {
                let any =
                    low + small(self.random.below(usize::try_from(high - low + 1).unwrap_or(1)));
                if cuts.is_empty() || self.random.chance(40) {
                    return any;
                }
                let beside = small(self.random.below(3)) - 1;
                (self.random.pick(cuts) + beside).clamp(*low, *high)
            }
        }
    }

    fn facts(&self, vector: &Vector) -> Facts {
        let mut facts = Facts::unknown(&self.law.vocabulary);
        for (fact, &value) in vector.iter().enumerate() {
            let known = &self.law.vocabulary.facts[fact];
            let class = match known.domain {
                Domain::Range { .. } => known.class_of(&value.to_string()),
                Domain::Bool | Domain::Values(_) => u8::try_from(value).ok(),
            };
            assert!(class.is_some(), "{} has no value {value}", known.name);
            facts.set(fact, class);
        }
        facts
    }
}

/// Whether two completions that differ in this fact alone differ in their answer or in what
/// controls it.
fn matters(completions: &BTreeMap<Vec<u8>, Answer>, slot: usize) -> bool {
    let mut seen: BTreeMap<Vec<u8>, &Answer> = BTreeMap::new();
    completions.iter().any(|(point, answer)| {
        let mut others = point.clone();
        others[slot] = 0;
        *seen.entry(others).or_insert(answer) != answer
    })
}

/// Whether the answer stands once all facts that are needed are known, whatever the others are.
fn suffices(
    completions: &BTreeMap<Vec<u8>, Answer>,
    forgotten: &[FactId],
    needs: &[FactId],
) -> bool {
    let mut groups: BTreeMap<Vec<u8>, Vec<&Answer>> = BTreeMap::new();
    for (point, answer) in completions {
        let known = forgotten.iter().zip(point).filter(|(fact, _)| needs.contains(fact));
        groups.entry(known.map(|(_, &class)| class).collect()).or_default().push(answer);
    }
    groups.into_values().all(|answers| standing(answers).is_some())
}

fn ids<'a>(law: &'a Law, rules: impl IntoIterator<Item = &'a RuleId>) -> BTreeSet<&'a str> {
    rules.into_iter().map(|&rule| law.rule(rule).id.as_str()).collect()
}
