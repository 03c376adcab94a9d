//! `bylaw law fmt`: formats the Cedar rules of packs, and nothing else.

use std::{fs, path::Path, process::ExitCode};

use bylaw_law::pack::cedar_blocks;
use cedar_policy_formatter::{Config, policies_str_to_pretty};
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::json;

use crate::{args::Fmt, packs};

pub(crate) fn run(options: &Fmt) -> Result<ExitCode> {
    let mut changed = Vec::new();
    let files = packs::read(&options.folder)?;
    for file in files.iter().filter(|file| file.name.ends_with(".md")) {
        let formatted = format(&file.text).wrap_err_with(|| format!("in {}", file.name))?;
        if formatted != *file.text {
            if !options.check {
                write(&options.folder.join(&file.name), &formatted)?;
            }
            changed.push(file.name.as_str());
        }
    }
    if options.json {
        anstream::println!("{}", json!({ "changed": changed }));
    } else {
        let verb = if options.check { "would change" } else { "formatted" };
        changed.iter().for_each(|name| anstream::println!("{verb} {name}"));
    }
    Ok(ExitCode::from(u8::from(options.check && !changed.is_empty())))
}

/// Writes beside the file first, so that a full disk leaves the old text.
fn write(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("md.new");
    fs::write(&beside, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", beside.display()))?;
    fs::rename(&beside, path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot replace {}", path.display()))
}

fn format(text: &str) -> Result<String> {
    let config = Config { line_width: 110, indent_width: 2 };
    let mut formatted = String::with_capacity(text.len());
    let mut done = 0;
    for block in cedar_blocks(text) {
        let rules = text.get(block.clone()).unwrap_or_default();
        let pretty =
            policies_str_to_pretty(rules, &config).map_err(|report| miette!("{report}"))?;
        formatted.push_str(text.get(done..block.start).unwrap_or_default());
        formatted.push_str(pretty.trim_end());
        formatted.push('\n');
        done = block.end;
    }
    formatted.push_str(text.get(done..).unwrap_or_default());
    Ok(formatted)
}
