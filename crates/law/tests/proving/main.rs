//! Comparing and proving find what a look at every single case finds, on random small laws.
//!
//! Each case is decided by [`Law::decide`]; where a claim takes open questions as answered, under a
//! text of the law in which their rules stand without a question, or never hold. What is possible,
//! whom a law binds, and what a claim's condition means is read here once more (`model`).

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, and numbers index the lists they count"
)]

mod claims;
mod compared;
mod draw;
mod model;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/small.rs"]
mod small;
mod truth;

use bylaw_law::{Law, Problem};

use draw::Draw;
use model::SmallLaw;
use random::Random;
use truth::Truth;

/// Random small laws.
const LAWS: u64 = 300;

#[test]
fn what_comparing_finds_is_what_every_case_shows() {
    let mut tally = compared::Tally::default();
    for seed in 1..=LAWS {
        let mut random = Random::new(seed);
        let truth = loadable(&mut random, 0);
        for _ in 0..3 {
            compared::check_two_sides(&truth, &mut random, &mut tally);
        }
        if seed % 3 == 0 {
            compared::check_draft(&truth.model, &mut random, &mut tally);
        }
    }
    eprintln!("{tally:#?}");
    tally.assert_enough();
}

#[test]
fn what_proving_finds_is_what_every_case_shows() {
    let mut tally = claims::Tally::default();
    for seed in 1..=LAWS {
        let truth = loadable(&mut Random::new(seed), 6);
        for (model, claim) in truth.model.claims.iter().zip(0..) {
            assert_eq!(
                truth.law.claims[claim].id, model.id,
                "claims keep the order of their files"
            );
            claims::check(&truth, claim, &mut tally);
        }
        tally.settled += usize::from(truth.met_settled.get());
    }
    eprintln!("{tally:#?}");
    tally.assert_enough();
}

/// A law that loads, with claims. The loader refuses a rule that can never hold, and a claim that
/// names an actor whom its law does not bind: then another is drawn.
fn loadable(random: &mut Random, claims: usize) -> Truth {
    loop {
        let model = Draw::law(random, claims);
        let files = [model.files(&Vec::new()), model.claim_files()].concat();
        if let Some(law) = unless_unlucky(Law::load(&files)) {
            let truth = Truth::new(model, law);
            if truth.possible.contains(&true) {
                return truth;
            }
        }
    }
}

/// What the loader refuses of laws and claims drawn at random.
fn is_unlucky(problem: &Problem) -> bool {
    problem.code == "law::never_holds"
        || problem.code == "law::claim" && problem.message.contains("whom no instrument of")
}

fn unless_unlucky(loaded: Result<Law, bylaw_law::LoadError>) -> Option<Law> {
    match loaded {
        Ok(law) => Some(law),
        Err(error) if error.problems.iter().all(is_unlucky) => None,
        Err(error) => panic!("{error}: {:#?}", error.problems),
    }
}

/// A draft beside the law it changes, both with the same value classes; none where the draft has a
/// rule that can never hold.
fn beside(base: &SmallLaw, draft: &SmallLaw) -> Option<(Truth, Truth)> {
    let files = [base, draft].map(|law| law.files(&Vec::new()));
    let first = Law::load_checked(&files[0]).expect("it has loaded before");
    let drafted = unless_unlucky(Law::load_beside(&files[1], &first))?;
    let law = Law::load_beside(&files[0], &drafted).expect("it has loaded before");
    Some((Truth::new(base.clone(), law), Truth::new(draft.clone(), drafted)))
}
