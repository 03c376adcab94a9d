//! The interview asks few questions, none in vain, and always ends.

#![expect(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and numbers index the lists they count"
)]

#[path = "support/near.rs"]
mod near;
#[path = "support/packs.rs"]
mod packs;
#[path = "support/random.rs"]
mod random;
#[path = "support/small.rs"]
mod small;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use bylaw_law::{
    Decision, Facts, Interview, Jurisdiction, Law, Question, QuestionError, Scratch, SourceFile,
    Step, Word,
    vocabulary::{Domain, FactId, Who},
};
use jiff::civil::Date;

use random::Random;
use small::{SmallFact, Values};

/// Random small laws whose interview is compared with the best one there is.
const SMALL_LAWS: u64 = 300;

/// Interviews on the real packs, for each jurisdiction and desk.
const INTERVIEWS: usize = 60;

const TODAY: Date = Date::constant(2026, 11, 22);

/// Where at most five facts are left to ask, the expected number of questions is the least of all
/// strategies.
#[test]
fn no_strategy_asks_fewer_questions_of_a_small_law() {
    let (mut asked, mut open_laws) = (0.0, 0u64);
    for seed in 1..=SMALL_LAWS {
        let mut random = Random::new(seed);
        // `actor_kind` is one of the facts: 3 to 5 in all.
        let facts = 2 + random.below(3);
        let law = small_law(&mut random, facts);
        let (expected, optimum) = cost_and_optimum(&law);
        assert!(
            (expected - optimum).abs() < 1e-9,
            "seed {seed}: the interview expects {expected} questions, the best strategy {optimum}:\n{}",
            law.instruments[0].source_file.text
        );
        asked += expected;
        open_laws += u64::from(expected > 0.0);
    }
    eprintln!("{open_laws} laws that ask something, {asked:.1} questions expected in all");
    assert!(open_laws * 2 > SMALL_LAWS, "{open_laws} laws ask something");
}

/// Above five facts the search is not complete: it may miss the best strategy, but not by much.
#[test]
fn of_six_facts_the_interview_asks_nearly_as_few_as_can_be() {
    let (mut asked, mut least, mut worst) = (0.0, 0.0, 1.0f64);
    for seed in 1..=40 {
        let law = small_law(&mut Random::new(seed), 5);
        let (expected, optimum) = cost_and_optimum(&law);
        assert!(
            expected >= optimum - 1e-9,
            "seed {seed}: {expected} is less than the least, {optimum}"
        );
        asked += expected;
        least += optimum;
        if optimum > 0.0 {
            worst = worst.max(expected / optimum);
        }
    }
    eprintln!(
        "{asked:.2} questions expected, {least:.2} at best, worst law {worst:.3} times the best"
    );
    assert!(asked <= least * 1.05, "{asked} questions expected, {least} at best");
}

/// The questions that the interview expects to ask, and the least that any strategy can.
fn cost_and_optimum(law: &Law) -> (f64, f64) {
    let town = law.jurisdiction("town").expect("the town has law");
    let question = Question::new(law, town, 0, TODAY);
    let mut interview = Interview::new(law, question, Who::Counsel);
    let expected = expected_questions(law, &mut interview);
    assert!(interview.given().is_empty(), "every answer was taken back");
    (expected, Best::new(law).least(&Facts::unknown(&law.vocabulary)))
}

fn expected_questions(law: &Law, interview: &mut Interview<'_>) -> f64 {
    let Step::Ask { fact, .. } = interview.step().expect("the question can be decided") else {
        return 0.0;
    };
    let mut cost = 1.0;
    for (class, weight) in weights(law, fact) {
        interview.answer(fact, Some(class));
        cost += weight * expected_questions(law, interview);
        assert_eq!(interview.back(), Some(fact), "the last answer is taken back");
    }
    cost
}

/// Value classes with the share of the fact's values in each.
fn weights(law: &Law, fact: FactId) -> Vec<(u8, f64)> {
    let known = &law.vocabulary.facts[fact];
    let values: Vec<u8> = match &known.domain {
        Domain::Range { low, high, .. } => (*low..=*high)
            .map(|number| known.class_of(&number.to_string()).expect("a number in range"))
            .collect(),
        Domain::Bool | Domain::Values(_) => (0..known.classes()).collect(),
    };
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    for class in &values {
        *counts.entry(*class).or_default() += 1;
    }
    counts.into_iter().map(|(class, count)| (class, count as f64 / values.len() as f64)).collect()
}

/// The best strategy, found by trying all of them.
struct Best<'a> {
    law: &'a Law,
    /// The answer and its rules at every complete point.
    points: Vec<(Vec<u8>, Word, BTreeSet<usize>)>,
    memo: BTreeMap<Vec<Option<u8>>, f64>,
}

impl<'a> Best<'a> {
    fn new(law: &'a Law) -> Self {
        let town = law.jurisdiction("town").expect("the town has law");
        let compiled = law.compiled(town, 0, TODAY).expect("the law is in force");
        let mut points: Vec<Vec<u8>> = vec![Vec::new()];
        for fact in &law.vocabulary.facts {
            let longer = |point: Vec<u8>| {
                (0..fact.classes()).map(move |class| [point.as_slice(), &[class]].concat())
            };
            points = points.into_iter().flat_map(longer).collect();
        }
        let points = points
            .into_iter()
            .map(|point| {
                let mut facts = Facts::unknown(&law.vocabulary);
                for (fact, &class) in point.iter().enumerate() {
                    facts.set(fact, Some(class));
                }
                let verdict = compiled.answer(&facts).expect("every fact is known");
                (point, verdict.word, verdict.because.iter().copied().collect())
            })
            .collect();
        Self { law, points, memo: BTreeMap::new() }
    }

    fn least(&mut self, facts: &Facts) -> f64 {
        let known: Vec<Option<u8>> =
            (0..self.law.vocabulary.facts.len()).map(|fact| facts.class(fact)).collect();
        if let Some(&least) = self.memo.get(&known) {
            return least;
        }
        let mut least = if self.stands(&known) { 0.0 } else { f64::INFINITY };
        for fact in (0..known.len()).filter(|&fact| known[fact].is_none()) {
            if least == 0.0 {
                break;
            }
            let cost: f64 = weights(self.law, fact)
                .into_iter()
                .map(|(class, weight)| {
                    let mut after = facts.clone();
                    after.set(fact, Some(class));
                    weight * self.least(&after)
                })
                .sum();
            least = least.min(1.0 + cost);
        }
        self.memo.insert(known, least);
        least
    }

    /// Whether all points that are left agree on the word and share a rule.
    fn stands(&self, known: &[Option<u8>]) -> bool {
        let fits = |point: &[u8]| {
            point.iter().zip(known).all(|(class, known)| known.is_none_or(|known| known == *class))
        };
        let mut left = self.points.iter().filter(|(point, ..)| fits(point));
        let Some((_, word, rules)) = left.next() else { return true };
        let mut shared = rules.clone();
        for (_, other, rules) in left {
            if other != word {
                return false;
            }
            shared.retain(|rule| rules.contains(rule));
        }
        *word == Word::Unregulated || !shared.is_empty()
    }
}

/// A law of two layers about one act, with this many facts besides `actor_kind`.
fn small_law(random: &mut Random, facts: usize) -> Law {
    let mut known = vec![SmallFact::new("actor_kind", Values::Names(2))];
    let mut tests = vec!["context.actor_kind == ActorKind::\"a\"".to_owned()];
    for fact in 0..facts {
        let (values, test) = match random.below(4) {
            0 => (Values::Names(3), format!("context.f{fact} == Three::\"b\"")),
            1 => (Values::UpTo(9), format!("context.f{fact} < 3")),
            _ => (Values::Truth, format!("context.f{fact}")),
        };
        known.push(SmallFact::new(format!("f{fact}"), values));
        tests.push(test);
    }
    let vocabulary = small::vocabulary(&known, &["act"]);
    let mut files = vec![SourceFile::new("vocabulary.cedarschema", vocabulary)];
    for (folder, rules) in [("town", 2 + random.below(4)), ("town/ward", 1)] {
        let mut cedar = String::new();
        for rule in 0..rules {
            let (effect, modality) = *random.pick(&[
                ("forbid", ""),
                ("permit", ""),
                ("permit", "@modality(\"must\")"),
                ("permit", "@modality(\"refer\")"),
            ]);
            let mut parts: Vec<String> = Vec::new();
            for _ in 0..1 + random.below(3) {
                let test = random.pick(&tests);
                // One test once in a rule, so that no rule contradicts itself.
                if !parts.iter().any(|part| part.contains(test.as_str())) {
                    parts.push(if random.chance(40) { format!("!({test})") } else { test.clone() });
                }
            }
            let condition = parts.join(*random.pick(&[" && ", " || "]));
            writeln!(cedar, "@id(\"{folder}-{rule}\") @cite(\"c\") @status(\"drafted: a test\") {modality}\n{effect} (principal, action == Action::\"act\", resource) when {{ {condition} }};").expect("text");
        }
        let text = small::instrument("from = 2020-01-01", "", &cedar);
        files.push(SourceFile::new(format!("{folder}/law.md"), text));
    }
    Law::load(&files).unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems))
}

/// Someone who knows every fact is asked until the answer stands, and never for what is known,
/// settled or beyond the desk.
#[test]
fn an_interview_on_the_real_packs_ends_with_the_answer() {
    let law = packs::real_law();
    let (mut interviews, mut questions, mut most) = (0, 0, 0);
    for (jurisdiction, seed) in law.jurisdictions().zip(1..) {
        let mut random = Random::new(seed);
        for round in 0..INTERVIEWS {
            let who = [Who::Counsel, Who::Records, Who::Desk][round % 3];
            let (action, complete) = near::near_a_case(&law, jurisdiction, &mut random);
            let compiled = law.compiled(jurisdiction, action, TODAY).expect("law is in force");
            let truth = compiled.answer(&complete).expect("every fact is known");
            let mut interview =
                Interview::new(&law, Question::new(&law, jurisdiction, action, TODAY), who);
            let mut asked: BTreeSet<FactId> = BTreeSet::new();
            let mut left = usize::MAX;
            let decision = loop {
                match interview.step() {
                    Ok(Step::Done(decision)) => break Some(decision),
                    Err(QuestionError::ActorNotBound { .. }) => break None,
                    Err(error) => panic!("{error}"),
                    Ok(Step::Ask { fact, at_most }) => {
                        let name = &law.vocabulary.facts[fact].name;
                        assert!(asked.insert(fact), "{name} is asked twice");
                        assert!(law.vocabulary.facts[fact].who <= who, "{name} is beyond the desk");
                        assert!(
                            !settled(&law, jurisdiction, &complete, interview.question(), fact),
                            "{name} is settled"
                        );
                        assert!(
                            at_most >= 1 && at_most < left,
                            "{at_most} questions left after {left}"
                        );
                        left = at_most;
                        interview.answer(fact, complete.class(fact));
                        // Going back restores the question; answering again goes on.
                        if random.chance(20) {
                            assert_eq!(interview.back(), Some(fact));
                            let Ok(Step::Ask { fact: again, at_most: still }) = interview.step()
                            else {
                                panic!("{name} is asked again");
                            };
                            assert_eq!((again, still), (fact, at_most), "as before going back");
                            interview.answer(fact, complete.class(fact));
                        }
                    }
                }
            };
            let Some(decision) = decision else { continue };
            interviews += 1;
            questions += asked.len();
            most = most.max(asked.len());
            if decision.word == Word::NeedsFacts {
                assert_ne!(who, Who::Counsel, "counsel can know every fact");
                let beyond = |fact: &FactId| law.vocabulary.facts[*fact].who > who;
                assert!(
                    decision.needs.iter().all(beyond),
                    "the desk is not asked: {}",
                    law.describe(&decision)
                );
            } else {
                assert_eq!(decision.word, truth.word);
                assert!(decision.because.iter().all(|rule| truth.because.contains(rule)));
                assert!(decision.needs.is_empty());
            }
        }
    }
    eprintln!("{interviews} interviews, {questions} questions, at most {most} in one");
    assert!(interviews >= INTERVIEWS && questions > interviews, "{interviews}, {questions}");
}

/// Whoever knows nothing is asked each fact once at most, and then told what is needed.
#[test]
fn nothing_but_i_do_not_know_always_ends() {
    let law = packs::real_law();
    let mut needed = 0;
    for jurisdiction in law.jurisdictions() {
        for action in 0..law.vocabulary.actions.len() {
            let question = Question::new(&law, jurisdiction, action, TODAY);
            let unasked = law.decide(&question, &mut Scratch::default()).expect("decidable");
            let mut interview = Interview::new(&law, question, Who::Desk);
            let mut left = usize::MAX;
            let decision = loop {
                match interview.step().expect("nothing known can be refused") {
                    Step::Done(decision) => break decision,
                    Step::Ask { fact, at_most } => {
                        assert!(at_most < left, "{at_most} questions left after {left}");
                        left = at_most;
                        assert!(!interview.given().iter().any(|&(given, _)| given == fact));
                        interview.answer(fact, None);
                    }
                }
            };
            assert_eq!(summary(&decision), summary(&unasked), "nothing was learned");
            needed += usize::from(decision.word == Word::NeedsFacts);
            while interview.back().is_some() {}
            assert!(interview.given().is_empty());
            let question = Question::new(&law, jurisdiction, action, TODAY);
            let mut fresh = Interview::new(&law, question, Who::Desk);
            let steps = [&mut fresh, &mut interview].map(|interview| {
                match interview.step().expect("as at the beginning") {
                    Step::Ask { fact, at_most } => Some((fact, at_most)),
                    Step::Done(_) => None,
                }
            });
            assert_eq!(steps[0], steps[1], "all the way back is the beginning");
        }
    }
    assert!(needed > 0, "some act needs facts");
}

fn summary(decision: &Decision<'_>) -> (Word, Vec<usize>, Vec<FactId>) {
    (decision.word, decision.because.clone(), decision.needs.clone())
}

/// Whether a law in force settles the fact for the actor, as far as the actor is known.
fn settled(
    law: &Law,
    jurisdiction: &Jurisdiction,
    complete: &Facts,
    question: &Question<'_>,
    fact: FactId,
) -> bool {
    let actor = law.vocabulary.actor_kind();
    if question.facts.class(actor).is_none() {
        return false;
    }
    let actor = complete.class(actor).expect("every fact is known");
    jurisdiction.instruments.iter().any(|&(_, number)| {
        let instrument = &law.instruments[number];
        instrument.span.contains(TODAY)
            && instrument.binds_actor(actor)
            && instrument.settles.iter().any(|&(settled, _)| settled == fact)
    })
}
