//! The packs as this test reads them itself: front matter, annotations, and policies as Cedar has
//! them.

use bylaw_law::{
    Law,
    pack::Instrument,
    vocabulary::{Domain, Fact, FactId},
};
use cedar_policy::{ActionConstraint, Effect, Policy, RestrictedExpression};
use jiff::civil::Date;

use crate::cedar;

/// What the rules of all packs say, as this test reads it.
pub(crate) struct Sources<'a> {
    pub(crate) law: &'a Law,
    pub(crate) fronts: Vec<Front>,
    pub(crate) rules: Vec<Rule<'a>>,
    pub(crate) terms: Vec<Term<'a>>,
    /// Every value of every fact for Cedar; numbers are made when they are used.
    pub(crate) values: Vec<Vec<RestrictedExpression>>,
}

/// Front matter, as far as it matters here.
pub(crate) struct Front {
    /// Value classes of `actor_kind`; none where everybody is bound.
    pub(crate) binds: Option<Vec<i64>>,
    pub(crate) settles: Vec<(FactId, i64)>,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
}

pub(crate) struct Rule<'a> {
    pub(crate) instrument: usize,
    pub(crate) id: &'a str,
    pub(crate) modality: &'a str,
    pub(crate) overrides: Vec<&'a str>,
    pub(crate) contested: Option<&'a str>,
    pub(crate) dates: (Date, Option<Date>),
    pub(crate) action: ActionConstraint,
    pub(crate) policy: Policy,
    pub(crate) facts: Vec<FactId>,
    pub(crate) terms: Vec<&'a str>,
}

pub(crate) struct Term<'a> {
    pub(crate) instrument: usize,
    pub(crate) name: &'a str,
    pub(crate) contested: Option<&'a str>,
    pub(crate) dates: (Date, Option<Date>),
    pub(crate) policy: Policy,
    pub(crate) facts: Vec<FactId>,
    pub(crate) terms: Vec<&'a str>,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(law: &'a Law) -> Self {
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
    pub(crate) fn new(law: &Law, instrument: &Instrument) -> Self {
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

    pub(crate) fn binds(&self, actor: i64) -> bool {
        self.binds.as_ref().is_none_or(|bound| bound.contains(&actor))
    }
}

pub(crate) fn place_of(fact: &Fact, name: &str) -> i64 {
    match &fact.domain {
        Domain::Values(values) => {
            let place = values.iter().position(|value| value.name == name);
            i64::try_from(place.expect("a value of the fact")).expect("a short list")
        }
        Domain::Bool | Domain::Range { .. } => panic!("`{}` has no named values", fact.name),
    }
}

/// When a rule or term is in force: its own dates within its instrument's.
pub(crate) fn dates(policy: &Policy, front: &Front) -> (Date, Option<Date>) {
    let day = |key: &str| policy.annotation(key).map(|day| day.parse::<Date>().expect("a date"));
    let from = day("from").map_or(front.from, |own| own.max(front.from));
    let until = match (day("until"), front.until) {
        (Some(own), Some(whole)) => Some(own.min(whole)),
        (own, whole) => own.or(whole),
    };
    (from, until)
}

pub(crate) fn in_force((from, until): (Date, Option<Date>), on: Date) -> bool {
    from <= on && until.is_none_or(|until| on < until)
}

/// What stands after `context.` anywhere in a policy's text.
pub(crate) fn identifiers(text: &str) -> Vec<&str> {
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

pub(crate) fn facts_among(law: &Law, read: &[&str]) -> Vec<FactId> {
    let mut facts: Vec<FactId> = read
        .iter()
        .filter(|name| !name.starts_with("term."))
        .map(|name| law.vocabulary.fact_id(name).unwrap_or_else(|| panic!("no fact `{name}`")))
        .collect();
    facts.sort_unstable();
    facts.dedup();
    facts
}

pub(crate) fn terms_among<'a>(read: &[&'a str]) -> Vec<&'a str> {
    read.iter().filter_map(|name| name.strip_prefix("term.")).collect()
}
