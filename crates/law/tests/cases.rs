//! The real packs hold their own worked cases, and history counts.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/packs.rs"]
mod packs;

use bylaw_law::{Law, Question, Scratch, Word, pack::Condition};

#[test]
fn every_worked_case_holds_and_every_rule_has_cases_on_both_sides() {
    let law = packs::real_law();
    let mut done = 0;
    let report = law.check(|count| done = count);
    let wrong: Vec<String> = report
        .wrong
        .iter()
        .map(|problem| {
            let (file, line) = (problem.file().unwrap_or_default(), problem.line().unwrap_or(0));
            format!("{file}:{line}: {}", problem.message)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(report.cases >= 400, "{} cases", report.cases);
    assert_eq!(done, report.cases, "progress is told");
    assert_eq!(rule_names(&law, &report.never_met), [""; 0], "rules that hold in no case");
    // A rule without a condition holds wherever it is in force: its other side is a rule that
    // overrides it.
    let mut conditional = report.always_met;
    conditional.retain(|&rule| law.rule(rule).condition != Condition::Constant(true));
    assert_eq!(rule_names(&law, &conditional), [""; 0], "rules that no case leaves unmet");
    let counted: usize = report.answers.iter().map(|&(_, count)| count).sum();
    assert_eq!(counted, report.cases, "each case has one answer");
    for (word, count) in report.answers {
        assert!(count > 0, "no case is answered {}", word.name());
    }
}

/// The days on which the same request is asked again.
const DAYS: [&str; 5] = ["1985-05-14", "2010-06-01", "2018-06-01", "2020-06-01", "2026-11-22"];

/// Special Order 40 forbids police action to learn status from 1979-11-27 (LA-SO40-2); the Values
/// Act forbids asking from 2018 (CA-7284.6-a1A); the ordinance of 2024-12-09 (LA-ORD-1) adds its
/// own ban.
#[test]
fn a_patrol_officer_asks_for_status() {
    let facts = [
        ("actor_kind", "city_police"),
        ("requester_kind", "none"),
        ("purpose", "civil_immigration_enforcement"),
        ("status_needed_for_service_or_by_law", "false"),
    ];
    let answers = over_the_years("us/ca/los-angeles", "inquire_status", &facts);
    let [in_1985, in_2010, in_2018, in_2020, today] = answers;
    for (word, _) in [&in_1985, &in_2010, &in_2018, &in_2020, &today] {
        assert_eq!(*word, Word::MustNot);
    }
    for (_, because) in [&in_1985, &in_2010] {
        assert_eq!(*because, ["LA-SO40-2"], "the special order alone");
    }
    for (_, because) in [&in_2018, &in_2020] {
        assert!(rests_on(because, "CA-7284.6-a1A"), "{because:?}");
        assert!(rests_on(because, "LA-SO40-2"), "{because:?}");
        assert!(!rests_on(because, "LA-ORD-1"), "not adopted yet: {because:?}");
    }
    for id in ["CA-7284.6-a1A", "LA-SO40-2", "LA-ORD-1"] {
        assert!(rests_on(&today.1, id), "{id}: {:?}", today.1);
    }
}

/// No law kept a permit clerk from giving out an address until Executive Directive 20 of 2017-03-21
/// (LA-ED20-5); the ordinance of 2024-12-09 forbids it too (LA-ORD-7). The Values Act never bound
/// ordinary city departments (CA-7284.4-a).
#[test]
fn a_permit_clerk_is_asked_for_an_address() {
    let facts = [
        ("actor_kind", "city_employee"),
        ("requester_kind", "ice_ero"),
        ("purpose", "civil_immigration_enforcement"),
        ("info_category", "home_or_work_address"),
        ("info_publicly_available", "false"),
        ("written_consent_to_disclose", "false"),
    ];
    let answers = over_the_years("us/ca/los-angeles", "disclose_information", &facts);
    let [in_1985, in_2010, in_2018, in_2020, today] = answers;
    for silent in [in_1985, in_2010] {
        assert_eq!(silent, (Word::Unregulated, Vec::new()));
    }
    for (word, because) in [in_2018, in_2020] {
        assert_eq!(word, Word::MustNot);
        assert!(rests_on(&because, "LA-ED20-5"), "{because:?}");
        assert!(!rests_on(&because, "LA-ORD-7"), "not adopted yet: {because:?}");
    }
    assert_eq!(today.0, Word::MustNot);
    assert!(rests_on(&today.1, "LA-ORD-7"), "{:?}", today.1);
    assert!(!today.1.iter().any(|id| id.starts_with("CA-7284.6")), "{:?}", today.1);
}

/// No law spoke about telling release dates until the Values Act of 2018 forbade it
/// (CA-7284.6-a1C), save where the person's record opens the gate of section 7282.5, as a serious
/// felony does (CA-7282.5-a1): then the sheriff may, and never must.
#[test]
fn a_jail_is_asked_when_someone_with_a_serious_felony_is_released() {
    let facts = [
        ("actor_kind", "sheriff_or_jail"),
        ("requester_kind", "ice_ero"),
        ("purpose", "civil_immigration_enforcement"),
        ("legal_process", "i247a_detainer"),
        ("process_issuer", "immigration_officer"),
        ("info_publicly_available", "false"),
        ("conviction_class", "serious_or_violent_felony_ca"),
    ];
    let path = "us/ca/los-angeles-county";
    let [in_1985, in_2010, in_2018, in_2020, today] =
        over_the_years(path, "notify_release_date", &facts);
    for silent in [in_1985, in_2010] {
        assert_eq!(silent, (Word::Unregulated, Vec::new()));
    }
    for (word, because) in [in_2018, in_2020, today] {
        assert_eq!(word, Word::May, "{because:?}");
        assert!(because.iter().any(|id| id.starts_with("CA-7284.6-a1C/")), "{because:?}");
    }
}

/// The answer on each of [`DAYS`], with the ids of the controlling rules.
fn over_the_years(path: &str, action: &str, facts: &[(&str, &str)]) -> [(Word, Vec<String>); 5] {
    let law = packs::real_law();
    let jurisdiction = law.find_jurisdiction(path).expect("the path has law");
    let action = law.find_action(action).expect("the act is known");
    DAYS.map(|day| {
        let on = day.parse().expect("a date");
        let mut question = Question::new(&law, jurisdiction, action, on);
        for (name, value) in facts {
            question.state(&law, name, value).unwrap_or_else(|error| panic!("{error}"));
        }
        question.assume_absent(&law);
        let decision = law
            .decide(&question, &mut Scratch::default())
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(decision.needs.is_empty(), "{day}: {}", law.describe(&decision));
        (decision.word, rule_names(&law, &decision.because))
    })
}

fn rests_on(because: &[String], id: &str) -> bool {
    because.iter().any(|rule| rule == id || rule.starts_with(&format!("{id}/")))
}

fn rule_names(law: &Law, rules: &[usize]) -> Vec<String> {
    rules.iter().map(|&rule| law.rule(rule).id.clone()).collect()
}
