//! Checks a certificate: the evidence, written by `bylaw law prove --certificate`, that a law is
//! what it was claimed to be.
//!
//! The checker shares no code with the compiler that wrote the evidence. It reads the packs by
//! itself, and builds no diagrams: a proof is a case split, and at each of its leaves the checker
//! sees, with conditions that are true, false or open, that the claim holds whatever is still
//! open. What it cannot see it refuses, so that a mistake of the compiler can only make it refuse
//! what is true. docs/claims.md describes claims, docs/packs.md how rules combine.
//!
//! In reading order: `certificate` (the file), `packs` with `cedar` and `vocabulary` (the texts),
//! `condition` and `meaning` (what they say of facts), `order` and `law` (what rules say together),
//! `walk` (a proof from its root to its leaves).
//!
//! It does not see to it that a pack loads: `bylaw law check` does.

mod cedar;
mod certificate;
mod condition;
mod error;
mod law;
mod meaning;
mod order;
mod packs;
mod vocabulary;
mod walk;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use error::{Error, Path};

use certificate::{Certificate, Proof};
use law::Rules;
use packs::{Claim, Packs, VOCABULARY, is_instrument, is_on};

/// A file of the packs.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// Its path below the packs' folder, with `/`: `us/ca/values-act.md`.
    pub name: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// What a valid certificate shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The claims that hold, as the certificate lists them.
    pub claims: Vec<String>,
    /// Files whose hashes agree.
    pub files: usize,
    /// Proofs that were walked.
    pub proofs: usize,
    /// Leaves at which the claim was seen to hold, over all proofs and states of the law.
    pub leaves: u64,
}

/// Checks a certificate against all files of the packs.
///
/// # Errors
///
/// The first reason why it does not show what it says.
pub fn check(certificate: &str, texts: &[Text<'_>]) -> Result<Report, Error> {
    check_telling(certificate, texts, |_, _| {})
}

/// As [`check`]; before each proof `tell` hears how many are done and how many there are.
///
/// # Errors
///
/// As [`check`].
pub fn check_telling(
    certificate: &str,
    texts: &[Text<'_>],
    mut tell: impl FnMut(usize, usize),
) -> Result<Report, Error> {
    let certificate = Certificate::read(certificate)?;
    if certificate.claims.is_empty() {
        return Err(Error::Form { reason: "it says of no claim that it holds".to_owned() });
    }
    let listed = listed(&certificate, texts)?;
    let packs = packs::read(&listed).map_err(|(file, reason)| Error::Text { file, reason })?;
    let rules =
        Rules::new(&packs).map_err(|reason| Error::Text { file: "the packs".into(), reason })?;
    let claims = claims(&certificate, &packs)?;
    for claim in claims.values() {
        nothing_left_out(&certificate, claim, &packs, texts)?;
    }
    let mut proofs: BTreeMap<(&str, &str), Vec<&Proof>> = BTreeMap::new();
    for proof in &certificate.proofs {
        days(proof)?;
        proofs.entry((&proof.claim, &proof.action)).or_default().push(proof);
    }
    for claim in claims.values() {
        for action in claim.actions.as_ref().unwrap_or(&packs.vocabulary.actions) {
            if !packs.vocabulary.actions.contains(action) {
                return Err(told(claim, format!("speaks of an unknown act `{action}`")));
            }
            let key = (claim.id.as_str(), action.as_str());
            covered(claim, action, &packs, proofs.get(&key).map_or(&[], Vec::as_slice))?;
        }
        if certificate.proofs.iter().all(|proof| proof.claim != claim.id) {
            return Err(told(claim, "speaks of no act, or of no day with a law".to_owned()));
        }
    }
    let mut leaves = 0;
    for (done, proof) in certificate.proofs.iter().enumerate() {
        tell(done, certificate.proofs.len());
        let claim = claims.get(proof.claim.as_str());
        let claim = claim.filter(|claim| {
            claim.actions.as_ref().is_none_or(|actions| actions.contains(&proof.action))
        });
        let claim = claim.ok_or_else(|| proof.malformed("it shows nothing that is claimed"))?;
        leaves += walk::walk(&packs, &rules, claim, proof)?;
    }
    Ok(Report {
        files: listed.len(),
        proofs: certificate.proofs.len(),
        leaves,
        claims: certificate.claims,
    })
}

/// The texts that the certificate lists, each with the hash that it says.
fn listed<'t, 'a>(
    certificate: &Certificate,
    texts: &'t [Text<'a>],
) -> Result<Vec<&'t Text<'a>>, Error> {
    let mut listed = Vec::new();
    for (file, hash) in &certificate.files {
        let refused = |why| Error::File { file: file.clone(), why };
        let mut same = texts.iter().filter(|text| text.name == file);
        let text = match (same.next(), same.next()) {
            (Some(only), None) => only,
            (None, _) => return Err(refused("is not among the packs")),
            (Some(_), Some(_)) => return Err(refused("is there twice")),
        };
        let digest = Sha256::digest(text.text.as_bytes());
        let digest = digest.iter().fold(String::new(), |all, byte| format!("{all}{byte:02x}"));
        if digest != *hash {
            return Err(refused("is not the text that was proved: its hash differs"));
        }
        listed.push(text);
    }
    if certificate.files.contains_key(VOCABULARY) {
        Ok(listed)
    } else {
        Err(Error::File { file: VOCABULARY.to_owned(), why: "is not listed" })
    }
}

/// The claims that the certificate lists.
fn claims<'a>(
    certificate: &Certificate,
    packs: &'a Packs,
) -> Result<BTreeMap<&'a str, &'a Claim>, Error> {
    let mut claims = BTreeMap::new();
    for id in &certificate.claims {
        let refused = |why: &str| Error::Claim { claim: id.clone(), why: why.to_owned() };
        let mut same = packs.claims.iter().filter(|claim| claim.id == *id);
        let claim = match (same.next(), same.next()) {
            (Some(only), None) => only,
            (None, _) => return Err(refused("stands in no file that is listed")),
            (Some(_), Some(_)) => return Err(refused("is claimed twice")),
        };
        if claim.finding {
            return Err(refused("is a finding: it is known to fail"));
        }
        if claim.span.until.as_ref().is_some_and(|until| *until <= claim.span.from) {
            return Err(refused("speaks of no day"));
        }
        if claims.insert(claim.id.as_str(), claim).is_some() {
            return Err(refused("is listed twice"));
        }
    }
    Ok(claims)
}

/// Every instrument that bears on the claim is listed: one more would change the law.
fn nothing_left_out(
    certificate: &Certificate,
    claim: &Claim,
    packs: &Packs,
    texts: &[Text<'_>],
) -> Result<(), Error> {
    let other = claim.other.as_ref().map(|(path, _)| path);
    for path in std::iter::once(&claim.jurisdiction).chain(other) {
        if !packs.instruments.iter().any(|read| read.folder == *path) {
            return Err(told(claim, format!("speaks of `{path}`, which has no law of its own")));
        }
        let left_out = texts.iter().map(|text| text.name).find(|name| {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            is_instrument(name) && is_on(folder, path) && !certificate.files.contains_key(*name)
        });
        if let Some(file) = left_out {
            let why = "is not listed, but bears on what is claimed";
            return Err(Error::File { file: file.to_owned(), why });
        }
    }
    Ok(())
}

/// A proof's days are days, and one of them at least.
fn days(proof: &Proof) -> Result<(), Error> {
    let ends = std::iter::once(&proof.from).chain(&proof.until);
    for end in ends {
        packs::day(end).map_err(|why| proof.malformed(&why))?;
    }
    if proof.until.as_ref().is_some_and(|until| *until <= proof.from) {
        return Err(proof.malformed("it speaks of no day"));
    }
    Ok(())
}

/// Every day of which the claim speaks, and on which there is law, is in the span of one of its
/// proofs.
fn covered(claim: &Claim, action: &str, packs: &Packs, proofs: &[&Proof]) -> Result<(), Error> {
    let other = claim.other.iter().filter(|(_, on)| on.is_none()).map(|(path, _)| path);
    let first = |path: &String| packs.first_day(path).unwrap_or_default();
    let firsts = std::iter::once(&claim.jurisdiction).chain(other).map(first);
    let mut day = firsts.fold(claim.span.from.clone(), Ord::max);
    while claim.span.contains(&day) {
        let here = proofs.iter().filter(|proof| {
            proof.from <= day && proof.until.as_ref().is_none_or(|until| day < *until)
        });
        // The longest reach; none is for ever.
        let reach = here
            .map(|proof| proof.until.clone())
            .max_by_key(|until| (until.is_none(), until.clone()));
        match reach {
            Some(Some(until)) => day = until,
            Some(None) => break,
            None => {
                let (claim, action) = (claim.id.clone(), action.to_owned());
                return Err(Error::Gap { claim, action, day });
            }
        }
    }
    Ok(())
}

fn told(claim: &Claim, why: String) -> Error {
    Error::Claim { claim: claim.id.clone(), why }
}
