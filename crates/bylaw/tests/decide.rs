//! `bylaw decide` on one request, and the program's own help: what a person reads, what a machine
//! reads, and every error.

mod support;

use std::path::Path;

use support::{Run, SMALL, bylaw, bylaw_reading, entries, folder};

/// Every request of `tests/requests`: its name begins with the answer that it must get.
#[test]
fn requests_get_the_answers_they_are_named_for() {
    for (path, name) in entries(Path::new("tests/requests")) {
        let path = path.to_str().expect("a path is text");
        let name = name.strip_suffix(".json").expect("a request is JSON");
        let (answer, _) = name.split_once('-').expect("a name begins with the answer");
        let decide = |more: &[&str]| -> Run {
            let mut arguments = vec!["decide", path];
            if name.contains("town") {
                arguments.extend(["--packs", SMALL]);
            }
            arguments.extend(more);
            bylaw(&arguments)
        };
        let json = decide(&["--json"]);
        assert_eq!((json.code, json.err.as_str()), (Some(0), ""), "{name}");
        assert_eq!(json.json()["answer"], answer, "{name}");
        insta::assert_snapshot!(name, decide(&[]).transcript());
    }
}

#[test]
fn json_says_all_that_a_person_reads() {
    for name in ["must_not-police-settled-fact", "refer-hospital-status-contested"] {
        let run = bylaw(&["decide", "--json", &format!("tests/requests/{name}.json")]);
        insta::assert_snapshot!(format!("json-{name}"), run.transcript());
    }
}

#[test]
fn the_day_comes_from_the_request_then_from_the_option() {
    let request = |on: &str| {
        format!(
            r#"{{"jurisdiction": "us/ca/los-angeles"{on}, "facts": {{"action": "disclose_information", "actor_kind": "library_staff",
                "requester_kind": "ice_ero", "purpose": "civil_immigration_enforcement", "info_category": "home_or_work_address"}}}}"#
        )
    };
    let decide = |request: &str| {
        bylaw_reading(&["decide", "-", "--json", "--on", "2010-06-01"], request).json()
    };
    assert_eq!(decide(&request(""))["on"], "2010-06-01");
    assert_eq!(decide(&request(r#", "on": null"#))["on"], "2010-06-01");
    assert_eq!(decide(&request(r#", "on": "2020-02-29""#))["on"], "2020-02-29");
}

#[test]
fn the_jurisdiction_comes_from_the_request_then_from_the_option() {
    let facts = r#""facts": {"action": "enter", "actor_kind": "police"}"#;
    let arguments =
        ["decide", "-", "--json", "--packs", SMALL, "--on", "2026-11-22", "--jurisdiction", "town"];
    let run = bylaw_reading(&arguments, format!("{{{facts}}}"));
    assert_eq!(
        (run.code, run.json()["answer"].as_str()),
        (Some(0), Some("needs_facts")),
        "{}",
        run.err
    );
    let run = bylaw_reading(&arguments, format!(r#"{{"jurisdiction": "village", {facts}}}"#));
    assert_eq!(run.code, Some(2), "{}", run.out);
}

#[test]
fn unstated_facts_are_never_false_unless_asked_for() {
    let request = r#"{"facts": {"action": "record", "actor_kind": "police", "signed": false}}"#;
    let arguments =
        ["decide", "-", "--packs", SMALL, "--on", "2026-11-22", "--jurisdiction", "town"];
    let open = bylaw_reading(&arguments, request);
    let absent = bylaw_reading(&[&arguments[..], &["--otherwise", "absent"]].concat(), request);
    insta::assert_snapshot!("unstated", open.transcript());
    insta::assert_snapshot!("unstated-absent", absent.transcript());
}

/// A request, or its bytes where it is none, and the code of the error that it gets.
const BAD_REQUESTS: &[(&str, &str, &str)] = &[
    (
        "a typo in a fact",
        r#"{"jurisdiction": "us/ca", "facts": {"actor_kid": "city_police"}}"#,
        "law::unknown_fact",
    ),
    (
        "nothing like a fact",
        r#"{"jurisdiction": "us/ca", "facts": {"weather at the door on that day, as far as anyone remembers it": 1}}"#,
        "law::unknown_fact",
    ),
    (
        "a typo in a value",
        r#"{"jurisdiction": "us/ca", "facts": {"requester_kind": "ice_er0"}}"#,
        "law::unknown_value",
    ),
    (
        "a typo in the act",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "disclose_informatoin"}}"#,
        "law::unknown_value",
    ),
    (
        "an act that is a number",
        r#"{"jurisdiction": "us/ca", "facts": {"action": 7}}"#,
        "law::wrong_type",
    ),
    (
        "a typo in the jurisdiction",
        r#"{"jurisdiction": "us/ca/los_angeles", "facts": {"action": "adopt_policy"}}"#,
        "law::unknown_jurisdiction",
    ),
    (
        "text for true or false",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "in_custody": "true"}}"#,
        "law::wrong_type",
    ),
    (
        "a number for a name",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "purpose": 3}}"#,
        "law::wrong_type",
    ),
    (
        "a list of names",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "purpose": ["x"]}}"#,
        "law::wrong_type",
    ),
    (
        "text for a number",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "years_since_conviction": "5"}}"#,
        "law::wrong_type",
    ),
    (
        "below the range",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "years_since_conviction": -1}}"#,
        "law::out_of_range",
    ),
    (
        "above the range",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "years_since_conviction": 100}}"#,
        "law::out_of_range",
    ),
    (
        "a fraction",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "years_since_conviction": 4.5}}"#,
        "law::out_of_range",
    ),
    (
        "a fact given twice",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "in_custody": true, "in_custody": true}}"#,
        "law::duplicate_fact",
    ),
    (
        "two acts",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy", "action": "adopt_policy"}}"#,
        "law::duplicate_fact",
    ),
    (
        "no act",
        r#"{"jurisdiction": "us/ca", "facts": {"actor_kind": "city_police"}}"#,
        "law::missing_action",
    ),
    ("no jurisdiction", r#"{"facts": {"action": "adopt_policy"}}"#, "law::missing_jurisdiction"),
    (
        "not a date",
        r#"{"jurisdiction": "us/ca", "on": "2026-02-30", "facts": {"action": "adopt_policy"}}"#,
        "law::bad_date",
    ),
    (
        "a date before any law",
        r#"{"jurisdiction": "us/ca", "on": "1700-01-01", "facts": {"action": "adopt_policy"}}"#,
        "law::before_any_law",
    ),
    (
        "an actor of another place",
        r#"{"jurisdiction": "us/ca/los-angeles", "facts": {"action": "grant_nonpublic_access", "actor_kind": "school_employee"}}"#,
        "law::actor_not_bound",
    ),
    (
        "a misspelled field",
        r#"{"jurisdiction": "us/ca", "fact": {"action": "adopt_policy"}}"#,
        "law::malformed",
    ),
    ("no facts", r#"{"jurisdiction": "us/ca"}"#, "law::malformed"),
    ("facts in a list", r#"{"jurisdiction": "us/ca", "facts": ["action"]}"#, "law::malformed"),
    (
        "malformed JSON",
        r#"{"jurisdiction": "us/ca", "facts": {"action" "adopt_policy"}}"#,
        "law::malformed",
    ),
    (
        "two requests",
        r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy"}} {}"#,
        "law::malformed",
    ),
    ("empty input", "", "law::malformed"),
];

#[test]
fn bad_requests_are_reported_with_their_remedy() {
    let mut reports = String::new();
    for (title, request, code) in BAD_REQUESTS {
        let run = bylaw_reading(&["decide", "-", "--on", "2026-11-22"], request);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{title}");
        assert!(run.err.contains(code), "{title}: {}", run.err);
        reports += &format!("===== {title}\n{request}\n{}\n", run.transcript());
    }
    insta::assert_snapshot!("bad-requests", reports);
}

#[test]
fn requests_that_are_too_long_are_refused() {
    let padded = |bytes: usize| {
        let request = r#"{"jurisdiction": "us/ca", "facts": {"action": "adopt_policy"}}"#;
        format!("{request}{}", " ".repeat(bytes - request.len()))
    };
    let most = bylaw_reading(&["decide", "-", "--on", "2026-11-22"], padded(1 << 20));
    assert_eq!(most.code, Some(0), "{}", most.err);
    let more = bylaw_reading(&["decide", "-", "--on", "2026-11-22"], padded((1 << 20) + 1));
    insta::assert_snapshot!("too-long", more.transcript());
}

#[test]
fn files_and_arguments_that_do_not_work_are_reported() {
    let empty = folder("no-packs");
    let empty = empty.to_str().expect("a path is text");
    let runs: &[&[&str]] = &[
        &["decide", "no-such-file.json"],
        &["decide", "tests"],
        &["decide"],
        &["decide", "-", "--batch", "-"],
        &["decide", "-", "-o", "out.jsonl"],
        &["decide", "-", "--on", "2026-02-30"],
        &["decide", "-", "--otherwise", "false"],
        &["decide", "--batch", "no-such-file.jsonl"],
        &[
            "decide",
            "--batch",
            "tests/requests/may-town-protected.json",
            "-o",
            "no-such-folder/out.jsonl",
        ],
        &["--packs", "no-such-folder", "decide", "-"],
        &["--packs", empty, "decide", "-"],
        &["decode"],
        &[],
    ];
    let mut reports = String::new();
    for arguments in runs {
        let run = bylaw(arguments);
        assert_ne!(run.code, Some(0), "{arguments:?}");
        reports += &format!("===== bylaw {}\n{}\n", arguments.join(" "), run.transcript());
    }
    insta::assert_snapshot!("files-and-arguments", reports.replace(empty, "[EMPTY]"));
}

#[test]
fn every_command_has_help_with_an_example() {
    let commands: &[&[&str]] = &[
        &[],
        &["decide"],
        &["ask"],
        &["law"],
        &["law", "check"],
        &["law", "show"],
        &["law", "sources"],
        &["law", "summary"],
        &["audit"],
        &["audit", "explain"],
        &["audit", "formats"],
        &["audit", "log"],
        &["audit", "sharing"],
        &["audit", "registry"],
        &["law", "check-certificate"],
        &["law", "fmt"],
        &["serve"],
        &["token"],
        &["token", "create"],
        &["ledger"],
        &["ledger", "verify"],
        &["ledger", "check"],
        &["records"],
        &["records", "backup"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        let run = bylaw(&[command, &["--help"][..]].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{command:?}");
        insta::assert_snapshot!(format!("help-{}", command.join("-")), run.transcript());
    }
    let version = bylaw(&["--version"]);
    assert_eq!(version.out, concat!("bylaw ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn completions_name_every_command_and_option() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = bylaw(&["completions", shell]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{shell}");
        for name in [
            "decide",
            "ask",
            "law",
            "check",
            "show",
            "fmt",
            "completions",
            "man",
            "batch",
            "otherwise",
            "packs",
        ] {
            assert!(run.out.contains(name), "{shell} does not know {name}");
        }
    }
}

#[test]
fn manual_pages_are_one_for_each_command() {
    let run = bylaw(&["man"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.contains(".TH bylaw 1"), "{}", run.out);
    for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH SUBCOMMANDS"]
    {
        assert!(run.out.contains(section), "no {section}");
    }
    let pages = folder("manual");
    assert_eq!(bylaw(&["man", pages.to_str().expect("a path is text")]).code, Some(0));
    let names: Vec<String> = entries(&pages).into_iter().map(|(_, name)| name).collect();
    let commands = "-ask -audit-explain -audit-formats -audit-log -audit-registry -audit-sharing -audit -completions -decide -law-check-certificate -law-check -law-compare -law-coverage -law-fmt -law-prove \
        -law-show -law-sources -law-summary -law -ledger-check \
        -ledger-export -ledger-init -ledger-proof -ledger-verify -ledger-witness -ledger -man \
        -records-backup -records-hold -records-holds -records-lift -records-list -records-purge \
        -records-show -records-verify -records -serve -token-create -token-list -token-revoke -token";
    let expected: Vec<&str> = commands.split_whitespace().chain([""]).collect();
    let expected: Vec<String> = expected.iter().map(|name| format!("bylaw{name}.1")).collect();
    assert_eq!(names, expected);
}
