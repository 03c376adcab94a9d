//! Numbered migrations, the same for both databases.
//!
//! A migration may only add: the version before it must go on running beside it.

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

use crate::{
    error::{Error, Result},
    store::{Backend, Store},
};

/// Every migration; its number is its place, from 1.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_records.sql")];

/// Any number that no other program takes locks of: `bylaw` in ASCII.
pub(crate) const MIGRATING: i64 = 0x62_79_6c_61_77;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY)";

/// Runs the migrations that the database does not have yet, all in one transaction.
pub(crate) async fn migrate(store: &Store) -> Result<()> {
    let mut connection = store.connect().await?;
    let migrated = run(&store.backend, &mut connection).await;
    let _ = connection.close().await;
    migrated
}

async fn run(backend: &Backend, connection: &mut AnyConnection) -> Result<()> {
    let failed = || Error::database("bringing its tables up to date");
    // One process at a time: SQLite takes its write lock at once, PostgreSQL one of ours.
    let mut transaction = match backend {
        Backend::Sqlite { .. } => connection.begin_with("BEGIN IMMEDIATE").await,
        Backend::Postgres => connection.begin().await,
    }
    .map_err(failed())?;
    if *backend == Backend::Postgres {
        sqlx::query("SELECT 1 FROM pg_advisory_xact_lock($1)")
            .bind(MIGRATING)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
    }
    sqlx::raw_sql(TABLE).execute(&mut *transaction).await.map_err(failed())?;
    let (found,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(number), 0) FROM migration")
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed())?;
    for (number, text) in (1_i64..).zip(MIGRATIONS).filter(|&(number, _)| number > found) {
        let text = in_dialect(backend, text);
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *transaction).await.map_err(failed())?;
        sqlx::query("INSERT INTO migration (number) VALUES ($1)")
            .bind(number)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    transaction.commit().await.map_err(failed())
}

fn in_dialect(backend: &Backend, text: &str) -> String {
    match backend {
        Backend::Sqlite { .. } => {
            text.replace("BYTEA", "BLOB").replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
        }
        Backend::Postgres => text.to_owned(),
    }
}
