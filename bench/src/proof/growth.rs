//! How time and nodes grow with the number of rules about one act, and where the node budget refuses.

use std::{hint::black_box, thread, time::Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use bylaw_law::{Law, Side, Word, compare, compare::actors};
use cedar_policy::PolicySet;

use super::{
    symcc::{Peer, Question},
    synthetic::{ACT, Shape, Synthetic, TOWN},
};
use crate::{
    measure::{heading, milliseconds},
    workload::DAY,
};

const RULES: [usize; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];

/// Cedar's own analysis descends once for each policy: the usual stack is too small for 10,000.
const STACK: usize = 1 << 30;

/// One row for each number of rules; where the budget refuses, what it says.
pub(super) fn rows() -> Result<()> {
    let rows = thread::Builder::new().stack_size(STACK).spawn(all_rows)?;
    rows.join().map_err(|_| anyhow!("the rows were cut short"))?
}

fn all_rows() -> Result<()> {
    heading("5. synthetic laws of one act: nodes, and milliseconds");
    println!("  each rule reads three of 50 facts; one in five overrides another");
    for shape in Shape::ALL {
        println!(
            "\n  {:<10}{:>6} {:>8} {:>8} {:>9} {:>8} {:>9} {:>9} {:>9} {:>12} {:>12}",
            shape.name(),
            "rules",
            "read",
            "checked",
            "compile",
            "nodes",
            "compare",
            "kinds",
            "prove",
            "Cedar differ",
            "Cedar prove"
        );
        let mut compiles = None;
        for rules in RULES {
            let row = Row::measure(shape, rules)?;
            row.print();
            match (row.ours, compiles) {
                (Ok(_), _) => compiles = Some(rules),
                (Err(_), Some(last)) => {
                    between(shape, last, rules);
                    compiles = None;
                }
                (Err(_), None) => {}
            }
        }
    }
    Ok(())
}

struct Row {
    rules: usize,
    read: f64,
    /// Read, and validated by Cedar.
    checked: f64,
    compile: f64,
    /// Or what the refusal says.
    ours: Result<Ours, String>,
    /// Cedar's own analysis: whether the draft differs, and the claim.
    theirs: [Option<f64>; 2],
}

/// Time and whether it holds; none where it is refused.
type Verdict = Option<(f64, bool)>;

struct Ours {
    nodes: usize,
    kinds: usize,
    /// Whether it allows the same as its draft.
    compare: Verdict,
    prove: Verdict,
}

impl Row {
    fn measure(shape: Shape, rules: usize) -> Result<Self> {
        let synthetic = Synthetic::new(shape, rules);
        let files = synthetic.files();
        let start = Instant::now();
        let law = Law::load_checked(&files)?;
        let read = milliseconds(start);
        let start = Instant::now();
        let compiled = law.compile_all();
        let compile = milliseconds(start);
        // It compiles nothing.
        let start = Instant::now();
        let draft = Law::load_beside(&synthetic.draft(), &law)?;
        let checked = milliseconds(start);
        let ours = match compiled {
            Ok(size) => Ok(Ours::measure(&law, &draft, size.nodes)?),
            Err(problems) => {
                let refusal = problems.first().context("refused without a problem")?.to_string();
                ensure!(refusal.contains("R-"), "the refusal names no rule: {refusal}");
                Err(refusal)
            }
        };
        let theirs = asked(&synthetic, ours.as_ref().ok());
        Ok(Self { rules, read, checked, compile, ours, theirs })
    }

    fn print(&self) {
        let Self { rules, read, checked, compile, .. } = self;
        print!("  {:<10}{rules:>6} {read:>8.1} {checked:>8.1} {compile:>9.1}", "");
        let time = |verdict: Verdict| {
            verdict.map_or("refused".to_owned(), |(taken, _)| format!("{taken:.1}"))
        };
        match &self.ours {
            Ok(Ours { nodes, kinds, compare, prove }) => {
                print!(" {nodes:>8} {:>9} {kinds:>9} {:>9}", time(*compare), time(*prove));
            }
            Err(_) => print!(" {:>38}", "refused"),
        }
        for theirs in self.theirs {
            print!(" {:>12}", theirs.map_or("none".to_owned(), |taken| format!("{taken:.1}")));
        }
        println!();
        if let Err(refusal) = &self.ours {
            println!("                   {refusal}");
        }
    }
}

impl Ours {
    fn measure(law: &Law, draft: &Law, nodes: usize) -> Result<Self> {
        let side = |law| Some(Side { law, jurisdiction: Law::jurisdiction(law, TOWN)?, on: DAY });
        let (a, b) = (side(law).context("no law")?, side(draft).context("no law")?);
        let action = law.vocabulary.action_id(ACT).context("no act")?;
        let (both, ..) = actors(a, b);
        let start = Instant::now();
        let compared = compare(a, b, action, both).map(black_box);
        let taken = milliseconds(start);
        let kinds = compared.as_ref().map_or(0, |compared| compared.classes.len());
        let alike = compared.map(|compared| {
            compared.classes.iter().all(|kind| (kind.a == Word::May) == (kind.b == Word::May))
        });
        let compare = alike.ok().map(|alike| (taken, alike));
        let claim = law.claims.first().context("no claim")?;
        let start = Instant::now();
        let proof = law.prove(claim, |_| ());
        let taken = milliseconds(start);
        let prove = proof.ok().map(|proof| (taken, proof.counterexample.is_none()));
        Ok(Self { nodes, kinds, compare, prove })
    }
}

/// What the same questions take Cedar's own analysis; the verdict must be ours. None where it has no
/// answer, or no solver.
fn asked(synthetic: &Synthetic, ours: Option<&Ours>) -> [Option<f64>; 2] {
    let ask = |question, a: PolicySet, b: PolicySet, own: Verdict| -> Result<f64> {
        let mut peer = Peer::start(&synthetic.vocabulary.text)?;
        let environment = peer.environment(ACT)?;
        peer.round_trip()?;
        let start = Instant::now();
        let answered = peer.ask(question, &environment, &a, &b)?;
        let taken = milliseconds(start);
        if own.is_some_and(|(_, holds)| holds != answered.holds) {
            println!("  CEDAR DIFFERS");
        }
        Ok(taken)
    };
    let answered = |taken: Result<f64>| match taken {
        Ok(taken) => Some(taken),
        Err(error) => {
            println!("                   no answer from Cedar: {error:#}");
            None
        }
    };
    let claim = synthetic.claimed().and_then(|claimed| {
        let own = ours.and_then(|ours| ours.prove);
        ask(Question::AlwaysDenies, claimed.clone(), claimed, own)
    });
    let draft = synthetic.policies().and_then(|[law, draft]| {
        ask(Question::Equivalent, law, draft, ours.and_then(|ours| ours.compare))
    });
    let (draft, claim) = (answered(draft), answered(claim));
    [draft, claim]
}

/// The greatest number of rules that compiles, to a tenth.
fn between(shape: Shape, compiles: usize, refused: usize) {
    let (mut low, mut high) = (compiles, refused);
    while high - low > low / 10 + 1 {
        let middle = low.midpoint(high);
        let law = Law::load_checked(&Synthetic::new(shape, middle).files());
        if law.is_ok_and(|law| law.compile_all().is_ok()) {
            low = middle;
        } else {
            high = middle;
        }
    }
    println!("                   {low} rules compile, {high} do not");
}
