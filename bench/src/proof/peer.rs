//! The same questions to Cedar's own analysis and to our diagrams, one after the other, same verdict
//! asserted. Both start from what is read and checked: we from the law's conditions, Cedar from policies.

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
    heading(
        "4. the same question to our diagrams and to cedar-policy-symcc with cvc5, per question",
    );
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
    row(
        "asking the solver nothing (pipes and Python), within theirs",
        trips.median(),
        "ms",
        &Goal::None,
    );
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
        .filter(|(a, b)| {
            a.action == b.action && a.side.jurisdiction.path != b.side.jurisdiction.path
        })
        .filter(|(a, b)| shared_actor(a, b))
        .map(|(&a, &b)| Asked { question, a, b })
        .collect();
    Random(0xceda).shuffle(&mut pairs);
    pairs.truncate(DRAWN);
    pairs
}

fn shared_actor(a: &Expressible<'_>, b: &Expressible<'_>) -> bool {
    bylaw_law::compare::actors(a.side, b.side).0 != 0
}

impl Times {
    /// Asks both, and fails where they differ.
    fn add(&mut self, law: &Law, peer: &mut Peer, asked: &Asked<'_>, schema: &str) -> Result<()> {
        let (a, b) = (&asked.a, &asked.b);
        let claim = claim(asked);
        let start = Instant::now();
        let proof = law.prove(&claim, |_| ())?;
        let ours = start.elapsed();
        let holds = proof.counterexample.is_none();

        let environment = peer.environment(&law.vocabulary.actions[a.action].name)?;
        let (policies_a, policies_b) = (a.policies(b, schema)?, b.policies(a, schema)?);
        let theirs = peer.ask(asked.question, &environment, &policies_a, &policies_b)?;
        ensure!(
            theirs.holds == holds,
            "Cedar differs: {} of {} and {}, {}",
            asked.question.name(),
            a.side.jurisdiction.path,
            b.side.jurisdiction.path,
            law.vocabulary.actions[a.action].name
        );
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        self.ours.push(milliseconds(ours));
        self.theirs.push(milliseconds(theirs.whole));
        self.compiling.push(milliseconds(theirs.compiling));
        self.solving.push(milliseconds(theirs.solving));
        self.ratio.push(theirs.whole.as_secs_f64() / ours.as_secs_f64());
        self.hold += usize::from(holds);
        self.asked += 1;
        Ok(())
    }

    fn print(&self, question: Question) {
        let (name, asked, hold) = (question.name(), self.asked, self.hold);
        println!("  {name}: {asked} questions, {hold} hold; same verdict from both on all");
        row(
            "  ours: Law::prove, with cases counted and the counterexample told",
            self.ours.median(),
            "ms",
            &Goal::None,
        );
        row("    slowest", self.ours.quantile(1.0), "ms", &Goal::None);
        row("  cedar-policy-symcc, verdict alone", self.theirs.median(), "ms", &Goal::None);
        row("    slowest", self.theirs.quantile(1.0), "ms", &Goal::None);
        row("    of which compiling the policies", self.compiling.median(), "ms", &Goal::None);
        row("    of which the solver", self.solving.median(), "ms", &Goal::None);
        row(
            "    times slower than ours, median of the ratios",
            self.ratio.median(),
            "times",
            &Goal::None,
        );
    }
}

/// The question as a claim of one day: allowed is answered *may*.
fn claim(asked: &Asked<'_>) -> Claim {
    let property = match asked.question {
        Question::AlwaysDenies => Property::Never,
        Question::Implies => Property::Implies,
        Question::Equivalent => Property::Equivalent,
        Question::Disjoint => Property::Disjoint,
    };
    let other = Other { jurisdiction: asked.b.side.jurisdiction.path.clone(), on: None };
    Claim {
        id: "question".to_owned(),
        jurisdiction: asked.a.side.jurisdiction.path.clone(),
        heading: String::new(),
        prose: String::new(),
        span: Span { from: DAY, until: DAY.tomorrow().ok() },
        actions: vec![asked.a.action],
        condition: Condition::Constant(true),
        property,
        answers: vec![Word::May],
        other: property.compares().then_some(other),
        standing: Vec::new(),
        fallen: Vec::new(),
        finding: None,
        source_file: SourceFile::new("question", ""),
        place: 0..0,
    }
}
