//! Any bytes as a log: read in small pieces it gives the same rows, lines and problems as read whole.

#![no_main]

use std::{fs, path::Path, sync::Arc, sync::LazyLock};

use bylaw_audit::log::{
    format::Formats,
    source::{self, Body, Headers, Limits},
};
use libfuzzer_sys::fuzz_target;

static HEADERS: LazyLock<Headers> = LazyLock::new(|| {
    let formats = Arc::new(Formats::built_in().expect("they can be read"));
    Headers::of_formats(&formats, None)
});

type Read = (Vec<(u64, Vec<String>)>, Vec<(Option<u64>, String)>);

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("bylaw-fuzz-{}", std::process::id()));
    fs::write(&path, bytes).expect("it can be written");
    let whole = read(&path, &Limits::default());
    let pieces = read(&path, &Limits { piece_bytes: 32, ..Limits::default() });
    assert_eq!(whole, pieces);
    fs::remove_file(&path).expect("it is there");
});

fn read(path: &Path, limits: &Limits) -> Read {
    let mut read = Read::default();
    match source::open(path, &HEADERS, limits) {
        Ok(source) => source.for_each(|chunk| match chunk {
            Ok(chunk) => add(&mut read, &chunk.body),
            Err(problem) => read.1.push((problem.row, problem.what)),
        }),
        Err(problem) => read.1.push((problem.row, problem.what)),
    }
    // Whether a header lies is told by the first rows under it, of which a small piece has few.
    read.1.retain(|(_, what)| !what.contains("the header lies"));
    read.1.sort();
    read
}

fn add(read: &mut Read, body: &Body) {
    let mut records = match body {
        Body::Text { .. } => body.records().expect("it is text"),
        Body::Cells(rows) => return read.0.extend(rows.iter().cloned()),
        Body::Columns(_) => return,
    };
    while let Some(record) = records.read() {
        match record {
            Ok((line, cells)) => read.0.push((line, cells.iter().map(str::to_owned).collect())),
            Err(unread) => read.1.push((Some(unread.line), unread.what.to_owned())),
        }
    }
}
