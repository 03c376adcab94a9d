//! `bylaw law`: checking, showing and formatting packs; and every command where nobody reads on, or
//! the disk is full.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod support;

use std::{
    fs::{self, File},
    io::pipe,
    path::{Path, PathBuf},
    process::Stdio,
};

use support::{PACKS, Run, SMALL, bylaw, command, copy, entries, folder};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path is text")
}

/// A copy of a folder of packs with one file changed.
fn changed(test: &str, packs: &str, file: &str, from: &str, to: &str) -> PathBuf {
    let folder = folder(test);
    copy(Path::new(packs), &folder);
    let path = folder.join(file);
    let before = fs::read_to_string(&path).expect("the pack is there");
    assert_eq!(before.matches(from).count(), 1, "{from}");
    fs::write(&path, before.replace(from, to)).expect("the pack is written");
    folder
}

#[test]
fn the_packs_in_the_program_hold() {
    let run = bylaw(&["law", "check"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    assert!(run.out.starts_with("every worked case holds: "), "{}", run.out);
    let report = bylaw(&["law", "check", "--json"]).json();
    assert_eq!(report["wrong"], serde_json::json!([]));
    assert_eq!(report["never_met"], serde_json::json!([]));
    assert!(report["cases"].as_u64() >= Some(400), "{}", report["cases"]);
}

#[test]
fn a_folder_of_packs_is_checked_as_those_in_the_program() {
    let embedded = bylaw(&["law", "check"]);
    for arguments in [&["law", "check", PACKS][..], &["law", "check", "--packs", PACKS]] {
        let run = bylaw(arguments);
        assert_eq!((run.code, &run.out), (Some(0), &embedded.out));
    }
    insta::assert_snapshot!("check-small", bylaw(&["law", "check", SMALL]).transcript());
    insta::assert_snapshot!(
        "check-small-json",
        bylaw(&["law", "check", SMALL, "--json"]).transcript()
    );
}

#[test]
fn a_wrong_case_fails_the_check() {
    let row = "| four hours | actor_kind=police, hours=4, signed=false | may | ORD-2 |";
    let wrong = changed(
        "wrong-case",
        SMALL,
        "town/doors.md",
        row,
        "| four hours | actor_kind=police, hours=4, signed=false | must_not | ORD-1 |",
    );
    let run = bylaw(&["law", "check", text(&wrong)]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!("check-wrong-case", run.transcript());
    let run = bylaw(&["law", "check", "--json", text(&wrong)]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.json()["wrong"].as_array().map(Vec::len), Some(1), "{}", run.out);
}

#[test]
fn a_law_that_does_not_load_reports_every_problem() {
    let broken =
        changed("broken", SMALL, "town/doors.md", "context.hours <= 12", "context.minutes <= 12");
    fs::write(broken.join("town/library.md"), "# No front matter\n").expect("the pack is written");
    let run = bylaw(&["law", "check", text(&broken)]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!("check-broken", run.transcript());
    let run = bylaw(&["law", "check", "--json", text(&broken)]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!("check-broken-json", run.transcript());
    // Nothing is decided by a law that does not load.
    let run =
        bylaw(&["decide", "--packs", text(&broken), "tests/requests/may-town-protected.json"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
}

#[test]
fn the_law_is_shown_as_a_person_reads_it() {
    let rows: &[(&str, &[&str])] = &[
        ("rule", &["CA-7284.6-a1C"]),
        ("rule-overridden", &["LA-ORD-7"]),
        ("instrument", &["us/ca/los-angeles/special-order-40"]),
        ("jurisdiction", &["us/ca/los-angeles"]),
        ("jurisdiction-2018", &["us/ca/los-angeles", "--on", "2018-06-01"]),
        ("facts", &["facts", "--packs", SMALL]),
        ("overview", &["--packs", SMALL]),
        ("rule-json", &["ORD-2/letter", "--packs", SMALL, "--json"]),
    ];
    for (name, what) in rows {
        let day = if what.contains(&"--on") { &[][..] } else { &["--on", "2026-11-22"] };
        let run = bylaw(&[&["law", "show"], *what, day].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{name}");
        insta::assert_snapshot!(format!("show-{name}"), run.transcript());
    }
}

#[test]
fn whatever_the_overview_names_can_be_shown() {
    let overview = bylaw(&["law", "show", "--json"]).json();
    let mut rules = 0;
    for jurisdiction in overview.as_array().expect("a list") {
        let path = jurisdiction["jurisdiction"].as_str().expect("a path");
        let shown = bylaw(&["law", "show", path, "--json", "--on", "2026-11-22"]).json();
        assert_eq!(shown["law"], jurisdiction["law"]);
        for instrument in jurisdiction["instruments"].as_array().expect("a list") {
            let name = instrument.as_str().expect("a name");
            let shown = bylaw(&["law", "show", name, "--json"]).json();
            assert_eq!(shown["instrument"], *instrument);
            rules += shown["rules"].as_array().expect("a list").len();
        }
    }
    assert_eq!(bylaw(&["law", "check", "--json"]).json()["rules"], rules);
}

#[test]
fn what_cannot_be_shown_is_told() {
    let mut reports = String::new();
    for name in ["LA-ORD-77", "us/ca/los-angels", "us/ca/value-act", "fact"] {
        let run = bylaw(&["law", "show", name]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{name}");
        reports += &run.transcript();
    }
    insta::assert_snapshot!("show-nothing", reports);
}

/// The small packs, with three more ordinances: two from the same page, read at different days, and
/// one from the same page that names no text.
fn with_texts(test: &str) -> PathBuf {
    let packs = changed(
        test,
        SMALL,
        "town/doors.md",
        "source = \"the town clerk\"\nreviewed = { by = \"nobody: an example\"",
        &format!(
            "source = \"https://town.example/{PAGE}\"\nread = {{ sha256 = \"{ABC}\", on = 2026-11-20, what = \"the clerk's page\" }}\nreviewed = {{ by = \"A. Attorney, for the town\""
        ),
    );
    let doors = fs::read_to_string(packs.join("town/doors.md")).expect("the pack is there");
    let (front, _) = doors.split_once("[questions]").expect("the pack has questions");
    let other = front.replace(ABC, &ABC.replace('b', "c")).replace("Ord. 1", "Ord. 2");
    let read = front.lines().find(|line| line.starts_with("read")).expect("a text");
    let none = front.replace(read, "").replace("Ord. 1", "Ord. 3 (number not found)");
    for (name, front) in [("gates", other), ("windows", none)] {
        let pack = format!("{front}+++\n\n# Read, not run\n");
        fs::write(packs.join(format!("town/{name}.md")), pack).expect("the pack is written");
    }
    packs
}

/// SHA-256 of `abc`, and what a page is called from which it was read.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const PAGE: &str = "ordinance-1.html";

#[test]
fn what_rests_on_no_text_is_a_list_for_counsel() {
    let packs = with_texts("sources");
    let rows: &[(&str, &[&str])] = &[
        ("small", &["--packs", SMALL]),
        ("small-old", &["--packs", SMALL, "--on", "2026-11-23", "--older-than", "0", "town/doors"]),
        ("small-json", &["--packs", SMALL, "--json", "town"]),
        ("texts-named", &["--packs", text(&packs), "town/gates", "town/windows"]),
    ];
    for (name, what) in rows {
        let day = if what.contains(&"--on") { &[][..] } else { &["--on", "2026-11-22"] };
        let run = bylaw(&[&["law", "sources"], *what, day].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{name}");
        insta::assert_snapshot!(format!("sources-{name}"), run.transcript());
    }
}

#[test]
fn a_text_finds_the_packs_that_were_read_from_it() {
    let packs = with_texts("sources-text");
    let (same, called) = (packs.join("copy.html"), packs.join(PAGE));
    fs::write(&same, "abc").expect("the text is written");
    fs::write(&called, "abc, amended").expect("the text is written");
    let sources = |more: &[&str]| {
        let run = bylaw(&[&["law", "sources", "--packs", text(&packs)], more].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{more:?}");
        run
    };
    // The first is known by its hash; the second is called as the page is, but was amended.
    let run = sources(&["--text", text(&same), text(&called)]);
    insta::assert_snapshot!("sources-text", run.transcript());
    let run = sources(&["--json", "--text", text(&same), text(&called)]);
    insta::assert_snapshot!("sources-text-json", run.transcript());
    // A file of any other name says nothing of its own, unless the instrument is named.
    let other = packs.join("vocabulary.cedarschema");
    let [none, named] = [&[][..], &["town/doors"]]
        .map(|what| sources(&[what, &["--json", "--text", text(&other)]].concat()).json());
    assert_eq!(none[0]["other_text"], serde_json::json!([]));
    assert_eq!(named[0]["other_text"][0]["instrument"], "town/doors");
    let gone = bylaw(&["law", "sources", "--text", "tests/no-such-file"]);
    assert_eq!((gone.code, gone.out.as_str()), (Some(1), ""));
    let shown =
        bylaw(&["law", "show", "town/doors", "--packs", text(&packs), "--on", "2026-11-22"]);
    assert!(shown.out.contains("Read 2026-11-20: the clerk's page"), "{}", shown.out);
}

#[test]
fn sources_of_what_is_not_there_are_told() {
    let mut reports = String::new();
    for name in ["us/ca/los-angels", "us/ca/value-act"] {
        let run = bylaw(&["law", "sources", name]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{name}");
        reports += &run.transcript();
    }
    insta::assert_snapshot!("sources-nothing", reports);
}

/// What the list of the shipped packs says of itself: it is complete, and names every layer above.
#[test]
fn the_work_list_of_the_packs_in_the_program_is_complete() {
    let on = ["--on", "2026-11-22"];
    let list = |more: &[&str]| {
        let run = bylaw(&[&["law", "sources", "--json"], more, &on].concat()).json();
        run.as_array().expect("a list").clone()
    };
    let all = list(&[]);
    let overview = bylaw(&["law", "show", "--json"]).json();
    let paths: Vec<&str> = overview
        .as_array()
        .expect("a list")
        .iter()
        .map(|jurisdiction| jurisdiction["jurisdiction"].as_str().expect("a path"))
        .collect();
    let each: Vec<_> = paths.iter().flat_map(|path| list(&[path])).collect();
    assert_eq!(each, all, "the lists of all jurisdictions are not the whole list");
    assert!(all.iter().all(|item| item["reasons"].as_array().is_some_and(|all| !all.is_empty())));
    let from_memory = all.iter().filter_map(|item| item["status"].as_str());
    let from_memory = from_memory.filter(|status| status.starts_with("from memory")).count();
    let written: usize = texts(Path::new(PACKS))
        .iter()
        .map(|(_, pack)| pack.matches("@status(\"from memory").count())
        .sum();
    assert_eq!(from_memory, written, "a rule from memory is not on the list");
    let city = bylaw(&[&["law", "sources", "us/ca/los-angeles"], &on[..]].concat()).out;
    assert!(city.ends_with("bylaw law sources us us/ca\n"), "{city}");
}

/// The text of every file of a folder, by name.
fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    entries(folder)
        .into_iter()
        .flat_map(|(path, _)| {
            if path.is_dir() {
                texts(&path)
            } else {
                let text = fs::read_to_string(&path).expect("a pack is text");
                vec![(path, text)]
            }
        })
        .collect()
}

#[test]
fn the_packs_are_formatted() {
    for packs in [PACKS, SMALL] {
        let run = bylaw(&["law", "fmt", "--check", packs]);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "", ""), "{packs}");
    }
}

#[test]
fn formatting_changes_the_look_of_rules_and_nothing_else() {
    let packs = folder("misformatted");
    copy(Path::new(PACKS), &packs);
    let formatted = texts(&packs);
    let meaning = |packs: &Path| bylaw(&["law", "check", "--json", text(packs)]).json();
    let before = meaning(&packs);
    // Every rule on lines of its own making: its words are joined, its blanks doubled.
    for (path, whole) in formatted.iter().filter(|(_, whole)| whole.contains("```cedar")) {
        let parts: Vec<String> = whole
            .split("```cedar\n")
            .enumerate()
            .map(|(number, part)| match (number, part.split_once("```")) {
                (1.., Some((rules, rest))) if !rules.contains("//") => {
                    format!(
                        "{}\n```{rest}",
                        rules.replace(" ==", "  ==").replace("\nwhen", " when")
                    )
                }
                _ => part.to_owned(),
            })
            .collect();
        fs::write(path, parts.join("```cedar\n")).expect("the pack is written");
    }
    let misformatted = texts(&packs);
    assert_ne!(misformatted, formatted);
    assert_eq!(meaning(&packs), before, "blanks and line ends changed the meaning");

    let check: Run = bylaw(&["law", "fmt", "--check", text(&packs)]);
    assert_eq!((check.code, check.err.as_str()), (Some(1), ""));
    assert_eq!(texts(&packs), misformatted, "--check changed a file");
    let named = check.out.lines().filter_map(|line| line.strip_prefix("would change ")).count();
    assert_eq!(named, check.out.lines().count());

    let run = bylaw(&["law", "fmt", text(&packs)]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert_eq!(run.out, check.out.replace("would change", "formatted"));
    assert_eq!(
        texts(&packs),
        formatted,
        "formatting does not lead back to the packs as they stand"
    );
    let again = bylaw(&["law", "fmt", "--json", text(&packs)]);
    assert_eq!(again.json(), serde_json::json!({ "changed": [] }));
    assert_eq!(texts(&packs), formatted, "formatting twice changes what formatting once had made");
    assert_eq!(meaning(&packs), before);
}

#[test]
fn comments_in_rules_survive_formatting() {
    let rule = "when { context.paper != Paper::\"none\" };";
    let commented = "// Before.\nwhen {   context.paper != Paper::\"none\" // Whatever it is.\n };";
    let packs = changed("comments", SMALL, "town/doors.md", rule, commented);
    assert_eq!(bylaw(&["law", "fmt", text(&packs)]).code, Some(0));
    let doors = fs::read_to_string(packs.join("town/doors.md")).expect("the pack is there");
    assert!(doors.contains("// Before.") && doors.contains("// Whatever it is."), "{doors}");
    assert_eq!(bylaw(&["law", "fmt", "--check", text(&packs)]).code, Some(0));
}

#[test]
fn broken_rules_are_not_formatted() {
    let packs = changed(
        "unparsable",
        SMALL,
        "town/doors.md",
        "when { context.paper != Paper::\"none\" };",
        "when { context.paper != };",
    );
    let before = texts(&packs);
    let run = bylaw(&["law", "fmt", text(&packs)]);
    assert_eq!(run.code, Some(1));
    assert_eq!(texts(&packs), before);
    insta::assert_snapshot!("fmt-broken", run.transcript());
}

#[test]
fn other_packs_are_used_where_they_are_named() {
    let request = "tests/requests/may-town-protected.json";
    assert_eq!(bylaw(&["decide", request, "--packs", SMALL]).code, Some(0));
    assert_eq!(bylaw(&["--packs", SMALL, "decide", request]).code, Some(0));
    assert_eq!(
        bylaw(&["decide", request]).code,
        Some(2),
        "the town is no part of the packs in the program"
    );
    let real = "tests/requests/must_not-library-address.json";
    assert_eq!(bylaw(&["decide", real, "--packs", PACKS]).out, bylaw(&["decide", real]).out);
}

/// Every command that prints.
const PRINTING: &[&[&str]] = &[
    &["--help"],
    &["decide", "tests/requests/must_not-library-address.json"],
    &["decide", "tests/requests/must_not-library-address.json", "--json"],
    &["decide", "--batch", "tests/requests/must_not-library-address.json"],
    &["ask", "--packs", SMALL, "--on", "2026-11-22"],
    &["law", "check"],
    &["law", "check", "--json"],
    &["law", "show"],
    &["law", "show", "facts", "--json"],
    &["law", "sources"],
    &["law", "summary"],
    &["law", "fmt", "--json", SMALL],
    &["completions", "bash"],
    &["man"],
];

#[test]
fn a_reader_that_went_away_is_no_failure() {
    for arguments in PRINTING {
        let (reader, writer) = pipe().expect("a pipe is made");
        drop(reader);
        let output = command(arguments)
            .stdin(Stdio::null())
            .stdout(writer)
            .output()
            .expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*errors), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_no_panic() {
    for arguments in PRINTING.iter().filter(|arguments| arguments[0] != "--help") {
        let full = File::options().write(true).open("/dev/full").expect("the system has it");
        let output = command(arguments)
            .stdin(Stdio::null())
            .stdout(full)
            .output()
            .expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(
            errors.contains("No space left on device") && !errors.contains("panicked"),
            "{arguments:?}: {errors}"
        );
    }
}
