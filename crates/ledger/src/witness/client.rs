//! Asking a witness for its cosignatures.

use reqwest::blocking::{Client, Response};

use super::{origin_hash, submission::Submission};
use crate::{
    Error, Hash, Note, Result, Signature, SignatureType, SignedCheckpoint, VerifierKey,
    checkpoint::decimal, http,
};

/// A witness of someone else, to be asked. Calls block: not for an async task.
#[derive(Debug)]
pub struct WitnessClient {
    url: String,
    keys: Vec<VerifierKey>,
    client: Client,
}

/// No honest answer is longer.
const MAX_BYTES: u64 = 512 * 1024;

/// What a witness says that does not refuse.
enum Answer {
    Cosigned(Vec<Signature>),
    /// Its latest checkpoint has another size than it was asked to start from.
    HasSize(u64),
}

impl WitnessClient {
    /// The witness at `url`, its submission prefix, with its public keys.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] where no HTTP client can be set up.
    pub fn new(url: &str, keys: Vec<VerifierKey>) -> Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { client: http::client(&url)?, url, keys })
    }

    /// The witness's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks for cosignatures on a checkpoint, and verifies them.
    ///
    /// `old` is the size that the witness cosigned last, as far as we know (0 is always a fair
    /// guess); `prove` makes the consistency proof from a size to the checkpoint's. Where the
    /// witness names another size, it is asked once more from there.
    ///
    /// # Errors
    ///
    /// [`Error::RolledBack`] where the witness says that it has cosigned a longer log than ours;
    /// [`Error::Disputed`] where it remembers another history; [`Error::Unreachable`];
    /// [`Error::WitnessRefused`]; [`Error::BadSignature`].
    pub fn ask(
        &self,
        old: u64,
        checkpoint: &SignedCheckpoint,
        prove: impl Fn(u64) -> Result<Vec<Hash>>,
    ) -> Result<Vec<Signature>> {
        let from = old.min(checkpoint.checkpoint.size);
        let from = match self.submit(from, checkpoint, &prove)? {
            Answer::Cosigned(cosignatures) => return Ok(cosignatures),
            Answer::HasSize(theirs) => theirs,
        };
        match self.submit(from, checkpoint, &prove)? {
            Answer::Cosigned(cosignatures) => Ok(cosignatures),
            Answer::HasSize(_) => Err(self.refused(409, "its size changed while it was asked")),
        }
    }

    /// The latest checkpoint of a log that the witness has cosigned, if it has any. Its signatures
    /// are not verified. It is evidence where [`Self::ask`] fails.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`], [`Error::WitnessRefused`], [`Error::MalformedNote`],
    /// [`Error::MalformedCheckpoint`].
    pub fn latest(&self, origin: &str) -> Result<Option<SignedCheckpoint>> {
        let url = format!("{}/{}/checkpoint", self.url, origin_hash(origin));
        let response =
            self.client.get(&url).send().map_err(|error| http::unreachable(&url, &error))?;
        match response.status().as_u16() {
            200 => SignedCheckpoint::parse(&http::body(&url, response, MAX_BYTES)?).map(Some),
            404 => Ok(None),
            status => Err(self.refused(status, "it serves no checkpoint")),
        }
    }

    /// Submits the checkpoint once, with a proof from the size `old`.
    fn submit(
        &self,
        old: u64,
        checkpoint: &SignedCheckpoint,
        prove: impl Fn(u64) -> Result<Vec<Hash>>,
    ) -> Result<Answer> {
        let proof = prove(old)?;
        let submission = Submission { old, proof, checkpoint: checkpoint.clone() };
        let url = format!("{}/add-checkpoint", self.url);
        let call = self.client.post(&url).body(submission.to_string());
        let response = call.send().map_err(|error| http::unreachable(&url, &error))?;
        let size = checkpoint.checkpoint.size;
        match response.status().as_u16() {
            200 => self.cosignatures(checkpoint, response).map(Answer::Cosigned),
            409 => self.size(response).and_then(|theirs| self.retry_from(old, theirs, size)),
            422 => Err(Error::Disputed { witness: self.url.clone(), old, size }),
            403 => Err(self.refused(403, "it does not accept the log's signature")),
            404 => Err(self.refused(404, "it does not watch this log")),
            status => Err(self.refused(status, "it does not cosign now")),
        }
    }

    /// Whether asking again from the size that the witness names can help.
    fn retry_from(&self, asked: u64, theirs: u64, ours: u64) -> Result<Answer> {
        if theirs > ours {
            return Err(Error::RolledBack { witness: self.url.clone(), ours, theirs });
        }
        if theirs == asked {
            return Err(self.refused(409, "it names the very size it was asked from"));
        }
        Ok(Answer::HasSize(theirs))
    }

    /// The cosignatures of the answer that are by the witness's known keys, all verified.
    fn cosignatures(
        &self,
        checkpoint: &SignedCheckpoint,
        response: Response,
    ) -> Result<Vec<Signature>> {
        let lines = self.text(response)?;
        let note = Note::new(checkpoint.text().to_owned(), Signature::parse_lines(&lines)?)?;
        let verified = match note.verify(&self.keys) {
            Err(Error::NotSigned) => Vec::new(),
            verified => verified?,
        };
        let cosigned = verified.iter().filter(|it| {
            let cosignature = it.key.signature_type() != SignatureType::Ed25519;
            cosignature && it.seconds.is_some_and(|seconds| seconds > 0)
        });
        let cosignatures: Vec<_> = cosigned.map(|it| it.signature.clone()).collect();
        if cosignatures.is_empty() {
            return Err(self.refused(200, "it cosigned with no key that is known to be its own"));
        }
        Ok(cosignatures)
    }

    /// The size in the body of a conflict.
    fn size(&self, response: Response) -> Result<u64> {
        let kind = response.headers().get("content-type");
        let expected = kind.is_some_and(|kind| kind.as_bytes() == b"text/x.tlog.size");
        let body = self.text(response)?;
        let size = body.strip_suffix('\n').and_then(decimal).filter(|_| expected);
        size.ok_or_else(|| self.refused(409, "it does not say which size it has"))
    }

    fn text(&self, response: Response) -> Result<String> {
        let status = response.status().as_u16();
        let body = http::body(&self.url, response, MAX_BYTES)?;
        String::from_utf8(body).map_err(|_| self.refused(status, "its answer is not text"))
    }

    fn refused(&self, status: u16, reason: &'static str) -> Error {
        Error::WitnessRefused { witness: self.url.clone(), status, reason }
    }
}
