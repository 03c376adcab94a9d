//! Who calls: a client known by its bearer token or its certificate.
//!
//! A credential is looked up by its SHA-256 in the record store and remembered for a few seconds,
//! so that a token made or revoked by the command line counts without a restart. A credential is
//! never logged, and none falls back to another: a bad token is refused whatever certificate comes
//! with it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use bylaw_law::Jurisdiction;
use bylaw_records::{Client, Store, Token};
use jiff::civil::Date;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    error::{Error, Result},
    mapping::Mapping,
    service::{LoadedLaw, Service},
    tls::Peer,
};

/// Who calls, for as long as one call lasts.
///
/// It holds the law that the call began with: a law loaded meanwhile is for calls that come after.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client's number.
    pub client: u64,
    /// The client's name.
    pub name: Arc<str>,
    /// The path whose law decides.
    pub jurisdiction: Arc<str>,
    /// What turns its calls into facts.
    pub mapping: Arc<Mapping>,
    /// The law in force when the call began.
    pub law: Arc<LoadedLaw>,
}

impl Caller {
    /// The jurisdiction whose law decides.
    pub(crate) fn jurisdiction(&self) -> Result<&Jurisdiction> {
        self.law.jurisdiction(self.client, &self.jurisdiction)
    }
}

/// What a caller shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// The SHA-256 of a bearer token.
    Token([u8; 32]),
    /// The SHA-256 of a certificate.
    Certificate([u8; 32]),
}

/// The clients that were looked up of late.
#[derive(Debug)]
pub(crate) struct Clients {
    remembered_for: Duration,
    known: RwLock<HashMap<Credential, Remembered>>,
    /// Made-up tokens must not take the database from those who are known.
    lookups: Semaphore,
}

/// A lookup's outcome; `None` where there is no such client.
#[derive(Debug)]
struct Remembered {
    at: Instant,
    client: Option<Arc<Client>>,
}

/// How many credentials may be looked up at once.
const LOOKUPS: usize = 4;

/// How long a caller waits for its turn to be looked up.
const PATIENCE: Duration = Duration::from_secs(1);

/// No more outcomes than this are kept: guessed tokens must not fill the memory.
const MOST_REMEMBERED: usize = 10_000;

impl Credential {
    /// The credential of a call; a token counts before a certificate.
    pub(crate) fn of(bearer: Option<&str>, certificate: Option<[u8; 32]>) -> Result<Self> {
        match (bearer, certificate) {
            (Some(token), _) => Ok(Self::Token(Token::hash(token))),
            (None, Some(certificate)) => Ok(Self::Certificate(certificate)),
            (None, None) => Err(refused("no token and no certificate was sent")),
        }
    }
}

impl Clients {
    pub(crate) fn new(remembered_for: Duration) -> Self {
        let lookups = Semaphore::new(LOOKUPS);
        Self { remembered_for, known: RwLock::default(), lookups }
    }

    /// The client of that credential.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where there is none, or no longer; [`Error::LookupsBusy`];
    /// [`Error::Records`] where the store cannot be asked.
    pub(crate) async fn find(
        &self,
        store: &Store,
        credential: Credential,
        today: Date,
    ) -> Result<Arc<Client>> {
        let client = match self.remembered(credential) {
            Some(client) => client,
            None => self.look_up(store, credential).await?,
        };
        let client = client.ok_or_else(|| refused("the token or certificate is not known"))?;
        if client.expires_on.is_some_and(|last| last < today) {
            return Err(refused("the token has expired"));
        }
        Ok(client)
    }

    async fn look_up(&self, store: &Store, credential: Credential) -> Result<Option<Arc<Client>>> {
        let _turn = self.turn().await?;
        // Others may have asked for the same while this one waited.
        if let Some(client) = self.remembered(credential) {
            return Ok(client);
        }
        let client = look_up(store, credential).await?.map(Arc::new);
        self.remember(credential, client.clone());
        Ok(client)
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(PATIENCE, self.lookups.acquire()).await;
        turn.map_err(|_| Error::LookupsBusy)?.map_err(|_| Error::Internal { what: "the clients" })
    }

    fn remembered(&self, credential: Credential) -> Option<Option<Arc<Client>>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let remembered = known.get(&credential)?;
        (remembered.at.elapsed() < self.remembered_for).then(|| remembered.client.clone())
    }

    fn remember(&self, credential: Credential, client: Option<Arc<Client>>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.retain(|_, remembered| remembered.at.elapsed() < self.remembered_for);
        }
        if known.len() >= MOST_REMEMBERED {
            known.retain(|_, remembered| remembered.client.is_some());
        }
        known.insert(credential, Remembered { at: Instant::now(), client });
    }
}

async fn look_up(store: &Store, credential: Credential) -> Result<Option<Client>> {
    let found = match credential {
        Credential::Token(hash) => store.client_by_token(&hash).await,
        Credential::Certificate(hash) => store.client_by_certificate(&hash).await,
    };
    found.map_err(Error::Records)
}

fn refused(reason: &'static str) -> Error {
    Error::Unauthenticated { reason }
}

/// The token of an `Authorization: Bearer …` header.
///
/// # Errors
///
/// [`Error::Unauthenticated`] where the header is there and is none.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused("more than one `Authorization` header was sent"));
    }
    bearer_of(value.to_str().unwrap_or_default()).map(Some)
}

/// The token in the value of an `Authorization` header.
///
/// # Errors
///
/// [`Error::Unauthenticated`] where the value is not `Bearer …`.
pub(crate) fn bearer_of(value: &str) -> Result<&str> {
    value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| refused("the `Authorization` header is not `Bearer` with a token"))
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self> {
        let certificate =
            parts.extensions.get::<ConnectInfo<Peer>>().and_then(|info| info.0.certificate);
        service.caller(bearer(&parts.headers)?, certificate).await
    }
}

impl fmt::Debug for Credential {
    /// Only its kind: even the hash of a token tells two callers apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Certificate(_) => "Certificate",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clients, LOOKUPS};
    use crate::Error;

    #[tokio::test]
    async fn few_credentials_are_looked_up_at_once() {
        let clients = Clients::new(Duration::ZERO);
        let mut turns = Vec::new();
        for _ in 0..LOOKUPS {
            turns.push(clients.turn().await.expect("a turn"));
        }
        assert!(matches!(clients.turn().await, Err(Error::LookupsBusy)));
        turns.pop();
        drop(clients.turn().await.expect("a turn again"));
    }
}
