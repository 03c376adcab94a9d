//! The archive of laws: the text that every decision was made under.

use bylaw_law::{Law, SourceFile};
use sha2::{Digest as _, Sha256};

use crate::{
    body,
    error::{Error, Result},
    store::Store,
};

/// Where the vocabulary stands among a law's files.
const VOCABULARY: &str = "vocabulary.cedarschema";

impl Store {
    /// Keeps the text of every jurisdiction's law, under its hash. Each file is kept once, however
    /// many laws have it; a law that is kept already costs nothing.
    ///
    /// To be called before a decision is made under the law: a decision whose law is not kept could
    /// not be replayed.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn save_law(&self, law: &Law, files: &[SourceFile]) -> Result<()> {
        let doing = "keeping the law";
        let vocabulary: Vec<&SourceFile> =
            files.iter().filter(|file| file.name == VOCABULARY).collect();
        let mut transaction = self.pool.begin().await.map_err(Error::database(doing))?;
        for jurisdiction in law.jurisdictions() {
            let instruments = jurisdiction
                .instruments
                .iter()
                .filter_map(|&(_, index)| Some(&law.instruments.get(index)?.source_file));
            let mut named = Vec::new();
            for file in vocabulary.iter().copied().chain(instruments) {
                let digest = digest(&file.text);
                sqlx::query(
                    "INSERT INTO law_file (digest, text) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                )
                .bind(digest.as_str())
                .bind(&*file.text)
                .execute(&mut *transaction)
                .await
                .map_err(Error::database(doing))?;
                named.push((file.name.as_str(), digest));
            }
            let named = serde_json::to_string(&named).map_err(|error| body::malformed(&error))?;
            sqlx::query(
                "INSERT INTO law (hash, jurisdiction, files) VALUES ($1, $2, $3)
                 ON CONFLICT DO NOTHING",
            )
            .bind(&*jurisdiction.hash)
            .bind(jurisdiction.path.as_str())
            .bind(named)
            .execute(&mut *transaction)
            .await
            .map_err(Error::database(doing))?;
        }
        transaction.commit().await.map_err(Error::database(doing))
    }

    /// The files of the law of that hash, as it was; none where it is not kept.
    ///
    /// # Errors
    ///
    /// The database failed, or a file of it is gone.
    pub async fn law_files(&self, hash: &str) -> Result<Option<Vec<SourceFile>>> {
        let doing = "reading the law";
        let kept: Option<(String,)> = sqlx::query_as("SELECT files FROM law WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::database(doing))?;
        let Some((named,)) = kept else { return Ok(None) };
        let named: Vec<(String, String)> = body::read(named.as_bytes())?;
        let mut files = Vec::new();
        for (name, digest) in named {
            let (text,): (String,) = sqlx::query_as("SELECT text FROM law_file WHERE digest = $1")
                .bind(digest)
                .fetch_optional(&self.pool)
                .await
                .map_err(Error::database(doing))?
                .ok_or_else(|| Error::AlteredLaw { hash: hash.to_owned() })?;
            files.push(SourceFile::new(name, text));
        }
        Ok(Some(files))
    }

    /// The law of that hash, loaded and checked against its hash.
    ///
    /// # Errors
    ///
    /// The database failed, [`Error::UnknownLaw`], or [`Error::AlteredLaw`].
    pub async fn load_law(&self, hash: &str) -> Result<Law> {
        let files = self
            .law_files(hash)
            .await?
            .ok_or_else(|| Error::UnknownLaw { hash: hash.to_owned() })?;
        let altered = || Error::AlteredLaw { hash: hash.to_owned() };
        let law = Law::load_checked(&files).map_err(|_| altered())?;
        let kept = law.jurisdictions().any(|jurisdiction| &*jurisdiction.hash == hash);
        if kept { Ok(law) } else { Err(altered()) }
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
