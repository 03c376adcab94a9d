//! Where the mapping's columns are in a file.

use std::sync::Arc;

use bylaw_mapping::LogMapping;

use crate::log::format::{Format, Layout};

/// Where the mapping's columns are in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// By the mapping's columns; none where the file has no such column.
    pub(super) columns: Vec<Option<usize>>,
    /// Where the mapping's own names of the header are, by which a second header is seen.
    header: Vec<(usize, String)>,
    width: usize,
}

/// Whether a row of cells is the header of the log that the mapping is about.
#[must_use]
pub fn recognizes(log: &LogMapping, header: &[&str]) -> bool {
    log.header.iter().all(|name| header.iter().any(|cell| is_name(cell, name)))
}

/// The header as a layout, for what reads files; none where it is not this log's.
#[must_use]
pub fn layout(log: &LogMapping, header: &[&str]) -> Option<Layout> {
    let why = || {
        let names: Vec<String> = log.header.iter().map(|name| format!("`{name}`")).collect();
        format!("it has the columns that the mapping names: {}", names.join(", "))
    };
    let format = Format::unread(log.name(), "a log that a mapping file reads");
    recognizes(log, header).then(|| Layout::of_mapping(Arc::new(format), header, why()))
}

impl Places {
    /// Finds the mapping's columns in a header.
    ///
    /// # Errors
    ///
    /// Where the header has one of them twice, or lacks one by which it is known.
    pub fn find(log: &LogMapping, header: &[&str]) -> Result<Self, String> {
        let find = |name: &String| {
            let mut found = header.iter().enumerate().filter(|(_, cell)| is_name(cell, name));
            match (found.next(), found.next()) {
                (Some(_), Some(_)) => {
                    Err(format!("the header has the column `{name}` twice; rename one of them"))
                }
                (found, _) => Ok(found.map(|(at, _)| at)),
            }
        };
        let columns = log.columns.iter().map(find).collect::<Result<_, _>>()?;
        let mut known_by = Vec::new();
        for name in &log.header {
            let at = find(name)?.ok_or_else(|| {
                format!("the header lacks the column `{name}`, by which the mapping knows it")
            })?;
            known_by.push((at, name.clone()));
        }
        Ok(Self { columns, header: known_by, width: header.len() })
    }

    /// Whether a row is the header again, as where files were joined.
    #[must_use]
    pub fn is_header(&self, cells: &[&str]) -> bool {
        !self.header.is_empty()
            && self
                .header
                .iter()
                .all(|(at, name)| cells.get(*at).is_some_and(|cell| is_name(cell, name)))
    }

    /// What is wrong with the row as a whole.
    pub(super) fn check(&self, cells: &[&str]) -> Result<(), String> {
        let columns = self.width;
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            Err("nothing stands in the row".to_owned())
        } else if cells.len() < columns
            || cells.iter().skip(columns).any(|cell| !cell.trim().is_empty())
        {
            Err(format!(
                "the row has {} cells where the header has {columns}; quote a text with a comma in it",
                cells.len()
            ))
        } else if self.is_header(cells) {
            Err("the header stands here again".to_owned())
        } else {
            Ok(())
        }
    }
}

/// Names of columns differ in case and spaces from one release to the next.
pub(in crate::log) fn is_name(cell: &str, name: &str) -> bool {
    cell.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name.trim())
}
