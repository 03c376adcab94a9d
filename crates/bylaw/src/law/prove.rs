//! `bylaw law prove`: claims proved, or broken by a case in words.

mod certificate;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::IsTerminal,
    path::Path,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use bylaw_law::{
    Law, Problem, RuleId, Side, SourceFile,
    pack::{CLAIMS, Claim},
    prove::{Counterexample, Proof},
};
use indicatif::ProgressBar;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::{Value, json};

use super::{count::count, words::number};
use crate::{
    args::Prove,
    output, packs,
    style::{self, BOLD, DIM, item},
};

pub(crate) fn run(packs: Option<&Path>, options: &Prove) -> Result<ExitCode> {
    let (files, names): (Vec<&String>, Vec<&String>) =
        options.what.iter().partition(|name| name.ends_with(CLAIMS));
    let further = files.iter().map(|name| read(name)).collect::<Result<Vec<_>>>()?;
    let law = packs::load_with_claims(packs, options.draft.as_deref(), further)?;
    let chosen = chosen(&law, &files, &names)?;
    let proofs = prove_all(&law, &chosen)?;
    if let Some(folder) = &options.counterexamples {
        write_counterexamples(&law, folder, &proofs)?;
    }
    if let Some(path) = &options.certificate {
        certificate::write(path, &law, &proofs)?;
    }
    let tally = Tally::of(&proofs);
    if options.json {
        output::print_json(&as_json(&law, &proofs, &tally))?;
    } else {
        output::print(text(&law, &proofs, &tally, options.counterexamples.as_deref()))?;
    }
    Ok(ExitCode::from(u8::from(tally.fail + tally.stale_findings > 0)))
}

fn read(name: &str) -> Result<SourceFile> {
    let text = fs::read_to_string(name)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {name}"))?;
    Ok(SourceFile::new(name, text))
}

/// The claims that the arguments name, by file, jurisdiction or id; all where they name none.
fn chosen<'a>(law: &'a Law, files: &[&String], names: &[&String]) -> Result<Vec<&'a Claim>> {
    let paths: BTreeSet<&str> =
        law.claims.iter().map(|claim| claim.jurisdiction.as_str()).collect();
    for name in names {
        let ids = law.claims.iter().map(|claim| claim.id.as_str());
        let known = paths.iter().copied().chain(ids);
        if !known.clone().any(|known| known == name.as_str()) {
            let help = bylaw_law::nearest(name, known);
            return Err(miette!(
                help = help,
                "no claim and no jurisdiction with claims is called `{name}`"
            ));
        }
    }
    let named = |claim: &&Claim| {
        let in_file = files.iter().any(|name| **name == claim.source_file.name);
        let by_name = names.iter().any(|name| **name == claim.id || **name == claim.jurisdiction);
        in_file || by_name || (files.is_empty() && names.is_empty())
    };
    let chosen: Vec<&Claim> = law.claims.iter().filter(named).collect();
    if chosen.is_empty() {
        return Err(miette!(
            help =
                "docs/claims.md says how a claim is written; name a file that ends in .claims.md",
            "there is no claim to prove"
        ));
    }
    Ok(chosen)
}

/// A claim with what came of it.
type Proved<'a> = (&'a Claim, Proof);

/// Proves the claims on all cores, and returns them in their order; every problem of every claim.
fn prove_all<'a>(law: &Law, claims: &[&'a Claim]) -> Result<Vec<Proved<'a>>> {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(claims.len() as u64)
    } else {
        ProgressBar::hidden()
    };
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Proof, Problem>)>> = Mutex::new(Vec::new());
    let work = || {
        while let Some((number, claim)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            claims.get(number).map(|claim| (number, claim))
        } {
            let proof = law.prove(claim, |_| ());
            bar.inc(1);
            if let Ok(mut done) = done.lock() {
                done.push((number, proof));
            }
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| _ = scope.spawn(work));
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().map_err(|_| miette!("a claim could not be worked out"))?;
    done.sort_by_key(|&(number, _)| number);
    let mut problems = Vec::new();
    let mut proofs = Vec::new();
    for ((_, proof), claim) in done.into_iter().zip(claims) {
        match proof {
            Ok(proof) => proofs.push((*claim, proof)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(proofs) } else { Err(bylaw_law::LoadError { problems }.into()) }
}

#[derive(Default)]
struct Tally {
    hold: usize,
    fail: usize,
    findings: usize,
    stale_findings: usize,
}

impl Tally {
    fn of(proofs: &[Proved<'_>]) -> Self {
        let mut tally = Self::default();
        for (claim, proof) in proofs {
            let counter = match (&proof.counterexample, &claim.finding) {
                (None, None) => &mut tally.hold,
                (Some(_), None) => &mut tally.fail,
                (Some(_), Some(_)) => &mut tally.findings,
                (None, Some(_)) => &mut tally.stale_findings,
            };
            *counter += 1;
        }
        tally
    }
}

fn write_counterexamples(law: &Law, folder: &Path, proofs: &[Proved<'_>]) -> Result<()> {
    for (claim, proof) in proofs {
        let Some(found) = &proof.counterexample else { continue };
        for (request, name) in requests(law, claim, found).iter().zip(file_names(claim)) {
            let path = folder.join(name);
            let write = || {
                fs::create_dir_all(folder)?;
                fs::write(&path, serde_json::to_string_pretty(request)? + "\n")
            };
            write()
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// What the requests of a claim's counterexample are called: its own law's, then the other's.
fn file_names(claim: &Claim) -> [String; 2] {
    let name = claim.id.replace('/', "-");
    [format!("{name}.json"), format!("{name}.other.json")]
}

fn requests(law: &Law, claim: &Claim, found: &Counterexample) -> Vec<Value> {
    let other = claim.other.as_ref().zip(found.other.as_ref());
    let paths = std::iter::once((&claim.jurisdiction, found.on))
        .chain(other.map(|(other, (on, ..))| (&other.jurisdiction, *on)));
    paths
        .filter_map(|(path, on)| Some(Side { law, jurisdiction: law.jurisdiction(path)?, on }))
        .map(|side| law.request(side, found.action, &found.case))
        .collect()
}

/// The report as a person reads it; writing to a string does not fail.
fn text(law: &Law, proofs: &[Proved<'_>], tally: &Tally, folder: Option<&Path>) -> String {
    let mut text = String::new();
    let mut last = "";
    for (claim, proof) in proofs {
        if last != claim.jurisdiction {
            _ = writeln!(text, "{BOLD}{}{BOLD:#}", claim.jurisdiction);
            last = &claim.jurisdiction;
        }
        _ = writeln!(text, "{}", outcome(claim, proof));
        if let Some(found) = &proof.counterexample {
            tell(&mut text, law, claim, found, folder);
            let acts = broken_acts(law, proof);
            if acts.len() > 1 {
                let acts = format!("It fails as to: {}", acts.join(", "));
                _ = writeln!(text, "{}", style::wrap(&acts, "      "));
            }
        }
    }
    let Tally { hold, fail, findings, stale_findings } = tally;
    let mut parts = vec![number(*hold, "holds", "hold"), number(*fail, "fails", "fail")];
    if *findings > 0 {
        parts.push(number(
            *findings,
            "fails and is recorded as a finding",
            "fail and are recorded as findings",
        ));
    }
    if *stale_findings > 0 {
        parts.push(number(
            *stale_findings,
            "is recorded as a finding and holds after all",
            "are recorded as findings and hold after all",
        ));
    }
    let claims = number(proofs.len(), "claim", "claims");
    _ = writeln!(text, "{BOLD}{claims}{BOLD:#}: {}", parts.join(", "));
    text
}

/// The acts about which the claim is broken on some day.
fn broken_acts<'a>(law: &'a Law, proof: &Proof) -> Vec<&'a str> {
    let broken = proof.parts.iter().filter(|part| part.violations > 0);
    let mut acts: Vec<&str> = broken
        .filter_map(|part| law.vocabulary.actions.get(part.action))
        .map(|action| action.name.as_str())
        .collect();
    acts.dedup();
    acts
}

/// The claim by name and heading, and what came of it.
fn outcome(claim: &Claim, proof: &Proof) -> String {
    let (cases, violations) = (count(proof.cases()), count(proof.violations()));
    let all =
        if proof.cases() == 1 { "its one case".to_owned() } else { format!("all {cases} cases") };
    let (style, verdict, rest) = match (&proof.counterexample, &claim.finding) {
        (None, None) => (style::GOOD, "holds", format!(" for {all}")),
        (Some(_), None) => (style::BAD, "FAILS", format!(" in {violations} of {cases} cases")),
        (Some(_), Some(finding)) => (
            style::DOUBT,
            "finding",
            format!(" (it fails in {violations} of {cases} cases). {finding}"),
        ),
        (None, Some(_)) => {
            (style::BAD, "HOLDS", format!(" for {all}, though it is recorded as a finding"))
        }
    };
    item(
        "  ",
        &format!("{BOLD}{}{BOLD:#}  {}: {style}{verdict}{style:#}{rest}", claim.id, claim.heading),
    )
}

fn tell(
    text: &mut String,
    law: &Law,
    claim: &Claim,
    found: &Counterexample,
    folder: Option<&Path>,
) {
    _ = writeln!(text, "{}", style::wrap(&law.story(found.action, &found.story), "      "));
    let mut answers = format!(
        "{} on {}: {}",
        claim.jurisdiction,
        found.on,
        answered(law, found.answer, &found.because)
    );
    if let (Some(other), Some((on, answer, because))) = (&claim.other, &found.other) {
        _ = write!(
            answers,
            "; {} on {on}: {}",
            other.jurisdiction,
            answered(law, *answer, because)
        );
    }
    _ = writeln!(text, "{}", style::wrap(&answers, "      "));
    if let Some(folder) = folder {
        let [own, _] = file_names(claim);
        let path = folder.join(own);
        _ = writeln!(text, "      {DIM}bylaw decide {}{DIM:#}", path.display());
    }
}

fn answered(law: &Law, answer: bylaw_law::Word, because: &[RuleId]) -> String {
    let style = style::of(answer);
    format!("{style}{}{style:#} ({})", style::words(answer), super::rules(law, because))
}

fn as_json(law: &Law, proofs: &[Proved<'_>], tally: &Tally) -> Value {
    let claims: Vec<Value> =
        proofs.iter().map(|(claim, proof)| claim_json(law, claim, proof)).collect();
    json!({
        "claims": claims, "hold": tally.hold, "fail": tally.fail,
        "findings": tally.findings, "stale_findings": tally.stale_findings,
    })
}

fn claim_json(law: &Law, claim: &Claim, proof: &Proof) -> Value {
    let action = |action: usize| law.vocabulary.actions.get(action).map(|action| &action.name);
    let fact = |fact: &usize| law.vocabulary.facts.get(*fact).map(|fact| &fact.name);
    let parts: Vec<Value> = proof
        .parts
        .iter()
        .map(|part| {
            json!({
                "action": action(part.action), "from": part.span.from.to_string(),
                "until": part.span.until.map(|until| until.to_string()),
                "facts": part.facts.iter().map(fact).collect::<Vec<_>>(),
                "cases": part.cases.to_string(), "violations": part.violations.to_string(),
            })
        })
        .collect();
    let counterexample = proof.counterexample.as_ref().map(|found| {
        let other = found.other.as_ref();
        json!({
            "action": action(found.action), "on": found.on.to_string(), "answer": found.answer,
            "because": super::ids(law, &found.because),
            "other_answer": other.map(|other| other.1),
            "other_because": other.map(|other| super::ids(law, &other.2)),
            "story": law.story(found.action, &found.story), "requests": requests(law, claim, found),
        })
    });
    let other = claim.other.as_ref().map(|other| {
        json!({ "jurisdiction": other.jurisdiction, "on": other.on.map(|on| on.to_string()) })
    });
    json!({
        "claim": claim.id, "file": claim.source_file.name, "heading": claim.heading,
        "jurisdiction": claim.jurisdiction, "property": claim.property, "answers": claim.answers,
        "other": other, "standing": claim.standing, "fallen": claim.fallen,
        "finding": claim.finding,
        "verdict": if proof.counterexample.is_none() { "holds" } else { "fails" },
        "cases": proof.cases().to_string(), "violations": proof.violations().to_string(),
        "parts": parts, "counterexample": counterexample,
    })
}
