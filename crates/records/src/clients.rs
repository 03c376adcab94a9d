//! The systems that may ask: their tokens and certificates.
//!
//! A token is stored as its hash only. Each row is one token; a client that rotates has two rows of
//! one name for a while, and the older is revoked when the new one is in use.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    key::random,
    rows::{date, get, signed},
    store::Store,
    writer::begin_beside,
};

/// A client to make.
#[derive(Debug, Clone, Default)]
pub struct NewClient {
    /// What the operator calls the system.
    pub name: String,
    /// The only law it may ask: the path.
    pub jurisdiction: String,
    /// The name and the text of its mapping file; none: property names are fact names.
    pub mapping: Option<(String, String)>,
    /// SHA-256 of the client certificate that may stand for the token.
    pub certificate: Option<[u8; 32]>,
    /// The last day on which it is valid.
    pub expires_on: Option<Date>,
}

/// A system that may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its number, from 1.
    pub number: u64,
    /// What the operator calls it.
    pub name: String,
    /// The only law it may ask: the path.
    pub jurisdiction: String,
    /// The file its mapping was read from.
    pub mapping_name: Option<String>,
    /// Its mapping's text.
    pub mapping: Option<String>,
    /// Whether a certificate may stand for its token.
    pub certificate: bool,
    /// The day it was made.
    pub created_on: Date,
    /// The last day on which it is valid.
    pub expires_on: Option<Date>,
    /// The day it was revoked.
    pub revoked_on: Option<Date>,
}

/// A bearer token: shown once, when it is made.
pub struct Token(Zeroizing<String>);

impl Token {
    /// The token's text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of a token.
    #[must_use]
    pub fn hash(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }

    fn generate() -> Result<Self> {
        let secret = Zeroizing::new(random::<32>()?);
        Ok(Self(Zeroizing::new(format!("bylaw_{}", URL_SAFE_NO_PAD.encode(secret.as_slice())))))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Store {
    /// Makes a client, and the token that it shows.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn create_client(&self, new: &NewClient, today: Date) -> Result<(Client, Token)> {
        let doing = "making a client";
        let token = Token::generate()?;
        let mapping = new.mapping.as_ref();
        let mut transaction = begin_beside(self).await?;
        let row = sqlx::query(
            "INSERT INTO client (id, name, token_hash, certificate_hash, jurisdiction,
                 mapping_name, mapping, created_on, expires_on)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM client
             RETURNING *",
        )
        .bind(new.name.as_str())
        .bind(Token::hash(token.reveal()).to_vec())
        .bind(new.certificate.map(Vec::from))
        .bind(new.jurisdiction.as_str())
        .bind(mapping.map(|(name, _)| name.as_str()))
        .bind(mapping.map(|(_, text)| text.as_str()))
        .bind(today.to_string())
        .bind(new.expires_on.map(|day| day.to_string()))
        .fetch_one(&mut *transaction)
        .await
        .map_err(Error::database(doing))?;
        let client = read(&row)?;
        transaction.commit().await.map_err(Error::database(doing))?;
        Ok((client, token))
    }

    /// The client whose token has that hash, unless it is revoked. Whether it has expired is for
    /// the caller to see, who knows the day.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn client_by_token(&self, hash: &[u8; 32]) -> Result<Option<Client>> {
        self.find_client(
            "SELECT * FROM client WHERE token_hash = $1 AND revoked_on IS NULL",
            "token_hash",
            hash,
        )
        .await
    }

    /// The newest client that goes with the certificate of that fingerprint (SHA-256), unless it is
    /// revoked.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn client_by_certificate(&self, fingerprint: &[u8; 32]) -> Result<Option<Client>> {
        self.find_client(
            "SELECT * FROM client WHERE certificate_hash = $1 AND revoked_on IS NULL
             ORDER BY id DESC LIMIT 1",
            "certificate_hash",
            fingerprint,
        )
        .await
    }

    /// Every client, revoked ones too, by number.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn clients(&self) -> Result<Vec<Client>> {
        let rows = sqlx::query("SELECT * FROM client ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::database("listing clients"))?;
        rows.iter().map(read).collect()
    }

    /// Revokes one client, by number.
    ///
    /// # Errors
    ///
    /// The database failed, or [`Error::NoSuchClient`] where there is none that is not revoked yet.
    pub async fn revoke_client(&self, number: u64, today: Date) -> Result<()> {
        let revoked =
            sqlx::query("UPDATE client SET revoked_on = $1 WHERE id = $2 AND revoked_on IS NULL")
                .bind(today.to_string())
                .bind(signed(number))
                .execute(&self.pool)
                .await
                .map_err(Error::database("revoking a client"))?;
        if revoked.rows_affected() == 1 { Ok(()) } else { Err(Error::NoSuchClient) }
    }

    async fn find_client(
        &self,
        statement: &'static str,
        column: &str,
        hash: &[u8; 32],
    ) -> Result<Option<Client>> {
        let row = sqlx::query(statement)
            .bind(hash.as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::database("looking up a client"))?;
        let Some(row) = row else { return Ok(None) };
        // The index has compared hashes, not secrets; this comparison leaves no timing at all.
        let found: Vec<u8> = get(&row, column)?;
        if bool::from(found.ct_eq(hash)) { read(&row).map(Some) } else { Ok(None) }
    }
}

fn read(row: &AnyRow) -> Result<Client> {
    let day = |column| get::<Option<String>>(row, column)?.map(date).transpose();
    Ok(Client {
        number: get::<i64>(row, "id")?.unsigned_abs(),
        name: get(row, "name")?,
        jurisdiction: get(row, "jurisdiction")?,
        mapping_name: get(row, "mapping_name")?,
        mapping: get(row, "mapping")?,
        certificate: get::<Option<Vec<u8>>>(row, "certificate_hash")?.is_some(),
        created_on: date(get(row, "created_on")?)?,
        expires_on: day("expires_on")?,
        revoked_on: day("revoked_on")?,
    })
}
