//! `bylaw law check`: loads the law, runs every worked case, and says what no case reaches.

use std::{io::IsTerminal, path::Path, process::ExitCode};

use bylaw_law::{Law, LoadError, Problem, RuleId, Word, check::Report};
use indicatif::ProgressBar;
use miette::{IntoDiagnostic, Result};
use serde_json::{Value, json};

use crate::{
    args::Check,
    packs,
    style::{self, BOLD, item},
};

pub(crate) fn run(packs: Option<&Path>, options: &Check) -> Result<ExitCode> {
    let files = match options.folder.as_deref().or(packs) {
        Some(folder) => packs::read(folder)?,
        None => packs::embedded(),
    };
    let law = match Law::load(&files) {
        Ok(law) => law,
        Err(error) if options.json => {
            let problems: Vec<Value> = error.problems.iter().map(problem).collect();
            anstream::println!(
                "{}",
                serde_json::to_string_pretty(&json!({ "loads": false, "problems": problems }))
                    .into_diagnostic()?
            );
            return Ok(ExitCode::from(1));
        }
        Err(error) => return Err(load_error(error)),
    };
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let report = law.check(|done| bar.set_position(done as u64));
    bar.finish_and_clear();
    if options.json {
        anstream::println!(
            "{}",
            serde_json::to_string_pretty(&as_json(&law, &report)).into_diagnostic()?
        );
    } else {
        print(&law, &report);
    }
    Ok(ExitCode::from(u8::from(!report.wrong.is_empty())))
}

fn load_error(error: LoadError) -> miette::Report {
    error.into()
}

fn print(law: &Law, report: &Report) {
    for problem in &report.wrong {
        anstream::eprintln!("{:?}", miette::Report::new(problem.clone()));
    }
    let held = report.cases - report.wrong.len();
    let outcome = if report.wrong.is_empty() {
        "every worked case holds"
    } else {
        "some worked cases do not hold"
    };
    anstream::println!("{BOLD}{outcome}{BOLD:#}: {held} of {}", report.cases);
    anstream::println!(
        "{} instruments, {} rules, {} jurisdictions",
        law.instruments.len(),
        law.rule_count(),
        law.jurisdictions().count()
    );
    if let Ok(size) = law.compile_all() {
        anstream::println!(
            "{} diagrams, {} nodes, the largest {}; {} KiB",
            size.diagrams,
            size.nodes,
            size.largest,
            size.bytes / 1024
        );
    }
    let answers: Vec<String> =
        report.answers.iter().map(|(word, cases)| format!("{} {cases}", word.name())).collect();
    anstream::println!("cases by answer: {}", answers.join(", "));
    rules(law, "rules that hold in no case", &report.never_met);
    rules(law, "rules that no case leaves unmet", &report.always_met);
    if !report.unreached.is_empty() {
        anstream::println!("answers that no case of their own jurisdiction reaches:");
        for unreached in &report.unreached {
            let act =
                law.vocabulary.actions.get(unreached.action).map_or("", |action| &action.name);
            let words: Vec<&str> = unreached.words.iter().copied().map(Word::name).collect();
            anstream::println!(
                "{}",
                item("  ", &format!("{} {act}: {}", unreached.path, words.join(", ")))
            );
        }
    }
    if !report.conflicts.is_empty() {
        let style = style::of(Word::Refer);
        anstream::println!(
            "{style}rules of one layer that can bind both ways{style:#} (the answer is refer):"
        );
        for conflict in &report.conflicts {
            anstream::println!(
                "  {} forbids, {} commands",
                law.rule(conflict.forbids).id,
                law.rule(conflict.commands).id
            );
        }
    }
}

fn rules(law: &Law, title: &str, rules: &[RuleId]) {
    if !rules.is_empty() {
        anstream::println!(
            "{}",
            item("  ", &format!("{title}: {}", names(law, rules).join(", "))).trim_start()
        );
    }
}

fn names<'a>(law: &'a Law, rules: &[RuleId]) -> Vec<&'a str> {
    rules.iter().map(|&rule| law.rule(rule).id.as_str()).collect()
}

fn problem(problem: &Problem) -> Value {
    json!({ "code": problem.code, "file": problem.file(), "line": problem.line(), "message": problem.message, "help": problem.help })
}

fn as_json(law: &Law, report: &Report) -> Value {
    let answers: serde_json::Map<String, Value> =
        report.answers.iter().map(|(word, cases)| (word.name().to_owned(), json!(cases))).collect();
    let unreached: Vec<Value> = report
        .unreached
        .iter()
        .map(|unreached| {
            let act =
                law.vocabulary.actions.get(unreached.action).map_or("", |action| &action.name);
            json!({ "jurisdiction": unreached.path, "action": act, "answers": unreached.words })
        })
        .collect();
    let conflicts: Vec<Value> = report
        .conflicts
        .iter()
        .map(|conflict| json!({ "forbids": law.rule(conflict.forbids).id, "commands": law.rule(conflict.commands).id }))
        .collect();
    json!({
        "loads": true,
        "instruments": law.instruments.len(),
        "rules": law.rule_count(),
        "cases": report.cases,
        "wrong": report.wrong.iter().map(problem).collect::<Vec<_>>(),
        "answers": answers,
        "never_met": names(law, &report.never_met),
        "always_met": names(law, &report.always_met),
        "unreached": unreached,
        "conflicts": conflicts,
    })
}
