//! `bylaw law check`: loads the law, runs every worked case, and says what no case reaches.

use std::{fmt::Write as _, io::IsTerminal, path::Path, process::ExitCode};

use bylaw_law::{Law, Problem, RuleId, Size, Word, check::Report};
use indicatif::ProgressBar;
use miette::Result;
use serde_json::{Value, json};

use crate::{
    args::Check,
    output, packs,
    style::{self, BOLD, item},
};

pub(crate) fn run(packs: Option<&Path>, options: &Check) -> Result<ExitCode> {
    let files = packs::files(options.folder.as_deref().or(packs))?;
    let law = match Law::load(&files) {
        Ok(law) => law,
        Err(error) if options.json => {
            let problems: Vec<Value> = error.problems.iter().map(problem).collect();
            output::print_json(&json!({ "loads": false, "problems": problems }))?;
            return Ok(ExitCode::from(1));
        }
        Err(error) => return Err(error.into()),
    };
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let report = law.check(|done| bar.set_position(done as u64));
    bar.finish_and_clear();
    if options.json {
        output::print_json(&as_json(&law, &report))?;
    } else {
        for problem in &report.wrong {
            output::note(format_args!("{:?}", miette::Report::new(problem.clone())));
        }
        output::print(text(&law, &report))?;
    }
    Ok(ExitCode::from(u8::from(!report.wrong.is_empty())))
}

/// The report as a person reads it; writing to a string does not fail.
fn text(law: &Law, report: &Report) -> String {
    let mut text = String::new();
    let held = report.cases - report.wrong.len();
    let outcome = if report.wrong.is_empty() {
        "every worked case holds"
    } else {
        "some worked cases do not hold"
    };
    _ = writeln!(text, "{BOLD}{outcome}{BOLD:#}: {held} of {}", report.cases);
    let (instruments, jurisdictions) = (law.instruments.len(), law.jurisdictions().count());
    _ = writeln!(
        text,
        "{instruments} instruments, {} rules, {jurisdictions} jurisdictions",
        law.rule_count()
    );
    if let Ok(Size { diagrams, nodes, largest, bytes }) = law.compile_all() {
        _ = writeln!(
            text,
            "{diagrams} diagrams, {nodes} nodes, the largest {largest}; {} KiB",
            bytes / 1024
        );
    }
    let answers: Vec<String> =
        report.answers.iter().map(|(word, cases)| format!("{} {cases}", word.name())).collect();
    _ = writeln!(text, "cases by answer: {}", answers.join(", "));
    for (title, rules) in [
        ("rules that hold in no case", &report.never_met),
        ("rules that no case leaves unmet", &report.always_met),
    ] {
        if !rules.is_empty() {
            _ = writeln!(
                text,
                "{}",
                item("", &format!("{title}: {}", names(law, rules).join(", ")))
            );
        }
    }
    if !report.unreached.is_empty() {
        _ = writeln!(text, "answers that no case of their own jurisdiction reaches:");
    }
    for unreached in &report.unreached {
        let act = law.vocabulary.actions.get(unreached.action).map_or("", |action| &action.name);
        let words: Vec<&str> = unreached.words.iter().copied().map(Word::name).collect();
        _ = writeln!(
            text,
            "{}",
            item("  ", &format!("{} {act}: {}", unreached.path, words.join(", ")))
        );
    }
    if !report.conflicts.is_empty() {
        let style = style::of(Word::Refer);
        _ = writeln!(
            text,
            "{style}rules of one layer that can bind both ways{style:#} (the answer is refer):"
        );
    }
    for conflict in &report.conflicts {
        let (forbids, commands) = (law.rule(conflict.forbids), law.rule(conflict.commands));
        _ = writeln!(text, "  {} forbids, {} commands", forbids.id, commands.id);
    }
    text
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
