//! Laws made up by rule: one act, fifty facts, as many rules as wanted.

use std::fmt::Write;

use anyhow::Result;
use bylaw_law::SourceFile;
use cedar_policy::{Policy, PolicyId, PolicySet};

use crate::workload::Random;

pub(super) const ACT: &str = "act";
pub(super) const TOWN: &str = "town";
/// Two in three are true or false, the third has four values.
const FACTS: usize = 50;
/// Kinds of actors, where the first thing a rule reads is who acts.
const ACTORS: usize = 24;
const RULES_PER_FILE: usize = 100;

/// Which facts a rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Three of six neighbors.
    Local,
    /// Any three.
    Scattered,
    /// Who acts (one of 24 kinds), and three of ten facts that go with that kind: as statutes are
    /// divided by whom they bind.
    Divided,
}

impl Shape {
    pub(super) const ALL: [Self; 3] = [Self::Local, Self::Scattered, Self::Divided];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Scattered => "scattered",
            Self::Divided => "divided",
        }
    }
}

/// A law, and the same with one rule changed.
pub(super) struct Synthetic {
    pub(super) vocabulary: SourceFile,
    conditions: Vec<String>,
    changed: Vec<String>,
}

impl Synthetic {
    /// Half *must not*, half *may*; one in five overrides an earlier one. The first is a *must not*
    /// that nothing overrides.
    pub(super) fn new(shape: Shape, rules: usize) -> Self {
        let mut random = Random(0x5eed_0000 + rules as u64);
        let conditions: Vec<String> =
            (0..rules).map(|rule| condition(shape, rule, &mut random)).collect();
        let mut changed = conditions.clone();
        let middle = rules / 2;
        changed[middle] = condition(shape, middle, &mut random);
        let vocabulary = SourceFile::new("vocabulary.cedarschema", vocabulary());
        Self { vocabulary, conditions, changed }
    }

    /// The packs, with a claim.
    pub(super) fn files(&self) -> Vec<SourceFile> {
        let claim =
            SourceFile::new(format!("{TOWN}/promise.claims.md"), claim(&self.conditions[0]));
        self.packs(&self.conditions).chain([claim]).collect()
    }

    /// The packs with one rule changed.
    pub(super) fn draft(&self) -> Vec<SourceFile> {
        self.packs(&self.changed).collect()
    }

    fn packs(&self, conditions: &[String]) -> impl Iterator<Item = SourceFile> {
        std::iter::once(self.vocabulary.clone()).chain(instruments(conditions))
    }

    /// The same as plain Cedar policies, and those of the draft.
    pub(super) fn policies(&self) -> Result<[PolicySet; 2]> {
        Ok([policies(&self.conditions)?, policies(&self.changed)?])
    }

    /// The policies that say nothing of cases of which the claim says nothing.
    pub(super) fn claimed(&self) -> Result<PolicySet> {
        let mut set = policies(&self.conditions)?;
        let text =
            format!("forbid (principal, action, resource) unless {{ {} }};", self.conditions[0]);
        set.add(Policy::parse(Some(PolicyId::new("claim")), text)?)?;
        Ok(set)
    }
}

fn vocabulary() -> String {
    let mut text = String::from("entity Office; entity Matter;\n");
    let mut enumeration = |name: &str, values: &[String]| {
        values.iter().for_each(|value| _ = writeln!(text, "@{value}({value:?})"));
        _ = writeln!(
            text,
            "entity {name} enum [{}];",
            values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ")
        );
    };
    enumeration("ActorKind", &(0..ACTORS).map(|actor| format!("kind{actor}")).collect::<Vec<_>>());
    for fact in (0..FACTS).filter(|fact| enumerated(*fact)) {
        enumeration(
            &format!("F{fact}"),
            &(0..4).map(|value| format!("v{value}")).collect::<Vec<_>>(),
        );
    }
    text.push_str("type Facts = {\n");
    let mut fact = |name: &str, kind: &str| {
        _ = writeln!(
            text,
            "@group(\"All\") @ask(\"{name}?\") @help(\"{name}.\") @who(\"desk\") {name}: {kind},"
        );
    };
    fact("actor_kind", "ActorKind");
    for number in 0..FACTS {
        let kind = if enumerated(number) { format!("F{number}") } else { "Bool".to_owned() };
        fact(&format!("f{number}"), &kind);
    }
    text.push_str("};\n@say(\"Act\") action act appliesTo { principal: Office, resource: Matter, context: Facts };\n");
    text
}

const fn enumerated(fact: usize) -> bool {
    fact % 3 == 2
}

fn condition(shape: Shape, rule: usize, random: &mut Random) -> String {
    let kind = random.below(ACTORS);
    let (first, among) = match shape {
        Shape::Local => (random.below(FACTS - 5), 6),
        Shape::Scattered => (0, FACTS),
        Shape::Divided => (kind * 2 % (FACTS - 9), 10),
    };
    let mut facts: Vec<usize> = Vec::new();
    while facts.len() < 3 {
        let fact = first + random.below(among);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    let mut parts: Vec<String> = facts
        .into_iter()
        .map(|fact| match (enumerated(fact), random.below(2)) {
            (true, _) => format!("context.f{fact} == F{fact}::\"v{}\"", random.below(4)),
            (false, 0) => format!("context.f{fact}"),
            (false, _) => format!("!context.f{fact}"),
        })
        .collect();
    if shape == Shape::Divided && rule > 0 {
        parts.insert(0, format!("context.actor_kind == ActorKind::\"kind{kind}\""));
    }
    parts.join(" && ")
}

fn instruments(conditions: &[String]) -> Vec<SourceFile> {
    let numbered: Vec<(usize, &String)> = conditions.iter().enumerate().collect();
    numbered
        .chunks(RULES_PER_FILE)
        .enumerate()
        .map(|(file, rules)| {
            let mut text = format!(
                "+++\ntitle = \"Part {file}\"\ncite = \"Part {file}\"\nkind = \"ordinance\"\nsource = \"made up\"\n\
                 reviewed = {{ by = \"nobody\", on = 2026-11-22 }}\nin_force = {{ from = 2026-01-01 }}\n+++\n\n# Part {file}\n"
            );
            for &(rule, condition) in rules {
                text.push_str(&provision(rule, condition));
            }
            SourceFile::new(format!("{TOWN}/part{file:03}.md"), text)
        })
        .collect()
}

fn provision(rule: usize, condition: &str) -> String {
    let overrides =
        overridden(rule).map_or(String::new(), |other| format!(" @overrides(\"R-{other}\")"));
    format!(
        "\n## Section {rule}\n\nMade up.\n\n```cedar\n@id(\"R-{rule}\") @cite(\"Section {rule}\") @status(\"drafted: made up\"){overrides}\n\
         {} (principal, action == Action::\"{ACT}\", resource) when {{ {condition} }};\n```\n",
        effect(rule)
    )
}

const fn effect(rule: usize) -> &'static str {
    if rule.is_multiple_of(2) { "forbid" } else { "permit" }
}

/// The rule that it overrides.
fn overridden(rule: usize) -> Option<usize> {
    (rule % 5 == 4).then(|| rule - 3)
}

/// An overridden rule says itself where it is not overridden.
fn policies(conditions: &[String]) -> Result<PolicySet> {
    let mut set = PolicySet::new();
    for (rule, condition) in conditions.iter().enumerate() {
        let by = conditions.get(rule + 3).filter(|_| overridden(rule + 3) == Some(rule));
        let unless = by.map_or(String::new(), |by| format!(" unless {{ {by} }}"));
        let text = format!(
            "{} (principal, action, resource) when {{ {condition} }}{unless};",
            effect(rule)
        );
        set.add(Policy::parse(Some(PolicyId::new(rule.to_string())), text)?)?;
    }
    Ok(set)
}

/// Where the first rule holds, nobody may.
fn claim(condition: &str) -> String {
    format!(
        "+++\ntitle = \"Promise\"\ndays = {{ from = 2026-01-01 }}\n+++\n\n## Promise\n\nMade up.\n\n```cedar\n@id(\"CLAIM\") @never(\"may\")\n\
         permit (principal, action == Action::\"{ACT}\", resource) when {{ {condition} }};\n```\n"
    )
}
