//! The hot path in a process of its own, so that the peak memory is its own.

use std::{
    num::NonZeroUsize,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use bylaw_audit::{
    Resolver,
    lexicon::Lexicon,
    log::{
        format::Formats,
        judge::Asking,
        run::{Asked, Output},
        source::{Headers, Limits},
        time::zone_of,
    },
};
use bylaw_law::Law;
use nix::sys::resource::{UsageWho, getrusage};

use crate::workload::read_packs;

/// First argument that makes this program decide logs and report on it.
pub(crate) const ALONE: &str = "--decide-logs";

/// Whose law is asked.
pub(crate) const JURISDICTION: &str = "us/ca";
/// Whose network audit the made-up rows are.
pub(crate) const OWNER: &str = "Alder Grove CA PD";

/// What deciding took.
pub(crate) struct Alone {
    pub(crate) seconds: f64,
    pub(crate) peak_mb: f64,
}

/// Has the files decided in a fresh process.
pub(crate) fn run(paths: &[PathBuf], threads: usize) -> Result<Alone> {
    let output = Command::new(std::env::current_exe()?)
        .arg(ALONE)
        .arg(threads.to_string())
        .args(paths)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the logs were not decided");
    let text = String::from_utf8(output.stdout)?;
    let (seconds, peak_mb) = text.trim().split_once(' ').context("no figures")?;
    Ok(Alone { seconds: seconds.parse()?, peak_mb: peak_mb.parse()? })
}

/// Decides the files, and prints the seconds that it took and the peak memory in megabytes. Loading the
/// law is not counted.
pub(crate) fn print(arguments: &[String]) -> Result<()> {
    let (threads, paths) = arguments.split_first().context("how many threads?")?;
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let seconds = decide(threads.parse()?, &paths)?;
    // Kilobytes on Linux.
    let peak = getrusage(UsageWho::RUSAGE_SELF)?.max_rss() as f64 * 1024.0 / 1e6;
    println!("{seconds} {peak}");
    Ok(())
}

fn decide(threads: NonZeroUsize, files: &[PathBuf]) -> Result<f64> {
    let law = Law::load(&read_packs()?)?;
    let (resolver, lexicon) = (Resolver::new()?, Lexicon::built_in()?);
    let formats = Arc::new(Formats::built_in()?);
    let zone = zone_of(JURISDICTION).and_then(|zone| zone.time_zone());
    let asked = Asked {
        law: &law,
        path: JURISDICTION,
        resolver: &resolver,
        lexicon: &lexicon,
        asking: Asking { owner: Some(OWNER), actor: None },
        mapping: None,
        on: None,
        headers: Headers::of_formats(&formats, None),
        zone: zone.context("the jurisdiction lies in a state")?,
        limits: Limits::default(),
        threads,
        link: false,
        words: "",
    };
    let start = Instant::now();
    let audited = asked.audit(files, Output::Nowhere, &|_| ())?;
    let seconds = start.elapsed().as_secs_f64();
    for file in &audited.files {
        ensure!(file.rows_not_read == 0 && file.rows > 0, "{} was not read as a whole", file.name);
    }
    Ok(seconds)
}
