//! A law in force, with every client's mapping read against it.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bylaw_law::{Jurisdiction, Law, SourceFile};
use bylaw_records::{Client, Store};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    hex,
    mapping::Mapping,
};

/// A law in force. Nothing in it changes.
#[derive(Debug)]
pub struct LoadedLaw {
    /// The law.
    pub law: Law,
    /// `sha256:` and the hash of all its files.
    pub sources: String,
    /// When it was put in force.
    pub loaded_at: Timestamp,
    /// Mappings read so far, by client: numbers of facts and values hold for this law only.
    mappings: RwLock<HashMap<u64, Outcome>>,
}

/// A client's mapping, or the first reason why it does not fit.
type Outcome = Result<Arc<Mapping>, String>;

impl LoadedLaw {
    pub(super) fn new(law: Law, files: &[SourceFile], loaded_at: Timestamp) -> Self {
        Self { law, sources: hash(files), loaded_at, mappings: RwLock::default() }
    }

    /// Keeps the files with the records, so that a decision can be replayed when the law has moved
    /// on.
    pub(super) async fn archive(&self, store: &Store, files: &[SourceFile]) -> Result<()> {
        store.save_law(&self.law, files).await.map_err(Error::Records)
    }

    /// The jurisdiction of a client's scope.
    pub(crate) fn jurisdiction(&self, client: u64, path: &str) -> Result<&Jurisdiction> {
        let unknown = || Error::UnknownJurisdiction { client, path: path.to_owned() };
        self.law.jurisdiction(path).ok_or_else(unknown)
    }

    /// What turns the client's calls into facts.
    pub(super) fn mapping_of(&self, client: &Client) -> Result<Arc<Mapping>> {
        let jurisdiction = self.jurisdiction(client.number, &client.jurisdiction)?;
        let known = self.mappings.read().unwrap_or_else(PoisonError::into_inner);
        let outcome = known.get(&client.number).cloned();
        drop(known);
        let outcome = outcome.unwrap_or_else(|| {
            let outcome = self.read(client, &jurisdiction.path);
            let mut known = self.mappings.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(client.number, outcome.clone());
            outcome
        });
        outcome.map_err(|reason| Error::Mapping { client: client.number, reason })
    }

    fn read(&self, client: &Client, path: &str) -> Outcome {
        let Some(text) = &client.mapping else { return Ok(Arc::new(Mapping::plain())) };
        let name = client.mapping_name.as_deref().unwrap_or("mapping");
        Mapping::parse(name, text, &self.law, path).map(Arc::new).map_err(|error| {
            tracing::warn!(client = client.number, "a mapping does not fit the law in force");
            error.problems.first().map_or_else(
                || error.to_string(),
                |problem| format!("line {}: {problem}", problem.line()),
            )
        })
    }
}

/// The hash of all files, in the order of their names.
fn hash(files: &[SourceFile]) -> String {
    let mut files: Vec<_> = files.iter().collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hasher = Sha256::new();
    for file in files {
        for part in [file.name.as_bytes(), file.text.as_bytes()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    format!("sha256:{}", hex(&hasher.finalize()))
}
