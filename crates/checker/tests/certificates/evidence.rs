//! The packs of the land and its town, and the certificate written by hand for them.

use std::collections::BTreeMap;

use bylaw_checker::{Error, Report, Text, check};
use serde_json::Value;
use sha2::{Digest, Sha256};

const FILES: [(&str, &str); 5] = [
    ("vocabulary.cedarschema", include_str!("../packs/vocabulary.cedarschema")),
    ("land/statute.md", include_str!("../packs/land/statute.md")),
    ("land/town/doors.md", include_str!("../packs/land/town/doors.md")),
    ("land/town/guidance.md", include_str!("../packs/land/town/guidance.md")),
    ("land/town/promises.claims.md", include_str!("../packs/land/town/promises.claims.md")),
];

/// Packs and a certificate, to be changed.
#[derive(Clone)]
pub(crate) struct Evidence {
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) certificate: Value,
}

impl Evidence {
    pub(crate) fn new() -> Self {
        let certificate = serde_json::from_str(include_str!("../certificate.json"));
        let texts = FILES.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
        let mut evidence =
            Self { texts, certificate: certificate.expect("the certificate is JSON") };
        evidence.hash();
        evidence
    }

    /// Has the certificate name the texts as they are now.
    pub(crate) fn hash(&mut self) {
        let files = self.certificate["files"].as_object_mut().expect("files");
        for (name, hash) in files {
            if let Some(text) = self.texts.get(name) {
                let digest = Sha256::digest(text.as_bytes());
                let digits = digest.iter().map(|byte| format!("{byte:02x}"));
                *hash = Value::String(digits.collect());
            }
        }
    }

    /// Changes a text, and the certificate with it.
    pub(crate) fn rewrite(&mut self, name: &str, from: &str, to: &str) {
        let text = self.texts.get_mut(name).expect("a file of the packs");
        assert!(text.contains(from), "`{from}` stands in {name}");
        *text = text.replacen(from, to, 1);
        self.hash();
    }

    /// The proof of a claim about an act.
    pub(crate) fn proof(&mut self, claim: &str) -> &mut Value {
        let proofs = self.certificate["proofs"].as_array_mut().expect("proofs");
        proofs.iter_mut().find(|proof| proof["claim"] == claim).expect("a proof of the claim")
    }

    pub(crate) fn check(&self) -> Result<Report, Error> {
        self.check_text(&self.certificate.to_string())
    }

    pub(crate) fn check_text(&self, certificate: &str) -> Result<Report, Error> {
        let texts: Vec<Text<'_>> =
            self.texts.iter().map(|(name, text)| Text { name, text }).collect();
        check(certificate, &texts)
    }
}
