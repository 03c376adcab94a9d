//! Any text as a pack, an instrument's or the guidance: it loads, or every problem has its report.

#![no_main]

use bylaw_law::{Law, SourceFile};
use libfuzzer_sys::fuzz_target;

const VOCABULARY: &str = include_str!("../../crates/bylaw/tests/small/vocabulary.cedarschema");
const TOWN: &str = include_str!("../../crates/bylaw/tests/small/town/doors.md");

fuzz_target!(|text: &str| {
    for name in ["town/library/shelves.md", "town/guidance.md"] {
        let files = [
            SourceFile::new("vocabulary.cedarschema", VOCABULARY),
            SourceFile::new("town/doors.md", TOWN),
            SourceFile::new(name, text),
        ];
        match Law::load(&files) {
            // What loads can be checked: its worked cases hold or are reported.
            Ok(law) => drop(law.check(|_| {})),
            Err(error) => assert!(!error.problems.is_empty()),
        }
    }
});
