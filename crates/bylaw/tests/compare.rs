//! `bylaw law compare` as people and programs see it: text, JSON, page, drafts, errors.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use support::{Run, SMALL, bylaw, bylaw_reading, copy, folder, html};

/// A neighbor of the small law's town, which binds library staff only.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/beside");

const DAY: &str = "2026-11-22";

#[test]
fn two_places_as_a_person_reads_them() {
    let packs = both("compare-text");
    for (name, arguments) in [
        ("places", &["town", "village"][..]),
        ("one-kind-an-act", &["town", "village", "--most", "1"]),
        ("only-stricter", &["town", "village", "--only", "stricter"]),
        ("only-looser", &["town", "village", "--only", "looser", "--action", "enter"]),
        ("one-actor", &["town", "village", "--actor", "library_staff"]),
        ("alike", &["town", "town@2025-01-01"]),
        ("json", &["village", "town", "--action", "enter", "--json"]),
    ] {
        let run = compare(&packs, arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{name}");
        insta::assert_snapshot!(format!("compare-{name}"), run.transcript());
    }
}

#[test]
fn the_answers_are_those_of_decide() {
    let packs = both("compare-decide");
    let mut decided = 0;
    for class in classes(&compare(&packs, &["town", "village", "--json"]).json()) {
        for (request, side) in class["requests"].as_array().expect("two").iter().zip(["a", "b"]) {
            let run = bylaw_reading(
                &["decide", "--json", "--packs", text(&packs), "-"],
                request.to_string(),
            );
            assert_eq!(run.json()["answer"], class[side], "{request}");
            decided += 1;
        }
    }
    assert!(decided >= 8, "{decided}");
}

#[test]
fn counts_add_up() {
    let packs = both("compare-counts");
    for act in acts(&compare(&packs, &["town", "village", "--json"]).json()) {
        let whole = number(&act["cases"]);
        let differing: u128 =
            list(&act["classes"]).iter().map(|class| number(&class["cases"])).sum();
        let agreeing: u128 =
            act["agreeing"].as_object().expect("by answer").values().map(number).sum();
        assert_eq!(differing, number(&act["differing"]));
        assert_eq!(differing + agreeing, whole, "{}", act["action"]);
    }
}

#[test]
fn the_page_shows_every_kind_of_situation() {
    let packs = both("compare-page");
    let small: &[&str] = &["--packs", text(&packs), "town", "village"];
    let days: &[&str] = &["us/ca@2017-12-31", "us/ca@2018-01-01"];
    let real: &[&str] = &["us/ca/los-angeles", "us/ny/new-york-city"];
    let limited: &[&str] = &["us/ca", "us/tx", "--only", "stricter", "--actor", "city_police"];
    let mut seen = 0;
    for arguments in [small, days, real, limited] {
        let run = |how| bylaw(&[&["law", "compare", "--on", DAY, how], arguments].concat());
        let page = run("--html");
        assert_eq!((page.code, page.err.as_str()), (Some(0), ""), "{arguments:?}");
        html::check(&page.out);
        let json = run("--json").json();
        for act in acts(&json) {
            let action = act["action"].as_str().expect("a name");
            let id = format!("<section id=\"{}-1\"", action.replace('_', "-"));
            let (_, section) = page.out.split_once(&id).expect("the act has a section");
            let section = section.split_once("</section>").expect("it ends").0;
            assert!(section.contains(action) && section.contains(&escaped(&act["say"])));
            let cards: Vec<&str> = section.split("<p class=\"share\">").skip(1).collect();
            let of_page = tally(cards.iter().map(|card| rules_of(card)));
            let of_json = tally(list(&act["classes"]).iter().map(|class| {
                let rules = |side: &str| list(&class[side]).iter().map(text_of);
                rules("a_because").chain(rules("b_because")).collect::<Vec<_>>().join(" ")
            }));
            assert_eq!(of_page, of_json, "{action}");
            seen += cards.len();
        }
        for act in list(&json["same"]) {
            assert!(page.out.contains(&format!("<code>{}</code>", text_of(act))), "{act}");
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn the_page_says_what_is_compared_and_whom_it_leaves_out() {
    let packs = both("compare-head");
    let page = compare(&packs, &["town", "village", "--html"]).out;
    let elements = html::check(&page);
    let title = elements.iter().find(|element| element.name == "h1").expect("a title");
    assert_eq!(title.text, "Town and Village: where they differ");
    let main = &elements.iter().find(|element| element.name == "main").expect("a main part").text;
    for words in [
        "Not compared, as only Town binds them: Police.",
        "town on 2026-11-22",
        "village on 2026-11-22",
        "Gates & <fences> of the village",
        "Who passes a \"gate\"",
        "Village Code § 3 & 4, from memory",
        "Anyone. Let someone in. What paper is shown?",
        "bylaw decide",
    ] {
        assert!(main.contains(words), "{words}");
    }
    assert!(page.contains("<details open>"), "a short page is unfolded");
}

#[test]
fn a_draft_is_compared_with_the_law_as_it_is() {
    let mut reports = String::new();
    for (name, from, to) in [
        ("one-rule", "context.emergency && context.actor_kind", "context.actor_kind"),
        ("a-number", "context.hours <= 12", "context.hours <= 10"),
        ("nothing", "Nobody is let in", "Nobody shall be let in"),
        ("later", "@id(\"ORD-2/emergency\")", "@id(\"ORD-2/emergency\")\n@from(\"2027-03-01\")"),
        ("ended", "@id(\"ORD-3\")", "@id(\"ORD-3\")\n@until(\"2027-03-01\")"),
    ] {
        let draft = draft(&format!("compare-draft-{name}"), from, to);
        let run = compare(SMALL, &["town", "--draft", text(&draft)]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{name}");
        reports += &format!("{name}\n{}\n", run.transcript());
        let everywhere = compare(SMALL, &["--draft", text(&draft), "--html"]);
        html::check(&everywhere.out);
    }
    insta::assert_snapshot!("compare-drafts", reports);
}

#[test]
fn what_a_draft_changes_is_what_decide_says_under_it() {
    let draft = draft("compare-draft-decide", "context.hours <= 12", "context.hours <= 10");
    let drafted = folder("compare-draft-decide-packs");
    copy(Path::new(SMALL), &drafted);
    copy(&draft, &drafted);
    let classes = classes(&compare(SMALL, &["town", "--draft", text(&draft), "--json"]).json());
    assert_eq!(classes.len(), 2, "with and without a life in danger");
    for class in classes {
        // Between the new bound and the old one.
        assert_eq!(class["where"]["hours"], serde_json::json!(["11..12"]));
        for (request, (side, packs)) in
            list(&class["requests"]).iter().zip([("a", SMALL), ("b", text(&drafted))])
        {
            let decide = ["decide", "--json", "--packs", packs, "-"];
            assert_eq!(bylaw_reading(&decide, request.to_string()).json()["answer"], class[side]);
        }
    }
}

/// Whom a draft begins to bind is among what it changes.
#[test]
fn a_draft_may_bind_more_staff() {
    let packs = both("compare-binds-more");
    let draft = folder("compare-binds-more-draft");
    let gates = Path::new(BESIDE).join("village/gates.md");
    let village = fs::read_to_string(gates).expect("it is there");
    let binds = "binds = [\"library_staff\"]";
    assert_eq!(village.matches(binds).count(), 1);
    fs::create_dir(draft.join("village")).expect("the folder is made");
    let drafted = village.replace(binds, "binds = [\"library_staff\", \"police\"]");
    fs::write(draft.join("village/gates.md"), drafted).expect("the draft is written");
    let json = compare(&packs, &["village", "--draft", text(&draft), "--json"]).json();
    assert_eq!(json["actors"], serde_json::json!(["library_staff", "police"]));
    let classes = classes(&json);
    assert!(!classes.is_empty(), "the draft binds the police besides");
    for class in classes {
        assert_eq!(class["where"]["actor_kind"], serde_json::json!(["police"]));
        assert_eq!(class["a"], "unregulated");
    }
}

#[test]
fn a_draft_may_add_to_the_vocabulary_and_to_the_map() {
    let draft = draft(
        "compare-draft-words",
        "context.paper == Paper::\"none\" && context.signed",
        "context.paper == Paper::\"subpoena\"",
    );
    let vocabulary = fs::read_to_string(Path::new(SMALL).join("vocabulary.cedarschema"))
        .expect("the vocabulary is there")
        .replace("@letter(", "@subpoena(\"Subpoena\")\n@letter(")
        .replace("\"court_order\", \"unknown\"", "\"court_order\", \"subpoena\", \"unknown\"");
    fs::write(draft.join("vocabulary.cedarschema"), vocabulary).expect("it is written");
    copy(Path::new(BESIDE), &draft);
    let run = compare(SMALL, &["--draft", text(&draft)]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!("compare-draft-vocabulary", run.transcript());
    html::check(&compare(SMALL, &["--draft", text(&draft), "--html"]).out);
    // Where the draft changes the law of two places, the page has a part for each.
    let gates = draft.join("village/gates.md");
    let drafted = fs::read_to_string(&gates).expect("it was copied").replace("<= 24", "<= 23");
    fs::write(&gates, drafted).expect("it is written");
    let two = compare(both("compare-draft-two"), &["--draft", text(&draft), "--html"]);
    let places = html::check(&two.out).into_iter().filter(|element| element.name == "h2");
    let places: Vec<String> = places.map(|place| place.text).collect();
    let title = |place| format!("What the draft changes in the law of {place}");
    assert_eq!(places, ["Town", "Village"].map(title));
}

#[test]
fn what_cannot_be_compared_is_told() {
    let packs = both("compare-errors");
    let empty = folder("compare-empty");
    let broken = draft("compare-broken", "context.hours <= 12", "context.minutes <= 12");
    let late = draft("compare-late", "from = 2024-12-09 }", "from = 2027-03-01 }");
    let mut reports = String::new();
    for arguments in [
        &["town", "villages"][..],
        &["town@", "village"],
        &["town@2024-12-08", "village"],
        &["town", "village@2025-05-31"],
        &["town", "village", "--action", "entr"],
        &["town", "village", "--actor", "polic"],
        &["town", "village", "--actor", "police"],
        &["town", "--draft", text(&empty)],
        &["town", "--draft", "no/such/folder"],
        &["town", "--draft", text(&broken)],
        &["town", "--draft", text(&late)],
        &["village", "--draft", "tests/beside", "--on", "2025-01-01"],
    ] {
        let run = compare(&packs, arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{arguments:?}");
        reports += &run.transcript();
    }
    insta::assert_snapshot!("compare-errors", reports);
}

/// The small law and its neighbor in one folder.
fn both(test: &str) -> PathBuf {
    let packs = folder(test);
    copy(Path::new(SMALL), &packs);
    copy(Path::new(BESIDE), &packs);
    packs
}

/// A draft of the town's ordinance.
fn draft(test: &str, from: &str, to: &str) -> PathBuf {
    let draft = folder(test);
    let doors = fs::read_to_string(Path::new(SMALL).join("town/doors.md")).expect("it is there");
    assert_eq!(doors.matches(from).count(), 1, "{from}");
    fs::create_dir(draft.join("town")).expect("the folder is made");
    fs::write(draft.join("town/doors.md"), doors.replace(from, to)).expect("the draft is written");
    draft
}

fn compare(packs: impl AsRef<Path>, arguments: &[&str]) -> Run {
    let day: &[&str] = if arguments.contains(&"--on") { &[] } else { &["--on", DAY] };
    let from = ["law", "compare", "--packs", text(packs.as_ref())];
    bylaw(&[&from, day, arguments].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of a test is text")
}

fn acts(json: &Value) -> &[Value] {
    list(&json["acts"])
}

fn classes(json: &Value) -> Vec<Value> {
    acts(json).iter().flat_map(|act| list(&act["classes"])).cloned().collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn number(value: &Value) -> u128 {
    text_of(value).parse().expect("a number")
}

fn escaped(value: &Value) -> String {
    text_of(value).replace('&', "&amp;").replace('\'', "&#39;")
}

/// The rules that a card names, in order.
fn rules_of(card: &str) -> String {
    let rules = card.split("<li><code>").skip(1);
    rules.filter_map(|rest| rest.split("</code>").next()).collect::<Vec<_>>().join(" ")
}

fn tally(keys: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    keys.for_each(|key| *tally.entry(key).or_default() += 1);
    tally
}
