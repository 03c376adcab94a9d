//! Writing for people and programs: an output that is full or gone is an error, never a panic.

use std::io::{self, Write};

use miette::{Diagnostic, Result};

/// The output took no more.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("cannot write the output: {0}")]
#[diagnostic(code(bylaw::output), help("is the disk full, or the file read-only?"))]
pub(crate) struct OutputError(#[from] pub(crate) io::Error);

/// Prints text, with its colors where they are wanted.
pub(crate) fn print(text: impl std::fmt::Display) -> Result<()> {
    let mut output = anstream::stdout().lock();
    write!(output, "{text}").and_then(|()| output.flush()).map_err(OutputError)?;
    Ok(())
}

/// Prints JSON and a line's end.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| OutputError(error.into()))?;
    print(text + "\n")
}

/// Whether a report says that the reader of the output went away, as in `bylaw law show | head`:
/// that is no failure.
pub(crate) fn reader_left(report: &miette::Report) -> bool {
    report
        .downcast_ref::<OutputError>()
        .is_some_and(|OutputError(error)| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Tells a person something on standard error. Where that is gone there is nobody to tell.
pub(crate) fn note(text: impl std::fmt::Display) {
    _ = writeln!(anstream::stderr().lock(), "{text}");
}
