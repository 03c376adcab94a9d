//! Any text as a format file, and as the header and a row read under it: it is refused in words, or used.

#![no_main]

use std::sync::LazyLock;

use bylaw_audit::log::format::Formats;
use libfuzzer_sys::fuzz_target;

static BUILT_IN: LazyLock<Formats> =
    LazyLock::new(|| Formats::built_in().expect("they can be read"));

fuzz_target!(|input: (&str, Vec<String>, Vec<String>)| {
    let (toml, header, row) = input;
    let mut formats = BUILT_IN.clone();
    // A file that is refused changes nothing.
    if let Err(error) = formats.add("a.toml", toml) {
        assert!(!error.to_string().is_empty());
        assert_eq!(formats.names().count(), BUILT_IN.names().count());
    }
    let known: Vec<Vec<String>> =
        formats.all().map(|format| format.headers().map(str::to_owned).collect()).collect();
    for header in known.iter().chain([&header]) {
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let Some(layout) = formats.recognize(&names, None) else { continue };
        let mut room = String::new();
        let _ = layout.row(1, row.iter().map(String::as_str), &mut room);
        let _ = layout.check_sample(&[row.clone(), row.clone(), row.clone()]);
    }
});
