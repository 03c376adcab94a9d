//! `bylaw law coverage`: law or label.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::ExitCode};

use bylaw_law::{
    Jurisdiction, Law, LoadError, Side,
    coverage::{Answers, Coverage, Idle},
    pack::Condition,
};
use jiff::civil::Date;
use miette::{Result, miette};
use serde_json::{Value, json};

use super::count::percent;
use crate::{
    args, decide, output, packs,
    style::{BOLD, DIM, TITLE, item, wrap},
};

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
    let heading = format!("On {on}, where {words}");
    if options.json {
        output::print_json(&json!({
            "on": on.to_string(), "when": words,
            "jurisdictions": tables.iter().map(|table| table.as_json(&law)).collect::<Vec<_>>(),
        }))?;
    } else {
        output::print(match (tables.as_slice(), &options.jurisdiction) {
            ([table], Some(_)) => table.text(&law, &heading),
            (tables, _) => side_by_side(&law, tables, &heading),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The condition asked for, and in words.
fn cases(law: &Law, when: Option<&str>) -> Result<(Condition, String)> {
    match when {
        Some(text) => {
            let condition = law.condition(text).map_err(|reason| {
                miette!(help = "one Cedar expression, as in packs: docs/packs.md", "--when: {reason}")
            })?;
            let words = if text == "true" { "anything happens".to_owned() } else { format!("`{text}`") };
            Ok((condition, words))
        }
        // Another vocabulary may know none of these.
        None => Ok(match law.condition(ASKED_FOR) {
            Ok(condition) => (condition, ASKED_FOR_IN_WORDS.to_owned()),
            Err(_) => (Condition::Constant(true), "anything happens".to_owned()),
        }),
    }
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
            .collect::<Result<_, _>>()
            .map_err(|problem| LoadError { problems: vec![problem] })?;
        Ok(Self { jurisdiction, acts })
    }

    /// Rules that decide nothing in any act that they speak about.
    fn idle<'l>(&self, law: &'l Law) -> Vec<(&'l str, Idle)> {
        let mut idle: BTreeMap<usize, Vec<Idle>> = BTreeMap::new();
        for &(rule, why) in self.acts.iter().flat_map(|act| &act.idle) {
            idle.entry(rule).or_default().push(why);
        }
        idle.into_iter()
            .filter(|(rule, why)| why.len() == law.rule(*rule).actions.len())
            .filter_map(|(rule, why)| Some((law.rule(rule).id.as_str(), *why.iter().max()?)))
            .collect()
    }

    /// Silent about most of what may happen.
    fn open_acts<'l>(&self, law: &'l Law) -> Vec<&'l str> {
        let silent = self.acts.iter().filter(|act| act.total.silent == act.total.cases());
        silent.filter_map(|act| law.vocabulary.actions.get(act.action)).map(|act| act.name.as_str()).collect()
    }

    fn text(&self, law: &Law, heading: &str) -> String {
        let mut text = format!("{TITLE}{}{TITLE:#}\n", self.jurisdiction.path);
        _ = writeln!(text, "{}", wrap(&format!("{heading}. {SHARES}"), ""));
        let kinds = law.vocabulary.facts.get(law.vocabulary.actor_kind());
        let silent = self.open_acts(law);
        for act in &self.acts {
            let Some(action) = law.vocabulary.actions.get(act.action) else { continue };
            if silent.contains(&action.name.as_str()) {
                continue;
            }
            _ = writeln!(
                text,
                "\n{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}  {}",
                action.say,
                action.name,
                in_words(&act.total)
            );
            for (answers, actors) in alike(act) {
                if answers == act.total {
                    continue;
                }
                let labels: Vec<String> = actors
                    .iter()
                    .filter_map(|&actor| Some(kinds?.class_label(actor)))
                    .collect();
                let line = format!("{}: {}", in_words(&answers), labels.join(", "));
                _ = writeln!(text, "{}", item("  ", &line));
            }
            for collision in &act.collisions {
                let line = format!(
                    "{} decides ({}) over {} in {} of cases",
                    collision.above,
                    collision.says.name(),
                    collision.below,
                    percent(bylaw_law::compare::share(collision.cases, act.total.cases()))
                );
                _ = writeln!(text, "{DIM}{}{DIM:#}", item("  ", &line));
            }
        }
        if !silent.is_empty() {
            let line = format!("Silent, whatever happens: {}", silent.join(", "));
            _ = writeln!(text, "\n{}", item("", &line));
        }
        let idle = self.idle(law);
        if !idle.is_empty() {
            _ = writeln!(text, "\n{BOLD}Rules that decide nothing on this day{BOLD:#}");
            for (rule, why) in idle {
                _ = writeln!(text, "{}", item("  ", &format!("{rule}: {}", why.words())));
            }
        }
        text
    }

    fn as_json(&self, law: &Law) -> Value {
        let kinds = law.vocabulary.facts.get(law.vocabulary.actor_kind());
        let acts: Vec<Value> = self
            .acts
            .iter()
            .map(|act| {
                let by_actor: Vec<Value> = act
                    .by_actor
                    .iter()
                    .map(|(actor, answers)| {
                        let actor = kinds.map(|kinds| kinds.class_name(*actor));
                        json!({ "actor": actor, "answers": answers_json(answers) })
                    })
                    .collect();
                let collisions: Vec<Value> = act
                    .collisions
                    .iter()
                    .map(|collision| {
                        json!({
                            "above": collision.above, "below": collision.below,
                            "says": collision.says, "cases": collision.cases.to_string(),
                        })
                    })
                    .collect();
                let idle: Vec<Value> = act
                    .idle
                    .iter()
                    .map(|&(rule, why)| json!({ "rule": law.rule(rule).id, "why": why }))
                    .collect();
                json!({
                    "action": law.vocabulary.actions.get(act.action).map(|act| &act.name),
                    "cases": act.total.cases().to_string(), "answers": answers_json(&act.total),
                    "by_actor": by_actor, "collisions": collisions, "idle": idle,
                })
            })
            .collect();
        json!({ "jurisdiction": self.jurisdiction.path, "acts": acts })
    }
}

const SHARES: &str = "Shares are of all possible cases, each counted once: they say how far the law reaches, not how often a thing happens.";

fn answers_json(answers: &Answers) -> Value {
    answers.shares().into_iter().map(|(name, share)| (name.to_owned(), json!(share))).collect::<serde_json::Map<_, _>>().into()
}

/// Kinds of staff with the same answers, the largest group first.
fn alike(act: &Coverage) -> Vec<(Answers, Vec<u8>)> {
    let mut groups: Vec<(Answers, Vec<u8>)> = Vec::new();
    for &(actor, answers) in &act.by_actor {
        match groups.iter_mut().find(|(known, _)| known.shares() == answers.shares()) {
            Some((_, actors)) => actors.push(actor),
            None => groups.push((answers, vec![actor])),
        }
    }
    groups.sort_by_key(|(_, actors)| std::cmp::Reverse(actors.len()));
    groups
}

/// `must not 61 %, silent 39 %`, the largest first.
fn in_words(answers: &Answers) -> String {
    let mut shares: Vec<(&str, f64)> =
        answers.shares().into_iter().filter(|&(_, share)| share > 0.0).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let parts: Vec<String> = shares
        .iter()
        .map(|(name, share)| format!("{} {}", name.replace('_', " "), percent(*share)))
        .collect();
    if parts.is_empty() { "no such case".to_owned() } else { parts.join(", ") }
}

/// A letter an answer, in the order of [`Answers::shares`].
const LETTERS: [char; 7] = ['M', 'N', 'Y', '.', 'C', 'C', 'C'];

/// All jurisdictions, an act a line: the most frequent answer and its share.
fn side_by_side(law: &Law, tables: &[Table<'_>], heading: &str) -> String {
    let mut text = format!("{TITLE}Law or label{TITLE:#}\n");
    _ = writeln!(text, "{}", wrap(&format!("{heading}. {SHARES}"), ""));
    _ = writeln!(text, "{}", wrap("The most frequent answer and its share in percent, none where it is the only one: N must not, M must, Y may, C counsel decides, . the law is silent.", ""));
    for (number, table) in tables.iter().enumerate() {
        _ = writeln!(text, "  {:>2} {}", number + 1, table.jurisdiction.path);
    }
    _ = write!(text, "\n{:26}", "");
    for number in 1..=tables.len() {
        _ = write!(text, "{BOLD}{number:>5}{BOLD:#}");
    }
    _ = writeln!(text);
    for (number, action) in law.vocabulary.actions.iter().enumerate() {
        let name: String = action.name.chars().take(25).collect();
        _ = write!(text, "{name:26}");
        for table in tables {
            let cell = table.acts.get(number).map_or_else(String::new, |act| cell(&act.total));
            _ = write!(text, "{cell:>5}");
        }
        _ = writeln!(text);
    }
    _ = writeln!(text, "{:26}{}", "rules that decide nothing", tables.iter().map(|table| format!("{:>5}", table.idle(law).len())).collect::<String>());
    text
}

fn cell(answers: &Answers) -> String {
    let shares = answers.shares();
    let counsel: f64 = shares.iter().skip(4).map(|(_, share)| share).sum();
    let most = shares
        .iter()
        .zip(LETTERS)
        .take(4)
        .map(|((_, share), letter)| (*share, letter))
        .chain(std::iter::once((counsel, 'C')))
        .fold((0.0, ' '), |most, next| if next.0 > most.0 { next } else { most });
    match most {
        (_, ' ') => "-".to_owned(),
        (share, letter) if share >= 0.995 => letter.to_string(),
        (share, letter) => format!("{letter}{:.0}", share * 100.0),
    }
}
