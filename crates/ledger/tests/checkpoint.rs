//! Checkpoints and the keys that sign them: the format to the letter, what exactly is signed, and
//! that a secret shows nowhere.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at what it does not expect"
)]

use base64::{Engine, prelude::BASE64_STANDARD};
use bylaw_ledger::{
    Checkpoint, CosignerKeys, Error, Hash, LogKeys, SignatureType, SignedCheckpoint, VerifierKey,
};
use ed25519_dalek as ed25519;
use ml_dsa::{MlDsa44, Verifier};

const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

#[test]
fn checkpoints_of_tessera_verify() {
    let known = [include_str!("tessera/vkey.txt").trim().parse::<VerifierKey>().expect("a key")];
    let stranger = LogKeys::generate("example.com/log").expect("keys").verifier_keys();
    for (size, bytes) in [
        (1, &include_bytes!("tessera/checkpoint.1")[..]),
        (3, include_bytes!("tessera/checkpoint.3")),
        (7, include_bytes!("tessera/checkpoint.7")),
    ] {
        let signed = SignedCheckpoint::parse(bytes).expect("a checkpoint");
        assert_eq!(signed.checkpoint.origin, "example.com/log/testdata");
        assert_eq!(signed.checkpoint.size, size);
        assert_eq!(signed.verify(&known).expect("it verifies").len(), 1);
        assert_eq!(signed.note().as_bytes(), bytes);
        assert!(matches!(signed.verify(&stranger), Err(Error::UnknownLog { .. })));
    }
}

/// Both cosignatures and a log's own two signatures, made by another library in another language.
#[test]
fn a_checkpoint_signed_in_python_verifies() {
    let keys = include_str!("notes/python.vkeys").lines().map(|key| key.parse().expect("a key"));
    let known: Vec<VerifierKey> = keys.collect();
    let signed =
        SignedCheckpoint::parse(include_bytes!("notes/python.note")).expect("a checkpoint");
    let times: Vec<_> =
        signed.verify(&known).expect("it verifies").iter().map(|it| it.seconds).collect();
    let time = Some(1_700_000_000);
    assert_eq!(times, [None, time, time, time]);
}

#[test]
fn what_is_not_a_checkpoint_is_refused() {
    let rows = [
        ("empty", String::new()),
        ("one line", "a\n".to_owned()),
        ("two lines", "a\n1\n".to_owned()),
        ("no last newline", format!("a\n1\n{ROOT}")),
        ("no origin", format!("\n1\n{ROOT}\n")),
        ("no size", format!("a\n\n{ROOT}\n")),
        ("leading zero", format!("a\n01\n{ROOT}\n")),
        ("two zeros", format!("a\n00\n{ROOT}\n")),
        ("plus", format!("a\n+1\n{ROOT}\n")),
        ("minus", format!("a\n-1\n{ROOT}\n")),
        ("hexadecimal", format!("a\n0x1\n{ROOT}\n")),
        ("digits of another script", format!("a\n١\n{ROOT}\n")),
        ("space", format!("a\n1 \n{ROOT}\n")),
        ("2^64", format!("a\n18446744073709551616\n{ROOT}\n")),
        ("no root", "a\n1\n\n".to_owned()),
        ("short root", "a\n1\nAAAA\n".to_owned()),
        ("long root", format!("a\n1\n{}\n", BASE64_STANDARD.encode([0; 33]))),
        ("root in hexadecimal", format!("a\n1\n{}\n", "00".repeat(32))),
        ("stray bits in the root", format!("a\n1\n{}\n", ROOT.replace("2I=", "2J="))),
        ("unpadded root", format!("a\n1\n{}\n", ROOT.trim_end_matches('='))),
        ("empty extension line", format!("a\n1\n{ROOT}\n\n")),
        ("empty line before an extension", format!("a\n1\n{ROOT}\n\nmore\n")),
        ("carriage returns", format!("a\r\n1\r\n{ROOT}\r\n")),
    ];
    for (name, text) in rows {
        let refused = matches!(Checkpoint::parse(&text), Err(Error::MalformedCheckpoint { .. }));
        assert!(refused, "{name}");
    }
    for (name, text, size) in [
        ("empty tree", format!("a\n0\n{ROOT}\n"), 0),
        ("greatest size", format!("a\n18446744073709551615\n{ROOT}\n"), u64::MAX),
        ("origin with spaces", format!("go.sum database tree\n7\n{ROOT}\n"), 7),
        ("extension lines", format!("a\n7\n{ROOT}\none\ntwo\n"), 7),
    ] {
        let checkpoint = Checkpoint::parse(&text).expect(name);
        assert_eq!(checkpoint.size, size, "{name}");
        assert!(text.starts_with(&checkpoint.to_string()), "{name}");
    }
}

/// The messages are put together here by the words of the specification, and verified by the
/// signature libraries directly.
#[test]
fn each_type_signs_what_the_specification_says() {
    let log = LogKeys::generate("example.com/behind-the-sofa").expect("keys");
    let witness = CosignerKeys::generate("witness.example.com/w1").expect("keys");
    let (log_time, time) = (1_679_315_146_u64, 1_679_315_147_u64);
    let checkpoint = Checkpoint {
        origin: "example.com/behind-the-sofa".to_owned(),
        size: 20_852_163,
        root: ROOT.parse().expect("a hash"),
    };
    let mut signed = log.sign(&checkpoint, log_time).expect("signed");
    signed.add_signatures(&witness.cosign(&signed, time).expect("cosigned")).expect("added");

    let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
    assert_eq!(signed.text(), text);
    let subtree = |name: &[u8], seconds: u64| {
        let mut message = b"subtree/v1\n\0".to_vec();
        message.push(u8::try_from(name.len()).expect("short"));
        message.extend(name);
        message.extend(seconds.to_be_bytes());
        message.push(27);
        message.extend(b"example.com/behind-the-sofa");
        message.extend([0; 8]);
        message.extend([0, 0, 0, 0, 1, 0x3e, 0x2d, 0xc3]);
        message.extend(BASE64_STANDARD.decode(ROOT).expect("base64"));
        message
    };
    let messages = [
        text.clone().into_bytes(),
        subtree(b"example.com/behind-the-sofa", log_time),
        format!("cosignature/v1\ntime 1679315147\n{text}").into_bytes(),
        subtree(b"witness.example.com/w1", time),
    ];
    let times = [None, Some(log_time), Some(time), Some(time)];
    let keys = [log.verifier_keys(), witness.verifier_keys()].concat();
    let lines: Vec<_> = signed.signatures().iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 4);
    for (((key, line), message), time) in keys.iter().zip(&lines).zip(messages).zip(times) {
        let (id, public) = public_key(key);
        let (name, bytes) = line
            .strip_prefix("— ")
            .and_then(|line| line.strip_suffix('\n')?.split_once(' '))
            .expect("a line");
        let bytes = BASE64_STANDARD.decode(bytes).expect("base64");
        assert_eq!((name, &bytes[..4]), (key.name(), id.as_slice()));
        let signature = match time {
            None => &bytes[4..],
            Some(time) => bytes[4..].strip_prefix(&time.to_be_bytes()).expect("the time"),
        };
        assert!(verifies(&public, &message, signature), "{key:?}");
    }
}

/// The id, and the type's byte with the public key, out of the text of a key.
fn public_key(key: &VerifierKey) -> (Vec<u8>, Vec<u8>) {
    let text = key.to_string();
    let parts: Vec<_> = text.splitn(3, '+').collect();
    let id = u32::from_str_radix(parts[1], 16).expect("an id");
    (id.to_be_bytes().to_vec(), BASE64_STANDARD.decode(parts[2]).expect("base64"))
}

fn verifies(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (kind, public) = (public[0], &public[1..]);
    if kind == 6 {
        let key = ml_dsa::VerifyingKey::<MlDsa44>::decode(&public.try_into().expect("a key"));
        return key.verify(message, &signature.try_into().expect("a signature")).is_ok();
    }
    assert!(kind == 1 || kind == 4);
    let key =
        ed25519::VerifyingKey::from_bytes(public.try_into().expect("32 bytes")).expect("a key");
    let signature = ed25519::Signature::from_slice(signature).expect("64 bytes");
    key.verify_strict(message, &signature).is_ok()
}

/// ML-DSA-44 signs the tree only; Ed25519 also covers extension lines, and keeps them from being
/// exchanged.
#[test]
fn extension_lines_are_covered_by_ed25519_only() {
    let log = LogKeys::generate("example.com/log").expect("keys");
    let checkpoint =
        Checkpoint { origin: "example.com/log".to_owned(), size: 1, root: Hash([1; 32]) };
    let signed = log.sign(&checkpoint, 1).expect("signed").note();
    let changed = signed.replacen("\n\n", "\nmore\n\n", 1);
    let signed = SignedCheckpoint::parse(changed.as_bytes()).expect("a checkpoint");
    assert_eq!(signed.checkpoint, checkpoint);
    let [ed25519, ml_dsa] = <[_; 2]>::try_from(log.verifier_keys()).expect("two keys");
    assert!(matches!(signed.verify(&[ed25519]), Err(Error::BadSignature { .. })));
    assert_eq!(signed.verify(&[ml_dsa]).expect("it verifies").len(), 1);
}

#[test]
fn a_cosignature_cannot_be_taken_for_another_time_name_or_type() {
    let witness = CosignerKeys::generate("witness.example/w1").expect("keys");
    let log = LogKeys::generate("example.com/log").expect("keys");
    let checkpoint =
        Checkpoint { origin: "example.com/log".to_owned(), size: 1, root: Hash([1; 32]) };
    let signed = log.sign(&checkpoint, 5).expect("signed");
    let known = [log.verifier_keys(), witness.verifier_keys()].concat();
    for signature in witness.cosign(&signed, 5).expect("cosigned") {
        let line = signature.to_string();
        let (name, bytes) = line.trim_end().rsplit_once(' ').expect("a line");
        let bytes = BASE64_STANDARD.decode(bytes).expect("base64");
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = bytes.clone();
            change(&mut bytes);
            let note = format!("{}{name} {}\n", signed.note(), BASE64_STANDARD.encode(bytes));
            SignedCheckpoint::parse(note.as_bytes()).expect("a checkpoint").verify(&known).is_ok()
        };
        assert!(with(&|_| {}));
        assert!(!with(&|bytes| bytes[11] = 6), "another time");
        assert!(!with(&|bytes| bytes[4] = 0x80), "a time above 2^63 - 1");
        assert!(!with(&|bytes| bytes.truncate(bytes.len() - 1)), "cut short");
        assert!(!with(&|bytes| bytes.push(0)), "too long");
        assert!(!with(&|bytes| bytes.truncate(9)), "no signature");
        let other = known.iter().find(|key| key.signature_type() == SignatureType::Cosignature);
        let (id, _) = public_key(other.expect("a key"));
        assert!(bytes[..4] == id || !with(&|bytes| bytes[..4].copy_from_slice(&id)), "other type");
    }
}

#[test]
fn secret_keys_are_read_as_they_were_written() {
    let log = LogKeys::generate("example.com/log").expect("keys");
    let text = log.to_text();
    let again = LogKeys::read(&text).expect("keys");
    assert_eq!(again.verifier_keys(), log.verifier_keys());
    assert_eq!((again.origin(), again.to_text()), ("example.com/log", text.clone()));
    let types: Vec<_> = log.verifier_keys().iter().map(VerifierKey::signature_type).collect();
    assert_eq!(types, [SignatureType::Ed25519, SignatureType::MlDsa44]);

    let witness = CosignerKeys::generate("witness.example/w1").expect("keys");
    let again = CosignerKeys::read(&witness.to_text()).expect("keys");
    assert_eq!(again.verifier_keys(), witness.verifier_keys());
    let types: Vec<_> = witness.verifier_keys().iter().map(VerifierKey::signature_type).collect();
    assert_eq!(types, [SignatureType::Cosignature, SignatureType::MlDsa44]);

    let lines: Vec<_> = text.lines().collect();
    let other = LogKeys::generate("example.com/other").expect("keys").to_text();
    let witness = witness.to_text();
    let rows = [
        ("empty", String::new()),
        ("a witness's", witness.to_string()),
        ("a witness's by another name", witness.replace("witness-keys", "log-keys")),
        ("of another version", text.replace("/v1", "/v2")),
        ("one key", format!("{}\n{}\n", lines[0], lines[1])),
        ("keys exchanged", format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1])),
        ("of two logs", format!("{}\n{}\n{}\n", lines[0], lines[1], last(&other))),
        ("a line more", format!("{}\n", text.as_str())),
        ("renamed", text.replace("example.com/log", "example.com/lag")),
        ("cut short", text[..text.len() - 4].to_owned()),
        ("without its prefix", text.replace("PRIVATE+KEY+", "")),
    ];
    for (name, text) in rows {
        let error = LogKeys::read(&text).expect_err(name);
        assert!(matches!(error, Error::MalformedKey { .. }), "{name}");
        shows_no_secret(&format!("{error} {error:?}"), &lines);
    }
    shows_no_secret(&format!("{log:?} {:?}", log.verifier_keys()), &lines);
}

fn last(text: &str) -> &str {
    text.lines().next_back().expect("a line")
}

/// Nothing of what stands in the last part of a secret key's line.
fn shows_no_secret(shown: &str, lines: &[&str]) {
    for line in lines.iter().skip(1) {
        let secret = line.splitn(5, '+').nth(4).expect("a secret");
        assert!(!shown.contains(&secret[4..16]), "{shown}");
    }
}

/// The signer key of Go's example notes belongs to the verifier key beside it.
#[test]
fn a_signer_key_of_go_is_read() {
    let other = LogKeys::generate("PeterNeumann").expect("keys").to_text();
    let go = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let keys =
        LogKeys::read(&format!("bylaw-log-keys/v1\n{go}\n{}\n", last(&other))).expect("keys");
    assert_eq!(
        keys.verifier_keys()[0].to_string(),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    );
}

#[test]
fn keys_sign_only_what_they_may() {
    let log = LogKeys::generate("example.com/log").expect("keys");
    let checkpoint =
        Checkpoint { origin: "example.com/log".to_owned(), size: 1, root: Hash([1; 32]) };
    for seconds in [0, 1 << 63, u64::MAX] {
        assert!(matches!(log.sign(&checkpoint, seconds), Err(Error::Clock { .. })));
    }
    log.sign(&checkpoint, (1 << 63) - 1).expect("the latest time");
    let other = Checkpoint { origin: "example.com/other".to_owned(), ..checkpoint };
    assert!(matches!(log.sign(&other, 1), Err(Error::WrongOrigin { .. })));
    for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", &"a".repeat(256)] {
        assert!(matches!(LogKeys::generate(name), Err(Error::MalformedKey { .. })), "{name:?}");
    }
    LogKeys::generate(&"a".repeat(255)).expect("the longest name");
}
