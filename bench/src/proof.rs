//! Laws compared and claims proved: how long it takes on all packs, beside Cedar's own analysis, and how
//! it grows with the number of rules.

mod expressible;
mod growth;
mod laws;
mod peer;
mod symcc;
mod synthetic;

use anyhow::{Result, ensure};
use bylaw_law::Law;

use crate::{process, workload::read_packs};

const PARTS: [&str; 4] = ["laws", "certificate", "peer", "growth"];

/// Prints these parts of the table, all of them where none is named.
pub(crate) fn run(parts: &[String]) -> Result<()> {
    for part in parts {
        ensure!(PARTS.contains(&part.as_str()), "no part `{part}`: {}", PARTS.join(", "));
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|known| known == part);
    process::print_machine();
    let files = read_packs()?;
    let law = Law::load(&files)?;
    if wanted("laws") {
        laws::comparisons(&law)?;
        laws::claims(&law)?;
    }
    if wanted("certificate") {
        process::build()?;
        laws::certificate(&law, &files)?;
    }
    if wanted("peer") {
        peer::rows(&law, &files)?;
    }
    if wanted("growth") {
        growth::rows()?;
    }
    Ok(())
}
