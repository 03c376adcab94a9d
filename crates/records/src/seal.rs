//! Sealing: what the ledger commits to, and what the database holds.
//!
//! ```text
//! text   = salt (32 random bytes) || length of kind (1 byte) || kind || body
//! leaf   = 0x01 || SHA-256("bylaw record v1\n" || text)
//! sealed = nonce || XChaCha20-Poly1305(record key, nonce, text, no additional data)
//! wrapped key = nonce || XChaCha20-Poly1305(deployment key, nonce, record key, number || leaf)
//! ```
//!
//! The record key is fresh for each record. INVARIANT: the salt lies in the sealed text and nowhere
//! else, so with the record key gone nobody can ever test a guess against the leaf.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    Kind,
    error::{Error, Result},
    key::{DeploymentKey, Secret, random},
};

/// A record's salt.
pub(crate) type Salt = [u8; 32];

/// The entry of the ledger: a version byte and a salted commitment.
pub(crate) type Leaf = [u8; 33];

const VERSION: u8 = 0x01;
const DOMAIN: &[u8] = b"bylaw record v1\n";
const NONCE: usize = 24;

/// A record, sealed but not numbered yet.
pub(crate) struct Sealed {
    pub(crate) leaf: Leaf,
    pub(crate) text: Vec<u8>,
    key: Secret,
}

/// What a sealed record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsealed {
    pub(crate) salt: Salt,
    pub(crate) kind: Kind,
    pub(crate) body: Vec<u8>,
}

/// Seals a record under a fresh key, with a fresh salt.
pub(crate) fn seal(kind: Kind, body: &[u8]) -> Result<Sealed> {
    let salt = random()?;
    let key: Secret = Zeroizing::new(random()?);
    let text = text(&salt, kind, body);
    Ok(Sealed { leaf: commitment(&text), text: lock(&key, &[], &text)?, key })
}

impl Sealed {
    /// The record's key, wrapped for that number.
    pub(crate) fn wrapped_key(&self, deployment: &DeploymentKey, number: u64) -> Result<Vec<u8>> {
        lock(&deployment.secret, &place(number, &self.leaf), &*self.key)
    }
}

/// Opens the record of that number, and checks that it is what its leaf commits to.
pub(crate) fn open(
    deployment: &DeploymentKey,
    number: u64,
    leaf: &[u8],
    wrapped_key: &[u8],
    sealed: &[u8],
) -> Result<Unsealed> {
    let altered = || Error::Altered { what: format!("record {number}") };
    let key = unlock(&deployment.secret, &place(number, leaf), wrapped_key).ok_or_else(altered)?;
    let key: &[u8; 32] = key.as_slice().try_into().map_err(|_| altered())?;
    let text = unlock(key, &[], sealed).ok_or_else(altered)?;
    if commitment(&text) != *leaf {
        return Err(altered());
    }
    split(&text).ok_or_else(altered)
}

/// The leaf of what a record holds.
pub(crate) fn leaf(salt: &Salt, kind: Kind, body: &[u8]) -> Leaf {
    commitment(&text(salt, kind, body))
}

/// Seals a short text under the deployment's key itself; `purpose` keeps uses apart.
pub(crate) fn seal_name(
    deployment: &DeploymentKey,
    purpose: &'static str,
    name: &str,
) -> Result<Vec<u8>> {
    lock(&deployment.secret, purpose.as_bytes(), name.as_bytes())
}

/// Opens what [`seal_name`] sealed.
pub(crate) fn open_name(
    deployment: &DeploymentKey,
    purpose: &'static str,
    sealed: &[u8],
) -> Result<String> {
    unlock(&deployment.secret, purpose.as_bytes(), sealed)
        .and_then(|name| String::from_utf8(name.to_vec()).ok())
        .ok_or_else(|| Error::Altered { what: format!("the name of a {purpose}") })
}

fn text(salt: &Salt, kind: Kind, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let kind = kind.name().as_bytes();
    let mut text = Zeroizing::new(Vec::with_capacity(salt.len() + 1 + kind.len() + body.len()));
    text.extend_from_slice(salt);
    // The names of kinds are a few letters long.
    text.push(u8::try_from(kind.len()).unwrap_or(u8::MAX));
    text.extend_from_slice(kind);
    text.extend_from_slice(body);
    text
}

fn split(text: &[u8]) -> Option<Unsealed> {
    let (salt, rest) = text.split_first_chunk()?;
    let (length, rest) = rest.split_first()?;
    let (kind, body) = rest.split_at_checked(usize::from(*length))?;
    let kind = Kind::from_name(std::str::from_utf8(kind).ok()?)?;
    Some(Unsealed { salt: *salt, kind, body: body.to_vec() })
}

fn commitment(text: &[u8]) -> Leaf {
    let hash = Sha256::new().chain_update(DOMAIN).chain_update(text).finalize();
    let mut leaf = [VERSION; 33];
    for (byte, hashed) in leaf.iter_mut().skip(1).zip(hash) {
        *byte = hashed;
    }
    leaf
}

/// What ties a wrapped key to its place: a key moved to another row opens nothing there.
fn place(number: u64, leaf: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes(), leaf].concat()
}

fn lock(key: &[u8; 32], tied_to: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE] = random()?;
    let payload = Payload { msg: text, aad: tied_to };
    let locked = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| Error::Malformed { what: "a record", reason: "it is too long".to_owned() })?;
    Ok([nonce.as_slice(), &locked].concat())
}

fn unlock(key: &[u8; 32], tied_to: &[u8], locked: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, locked) = locked.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: locked, aad: tied_to };
    let text = XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(Zeroizing::new(text))
}
