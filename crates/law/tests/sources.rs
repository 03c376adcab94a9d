//! What the words of packs say about how far they can be relied on.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/packs.rs"]
mod packs;

use bylaw_law::{
    Law, SourceFile,
    sources::{Entry, Item, Reason, Standing, Watch, WorkList, doubts, sha256, verified_on},
};
use jiff::civil::Date;

/// A status, and the reasons it gives to look again; the citation gives none.
const STATUSES: &[(&str, &[Reason])] = {
    use Reason::{
        DetailFromMemory, Drafted, FromMemory, NotRead, OwnReading, PartVerified, UncertainCite,
        UncertainDate,
    };
    &[
        ("verified: chaptered SB 54", &[]),
        ("verified 2026-11-22: chaptered SB 54", &[]),
        ("verified: KPCC 2017, LA Times 2017, bulletin summary 2026", &[]),
        ("verified: lawserver text; from the day on which the injunction was lifted", &[]),
        ("verified: gist; numbering from memory", &[UncertainCite]),
        ("verified: gist; Numbering From Memory", &[UncertainCite]),
        ("verified: the chapter; pin-cite uncertain", &[UncertainCite]),
        ("verified: the chapter; section not confirmed", &[UncertainCite]),
        ("verified: lawserver, under the former number 2.251", &[UncertainCite]),
        ("verified: gist; the day from memory", &[UncertainDate]),
        ("verified: statute page; date is the earliest possible", &[UncertainDate]),
        ("verified: mayor's pages; day of the month not known", &[UncertainDate]),
        ("verified: statute text; drafted: an immigration judge is no judge here", &[OwnReading]),
        ("verified: LAist; that a court's paper is meant is a reading", &[OwnReading]),
        ("verified: Int. 1568-A text; the breakdown from memory", &[DetailFromMemory]),
        (
            "verified: two newspapers; text not read; the day is approximate",
            &[NotRead, UncertainDate],
        ),
        ("part verified: gist; detail from memory", &[PartVerified]),
        ("part verified: a board policy citing the section", &[PartVerified]),
        (
            "part verified: 2026 press; number, day and text not found",
            &[PartVerified, UncertainCite, UncertainDate],
        ),
        (
            "part verified: two policies; cites and date from memory",
            &[PartVerified, UncertainCite, UncertainDate],
        ),
        ("from memory: the procedure", &[FromMemory]),
        ("from memory: savings clause; the federal section alone protects", &[FromMemory]),
        ("from memory: high confidence on substance", &[FromMemory, UncertainCite]),
        ("from memory: rule, exceptions and date", &[FromMemory, UncertainDate]),
        ("from memory: the list; its order here is drafted", &[FromMemory, OwnReading]),
        ("drafted: the sources are silent, so counsel decides", &[Drafted]),
        ("drafted: counted from the day on which the models were due", &[Drafted]),
        ("drafted: the first version was not read", &[Drafted, NotRead]),
    ]
};

#[test]
fn a_status_gives_its_reasons() {
    for (status, reasons) in STATUSES {
        assert_eq!(doubts(status, "Gov. Code § 7284.6"), *reasons, "{status}");
    }
}

#[test]
fn a_citation_gives_its_reasons() {
    let rows: &[(&str, &[Reason])] = &[
        ("Gov. Code § 7284.6(a)(1)(C)", &[]),
        ("Ord. 188441 § 3", &[]),
        ("City of Boston Code, Ordinances, 11-1.9", &[]),
        ("RCW 10.93.160(3)", &[]),
        ("Executive Directive No. 20 (2017)", &[]),
        ("Ord. 188441", &[Reason::NoSection]),
        ("SB 81 (Stats. 2025)", &[Reason::NoSection]),
        ("SB25-276 (2025)", &[Reason::NoSection]),
        ("N.Y.C. Local Law 21 of 2013", &[Reason::NoSection]),
        (
            "SB 580 (Stats. 2025), code section not confirmed",
            &[Reason::UncertainCite, Reason::NoSection],
        ),
        ("Governor's order (number not found)", &[Reason::UncertainCite]),
        ("Governor's order, about January 29, 2026", &[Reason::UncertainCite]),
    ];
    for (cite, reasons) in rows {
        assert_eq!(doubts("verified: the text", cite), *reasons, "{cite}");
    }
}

#[test]
fn the_day_behind_the_first_words_is_that_of_the_review() {
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let rows = [
        ("verified 2026-11-22: chaptered SB 54", Some(day("2026-11-22"))),
        ("part verified 2024-02-29: a summary", Some(day("2024-02-29"))),
        ("verified: Daily News 2017-05-24", None),
        ("verified 2026-02-30: no such day", None),
        ("verified § 1: the text", None),
        ("2026-11-22 verified", None),
        ("verified", None),
    ];
    for (status, on) in rows {
        assert_eq!(verified_on(status), on, "{status}");
    }
}

#[test]
fn a_text_is_hashed_as_other_programs_hash_it() {
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), hash, "the vector of FIPS 180-2");
}

/// Rules in the order in which they stand in the file; the work list puts them in another.
const RULES: &str = r#"
refer may_old from memory: counsel
may may_1 from memory: the exception
permit may_2 verified: the text
forbid not_3 drafted: a reading
forbid not_4 part verified: gist
forbid not_5 from memory: the ban
must must_6 from memory: the duty
forbid not_7 verified: the text
forbid not_8 verified 2020-01-01: the text
"#;

fn pack(front: &str, rules: &str) -> String {
    let rules: String = rules.trim().lines().map(rule).collect();
    format!(
        "+++\ntitle = \"Doors\"\ncite = \"Ord. § 1\"\nkind = \"ordinance\"\nsource = \"the clerk\"\n\
         in_force = {{ from = 2020-01-01 }}\n{front}\n+++\n\n## Doors\n\n```cedar\n{rules}```\n"
    )
}

fn rule(line: &str) -> String {
    let (effect, rest) = line.split_once(' ').expect("an effect");
    let (id, status) = rest.split_once(' ').expect("an id");
    let (modality, effect) = match effect {
        "refer" | "must" => (format!("@modality(\"{effect}\") "), "permit"),
        "forbid" => (String::new(), "forbid"),
        _ => (String::new(), "permit"),
    };
    let until = if id.ends_with("_old") { "@until(\"2024-01-01\") " } else { "" };
    format!(
        "@id(\"{id}\") @cite(\"§ 1\") @status(\"{status}\") {modality}{until}\n\
         {effect} (principal, action == Action::\"enter\", resource) when {{ context.private }};\n\n"
    )
}

fn law(files: &[(&str, String)]) -> Law {
    let vocabulary = include_str!("loading/vocabulary.cedarschema");
    let files: Vec<SourceFile> = files
        .iter()
        .map(|(name, text)| SourceFile::new(*name, text.as_str()))
        .chain([SourceFile::new("vocabulary.cedarschema", vocabulary)])
        .collect();
    Law::load(&files).unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems))
}

fn watch(on: &str, old_before: &str) -> Watch {
    Watch { on: on.parse().expect("a day"), old_before: old_before.parse().expect("a day") }
}

fn name<'a>(item: &Item<'a>) -> &'a str {
    match item.entry {
        Entry::Rule(rule) => &rule.id,
        Entry::Term(term) => &term.name,
    }
}

const BY_COUNSEL: &str = "reviewed = { by = \"A. Attorney\", on = 2026-11-22 }\n\
    read = { sha256 = \"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\", on = 2026-11-01, what = \"the text\" }";
const BY_NOBODY: &str = "reviewed = { by = \"Nobody: an example\", on = 2026-11-22 }";

#[test]
fn what_forbids_or_commands_from_memory_comes_first() {
    let law = law(&[("town/doors.md", pack(BY_COUNSEL, RULES))]);
    let lists = law.work_lists(watch("2026-11-22", "2025-11-22"));
    let [list] = lists.as_slice() else { panic!("{lists:?}") };
    let names: Vec<&str> = list.items.iter().map(name).collect();
    // The old one is no longer in force; the verified ones give no reason, but for the age of one.
    assert_eq!(names, ["not_5", "must_6", "not_3", "not_4", "not_8", "may_1", "may_old"]);
    let pressing: Vec<&str> =
        list.items.iter().filter(|item| item.binds_from_memory()).map(name).collect();
    assert_eq!(pressing, ["not_5", "must_6"]);
    let ended: Vec<&str> = list.items.iter().filter(|item| item.ended).map(name).collect();
    assert_eq!(ended, ["may_old"]);
    assert_eq!(list.reasons, [], "a lawyer reviewed it and named the text");
    let read = list.instrument.read.as_ref().expect("a text");
    assert_eq!(read.sha256, sha256(b"abc"), "in small letters");
    for (on, expected) in [("2023-12-31", false), ("2024-01-01", true)] {
        let lists = law.work_lists(watch(on, "2025-11-22"));
        let mut items = lists.iter().flat_map(|list| &list.items);
        assert_eq!(items.any(|item| item.ended), expected, "{on}");
    }
}

#[test]
fn a_review_grows_old_on_a_day() {
    let law = law(&[("town/doors.md", pack(BY_NOBODY, "forbid not_1 verified: the text"))]);
    let reasons = |old_before: &str| {
        let lists = law.work_lists(watch("2030-01-01", old_before));
        let [WorkList { reasons, items, .. }] = lists.as_slice() else { panic!("{lists:?}") };
        (reasons.clone(), items.iter().map(|item| item.reasons.clone()).collect::<Vec<_>>())
    };
    let (whole, items) = reasons("2026-11-22");
    assert_eq!((whole.as_slice(), items.len()), ([Reason::NoLawyer, Reason::NoText].as_slice(), 0));
    let (whole, items) = reasons("2026-11-23");
    assert_eq!(whole, [Reason::OldReview, Reason::NoLawyer, Reason::NoText]);
    assert_eq!(items, [[Reason::OldReview]]);
}

#[test]
fn folders_stand_together_and_the_most_pressing_instrument_of_each_first() {
    let law = law(&[
        ("state/a.md", pack(BY_NOBODY, "may a drafted: an example")),
        ("state/b.md", pack(BY_NOBODY, "forbid b from memory: the ban")),
        ("state/c.md", pack(BY_NOBODY, "forbid c verified: the text")),
        ("state/town/d.md", pack(BY_NOBODY, "forbid d from memory: the ban")),
    ]);
    let lists = law.work_lists(watch("2026-11-22", "2025-11-22"));
    let names: Vec<&str> = lists.iter().map(|list| list.instrument.name.as_str()).collect();
    assert_eq!(names, ["state/b", "state/a", "state/c", "state/town/d"]);
}

/// No word of doubt in the real packs is passed over: whatever says that it was not read, found,
/// known or confirmed, or is from memory, gives a reason beyond its class.
#[test]
fn no_doubt_of_the_real_packs_is_passed_over() {
    let law = packs::real_law();
    let statuses = law.instruments.iter().flat_map(|instrument| {
        let terms = instrument.terms().map(|term| term.status.as_str());
        instrument.rules().map(|rule| rule.status.as_str()).chain(terms)
    });
    let mut seen = [0; 4];
    for status in statuses {
        let standing = Standing::of(status).expect("every status begins with a standing");
        seen.iter_mut()
            .zip(Standing::ALL)
            .filter(|(_, known)| *known == standing)
            .for_each(|(count, _)| *count += 1);
        let reasons = doubts(status, "§ 1");
        assert!(standing == Standing::Verified || !reasons.is_empty(), "{status}");
        let words = ["memory", "not read", "not found", "not known", "not confirmed", "assumed"];
        let doubted = words.iter().any(|word| status.contains(word));
        assert!(!doubted || !reasons.is_empty(), "{status}");
        for (word, reason) in [("day", Reason::UncertainDate), ("numbering", Reason::UncertainCite)]
        {
            let phrase = format!("{word} from memory");
            assert!(!status.contains(&phrase) || reasons.contains(&reason), "{status}");
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}
