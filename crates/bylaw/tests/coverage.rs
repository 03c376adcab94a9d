//! `bylaw law coverage` as people and programs see it: text, JSON, pages, errors.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Run, SMALL, bylaw, copy, folder, html};

/// A neighbor of the small law's town, which binds library staff only.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/beside");

const DAY: &str = "2026-11-22";

#[test]
fn as_a_person_reads_it() {
    let packs = both("coverage-text");
    for (name, arguments) in [
        ("side-by-side", &[][..]),
        ("town", &["town"]),
        ("village", &["village"]),
        ("letters", &["town", "--when", "context.paper == Paper::\"letter\""]),
        ("no-case", &["village", "--when", "context.actor_kind == ActorKind::\"police\""]),
        ("json", &["village", "--json"]),
    ] {
        let run = coverage(&packs, arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{name}");
        insta::assert_snapshot!(format!("coverage-{name}"), run.transcript());
    }
}

#[test]
fn sixteen_laws_fit_a_terminal() {
    let run = bylaw(&["law", "coverage", "--on", DAY]);
    let widest = run.out.lines().map(|line| line.chars().count()).max().expect("it has lines");
    assert!(widest <= 80, "{widest}");
}

#[test]
fn shares_are_of_all_cases() {
    let json = bylaw(&["law", "coverage", "--on", DAY, "--json"]).json();
    let mut seen = 0;
    for act in list(&json["jurisdictions"]).iter().flat_map(|law| list(&law["acts"])) {
        let by_actor = list(&act["by_actor"]).iter().map(|actor| &actor["answers"]);
        for answers in by_actor.chain([&act["answers"]]) {
            let shares = answers.as_object().expect("by answer").values();
            let whole: f64 = shares.map(|share| share.as_f64().expect("a share")).sum();
            assert!(whole == 0.0 || (whole - 1.0).abs() < 1e-9, "{act}");
            seen += 1;
        }
    }
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn the_picture_has_every_act_of_every_law() {
    let page = bylaw(&["law", "coverage", "--on", DAY, "--html"]).out;
    let elements = html::check(&page);
    let json = bylaw(&["law", "coverage", "--on", DAY, "--json"]).json();
    let laws = list(&json["jurisdictions"]);
    let acts = list(&laws[0]["acts"]).len();
    let bars: Vec<&str> = elements
        .iter()
        .filter(|element| element.name == "title" && element.within.iter().any(|name| name == "td"))
        .map(|element| element.text.as_str())
        .collect();
    assert_eq!(bars.len(), laws.len() * acts);
    for (row, bars) in bars.chunks(laws.len()).enumerate() {
        for (law, bar) in laws.iter().zip(bars) {
            let answers = &law["acts"][row]["answers"];
            let forbids = answers["must_not"].as_f64().expect("a share") > 0.0;
            let silent = answers["silent"].as_f64().expect("a share") > 0.0;
            assert_eq!(bar.contains("must not"), forbids, "{bar}: {answers}");
            assert_eq!(bar.contains("silent"), silent, "{bar}: {answers}");
        }
    }
    for law in laws {
        assert!(page.contains(&format!("<code>{}</code>", text_of(&law["jurisdiction"]))));
    }
}

#[test]
fn the_page_of_one_law_has_every_act_and_every_idle_rule() {
    let packs = both("coverage-page");
    let day = ["law", "coverage", "--on", DAY];
    let mut idle_rules = 0;
    for arguments in [
        &["us/ca/los-angeles"][..],
        &["us/ma/boston", "--when", "true"],
        &["village", "--packs", text(&packs)],
        &["village", "--packs", text(&packs), "--when", "context.hours > 24"],
        &["village", "--packs", text(&packs), "--when", "false"],
    ] {
        let page = bylaw(&[&day, arguments, &["--html"]].concat());
        assert_eq!((page.code, page.err.as_str()), (Some(0), ""), "{arguments:?}");
        html::check(&page.out);
        let json = bylaw(&[&day, arguments, &["--json"]].concat()).json();
        for act in list(&json["jurisdictions"][0]["acts"]) {
            let name = format!("<code>{}</code>", text_of(&act["action"]));
            assert_eq!(page.out.matches(&name).count(), 1, "{name}");
        }
        let (acts, idle) = page.out.split_once("<h2 id=\"idle\">").unwrap_or((&page.out, ""));
        assert!(acts.contains("how far the law reaches"));
        // A rule about one act is idle where it is idle there.
        for rule in list(&json["jurisdictions"][0]["acts"])
            .iter()
            .flat_map(|act| list(&act["idle"]))
            .filter(|rule| ["VIL-3", "VIL-1/letter"].contains(&text_of(&rule["rule"])))
        {
            assert!(idle.contains(&format!("<code>{}</code>", text_of(&rule["rule"]))), "{rule}");
            idle_rules += 1;
        }
    }
    assert!(idle_rules > 0);
}

#[test]
fn what_cannot_be_looked_at_is_told() {
    let packs = both("coverage-errors");
    let mut reports = String::new();
    for arguments in [
        &["villages"][..],
        &["village", "--on", "2025-05-31"],
        &["town", "--when", "context.paper =="],
        &["town", "--when", "context.paper == Paper::\"leter\""],
        &["town", "--when", "context.hours > 11"],
        &["village", "--when", "context.term.order"],
    ] {
        let run = coverage(&packs, arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{arguments:?}");
        reports += &run.transcript();
    }
    insta::assert_snapshot!("coverage-errors", reports);
}

/// The small law and its neighbor in one folder.
fn both(test: &str) -> PathBuf {
    let packs = folder(test);
    copy(Path::new(SMALL), &packs);
    copy(Path::new(BESIDE), &packs);
    packs
}

fn coverage(packs: &Path, arguments: &[&str]) -> Run {
    let day: &[&str] = if arguments.contains(&"--on") { &[] } else { &["--on", DAY] };
    bylaw(&[&["law", "coverage", "--packs", text(packs)], day, arguments].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of a test is text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("text")
}
