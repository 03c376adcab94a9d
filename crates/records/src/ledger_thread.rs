//! The ledger on a thread of its own: its calls block, and its storage may bring a runtime of its
//! own that must neither run nor be dropped inside another.

use std::sync::mpsc;

use bylaw_ledger::Log;
use tokio::sync::oneshot;

use crate::error::{Error, Result};

type Job = Box<dyn FnOnce(&mut Log) + Send>;

pub(crate) struct LedgerThread {
    jobs: mpsc::Sender<Job>,
    ended: oneshot::Receiver<()>,
}

impl LedgerThread {
    pub(crate) fn start(mut log: Log) -> Result<Self> {
        let (jobs, work) = mpsc::channel::<Job>();
        let (end, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || {
                for job in work {
                    job(&mut log);
                }
                drop(log);
                let _ = end.send(());
            })
            .map_err(|_| Error::LedgerThread)?;
        Ok(Self { jobs, ended })
    }

    /// Does something with the log, and waits for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Log) -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |log| {
            let _ = answer.send(work(log));
        });
        self.jobs.send(job).map_err(|_| Error::LedgerThread)?;
        answered.await.map_err(|_| Error::LedgerThread)
    }

    /// Ends the thread; the log is closed, and its lock free, on return.
    pub(crate) async fn end(self) {
        drop(self.jobs);
        let _ = self.ended.await;
    }
}
