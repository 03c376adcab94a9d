//! `docs/laws.md` is what `bylaw law summary` prints, and says what stands in the packs.
//!
//! `BYLAW_BLESS=1 cargo test -p bylaw --test laws_page` writes the page anew.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod support;

use std::{collections::BTreeSet, env, fs, path::Path};

use bylaw_law::{Jurisdiction, Law, SourceFile, pack::Modality, pack::Rule};
use jiff::civil::Date;
use support::{PACKS, SMALL, bylaw};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/laws.md");

/// The day the page speaks of, which is the newest review of the packs.
const DAY: &str = "2026-11-22";

#[test]
fn the_kept_page_is_what_the_command_prints() {
    let printed = bylaw(&["law", "summary", "--packs", PACKS]);
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    if env::var_os("BYLAW_BLESS").is_some() {
        fs::write(PAGE, &printed.out).expect("the page can be written");
    }
    let kept = fs::read_to_string(PAGE).expect("the page is there");
    // Not `assert_eq`, which would print both.
    assert!(kept == printed.out, "docs/laws.md is stale; BYLAW_BLESS=1 writes it anew");
}

#[test]
fn every_rule_in_force_stands_once_in_each_place_where_it_belongs() {
    let (law, page) = (packs(), page());
    let mut seen = 0;
    for jurisdiction in law.jurisdictions() {
        let chapter = chapter(&page, jurisdiction);
        let laws = part(chapter, "the laws");
        for rule in own_rules(&law, jurisdiction) {
            let id = format!("`{}`", rule.id);
            let in_force = rule.span.contains(day());
            assert_eq!(laws.matches(&id).count(), usize::from(in_force), "{id} under the laws");
            if in_force {
                let line = laws.lines().find(|line| line.contains(&id)).expect("it is in a line");
                for words in [&rule.cite, &rule.status] {
                    assert!(plain(line).contains(words.as_str()), "{id} without {words}: {line}");
                }
            }
            for (index, action) in law.vocabulary.actions.iter().enumerate() {
                let act = act(chapter, &action.name);
                let lines: Vec<&str> = act.lines().filter(|line| line.contains(&id)).collect();
                let belongs = in_force && rule.actions.contains(&index);
                assert_eq!(lines.len(), usize::from(belongs), "{id} under {}", action.name);
                if let [line] = lines.as_slice() {
                    assert!(line.starts_with(&format!("- **{}**", verb(rule.modality))), "{line}");
                    assert!(plain(line).contains(&rule.cite), "{id} without citation: {line}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 700, "{seen}");
}

#[test]
fn the_tables_and_what_is_left_open_follow_from_the_rules() {
    let (law, page) = (packs(), page());
    let jurisdictions: Vec<&Jurisdiction> = law.jurisdictions().collect();
    for (index, action) in law.vocabulary.actions.iter().enumerate() {
        let row = format!("| {} |", action.say);
        let rows: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(&row)).collect();
        let cells: Vec<&str> =
            rows.iter().flat_map(|row| row.trim_end_matches(" |").split(" |")).collect();
        assert_eq!(cells.len(), jurisdictions.len(), "{}", action.say);
        for (cell, jurisdiction) in cells.iter().zip(&jurisdictions) {
            let about = |other: &Jurisdiction| -> Vec<&Rule> {
                own_rules(&law, other)
                    .filter(|rule| rule.span.contains(day()) && rule.actions.contains(&index))
                    .collect()
            };
            let marks: BTreeSet<char> = about(jurisdiction)
                .iter()
                .filter_map(|rule| verb(rule.modality).replace("Sends to c", "C").chars().next())
                .collect();
            let above = jurisdictions.iter().any(|other| {
                jurisdiction.path.starts_with(&format!("{}/", other.path))
                    && !about(other).is_empty()
            });
            let shown: BTreeSet<char> = cell
                .trim_start_matches([' ', '['])
                .chars()
                .take_while(|sign| *sign != ']')
                .filter(|sign| !sign.is_whitespace())
                .collect();
            let expected = match (marks.is_empty(), above) {
                (false, _) => marks,
                (true, true) => BTreeSet::from(['↑']),
                (true, false) => BTreeSet::from(['–']),
            };
            assert_eq!(shown, expected, "{} at {}", action.say, jurisdiction.path);
            let open = part(chapter(&page, jurisdiction), "left open");
            let open: Vec<&str> = open
                .split_once("not the same as permission: **")
                .and_then(|(_, rest)| rest.split_once("**"))
                .map_or_else(Vec::new, |(acts, _)| acts.split("; ").collect());
            assert_eq!(open.contains(&action.say.as_str()), shown.contains(&'–'), "{}", action.say);
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let page = page();
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| {
        let text = line.trim_start_matches('#').trim();
        match text.split_once("\"></a>") {
            Some((id, _)) => id.trim_start_matches("<a id=\"").to_owned(),
            None => slug(text.split("](").next().unwrap_or(text)),
        }
    });
    let mut anchors = BTreeSet::new();
    for anchor in headings {
        assert!(anchors.insert(anchor.clone()), "two places are called #{anchor}");
    }
    let links: Vec<&str> = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(to, _)| to)
        .collect();
    assert!(links.len() > 1_000, "{}", links.len());
    for link in links {
        match link.strip_prefix('#') {
            Some(anchor) => assert!(anchors.contains(anchor), "#{anchor} is not there"),
            None => assert!(Path::new(PAGE).with_file_name(link).exists(), "{link} is not there"),
        }
    }
}

#[test]
fn the_page_says_what_it_is() {
    let page = page();
    assert!(page.len() < 450_000, "{} bytes are too many for a page", page.len());
    for words in [DAY, "`bylaw law summary`", "no lawyer has reviewed it", "not legal advice"] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn one_day_and_one_place() {
    let then = bylaw(&["law", "summary", "us/ca/los-angeles", "--on", "2018-06-01"]).out;
    assert!(then.contains("`bylaw law summary us/ca/los-angeles --on 2018-06-01`"));
    assert!(then.contains("`LA-SO40-2`") && then.contains("`LA-ORD-7`"), "{then}");
    let (before, after) = then.split_once("changes to come").expect("the ordinance was to come");
    assert!(!before.contains("`LA-ORD-7`") && after.contains("2024-12-09"));
    assert!(!then.contains("#california"), "a link to a chapter that is not there");
}

#[test]
fn a_small_law() {
    for (name, arguments) in [
        ("summary-small", &["law", "summary", "--packs", SMALL][..]),
        ("summary-small-json", &["law", "summary", "town", "--packs", SMALL, "--json"]),
        ("summary-unknown", &["law", "summary", "us/ca/los-angles"]),
    ] {
        insta::assert_snapshot!(name, bylaw(arguments).transcript());
    }
}

fn packs() -> Law {
    let mut files = Vec::new();
    read(Path::new(PACKS), &mut files);
    Law::load_checked(&files).expect("the packs load")
}

fn read(folder: &Path, files: &mut Vec<SourceFile>) {
    for (path, _) in support::entries(folder) {
        if path.is_dir() {
            read(&path, files);
        } else {
            let name = path.strip_prefix(PACKS).expect("it lies below").to_string_lossy();
            files.push(SourceFile::new(name, fs::read_to_string(&path).expect("it can be read")));
        }
    }
}

fn page() -> String {
    fs::read_to_string(PAGE).expect("the page is there")
}

fn day() -> Date {
    DAY.parse().expect("a day")
}

fn own_rules<'a>(law: &'a Law, jurisdiction: &Jurisdiction) -> impl Iterator<Item = &'a Rule> {
    let own = law.instruments.iter().filter(|own| own.folder == jurisdiction.path);
    own.flat_map(|own| own.rules()).collect::<Vec<_>>().into_iter()
}

/// The chapter of a jurisdiction; it begins with the path under its name.
fn chapter<'a>(page: &'a str, jurisdiction: &Jurisdiction) -> &'a str {
    let mut chapters =
        page.split("\n## ").filter(|text| text.contains(&format!("\n`{}` · ", jurisdiction.path)));
    let chapter = chapters.next().expect("it has a chapter");
    assert!(chapters.next().is_none(), "{} has two chapters", jurisdiction.path);
    chapter
}

/// The part of a chapter whose heading ends so.
fn part<'a>(chapter: &'a str, what: &str) -> &'a str {
    let heading = format!(": {what}");
    let mut parts = chapter.split("\n### ");
    parts
        .find(|part| part.lines().next().is_some_and(|line| line.ends_with(&heading)))
        .expect("it has that part")
}

/// What a chapter says about an act; nothing where it has no rule about it.
fn act<'a>(chapter: &'a str, action: &str) -> &'a str {
    let name = format!("`{action}`");
    let about = |part: &&str| part.lines().nth(2).is_some_and(|line| line.starts_with(&name));
    chapter.split("\n### ").find(about).unwrap_or_default()
}

fn verb(modality: Modality) -> &'static str {
    match modality {
        Modality::MustNot => "Forbids",
        Modality::Must => "Requires",
        Modality::May | Modality::MayProtected => "Permits",
        Modality::Refer => "Sends to counsel",
    }
}

/// Without the signs that keep Markdown from reading signs.
fn plain(line: &str) -> String {
    line.replace('\\', "")
}

/// What GitHub makes of a heading.
fn slug(heading: &str) -> String {
    let kept = |sign: &char| sign.is_alphanumeric() || " -_".contains(*sign);
    heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}
