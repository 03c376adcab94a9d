//! `bylaw audit formats`: the formats of logs that are known.

use std::process::ExitCode;

use bylaw_audit::log::format::Formats;
use miette::{Result, miette};

use crate::{args::AuditFormats, output};

pub(super) fn run(options: &AuditFormats) -> Result<ExitCode> {
    let Some(name) = &options.name else {
        let formats = Formats::built_in()?;
        let width = formats.names().map(str::len).max().unwrap_or(0);
        let lines =
            formats.all().map(|format| format!("{:width$}  {}\n", format.name, format.title));
        output::print(lines.collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    };
    let text = Formats::text_of(name).ok_or_else(|| {
        miette!(help = "`bylaw audit formats` lists them", "there is no format `{name}`")
    })?;
    output::print(text)?;
    Ok(ExitCode::SUCCESS)
}
