//! The log by itself: appends that are durable when they return, and a full verification.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use bylaw_ledger::{Log, LogKeys, VerifierKey, open_storage, verify, verify::Trust};

use crate::measure::{Goal, Samples, heading, row};

const SECONDS: Duration = Duration::from_secs(3);
/// Leaves of the log that is verified.
const VERIFIED: u64 = 1_000_000;
/// When everything is signed, in seconds since 1970.
const NOW: u64 = 1_795_000_000;
/// A leaf as the records make them.
const LEAF: usize = 33;

pub(crate) fn rows(folder: &Path) -> Result<()> {
    heading(
        "the log alone: leaves of 33 bytes, durable with a signed checkpoint when append returns",
    );
    let location = folder.join("log");
    let location = location.to_string_lossy();
    let keys = LogKeys::generate("bench.example/log")?;
    let verifiers = keys.verifier_keys();
    let mut log = Log::create(open_storage(&location)?, keys, NOW)?;
    for leaves in [1, 64, 1024] {
        append(&mut log, leaves)?;
    }
    while log.size() < VERIFIED {
        log.append(&entries(log.size(), 1 << 16), NOW)?;
    }
    drop(log);
    verification(&location, &verifiers)
}

fn append(log: &mut Log, leaves: usize) -> Result<()> {
    let mut milliseconds = Samples::default();
    let (start, before) = (Instant::now(), log.size());
    while start.elapsed() < SECONDS {
        let entries = entries(log.size(), leaves);
        let start = Instant::now();
        log.append(&entries, NOW)?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let rate = (log.size() - before) as f64 / start.elapsed().as_secs_f64();
    row(&format!("Log::append, {leaves} at a time"), rate, "leaves/s", &Goal::None);
    row("  one append, median", milliseconds.median(), "ms", &Goal::None);
    Ok(())
}

fn verification(location: &str, keys: &[VerifierKey]) -> Result<()> {
    let storage = open_storage(location)?;
    let start = Instant::now();
    let report = verify(&*storage, &Trust { keys, ..Trust::default() }, |_, _| {})?;
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    ensure!(report.is_sound(), "the log is not sound: {report:?}");
    let rate = report.head.checkpoint.size as f64 / minutes / 1e6;
    row(
        "verify, every tile, leaf and signature, one core",
        rate,
        "million/min",
        &Goal::AtLeast(1.0),
    );
    Ok(())
}

fn entries(from: u64, count: usize) -> Vec<Vec<u8>> {
    let entry = |number: usize| {
        let mut entry = vec![1; LEAF];
        entry[1..9].copy_from_slice(&(from + number as u64).to_le_bytes());
        entry
    };
    (0..count).map(entry).collect()
}
