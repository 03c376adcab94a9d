//! `bylaw law sources --text`: which packs were read from exactly this text.

use std::{fmt::Write as _, fs, path::Path, process::ExitCode};

use bylaw_law::{
    pack::Instrument,
    sources::{WorkList, sha256},
};
use miette::{IntoDiagnostic, Result, WrapErr};
use serde_json::{Value, json};

use crate::{
    args::Sources,
    output,
    style::{BOLD, DIM, item},
};

/// What the packs say of one text.
struct Found<'a> {
    file: &'a Path,
    sha256: String,
    /// Read from exactly this text.
    same: Vec<&'a Instrument>,
    /// They name this source, but were read from another text of it.
    other: Vec<&'a Instrument>,
    /// They name this source, but not which text of it was read.
    unnamed: Vec<&'a Instrument>,
}

pub(super) fn run(lists: &[WorkList<'_>], options: &Sources) -> Result<ExitCode> {
    let found = options
        .text
        .iter()
        .map(|file| {
            let text = fs::read(file)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot read {}", file.display()))?;
            Ok(find(file, sha256(&text), lists, &options.what))
        })
        .collect::<Result<Vec<_>>>()?;
    if options.json {
        let found: Vec<Value> = found.iter().map(as_json).collect();
        output::print_json(&found)?;
    } else {
        output::print(found.iter().map(as_text).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn find<'a>(
    file: &'a Path,
    sha256: String,
    lists: &[WorkList<'a>],
    chosen: &[String],
) -> Found<'a> {
    let instruments = || lists.iter().map(|list| list.instrument);
    let is_same = |instrument: &Instrument| {
        instrument.read.as_ref().is_some_and(|read| read.sha256 == sha256)
    };
    let same: Vec<&Instrument> = instruments().filter(|instrument| is_same(instrument)).collect();
    let (other, unnamed) = instruments()
        .filter(|instrument| !is_same(instrument))
        .filter(|instrument| {
            chosen.contains(&instrument.name)
                || is_called(file, &instrument.source)
                || same.iter().any(|same| same.source == instrument.source)
        })
        .partition(|instrument| instrument.read.is_some());
    Found { file, sha256, same, other, unnamed }
}

/// Whether the file is called as the last part of the source's address: `SB00008F.htm`.
fn is_called(file: &Path, source: &str) -> bool {
    let last = source.rsplit(['/', '=']).next();
    source.contains('/')
        && [file.file_name(), file.file_stem()]
            .into_iter()
            .any(|name| name.is_some() && name.and_then(|name| name.to_str()) == last)
}

fn as_text(found: &Found<'_>) -> String {
    let mut text =
        format!("{BOLD}{}{BOLD:#}\n{DIM}sha256:{}{DIM:#}\n", found.file.display(), found.sha256);
    if found.same.is_empty() {
        text.push_str("no pack was read from this text\n");
    }
    for (title, instruments) in [
        ("read from exactly this text:", &found.same),
        ("name this source, but were read from another text:", &found.other),
        ("name this source, but not the text that was read:", &found.unnamed),
    ] {
        if !instruments.is_empty() {
            _ = writeln!(text, "{title}");
        }
        for instrument in instruments {
            _ = writeln!(text, "{}", item("  ", &line(instrument)));
        }
    }
    text
}

fn line(instrument: &Instrument) -> String {
    match &instrument.read {
        Some(read) => {
            format!("{}  {}, read {} (sha256:{})", instrument.name, read.what, read.on, read.sha256)
        }
        None => format!("{}  {}", instrument.name, instrument.source),
    }
}

fn as_json(found: &Found<'_>) -> Value {
    let names = |instruments: &[&Instrument]| -> Vec<Value> {
        instruments
            .iter()
            .map(|instrument| {
                let read = instrument.read.as_ref();
                json!({
                    "instrument": instrument.name, "source": instrument.source, "sha256": read.map(|read| &read.sha256),
                    "on": read.map(|read| read.on.to_string()), "what": read.map(|read| &read.what),
                })
            })
            .collect()
    };
    json!({
        "file": found.file.display().to_string(), "sha256": found.sha256, "same_text": names(&found.same),
        "other_text": names(&found.other), "no_text_named": names(&found.unnamed),
    })
}
