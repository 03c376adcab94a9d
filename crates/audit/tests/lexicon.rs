//! What reasons are read as: by a table, by what must not change a reading, and by published rows where
//! `BYLAW_DATA` names their folder.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and says what it measured"
)]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use bylaw_audit::{
    lexicon::{Lexicon, Reading, Strength},
    log::Cell,
};

const TABLE: &str = include_str!("lexicon.tsv");
const VOCABULARY: &str = include_str!("../../../packs/vocabulary.cedarschema");

/// The letters of the table, each with its purpose.
const PURPOSES: [(char, &str); 7] = [
    ('c', "civil_immigration_enforcement"),
    ('f', "criminal_immigration_enforcement"),
    ('x', "criminal_nonimmigration"),
    ('s', "benefit_or_service_administration"),
    ('j', "employment_eligibility"),
    ('v', "victim_visa_certification"),
    ('t', "court_adjudication"),
];

#[test]
fn reasons_are_read_as_the_table_says() {
    let lexicon = lexicon();
    let mut wrong = Vec::new();
    for line in rows() {
        let [strength, purposes, review, text] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("the table has four columns: {line}")
        };
        let expected = Reading {
            strength: named(strength),
            purposes: bits(&lexicon, purposes),
            review: review == "review",
            entry: None,
        };
        let read = read(&lexicon, text);
        if (Reading { entry: None, ..read }) != expected {
            wrong.push(format!("{line}\n    is {}", told(&lexicon, read)));
        }
    }
    assert!(rows().count() >= 250);
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn case_spacing_and_punctuation_do_not_change_a_reading() {
    let lexicon = lexicon();
    for text in rows().filter_map(|line| line.split('\t').nth(3)) {
        let expected = read(&lexicon, text);
        let changed = [
            text.to_lowercase(),
            text.to_uppercase(),
            format!("  {text}\n"),
            format!("\u{feff}\"{text}\"!"),
            format!("({text})."),
            text.replace(' ', "   "),
            text.replace(' ', "\u{a0}\t"),
            text.replace(' ', "_"),
            text.replace(' ', " / "),
            text.replace(' ', " - "),
            text.replace('-', "\u{2013}"),
        ];
        for changed in changed {
            assert_eq!(read(&lexicon, &changed), expected, "{changed:?} and {text:?}");
        }
    }
}

/// A phrase inside other words is no phrase.
#[test]
fn letters_before_or_behind_make_another_word() {
    let lexicon = lexicon();
    for word in
        ["ice", "hsi", "cbp", "ero", "dhs", "immigration", "deport", "alien", "border patrol"]
    {
        assert!(read(&lexicon, word).review, "{word}");
        for changed in
            [format!("qz{word}"), format!("{word}qz"), format!("é{word}"), format!("{word}ß")]
        {
            let read = read(&lexicon, &changed);
            assert!(!read.review && read.strength == Strength::Unread, "{changed}");
        }
    }
}

#[test]
fn cells_are_read_together() {
    use Cell::{Empty, NotExported, Present, Withheld};
    let lexicon = lexicon();
    let cases = [
        ([NotExported, NotExported, NotExported, NotExported], Strength::NotExported, false),
        ([NotExported, NotExported, Present("26-001"), NotExported], Strength::NotExported, false),
        ([Empty, NotExported, NotExported, NotExported], Strength::Blank, false),
        ([Empty, Empty, Present("26-001"), Empty], Strength::Number, false),
        ([Empty, Empty, Present("459"), Empty], Strength::Number, false),
        ([Empty, Empty, Present("459 PC"), Empty], Strength::Other, false),
        ([Empty, Empty, Present("ICE warrant"), Empty], Strength::Immigration, true),
        ([Empty, Present("Stolen Vehicle"), Empty, Empty], Strength::Other, false),
        (
            [Present("inv"), Present("Drugs/Narcotics"), Present("26-1"), Empty],
            Strength::Other,
            false,
        ),
        ([Present("HSI"), Present("Drugs/Narcotics"), Empty, Empty], Strength::Other, true),
        (
            [Present("ICE hold"), Present("Drugs/Narcotics"), Empty, Empty],
            Strength::Immigration,
            true,
        ),
        ([Withheld("***"), Empty, Present("26-1"), Empty], Strength::Withheld, false),
        ([Withheld("***"), Present("Homicide"), Empty, Empty], Strength::Other, false),
        (
            [Withheld("***"), Present("Immigration (criminal)"), Empty, Empty],
            Strength::Immigration,
            true,
        ),
        ([Empty, Withheld("REDACTED"), Empty, Empty], Strength::Withheld, false),
        // A prompt describes what to look for: it states no purpose, but a person may have to look.
        ([Empty, Empty, Empty, Present("white van stolen")], Strength::Blank, false),
        ([Empty, Empty, Empty, Present("border patrol truck")], Strength::Ambiguous, true),
        ([Present("theft"), Empty, Empty, Present("ICE agents van")], Strength::Other, true),
        // Text that was read in one cell is not taken together with the next one's.
        ([Present("illegal"), Present("alien"), Empty, Empty], Strength::Ambiguous, true),
    ];
    for (cells, strength, review) in cases {
        let [reason, offense, case, prompt] = cells;
        let read = lexicon.read(reason, offense, case, prompt);
        assert_eq!((read.strength, read.review), (strength, review), "{cells:?}");
    }
}

#[test]
fn long_and_strange_texts_are_read() {
    let lexicon = lexicon();
    let far = format!("{} ICE warrant {}", "lorem ".repeat(100_000), "ipsum ".repeat(100));
    assert_eq!(read(&lexicon, &far).strength, Strength::Immigration);
    assert_eq!(read(&lexicon, &"x".repeat(100_000)).strength, Strength::Unread);
    assert_eq!(read(&lexicon, &"1".repeat(100_000)).strength, Strength::Number);
    assert_eq!(read(&lexicon, &".-'".repeat(100_000)).strength, Strength::Blank);
    for text in ["a.b.c.d.", "'", "1.", "-1", "1-", "…", "🚗 stolen 🚗", "\u{301}", "5'5"] {
        read(&lexicon, text);
    }
    assert_eq!(read(&lexicon, "🚗 stolen 🚗").strength, Strength::Other);
}

#[test]
fn every_entry_says_why_and_by_which_rows() {
    let lexicon = lexicon();
    assert!(!lexicon.version().is_empty());
    for entry in lexicon.entries() {
        assert!(entry.why.ends_with('.') && !entry.rows.is_empty(), "{}", entry.id);
        assert!(!entry.words.is_empty(), "{}", entry.id);
        for row in &entry.rows {
            let cited = ["general knowledge", "alpr-"];
            assert!(cited.iter().any(|cited| row.contains(cited)), "{}: {row}", entry.id);
        }
    }
    for purpose in lexicon.purposes() {
        assert!(VOCABULARY.contains(&format!("\"{purpose}\"")), "{purpose}");
    }
    let decided = read(&lexicon, "ICE warrant").entry.and_then(|entry| lexicon.entry(entry));
    assert_eq!(decided.expect("an entry decided").id, "immigration.ice_warrant");
    // Of several that leave the purpose open, the one that a person should see.
    let decided = read(&lexicon, "DEA/HSI").entry.and_then(|entry| lexicon.entry(entry));
    assert_eq!(decided.expect("an entry decided").id, "agency.hsi");
    assert!(lexicon.entry(u16::MAX).is_none());
}

#[test]
fn a_lexicon_is_used_whole_or_not_at_all() {
    let head = "version = \"1\"\npurposes = [\"a\"]\n";
    let entry = |says: &str, more: &str| {
        format!(
            "[[entry]]\nid = \"{says}{}\"\nsays = \"{says}\"\nwhy = \"w\"\nrows = [\"general knowledge\"]\n{more}\n",
            more.len()
        )
    };
    let good = format!(
        "{head}{}",
        entry("other", "purposes = [\"a\"]\nwords = [\"red|blue -|old barn\"]")
    );
    let lexicon = Lexicon::read_file("own.toml", &good).expect("it is right");
    for text in ["red barn", "Blue old  barn"] {
        assert_eq!(read(&lexicon, text).purposes, 1, "{text}");
    }
    assert_eq!(read(&lexicon, "red old").strength, Strength::Unread);
    for (wrong, expected) in [
        (head.to_owned(), "missing field `entry`"),
        (
            format!("{head}{}", entry("other", "purposes = [\"b\"]")),
            "`b`, which the file does not declare",
        ),
        (format!("{head}{}", entry("other", "word = [\"x\"]")), "unknown field `word`"),
        (format!("{head}{}", entry("perhaps", "")), "unknown variant `perhaps`"),
        (format!("{head}{}", entry("generic", "purposes = [\"a\"]")), "states none"),
        (format!("{head}{}", entry("immigration", "words = [\"x\"]")), "wants no review"),
        (format!("{head}{}", entry("other", "words = [\"---\"]")), "has no word"),
        (
            format!("{head}{}", entry("other", "words = [\"abcdefghijklmnopq\"]")),
            "more than 16 letters",
        ),
        (
            format!(
                "{head}{}{}",
                entry("other", "words = [\"X.\"]"),
                entry("generic", "words = [\"x\"]")
            ),
            "is another entry's too",
        ),
        (
            format!(
                "{head}{}{}",
                entry("other", "words = [\"x\"]"),
                entry("other", "words = [\"y\"]")
            ),
            "stands there twice",
        ),
        (
            format!("{head}{}", entry("other", "").replace("\"general knowledge\"", "")),
            "names no rows",
        ),
    ] {
        let error = Lexicon::read_file("own.toml", &wrong).expect_err(expected).to_string();
        assert!(error.contains("own.toml") && error.contains(expected), "{error}");
    }
}

#[test]
fn labelled_rows_are_flagged_and_look_alikes_are_not() {
    let Some(data) = data("alpr-immigration-reasons") else { return };
    let lexicon = lexicon();
    let rows = table(&data.join("network_audit_reasons.csv"), &["reasons"]);
    for [reasons, ..] in &rows {
        assert!(read(&lexicon, reasons).review, "{reasons}");
        for reason in reasons.split(';') {
            assert!(read(&lexicon, reason).review, "{reason}");
        }
    }
    let mut others = 0;
    for file in ["other_sensitive_reasons.csv", "keyword_traps.csv"] {
        for [reason, ..] in table(&data.join(file), &["reason"]) {
            let read = read(&lexicon, &reason);
            assert!(!read.review && read.strength != Strength::Immigration, "{reason}");
            others += 1;
        }
    }
    eprintln!("{} labelled rows are flagged, {others} others are not", rows.len());
    assert!(rows.len() >= 29 && others >= 10);
}

#[test]
fn no_published_search_audit_has_an_immigration_search() {
    let Some(data) = data("alpr-search-audits") else { return };
    let lexicon = lexicon();
    for (file, columns) in [
        ("portal_search_audits.csv.gz", &["reason", "offenseType", "caseNumber"][..]),
        ("san_mateo_pd_search_audit.csv", &["reason"]),
        ("eugene_or_pd_search_audit.csv.gz", &["reason"]),
        ("okaloosa_fl_so_org_audit.csv.gz", &["Reason"]),
        ("irvine_ca_pd_audit_reasons.csv.gz", &["Reason"]),
    ] {
        let rows = table(&data.join(file), columns);
        let mut shares: BTreeMap<Strength, usize> = BTreeMap::new();
        let mut review = 0;
        for row in &rows {
            let [reason, offense, case] = row.each_ref().map(|text| cell(text));
            let read = lexicon.read(reason, offense, case, Cell::NotExported);
            *shares.entry(read.strength).or_default() += 1;
            review += usize::from(read.review);
        }
        eprintln!("{file}: {} rows, {review} to review, {shares:?}", rows.len());
        assert!(!shares.contains_key(&Strength::Immigration), "{file}");
        if file.starts_with("portal") {
            let unstated = [Strength::Blank, Strength::Generic, Strength::Number];
            let unstated: usize = unstated.iter().filter_map(|strength| shares.get(strength)).sum();
            assert!(2 * unstated > rows.len(), "{file}");
        }
    }
}

fn lexicon() -> Lexicon {
    Lexicon::built_in().expect("the crate's lexicon is right")
}

fn read(lexicon: &Lexicon, reason: &str) -> Reading {
    lexicon.read(Cell::Present(reason), Cell::NotExported, Cell::NotExported, Cell::NotExported)
}

fn cell(text: &str) -> Cell<'_> {
    if text.trim().is_empty() { Cell::Empty } else { Cell::Present(text) }
}

fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn named(strength: &str) -> Strength {
    match strength {
        "immigration" => Strength::Immigration,
        "other" => Strength::Other,
        "ambiguous" => Strength::Ambiguous,
        "generic" => Strength::Generic,
        "number" => Strength::Number,
        "unread" => Strength::Unread,
        "blank" => Strength::Blank,
        other => panic!("there is no strength {other}"),
    }
}

fn bits(lexicon: &Lexicon, letters: &str) -> u16 {
    let bit = |letter| {
        let (_, purpose) =
            PURPOSES.into_iter().find(|(known, _)| *known == letter).expect("a known letter");
        1 << lexicon.purposes().iter().position(|known| known == purpose).expect("it is declared")
    };
    letters.chars().filter(|letter| *letter != '-').map(bit).fold(0, |bits, bit| bits | bit)
}

fn told(lexicon: &Lexicon, reading: Reading) -> String {
    let letters: String = PURPOSES
        .into_iter()
        .filter(|(letter, _)| reading.purposes & bits(lexicon, &letter.to_string()) != 0)
        .map(|(letter, _)| letter)
        .collect();
    let entry =
        reading.entry.and_then(|entry| lexicon.entry(entry)).map_or("no entry", |entry| &entry.id);
    format!(
        "{:?} {letters} {} by {entry}",
        reading.strength,
        if reading.review { "review" } else { "-" }
    )
}

/// The cells of up to three columns of a file.
fn table(path: &Path, columns: &[&str]) -> Vec<[String; 3]> {
    let file = File::open(path).expect("it is there");
    let bytes: Box<dyn Read> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headers = reader.headers().expect("it has a header").clone();
    let places: Vec<usize> = columns
        .iter()
        .map(|column| {
            let is_it = |header: &str| header.trim().trim_start_matches('\u{feff}') == *column;
            headers.iter().position(is_it).expect("it has the column")
        })
        .collect();
    let row = |record: csv::StringRecord| {
        let mut row = <[String; 3]>::default();
        for (cell, place) in row.iter_mut().zip(&places) {
            record.get(*place).unwrap_or_default().clone_into(cell);
        }
        row
    };
    reader.records().map(|record| row(record.expect("it can be read"))).collect()
}

fn data(folder: &str) -> Option<PathBuf> {
    let path = std::env::var_os("BYLAW_DATA").map(|data| PathBuf::from(data).join(folder));
    match path {
        Some(path) if fs::metadata(&path).is_ok() => Some(path),
        _ => {
            eprintln!("skipped: BYLAW_DATA does not name a folder with {folder}");
            None
        }
    }
}
