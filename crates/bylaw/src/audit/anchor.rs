//! A report's hash in the ledger, so that it can be shown later that the report was made by then and not
//! changed since.

use std::{fmt::Write as _, path::Path};

use bylaw_ledger::Reader;
use bylaw_records::{Entry, Kind, body};
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use sha2::{Digest, Sha256};

use crate::{
    args::Place,
    files, runtime,
    serve::{config::Config, ground},
};

/// The file that lists every file of a report with its hash, as `sha256sum --check` reads it.
pub(super) const SUMS: &str = "SHA256SUMS";
/// The ledger's receipt.
pub(super) const RECEIPT: &str = "receipt.txt";
/// What the record was made of, to be checked against the receipt.
pub(super) const OPENING: &str = "opening.json";

/// Writes the list of a report's files and hashes; returns the hash of the list.
pub(super) fn list(folder: &Path) -> Result<String> {
    let mut names = Vec::new();
    gather(folder, Path::new(""), &mut names)?;
    names.sort();
    let mut text = String::new();
    for name in names {
        let (hash, _) =
            bylaw_audit::log::source::sha256(&folder.join(&name), |_| ()).into_diagnostic()?;
        _ = writeln!(text, "{hash}  {name}");
    }
    std::fs::write(folder.join(SUMS), &text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", folder.join(SUMS).display()))?;
    Ok(hex(&Sha256::digest(text.as_bytes())))
}

/// Records that the report was made; returns the record's number.
pub(super) fn anchor(place: &Place, folder: &Path, audit: body::Audit) -> Result<u64> {
    let config = Config::load(place)?;
    let number = runtime::block_on(async {
        let store = ground::existing_store(&config).await?;
        let recorder = ground::recorder(&config, store.clone(), false).await?;
        let body =
            serde_json::to_vec(&body::Audit { at: recorder.now(), ..audit }).into_diagnostic()?;
        let entry = Entry::new(Kind::Audit, body.as_slice());
        let recorded = recorder.record(vec![entry]).await;
        recorder.close().await;
        let number = recorded?.first().map(|recorded| recorded.number);
        let number =
            number.ok_or_else(|| miette!("the ledger took the report and gave it no number"))?;
        let opening = store.open_record(number).await?.and_then(|record| record.opening());
        if let Some(opening) = opening {
            files::write_secret(&folder.join(OPENING), &opening.to_json())?;
        }
        Ok(number)
    })?;
    let storage = ground::writable(&config.ledger_location()?)?;
    let receipt = Reader::new(&*storage).receipt(number)?.to_string();
    std::fs::write(folder.join(RECEIPT), receipt)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", folder.join(RECEIPT).display()))?;
    Ok(number)
}

fn gather(folder: &Path, below: &Path, names: &mut Vec<String>) -> Result<()> {
    let entries = std::fs::read_dir(folder.join(below)).into_diagnostic()?;
    for entry in entries {
        let entry = entry.into_diagnostic()?;
        let name = below.join(entry.file_name());
        let shown = name.display().to_string();
        if entry.file_type().into_diagnostic()?.is_dir() {
            gather(folder, &name, names)?;
        } else if ![SUMS, RECEIPT, OPENING].contains(&shown.as_str()) {
            names.push(shown);
        }
    }
    Ok(())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
