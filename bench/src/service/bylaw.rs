//! `bylaw serve`, the release binary, as a process of its own with a fresh folder of data.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use bylaw_law::{Law, Scratch, Word};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::load::{self, Target};
use crate::{
    process,
    workload::{Item, PATH, Workload, fact_value},
};

/// The running server; ended when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    token: String,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let data = folder.join("bylaw");
        let log = fs::File::create(folder.join("bylaw.log"))?;
        let process = command()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            // One client asks as much as it can: the limit is not what is measured.
            .env("BYLAW_SERVE__LIMITS__CALLS_PER_SECOND", "100000000")
            .env("BYLAW_SERVE__LOG__LEVEL", "warn")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let (process, address) = listening(process)?;
        let output = command()
            .args(["token", "create", "--name", "bench", "--jurisdiction", PATH, "--data"])
            .arg(&data)
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "bylaw token create failed");
        let token = String::from_utf8(output.stdout)?.trim().to_owned();
        Ok(Self { process, address, token })
    }

    /// AuthZEN, single.
    pub(crate) fn single(&self, law: &Law, workload: &Workload<'_>) -> Target {
        let calls = workload.items.iter().map(|item| {
            let body = evaluation(law, workload, item).to_string();
            load::post("/access/v1/evaluation", Some(&self.token), body.as_bytes())
        });
        Target {
            name: "bylaw serve, AuthZEN, every decision recorded durably".to_owned(),
            address: self.address,
            calls: calls.collect(),
            questions: 1,
        }
    }

    /// AuthZEN, so many questions in a call.
    pub(crate) fn batches(&self, law: &Law, workload: &Workload<'_>, questions: usize) -> Target {
        let all: Vec<Value> =
            workload.items.iter().map(|item| evaluation(law, workload, item)).collect();
        let calls = all.chunks_exact(questions).map(|chunk| {
            let body = json!({ "evaluations": chunk }).to_string();
            load::post("/access/v1/evaluations", Some(&self.token), body.as_bytes())
        });
        Target {
            name: format!("bylaw serve, AuthZEN, {questions} questions a call, recorded durably"),
            address: self.address,
            calls: calls.collect(),
            questions,
        }
    }

    /// Fails unless each answer is what the law says in process.
    pub(crate) fn agrees(&self, law: &Law, workload: &Workload<'_>) -> Result<()> {
        let mut scratch = Scratch::default();
        for (item, body) in workload.items.iter().zip(load::once(&self.single(law, workload))?) {
            let answer: Value = serde_json::from_slice(&body)?;
            let mut question = workload.question(law, item);
            question.on = day(&answer)?;
            let ours = law.decide(&question, &mut scratch)?.word;
            let allowed = matches!(ours, Word::May | Word::Must);
            ensure!(answer["decision"] == allowed, "the service answers otherwise: {answer}");
        }
        Ok(())
    }

    /// Resident memory in megabytes, as the kernel has it.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The release binary, with nothing of this environment but what it needs.
fn command() -> Command {
    Command::new(process::project().join("target/release/bylaw"))
}

/// Waits for the first line of a server's output, which says where it listens.
pub(crate) fn listening(mut process: Child) -> Result<(Child, SocketAddr)> {
    let mut line = String::new();
    let output = process.stdout.take().context("no output")?;
    BufReader::new(output).read_line(&mut line)?;
    let address = line
        .trim()
        .strip_prefix("listening on http://")
        .with_context(|| format!("the server does not start: {line:?}"))?
        .parse()?;
    Ok((process, address))
}

/// What the rules about the item's act read, stated in properties; the mapping is the plain one.
fn evaluation(law: &Law, workload: &Workload<'_>, item: &Item) -> Value {
    let act = &workload.acts[item.act];
    let facts: Map<String, Value> = super::read_by(law, workload, act)
        .into_iter()
        .filter_map(|fact| {
            let class = item.facts.class(fact)?;
            Some((law.vocabulary.facts[fact].name.clone(), fact_value(law, fact, class)))
        })
        .collect();
    super::evaluation(&law.vocabulary.actions[act.id].name, facts)
}

fn day(answer: &Value) -> Result<Date> {
    let day = answer["context"]["on"].as_str().context("the answer has no day")?;
    Ok(day.parse()?)
}
