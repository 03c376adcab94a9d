//! The audit of logs on more machines than one.
//!
//! `docs/audit.md` says when it is worth it. The decision is the single machine's own; DataFusion and
//! Ballista carry rows to it and findings away.

mod asking;
mod audit;
mod codec;
mod decide;
mod engine;
mod rows;
mod session;
mod table;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::Parser;

/// Audits logs on more machines than one.
#[derive(Parser)]
#[command(version)]
enum Command {
    /// Hands out work to executors.
    Scheduler {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:50050")]
        bind: SocketAddr,
    },
    /// Decides what the scheduler hands out.
    Executor {
        /// The scheduler's HOST:PORT.
        #[arg(long)]
        scheduler: String,
        /// Where others fetch results; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        bind: SocketAddr,
        /// Files decided at a time; 0 stands for the number of cores.
        #[arg(long, default_value_t = 0)]
        cores: usize,
    },
    /// Audits files that every executor sees under the same path.
    Audit {
        #[arg(long)]
        scheduler: String,
        files: Vec<PathBuf>,
        #[arg(long)]
        jurisdiction: String,
        #[arg(long)]
        owner: Option<String>,
        #[arg(long, short)]
        output: PathBuf,
    },
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
        Command::Audit { scheduler, files, jurisdiction, owner, output } => {
            let asking = asking::Asking { jurisdiction, law: String::new(), owner, actor: None };
            audit::run(&scheduler, &files, &asking, &output).await
        }
    }
}
