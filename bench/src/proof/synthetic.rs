//! Laws made up by rule: one act, fifty facts, as many rules as wanted.

use std::fmt::Write;

use bylaw_law::SourceFile;

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
    /// Who acts (one of 24 kinds), and three facts that go with that kind: as statutes are divided by
    /// whom they bind.
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

/// A law: its texts, and the condition of its first rule, a *must not* that nothing overrides.
pub(super) struct Synthetic {
    pub(super) files: Vec<SourceFile>,
    /// The same with one rule's condition changed.
    pub(super) draft: Vec<SourceFile>,
}

/// Half *must not*, a third *may*, the rest *must*; each fifth overrides an earlier one nearby.
pub(super) fn law(shape: Shape, rules: usize) -> Synthetic {
    let mut random = Random(0x5eed_0000 + rules as u64);
    let conditions: Vec<String> =
        (0..rules).map(|rule| condition(shape, rule, &mut random)).collect();
    let mut files = vec![SourceFile::new("vocabulary.cedarschema", vocabulary())];
    files.extend(instruments(&conditions));
    files.push(SourceFile::new(format!("{TOWN}/promise.claims.md"), claim(&conditions[0])));
    let mut changed = conditions;
    let middle = rules / 2;
    changed[middle] = format!("!({})", changed[middle]);
    let mut draft = vec![SourceFile::new("vocabulary.cedarschema", vocabulary())];
    draft.extend(instruments(&changed));
    Synthetic { files, draft }
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
        Shape::Divided => (kind * 2 % (FACTS - 5), 6),
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
    let (effect, modality) = match rule % 6 {
        0 | 2 | 4 => ("forbid", ""),
        1 | 3 => ("permit", ""),
        _ => ("permit", " @modality(\"must\")"),
    };
    let overrides =
        if rule % 5 == 4 { format!(" @overrides(\"R-{}\")", rule - 3) } else { String::new() };
    format!(
        "\n## Section {rule}\n\nMade up.\n\n```cedar\n@id(\"R-{rule}\") @cite(\"Section {rule}\") @status(\"drafted: made up\"){modality}{overrides}\n\
         {effect} (principal, action == Action::\"act\", resource) when {{ {condition} }};\n```\n"
    )
}

/// Where the first rule holds, nobody may.
fn claim(condition: &str) -> String {
    format!(
        "+++\ntitle = \"Promise\"\ndays = {{ from = 2026-01-01 }}\n+++\n\n## Promise\n\nMade up.\n\n```cedar\n@id(\"CLAIM\") @never(\"may\")\n\
         permit (principal, action == Action::\"act\", resource) when {{ {condition} }};\n```\n"
    )
}
