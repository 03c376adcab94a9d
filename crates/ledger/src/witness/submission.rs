//! The body of `add-checkpoint`: an old size, a consistency proof, an empty line, a checkpoint.

use std::fmt;

use crate::{Error, Hash, Result, SignedCheckpoint, checkpoint::decimal, note::MAX_NOTE_BYTES};

/// The most bytes that the body of `add-checkpoint` may have.
pub const MAX_SUBMISSION_BYTES: usize = MAX_NOTE_BYTES + 4096;
/// The most hashes that a submission's proof may have.
pub(super) const MAX_PROOF: usize = 63;

/// A checkpoint on its way to a witness.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Submission {
    /// The size of the latest checkpoint that the witness has, as the client thinks.
    pub(super) old: u64,
    /// From that size to the checkpoint's.
    pub(super) proof: Vec<Hash>,
    pub(super) checkpoint: SignedCheckpoint,
}

impl Submission {
    pub(super) fn parse(body: &[u8]) -> Result<Self> {
        let malformed = |reason| Error::MalformedNote { reason };
        if body.len() > MAX_SUBMISSION_BYTES {
            return Err(malformed("it is too long"));
        }
        let text = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| malformed("it has no empty line"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let proof: Option<Vec<Hash>> =
            lines.take(MAX_PROOF + 1).map(|line| line.parse().ok()).collect();
        Ok(Self {
            old: old.ok_or_else(|| malformed("it has no old size"))?,
            proof: proof
                .filter(|proof| proof.len() <= MAX_PROOF)
                .ok_or_else(|| malformed("its proof is not at most 63 lines of a hash each"))?,
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
