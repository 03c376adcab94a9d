//! Signed notes: other implementations' notes, the format to the letter, and tampering.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;

use base64::{Engine, prelude::BASE64_STANDARD};
use bylaw_ledger::{Checkpoint, CosignerKeys, Error, Hash, LogKeys, Note, VerifierKey};
use logs::Chance;
use serde_json::Value;

#[test]
fn notes_of_go_verify() {
    let vectors: Value =
        serde_json::from_str(include_str!("notes/go_vectors.json")).expect("the vectors are JSON");
    for case in vectors["cases"].as_array().expect("cases") {
        let bytes = case["note"].as_str().expect("a note").as_bytes();
        let known: Vec<_> = strings(&case["known"])
            .map(|name| key(vectors["verifiers"][name].as_str().expect("a key")))
            .collect();
        let note = Note::parse(bytes).expect("a note");
        assert_eq!(note.to_string().as_bytes(), bytes);
        let verified = note.verify(&known).expect("it verifies");
        let names: Vec<_> = verified.iter().map(|signature| signature.key.name()).collect();
        assert_eq!(names, strings(&case["verified"]).collect::<Vec<_>>());
    }
}

#[test]
fn the_specification_s_example_verifies() {
    let key = key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note = Note::parse(note.as_bytes()).expect("a note");
    let known = [key];
    let verified = note.verify(&known).expect("it verifies");
    assert_eq!((verified.len(), verified[0].seconds), (1, None));
    assert_eq!(note.text(), "This is an example message.\n");
}

#[test]
fn what_is_not_a_note_is_refused() {
    let line = "— a AAAAAAA=\n";
    let many = |count| format!("text\n\n{}", line.repeat(count));
    let rows = [
        ("no text", format!("\n{line}")),
        ("no empty line", format!("text\n{line}")),
        ("no signature", "text\n\n".to_owned()),
        ("no signature and no newline", "text\n".to_owned()),
        ("empty", String::new()),
        ("no last newline", format!("text\n\n{}", line.trim_end())),
        ("two last newlines", format!("text\n\n{line}\n")),
        ("carriage return", format!("text\r\n\n{line}")),
        ("carriage returns everywhere", format!("text\n\n{line}").replace('\n', "\r\n")),
        ("tab in the text", format!("te\txt\n\n{line}")),
        ("control character in a signature", "text\n\n— a\u{1} AAAAAAA=\n".to_owned()),
        ("hyphen for the dash", "text\n\n- a AAAAAAA=\n".to_owned()),
        ("no dash", "text\n\na AAAAAAA=\n".to_owned()),
        ("two spaces", "text\n\n— a  AAAAAAA=\n".to_owned()),
        ("space at the end", "text\n\n— a AAAAAAA= \n".to_owned()),
        ("no name", "text\n\n—  AAAAAAA=\n".to_owned()),
        ("plus in the name", "text\n\n— a+b AAAAAAA=\n".to_owned()),
        ("Unicode space in the name", "text\n\n— a\u{a0}b AAAAAAA=\n".to_owned()),
        ("no signature bytes", "text\n\n— a AAAAAA==\n".to_owned()),
        ("too short for a key id", "text\n\n— a AAAA\n".to_owned()),
        ("no base64", "text\n\n— a ?AAAAAA=\n".to_owned()),
        ("base64 without padding", "text\n\n— a AAAAAAA\n".to_owned()),
        ("base64 with stray bits", "text\n\n— a AAAAAAB=\n".to_owned()),
        ("base64 for web addresses", "text\n\n— a AAAAA-A=\n".to_owned()),
        ("65 signatures", many(65)),
        ("a text too long", format!("{}\n\n{line}", "a".repeat(512 * 1024))),
    ];
    for (name, bytes) in rows {
        let refused = matches!(Note::parse(bytes.as_bytes()), Err(Error::MalformedNote { .. }));
        assert!(refused, "{name}");
    }
    assert!(Note::parse(b"\xfftext\n\n\xe2\x80\x94 a AAAAAAA=\n").is_err(), "not UTF-8");
    for (name, bytes) in [
        ("16 signatures", many(16)),
        ("64 signatures", many(64)),
        ("an empty line in the text", format!("te\n\nxt\n\n{line}")),
        ("a signature line in the text", format!("te\n\n{line}\n{line}")),
        ("no line in the text", format!("\n\n{line}")),
        ("a name in another script", "text\n\n— ü/é AAAAAAA=\n".to_owned()),
    ] {
        let note = Note::parse(bytes.as_bytes()).expect(name);
        assert_eq!(note.to_string(), bytes, "{name}");
    }
}

#[test]
fn what_is_not_a_key_is_refused() {
    let keys = LogKeys::generate("example.com/log").expect("keys").verifier_keys();
    for key in &keys {
        assert_eq!(&key.to_string().parse::<VerifierKey>().expect("it parses"), key);
    }
    let good = keys[0].to_string();
    let parts: Vec<_> = good.splitn(3, '+').collect();
    let (id, bytes) = (parts[1], parts[2]);
    let mut one = [0; 32];
    one[0] = 1;
    let mut not_canonical = [0xff; 32];
    not_canonical[31] = 0x7f;
    not_canonical[0] = 0xf0;
    let rows = [
        ("empty", String::new()),
        ("no parts", "example.com/log".to_owned()),
        ("two parts", format!("example.com/log+{id}")),
        ("no name", format!("+{id}+{bytes}")),
        ("space in the name", format!("example.com/ log+{id}+{bytes}")),
        ("another name", format!("example.com/lag+{id}+{bytes}")),
        ("short id", format!("example.com/log+{}+{bytes}", &id[1..])),
        ("capital id", vkey("a", 1, &[9; 32]).to_uppercase()),
        ("signed id", format!("example.com/log++{}+{bytes}", &id[1..])),
        ("another id", format!("example.com/log+00000000+{bytes}")),
        ("no base64", format!("example.com/log+{id}+{}", bytes.replace('A', "?"))),
        ("newline", format!("{good}\n")),
        ("too short", vkey("a", 1, &[9; 31])),
        ("too long", vkey("a", 1, &[9; 33])),
        ("no point", vkey("a", 1, &[2; 32])),
        ("small order", vkey("a", 1, &one)),
        ("not canonical", vkey("a", 1, &not_canonical)),
        ("small order, cosignature", vkey("a", 4, &one)),
        ("ECDSA", vkey("a", 2, &[9; 32])),
        ("RFC 6962", vkey("a", 5, &[9; 32])),
        ("no such type", vkey("a", 0xff, &[9; 32])),
        ("short ML-DSA-44 key", vkey("a", 6, &[9; 1311])),
        ("long ML-DSA-44 key", vkey("a", 6, &[9; 1313])),
        ("a name too long", vkey(&"a".repeat(256), 6, &[9; 1312])),
    ];
    for (name, text) in rows {
        let refused = matches!(text.parse::<VerifierKey>(), Err(Error::MalformedKey { .. }));
        assert!(refused, "{name}");
    }
    vkey(&"a".repeat(255), 6, &[9; 1312]).parse::<VerifierKey>().expect("the longest name");
}

/// A note's signature lines, the keys known, and how many verify or what is wrong.
type Signed<'a> = (&'a str, Vec<&'a String>, &'a [VerifierKey], Result<usize, &'a str>);

#[test]
fn only_known_keys_count_and_each_of_them_must_verify() {
    let (ours, other) = (keys("example.com/log"), keys("example.com/log"));
    let stranger = keys("example.com/stranger");
    let checkpoint = checkpoint("example.com/log");
    let lines = |keys: &LogKeys| {
        let signed = keys.sign(&checkpoint, 1).expect("signed");
        signed.signatures().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (mine, others) = (lines(&ours), lines(&other));
    let bad = tamper_line(&mine[0], 70);
    let strange = "— example.com/stranger AAAAAAAA\n".to_owned();
    let (known, both) =
        (ours.verifier_keys(), [ours.verifier_keys(), other.verifier_keys()].concat());
    let rows: [Signed<'_>; 10] = [
        ("both keys", vec![&mine[0], &mine[1]], &known, Ok(2)),
        ("one key of two", vec![&mine[1]], &known, Ok(1)),
        ("beside unknown ones", vec![&strange, &mine[0], &others[0]], &known, Ok(1)),
        ("an unknown one cut short", vec![&mine[0], &strange], &known, Ok(1)),
        ("two keys of one name", vec![&mine[0], &others[0]], &both, Ok(2)),
        (
            "another key of the name",
            vec![&others[0], &others[1]],
            &known,
            Err("ledger::not_signed"),
        ),
        ("no known key at all", vec![&mine[0]], &[], Err("ledger::not_signed")),
        ("a bad one alone", vec![&bad], &known, Err("ledger::bad_signature")),
        ("a bad one beside a good one", vec![&mine[1], &bad], &known, Err("ledger::bad_signature")),
        (
            "a bad one after one by the same key",
            vec![&mine[0], &bad],
            &known,
            Err("ledger::bad_signature"),
        ),
    ];
    for (name, lines, known, expected) in rows {
        let lines: String = lines.into_iter().map(String::as_str).collect();
        let note = Note::parse(format!("{checkpoint}\n{lines}").as_bytes()).expect(name);
        let verified = note.verify(known).map(|verified| verified.len());
        assert_eq!(verified.map_err(code), expected.map_err(str::to_owned), "{name}");
    }
    let known = stranger.verifier_keys();
    let note = Note::parse(format!("{checkpoint}\n{}", mine[0]).as_bytes()).expect("a note");
    assert!(matches!(note.verify(&known), Err(Error::NotSigned)));
}

/// One changed byte anywhere either makes it no note, or one that does not verify, or is in a part
/// that no signature covers: a key's name or id, which makes the key unknown.
#[test]
fn no_changed_byte_passes() {
    let (log, witness) = (keys("example.com/log"), cosigner());
    let mut signed = log.sign(&checkpoint("example.com/log"), 1_700_000_000).expect("signed");
    let cosignatures = witness.cosign(&signed, 1_700_000_001).expect("cosigned");
    signed.add_signatures(&cosignatures).expect("added");
    let known = [log.verifier_keys(), witness.verifier_keys()].concat();
    let good = signed.note().into_bytes();
    assert_eq!(signed.verify(&known).expect("it verifies").len(), 4);
    let text_length = signed.text().len();
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        let Ok(note) = Note::parse(&bytes) else { continue };
        match note.verify(&known) {
            Err(_) => {}
            // A changed name or id makes that key an unknown one. The text never changes so.
            Ok(verified) => {
                assert!(verified.len() < 4, "byte {place}");
                assert!(place > text_length, "byte {place} of the text");
            }
        }
    }
}

#[test]
fn a_newer_signature_replaces_the_same_key_s_older_one() {
    let log = keys("example.com/log");
    let witness = cosigner();
    let mut signed = log.sign(&checkpoint("example.com/log"), 1).expect("signed");
    for seconds in [10, 20] {
        let cosignatures = witness.cosign(&signed, seconds).expect("cosigned");
        signed.add_signatures(&cosignatures).expect("added");
    }
    let known = [log.verifier_keys(), witness.verifier_keys()].concat();
    let times: Vec<_> =
        signed.verify(&known).expect("it verifies").iter().map(|it| it.seconds).collect();
    assert_eq!(times, [None, Some(1), Some(20), Some(20)]);
}

#[test]
fn no_bytes_make_a_parser_panic() {
    let seed = 20_261_123;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let log = keys("example.com/log");
    let good = log.sign(&checkpoint("example.com/log"), 1).expect("signed").note();
    let mut read = 0;
    for _ in 0..20_000 {
        let bytes = mutate(&mut chance, good.as_bytes());
        if let Ok(note) = Note::parse(&bytes) {
            assert_eq!(note.to_string().as_bytes(), bytes, "a note prints as it was read");
            read += 1;
        }
        if let Ok(text) = std::str::from_utf8(&bytes) {
            assert!(text.parse::<VerifierKey>().is_err());
            assert!(LogKeys::read(text).is_err());
        }
    }
    assert!(read > 100, "{read} of the mutations are still notes");
}

/// A few changes: a byte, a piece left out or doubled, an end cut off.
fn mutate(chance: &mut Chance, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let at = |chance: &mut Chance, length: usize| {
        usize::try_from(chance.below(u64::try_from(length).expect("small"))).expect("small")
    };
    for _ in 0..=chance.below(3) {
        let (from, to) = (at(chance, bytes.len()), at(chance, bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match chance.below(6) {
            0 => bytes.truncate(to),
            1 => drop(bytes.drain(from..to.min(from + 9))),
            2 => bytes.extend_from_within(from..to),
            3 => bytes.insert(from, b'\n'),
            _ if bytes.is_empty() => {}
            _ => bytes[from] = u8::try_from(chance.below(256)).expect("a byte"),
        }
    }
    bytes
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().expect("a list").iter().map(|item| item.as_str().expect("a text"))
}

fn key(text: &str) -> VerifierKey {
    text.parse().expect("a verifier key")
}

fn keys(origin: &str) -> LogKeys {
    LogKeys::generate(origin).expect("keys can be made")
}

fn cosigner() -> CosignerKeys {
    CosignerKeys::generate("witness.example/w1").expect("keys can be made")
}

fn checkpoint(origin: &str) -> Checkpoint {
    Checkpoint { origin: origin.to_owned(), size: 7, root: Hash([3; 32]) }
}

/// A verifier key whose id fits, whatever its bytes are.
fn vkey(name: &str, kind: u8, key: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let public = [&[kind], key].concat();
    let hash = Sha256::new().chain_update(name).chain_update("\n").chain_update(&public).finalize();
    let id: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{name}+{id}+{}", BASE64_STANDARD.encode(public))
}

/// The signature line with one base64 digit changed to another one.
fn tamper_line(line: &str, place: usize) -> String {
    let mut line = line.to_owned();
    let digit = if line[place..].starts_with('A') { "B" } else { "A" };
    line.replace_range(place..=place, digit);
    line
}

fn code(error: Error) -> String {
    miette::Diagnostic::code(&error).expect("every error has a code").to_string()
}
