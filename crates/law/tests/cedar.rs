//! Cedar's language: what the finite subset takes, it takes as Cedar means it; the rest is refused
//! with a reason.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect, and numbers index the lists they count"
)]

#[path = "support/cedar.rs"]
mod cedar;

use std::{
    collections::BTreeMap, fmt::Write as _, fs, io::Read as _, path::Path, str::FromStr as _,
};

use bylaw_law::{Facts, Law, LoadError, Scratch, SourceFile, vocabulary::Domain};
use cedar_policy::{EntityUid, Policy, PolicySet, RestrictedExpression, pst};

/// Conditions of the finite subset. Those of a term come first: later ones may use them as
/// `context.term.t0` and so on.
const TERMS: [&str; 3] = [
    "context.kind == Kind::\"a\" || context.one",
    "!context.term.t0 && context.number > -2",
    "if context.term.t1 then context.two else context.term.t0",
];

const CONDITIONS: [&str; 42] = [
    "true",
    "context.one",
    "!context.one",
    "!!context.one",
    "context.one && context.two",
    "context.one || context.two || context.three",
    "!(context.one || context.two) && (context.three || !context.one)",
    "if context.one then context.two else context.three",
    "if context.one && !context.two then !context.three else context.kind == Kind::\"b\"",
    "if (if context.one then context.two else context.three) then context.one else !context.two",
    "context.one == true",
    "context.one != true",
    "false != context.one",
    "context.one == context.two",
    "context.one != context.two",
    "(context.one && context.two) == (context.two || context.three)",
    "(context.number < 0) != context.three",
    "context.kind == Kind::\"a\"",
    "Kind::\"b\" == context.kind",
    "context.kind != Kind::\"c\"",
    "[Kind::\"a\", Kind::\"c\"].contains(context.kind)",
    "![Kind::\"a\"].contains(context.kind)",
    "context.kind in [Kind::\"b\", Kind::\"c\"]",
    "!(context.kind in [Kind::\"b\"]) || context.one",
    "context.number == 3",
    "context.number != 3",
    "3 == context.number",
    "context.number == -3",
    "context.number < -1",
    "context.number <= -1",
    "context.number > -1",
    "context.number >= -1",
    "2 < context.number",
    "2 <= context.number",
    "2 > context.number",
    "2 >= context.number",
    "context.number >= -2 && context.number <= 5",
    "context.number > 1 && context.number < 3",
    "context.term.t0 && !context.term.t1",
    "context.term.t2 == context.term.t0",
    "if context.term.t2 then context.number >= 0 else context.term.t1 && context.kind != Kind::\"a\"",
    "[Kind::\"a\", Kind::\"b\", Kind::\"c\"].contains(context.kind) && context.three",
];

/// Every operator, at every point of its facts.
#[test]
fn every_operator_of_the_finite_subset_means_what_cedar_means() {
    let mut rules = String::new();
    for (number, condition) in TERMS.iter().enumerate() {
        writeln!(rules, "@term(\"t{number}\") @cite(\"c\") @status(\"drafted: a test\")\npermit (principal, action, resource) when {{ {condition} }};").expect("text");
    }
    for (number, condition) in CONDITIONS.iter().enumerate() {
        let effect = if number % 2 == 0 { "permit" } else { "forbid" };
        writeln!(rules, "@id(\"when-{number}\") @cite(\"c\") @status(\"drafted: a test\")\n{effect} (principal, action == Action::\"enter\", resource) when {{ {condition} }};").expect("text");
        if *condition != "true" {
            writeln!(rules, "@id(\"unless-{number}\") @cite(\"c\") @status(\"drafted: a test\")\n{effect} (principal, action in [Action::\"enter\", Action::\"leave\"], resource) when {{ context.one || !context.one }} unless {{ {condition} }};").expect("text");
        }
    }
    let facts = [
        ("kind", "Kind", ""),
        ("one", "Bool", ""),
        ("two", "Bool", ""),
        ("three", "Bool", ""),
        ("number", "Long", "@range(\"-3..5\")"),
    ];
    let law = load(&facts, &["enter", "leave"], &rules)
        .unwrap_or_else(|error| panic!("{:#?}", error.problems));
    assert_eq!(law.rule_count(), 2 * CONDITIONS.len() - 1);
    let points = agree_everywhere(&law, "enter");
    assert_eq!(points, 3 * 2 * 2 * 2 * 9, "every point of the facts");
}

/// Cedar's published examples and generated cases: each policy is taken and means the same, or is
/// refused with a reason; first as it stands, then its conditions alone, since most limit
/// `principal` or `resource`, which no rule may.
#[test]
fn cedars_published_policies_are_taken_or_refused_with_a_reason() {
    let Some(data) = std::env::var_os("BYLAW_DATA") else {
        eprintln!("skipped: BYLAW_DATA is not set");
        return;
    };
    let folder = Path::new(&data).join("cedar");
    let mut texts: Vec<(String, String)> = Vec::new();
    gather(&folder, &mut texts);
    let packed = fs::File::open(folder.join("corpus_sample.tar.gz")).expect("the sample");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an archive's entry");
        let name = entry.path().expect("a path").display().to_string();
        if name.ends_with(".cedar") {
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("policies are text");
            texts.push((name, text));
        }
    }
    assert!(texts.len() >= 80, "{} files", texts.len());
    let (mut whole, mut conditions) = (Count::default(), Count::default());
    for (name, text) in &texts {
        let policies = PolicySet::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for policy in policies.policies() {
            let body = policy.to_pst().expect("a policy has a syntax tree").body().clone();
            let scope =
                Policy::parse(None, "permit (principal, action == Action::\"enter\", resource);")
                    .expect("a policy");
            let bare = scope.to_pst().expect("a policy has a syntax tree").body().clone();
            let bare = bare.try_with_clauses(body.clauses().iter().cloned()).expect("clauses");
            whole.add(name, lower(body));
            conditions.add(name, lower(bare));
        }
    }
    eprintln!(
        "of {} files, as they stand: {whole:?}; their conditions alone: {conditions:?}",
        texts.len()
    );
    assert!(!whole.refused.is_empty() && !conditions.refused.is_empty());
    assert!(conditions.taken > 0 && conditions.points > 0);
}

/// What became of the policies.
#[derive(Debug, Default)]
struct Count {
    taken: usize,
    /// Points at which those taken were compared with Cedar.
    points: usize,
    /// By the code of the first reason.
    refused: BTreeMap<&'static str, usize>,
}

impl Count {
    fn add(&mut self, name: &str, lowered: Result<(Law, String), LoadError>) {
        match lowered {
            Ok((law, action)) => {
                self.taken += 1;
                self.points += agree_everywhere(&law, &action);
            }
            Err(error) => {
                for problem in &error.problems {
                    assert!(!problem.message.is_empty(), "{name}: refused without a reason");
                    assert!(problem.line().is_some(), "{name}: {problem}: no place");
                }
                let first = error.problems.first().expect("a refusal has a reason");
                *self.refused.entry(first.code).or_default() += 1;
            }
        }
    }
}

fn gather(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            gather(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "cedar") {
            let text = fs::read_to_string(&path).expect("policies are text");
            texts.push((path.display().to_string(), text));
        }
    }
}

/// Reads one published policy as a rule: its acts are those it names, and what it reads of the
/// context are the facts, taken as truths, and where that fails as numbers.
fn lower(body: pst::Template) -> Result<(Law, String), LoadError> {
    let mut actions: Vec<String> = match &body.action {
        pst::ActionConstraint::Any => Vec::new(),
        pst::ActionConstraint::In(actions) => actions.iter().collect(),
        pst::ActionConstraint::Eq(action) => vec![action],
    }
    .into_iter()
    .map(|action| action.eid.to_string())
    .filter(|name| is_identifier(name))
    .collect();
    actions.sort_unstable();
    actions.dedup();
    let action = actions.first().cloned().unwrap_or_else(|| "enter".to_owned());
    if actions.is_empty() {
        actions.push(action.clone());
    }
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let annotations = [("id", "A"), ("cite", "c"), ("status", "drafted: a test")];
    let annotations = annotations.map(|(key, value)| (key.to_owned(), value.into()));
    let body = body.with_annotations(annotations.into_iter().collect());
    let text = body.to_string();
    let mut names: Vec<&str> = text
        .split("context.")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
            rest.split_at(end.unwrap_or(rest.len())).0
        })
        .filter(|name| is_identifier(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let truths: Vec<_> = names.iter().map(|&name| (name, "Bool", "")).collect();
    let numbers: Vec<_> = names.iter().map(|&name| (name, "Long", "@range(\"-9..9\")")).collect();
    load(&truths, &actions, &text)
        .or_else(|error| load(&numbers, &actions, &text).map_err(|_| error))
        .map(|law| (law, action))
}

fn is_identifier(name: &str) -> bool {
    const RESERVED: [&str; 9] = ["true", "false", "if", "then", "else", "in", "is", "like", "has"];
    name.chars().next().is_some_and(|first| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !RESERVED.contains(&name)
}

/// A law of these facts (name, type, range) and acts, with these policies.
fn load(facts: &[(&str, &str, &str)], actions: &[&str], policies: &str) -> Result<Law, LoadError> {
    let mut vocabulary = String::from(
        "entity Office; entity Matter;\n\
         @clerk(\"Clerk\") entity ActorKind enum [\"clerk\"];\n\
         @a(\"A\") @b(\"B\") @c(\"C\") entity Kind enum [\"a\", \"b\", \"unknown\", \"c\"];\n\
         type Facts = {\n",
    );
    let every = [("actor_kind", "ActorKind", "")].into_iter().chain(facts.iter().copied());
    for (name, of, range) in every {
        writeln!(
            vocabulary,
            "@group(\"g\") @ask(\"a\") @help(\"h\") @who(\"desk\") {range} {name}: {of},"
        )
        .expect("text");
    }
    vocabulary.push_str("};\n");
    for action in actions {
        writeln!(vocabulary, "@say(\"act\") action {action} appliesTo {{ principal: Office, resource: Matter, context: Facts }};").expect("text");
    }
    let pack = format!(
        "+++\ntitle = \"T\"\ncite = \"c\"\nkind = \"statute\"\nsource = \"s\"\n\
         reviewed = {{ by = \"nobody\", on = 2026-11-22 }}\nin_force = {{ from = 2020-01-01 }}\n\
         +++\n\n## Rules\n\n```cedar\n{policies}\n```\n"
    );
    Law::load(&[
        SourceFile::new("vocabulary.cedarschema", vocabulary),
        SourceFile::new("town/law.md", pack),
    ])
}

/// Compares every rule about the act with Cedar's authorizer at every point of the facts; returns
/// their number.
fn agree_everywhere(law: &Law, action: &str) -> usize {
    let town = law.jurisdiction("town").expect("the town has law");
    let compiled = law
        .compiled(
            town,
            law.find_action(action).expect("the act"),
            "2026-11-22".parse().expect("a date"),
        )
        .expect("the law is in force");
    let rules: Vec<usize> = compiled.rules().collect();
    assert!(!rules.is_empty(), "there is a rule to compare");
    let policies = rules.iter().map(|&rule| cedar::permitting(&law.rule(rule).policy, rule));
    let policies = PolicySet::from_policies(policies).expect("ids differ");
    // One set for each term: in this file a term uses only terms before it.
    let terms: Vec<(&str, PolicySet)> = law
        .instruments
        .iter()
        .flat_map(|instrument| instrument.terms())
        .map(|term| {
            let set = PolicySet::from_policies([cedar::permitting(&term.policy, 0)]);
            (term.name.as_str(), set.expect("one policy"))
        })
        .collect();
    let uid = EntityUid::from_str(&format!("Action::\"{action}\"")).expect("an act");
    let values: Vec<Vec<i64>> = law
        .vocabulary
        .facts
        .iter()
        .map(|fact| match &fact.domain {
            Domain::Range { low, high, .. } => (*low..=*high).collect(),
            Domain::Bool | Domain::Values(_) => (0..i64::from(fact.classes())).collect(),
        })
        .collect();
    let mut scratch = Scratch::default();
    let mut point = vec![0; values.len()];
    let mut points = 0;
    loop {
        let mut facts = Facts::unknown(&law.vocabulary);
        let mut context = Vec::new();
        for (number, fact) in law.vocabulary.facts.iter().enumerate() {
            let value = values[number][point[number]];
            let class = match &fact.domain {
                Domain::Range { .. } => fact.class_of(&value.to_string()),
                Domain::Bool | Domain::Values(_) => u8::try_from(value).ok(),
            };
            facts.set(number, class);
            context.push((fact.name.clone(), cedar::expression(fact, value)));
        }
        let mut truths: Vec<(String, RestrictedExpression)> = Vec::new();
        for (name, set) in &terms {
            let holds = !cedar::holding(set, &uid, with_terms(&context, &truths)).is_empty();
            truths.push(((*name).to_owned(), RestrictedExpression::new_bool(holds)));
        }
        let held = cedar::holding(&policies, &uid, with_terms(&context, &truths));
        for &rule in &rules {
            assert_eq!(
                compiled.holds(rule, &facts, &mut scratch),
                Some(held.contains(&rule)),
                "{} at {facts:?}",
                law.rule(rule).policy
            );
        }
        points += 1;
        let Some(next) = (0..point.len()).rev().find(|&fact| point[fact] + 1 < values[fact].len())
        else {
            return points;
        };
        point[next] += 1;
        point[next + 1..].fill(0);
    }
}

fn with_terms(
    context: &[(String, RestrictedExpression)],
    truths: &[(String, RestrictedExpression)],
) -> Vec<(String, RestrictedExpression)> {
    let record = RestrictedExpression::new_record(truths.iter().cloned()).expect("each once");
    let mut context = context.to_vec();
    context.push(("term".to_owned(), record));
    context
}
