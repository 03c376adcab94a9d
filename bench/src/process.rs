//! Whole processes of the release binary: how long they take and how much memory they need.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};

/// First argument that makes this program run a command and report on it.
pub(crate) const MEASURE_CHILD: &str = "--measure-child";

pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds the release binary that the process rows start.
pub(crate) fn build() -> Result<()> {
    // Not the path known when this was compiled: by it, a crate's own choice of a toolchain would count.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "bylaw", "--manifest-path"])
        .arg(project().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(project().join("target"))
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "the release binary does not build");
    Ok(())
}

pub(crate) fn print_machine() {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("machine: {cores} cores, {}", model.as_deref().unwrap_or("an unknown processor"));
    println!(
        "load when the run began (1, 5, 15 minutes): {}",
        load.split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
}

/// What one run of the binary took.
pub(crate) struct Run {
    pub(crate) milliseconds: f64,
    pub(crate) peak_mb: f64,
}

/// Runs the release binary; see [`measured`].
pub(crate) fn run(arguments: &[&str]) -> Result<Run> {
    measured(&project().join("target/release/bylaw"), arguments)
}

/// Runs a program in a process of its own, whose only child it is: so the peak memory is the program's
/// and no other's.
pub(crate) fn measured(program: &Path, arguments: &[&str]) -> Result<Run> {
    let output = Command::new(std::env::current_exe()?)
        .arg(MEASURE_CHILD)
        .arg(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "{} {} failed", program.display(), arguments.join(" "));
    let mut figures = text.split_whitespace().map(str::parse::<f64>);
    let mut next = || Ok::<f64, anyhow::Error>(figures.next().context("no figures")??);
    Ok(Run { milliseconds: next()?, peak_mb: next()? })
}

/// Has the release binary prove all claims of the project's packs and write its evidence.
pub(crate) fn certificate(file: &Path) -> Result<()> {
    let output = Command::new(project().join("target/release/bylaw"))
        .args(["law", "prove", "--packs"])
        .arg(project().join("packs"))
        .arg("--certificate")
        .arg(file)
        .output()?;
    ensure!(file.exists(), "no certificate: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Runs the command and prints its milliseconds and peak memory in megabytes.
pub(crate) fn measure_child(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("nothing to run")?;
    let start = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status()?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "{program} ended with {status}");
    // Kilobytes on Linux.
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as f64 * 1024.0 / 1e6;
    println!("{milliseconds} {peak}");
    Ok(())
}
