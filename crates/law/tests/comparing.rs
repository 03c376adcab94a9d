//! The real packs compared: every class is what deciding shows, nothing differs outside a class, and
//! no case that differs is left out.

#![expect(
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

use std::{collections::BTreeSet, fmt::Write as _, thread};

use bylaw_law::{
    Class, Comparison, Defaults, Facts, Law, RuleId, Scratch, Side, SourceFile, Word, compare,
    compare::actors,
    vocabulary::{ActionId, FactId},
};
use jiff::civil::Date;

use random::Random;

const TODAY: Date = Date::constant(2026, 11, 22);

/// Possible complete cases drawn for each pair of laws.
const DRAWN: usize = 20_000;

/// Laws beside each other: a lower and a higher one, neighbors, opposites, and days of one law.
const PAIRS: [(&str, Date, &str, Date); 12] = [
    ("us/ca/los-angeles", TODAY, "us/ca", TODAY),
    ("us/ca/los-angeles", TODAY, "us/ca/los-angeles", Date::constant(2024, 12, 8)),
    ("us/ca/los-angeles-county", TODAY, "us/ca/lausd", TODAY),
    ("us/ca", Date::constant(2017, 12, 31), "us/ca", Date::constant(2018, 1, 1)),
    ("us/ca", TODAY, "us/tx", TODAY),
    ("us/tx", Date::constant(2017, 10, 1), "us/tx", TODAY),
    ("us/fl", TODAY, "us/tx", TODAY),
    ("us/ny/new-york-city", TODAY, "us/ny", TODAY),
    ("us/ny", Date::constant(2026, 5, 21), "us/ny", Date::constant(2026, 5, 22)),
    ("us/ma/boston", TODAY, "us/ma/boston", Date::constant(2019, 11, 30)),
    ("us/wa", TODAY, "us/or", TODAY),
    ("us/il", TODAY, "us/nj", TODAY),
];

#[test]
fn what_the_real_laws_differ_in_is_found_whole_and_nothing_else() {
    let law = packs::real_law();
    let worlds = Worlds::new(&law);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let (law, worlds) = (&law, &worlds);
        let threads: Vec<_> = PAIRS
            .into_iter()
            .zip(1..)
            .map(|((a, on_a, b, on_b), seed)| {
                let side = |path, on| {
                    let jurisdiction = law.jurisdiction(path).expect("the packs have its law");
                    Side { law, jurisdiction, on }
                };
                let (a, b) = (side(a, on_a), side(b, on_b));
                scope.spawn(move || Check::new(a, b, worlds).run(&mut Random::new(seed)))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a pair disagrees, see above"))
            .collect()
    });
    for ((a, on_a, b, on_b), tally) in PAIRS.iter().zip(&tallies) {
        eprintln!("{a}@{on_a} and {b}@{on_b}: {tally:?}");
        assert_eq!(tally.drawn, DRAWN);
        assert!(tally.classes > 0 && tally.same > 0, "both ways occur: {tally:?}");
    }
    assert!(tallies.iter().map(|tally| tally.differing).sum::<usize>() > DRAWN, "{tallies:?}");
    assert!(tallies.iter().all(|tally| tally.differing > 20), "{tallies:?}");
}

/// What was tried, so that the test shows that it tries something.
#[derive(Debug, Default)]
struct Tally {
    acts: usize,
    acts_that_differ: usize,
    classes: usize,
    exact: usize,
    drawn: usize,
    differing: usize,
    same: usize,
    /// Classes that some drawn case fell in.
    met: usize,
    /// Drawn cases of which a class's story is true.
    told: usize,
}

/// Which cases are possible: the vocabulary's `@always` conditions as a law of their own.
struct Worlds {
    law: Law,
}

impl Worlds {
    fn new(real: &Law) -> Self {
        let files = packs::real_files();
        let vocabulary = files
            .into_iter()
            .find(|file| file.name == "vocabulary.cedarschema")
            .expect("the packs have a vocabulary");
        let act = &real.vocabulary.actions[0].name;
        let mut text = String::from(
            "+++\ntitle = \"T\"\ncite = \"c\"\nkind = \"statute\"\nsource = \"s\"\n\
             reviewed = { by = \"nobody\", on = 2026-11-22 }\nin_force = { from = 2020-01-01 }\n+++\n\n\
             ## Impossible\n\n```cedar\n",
        );
        let conditions = always(&vocabulary.text);
        assert!(conditions.len() >= 2, "the vocabulary has conditions");
        for (number, condition) in conditions.iter().enumerate() {
            writeln!(
                text,
                "@id(\"ALWAYS-{number}\") @cite(\"c\") @status(\"drafted: a test\")\n\
                 forbid (principal, action == Action::\"{act}\", resource) unless {{ {condition} }};"
            )
            .expect("text");
        }
        text.push_str("```\n");
        let files = [vocabulary, SourceFile::new("world/possible.md", text)];
        let law = Law::load_beside(&files, real);
        Self { law: law.unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems)) }
    }

    fn possible(&self, facts: &Facts) -> bool {
        let world = self.law.jurisdiction("world").expect("it has just been written");
        let compiled = self.law.compiled(world, 0, TODAY).expect("it is in force");
        compiled.answer(facts).expect("every fact is known").word == Word::Unregulated
    }
}

/// The texts of all `@always("…")`.
fn always(vocabulary: &str) -> Vec<String> {
    let texts = vocabulary.split("@always(\"").skip(1);
    texts
        .map(|rest| {
            let mut text = String::new();
            let mut letters = rest.chars();
            while let Some(letter) = letters.next().filter(|&letter| letter != '"') {
                text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
            }
            text
        })
        .collect()
}

struct Check<'a> {
    a: Side<'a>,
    b: Side<'a>,
    worlds: &'a Worlds,
    actors: u64,
    /// One for each act.
    comparisons: Vec<Comparison>,
    tally: Tally,
}

impl<'a> Check<'a> {
    fn new(a: Side<'a>, b: Side<'a>, worlds: &'a Worlds) -> Self {
        let (actors, ..) = actors(a, b);
        let comparisons = (0..a.law.vocabulary.actions.len())
            .map(|act| compare(a, b, act, actors).expect("the real laws are compared"))
            .collect();
        Self { a, b, worlds, actors, comparisons, tally: Tally::default() }
    }

    fn run(mut self, random: &mut Random) -> Tally {
        for act in 0..self.comparisons.len() {
            self.check_against_itself(act);
            self.check_mirrored(act);
            self.check_classes(act);
        }
        let mut met = BTreeSet::new();
        while self.tally.drawn < DRAWN {
            let Some((act, facts)) = self.draw(random) else { continue };
            self.check_case(act, &facts, &mut met);
        }
        self.tally.met = met.len();
        self.tally
    }

    fn check_against_itself(&self, act: ActionId) {
        for side in [self.a, self.b] {
            let same = compare(side, side, act, self.actors).expect("compared");
            assert_eq!((same.differing, same.classes.len()), (0, 0), "a law is like itself");
        }
    }

    fn check_mirrored(&self, act: ActionId) {
        let (there, back) = (&self.comparisons[act], compare(self.b, self.a, act, self.actors));
        let back = back.expect("compared");
        assert_eq!((there.cases, there.differing), (back.cases, back.differing));
        assert_eq!(there.classes.len(), back.classes.len());
        for class in &there.classes {
            let mirrored = back.classes.iter().find(|other| {
                (other.a, other.b, other.a_because.first(), other.b_because.first())
                    == (class.b, class.a, class.b_because.first(), class.a_because.first())
            });
            let mirrored = mirrored.expect("each class has its mirror image");
            assert_eq!(mirrored.cases, class.cases);
            let sorted = |rules: &[RuleId]| rules.iter().copied().collect::<BTreeSet<_>>();
            assert_eq!(sorted(&mirrored.a_because), sorted(&class.b_because));
            assert_eq!(sorted(&mirrored.b_because), sorted(&class.a_because));
            let common = |class: &Class| class.common.iter().copied().collect::<BTreeSet<_>>();
            assert_eq!(common(mirrored), common(class));
            assert_eq!((mirrored.exact, mirrored.stricter()), (class.exact, class.looser()));
        }
    }

    /// The classes are all that differs, and each example is what it is said to be.
    fn check_classes(&mut self, act: ActionId) {
        let comparison = &self.comparisons[act];
        let sum: u128 = comparison.classes.iter().map(|class| class.cases).sum();
        assert_eq!(sum, comparison.differing);
        assert!(comparison.differing <= comparison.cases);
        for class in &comparison.classes {
            assert!(class.cases > 0);
            for (side, word, because) in
                [(self.a, class.a, &class.a_because), (self.b, class.b, &class.b_because)]
            {
                let request = side.law.request(side, act, &class.example).to_string();
                let defaults =
                    Defaults { jurisdiction: None, on: Date::ZERO, otherwise_absent: false };
                let (_, question) = side.law.read_question(request.as_bytes(), &defaults);
                let question = question.expect("the request can be read");
                let decision = side.law.decide(&question, &mut Scratch::default());
                let decision = decision.expect("it can be decided");
                assert_eq!(decision.word, word, "{request}");
                assert_eq!(decision.because.first(), because.first(), "{request}");
                assert!(because.iter().all(|rule| decision.because.contains(rule)), "{request}");
            }
            let mut facts = Facts::unknown(&self.a.law.vocabulary);
            class.example.iter().for_each(|&(fact, value)| facts.set(fact, Some(value)));
            assert!(fits(&facts, &class.common) && is_told(&facts, &class.story));
        }
        self.tally.acts += 1;
        self.tally.acts_that_differ += usize::from(comparison.differing > 0);
        self.tally.classes += comparison.classes.len();
        self.tally.exact += comparison.classes.iter().filter(|class| class.exact).count();
    }

    /// A possible case like those that the packs work out; none where it came out impossible.
    fn draw(&self, random: &mut Random) -> Option<(ActionId, Facts)> {
        let side = if random.chance(50) { self.a } else { self.b };
        let (act, mut facts) = near::near_a_case(side.law, side.jurisdiction, random);
        let actor_kind = side.law.vocabulary.actor_kind();
        if facts.class(actor_kind).is_none_or(|actor| self.actors & (1 << actor) == 0) {
            let bound: Vec<u8> = (0..64).filter(|actor| self.actors & (1 << actor) != 0).collect();
            facts.set(actor_kind, Some(*random.pick(&bound)));
        }
        self.worlds.possible(&facts).then_some((act, facts))
    }

    fn check_case(&mut self, act: ActionId, facts: &Facts, met: &mut BTreeSet<(ActionId, usize)>) {
        let [a, b] = [self.a, self.b].map(|side| {
            let compiled = side.law.compiled(side.jurisdiction, act, side.on);
            compiled.expect("the law is in force").answer(facts).expect("every fact is known")
        });
        let is_of = |class: &Class| {
            (class.a, class.b) == (a.word, b.word)
                && class.a_because.first() == a.because.first()
                && class.b_because.first() == b.because.first()
        };
        let classes = &self.comparisons[act].classes;
        let own: Vec<usize> = (0..classes.len()).filter(|&class| is_of(&classes[class])).collect();
        if a.word == b.word {
            assert!(own.is_empty());
        } else {
            let [own] = own.as_slice() else { panic!("the case is in one class, not {own:?}") };
            let class = &classes[*own];
            assert!(fits(facts, &class.common), "it has what the class has in common");
            assert!(class.a_because.iter().all(|rule| a.because.contains(rule)));
            assert!(class.b_because.iter().all(|rule| b.because.contains(rule)));
            met.insert((act, *own));
        }
        for (number, class) in classes.iter().enumerate() {
            let told = is_told(facts, &class.story);
            assert!(!told || own.contains(&number), "the story is true of no other case");
            let fitting = class.exact && fits(facts, &class.common);
            assert!(!fitting || own.contains(&number), "nothing else fits");
            self.tally.told += usize::from(told);
        }
        self.tally.drawn += 1;
        self.tally.differing += usize::from(a.word != b.word);
        self.tally.same += usize::from(a.word == b.word);
    }
}

fn fits(facts: &Facts, common: &[(FactId, u64)]) -> bool {
    let fits = |&(fact, classes): &(FactId, u64)| {
        facts.class(fact).is_some_and(|class| classes & (1 << class) != 0)
    };
    common.iter().all(fits)
}

fn is_told(facts: &Facts, told: &[(FactId, u8)]) -> bool {
    told.iter().all(|&(fact, class)| facts.class(fact) == Some(class))
}
