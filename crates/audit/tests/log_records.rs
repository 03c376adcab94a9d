//! Logs read through a mapping file: what is decided, grouped, counted and measured, and the two worked
//! examples on generated rows and, where `BYLAW_DATA` names their folder, on published ones.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and says what it measured"
)]

#[path = "support/packs.rs"]
mod packs;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use bylaw_audit::{
    Problem,
    log::{
        Finding, Verdict,
        finding::Key,
        records::{self, MeasureTotal, Places, Published, Records, Totals},
    },
};
use bylaw_law::Word;
use bylaw_mapping::LogMapping;
use jiff::civil::Date;
use packs::LAW;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn mapping(text: &str, path: &str) -> LogMapping {
    LogMapping::parse("log.toml", text, &LAW, path).unwrap_or_else(|error| {
        let lines = error.problems.iter().map(|one| format!("line {}: {one}; ", one.line()));
        panic!("{}", lines.collect::<String>())
    })
}

fn example(name: &str, path: &str) -> LogMapping {
    let file = root().join("examples/logs").join(name);
    mapping(&fs::read_to_string(file).expect("the example"), path)
}

/// A log that was read: its findings, what was wrong, and the totals.
struct Decided {
    findings: Vec<Finding>,
    problems: Vec<Problem>,
    totals: Totals,
}

/// Decides the rows below the header, which may be any of the first.
fn decide(log: &LogMapping, path: &str, rows: &[Vec<String>], on: Option<Date>) -> Decided {
    let mut records =
        Records::new(&LAW, path, log, &Key::fixed([7; 16]), on).expect("the law can be asked");
    let header = rows.iter().position(|row| records::recognizes(log, &texts(row)));
    let header = header.expect("a header");
    let places = Places::find(log, &texts(&rows[header])).expect("its columns");
    let (mut findings, mut problems) = (Vec::new(), Vec::new());
    for (line, row) in (1..).zip(rows).skip(header + 1) {
        match records.decide("log.csv", &places, line, &texts(row)) {
            Ok(finding) => findings.push(finding),
            Err(problem) => problems.push(problem),
        }
    }
    Decided { findings, problems, totals: records.finish() }
}

fn texts(row: &[String]) -> Vec<&str> {
    row.iter().map(String::as_str).collect()
}

fn rows(csv: &str) -> Vec<Vec<String>> {
    read(csv.as_bytes())
}

fn read(csv: impl std::io::Read) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
    reader.records().map(|row| row.expect("CSV").iter().map(str::to_owned).collect()).collect()
}

fn count_by_group(decided: &Decided) -> BTreeMap<Vec<String>, u64> {
    let mut counts = BTreeMap::new();
    for finding in &decided.findings {
        let group = finding.group.iter().map(|word| word.to_string()).collect();
        *counts.entry(group).or_default() += finding.count;
    }
    counts
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// Texas has no rule about helping in another's matter: that permits nothing whose purpose nobody wrote down.
#[test]
fn silence_permits_nothing_where_no_purpose_is_recorded() {
    let text = r#"
[log]
header = ["day", "why"]
on = { from = "row.day", format = ["%Y-%m-%d"] }
act = "use_resources_support"
[facts]
actor_kind = "city_police"
requester_kind = "none"
purpose = { from = "row.why", table = "purposes" }
[tables.purposes]
crime = "criminal_nonimmigration"
"#;
    let log = mapping(text, "us/tx");
    let decided = decide(&log, "us/tx", &rows("day,why\n2025-03-01,\n2025-03-01,crime\n"), None);
    let told: Vec<_> = decided
        .findings
        .iter()
        .map(|finding| (finding.ruling.word, finding.ruling.verdict, finding.ruling.note.is_some()))
        .collect();
    let silent = Some(Word::Unregulated);
    assert_eq!(told, [(silent, Verdict::CannotTell, true), (silent, Verdict::Permitted, false)]);
}

const DETAINERS: &str = "\
Detainers,,,,,
prepared by an office,,,,,
Prepare Date,Detainer Type,Detainer Detention Facility,State,City,Detainer Lift Reason
2019-03-20 00:00:00,I247A - Immigration Detainer - Notice of Action,ELM COUNTY JAIL,CALIFORNIA,ELM,
2019-03-21,I247A - Immigration Detainer - Notice of Action,ELM COUNTY JAIL,CALIFORNIA,ELM,Lifted
2019-03-21, I247D - Immigration Detainer - Request for Action ,OAK CITY JAIL,CALIFORNIA,OAK,Lifted
2014-10-02,I247 - Immigration Detainer - Notice of Action,ELM COUNTY JAIL,CALIFORNIA,ELM,
2019-03-22,I247A - Immigration Detainer - Notice of Action,FERN STATE PRISON,CALIFORNIA,FERN,
2019-03-22,I247A - Immigration Detainer - Notice of Action,NORTH ANNEX,CALIFORNIA,,
2019-03-22,I247A - Immigration Detainer - Notice of Action,,,,
2019-03-22,I247A - Immigration Detainer - Notice of Action,PINE COUNTY JAIL,TEXAS,PINE,
2019-03-22,I247N - Immigration Advisal - Request for Notification,ELM COUNTY JAIL,CALIFORNIA,ELM,
unreadable,I247A - Immigration Detainer - Notice of Action,ELM COUNTY JAIL,CALIFORNIA,ELM,
";

/// What is said of each row of `DETAINERS`: the verdict, the law's word, the act, why it was not decided.
fn said(finding: &Finding) -> String {
    let ruling = &finding.ruling;
    let word = ruling.word.map_or("-", Word::name);
    let why = ruling.not_decided.as_deref().unwrap_or_default();
    format!("{} {word} {} {why}", ruling.verdict.name(), ruling.act).trim_end().to_owned()
}

#[test]
fn a_detainer_alone_never_makes_a_hold_lawful() {
    let log = example("ice-detainers.toml", "us/ca");
    let decided = decide(&log, "us/ca", &rows(DETAINERS), None);
    assert_eq!(decided.problems, []);
    let said: Vec<String> = decided.findings.iter().map(said).collect();
    let hold = "barred must_not detain_on_hold";
    let open = "cannot_tell needs_facts detain_on_hold";
    assert_eq!(
        said,
        [
            hold,
            hold,
            hold,
            // The law of 2014 looked at the record; other law binds a prison; which binds an annex is open.
            open,
            open,
            open,
            "cannot_tell -  the row does not say whether it is one that the mapping is about",
            "cannot_tell -  the row is none that the mapping is about",
            "cannot_tell needs_facts notify_release_date",
            "cannot_tell -  the row has no date that can be read",
        ]
    );
    let first = &decided.findings[0];
    assert_eq!((first.line, first.on, first.count), (4, Some(day("2019-03-20")), 1));
    assert_eq!(decided.findings[9].on, None);
    let rule = &LAW.rule(first.ruling.because[0]);
    assert_eq!(rule.id, "CA-7284.6-a1B");
    assert!(decided.findings[3].ruling.settled.is_none(), "the first need is a number of hours");
}

#[test]
fn groups_say_what_stands_in_a_cell_and_what_does_not() {
    let log = example("ice-detainers.toml", "us/ca");
    let counts = count_by_group(&decide(&log, "us/ca", &rows(DETAINERS), None));
    let of = |words: [&str; 5]| counts.get(words.map(str::to_owned).as_slice()).copied();
    assert_eq!(of(["CALIFORNIA", "ELM COUNTY JAIL", "ELM", "I247A", "(blank)"]), Some(2));
    assert_eq!(of(["CALIFORNIA", "ELM COUNTY JAIL", "ELM", "I247A", "Lifted"]), Some(1));
    assert_eq!(of(["CALIFORNIA", "OAK CITY JAIL", "OAK", "I247D", "Lifted"]), Some(1));
    assert_eq!(of(["(blank)", "(blank)", "(blank)", "I247A", "(blank)"]), Some(1));
    assert_eq!(counts.values().sum::<u64>(), 10);
}

/// The law of one day about every row: what it would say of such a detainer at such a place.
#[test]
fn rows_are_replayed_under_the_law_of_another_day() {
    let log = example("ice-detainers.toml", "us/ca");
    let on = Some(day("2026-11-22"));
    let decided = decide(&log, "us/ca", &rows(DETAINERS), on);
    let old = decided.findings.iter().find(|finding| finding.line == 7).expect("the row of 2014");
    assert_eq!(
        (said(old).as_str(), old.on),
        ("barred must_not detain_on_hold", Some(day("2014-10-02")))
    );
    let undated = decided.findings.last().expect("the last row");
    assert_eq!(said(undated), "barred must_not detain_on_hold");
    let text = fs::read_to_string(root().join("examples/logs/ice-detainers.toml")).expect("it");
    let column = text.lines().find(|line| line.starts_with("on = ")).expect("its day");
    let fixed = mapping(&text.replace(column, "on = \"2026-11-22\""), "us/ca");
    let again = decide(&fixed, "us/ca", &rows(DETAINERS), None);
    let rulings = |of: &Decided| of.findings.iter().map(said).collect::<Vec<_>>();
    assert_eq!(rulings(&again), rulings(&decided));
}

const BOOKINGS: &str = "\
booking_dt,release_dt,charge_release_dt,release_to_imm,imm_hold,cancel_detainer,release_disposition_desc
2024-01-02 08:00:00,2024-01-05 10:00:00,2024-01-03 10:00:00,1,1,0,Immigration
2024-01-02 08:00:00,2024-01-05 10:00:00,2024-01-05 04:00:00,1,1,0,Immigration
2024-01-03 08:00:00,2024-01-04 09:30:00,2024-01-04 09:00:00,0,1,1,Bail Bond
2024-01-04 08:00:00,2024-01-06 09:00:00,2024-01-06 09:00:00,0,0,0,Dismissed
2024-01-05 08:00:00,2024-01-07 09:00:00,,0,0,,
";

#[test]
fn how_long_somebody_stayed_is_told_by_booking() {
    let log = example("jail-holds.toml", "us/wa");
    let decided = decide(&log, "us/wa", &rows(BOOKINGS), None);
    assert_eq!(decided.problems, []);
    let acts: Vec<&str> =
        decided.findings.iter().map(|finding| finding.ruling.act.as_str()).collect();
    assert_eq!(acts, ["transfer_custody", "transfer_custody", "detain_on_hold", "", ""]);
    assert!(decided.findings.iter().all(|finding| finding.ruling.verdict == Verdict::CannotTell));
    let measures = decided.totals.measures();
    // The first booking ends six hours after its last charge, though two days after another.
    let all = MeasureTotal {
        name: "hours_after_the_last_charge".to_owned(),
        count: 3,
        not_known: 1,
        least: 0,
        median: 500,
        median_within: 0,
        greatest: 6000,
        sum: 6500,
        left_out: 0,
    };
    assert_eq!(measures[0], all);
    assert_eq!((measures[1].count, measures[1].sum, measures[1].not_known), (2, 6500, 2));
    let figures: Vec<(String, [u64; 3])> = decided
        .totals
        .figures()
        .into_iter()
        .map(|figure| (figure.name, [figure.yes, figure.no, figure.not_known]))
        .collect();
    assert_eq!(figures[0], ("bookings".to_owned(), [4, 0, 0]));
    assert_eq!(figures[1], ("released_to_immigration".to_owned(), [1, 3, 0]));
    assert_eq!(figures[3], ("detainers_canceled".to_owned(), [1, 2, 1]));
    let identities = decided.totals.identities();
    assert_eq!(identities.len(), 1);
    assert_eq!((identities[0].sides, identities[0].holds), ((4, 4), true));
}

/// A database's audit: other events, times in UTC, several acts in a row, marks in place of words.
const DATABASE: &str = r#"
[log]
act = { from = "row.event" }
on = { from = "row.at", zone = "America/Los_Angeles" }
only = "row.event != 'login'"
id = ["session", "at"]
group_by = ["role", { from = "row.table", name = "what" }]
personal = ["db user"]
withheld = ["***"]
blank = ["-"]
[actions]
select = "disclose_information"
export = { act = "disclose_information", facts = { legal_process = "none" } }
[facts]
actor_kind = { from = "row.role", table = "roles" }
info_category = { from = "row.table", table = "tables", otherwise = "unknown" }
purpose = { from = "row.purpose" }
[tables.roles]
jail = "sheriff_or_jail"
police = "city_police"
[tables.tables]
releases = "release_date_time"
[count]
from = "row.rows"
"#;

const EVENTS: &str = "\
at,event,role,table,purpose,rows,session,db user
2026-03-20T06:59:59Z,select,jail,releases,civil_immigration_enforcement,3,s1,ada
2026-03-20T07:00:00Z,login,jail,-,,1,s1,ada
2026-03-20T07:00:01Z,drop,jail,releases,,1,s1,ada
2026-03-20T07:00:02Z,export,police,***,civil_immigration_enforcement,10,s2,ben
";

#[test]
fn events_of_a_database_are_acts() {
    let log = mapping(DATABASE, "us/ca");
    let decided = decide(&log, "us/ca", &rows(EVENTS), None);
    assert_eq!(decided.problems, []);
    let told: Vec<(String, u64, Option<String>, String)> = decided
        .findings
        .iter()
        .map(|one| (one.group.join("/"), one.count, one.on.map(|on| on.to_string()), said(one)))
        .collect();
    let on = |day: &str| Some(day.to_owned());
    let none = "cannot_tell -  the row is none that the mapping is about";
    let other =
        "cannot_tell -  the row records something that [actions] of the mapping does not list";
    assert_eq!(told[0].0, "jail/releases");
    assert_eq!((told[0].1, &told[0].2), (3, &on("2026-03-19")));
    assert!(told[0].3.ends_with(" disclose_information"), "{}", told[0].3);
    assert_eq!(told[1], ("jail/(blank)".to_owned(), 1, on("2026-03-20"), none.to_owned()));
    assert_eq!(told[2], ("jail/releases".to_owned(), 1, on("2026-03-20"), other.to_owned()));
    assert_eq!((told[3].0.as_str(), told[3].1), ("police/(withheld)", 10));
}

#[test]
fn what_is_wrong_with_a_row_is_said_without_its_words() {
    let log = mapping(DATABASE, "us/ca");
    let header = EVENTS.lines().next().expect("the header");
    let good = "2026-03-20T07:00:02Z,select,jail,releases,,1,s1,ada";
    for (row, expected) in [
        (",,,,,,,", "nothing stands in the row"),
        (
            "2026-03-20T07:00:02Z,select,jail,releases,Smith,1,s1,ada",
            "`row.purpose` is not a value of `purpose`; one of:",
        ),
        (
            "2026-03-20T07:00:02Z,select,Smith,releases,,1,s1,ada",
            "`row.role` has a value that the table `roles` does not list",
        ),
        (
            "2026-03-20T07:00:02Z,select,jail,releases,,many,s1,ada",
            "the expression for `count` cannot be worked out: it gives no count",
        ),
        (
            "2026-03-20T07:00:02Z,select,jail,releases,,-1,s1,ada",
            "the expression for `count` cannot be worked out: it gives no count",
        ),
        (
            "2026-03-20T07:00:02Z,select,jail,releases,Smith, and others,1,s1,ada",
            "the row has 9 cells where the header has 8; quote a text with a comma in it",
        ),
        ("2026-03-20T07:00:02Z,select,jail", "the row has 3 cells where the header has 8;"),
        (header, "the header stands here again"),
    ] {
        let decided = decide(&log, "us/ca", &rows(&format!("{header}\n{row}\n{good}\n")), None);
        assert_eq!(decided.findings.len(), 1, "the rest goes on: {row}");
        let [problem] = decided.problems.as_slice() else { panic!("{row}") };
        assert!(problem.what.starts_with(expected), "{row}: {problem}");
        assert!(!problem.to_string().contains("Smith"), "{problem}");
        assert_eq!((problem.list.as_str(), problem.row), ("log.csv", Some(2)), "{row}");
    }
}

#[test]
fn headers() {
    let log = mapping(DATABASE, "us/ca");
    let of = |header: &str| rows(header).remove(0);
    let known = of("\u{feff}AT , Event,role,table,purpose,rows,session,another");
    assert!(records::recognizes(&log, &texts(&known)));
    let layout = records::layout(&log, &texts(&known)).expect("a layout");
    assert_eq!(layout.headers()[0], "AT");
    assert!(layout.why.contains("`event`"), "{}", layout.why);
    let lacks = of("at,event,role,purpose,rows,session");
    assert!(!records::recognizes(&log, &texts(&lacks)));
    assert!(records::layout(&log, &texts(&lacks)).is_none());
    let error = Places::find(&log, &texts(&lacks)).expect_err("a column is missing");
    assert!(error.contains("`table`"), "{error}");
    let twice = of("at,event,role,table,purpose,rows,session,Role");
    let error = Places::find(&log, &texts(&twice)).expect_err("a column stands twice");
    assert_eq!(error, "the header has the column `role` twice; rename one of them");
}

/// A column that the file does not have is something else than an empty one, and both state nothing.
#[test]
fn a_column_may_be_missing_where_the_header_is_named() {
    let text = DATABASE.replace("id = ", "header = [\"at\", \"event\"]\nid = ");
    let log = mapping(&text, "us/ca");
    let log_rows = rows("at,event,rows\n2026-03-20,select,2\n2026-03-20,select,2,, \n");
    let decided = decide(&log, "us/ca", &log_rows, None);
    // Empty cells behind the last column are those of a spreadsheet.
    assert_eq!((decided.problems.len(), decided.findings.len()), (0, 2));
    assert_eq!(decided.findings[0].group.join("/"), "(not exported)/(not exported)");
    assert_eq!(said(&decided.findings[0]), "cannot_tell needs_facts disclose_information");
}

#[test]
fn what_was_stated_is_told_with_its_column() {
    let log = mapping(DATABASE, "us/ca");
    let events = rows(EVENTS);
    let places = Places::find(&log, &texts(&events[0])).expect("its columns");
    let mut records =
        Records::new(&LAW, "us/ca", &log, &Key::fixed([7; 16]), None).expect("it can be asked");
    let stated = records.facts(&places, &texts(&events[4])).expect("a row");
    let told: Vec<String> =
        stated.iter().map(|one| format!("{}={} ({})", one.fact, one.value, one.from)).collect();
    for expected in [
        "on=2026-03-20 (row.at)",
        "action=disclose_information (row.event)",
        "legal_process=none (the mapping file)",
        "actor_kind=city_police (row.role)",
        "purpose=civil_immigration_enforcement (row.purpose)",
    ] {
        assert!(told.iter().any(|one| one == expected), "{expected}: {told:?}");
    }
    assert!(told.iter().all(|one| !one.starts_with("info_category")), "withheld: {told:?}");
}

/// Which thread a row comes to, and in which order, changes neither findings nor totals.
#[test]
fn rows_in_any_order_and_on_any_thread_are_the_same() {
    let log = example("jail-holds.toml", "us/wa");
    let mut all = rows(&generated(600));
    let header = all.remove(0);
    let places = Places::find(&log, &texts(&header)).expect("its columns");
    let whole =
        || Records::new(&LAW, "us/wa", &log, &Key::fixed([7; 16]), None).expect("it can be asked");
    let told = |mut records: Vec<Records<'_>>, rows: &[Vec<String>]| {
        let mut found = BTreeSet::new();
        let threads = records.len();
        for (number, row) in rows.iter().enumerate() {
            let one = &mut records[number % threads];
            let finding = one.decide("log.csv", &places, 1, &texts(row)).expect("a finding");
            found.insert((finding.id, said(&finding), finding.group.join("/")));
        }
        let mut totals = records.into_iter().map(Records::finish);
        let mut total = totals.next().expect("at least one");
        totals.for_each(|other| total.merge(other));
        (found, total.figures(), total.measures())
    };
    let once = told(vec![whole()], &all);
    assert_eq!(once.1[0].yes, 300, "two rows a booking");
    assert!(once.2[0].count == 300 && once.2[0].greatest > once.2[0].least);
    let first = whole();
    let threads = vec![first.fork(), first.fork(), first];
    let mut other_way = all.clone();
    other_way.reverse();
    assert_eq!(told(threads, &other_way), once);
    // A row by itself, with nothing remembered, is decided as it is among others.
    for row in all.iter().take(40) {
        let alone = told(vec![whole()], std::slice::from_ref(row)).0;
        assert!(alone.is_subset(&once.0));
    }
    let mut under_another_key =
        Records::new(&LAW, "us/wa", &log, &Key::fixed([8; 16]), None).expect("it can be asked");
    let other = under_another_key.decide("log.csv", &places, 1, &texts(&all[0]));
    let other = other.expect("a finding").id;
    assert!(once.0.iter().all(|(id, ..)| *id != other));
}

/// Whatever a mapping file or a row is made of, it is read or refused: nothing panics.
#[test]
fn files_and_rows_of_any_kind_are_read_or_refused() {
    let text = fs::read_to_string(root().join("examples/logs/jail-holds.toml")).expect("it");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("31 bits") % below
    };
    let pieces =
        ["row", "\"", "[", "]", "=", "''", "per", "hours(", ")", "{", "}", "0", "\u{fffd}", "-"];
    let (mut read, mut decided) = (0, 0);
    for _ in 0..300 {
        let mut mutated: Vec<char> = text.chars().collect();
        let at = random(mutated.len());
        let end = (at + random(6)).min(mutated.len());
        mutated.splice(at..end, pieces[random(pieces.len())].chars());
        let mutated: String = mutated.into_iter().collect();
        let Ok(log) = LogMapping::parse("log.toml", &mutated, &LAW, "us/wa") else { continue };
        read += 1;
        let header = rows(BOOKINGS).remove(0);
        let Ok(places) = Places::find(&log, &texts(&header)) else { continue };
        let mut records =
            Records::new(&LAW, "us/wa", &log, &Key::fixed([7; 16]), None).expect("it can be asked");
        for row in rows(BOOKINGS).iter().skip(1) {
            let mut cells = texts(row);
            let cell = random(cells.len());
            cells[cell] = pieces[random(pieces.len())];
            decided += u32::from(records.decide("log.csv", &places, 2, &cells).is_ok());
        }
        let totals = records.finish();
        assert_eq!(totals.figures().len(), log.figures.len());
    }
    assert!(read > 50 && decided > 100, "most would be refused alike: {read} {decided}");
}

/// Bookings with two charges each.
fn generated(rows: u64) -> String {
    let mut csv = BOOKINGS.lines().next().expect("a header").to_owned() + "\n";
    for row in 0..rows {
        let (booking, charge) = (row / 2, row % 2);
        let (day, hour) = (1 + booking % 28, booking / 28 % 24);
        let (left, minute) =
            (hour.saturating_sub(booking % 3 + charge * (booking % 5)), booking % 60);
        csv += &format!(
            "2024-01-{day:02} 00:{minute:02}:00,2024-02-{day:02} {hour:02}:30:00,2024-02-{day:02} {left:02}:00:00,{},{},0,Kind {}\n",
            u64::from(booking % 7 == 0),
            u64::from(booking % 3 == 0),
            booking % 4
        );
    }
    csv
}

const PUBLISHED: &str = r#"[
 {"id": "elm", "source": "a newspaper", "figures": {"bookings": 4, "released_to_immigration": 2, "refused": 2},
  "identities": ["bookings = released_to_immigration + refused", "refused = released_to_immigration + 1"]},
 {"id": "oak", "figures": {"bookings": 9}}
]"#;

#[test]
fn published_figures_are_checked_by_themselves_and_against_the_log() {
    let text = fs::read_to_string(root().join("examples/logs/jail-holds.toml")).expect("it");
    let named = text.replace("[log]\n", "[log]\npublished = \"elm\"\n");
    let published = Published::read("figures.json", PUBLISHED).expect("figures");
    let told = |text: &str, published: &[Published]| {
        let log = mapping(text, "us/wa");
        let totals = decide(&log, "us/wa", &rows(BOOKINGS), None).totals;
        let identities = records::published::identities(&log, &totals, published);
        identities.into_iter().map(|one| (one.text, one.sides, one.holds)).collect::<Vec<_>>()
    };
    let own = "bookings = released_to_immigration + released_otherwise";
    let row = |text: &str, sides: (i64, i64)| (text.to_owned(), sides, sides.0 == sides.1);
    let themselves = [
        row(own, (4, 4)),
        row("elm: bookings = released_to_immigration + refused", (4, 4)),
        row("elm: refused = released_to_immigration + 1", (2, 3)),
    ];
    // Which of two reports is about this log the mapping must say.
    assert_eq!(told(&text, &published), themselves);
    let against = [
        row("bookings of the log = bookings of elm", (4, 4)),
        row("released_to_immigration of the log = released_to_immigration of elm", (1, 2)),
    ];
    assert_eq!(told(&named, &published), [themselves.as_slice(), &against].concat());
    let alone = Published::read("f", r#"{"id": "oak", "figures": {"bookings": 9}}"#).expect("one");
    assert_eq!(told(&text, &alone)[1..], [row("bookings of the log = bookings of oak", (4, 9))]);
}

#[test]
fn a_file_of_figures_that_cannot_be_used_says_why() {
    for (json, expected) in [
        ("", "line 1: the file holds no figures"),
        ("[\n{\"id\": 7}]", "line 2: the file holds no figures"),
        (r#"{"id": "a", "figures": {"x": 1.5}}"#, "line 1: the file holds no figures"),
        (
            r#"{"id": "a", "figures": {"x": 1}, "identities": ["x"]}"#,
            "`a`: `x` is no identity; write",
        ),
        (
            r#"{"id": "a", "figures": {"x": 1}, "identities": ["x = y"]}"#,
            "`a`: `x = y` names `y`, which is no figure of it",
        ),
    ] {
        let problem = Published::read("figures.json", json).expect_err("it cannot be used");
        assert!(problem.what.starts_with(expected), "{json}: {problem}");
        assert_eq!((problem.list.as_str(), problem.row), ("figures.json", None));
    }
}

/// The folder with published data, if it is there.
fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BYLAW_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("skipped: BYLAW_DATA names no folder with published data");
    }
    data
}

#[test]
fn published_detainers_are_counted_exactly_and_none_makes_a_hold_lawful() {
    let Some(data) = data() else { return };
    let folder = data.join("ice-detainers");
    let file = fs::File::open(folder.join("ice_detainers_fy2015_q1.csv.gz")).expect("the file");
    let mut csv = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut csv).expect("whole");
    let log = example("ice-detainers.toml", "us/ca");
    let all = rows(&csv);
    let decided = decide(&log, "us/ca", &all, None);
    assert_eq!((decided.findings.len(), decided.problems.len()), (18_321, 0));

    let file = fs::File::open(folder.join("expected_california_by_facility_type_reason.csv"));
    let mut expected = BTreeMap::new();
    for mut row in read(file.expect("what is expected")).into_iter().skip(1) {
        let count: u64 = row.pop().and_then(|count| count.parse().ok()).expect("a count");
        expected.insert(row, count);
    }
    assert_eq!(expected.len(), 391);
    let mut counted = count_by_group(&decided);
    counted.retain(|group, _| group[0] == "CALIFORNIA");
    let counted: BTreeMap<_, _> =
        counted.into_iter().map(|(group, count)| (group[1..].to_vec(), count)).collect();
    assert_eq!(counted, expected);

    let by_verdict = |decided: &Decided| {
        let mut counts: BTreeMap<Verdict, u64> = BTreeMap::new();
        for finding in &decided.findings {
            *counts.entry(finding.ruling.verdict).or_default() += 1;
        }
        counts
    };
    eprintln!("on their own days: {:?}", by_verdict(&decided));
    assert!(!by_verdict(&decided).contains_key(&Verdict::Permitted));
    let today = decide(&log, "us/ca", &all, Some(day("2026-11-22")));
    let verdicts = by_verdict(&today);
    eprintln!("under the law of 2026-11-22: {verdicts:?}");
    assert!(!verdicts.contains_key(&Verdict::Permitted));
    for finding in &today.findings {
        let facility = &finding.group[1];
        let local =
            ["COUNTY JAIL", "CITY JAIL", "POLICE DEPT"].iter().any(|of| facility.contains(of));
        if &*finding.group[0] == "CALIFORNIA" && local {
            assert_eq!(finding.ruling.word, Some(Word::MustNot), "{facility}");
            assert_eq!(finding.ruling.act, "detain_on_hold");
        }
    }
}

#[test]
fn published_bookings_are_measured() {
    let Some(data) = data() else { return };
    let file = data.join("jail-immigration-holds/pierce_county_wa_bookings_sample.csv");
    let all = read(fs::File::open(file).expect("the file"));
    let log = example("jail-holds.toml", "us/wa");
    let decided = decide(&log, "us/wa", &all, None);
    assert_eq!((decided.findings.len(), decided.problems.len()), (250, 0));
    let released = decided.findings.iter().filter(|one| &*one.group[0] == "yes").count();
    assert_eq!(released, 18);
    let transfers =
        decided.findings.iter().filter(|one| one.ruling.act == "transfer_custody").count();
    assert_eq!(transfers, 18);
    let identities = decided.totals.identities();
    assert!(identities.iter().all(|one| one.holds && one.sides.0 > 0), "{identities:?}");

    // The same, reckoned apart.
    let column = |name: &str| all[0].iter().position(|known| known == name).expect("a column");
    let (from, to) = (column("charge_release_dt"), column("release_dt"));
    let time =
        |row: &[String], at: usize| row[at].parse::<jiff::civil::DateTime>().expect("a time");
    let mut hours: Vec<i64> = all[1..]
        .iter()
        .map(|row| time(row, to).duration_since(time(row, from)).as_secs())
        .map(|seconds| (seconds * 10 + 18).div_euclid(36))
        .collect();
    hours.sort_unstable();
    let measured = &decided.totals.measures()[0];
    eprintln!("{measured:?}");
    assert_eq!((measured.count, measured.not_known), (250, 0));
    assert_eq!((measured.least, measured.greatest), (hours[0], hours[249]));
    assert_eq!((measured.median, measured.sum), (hours[124], hours.iter().sum::<i64>().into()));
}

#[test]
fn published_figures_satisfy_their_identities() {
    let Some(data) = data() else { return };
    let file = data.join("published-transfer-figures/figures.json");
    let published =
        Published::read("figures.json", &fs::read_to_string(file).expect("the file")).expect("it");
    let checked: Vec<_> = published.iter().flat_map(Published::check).collect();
    assert_eq!(checked.len(), 3);
    for identity in checked {
        assert!(identity.holds, "{}: {:?}", identity.text, identity.sides);
    }
}
