//! Verification finds every change, says where it is, and tells a fork from damage.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

#[path = "support/logs.rs"]
mod logs;

use std::fs;
use std::path::{Path, PathBuf};

use bylaw_ledger::{
    CosignerKeys, Directory, Error, LogKeys, Report, SignedCheckpoint, Witnesses,
    publish_witnessed, verify, verify::Trust,
};
use logs::{Chance, Keys, entries};

#[test]
fn one_changed_byte_in_any_file_is_found_and_named() {
    let (mut chance, keys, place) = (Chance(7), Keys::new(), logs::place("flipped"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..66_000), 1).expect("it is appended");
    publish_witnessed(log.storage(), log.checkpoint()).expect("it is stored");
    drop(log);
    assert!(logs::verify(&place, &keys).is_sound());
    let files = files(&place);
    assert_eq!(
        files.len(),
        2 * 258 + 2 + 1 + 2,
        "tiles and bundles, two levels above, two checkpoints"
    );
    let rare: Vec<_> = files
        .iter()
        .filter(|path| !path.starts_with("tile/0/") && !path.starts_with("tile/entries/"))
        .collect();
    assert_eq!(rare.len(), 5);
    let some: Vec<_> = (0..12).map(|_| &files[pick(&mut chance, files.len())]).collect();
    let last = files.iter().filter(|path| path.ends_with("257.p/208"));
    for path in rare.into_iter().chain(some).chain(last) {
        let file = place.join(path);
        let bytes = fs::read(&file).expect("it is there");
        for at in [0, pick(&mut chance, bytes.len()), bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&file, changed).expect("it is changed");
            found(&place, &keys, path, &format!("byte {at} changed"));
        }
        fs::write(&file, &bytes[1..]).expect("it is cut");
        found(&place, &keys, path, "cut");
        fs::write(&file, b"").expect("it is emptied");
        found(&place, &keys, path, "emptied");
        fs::remove_file(&file).expect("it is removed");
        if path != "witnessed" {
            found(&place, &keys, path, "removed");
        }
        fs::write(&file, &bytes).expect("it is restored");
    }
    assert!(logs::verify(&place, &keys).is_sound(), "all is as it was");
}

/// The problem is found, and its file is named, in few words.
fn found(place: &Path, keys: &Keys, path: &str, row: &str) {
    let known = keys.public();
    let trust = Trust { keys: &known, ..Trust::default() };
    match verify(&Directory::new(place), &trust, |_, _| {}) {
        Err(_) => {
            assert_eq!(path, "checkpoint", "{row}: only the checkpoint stops the verification")
        }
        Ok(report) => {
            let named = report.problems.iter().any(|problem| problem.to_string().contains(path));
            assert!(named, "{path} {row}: {:?}", report.problems);
            assert!(report.problems.len() <= 3, "{path} {row}: {:?}", report.problems);
            assert_eq!(report.contradictions, [], "{path} {row}: damage is no fork");
        }
    }
}

#[test]
fn all_problems_are_reported_and_counted() {
    let (keys, place) = (Keys::new(), logs::place("ruin"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..1000), 1).expect("it is appended");
    for path in ["tile/0/000", "tile/entries/001"] {
        fs::write(place.join(path), b"").expect("it is emptied");
    }
    fs::remove_file(place.join("tile/0/003.p/232")).expect("it is removed");
    fs::remove_file(place.join("tile/entries/003.p/232")).expect("it is removed");
    let mut told = (0, 0);
    let known = keys.public();
    let trust = Trust { keys: &known, ..Trust::default() };
    let report = verify(&Directory::new(&place), &trust, |done, all| told = (done, all))
        .expect("it can be read");
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    let root = report.head.checkpoint.root;
    assert_eq!(
        problems[..4],
        [
            "tile/0/000: it has the wrong length",
            "tile/entries/001: it has too few entries",
            "tile/0/003.p/232: it is missing",
            "tile/entries/003.p/232: it is missing",
        ]
    );
    assert!(
        problems[4].starts_with(&format!("checkpoint: its root is {root}, that of the tiles is "))
    );
    assert_eq!((problems.len(), told, report.more_problems), (5, (1000, 1000), 0));
}

#[test]
fn a_fork_and_a_rollback_show_both_heads() {
    let (keys, place, fork) = (Keys::new(), logs::place("history"), logs::place("fork"));
    let mut log = logs::create(&place, &keys);
    let mut forked = logs::create(&fork, &keys);
    log.append(&entries(0..300), 1).expect("it is appended");
    let mut other = entries(0..400);
    other[123] = b"another".to_vec();
    forked.append(&other[..300], 1).expect("it is appended");
    let at_300 = log.checkpoint().clone();
    log.append(&entries(300..400), 2).expect("it is appended");
    forked.append(&other[300..], 2).expect("it is appended");

    assert!(check(&place, &keys, &at_300).is_sound(), "a log continues what it was");
    assert!(check(&place, &keys, log.checkpoint()).is_sound(), "a log continues itself");
    for remembered in [&at_300, log.checkpoint()] {
        let report = check(&fork, &keys, remembered);
        assert_eq!((report.problems.len(), report.contradictions.len()), (0, 1));
        let text = report.contradictions[0].to_string();
        let size = remembered.checkpoint.size;
        assert!(text.starts_with(&format!(
            "forked: the log's first {size} entries are not those of the remembered checkpoint\n"
        )));
        assert!(
            text.contains(&remembered.note()) && text.contains(&forked.checkpoint().note()),
            "both heads"
        );
    }
    let at_400 = log.checkpoint().clone();
    drop(log);
    fs::write(place.join("checkpoint"), at_300.note()).expect("an older checkpoint is back");
    let report = check(&place, &keys, &at_400);
    let text = report.contradictions[0].to_string();
    assert!(
        text.starts_with("rolled back: the log has 300 entries, the remembered checkpoint 400\n"),
        "{text}"
    );
    assert!(text.contains(&at_300.note()) && text.contains(&at_400.note()), "both heads");

    // The same where the log's own file of witnessed checkpoints tells.
    fs::write(place.join("witnessed"), at_400.note()).expect("it is written");
    assert_eq!(logs::verify(&place, &keys).contradictions[0].from, "witnessed");
    fs::write(fork.join("witnessed"), at_300.note()).expect("it is written");
    assert_eq!(logs::verify(&fork, &keys).contradictions[0].from, "witnessed");

    // Damage at the same time proves nothing, and is not called a fork.
    fs::write(fork.join("tile/entries/000"), b"").expect("it is emptied");
    let report = check(&fork, &keys, &at_300);
    assert_eq!(report.contradictions, []);
    assert!(!report.is_sound());
}

#[test]
fn only_evidence_counts() {
    let (keys, place) = (Keys::new(), logs::place("evidence"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..10), 1).expect("it is appended");
    let (known, stranger) = (keys.public(), LogKeys::generate("example.com/log").expect("keys"));
    let other = LogKeys::generate("example.com/other").expect("keys");
    let of = |keys: &LogKeys| {
        let head = bylaw_ledger::Checkpoint {
            origin: keys.origin().to_owned(),
            ..log.checkpoint().checkpoint.clone()
        };
        keys.sign(&head, 1).expect("it is signed")
    };
    let run = |known: &[_], remembered: &SignedCheckpoint| {
        let trust = Trust { keys: known, remembered: Some(remembered), ..Trust::default() };
        verify(&Directory::new(&place), &trust, |_, _| {})
    };
    run(&known, log.checkpoint()).expect("it can be verified");
    assert!(matches!(run(&known, &of(&stranger)), Err(Error::NotSigned)), "a forged memory");
    assert!(matches!(run(&known, &of(&other)), Err(Error::WrongOrigin { .. })), "another log's");
    assert!(
        matches!(run(&stranger.verifier_keys(), log.checkpoint()), Err(Error::NotSigned)),
        "the log is forged"
    );
    assert!(
        matches!(run(&[], log.checkpoint()), Err(Error::UnknownLog { .. })),
        "no key, no proof"
    );
    let nowhere = Directory::new(logs::place("nowhere"));
    assert!(matches!(verify(&nowhere, &Trust::default(), |_, _| {}), Err(Error::NoLog { .. })));
}

#[test]
fn required_witnesses_must_have_cosigned() {
    let (keys, place) = (Keys::new(), logs::place("cosigned"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..10), 1).expect("it is appended");
    let witnesses: Vec<_> = ["one.example", "two.example"]
        .map(|name| CosignerKeys::generate(name).expect("keys"))
        .into();
    let trusted = Witnesses {
        required: 2,
        keys: witnesses.iter().flat_map(CosignerKeys::verifier_keys).collect(),
    };
    let known = keys.public();
    let trust = Trust { keys: &known, witnesses: Some(&trusted), remembered: None };
    let run = || verify(&Directory::new(&place), &trust, |_, _| {}).expect("it can be read");
    let mut seen = log.checkpoint().clone();
    for (count, witness) in witnesses.iter().enumerate() {
        let report = run();
        assert_eq!(
            report.problems[0].to_string(),
            format!(
                "witnessed: {count} of the known witnesses cosigned the checkpoint; 2 are required"
            )
        );
        let lines = witness.cosign(&seen, 5).expect("it is cosigned");
        seen.add_signatures(&lines).expect("they fit");
        publish_witnessed(log.storage(), &seen).expect("it is stored");
    }
    let report = run();
    assert!(report.is_sound(), "{:?}", report.problems);
    let names = ["one.example", "two.example"].map(str::to_owned).into();
    assert_eq!(report.witnessed, Some((10, names)));
}

fn check(place: &Path, keys: &Keys, remembered: &SignedCheckpoint) -> Report {
    let known = keys.public();
    let trust = Trust { keys: &known, remembered: Some(remembered), ..Trust::default() };
    verify(&Directory::new(place), &trust, |_, _| {}).expect("it can be read")
}

/// The files of a log, without its lock.
fn files(place: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![place.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("it is a directory") {
            let path: PathBuf = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let path = path.strip_prefix(place).expect("it is below");
                found.push(path.to_str().expect("a name").to_owned());
            }
        }
    }
    found.retain(|path| path != "lock");
    found.sort();
    found
}

fn pick(chance: &mut Chance, bound: usize) -> usize {
    usize::try_from(chance.below(bound as u64)).expect("a small number")
}
