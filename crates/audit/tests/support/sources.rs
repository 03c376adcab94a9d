//! Files of the tests of sources, and what is read of them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bylaw_audit::log::{
    format::Formats,
    source::{self, Body, Headers, Limits},
};

/// What was read of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) rows: Vec<(u64, Vec<String>)>,
    pub(crate) problems: Vec<(Option<u64>, String)>,
    /// The format and number of each header's chunks.
    pub(crate) formats: Vec<(String, u32)>,
    pub(crate) chunks: usize,
    /// Rows below a header that lies.
    pub(crate) lies: usize,
    pub(crate) headers: u32,
    pub(crate) shape: String,
    pub(crate) notes: Vec<String>,
}

/// A file of a test.
pub(crate) fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sources-{name}"));
    fs::write(&path, bytes).expect("it can be written");
    path
}

/// Every header of the built-in formats, or of one of them.
pub(crate) fn headers(asked: Option<&str>) -> Headers {
    let formats = Arc::new(Formats::built_in().expect("they can be read"));
    let asked = asked.map(|name| Arc::clone(formats.named(name).expect("there is one")));
    Headers::of_formats(&formats, asked.as_ref())
}

/// Reads a file to its end.
pub(crate) fn read(path: &Path) -> Read {
    read_as(path, &headers(None), &Limits::default())
}

pub(crate) fn read_as(path: &Path, headers: &Headers, limits: &Limits) -> Read {
    let mut read = Read::default();
    let mut source = match source::open(path, headers, limits) {
        Ok(source) => source,
        Err(problem) => {
            read.problems.push((problem.row, problem.what));
            return read;
        }
    };
    read.shape = source.shape().to_owned();
    for item in source.by_ref() {
        let chunk = match item {
            Ok(chunk) => chunk,
            Err(problem) => {
                assert_eq!(problem.list, path.display().to_string());
                read.problems.push((problem.row, problem.what));
                continue;
            }
        };
        assert!(chunk.bytes_read <= fs::metadata(path).expect("it is there").len());
        read.chunks += 1;
        let format = (chunk.layout.format.name.clone(), chunk.number);
        if read.formats.last() != Some(&format) {
            read.formats.push(format);
        }
        let before = read.rows.len();
        add(&mut read, &chunk.body);
        if chunk.lies {
            read.lies += read.rows.len() - before;
        }
    }
    read.headers = source.headers();
    read.notes = source.notes().to_vec();
    read
}

fn add(read: &mut Read, body: &Body) {
    match body {
        Body::Text { .. } => {
            let mut records = body.records().expect("it is text");
            while let Some(record) = records.read() {
                match record {
                    Ok((line, cells)) => {
                        read.rows.push((line, cells.iter().map(str::to_owned).collect()));
                    }
                    Err(unread) => read.problems.push((Some(unread.line), unread.what.to_owned())),
                }
            }
        }
        Body::Cells(rows) => read.rows.extend(rows.iter().cloned()),
        Body::Columns(columns) => {
            for (row, number) in (0..columns.rows()).zip(columns.first_row..) {
                let mut cells = Vec::new();
                columns.cells(row, &mut cells);
                read.rows.push((number, cells));
            }
        }
    }
}

impl Read {
    /// The lines of its rows.
    pub(crate) fn lines(&self) -> Vec<u64> {
        self.rows.iter().map(|(line, _)| *line).collect()
    }

    /// The only problem: its row and words.
    pub(crate) fn problem(&self) -> (Option<u64>, &str) {
        assert_eq!(self.problems.len(), 1, "{self:?}");
        (self.problems[0].0, &self.problems[0].1)
    }
}
