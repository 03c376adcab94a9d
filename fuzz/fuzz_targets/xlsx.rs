//! Any bytes as a spreadsheet. A fuzzer seldom makes a whole ZIP, so the bytes are also a sheet of a good one, and
//! its shared strings.

#![no_main]

use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
    sync::{Arc, LazyLock},
};

use bylaw_audit::log::{
    format::Formats,
    source::{self, Headers, Limits},
};
use libfuzzer_sys::fuzz_target;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

static HEADERS: LazyLock<Headers> = LazyLock::new(|| {
    // The library that reads sheets may panic on its own thread; the file is then called damaged. A panic
    // of this thread still ends the run.
    std::panic::set_hook(Box::new(|_| ()));
    let formats = Arc::new(Formats::built_in().expect("they can be read"));
    Headers::of_formats(&formats, None)
});

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("bylaw-fuzz-xlsx-{}", std::process::id()));
    let as_zip = [b"PK\x03\x04", bytes].concat();
    for file in [
        as_zip,
        workbook(bytes, b"<sst><si><t>id</t></si></sst>"),
        workbook(b"<worksheet><sheetData/></worksheet>", bytes),
    ] {
        fs::write(&path, file).expect("it can be written");
        read(&path);
    }
    fs::remove_file(&path).expect("it is there");
});

/// Whatever is wrong is told once, and it ends.
fn read(path: &Path) {
    let limits =
        Limits { unpacked_bytes: 1 << 24, shared_strings_bytes: 1 << 22, ..Limits::default() };
    if let Ok(source) = source::open(path, &HEADERS, &limits) {
        let problems = source.filter(Result::is_err).count();
        assert!(problems <= 2, "{problems} problems");
    }
}

fn workbook(sheet: &[u8], strings: &[u8]) -> Vec<u8> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            r#"<Relationships><Relationship Id="{id}" Type="{RELATIONS}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let package = relation("r1", "officeDocument", "xl/workbook.xml");
    let sheets = relation("r1", "worksheet", "worksheets/sheet1.xml");
    let book = format!(
        r#"<workbook xmlns:r="{RELATIONS}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#
    );
    let parts: [(&str, &[u8]); 5] = [
        ("_rels/.rels", package.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        archive.start_file(name, stored).expect("memory takes it");
        archive.write_all(content).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}
