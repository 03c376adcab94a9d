//! The audit of logs: rows read, decided and counted, beside a list of words in Python.

pub(crate) mod alone;
mod files;
mod vendor;
mod words;

use std::path::Path;

use anyhow::{Context as _, Result};

use self::{alone::Alone, files::Files};
use crate::{
    measure::{Goal, Samples, heading, row},
    process,
};

/// Rows where no number is given: enough for a quick look.
const ROWS: usize = 1_000_000;
const ROUNDS: usize = 3;

/// Prints the table for that many rows, 10,000,000 for the one in docs/performance.md.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let rows = match arguments {
        [] => ROWS,
        [rows] => rows.parse().context("how many rows is a number")?,
        _ => anyhow::bail!("`log` takes the number of rows and nothing else"),
    };
    process::build()?;
    process::print_machine();
    let files = Files::of(&process::project().join("bench/target/log"), rows)?;
    print_files(&files);
    let python = keyword(&files)?;
    decided(&files, python)?;
    whole(&files)
}

fn print_files(files: &Files) {
    let a_row = |bytes: u64| bytes as f64 / files.rows as f64;
    println!("{} rows, 14 columns, one cell of two lines", files.rows);
    println!("CSV: {} MB, {:.0} bytes a row", files.csv_bytes / 1_000_000, a_row(files.csv_bytes));
    println!(
        "Parquet: {} MB in {} files, {:.0} bytes a row",
        files.parquet_bytes / 1_000_000,
        files.parquet.len(),
        a_row(files.parquet_bytes)
    );
}

/// Rows a second of the Python script, one core.
fn keyword(files: &Files) -> Result<f64> {
    let script = process::project().join("bench/keyword.py");
    let arguments = [text(&script)?, text(&files.csv)?];
    let run = process::measured(Path::new("python3"), &arguments)?;
    let rate = files.rows as f64 / run.milliseconds * 1e3;
    heading("a list of words in Python, one core");
    row("CSV: rows searched for words, nothing decided", rate, "rows/s", &Goal::None);
    row("its peak memory", run.peak_mb, "MB", &Goal::None);
    Ok(rate)
}

/// Read, decided and counted, nothing written.
fn decided(files: &Files, python: f64) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let csv = [files.csv.clone()];
    let kinds: [(&str, &[_], u64, f64); 2] = [
        ("CSV", &csv, files.csv_bytes, 2e6),
        ("Parquet", &files.parquet, files.parquet_bytes, 20e6),
    ];
    for (threads, which) in [(1, "one core"), (cores, "all cores")] {
        heading(&format!("read, decided and counted in process, {which}"));
        for (kind, paths, bytes, goal) in &kinds {
            let measured = rounds(paths, threads)?;
            let goal = if threads == 1 { Goal::AtLeast(*goal) } else { Goal::None };
            let rate = files.rows as f64 / measured.seconds;
            row(&format!("{kind}: rows decided"), rate, "rows/s", &goal);
            row("  which is", *bytes as f64 / 1e6 / measured.seconds, "MB/s", &Goal::None);
            row("  peak memory of the process", measured.peak_mb, "MB", &Goal::AtMost(300.0));
            if *kind == "CSV" && threads == 1 {
                let times = rate / python;
                row(
                    "  as many times as fast as the Python script",
                    times,
                    "times",
                    &Goal::AtLeast(50.0),
                );
            }
        }
    }
    Ok(())
}

/// The median time of some rounds, and the most memory of any.
fn rounds(paths: &[std::path::PathBuf], threads: usize) -> Result<Alone> {
    let (mut seconds, mut peak_mb) = (Samples::default(), 0.0_f64);
    for _ in 0..ROUNDS {
        let round = alone::run(paths, threads)?;
        seconds.push(round.seconds);
        peak_mb = peak_mb.max(round.peak_mb);
    }
    Ok(Alone { seconds: seconds.median(), peak_mb })
}

/// The program as people run it, which writes findings and a report.
fn whole(files: &Files) -> Result<()> {
    heading("`bylaw audit log`, all cores, findings and report written");
    let output = files.csv.with_file_name("report");
    let parquet = files.parquet.iter().map(|path| text(path)).collect::<Result<Vec<_>>>()?;
    for (kind, paths) in [("CSV", vec![text(&files.csv)?]), ("Parquet", parquet)] {
        let _ = std::fs::remove_dir_all(&output);
        let mut arguments = vec!["audit", "log"];
        arguments.extend(paths);
        arguments.extend(["--jurisdiction", alone::JURISDICTION, "--owner", alone::OWNER]);
        arguments.extend(["--output", text(&output)?]);
        let run = process::measured(&process::project().join("target/release/bylaw"), &arguments)?;
        let rate = files.rows as f64 / run.milliseconds * 1e3;
        row(&format!("{kind}: rows decided"), rate, "rows/s", &Goal::None);
        row("  peak memory", run.peak_mb, "MB", &Goal::AtMost(300.0));
    }
    std::fs::remove_dir_all(&output).context("no report was written")
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the project's path is not UTF-8")
}
