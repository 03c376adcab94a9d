//! Published lists, where `BYLAW_DATA` names their folder: the counts of their README, and classes
//! against the labels of a registry that others made by hand.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and says what it measured"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use bylaw_audit::{
    Resolver,
    names::state,
    registry::{Columns, build},
    sharing::{Direction, List, Reading, read},
};

const LISTS: [&str; 3] =
    ["portals.jsonl.gz", "oc_sheriff_shared_networks.csv", "irvine_hotlist_shared_with.csv"];

/// Labels that are wrong on their face: a city's police, a county's sheriff, town marshals, a state's
/// police and prisons are no agencies of the United States, and a village has a government.
const WRONG_LABELS: [&str; 10] = [
    "Yuba County Sheriffs Office",
    "Sparks Police Department - NV",
    "Tombstone Marshals Office (AZ)",
    "Rice Lake WI PD",
    "Justice IL PD",
    "Louisiana State Police (LA)",
    "New Berlin TX Marshal's Office [Inactive]",
    "Texas Department of Criminal Justice",
    "Hoffman Estates IL PD",
    "MI - Village of Middleville",
];

#[test]
fn lists_import_with_the_counts_of_their_readme() {
    let Some(data) = data() else { return };
    let lists = LISTS.map(|name| published(&data, name));
    assert_eq!(lists.each_ref().map(|list| list.rows), [87, 161, 156]);
    assert!(lists.iter().all(|list| list.problems.is_empty()));
    let given =
        |list: &List, way| list.entries.iter().filter(|entry| entry.direction == Some(way)).count();
    assert_eq!(
        given(&lists[1], Direction::Outbound) + given(&lists[1], Direction::Inbound),
        lists[1].entries.len()
    );
    let built = registry(&data);
    assert_eq!(built.rows.len() + built.unnamed.len(), 838);
}

#[test]
fn classes_agree_with_the_labels_and_names_alone_never_mislead() {
    let Some(data) = data() else { return };
    let labels = labels(&data);
    let listed: Vec<String> = LISTS
        .iter()
        .flat_map(|name| published(&data, name).entries)
        .map(|entry| entry.organization)
        .filter(|name| labels.contains_key(name))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    let all: Vec<String> = labels.keys().cloned().collect();

    let names_alone = Resolver::new().expect("the crate's files are right");
    let mut with_registry = Resolver::new().expect("the crate's files are right");
    let bytes = fs::read(data.join("agency_registry.csv")).expect("it is there");
    with_registry.add_registry("agency_registry.csv", &bytes).expect("it is understood");

    for (what, names) in [("on the lists", &listed), ("in the registry", &all)] {
        let alone = Score::of(&names_alone, names, &labels);
        let given = Score::of(&with_registry, names, &labels);
        eprintln!("{what}: names alone {alone:?}; with the registry {given:?}");
        assert!(alone.total() > 200);
        assert!(
            alone.wrong.iter().all(|name| WRONG_LABELS.contains(&name.as_str())),
            "{:?}",
            alone.wrong
        );
        assert!(given.wrong.is_empty(), "{:?}", given.wrong);
    }
    let given = Score::of(&with_registry, &listed, &labels);
    assert!(given.right * 100 >= given.total() * 99, "{given:?}");
}

#[derive(Debug, Default)]
struct Score {
    right: usize,
    unknown: Vec<String>,
    wrong: Vec<String>,
}

impl Score {
    fn of(resolver: &Resolver, names: &[String], labels: &BTreeMap<String, String>) -> Self {
        let own = state::by_code("CA").expect("a state");
        let mut score = Self::default();
        for name in names {
            match resolver.resolve(name).class.word(own) {
                class if class == labels[name] => score.right += 1,
                class if class == "unknown" => score.unknown.push(name.clone()),
                _ => score.wrong.push(name.clone()),
            }
        }
        score
    }

    fn total(&self) -> usize {
        self.right + self.unknown.len() + self.wrong.len()
    }
}

/// What the registry's tags and states say, read here by themselves; names without a plain label are
/// left out.
fn labels(data: &std::path::Path) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(data.join("agency_registry.csv")).expect("it is there");
    let mut labels = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("it is CSV");
        let (names, state, tags) = (&record[2], &record[5], &record[7]);
        let tags: Vec<&str> = tags.split(';').map(str::trim).collect();
        let label = match state {
            _ if tags.contains(&"federal") => "federal",
            _ if tags.contains(&"private") => "private",
            "CA" if tags.contains(&"public") => "california_public",
            "" => continue,
            _ if tags.contains(&"public") => "other_state_public",
            _ => continue,
        };
        for name in names.split(';').map(str::trim).filter(|name| !name.is_empty()) {
            labels.insert(name.to_owned(), label.to_owned());
        }
    }
    labels
}

fn registry(data: &std::path::Path) -> bylaw_audit::registry::Built {
    let bytes = fs::read(data.join("agency_registry.csv")).expect("it is there");
    build("agency_registry.csv", &bytes, &Columns::default()).expect("it is understood")
}

fn published(data: &std::path::Path, name: &str) -> List {
    read(name, &fs::read(data.join(name)).expect("it is there"), Reading::Recognize)
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BYLAW_DATA").map(|data| PathBuf::from(data).join("alpr-sharing"));
    if data.is_none() {
        eprintln!("skipped: BYLAW_DATA is not set");
    }
    data
}
