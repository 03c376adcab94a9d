//! Writing a certificate; docs/claims.md describes the format.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use bylaw_law::{
    Law, LoadError, SourceFile,
    certificate::CaseSplit,
    pack::Claim,
    vocabulary::{Domain, Fact},
};
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Proved;

/// Writes evidence of the claims that hold.
pub(super) fn write(path: &Path, law: &Law, proofs: &[Proved<'_>]) -> Result<()> {
    let holding: Vec<&Claim> = proofs
        .iter()
        .filter(|(claim, proof)| proof.counterexample.is_none() && claim.finding.is_none())
        .map(|(claim, _)| *claim)
        .collect();
    if holding.is_empty() {
        return Err(miette!(
            help = "leave --certificate out to see the cases that break them",
            "none of these claims holds: there is nothing to certify"
        ));
    }
    let mut evidence = Vec::new();
    for claim in &holding {
        let splits = law.certify(claim).map_err(|problem| LoadError { problems: vec![problem] })?;
        evidence.extend(splits.iter().map(|split| proof_json(law, claim, split)));
    }
    let certificate = json!({
        "format": "bylaw-certificate/1",
        "files": files(law, &holding),
        "claims": holding.iter().map(|claim| &claim.id).collect::<Vec<_>>(),
        "proofs": evidence,
    });
    let write = || {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut file, &certificate)?;
        writeln!(file)?;
        file.flush()
    };
    write().into_diagnostic().wrap_err_with(|| format!("cannot write {}", path.display()))
}

/// Every file that the claims' truth can depend on, with its hash.
fn files(law: &Law, claims: &[&Claim]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut add = |file: &SourceFile| {
        let hash = Sha256::digest(file.text.as_bytes());
        let hash = hash.iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        files.insert(file.name.to_string(), hash);
    };
    add(&law.vocabulary_file);
    for claim in claims {
        add(&claim.source_file);
        let other = claim.other.iter().map(|other| &other.jurisdiction);
        let paths = std::iter::once(&claim.jurisdiction).chain(other);
        for jurisdiction in paths.filter_map(|path| law.jurisdiction(path)) {
            let instruments = jurisdiction.instruments.iter();
            instruments
                .filter_map(|&(_, index)| law.instruments.get(index))
                .for_each(|instrument| add(&instrument.source_file));
        }
    }
    files
}

fn proof_json(law: &Law, claim: &Claim, evidence: &CaseSplit) -> Value {
    let nodes: Vec<Value> = evidence
        .splits
        .iter()
        .filter_map(|split| Some((law.vocabulary.facts.get(split.fact)?, &split.edges)))
        .map(|(fact, edges)| {
            let edges: Vec<Value> = edges
                .iter()
                .map(|&(classes, target)| {
                    let target = target.map_or(json!(-1), |target| json!(target));
                    json!([values(fact, classes), target])
                })
                .collect();
            json!([fact.name, edges])
        })
        .collect();
    json!({
        "claim": claim.id,
        "action": law.vocabulary.actions.get(evidence.action).map(|action| &action.name),
        "from": evidence.span.from.to_string(),
        "until": evidence.span.until.map(|until| until.to_string()),
        "nodes": nodes,
    })
}

/// Names of values, or intervals of numbers.
fn values(fact: &Fact, classes: u64) -> Value {
    let members = (0..fact.classes()).filter(|&class| classes & (1 << class) != 0);
    match &fact.domain {
        Domain::Bool | Domain::Values(_) => {
            members.map(|class| json!(fact.class_name(class))).collect()
        }
        Domain::Range { low, high, cuts } => members
            .map(|class| {
                let index = usize::from(class);
                let start = index.checked_sub(1).and_then(|before| cuts.get(before)).unwrap_or(low);
                let end = cuts.get(index).map_or(*high, |next| next - 1);
                json!([start, end])
            })
            .collect(),
    }
}
