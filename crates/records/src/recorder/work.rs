//! The task that writes.
//!
//! # What a crash leaves
//!
//! 1. Before the commit: nothing. No caller was answered.
//! 2. After the commit, before the ledger's checkpoint: rows whose leaves the ledger lacks. No
//!    caller was answered. The next start appends these leaves, in the same order: the ledger
//!    becomes what it would have been, and the records are as good as any others.
//! 3. After the checkpoint, before the answers: records that are whole in both places, and callers
//!    who do not know.
//!
//! A failure without a crash is treated as one: everybody who waits is told, both sides are read
//! again as at a start, and only then is anything new written.

use std::{pin::pin, sync::Arc};

use bylaw_ledger::Log;
use jiff::{Timestamp, tz::TimeZone};
use sqlx::AnyConnection;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot, watch},
    time::timeout,
};

use super::{Options, State, SteadyClock};
use crate::{
    Entry, Kind, Recorded,
    error::{Error, Result},
    holds,
    ledger_thread::LedgerThread,
    purge::{self, Step},
    rows::{self, NewRow},
    seal::{self, Sealed},
    store::{Remembered, Store},
    writer::Writer,
};

/// What the worker is asked to do.
pub(super) enum Job {
    Record(Waiting),
    Purge(Step, oneshot::Sender<Result<Option<(u64, Recorded)>>>),
    Holds(oneshot::Sender<Result<()>>),
    Close(oneshot::Sender<Result<()>>),
}

/// Entries of one caller, who waits for them to be durable.
pub(super) struct Waiting {
    pub(super) drafts: Vec<Draft>,
    pub(super) answer: oneshot::Sender<Result<Vec<Recorded>>>,
    pub(super) room: OwnedSemaphorePermit,
}

/// An entry, sealed but not numbered yet.
pub(super) struct Draft {
    kind: Kind,
    retention: Option<String>,
    reference: Option<[u8; 32]>,
    sealed: Sealed,
}

/// What one batch writes.
enum Batch {
    Drafts(Vec<Draft>),
    Purge(Step),
    Holds,
}

pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) writer: Writer,
    pub(super) ledger: LedgerThread,
    pub(super) clock: Arc<SteadyClock>,
    pub(super) tell: watch::Sender<State>,
    /// The ledger's size, which is the next number. Right as long as `ready`.
    pub(super) size: u64,
    pub(super) remembered: Remembered,
    /// False after a failure, until both sides have been read again.
    pub(super) ready: bool,
    jobs: mpsc::UnboundedReceiver<Job>,
    batch: usize,
    retry: std::time::Duration,
    slow: std::time::Duration,
}

impl Draft {
    /// Seals an entry: at the caller's, so that many are sealed at a time.
    pub(super) fn seal(entry: Entry) -> Result<Self> {
        let sealed = seal::seal(entry.kind, &entry.body)?;
        let Entry { kind, retention, reference, .. } = entry;
        Ok(Self { kind, retention, reference, sealed })
    }
}

impl Worker {
    pub(super) async fn start(
        store: Store,
        log: Log,
        options: &Options,
        clock: Arc<SteadyClock>,
        tell: watch::Sender<State>,
        jobs: mpsc::UnboundedReceiver<Job>,
    ) -> Result<Self> {
        // First of all: the log may only be dropped on its own thread.
        let ledger = LedgerThread::start(log)?;
        let writer = match Writer::open(store.clone()).await {
            Ok(writer) => writer,
            Err(error) => {
                ledger.end().await;
                return Err(error);
            }
        };
        let mut worker = Self {
            writer,
            store,
            ledger,
            clock,
            tell,
            size: 0,
            remembered: Remembered { size: 0, note: String::new() },
            ready: false,
            jobs,
            batch: options.batch.max(1),
            retry: options.retry,
            slow: options.slow,
        };
        match worker.compare(options.accept_gap).await {
            Ok(()) => Ok(worker),
            Err(error) => {
                worker.end().await;
                Err(error)
            }
        }
    }

    /// Works until it is closed or nobody can ask any more.
    pub(super) async fn run(mut self) {
        let mut set_aside = None;
        let mut closing = None;
        loop {
            let next = match set_aside.take() {
                Some(job) => Some(job),
                None => self.next().await,
            };
            match next {
                Some(Job::Record(first)) => set_aside = self.record(first).await,
                Some(Job::Purge(step, answer)) => {
                    let purged = self.write(Batch::Purge(step)).await;
                    let _ = answer
                        .send(purged.map(|(count, written)| Some((count, *written.first()?))));
                }
                Some(Job::Holds(answer)) => {
                    let _ = answer.send(self.write(Batch::Holds).await.map(|_| ()));
                }
                Some(Job::Close(answer)) => {
                    // What was handed over before is still there to be received.
                    self.jobs.close();
                    closing = Some(answer);
                }
                None => break,
            }
        }
        self.end().await;
        if let Some(answer) = closing {
            let _ = answer.send(Ok(()));
        }
    }

    /// The next job; while nothing can be recorded, looks now and then whether it can again.
    async fn next(&mut self) -> Option<Job> {
        loop {
            if self.ready {
                return self.jobs.recv().await;
            }
            match timeout(self.retry, self.jobs.recv()).await {
                Ok(job) => return job,
                Err(_) => {
                    let recovered = self.recover().await;
                    self.note(recovered).await.ok();
                }
            }
        }
    }

    /// Records what one caller brings and what others have brought by now, as one batch. Returns
    /// the job that came next and is of another kind.
    async fn record(&mut self, first: Waiting) -> Option<Job> {
        let mut count = first.drafts.len();
        let mut batch = vec![first];
        let mut other = None;
        while count < self.batch {
            match self.jobs.try_recv() {
                Ok(Job::Record(waiting)) => {
                    count += waiting.drafts.len();
                    batch.push(waiting);
                }
                Ok(job) => {
                    other = Some(job);
                    break;
                }
                Err(_) => break,
            }
        }
        let mut drafts = Vec::with_capacity(count);
        let mut callers = Vec::with_capacity(batch.len());
        for mut waiting in batch {
            callers.push((waiting.drafts.len(), waiting.answer, waiting.room));
            drafts.append(&mut waiting.drafts);
        }
        match self.write(Batch::Drafts(drafts)).await {
            Ok((_, written)) => {
                let mut written = written.into_iter();
                for (count, answer, room) in callers {
                    drop(room);
                    let _ = answer.send(Ok(written.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for (_, answer, room) in callers {
                    drop(room);
                    let _ = answer.send(Err(Error::NotRecorded { source: Arc::clone(&error) }));
                }
            }
        }
        other
    }

    /// Writes a batch, after what went wrong before has been put right. Returns how many records it
    /// purged, and what it recorded.
    async fn write(&mut self, batch: Batch) -> Result<(u64, Vec<Recorded>)> {
        let (tell, slow) = (self.tell.clone(), self.slow);
        let written = {
            let mut writing = pin!(async {
                self.recover().await?;
                self.write_batch(batch).await
            });
            match timeout(slow, &mut writing).await {
                Ok(written) => written,
                // It is not given up, since it may be done yet; but who looks is told meanwhile.
                Err(_) => {
                    tracing::error!("the database or the ledger does not answer");
                    let trouble = "the database or the ledger does not answer".to_owned();
                    tell.send_modify(|state| state.trouble = Some(trouble));
                    writing.await
                }
            }
        };
        self.note(written).await
    }

    async fn write_batch(&mut self, batch: Batch) -> Result<(u64, Vec<Recorded>)> {
        let now = self.clock.now();
        let first = self.size;
        let mut transaction = self.writer.begin(&self.remembered, now.as_millisecond()).await?;
        let (purged, drafts) = match drafts(&self.store, &mut transaction, batch, first, now).await
        {
            Ok(drafts) => drafts,
            Err(error) => {
                // Merely dropped, it would end with the next batch only, and until then keep the
                // hold that is in its way from being lifted.
                let _ = transaction.rollback().await;
                return Err(error);
            }
        };
        let rows = number(&self.store, drafts, first, now)?;
        let leaves: Vec<_> = rows.iter().map(|row| row.leaf).collect();
        rows::insert(&mut transaction, rows, self.store.key.id()).await?;
        transaction.commit().await.map_err(Error::database("committing a batch"))?;
        self.append(leaves.iter().map(|leaf| leaf.to_vec()).collect(), now).await?;
        let recorded = (first..).zip(leaves).map(|(number, leaf)| Recorded { number, leaf });
        Ok((purged, recorded.collect()))
    }

    /// Appends leaves to the ledger; on return they are durable, and so is a checkpoint over them.
    pub(super) async fn append(&mut self, leaves: Vec<Vec<u8>>, now: Timestamp) -> Result<()> {
        if leaves.is_empty() {
            return Ok(());
        }
        let expected = self.size + u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        let seconds = now.as_second().unsigned_abs();
        self.remembered = self
            .ledger
            .run(move |log| {
                let head = log.append(&leaves, seconds)?;
                Ok::<_, Error>(Remembered { size: head.checkpoint.size, note: head.note() })
            })
            .await??;
        if self.remembered.size != expected {
            return Err(Error::NotOne { number: self.size });
        }
        self.size = expected;
        Ok(())
    }

    /// Tells how it went. After a failure nothing is taken for granted any more.
    async fn note<T>(&mut self, outcome: Result<T>) -> Result<T> {
        let trouble = match &outcome {
            // A hold is no failure: the transaction was given up before it wrote anything.
            Ok(_) | Err(Error::Held { .. }) => None,
            Err(error) => {
                self.ready = false;
                self.writer.disconnect().await;
                Some(error.line())
            }
        };
        let size = self.size;
        self.tell.send_modify(|state| {
            if state.trouble != trouble {
                match &trouble {
                    Some(trouble) => tracing::error!(trouble, "nothing can be recorded"),
                    None => tracing::info!(size, "recording again"),
                }
            }
            state.size = state.size.max(size);
            state.trouble = trouble;
        });
        outcome
    }

    /// Lets the database remember the ledger as it is in the end, and gives both free.
    async fn end(mut self) {
        if self.ready {
            let _ = self.write(Batch::Drafts(Vec::new())).await;
        }
        self.writer.disconnect().await;
        self.ledger.end().await;
    }
}

/// What a batch is to write, the first of it under the number `first`, and how many records it has
/// purged.
async fn drafts(
    store: &Store,
    transaction: &mut AnyConnection,
    batch: Batch,
    first: u64,
    now: Timestamp,
) -> Result<(u64, Vec<Draft>)> {
    let (purged, entries) = match batch {
        Batch::Drafts(drafts) => return Ok((0, drafts)),
        Batch::Purge(step) => {
            let purged = purge::step(transaction, &step, now).await?;
            purged.map_or((0, Vec::new()), |(entry, purged)| (purged, vec![entry]))
        }
        Batch::Holds => (0, holds::witness(store, transaction, first, now).await?),
    };
    Ok((purged, entries.into_iter().map(Draft::seal).collect::<Result<_>>()?))
}

pub(super) fn number(
    store: &Store,
    drafts: Vec<Draft>,
    first: u64,
    now: Timestamp,
) -> Result<Vec<NewRow>> {
    let day = now.to_zoned(TimeZone::UTC).date();
    let row = |(number, draft): (u64, Draft)| {
        let Draft { kind, retention, reference, sealed } = draft;
        let key = sealed.wrapped_key(&store.key, number)?;
        let Sealed { leaf, text, .. } = sealed;
        Ok(NewRow { number, leaf, kind, day, retention, reference, sealed: Some((key, text)) })
    };
    (first..).zip(drafts).map(row).collect()
}
