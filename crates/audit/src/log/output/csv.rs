//! Cells of CSV, written into a line.

use std::borrow::Cow;

/// Adds a cell that this program wrote.
pub(super) fn push(line: &mut String, text: &str) {
    let quoted =
        text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ');
    if !quoted {
        line.push_str(text);
        return;
    }
    line.push('"');
    for (number, piece) in text.split('"').enumerate() {
        if number > 0 {
            line.push_str("\"\"");
        }
        line.push_str(piece);
    }
    line.push('"');
}

/// Adds a cell whose words come from outside.
pub(super) fn push_outside(line: &mut String, text: &str) {
    push(line, &no_formula(text));
}

/// Adds the cells of some columns, with commas between them.
pub(super) fn push_all<'a>(line: &mut String, cells: impl IntoIterator<Item = Option<&'a str>>) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            line.push(',');
        }
        push_outside(line, cell.unwrap_or_default());
    }
}

/// A text that no spreadsheet takes for a formula: whoever writes a log could else make whoever opens the
/// findings run one. A single quote in front of `=`, `+`, `-`, `@`, a tab or a line's end stops it.
pub(super) fn no_formula(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
