//! The audit of logs on more machines than one.
//!
//! The decision is the single machine's own ([`deciding`]); DataFusion and Ballista carry rows to it and
//! findings away. A file of a log is read by one executor ([`table`], [`read`], [`rows`]), which decides its
//! rows ([`decide`], [`findings`]) and writes what it found. docs/cluster.md says when it is worth it.

mod asking;
mod audit;
mod codec;
mod decide;
mod deciding;
mod findings;
mod known;
mod local;
mod read;
mod rows;
mod session;
mod table;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use asking::{Asking, File};
use bylaw_audit::log::finding::Key;
use clap::{Args, Parser};

/// Audits logs on more machines than one.
#[derive(Parser)]
#[command(version)]
enum Command {
    /// Hands out files to executors.
    Scheduler {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
        bind: SocketAddr,
    },
    /// Reads and decides the files that the scheduler hands out.
    Executor {
        /// The scheduler.
        #[arg(long, value_name = "HOST:PORT")]
        scheduler: String,
        /// Where others fetch results; port 0 takes a free one.
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
        bind: SocketAddr,
        /// Files at a time; 0 stands for the number of cores.
        #[arg(long, default_value_t = 0)]
        cores: usize,
    },
    /// Audits files that every executor sees under the same path.
    Audit {
        /// The scheduler.
        #[arg(long, value_name = "HOST:PORT", env = "BYLAW_SCHEDULER")]
        scheduler: String,
        #[command(flatten)]
        what: What,
    },
    /// Audits files on this machine alone, for comparison.
    Local {
        #[command(flatten)]
        what: What,
    },
}

#[derive(Args)]
struct What {
    /// The files of the log.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Whose law: a folder of the packs.
    #[arg(long)]
    jurisdiction: String,
    /// Whose log it is, where its rows do not say.
    #[arg(long)]
    owner: Option<String>,
    /// What the owner is by the law's word, such as `city_police`.
    #[arg(long)]
    actor: Option<String>,
    /// The format of all files, by its name or a file of your own.
    #[arg(long)]
    format: Option<String>,
    /// A registry of organizations.
    #[arg(long)]
    registry: Vec<PathBuf>,
    /// The folder for what is found.
    #[arg(long, short)]
    output: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let log = env_logger::Env::default().default_filter_or("warn,bylaw_cluster=info");
    env_logger::Builder::from_env(log).init();
    match Command::parse() {
        Command::Scheduler { bind } => session::schedule(bind).await,
        Command::Executor { scheduler, bind, cores } => {
            session::execute(&scheduler, bind, cores).await
        }
        Command::Audit { scheduler, what } => {
            audit::run(&scheduler, &what.files, &what.asking()?, &what.output).await
        }
        Command::Local { what } => local::run(&what.files, &what.asking()?, &what.output),
    }
}

impl What {
    fn asking(&self) -> Result<Asking> {
        let jurisdiction = known::law()?.find_jurisdiction(&self.jurisdiction)?;
        let mut asking = Asking {
            jurisdiction: self.jurisdiction.clone(),
            law: jurisdiction.hash.to_string(),
            lexicon: known::lexicon()?.version().to_owned(),
            owner: self.owner.clone(),
            actor: self.actor.clone(),
            format: self.format.clone(),
            formats: Vec::new(),
            registries: self.registry.iter().map(|path| file(path)).collect::<Result<_>>()?,
            key: Key::random()?.bytes(),
        };
        if let Some(path) = self.format.as_ref().filter(|format| format.ends_with(".toml")) {
            asking.formats.push(file(Path::new(path))?);
            // A user's own formats come before the built-in ones.
            asking.format = asking.formats()?.names().next().map(str::to_owned);
        }
        Ok(asking)
    }
}

fn file(path: &Path) -> Result<File> {
    let text = fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(File { name: path.display().to_string(), text })
}
