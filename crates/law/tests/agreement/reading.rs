//! A direct, uncompiled reading of the law: every rule by Cedar, then the order of laws as
//! `docs/packs.md` states it.

use std::collections::{BTreeMap, BTreeSet};

use bylaw_law::{
    Jurisdiction, RuleId, Word,
    vocabulary::{ActionId, Domain, FactId},
};
use cedar_policy::{ActionConstraint, EntityUid, PolicySet, RestrictedExpression};
use jiff::civil::Date;

use crate::{
    Tally, Vector, cedar,
    sources::{Rule, Sources, in_force},
};

/// The law of a jurisdiction about one act on one day, uncompiled.
pub(crate) struct Reading<'a> {
    pub(crate) sources: &'a Sources<'a>,
    pub(crate) action: EntityUid,
    /// Rules in force, by their numbers in the law.
    pub(crate) rules: Vec<RuleId>,
    pub(crate) layer_of: BTreeMap<usize, u8>,
    pub(crate) policies: PolicySet,
    /// Definitions in force, by their numbers, in the order in which they use each other: a level
    /// uses only levels before it.
    pub(crate) levels: Vec<(Vec<usize>, PolicySet)>,
    /// For each rule the rules in force that override it.
    pub(crate) overridden_by: BTreeMap<RuleId, Vec<RuleId>>,
    pub(crate) settles: Vec<(FactId, i64, usize)>,
    pub(crate) questions: Vec<&'a str>,
    /// Facts that its rules and terms read.
    pub(crate) facts: Vec<FactId>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
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
    pub(crate) fn find_terms(&mut self, on: Date) {
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

    pub(crate) fn stands(&self, contested: Option<&str>, way: u32) -> bool {
        contested.is_none_or(|name| {
            let place = self.questions.iter().position(|question| *question == name);
            way & (1 << place.expect("the question of a rule in force")) != 0
        })
    }

    /// The rules that hold while the open questions fall this way: one bit a question, 1 where it
    /// stands. Second, whether a contested definition held.
    pub(crate) fn holding(&self, vector: &Vector, way: u32) -> (BTreeSet<RuleId>, bool) {
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

    /// The answer over all ways in which the open questions may fall, and the rules that hold where
    /// all stand.
    pub(crate) fn answer(&self, vector: &Vector, tally: &mut Tally) -> (Answer, BTreeSet<RuleId>) {
        let all_stand = (1u32 << self.questions.len()) - 1;
        let (authored, terms_vary) = self.holding(vector, all_stand);
        tally.contested_terms += usize::from(terms_vary);
        let ways: Vec<Answer> = (0..=all_stand)
            .map(|way| {
                // Where no contested definition holds, every term is the same whichever way the
                // questions fall.
                let mut holding =
                    if terms_vary { self.holding(vector, way).0 } else { authored.clone() };
                holding.retain(|&rule| self.stands(self.sources.rules[rule].contested, way));
                self.order_of_laws(&holding)
            })
            .collect();
        (Answer::over(&ways), authored)
    }

    /// Part "The order of laws" of the design, read word by word.
    pub(crate) fn order_of_laws(&self, holding: &BTreeSet<RuleId>) -> Answer {
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
    pub(crate) fn describe(&self, vector: &Vector) -> String {
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
    pub(crate) fn is_active(&self, rule: RuleId, holding: &BTreeSet<RuleId>) -> bool {
        holding.contains(&rule)
            && !self.overridden_by[&rule].iter().any(|&by| self.is_active(by, holding))
    }
}

/// A bare ID names the rule and all its `ID/word`, except those that themselves override ID; none
/// of a folder above.
pub(crate) fn overrides(sources: &Sources<'_>, by: RuleId, rule: RuleId) -> bool {
    let (over, under) = (&sources.rules[by], &sources.rules[rule]);
    let folder = |rule: &Rule<'_>| format!("{}/", sources.law.instruments[rule.instrument].folder);
    let named = |name: &&str| {
        let further = under.id.starts_with(&format!("{name}/"));
        under.id == *name || (further && !under.overrides.contains(name))
    };
    by != rule && folder(under).starts_with(&folder(over)) && over.overrides.iter().any(named)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) word: Word,
    pub(crate) protected: bool,
    pub(crate) conflict: bool,
    pub(crate) between: BTreeSet<Word>,
    pub(crate) because: BTreeSet<RuleId>,
}

impl Answer {
    pub(crate) fn by(word: Word, because: Vec<RuleId>) -> Self {
        Self {
            word,
            protected: false,
            conflict: false,
            between: BTreeSet::new(),
            because: because.into_iter().collect(),
        }
    }

    /// One answer for all ways in which open questions may fall. Where the ways agree it rests on
    /// the rules they share, or on all of them where they share none.
    pub(crate) fn over(ways: &[Self]) -> Self {
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
pub(crate) fn shared<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> BTreeSet<RuleId> {
    let mut answers = answers.into_iter();
    let first = answers.next().map(|answer| answer.because.clone()).unwrap_or_default();
    answers.fold(first, |all, answer| all.intersection(&answer.because).copied().collect())
}

/// The common word of these answers and the rules they share, where there is one that stands.
pub(crate) fn standing<'a>(
    answers: impl IntoIterator<Item = &'a Answer>,
) -> Option<(Word, BTreeSet<RuleId>)> {
    let answers: Vec<&Answer> = answers.into_iter().collect();
    let word = answers.first()?.word;
    let shared = shared(answers.iter().copied());
    let agree = answers.iter().all(|answer| answer.word == word);
    (agree && (!shared.is_empty() || word == Word::Unregulated)).then_some((word, shared))
}
