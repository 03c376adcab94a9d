//! Outside text never causes a panic: the seeds of `fuzz/corpus` and the real packs, mutated by a
//! seeded generator.
//!
//! The same properties as the fuzz targets, in every test run. Counts are set so that all takes
//! some twenty seconds unoptimized.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect"
)]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
};

use bylaw_law::{Defaults, ErrorReply, Law, Reply, Scratch, SourceFile};

const SEED: u64 = 0x5eed_0b1a;

/// What the languages of packs, vocabularies and requests are made of.
const WORDS: &[&str] = &[
    "+++\n",
    "```cedar\n",
    "```\n",
    "## ",
    "\n| --- | --- | --- |\n",
    "|",
    "@id(\"A\")",
    "@id(\"ORD-1\")",
    "@overrides(\"ORD-1\")",
    "@overrides(\"ORD-3\")",
    "@term(\"order\")",
    "@contested(\"signed-by-clerk\")",
    "@until(\"2024-12-09\")",
    "@from(\"0000-00-00\")",
    "@modality(\"may_protected\")",
    "@modality(\"must\")",
    "@upon(\"enter record\")",
    "@range(\"-9223372036854775808..9223372036854775807\")",
    "@range(\"5..1\")",
    "@always(\"context.signed\")",
    "@always(\"false\")",
    "@absent(\"unknown\")",
    "@first(\"true\")",
    "forbid",
    "permit",
    "unless { true }",
    "when { false }",
    "context.term.order",
    "context.hours",
    "context.emergency",
    " == ",
    " != ",
    " >= ",
    "!",
    "&&",
    "||",
    "if ",
    "then",
    "else",
    "-9223372036854775808",
    "9223372036854775807",
    "1e999",
    "18446744073709551616",
    "principal",
    "[]",
    ".contains(",
    "like \"*\"",
    "in_force = { from = 9999-12-31 }",
    "settles = { actor_kind = \"police\" }",
    "binds = []",
    "action=enter",
    "hours=unknown",
    "on=0001-01-01",
    "jurisdiction=town/none",
    "needs_facts hours",
    "refer contested",
    "null",
    "\"facts\":{",
    "\"id\":",
    "\\ud800",
    "\\u0000",
    "[[[[",
    "{\"a\":",
    ",",
    "\"",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\r\n",
    "unknown",
    "type Facts = {",
    "enum [\"a\"]",
    "entity X;",
    "namespace N {",
    "Long",
    "Set<Bool>",
];

/// A xorshift generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).expect("it is below a usize")
    }

    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..length.min(start + self.below(most))
    }

    /// One to four small changes.
    fn mutated(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let place = self.range(bytes.len(), 60);
            match self.below(8) {
                0 => drop(bytes.drain(place)),
                1 => {
                    let copied = bytes[place].to_vec();
                    let to = self.below(bytes.len() + 1);
                    drop(bytes.splice(to..to, copied));
                }
                2 => bytes.truncate(place.start),
                3 => {
                    let from = self.range(other.len(), 400);
                    drop(bytes.splice(place, other[from].iter().copied()));
                }
                4 if !bytes.is_empty() => {
                    let at = self.below(bytes.len());
                    bytes[at] = u8::try_from(self.below(256)).expect("it is a byte");
                }
                5 => {
                    let end = place.start..place.start;
                    let word = WORDS[self.below(WORDS.len())];
                    drop(bytes.splice(end, word.repeat(1 + self.below(3)).into_bytes()));
                }
                _ => {
                    let word = WORDS[self.below(WORDS.len())];
                    drop(bytes.splice(place.start..place.end.min(place.start + 12), word.bytes()));
                }
            }
        }
        bytes
    }
}

/// The line with one quoted name replaced by another of the vocabulary's: still JSON, and often
/// still a request.
fn renamed(line: &[u8], names: &[String], random: &mut Random) -> Vec<u8> {
    let line = String::from_utf8_lossy(line);
    let mut parts: Vec<&str> = line.split('"').collect();
    let place = random.below(parts.len() / 2) * 2 + 1;
    if let Some(part) = parts.get_mut(place) {
        *part = &names[random.below(names.len())];
    }
    parts.join("\"").into_bytes()
}

/// The names of all facts, of their values and of all acts.
fn names(law: &Law) -> Vec<String> {
    let facts = law.vocabulary.facts.iter();
    let values = facts.flat_map(|fact| (0..fact.classes()).map(|class| fact.class_name(class)));
    let names = law.vocabulary.fact_names().map(str::to_owned);
    let acts = law.vocabulary.actions.iter().map(|action| action.name.clone());
    names.chain(values).chain(acts).collect()
}

/// Runs a property; where it panics, says on what.
fn holds(number: usize, input: &[u8], property: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(property)) {
        eprintln!("input {number} of seed {SEED:#x}: {:?}", String::from_utf8_lossy(input));
        resume_unwind(panic);
    }
}

/// Loads and checks it, or finds a report for every problem.
fn load(files: &[SourceFile]) -> bool {
    match Law::load(files) {
        Ok(law) => {
            law.check(|_| {});
            true
        }
        Err(error) => {
            assert!(!error.problems.is_empty());
            for problem in &error.problems {
                assert!(!problem.message.is_empty());
                // The place lies in its file.
                _ = (problem.file(), problem.line());
            }
            false
        }
    }
}

fn manifest(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Every file below a folder, by name.
fn files_below(root: &Path, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                return files_below(root, &path);
            }
            let name = path
                .strip_prefix(root)
                .expect("it lies below")
                .to_string_lossy()
                .replace('\\', "/");
            vec![(name, fs::read(&path).expect("the file can be read"))]
        })
        .collect()
}

fn folder(path: &str) -> Vec<(String, Vec<u8>)> {
    let folder = manifest(path);
    files_below(&folder, &folder)
}

fn source_files(files: &[(String, Vec<u8>)]) -> Vec<SourceFile> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).expect("a pack is text").to_owned();
    files.iter().map(|(name, bytes)| SourceFile::new(name.clone(), text(bytes))).collect()
}

/// The small law with one file more, or another vocabulary.
fn small_law(name: &str, text: &str) -> Vec<SourceFile> {
    let mut files = source_files(&folder("crates/bylaw/tests/small"));
    files.retain(|file| file.name != name);
    files.push(SourceFile::new(name, text));
    files
}

#[test]
fn packs_beside_the_small_vocabulary() {
    let seeds = folder("fuzz/corpus/pack_file");
    for (name, seed) in &seeds {
        let text = std::str::from_utf8(seed).expect("a seed is text");
        let place = if name == "guidance.md" { "town/guidance.md" } else { "town/doors.md" };
        assert!(load(&small_law(place, text)) || name == "conditions.md", "{name} does not load");
    }
    let mut random = Random(SEED);
    let mut loaded = 0;
    for number in 0..1_500 {
        let (seed, other) = (random.below(seeds.len()), random.below(seeds.len()));
        let bytes = random.mutated(&seeds[seed].1, &seeds[other].1);
        let text = String::from_utf8_lossy(&bytes);
        let place =
            ["town/doors.md", "town/library/shelves.md", "town/guidance.md"][random.below(3)];
        holds(number, &bytes, || loaded += usize::from(load(&small_law(place, &text))));
    }
    assert!(loaded > 50, "only {loaded} loaded: the mutations are too wild");
}

#[test]
fn vocabularies_beside_the_small_pack() {
    let seeds = folder("fuzz/corpus/vocabulary");
    let mut random = Random(SEED);
    let mut loaded = 0;
    for number in 0..1_500 {
        let (seed, other) = (random.below(seeds.len()), random.below(seeds.len()));
        let bytes = random.mutated(&seeds[seed].1, &seeds[other].1);
        let text = String::from_utf8_lossy(&bytes);
        holds(number, &bytes, || {
            loaded += usize::from(load(&small_law("vocabulary.cedarschema", &text)));
        });
    }
    assert!(loaded > 50, "only {loaded} loaded: the mutations are too wild");
}

/// Without Cedar's validation and without compiling, which would take minutes.
#[test]
fn real_packs() {
    let packs = folder("packs");
    let whole = source_files(&packs);
    let mut random = Random(SEED);
    for number in 0..300 {
        let (changed, other) = (random.below(packs.len()), random.below(packs.len()));
        let bytes = random.mutated(&packs[changed].1, &packs[other].1);
        let mut files = whole.clone();
        files[changed].text = String::from_utf8_lossy(&bytes).into();
        holds(number, &bytes, || {
            if let Err(error) = Law::load_checked(&files) {
                assert!(!error.problems.is_empty());
                error.problems.iter().for_each(|problem| _ = problem.line());
            }
        });
    }
}

#[test]
fn request_lines_under_the_real_packs() {
    let law = Law::load_checked(&source_files(&folder("packs"))).expect("the packs load");
    let seeds = folder("fuzz/corpus/request_line");
    let names = names(&law);
    let mut random = Random(SEED);
    let (mut decided, mut codes) = (0, std::collections::BTreeSet::new());
    for number in 0..40_000 {
        let (seed, other) = (random.below(seeds.len()), random.below(seeds.len()));
        let mut line = seeds[seed].1.clone();
        for _ in 0..random.below(4) {
            line = renamed(&line, &names, &mut random);
        }
        if random.below(2) == 0 {
            line = random.mutated(&line, &seeds[other].1);
        }
        let otherwise_absent = random.below(2) == 0;
        holds(number, &line, || match reply(&law, &line, otherwise_absent) {
            None => decided += 1,
            Some(code) => _ = codes.insert(code),
        });
    }
    println!("{decided} decided; errors: {codes:?}");
    assert!(decided > 1_000, "only {decided} were decided: the mutations are too wild");
    assert!(codes.len() >= 7, "few kinds of error: {codes:?}");
}

/// Decides a line; the code where it is an error. Either way the reply is one line of JSON.
fn reply(law: &Law, line: &[u8], otherwise_absent: bool) -> Option<String> {
    let on = "2026-11-22".parse().expect("a date");
    let defaults = Defaults { jurisdiction: Some("us/ca/los-angeles"), on, otherwise_absent };
    let (id, question) = law.read_question(line, &defaults);
    let decided = question.and_then(|question| {
        let decision = law.decide(&question, &mut Scratch::default())?;
        let alternative = law.alternative(&question, decision.word);
        Ok((decision, alternative))
    });
    let (reply, code) = match &decided {
        Ok((decision, alternative)) => {
            let reply = Reply::new(law, id, decision).with_more(law, alternative.as_ref(), None);
            (serde_json::to_vec(&reply), None)
        }
        Err(error) => (serde_json::to_vec(&ErrorReply::new(id, 1, error)), Some(error.code())),
    };
    let reply = reply.expect("a reply is written");
    assert!(!reply.contains(&b'\n'), "a reply has one line");
    serde_json::from_slice::<serde::de::IgnoredAny>(&reply).expect("a reply is JSON");
    code
}
