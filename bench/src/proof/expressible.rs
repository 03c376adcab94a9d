//! The law about an act as plain Cedar policies, where plain Cedar can say it.
//!
//! Cedar allows what some `permit` reaches and no `forbid`. That is the whole law about an act where
//! every rule on the path is *must not* or *may* and none hangs on an open question: then a case is
//! allowed exactly where our answer is *may*. Terms of art are written out, settled facts replaced
//! for the actors bound, and an overridden rule says itself where it is not overridden. Layers then
//! make no difference. What is no case of ours at all is forbidden by one more policy, the guard.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use bylaw_law::{
    Compiled, Jurisdiction, Law, RuleId, Side,
    pack::{Condition, Instrument, Modality, Term},
    vocabulary::{ActionId, Domain, FactId},
};
use cedar_policy::{Policy, PolicyId, PolicySet};

use crate::{cedar::camel_case, workload::DAY};

/// A law about an act that plain Cedar can say.
#[derive(Clone, Copy)]
pub(super) struct Expressible<'a> {
    pub(super) side: Side<'a>,
    pub(super) action: ActionId,
    pub(super) compiled: Compiled<'a>,
}

/// The laws of the day that plain Cedar can say, and how many there are in all that have a rule.
pub(super) fn all(law: &Law) -> (Vec<Expressible<'_>>, usize) {
    let mut found = Vec::new();
    let mut ruled = 0;
    for action in 0..law.vocabulary.actions.len() {
        for jurisdiction in law.jurisdictions() {
            let Some(compiled) = law.compiled(jurisdiction, action, DAY) else { continue };
            ruled += usize::from(compiled.rules().next().is_some());
            let side = Side { law, jurisdiction, on: DAY };
            let one = Expressible { side, action, compiled };
            if one.is_expressible() {
                found.push(one);
            }
        }
    }
    (found, ruled)
}

impl<'a> Expressible<'a> {
    pub(super) fn rules(&self) -> impl Iterator<Item = RuleId> + 'a {
        self.compiled.rules()
    }

    fn is_expressible(&self) -> bool {
        let law = self.side.law;
        let plain = |rule: RuleId| {
            let rule = law.rule(rule);
            matches!(rule.modality, Modality::MustNot | Modality::May)
                && rule.contested.is_none()
                && self.settled_in_law(&rule.condition)
        };
        self.rules().next().is_some() && self.rules().all(plain)
    }

    /// Whether no term that it reads hangs on an open question.
    fn settled_in_law(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Constant(_) | Condition::OneOf(..) | Condition::Below(..) => true,
            Condition::Term(name) => terms(self.side, name)
                .all(|term| term.contested.is_none() && self.settled_in_law(&term.condition)),
            Condition::Not(inner) => self.settled_in_law(inner),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().all(|part| self.settled_in_law(part))
            }
            Condition::If(parts) => parts.iter().all(|part| self.settled_in_law(part)),
        }
    }

    /// The policies, with the guard of cases that both laws speak of.
    pub(super) fn policies(&self, other: &Self, schema: &str) -> Result<PolicySet> {
        let mut writer = Writer { side: self.side, schema, facts: BTreeSet::new() };
        let mut texts = Vec::new();
        for rule in self.rules() {
            let effect = match self.side.law.rule(rule).modality {
                Modality::MustNot => "forbid",
                _ => "permit",
            };
            texts.push((effect, format!("when {{ {} }}", writer.active(rule, self)?)));
        }
        let mut beside = Writer { side: other.side, schema, facts: BTreeSet::new() };
        for rule in other.rules() {
            beside.active(rule, other)?;
        }
        writer.facts.append(&mut beside.facts);
        let guard = writer.guard(other.side.jurisdiction);
        texts.push(("forbid", format!("unless {{ {guard} }}")));

        let action = &self.side.law.vocabulary.actions[self.action].name;
        let mut set = PolicySet::new();
        for (number, (effect, condition)) in texts.iter().enumerate() {
            let text = format!(
                "{effect} (principal, action == Action::{action:?}, resource) {condition};"
            );
            set.add(Policy::parse(Some(PolicyId::new(number.to_string())), text)?)?;
        }
        Ok(set)
    }
}

fn in_force<'a>(side: Side<'a>) -> impl Iterator<Item = &'a Instrument> {
    let instruments = side.jurisdiction.instruments.iter();
    instruments
        .map(move |&(_, index)| &side.law.instruments[index])
        .filter(move |instrument| instrument.span.contains(side.on))
}

fn terms<'a>(side: Side<'a>, name: &str) -> impl Iterator<Item = &'a Term> {
    let on = side.on;
    in_force(side)
        .flat_map(Instrument::terms)
        .filter(move |term| term.name == name && term.span.contains(on))
}

/// Writes conditions; notes the facts that it has written.
struct Writer<'a, 's> {
    side: Side<'a>,
    schema: &'s str,
    facts: BTreeSet<FactId>,
}

impl Writer<'_, '_> {
    /// Where a rule holds and no active rule overrides it.
    fn active(&mut self, rule: RuleId, law: &Expressible<'_>) -> Result<String> {
        let known = self.side.law;
        let mut text = self.condition(&known.rule(rule).condition)?;
        let actors = |actor| known.instrument_of(rule).binds_actor(actor);
        if !self.every_actor(actors) {
            text = format!("{} && {text}", self.bound(actors));
        }
        for by in known.overridden_by(rule).filter(|by| law.rules().any(|other| other == *by)) {
            text = format!("{text} && !({})", self.active(by, law)?);
        }
        Ok(text)
    }

    fn condition(&mut self, condition: &Condition) -> Result<String> {
        Ok(match condition {
            Condition::Constant(holds) => holds.to_string(),
            Condition::OneOf(fact, classes) => self.fact(*fact, classes)?,
            Condition::Below(fact, bound) => {
                self.facts.insert(*fact);
                format!("context.{} < {bound}", self.name(*fact))
            }
            Condition::Term(name) => {
                let parts = terms(self.side, name).map(|term| self.condition(&term.condition));
                joined(&parts.collect::<Result<Vec<_>>>()?, "||", "false")
            }
            Condition::Not(inner) => format!("!{}", self.condition(inner)?),
            Condition::All(parts) => joined(&self.each(parts)?, "&&", "true"),
            Condition::Any(parts) => joined(&self.each(parts)?, "||", "false"),
            Condition::If(parts) => {
                let parts = self.each(&**parts)?;
                format!("(if {} then {} else {})", parts[0], parts[1], parts[2])
            }
        })
        .map(|text| {
            if text.contains(' ') && !text.starts_with('(') { format!("({text})") } else { text }
        })
    }

    fn each(&mut self, parts: &[Condition]) -> Result<Vec<String>> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    /// Whether the fact is one of these classes, as the law settles it for the actors it binds.
    fn fact(&mut self, fact: FactId, classes: &u64) -> Result<String> {
        self.facts.insert(fact);
        let known = &self.side.law.vocabulary.facts[fact];
        let among = |class: u8| classes & (1 << class) != 0;
        let mut text = match &known.domain {
            Domain::Bool if among(0) == among(1) => among(0).to_string(),
            Domain::Bool if among(1) => format!("context.{}", known.name),
            Domain::Bool => format!("!context.{}", known.name),
            Domain::Values(_) => one_of(
                &known.name,
                (0..known.classes())
                    .filter(|&class| among(class))
                    .map(|class| known.class_name(class)),
            ),
            Domain::Range { .. } => bail!("a condition on `{}` other than a bound", known.name),
        };
        let settling: Vec<(&Instrument, u8)> = in_force(self.side)
            .flat_map(|instrument| {
                let settles = instrument.settles.iter().filter(|(settled, _)| *settled == fact);
                settles.map(move |&(_, class)| (instrument, class))
            })
            .collect();
        for (instrument, class) in settling {
            let bound = self.bound(|actor| instrument.binds_actor(actor));
            text = format!("(if {bound} then {} else {text})", among(class));
        }
        Ok(text)
    }

    /// Whether the actor is one of these kinds.
    fn bound(&mut self, binds: impl Fn(u8) -> bool) -> String {
        let vocabulary = &self.side.law.vocabulary;
        self.facts.insert(vocabulary.actor_kind());
        let known = &vocabulary.facts[vocabulary.actor_kind()];
        let kinds = (0..known.classes()).filter(|&actor| binds(actor));
        one_of(&known.name, kinds.map(|actor| known.class_name(actor)))
    }

    fn every_actor(&self, binds: impl Fn(u8) -> bool) -> bool {
        let vocabulary = &self.side.law.vocabulary;
        (0..vocabulary.facts[vocabulary.actor_kind()].classes()).all(binds)
    }

    fn name(&self, fact: FactId) -> &str {
        &self.side.law.vocabulary.facts[fact].name
    }

    /// What makes a case one of ours: an actor whom both laws bind, every value known and within its
    /// range, and the vocabulary's `@always` conditions.
    fn guard(&mut self, other: &Jurisdiction) -> String {
        let law = self.side.law;
        let own = self.side.jurisdiction;
        let mut parts = vec![self.bound(|actor| law.binds(own, actor) && law.binds(other, actor))];
        parts.extend(self.always());
        for &fact in &self.facts {
            let known = &law.vocabulary.facts[fact];
            let name = &known.name;
            match &known.domain {
                Domain::Bool => {}
                Domain::Values(_) => {
                    let values = camel_case(name);
                    if may_be_unknown(self.schema, &values) {
                        parts.push(format!("context.{name} != {values}::\"unknown\""));
                    }
                }
                Domain::Range { low, high, .. } => {
                    parts.push(format!("context.{name} >= {low} && context.{name} <= {high}"));
                }
            }
        }
        parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" && ")
    }

    /// The `@always` conditions that touch the facts written so far, and their facts.
    fn always(&mut self) -> Vec<String> {
        let conditions: Vec<String> = self
            .schema
            .split("@always(\"")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once("\")\n")?.0.replace("\\\"", "\"")))
            .collect();
        let facts = &self.side.law.vocabulary.facts;
        let reads = |condition: &str| -> Vec<FactId> {
            let words = condition.split(|letter: char| letter != '_' && !letter.is_alphanumeric());
            let names: BTreeSet<&str> = words.collect();
            (0..facts.len()).filter(|&fact| names.contains(facts[fact].name.as_str())).collect()
        };
        let mut taken = BTreeSet::new();
        loop {
            let before = taken.len();
            for (number, condition) in conditions.iter().enumerate() {
                let read = reads(condition);
                if read.iter().any(|fact| self.facts.contains(fact)) {
                    self.facts.extend(read);
                    taken.insert(number);
                }
            }
            if taken.len() == before {
                return taken.into_iter().map(|number| conditions[number].clone()).collect();
            }
        }
    }
}

/// An enumerated fact among values: comparisons, to spare the solver its theory of sets.
fn one_of(fact: &str, values: impl Iterator<Item = String>) -> String {
    let kind = camel_case(fact);
    let tests: Vec<String> =
        values.map(|value| format!("context.{fact} == {kind}::{value:?}")).collect();
    joined(&tests, "||", "false")
}

fn joined(parts: &[String], operator: &str, none: &str) -> String {
    match parts {
        [] => none.to_owned(),
        [only] => only.clone(),
        parts => format!("({})", parts.join(&format!(" {operator} "))),
    }
}

/// Whether the schema's enumeration has the value that means "not known".
fn may_be_unknown(schema: &str, kind: &str) -> bool {
    let values = schema.split_once(&format!("entity {kind} enum [")).map_or("", |(_, rest)| rest);
    values.split_once(']').is_some_and(|(values, _)| values.contains("\"unknown\""))
}
