//! Two laws compared, and looked at case by case.

use std::collections::{BTreeMap, BTreeSet};

use bylaw_law::{
    Class, Comparison, Defaults, RuleId, Scratch, Side, Word, compare,
    compare::{actors, share},
    vocabulary::{ActionId, FactId},
};
use jiff::civil::Date;

use crate::{
    beside,
    draw::amended,
    model::{ACTS, Case, DAYS, SmallLaw},
    random::Random,
    truth::{Answer, Truth},
};

/// What was tried, so that the test shows that it tries something.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    comparisons: usize,
    drafts: usize,
    without_common_actors: usize,
    same: usize,
    differing: usize,
    cases: usize,
    differing_cases: usize,
    classes: usize,
    exact: usize,
    contested: usize,
    stricter: usize,
    looser: usize,
    /// Classes that have something in common besides who acts.
    in_common: usize,
    /// Stories that leave facts out.
    short_stories: usize,
}

impl Tally {
    pub(crate) fn assert_enough(&self) {
        let Self { same, differing, classes, exact, contested, .. } = *self;
        assert!(same > 100 && differing > 400, "both ways occur");
        assert!(exact > 100 && classes - exact > 100, "classes with and without a simple where");
        assert!(contested > 100 && self.stricter > 200 && self.looser > 200);
        assert!(self.drafts > 50 && self.without_common_actors > 5);
        assert!(self.in_common > classes / 2 && self.short_stories > classes / 2);
    }
}

/// One side: the law, the folder and the day.
#[derive(Clone, Copy)]
struct Asked<'a> {
    truth: &'a Truth,
    path: &'static str,
    day: Date,
}

impl<'a> Asked<'a> {
    fn draw(truth: &'a Truth, random: &mut Random) -> Self {
        let path = *random.pick(&truth.model.folders());
        let first = truth.model.first_day(path);
        let days: Vec<Date> = DAYS.into_iter().filter(|&day| day >= first).collect();
        Asked { truth, path, day: *random.pick(&days) }
    }

    fn side(self) -> Side<'a> {
        let law = &self.truth.law;
        let jurisdiction = law.jurisdiction(self.path).expect("the folder has law");
        Side { law, jurisdiction, on: self.day }
    }

    fn bound(self) -> u64 {
        let bound = (0..3u32).filter(|&actor| self.truth.model.binds(self.path, i64::from(actor)));
        bound.fold(0, |actors, actor| actors | 1 << actor)
    }
}

/// Two folders of one law, or two days.
pub(crate) fn check_two_sides(truth: &Truth, random: &mut Random, tally: &mut Tally) {
    let [a, b] = [Asked::draw(truth, random), Asked::draw(truth, random)];
    check_acts(a, b, random, tally);
}

/// A law and a draft that changes it.
pub(crate) fn check_draft(law: &SmallLaw, random: &mut Random, tally: &mut Tally) {
    let Some((base, draft)) = beside(law, &amended(law, random)) else { return };
    for path in base.model.folders() {
        let [a, b] = [&base, &draft].map(|truth| Asked { truth, path, day: DAYS[4] });
        check_acts(a, b, random, tally);
        tally.drafts += 1;
    }
}

fn check_acts(a: Asked<'_>, b: Asked<'_>, random: &mut Random, tally: &mut Tally) {
    let (both, only_a, only_b) = actors(a.side(), b.side());
    let (bound_a, bound_b) = (a.bound(), b.bound());
    assert_eq!((both, only_a, only_b), (bound_a & bound_b, bound_a & !bound_b, bound_b & !bound_a));
    tally.without_common_actors += usize::from(both == 0);
    let asked = if random.chance(20) { both & !(1 << random.below(3)) } else { both };
    for act in 0..ACTS.len() {
        check_act(a, b, act, asked, tally);
    }
}

/// A possible case of both laws, told by the comparison's facts, with both answers.
type Point<'a> = (&'a Case, (Answer, Answer));

fn check_act(a: Asked<'_>, b: Asked<'_>, act: ActionId, actors: u64, tally: &mut Tally) {
    let comparison = compare(a.side(), b.side(), act, actors).expect("small laws are compared");
    let answers = [a, b].map(|side| side.truth.answers(&Vec::new(), side.path, side.day, act));
    let points: Vec<Point<'_>> = a.truth.told_by(&comparison.facts, |case| {
        let asked = actors & (1 << a.truth.cases[case][0]) != 0;
        asked.then(|| {
            let [a, b] = &answers;
            let answer = |answer: &Option<Answer>| answer.clone().expect("both bind the actor");
            (answer(&a[case]), answer(&b[case]))
        })
    });
    assert_eq!(comparison.action, act);
    assert_eq!(comparison.cases, points.len() as u128);
    let mut kinds: BTreeMap<Kind, Vec<&Point<'_>>> = BTreeMap::new();
    for point in points.iter().filter(|(_, (a, b))| a.word != b.word) {
        kinds.entry(kind(&point.1)).or_default().push(point);
    }
    let differing = kinds.values().map(|points| points.len() as u128).sum::<u128>();
    assert_eq!(comparison.differing, differing);
    assert!((comparison.share() - share(differing, comparison.cases)).abs() < f64::EPSILON);
    let found: BTreeSet<Kind> = comparison.classes.iter().map(kind_of).collect();
    assert_eq!(found.len(), comparison.classes.len(), "classes are disjoint");
    assert_eq!(found, kinds.keys().copied().collect(), "classes are all kinds");
    assert!(comparison.classes.is_sorted_by(|x, y| x.cases >= y.cases), "the largest first");
    for class in &comparison.classes {
        check_class(a, b, &comparison, class, &points, tally);
    }
    tally.comparisons += 1;
    tally.same += usize::from(kinds.is_empty());
    tally.differing += usize::from(!kinds.is_empty());
    tally.cases += points.len();
    tally.differing_cases += kinds.values().map(Vec::len).sum::<usize>();
}

/// Both words, each with the strongest rule.
type Kind = (Word, Option<RuleId>, Word, Option<RuleId>);

fn kind((a, b): &(Answer, Answer)) -> Kind {
    (a.word, a.because.first().copied(), b.word, b.because.first().copied())
}

fn kind_of(class: &Class) -> Kind {
    (class.a, class.a_because.first().copied(), class.b, class.b_because.first().copied())
}

fn check_class(
    a: Asked<'_>,
    b: Asked<'_>,
    comparison: &Comparison,
    class: &Class,
    points: &[Point<'_>],
    tally: &mut Tally,
) {
    let truth = a.truth;
    let facts = &comparison.facts;
    let in_class = |point: &Point<'_>| kind(&point.1) == kind_of(class);
    let own: Vec<&Point<'_>> = points.iter().filter(|point| in_class(point)).collect();
    let cases = || own.iter().map(|(case, _)| *case);
    assert_eq!(class.cases, own.len() as u128);
    assert_eq!(class.a_because, shared(own.iter().map(|(_, (a, _))| a)), "rules of the first law");
    assert_eq!(class.b_because, shared(own.iter().map(|(_, (_, b))| b)), "rules of the second");

    let every =
        |fact: FactId| u64::MAX >> (64 - u32::from(truth.law.vocabulary.facts[fact].classes()));
    let common: Vec<(FactId, u64)> = facts
        .iter()
        .map(|&fact| (fact, truth.classes(fact, cases())))
        .filter(|&(fact, classes)| classes != every(fact))
        .collect();
    assert_eq!(class.common, common, "what its cases have in common");
    let mut fitting = points.iter().filter(|(case, _)| truth.fits(case, &class.common));
    assert_eq!(class.exact, fitting.all(in_class), "nothing else fits");

    check_telling(
        truth,
        facts,
        &class.example,
        &class.story,
        points.iter().map(|point| point.0),
        |case| points.iter().any(|point| point.0 == case && in_class(point)),
    );
    assert!(class.stricter() == (strictness(class.b) > strictness(class.a)), "{class:?}");
    assert!(class.looser() == (strictness(class.b) < strictness(class.a)), "{class:?}");
    for (side, word) in [(a, class.a), (b, class.b)] {
        assert_eq!(decide_as_anybody(side.side(), comparison.action, &class.example), word);
    }
    tally.classes += 1;
    tally.exact += usize::from(class.exact);
    tally.contested +=
        usize::from(own.iter().any(|(_, (a, b))| !a.between.is_empty() || !b.between.is_empty()));
    tally.stricter += usize::from(class.stricter());
    tally.looser += usize::from(class.looser());
    tally.in_common += usize::from(class.common.iter().any(|&(fact, _)| fact != 0));
    tally.short_stories += usize::from(class.story.len() < facts.len());
}

/// The rules that all of these share, strongest first.
fn shared<'a>(mut answers: impl Iterator<Item = &'a Answer>) -> Vec<RuleId> {
    let mut rules = answers.next().map_or_else(Vec::new, |answer| answer.because.clone());
    for answer in answers {
        rules.retain(|rule| answer.because.contains(rule));
    }
    rules
}

fn strictness(word: Word) -> u8 {
    match word {
        Word::MustNot => 2,
        Word::Refer => 1,
        _ => 0,
    }
}

/// The example is one of the set, and as ordinary as any; the story is part of it, is true of the
/// set's cases only, and has no part that could be left out.
pub(crate) fn check_telling<'c>(
    truth: &Truth,
    facts: &[FactId],
    example: &[(FactId, u8)],
    story: &[(FactId, u8)],
    possible: impl Iterator<Item = &'c Case> + Clone,
    in_set: impl Fn(&Case) -> bool,
) {
    assert_eq!(example.iter().map(|&(fact, _)| fact).collect::<Vec<_>>(), facts, "it is whole");
    let members: Vec<&Case> = possible.clone().filter(|case| in_set(case)).collect();
    let found = members.iter().find(|case| truth.is_told(case, example)).expect("it is in the set");
    let least = members.iter().map(|case| truth.strangeness(case, facts)).min();
    assert_eq!(Some(truth.strangeness(found, facts)), least, "the plainest");
    assert!(story.iter().all(|told| example.contains(told)), "the story is part of it");
    let enough = |told: &[(FactId, u8)]| {
        possible
            .clone()
            .filter(|case| truth.is_told(case, told))
            .all(|case| members.contains(&case))
    };
    assert!(enough(story), "whoever hears {story:?} knows");
    for left_out in 0..story.len() {
        let shorter = [&story[..left_out], &story[left_out + 1..]].concat();
        assert!(!enough(&shorter), "the story needs {:?}", story[left_out]);
    }
}

/// The answer that the request of a case gets.
pub(crate) fn decide_as_anybody(side: Side<'_>, act: ActionId, case: &[(FactId, u8)]) -> Word {
    let request = side.law.request(side, act, case).to_string();
    let defaults = Defaults { jurisdiction: None, on: Date::ZERO, otherwise_absent: false };
    let (_, question) = side.law.read_question(request.as_bytes(), &defaults);
    let question = question.expect("the request can be read");
    side.law.decide(&question, &mut Scratch::default()).expect("it can be decided").word
}
