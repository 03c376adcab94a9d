//! `bylaw audit` as people and programs see it.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Run, bylaw, bylaw_reading, folder};

const DAY: &str = "2026-04-29";

#[test]
fn names_on_standard_input_are_decided_one_a_line() {
    let names = "SAN DIEGO SECTOR BORDER PATROL (CA)\nAlder Grove CA PD\nEly NV PD\nWillow HOA (CA)\nCEP-NTC\nICE\n";
    let run = sharing(&["-", "--json", "--on", DAY], names);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let found: Vec<[String; 3]> = run
        .lines()
        .iter()
        .map(|line| ["organization", "class", "answer"].map(|key| text(line, key)))
        .collect();
    let expected = [
        ["SAN DIEGO SECTOR BORDER PATROL (CA)", "federal", "must_not"],
        ["Alder Grove CA PD", "california_public", "needs_facts"],
        ["Ely NV PD", "other_state_public", "must_not"],
        ["Willow HOA (CA)", "private", "must_not"],
        ["CEP-NTC", "unknown", "needs_facts"],
        ["ICE", "federal", "must_not"],
    ];
    assert_eq!(found, expected.map(|line| line.map(str::to_owned)));
    let lines = run.lines();
    assert_eq!(lines[0]["because"][0]["rule"], "CA-SB34-b");
    assert_eq!(lines[0]["evidence"]["from"], "name_pattern");
    assert_eq!(lines[0]["row"], 1);
    assert_eq!(lines[1]["settled_by"]["fact"], "purpose");
    assert_eq!(lines[1]["needs"][0], "purpose");
    assert_eq!(lines[4]["needs"][0], "requester_kind");
    assert_eq!(lines[4]["perhaps"][0], "CBP National Targeting Center");
}

/// Before the law there was nothing to break: nothing about it is in the audit.
#[test]
fn the_law_of_the_day_decides() {
    let run = sharing(&["-", "--json", "--on", "2015-06-01"], "Ely NV PD\n");
    assert_ne!(text(run.lines().first().expect("a line"), "answer"), "must_not");
    let texas = bylaw_reading(
        &["audit", "sharing", "-", "--jurisdiction", "us/tx", "--json", "--on", DAY],
        "Alder Grove CA PD\nWaco TX PD\n",
    );
    let classes: Vec<String> = texas.lines().iter().map(|line| text(line, "class")).collect();
    assert_eq!(classes, ["other_state_public", "texas_public"]);
}

#[test]
fn what_comes_in_is_the_givers_act() {
    let folder = folder("audit-directions");
    let list = folder.join("two.csv");
    let rows = "Organization Name,Networks Shared With Me,Networks I'm Sharing\nEly NV PD,Ely NV PD,\nAlder Grove CA PD,A,B\n";
    fs::write(&list, rows).expect("it is written");
    let run = sharing(&[&list.display().to_string(), "--json", "--on", DAY], "");
    let found: Vec<[String; 3]> = run
        .lines()
        .iter()
        .map(|line| ["organization", "direction", "answer"].map(|key| text(line, key)))
        .collect();
    let expected = [
        ["Ely NV PD", "inbound", "not_decided"],
        ["Alder Grove CA PD", "outbound", "needs_facts"],
        ["Alder Grove CA PD", "inbound", "needs_facts"],
    ];
    assert_eq!(found, expected.map(|line| line.map(str::to_owned)));
}

#[test]
fn as_a_person_reads_it() {
    let names = "SAN DIEGO SECTOR BORDER PATROL (CA)\nAlder Grove CA PD\nEly NV PD\nAlder Grove CA PD\nWillow Pointe (CA)\nCEP-NTC\nDNU - Redbud PD CA\n";
    let run = sharing(&["-", "--on", DAY], names);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!("audit-sharing-text", run.transcript());
}

#[test]
fn what_cannot_be_read_is_named_and_the_others_are_decided() {
    let folder = folder("audit-unread");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("it is written");
        path.display().to_string()
    };
    let good = file("good.txt", b"Ely NV PD\n");
    let latin = file("latin.txt", b"Ely NV PD\nSheriff\x92s Office\n");
    let missing = folder.join("missing.csv").display().to_string();
    let run = sharing(&[&latin, &missing, &good, "--json", "--on", DAY], "");
    assert_eq!((run.code, run.lines().len()), (Some(2), 1));
    assert!(run.err.contains("latin.txt, row 2: it is not in UTF-8"), "{}", run.err);
    assert!(run.err.contains("missing.csv: it cannot be opened"), "{}", run.err);

    let run = sharing(&[&good, "--actor", "city_polize"], "");
    assert_eq!(run.code, Some(2), "{}", run.err);
    let run = bylaw(&["audit", "sharing", &good, "--jurisdiction", "us"]);
    assert!(run.code == Some(1) && run.err.contains("lies in no state"), "{}", run.err);
    let registry =
        file("registry.csv", b"name,aliases,class,state,kind,source\nEly,,publik,NV,,x\n");
    let run = sharing(&[&good, "--registry", &registry], "");
    assert!(run.code == Some(1) && run.err.contains("row 2"), "{}", run.err);
}

#[test]
fn a_registry_is_made_and_used() {
    let folder = folder("audit-registry");
    let (other, ours) = (folder.join("other.csv"), folder.join("ours.csv"));
    let rows = "names,agency_role,state,tags\nWillow Pointe,police,CA,public\n,police,CA,public\n";
    fs::write(&other, rows).expect("it is written");
    let (other, ours) = (other.display().to_string(), ours.display().to_string());
    let run = bylaw(&["audit", "registry", &other, "-o", &ours]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.err.contains("row 3: it has no name") && run.err.contains("1 rows written"),
        "{}",
        run.err
    );
    for registry in [&other, &ours] {
        let run =
            sharing(&["-", "--json", "--registry", registry, "--on", DAY], "Willow Pointe (CA)\n");
        let line = run.lines().remove(0);
        assert_eq!(text(&line, "class"), "california_public");
        assert_eq!(line["evidence"]["from"], "registry");
    }
}

fn sharing(arguments: &[&str], input: &str) -> Run {
    let whole = [&["audit", "sharing", "--jurisdiction", "us/ca"], arguments].concat();
    bylaw_reading(&whole, input)
}

fn text(line: &Value, key: &str) -> String {
    line[key].as_str().expect("it is text").to_owned()
}
