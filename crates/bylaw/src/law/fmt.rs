//! `bylaw law fmt`: formats the Cedar rules of packs, and nothing else.

use std::{fs, path::Path, process::ExitCode};

use bylaw_law::{
    SourceFile,
    pack::{cedar_blocks, cedar_problem},
};
use cedar_policy_formatter::{Config, policies_str_to_pretty};
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use serde_json::json;

use crate::{args::Fmt, output, packs};

pub(crate) fn run(packs: Option<&Path>, options: &Fmt) -> Result<ExitCode> {
    let folder = options.folder.as_deref().or(packs).unwrap_or(Path::new("packs"));
    let files = packs::read(folder)?;
    let markdown = files.iter().filter(|file| file.name.ends_with(".md"));
    // Everything is formatted before anything is written: a file that cannot be read leaves all as
    // they were.
    let formatted = markdown.map(|file| Ok((file, format(file)?))).collect::<Result<Vec<_>>>()?;
    let mut changed = Vec::new();
    for (file, text) in &formatted {
        if **text != *file.text {
            if !options.check {
                write(&folder.join(&file.name), text)?;
            }
            changed.push(file.name.as_str());
        }
    }
    if options.json {
        output::print_json(&json!({ "changed": changed }))?;
    } else {
        let verb = if options.check { "would change" } else { "formatted" };
        let lines: String = changed.iter().map(|name| format!("{verb} {name}\n")).collect();
        output::print(lines)?;
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

fn format(file: &SourceFile) -> Result<String> {
    let config = Config { line_width: 110, indent_width: 2 };
    let text = &*file.text;
    let mut formatted = String::with_capacity(text.len());
    let mut done = 0;
    for block in cedar_blocks(text) {
        let rules = text.get(block.clone()).unwrap_or_default();
        // The formatter says only that it cannot read a block; the parser says where and why.
        if let Some(problem) = cedar_problem(file, block.clone()) {
            return Err(problem.into());
        }
        let pretty = policies_str_to_pretty(rules, &config)
            .map_err(|report| miette!("{report}"))
            .wrap_err_with(|| format!("in {}", file.name))?;
        formatted.push_str(text.get(done..block.start).unwrap_or_default());
        formatted.push_str(pretty.trim_end());
        formatted.push('\n');
        done = block.end;
    }
    formatted.push_str(text.get(done..).unwrap_or_default());
    Ok(formatted)
}
