//! `bylaw law coverage`: law or label.

mod page;
mod text;

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use bylaw_law::{
    Jurisdiction, Law, Problem, RuleId, Side,
    coverage::{Answers, Coverage, Idle},
    pack::Condition,
    vocabulary::Action,
};
use jiff::civil::Date;
use miette::{Result, miette};
use serde_json::{Map, Value, json};

use super::count::percent;
use crate::{args, decide, output, packs};

/// The cases that most of these laws are about.
const ASKED_FOR: &str = r#"context.purpose == Purpose::"civil_immigration_enforcement" &&
 [RequesterKind::"ice_ero", RequesterKind::"ice_hsi", RequesterKind::"cbp", RequesterKind::"other_dhs"].contains(context.requester_kind) &&
 [LegalProcess::"none", LegalProcess::"verbal_request", LegalProcess::"written_request", LegalProcess::"i247a_detainer",
  LegalProcess::"i200", LegalProcess::"i205", LegalProcess::"ncic_administrative_hit", LegalProcess::"admin_subpoena_dhs138"].contains(context.legal_process)"#;
const ASKED_FOR_IN_WORDS: &str =
    "an immigration agency asks for civil enforcement and holds no paper of a court";

pub(crate) fn run(packs: Option<&Path>, options: &args::Coverage) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let (when, words) = cases(&law, options.when.as_deref())?;
    let on = options.on.unwrap_or_else(decide::today);
    let jurisdictions = chosen(&law, options.jurisdiction.as_deref(), on)?;
    let tables: Vec<Table<'_>> = jurisdictions
        .into_iter()
        .map(|jurisdiction| Table::new(&law, jurisdiction, on, &when))
        .collect::<Result<_>>()?;
    let heading = match &words {
        Some(words) => format!("On {on}, where {words}"),
        None => format!("On {on}, in all possible cases"),
    };
    if options.json {
        output::print_json(&json!({
            "on": on.to_string(), "when": words,
            "jurisdictions": tables.iter().map(|table| table.as_json(&law)).collect::<Vec<_>>(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let one = tables.first().filter(|_| options.jurisdiction.is_some());
    output::print(match (one, options.html) {
        (Some(table), true) => page::one(&law, table, &heading),
        (None, true) => page::side_by_side(&law, &tables, &heading),
        (Some(table), false) => text::one(&law, table, &heading),
        (None, false) => text::side_by_side(&law, &tables, &heading),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The condition asked for, and in words; no words where it leaves nothing out.
fn cases(law: &Law, when: Option<&str>) -> Result<(Condition, Option<String>)> {
    let Some(text) = when else {
        // Another vocabulary may know none of these.
        return Ok(match law.condition(ASKED_FOR) {
            Ok(condition) => (condition, Some(ASKED_FOR_IN_WORDS.to_owned())),
            Err(_) => (Condition::Constant(true), None),
        });
    };
    let condition = law.condition(text).map_err(|reason| {
        miette!(help = "one Cedar expression, as in packs: docs/packs.md", "--when: {reason}")
    })?;
    Ok((condition, (text != "true").then(|| format!("`{text}`"))))
}

fn chosen<'a>(law: &'a Law, path: Option<&str>, on: Date) -> Result<Vec<&'a Jurisdiction>> {
    let in_force = |jurisdiction: &&Jurisdiction| jurisdiction.first_day <= on;
    let Some(path) = path else { return Ok(law.jurisdictions().filter(in_force).collect()) };
    let Some(jurisdiction) = law.jurisdiction(path) else {
        let paths = law.jurisdictions().map(|jurisdiction| jurisdiction.path.as_str());
        let help = bylaw_law::nearest(path, paths.collect::<Vec<_>>().into_iter());
        return Err(miette!(help = help, "there is no jurisdiction `{path}`"));
    };
    if !in_force(&jurisdiction) {
        return Err(miette!(
            help = format!("its first day is {}", jurisdiction.first_day),
            "no law of `{path}` was in force on {on}"
        ));
    }
    Ok(vec![jurisdiction])
}

/// One jurisdiction, act by act.
struct Table<'a> {
    jurisdiction: &'a Jurisdiction,
    acts: Vec<Coverage>,
}

impl<'a> Table<'a> {
    fn new(
        law: &'a Law,
        jurisdiction: &'a Jurisdiction,
        on: Date,
        when: &Condition,
    ) -> Result<Self> {
        let side = Side { law, jurisdiction, on };
        let acts = (0..law.vocabulary.actions.len())
            .map(|action| law.coverage(side, action, when))
            .collect::<Result<_, Problem>>()?;
        Ok(Self { jurisdiction, acts })
    }

    /// The kinds of staff that the law binds, one bit a class.
    fn actors(&self) -> u64 {
        let by_actor = self.acts.first().map_or(&[][..], |act| &act.by_actor);
        by_actor.iter().fold(0, |actors, (actor, _)| actors | 1 << actor)
    }

    /// Rules that decide nothing in any act that they speak about, by what stands in the way.
    fn idle(&self, law: &Law) -> Vec<(RuleId, Idle)> {
        let mut idle: BTreeMap<RuleId, Vec<Idle>> = BTreeMap::new();
        for &(rule, why) in self.acts.iter().flat_map(|act| &act.idle) {
            idle.entry(rule).or_default().push(why);
        }
        idle.into_iter()
            .filter(|(rule, why)| why.len() == law.rule(*rule).actions.len())
            .filter_map(|(rule, why)| Some((rule, *why.iter().max()?)))
            .collect()
    }

    /// Acts that the law speaks about in some of these cases.
    fn speaking(&self) -> impl Iterator<Item = &Coverage> {
        self.acts.iter().filter(|act| act.total.cases() > 0 && !is_silent(&act.total))
    }

    /// Acts about which it says nothing in any of these cases.
    fn silent_acts<'l>(&self, law: &'l Law) -> Vec<&'l Action> {
        self.acts_where(law, is_silent)
    }

    /// Acts of which the condition leaves no possible case.
    fn empty_acts<'l>(&self, law: &'l Law) -> Vec<&'l Action> {
        self.acts_where(law, |answers| answers.cases() == 0)
    }

    fn acts_where<'l>(&self, law: &'l Law, fits: fn(&Answers) -> bool) -> Vec<&'l Action> {
        let acts = self.acts.iter().filter(|act| fits(&act.total));
        acts.filter_map(|act| law.vocabulary.actions.get(act.action)).collect()
    }

    fn as_json(&self, law: &Law) -> Value {
        let acts: Vec<Value> = self.acts.iter().map(|act| act_json(law, act)).collect();
        json!({ "jurisdiction": self.jurisdiction.path, "acts": acts })
    }
}

const fn is_silent(answers: &Answers) -> bool {
    answers.silent > 0 && answers.silent == answers.cases()
}

fn act_json(law: &Law, act: &Coverage) -> Value {
    let kinds = law.vocabulary.facts.get(law.vocabulary.actor_kind());
    let by_actor = act.by_actor.iter().map(|(actor, answers)| {
        let actor = kinds.map(|kinds| kinds.class_name(*actor));
        json!({ "actor": actor, "answers": answers_json(answers) })
    });
    let collisions = act.collisions.iter().map(|collision| {
        json!({
            "above": collision.above, "below": collision.below,
            "says": collision.says, "cases": collision.cases.to_string(),
        })
    });
    let idle = act.idle.iter().map(|&(rule, why)| json!({ "rule": law.rule(rule).id, "why": why }));
    json!({
        "action": law.vocabulary.actions.get(act.action).map(|act| &act.name),
        "cases": act.total.cases().to_string(), "answers": answers_json(&act.total),
        "by_actor": by_actor.collect::<Vec<_>>(), "collisions": collisions.collect::<Vec<_>>(),
        "idle": idle.collect::<Vec<_>>(),
    })
}

fn answers_json(answers: &Answers) -> Value {
    let shares = answers.shares().into_iter();
    shares.map(|(name, share)| (name.to_owned(), json!(share))).collect::<Map<_, _>>().into()
}

/// Kinds of staff (one bit a class) whose answers read alike, the largest group first.
fn alike(act: &Coverage) -> Vec<(Answers, u64)> {
    let mut groups: Vec<(Answers, u64)> = Vec::new();
    for &(actor, answers) in &act.by_actor {
        match groups.iter_mut().find(|(known, _)| in_words(known) == in_words(&answers)) {
            Some((_, actors)) => *actors |= 1 << actor,
            None => groups.push((answers, 1 << actor)),
        }
    }
    groups.sort_by_key(|(_, actors)| std::cmp::Reverse(actors.count_ones()));
    groups
}

/// The five kinds of answers that are told apart at a glance, with the words for each, in the order
/// of the pictures: forbidden, commanded, permitted, for counsel, silent.
fn kinds(answers: &Answers) -> [(&'static str, f64); 5] {
    let [
        (_, must),
        (_, must_not),
        (_, may),
        (_, silent),
        (_, refer),
        (_, conflict),
        (_, contested),
    ] = answers.shares();
    [
        ("must not", must_not),
        ("must", must),
        ("may", may),
        ("counsel", refer + conflict + contested),
        ("silent", silent),
    ]
}

/// The most frequent answer, as its place in [`kinds`], with its share; none where there is no case.
fn most(answers: &Answers) -> Option<(usize, f64)> {
    let shares = kinds(answers).into_iter().enumerate().map(|(place, (_, share))| (place, share));
    let most = shares.reduce(|most, next| if next.1 > most.1 { next } else { most });
    most.filter(|(_, share)| *share > 0.0)
}

/// A share as a whole number of percent; all but a few is not all.
fn whole_percent(share: f64) -> String {
    format!("{:.0}", (share * 100.0).min(99.0))
}

/// `must not 61 %, silent 39 %`, the largest first.
fn in_words(answers: &Answers) -> String {
    let mut shares: Vec<(&str, f64)> =
        answers.shares().into_iter().filter(|&(_, share)| share > 0.0).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let parts: Vec<String> = shares
        .iter()
        .map(|(name, share)| format!("{} {}", answer(name), percent(*share)))
        .collect();
    if parts.is_empty() { "no such case".to_owned() } else { parts.join(", ") }
}

/// The words for an answer, by its name in [`Answers::shares`].
fn answer(name: &str) -> &str {
    match name {
        "must_not" => "must not",
        "refer" => "counsel",
        "conflict" => "counsel (rules collide)",
        "contested" => "counsel (open question)",
        other => other,
    }
}
