//! The nearest lawful alternative, on every worked case of the real packs.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/packs.rs"]
mod packs;

use bylaw_law::{Alternative, Law, Question, Scratch, Word, vocabulary::Domain};

#[test]
fn an_alternative_holds_is_lawful_and_is_the_nearest() {
    let law = packs::real_law();
    let mut scratch = Scratch::default();
    let mut found = 0;
    for instrument in &law.instruments {
        for case in instrument.provisions.iter().flat_map(|provision| &provision.cases) {
            let question = law.case_question(instrument, case).expect("the case can be asked");
            let answer = law.decide(&question, &mut scratch).expect("the case is decided").word;
            let Some(alternative) = law.alternative(&question, answer) else { continue };
            found += 1;
            check_changes(&law, &question, &alternative, &case.story);
            let after = decide_with(&law, &question, &alternative, &mut scratch);
            assert_eq!(
                after, alternative.word,
                "{}: the alternative gives another answer",
                case.story
            );
            assert!(matches!(after, Word::Must | Word::May | Word::Unregulated), "{}", case.story);
            // A paper and its signer go together: one without the other is no possible world.
            let paper =
                ["legal_process", "process_issuer"].map(|name| law.vocabulary.fact_id(name));
            let single =
                |left_out: &usize| !paper.contains(&Some(alternative.changes[*left_out].0));
            for left_out in (0..alternative.changes.len()).filter(single) {
                let mut fewer = alternative.clone();
                fewer.changes.remove(left_out);
                let word = decide_with(&law, &question, &fewer, &mut scratch);
                assert!(
                    !matches!(word, Word::Must | Word::May | Word::Unregulated),
                    "{}: a change is needless: {:?}",
                    case.story,
                    alternative.changes
                );
            }
        }
    }
    assert!(found > 50, "only {found} cases have an alternative");
}

/// Only what someone may lawfully bring about changes, and no agency's form comes to bear a judge's
/// name.
fn check_changes(law: &Law, question: &Question<'_>, alternative: &Alternative, story: &str) {
    for &(fact, class) in &alternative.changes {
        let known = &law.vocabulary.facts[fact];
        assert!(known.remedy.is_some(), "{story}: `{}` is a fact of the matter", known.name);
        assert!(known.domain != Domain::Bool || class == 1, "{story}: `{}` is undone", known.name);
    }
    let after = |name: &str| {
        let fact = law.vocabulary.fact_id(name).expect("the fact is there");
        let changed = alternative.changes.iter().find(|&&(changed, _)| changed == fact);
        let class = changed.map(|&(_, class)| class).or_else(|| question.facts.class(fact))?;
        Some(law.vocabulary.facts[fact].class_name(class))
    };
    if let (Some(paper), Some(issuer)) = (after("legal_process"), after("process_issuer")) {
        let form =
            ["i200", "i205", "i247a_detainer", "admin_subpoena_dhs138"].contains(&paper.as_str());
        let judge =
            ["federal_judge", "federal_magistrate_judge", "state_judge"].contains(&issuer.as_str());
        assert!(!(form && judge), "{story}: {paper} signed by {issuer}");
    }
}

fn decide_with(
    law: &Law,
    question: &Question<'_>,
    alternative: &Alternative,
    scratch: &mut Scratch,
) -> Word {
    let mut changed = question.clone();
    for &(fact, class) in &alternative.changes {
        changed.set(fact, Some(class));
    }
    law.decide(&changed, scratch).expect("the changed case is decided").word
}
