//! `bylaw audit log` and `bylaw audit explain` as people and programs see them.

#![expect(
    clippy::expect_used,
    clippy::string_slice,
    reason = "a test stops at what it does not expect"
)]

mod support;

use std::{fmt::Write, fs, path::Path};

use sha2::{Digest, Sha256};
use support::{Run, bylaw, folder};

const EXAMPLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plates/network-audit.csv");
const OWNER: [&str; 4] = ["--jurisdiction", "us/ca", "--owner", "Example City CA PD"];

/// The example's rows: line, verdict, answer, first rule, strength, whether a person should look.
const EXPECTED: [(u64, &str, &str, &str, &str, bool); 16] = [
    (2, "permitted", "unregulated", "", "other", false),
    (3, "cannot_tell", "needs_facts", "", "generic", false),
    (4, "permitted", "may", "CA-SB34-b/agency", "other", false),
    (5, "cannot_tell", "needs_facts", "", "blank", false),
    (6, "cannot_tell", "needs_facts", "", "number", false),
    (7, "permitted", "unregulated", "", "other", false),
    (8, "barred", "must_not", "CA-7284.6-a1", "immigration", true),
    (9, "cannot_tell", "needs_facts", "", "ambiguous", true),
    (10, "barred", "must_not", "CA-SB34-b", "other", false),
    (11, "barred", "must_not", "CA-SB34-b", "generic", false),
    (12, "barred", "must_not", "CA-SB34-b", "generic", false),
    (13, "cannot_tell", "needs_facts", "", "withheld", false),
    (14, "permitted", "unregulated", "", "other", false),
    (15, "cannot_tell", "needs_facts", "", "other", false),
    (16, "barred", "must_not", "CA-7284.6-a1", "immigration", true),
    (17, "permitted", "may", "CA-SB34-b/agency", "other", false),
];

#[test]
fn every_row_gets_its_line_of_json() {
    let run = log(&[EXAMPLE, "--json"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let lines = run.lines();
    assert_eq!(lines.len(), EXPECTED.len());
    for (line, expected) in lines.iter().zip(EXPECTED) {
        let found = (
            line["row"].as_u64().expect("a number"),
            line["verdict"].as_str().expect("a word"),
            line["answer"].as_str().expect("a word"),
            line["because"][0]["rule"].as_str().unwrap_or_default(),
            line["purpose"]["strength"].as_str().expect("a word"),
            line["review"].as_bool().expect("yes or no"),
        );
        assert_eq!(found, expected);
    }
    // One o'clock in the morning in Greenwich is the day before in California.
    assert_eq!(lines[2]["on"], "2025-06-02");
    assert_eq!(lines[0]["organization"], "Example City CA PD");
    assert_eq!(lines[10]["class"], "federal");
    assert_eq!(lines[1]["settled_by"]["fact"], "purpose");
}

#[test]
fn the_report_is_a_folder_and_its_findings_can_be_explained() {
    let folder = folder("audit-report");
    let report = path(&folder.join("report"));
    let run = log(&[EXAMPLE, "-o", &report]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    for name in [
        "report.html",
        "findings.csv",
        "differences.csv",
        "releases.csv",
        "files.csv",
        "run.json",
        "SHA256SUMS",
    ] {
        assert!(Path::new(&report).join(name).exists(), "no {name}");
    }
    assert!(!Path::new(&report).join("unfinished").exists());
    let all = whole_text(Path::new(&report));
    for personal in ["25-10441", "at risk", "impersonation report"] {
        assert!(!all.contains(personal), "{personal} stands in the report");
    }
    let findings =
        fs::read_to_string(Path::new(&report).join("findings.csv")).expect("it is written");
    let barred = findings
        .lines()
        .find(|line| line.contains(",barred,") && line.contains("immigration"))
        .expect("one is barred");
    let run = bylaw(&["audit", "explain", &barred[..12], "--report", &report]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let plain = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "barred, if what the row records is right",
        "CA-7284.6-a1",
        "network-audit.csv, row ",
        "purpose = ",
        "a person should look",
        "(shown with --with-identifiers)",
    ] {
        assert!(plain.contains(words), "no `{words}` in\n{plain}");
    }
    assert!(!run.out.contains("Immigration violation"));
    let again = log(&[EXAMPLE, "-o", &report]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("name a new folder"), "{}", again.err);
    let unknown = bylaw(&["audit", "explain", "0123456789", "--report", &report]);
    assert_eq!(unknown.code, Some(1));
}

#[test]
fn identifiers_are_written_only_where_they_are_asked_for() {
    let folder = folder("audit-identifiers");
    let report = path(&folder.join("report"));
    let run = log(&[EXAMPLE, "-o", &report, "--with-identifiers"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let findings =
        fs::read_to_string(Path::new(&report).join("findings.csv")).expect("it is written");
    assert!(findings.contains("25-10441") && findings.contains("ICE impersonation report"));
    let page = fs::read_to_string(Path::new(&report).join("report.html")).expect("it is written");
    assert!(!page.contains("25-10441"));
}

#[test]
fn what_cannot_be_read_is_named_on_standard_error() {
    let folder = folder("audit-unread-logs");
    let bad = path(&folder.join("bad.csv"));
    fs::write(&bad, "nothing,known\n1,2\n").expect("a file");
    let run = log(&[&bad, EXAMPLE, &path(&folder.join("missing.csv")), "--json"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.lines().len(), 16);
    assert!(
        run.err.contains("bad.csv: no header") && run.err.contains("missing.csv: it cannot be"),
        "{}",
        run.err
    );
    let nowhere =
        bylaw(&["audit", "log", EXAMPLE, "--jurisdiction", "us/ca", "--format", "nonsense"]);
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("vendor-export"), "{}", nowhere.err);
}

/// A portal's columns with one more: who searched is read, and never taken for the owner.
#[test]
fn who_searched_is_read_whatever_the_column_is_called() {
    let folder = folder("audit-organizations");
    for (number, column) in
        ["Org Name", "Agency", "Agency Name", "Searching Agency"].iter().enumerate()
    {
        let file = path(&folder.join(format!("{number}.csv")));
        let rows = format!(
            "id,{column},searchDate,reason\n3bb6ccb4-1,ICE ERO Los Angeles [Federal],2026-03-02T10:00:00Z,stolen vehicle\n3bb6ccb4-2,Houston TX PD,2026-03-02T11:00:00Z,459 PC\n"
        );
        fs::write(&file, rows).expect("a file");
        let run = log(&[&file, "--json"]);
        let lines = run.lines();
        assert_eq!((run.code, lines.len()), (Some(0), 2), "{column}: {}", run.err);
        assert!(lines.iter().all(|line| line["verdict"] == "barred"), "{column}: {}", run.out);
        assert_eq!(lines[0]["class"], "federal", "{column}");
    }
}

/// Texas has no rule about such a search. That makes none of which nobody wrote down the purpose lawful.
#[test]
fn silence_about_an_unknown_purpose_is_no_permission() {
    let folder = folder("audit-silence");
    let file = path(&folder.join("log.csv"));
    fs::write(&file, "Reason,DateTime\n,2025-03-01 10:00:00\ninvestigation,2025-03-01 10:00:00\nstolen vehicle,2025-03-01 10:00:00\n").expect("a file");
    let run = bylaw(&[
        "audit",
        "log",
        &file,
        "--jurisdiction",
        "us/tx",
        "--owner",
        "Waco TX PD",
        "--json",
    ]);
    let verdicts: Vec<_> =
        run.lines().iter().map(|line| (line["verdict"].clone(), line["answer"].clone())).collect();
    assert_eq!(
        verdicts,
        [
            ("cannot_tell", "unregulated"),
            ("cannot_tell", "unregulated"),
            ("permitted", "unregulated")
        ]
        .map(|(verdict, answer)| (verdict.into(), answer.into()))
    );
}

#[test]
fn formats_can_be_listed_and_used_again_as_files() {
    let folder = folder("audit-formats");
    let listed = bylaw(&["audit", "formats"]);
    assert_eq!(listed.code, Some(0));
    assert!(listed.out.contains("vendor-export") && listed.out.contains("general"));
    let shown = bylaw(&["audit", "formats", "vendor-export"]);
    let own = path(&folder.join("own.toml"));
    fs::write(&own, shown.out.replace("name = \"vendor-export\"", "name = \"own\""))
        .expect("a file");
    let run = log(&[EXAMPLE, "--format", &own, "--json"]);
    assert_eq!((run.code, run.lines().len()), (Some(0), 16), "{}", run.err);
}

#[test]
fn a_report_is_anchored_in_the_ledger() {
    let folder = folder("audit-ledger");
    let data = path(&folder.join("data"));
    let begun = bylaw(&["ledger", "init", "--data", &data]);
    assert_eq!(begun.code, Some(0), "{}", begun.err);
    let key = begun.out.lines().next().expect("a key").to_owned();
    let report = folder.join("report");
    let run = log(&[EXAMPLE, "-o", &path(&report), "--ledger", "--data", &data]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.contains("Record 0 in the ledger"), "{}", run.out);
    let receipt = path(&report.join("receipt.txt"));
    let opening = path(&report.join("opening.json"));
    let check = bylaw(&["ledger", "check", &receipt, "--key", &key, "--opening", &opening]);
    assert_eq!(check.code, Some(0), "{}", check.err);
    let sums = fs::read(report.join("SHA256SUMS")).expect("it is written");
    assert!(check.out.contains(&sha256(&sums)), "{}", check.out);
    assert!(check.out.contains("\"rows\":16"), "{}", check.out);
    let verified = bylaw(&["records", "verify", "--data", &data]);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
}

fn log(arguments: &[&str]) -> Run {
    bylaw(&[&["audit", "log"], arguments, &OWNER].concat())
}

fn path(path: &Path) -> String {
    path.to_str().expect("a path is text").to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Everything in a folder that is text.
fn whole_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            text += &whole_text(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(path).expect("it is there"));
        }
    }
    text
}
