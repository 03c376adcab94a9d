//! What a log is asked: the same words for the client, the scheduler and every executor.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use bylaw_audit::{
    Resolver,
    log::{
        finding::Key,
        format::{Format, Formats},
        judge, time,
    },
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::known;

/// What a log is asked. It travels with the tables and as the first argument of `bylaw_decide`, so that an
/// executor needs no settings of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Asking {
    /// Whose law: `us/ca`.
    pub(crate) jurisdiction: String,
    /// The law's hash, and the lexicon's edition. An executor that has others refuses to answer.
    pub(crate) law: String,
    pub(crate) lexicon: String,
    /// Whose log it is, where its rows do not say.
    pub(crate) owner: Option<String>,
    /// Who acts, where that is not what the owner is.
    pub(crate) actor: Option<String>,
    /// The format of all files, where they are not to be recognized.
    pub(crate) format: Option<String>,
    /// A user's own formats, and registries of organizations.
    pub(crate) formats: Vec<File>,
    pub(crate) registries: Vec<File>,
    /// What the numbers of findings are made with, drawn for each audit.
    pub(crate) key: [u8; 16],
}

/// A file, its name and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Asking {
    /// Fails unless this program would give the answers that are expected.
    pub(crate) fn check(&self) -> Result<()> {
        let law = known::law()?.find_jurisdiction(&self.jurisdiction)?.hash.as_ref();
        let lexicon = known::lexicon()?.version();
        ensure!(
            (self.law.as_str(), self.lexicon.as_str()) == (law, lexicon),
            "this executor has another law or lexicon than the one who asks: run the same build everywhere"
        );
        Ok(())
    }

    pub(crate) fn formats(&self) -> Result<Arc<Formats>> {
        let mut formats = Formats::built_in()?;
        for File { name, text } in &self.formats {
            formats.add(name, text)?;
        }
        Ok(Arc::new(formats))
    }

    /// The format that all files have, where one was named.
    pub(crate) fn format(&self, formats: &Formats) -> Result<Option<Arc<Format>>> {
        let Some(name) = &self.format else { return Ok(None) };
        let format = formats.named(name);
        Ok(Some(Arc::clone(format.with_context(|| format!("there is no format `{name}`"))?)))
    }

    pub(crate) fn resolver(&self) -> Result<Resolver> {
        let mut resolver = Resolver::new()?;
        for File { name, text } in &self.registries {
            resolver.add_registry(name, text.as_bytes())?;
        }
        Ok(resolver)
    }

    /// The zone in which the law's days begin.
    pub(crate) fn zone(&self) -> Result<TimeZone> {
        let zone = time::zone_of(&self.jurisdiction).and_then(|zone| zone.time_zone());
        zone.with_context(|| format!("`{}` lies in no state", self.jurisdiction))
    }

    pub(crate) fn parties(&self) -> judge::Asking<'_> {
        judge::Asking { owner: self.owner.as_deref(), actor: self.actor.as_deref() }
    }

    pub(crate) fn key(&self) -> Key {
        Key::fixed(self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_law_or_lexicon_is_refused() {
        let law = known::law().expect("the packs are right");
        let asking = Asking {
            jurisdiction: "us/ca".to_owned(),
            law: law.find_jurisdiction("us/ca").expect("it is there").hash.to_string(),
            lexicon: known::lexicon().expect("it is right").version().to_owned(),
            owner: None,
            actor: None,
            format: None,
            formats: Vec::new(),
            registries: Vec::new(),
            key: [0; 16],
        };
        assert!(asking.check().is_ok());
        assert!(Asking { law: "sha256:00".to_owned(), ..asking.clone() }.check().is_err());
        assert!(Asking { lexicon: "another".to_owned(), ..asking.clone() }.check().is_err());
        assert!(Asking { jurisdiction: "us/tx".to_owned(), ..asking }.check().is_err());
    }
}
