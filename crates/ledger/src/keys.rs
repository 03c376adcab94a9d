//! Secret keys: those a log signs with, and those a witness cosigns with.
//!
//! Both are a pair of keys under one name, Ed25519 and ML-DSA-44, each from a random seed of its
//! own. They are kept in a text file of three lines that each end in a newline:
//!
//! ```text
//! bylaw-log-keys/v1                                       (a witness: bylaw-witness-keys/v1)
//! PRIVATE+KEY+<name>+<id>+<base64 of 0x01, 32-byte seed>  (a witness: 0x04)
//! PRIVATE+KEY+<name>+<id>+<base64 of 0x06, 32-byte seed>
//! ```
//!
//! The second line of a log's file is a signer key as Go's `sumdb/note` writes it. Memory that held
//! a secret is wiped; nothing here prints one but `to_text`.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{self as ed25519, Signer as _};
use ml_dsa::{Keypair, MlDsa44, Signer as _};
use zeroize::Zeroizing;

use crate::{
    Checkpoint, Error, Note, Result, Signature, SignedCheckpoint, VerifierKey,
    verifier::{KeyParts, MAX_SECONDS, Public, SignatureType, malformed},
};

const LOG_HEADER: &str = "bylaw-log-keys/v1";
const WITNESS_HEADER: &str = "bylaw-witness-keys/v1";

/// The keys of a log, both named by its origin.
#[derive(Debug)]
pub struct LogKeys(KeyPair);

impl LogKeys {
    /// Makes new keys for a log.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] where no key can have the origin as its name;
    /// [`Error::Signing`] where the system gives no random bytes.
    pub fn generate(origin: &str) -> Result<Self> {
        KeyPair::generate(origin, SignatureType::Ed25519).map(Self)
    }

    /// Reads keys from the text of their file.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`].
    pub fn read(text: &str) -> Result<Self> {
        KeyPair::read(text, LOG_HEADER, SignatureType::Ed25519).map(Self)
    }

    /// The text of the keys' file. It is the secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        self.0.to_text(LOG_HEADER)
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.name()
    }

    /// The public keys, Ed25519 first.
    #[must_use]
    pub fn verifier_keys(&self) -> Vec<VerifierKey> {
        self.0.verifier_keys()
    }

    /// Signs a checkpoint with both keys, at a time in seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`Error::WrongOrigin`] where the checkpoint is another log's; [`Error::Clock`];
    /// [`Error::Signing`].
    pub fn sign(&self, checkpoint: &Checkpoint, seconds: u64) -> Result<SignedCheckpoint> {
        if checkpoint.origin != self.origin() {
            let (expected, found) = (self.origin().to_owned(), checkpoint.origin.clone());
            return Err(Error::WrongOrigin { expected, found });
        }
        let text = checkpoint.to_string();
        let signatures = self.0.sign(&text, seconds)?;
        SignedCheckpoint::from_note(Note::new(text, signatures)?)
    }
}

/// The keys of a witness, both of its name.
#[derive(Debug)]
pub struct CosignerKeys(KeyPair);

impl CosignerKeys {
    /// Makes new keys for a witness.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`] where no key can have this name;
    /// [`Error::Signing`] where the system gives no random bytes.
    pub fn generate(name: &str) -> Result<Self> {
        KeyPair::generate(name, SignatureType::Cosignature).map(Self)
    }

    /// Reads keys from the text of their file.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`].
    pub fn read(text: &str) -> Result<Self> {
        KeyPair::read(text, WITNESS_HEADER, SignatureType::Cosignature).map(Self)
    }

    /// The text of the keys' file. It is the secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        self.0.to_text(WITNESS_HEADER)
    }

    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The public keys, Ed25519 first.
    #[must_use]
    pub fn verifier_keys(&self) -> Vec<VerifierKey> {
        self.0.verifier_keys()
    }

    /// Cosigns a checkpoint with both keys, at a time in seconds since 1970.
    ///
    /// This is the statement that the log was seen to have grown only. [`crate::witness::Witness`]
    /// sees to that; nothing here does.
    ///
    /// # Errors
    ///
    /// [`Error::Clock`]; [`Error::Signing`].
    pub fn cosign(&self, checkpoint: &SignedCheckpoint, seconds: u64) -> Result<Vec<Signature>> {
        self.0.sign(checkpoint.text(), seconds)
    }
}

/// An Ed25519 key and an ML-DSA-44 key of one name.
#[derive(Debug)]
struct KeyPair {
    ed25519: SecretKey,
    ml_dsa: SecretKey,
}

impl KeyPair {
    fn generate(name: &str, first: SignatureType) -> Result<Self> {
        Ok(Self {
            ed25519: SecretKey::generate(name, first)?,
            ml_dsa: SecretKey::generate(name, SignatureType::MlDsa44)?,
        })
    }

    fn read(text: &str, header: &str, first: SignatureType) -> Result<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let [head, ed25519, ml_dsa] = lines.as_slice() else {
            return Err(malformed("a file of secret keys has three lines"));
        };
        if *head != header {
            return Err(malformed("the file's first line is not that of such keys"));
        }
        let (ed25519, ml_dsa) = (SecretKey::read(ed25519)?, SecretKey::read(ml_dsa)?);
        let types = (ed25519.public.signature_type(), ml_dsa.public.signature_type());
        if types != (first, SignatureType::MlDsa44) {
            return Err(malformed("the file's keys are not of the types it should have"));
        }
        if ed25519.public.name() != ml_dsa.public.name() {
            return Err(malformed("the file's keys have different names"));
        }
        Ok(Self { ed25519, ml_dsa })
    }

    fn to_text(&self, header: &str) -> Zeroizing<String> {
        let (ed25519, ml_dsa) = (self.ed25519.to_line(), self.ml_dsa.to_line());
        Zeroizing::new([header, "\n", &ed25519, "\n", &ml_dsa, "\n"].concat())
    }

    fn name(&self) -> &str {
        self.ed25519.public.name()
    }

    fn verifier_keys(&self) -> Vec<VerifierKey> {
        vec![self.ed25519.public.clone(), self.ml_dsa.public.clone()]
    }

    fn sign(&self, text: &str, seconds: u64) -> Result<Vec<Signature>> {
        // Zero would say that no time is stated; above the maximum nothing can be said.
        if seconds == 0 || seconds > MAX_SECONDS {
            return Err(Error::Clock { seconds });
        }
        Ok(vec![self.ed25519.sign(text, seconds)?, self.ml_dsa.sign(text, seconds)?])
    }
}

/// A secret key with its public half.
struct SecretKey {
    public: VerifierKey,
    secret: Secret,
}

enum Secret {
    Ed25519(ed25519::SigningKey),
    Cosignature(ed25519::SigningKey),
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
}

impl SecretKey {
    fn generate(name: &str, kind: SignatureType) -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())
            .map_err(|_| Error::Signing { reason: "the system gives no random bytes" })?;
        Self::from_seed(name, kind, &seed)
    }

    fn from_seed(name: &str, kind: SignatureType, seed: &[u8; 32]) -> Result<Self> {
        let (secret, public) = match kind {
            SignatureType::Ed25519 => {
                let key = ed25519::SigningKey::from_bytes(seed);
                let public = key.verifying_key();
                (Secret::Ed25519(key), Public::Ed25519(public))
            }
            SignatureType::Cosignature => {
                let key = ed25519::SigningKey::from_bytes(seed);
                let public = key.verifying_key();
                (Secret::Cosignature(key), Public::Cosignature(public))
            }
            SignatureType::MlDsa44 => {
                let key = Box::new(ml_dsa::SigningKey::from_seed(seed.into()));
                let public = Box::new(key.verifying_key());
                (Secret::MlDsa44(key), Public::MlDsa44(public))
            }
        };
        Ok(Self { public: VerifierKey::new(name, public)?, secret })
    }

    fn read(line: &str) -> Result<Self> {
        let parts = line
            .strip_prefix("PRIVATE+KEY+")
            .ok_or_else(|| malformed("a secret key begins with `PRIVATE+KEY+`"))?;
        let parts = KeyParts::parse(parts)?;
        let (&kind, seed) = parts.bytes.split_first().ok_or_else(|| malformed("it is empty"))?;
        let seed = seed.try_into().map_err(|_| malformed("a secret key's seed has 32 bytes"))?;
        let key = Self::from_seed(parts.name, SignatureType::from_byte(kind)?, seed)?;
        if key.public.id() != parts.id {
            return Err(malformed("a secret key's id does not fit its name and key"));
        }
        Ok(key)
    }

    fn to_line(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        bytes.push(self.public.signature_type().byte());
        match &self.secret {
            Secret::Ed25519(key) | Secret::Cosignature(key) => bytes.extend(key.as_bytes()),
            Secret::MlDsa44(key) => bytes.extend(key.as_seed()),
        }
        let bytes = Zeroizing::new(BASE64_STANDARD.encode(&*bytes));
        let (name, id) = (self.public.name(), self.public.id());
        Zeroizing::new(["PRIVATE+KEY+", name, "+", &format!("{id:08x}"), "+", &bytes].concat())
    }

    fn sign(&self, text: &str, seconds: u64) -> Result<Signature> {
        let failed = |reason| Error::Signing { reason };
        let message = self.public.signature_type().message(self.public.name(), text, seconds);
        let message = message.ok_or_else(|| failed("the text is not a checkpoint"))?;
        let timestamp = seconds.to_be_bytes();
        let bytes = match &self.secret {
            Secret::Ed25519(key) => key.sign(&message).to_bytes().to_vec(),
            Secret::Cosignature(key) => {
                [timestamp.as_slice(), &key.sign(&message).to_bytes()].concat()
            }
            Secret::MlDsa44(key) => {
                let signature = key.try_sign(&message).map_err(|_| failed("ML-DSA-44 failed"))?;
                [timestamp.as_slice(), &signature.encode()].concat()
            }
        };
        Ok(Signature::new(&self.public, bytes))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").field("public", &self.public).finish_non_exhaustive()
    }
}
