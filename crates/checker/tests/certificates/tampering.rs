//! What the checker accepts, and every kind of tampering that it must not.

use crate::evidence::Evidence;
use bylaw_checker::Error;
use serde_json::{Value, json};

#[test]
fn every_kind_of_property_is_accepted() {
    let report = Evidence::new().check().expect("the certificate is valid");
    assert_eq!(
        report.claims,
        [
            "never",
            "always",
            "only",
            "implies",
            "equivalent",
            "hours",
            "disjoint",
            "fallen",
            "contested",
            "possible"
        ]
    );
    assert_eq!((report.proofs, report.files), (12, 4));
    assert!(report.leaves > 20, "{} leaves", report.leaves);
}

/// Each row: what is changed, how, and the beginning of what the checker then says.
#[test]
fn every_kind_of_tampering_is_refused() {
    type Change = fn(&mut Evidence);
    let rows: &[(&str, Change, &str)] = &[
        (
            "a node cut off",
            |it| set(it, "never", "/nodes/0/1/1/1", json!(-1)),
            "it is not certain that `never` holds for `enter` on 2021-06-01, where paper = letter: the answer may be must_not or unregulated",
        ),
        (
            "a leaf moved up to the root",
            |it| set(it, "always", "/nodes", json!([])),
            "it is not certain that `always`",
        ),
        (
            "a value left out of an edge",
            |it| set(it, "never", "/nodes/0/1/0/0", json!(["none"])),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 0: a value of `paper` has no edge",
        ),
        (
            "an edge left out",
            |it| set(it, "hours", "/nodes/1/1", json!([[[[0, 24]], -1], [[[37, 48]], -1]])),
            "the proof of `hours` for `hold` from 2021-06-01 on is not well formed: node 1",
        ),
        (
            "numbers left out of an edge",
            |it| set(it, "hours", "/nodes/1/1/0/0", json!([[1, 24]])),
            "the proof of `hours` for `hold` from 2021-06-01 on is not well formed: node 1",
        ),
        (
            "numbers moved to another edge",
            |it| set(it, "hours", "/nodes/1/1/0/0", json!([[0, 26]])),
            "it is not certain that `hours` holds for `hold` on 2021-06-01, where actor_kind = clerk | police, hours = 0..24 | 25..36",
        ),
        (
            "values moved to another edge",
            |it| {
                set(it, "always", "/nodes/0/1/0/0", json!(["police", "guard", "clerk"]));
                set(it, "always", "/nodes/0/1/1/0", json!([]));
            },
            "it is not certain that `always`",
        ),
        (
            "a backward target",
            |it| set(it, "never", "/nodes/1/1/0/1", json!(0)),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 1: 0 is neither",
        ),
        (
            "a target on itself",
            |it| set(it, "never", "/nodes/1/1/0/1", json!(1)),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 1: 1 is neither",
        ),
        (
            "a target past the end",
            |it| set(it, "never", "/nodes/1/1/0/1", json!(2)),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 1: 2 is neither",
        ),
        (
            "another target below zero",
            |it| set(it, "never", "/nodes/1/1/0/1", json!(-2)),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 1: -2 is neither",
        ),
        (
            "an unknown fact",
            |it| set(it, "never", "/nodes/0/0", json!("weather")),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 0: there is no fact `weather`",
        ),
        (
            "an unknown value",
            |it| set(it, "never", "/nodes/0/1/0/0", json!(["none", "court_order", "unknown"])),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: node 0: there is no value `unknown`",
        ),
        (
            "an interval the wrong way round",
            |it| set(it, "hours", "/nodes/1/1/0/0", json!([[24, 0]])),
            "the proof of `hours` for `hold` from 2021-06-01 on is not well formed: node 1",
        ),
        (
            "names for numbers",
            |it| set(it, "hours", "/nodes/1/1/0/0", json!(["few"])),
            "the proof of `hours` for `hold` from 2021-06-01 on is not well formed: node 1: names",
        ),
        (
            "a span too short at its end",
            |it| set(it, "never", "/until", json!("2030-01-01")),
            "nothing shows that `never` holds for `enter` on 2030-01-01",
        ),
        (
            "a span too short at its beginning",
            |it| set(it, "never", "/from", json!("2021-06-02")),
            "nothing shows that `never` holds for `enter` on 2021-06-01",
        ),
        (
            "a gap between spans",
            |it| set(it, "only", "/until", json!("2021-12-31")),
            "nothing shows that `only` holds for `record` on 2021-12-31",
        ),
        (
            "a span over a change of the law",
            |it| set(it, "only", "/until", json!("2022-01-02")),
            "it is not certain that `only` holds for `record` on 2022-01-01, whatever the facts",
        ),
        (
            "a span of no day",
            |it| set(it, "only", "/until", json!("2021-06-01")),
            "the proof of `only` for `record` from 2021-06-01 on is not well formed: it speaks of no day",
        ),
        (
            "a day that is none",
            |it| set(it, "never", "/from", json!("2021-6-01")),
            "the proof of `never` for `enter` from 2021-6-01 on is not well formed: `2021-6-01` is no day",
        ),
        (
            "an act left out",
            |it| set(it, "only", "/action", json!("hold")),
            "nothing shows that `only` holds for `record` on 2021-06-01",
        ),
        (
            "a proof of another act",
            |it| set(it, "never", "/action", json!("hold")),
            "nothing shows that `never` holds for `enter`",
        ),
        (
            "a proof of what is not listed",
            |it| drop_claim(it, "never"),
            "the proof of `never` for `enter` from 2021-06-01 on is not well formed: it shows nothing that is claimed",
        ),
        (
            "a claim that is false",
            |it| claim_instead(it, "never", "false-never"),
            "it is not certain that `false-never`",
        ),
        (
            "a claim that is false at one value",
            |it| claim_instead(it, "never", "false-always"),
            "it is not certain that `false-always` holds for `enter` on 2021-06-01, where paper = letter, emergency = true",
        ),
        (
            "a claim that was false once",
            |it| claim_instead(it, "possible", "false-day"),
            "nothing shows that `false-day` holds for `record` on 2021-06-01",
        ),
        (
            "a claim that nobody makes",
            |it| claim_instead(it, "never", "nothing"),
            "the claim `nothing` stands in no file",
        ),
        (
            "a finding claimed",
            |it| claim_instead(it, "never", "found"),
            "the claim `found` is a finding",
        ),
        (
            "a hash changed",
            |it| it.certificate["files"]["land/statute.md"] = json!("00"),
            "`land/statute.md` is not the text",
        ),
        (
            "a text changed",
            |it| it.texts.get_mut("land/statute.md").expect("a statute").push('\n'),
            "`land/statute.md` is not the text",
        ),
        (
            "a text gone",
            |it| _ = it.texts.remove("land/town/doors.md"),
            "`land/town/doors.md` is not among the packs",
        ),
        (
            "an instrument not listed",
            |it| drop_file(it, "land/statute.md"),
            "`land/statute.md` is not listed",
        ),
        (
            "the vocabulary not listed",
            |it| drop_file(it, "vocabulary.cedarschema"),
            "`vocabulary.cedarschema` is not listed",
        ),
        (
            "the claims not listed",
            |it| drop_file(it, "land/town/promises.claims.md"),
            "the claim `never` stands in no file",
        ),
        (
            "another instrument in the folder",
            |it| {
                let text = it.texts["land/town/doors.md"].replace("T-", "U-");
                it.texts.insert("land/town/more.md".to_owned(), text);
            },
            "`land/town/more.md` is not listed",
        ),
        (
            "another format",
            |it| it.certificate["format"] = json!("bylaw-certificate/2"),
            "this is no certificate",
        ),
        ("a further key", |it| it.certificate["trust"] = json!(true), "this is no certificate"),
    ];
    for (what, change, refusal) in rows {
        let mut evidence = Evidence::new();
        change(&mut evidence);
        match evidence.check() {
            Ok(_) => panic!("{what}: accepted"),
            Err(error) => {
                let said = error.to_string();
                assert!(said.starts_with(refusal), "{what}: {said}");
            }
        }
    }
}

/// Each row: a change of the law after which a claim no longer holds, though hashes agree.
#[test]
fn what_another_law_makes_false_is_refused() {
    let (statute, doors) = ("land/statute.md", "land/town/doors.md");
    let rows: &[(&str, &str, &str, &str)] = &[
        (
            statute,
            "unless { context.term.order || context.emergency };",
            "unless { context.term.order || context.hours > 3 };",
            "never",
        ),
        (statute, "@id(\"L-1\")", "@id(\"L-1\") @until(\"2030-01-01\")", "never"),
        (statute, "@contested(\"registrar\")", "", "fallen"),
        (
            statute,
            "forbid (principal, action == Action::\"enter\"",
            "@modality(\"may\") permit (principal, action == Action::\"enter\"",
            "never",
        ),
        (statute, "@overrides(\"L-2\")", "@modality(\"must\")", "only"),
        (statute, "context.paper != Paper::\"none\"", "context.hours > 3", "only"),
        (
            doors,
            "forbid (principal, action == Action::\"enter\"",
            "permit (principal, action == Action::\"enter\"",
            "always",
        ),
        (
            doors,
            "settles = { local_forbids = false }",
            "settles = { local_forbids = true }",
            "equivalent",
        ),
        (doors, "@modality(\"refer\")", "@modality(\"may\")", "none"),
        (
            "land/town/promises.claims.md",
            "@never(\"may, must, unregulated\")",
            "@never(\"must_not\")",
            "never",
        ),
        ("land/town/promises.claims.md", "@fallen(\"registrar\")", "", "none"),
        (
            "land/town/promises.claims.md",
            "@fallen(\"registrar\")",
            "@standing(\"registrar\")",
            "fallen",
        ),
        ("land/town/promises.claims.md", "@only(\"must\")", "@only(\"unregulated\")", "only"),
        ("vocabulary.cedarschema", "\"letter\", ", "\"letter\", \"card\", ", "never"),
        ("vocabulary.cedarschema", "0..48", "0..49", "equivalent"),
    ];
    for (file, from, to, claim) in rows {
        let mut evidence = Evidence::new();
        evidence.rewrite(file, from, to);
        match evidence.check() {
            Ok(_) => assert_eq!(*claim, "none", "{from} → {to}: accepted"),
            Err(
                Error::Leaf { claim: refused, .. }
                | Error::Proof { claim: refused, .. }
                | Error::Gap { claim: refused, .. },
            ) => {
                assert_eq!(refused, *claim, "{from} → {to}");
            }
            Err(error) => panic!("{from} → {to}: {error}"),
        }
    }
}

/// The path says what was narrowed, and the reason which answers are possible there.
#[test]
fn a_refusal_names_the_leaf() {
    let mut evidence = Evidence::new();
    claim_instead(&mut evidence, "never", "false-always");
    let Err(Error::Leaf { claim, action, span, on, path, why }) = evidence.check() else {
        panic!("the leaf is not certain");
    };
    assert_eq!(
        (claim.as_str(), action.as_str(), on.as_str()),
        ("false-always", "enter", "2021-06-01")
    );
    assert_eq!(span, ("2021-06-01".to_owned(), None));
    let narrowed: Vec<(&str, String)> =
        path.0.iter().map(|(fact, values)| (fact.as_str(), values.join(" "))).collect();
    assert_eq!(narrowed, [("paper", "letter".to_owned()), ("emergency", "true".to_owned())]);
    assert_eq!(why, "the answer may be must_not or unregulated");
}

fn set(evidence: &mut Evidence, claim: &str, pointer: &str, value: Value) {
    *evidence.proof(claim).pointer_mut(pointer).expect("a place in the proof") = value;
}

fn drop_file(evidence: &mut Evidence, name: &str) {
    evidence.certificate["files"].as_object_mut().expect("files").remove(name);
}

fn drop_claim(evidence: &mut Evidence, claim: &str) {
    evidence.certificate["claims"].as_array_mut().expect("claims").retain(|id| id != claim);
}

/// Claims something else with the proofs of a claim.
fn claim_instead(evidence: &mut Evidence, claim: &str, other: &str) {
    for id in evidence.certificate["claims"].as_array_mut().expect("claims") {
        if id == claim {
            *id = json!(other);
        }
    }
    for proof in evidence.certificate["proofs"].as_array_mut().expect("proofs") {
        if proof["claim"] == claim {
            proof["claim"] = json!(other);
        }
    }
}
