//! Published search audits, where `BYLAW_DATA` names their folder: the counts of their READMEs, and what their
//! authors and readers say of them.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and says what it measured"
)]

#[path = "support/packs.rs"]
mod packs;

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, sync::Arc};

use bylaw_audit::{
    Resolver,
    lexicon::{Lexicon, Strength},
    log::{
        Verdict,
        format::Formats,
        judge::Asking,
        run::{Asked, Audited, Output},
        source::{Headers, Limits},
        time::zone_of,
    },
};
use packs::LAW;

#[test]
fn search_audits_import_with_the_counts_of_their_readme() {
    let Some(data) = data() else { return };
    let folder = data.join("alpr-search-audits");
    let files: Vec<PathBuf> = [
        "portal_search_audits.csv.gz",
        "san_mateo_pd_search_audit.csv",
        "eugene_or_pd_search_audit.csv.gz",
        "okaloosa_fl_so_org_audit.csv.gz",
        "irvine_ca_pd_audit_reasons.csv.gz",
    ]
    .iter()
    .map(|name| folder.join(name))
    .collect();
    let audited = audit(&files, None);
    let rows: Vec<u64> = audited.files.iter().map(|file| file.rows).collect();
    assert_eq!(rows, [26_821, 36, 1_932, 2_909, 17_987]);
    for file in &audited.files {
        assert_eq!((file.rows_not_read, file.problems.len()), (0, 0), "{}", file.name);
    }
    // No row is a civil-immigration search, and what nobody wrote down is not called lawful.
    assert_eq!(audited.tally.with(Verdict::Barred), 0);
    for (key, _) in audited.tally.cells() {
        assert_ne!(key.strength, Some(Strength::Immigration), "{key:?}");
        let told = matches!(key.strength, Some(Strength::Other));
        assert!(told || key.ruling.verdict != Verdict::Permitted, "{key:?}");
    }
}

#[test]
fn each_portal_has_its_rows() {
    let Some(data) = data() else { return };
    let folder = data.join("alpr-search-audits");
    let audited = audit(&[folder.join("portal_search_audits.csv.gz")], None);
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for (key, count) in audited.tally.cells() {
        *rows.entry(key.group[0].to_string()).or_default() += count.rows;
    }
    let mut counts = csv::Reader::from_path(folder.join("portal_search_audits.counts.csv"))
        .expect("it is there");
    let published: BTreeMap<String, u64> = counts
        .records()
        .map(|record| {
            let record = record.expect("it is whole");
            (record[0].to_owned(), record[1].parse().expect("a number"))
        })
        .collect();
    assert_eq!(rows, published);
}

#[test]
fn labelled_reasons_wait_for_a_look_and_look_alikes_do_not() {
    let Some(data) = data() else { return };
    let folder = data.join("alpr-immigration-reasons");
    let count = |name: &str, expected: u64| {
        let audited = audit(&[folder.join(name)], None);
        let file = &audited.files[0];
        assert_eq!((file.rows, file.rows_not_read), (expected, 0), "{file:?}");
        let flagged: u64 =
            audited.tally.cells().filter(|(key, _)| key.review).map(|(_, count)| count.rows).sum();
        let stated =
            audited.tally.cells().filter(|(key, _)| key.strength == Some(Strength::Immigration));
        (flagged, stated.map(|(_, count)| count.rows).sum::<u64>())
    };
    assert_eq!(count("network_audit_reasons.csv", 29).0, 29);
    assert_eq!(count("other_sensitive_reasons.csv", 7), (0, 0));
    assert_eq!(count("keyword_traps.csv", 3), (0, 0));
}

fn audit(files: &[PathBuf], owner: Option<&str>) -> Audited {
    let resolver = Resolver::new().expect("the crate's files are right");
    let lexicon = Lexicon::built_in().expect("the crate's files are right");
    let formats = Arc::new(Formats::built_in().expect("the crate's files are right"));
    let asked = Asked {
        law: &LAW,
        path: "us/ca",
        resolver: &resolver,
        lexicon: &lexicon,
        asking: Asking { owner, actor: None },
        mapping: None,
        on: None,
        headers: Headers::of_formats(&formats, None),
        zone: zone_of("us/ca").and_then(|zone| zone.time_zone()).expect("the zone is known"),
        limits: Limits::default(),
        threads: NonZeroUsize::new(2).expect("some threads"),
        link: true,
        words: "",
    };
    asked.audit(files, Output::Nowhere, &|_| ()).expect("it runs")
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BYLAW_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("skipped: BYLAW_DATA does not name the folder of the published data sets");
    }
    data
}
