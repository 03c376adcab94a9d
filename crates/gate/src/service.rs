//! What all calls share: the law in force, the record store, the clients, the limits.
//!
//! The law is one [`LoadedLaw`] behind an atomic pointer. A call takes it once, with its
//! [`Caller`], and ends under it, whatever is loaded meanwhile.

mod loaded;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use bylaw_law::{Law, LoadError, Scratch, SourceFile, Word};
use bylaw_ledger::{Storage, VerifierKey, witness::Witness};
use bylaw_records::{Entry, Kind, Recorded, Recorder, Store};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub use self::loaded::LoadedLaw;
use crate::{
    clients::{Caller, Clients, Credential},
    error::{Error, Result},
    limits::{Limits, Rules},
    metrics::{Metrics, Moment},
};

/// How a service behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where callers reach it, without a slash at the end: `https://bylaw.example.gov`.
    pub public_url: String,
    /// The zone in which a day begins.
    pub time_zone: TimeZone,
    /// How long a client that was looked up is taken as known, and one that was not as unknown.
    pub clients_remembered_for: Duration,
    /// How much may be asked.
    pub limits: Rules,
    /// The retention rule of each kind of record; a kind without one is kept for ever.
    pub retention: BTreeMap<Kind, String>,
}

/// What a service is put together from.
pub struct Parts {
    /// The law to begin with.
    pub law: Law,
    /// The files that it was loaded from.
    pub files: Vec<SourceFile>,
    /// The private records, and the clients.
    pub store: Store,
    /// What makes decisions durable.
    pub recorder: Recorder,
    /// The log's files, to be read only.
    pub ledger: Arc<dyn Storage>,
    /// The keys by which the log's checkpoints are verified.
    pub keys: Vec<VerifierKey>,
    /// Where this service is a witness for other logs.
    pub witness: Option<Arc<Witness>>,
}

/// What all calls share.
pub struct Service {
    law: ArcSwap<LoadedLaw>,
    /// Held while a law is loaded, so that of two the later one stays.
    loading: tokio::sync::Mutex<()>,
    refused_law: Mutex<Option<Arc<LoadError>>>,
    store: Store,
    recorder: Recorder,
    clients: Clients,
    pub(crate) ledger: Arc<dyn Storage>,
    pub(crate) keys: Vec<VerifierKey>,
    pub(crate) witness: Option<Arc<Witness>>,
    troubles: Mutex<BTreeMap<&'static str, String>>,
    settings: Settings,
    /// How much may be asked.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Metrics,
}

impl Service {
    /// Puts a service together; the law's files are archived before anything is decided by them.
    ///
    /// # Errors
    ///
    /// [`Error::Records`] where the files cannot be archived.
    pub async fn open(parts: Parts, settings: Settings) -> Result<Arc<Self>> {
        let Parts { law, files, store, recorder, ledger, keys, witness } = parts;
        let law = LoadedLaw::new(law, &files, recorder.now());
        law.archive(&store, &files).await?;
        Ok(Arc::new(Self {
            law: ArcSwap::from_pointee(law),
            loading: tokio::sync::Mutex::default(),
            refused_law: Mutex::default(),
            store,
            recorder,
            clients: Clients::new(settings.clients_remembered_for),
            ledger,
            keys,
            witness,
            troubles: Mutex::default(),
            limits: Limits::new(settings.limits),
            metrics: Metrics::new(),
            settings,
        }))
    }

    /// The law in force.
    #[must_use]
    pub fn law(&self) -> Arc<LoadedLaw> {
        self.law.load_full()
    }

    /// Puts another law in force, all of it at once; calls in flight end under the one before.
    ///
    /// # Errors
    ///
    /// [`Error::Law`] where it does not load, [`Error::Records`] where its files cannot be
    /// archived. Either way the law before stays in force.
    pub async fn replace_law(&self, files: Vec<SourceFile>) -> Result<Arc<LoadedLaw>> {
        let _one_at_a_time = self.loading.lock().await;
        let outcome = self.load(files).await;
        self.metrics.law_loaded(outcome.is_ok());
        let (refused, trouble) = match &outcome {
            Ok(_) => (None, None),
            Err(Error::Law(error)) => (Some(Arc::new(error.clone())), None),
            // It may be a good law: it is the archive that failed.
            Err(error) => (self.refused_law(), Some(error.outside())),
        };
        *self.refused_law.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        self.trouble("law", trouble);
        outcome
    }

    async fn load(&self, files: Vec<SourceFile>) -> Result<Arc<LoadedLaw>> {
        let now = self.now();
        let (law, files) = tokio::task::spawn_blocking(move || {
            Law::load(&files).map(|law| (LoadedLaw::new(law, &files, now), files))
        })
        .await
        .map_err(|_| Error::Internal { what: "the law" })??;
        // Archived first: a crash between the two leaves an archived law that nothing was decided
        // by. The other way round it would leave decisions that nobody can replay.
        law.archive(&self.store, &files).await?;
        let law = Arc::new(law);
        self.law.store(Arc::clone(&law));
        Ok(law)
    }

    /// Who calls, with the law to decide by.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`], [`Error::TooFast`]; [`Error::UnknownJurisdiction`] or
    /// [`Error::Mapping`] where the client's scope does not fit the law in force.
    pub async fn caller(
        &self,
        bearer: Option<&str>,
        certificate: Option<[u8; 32]>,
    ) -> Result<Caller> {
        let credential = Credential::of(bearer, certificate)?;
        let client = self.clients.find(&self.store, credential, self.today()).await?;
        tracing::Span::current().record("client", client.number);
        self.limits.take(client.number, 1)?;
        let law = self.law();
        let mapping = law.mapping_of(&client)?;
        Ok(Caller {
            client: client.number,
            name: Arc::from(client.name.as_str()),
            jurisdiction: Arc::from(client.jurisdiction.as_str()),
            mapping,
            law,
        })
    }

    /// Makes entries durable; a caller is answered only after this.
    ///
    /// # Errors
    ///
    /// [`Error::NotRecorded`]: no answer may be given.
    pub async fn record(&self, mut entries: Vec<Entry>) -> Result<Vec<Recorded>> {
        for entry in &mut entries {
            if entry.retention.is_none() {
                entry.retention = self.settings.retention.get(&entry.kind).cloned();
            }
        }
        self.recorder.record(entries).await.map_err(Error::NotRecorded)
    }

    /// Counts an answer that was recorded, and adds it to the call's span.
    pub fn answered(&self, endpoint: &'static str, caller: &Caller, word: Word, record: u64) {
        self.metrics.answered(endpoint, &caller.jurisdiction, caller.client, word);
        let span = tracing::Span::current();
        span.record("answer", word.name());
        span.record("record", record);
    }

    /// The time by the recorder's clock, which never runs backwards.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.recorder.now()
    }

    /// The day, in the service's time zone: by the clock alone, so that a clock that was wrong and
    /// is put right does not leave answers on a day that has not come.
    #[must_use]
    pub fn today(&self) -> Date {
        self.recorder.wall_time().to_zoned(self.settings.time_zone.clone()).date()
    }

    /// Where callers reach the service, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// The private records.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What makes decisions durable.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Shows on `/healthz` what some work in the background has met, or that it works again.
    ///
    /// `what` must hold no personal data and no secret: the page is open to all.
    pub fn trouble(&self, work: &'static str, what: Option<String>) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            Some(what) => troubles.insert(work, what),
            None => troubles.remove(work),
        };
    }

    pub(crate) fn troubles(&self) -> BTreeMap<&'static str, String> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the law that was offered last did not load.
    pub(crate) fn refused_law(&self) -> Option<Arc<LoadError>> {
        self.refused_law.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn moment(&self) -> Moment {
        let recorder = self.recorder.status();
        Moment {
            in_flight: self.limits.in_flight(),
            queue: recorder.queued,
            log_size: recorder.size,
            recording: recorder.trouble.is_none(),
            law_loaded_at: self.law.load().loaded_at.as_second(),
        }
    }
}

/// Lends this thread's working memory for decisions. It is kept from one decision to the next.
pub fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => work(&mut scratch),
        // Lent already: `work` called this function again.
        Err(_) => work(&mut Scratch::default()),
    })
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("law", &self.law.load().sources).finish_non_exhaustive()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("files", &self.files.len()).finish_non_exhaustive()
    }
}
