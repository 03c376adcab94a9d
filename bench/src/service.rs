//! The service over loopback: durable decisions, beside Cerbos, beside the bare framework, and beside
//! what the disk itself can do.

pub(crate) mod bare;
mod bylaw;
mod cerbos;
mod ledger;
mod load;

use std::{
    collections::BTreeSet,
    fs,
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use bylaw_law::{
    Law,
    pack::{Condition, Instrument},
    vocabulary::FactId,
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Map, Value, json};

use self::load::Target;
use crate::{
    measure::{Goal, Samples, heading, row},
    process,
    workload::{Act, Told, Workload, read_packs},
};

const CLIENTS: [usize; 3] = [1, 64, 1024];
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
/// Questions in a call of many.
const MANY: usize = 50;
/// Decisions over which memory must not grow.
const MILLION: usize = 1_000_000;

pub(crate) fn run() -> Result<()> {
    process::build()?;
    process::print_machine();
    allow_open_files()?;
    let law = Law::load(&read_packs()?)?;
    let workload = Workload::new(&law)?;
    let folder = Folder::new()?;

    disk(&folder.0)?;
    ledger::rows(&folder.0)?;
    evaluations(&law, &workload, &folder.0)?;
    let server = bylaw::Server::start(&folder.0.join("alone"))?;
    receipts(&server, &law, &workload)?;
    memory(&server, &law, &workload)
}

/// Single questions, then many in a call, all servers in turn in every round.
fn evaluations(law: &Law, workload: &Workload<'_>, folder: &Path) -> Result<()> {
    let told: Vec<Told> = workload
        .items
        .iter()
        .map(|item| Told::new(law, workload.jurisdiction, &item.facts))
        .collect();
    let cerbos = cerbos::Peer::start(law, workload, folder)?;
    let server = bylaw::Server::start(folder)?;
    let (bare, address) = bylaw::listening(
        Command::new(std::env::current_exe()?).arg(bare::BARE).stdout(Stdio::piped()).spawn()?,
    )?;
    let bare = Ended(bare);
    let ours = server.single(law, workload);
    let constant = Target {
        name: "bare axum, a constant, nothing recorded".to_owned(),
        address,
        calls: ours.calls.clone(),
        questions: 1,
    };
    let [own, authzen] = [cerbos.own(law, workload, &told), cerbos.authzen(law, workload, &told)];
    cerbos.agrees(law, workload, &own)?;
    cerbos.agrees(law, workload, &authzen)?;
    server.agrees(law, workload)?;
    let bytes = |target: &Target| {
        target.calls.iter().map(Vec::len).sum::<usize>() / target.calls.len().max(1)
    };
    println!(
        "  every answer is as the law says in process; a call of ours has {} bytes, of Cerbos {} and {}",
        bytes(&ours),
        bytes(&authzen),
        bytes(&own)
    );
    for clients in CLIENTS {
        heading(&format!("one question a call, clients: {clients}"));
        compare(&[&ours, &constant, &authzen, &own], clients)?;
    }
    heading(&format!("{MANY} questions a call, clients: 16"));
    let ours = server.batches(law, workload, MANY);
    let theirs = cerbos.batches(law, workload, &told, MANY);
    compare(&[&ours, &theirs], 16)?;
    drop(bare);
    Ok(())
}

/// One row for each server's rate and latencies: the medians of the rounds.
fn compare(targets: &[&Target], clients: usize) -> Result<()> {
    let mut rates = vec![Samples::default(); targets.len()];
    let mut medians = rates.clone();
    let mut tails = rates.clone();
    for _ in 0..ROUNDS {
        for (place, target) in targets.iter().enumerate() {
            let outcome = load::run(target, clients, ROUND)?;
            rates[place].push(outcome.per_second() * target.questions as f64);
            medians[place].push(outcome.milliseconds.median());
            tails[place].push(outcome.milliseconds.quantile(0.99));
        }
    }
    for (place, target) in targets.iter().enumerate() {
        row(&target.name, rates[place].median(), "decisions/s", &Goal::None);
        row("  a call's median", medians[place].median(), "ms", &Goal::None);
        row("  its 99th percentile", tails[place].median(), "ms", &Goal::None);
    }
    Ok(())
}

/// How long after its answer a decision's receipt can be fetched, while others keep the service busy.
fn receipts(server: &bylaw::Server, law: &Law, workload: &Workload<'_>) -> Result<()> {
    heading("from a decision's answer to its receipt, while 64 other clients ask what they can");
    let target = server.single(law, workload);
    let seconds = Duration::from_secs(6);
    std::thread::scope(|scope| {
        let others = scope.spawn(|| load::run(&target, 64, seconds));
        let waited = watch_receipts(&target, seconds - Duration::from_secs(1));
        let others = others.join().map_err(|_| anyhow::anyhow!("the load generator broke"))??;
        let waited = waited?;
        row("receipt there, median", waited.median(), "ms", &Goal::AtMost(100.0));
        row("  its 99th percentile", waited.quantile(0.99), "ms", &Goal::None);
        row("  the others meanwhile", others.per_second(), "decisions/s", &Goal::None);
        Ok(())
    })
}

fn watch_receipts(target: &Target, duration: Duration) -> Result<Samples> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = load::Connection::open(target.address).await?;
        let mut waited = Samples::default();
        let end = Instant::now() + duration;
        for call in target.calls.iter().cycle() {
            if Instant::now() > end {
                break;
            }
            let (status, body) = connection.ask(call).await?;
            ensure!(status == 200, "{status}");
            let answer: Value = serde_json::from_slice(body)?;
            let number = answer["context"]["record"].as_u64().context("no record number")?;
            let start = Instant::now();
            while connection.ask(&load::get(&format!("/receipts/{number}"))).await?.0 != 200 {}
            waited.push(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(waited)
    })
}

/// Resident memory over a million decisions.
fn memory(server: &bylaw::Server, law: &Law, workload: &Workload<'_>) -> Result<()> {
    heading("resident memory of the service, 16 clients, 50 questions a call");
    let target = server.batches(law, workload, MANY);
    let mut asked = 0;
    let mut after_warming = None;
    for part in 1..=10 {
        while asked < part * MILLION / 10 {
            asked += load::run(&target, 16, Duration::from_millis(250))?.calls * MANY;
        }
        let resident = server.resident_mb()?;
        if matches!(part, 1 | 2 | 5 | 10) {
            let what = format!("after {} thousand decisions", asked / 1000);
            row(&what, resident, "MB", &Goal::None);
        }
        let warm = *after_warming.get_or_insert(resident);
        if part == 10 {
            row(
                "  growth from the first tenth to the last",
                resident - warm,
                "MB",
                &Goal::AtMost(16.0),
            );
        }
    }
    Ok(())
}

/// What the disk can do by itself, in the folder where everything else is measured.
fn disk(folder: &Path) -> Result<()> {
    heading("the disk alone: one fdatasync after each write of 4 kB over the same 4 MB");
    let mut file = fs::File::create(folder.join("disk"))?;
    let page = [7; 4096];
    for _ in 0..1024 {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut samples = Samples::default();
    for place in 0..1024 {
        file.seek(SeekFrom::Start(place * 4096))?;
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        samples.push(start.elapsed().as_secs_f64() * 1e3);
    }
    row("one sync, median", samples.median(), "ms", &Goal::None);
    row("  its 99th percentile", samples.quantile(0.99), "ms", &Goal::None);
    row("  which is", 1e3 / samples.median(), "syncs/s", &Goal::None);
    Ok(())
}

/// AuthZEN's single evaluation, with all facts as properties.
fn evaluation(act: &str, facts: Map<String, Value>) -> Value {
    json!({
        "subject": { "type": "staff", "id": "library-desk-3", "properties": facts },
        "action": { "name": act },
        "resource": { "type": act, "id": "patron-17" },
    })
}

/// The facts that the rules about the act read, by themselves or by a term.
fn read_by(law: &Law, workload: &Workload<'_>, act: &Act<'_>) -> BTreeSet<FactId> {
    let mut reads = Reads { law, workload, facts: BTreeSet::new(), terms: BTreeSet::new() };
    reads.facts.insert(law.vocabulary.actor_kind());
    for &rule in &act.rules {
        reads.condition(&law.rule(rule).condition);
    }
    reads.facts
}

struct Reads<'a> {
    law: &'a Law,
    workload: &'a Workload<'a>,
    facts: BTreeSet<FactId>,
    terms: BTreeSet<String>,
}

impl Reads<'_> {
    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::OneOf(fact, _) | Condition::Below(fact, _) => {
                self.facts.insert(*fact);
            }
            Condition::Term(name) => self.term(name),
            Condition::Not(inner) => self.condition(inner),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part))
            }
            Condition::If(parts) => parts.iter().for_each(|part| self.condition(part)),
            Condition::Constant(_) => {}
        }
    }

    fn term(&mut self, name: &str) {
        if !self.terms.insert(name.to_owned()) {
            return;
        }
        let law = self.law;
        for &(_, index) in &self.workload.jurisdiction.instruments {
            for term in Instrument::terms(&law.instruments[index]) {
                if term.name == name {
                    self.condition(&term.condition);
                }
            }
        }
    }
}

/// Clients and server need a file each: 1,024 is the usual limit.
fn allow_open_files() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most.min(65_536), most)?;
    Ok(())
}

/// A child process that ends with this value.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A folder on the disk of the project, removed at the end: temporary folders may be memory.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder =
            process::project().join(format!("bench/target/service-{}", std::process::id()));
        fs::create_dir_all(folder.join("alone"))?;
        Ok(Self(folder.canonicalize()?))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}
