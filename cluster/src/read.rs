//! The rows of a file, by the single machine's own code.

use std::{path::Path, sync::Arc};

use anyhow::Result;
use bylaw_audit::log::{
    Row,
    format::{BadRow, Layout},
    source::{self, Body, Chunk, Headers, Limits},
};

use crate::asking::Asking;

/// What comes next in a file.
pub(crate) enum Next<'a> {
    /// A row under its header.
    Row(&'a Arc<Layout>, &'a Row<'a>),
    /// Something that cannot be read, with its line where it has one.
    NotRead(Option<u64>, &'a str),
}

/// Gives every row of a file, and what is wrong with it, as long as `take` asks for more.
pub(crate) fn rows(
    path: &Path,
    asking: &Asking,
    mut take: impl FnMut(Next<'_>) -> bool,
) -> Result<()> {
    let formats = asking.formats()?;
    let asked = asking.format(&formats)?;
    let headers = Headers::of_formats(&formats, asked.as_ref());
    let source = match source::open(path, &headers, &Limits::default()) {
        Ok(source) => source,
        Err(problem) => {
            take(Next::NotRead(problem.row, &problem.what));
            return Ok(());
        }
    };
    for chunk in source {
        let go_on = match chunk {
            Ok(chunk) => rows_of(&chunk, &mut take),
            Err(problem) => take(Next::NotRead(problem.row, &problem.what)),
        };
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn rows_of(chunk: &Chunk, take: &mut impl FnMut(Next<'_>) -> bool) -> bool {
    match &chunk.body {
        Body::Text { .. } => {
            let Some(mut records) = chunk.body.records() else { return true };
            while let Some(record) = records.read() {
                let go_on = match record {
                    Ok((line, cells)) => row(chunk, line, cells.iter(), take),
                    Err(unread) => take(Next::NotRead(Some(unread.line), unread.what)),
                };
                if !go_on {
                    return false;
                }
            }
            true
        }
        Body::Cells(rows) => rows
            .iter()
            .all(|(line, cells)| row(chunk, *line, cells.iter().map(String::as_str), take)),
        Body::Columns(columns) => {
            let mut cells = Vec::new();
            (0..columns.rows()).zip(columns.first_row..).all(|(number, line)| {
                columns.cells(number, &mut cells);
                row(chunk, line, cells.iter().map(String::as_str), take)
            })
        }
    }
}

fn row<'t>(
    chunk: &Chunk,
    line: u64,
    cells: impl Iterator<Item = &'t str> + Clone,
    take: &mut impl FnMut(Next<'_>) -> bool,
) -> bool {
    if chunk.lies {
        return take(Next::NotRead(Some(line), "its header says one thing and its cells another"));
    }
    let mut room = String::new();
    // A cell lives no longer here than the text that may be put together of several.
    let cells = cells.map(|cell| -> &str { cell });
    match chunk.layout.row(line, cells, &mut room) {
        Ok((row, _)) => take(Next::Row(&chunk.layout, &row)),
        Err(BadRow::Blank) => true,
        Err(bad) => take(Next::NotRead(Some(line), &bad.to_string())),
    }
}
