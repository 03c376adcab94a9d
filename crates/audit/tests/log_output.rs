//! Findings out and back: every column against what was found, parts that are there whole or not at all,
//! cells that would be formulas, and what is never written.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "../../law/tests/support/packs.rs"]
mod packs;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bylaw_audit::{
    error::Problem,
    lexicon::{Lexicon, Reading, Strength},
    log::{
        Cell, Field, Finding, FindingId, Row, Ruling, Verdict,
        cell::State,
        link::{Difference, Kind, Release},
        output::{
            COLUMNS, DifferenceList, OutputError, Words, Writer, close, find, finish,
            finished_parts, write_files, write_releases,
        },
        run::FileRead,
    },
    sharing::Settled,
};
use bylaw_law::{Law, Word};
use jiff::civil::{Date, date};
use parquet::file::reader::{FileReader, SerializedFileReader};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[test]
fn every_column_says_what_was_found() {
    let desk = Desk::new();
    let folder = folder("columns");
    let barred = desk.finding(1, 17, &desk.barred, "Alder Grove CA PD");
    let mut open = desk.finding(2, 19, &desk.open, "Redbud, \"CA\" SO");
    open.on = None;
    open.count = 12;
    let mut plain = desk.finding(3, 4, &desk.not_decided, "");
    plain.group = Arc::from([]);
    plain.class = Arc::from("");
    plain.reading = None;
    let mut writer = desk.writer(&folder, 0, false);
    writer.file("march, first.csv", SHA256);
    writer.add(&barred, None).expect("it is written");
    writer.add(&open, None).expect("it is written");
    writer.file("april.csv", "00");
    writer.add(&plain, None).expect("it is written");
    assert_eq!(writer.finish().expect("it is written"), 3);
    finish(&folder, &[0], false).expect("it is written");

    let rows = csv(&folder.join("findings.csv"));
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0].len(), COLUMNS.len());
    let first = &rows[0];
    let expected = [
        ("finding", "00000000000000000000000000000001"),
        ("verdict", "barred"),
        ("answer", "must_not"),
        ("act", "use_resources_support"),
        ("rules", "CA-7284.6-a1; CA-SB34-b"),
        ("needs", ""),
        ("would_settle", ""),
        ("not_decided", ""),
        ("note", ""),
        ("purpose_strength", "immigration"),
        ("purposes", desk.lexicon.purposes()[0].as_str()),
        ("review", "true"),
        ("organization", "Alder Grove CA PD"),
        ("organization_class", "california_public"),
        ("on", "2026-03-19"),
        ("month", "2026-03"),
        ("count", "1"),
        ("file", "march, first.csv"),
        ("sha256", SHA256),
        ("line", "17"),
    ];
    for (column, said) in expected {
        assert_eq!(first[column], said, "{column}");
    }
    let rule = desk.law.rule(desk.barred.because[0]);
    assert_eq!(first["status"], rule.status);
    assert!(first["sections"].starts_with(&rule.cite), "{}", first["sections"]);
    assert_eq!(first["lexicon_entry"], desk.lexicon.entries()[0].id);

    let second = &rows[1];
    assert_eq!(second["needs"], "purpose");
    assert_eq!(
        second["would_settle"],
        "purpose criminal_nonimmigration: may; civil_immigration_enforcement: must_not"
    );
    assert_eq!((second["on"].as_str(), second["month"].as_str()), ("", ""));
    assert_eq!(
        (second["count"].as_str(), second["organization"].as_str()),
        ("12", "Redbud, \"CA\" SO")
    );
    let third = &rows[2];
    assert_eq!(third["not_decided"], "the row has no date that can be read");
    assert_eq!((third["answer"].as_str(), third["review"].as_str()), ("not_decided", ""));
    assert_eq!((third["file"].as_str(), third["sha256"].as_str()), ("april.csv", "00"));
}

#[test]
fn parquet_says_the_same_as_csv() {
    let desk = Desk::new();
    let folder = folder("same");
    let mut writer = desk.writer(&folder, 3, false);
    writer.file("a.csv", SHA256);
    let rulings = [&desk.barred, &desk.open, &desk.not_decided];
    // More than one batch.
    for number in 0..20_000_u64 {
        let name = format!("Agency {} CA PD", number % 700);
        let mut finding = desk.finding(number.into(), number, rulings[small(number % 3)], &name);
        finding.on = Some(
            date(2020, 1, 1).saturating_add(jiff::Span::new().days(small(number % 900) as i64)),
        );
        writer.add(&finding, None).expect("it is written");
    }
    writer.finish().expect("it is written");
    finish(&folder, &[3], false).expect("it is written");
    let rows = csv(&folder.join("findings.csv"));
    assert_eq!(rows.len(), 20_000);
    for (number, row) in rows.iter().enumerate().step_by(997) {
        let found = find(&folder, &format!("{number:032x}")).expect("it is there");
        assert_eq!(found.len(), 1);
        let said: BTreeMap<String, String> = found[0].columns.iter().cloned().collect();
        let of_csv: BTreeMap<String, String> = row
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        assert_eq!(said, of_csv);
        assert_eq!((found[0].line, found[0].file.as_str()), (number as u64, "a.csv"));
    }
}

#[test]
fn identifiers_are_written_only_where_they_are_asked_for() {
    let desk = Desk::new();
    let mut row = Row::at(5);
    let personal = ["OFFICER-7", "4ABC123", "=HYPERLINK(\"x\")", "***", "", "@sum"];
    for (field, text) in Field::PERSONAL.into_iter().zip(personal) {
        let cell = match text {
            "***" => Cell::Withheld(text),
            "" => Cell::Empty,
            text => Cell::Present(text),
        };
        row.set(field, cell);
    }
    for with in [false, true] {
        let folder = folder("identifiers");
        let mut writer = desk.writer(&folder, 0, with);
        writer.file("a.csv", SHA256);
        let finding = desk.finding(1, 5, &desk.barred, "Alder Grove CA PD");
        writer.add(&finding, Some(&row)).expect("it is written");
        writer.add(&finding, None).expect("it is written");
        writer.finish().expect("it is written");
        finish(&folder, &[0], with).expect("it is written");
        let text = fs::read_to_string(folder.join("findings.csv")).expect("it is there");
        let bytes = fs::read(folder.join("findings/part-00000.parquet")).expect("it is there");
        for secret in ["OFFICER-7", "4ABC123", "HYPERLINK"] {
            assert_eq!(text.contains(secret), with, "{secret}");
            assert!(with || !bytes.windows(secret.len()).any(|some| some == secret.as_bytes()));
        }
        if with {
            let rows = csv(&folder.join("findings.csv"));
            let said: Vec<&str> =
                Field::PERSONAL.iter().map(|field| rows[0][field.name()].as_str()).collect();
            assert_eq!(said, ["OFFICER-7", "4ABC123", "'=HYPERLINK(\"x\")", "***", "", "'@sum"]);
            assert_eq!(rows[1]["plate"], "");
            let places = find(&folder, "00000000000000000000000000000001").expect("it is there");
            let reason = places[0].columns.iter().find(|(name, _)| name == "reason");
            assert_eq!(reason.expect("it is there").1, "=HYPERLINK(\"x\")", "Parquet runs nothing");
        }
    }
}

#[test]
fn no_cell_of_the_log_becomes_a_formula() {
    let desk = Desk::new();
    let folder = folder("formula");
    let mut writer = desk.writer(&folder, 0, false);
    for (number, name) in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=b", " =1"].iter().enumerate()
    {
        writer.file(name, SHA256);
        let finding = desk.finding(number as u128, 1, &desk.barred, name);
        writer.add(&finding, None).expect("it is written");
    }
    writer.finish().expect("it is written");
    finish(&folder, &[0], false).expect("it is written");
    for row in csv(&folder.join("findings.csv")) {
        for column in ["file", "organization"] {
            let text = &row[column];
            assert!(!text.starts_with(['=', '+', '-', '@', '\t', '\r']), "{text:?}");
        }
    }
}

#[test]
fn parts_become_one_file_with_one_header_and_finishing_again_changes_nothing() {
    let desk = Desk::new();
    let folder = folder("parts");
    assert_eq!(finished_parts(&folder).expect("none yet"), [0_u32; 0]);
    for part in [2, 0, 1] {
        let mut writer = desk.writer(&folder, part, false);
        writer.file("a.csv", SHA256);
        for line in 0..u64::from(part) {
            let number = u128::from(part * 10) + u128::from(line);
            writer.add(&desk.finding(number, line, &desk.barred, "A"), None).expect("written");
        }
        writer.finish().expect("it is written");
    }
    let parts = finished_parts(&folder).expect("they are there");
    assert_eq!(parts, [0, 1, 2]);
    finish(&folder, &parts, false).expect("it is written");
    let once = fs::read_to_string(folder.join("findings.csv")).expect("it is there");
    assert_eq!(once.lines().count(), 1 + 3);
    assert_eq!(once.matches("finding,verdict").count(), 1);
    finish(&folder, &parts, false).expect("it was done");
    let again = fs::read_to_string(folder.join("findings.csv")).expect("it is there");
    assert_eq!(once, again);
    close(&folder).expect("what it was made of can be removed");
    let left: BTreeSet<String> = names(&folder.join("findings"));
    assert!(left.iter().all(|name| name.ends_with(".parquet")), "{left:?}");
}

#[test]
fn a_part_is_there_whole_or_not_at_all() {
    let desk = Desk::new();
    let folder = folder("whole");
    let mut writer = desk.writer(&folder, 0, false);
    writer.file("a.csv", SHA256);
    writer.add(&desk.finding(1, 1, &desk.barred, "A"), None).expect("it is written");
    assert_eq!(finished_parts(&folder).expect("none yet"), [0_u32; 0]);
    drop(writer);
    assert!(names(&folder.join("findings")).is_empty());

    // A part that a broken run left half written under its temporary name is no part.
    fs::write(folder.join("findings/part-00000.parquet.part"), "half").expect("it can be written");
    assert_eq!(finished_parts(&folder).expect("none"), [0_u32; 0]);
    let error = finish(&folder, &[0], false).expect_err("it is missing");
    assert!(error.to_string().contains("part-00000.csv cannot be read"), "{error}");
    assert!(!folder.join("findings.csv").exists());
    desk.writer(&folder, 0, false).finish().expect("it is begun anew");
    assert_eq!(finished_parts(&folder).expect("one"), [0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_half_part_and_says_so() {
    let desk = Desk::new();
    for (full, rows) in
        [("part-00000.csv", 9_000), ("part-00000.parquet", 140_000), ("part-00000.parquet", 5)]
    {
        let folder = folder("full");
        fs::create_dir_all(folder.join("findings")).expect("a folder");
        let temporary = folder.join("findings").join(format!("{full}.part"));
        std::os::unix::fs::symlink("/dev/full", temporary).expect("a link");
        let failed = || -> Result<(), OutputError> {
            let mut writer = desk.writer(&folder, 0, false);
            writer.file("a.csv", SHA256);
            let finding = desk.finding(1, 1, &desk.barred, "A");
            for number in 0..rows {
                writer.add(&Finding { id: FindingId(number), ..finding.clone() }, None)?;
            }
            writer.finish().map(drop)
        };
        let error = failed().expect_err("the disk is full");
        let text = error.to_string();
        assert!(text.contains(full) && text.contains("No space left"), "{text}");
        assert!(
            names(&folder.join("findings")).is_empty(),
            "{:?}",
            names(&folder.join("findings"))
        );
        assert_eq!(finished_parts(&folder).expect("none"), [0_u32; 0]);
    }
}

#[test]
fn a_folder_that_cannot_be_written_says_so() {
    let desk = Desk::new();
    let folder = folder("file-in-place");
    fs::write(folder.join("findings"), "a file where the folder should be").expect("written");
    let words = Words { law: &desk.law, lexicon: &desk.lexicon };
    let error = Writer::create(&folder, 0, words, false).expect_err("there is a file");
    assert!(error.to_string().contains("findings cannot be written"), "{error}");
    assert!(DifferenceList::create(&folder.join("none"), &[]).is_err());
    assert!(write_files(&folder.join("none"), &[]).is_err());
}

#[test]
fn findings_are_looked_up_by_their_first_digits() {
    let desk = Desk::new();
    let folder = folder("find");
    let mut ids = Vec::new();
    for part in 0..2_u64 {
        let mut writer = desk.writer(&folder, u32::try_from(part).expect("small"), false);
        writer.file("a.csv", SHA256);
        // The first part is of more than one row group.
        for line in 0..[150_000, 10][small(part)] {
            let id = (u128::from(part) << 127) | (u128::from(line + 1) << 96) | 5;
            writer.add(&desk.finding(id, line, &desk.barred, "A"), None).expect("it is written");
            ids.push(FindingId(id));
        }
        writer.finish().expect("it is written");
    }
    let file = fs::File::open(folder.join("findings/part-00000.parquet")).expect("it is there");
    let groups =
        SerializedFileReader::new(file).expect("it is Parquet").metadata().num_row_groups();
    assert_eq!(groups, 2);

    for id in [ids[0], ids[149_999], ids[150_009]] {
        let digits = id.to_string();
        for asked in [
            digits.clone(),
            digits.chars().take(8).collect::<String>().to_uppercase(),
            format!(" {digits} "),
        ] {
            let places = find(&folder, &asked).expect("it is there");
            assert_eq!((places.len(), places[0].finding), (1, id));
            assert_eq!((places[0].file.as_str(), places[0].sha256.as_str()), ("a.csv", SHA256));
        }
    }
    for no_number in ["", "0000000", "0123456z", "../../etc", &"0".repeat(33)] {
        let error = find(&folder, no_number).expect_err("no number");
        assert!(matches!(error, OutputError::NoNumber { .. }), "{error}");
    }
    let error = find(&folder, "00000000").expect_err("no such finding");
    assert!(matches!(error, OutputError::NoFinding { .. }), "{error}");
    let error = find(&folder.join("none"), "00000000").expect_err("no findings at all");
    assert!(error.to_string().ends_with("cannot be read: there are no findings"), "{error}");
}

#[test]
fn digits_of_several_findings_are_ambiguous_and_one_finding_may_stand_in_many_rows() {
    let desk = Desk::new();
    let folder = folder("ambiguous");
    let mut writer = desk.writer(&folder, 0, false);
    writer.file("a.csv", SHA256);
    for (number, line) in
        [(0xabcd_ef01_u128 << 96, 2), (0xabcd_ef01 << 96, 9), ((0xabcd_ef01 << 96) + 1, 3)]
    {
        writer.add(&desk.finding(number, line, &desk.barred, "A"), None).expect("it is written");
    }
    writer.finish().expect("it is written");
    let error = find(&folder, "abcdef01").expect_err("two of them");
    assert!(matches!(error, OutputError::Ambiguous { .. }), "{error}");
    let places = find(&folder, &FindingId(0xabcd_ef01 << 96).to_string()).expect("one of them");
    assert_eq!(places.iter().map(|place| place.line).collect::<Vec<_>>(), [2, 9]);
    fs::write(folder.join("findings/part-00000.parquet"), "no Parquet").expect("written");
    let error = find(&folder, "abcdef01").expect_err("broken");
    assert!(matches!(error, OutputError::Read { .. }), "{error}");
}

#[test]
fn differences_releases_and_files_are_listed() {
    let folder = folder("lists");
    let files = [file("march.csv"), file("=april.csv")];
    let mut list = DifferenceList::create(&folder, &files).expect("it is begun");
    let strengths = Some((Strength::Immigration, Strength::Generic));
    for (number, strengths) in [(1, strengths), (2, None)] {
        let difference = Difference {
            search: FindingId(number),
            field: Field::Reason,
            kind: Kind::Replaced,
            strengths,
            places: vec![(0, 17), (1, 4), (9, 1)],
        };
        list.add(&difference).expect("it is written");
    }
    assert_eq!(names(&folder).iter().filter(|name| name.ends_with(".part")).count(), 2);
    list.finish().expect("it is written");
    let rows = csv(&folder.join("differences.csv"));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["search"], FindingId(1).to_string());
    assert_eq!(rows[0]["stated"], "immigration");
    assert_eq!(rows[0]["stated_otherwise"], "generic");
    assert_eq!(rows[0]["places"], "march.csv:17; =april.csv:4; file 9:1");
    assert_eq!(rows[1]["stated"], "");
    let parquet = fs::File::open(folder.join("differences.parquet")).expect("it is there");
    let parquet = SerializedFileReader::new(parquet).expect("it is Parquet");
    assert_eq!(parquet.metadata().file_metadata().num_rows(), 2);

    let release = Release {
        files: (0, 1),
        shared: 40,
        only: (3, 0),
        fields: (vec![Field::Plate, Field::Case], Vec::new()),
    };
    write_releases(&folder, &[release], &files).expect("it is written");
    let rows = csv(&folder.join("releases.csv"));
    assert_eq!(
        (rows[0]["file"].as_str(), rows[0]["other_file"].as_str()),
        ("march.csv", "'=april.csv")
    );
    assert_eq!((rows[0]["shared"].as_str(), rows[0]["only_in_file"].as_str()), ("40", "3"));
    assert_eq!(rows[0]["fields_only_in_file"], "plate; case");

    write_files(&folder, &files).expect("it is written");
    let rows = csv(&folder.join("files.csv"));
    assert_eq!(rows[0]["recognized_as"], "vendor-export; portal-audit");
    assert_eq!(rows[0]["cells"], "reason: empty 2, present 8");
    assert_eq!(
        (rows[0]["first_day"].as_str(), rows[0]["last_day"].as_str()),
        ("2026-03-01", "2026-03-31")
    );
    assert_eq!((rows[0]["marks"].as_str(), rows[0]["rows"].as_str()), ("*** 4", "10"));
}

/// The real law and lexicon, and three rulings.
struct Desk {
    law: Law,
    lexicon: Lexicon,
    barred: Arc<Ruling>,
    open: Arc<Ruling>,
    not_decided: Arc<Ruling>,
}

impl Desk {
    fn new() -> Self {
        let law = packs::real_law();
        let rule = |id| law.rule_id(id).expect("the packs have it");
        let purpose = law.vocabulary.fact_id("purpose").expect("the vocabulary has it");
        let ruling = Ruling {
            verdict: Verdict::Barred,
            word: Some(Word::MustNot),
            act: "use_resources_support".to_owned(),
            because: vec![rule("CA-7284.6-a1"), rule("CA-SB34-b")],
            needs: Vec::new(),
            settled: None,
            not_decided: None,
            note: None,
        };
        let by = vec![
            (Word::May, vec!["criminal_nonimmigration".to_owned()]),
            (Word::MustNot, vec!["civil_immigration_enforcement".to_owned()]),
        ];
        let open = Ruling {
            verdict: Verdict::CannotTell,
            word: Some(Word::NeedsFacts),
            because: Vec::new(),
            needs: vec![purpose],
            settled: Some(Settled { fact: purpose, by }),
            ..ruling.clone()
        };
        let not_decided = Ruling {
            verdict: Verdict::CannotTell,
            word: None,
            because: Vec::new(),
            not_decided: Some("the row has no date that can be read".to_owned()),
            ..ruling.clone()
        };
        Self {
            lexicon: Lexicon::built_in().expect("the lexicon is right"),
            barred: Arc::new(ruling),
            open: Arc::new(open),
            not_decided: Arc::new(not_decided),
            law,
        }
    }

    fn writer(&self, folder: &Path, part: u32, with_identifiers: bool) -> Writer<'_> {
        let words = Words { law: &self.law, lexicon: &self.lexicon };
        Writer::create(folder, part, words, with_identifiers).expect("it is begun")
    }

    fn finding(&self, id: u128, line: u64, ruling: &Arc<Ruling>, organization: &str) -> Finding {
        let strength = Strength::Immigration;
        Finding {
            id: FindingId(id),
            line,
            count: 1,
            on: Some(day()),
            group: Arc::from([Box::from(organization)]),
            class: Arc::from("california_public"),
            reading: Some(Reading { strength, purposes: 1, review: true, entry: Some(0) }),
            ruling: Arc::clone(ruling),
        }
    }
}

const fn day() -> Date {
    date(2026, 3, 19)
}

fn file(name: &str) -> FileRead {
    let problem = Problem { list: name.to_owned(), row: Some(4), what: "it is short".to_owned() };
    FileRead {
        name: name.to_owned(),
        sha256: SHA256.to_owned(),
        size: 900,
        formats: vec![
            ("vendor-export".to_owned(), "its header".to_owned()),
            ("portal-audit".to_owned(), "line 70".to_owned()),
        ],
        rows: 10,
        problems: vec![problem],
        states: BTreeMap::from([(
            Field::Reason,
            BTreeMap::from([(State::Present, 8), (State::Empty, 2)]),
        )]),
        marks: BTreeMap::from([("***".to_owned(), 4)]),
        days: Some((date(2026, 3, 1), date(2026, 3, 31))),
        ..FileRead::default()
    }
}

/// The rows of a CSV file, by column.
fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("it is there");
    reader.deserialize().map(|row| row.expect("it is CSV")).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect()
}

fn small(number: u64) -> usize {
    usize::try_from(number).expect("a small number")
}

/// A folder of this test alone, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("log-output-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}
