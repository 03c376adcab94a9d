//! What every process knows by itself: the law and the lexicon of its build, read once.

use std::sync::OnceLock;

use anyhow::Result;
use bylaw_audit::lexicon::Lexicon;
use bylaw_law::{Law, SourceFile, pack::CLAIMS};
use include_dir::{Dir, include_dir};

static PACKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../packs");
static LAW: OnceLock<Law> = OnceLock::new();
static LEXICON: OnceLock<Lexicon> = OnceLock::new();

/// The packs that this program was built with.
pub(crate) fn law() -> Result<&'static Law> {
    if LAW.get().is_none() {
        let mut files = Vec::new();
        gather(&PACKS, &mut files);
        // Another thread may have been quicker; its law is the same.
        let _ = LAW.set(Law::load_checked(&files)?);
    }
    Ok(LAW.wait())
}

pub(crate) fn lexicon() -> Result<&'static Lexicon> {
    if LEXICON.get().is_none() {
        let _ = LEXICON.set(Lexicon::built_in()?);
    }
    Ok(LEXICON.wait())
}

/// The law's files. Claims about it change no answer.
fn gather(folder: &Dir<'_>, files: &mut Vec<SourceFile>) {
    for file in folder.files() {
        let name = file.path().to_string_lossy();
        if let Some(text) = file.contents_utf8().filter(|_| !name.ends_with(CLAIMS)) {
            files.push(SourceFile::new(name, text));
        }
    }
    folder.dirs().for_each(|inner| gather(inner, files));
}
