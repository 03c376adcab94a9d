//! Linking: what rules and terms of several files say about each other.

mod claims;

use std::{collections::BTreeMap, ops::Range};

use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::json;

pub(super) use claims::claims;

use super::{RuleId, RulePlace, is_on};
use crate::{
    compile::satisfiable,
    diagram::MOST_CLASSES,
    error::{Problem, SourceFile, nearest},
    ground::{Definition, SourceRule, Sources},
    order::Ranked,
    pack::{Condition, Instrument, Rule, Span, Term, lower_always},
    vocabulary::{Domain, Vocabulary},
};

/// Reads the vocabulary's `@always` conditions.
pub(super) fn always(
    schema: &SourceFile,
    vocabulary: &Vocabulary,
    cuts: &mut [Vec<i64>],
    problems: &mut Vec<Problem>,
) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for text in &vocabulary.always {
        match lower_always(text, vocabulary, cuts) {
            Ok(condition) => {
                let mut terms = Vec::new();
                condition.each_term(&mut |name| terms.push(name.to_owned()));
                if let Some(name) = terms.first() {
                    problems.push(
                        Problem::new("law::vocabulary", format!("@always reads the term `{name}`"))
                            .help("what holds in every possible world is said in facts: terms differ by law and day")
                            .at(schema, schema.text.find(text.as_str()).map_or(0..0, |at| at..at + text.len())),
                    );
                }
                conditions.push(condition);
            }
            Err(reason) => problems.push(
                Problem::new("law::vocabulary", format!("@always: {reason}"))
                    .help("an @always condition is one Cedar expression on facts")
                    .at(schema, schema.text.find("@always(\"").map_or(0..0, |at| at..at + 7)),
            ),
        }
    }
    conditions
}

/// Gives ranges the cuts that the law's constants make.
pub(super) fn cut(
    vocabulary: &mut Vocabulary,
    gathered: Vec<Vec<i64>>,
    problems: &mut Vec<Problem>,
) {
    for (fact, mut gathered) in vocabulary.facts.iter_mut().zip(gathered) {
        if let Domain::Range { cuts, .. } = &mut fact.domain {
            gathered.sort_unstable();
            gathered.dedup();
            if gathered.len() >= MOST_CLASSES {
                problems.push(
                    Problem::new(
                        "law::too_many_cuts",
                        format!(
                            "the rules compare `{}` with {} different numbers",
                            fact.name,
                            gathered.len()
                        ),
                    )
                    .help("63 is the most"),
                );
                gathered.truncate(MOST_CLASSES - 1);
            }
            *cuts = gathered;
        }
    }
}

/// Numbers the rules and resolves what they override; reports everything that does not fit
/// together.
pub(super) fn rules(
    instruments: &[Instrument],
    vocabulary: &Vocabulary,
    validate: bool,
    problems: &mut Vec<Problem>,
) -> Vec<RulePlace> {
    let mut places = Vec::new();
    for (instrument, read) in instruments.iter().enumerate() {
        for (provision, heading) in read.provisions.iter().enumerate() {
            places.extend((0..heading.rules.len()).map(|index| RulePlace {
                instrument,
                provision,
                index,
                overridden_by: Vec::new(),
            }));
        }
    }
    let all: Vec<(&Instrument, &Rule)> = instruments
        .iter()
        .flat_map(|instrument| instrument.rules().map(move |rule| (instrument, rule)))
        .collect();
    let mut linker = Linker { instruments, vocabulary, all, problems };
    linker.duplicates();
    let overrides = linker.overrides();
    linker.terms();
    linker.questions();
    linker.settling();
    if validate {
        linker.never_holding();
    }
    for (by, rule) in overrides {
        if let Some(place) = places.get_mut(rule) {
            place.overridden_by.push(by);
        }
    }
    places
}

struct Linker<'a> {
    instruments: &'a [Instrument],
    vocabulary: &'a Vocabulary,
    all: Vec<(&'a Instrument, &'a Rule)>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Linker<'a> {
    fn duplicates(&mut self) {
        let mut first: FxHashMap<&str, &Instrument> = FxHashMap::default();
        for &(instrument, rule) in &self.all {
            if let Some(other) = first.insert(&rule.id, instrument) {
                let problem = Problem::new(
                    "law::duplicate_id",
                    format!(
                        "the id `{}` is used twice, also in {}",
                        rule.id, other.source_file.name
                    ),
                )
                .help("an id names one rule in all packs; further rules of a heading are ID/word");
                self.problems.push(problem.at(&instrument.source_file, rule.place.clone()));
            }
        }
    }

    /// Pairs of rules, by number: the first overrides the second.
    fn overrides(&mut self) -> Vec<(RuleId, RuleId)> {
        let unsound: FxHashSet<&str> = self
            .instruments
            .iter()
            .flat_map(|instrument| &instrument.provisions)
            .flat_map(|provision| &provision.unsound)
            .map(String::as_str)
            .collect();
        let mut pairs = Vec::new();
        let mut found = Vec::new();
        for (by, &(instrument, rule)) in self.all.iter().enumerate() {
            for name in &rule.overrides {
                let named = |other: &Rule| {
                    other.id == *name
                        || other
                            .id
                            .strip_prefix(name.as_str())
                            .is_some_and(|rest| rest.starts_with('/'))
                };
                let targets: Vec<RuleId> = self
                    .all
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, other))| named(other))
                    .map(|(id, _)| id)
                    .collect();
                if targets.is_empty() {
                    let unread = unsound
                        .iter()
                        .any(|known| known == name || known.starts_with(&format!("{name}/")));
                    if !unread {
                        let others = self
                            .all
                            .iter()
                            .map(|(_, other)| other.id.as_str())
                            .filter(|&id| id != rule.id);
                        let help = nearest(name, others);
                        found.push((
                            instrument,
                            rule,
                            Problem::new(
                                "law::unknown_rule",
                                format!("`{}` overrides the unknown rule `{name}`", rule.id),
                            )
                            .help(help),
                        ));
                    }
                    continue;
                }
                let reached: Vec<RuleId> = targets
                    .into_iter()
                    .filter(|&target| {
                        target != by
                            && self.all.get(target).is_some_and(|(_, other)| {
                                other.id == *name || !other.overrides.contains(name)
                            })
                    })
                    .collect();
                let (below, above): (Vec<RuleId>, Vec<RuleId>) =
                    reached.into_iter().partition(|&target| {
                        self.all
                            .get(target)
                            .is_some_and(|(other, _)| is_on(&instrument.folder, &other.folder))
                    });
                if !above.is_empty() {
                    let problem = Problem::new(
                        "law::override_up",
                        format!(
                            "`{}` overrides `{name}`, which is not of its own folder or below",
                            rule.id
                        ),
                    );
                    found.push((instrument, rule, problem.help("a lower law loosens a higher one only by settling a fact that the higher one reads")));
                }
                let shared: Vec<RuleId> = below
                    .iter()
                    .copied()
                    .filter(|&target| {
                        self.all.get(target).is_some_and(|(_, other)| {
                            other.actions.iter().any(|action| rule.actions.contains(action))
                        })
                    })
                    .collect();
                if shared.is_empty() && above.is_empty() {
                    let problem = Problem::new(
                        "law::override_nothing",
                        format!("`{}` and `{name}` speak about no act in common", rule.id),
                    );
                    found.push((
                        instrument,
                        rule,
                        problem.help(
                            "an override takes effect only where both rules speak about the act",
                        ),
                    ));
                }
                pairs.extend(shared.into_iter().map(|target| (by, target)));
            }
        }
        for (instrument, rule, problem) in found {
            let place = overrides_place(instrument, rule);
            self.problems.push(problem.at(&instrument.source_file, place));
        }
        pairs.sort_unstable();
        pairs.dedup();
        self.circles(&pairs);
        pairs
    }

    fn circles(&mut self, pairs: &[(RuleId, RuleId)]) {
        let mut next: BTreeMap<RuleId, Vec<RuleId>> = BTreeMap::new();
        for &(by, target) in pairs {
            next.entry(by).or_default().push(target);
        }
        if let Some(circle) = find_circle(&next) {
            let names: Vec<&str> = circle
                .iter()
                .filter_map(|&id| self.all.get(id))
                .map(|(_, rule)| rule.id.as_str())
                .collect();
            if let Some(&(instrument, rule)) = circle.first().and_then(|&id| self.all.get(id)) {
                let problem = Problem::new(
                    "law::override_circle",
                    format!("rules override each other in a circle: {}", names.join(" → ")),
                )
                .help("one of them must be the last word");
                self.problems
                    .push(problem.at(&instrument.source_file, overrides_place(instrument, rule)));
            }
        }
    }

    fn terms(&mut self) {
        let terms: Vec<(&Instrument, &Term)> = self
            .instruments
            .iter()
            .flat_map(|instrument| instrument.terms().map(move |term| (instrument, term)))
            .collect();
        for &(instrument, term) in &terms {
            let shadowed = terms.iter().find(|(other, same)| {
                same.name == term.name
                    && other.folder != instrument.folder
                    && is_on(&other.folder, &instrument.folder)
            });
            if let Some((other, _)) = shadowed {
                let problem = Problem::new(
                    "law::term",
                    format!(
                        "the term `{}` is defined above already, in {}",
                        term.name, other.source_file.name
                    ),
                )
                .help("give the narrower term a name of its own");
                self.problems.push(problem.at(&instrument.source_file, term.place.clone()));
            }
        }
        let unsound: FxHashSet<&str> = self
            .instruments
            .iter()
            .flat_map(|instrument| &instrument.provisions)
            .flat_map(|provision| &provision.unsound)
            .map(String::as_str)
            .collect();
        let users =
            self.all
                .iter()
                .map(|&(instrument, rule)| (instrument, &rule.condition, rule.span, &rule.place))
                .chain(terms.iter().map(|&(instrument, term)| {
                    (instrument, &term.condition, term.span, &term.place)
                }));
        let mut found = Vec::new();
        for (instrument, condition, span, place) in users {
            condition.each_term(&mut |name| {
                let visible: Vec<&Term> = terms
                    .iter()
                    .filter(|(definer, term)| {
                        term.name == name && is_on(&definer.folder, &instrument.folder)
                    })
                    .map(|&(_, term)| term)
                    .collect();
                if visible.is_empty() {
                    if !unsound.contains(name) {
                        let known = terms
                            .iter()
                            .filter(|(definer, _)| is_on(&definer.folder, &instrument.folder))
                            .map(|(_, term)| term.name.as_str());
                        let problem =
                            Problem::new("law::unknown_term", format!("unknown term `{name}`"))
                                .help(nearest(name, known));
                        found.push(
                            problem.at(&instrument.source_file, within(instrument, place, name)),
                        );
                    }
                } else if let Some(day) = uncovered(span, &visible) {
                    let problem = Problem::new(
                        "law::term_not_in_force",
                        format!("no definition of `{name}` is in force on {day}, when it is used"),
                    )
                    .help("give the term dates that cover every rule that uses it");
                    found
                        .push(problem.at(&instrument.source_file, within(instrument, place, name)));
                }
            });
        }
        self.problems.append(&mut found);
        let index = |name: &str, from: &Instrument| {
            terms
                .iter()
                .enumerate()
                .filter(move |(_, (definer, term))| {
                    term.name == name && is_on(&definer.folder, &from.folder)
                })
                .map(|(index, _)| index)
                .collect::<Vec<_>>()
        };
        let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (user, &(instrument, term)) in terms.iter().enumerate() {
            term.condition.each_term(&mut |name| {
                next.entry(user).or_default().extend(index(name, instrument))
            });
        }
        if let Some(circle) = find_circle(&next) {
            let names: Vec<&str> = circle
                .iter()
                .filter_map(|&index| terms.get(index))
                .map(|(_, term)| term.name.as_str())
                .collect();
            if let Some(&(instrument, term)) = circle.first().and_then(|&index| terms.get(index)) {
                let problem = Problem::new(
                    "law::term_circle",
                    format!("terms are defined by each other in a circle: {}", names.join(" → ")),
                )
                .help("a term must in the end be said in facts");
                self.problems.push(problem.at(&instrument.source_file, term.place.clone()));
            }
        }
    }

    fn questions(&mut self) {
        let known: Vec<(&str, &str)> = self
            .instruments
            .iter()
            .flat_map(|instrument| {
                instrument
                    .questions
                    .iter()
                    .map(|(name, _)| (instrument.folder.as_str(), name.as_str()))
            })
            .collect();
        let of_rules =
            self.all.iter().map(|&(instrument, rule)| (instrument, &rule.contested, &rule.place));
        let of_terms = self.instruments.iter().flat_map(|instrument| {
            instrument.terms().map(move |term| (instrument, &term.contested, &term.place))
        });
        for (instrument, contested, place) in of_rules.chain(of_terms) {
            let Some(name) = contested else { continue };
            let visible = known
                .iter()
                .filter(|(folder, _)| is_on(folder, &instrument.folder))
                .map(|&(_, name)| name);
            if !visible.clone().any(|known| known == name) {
                let problem = Problem::new(
                    "law::unknown_question",
                    format!("unknown open question `{name}`"),
                )
                .help(format!(
                    "define it in [questions] of an instrument here or above; {}",
                    nearest(name, visible)
                ));
                self.problems.push(
                    problem.at(&instrument.source_file, within(instrument, place, "@contested")),
                );
            }
        }
    }

    /// Instruments of one folder have no rank among each other: they may not settle a fact both
    /// ways.
    fn settling(&mut self) {
        for (index, instrument) in self.instruments.iter().enumerate() {
            for other in self.instruments.iter().take(index).filter(|other| {
                other.folder == instrument.folder
                    && other.binds & instrument.binds != 0
                    && overlap(other.span, instrument.span)
            }) {
                for &(fact, class) in &instrument.settles {
                    if other.settles.iter().any(|&(same, unlike)| same == fact && unlike != class) {
                        let name = self.vocabulary.facts.get(fact).map_or("", |fact| &fact.name);
                        let problem = Problem::new(
                            "law::settles",
                            format!("`{name}` is settled otherwise in {}", other.source_file.name),
                        )
                        .help("two instruments of one folder bind the same actors at the same time: one must yield");
                        let place =
                            within(instrument, &(0..instrument.source_file.text.len()), "settles");
                        self.problems.push(problem.at(&instrument.source_file, place));
                    }
                }
            }
        }
    }

    /// A rule that can never hold says nothing, and hides a mistake.
    fn never_holding(&mut self) {
        if !self.problems.is_empty() {
            return;
        }
        for &(instrument, rule) in &self.all {
            let mut terms: FxHashMap<&'a str, Vec<Definition<'a>>> = FxHashMap::default();
            let visible = self
                .instruments
                .iter()
                .filter(|definer| is_on(&definer.folder, &instrument.folder));
            for term in
                visible.flat_map(Instrument::terms).filter(|term| overlap(term.span, rule.span))
            {
                terms.entry(&term.name).or_default().push(Definition {
                    condition: &term.condition,
                    contested: term.contested.as_deref(),
                });
            }
            let source = SourceRule {
                id: 0,
                ranked: Ranked { rule: 0, layer: 0, modality: rule.modality },
                condition: &rule.condition,
                binds: instrument.binds,
                contested: rule.contested.as_deref(),
                overridden_by: Vec::new(),
            };
            let sources = Sources {
                vocabulary: self.vocabulary,
                from: rule.span.from,
                rules: vec![source],
                terms,
                settles: Vec::new(),
                always: &[],
                positions: Vec::new(),
            };
            if !satisfiable(&sources) {
                let problem = Problem::new("law::never_holds", format!("`{}` can never hold", rule.id))
                    .help("its conditions exclude each other, or the instrument binds no actor it speaks about");
                self.problems.push(problem.at(&instrument.source_file, rule.place.clone()));
            }
        }
    }
}

/// Has Cedar validate every policy against the schema, with the terms added.
pub(super) fn validate(
    schema: &SourceFile,
    vocabulary: &Vocabulary,
    instruments: &[Instrument],
    problems: &mut Vec<Problem>,
) {
    let schema = match schema_with_terms(vocabulary, instruments) {
        Ok(schema) => schema,
        Err(reason) => {
            return problems.push(Problem::new("law::vocabulary", reason).at(schema, 0..0));
        }
    };
    let mut policies = PolicySet::new();
    let mut places = Vec::new();
    for instrument in instruments {
        let rules = instrument.rules().map(|rule| (&rule.policy, &rule.place));
        for (policy, place) in
            rules.chain(instrument.terms().map(|term| (&term.policy, &term.place)))
        {
            let id = cedar_policy::PolicyId::new(places.len().to_string());
            places.push((instrument, place));
            if policies.add(policy.new_id(id)).is_err() {
                problems.push(
                    Problem::new("law::cedar", "Cedar takes no such policy")
                        .at(&instrument.source_file, place.clone()),
                );
            }
        }
    }
    let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    for error in result.validation_errors() {
        if let Some((instrument, place)) =
            error.policy_id().to_string().parse::<usize>().ok().and_then(|index| places.get(index))
        {
            problems.push(
                Problem::new("law::cedar", error.to_string())
                    .help("Cedar's own validator refuses it")
                    .at(&instrument.source_file, (*place).clone()),
            );
        }
    }
}

/// The vocabulary's schema with every term as a truth under `context.term`.
pub(crate) fn schema_with_terms(
    vocabulary: &Vocabulary,
    instruments: &[Instrument],
) -> Result<Schema, String> {
    let mut schema = vocabulary.schema.clone();
    let terms: serde_json::Map<String, serde_json::Value> = instruments
        .iter()
        .flat_map(Instrument::terms)
        .map(|term| (term.name.clone(), json!({ "type": "EntityOrCommon", "name": "Bool" })))
        .collect();
    if let Some(facts) = schema
        .pointer_mut("//commonTypes/Facts/attributes")
        .and_then(serde_json::Value::as_object_mut)
    {
        facts.insert("term".to_owned(), json!({ "type": "Record", "attributes": terms }));
    }
    Schema::from_json_value(schema).map_err(|error| error.to_string())
}

/// The first day of `span` on which none of the definitions is in force.
fn uncovered(span: Span, definitions: &[&Term]) -> Option<Date> {
    let mut day = span.from;
    loop {
        if span.until.is_some_and(|until| until <= day) {
            return None;
        }
        let covering = definitions.iter().filter(|term| term.span.contains(day));
        let reach = covering
            .map(|term| term.span.until)
            .max_by_key(|until| until.map_or((1, None), |until| (0, Some(until))));
        match reach {
            None => return Some(day),
            Some(None) => return None,
            Some(Some(reach)) => day = reach,
        }
    }
}

fn overlap(a: Span, b: Span) -> bool {
    let both = a.intersect(b);
    both.until.is_none_or(|until| both.from < until)
}

/// A circle in a graph, as the nodes on it with the first repeated at the end.
fn find_circle(next: &BTreeMap<usize, Vec<usize>>) -> Option<Vec<usize>> {
    fn visit(
        node: usize,
        next: &BTreeMap<usize, Vec<usize>>,
        path: &mut Vec<usize>,
        done: &mut FxHashSet<usize>,
    ) -> Option<Vec<usize>> {
        if let Some(start) = path.iter().position(|&on_path| on_path == node) {
            return Some(path.iter().skip(start).copied().chain(std::iter::once(node)).collect());
        }
        if !done.insert(node) {
            return None;
        }
        path.push(node);
        let found = next
            .get(&node)
            .into_iter()
            .flatten()
            .find_map(|&target| visit(target, next, path, done));
        path.pop();
        found
    }
    let mut done = FxHashSet::default();
    next.keys().find_map(|&node| visit(node, next, &mut Vec::new(), &mut done))
}

/// Where `needle` stands in a rule, or the rule's first line.
fn within(instrument: &Instrument, place: &Range<usize>, needle: &str) -> Range<usize> {
    found(&instrument.source_file, place, needle)
}

fn found(file: &SourceFile, place: &Range<usize>, needle: &str) -> Range<usize> {
    let text = file.text.get(place.clone()).unwrap_or_default();
    match text.find(needle) {
        Some(at) => place.start + at..place.start + at + needle.len(),
        None => place.start..place.start + text.lines().next().map_or(1, str::len),
    }
}

fn overrides_place(instrument: &Instrument, rule: &Rule) -> Range<usize> {
    within(instrument, &rule.place, "@overrides")
}
