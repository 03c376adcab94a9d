//! Claims proved, and looked at case by case.

use std::collections::{BTreeMap, BTreeSet};

use bylaw_law::{
    Scratch, Side, Word,
    pack::Property,
    prove::{Counterexample, Part, Proof},
    vocabulary::ActionId,
};
use jiff::civil::Date;

use crate::{
    compared::check_telling,
    model::{ACTS, Case, DAYS, SmallClaim},
    truth::{Answer, Truth, decide},
};

/// What was tried, so that the test shows that it tries something.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    hold: BTreeMap<&'static str, usize>,
    fail: BTreeMap<&'static str, usize>,
    vacuous: usize,
    parts: usize,
    cases: u128,
    violations: u128,
    /// Laws in whose claims a term read a settled fact otherwise than stated.
    pub(crate) settled: usize,
    /// Claims that take a question as answered, and those of them to which it matters.
    positions: usize,
    positions_matter: usize,
    /// Claims whose law changes while they speak.
    with_dates: usize,
    /// Claims that hold on some of their days only.
    hold_for_a_time: usize,
    /// Counterexamples that turn on a question that stays open.
    contested: usize,
    /// Counterexamples that are decided otherwise where the question is open: `refer` with the
    /// answer among others, or `may` for `unregulated`.
    among_others: usize,
    free_either_way: usize,
}

impl Tally {
    pub(crate) fn assert_enough(&self) {
        for property in ["never", "always", "only", "implies", "equivalent", "disjoint"] {
            let [hold, fail] =
                [&self.hold, &self.fail].map(|by| by.get(property).copied().unwrap_or(0));
            assert!(hold > 15 && fail > 15, "@{property} holds {hold} times, fails {fail} times");
        }
        assert!(self.vacuous > 10 && self.settled > 10 && self.contested > 30);
        assert!(self.among_others > 5 && self.free_either_way > 0);
        assert!(self.positions > 300 && self.positions_matter > 50);
        assert!(self.with_dates > 200 && self.hold_for_a_time > 30);
    }
}

/// What a case is to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    counted: bool,
    /// The claim says something of it, true or not.
    bound: bool,
    broken: bool,
}

pub(crate) fn check(truth: &Truth, number: usize, tally: &mut Tally) {
    let claim = &truth.model.claims[number];
    let mut told = 0;
    let proof = truth.law.prove(&truth.law.claims[number], |_| told += 1);
    let acts: Vec<ActionId> =
        (0..ACTS.len()).filter(|&act| claim.acts.contains(&ACTS[act])).collect();
    let proof = match proof {
        Ok(proof) => proof,
        Err(problem) => {
            let speaks = days(truth, claim).iter().any(|&day| {
                acts.iter().any(|&act| seen(truth, claim, act, day).iter().any(|seen| seen.bound))
            });
            assert!(!speaks, "{problem}");
            assert_eq!(problem.code, "law::claim");
            assert!(problem.help.is_some() && problem.line().is_some(), "{problem:?}");
            tally.vacuous += 1;
            return;
        }
    };
    assert_eq!(told, proof.parts.len(), "each part is told as it is done");
    for act in acts {
        check_act(truth, claim, act, &proof);
    }
    let broken = proof.parts.iter().find(|part| part.violations > 0);
    match (&proof.counterexample, broken) {
        (None, None) => {}
        (Some(found), Some(part)) => check_counterexample(truth, claim, found, part, tally),
        other => panic!("a counterexample where there are violations, and only there: {other:?}"),
    }
    count(truth, claim, &proof, tally);
}

fn count(truth: &Truth, claim: &SmallClaim, proof: &Proof, tally: &mut Tally) {
    let sums = |of: fn(&Part) -> u128| proof.parts.iter().map(of).sum::<u128>();
    assert_eq!(proof.cases(), sums(|part| part.cases));
    assert_eq!(proof.violations(), sums(|part| part.violations));
    assert!(proof.cases() > 0);
    let by = if proof.violations() == 0 { &mut tally.hold } else { &mut tally.fail };
    *by.entry(claim.property.name()).or_default() += 1;
    tally.parts += proof.parts.len();
    tally.cases += proof.cases();
    tally.violations += proof.violations();
    tally.with_dates += usize::from(proof.parts.len() > claim.acts.len());
    let holding = proof.parts.iter().filter(|part| part.violations == 0 && part.cases > 0).count();
    tally.hold_for_a_time += usize::from(proof.violations() > 0 && holding > 0);
    if !claim.positions.is_empty() {
        tally.positions += 1;
        let open = SmallClaim { positions: Vec::new(), ..claim.clone() };
        let matter = proof.parts.iter().any(|part| {
            let day = part.span.from;
            seen(truth, claim, part.action, day) != seen(truth, &open, part.action, day)
        });
        tally.positions_matter += usize::from(matter);
    }
}

/// The parts of an act follow each other from the claim's first day to its last, and each is true
/// of every day on which anything could change.
fn check_act(truth: &Truth, claim: &SmallClaim, act: ActionId, proof: &Proof) {
    let parts: Vec<&Part> = proof.parts.iter().filter(|part| part.action == act).collect();
    let days = days(truth, claim);
    assert_eq!(parts.first().map(|part| part.span.from), days.first().copied());
    for pair in parts.windows(2) {
        assert_eq!(pair[0].span.until, Some(pair[1].span.from), "no day is left out");
    }
    if let Some(last) = parts.last() {
        assert_eq!(last.span.until, claim.until);
    }
    let begins: BTreeSet<Date> = parts.iter().map(|part| part.span.from).collect();
    assert!(
        begins.iter().all(|day| days.contains(day)),
        "a part begins where something may change"
    );
    for day in days {
        let part = parts.iter().find(|part| part.span.contains(day)).expect("every day has a part");
        let seen = seen(truth, claim, act, day);
        let told = truth.told_by(&part.facts, |case| Some(seen[case].clone()));
        let number =
            |of: fn(&Seen) -> bool| told.iter().filter(|(_, seen)| of(seen)).count() as u128;
        assert_eq!(part.cases, number(|seen| seen.counted), "cases on {day}");
        assert_eq!(part.violations, number(|seen| seen.broken), "violations on {day}");
    }
}

/// The claim's first day, and every later one on which the law may change.
fn days(truth: &Truth, claim: &SmallClaim) -> Vec<Date> {
    let other = claim.other.as_ref().filter(|(_, on)| on.is_none());
    let first = other.map_or(claim.from, |(path, _)| truth.model.first_day(path));
    let first = claim.from.max(first).max(truth.model.first_day(claim.folder));
    let claimed = |day: &Date| *day >= first && claim.until.is_none_or(|until| *day < until);
    let days: BTreeSet<Date> = DAYS.into_iter().chain([first]).filter(claimed).collect();
    days.into_iter().collect()
}

/// What each case, possible or not, is to the claim on a day.
fn seen(truth: &Truth, claim: &SmallClaim, act: ActionId, day: Date) -> Vec<Seen> {
    let own = truth.answers(&claim.positions, claim.folder, day, act);
    let other =
        claim.other.map(|(path, on)| truth.answers(&claim.positions, path, on.unwrap_or(day), act));
    let meaning = truth.meaning(claim.folder, day, &claim.positions);
    let look = |(number, case): (usize, &Case)| {
        let answer = own[number].as_ref();
        let beside = other.as_ref().map_or(answer, |other| other[number].as_ref());
        let (Some(answer), Some(beside)) = (answer, beside) else {
            return Seen { counted: false, bound: false, broken: false };
        };
        let spoken_of = meaning.holds(&claim.condition, case);
        match claim.property {
            Property::Only => Seen {
                counted: true,
                bound: !spoken_of,
                broken: !spoken_of && breaks(claim, answer, beside),
            },
            _ => Seen {
                counted: spoken_of,
                bound: spoken_of,
                broken: spoken_of && breaks(claim, answer, beside),
            },
        }
    };
    let possible = |seen: Seen, possible: bool| {
        if possible { seen } else { Seen { counted: false, bound: false, broken: false } }
    };
    let seen = truth.cases.iter().enumerate().map(look);
    seen.zip(&truth.possible).map(|(seen, &known)| possible(seen, known)).collect()
}

/// Whether the answers are not as claimed, as docs/claims.md says it.
fn breaks(claim: &SmallClaim, here: &Answer, there: &Answer) -> bool {
    let open = [Word::Must, Word::May, Word::Unregulated];
    let named = claim.answers.as_deref().unwrap_or(&open);
    let (here_named, there_named) = (named.contains(&here.word), named.contains(&there.word));
    match claim.property {
        Property::Never | Property::Only => here_named,
        Property::Always => !here_named,
        Property::Implies => here_named && !there_named,
        Property::Disjoint => here_named && there_named,
        Property::Equivalent if claim.answers.is_none() => here.word != there.word,
        Property::Equivalent => here_named != there_named,
    }
}

/// The case breaks the claim on its day, its answers are those of the law, and whoever decides it
/// gets them.
fn check_counterexample(
    truth: &Truth,
    claim: &SmallClaim,
    found: &Counterexample,
    part: &Part,
    tally: &mut Tally,
) {
    assert_eq!((found.action, found.on), (part.action, part.span.from));
    let seen = seen(truth, claim, found.action, found.on);
    let bound = |actor: i64| {
        let other = claim.other.iter().all(|(path, _)| truth.model.binds(path, actor));
        truth.model.binds(claim.folder, actor) && other
    };
    let told =
        truth.told_by(&part.facts, |case| bound(truth.cases[case][0]).then_some(seen[case].broken));
    let broken = |case: &Case| told.iter().any(|(known, broken)| *known == case && *broken);
    let possible = told.iter().map(|(case, _)| *case);
    check_telling(truth, &part.facts, &found.case, &found.story, possible, broken);

    let number = (0..truth.cases.len())
        .find(|&number| truth.possible[number] && truth.is_told(&truth.cases[number], &found.case))
        .expect("the case is possible");
    let sides = std::iter::once((claim.folder, found.on))
        .chain(claim.other.map(|(path, on)| (path, on.unwrap_or(found.on))));
    let other = found.other.as_ref();
    assert_eq!(other.map(|(on, ..)| *on), claim.other.map(|(_, on)| on.unwrap_or(found.on)));
    let answers = std::iter::once((found.answer, &found.because))
        .chain(other.map(|(_, word, because)| (*word, because)));
    let mut contested = false;
    for ((path, on), (word, because)) in sides.zip(answers) {
        let expected = &truth.answers(&claim.positions, path, on, found.action)[number];
        let expected = expected.as_ref().expect("the law binds the actor");
        assert_eq!((word, because), (expected.word, &expected.because));
        contested |= !expected.between.is_empty();
        check_replay(truth, claim, path, on, found, word, tally);
    }
    tally.contested += usize::from(contested);
}

/// Deciding the case gives the answer; where the claim takes questions as answered, perhaps among
/// others.
fn check_replay(
    truth: &Truth,
    claim: &SmallClaim,
    path: &str,
    on: Date,
    found: &Counterexample,
    word: Word,
    tally: &mut Tally,
) {
    let law = &truth.law;
    let mut scratch = Scratch::default();
    let decided = decide(law, path, on, found.action, &found.case, &mut scratch);
    let free = |word: Word| matches!(word, Word::May | Word::Unregulated);
    if decided.word != word {
        assert!(!claim.positions.is_empty(), "{word:?} is decided as {decided:?}");
        if decided.between.contains(&word) {
            tally.among_others += 1;
        } else {
            assert!(free(word) && free(decided.word), "{word:?} is decided as {decided:?}");
            tally.free_either_way += 1;
        }
    }
    let jurisdiction = law.jurisdiction(path).expect("the folder has law");
    let side = Side { law, jurisdiction, on };
    let by_request = crate::compared::decide_as_anybody(side, found.action, &found.case);
    assert_eq!(by_request, decided.word, "its request is the case");
}
