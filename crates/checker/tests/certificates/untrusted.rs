//! Outside input: whatever stands in a certificate or a text is an error, never a panic, and no
//! change makes a certificate show what is false.

use crate::evidence::Evidence;
use bylaw_checker::{Error, Text, check};
use serde_json::{Value, json};

/// Claims of the town that are false, or known to fail.
const FALSE: [&str; 5] = ["false-never", "false-always", "false-implies", "false-day", "found"];

const MUTATIONS: usize = 5_000;

#[test]
fn what_is_no_certificate_is_an_error() {
    let deep = "[".repeat(100_000);
    let rows = [
        "",
        "{}",
        "null",
        "[]",
        "\u{feff}{}",
        "{\"format\":\"bylaw-certificate/1\"}",
        "\0",
        deep.as_str(),
    ];
    for row in rows {
        let refused = Evidence::new().check_text(row);
        assert!(matches!(refused, Err(Error::Form { .. })), "{row:.40}");
    }
    let of_claims = |claims: &[&str]| {
        let certificate =
            json!({ "format": "bylaw-certificate/1", "files": {}, "claims": claims, "proofs": [] });
        check(&certificate.to_string(), &[])
    };
    assert!(matches!(of_claims(&[]), Err(Error::Form { .. })), "no claim");
    assert!(matches!(of_claims(&["X"]), Err(Error::File { .. })), "no vocabulary");
}

/// Each row: a text of the statute (after its front matter) that must not be read as anything.
#[test]
fn what_cannot_be_read_for_certain_is_an_error() {
    let rule = |condition: &str| {
        format!(
            "```cedar\n@id(\"X\") @cite(\"c\") @status(\"drafted\")\nforbid (principal, action == Action::\"enter\", resource) when {{ {condition} }};\n```\n"
        )
    };
    let deep = format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000));
    let circle = "```cedar\n@term(\"a\") @cite(\"c\") @status(\"drafted\")\npermit (principal, action, resource) when { context.term.b };\n@term(\"b\") @cite(\"c\") @status(\"drafted\")\npermit (principal, action, resource) when { context.term.a };\n```\n".to_owned() + &rule("context.term.a");
    let overrides = ["X", "Y"].map(|id| {
        let other = if id == "X" { "Y" } else { "X" };
        rule("true").replace("\"X\"", &format!("\"{id}\") @overrides(\"{other}\""))
    });
    let rows = [
        ("a fence of another kind", rule("true").replace("```cedar", "```Cedar")),
        ("a fence in a list", rule("true").replace("```cedar", "  ```cedar")),
        ("a comment of HTML", format!("<!--\n{}-->\n", rule("true"))),
        ("a block that does not end", "```cedar\n".to_owned()),
        ("a second front matter", format!("+++\n{}", rule("true"))),
        ("an unknown annotation", rule("true").replace("@cite", "@site")),
        ("an unknown fact", rule("context.weather")),
        ("an unknown value", rule("context.paper == Paper::\"unknown\"")),
        ("another type's value", rule("context.paper == Signer::\"judge\"")),
        ("a number that is none", rule("context.hours < 99999999999999999999")),
        ("arithmetic", rule("context.hours + 1 < 2")),
        ("a function", rule("context.paper like \"l*\"")),
        ("an attribute", rule("principal.name == \"x\"")),
        ("a value for a truth", rule("context.paper")),
        ("a rule without an act", rule("true").replace("action == Action::\"enter\"", "action")),
        ("a rule for somebody", rule("true").replace("principal,", "principal == Office::\"x\",")),
        ("a rule without a name", rule("true").replace("@id(\"X\")", "")),
        ("two rules of one name", rule("true") + &rule("false")),
        ("a line that ends for some", rule("true // all\r && false\n")),
        ("a blank that is none for some", rule("true").replace("```cedar", "```cedar\u{a0}")),
        ("a deep condition", rule(&deep)),
        ("terms in a circle", circle),
        ("rules in a circle", overrides.concat()),
    ];
    for (what, text) in rows {
        let mut evidence = Evidence::new();
        evidence.texts.get_mut("land/statute.md").expect("a statute").push_str(&text);
        evidence.hash();
        match evidence.check() {
            Err(Error::Text { .. } | Error::Claim { .. }) => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// A chain of nodes as long as one likes, and nodes that share nothing.
#[test]
fn long_proofs_end() {
    let mut evidence = Evidence::new();
    let facts = ["emergency", "paper", "signer"];
    let all = [
        json!(["true", "false"]),
        json!(["none", "letter", "court_order"]),
        json!(["nobody", "registrar", "judge"]),
    ];
    let chain: Vec<Value> = (0..50_000)
        .map(|node| {
            json!([
                facts[node % 3],
                [[
                    all[node % 3],
                    if node == 49_999 { -1 } else { i64::try_from(node + 1).unwrap_or(-1) }
                ]]
            ])
        })
        .collect();
    evidence.proof("always")["nodes"] = Value::Array(chain);
    assert!(matches!(evidence.check(), Err(Error::Leaf { .. })));
}

#[test]
fn no_mutation_of_a_certificate_shows_what_is_false() {
    let valid = Evidence::new();
    let text = valid.certificate.to_string();
    let mut random = Random(7);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..MUTATIONS {
        // In half of the rounds a false claim stands in the place of a true one.
        let other = format!("\"{}\"", FALSE[random.below(FALSE.len())]);
        let begun =
            if random.below(2) == 0 { text.clone() } else { text.replace("\"never\"", &other) };
        let mut bytes = begun.into_bytes();
        mutate(&mut bytes, &mut random);
        let mutated = String::from_utf8_lossy(&bytes);
        match valid.check_text(&mutated) {
            Ok(report) => {
                accepted += 1;
                let shown = report.claims.iter().find(|claim| FALSE.contains(&claim.as_str()));
                assert_eq!(shown, None, "{mutated}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(accepted > 10 && refused > 500, "{accepted} accepted, {refused} refused");
}

/// Structure is kept, content is not: nodes, edges, values and targets of false claims at random.
#[test]
fn no_proof_shows_what_is_false() {
    let valid = Evidence::new();
    let proofs = valid.certificate["proofs"].as_array().expect("proofs").clone();
    let nodes: Vec<Value> =
        proofs.iter().flat_map(|proof| proof["nodes"].as_array().expect("nodes").clone()).collect();
    let mut random = Random(11);
    for round in 0..MUTATIONS {
        let claim = FALSE[random.below(4)];
        let action = match claim {
            "false-implies" => "hold",
            "false-day" => "record",
            _ => "enter",
        };
        let count = 1 + random.below(12);
        let made: Vec<Value> = (0..count)
            .map(|number| {
                let mut node = nodes[random.below(nodes.len())].clone();
                for edge in node[1].as_array_mut().expect("edges") {
                    let target = number + 1 + random.below(3);
                    edge[1] = if target < count { json!(target) } else { json!(-1) };
                }
                node
            })
            .collect();
        let mut evidence = valid.clone();
        evidence.certificate["claims"] = json!([claim]);
        evidence.certificate["proofs"] = json!([{ "claim": claim, "action": action, "from": "2021-06-01", "until": null, "nodes": made }]);
        assert!(
            matches!(evidence.check(), Err(Error::Leaf { .. })),
            "round {round}: {}",
            evidence.certificate
        );
    }
}

#[test]
fn no_mutation_of_a_text_panics() {
    let valid = Evidence::new();
    let names: Vec<String> = valid.texts.keys().cloned().collect();
    let mut random = Random(13);
    for _ in 0..MUTATIONS {
        let mut evidence = valid.clone();
        let text = evidence.texts.get_mut(&names[random.below(names.len())]).expect("a text");
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=random.below(3) {
            mutate(&mut bytes, &mut random);
        }
        *text = String::from_utf8_lossy(&bytes).into_owned();
        evidence.hash();
        _ = evidence.check();
    }
}

#[test]
fn a_text_that_is_there_twice_is_refused() {
    let evidence = Evidence::new();
    let mut texts: Vec<Text<'_>> =
        evidence.texts.iter().map(|(name, text)| Text { name, text }).collect();
    texts.extend(texts.clone());
    assert!(matches!(check(&evidence.certificate.to_string(), &texts), Err(Error::File { .. })));
}

/// Deletes, repeats, swaps or replaces some bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    let end = (at + 1 + random.below(12)).min(bytes.len());
    match random.below(5) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, piece);
        }
        2 => {
            let other = random.below(bytes.len());
            bytes.swap(at, other);
        }
        3 => bytes[at] = b"0123456789[]{}\",:-!&|()@. aet"[random.below(29)],
        _ => bytes[at] ^= 1 << random.below(8),
    }
}

/// Numbers that are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}
