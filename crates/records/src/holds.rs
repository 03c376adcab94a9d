//! Holds: while one stands open, nothing is purged.
//!
//! Any process may place or lift one, the command line while the server runs. The recorder
//! witnesses each in the ledger when it next keeps house.

use jiff::{Timestamp, civil::Date};
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Entry, Kind, body,
    error::{Error, Result},
    rows::{date, get, signed},
    seal,
    store::Store,
    writer::begin_beside,
};

/// An order to purge nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The day it was placed.
    pub placed_on: Date,
    /// The day it was lifted; none while it stands.
    pub lifted_on: Option<Date>,
    /// The record that witnesses its placing, once there is one.
    pub placed_in: Option<u64>,
    /// The record that witnesses its lifting, once there is one.
    pub lifted_in: Option<u64>,
}

const PURPOSE: &str = "hold";

impl Store {
    /// Places a hold. A purge that is running ends first; none begins after.
    ///
    /// # Errors
    ///
    /// The database failed, or [`Error::HoldName`] where a hold of that name is open already.
    pub async fn place_hold(&self, name: &str, today: Date) -> Result<()> {
        let doing = "placing a hold";
        let mut transaction = begin_beside(self).await?;
        if self.open_hold(&mut transaction, name).await?.is_some() {
            return Err(Error::HoldName { open: true });
        }
        sqlx::query(
            "INSERT INTO hold (id, name, placed_on)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM hold",
        )
        .bind(seal::seal_name(&self.key, PURPOSE, name)?)
        .bind(today.to_string())
        .execute(&mut *transaction)
        .await
        .map_err(Error::database(doing))?;
        transaction.commit().await.map_err(Error::database(doing))
    }

    /// Lifts a hold.
    ///
    /// # Errors
    ///
    /// The database failed, or [`Error::HoldName`] where no hold of that name is open.
    pub async fn lift_hold(&self, name: &str, today: Date) -> Result<()> {
        let doing = "lifting a hold";
        let mut transaction = begin_beside(self).await?;
        let Some(open) = self.open_hold(&mut transaction, name).await? else {
            return Err(Error::HoldName { open: false });
        };
        sqlx::query("UPDATE hold SET lifted_on = $1 WHERE id = $2")
            .bind(today.to_string())
            .bind(signed(open.id))
            .execute(&mut *transaction)
            .await
            .map_err(Error::database(doing))?;
        transaction.commit().await.map_err(Error::database(doing))
    }

    /// All holds, open ones and lifted ones, in the order of their placing.
    ///
    /// # Errors
    ///
    /// The database failed, or a name was changed.
    pub async fn holds(&self) -> Result<Vec<Hold>> {
        let mut connection =
            self.pool.acquire().await.map_err(Error::database("reading the holds"))?;
        self.read_holds(&mut connection).await
    }

    async fn open_hold(&self, connection: &mut AnyConnection, name: &str) -> Result<Option<Hold>> {
        let holds = self.read_holds(connection).await?;
        Ok(holds.into_iter().find(|hold| hold.lifted_on.is_none() && hold.name == name))
    }

    async fn read_holds(&self, connection: &mut AnyConnection) -> Result<Vec<Hold>> {
        let rows = sqlx::query(
            "SELECT id, name, placed_on, lifted_on, placed_in, lifted_in FROM hold ORDER BY id",
        )
        .fetch_all(connection)
        .await
        .map_err(Error::database("reading the holds"))?;
        rows.iter().map(|row| self.read_hold(row)).collect()
    }

    fn read_hold(&self, row: &AnyRow) -> Result<Hold> {
        let number = |column| -> Result<Option<u64>> {
            Ok(get::<Option<i64>>(row, column)?.map(i64::unsigned_abs))
        };
        let name: Vec<u8> = get(row, "name")?;
        Ok(Hold {
            id: get::<i64>(row, "id")?.unsigned_abs(),
            name: seal::open_name(&self.key, PURPOSE, &name)?,
            placed_on: date(get(row, "placed_on")?)?,
            lifted_on: get::<Option<String>>(row, "lifted_on")?.map(date).transpose()?,
            placed_in: number("placed_in")?,
            lifted_in: number("lifted_in")?,
        })
    }
}

/// Makes the entries for what was placed or lifted since, the first of them to be `next`, and ties
/// them to their holds: in the transaction that writes them.
pub(crate) async fn witness(
    store: &Store,
    connection: &mut AnyConnection,
    next: u64,
    at: Timestamp,
) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut number = next;
    for hold in store.read_holds(connection).await? {
        let placed = hold.placed_in.is_none().then_some((hold.placed_on, false));
        let lifted = hold.lifted_on.filter(|_| hold.lifted_in.is_none()).map(|on| (on, true));
        for (on, lifted) in placed.into_iter().chain(lifted) {
            let statement = if lifted {
                "UPDATE hold SET lifted_in = $1 WHERE id = $2"
            } else {
                "UPDATE hold SET placed_in = $1 WHERE id = $2"
            };
            sqlx::query(statement)
                .bind(signed(number))
                .bind(signed(hold.id))
                .execute(&mut *connection)
                .await
                .map_err(Error::database("witnessing a hold"))?;
            let body = body::Hold { at, hold: hold.id, name: hold.name.clone(), on, lifted };
            entries.push(Entry::new(Kind::Hold, body::write(&body)?));
            number += 1;
        }
    }
    Ok(entries)
}

/// How many holds stand open.
pub(crate) async fn open_count(connection: &mut AnyConnection) -> Result<u64> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM hold WHERE lifted_on IS NULL")
        .fetch_one(connection)
        .await
        .map_err(Error::database("reading the holds"))?;
    Ok(count.unsigned_abs())
}
