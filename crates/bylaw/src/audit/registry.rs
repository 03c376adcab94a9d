//! `bylaw audit registry`: a registry of organizations from other files.

use std::process::ExitCode;

use bylaw_audit::registry::{Columns, build, write};
use miette::{IntoDiagnostic, Result, WrapErr};

use super::bytes;
use crate::{args::AuditRegistry, output};

pub(crate) fn run(options: &AuditRegistry) -> Result<ExitCode> {
    let columns = columns(&options.column);
    let mut rows = Vec::new();
    for path in &options.files {
        let name = path.display().to_string();
        let built = build(&name, &bytes(path)?, &columns)?;
        for line in &built.unnamed {
            output::note(format_args!("{name}, row {line}: it has no name, and is left out"));
        }
        rows.extend(built.rows);
    }
    let text = write(&rows)?;
    match &options.output {
        None => output::print(text)?,
        Some(path) => {
            std::fs::write(path, text)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot write {}", path.display()))?;
            output::note(format_args!("{} rows written to {}", rows.len(), path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn columns(named: &[(String, String)]) -> Columns {
    let column = |what: &str| {
        named.iter().rev().find(|(known, _)| known == what).map(|(_, column)| column.clone())
    };
    Columns {
        name: column("name"),
        aliases: column("aliases"),
        class: column("class"),
        state: column("state"),
        kind: column("kind"),
        source: column("source"),
    }
}
