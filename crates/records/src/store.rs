//! The database: SQLite or PostgreSQL, the same tables and the same SQL.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sqlx::{
    AnyConnection, AnyPool, ConnectOptions as _, Connection as _,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::{
    error::{Error, Result},
    key::DeploymentKey,
    schema,
};

/// The private records' database, with the key that opens them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: AnyPool,
    pub(crate) backend: Backend,
    pub(crate) key: DeploymentKey,
    options: AnyConnectOptions,
}

/// What the database remembers of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The ledger's size when a batch was last acknowledged, or a little before.
    pub size: u64,
    /// The text of the signed checkpoint of that size.
    pub note: String,
}

/// Which database it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite { path: PathBuf },
    Postgres,
}

/// Readers and small writers at a time; the recorder has a connection of its own besides.
const CONNECTIONS: u32 = 8;

impl Store {
    /// Opens a database, and brings its tables up to date: `sqlite:PATH` (made if it is not there)
    /// or `postgres://USER@HOST/DATABASE`.
    ///
    /// # Errors
    ///
    /// The database cannot be reached, is of a newer version, or was written under another key.
    pub async fn open(url: &str, key: DeploymentKey) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let (backend, options) = read_url(url)?;
        if let Backend::Sqlite { path } = &backend {
            create_private(path)?;
        }
        let set_up = backend.clone();
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .after_connect(move |connection, _| {
                let backend = set_up.clone();
                Box::pin(async move { backend.set_up(connection).await })
            })
            .connect_with(options.clone())
            .await
            .map_err(Error::database("connecting"))?;
        let store = Self { pool, backend, key, options };
        schema::migrate(&store).await?;
        store.check_key().await?;
        Ok(store)
    }

    /// What the database remembers of the ledger: a ledger that is smaller, or does not grow out of
    /// this checkpoint, is not the one whose records these are. None before the first batch.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn remembered(&self) -> Result<Option<Remembered>> {
        let (size, note): (i64, String) = sqlx::query_as("SELECT size, note FROM writer")
            .fetch_one(&self.pool)
            .await
            .map_err(Error::database("reading what is remembered of the ledger"))?;
        Ok((!note.is_empty()).then(|| Remembered { size: size.unsigned_abs(), note }))
    }

    /// Copies a SQLite database into a new file, whole, while it is in use. PostgreSQL has `pg_dump`
    /// for that.
    ///
    /// Take the ledger's copy before the database's: rows that the ledger does not have yet are
    /// appended at the next start, whereas a ledger ahead of its database is refused.
    ///
    /// # Errors
    ///
    /// The file is there already or cannot be written, or the database is not SQLite.
    pub async fn back_up(&self, to: &Path) -> Result<()> {
        let (Backend::Sqlite { .. }, Some(path)) = (&self.backend, to.to_str()) else {
            return Err(Error::DatabaseUrl);
        };
        // SQLite would make it by the umask, and takes an empty file as well as none.
        private().create_new(true).open(to).map_err(cannot("create", to))?;
        let copied = sqlx::query("VACUUM INTO $1").bind(path).execute(&self.pool).await;
        if copied.is_err() {
            let _ = fs::remove_file(to);
        }
        copied.map(drop).map_err(Error::database("copying the database"))
    }

    /// Closes every connection; returns when they are closed.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A connection of its own, outside the pool.
    pub(crate) async fn connect(&self) -> Result<AnyConnection> {
        let failed = "connecting";
        let mut connection =
            AnyConnection::connect_with(&self.options).await.map_err(Error::database(failed))?;
        self.backend.set_up(&mut connection).await.map_err(Error::database(failed))?;
        Ok(connection)
    }

    /// Notices early that the key is not the records': before anything is sealed under a wrong one.
    async fn check_key(&self) -> Result<()> {
        let newest: Option<(i64, String)> = sqlx::query_as(
            "SELECT number, key_id FROM record WHERE key_id IS NOT NULL ORDER BY number DESC LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::database("reading the newest record"))?;
        match newest {
            Some((number, needs)) if needs != self.key.id() => Err(Error::WrongKey {
                number: number.unsigned_abs(),
                needs,
                given: self.key.id().to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl Backend {
    async fn set_up(&self, connection: &mut AnyConnection) -> sqlx::Result<()> {
        // FULL: a commit is on the disk when it returns. secure_delete: what is deleted is
        // overwritten with zeros, so that purged keys do not linger in free pages.
        let statement = match self {
            Self::Sqlite { .. } => {
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON"
            }
            Self::Postgres => "SET synchronous_commit = on",
        };
        sqlx::raw_sql(statement).execute(connection).await?;
        Ok(())
    }
}

fn read_url(url: &str) -> Result<(Backend, AnyConnectOptions)> {
    let (backend, url) = match url.split_once(':') {
        Some(("sqlite", path)) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = std::path::absolute(path).map_err(|_| Error::DatabaseUrl)?;
            let url = sqlite_url(&path)?;
            (Backend::Sqlite { path }, url)
        }
        Some(("postgres" | "postgresql", _)) => (Backend::Postgres, url.to_owned()),
        _ => return Err(Error::DatabaseUrl),
    };
    let options: AnyConnectOptions = url.parse().map_err(|_| Error::DatabaseUrl)?;
    // Statements carry no values, but nobody needs them in the log either.
    Ok((backend, options.disable_statement_logging()))
}

/// The path as a URL: what is not plain is percent-encoded.
fn sqlite_url(path: &Path) -> Result<String> {
    let path = path.to_str().ok_or(Error::DatabaseUrl)?;
    let encoded = path.bytes().fold(String::new(), |mut url, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                url.push(char::from(byte));
            }
            _ => url = format!("{url}%{byte:02X}"),
        }
        url
    });
    Ok(format!("sqlite://{encoded}?mode=rwc"))
}

/// Makes the file so that only its owner can read it; SQLite gives its helper files the same rights.
fn create_private(path: &Path) -> Result<()> {
    private().create(true).open(path).map_err(cannot("open", path))?;
    Ok(())
}

/// How to open a file that, if it is made, only its owner can read.
fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn cannot(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::File { doing, path: path.to_owned(), source }
}
