//! Any bytes as a request, under the real packs: a reply or an error, and either is JSON that can be read back.

#![no_main]

use std::sync::LazyLock;

use bylaw_law::{Defaults, ErrorReply, Law, Reply, Scratch, SourceFile};
use include_dir::{Dir, include_dir};
use libfuzzer_sys::fuzz_target;

static PACKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../packs");

static LAW: LazyLock<Law> = LazyLock::new(|| {
    let mut files = Vec::new();
    gather(&PACKS, &mut files);
    Law::load_checked(&files).expect("the packs load")
});

fn gather(folder: &Dir<'_>, files: &mut Vec<SourceFile>) {
    for file in folder.files() {
        let text = file.contents_utf8().expect("a pack is text");
        files.push(SourceFile::new(file.path().to_string_lossy(), text));
    }
    folder.dirs().for_each(|inner| gather(inner, files));
}

fuzz_target!(|line: &[u8]| {
    for otherwise_absent in [false, true] {
        let defaults = Defaults {
            jurisdiction: Some("us/ca/los-angeles"),
            on: "2026-11-22".parse().expect("a date"),
            otherwise_absent,
        };
        let (id, question) = LAW.read_question(line, &defaults);
        let decided = question.and_then(|question| {
            let decision = LAW.decide(&question, &mut Scratch::default())?;
            let alternative = LAW.alternative(&question, decision.word);
            Ok((decision, alternative))
        });
        let reply = match &decided {
            Ok((decision, alternative)) => serde_json::to_vec(
                &Reply::new(&LAW, id, decision).with_more(&LAW, alternative.as_ref(), None),
            ),
            Err(error) => serde_json::to_vec(&ErrorReply::new(id, 1, error)),
        };
        let reply = reply.expect("a reply is written");
        assert!(!reply.contains(&b'\n'), "a reply is one line");
        // The id is the sender's own text, which may nest deeper than a parser's guard: its syntax alone is read back.
        serde_json::from_slice::<serde::de::IgnoredAny>(&reply).expect("a reply is JSON");
    }
});
