//! Checkpoints (c2sp.org/tlog-checkpoint): the signed statement that a log has this many entries
//! and this root.

use std::fmt;

use crate::{Error, Hash, Note, Result, Signature, VerifierKey, note::Verified};

/// The head of a log's tree: which log, how many entries, which root.
///
/// Extension lines of the text are not kept: no signature of the newer type covers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, one line of text that is not empty.
    pub origin: String,
    /// How many entries the log has.
    pub size: u64,
    /// The root hash over these entries.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a checkpoint's note.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedCheckpoint`] where it is not a checkpoint to the letter.
    pub fn parse(text: &str) -> Result<Self> {
        let malformed = |reason| Error::MalformedCheckpoint { reason };
        let text = text
            .strip_suffix('\n')
            .ok_or_else(|| malformed("its last line does not end in a newline"))?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed("it has fewer than three lines"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(malformed("it has an empty line"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or_else(|| malformed("its size is not a number"))?,
            root: root.parse().map_err(|_| malformed("its root is not a hash in base64"))?,
        })
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

/// A checkpoint with its signatures, verified or not: [`SignedCheckpoint::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What is signed.
    pub checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedNote`] and [`Error::MalformedCheckpoint`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::from_note(Note::parse(bytes)?)
    }

    pub(crate) fn from_note(note: Note) -> Result<Self> {
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// The whole note with its signature lines, as it is stored and sent.
    #[must_use]
    pub fn note(&self) -> String {
        self.note.to_string()
    }

    /// The text that is signed, with extension lines if it has any.
    #[must_use]
    pub fn text(&self) -> &str {
        self.note.text()
    }

    /// The signatures, verified or not.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        self.note.signatures()
    }

    /// Verifies every signature of a known key, be it of the log or of a witness, and that the log
    /// itself has signed: with a key named by its origin.
    ///
    /// Who must not trust Ed25519 alone gives only the log's ML-DSA-44 key.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLog`] where no key is named by the origin, [`Error::BadSignature`],
    /// [`Error::NotSigned`].
    pub fn verify<'a>(&'a self, known: &'a [VerifierKey]) -> Result<Vec<Verified<'a>>> {
        let origin = &self.checkpoint.origin;
        if !known.iter().any(|key| key.name() == origin) {
            return Err(Error::UnknownLog { origin: origin.clone() });
        }
        let verified = self.note.verify(known)?;
        let by_the_log = verified.iter().any(|signature| signature.key.name() == origin);
        if by_the_log { Ok(verified) } else { Err(Error::NotSigned) }
    }

    /// Verifies every signature of a known key, whoever's: the log itself need not be known.
    pub(crate) fn verify_any<'a>(&'a self, known: &'a [VerifierKey]) -> Result<Vec<Verified<'a>>> {
        self.note.verify(known)
    }

    /// Adds signatures, such as a witness's. One by the same key as an older one takes its place.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedNote`] where there would be too many; nothing is added then.
    pub fn add_signatures(&mut self, more: &[Signature]) -> Result<()> {
        self.note.add_signatures(more)
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// A number as the specifications write it: ASCII digits without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| canonical && digits)
}
