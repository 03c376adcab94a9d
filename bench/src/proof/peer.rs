//! The same questions to Cedar's own analysis and to our diagrams.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bylaw_law::{
    Law, SourceFile, Word,
    pack::{Claim, Condition, Other, Property, Span},
};

use super::{
    expressible::{self, Expressible},
    symcc::{Peer, Question},
};
use crate::{
    measure::{Goal, Samples, heading, row},
    workload::{DAY, Random},
};

/// Questions of each kind about two laws, drawn from all there are.
const DRAWN: usize = 100;

/// One question about one act under one or two laws.
struct Asked<'a> {
    question: Question,
    a: Expressible<'a>,
    b: Expressible<'a>,
}

#[derive(Default)]
struct Times {
    ours: Samples,
    theirs: Samples,
    compiling: Samples,
    solving: Samples,
    ratio: Samples,
    hold: usize,
    asked: usize,
}

pub(super) fn rows(law: &Law, files: &[SourceFile]) -> Result<()> {
    heading("4. the same question to our diagrams and to cedar-policy-symcc with cvc5, per question");
    let schema = files.iter().find(|file| file.name == "vocabulary.cedarschema");
    let schema = schema.context("no vocabulary")?.text.to_string();
    let mut peer = match Peer::start(&schema) {
        Ok(peer) => peer,
        Err(error) => {
            println!("  cedar-policy-symcc: not measured, no solver: {error}");
            return Ok(());
        }
    };
    let (laws, ruled) = expressible::all(law);
    let rules: Vec<usize> = laws.iter().map(|one| one.rules().count()).collect();
    println!(
        "  plain Cedar can say {} of the {ruled} laws about an act (jurisdiction and act with a rule); they have 1 to {} rules",
        laws.len(),
        rules.iter().max().unwrap_or(&0)
    );
    let mut trips = Samples::default();
    for _ in 0..20 {
        trips.push(peer.round_trip()?.as_secs_f64() * 1e3);
    }
    for question in Question::ALL {
        let asked = questions(&laws, question);
        let mut times = Times::default();
        for one in &asked {
            times.add(law, &mut peer, one, &schema)?;
        }
        times.print(question);
    }
    row("asking the solver nothing (pipes and Python), within theirs", trips.median(), "ms", &Goal::None);
    Ok(())
}

/// All laws for a question about one; laws about one act that differ in more than name for two.
fn questions<'a>(laws: &[Expressible<'a>], question: Question) -> Vec<Asked<'a>> {
    if question == Question::AlwaysDenies {
        return laws.iter().map(|&a| Asked { question, a, b: a }).collect();
    }
    let mut pairs: Vec<Asked<'a>> = laws
        .iter()
        .flat_map(|a| laws.iter().map(move |b| (a, b)))
        .filter(|(a, b)| a.action == b.action && a.side.jurisdiction.path != b.side.jurisdiction.path)
        .filter(|(a, b)| shared_actor(a, b))
        .map(|(&a, &b)| Asked { question, a, b })
        .collect();
    Random(0xcedar_u64_seed()).shuffle(&mut pairs);
    pairs.truncate(DRAWN);
    pairs
}
