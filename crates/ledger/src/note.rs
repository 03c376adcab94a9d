//! Signed notes (c2sp.org/signed-note): a text, an empty line, and signature lines.
//!
//! Written here rather than taken from the crate `signed_note`, which skips a known key's second
//! signature where the specification wants it verified, and verifies Ed25519 less strictly.
//!
//! INVARIANT: a [`Note`] prints to the very bytes it was read from.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{Error, Result, VerifierKey};

/// The most bytes that a note may have: room for 64 post-quantum signatures.
pub const MAX_NOTE_BYTES: usize = 512 * 1024;
/// The most signatures that a note may have.
pub const MAX_SIGNATURES: usize = 64;
const TOO_LONG: &str = "it has more than 512 KiB";

/// A text with the signatures that stand below it. Nothing about them is known before
/// [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// A note of `text`, which ends in a newline, and at least one signature.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedNote`] where the text or the number of signatures is not of the format.
    pub fn new(text: String, signatures: Vec<Signature>) -> Result<Self> {
        let length = text.len() + 1 + signatures.iter().map(Signature::length).sum::<usize>();
        let reason = if !text.ends_with('\n') {
            "the text does not end in a newline"
        } else if has_control(&text) {
            "it has a control character"
        } else if signatures.is_empty() {
            "it has no signature"
        } else if signatures.len() > MAX_SIGNATURES {
            "it has more than 64 signatures"
        } else if length > MAX_NOTE_BYTES {
            TOO_LONG
        } else {
            return Ok(Self { text, signatures });
        };
        Err(Error::MalformedNote { reason })
    }

    /// Reads a note from its bytes.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedNote`] where they are not a note to the letter, or too many.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let malformed = |reason| Error::MalformedNote { reason };
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(malformed(TOO_LONG));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (text, signatures) =
            whole.rsplit_once("\n\n").ok_or_else(|| malformed("it has no empty line"))?;
        Self::new(format!("{text}\n"), Signature::parse_lines(signatures)?)
    }

    /// The text that is signed, with its last newline. Not to be trusted before
    /// [`Note::verify`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order, verified or not.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Verifies every signature of a known key, and ignores all others.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] where one signature of a known key does not verify, even beside
    /// others that do; [`Error::NotSigned`] where no known key has signed.
    pub fn verify<'a>(&'a self, known: &'a [VerifierKey]) -> Result<Vec<Verified<'a>>> {
        let mut verified = Vec::new();
        for signature in &self.signatures {
            for key in known.iter().filter(|key| signature.is_by(key)) {
                let seconds = key.verify(&self.text, &signature.bytes)?;
                verified.push(Verified { key, signature, seconds });
            }
        }
        if verified.is_empty() { Err(Error::NotSigned) } else { Ok(verified) }
    }

    /// Adds signatures. One by the same key as an older one takes its place.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedNote`] where there would be too many; the note is as before then.
    pub fn add_signatures(&mut self, more: &[Signature]) -> Result<()> {
        let replaced = |old: &Signature| more.iter().any(|new| new.same_key(old));
        let kept = self.signatures.iter().filter(|old| !replaced(old));
        let signatures = kept.chain(more).cloned().collect();
        *self = Self::new(self.text.clone(), signatures)?;
        Ok(())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

/// A signature that fits its text and a known key.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    /// The key that signed.
    pub key: &'a VerifierKey,
    /// The signature.
    pub signature: &'a Signature,
    /// When it signed, in seconds since 1970, where signatures of its type say so. Zero says that
    /// the signer makes no statement of time.
    pub seconds: Option<u64>,
}

/// One signature line. Its [`Display`](fmt::Display) ends in a newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    key_id: u32,
    bytes: Vec<u8>,
}

impl Signature {
    pub(crate) fn new(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), key_id: key.id(), bytes }
    }

    /// The name of the key, as claimed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads signature lines, each ending in a newline.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedNote`] where one is not of the format, or there are too many.
    pub fn parse_lines(lines: &str) -> Result<Vec<Self>> {
        let lines = lines.strip_suffix('\n').ok_or(Error::MalformedNote {
            reason: "the last signature line does not end in a newline",
        })?;
        // One more than allowed is read, so that `Note::new` sees that there are too many.
        lines.split('\n').take(MAX_SIGNATURES + 1).map(Self::from_str).collect()
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key_id == key.id()
    }

    /// How many bytes its line has.
    fn length(&self) -> usize {
        let base64 = (4 + self.bytes.len()).div_ceil(3) * 4;
        "— ".len() + self.name.len() + 1 + base64 + 1
    }

    fn same_key(&self, other: &Self) -> bool {
        self.name == other.name && self.key_id == other.key_id
    }
}

impl FromStr for Signature {
    type Err = Error;

    /// Reads one line without its newline.
    fn from_str(line: &str) -> Result<Self> {
        let malformed = |reason| Error::MalformedNote { reason };
        let line =
            line.strip_prefix("— ").ok_or_else(|| malformed("a signature line has no dash"))?;
        let (name, bytes) =
            line.split_once(' ').ok_or_else(|| malformed("a signature line has no signature"))?;
        if !is_key_name(name) {
            return Err(malformed("a signature's key name is empty or has a space or a plus"));
        }
        let bytes = decode(bytes).ok_or_else(|| malformed("a signature is not base64"))?;
        match bytes.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: u32::from_be_bytes(*id),
                bytes: bytes.to_owned(),
            }),
            _ => Err(malformed("a signature is too short")),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id.to_be_bytes(), self.bytes.as_slice()].concat();
        writeln!(f, "— {} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

/// Whether a key may have this name: not empty, no Unicode space, no plus, no control character.
pub(crate) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c < ' ' || c == '+';
    !name.is_empty() && !name.contains(forbidden)
}

/// Base64 in the one way in which these bytes can be written.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}
