//! Any text as the vocabulary beside a small pack: it loads, or every problem has its report.

#![no_main]

use bylaw_law::{Law, SourceFile};
use libfuzzer_sys::fuzz_target;

const TOWN: &str = include_str!("../../crates/bylaw/tests/small/town/doors.md");

fuzz_target!(|text: &str| {
    let files =
        [SourceFile::new("vocabulary.cedarschema", text), SourceFile::new("town/doors.md", TOWN)];
    if let Err(error) = Law::load(&files) {
        assert!(!error.problems.is_empty());
    }
});
