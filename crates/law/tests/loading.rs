//! Every law that cannot be run is refused, with the file, the line, an excerpt and the remedy.
//!
//! Each file of `tests/loading/` is a law of its own beside the small vocabulary there: one file,
//! or several, each after a line `%%% path`; one that begins `claims_` holds claims about the law of
//! `tests/loading/claimed/`. Its report is a snapshot of the same name.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::{fmt::Write as _, fs, path::Path};

use bylaw_law::{Law, LoadError, SourceFile};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

const VOCABULARY: &str = include_str!("loading/vocabulary.cedarschema");

/// The law that the claims among the fixtures speak about.
const CLAIMED: &str = include_str!("loading/claimed/law.md");

#[test]
fn every_refusal_says_where_and_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loading");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the fixtures can be read")
        .filter_map(|entry| {
            let name = entry.expect("the fixtures can be read").file_name();
            Some(name.to_str()?.strip_suffix(".md")?.to_owned())
        })
        .collect();
    names.sort_unstable();
    assert!(names.len() >= 80, "{} fixtures", names.len());
    for name in names {
        let error = refusal(&fixture(&name), &name);
        for problem in &error.problems {
            assert!(problem.file().is_some(), "{name}: no file: {problem}");
            assert!(problem.line().is_some(), "{name}: no line: {problem}");
            assert!(problem.help.is_some(), "{name}: no remedy: {problem}");
        }
        insta::assert_snapshot!(name.clone(), report(&error));
    }
}

#[test]
fn every_problem_of_every_file_is_reported_at_once() {
    let error = refusal(&fixture("many_problems"), "many_problems");
    let mut files: Vec<&str> = error.problems.iter().filter_map(|problem| problem.file()).collect();
    files.dedup();
    let all = ["state/guidance.md", "state/law.md", "state/town/law.md", "state/village/law.md"];
    assert_eq!(files, all, "file by file");
    let mut codes: Vec<&str> = error.problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    codes.dedup();
    for code in [
        "law::case",
        "law::cedar",
        "law::front_matter",
        "law::guidance",
        "law::missing_citation",
        "law::missing_status",
        "law::outside_subset",
        "law::unknown_annotation",
        "law::unknown_fact",
        "law::unknown_rule",
        "law::unknown_value",
    ] {
        assert!(codes.contains(&code), "{code} is not reported: {codes:?}");
    }
    for pair in error.problems.windows(2) {
        let [before, after] = pair else { continue };
        assert!((before.file(), before.line()) <= (after.file(), after.line()), "in order");
    }
}

#[test]
fn a_name_too_long_for_a_slip_is_compared_with_nothing() {
    let (known, slip) = ("a".repeat(64), "a".repeat(63) + "b");
    let help = |name: &str| bylaw_law::nearest(name, [known.as_str()].into_iter());
    assert_eq!(help(&slip), format!("did you mean `{known}`?"));
    assert_eq!(help(&format!("{slip}b")), format!("one of: {known}"));
}

#[test]
fn a_law_without_a_vocabulary_is_refused() {
    let error = Law::load(&[]).expect_err("there is nothing to load");
    insta::assert_snapshot!("no_vocabulary", report(&error));
}

/// Rules that each tie two far facts together: the answer must tell apart every way in which they
/// may hold.
#[test]
fn a_law_that_outgrows_the_node_budget_is_refused_with_the_rules() {
    const PAIRS: usize = 17;
    let mut vocabulary = String::from(VOCABULARY);
    let mut facts = String::new();
    let mut rules = String::new();
    for side in ["left", "right"] {
        for pair in 0..PAIRS {
            write!(
                facts,
                "@group(\"Pairs\") @ask(\"?\") @help(\"?\") @who(\"desk\") {side}_{pair}: Bool,\n  "
            )
            .expect("text can be written");
        }
    }
    for pair in 0..PAIRS {
        writeln!(
            rules,
            "@id(\"PAIR-{pair}\")\n@cite(\"Ord. 1\")\n@status(\"drafted: a fixture\")\n\
             permit (principal, action == Action::\"enter\", resource)\n\
             when {{ context.left_{pair} && context.right_{pair} }};\n"
        )
        .expect("text can be written");
    }
    vocabulary = vocabulary.replace("type Facts = {\n  ", &format!("type Facts = {{\n  {facts}"));
    let (front, _) = include_str!("loading/unknown_fact.md")
        .split_once("```cedar")
        .expect("the fixture has a rule");
    let pack = format!("{front}```cedar\n{rules}```\n");
    let files = [
        SourceFile::new("vocabulary.cedarschema", vocabulary),
        SourceFile::new("town/law.md", pack),
    ];
    insta::assert_snapshot!("node_budget", report(&refusal(&files, "node_budget")));
}

/// One rule alone can outgrow the budget: it is told so, not that it can never hold.
#[test]
fn a_rule_that_outgrows_the_node_budget_alone_is_refused_as_such() {
    const PAIRS: usize = 20;
    let mut facts = String::new();
    for side in ["left", "right"] {
        for pair in 0..PAIRS {
            write!(
                facts,
                "@group(\"Pairs\") @ask(\"?\") @help(\"?\") @who(\"desk\") {side}_{pair}: Bool,\n  "
            )
            .expect("text can be written");
        }
    }
    let vocabulary =
        VOCABULARY.replace("type Facts = {\n  ", &format!("type Facts = {{\n  {facts}"));
    let pairs: Vec<String> =
        (0..PAIRS).map(|pair| format!("context.left_{pair} == context.right_{pair}")).collect();
    let pack = include_str!("loading/unknown_fact.md")
        .replace("context.privat ", &format!("{} ", pairs.join(" && ")));
    let files = [
        SourceFile::new("vocabulary.cedarschema", vocabulary),
        SourceFile::new("town/law.md", pack),
    ];
    let error = refusal(&files, "one rule that outgrows the budget");
    let problems: Vec<(&str, &str)> =
        error.problems.iter().map(|problem| (problem.code, problem.message.as_str())).collect();
    assert!(
        matches!(problems.as_slice(), [("law::node_budget", message)] if message.contains('A')),
        "{problems:?}"
    );
}

/// A claim that speaks of no case loads, as the law may change, and proves nothing.
#[test]
fn a_claim_that_speaks_of_no_possible_case_is_refused_when_it_is_proved() {
    let text = include_str!("loading/claims_unknown_term.md").replace(
        "context.term.judges_papers",
        "context.term.judges_paper && context.paper == Paper::\"agency\"",
    );
    let files = [
        SourceFile::new("vocabulary.cedarschema", VOCABULARY),
        SourceFile::new("town/law.md", CLAIMED),
        SourceFile::new("town/promises.claims.md", text),
    ];
    let law = Law::load(&files).expect("it loads");
    let [claim] = law.claims.as_slice() else { panic!("one claim: {:?}", law.claims) };
    let problem = law.prove(claim, |_| ()).expect_err("it speaks of no case");
    insta::assert_snapshot!("claims_vacuous", report(&problem));
}

/// The files of a fixture, with the vocabulary.
fn fixture(name: &str) -> Vec<SourceFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loading");
    let text = fs::read_to_string(folder.join(format!("{name}.md"))).expect("a fixture");
    let mut files = vec![SourceFile::new("vocabulary.cedarschema", VOCABULARY)];
    let claims = name.starts_with("claims_");
    if claims {
        files.push(SourceFile::new("town/law.md", CLAIMED));
    }
    match text.strip_prefix("%%% ") {
        None if claims => files.push(SourceFile::new("town/promises.claims.md", text)),
        None => files.push(SourceFile::new("town/law.md", text)),
        Some(parts) => {
            for part in parts.split("\n%%% ") {
                let (path, text) = part.split_once('\n').expect("a path, then the text");
                files.push(SourceFile::new(path, format!("{text}\n")));
            }
        }
    }
    files
}

fn refusal(files: &[SourceFile], name: &str) -> LoadError {
    match Law::load(files) {
        Err(error) => error,
        Ok(_) => panic!("{name} loads"),
    }
}

/// The report as a person reads it, without color, 100 columns wide.
fn report(error: &dyn Diagnostic) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_links(false);
    let mut text = String::new();
    handler.render_report(&mut text, error).expect("a report can be written");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
