//! Openings: what lets anyone see, without our database, that a leaf of the ledger stands for one
//! record.
//!
//! An opening is handed out on purpose, to the person concerned or to a court. It shows the whole
//! record; who has only the leaf learns nothing.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    Kind, body,
    error::{Error, Result},
    seal,
};

/// A record with the salt that its leaf was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The record's number, which is its leaf's index.
    pub number: u64,
    /// What it is of.
    pub kind: Kind,
    /// The salt.
    pub salt: [u8; 32],
    /// The record's text, byte for byte.
    pub body: String,
}

/// An opening as it is written: JSON, the salt in base64.
#[derive(Serialize, Deserialize)]
struct Written {
    number: u64,
    kind: String,
    salt: String,
    body: String,
}

impl Opening {
    /// Reads an opening from JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`].
    pub fn parse(json: &str) -> Result<Self> {
        let malformed =
            |reason: &str| Error::Malformed { what: "the opening", reason: reason.to_owned() };
        let written: Written = body::read(json.as_bytes()).map_err(|error| match error {
            Error::Malformed { reason, .. } => Error::Malformed { what: "the opening", reason },
            other => other,
        })?;
        let salt = STANDARD.decode(&written.salt).ok().and_then(|salt| salt.try_into().ok());
        Ok(Self {
            number: written.number,
            kind: Kind::from_name(&written.kind)
                .ok_or_else(|| malformed("its kind is not known"))?,
            salt: salt.ok_or_else(|| malformed("its salt is not 32 bytes in base64"))?,
            body: written.body,
        })
    }

    /// The opening as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let written = Written {
            number: self.number,
            kind: self.kind.name().to_owned(),
            salt: STANDARD.encode(self.salt),
            body: self.body.clone(),
        };
        serde_json::to_string_pretty(&written).unwrap_or_default()
    }

    /// The leaf that this record has: the ledger's entry at its number, if it is genuine.
    #[must_use]
    pub fn leaf(&self) -> [u8; 33] {
        seal::leaf(&self.salt, self.kind, self.body.as_bytes())
    }
}
