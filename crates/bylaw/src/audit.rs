//! `bylaw audit`: was the law kept?

mod anchor;
mod explain;
mod formats;
mod json;
mod log;
mod registry;
mod sharing;

use std::{io::Read, path::Path, process::ExitCode};

use miette::{IntoDiagnostic, Result, WrapErr};

use crate::args::AuditCommand;

pub(crate) fn run(packs: Option<&Path>, command: &AuditCommand) -> Result<ExitCode> {
    match command {
        AuditCommand::Sharing(options) => sharing::run(packs, options),
        AuditCommand::Log(options) => log::run(packs, options),
        AuditCommand::Explain(options) => explain::run(packs, options),
        AuditCommand::Formats(options) => formats::run(options),
        AuditCommand::Registry(options) => registry::run(options),
    }
}

/// The bytes of a file, or of standard input.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes).into_diagnostic();
        read.wrap_err("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", path.display()))
}
