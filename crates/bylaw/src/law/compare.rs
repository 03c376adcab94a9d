//! `bylaw law compare`: every kind of case in which two laws answer differently.

mod json;
mod laws;
mod page;
mod pairs;
mod text;

use std::{io::IsTerminal, path::Path, process::ExitCode};

use bylaw_law::{Comparison, Law, compare::actors, vocabulary::ActionId};
use indicatif::ProgressBar;
use miette::{Result, miette};
use serde_json::Value;

use crate::{
    args::{Compare, Only},
    output,
};
use laws::{Laws, Pair};

pub(crate) fn run(packs: Option<&Path>, options: &Compare) -> Result<ExitCode> {
    let laws = Laws::load(packs, options)?;
    let pairs = laws.pairs(options)?.into_iter();
    let reports: Vec<Report<'_>> =
        pairs.map(|pair| Report::new(pair, options)).collect::<Result<_>>()?;
    let left_out = laws.left_out(options);
    if options.json {
        let values: Vec<Value> = reports.iter().map(Report::as_json).collect();
        match values.as_slice() {
            [only] if options.a.is_some() => output::print_json(only)?,
            _ => output::print_json(&values)?,
        }
    } else if options.html {
        output::print(page::page(&reports, &left_out))?;
    } else {
        output::print(text::text(&reports, &left_out, options.most))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Two laws, compared act by act.
struct Report<'a> {
    pair: Pair<'a>,
    /// Actors asked about, then those bound by the first law only, by the second only; one bit a
    /// class.
    actors: (u64, u64, u64),
    /// Differences that were not asked for are missing.
    only: Option<Only>,
    /// The one kind of staff that was asked about.
    actor: Option<String>,
    /// Acts about which they differ, those most of which differ first.
    differing: Vec<Comparison>,
    /// Acts about which they never differ.
    same: Vec<ActionId>,
}

impl<'a> Report<'a> {
    fn new(pair: Pair<'a>, options: &Compare) -> Result<Self> {
        let law = pair.a.law;
        let (both, only_a, only_b) = match actors(pair.a, pair.b) {
            // Whom a draft begins or ceases to bind is among what it changes.
            (both, only_a, only_b) if pair.drafted => (both | only_a | only_b, 0, 0),
            bound => bound,
        };
        let asked = chosen_actors(law, options.actor.as_deref(), both)?;
        let acts = chosen_acts(law, options.action.as_deref())?;
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(acts.len() as u64)
        } else {
            ProgressBar::hidden()
        };
        let (mut differing, mut same) = (Vec::new(), Vec::new());
        for action in acts {
            let mut comparison = bylaw_law::compare(pair.a, pair.b, action, asked)?;
            bar.inc(1);
            keep_only(&mut comparison, options.only);
            if comparison.classes.is_empty() {
                same.push(action);
            } else {
                differing.push(comparison);
            }
        }
        bar.finish_and_clear();
        differing.sort_by(|x, y| y.share().total_cmp(&x.share()));
        let (actors, actor) = ((asked, only_a, only_b), options.actor.clone());
        Ok(Self { pair, actors, only: options.only, actor, differing, same })
    }

    /// How many kinds of situation differ.
    fn kinds(&self) -> usize {
        self.differing.iter().map(|comparison| comparison.classes.len()).sum()
    }

    fn act_name(&self, action: ActionId) -> &'a str {
        self.pair.a.law.vocabulary.actions.get(action).map_or("", |act| act.name.as_str())
    }

    fn act_says(&self, action: ActionId) -> &'a str {
        self.pair.a.law.vocabulary.actions.get(action).map_or("", |act| act.say.as_str())
    }
}

fn chosen_actors(law: &Law, name: Option<&str>, both: u64) -> Result<u64> {
    let (Some(name), Some(kinds)) = (name, law.vocabulary.facts.get(law.vocabulary.actor_kind()))
    else {
        return Ok(both);
    };
    let names: Vec<String> = (0..kinds.classes()).map(|class| kinds.class_name(class)).collect();
    match kinds.class_of(name) {
        Some(class) if both & (1 << class) != 0 => Ok(1 << class),
        Some(_) => Err(miette!(
            help = "leave --actor out to see whom both bind",
            "`{name}` is not bound by both laws"
        )),
        None => {
            let help = bylaw_law::nearest(name, names.iter().map(String::as_str));
            Err(miette!(help = help, "`actor_kind` has no value `{name}`"))
        }
    }
}

fn chosen_acts(law: &Law, name: Option<&str>) -> Result<Vec<ActionId>> {
    let Some(name) = name else { return Ok((0..law.vocabulary.actions.len()).collect()) };
    law.vocabulary.action_id(name).map(|action| vec![action]).ok_or_else(|| {
        let acts = law.vocabulary.actions.iter().map(|action| action.name.as_str());
        miette!(help = bylaw_law::nearest(name, acts), "unknown act `{name}`")
    })
}

/// Drops the classes that were not asked for; what is left is counted anew.
fn keep_only(comparison: &mut Comparison, only: Option<Only>) {
    let Some(only) = only else { return };
    comparison.classes.retain(|class| match only {
        Only::Stricter => class.stricter(),
        Only::Looser => class.looser(),
    });
    comparison.differing = comparison.classes.iter().map(|class| class.cases).sum();
}
