//! `bylaw law check-certificate`: evidence that `law prove` wrote, checked against packs; and the
//! checker's own reading of the law beside the compiler's.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod agreement;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, path::Path};

use serde_json::json;
use support::{PACKS, Run, SMALL, bylaw, copy, folder};

const CLAIMS: &str = r#"+++
title = "What the town promises"
days = { from = 2024-12-09 }
+++

# What the town promises

```cedar
@id("TOWN-doors") @never("may, must, unregulated")
permit (principal, action == Action::"enter", resource)
when { context.paper == Paper::"none" && context.actor_kind == ActorKind::"library_staff" };

@id("TOWN-log") @only("must, may")
permit (principal, action == Action::"record", resource)
when { context.paper != Paper::"none" || context.signed };
```
"#;

/// The small packs with claims, and a certificate of them beside it.
struct Proved {
    packs: String,
    certificate: String,
}

impl Proved {
    fn new(test: &str) -> Self {
        let folder = folder(test);
        copy(Path::new(SMALL), &folder.join("packs"));
        fs::write(folder.join("packs/town/promises.claims.md"), CLAIMS)
            .expect("claims are written");
        let path = |name: &str| folder.join(name).to_str().expect("a path is text").to_owned();
        let proved = Self { packs: path("packs"), certificate: path("certificate.json") };
        let run = bylaw(&[
            "law",
            "prove",
            "--packs",
            &proved.packs,
            "--certificate",
            &proved.certificate,
        ]);
        assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
        proved
    }

    fn check(&self, further: &[&str]) -> Run {
        let arguments = ["law", "check-certificate", &self.certificate, "--packs", &self.packs];
        bylaw(&[&arguments, further].concat())
    }

    fn change(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let text = fs::read_to_string(&self.certificate).expect("a certificate");
        let mut certificate = serde_json::from_str(&text).expect("a certificate is JSON");
        change(&mut certificate);
        fs::write(&self.certificate, certificate.to_string()).expect("it is written");
    }
}

#[test]
fn what_prove_writes_is_valid() {
    let proved = Proved::new("certificate-valid");
    insta::assert_snapshot!("certificate-valid", proved.check(&[]).transcript());
    insta::assert_snapshot!("certificate-valid-json", proved.check(&["--json"]).transcript());
}

#[test]
fn what_does_not_show_its_claims_is_refused() {
    let proved = Proved::new("certificate-refused");
    proved.change(|certificate| {
        let nodes = &mut certificate["proofs"][0]["nodes"];
        assert_ne!(nodes.as_array().map_or(0, Vec::len), 0, "a proof that looks at facts");
        *nodes = json!([]);
    });
    insta::assert_snapshot!("certificate-refused", proved.check(&[]).transcript());
    insta::assert_snapshot!("certificate-refused-json", proved.check(&["--json"]).transcript());
}

#[test]
fn another_law_is_refused() {
    let proved = Proved::new("certificate-other-law");
    let doors = Path::new(&proved.packs).join("town/doors.md");
    let text = fs::read_to_string(&doors).expect("the pack is there");
    fs::write(&doors, text.replace("hours <= 12", "hours <= 13")).expect("the pack is written");
    insta::assert_snapshot!("certificate-other-law", proved.check(&[]).transcript());
}

#[test]
fn claims_beside_the_packs_are_named() {
    let proved = Proved::new("certificate-claims");
    let claims = format!("{}/mine.claims.md", proved.packs.trim_end_matches("/packs"));
    let text =
        CLAIMS.replace("days =", "jurisdiction = \"town\"\ndays =").replace("TOWN-", "MINE-");
    fs::write(&claims, text).expect("claims are written");
    let write =
        ["law", "prove", &claims, "--packs", &proved.packs, "--certificate", &proved.certificate];
    assert_eq!(bylaw(&write).code, Some(0));
    assert_eq!(proved.check(&[]).code, Some(1), "the claims are not among the packs");
    let run = proved.check(&[&claims]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
}

/// All claims that the packs in the program make of their laws.
#[test]
fn every_claim_of_the_packs_is_evident() {
    let certificate = folder("certificate-all").join("all.json");
    let certificate = certificate.to_str().expect("a path is text");
    let proved = bylaw(&["law", "prove", "--certificate", certificate, "--json"]);
    assert_eq!(proved.code, Some(0), "{}", proved.err);
    let run = bylaw(&["law", "check-certificate", certificate, "--packs", PACKS, "--json"]);
    let report = run.json();
    assert_eq!(report["valid"], json!(true), "{report}");
    assert_eq!(
        report["claims"].as_array().map(Vec::len),
        proved.json()["hold"].as_u64().map(|hold| usize::try_from(hold).expect("few claims"))
    );
}
