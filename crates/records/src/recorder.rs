//! The one recorder of a deployment: makes entries durable in the database and the ledger together.
//!
//! Callers hand over entries and wait. What waits at the same time is written as one batch, so a
//! thousand callers cost hardly more disk flushes than one. How much may wait is bounded: beyond
//! it, callers are held back for a while and then told that the recorder is busy.

mod frontier;
mod recover;
mod work;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bylaw_ledger::Log;
use jiff::{Timestamp, civil::Date};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    time::timeout,
};

use crate::{
    Entry, Recorded,
    error::{Error, Result},
    purge::{Purged, Rule, Step},
    store::Store,
};

use work::{Draft, Job, Waiting, Worker};

/// Makes entries durable in the database and the ledger. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    store: Store,
    jobs: mpsc::UnboundedSender<Job>,
    /// One permit for each entry that may wait or be in work.
    room: Arc<Semaphore>,
    limit: usize,
    patience: Duration,
    clock: Arc<SteadyClock>,
    state: watch::Receiver<State>,
}

/// How a recorder works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Tells the time.
    pub clock: Clock,
    /// How many entries may wait or be in work.
    pub limit: usize,
    /// How long a caller is held back where there is no room, before it is told so.
    pub patience: Duration,
    /// How many entries one batch may have.
    pub batch: usize,
    /// How long to wait after a failure before looking again whether it works.
    pub retry: Duration,
    /// How long a batch may take, connecting included, before that counts as trouble.
    pub slow: Duration,
    /// Whether to go on with a database that was restored from a backup older than the ledger: the
    /// numbers it lacks are marked as lost for ever, and a record says so. For one start only.
    pub accept_gap: bool,
}

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

/// How the recorder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How many entries are in the ledger and acknowledged.
    pub size: u64,
    /// How many entries wait or are in work.
    pub queued: usize,
    /// Why it cannot record now; for operators. None while it can.
    pub trouble: Option<String>,
    /// How many leaves the ledger lacked after failures or at the start, and was given again.
    pub appended_again: u64,
    /// Whether the ledger once was smaller than the database remembered it: then somebody has put
    /// an older copy in its place. It has been completed from the database.
    pub ledger_was_older: bool,
    /// By how many seconds the records' time is ahead of the clock, where that is more than five
    /// minutes: the clock once was wrong. Nothing is purged while it lasts.
    pub clock_ahead: Option<u64>,
}

/// By how many seconds the records' time may be ahead of the clock.
const CLOCK_AHEAD: u64 = 300;

/// What the worker tells of itself.
#[derive(Debug, Clone, Default)]
struct State {
    size: u64,
    trouble: Option<String>,
    appended_again: u64,
    ledger_was_older: bool,
}

impl Recorder {
    /// Starts recording: becomes the one writer, compares database and ledger, and gives the ledger
    /// the leaves that a crash has kept from it.
    ///
    /// Must be called in a tokio runtime; the recorder works there until it is closed, or the last
    /// clone of it is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::SecondWriter`], [`Error::RestoredOlder`], [`Error::NotOne`], or the database or the
    /// ledger failed.
    pub async fn start(store: Store, log: Log, options: Options) -> Result<Self> {
        let clock = Arc::new(SteadyClock::new(options.clock.clone()));
        let (tell, state) = watch::channel(State::default());
        let (jobs, work) = mpsc::unbounded_channel();
        let worker =
            Worker::start(store.clone(), log, &options, Arc::clone(&clock), tell, work).await?;
        tokio::spawn(worker.run());
        let limit = options.limit.clamp(1, Semaphore::MAX_PERMITS);
        let room = Arc::new(Semaphore::new(limit));
        Ok(Self { store, jobs, room, limit, patience: options.patience, clock, state })
    }

    /// Records entries, all or none, under numbers that follow each other. On return they are
    /// durable in the database and the ledger.
    ///
    /// A caller that stops waiting may find its entries recorded all the same.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where too much waits already, [`Error::NotRecorded`] where they could not be
    /// made durable, [`Error::Closed`]. In each case no answer may be given that rests on them.
    pub async fn record(&self, entries: Vec<Entry>) -> Result<Vec<Recorded>> {
        let count = entries.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let too_many = || Error::TooMany { entries: count, limit: self.limit };
        let permits =
            u32::try_from(count).ok().filter(|_| count <= self.limit).ok_or_else(too_many)?;
        let room = Arc::clone(&self.room).acquire_many_owned(permits);
        let room = match timeout(self.patience, room).await {
            Ok(room) => room.map_err(|_| Error::Closed)?,
            Err(_) => return Err(Error::Busy),
        };
        let drafts = entries.into_iter().map(Draft::seal).collect::<Result<Vec<_>>>()?;
        self.ask(|answer| Job::Record(Waiting { drafts, answer, room })).await
    }

    /// The time for a record to carry. It never runs backwards, whatever the system's clock does,
    /// over restarts too. In whole milliseconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many entries may wait or be in work; more than that at once are never recorded.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// The time by the clock alone: for what depends on the day it is, and not on an order of
    /// records. A clock that was wrong and is put right is right here at once.
    #[must_use]
    pub fn wall_time(&self) -> Timestamp {
        (self.clock.clock.0)()
    }

    /// How the recorder is. Costs nothing.
    #[must_use]
    pub fn status(&self) -> Status {
        let State { size, trouble, appended_again, ledger_was_older } = self.state.borrow().clone();
        let queued = self.limit.saturating_sub(self.room.available_permits());
        let clock_ahead = self.clock.ahead();
        Status { size, queued, trouble, appended_again, ledger_was_older, clock_ahead }
    }

    /// Waits until the ledger has grown beyond `size`, or the recorder has ended. Returns its size.
    pub async fn grown(&self, size: u64) -> u64 {
        let mut state = self.state.clone();
        let _ = state.wait_for(|state| state.size > size).await;
        state.borrow().size
    }

    /// Destroys the keys of all records that are older than their rules allow, a few thousand at a
    /// time, each time with a record that says so; then cleans the database's own log of them.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] while a hold stands open, [`Error::ClockAhead`] after the clock was wrong,
    /// [`Error::NotScrubbed`] where only the cleaning failed, or else as for [`Recorder::record`].
    pub async fn purge(&self, rules: &[Rule], today: Date) -> Result<Purged> {
        if let Some(seconds) = self.clock.ahead() {
            return Err(Error::ClockAhead { seconds });
        }
        let mut purged = Purged::default();
        for rule in rules {
            let Some(through) = rule.through(today) else { continue };
            let step = Step { rule: rule.clone(), through, on: today };
            while let Some((count, recorded)) =
                self.ask(|answer| Job::Purge(step.clone(), answer)).await?
            {
                purged.records += count;
                purged.recorded.push(recorded.number);
            }
        }
        // Also where nothing was due: a crash may have cut off the purge before, just here.
        self.store.scrub().await?;
        Ok(purged)
    }

    /// Records the holds that were placed or lifted since the last time, and lets the database
    /// remember the ledger as it is now. To be called now and then.
    ///
    /// # Errors
    ///
    /// As for [`Recorder::record`].
    pub async fn housekeeping(&self) -> Result<()> {
        self.ask(Job::Holds).await
    }

    /// Records what waits, takes nothing more, and gives database and ledger free.
    pub async fn close(&self) {
        // An error means that it is closed already.
        let _: Result<()> = self.ask(Job::Close).await;
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T>>) -> Job) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(job(answer)).map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::new(Timestamp::now),
            limit: 16_384,
            patience: Duration::from_secs(2),
            batch: 2_048,
            retry: Duration::from_secs(1),
            slow: Duration::from_secs(10),
            accept_gap: false,
        }
    }
}

impl Clock {
    /// A clock that asks a function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// A clock that never runs backwards.
#[derive(Debug)]
struct SteadyClock {
    clock: Clock,
    /// In milliseconds since 1970.
    latest: Mutex<i64>,
}

impl SteadyClock {
    const fn new(clock: Clock) -> Self {
        Self { clock, latest: Mutex::new(0) }
    }

    fn now(&self) -> Timestamp {
        let now = (self.clock.0)();
        Timestamp::from_millisecond(self.not_before(now.as_millisecond())).unwrap_or(now)
    }

    /// By how many seconds the latest time is ahead of the clock, where that cannot be a clock
    /// that is merely being adjusted.
    fn ahead(&self) -> Option<u64> {
        let now = (self.clock.0)().as_millisecond();
        let ahead = self.not_before(i64::MIN).saturating_sub(now);
        u64::try_from(ahead).ok().map(|ahead| ahead / 1_000).filter(|&ahead| ahead > CLOCK_AHEAD)
    }

    /// The later of a time and the latest given so far, which it becomes.
    fn not_before(&self, time_ms: i64) -> i64 {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = time_ms.max(*latest);
        *latest
    }
}
