//! The laws of the packs: every two compared, every claim proved, the certificate written and checked.

use std::{
    fs,
    hint::black_box,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Result, ensure};
use bylaw_checker::Text;
use bylaw_law::{Law, Side, SourceFile, compare, compare::actors};

use crate::{
    measure::{Goal, Samples, heading, milliseconds, row},
    process,
    workload::DAY,
};

const ROUNDS: usize = 3;

/// Every two jurisdictions, all acts.
pub(super) fn comparisons(law: &Law) -> Result<()> {
    heading("1. two jurisdictions compared completely, all acts, one thread");
    let sides: Vec<Side<'_>> =
        law.jurisdictions().map(|jurisdiction| Side { law, jurisdiction, on: DAY }).collect();
    let pairs: Vec<(Side<'_>, Side<'_>)> = sides
        .iter()
        .enumerate()
        .flat_map(|(place, &a)| sides[place + 1..].iter().map(move |&b| (a, b)))
        .collect();
    let mut all = Samples::default();
    let mut each = vec![Samples::default(); pairs.len()];
    let mut kinds = 0;
    for _ in 0..ROUNDS {
        kinds = 0;
        for (&(a, b), own) in pairs.iter().zip(&mut each) {
            let start = Instant::now();
            kinds += compared(a, b)?;
            let taken = milliseconds(start);
            own.push(taken);
            all.push(taken);
        }
    }
    let medians = pairs.iter().zip(&each).map(|(pair, own)| (own.median(), pair));
    let slowest = medians.clone().max_by(|(a, _), (b, _)| a.total_cmp(b));
    row(&format!("median of {} pairs", pairs.len()), all.median(), "ms", &Goal::None);
    if let Some((taken, (a, b))) = slowest {
        let what = format!("slowest pair, {} and {}", a.jurisdiction.path, b.jurisdiction.path);
        row(&what, taken, "ms", &Goal::AtMost(1000.0));
    }
    let total: f64 = medians.map(|(taken, _)| taken).sum();
    row("all pairs, one after the other", total / 1e3, "s", &Goal::None);
    println!("  {} jurisdictions, {kinds} kinds of cases in which two of them differ", sides.len());
    Ok(())
}

/// Compares about every act; returns the number of kinds of cases that differ.
pub(super) fn compared(a: Side<'_>, b: Side<'_>) -> Result<usize> {
    let (both, ..) = actors(a, b);
    let mut kinds = 0;
    for action in 0..a.law.vocabulary.actions.len() {
        kinds += black_box(compare(a, b, action, both)?).classes.len();
    }
    Ok(kinds)
}

/// All claims of all packs.
pub(super) fn claims(law: &Law) -> Result<()> {
    heading("2. all claims of all jurisdictions proved");
    let mut each = vec![Samples::default(); law.claims.len()];
    let [mut one, mut two]: [Samples; 2] = std::array::from_fn(|_| Samples::default());
    let mut failing = Vec::new();
    let (mut parts, mut cases) = (0, 0_u128);
    for _ in 0..ROUNDS {
        failing.clear();
        (parts, cases) = (0, 0);
        let whole = Instant::now();
        for (claim, own) in law.claims.iter().zip(&mut each) {
            let start = Instant::now();
            let proof = law.prove(claim, |_| ())?;
            own.push(milliseconds(start));
            parts += proof.parts.len();
            cases = cases.saturating_add(proof.cases());
            if proof.counterexample.is_some() != claim.finding.is_some() {
                failing.push(claim.id.as_str());
            }
        }
        one.push(milliseconds(whole) / 1e3);
        let whole = Instant::now();
        on_threads(law, 2)?;
        two.push(milliseconds(whole) / 1e3);
    }
    let findings = law.claims.iter().filter(|claim| claim.finding.is_some()).count();
    println!(
        "  {} claims, {findings} of them findings; {parts} parts (claim, act, span of days), {cases:.2e} cases",
        law.claims.len(),
        cases = cases as f64,
    );
    row("all claims, one thread", one.median(), "s", &Goal::AtMost(5.0));
    row("all claims, two threads", two.median(), "s", &Goal::AtMost(5.0));
    let medians = law.claims.iter().zip(&each).map(|(claim, own)| (own.median(), claim));
    let mut all = Samples::default();
    medians.clone().for_each(|(taken, _)| all.push(taken));
    row("one claim, median", all.median(), "ms", &Goal::None);
    if let Some((taken, claim)) = medians.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        row(&format!("slowest claim, {}", claim.id), taken, "ms", &Goal::None);
    }
    if !failing.is_empty() {
        println!("  NOT AS CLAIMED: {}", failing.join(", "));
    }
    Ok(())
}

fn on_threads(law: &Law, threads: usize) -> Result<()> {
    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    let work = || {
        while let Some(claim) = law.claims.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(problem) = law.prove(claim, |_| ())
                && let Ok(mut problems) = problems.lock()
            {
                problems.push(problem);
            }
        }
    };
    thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    ensure!(
        problems.into_inner().is_ok_and(|problems| problems.is_empty()),
        "a claim has problems"
    );
    Ok(())
}

/// Evidence of all claims that hold, and its check by a program that shares no code with ours.
pub(super) fn certificate(law: &Law, files: &[SourceFile]) -> Result<()> {
    heading("3. the certificate of all claims that hold");
    let mut slowest = (0.0, "");
    let (mut proofs, mut splits) = (0, 0);
    let whole = Instant::now();
    for claim in law.claims.iter().filter(|claim| claim.finding.is_none()) {
        let start = Instant::now();
        let Ok(evidence) = law.certify(claim) else {
            println!("  NO EVIDENCE: {}", claim.id);
            continue;
        };
        let taken = milliseconds(start);
        if taken > slowest.0 {
            slowest = (taken, &claim.id);
        }
        proofs += evidence.len();
        splits += evidence.iter().map(|part| part.splits.len()).sum::<usize>();
    }
    row("finding the evidence, one thread", milliseconds(whole) / 1e3, "s", &Goal::None);
    row(&format!("  slowest claim, {}", slowest.1), slowest.0, "ms", &Goal::None);
    println!("  {proofs} proofs, {splits} splits");

    let file = std::env::temp_dir().join(format!("bylaw-certificate-{}.json", std::process::id()));
    process::certificate(&file)?;
    let certificate = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    row(
        "the file that `bylaw law prove` writes",
        certificate.len() as f64 / 1e6,
        "MB",
        &Goal::None,
    );
    let texts: Vec<Text<'_>> =
        files.iter().map(|file| Text { name: &file.name, text: &file.text }).collect();
    let start = Instant::now();
    match bylaw_checker::check(&certificate, &texts) {
        Ok(report) => {
            row("checking it, one thread", milliseconds(start) / 1e3, "s", &Goal::None);
            println!(
                "  accepted: {} claims, {} files, {} leaves",
                report.claims.len(),
                report.files,
                report.leaves
            );
        }
        Err(error) => println!("  NOT ACCEPTED: {error}"),
    }
    Ok(())
}
