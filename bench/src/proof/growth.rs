//! How time and nodes grow with the number of rules about one act, and where the node budget refuses.

use std::{hint::black_box, time::Instant};

use anyhow::{Context as _, Result, ensure};
use bylaw_law::{Law, Side, compare, compare::actors};

use super::synthetic::{self, ACT, Shape, Synthetic, TOWN};
use crate::{
    measure::{heading, milliseconds},
    workload::DAY,
};

const RULES: [usize; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];

/// One row for each number of rules until the budget refuses; beyond, reading and refusing alone.
pub(super) fn rows() -> Result<()> {
    heading("5. synthetic laws of one act: milliseconds, nodes");
    println!("  each rule reads three of 50 facts; one in five overrides another");
    for shape in Shape::ALL {
        println!(
            "\n  {:<10} {:>6} {:>9} {:>9} {:>10} {:>9} {:>9} {:>9} {:>9}",
            shape.name(),
            "rules",
            "read",
            "validate",
            "compile",
            "nodes",
            "compare",
            "kinds",
            "prove"
        );
        let mut last = 0;
        for rules in RULES {
            if one(shape, rules)? {
                last = rules;
            } else if last + 1 < rules && last > 0 {
                between(shape, last, rules);
                last = 0;
            }
        }
    }
    Ok(())
}

/// Whether the law of so many rules compiles.
fn one(shape: Shape, rules: usize) -> Result<bool> {
    let Synthetic { files, draft } = synthetic::law(shape, rules);
    let start = Instant::now();
    let law = Law::load_checked(&files)?;
    let read = milliseconds(start);
    let start = Instant::now();
    let compiled = law.compile_all();
    let compile = milliseconds(start);
    // `load_beside` reads and validates, and compiles nothing.
    let start = Instant::now();
    let changed = Law::load_beside(&draft, &law)?;
    let validate = milliseconds(start) - read;
    print!("  {:<10} {rules:>6} {read:>9.1} {validate:>9.1} {compile:>10.1}", "");
    let size = match compiled {
        Ok(size) => size,
        Err(problems) => {
            let refusal = problems.first().context("refused without a problem")?.to_string();
            ensure!(refusal.contains("R-"), "the refusal names no rule: {refusal}");
            println!("   refused: {refusal}");
            return Ok(false);
        }
    };
    print!(" {:>9}", size.nodes);
    println!(" {}", compared_and_proved(&law, &changed)?);
    Ok(true)
}

/// One rule changed, and a claim proved.
fn compared_and_proved(law: &Law, changed: &Law) -> Result<String> {
    let side = |law| Some(Side { law, jurisdiction: Law::jurisdiction(law, TOWN)?, on: DAY });
    let (a, b) = (side(law).context("no law")?, side(changed).context("no law")?);
    let action = law.vocabulary.action_id(ACT).context("no act")?;
    let (both, ..) = actors(a, b);
    let start = Instant::now();
    let compared = compare(a, b, action, both).map(black_box);
    let taken = milliseconds(start);
    let compared = match compared {
        Ok(comparison) => format!("{taken:>9.1} {:>9}", comparison.classes.len()),
        Err(_) => format!("{:>9} {:>9}", "refused", ""),
    };
    let claim = law.claims.first().context("no claim")?;
    let start = Instant::now();
    let proof = law.prove(claim, |_| ());
    let taken = milliseconds(start);
    let proved = match proof {
        Ok(proof) => {
            ensure!(proof.counterexample.is_none(), "the claim fails");
            format!("{taken:>9.1}")
        }
        Err(_) => format!("{:>9}", "refused"),
    };
    Ok(format!("{compared} {proved}"))
}

/// The greatest number of rules that compiles, to a tenth.
fn between(shape: Shape, compiles: usize, refused: usize) {
    let (mut low, mut high) = (compiles, refused);
    while high - low > low / 10 + 1 {
        let middle = low.midpoint(high);
        let law = Law::load_checked(&synthetic::law(shape, middle).files);
        if law.is_ok_and(|law| law.compile_all().is_ok()) {
            low = middle;
        } else {
            high = middle;
        }
    }
    println!("  {:<10} {low} rules compile, {high} do not", "");
}
