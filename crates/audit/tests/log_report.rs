//! The report of generated logs that the real law decided: every number adds up, nothing of a file is
//! obeyed, nothing personal is in it. The pages are left in the target folder's `tmp`, for a look.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/packs.rs"]
mod packs;

use std::{collections::BTreeMap, fs, path::Path};

use bylaw_audit::{
    Problem, Resolver,
    lexicon::{Lexicon, Strength},
    log::{
        Cell, Field, FindingId, Judge, Row, Verdict,
        cell::State,
        decide::Decider,
        finding::Key,
        judge::Asking,
        link::{Difference, Differences, Kind, Release},
        records::{Places, Records},
        report::{Lang, Report},
        run::{Audited, FileRead, Identity},
        time::{Clock, Moment, Precision, Written},
    },
};
use bylaw_law::{Law, Word};
use bylaw_mapping::LogMapping;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use packs::LAW;

const OWNER: &str = "Alder Grove CA PD";

/// Organizations, from those that search most.
const ORGANIZATIONS: [&str; 12] = [
    OWNER,
    "Redbud CA PD",
    "Willow County CA SO",
    "Ely NV PD",
    "SAN DIEGO SECTOR BORDER PATROL (CA)",
    "Tamarack Task Force",
    "[Federal] Redbud Lake PD",
    "Sagebrush State University",
    "Madrone CA DA",
    "Cottonwood AZ Marshal",
    "<script>alert('x')</script> \u{1b}[31m& Sons \u{202e}DP",
    "",
];

/// Reasons with how often they come.
const REASONS: [(&str, u32); 12] = [
    ("Investigation", 30),
    ("", 25),
    ("26-01628", 20),
    ("Stolen vehicle", 20),
    ("10851 VC", 10),
    ("Missing person", 6),
    ("HSI", 2),
    ("ICE warrant", 2),
    ("Immigration (civil/administrative) - PLATE-4711", 1),
    ("ICE Impersonation", 1),
    ("qwert zuiop", 4),
    ("Homicide", 6),
];

#[test]
fn every_table_adds_up_to_its_last_row() {
    let world = World::new();
    for (name, audited) in
        [("big", &world.audited), ("small", &world.small()), ("none", &Audited::default())]
    {
        for lang in [Lang::En, Lang::Es] {
            let page = world.report(audited).page(lang);
            keep(&format!("report-{name}-{}.html", lang.tag()), &page);
            let tables = tables(&page);
            for table in tables.iter().filter(|table| table.sum.is_some()) {
                table.check();
            }
            let rows = audited.tally.rows;
            let adds_up_to_all = tables.iter().filter(|table| table.sums_up_to(rows)).count();
            assert!(
                rows == 0 || adds_up_to_all >= 3,
                "by agency, by month and by file: {adds_up_to_all}"
            );
        }
    }
}

#[test]
fn the_parts_of_the_summary_are_all_rows() {
    let world = World::new();
    let tally = &world.audited.tally;
    let verdicts = [Verdict::Barred, Verdict::CannotTell, Verdict::Permitted];
    let numbers = verdicts.map(|verdict| tally.with(verdict));
    assert!(numbers.iter().all(|rows| *rows > 100), "{numbers:?}");
    assert_eq!(numbers.iter().sum::<u64>(), tally.rows);
    let page = world.report(&world.audited).page(Lang::En);
    let silent: u64 = tally
        .cells()
        .filter(|(key, _)| {
            (key.ruling.verdict, key.ruling.word) == (Verdict::Permitted, Some(Word::Unregulated))
        })
        .map(|(_, count)| count.rows)
        .sum();
    let [barred, open, permitted] = numbers;
    assert!(silent > 0 && silent < permitted, "{silent} of {permitted}");
    for rows in [barred, open, permitted - silent, silent] {
        assert!(page.contains(&format!("<b>{}</b>", thousands(rows))), "{rows}");
    }
    let text = world.report(&world.audited).text(false, 80);
    for rows in numbers.iter().take(2) {
        assert!(text.contains(&format!("{:>13}  ", thousands(*rows))), "{rows} in\n{text}");
    }
    let spanish = world.report(&world.audited).page(Lang::Es);
    let (permitted, silent) = (thousands(permitted - silent), thousands(silent));
    for (out, words) in [
        (
            &page,
            "Permitted: {} rows. The law is silent about [] rows, which state a purpose of which it says nothing; silence is no permission.",
        ),
        (
            &text,
            "Permitted: {} rows. The law is silent about [] rows, which state a purpose of which it says nothing; silence is no permission.",
        ),
        (
            &spanish,
            "Permitidas: {} filas. La ley no dice nada de [] filas, que declaran un propósito del que no habla; el silencio no es un permiso.",
        ),
    ] {
        let words = words.replace("{}", &permitted).replace("[]", &silent);
        assert!(plain(out).contains(&words), "{words} in {out}");
    }
}

/// Texas has no rule about it, so a blank reason is all that the row says.
#[test]
fn silence_permits_nothing_where_no_purpose_is_recorded() {
    let world = World::new();
    let mut audited = Audited::default();
    decide(
        world.law,
        "us/tx",
        30,
        |row, number| {
            row.set(Field::Organization, Cell::Present("Alder Grove TX PD"));
            row.set(Field::Reason, present(if number < 10 { "Stolen vehicle" } else { "" }));
        },
        &mut audited,
    );
    let no_day = audited.tally.cells().filter(|(key, _)| key.month.is_none());
    assert_eq!(no_day.count(), 0, "each row of the test has a day");
    assert_eq!(audited.tally.with(Verdict::CannotTell), 20);
    let report = Report {
        jurisdiction: world.law.jurisdiction("us/tx").expect("it is there"),
        place: "Texas",
        ..world.report(&audited)
    };
    let (english, spanish, text) =
        (report.page(Lang::En), report.page(Lang::Es), plain(&report.text(false, 80)));
    for words in [
        "Permitted: 0 rows. The law is silent about 10 rows, which state",
        "20 the law has no rule about it, and no purpose is recorded: Nothing was written",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let reason = "The law has no rule about it, and no purpose is recorded</th><td class=\"number\">20</td><td>100.0\u{a0}%</td><td>Nothing was written";
    assert!(part(&english, "open").contains(reason), "{}", part(&english, "open"));
    assert!(
        part(&spanish, "open").contains("no consta ningún propósito</th><td class=\"number\">20")
    );
}

#[test]
fn what_was_not_read_is_not_understated() {
    let world = World::new();
    let problem =
        |row, what: &str| Problem { list: "a.csv".to_owned(), row, what: what.to_owned() };
    let file = |name: &str, rows, problems: Vec<Problem>| FileRead {
        name: name.to_owned(),
        rows,
        rows_not_read: problems.iter().filter(|problem| problem.row.is_some()).count() as u64,
        problems,
        ..FileRead::default()
    };
    let ragged = "it has more cells than its header";
    let mut audited = Audited {
        files: vec![
            file("whole.csv", 5, vec![problem(Some(3), ragged), problem(Some(9), ragged)]),
            FileRead {
                cut: true,
                ..file("cut.csv.gz", 5, vec![problem(Some(7), "it is cut short")])
            },
            file("locked.xlsx", 0, vec![problem(None, "it is no spreadsheet that can be read")]),
            FileRead {
                cut: true,
                ..file("cut-at-once.gz", 0, vec![problem(Some(1), "cut short")])
            },
            // All of its rows are known.
            file("ragged.csv", 0, vec![problem(Some(2), ragged)]),
        ],
        ..Audited::default()
    };
    let report = world.report(&audited);
    let text = plain(&report.text(false, 100));
    for words in [
        "Not read, and in none of these numbers: 5 rows; besides, the rest of 1 file and all of 2 files: how many rows that is, is not known.",
        "? rows not read besides: the rest of 1 file and all of 2 files",
        "! row 3, the first of 2: it has more cells",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let spanish = report.page(Lang::Es);
    assert!(spanish.contains("5 filas; además, el resto de 1 archivo y todo lo de 2 archivos: no se sabe cuántas filas son."));
    let english = report.page(Lang::En);
    assert!(
        part(&english, "files")
            .contains("Not read besides: the rest of 1 file and all of 2 files.")
    );
    assert!(part(&english, "files").contains("<li>row 3, the first of 2: it has more cells"));

    audited.files.truncate(1);
    audited.files[0].rows_not_read = 50;
    let text = plain(&world.report(&audited).text(false, 100));
    assert!(text.contains("in none of these numbers: 50 rows."), "{text}");
    assert!(text.contains("row 3, the first of at least 2: "), "{text}");
}

#[test]
fn a_file_given_twice_and_a_single_day_are_told() {
    let world = World::new();
    let day = Some((date("2026-03-02"), date("2026-03-02")));
    let file = |name: &str, hash: &str| FileRead {
        name: name.to_owned(),
        sha256: hash.repeat(8),
        rows: 3,
        days: day,
        ..FileRead::default()
    };
    let mut audited = Audited {
        files: vec![
            file("a.csv", "5f0c9a1b"),
            file("c.csv", "77777777"),
            file("b.csv", "5f0c9a1b"),
        ],
        ..Audited::default()
    };
    let twice = "a.csv and b.csv are the same file, byte for byte; its rows count twice.";
    let report = world.report(&audited);
    let (page, text) = (report.page(Lang::En), plain(&report.text(false, 100)));
    for out in [&page, &text] {
        assert_eq!(out.matches(twice).count(), 2, "in the lead and at the files: {out}");
        assert!(out.contains("in 3 files, of 2026-03-02. "), "{out}");
    }
    assert!(report.page(Lang::Es).contains(
        "a.csv y b.csv son el mismo archivo, byte por byte; sus filas se cuentan dos veces."
    ));
    audited.files.extend(["d.csv", "e.csv", "f.csv"].map(|name| file(name, "5f0c9a1b")));
    let text = plain(&world.report(&audited).text(false, 100));
    assert!(
        text.contains("a.csv, b.csv, d.csv and 2 others are the same file, byte for byte; its rows count 5 times."),
        "{text}"
    );
}

#[test]
fn the_page_is_whole_and_needs_nothing_from_elsewhere() {
    let world = World::new();
    for lang in [Lang::En, Lang::Es] {
        let page = world.report(&world.audited).page(lang);
        let tags = tags(&page);
        balanced(&tags);
        assert!(page.starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", lang.tag())));
        for forbidden in
            ["<script", "<link", "<img", "@import", "url(http", "src=", "http://", "onload"]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        let mut ids: Vec<&str> = attributes(&page, " id=\"");
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
        for target in attributes(&page, " href=\"#") {
            assert!(ids.contains(&target), "#{target} leads nowhere");
        }
        for label in attributes(&page, " aria-labelledby=\"") {
            assert!(label.split(' ').all(|id| ids.contains(&id)), "{label}");
        }
        assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
        assert_eq!(page.matches("<h1>").count(), 1);
        let pictures = page.matches("role=\"img\"").count();
        assert!(pictures > 20 && page.matches("<title").count() == pictures + 1, "{pictures}");
    }
}

#[test]
fn nothing_of_a_file_is_obeyed_and_nothing_personal_is_told() {
    let world = World::new();
    let report = world.report(&world.audited);
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.txt"), report.text(true, 90))
        .expect("it can be written");
    let (english, spanish, text) =
        (report.page(Lang::En), report.page(Lang::Es), report.text(false, 80));
    for out in [&english, &spanish, &text] {
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'));
        for secret in ["PLATE-4711", "26-01628", "qwert", "badge-8815"] {
            assert!(!out.contains(secret), "{secret}");
        }
        assert!(!out.to_lowercase().contains("violated"));
    }
    assert!(english.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert!(report.text(true, 80).contains("\u{1b}[1;31m"), "with colors where they are wanted");
}

#[test]
fn what_is_barred_cites_its_rule_and_how_far_it_was_verified() {
    let world = World::new();
    let report = world.report(&world.audited);
    let (page, text) = (report.page(Lang::En), report.text(false, 100));
    let barred =
        world.audited.tally.cells().filter(|(key, _)| key.ruling.verdict == Verdict::Barred);
    let mut seen = 0;
    for (key, _) in barred {
        let rule = world.law.rule(key.ruling.because[0]);
        for part in [&rule.id, &rule.cite] {
            assert!(
                page.contains(&escaped(part)) && plain(&text).contains(part.as_str()),
                "{part}"
            );
        }
        assert!(page.contains(&escaped(&rule.status)), "{}", rule.status);
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn why_it_cannot_be_told_is_told_for_each_way_a_purpose_is_missing() {
    let world = World::new();
    let page = world.report(&world.audited).page(Lang::En);
    let open = part(&page, "open");
    for words in [
        "Nothing was written",
        "Words that state no purpose, such as “investigation”",
        "A number alone",
        "Something was written and is masked",
        "The file has no such column",
        "No date that can be read",
        "What the organization is",
        "Barred, if it is",
    ] {
        assert!(open.contains(words), "{words} in {open}");
    }
}

#[test]
fn a_search_whose_purpose_was_replaced_is_told_with_its_places() {
    let world = World::new();
    let page = world.report(&world.audited).page(Lang::En);
    let copies = part(&page, "copies");
    for words in
        ["An immigration purpose", "release-2.csv", "line 1,204", "Only in the second", "4,810"]
    {
        assert!(copies.contains(words), "{words} in {copies}");
    }
    assert!(world.report(&world.audited).text(false, 80).contains("one copy has: An immigration"));
}

#[test]
fn files_problems_and_states_are_told() {
    let world = World::new();
    let page = world.report(&world.audited).page(Lang::En);
    let files = part(&page, "files");
    for words in [
        "vendor export",
        "since",
        "withheld",
        "damaged or cut short",
        "<code>***</code> × 120",
        "row 10,512",
    ] {
        assert!(files.contains(words) || words == "since", "{words} in {files}");
    }
    let figures = part(&page, "figures");
    assert!(figures.contains("157") && figures.contains("<td>NO</td>"), "{figures}");
    assert!(part(&page, "law").contains("Who reviewed these packs"));
    assert!(part(&page, "method").contains("bylaw audit log release-1.csv"));
}

#[test]
fn rows_that_stand_for_several_acts_show_both() {
    let world = World::new();
    let page = world.report(&world.published()).page(Lang::En);
    keep("report-published-en.html", &page);
    assert!(page.contains("60 rows (720 recorded acts)"), "{}", part(&page, "open"));
    for table in tables(&page).iter().filter(|table| table.sum.is_some()) {
        table.check();
    }
}

#[test]
fn a_mapped_log_shows_its_own_figures_and_measures() {
    let world = World::new();
    let audited = world.bookings();
    let groups = ["released to immigration", "immigration hold"].map(str::to_owned);
    let report = Report {
        jurisdiction: world.law.jurisdiction("us/wa").expect("it is there"),
        place: "Washington State",
        mapping: Some("jail-holds.toml"),
        on: None,
        groups: &groups,
        ..world.report(&audited)
    };
    let page = report.page(Lang::En);
    keep("report-mapped-en.html", &page);
    balanced(&tags(&page));
    let figures = part(&page, "figures");
    for cells in [
        "released_to_immigration</th><td class=\"number\">10</td><td class=\"number\">30</td>",
        "hours_after_the_last_charge</th><td>1.5</td><td>1.5",
        "<td>yes</td>",
    ] {
        assert!(figures.contains(cells), "{cells} in {figures}");
    }
    assert!(page.contains("Released to immigration · immigration hold"));
    assert!(part(&page, "method").contains("A mapping file says"));
    for searches_only in ["lexicon reads", "id=\"copies\"", "#flagged"] {
        assert!(!page.contains(searches_only), "{searches_only}");
    }
    let text = plain(&report.text(false, 80));
    for words in
        ["mapping jail-holds.toml", "10 released_to_immigration", "1.5 hours_after_the_last_charge"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
    for table in tables(&page).iter().filter(|table| table.sum.is_some()) {
        table.check();
    }
}

/// A law, and logs that it decided.
struct World {
    law: &'static Law,
    audited: Audited,
    options: Vec<String>,
}

impl World {
    fn new() -> Self {
        let law = &*LAW;
        let mut audited = searches(law, 20_000);
        with_copies(&mut audited);
        audited.files = files(&audited);
        audited.identities = identities();
        audited.tally.not_read = BTreeMap::from([
            ("it has more cells than its header".to_owned(), 3),
            ("it is not in UTF-8".to_owned(), 1),
        ]);
        Self { law, audited, options: vec![format!("the owner is {OWNER} (`--owner`)")] }
    }

    fn report<'a>(&'a self, audited: &'a Audited) -> Report<'a> {
        Report {
            law: self.law,
            jurisdiction: self.law.jurisdiction("us/ca").expect("it is there"),
            place: "California",
            made_on: date("2026-11-23"),
            command: "bylaw audit log release-1.csv release-2.csv --jurisdiction us/ca --owner 'Alder Grove CA PD' -o report",
            options: &self.options,
            zone: "America/Los_Angeles",
            lexicon: "2026-11-22",
            mapping: None,
            on: None,
            groups: &[],
            identifiers: false,
            audited,
        }
    }

    /// One file of a few rows, in one month.
    fn small(&self) -> Audited {
        let mut audited = searches(self.law, 3);
        audited.files =
            vec![FileRead { name: "small.csv".to_owned(), rows: 3, ..FileRead::default() }];
        audited
    }

    /// A table of counts, as reports publish them: each row stands for twelve searches.
    fn published(&self) -> Audited {
        let mut audited = Audited::default();
        let twelve = |row: &mut Row<'_>, _| row.set(Field::Count, Cell::Present("12"));
        decide(self.law, "us/ca", 60, twelve, &mut audited);
        audited.files =
            vec![FileRead { name: "published.csv".to_owned(), rows: 60, ..FileRead::default() }];
        audited
    }
}

impl World {
    /// A jail's bookings, as the worked example maps them: one in four is released to immigration.
    fn bookings(&self) -> Audited {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/logs/jail-holds.toml");
        let toml = fs::read_to_string(file).expect("the example is there");
        let log =
            LogMapping::parse("jail-holds.toml", &toml, self.law, "us/wa").expect("it is right");
        let key = Key::fixed([7; 16]);
        let mut records =
            Records::new(self.law, "us/wa", &log, &key, None).expect("it can be asked");
        let header = [
            "booking_dt",
            "release_dt",
            "charge_release_dt",
            "release_to_imm",
            "imm_hold",
            "cancel_detainer",
            "release_disposition_desc",
        ];
        let header = [&header[..], &["gender_desc", "country_of_birth", "born_in_us"]].concat();
        let places = Places::find(&log, &header).expect("its columns");
        let mut audited = Audited::default();
        for number in 0..40 {
            let (day, flag) = (number % 28 + 1, if number % 4 == 0 { "1" } else { "0" });
            let times = ["10:00", "12:30", "11:00"]
                .map(|time| format!("2026-03-{day:02} {time}:{number:02}"));
            let row = [&times[0], &times[1], &times[2], flag, flag, "0", "served", "-", "-", "-"];
            let finding =
                records.decide("bookings.csv", &places, number + 2, &row).expect("it is read");
            audited.tally.add(&finding);
        }
        let totals = records.finish();
        audited.identities = totals.identities();
        audited.totals = Some(totals);
        audited.files =
            vec![FileRead { name: "bookings.csv".to_owned(), rows: 40, ..FileRead::default() }];
        audited
    }
}

fn searches(law: &Law, rows: u32) -> Audited {
    let mut audited = Audited::default();
    decide(law, "us/ca", rows, |_, _| (), &mut audited);
    audited
}

/// Decides generated rows with the real parts; `change` may change each.
fn decide(
    law: &Law,
    path: &str,
    rows: u32,
    change: impl Fn(&mut Row<'_>, u32),
    audited: &mut Audited,
) {
    let resolver = Resolver::new().expect("the patterns are right");
    let lexicon = Lexicon::built_in().expect("the lexicon is right");
    let owner = if path == "us/ca" { OWNER } else { "Alder Grove TX PD" };
    let asking = Asking { owner: Some(owner), ..Asking::default() };
    let judge = Judge::new(law, path, &resolver, &lexicon, asking).expect("it can be asked");
    let clock = Clock::new(Vec::new(), Written::Local, TimeZone::UTC);
    let mut decider = Decider::new(judge, &lexicon, clock);
    let mut random = Random(7);
    for number in 0..rows {
        let mut row = Row::at(u64::from(number) + 2);
        let organization = ORGANIZATIONS[random.below(12).min(random.below(12))];
        row.set(Field::Organization, present(organization));
        row.set(Field::User, Cell::Present("badge-8815"));
        row.set(Field::Reason, reason(&mut random));
        row.set(Field::Case, Cell::Empty);
        change(&mut row, number);
        let on = date("2024-06-01")
            .checked_add(i32::try_from(random.below(700)).expect("it is small").days())
            .expect("a day");
        let moment = Moment { on, utc: None, precision: Precision::Day };
        let decided = decider.decide_on(&row, (random.below(200) > 0).then_some(moment));
        audited.tally.add(&decider.finding(&row, decided, FindingId(u128::from(number))));
    }
}

fn reason(random: &mut Random) -> Cell<'static> {
    match random.below(40) {
        0 => Cell::NotExported,
        1 | 2 => Cell::Withheld("***"),
        _ => {
            let mut at = u32::try_from(random.below(127)).expect("it is small");
            let found = REASONS.iter().find(|(_, often)| {
                at < *often || {
                    at -= often;
                    false
                }
            });
            present(found.map_or("", |(reason, _)| reason))
        }
    }
}

fn present(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Present(text) }
}

fn with_copies(audited: &mut Audited) {
    audited.differences = Differences {
        counts: BTreeMap::from([
            ((Field::Reason, Kind::Replaced), 31),
            ((Field::Reason, Kind::Masked), 7),
            ((Field::Devices, Kind::Replaced), 212),
            ((Field::Plate, Kind::MissingColumn), 4810),
        ]),
        linked: 4810,
        strength_changed: BTreeMap::from([
            ((Strength::Immigration, Strength::Generic), 4),
            ((Strength::Other, Strength::Withheld), 7),
        ]),
        examples: vec![Difference {
            search: FindingId(9),
            field: Field::Reason,
            kind: Kind::Replaced,
            strengths: Some((Strength::Immigration, Strength::Generic)),
            places: vec![(0, 1204), (1, 988)],
        }],
        not_compared: 0,
        not_paired: 0,
    };
    audited.releases = vec![Release {
        files: (0, 1),
        shared: 4810,
        only: (12, 230),
        fields: (vec![Field::Plate, Field::Case], Vec::new()),
    }];
}

fn files(audited: &Audited) -> Vec<FileRead> {
    let first = 10_512;
    let states = |rows: u64| {
        BTreeMap::from([
            (Field::Organization, BTreeMap::from([(State::Present, rows)])),
            (Field::User, BTreeMap::from([(State::Withheld, rows)])),
            (
                Field::Reason,
                BTreeMap::from([
                    (State::Present, rows / 2),
                    (State::Empty, rows / 3),
                    (State::Withheld, rows - rows / 2 - rows / 3),
                ]),
            ),
            (Field::Plate, BTreeMap::from([(State::NotExported, rows)])),
        ])
    };
    let file = |name: &str, rows| FileRead {
        name: name.to_owned(),
        sha256: format!("{:064x}", rows * 7919),
        size: rows * 190,
        formats: vec![(
            "the vendor export of 14 columns".to_owned(),
            "its header has exactly these columns".to_owned(),
        )],
        rows,
        states: states(rows),
        marks: BTreeMap::from([("***".to_owned(), 120)]),
        days: Some((date("2024-06-01"), date("2026-05-01"))),
        ..FileRead::default()
    };
    let problem = Problem {
        list: "release-1.csv".to_owned(),
        row: Some(first),
        what: "the gzip file is damaged or cut short; what comes from here on is not read"
            .to_owned(),
    };
    vec![
        FileRead {
            rows_not_read: 4,
            repeated: 17,
            cut: true,
            headers_repeated: 2,
            shifted: 5,
            problems: vec![problem],
            ..file("release-1.csv", first)
        },
        file("release-2.csv", audited.tally.rows - first),
    ]
}

fn identities() -> Vec<Identity> {
    let identity = |text: &str, left, right| Identity {
        text: text.to_owned(),
        sides: (left, right),
        holds: left == right,
    };
    vec![
        identity("requests = transfers + others", 157, 157),
        identity("others = unknown + released", 132, 131),
    ]
}

fn date(text: &str) -> Date {
    text.parse().expect("it is a day")
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }
}

fn keep(name: &str, page: &str) {
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), page).expect("it can be written");
}

/// The part of the page under a heading.
fn part<'a>(page: &'a str, id: &str) -> &'a str {
    let from = page
        .split_once(&format!("<section aria-labelledby=\"{id}\">"))
        .expect("the part is there")
        .1;
    from.split_once("</section>").expect("it ends").0
}

/// A table's numbers, column by column; the columns that hold none are left out.
struct Table<'a> {
    caption: &'a str,
    rows: Vec<Vec<Option<u64>>>,
    sum: Option<Vec<Option<u64>>>,
}

impl Table<'_> {
    fn check(&self) {
        let sum = self.sum.as_ref().expect("it has one");
        for (column, expected) in
            sum.iter().enumerate().filter_map(|(column, sum)| Some((column, (*sum)?)))
        {
            let found: u64 =
                self.rows.iter().filter_map(|row| row.get(column).copied().flatten()).sum();
            assert_eq!(found, expected, "column {column} of “{}”", self.caption);
        }
    }

    /// Whether a number of its last row is that one.
    fn sums_up_to(&self, rows: u64) -> bool {
        self.sum.iter().flatten().any(|sum| *sum == Some(rows))
    }
}

fn tables(page: &str) -> Vec<Table<'_>> {
    page.split("<table>")
        .skip(1)
        .map(|html| {
            let html = html.split("</table>").next().expect("it ends");
            let caption = between(html, "<caption>", "</caption>");
            let numbers = |html: &str| -> Vec<Vec<Option<u64>>> {
                html.split("<tr>")
                    .skip(1)
                    .map(|row| row.split("<td").skip(1).map(number).collect())
                    .collect()
            };
            let rows = numbers(between(html, "<tbody>", "</tbody>"));
            let sum = html
                .contains("<tfoot>")
                .then(|| numbers(between(html, "<tfoot>", "</tfoot>")).remove(0));
            Table { caption, rows, sum }
        })
        .collect()
}

fn number(cell: &str) -> Option<u64> {
    let digits = cell.strip_prefix(" class=\"number\">")?.split('<').next()?;
    digits.replace(',', "").parse().ok()
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).map_or("", |(_, rest)| rest);
    rest.split_once(to).map_or("", |(inside, _)| inside)
}

/// The names of the tags, `/` before those that end.
fn tags(page: &str) -> Vec<&str> {
    let body = page.split("</style>").nth(1).expect("the style ends");
    body.split('<').skip(1).filter_map(|tag| tag.split([' ', '>', '\n']).next()).collect()
}

fn balanced(tags: &[&str]) {
    let mut open: Vec<&str> = vec!["html", "head"];
    for tag in tags.iter().filter(|tag| !matches!(**tag, "br" | "meta")) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "within {open:?}"),
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(name).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('\'', "&#39;").replace('"', "&quot;")
}

/// Text with line breaks and indents as one blank.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn thousands(number: u64) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (before, rest) if before < 1000 => format!("{before},{rest:03}"),
        _ => panic!("the test counts no millions"),
    }
}
