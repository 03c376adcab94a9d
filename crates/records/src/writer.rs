//! The one writer of a database: its lock, its epoch, its transactions.
//!
//! Two servers on one database would give one number to two records. The lock (a locked file beside
//! a SQLite database; an advisory lock on the very connection that writes to PostgreSQL) keeps a
//! second one out. Should a lock ever be lost unnoticed, the epoch still keeps the older writer
//! from writing: every transaction begins by writing the row `writer` of its own epoch.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use sqlx::{Any, AnyConnection, Connection as _, Transaction};

use crate::{
    error::{Error, Result},
    rows::signed,
    schema::MIGRATING,
    store::{Backend, Remembered, Store},
};

/// Any number that no other program takes locks of; the next after that of migrating.
const WRITING: i64 = MIGRATING + 1;

/// PostgreSQL's code for a lock that somebody else holds.
const LOCKED: &str = "55P03";

pub(crate) struct Writer {
    store: Store,
    /// None after a failure, until [`Writer::ready`] makes a new one.
    connection: Option<AnyConnection>,
    epoch: i64,
    /// INVARIANT: locked as long as this writer lives. SQLite only.
    _lock: Option<File>,
}

impl Writer {
    pub(crate) async fn open(store: Store) -> Result<Self> {
        let lock = match &store.backend {
            Backend::Sqlite { path } => Some(lock_beside(path)?),
            Backend::Postgres => None,
        };
        let mut writer = Self { store, connection: None, epoch: 0, _lock: lock };
        writer.ready().await?;
        Ok(writer)
    }

    /// Connects again where a failure made it necessary, becoming the one writer anew.
    pub(crate) async fn ready(&mut self) -> Result<&mut AnyConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.store.connect().await?;
                self.epoch = take_over(&self.store.backend, &mut connection).await?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    /// Begins a transaction that no other writer, purge or hold can run beside, and writes what to
    /// remember of the ledger.
    pub(crate) async fn begin(
        &mut self,
        remembered: &Remembered,
        at_ms: i64,
    ) -> Result<Transaction<'_, Any>> {
        let epoch = self.epoch;
        let doing = "beginning a batch";
        let connection = self.ready().await?;
        let mut transaction = connection.begin().await.map_err(Error::database(doing))?;
        let fenced =
            sqlx::query("UPDATE writer SET size = $1, note = $2, at = $3 WHERE epoch = $4")
                .bind(signed(remembered.size))
                .bind(remembered.note.as_str())
                .bind(at_ms)
                .bind(epoch)
                .execute(&mut *transaction)
                .await
                .map_err(Error::database(doing))?;
        if fenced.rows_affected() == 1 { Ok(transaction) } else { Err(Error::SecondWriter) }
    }

    /// Gives the connection up after a failure: nothing of its transaction may linger.
    pub(crate) async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = connection.close().await;
        }
    }

    /// The latest time given to a record so far, in milliseconds.
    pub(crate) async fn latest(&mut self) -> Result<i64> {
        let (at,): (i64,) = sqlx::query_as("SELECT at FROM writer")
            .fetch_one(self.ready().await?)
            .await
            .map_err(Error::database("reading the latest time"))?;
        Ok(at)
    }
}

async fn take_over(backend: &Backend, connection: &mut AnyConnection) -> Result<i64> {
    let doing = "becoming the one writer";
    if *backend == Backend::Postgres {
        lock_database(connection).await?;
    }
    let (epoch,): (i64,) = sqlx::query_as("UPDATE writer SET epoch = epoch + 1 RETURNING epoch")
        .fetch_one(connection)
        .await
        .map_err(Error::database(doing))?;
    Ok(epoch)
}

/// Takes the advisory lock. It waits a little: the server may not have noticed yet that the process
/// before this one was killed.
async fn lock_database(connection: &mut AnyConnection) -> Result<()> {
    let doing = "becoming the one writer";
    sqlx::raw_sql("SET lock_timeout = '2s'")
        .execute(&mut *connection)
        .await
        .map_err(Error::database(doing))?;
    let lock = sqlx::query("SELECT 1 FROM pg_advisory_lock($1)").bind(WRITING);
    lock.execute(&mut *connection).await.map_err(|source| match &source {
        sqlx::Error::Database(error) if error.code().as_deref() == Some(LOCKED) => {
            Error::SecondWriter
        }
        _ => Error::Database { doing, source },
    })?;
    sqlx::raw_sql("SET lock_timeout = 0")
        .execute(connection)
        .await
        .map_err(Error::database(doing))?;
    Ok(())
}

fn lock_beside(database: &Path) -> Result<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let failed = |source| Error::File { doing: "lock", path: path.clone().into(), source };
    let file = File::options().append(true).create(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::SecondWriter),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Begins a small transaction beside the writer's: on the row that the writer holds during a batch,
/// so that it stands wholly before or wholly after each batch and each purge.
pub(crate) async fn begin_beside(store: &Store) -> Result<Transaction<'static, Any>> {
    let doing = "beginning a change";
    let mut transaction = store.pool.begin().await.map_err(Error::database(doing))?;
    sqlx::query("UPDATE writer SET epoch = epoch")
        .execute(&mut *transaction)
        .await
        .map_err(Error::database(doing))?;
    Ok(transaction)
}
