//! The files of logs: what is refused and how it is said, and what is read from rows.
#![expect(clippy::expect_used, clippy::panic, reason = "tests say what is wrong by failing")]

use std::{fs, path::Path};

use bylaw_law::{Law, SourceFile};
use bylaw_mapping::{Equation, Json, LogMapping, MappingError, Object, Recorded};
use jiff::civil::Date;

/// The law of the small town.
fn small_town() -> Law {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bylaw/tests/small");
    let mut files = Vec::new();
    gather(&root, "", &mut files);
    Law::load_checked(&files).unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems))
}

fn gather(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("a folder of the law") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are text");
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.push(SourceFile::new(name, fs::read_to_string(&path).expect("files are text")));
        }
    }
}

fn told(error: &MappingError) -> String {
    let lines = error
        .problems
        .iter()
        .map(|problem| format!("line {}: {problem}\n    help: {}\n", problem.line(), problem.help));
    format!("{error}\n{}", lines.collect::<String>())
}

fn parse(law: &Law, text: &str) -> LogMapping {
    LogMapping::parse("log.toml", text, law, "town")
        .unwrap_or_else(|error| panic!("{}", told(&error)))
}

/// A log of entering, with these facts.
fn log(law: &Law, facts: &str) -> LogMapping {
    parse(law, &format!("[log]\nact = \"enter\"\non = \"2026-11-22\"\n[facts]\n{facts}\n"))
}

fn row(cells: &[(&'static str, &'static str)]) -> Object<'static> {
    cells.iter().map(|&(name, text)| (name, Json::Text(text.into()))).collect()
}

#[test]
fn every_problem_is_told_with_its_line() {
    let law = small_town();
    let text = r#"silent = "deny"
otherwise_absent = true
colour = 1
[log]
act = { from = "row.Event" }
on = { from = "Day", zone = "Mars/Olympus" }
only = "row == 1"
group_by = ["Town", { cel = "row.Name" }, { from = "row.Name", name = "who" }, 7]
personal = ["Name"]
id = "Number"
kind = 1
[facts]
paper = { from = "subject.id" }
signed = { cel = "row[row.which]" }
hours = { cel = "context.hours" }
papr = "letter"
[measures]
length = { cel = "hours(row.a)", per = ["b"] }
long = 3
[figures]
all = "tru"
some = "row.x == '1'"
[identities]
a = "all some"
b = "some = others + 1"
"#;
    let error = LogMapping::parse("log.toml", text, &law, "town").expect_err("it is wrong");
    insta::assert_snapshot!(told(&error));
}

#[test]
fn a_file_without_log_and_a_log_without_act_or_day_are_refused() {
    let law = small_town();
    for (text, expected) in [
        ("[facts]\nsigned = true\n", "the file has no [log]"),
        ("[log]\non = \"2026-11-22\"\n", "`act` is missing"),
        ("[log]\nact = \"enter\"\n", "`on` is missing in [log]"),
        ("[log]\nact = \"enter\"\non = \"soon\"\n", "this is no day"),
        ("[log]\nact = { from = \"row.e\" }\non = \"2026-11-22\"\n", "no action is mapped"),
        ("[log]\nact = \"enter\"\non = 2026-11-22\n[facts]\nactor_kind = \"library_staff\"\n", ""),
    ] {
        let problems = LogMapping::parse("log.toml", text, &law, "town");
        let problems = problems.map_or_else(|error| error.problems, |_| Vec::new());
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let as_expected = if expected.is_empty() { said.is_empty() } else { said == [expected] };
        assert!(as_expected, "{text}: {said:?}");
    }
    let nowhere = LogMapping::parse("l", "[log]\nact=\"enter\"\non=2026-11-22\n", &law, "nowhere");
    assert!(nowhere.is_err());
}

#[test]
fn columns_are_named_as_files_name_them() {
    let law = small_town();
    let mapping = log(
        &law,
        "paper = { from = \"row.Kind of Paper, e.g. a letter\" }\nsigned = { cel = \"has(row.signed) && row['Signed by'] == 'judge' && 'and.so on' in row\" }",
    );
    let mut columns = mapping.columns.clone();
    columns.sort();
    assert_eq!(columns, ["Kind of Paper, e.g. a letter", "Signed by", "and.so on", "signed"]);
    assert_eq!((mapping.decisive, &mapping.header), (4, &mapping.columns));
}

#[test]
fn what_a_row_states() {
    let law = small_town();
    let town = law.jurisdiction("town").expect("the town");
    let on: Date = "2026-11-22".parse().expect("a day");
    let yes = "signed = { from = \"row.s\", table = \"yes\" }\n[tables.yes]\n\"1\" = true";
    type Cells = &'static [(&'static str, &'static str)];
    let rows: [(&str, Cells, &str); 13] = [
        ("paper = { from = \"row.p\" }", &[("p", "letter")], "paper=\"letter\""),
        // A cell in which nothing stands is left out of the row, and states nothing.
        ("paper = { from = \"row.p\" }", &[], ""),
        (
            "paper = { from = \"row.p\" }",
            &[("p", "Ada's letter")],
            "`row.p` is not a value of `paper`; one of: none, letter, court_order",
        ),
        ("hours = { from = \"row.h\" }", &[("h", "12")], "hours=12"),
        (
            "hours = { from = \"row.h\" }",
            &[("h", "1.5")],
            "`row.h` is text, and `hours` is not read from that; a whole number from 0 to 48",
        ),
        ("signed = { from = \"row.s\" }", &[("s", "TRUE")], "signed=true"),
        (yes, &[("s", "1")], "signed=true"),
        (yes, &[("s", "2")], "`row.s` has a value that the table `yes` does not list"),
        ("signed = { cel = \"row['x y'] == '1'\" }", &[("x y", "0")], "signed=false"),
        ("signed = { cel = \"row['x y'] == '1'\" }", &[], ""),
        (
            "signed = { cel = \"hours(row.a, row.b) > 48.0\" }",
            &[("a", "2016-10-20 18:50:00"), ("b", "2016-10-26 06:50:00")],
            "signed=true",
        ),
        (
            "signed = { cel = \"hours(row.a, row.b) == 1.5\" }",
            &[("a", "10/20/2016 11:30 PM"), ("b", "2016-10-21T01:00")],
            "signed=true",
        ),
        (
            "signed = { cel = \"hours(row.a, row.b) > 48.0\" }",
            &[("a", "yesterday"), ("b", "2016-10-26")],
            "the expression for `signed` cannot be worked out: it fails on these values",
        ),
    ];
    for (facts, cells, expected) in rows {
        let mapping = log(&law, facts);
        let cells = row(cells);
        let said = match mapping.question(&law, town, &mut mapping.row(&cells), on) {
            Err(refused) => refused.to_string(),
            Ok(Recorded::Nothing(why)) => why.to_owned(),
            Ok(Recorded::Act(asked)) => {
                let named = asked.stated.iter().map(|(fact, value)| {
                    let fact = &law.vocabulary.facts[*fact];
                    let json = serde_json::to_string(&value.json(fact)).expect("it is JSON");
                    format!("{}={json}", fact.name)
                });
                named.collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(said, expected, "{facts} {cells:?}");
    }
}

#[test]
fn days_as_files_write_them() {
    let law = small_town();
    let of = |on: &str| {
        parse(&law, &format!("[log]\nact = \"enter\"\non = {{ from = \"row.d\", {on} }}\n"))
    };
    let usual = "format = []";
    let pacific = "zone = \"America/Los_Angeles\"";
    let american = "format = [\"%m/%d/%Y\", \"%m/%d/%Y, %I:%M:%S %p UTC\"]";
    let rows = [
        (usual, "2026-03-20", "2026-03-20"),
        (usual, "2026-03-20 00:00:00", "2026-03-20"),
        (usual, "2026-03-20 23:59:59.750", "2026-03-20"),
        (usual, "2026-03-20T23:59:59Z", "2026-03-20"),
        (usual, "03/20/2026", ""),
        (usual, "", ""),
        (american, "3/20/2026", "2026-03-20"),
        (american, "03/20/2026, 11:53:36 PM UTC", "2026-03-20"),
        // The day of the place, of a time written in UTC; a day alone is a day anywhere.
        (pacific, "2026-03-20T06:59:59Z", "2026-03-19"),
        (pacific, "2026-03-20T07:00:00Z", "2026-03-20"),
        (pacific, "2026-03-20 07:00:00", "2026-03-20"),
        (pacific, "2026-03-20T00:30:00+02:00", "2026-03-19"),
        (pacific, "2026-03-20", "2026-03-20"),
    ];
    for (on, cell, expected) in rows {
        let day = of(on).on.read(cell);
        assert_eq!(day.map_or_else(String::new, |day| day.to_string()), expected, "{on} {cell}");
    }
}

#[test]
fn words_of_groups() {
    let law = small_town();
    let mapping = parse(
        &law,
        r#"[log]
act = "enter"
on = 2026-11-22
group_by = [
  "Town",
  { from = "row.Form", name = "form", until = " - " },
  { from = "row.Form", name = "kind", until = " - ", table = "kinds" },
  { from = "row.Form", name = "other", until = " - ", table = "kinds", otherwise = "another" },
  { cel = "row.Town == 'ELM' ? 1 : 2", name = "district" },
]
[tables.kinds]
I247 = "detainer"
"#,
    );
    let names: Vec<&str> = mapping.group_by.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Town", "form", "kind", "other", "district"]);
    let words = |cells: &[(&'static str, &'static str)]| {
        let cells = row(cells);
        let mut row = mapping.row(&cells);
        let words = mapping.group_by.iter().map(|one| one.words(&mut row).expect("words"));
        words.map(|one| one.unwrap_or_else(|| "-".to_owned())).collect::<Vec<_>>().join("|")
    };
    let detainer = words(&[("Town", "ELM"), ("Form", "I247 - Detainer")]);
    assert_eq!(detainer, "ELM|I247|detainer|detainer|1");
    assert_eq!(words(&[("Town", "OAK"), ("Form", "I247N - Notice")]), "OAK|I247N|I247N|another|2");
    assert_eq!(words(&[]), "-|-|-|-|-");
}

#[test]
fn identities_are_sums() {
    let value = |name: &str| match name {
        "a" => Some(7),
        "b_2" => Some(4),
        "big" => Some(i64::MAX),
        _ => None,
    };
    for (text, sides) in [
        ("a = b_2 + 3", Some((7, 7))),
        ("a - b_2 = 3", Some((3, 3))),
        ("a=b_2-1+4", Some((7, 7))),
        ("-a = 0 - 7", Some((-7, -7))),
        ("a = missing", None),
        ("a = big + big", None),
    ] {
        assert_eq!(Equation::parse(text).expect(text).sides(value), sides, "{text}");
    }
    for text in ["", "a", "a = ", "= a", "a = b +", "a = b c", "a = b = c", "a = 3x", "a = b ++ c"]
    {
        assert!(Equation::parse(text).is_err(), "{text}");
    }
    assert_eq!(Equation::parse("a  =  b + 1").expect("one").to_string(), "a = b + 1");
}
