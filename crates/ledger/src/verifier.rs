//! Verifier keys, and what exactly a signature of each type signs.
//!
//! Three types of c2sp.org/signed-note: Ed25519 over the text (`0x01`), and the two cosignatures
//! of c2sp.org/tlog-cosignature, Ed25519 (`0x04`) and ML-DSA-44 (`0x06`). The last is also what a
//! log signs its own checkpoints with, beside Ed25519. Stricter than asked: a key whose id is not
//! the recommended one, or that is of small order or not in canonical form, is refused.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek as ed25519;
use ml_dsa::{EncodedVerifyingKey, MlDsa44, Verifier};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    Checkpoint, Error, Result,
    note::{decode, is_key_name},
};

/// What a key signs, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureType {
    /// Ed25519 over the note's text, `0x01`.
    Ed25519,
    /// Ed25519 over a checkpoint and the time, `0x04`.
    Cosignature,
    /// ML-DSA-44 over a tree's head and the time, `0x06`.
    MlDsa44,
}

impl SignatureType {
    /// The byte that the specification assigns.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
            Self::MlDsa44 => 0x06,
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Result<Self> {
        match byte {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::Cosignature),
            0x06 => Ok(Self::MlDsa44),
            _ => Err(malformed("its signature type is not one of 0x01, 0x04 and 0x06")),
        }
    }

    /// The message that `signer` signs for a note of this text at this time; none where the text
    /// cannot be signed so.
    pub(crate) fn message(self, signer: &str, text: &str, seconds: u64) -> Option<Vec<u8>> {
        match self {
            Self::Ed25519 => Some(text.into()),
            Self::Cosignature => Some(format!("cosignature/v1\ntime {seconds}\n{text}").into()),
            Self::MlDsa44 => cosigned_message(signer, seconds, &Checkpoint::parse(text).ok()?),
        }
    }
}

/// `cosigned_message` of c2sp.org/tlog-cosignature, for the whole tree of a checkpoint.
fn cosigned_message(signer: &str, seconds: u64, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    let mut message = b"subtree/v1\n\0".to_vec();
    push_short(&mut message, signer)?;
    message.extend(seconds.to_be_bytes());
    push_short(&mut message, &checkpoint.origin)?;
    message.extend(0_u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root.0);
    Some(message)
}

/// Appends a text of 1 to 255 bytes, its length before it.
fn push_short(message: &mut Vec<u8>, text: &str) -> Option<()> {
    message.push(u8::try_from(text.len()).ok().filter(|&length| length > 0)?);
    message.extend(text.as_bytes());
    Some(())
}

/// A public key with its name, written as `name+id+base64`.
#[derive(Clone, PartialEq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    public: Public,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Public {
    Ed25519(ed25519::VerifyingKey),
    Cosignature(ed25519::VerifyingKey),
    MlDsa44(Box<ml_dsa::VerifyingKey<MlDsa44>>),
}

impl VerifierKey {
    pub(crate) fn new(name: &str, public: Public) -> Result<Self> {
        if !is_key_name(name) {
            return Err(malformed("its name is empty or has a space or a plus"));
        }
        if name.len() > 255 {
            return Err(malformed("its name has more than 255 bytes"));
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, &public.encode()), public })
    }

    /// The key's name: the origin of the log, or the name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id, which tells keys of one name apart.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What the key signs, and how.
    #[must_use]
    pub fn signature_type(&self) -> SignatureType {
        match self.public {
            Public::Ed25519(_) => SignatureType::Ed25519,
            Public::Cosignature(_) => SignatureType::Cosignature,
            Public::MlDsa44(_) => SignatureType::MlDsa44,
        }
    }

    /// Verifies one signature over a note's text, and returns the time it carries, if any.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>> {
        let verified = match &self.public {
            Public::Ed25519(key) => verify_ed25519(key, text.as_bytes(), signature).map(|()| None),
            _ => self.verify_timestamped(text, signature).map(Some),
        };
        verified
            .ok_or_else(|| Error::BadSignature { key: format!("{}+{:08x}", self.name, self.id) })
    }

    /// Verifies a `timestamped_signature`: eight bytes of time, then the signature.
    fn verify_timestamped(&self, text: &str, signature: &[u8]) -> Option<u64> {
        let (seconds, signature) = signature.split_first_chunk()?;
        let seconds = u64::from_be_bytes(*seconds);
        if seconds > MAX_SECONDS {
            return None;
        }
        let message = self.signature_type().message(&self.name, text, seconds)?;
        match &self.public {
            Public::Ed25519(key) | Public::Cosignature(key) => {
                verify_ed25519(key, &message, signature)?;
            }
            Public::MlDsa44(key) => {
                let signature = ml_dsa::Signature::<MlDsa44>::try_from(signature).ok()?;
                key.verify(&message, &signature).ok()?;
            }
        }
        Some(seconds)
    }
}

/// The latest time that a cosignature can carry, in seconds since 1970.
pub(crate) const MAX_SECONDS: u64 = (1 << 63) - 1;

/// Strict: no key or nonce of small order, no second encoding of a signature.
fn verify_ed25519(key: &ed25519::VerifyingKey, message: &[u8], signature: &[u8]) -> Option<()> {
    let signature = ed25519::Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}

impl Public {
    /// The signature type's byte, then the public key.
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => [&[0x01], key.as_bytes().as_slice()].concat(),
            Self::Cosignature(key) => [&[0x04], key.as_bytes().as_slice()].concat(),
            Self::MlDsa44(key) => [&[0x06], key.encode().as_slice()].concat(),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let (&kind, key) = bytes.split_first().ok_or_else(|| malformed("it is empty"))?;
        match SignatureType::from_byte(kind)? {
            SignatureType::Ed25519 => Ok(Self::Ed25519(decode_ed25519(key)?)),
            SignatureType::Cosignature => Ok(Self::Cosignature(decode_ed25519(key)?)),
            SignatureType::MlDsa44 => {
                let key = EncodedVerifyingKey::<MlDsa44>::try_from(key)
                    .map_err(|_| malformed("an ML-DSA-44 key has 1,312 bytes"))?;
                Ok(Self::MlDsa44(Box::new(ml_dsa::VerifyingKey::decode(&key))))
            }
        }
    }
}

fn decode_ed25519(key: &[u8]) -> Result<ed25519::VerifyingKey> {
    let bytes = key.try_into().map_err(|_| malformed("an Ed25519 key has 32 bytes"))?;
    let key = ed25519::VerifyingKey::from_bytes(bytes)
        .map_err(|_| malformed("it is no point of the curve"))?;
    if key.is_weak() {
        return Err(malformed("it is of small order, so that anyone could sign for it"));
    }
    if key.to_edwards().compress().as_bytes() != bytes {
        return Err(malformed("it is not written in the canonical form"));
    }
    Ok(key)
}

/// The first four bytes of the hash of a key's name, type and public key.
fn key_id(name: &str, public: &[u8]) -> u32 {
    let hash: [u8; 32] =
        Sha256::new().chain_update(name).chain_update(b"\n").chain_update(public).finalize().into();
    let [first, second, third, fourth, ..] = hash;
    u32::from_be_bytes([first, second, third, fourth])
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = KeyParts::parse(text)?;
        let key = Self::new(parts.name, Public::decode(&parts.bytes)?)?;
        if key.id != parts.id {
            return Err(malformed("its id does not fit its name and key"));
        }
        Ok(key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = BASE64_STANDARD.encode(self.public.encode());
        write!(f, "{}+{:08x}+{bytes}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({}+{:08x})", self.name, self.id)
    }
}

/// `name+id+base64`, the shape of public and of secret keys.
pub(crate) struct KeyParts<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: u32,
    /// The signature type's byte, then the key.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

impl<'a> KeyParts<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("it has not three parts with `+` between them"));
        };
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if id.len() != 8 || !id.bytes().all(hex) {
            return Err(malformed("its id is not eight hexadecimal digits"));
        }
        let id = u32::from_str_radix(id, 16).map_err(|_| malformed("its id is not a number"))?;
        let bytes = decode(bytes).ok_or_else(|| malformed("its last part is not base64"))?;
        Ok(Self { name, id, bytes: Zeroizing::new(bytes) })
    }
}

pub(crate) fn malformed(reason: &'static str) -> Error {
    Error::MalformedKey { reason }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::{decode_ed25519, verify_ed25519};

    /// What the vectors of github.com/C2SP/CCTV call what any verifier, the first two, or a strict
    /// one refuses.
    const REFUSED: [&str; 5] =
        ["non_canonical_R", "low_order_residue", "low_order_A", "low_order_R", "non_canonical_A"];

    #[test]
    fn edge_cases_of_ed25519_are_refused() {
        let Ok(data) = std::env::var("BYLAW_DATA") else {
            println!("skipped: BYLAW_DATA is not set");
            return;
        };
        let path = Path::new(&data).join("tlog/ed25519_edge_vectors.json");
        let vectors = std::fs::read_to_string(path).expect("the vectors can be read");
        let vectors: Vec<Value> = serde_json::from_str(&vectors).expect("the vectors are JSON");
        let mut accepted = 0;
        for vector in &vectors {
            let flags = vector["flags"].as_array().map_or(&[][..], Vec::as_slice);
            let bad = flags.iter().any(|flag| REFUSED.contains(&flag.as_str().expect("a name")));
            assert_eq!(verifies(vector), !bad, "vector {}", vector["number"]);
            accepted += usize::from(!bad);
        }
        assert_eq!(vectors.len(), 305);
        assert!(accepted > 0);
    }

    fn verifies(vector: &Value) -> bool {
        let text = |field: &str| vector[field].as_str().expect("a text");
        let (key, signature) = (bytes(text("key")), bytes(text("sig")));
        let key = decode_ed25519(&key).ok();
        let message = text("msg").as_bytes();
        key.and_then(|key| verify_ed25519(&key, message, &signature)).is_some()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).expect("two digits"), 16);
        (0..hex.len()).step_by(2).map(|at| byte(at).expect("a byte")).collect()
    }
}
