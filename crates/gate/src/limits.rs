//! How much one client, and all of them together, may ask.
//!
//! Nothing is lost where a limit is met: the caller is told to come back, before its call has had
//! any effect.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// The limits of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Calls, or items of batches, that one client may make in a second; as many may come at once.
    pub calls_per_second: NonZeroU32,
    /// Calls of all clients that may be in flight.
    pub calls_at_once: usize,
    /// How long one call may take.
    pub call_timeout: Duration,
    /// The longest body, in bytes.
    pub body_bytes: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            calls_per_second: NonZeroU32::new(200_000).unwrap_or(NonZeroU32::MAX),
            calls_at_once: 4096,
            call_timeout: Duration::from_secs(30),
            body_bytes: 2 << 20,
        }
    }
}

/// The limits at work.
#[derive(Debug)]
pub struct Limits {
    rules: Rules,
    clients: RateLimiter<u64, DashMapStateStore<u64>, DefaultClock>,
    clock: DefaultClock,
    places: Arc<Semaphore>,
    /// Calls since the clients were last thinned out.
    since_thinning: AtomicU32,
}

/// How many calls pass between two rounds of forgetting clients that have been quiet.
const THINNING: u32 = 100_000;

impl Limits {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            clients: RateLimiter::dashmap(Quota::per_second(rules.calls_per_second)),
            clock: DefaultClock::default(),
            places: Arc::new(Semaphore::new(rules.calls_at_once)),
            since_thinning: AtomicU32::new(0),
        }
    }

    /// The limits as they were set.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes `items` from what the client may ask in this second.
    ///
    /// # Errors
    ///
    /// [`Error::TooFast`] where they do not fit now, [`Error::TooMany`] where they never will.
    pub fn take(&self, client: u64, items: u32) -> Result<()> {
        let Some(items) = NonZeroU32::new(items) else { return Ok(()) };
        self.thin_out();
        match self.clients.check_key_n(&client, items) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Err(Error::TooFast { client, retry_after: wait.as_secs().saturating_add(1) })
            }
            Err(_) => Err(Error::TooMany { client, limit: self.rules.calls_per_second.get() }),
        }
    }

    /// A place among the calls in flight, held until it is dropped.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::Busy { limit: self.rules.calls_at_once })
    }

    /// The number of calls in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.rules.calls_at_once.saturating_sub(self.places.available_permits())
    }

    fn thin_out(&self) {
        if self.since_thinning.fetch_add(1, Ordering::Relaxed) >= THINNING {
            self.since_thinning.store(0, Ordering::Relaxed);
            self.clients.retain_recent();
        }
    }
}
