//! A log in a bucket of an S3-style store, kept to one writer by conditional writes.
//!
//! A file that is written once is only ever created, and the checkpoint is replaced only if it is
//! still the version that this writer has seen. A call to the store whose reply was lost and which
//! was sent again can find its own work done: after each refusal the stored bytes are compared, and
//! equal bytes are no refusal.
//!
//! A crash before the checkpoint leaves files beyond it. If their leaves are lost too, the next ones
//! are refused there for ever: whether a writer still works on such a file cannot be told, so it is
//! never overwritten. A copy, which is [`crate::export`]ed by the checkpoint, is without them.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    ClientOptions, Error as StoreError, ObjectStore, ObjectStoreExt as _, PutMode, RetryConfig,
    UpdateVersion,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::storage::Storage;

/// No file of a log is longer: 256 entries of 65,535 bytes, each with its length.
const MAX_BYTES: u64 = 256 * (2 + 65_535);

/// How many files are written at the same time.
const AT_ONCE: usize = 16;

/// How many files may wait for [`Storage::sync`].
const MAX_WAITING: usize = 128;

/// A log in a bucket.
#[derive(Debug)]
pub struct Bucket {
    client: Client,
    /// Drives the calls to the store. Each enters it from a thread of its own, so that a caller
    /// inside another runtime is served too.
    runtime: Option<Runtime>,
    waiting: Mutex<Vec<(String, Vec<u8>)>>,
    /// What [`Storage::replace`] last wrote, and the version that made.
    heads: Mutex<HashMap<String, (Vec<u8>, UpdateVersion)>>,
}

#[derive(Debug, Clone)]
struct Client {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    location: String,
}

impl Bucket {
    /// The log at `s3://bucket/prefix?endpoint=https://…&region=…`. Credentials, and the region and
    /// endpoint where the location has none, come from the environment (`AWS_ACCESS_KEY_ID`, …).
    ///
    /// # Errors
    ///
    /// The location is malformed, or the environment is.
    pub fn open(location: &str) -> Result<Self> {
        let named = location.split('?').next().unwrap_or_default();
        let wrong = |reason: String| Error::Location { location: named.to_owned(), reason };
        let url = reqwest::Url::parse(location).map_err(|error| wrong(error.to_string()))?;
        let bucket = url.host_str().ok_or_else(|| wrong("it names no bucket".to_owned()))?;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_client_options(ClientOptions::new().with_timeout(Duration::from_secs(30)))
            .with_retry(RetryConfig {
                max_retries: 4,
                retry_timeout: Duration::from_secs(60),
                ..RetryConfig::default()
            });
        for (key, value) in url.query_pairs() {
            builder = match &*key {
                "endpoint" => {
                    builder.with_allow_http(value.starts_with("http://")).with_endpoint(value)
                }
                "region" => builder.with_region(value),
                _ => return Err(wrong(format!("it has an unknown setting `{key}`"))),
            };
        }
        crate::http::use_ring();
        let store = builder.build().map_err(|error| wrong(error.to_string()))?;
        let prefix = Path::from_url_path(url.path()).map_err(|error| wrong(error.to_string()))?;
        let location = format!("s3://{bucket}{}", url.path());
        Self::over(Client { store: Arc::new(store), prefix, location })
    }

    /// A bucket in memory, to try a log without a store.
    ///
    /// # Errors
    ///
    /// The system gives no more files or threads.
    pub fn in_memory() -> Result<Self> {
        Self::over(Client {
            store: Arc::new(InMemory::new()),
            prefix: Path::default(),
            location: "memory://".to_owned(),
        })
    }

    /// Another user of the same bucket, who knows nothing of what this one has seen.
    ///
    /// # Errors
    ///
    /// The system gives no more files or threads.
    pub fn another(&self) -> Result<Self> {
        Self::over(self.client.clone())
    }

    fn over(client: Client) -> Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::file(&client.location))?;
        Ok(Self {
            client,
            runtime: Some(runtime),
            waiting: Mutex::default(),
            heads: Mutex::default(),
        })
    }

    /// Waits for calls to the store to end, on a thread outside any other runtime.
    fn wait<T: Send>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let lost = || Error::file(&self.client.location)(io::Error::other("its thread ended"));
        let runtime = self.runtime.as_ref().ok_or_else(lost)?;
        std::thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join())
            .unwrap_or_else(|_| Err(lost()))
    }
}

impl Drop for Bucket {
    /// An ordinary drop would wait for the runtime, which a caller inside another one must not.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Storage for Bucket {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let found = self.wait(self.client.get(path))?;
        Ok(found.map(|(bytes, _)| bytes))
    }

    fn write_once(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let mut waiting = lock(&self.waiting);
        waiting.push((path.to_owned(), bytes.to_vec()));
        let full = waiting.len() >= MAX_WAITING;
        drop(waiting);
        if full { self.sync() } else { Ok(()) }
    }

    fn replace(&self, path: &str, bytes: &[u8], previous: Option<&[u8]>) -> Result<()> {
        let known = lock(&self.heads).remove(path);
        let version = self.wait(self.client.replace(path, bytes, previous, known))?;
        lock(&self.heads).insert(path.to_owned(), (bytes.to_vec(), version));
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        if waiting.is_empty() { Ok(()) } else { self.wait(self.client.create_all(waiting)) }
    }

    fn discard_partials(&self, path: &str) -> Result<()> {
        self.wait(self.client.delete_below(&format!("{path}.p")))
    }
}

impl Client {
    async fn get(&self, path: &str) -> Result<Option<(Vec<u8>, UpdateVersion)>> {
        let object = match self.store.get(&self.path(path)).await {
            Ok(object) => object,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed(path, &error)),
        };
        if object.meta.size > MAX_BYTES {
            return Err(Error::Damaged {
                path: path.to_owned(),
                reason: "it is longer than any file of a log",
            });
        }
        let version = UpdateVersion {
            e_tag: object.meta.e_tag.clone(),
            version: object.meta.version.clone(),
        };
        let bytes = object.bytes().await.map_err(|error| self.failed(path, &error))?;
        Ok(Some((bytes.into(), version)))
    }

    async fn create_all(&self, files: Vec<(String, Vec<u8>)>) -> Result<()> {
        let (mut running, mut files) = (JoinSet::new(), files.into_iter());
        loop {
            while running.len() < AT_ONCE
                && let Some((path, bytes)) = files.next()
            {
                let client = self.clone();
                running.spawn(
                    async move { client.put(&path, &bytes, PutMode::Create).await.map(drop) },
                );
            }
            match running.join_next().await {
                None => return Ok(()),
                Some(Ok(done)) => done?,
                Some(Err(_)) => {
                    return Err(Error::file(&self.location)(io::Error::other(
                        "a write was broken off",
                    )));
                }
            }
        }
    }

    /// Replaces `previous`, whose version is in `known` if this writer wrote it.
    async fn replace(
        &self,
        path: &str,
        bytes: &[u8],
        previous: Option<&[u8]>,
        known: Option<(Vec<u8>, UpdateVersion)>,
    ) -> Result<UpdateVersion> {
        let Some(previous) = previous else { return self.put(path, bytes, PutMode::Create).await };
        let seen = match known.filter(|(bytes, _)| bytes == previous) {
            Some(seen) => Some(seen),
            None => self.get(path).await?.filter(|(bytes, _)| bytes == previous),
        };
        let Some((_, version)) = seen else { return Err(self.second_writer()) };
        if bytes == previous {
            // What a store has accepted is durable. A new version would put off a writer at work.
            return Ok(version);
        }
        self.put(path, bytes, PutMode::Update(version)).await
    }

    async fn delete_below(&self, path: &str) -> Result<()> {
        let found =
            self.store.list(Some(&self.path(path))).map_ok(|object| object.location).boxed();
        let deleted = self.store.delete_stream(found).try_for_each(|_| async { Ok(()) }).await;
        deleted.map_err(|error| self.failed(path, &error))
    }

    async fn put(&self, path: &str, bytes: &[u8], mode: PutMode) -> Result<UpdateVersion> {
        match self.store.put_opts(&self.path(path), bytes.to_vec().into(), mode.into()).await {
            Ok(done) => Ok(done.into()),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {
                match self.get(path).await? {
                    Some((found, version)) if found == bytes => Ok(version),
                    _ => Err(self.second_writer()),
                }
            }
            Err(error) => Err(self.failed(path, &error)),
        }
    }

    fn path(&self, path: &str) -> Path {
        self.prefix.parts().chain(path.split('/').map(Into::into)).collect()
    }

    fn second_writer(&self) -> Error {
        Error::SecondWriter { location: self.location.clone() }
    }

    fn failed(&self, path: &str, error: &StoreError) -> Error {
        Error::Unreachable {
            url: format!("{}/{path}", self.location.trim_end_matches('/')),
            reason: error.to_string(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
