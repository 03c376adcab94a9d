//! The compiled law agrees with Cedar's own authorizer and with a direct reading of the order of laws.
//!
//! Nothing here is shared with the compiler: dates, modality, overriding and open questions are read from the annotations, whom an
//! instrument binds and what it settles from its front matter, and Cedar says which terms and rules hold. Only the policies' text and
//! the layers of a jurisdiction come from the law as it was loaded.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and numbers index the lists they count"
)]

#[path = "support/cedar.rs"]
mod cedar;
#[path = "support/packs.rs"]
mod packs;
#[path = "support/random.rs"]
mod random;

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use bylaw_law::{
    Compiled, Facts, Jurisdiction, Law, Question, QuestionError, RuleId, Scratch, Word,
    pack::Instrument,
    vocabulary::{ActionId, Domain, Fact, FactId},
};
use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PolicySet, RestrictedExpression};
use jiff::{ToSpan, civil::Date};

use random::Random;

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

/// What the rules of all packs say, as this test reads it.
struct Sources<'a> {
    law: &'a Law,
    fronts: Vec<Front>,
    rules: Vec<Rule<'a>>,
    terms: Vec<Term<'a>>,
    /// Every value of every fact for Cedar; numbers are made when they are used.
    values: Vec<Vec<RestrictedExpression>>,
}

/// Front matter, as far as it matters here.
struct Front {
    /// Value classes of `actor_kind`; none where everybody is bound.
    binds: Option<Vec<i64>>,
    settles: Vec<(FactId, i64)>,
    from: Date,
    until: Option<Date>,
}

struct Rule<'a> {
    instrument: usize,
    id: &'a str,
    modality: &'a str,
    overrides: Vec<&'a str>,
    contested: Option<&'a str>,
    dates: (Date, Option<Date>),
    action: ActionConstraint,
    policy: Policy,
    facts: Vec<FactId>,
    terms: Vec<&'a str>,
}

struct Term<'a> {
    instrument: usize,
    name: &'a str,
    contested: Option<&'a str>,
    dates: (Date, Option<Date>),
    policy: Policy,
    facts: Vec<FactId>,
    terms: Vec<&'a str>,
}

impl<'a> Sources<'a> {
    fn new(law: &'a Law) -> Self {
        let fronts: Vec<Front> = law.instruments.iter().map(|read| Front::new(law, read)).collect();
        let (mut rules, mut terms) = (Vec::new(), Vec::new());
        for (number, instrument) in law.instruments.iter().enumerate() {
            let front = &fronts[number];
            let text = &instrument.source_file.text;
            for rule in instrument.rules() {
                let policy = &rule.policy;
                let read = identifiers(text.get(rule.place.clone()).expect("a rule's text"));
                rules.push(Rule {
                    instrument: number,
                    id: policy.annotation("id").expect("a rule has an id"),
                    modality: policy.annotation("modality").unwrap_or(match policy.effect() {
                        Effect::Forbid => "must_not",
                        Effect::Permit => "may",
                    }),
                    overrides: policy
                        .annotation("overrides")
                        .unwrap_or_default()
                        .split_whitespace()
                        .collect(),
                    contested: policy.annotation("contested"),
                    dates: dates(policy, front),
                    action: policy.action_constraint(),
                    policy: cedar::permitting(policy, rules.len()),
                    facts: facts_among(law, &read),
                    terms: terms_among(&read),
                });
            }
            for term in instrument.terms() {
                let policy = &term.policy;
                let read = identifiers(text.get(term.place.clone()).expect("a term's text"));
                terms.push(Term {
                    instrument: number,
                    name: policy.annotation("term").expect("a term has a name"),
                    contested: policy.annotation("contested"),
                    dates: dates(policy, front),
                    policy: cedar::permitting(policy, terms.len()),
                    facts: facts_among(law, &read),
                    terms: terms_among(&read),
                });
            }
        }
        let values = law
            .vocabulary
            .facts
            .iter()
            .map(|fact| match &fact.domain {
                Domain::Range { .. } => Vec::new(),
                Domain::Bool | Domain::Values(_) => (0..i64::from(fact.classes()))
                    .map(|value| cedar::expression(fact, value))
                    .collect(),
            })
            .collect();
        Self { law, fronts, rules, terms, values }
    }
}

impl Front {
    fn new(law: &Law, instrument: &Instrument) -> Self {
        let text = &instrument.source_file.text;
        let (_, rest) = text.split_once("+++\n").expect("front matter begins");
        let (front, _) = rest.split_once("\n+++").expect("front matter ends");
        let front: toml::Table = toml::from_str(front).expect("front matter is TOML");
        let actors = &law.vocabulary.facts[law.vocabulary.actor_kind()];
        let binds = front.get("binds").and_then(toml::Value::as_array).map(|names| {
            names.iter().map(|name| place_of(actors, name.as_str().expect("a name"))).collect()
        });
        let settles = front
            .get("settles")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let fact = law.vocabulary.fact_id(name).expect("a settled fact is a fact");
                let value = match value {
                    toml::Value::Boolean(truth) => i64::from(*truth),
                    other => place_of(&law.vocabulary.facts[fact], other.as_str().expect("a name")),
                };
                (fact, value)
            })
            .collect();
        let in_force = front.get("in_force").expect("an instrument is in force at some time");
        let day = |key: &str| {
            let day = in_force.get(key)?.as_datetime().expect("a date");
            Some(day.to_string().parse().expect("a date"))
        };
        Self { binds, settles, from: day("from").expect("a first day"), until: day("until") }
    }

    fn binds(&self, actor: i64) -> bool {
        self.binds.as_ref().is_none_or(|bound| bound.contains(&actor))
    }
}

fn place_of(fact: &Fact, name: &str) -> i64 {
    match &fact.domain {
        Domain::Values(values) => {
            let place = values.iter().position(|value| value.name == name);
            i64::try_from(place.expect("a value of the fact")).expect("a short list")
        }
        Domain::Bool | Domain::Range { .. } => panic!("`{}` has no named values", fact.name),
    }
}

/// When a rule or term is in force: its own dates within its instrument's.
fn dates(policy: &Policy, front: &Front) -> (Date, Option<Date>) {
    let day = |key: &str| policy.annotation(key).map(|day| day.parse::<Date>().expect("a date"));
    let from = day("from").map_or(front.from, |own| own.max(front.from));
    let until = match (day("until"), front.until) {
        (Some(own), Some(whole)) => Some(own.min(whole)),
        (own, whole) => own.or(whole),
    };
    (from, until)
}

fn in_force((from, until): (Date, Option<Date>), on: Date) -> bool {
    from <= on && until.is_none_or(|until| on < until)
}

/// What stands after `context.` anywhere in a policy's text.
fn identifiers(text: &str) -> Vec<&str> {
    text.split("context.")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|letter: char| {
                !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '.')
            });
            rest.split_at(end.unwrap_or(rest.len())).0
        })
        .collect()
}

fn facts_among(law: &Law, read: &[&str]) -> Vec<FactId> {
    let mut facts: Vec<FactId> = read
        .iter()
        .filter(|name| !name.starts_with("term."))
        .map(|name| law.vocabulary.fact_id(name).unwrap_or_else(|| panic!("no fact `{name}`")))
        .collect();
    facts.sort_unstable();
    facts.dedup();
    facts
}

fn terms_among<'a>(read: &[&'a str]) -> Vec<&'a str> {
    read.iter().filter_map(|name| name.strip_prefix("term.")).collect()
}

/// The law of a jurisdiction about one act on one day, uncompiled.
struct Reading<'a> {
    sources: &'a Sources<'a>,
    action: EntityUid,
    /// Rules in force, by their numbers in the law.
    rules: Vec<RuleId>,
    layer_of: BTreeMap<usize, u8>,
    policies: PolicySet,
    /// Definitions in force, by their numbers, in the order in which they use each other: a level uses only levels before it.
    levels: Vec<(Vec<usize>, PolicySet)>,
    /// For each rule the rules in force that override it.
    overridden_by: BTreeMap<RuleId, Vec<RuleId>>,
    settles: Vec<(FactId, i64, usize)>,
    questions: Vec<&'a str>,
    /// Facts that its rules and terms read.
    facts: Vec<FactId>,
}

impl<'a> Reading<'a> {
    fn new(
        sources: &'a Sources<'a>,
        jurisdiction: &Jurisdiction,
        action: ActionId,
        on: Date,
    ) -> Self {
        let layer_of: BTreeMap<usize, u8> = jurisdiction
            .instruments
            .iter()
            .map(|&(_, number)| {
                let folder = &sources.law.instruments[number].folder;
                (number, u8::try_from(folder.split('/').count() - 1).expect("a short path"))
            })
            .collect();
        let name = &sources.law.vocabulary.actions[action].name;
        let action: EntityUid = format!("Action::\"{name}\"").parse().expect("an act's name");
        let speaks = |constraint: &ActionConstraint| match constraint {
            ActionConstraint::Any => true,
            ActionConstraint::In(actions) => actions.contains(&action),
            ActionConstraint::Eq(only) => *only == action,
        };
        let rules: Vec<RuleId> = (0..sources.rules.len())
            .filter(|&number| {
                let rule = &sources.rules[number];
                layer_of.contains_key(&rule.instrument)
                    && speaks(&rule.action)
                    && in_force(rule.dates, on)
            })
            .collect();
        let policies = rules.iter().map(|&rule| sources.rules[rule].policy.clone());
        let policies = PolicySet::from_policies(policies).expect("ids differ");
        let overridden_by = rules
            .iter()
            .map(|&rule| {
                let by = rules.iter().copied().filter(|&by| overrides(sources, by, rule));
                (rule, by.collect())
            })
            .collect();
        let settles = jurisdiction
            .instruments
            .iter()
            .filter(|&&(_, number)| {
                let front = &sources.fronts[number];
                in_force((front.from, front.until), on)
            })
            .flat_map(|&(_, number)| {
                let settles = &sources.fronts[number].settles;
                settles.iter().map(move |&(fact, value)| (fact, value, number))
            })
            .collect();
        let mut reading = Self {
            sources,
            action,
            rules,
            layer_of,
            policies,
            levels: Vec::new(),
            overridden_by,
            settles,
            questions: Vec::new(),
            facts: Vec::new(),
        };
        reading.find_terms(on);
        reading
    }

    /// Finds the definitions that the rules need, and everything they read.
    fn find_terms(&mut self, on: Date) {
        let sources = self.sources;
        let mut needed: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> =
            self.rules.iter().flat_map(|&rule| sources.rules[rule].terms.iter().copied()).collect();
        let defines = |number: usize, name: &str| {
            let term = &sources.terms[number];
            term.name == name
                && self.layer_of.contains_key(&term.instrument)
                && in_force(term.dates, on)
        };
        let definitions = |name: &str| {
            (0..sources.terms.len()).filter(|&number| defines(number, name)).collect::<Vec<_>>()
        };
        while let Some(name) = open.pop() {
            if needed.insert(name) {
                open.extend(
                    definitions(name).into_iter().flat_map(|term| sources.terms[term].terms.iter()),
                );
            }
        }
        let mut levels = Vec::new();
        let mut done: BTreeSet<&str> = BTreeSet::new();
        while done.len() < needed.len() {
            let ready = |name: &&&str| {
                definitions(name)
                    .into_iter()
                    .all(|term| sources.terms[term].terms.iter().all(|used| done.contains(used)))
            };
            let level: Vec<&str> = needed.difference(&done).filter(ready).copied().collect();
            assert!(!level.is_empty(), "terms form a circle: {needed:?}");
            let numbers: Vec<usize> = level.iter().flat_map(|name| definitions(name)).collect();
            let policies = numbers.iter().map(|&term| sources.terms[term].policy.clone());
            let policies = PolicySet::from_policies(policies).expect("ids differ");
            levels.push((numbers, policies));
            done.extend(level);
        }
        let terms =
            || levels.iter().flat_map(|(numbers, _)| numbers).map(|&term| &sources.terms[term]);
        let rules = || self.rules.iter().map(|&rule| &sources.rules[rule]);
        let questions: BTreeSet<&str> = rules()
            .filter_map(|rule| rule.contested)
            .chain(terms().filter_map(|term| term.contested))
            .collect();
        let facts: BTreeSet<FactId> = rules()
            .flat_map(|rule| &rule.facts)
            .chain(terms().flat_map(|term| &term.facts))
            .copied()
            .collect();
        self.questions = questions.into_iter().collect();
        self.facts = facts.into_iter().collect();
        self.levels = levels;
    }

    fn stands(&self, contested: Option<&str>, way: u32) -> bool {
        contested.is_none_or(|name| {
            let place = self.questions.iter().position(|question| *question == name);
            way & (1 << place.expect("the question of a rule in force")) != 0
        })
    }

    /// The rules that hold while the open questions fall this way: one bit a question, 1 where it stands. Second, whether a contested
    /// definition held.
    fn holding(&self, vector: &Vector, way: u32) -> (BTreeSet<RuleId>, bool) {
        let sources = self.sources;
        let actor = vector[sources.law.vocabulary.actor_kind()];
        let mut settled = vector.clone();
        for &(fact, value, instrument) in &self.settles {
            if sources.fronts[instrument].binds(actor) {
                settled[fact] = value;
            }
        }
        let facts: Vec<(String, RestrictedExpression)> = self
            .facts
            .iter()
            .map(|&fact| {
                let known = &sources.law.vocabulary.facts[fact];
                let value = match usize::try_from(settled[fact]).ok() {
                    Some(place) if place < sources.values[fact].len() => {
                        sources.values[fact][place].clone()
                    }
                    _ => cedar::expression(known, settled[fact]),
                };
                (known.name.clone(), value)
            })
            .collect();
        let mut terms: BTreeMap<&str, bool> = BTreeMap::new();
        let context = |terms: &BTreeMap<&str, bool>| {
            let truths = terms
                .iter()
                .map(|(name, holds)| ((*name).to_owned(), RestrictedExpression::new_bool(*holds)));
            let record = RestrictedExpression::new_record(truths).expect("each term once");
            let mut context = facts.clone();
            context.push(("term".to_owned(), record));
            context
        };
        let mut contested_held = false;
        for (numbers, policies) in &self.levels {
            let held = cedar::holding(policies, &self.action, context(&terms));
            for &number in numbers {
                let term = &sources.terms[number];
                let holds = held.contains(&number);
                contested_held |= holds && term.contested.is_some();
                *terms.entry(term.name).or_default() |= holds && self.stands(term.contested, way);
            }
        }
        let held = cedar::holding(&self.policies, &self.action, context(&terms));
        let bound = |rule: &RuleId| sources.fronts[sources.rules[*rule].instrument].binds(actor);
        (held.into_iter().filter(bound).collect(), contested_held)
    }

    /// The answer over all ways in which the open questions may fall, and the rules that hold where all stand.
    fn answer(&self, vector: &Vector, tally: &mut Tally) -> (Answer, BTreeSet<RuleId>) {
        let all_stand = (1u32 << self.questions.len()) - 1;
        let (authored, terms_vary) = self.holding(vector, all_stand);
        tally.contested_terms += usize::from(terms_vary);
        let ways: Vec<Answer> = (0..=all_stand)
            .map(|way| {
                // Where no contested definition holds, every term is the same whichever way the questions fall.
                let mut holding =
                    if terms_vary { self.holding(vector, way).0 } else { authored.clone() };
                holding.retain(|&rule| self.stands(self.sources.rules[rule].contested, way));
                self.order_of_laws(&holding)
            })
            .collect();
        (Answer::over(&ways), authored)
    }

    /// Part "The order of laws" of the design, read word by word.
    fn order_of_laws(&self, holding: &BTreeSet<RuleId>) -> Answer {
        let layer = |rule: &RuleId| self.layer_of[&self.sources.rules[*rule].instrument];
        let active: Vec<RuleId> =
            holding.iter().copied().filter(|&rule| self.is_active(rule, holding)).collect();
        let with = |modality: &str| {
            let own = |rule: &&RuleId| self.sources.rules[**rule].modality == modality;
            active.iter().filter(own).copied().collect::<Vec<RuleId>>()
        };
        let (protected, refers, mays) = (with("may_protected"), with("refer"), with("may"));
        let (mut musts, mut must_nots): (Vec<RuleId>, Vec<RuleId>) = (Vec::new(), Vec::new());
        for this in 0..=self.layer_of.values().copied().max().unwrap_or(0) {
            let higher = |rules: &[RuleId]| rules.iter().any(|rule| layer(rule) < this);
            let own = |rules: Vec<RuleId>| {
                rules.into_iter().filter(|rule| layer(rule) == this).collect::<Vec<_>>()
            };
            let (commands, forbids) = (own(with("must")), own(with("must_not")));
            let commands_void = higher(&must_nots);
            let forbids_void = higher(&musts) || higher(&protected);
            musts.extend(commands.into_iter().filter(|_| !commands_void));
            must_nots.extend(forbids.into_iter().filter(|_| !forbids_void));
        }
        if !musts.is_empty() && !must_nots.is_empty() {
            let both = [must_nots, musts].concat();
            return Answer { conflict: true, ..Answer::by(Word::Refer, both) };
        }
        if !must_nots.is_empty() {
            return Answer::by(Word::MustNot, must_nots);
        }
        musts.retain(|must| !refers.iter().any(|refer| layer(refer) <= layer(must)));
        if !musts.is_empty() {
            Answer::by(Word::Must, musts)
        } else if !refers.is_empty() {
            Answer::by(Word::Refer, refers)
        } else if !protected.is_empty() {
            Answer { protected: true, ..Answer::by(Word::May, [protected, mays].concat()) }
        } else if !mays.is_empty() {
            Answer::by(Word::May, mays)
        } else {
            Answer::by(Word::Unregulated, Vec::new())
        }
    }

    /// The facts that the law reads, as a worked case would state them.
    fn describe(&self, vector: &Vector) -> String {
        let vocabulary = &self.sources.law.vocabulary;
        let facts: BTreeSet<FactId> =
            self.facts.iter().copied().chain([vocabulary.actor_kind()]).collect();
        let stated = facts.into_iter().map(|fact| {
            let known = &vocabulary.facts[fact];
            let value = match &known.domain {
                Domain::Range { .. } => vector[fact].to_string(),
                Domain::Bool | Domain::Values(_) => {
                    known.class_name(u8::try_from(vector[fact]).unwrap_or(u8::MAX))
                }
            };
            format!("{}={value}", known.name)
        });
        stated.collect::<Vec<_>>().join(", ")
    }

    /// A rule that holds is active if no active rule overrides it.
    fn is_active(&self, rule: RuleId, holding: &BTreeSet<RuleId>) -> bool {
        holding.contains(&rule)
            && !self.overridden_by[&rule].iter().any(|&by| self.is_active(by, holding))
    }
}

/// A bare ID names the rule and all its `ID/word`, except those that themselves override ID; none of a folder above.
fn overrides(sources: &Sources<'_>, by: RuleId, rule: RuleId) -> bool {
    let (over, under) = (&sources.rules[by], &sources.rules[rule]);
    let folder = |rule: &Rule<'_>| format!("{}/", sources.law.instruments[rule.instrument].folder);
    let named = |name: &&str| {
        let further = under.id.starts_with(&format!("{name}/"));
        under.id == *name || (further && !under.overrides.contains(name))
    };
    by != rule && folder(under).starts_with(&folder(over)) && over.overrides.iter().any(named)
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    word: Word,
    protected: bool,
    conflict: bool,
    between: BTreeSet<Word>,
    because: BTreeSet<RuleId>,
}

impl Answer {
    fn by(word: Word, because: Vec<RuleId>) -> Self {
        Self {
            word,
            protected: false,
            conflict: false,
            between: BTreeSet::new(),
            because: because.into_iter().collect(),
        }
    }

    /// One answer for all ways in which open questions may fall. Where the ways agree it rests on the rules they share, or on all of them
    /// where they share none.
    fn over(ways: &[Self]) -> Self {
        let words: BTreeSet<Word> = ways.iter().map(|way| way.word).collect();
        let every: BTreeSet<RuleId> = ways.iter().flat_map(|way| way.because.clone()).collect();
        let free = words.iter().all(|word| matches!(word, Word::May | Word::Unregulated));
        let [first, ..] = ways else { panic!("there is always one way") };
        if words.len() > 1 && !free {
            let (word, protected, conflict) = (Word::Refer, false, false);
            return Self { word, protected, conflict, between: words, because: every };
        }
        let shared = shared(ways);
        Self {
            word: if words.contains(&Word::May) { Word::May } else { first.word },
            protected: ways.iter().all(|way| way.protected),
            conflict: ways.iter().all(|way| way.conflict),
            between: BTreeSet::new(),
            because: if shared.is_empty() { every } else { shared },
        }
    }
}

/// The controlling rules that all these answers have.
fn shared<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> BTreeSet<RuleId> {
    let mut answers = answers.into_iter();
    let first = answers.next().map(|answer| answer.because.clone()).unwrap_or_default();
    answers.fold(first, |all, answer| all.intersection(&answer.because).copied().collect())
}

/// The common word of these answers and the rules they share, where there is one that stands.
fn standing<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Option<(Word, BTreeSet<RuleId>)> {
    let answers: Vec<&Answer> = answers.into_iter().collect();
    let word = answers.first()?.word;
    let shared = shared(answers.iter().copied());
    let agree = answers.iter().all(|answer| answer.word == word);
    (agree && (!shared.is_empty() || word == Word::Unregulated)).then_some((word, shared))
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

    /// (c) With facts forgotten, the answer is what all completions agree on, and what is needed matters and suffices.
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

/// Whether two completions that differ in this fact alone differ in their answer or in what controls it.
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
