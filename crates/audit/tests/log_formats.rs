//! Shapes of files, states of cells and rows whose cells have moved: each trap as a small case.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and says what it measured"
)]

use std::{fs, io::Read, path::PathBuf};

use bylaw_audit::log::{
    Cell, Field, Row,
    cell::State,
    format::{BadRow, Formats, Layout, Shape, counted, number},
    time::zone_of,
};
use jiff::tz::TimeZone;

const VENDOR: &str = "ID, Name, Org Name, Total Networks Searched, Total Devices Searched, Time Frame, \
                      License Plate, Reason, Case #, Filters, Search Time, Search Type, Text Prompt, \
                      Moderation";
const PORTALS: &str = "agency_slug,id,userId,searchDate,networkCount,reason,offenseType,caseNumber";
const PORTAL: &str = "id,userId,searchDate,networkCount,reason";
const ORGANIZATION: &str = "ID,Org_Name,Total_Networks_Searched,Total_Devices_Searched,Time_Frame_Start,\
                            Time_Frame_End,Reason,Search_Time,Search_Type,Moderation";
const UUID: &str = "3bb6ccb4-36b4-431c-98cf-39bbf33550cf";

// ---- what a header is

#[test]
fn headers_of_every_shape_are_recognized() {
    let thirteen = VENDOR.replace(" Total Devices Searched,", "");
    for (header, wanted) in [
        (VENDOR, "vendor-export"),
        (&format!("\u{feff}{VENDOR}"), "vendor-export"),
        (&VENDOR.to_uppercase(), "vendor-export"),
        (&VENDOR.replace(", ", ",").replace(' ', "_"), "vendor-export"),
        (&thirteen, "vendor-export"),
        ("ID, Org Name, Reason, Search Time, Search Type", "vendor-export"),
        ("Search Time,Org Name,ID,Reason", "vendor-export"),
        (&format!("{VENDOR},Agency Notes"), "vendor-export"),
        (ORGANIZATION, "vendor-organization-audit"),
        (&ORGANIZATION.replace('_', " "), "vendor-organization-audit"),
        (PORTALS, "portal-audits"),
        ("agency_slug,id,userId,searchDate,networkCount,reason", "portal-audits"),
        (PORTAL, "portal-audit"),
        ("\u{feff}id,userId,searchDate,networkCount,reason", "portal-audit"),
        ("id,userId,searchDate,cameraCount,reason", "portal-audit-cameras"),
        ("Reason,DateTime", "reason-and-time"),
        ("DateTime , Reason", "reason-and-time"),
        ("month,org_name,org_state,searches,reasons", "reasons-table"),
        ("org_name,reason,immigration,basis", "labelled-reasons"),
        ("org_name,reason,immigration", "labelled-reasons"),
        ("Officer,Agency,Date of Search,Purpose,Plate Number", "general"),
        ("Query Date,Requesting Agency,Case/Incident #,Justification,Result", "general"),
        ("Agency,Timestamp,User", "general"),
    ] {
        let layout = layout(header);
        assert_eq!(layout.format.name, wanted, "{header}: {}", layout.why);
    }
}

#[test]
fn what_is_no_header_is_not_taken_for_one() {
    let formats = formats();
    for line in [
        "Transparency portal search audit",
        "",
        ",,,,",
        "Reason",
        "ID,Name",
        "Date,State,City",
        "Prepare Date,Detainer Type,Detainer Detention Facility,State,City,Detainer Lift Reason",
        "booking_dt,release_dt,booking_charge_desc,charge_release_dt",
        "alder-grove-ca-pd,3bb6ccb4,***,2026-03-20T00:06:23.972Z,1,reason,date,",
        "stolen vehicle,2021-12-14 08:49:47",
    ] {
        let cells: Vec<&str> = line.split(',').collect();
        assert!(formats.recognize(&cells, None).is_none(), "{line}");
    }
}

#[test]
fn a_format_says_why_and_what_it_does_not_read() {
    let why = |header: &str| layout(header).why;
    assert_eq!(why(PORTALS), "its header has all 8 columns of this format and no other");
    assert_eq!(
        why("id,searchDate,reason"),
        "columns of this format, which has 5: `id`, `searchDate`, `reason`"
    );
    assert!(why(&format!("{VENDOR}, Shift\nNotes")).ends_with("; not read: `Shift Notes`"));
    assert_eq!(
        why("Agency,When Made,Timestamp,Reason"),
        "columns known by their names: `Agency`, `Timestamp`, `Reason`; not read: `When Made`"
    );
}

/// A portal's format knows no organization: with the column unread, all would be the owner's searches.
#[test]
fn a_column_that_says_who_searched_is_read_whatever_the_format() {
    for (header, wanted, format) in [
        (&*format!("{PORTAL},Org Name"), "Org Name", "portal-audit"),
        (&format!("Agency Name,{PORTAL}"), "Agency Name", "portal-audit"),
        ("id,Org Name,searchDate,reason", "Org Name", "portal-audit"),
        ("Reason,DateTime,Agency", "Agency", "general"),
        (&format!("{PORTAL},Searching Agency"), "Searching Agency", "portal-audit"),
        (&format!("{PORTAL},searched_by_agency"), "searched_by_agency", "portal-audit"),
        (&format!("{PORTAL},Department"), "Department", "portal-audit"),
        (&format!("{PORTAL},Department,Agency"), "Agency", "general"),
        ("id,userId,searchDate,cameraCount,reason,Agency", "Agency", "portal-audit-cameras"),
        ("ID,Reason,Search Time,Agency", "Agency", "vendor-export"),
        (&format!("{PORTALS},Org Name"), "Org Name", "portal-audits"),
        (&format!("{VENDOR},Agency"), "Org Name", "vendor-export"),
    ] {
        let layout = layout(header);
        let found = layout.column_of(Field::Organization).expect(header);
        assert_eq!(layout.headers()[found], wanted, "{header}: {}", layout.why);
        assert_eq!(layout.format.name, format, "{header}: {}", layout.why);
    }
    let formats = formats();
    let header = ["id", "Org Name", "searchDate", "reason"];
    let asked = formats.recognize(&header, formats.named("portal-audit").map(|format| &**format));
    let asked = asked.expect("it has such columns");
    let (row, _) = read(&asked, &["a1", "Alder PD", "2026-03-20 00:06:23", "bolo"]).expect("a row");
    assert_eq!(row.get(Field::Organization), Cell::Present("Alder PD"));
    assert_eq!(row.get(Field::Reason), Cell::Present("bolo"));
}

#[test]
fn a_column_that_two_fields_shared_leaves_one_to_a_column_of_its_own() {
    let layout = layout("agency_slug,id,searchDate,reason,Org Name");
    assert_eq!(layout.fields_at(0), [Field::Owner]);
    assert_eq!(layout.fields_at(4), [Field::Organization]);
    let line = ["alder-pd", "a1", "2026-03-20 00:06:23", "bolo", "Birch PD"];
    let (row, _) = read(&layout, &line).expect("a row");
    assert_eq!(row.get(Field::Owner), Cell::Present("alder-pd"));
    assert_eq!(row.get(Field::Organization), Cell::Present("Birch PD"));
}

#[test]
fn a_time_that_is_borrowed_is_read_by_the_patterns_it_comes_with() {
    let layout = layout("org_name,reason,immigration,Search Time");
    assert_eq!(layout.format.name, "labelled-reasons");
    let at = layout.column_of(Field::At).expect("it is read");
    assert_eq!(layout.headers()[at], "Search Time");
    let mut clock = layout.format.clock(zone("us/ca"));
    assert_eq!(clock.read("3/20/2026 9:15").expect("a time").on.to_string(), "2026-03-20");
    let row = ["Alder PD", "bolo", "no", "3/20/2026 9:15"].map(str::to_owned).to_vec();
    assert_eq!(layout.check_sample(&vec![row; 5]), Ok(()));
}

#[test]
fn why_tells_what_is_borrowed_and_who_is_left_unread() {
    let why = |header: &str| layout(header).why;
    assert_eq!(
        why("id,Org Name,searchDate,reason"),
        "columns of this format, which has 5: `id`, `searchDate`, `reason`; `Org Name` is read as \
         organization, by its usual name"
    );
    for unread in
        ["Agency Notes", "orgCode", "ORG UNIT", "Partner Department", "customer_ref", "Dept."]
    {
        let why = why(&format!("{PORTAL},Shift,{unread}"));
        let wanted =
            format!("; not read: `Shift`; not read, though it may say who searched: `{unread}`");
        assert!(why.ends_with(&wanted), "{why}");
    }
    for other in ["Forgery Notes", "Shift"] {
        let why = why(&format!("{PORTAL},{other}"));
        assert!(why.ends_with(&format!("; not read: `{other}`")), "{why}");
    }
}

#[test]
fn the_format_that_is_asked_for_is_the_only_one() {
    let formats = formats();
    let cells: Vec<&str> = PORTAL.split(',').collect();
    let general = formats.named("general").expect("there is one");
    let vendor = formats.named("vendor-export").expect("there is one");
    let layout = formats.recognize(&cells, Some(vendor));
    assert!(layout.is_none(), "{layout:?}");
    let header = ["Search Time", "Org Name", "Reason"];
    let asked = formats.recognize(&header, Some(general)).expect("it has such columns");
    assert_eq!(asked.format.name, "general");
    assert!(asked.why.starts_with("as asked: "));
}

#[test]
fn a_file_without_header_takes_the_usual_order() {
    let formats = formats();
    let vendor = formats.named("vendor-export").expect("there is one");
    for (cells, networks, at) in [(14, Some(3), Some(10)), (13, Some(3), Some(9))] {
        let layout = Layout::usual(vendor, cells).expect("files have so many");
        assert_eq!(layout.column_of(Field::Networks), networks);
        assert_eq!(layout.column_of(Field::At), at);
        assert_eq!(layout.column_of(Field::Devices).is_some(), cells == 14);
    }
    assert!(Layout::usual(vendor, 12).is_none());
}

#[test]
fn first_cells_lead_to_every_header() {
    let formats = formats();
    let known: Vec<&str> = formats.first_cells().collect();
    for header in [VENDOR, PORTALS, PORTAL, ORGANIZATION, "Reason,DateTime", "month,org_name"] {
        for first in header.split(',') {
            let letters = first.to_lowercase();
            let letters: String =
                letters.chars().filter(|letter| letter.is_alphanumeric()).collect();
            assert!(known.contains(&letters.as_str()), "{first}");
        }
    }
}

#[test]
fn one_column_may_be_two_fields_and_another_none() {
    let portals = layout(PORTALS);
    assert_eq!(portals.fields_at(0), [Field::Owner, Field::Organization]);
    let labelled = layout("org_name,reason,immigration,basis");
    assert_eq!(labelled.fields_at(2), []);
    let table = layout("month,org_name,org_state,searches,reasons");
    let line = ["2025-01", "Alder Township PD", "OH", "19", "HSI-Drug Lead; HSI"];
    let (row, _) = read(&table, &line).expect("a row");
    assert_eq!(row.get(Field::Count).text().and_then(number), Some(19));
    assert_eq!(row.get(Field::Reason), Cell::Present("HSI-Drug Lead; HSI"));
}

// ---- states of cells

#[test]
fn four_states_of_a_cell_are_kept_apart() {
    use State::{Empty, NotExported, Present, Withheld};
    let layout = layout(VENDOR);
    for (field, text, wanted) in [
        (Field::Reason, "", Empty),
        (Field::Reason, "   ", Empty),
        (Field::Reason, "\u{a0}", Empty),
        (Field::Reason, " investigation ", Present),
        (Field::Reason, "N/A", Present),
        (Field::Reason, "-", Present),
        (Field::Reason, "xxx", Present),
        (Field::Reason, "xxxx", Present),
        (Field::Reason, "confidential", Present),
        (Field::Reason, "redactedly", Present),
        (Field::Reason, "****", Withheld),
        (Field::Reason, "*", Present),
        (Field::Reason, "warrant for ███████", Present),
        (Field::User, "***", Withheld),
        (Field::User, "REDACTED", Withheld),
        (Field::User, "[Redacted]", Withheld),
        (Field::User, "XXXX", Withheld),
        (Field::User, "XXX-XX-XXXX", Withheld),
        (Field::User, "█████ ███", Withheld),
        (Field::User, "(b)(6)", Withheld),
        (Field::User, "(b)(6), (b)(7)(C)", Withheld),
        (Field::User, "B(6)", Withheld),
        (Field::User, "Withheld", Withheld),
        (Field::User, "#####", Withheld),
        (Field::User, "Redding", Present),
        (Field::Plate, "***", Withheld),
        (Field::Plate, "Z*0028*", Present),
        (Field::Plate, "****", Present),
        (Field::Plate, "***7AB", Present),
        (Field::Plate, "[REDACTED]", Withheld),
        (Field::Devices, "\u{2014}\u{2014}", Empty),
        (Field::Devices, "N/A", Empty),
        (Field::Devices, "0", Present),
        (Field::Networks, "1,204", Present),
        (Field::Organization, "[Federal] Alder Lake PD", Present),
        (Field::Offense, "", NotExported),
    ] {
        let cell = match layout.column_of(field) {
            Some(column) => layout.cell(column, text),
            None => Cell::NotExported,
        };
        assert_eq!(cell.state(), wanted, "{field:?} {text}");
    }
}

/// Marks stand in reports with their number. What somebody wrote behind one must not.
#[test]
fn a_mark_is_told_without_what_was_written_behind_it() {
    let layout = layout(PORTAL);
    let user = layout.column_of(Field::User).expect("there is one");
    for (text, wanted) in [
        (
            "Redacted under Gov. Code § 7923.600 by the custodian, A. Name",
            "Redacted under Gov. Code",
        ),
        ("Redacted per A. Name", "Redacted per"),
        ("REDACTED A. Name", "REDACTED"),
        ("redacted: 8ABC123", "redacted"),
        ("[Redacted] 26-01628", "[Redacted]"),
        ("[redacted by A. Name]", "[redacted"),
        ("REDACTED - PII", "REDACTED - PII"),
        ("REDACTED - PIIA. Name", "REDACTED"),
        ("Withheld, A. Name", "Withheld"),
        ("(b)(6)", "(b)(6)"),
        ("(b)(6), (b)(7)(C)", "(b)(6), (b)(7)(C)"),
        ("(b)(7)(E) A. Name", "(b)(7)(E)"),
        ("(b)(Name)", "(b)("),
        ("***", "***"),
        ("*******", "***"),
        ("XXX-XX-XXXX", "XXX"),
        ("█████ ███", "█"),
        ("b(7)(c)", "b(7)(c)"),
    ] {
        assert_eq!(layout.cell(user, text), Cell::Withheld(wanted), "{text}");
    }
}

#[test]
fn zero_networks_are_not_a_count_of_none() {
    assert_eq!(counted(Cell::Present("0")), None);
    assert_eq!(counted(Cell::Present("1,204")), Some(1204));
    assert_eq!(counted(Cell::Empty), None);
    for (text, wanted) in [
        ("0", Some(0)),
        ("00017", Some(17)),
        ("18446744073709551616", None),
        ("1.5", None),
        ("-1", None),
        (",1", None),
        ("", None),
    ] {
        assert_eq!(number(text), wanted, "{text}");
    }
}

// ---- rows

#[test]
fn a_vendor_row_with_a_time_frame_of_two_lines() {
    let layout = layout(VENDOR);
    let mut line = vendor_row();
    let (row, shape) = read(&layout, &line).expect("a row");
    assert_eq!(shape, Shape::AsHeader);
    assert_eq!(row.get(Field::At), Cell::Present("03/19/2026, 11:06:23 PM UTC"));
    assert_eq!(row.get(Field::User), Cell::Withheld("***"));
    assert_eq!(row.get(Field::Devices), Cell::Empty);
    assert_eq!(row.get(Field::Offense), Cell::NotExported);
    let frame = row.get(Field::TimeFrame).text().expect("it is there");
    assert_eq!(frame.lines().count(), 2);
    line[2] = " Alder Grove CA PD [Inactive] ";
    let (row, _) = read(&layout, &line).expect("a row");
    assert_eq!(row.get(Field::Organization), Cell::Present("Alder Grove CA PD [Inactive]"));
}

#[test]
fn moved_cells_are_put_right_in_one_way_or_not_at_all() {
    let mut layout = layout(PORTAL);
    let mut cases = 0;
    for line in include_str!("log_formats/moved.txt").lines() {
        if let Some(header) = line.strip_prefix("= ") {
            layout = self::layout(header);
        } else if let Some((cells, wanted)) = line.split_once(" => ") {
            cases += 1;
            assert_eq!(becomes(&layout, cells, wanted), wanted, "{line}");
        }
    }
    assert_eq!(cases, 34);
}

/// What a row is read as, with the fields that are asked for.
fn becomes(layout: &Layout, cells: &str, asked: &str) -> String {
    const T: &str = "2026-03-20T00:06:23.972Z";
    let cells: Vec<&str> =
        cells.split('|').map(|cell| if cell == "T" { T } else { cell }).collect();
    match read(layout, &cells) {
        Err(bad) => bad.kind().to_owned(),
        Ok((row, shape)) => {
            let names = asked.split("; ").skip(1).filter_map(|pair| pair.split('=').next());
            let texts = names.map(|name| {
                let text = match row.get(Field::named(name).expect("a field")) {
                    Cell::Withheld(text) | Cell::Present(text) => text,
                    Cell::Empty | Cell::NotExported => "",
                };
                format!("; {name}={}", if text == T { "T" } else { text })
            });
            format!("{shape:?}{}", texts.collect::<String>())
        }
    }
}

#[test]
fn reasons_for_a_bad_row_tell_the_remedy_and_nothing_of_the_row() {
    let layout = layout(PORTALS);
    let line = ["secret-pd", "a1", "Name", "2026-03-20T00:06:23Z", "1", "secret", "x", "y", "z"];
    let bad = read(&layout, &line).expect_err("two ways");
    assert_eq!(bad, BadRow::TooMany { cells: 9, columns: 8 });
    let words = bad.to_string();
    assert!(words.contains("quote it") && !words.contains("secret"), "{words}");
}

/// Rows of one system, harmed in one place: what comes back is what was there, or nothing.
#[test]
fn a_harmed_row_is_never_read_as_another_one() {
    let mut seed = Seed(0x1d0_f00d);
    let (mut right, mut refused) = (0, 0);
    for header in [VENDOR, PORTALS, PORTAL, ORGANIZATION] {
        let layout = layout(header);
        for _ in 0..500 {
            let line = generated(&layout, &mut seed);
            let cells: Vec<&str> = line.iter().map(String::as_str).collect();
            let (whole, _) = read(&layout, &cells).expect("it is whole");
            let harmed = harm(&cells, &layout, &mut seed);
            let mut room = String::new();
            match layout.row(1, harmed.iter().map(String::as_str), &mut room) {
                Ok((row, _)) => {
                    right += 1;
                    let same = Field::ALL.into_iter().all(|field| {
                        let (was, is) = (whole.get(field), row.get(field));
                        was == is || is.state() == State::Empty
                    });
                    assert!(same, "{cells:?}\n{harmed:?}\n{row:?}");
                }
                Err(_) => refused += 1,
            }
        }
    }
    eprintln!("harmed rows: {right} put right, {refused} refused");
    assert!(right > 300 && refused > 300);
}

#[test]
fn no_line_of_cells_makes_it_panic() {
    let mut seed = Seed(7);
    let pieces =
        ["", "***", "a1", "304", "2026-03-20T00:06:23.972Z", "x, y", "\u{2014}\u{2014}", "é"];
    let headers = [VENDOR, PORTALS, "Reason,DateTime", "org_name,reason,immigration"];
    for header in headers {
        let layout = layout(header);
        for _ in 0..600 {
            let many = seed.below(40);
            let line: Vec<&str> = (0..many).map(|_| pieces[seed.below(pieces.len())]).collect();
            let mut room = String::new();
            if let Ok((row, _)) = layout.row(1, line.iter().copied(), &mut room) {
                assert!(Field::ALL.iter().any(|&field| row.get(field) != Cell::NotExported));
            }
        }
    }
}

#[test]
fn a_header_that_lies_is_found_in_the_first_rows() {
    for (header, line, wanted) in [
        ("Reason,DateTime", "21-16030|2021-12-14 08:49:47", None),
        ("Reason,DateTime", "2021-12-14 08:49:47|21-16030", Some("`Reason`")),
        (PORTAL, "a1|***|304|2026-03-20T00:06:23Z|locate", Some("`searchDate`")),
        (PORTAL, "***|a1|2026-03-20T00:06:23Z|304|locate", None),
        (PORTAL, "locate|***|2026-03-20T00:06:23Z|304|a1", Some("`id`")),
        (PORTAL, "a1|***|2026-03-20T00:06:23Z|bolo|304", Some("`networkCount`")),
        (PORTALS, "17|a1|***|2026-03-20T00:06:23Z|3|x|y|z", Some("`agency_slug`")),
        (PORTAL, "a1|***|2026-03-20T00:06:23Z||304", None),
        ("Search Time,Org Name", "|", None),
    ] {
        let layout = layout(header);
        let row: Vec<String> = line.split('|').map(str::to_owned).collect();
        let found = layout.check_sample(&vec![row.clone(); 5]);
        match wanted {
            None => assert_eq!(found, Ok(()), "{line}"),
            Some(column) => {
                let why = found.expect_err(line);
                assert!(why.contains(column) && why.contains("--format"), "{why}");
                assert!(!why.contains("locate") && !why.contains("bolo"), "{why}");
            }
        }
        assert_eq!(layout.check_sample(&[row]), Ok(()), "one row alone is no proof");
    }
}

// ---- a user's own formats

const OWN: &str = r#"
name = "reader-co"
title = "Reader Company's log"
zone = "America/Denver"
times = ["DD.MM.YYYY hh:mm"]
needs = [["at", "reason"]]
marks = ["sealed by order"]
columns = [
  { header = "Nr.", field = "id", also = ["Lfd. Nr."] },
  { header = "When", field = "at" },
  { header = "Who asked", fields = ["owner", "organization"] },
  { header = "Why", field = "reason", nothing = ["none given"] },
  { header = "Cams", field = "devices", nothing = ["all"], sometimes = true },
]
"#;

#[test]
fn a_new_system_needs_a_file_and_no_code() {
    let mut formats = formats();
    formats.add("reader.toml", OWN).expect("it is right");
    let header = ["Lfd. Nr.", "WHEN", "who-asked", "Why", "Cams"];
    let layout = formats.recognize(&header, None).expect("a header");
    assert_eq!(layout.format.name, "reader-co");
    assert_eq!(formats.names().next(), Some("reader-co"), "it is tried first");
    assert!(formats.first_cells().any(|name| name == "lfdnr"));
    let line = ["17", "31.12.2025 23:30", "Alder CO PD", "None given", "all"];
    let (row, _) = read(&layout, &line).expect("a row");
    assert_eq!(row.get(Field::Reason), Cell::Empty);
    assert_eq!(row.get(Field::Devices), Cell::Empty);
    assert_eq!(layout.cell(3, "Sealed by order").state(), State::Withheld);
    let mut clock = layout.format.clock(zone("us/ca"));
    let moment = clock.read("31.12.2025 00:30").expect("a time");
    assert_eq!((moment.on.to_string(), moment.utc), ("2025-12-30".to_owned(), Some(1_767_166_200)));
}

#[test]
fn format_files_that_are_wrong_are_refused_with_the_remedy() {
    for (from, to, wanted) in [
        ("name = \"reader-co\"", "name = \"Reader\"", "small letters"),
        ("name = \"reader-co\"", "name = \"general\"", "another name"),
        ("field = \"at\"", "field = \"when\"", "the fields are id, at,"),
        ("field = \"at\"", "field = \"id\"", "belongs to one column"),
        ("header = \"When\"", "header = \"nr\"", "belongs to one column"),
        ("header = \"When\"", "header = \"#\"", "letters and digits"),
        ("America/Denver", "Denver", "America/Los_Angeles"),
        ("DD.MM.YYYY hh:mm", "DD.MM hh:mm", "no year"),
        ("DD.MM.YYYY hh:mm", "DD.MM.YYYY:mm", "without an hour"),
        ("[\"DD.MM.YYYY hh:mm\"]", "[]", "YYYY-MM-DD"),
        ("[[\"at\", \"reason\"]]", "[[\"at\"]]", "two columns"),
        ("[[\"at\", \"reason\"]]", "[[\"at\", \"plate\"]]", "give a column that field"),
        ("sometimes", "often", "docs/audit-logs.md"),
        ("title", "tilte", "docs/audit-logs.md"),
    ] {
        assert!(OWN.contains(from), "{from}");
        let error = formats().add("reader.toml", &OWN.replace(from, to)).expect_err(to);
        let help = miette::Diagnostic::help(&error).expect("there is help").to_string();
        assert!(error.to_string().starts_with("the format reader.toml: "), "{error}");
        assert!(help.contains(wanted) || error.to_string().contains(wanted), "{error}: {help}");
    }
}

// ---- published data

#[test]
fn published_audits_read_with_the_counts_of_their_readme() {
    let Some(data) = data() else { return };
    for (name, format, rows) in [
        ("alpr-search-audits/portal_search_audits.csv.gz", "portal-audits", 26_821),
        ("alpr-search-audits/san_mateo_pd_search_audit.csv", "portal-audit", 36),
        ("alpr-search-audits/eugene_or_pd_search_audit.csv.gz", "portal-audit-cameras", 1_932),
        ("alpr-search-audits/okaloosa_fl_so_org_audit.csv.gz", "vendor-organization-audit", 2_909),
        ("alpr-search-audits/irvine_ca_pd_audit_reasons.csv.gz", "reason-and-time", 17_987),
        ("alpr-immigration-reasons/network_audit_reasons.csv", "reasons-table", 29),
        ("alpr-immigration-reasons/other_sensitive_reasons.csv", "labelled-reasons", 7),
        ("alpr-immigration-reasons/keyword_traps.csv", "labelled-reasons", 3),
    ] {
        let records = records(&data.join(name));
        let header: Vec<&str> = records[0].iter().map(String::as_str).collect();
        let layout = formats().recognize(&header, None).expect("a header");
        assert_eq!(layout.format.name, format, "{name}: {}", layout.why);
        assert_eq!(layout.check_sample(&records[1..records.len().min(101)]), Ok(()), "{name}");
        let mut clock = layout.format.clock(zone("us/ca"));
        let (mut read, mut timeless) = (0, 0);
        for record in &records[1..] {
            let mut room = String::new();
            let cells = record.iter().map(String::as_str);
            let (row, shape) = layout.row(1, cells, &mut room).expect(name);
            assert_eq!(shape, Shape::AsHeader);
            let at = row.get(Field::At);
            timeless += usize::from(at.text().is_some_and(|text| clock.read(text).is_err()));
            read += 1;
        }
        assert_eq!((read, timeless), (rows, 0), "{name}");
    }
    let json = fs::read_to_string(data.join("alpr-search-audits/export_format.json"));
    let json: serde_json::Value = serde_json::from_str(&json.expect("it is there")).expect("JSON");
    let columns = json["columns_full"].as_array().expect("a list");
    let header: Vec<&str> = columns.iter().filter_map(|name| name.as_str()).collect();
    let layout = formats().recognize(&header, None).expect("a header");
    assert_eq!((layout.format.name.as_str(), header.len()), ("vendor-export", 14));
    assert!((0..14).all(|at| layout.fields_at(at).len() == 1));
}

// ---- what the tests use

fn formats() -> Formats {
    Formats::built_in().expect("the crate's files are right")
}

fn layout(header: &str) -> Layout {
    let cells: Vec<&str> = header.split(',').collect();
    formats().recognize(&cells, None).expect(header)
}

fn zone(jurisdiction: &str) -> TimeZone {
    zone_of(jurisdiction).and_then(|zone| zone.time_zone()).expect("there is one")
}

fn read<'r>(layout: &Layout, cells: &[&'r str]) -> Result<(Row<'r>, Shape), BadRow> {
    let room = Box::leak(Box::default());
    layout.row(1, cells.iter().copied(), room)
}

fn vendor_row() -> Vec<&'static str> {
    vec![
        UUID,
        "***",
        "Alder Grove CA PD",
        "304",
        "\u{2014}\u{2014}",
        "03/18/2026, 11:06:23 PM UTC\n03/19/2026, 11:06:23 PM UTC",
        "Z*0028*",
        "stolen vehicle",
        "26-01628",
        "***",
        "03/19/2026, 11:06:23 PM UTC",
        "search - Mobile",
        "",
        "",
    ]
}

/// A whole row of generated cells.
fn generated(layout: &Layout, seed: &mut Seed) -> Vec<String> {
    let texts = ["stolen vehicle", "theft, 211PC", "bolo", "", "26-01628", "locate"];
    let text = |seed: &mut Seed| texts[seed.below(texts.len())].to_owned();
    let time = |seed: &mut Seed| {
        let (day, hour) = (1 + seed.below(28), 1 + seed.below(12));
        match layout.format.name.as_str() {
            "portal-audits" | "portal-audit" => format!("2026-03-{day:02}T{hour:02}:06:23.972Z"),
            _ => format!("03/{day:02}/2026, {hour:02}:06:23 AM UTC"),
        }
    };
    let cells = (0..layout.headers().len()).map(|at| match layout.fields_at(at)[0] {
        Field::Id => format!("{:08x}-36b4-431c-98cf-39bbf33550c1", seed.below(usize::MAX)),
        Field::At | Field::TimeFrameEnd => time(seed),
        Field::TimeFrame if layout.format.name == "vendor-organization-audit" => time(seed),
        Field::Networks | Field::Devices => seed.below(7_000).to_string(),
        Field::User => "***".to_owned(),
        Field::Owner | Field::Organization => "Alder Grove CA PD".to_owned(),
        _ => text(seed),
    });
    cells.collect()
}

/// The same row with one fault: commas without quotes, a cell lost, or an empty one put in. No cell behind
/// the last one that can be checked is lost: nobody could tell.
fn harm(cells: &[&str], layout: &Layout, seed: &mut Seed) -> Vec<String> {
    let mut harmed: Vec<String> = cells.iter().map(|&cell| cell.to_owned()).collect();
    let [at, networks] =
        [Field::At, Field::Networks].map(|field| layout.column_of(field).unwrap_or_default());
    match seed.below(4) {
        0 => return harmed.join(",").split(',').map(str::to_owned).collect(),
        1 => drop(harmed.remove(seed.below(1 + at.max(networks)))),
        2 => harmed.insert(seed.below(harmed.len() + 1), String::new()),
        _ => {
            harmed.insert(seed.below(1 + at), String::new());
            harmed.pop();
        }
    }
    harmed
}

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Seed(u64);

impl Seed {
    fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let many = u64::try_from(many.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % many).unwrap_or(0)
    }
}

fn records(path: &PathBuf) -> Vec<Vec<String>> {
    let bytes = fs::read(path).expect("it is there");
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut gzip = flate2::read::MultiGzDecoder::new(bytes.as_slice());
        gzip.read_to_string(&mut text).expect("gzip");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.expect("CSV"));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BYLAW_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("skipped: BYLAW_DATA names no folder");
    }
    data
}
