//! Cerbos on the same rules: one resource policy per act, each rule limited to the actors it binds.
//!
//! It keeps no record: its audit log is off, as it is by default.

use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use bylaw_law::{
    Law,
    pack::{Condition, Modality},
    vocabulary::Domain,
};
use serde_json::{Map, Value, json};

use super::load::{self, Target};
use crate::{
    cedar::holding,
    process,
    workload::{Act, Item, Told, Workload, bound_actors, fact_value},
};

const VERSION: &str = "0.51.0";

/// The running server; ended when dropped.
pub(crate) struct Peer {
    server: Child,
    address: SocketAddr,
    /// One per act of the workload, as text.
    policies: Vec<String>,
}

impl Peer {
    /// Installs the server where it is not there yet, writes the policies, and starts it.
    pub(crate) fn start(law: &Law, workload: &Workload<'_>, folder: &Path) -> Result<Self> {
        let program = install()?;
        let policies = folder.join("policies");
        fs::create_dir_all(&policies)?;
        let texts: Vec<String> =
            workload.acts.iter().map(|act| policy(law, act).to_string()).collect();
        for (act, text) in workload.acts.iter().zip(&texts) {
            let name = &law.vocabulary.actions[act.id].name;
            fs::write(policies.join(format!("{name}.json")), text)?;
        }
        let [http, grpc, debug] = [free_port()?, free_port()?, free_port()?];
        let configuration = json!({
            "server": {
                "httpListenAddr": format!("127.0.0.1:{http}"),
                "grpcListenAddr": format!("127.0.0.1:{grpc}"),
            },
            "storage": { "driver": "disk", "disk": { "directory": policies, "watchForChanges": false } },
            "telemetry": { "disabled": true },
        });
        let file = folder.join("cerbos.yaml");
        fs::write(&file, configuration.to_string())?;
        let log = fs::File::create(folder.join("cerbos.log"))?;
        let server = Command::new(program)
            .args(["server", "--log-level", "warn", "--debug-listen-addr"])
            .arg(format!("127.0.0.1:{debug}"))
            .arg("--config")
            .arg(file)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let peer = Self {
            server,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, http)),
            policies: texts,
        };
        peer.wait()?;
        Ok(peer)
    }

    fn wait(&self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            ensure!(start.elapsed() < Duration::from_secs(30), "Cerbos does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Its own interface.
    pub(crate) fn own(&self, law: &Law, workload: &Workload<'_>, told: &[Told]) -> Target {
        let calls = workload.items.iter().zip(told).map(|(item, told)| {
            let act = &law.vocabulary.actions[workload.acts[item.act].id].name;
            let body = json!({
                "requestId": "2026-000123",
                "principal": { "id": "library-desk-3", "roles": ["clerk"], "attr": self.attributes(law, item, told) },
                "resources": [{ "actions": [act], "resource": { "kind": act, "id": "patron-17" } }],
            });
            load::post("/api/check/resources", None, body.to_string().as_bytes())
        });
        Target {
            name: "Cerbos 0.51, its own API, nothing recorded".to_owned(),
            address: self.address,
            calls: calls.collect(),
            questions: 1,
        }
    }

    /// AuthZEN, single.
    pub(crate) fn authzen(&self, law: &Law, workload: &Workload<'_>, told: &[Told]) -> Target {
        let calls = workload.items.iter().zip(told).map(|(item, told)| {
            let act = &law.vocabulary.actions[workload.acts[item.act].id].name;
            let body = super::evaluation(act, self.attributes(law, item, told));
            load::post("/access/v1/evaluation", None, body.to_string().as_bytes())
        });
        Target {
            name: "Cerbos 0.51, AuthZEN, nothing recorded".to_owned(),
            address: self.address,
            calls: calls.collect(),
            questions: 1,
        }
    }

    /// AuthZEN, so many questions in a call.
    pub(crate) fn batches(
        &self,
        law: &Law,
        workload: &Workload<'_>,
        told: &[Told],
        questions: usize,
    ) -> Target {
        let all: Vec<Value> = workload
            .items
            .iter()
            .zip(told)
            .map(|(item, told)| {
                let act = &law.vocabulary.actions[workload.acts[item.act].id].name;
                super::evaluation(act, self.attributes(law, item, told))
            })
            .collect();
        let calls = all.chunks_exact(questions).map(|chunk| {
            // It refuses a batch without a context, or with an empty one.
            let body = json!({ "context": { "desk": "library" }, "evaluations": chunk });
            load::post("/access/v1/evaluations", None, body.to_string().as_bytes())
        });
        Target {
            name: format!("Cerbos 0.51, AuthZEN, {questions} questions a call, nothing recorded"),
            address: self.address,
            calls: calls.collect(),
            questions,
        }
    }

    /// Fails unless each answer is what the rules that hold by our own reading say: denied where a
    /// forbid holds, else allowed where a permit does.
    pub(crate) fn agrees(&self, law: &Law, workload: &Workload<'_>, target: &Target) -> Result<()> {
        for (item, body) in workload.items.iter().zip(load::once(target)?) {
            let ours = allowed(law, workload, item);
            let text = String::from_utf8(body)?;
            let theirs = text.contains("EFFECT_ALLOW") || text.contains("\"decision\":true");
            ensure!(ours == theirs, "Cerbos answers otherwise than the rules: {text}");
        }
        Ok(())
    }

    /// The facts that the act's policy reads and, since Cerbos cannot know them, the terms of art
    /// already worked out.
    fn attributes(&self, law: &Law, item: &Item, told: &Told) -> Map<String, Value> {
        let policy = &self.policies[item.act];
        let facts = law.vocabulary.facts.iter().enumerate().filter_map(|(fact, known)| {
            let class = told.facts.class(fact)?;
            Some((known.name.clone(), fact_value(law, fact, class)))
        });
        let terms =
            told.terms.iter().map(|(name, holds)| (format!("term_{name}"), (*holds).into()));
        facts.chain(terms).filter(|(name, _)| policy.contains(&format!("P.attr.{name}"))).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
    }
}

fn allowed(law: &Law, workload: &Workload<'_>, item: &Item) -> bool {
    let holding: BTreeSet<_> = holding(&workload.acts[item.act], item);
    !holding.is_empty() && holding.iter().all(|&rule| law.rule(rule).modality != Modality::MustNot)
}

/// The server of the npm package, in the target folder of the benches.
fn install() -> Result<PathBuf> {
    let folder = process::project().join("bench/target/peers");
    let scope = folder.join("node_modules/@cerbos");
    if !scope.exists() {
        fs::create_dir_all(&folder)?;
        let status = Command::new("npm")
            .args(["install", "--silent", "--no-save", "--prefix"])
            .arg(&folder)
            .arg(format!("cerbos@{VERSION}"))
            .stdout(Stdio::null())
            .status()
            .context("npm is not there")?;
        ensure!(status.success(), "npm cannot install Cerbos");
    }
    for package in fs::read_dir(scope)? {
        let package = package?;
        let program = package.path().join(package.file_name());
        if program.is_file() {
            return Ok(program);
        }
    }
    bail!("the package of Cerbos brings no program for this machine")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn policy(law: &Law, act: &Act<'_>) -> Value {
    let name = &law.vocabulary.actions[act.id].name;
    let rules: Vec<Value> = act
        .rules
        .iter()
        .map(|&rule| {
            let effect = match law.rule(rule).modality {
                Modality::MustNot => "EFFECT_DENY",
                _ => "EFFECT_ALLOW",
            };
            let bound = bound_actors(law, rule)
                .map(|kinds| format!("P.attr.actor_kind in {kinds:?} && "))
                .unwrap_or_default();
            let expression = format!("{bound}{}", cel(law, &law.rule(rule).condition));
            json!({
                "name": format!("rule-{rule}"), "actions": [name], "effect": effect, "roles": ["*"],
                "condition": { "match": { "expr": expression } },
            })
        })
        .collect();
    json!({
        "apiVersion": "api.cerbos.dev/v1",
        "resourcePolicy": { "resource": name, "version": "default", "rules": rules },
    })
}

/// A condition in Cerbos' language.
fn cel(law: &Law, condition: &Condition) -> String {
    let joined = |parts: &[Condition], with: &str, none: &str| match parts {
        [] => none.to_owned(),
        parts => {
            let parts: Vec<String> = parts.iter().map(|part| cel(law, part)).collect();
            format!("({})", parts.join(with))
        }
    };
    match condition {
        Condition::All(parts) => joined(parts, " && ", "true"),
        Condition::Any(parts) => joined(parts, " || ", "false"),
        Condition::Constant(holds) => holds.to_string(),
        Condition::Not(inner) => format!("!({})", cel(law, inner)),
        Condition::Term(name) => format!("P.attr.term_{name}"),
        Condition::Below(fact, bound) => {
            format!("P.attr.{} < {bound}", law.vocabulary.facts[*fact].name)
        }
        Condition::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            format!("({} ? {} : {})", cel(law, condition), cel(law, then), cel(law, otherwise))
        }
        Condition::OneOf(fact, classes) => {
            let known = &law.vocabulary.facts[*fact];
            let chosen: Vec<String> = (0..known.classes())
                .filter(|class| classes & (1 << class) != 0)
                .map(|class| match known.domain {
                    Domain::Bool => (class == 1).to_string(),
                    _ => format!("{:?}", known.class_name(class)),
                })
                .collect();
            format!("P.attr.{} in [{}]", known.name, chosen.join(", "))
        }
    }
}
