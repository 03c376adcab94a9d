//! The same audit on this machine alone, without DataFusion: what the cluster's is compared with.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread,
};

use anyhow::Result;
use bylaw_audit::log::{
    run::{self, Asked, FileRead, Output},
    source::{Headers, Limits},
};

use crate::{asking::Asking, known};

pub(crate) fn run(files: &[PathBuf], asking: &Asking, output: &Path) -> Result<()> {
    let files = files.iter().map(|file| Ok(file.canonicalize()?)).collect::<Result<Vec<_>>>()?;
    let formats = asking.formats()?;
    let asked = Asked {
        law: known::law()?,
        path: &asking.jurisdiction,
        resolver: &asking.resolver()?,
        lexicon: known::lexicon()?,
        asking: asking.parties(),
        headers: Headers::of_formats(&formats, asking.format(&formats)?.as_ref()),
        zone: asking.zone()?,
        limits: Limits::default(),
        threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        link: false,
        mapping: None,
        on: None,
        words: &serde_json::to_string(asking)?,
    };
    let folder = Output::Folder { path: output, with_identifiers: false };
    let audited = asked.audit(&files, folder, &|_| ())?;
    run::close(output)?;
    // The end of a file that breaks off is one place more, of nobody knows how many rows.
    let places = |file: &FileRead| file.rows_not_read + u64::from(file.cut);
    let not_read: u64 = audited.files.iter().map(places).sum();
    println!("{} rows, {not_read} not read", audited.tally.rows);
    Ok(())
}
