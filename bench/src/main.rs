//! Measures Bylaw on the real packs, with its peers in the same run.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml` prints one table of the law in process; with
//! the argument `service` one of `bylaw serve`, with `proof` one of laws compared and claims proved, with
//! `log` one of the audit of logs. docs/performance.md says what each figure means and what it leaves
//! out. Every row's median is over many short batches, and the rounds of all engines are interleaved, so
//! that a noisy machine disturbs them alike.

mod cedar;
mod log;
mod measure;
mod process;
mod proof;
mod rego;
mod rows;
mod service;
mod workload;

use anyhow::Result;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, command)) if first == process::MEASURE_CHILD => {
            process::measure_child(command)
        }
        Some((first, [])) if first == service::bare::BARE => service::bare::serve(),
        Some((first, [])) if first == "service" => service::run(),
        Some((first, parts)) if first == "proof" => proof::run(parts),
        Some((first, parts)) if first == "log" => log::run(parts),
        Some((first, parts)) if first == log::alone::ALONE => log::alone::print(parts),
        None => run(),
        Some(_) => anyhow::bail!("no argument, `service`, `proof` or `log`"),
    }
}

fn run() -> Result<()> {
    process::build()?;
    process::print_machine();
    let files = workload::read_packs()?;
    let law = bylaw_law::Law::load(&files)?;
    let workload = workload::Workload::new(&law)?;
    workload.print(&law);

    rows::answers(&workload, &law)?;
    rows::explanations(&workload, &law)?;
    rows::json(&workload, &law)?;
    rows::columns(&workload, &law)?;
    rows::loading(&files)?;
    rows::processes(&workload)
}
