//! Findings as Parquet and CSV, and back.
//!
//! A run writes its findings in parts: [`Writer`] one part, of one file or of many. A part is there whole
//! or not at all, so a run that was interrupted goes on with those that [`finished_parts`] does not name.
//! [`finish`] makes one `findings.csv` of them. [`find`] is the way back from a finding's number to its row.
//!
//! ```text
//! FOLDER/findings/part-00000.parquet    findings, in row groups of 128 Ki
//! FOLDER/findings.csv                   the same
//! FOLDER/differences.parquet, .csv      copies of one search that do not say the same
//! FOLDER/releases.csv, files.csv        pairs of files with searches in common; every file
//! ```

mod batch;
mod columns;
mod csv;
mod dictionary;
mod error;
mod lists;
mod part;
mod read;
mod said;
mod store;
mod whole;
mod words;

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

pub use columns::COLUMNS;
pub use error::OutputError;
pub use lists::{DifferenceList, write_files, write_releases};
pub use part::Writer;
pub use read::{Place, find};
pub(in crate::log) use whole::Whole;
pub use words::Words;

/// The numbers of the parts that are there, in order.
///
/// # Errors
///
/// Where the folder cannot be read. One that is not there has no parts.
pub fn finished_parts(folder: &Path) -> Result<Vec<u32>, OutputError> {
    let folder = folder.join(PARTS);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(OutputError::read(&folder, why)),
    };
    let mut parts = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|why| OutputError::read(&folder, why))?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_prefix("part-")?.strip_suffix(".parquet")?.parse::<u32>().ok()
        });
        parts.extend(number);
    }
    parts.sort_unstable();
    Ok(parts)
}

/// Removes all that there is of some parts, whole or not.
///
/// # Errors
///
/// Where it cannot be removed.
pub fn remove(folder: &Path, is_one: impl Fn(u32) -> bool) -> Result<(), OutputError> {
    remove_where(folder, |_, part| is_one(part))
}

fn remove_where(folder: &Path, is_one: impl Fn(&str, u32) -> bool) -> Result<(), OutputError> {
    let folder = folder.join(PARTS);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(OutputError::read(&folder, why)),
    };
    for entry in entries {
        let path = entry.map_err(|why| OutputError::read(&folder, why))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let part = name.strip_prefix("part-").and_then(|rest| rest.split('.').next()?.parse().ok());
        if part.is_some_and(|part| is_one(name, part)) {
            fs::remove_file(&path).map_err(|why| OutputError::write(&path, why))?;
        }
    }
    Ok(())
}

/// Makes `findings.csv` of these parts, with one header, in this order. It may be called again, with other
/// parts, until [`close`] removes what it is made of.
///
/// # Errors
///
/// Where it cannot be written, or a part is missing.
pub fn finish(folder: &Path, parts: &[u32], with_identifiers: bool) -> Result<(), OutputError> {
    let path = folder.join("findings.csv");
    let mut whole = Whole::create(&path)?;
    let header = columns::header(with_identifiers);
    whole.write_all(header.as_bytes()).map_err(|why| OutputError::write(&path, why))?;
    for &part in parts {
        let piece = piece(folder, part, "csv");
        let mut rows = File::open(&piece).map_err(|why| OutputError::read(&piece, why))?;
        io::copy(&mut rows, &mut whole).map_err(|why| OutputError::write(&path, why))?;
    }
    whole.finish()
}

/// Removes what `findings.csv` was made of. Findings remain as Parquet and in that file.
///
/// # Errors
///
/// Where it cannot be removed.
pub fn close(folder: &Path) -> Result<(), OutputError> {
    remove_where(folder, |name, _| !name.ends_with(".parquet"))
}

/// The folder of the parts.
const PARTS: &str = "findings";

/// A file of a part.
fn piece(folder: &Path, part: u32, ending: &str) -> PathBuf {
    folder.join(PARTS).join(format!("part-{part:05}.{ending}"))
}
