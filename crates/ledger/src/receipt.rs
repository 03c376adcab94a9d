//! Receipts (c2sp.org/tlog-proof): a file that proves offline that an entry is in a log.
//!
//! The entry itself rides in the `extra` line. It is a commitment, so that a receipt tells nothing
//! about the decision that it is the receipt of.

use std::{collections::BTreeSet, fmt};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    Error, Hash, Result, SignatureType, SignedCheckpoint, VerifierKey,
    checkpoint::decimal,
    leaf_hash,
    note::{MAX_NOTE_BYTES, Verified, decode},
    tree::check_inclusion,
};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^64 leaves has no longer proof.
const MAX_PROOF: usize = 64;

/// Proof that an entry is in a log, to be checked without asking anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The entry, as the log holds it.
    pub entry: Vec<u8>,
    /// Its number in the log, from zero.
    pub index: u64,
    /// The hashes from the leaf's sibling up to the root's child.
    pub proof: Vec<Hash>,
    /// The checkpoint that the proof leads to.
    pub checkpoint: SignedCheckpoint,
}

/// The witnesses a reader trusts, and how many of them must have cosigned.
#[derive(Debug, Clone, Default)]
pub struct Witnesses {
    /// How many must have cosigned. A witness counts once, whatever number of keys it has.
    pub required: usize,
    /// Their keys. Keys of one name are one witness's.
    pub keys: Vec<VerifierKey>,
}

/// What a checked receipt proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The log's name.
    pub origin: String,
    /// How many entries the log had.
    pub size: u64,
    /// When the log signed, in seconds since 1970, where it says so.
    pub signed_at: Option<u64>,
    /// The names of the known witnesses that cosigned.
    pub witnesses: BTreeSet<String>,
}

impl Receipt {
    /// Reads a receipt.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedReceipt`], [`Error::MalformedNote`], [`Error::MalformedCheckpoint`] where
    /// it is not one to the letter.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > 2 * MAX_NOTE_BYTES {
            return Err(malformed("it has more than 1 MiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| malformed("it has no empty line"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("its first line is not `c2sp.org/tlog-proof@v1`"));
        }
        let entry = match lines.next_if(|line| line.starts_with("extra ")) {
            None => Some(Vec::new()),
            extra => value(extra, "extra ").and_then(decode).filter(|entry| !entry.is_empty()),
        };
        let index = value(lines.next(), "index ").and_then(decimal);
        let proof: Option<Vec<Hash>> =
            lines.take(MAX_PROOF + 1).map(|line| line.parse().ok()).collect();
        Ok(Self {
            entry: entry.ok_or_else(|| malformed("its line `extra` does not hold an entry"))?,
            index: index.ok_or_else(|| malformed("it has no line of `index` and a number"))?,
            proof: proof
                .filter(|proof| proof.len() <= MAX_PROOF)
                .ok_or_else(|| malformed("its proof is not at most 64 lines of a hash each"))?,
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }

    /// Checks all that the receipt claims: that a log known by one of `log_keys` signed the
    /// checkpoint, that enough witnesses cosigned it, and that the entry is in its tree.
    ///
    /// # Errors
    ///
    /// Each step has its own: [`Error::UnknownLog`], [`Error::NotSigned`] and
    /// [`Error::BadSignature`]; [`Error::TooFewWitnesses`]; [`Error::NotIncluded`].
    pub fn check(&self, log_keys: &[VerifierKey], witnesses: &Witnesses) -> Result<Checked> {
        let head = &self.checkpoint.checkpoint;
        let signed = self.checkpoint.verify(log_keys)?;
        let checked = Checked {
            origin: head.origin.clone(),
            size: head.size,
            signed_at: signed
                .iter()
                .filter(|it| it.key.name() == head.origin)
                .find_map(|it| it.seconds),
            witnesses: witnesses.check(&self.checkpoint)?,
        };
        let leaf = leaf_hash(&self.entry);
        if !check_inclusion(leaf, self.index, head.size, head.root, &self.proof) {
            return Err(Error::NotIncluded { index: self.index, size: head.size });
        }
        Ok(checked)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.entry.is_empty() {
            writeln!(f, "extra {}", BASE64_STANDARD.encode(&self.entry))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl Witnesses {
    /// No witness is known, and none is required.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Verifies every cosignature of a known witness and returns their names.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] where one does not fit; [`Error::TooFewWitnesses`].
    pub fn check(&self, checkpoint: &SignedCheckpoint) -> Result<BTreeSet<String>> {
        let verified = match checkpoint.verify_any(&self.keys) {
            Err(Error::NotSigned) => Vec::new(),
            verified => verified?,
        };
        let names: BTreeSet<_> = verified.iter().filter_map(cosigner).collect();
        if names.len() < self.required {
            return Err(Error::TooFewWitnesses { required: self.required, found: names.len() });
        }
        Ok(names)
    }
}

/// The name of the witness that made this signature, if it is a cosignature.
fn cosigner(signature: &Verified<'_>) -> Option<String> {
    let cosigned = signature.key.signature_type() != SignatureType::Ed25519;
    cosigned.then(|| signature.key.name().to_owned())
}

fn value<'a>(line: Option<&'a str>, name: &str) -> Option<&'a str> {
    line?.strip_prefix(name)
}

fn malformed(reason: &'static str) -> Error {
    Error::MalformedReceipt { reason }
}
