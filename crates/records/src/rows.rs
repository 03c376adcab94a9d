//! The rows of the table `record`: writing, reading, opening.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use jiff::civil::Date;
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{
    Kind, Opening,
    error::{Error, Result},
    seal::{self, Leaf},
    store::Store,
};

/// A record as it stands in the database, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What the row says in clear.
    pub summary: Summary,
    /// The ledger's entry.
    pub leaf: Vec<u8>,
    /// What it holds.
    pub content: Content,
}

/// What a record's row says in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its number.
    pub number: u64,
    /// What it is of.
    pub kind: Kind,
    /// The day on which it was recorded, UTC.
    pub day: Date,
    /// The retention rule it falls under.
    pub retention: Option<String>,
    /// The day on which it was purged, and the rule it was purged under.
    pub purged: Option<(Date, String)>,
}

/// What a record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Its JSON text, with the salt that the leaf was made with.
    Open {
        /// The salt.
        salt: [u8; 32],
        /// The text.
        body: Vec<u8>,
    },
    /// Nothing any more: its key is destroyed. The summary says when and under which rule.
    Purged,
    /// Nothing: it was lost with a database older than its backup.
    Lost,
}

/// A row to write.
pub(crate) struct NewRow {
    pub(crate) number: u64,
    pub(crate) leaf: Leaf,
    pub(crate) kind: Kind,
    pub(crate) day: Date,
    pub(crate) retention: Option<String>,
    pub(crate) reference: Option<[u8; 32]>,
    /// The wrapped key and the sealed text; none for what is lost.
    pub(crate) sealed: Option<(Vec<u8>, Vec<u8>)>,
}

impl Record {
    /// What lets anyone recompute the leaf; none where it is purged or lost.
    #[must_use]
    pub fn opening(&self) -> Option<Opening> {
        let Content::Open { salt, body } = &self.content else { return None };
        let body = String::from_utf8(body.clone()).ok()?;
        Some(Opening { number: self.summary.number, kind: self.summary.kind, salt: *salt, body })
    }
}

impl Store {
    /// Reads and opens a record; none where there is no such number.
    ///
    /// # Errors
    ///
    /// The database failed, or [`Error::Altered`] where the row is not what was written.
    pub async fn open_record(&self, number: u64) -> Result<Option<Record>> {
        let row = self.read_rows(number..number.saturating_add(1)).await?.pop();
        row.map(|(_, record)| record).transpose()
    }

    /// The newest record of the case with that reference, by the reference's SHA-256.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn find_reference(&self, reference: &[u8; 32]) -> Result<Option<u64>> {
        let found: Option<(i64,)> =
            sqlx::query_as("SELECT record FROM lookup WHERE reference = $1")
                .bind(reference.as_slice())
                .fetch_optional(&self.pool)
                .await
                .map_err(Error::database("looking up a case"))?;
        Ok(found.map(|(number,)| number.unsigned_abs()))
    }

    /// What the rows say in clear, from a number on, at most so many.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn list(&self, from: u64, limit: u32) -> Result<Vec<Summary>> {
        let rows = sqlx::query(
            "SELECT number, kind, day, retention, purged_on, purged_under FROM record
             WHERE number >= $1 ORDER BY number LIMIT $2",
        )
        .bind(signed(from))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await
        .map_err(Error::database("listing records"))?;
        rows.iter().map(summary).collect()
    }

    /// One more than the highest number, which is how many records there are.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn count(&self) -> Result<u64> {
        let mut connection =
            self.pool.acquire().await.map_err(Error::database("counting records"))?;
        count(&mut connection).await
    }

    /// The numbers of the records that speak of other numbers.
    pub(crate) async fn numbers_of_purges_and_gaps(&self) -> Result<Vec<u64>> {
        let numbers: Vec<(i64,)> = sqlx::query_as(
            "SELECT number FROM record WHERE kind IN ('purge', 'gap') ORDER BY number",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(Error::database("reading records"))?;
        Ok(numbers.into_iter().map(|(number,)| number.unsigned_abs()).collect())
    }

    /// Reads and opens the records of a range, in order. A row that does not open is an error of
    /// its own, so that others can still be read.
    pub(crate) async fn read_rows(&self, range: Range<u64>) -> Result<Vec<(u64, Result<Record>)>> {
        let rows = sqlx::query(
            "SELECT number, leaf, kind, day, retention, key_id, wrapped_key, sealed, purged_on, purged_under
             FROM record WHERE number >= $1 AND number < $2 ORDER BY number",
        )
        .bind(signed(range.start))
        .bind(signed(range.end))
        .fetch_all(&self.pool)
        .await
        .map_err(Error::database("reading records"))?;
        let number = |row| -> Result<u64> { Ok(get::<i64>(row, "number")?.unsigned_abs()) };
        rows.iter().map(|row| Ok((number(row)?, self.open_row(row)))).collect()
    }

    fn open_row(&self, row: &AnyRow) -> Result<Record> {
        let summary = summary(row)?;
        let number = summary.number;
        let leaf: Vec<u8> = get(row, "leaf")?;
        let key: Option<Vec<u8>> = get(row, "wrapped_key")?;
        let sealed: Option<Vec<u8>> = get(row, "sealed")?;
        let altered = || Error::Altered { what: format!("record {number}") };
        let content = match (key, sealed) {
            (Some(key), Some(sealed)) => {
                self.check_key_id(number, get(row, "key_id")?)?;
                let opened = seal::open(&self.key, number, &leaf, &key, &sealed)?;
                if opened.kind != summary.kind {
                    return Err(altered());
                }
                Content::Open { salt: opened.salt, body: opened.body }
            }
            (None, None) if summary.purged.is_some() => Content::Purged,
            (None, None) if summary.kind == Kind::Lost => Content::Lost,
            _ => return Err(altered()),
        };
        Ok(Record { summary, leaf, content })
    }

    fn check_key_id(&self, number: u64, needs: Option<String>) -> Result<()> {
        match needs {
            Some(needs) if needs != self.key.id() => {
                Err(Error::WrongKey { number, needs, given: self.key.id().to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// One more than the highest number.
pub(crate) async fn count(connection: &mut AnyConnection) -> Result<u64> {
    let (count,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(number) + 1, 0) FROM record")
        .fetch_one(connection)
        .await
        .map_err(Error::database("counting records"))?;
    Ok(count.unsigned_abs())
}

/// The leaves of a range, which must have a row for every number.
pub(crate) async fn leaves(
    connection: &mut AnyConnection,
    range: Range<u64>,
) -> Result<Vec<Vec<u8>>> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT number, leaf FROM record WHERE number >= $1 AND number < $2 ORDER BY number",
    )
    .bind(signed(range.start))
    .bind(signed(range.end))
    .fetch_all(connection)
    .await
    .map_err(Error::database("reading leaves"))?;
    let mut rows = rows.into_iter();
    range
        .map(|number| match rows.next() {
            Some((found, leaf)) if found == signed(number) => Ok(leaf),
            _ => Err(Error::MissingRow { number }),
        })
        .collect()
}

/// Writes rows and what leads to them, many in one statement.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    rows: Vec<NewRow>,
    key_id: &str,
) -> Result<()> {
    // A later record of a case takes the earlier one's place, so one statement names a case once.
    let lookups: HashMap<[u8; 32], u64> =
        rows.iter().filter_map(|row| Some((row.reference?, row.number))).collect();
    let mut rows = rows.into_iter();
    for (count, statement) in INSERT_RECORDS.fitting(rows.len()) {
        let mut query = sqlx::query(statement);
        for row in rows.by_ref().take(count) {
            let key_id = row.sealed.is_some().then_some(key_id);
            let (key, text) = row.sealed.unzip();
            query = query
                .bind(signed(row.number))
                .bind(row.leaf.to_vec())
                .bind(row.kind.name())
                .bind(row.day.to_string())
                .bind(row.retention)
                .bind(key_id)
                .bind(key)
                .bind(text);
        }
        query.execute(&mut *connection).await.map_err(Error::database("writing records"))?;
    }
    let mut lookups = lookups.into_iter();
    for (count, statement) in INSERT_LOOKUPS.fitting(lookups.len()) {
        let mut query = sqlx::query(statement);
        for (reference, number) in lookups.by_ref().take(count) {
            query = query.bind(reference.to_vec()).bind(signed(number));
        }
        query.execute(&mut *connection).await.map_err(Error::database("writing records"))?;
    }
    Ok(())
}

/// Statements that write many rows: few different sizes, so that each is prepared once.
struct Inserts(Vec<(usize, String)>);

static INSERT_RECORDS: LazyLock<Inserts> = LazyLock::new(|| {
    let columns = "number, leaf, kind, day, retention, key_id, wrapped_key, sealed";
    Inserts::new(&format!("INSERT INTO record ({columns}) VALUES"), 8, "")
});

static INSERT_LOOKUPS: LazyLock<Inserts> = LazyLock::new(|| {
    let newest = "ON CONFLICT (reference) DO UPDATE SET record = excluded.record";
    Inserts::new("INSERT INTO lookup (reference, record) VALUES", 2, newest)
});

impl Inserts {
    fn new(head: &str, columns: usize, tail: &str) -> Self {
        let statement = |rows: usize| {
            let row = |row: usize| {
                let places: Vec<String> =
                    (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
                format!("({})", places.join(", "))
            };
            let rows: Vec<String> = (0..rows).map(row).collect();
            format!("{head} {} {tail}", rows.join(", "))
        };
        Self([32, 8, 1].map(|rows| (rows, statement(rows))).into())
    }

    /// The statements that together write so many rows.
    fn fitting(&'static self, mut rows: usize) -> impl Iterator<Item = (usize, &'static str)> {
        std::iter::from_fn(move || {
            let (size, statement) = self.0.iter().find(|&&(size, _)| size <= rows)?;
            rows -= size;
            Some((*size, statement.as_str()))
        })
    }
}

fn summary(row: &AnyRow) -> Result<Summary> {
    let number: i64 = get(row, "number")?;
    let kind: String = get(row, "kind")?;
    let altered = || Error::Altered { what: format!("record {number}") };
    let purged: (Option<String>, Option<String>) =
        (get(row, "purged_on")?, get(row, "purged_under")?);
    Ok(Summary {
        number: number.unsigned_abs(),
        kind: Kind::from_name(&kind).ok_or_else(altered)?,
        day: date(get(row, "day")?)?,
        retention: get(row, "retention")?,
        purged: match purged {
            (Some(on), Some(under)) => Some((date(on)?, under)),
            _ => None,
        },
    })
}

/// A column's value.
pub(crate) fn get<'r, T>(row: &'r AnyRow, column: &str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Any> + sqlx::Type<sqlx::Any>,
{
    row.try_get(column).map_err(Error::database("reading a row"))
}

/// A day, as the database writes it.
pub(crate) fn date(text: String) -> Result<Date> {
    text.parse().map_err(|_| Error::Altered { what: "a date in the database".to_owned() })
}

/// SQL has signed numbers only; none of ours comes near the limit.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
