//! A log that grows, is closed, opened, read, copied, and guarded against a second writer.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;

use std::fs;

use bylaw_ledger::{
    CosignerKeys, Directory, Error, Hash, Log, LogKeys, Reader, Storage as _, WITNESSED, Witnesses,
    export, leaf_hash, publish_witnessed,
    tree::{check_consistency, check_inclusion},
};
use logs::{Chance, Keys, entries, entry, leaves, naive_consistency, naive_inclusion, naive_root};

#[test]
fn random_growth_agrees_with_a_naive_tree_and_with_another_implementation() {
    let seed = 20_261_122;
    println!("seed {seed}");
    let (mut chance, keys, place) = (Chance(seed), Keys::new(), logs::place("growth"));
    let mut log = logs::create(&place, &keys);
    let mut sizes = vec![0];
    while log.size() < 1500 {
        let size = log.size();
        let more = match chance.below(4) {
            0 => 1,
            1 => 256 - size % 256,
            2 => chance.below(10),
            _ => chance.below(300),
        };
        log.append(&entries(size..size + more), 1).expect("it is appended");
        assert_eq!(
            log.checkpoint().checkpoint.root,
            naive_root(&leaves(0..size + more)),
            "root at {}",
            size + more
        );
        if chance.below(3) == 0 {
            drop(log);
            log = Log::open(Box::new(Directory::new(&place)), keys.secret()).expect("it is opened");
        }
        assert_eq!(log.size(), size + more);
        sizes.push(log.size());
    }
    let report = logs::verify(&place, &keys);
    assert_eq!(report.problems, []);
    assert_eq!(report.head, *log.checkpoint());
    proofs_agree(&mut chance, &Reader::new(log.storage()), &sizes);
}

/// Proofs at sizes that had a checkpoint, and at others.
fn proofs_agree(chance: &mut Chance, reader: &Reader<'_>, sizes: &[u64]) {
    let newest = *sizes.last().expect("a size");
    for round in 0..200 {
        let new = if round % 2 == 0 {
            1 + chance.below(newest)
        } else {
            sizes[1 + round % (sizes.len() - 1)].max(1)
        };
        let (index, old) = (chance.below(new), chance.below(new + 1));
        let leaves = leaves(0..new);
        let root = naive_root(&leaves);
        assert_eq!(reader.root(new).expect("a root"), root);
        assert_eq!(reader.leaf_hash(index).expect("a leaf"), leaves[at(index)]);
        assert_eq!(reader.entry(index).expect("an entry"), entry(index));

        let inclusion = reader.inclusion(index, new).expect("a proof");
        assert_eq!(inclusion, naive_inclusion(at(index), &leaves), "inclusion of {index} in {new}");
        assert!(check_inclusion(leaves[at(index)], index, new, root, &inclusion));
        tlog_tiles::check_record(
            &theirs(&inclusion),
            new,
            their(root),
            index,
            their(leaves[at(index)]),
        )
        .expect("they agree");

        let consistency = reader.consistency(old, new).expect("a proof");
        let old_root = naive_root(&leaves[..at(old)]);
        assert!(check_consistency((old, old_root), (new, root), &consistency), "{old} to {new}");
        if old > 0 {
            assert_eq!(consistency, naive_consistency(at(old), &leaves, true), "{old} to {new}");
            tlog_tiles::check_tree(&theirs(&consistency), new, their(root), old, their(old_root))
                .expect("they agree");
        }
    }
}

#[test]
fn changed_proofs_do_not_hold() {
    for size in 1..40_u64 {
        let leaves = leaves(0..size);
        let root = naive_root(&leaves);
        for index in 0..size {
            let proof = naive_inclusion(at(index), &leaves);
            let holds =
                |leaf, index, size, proof: &[Hash]| check_inclusion(leaf, index, size, root, proof);
            let leaf = leaves[at(index)];
            assert!(holds(leaf, index, size, &proof));
            assert!(!holds(leaf_hash(b"another"), index, size, &proof));
            assert!(!holds(leaf, size, size, &proof), "beyond the log");
            assert!(
                (0..size).all(|other| other == index || !holds(leaf, other, size, &proof)),
                "elsewhere"
            );
            assert!(!holds(leaf, index, size, &[proof.clone(), vec![root]].concat()), "longer");
            assert!(proof.is_empty() || !holds(leaf, index, size, &proof[1..]), "shorter");
        }
        for old in 1..=size {
            let (proof, old_root) =
                (naive_consistency(at(old), &leaves, true), naive_root(&leaves[..at(old)]));
            assert!(check_consistency((old, old_root), (size, root), &proof));
            assert!(!check_consistency((old, Hash::EMPTY), (size, root), &proof));
            assert!(!check_consistency((old, old_root), (size, Hash::EMPTY), &proof));
            assert!(!check_consistency((size + 1, root), (size, root), &[]), "backwards");
        }
    }
    // Sizes from outside may be anything.
    for (old, new) in [(u64::MAX, u64::MAX), (1, u64::MAX), (u64::MAX - 1, u64::MAX), (0, u64::MAX)]
    {
        let _ = check_consistency((old, Hash::EMPTY), (new, Hash::EMPTY), &[]);
        let _ = check_inclusion(Hash::EMPTY, old, new, Hash::EMPTY, &[Hash::EMPTY; 64]);
    }
}

#[test]
fn a_range_of_entries_is_read_across_bundles() {
    let (keys, place) = (Keys::new(), logs::place("ranges"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..700), 1).expect("it is appended");
    let reader = Reader::new(log.storage());
    for range in [0..0, 0..1, 255..257, 0..256, 256..512, 100..700, 699..700, 700..700] {
        assert_eq!(reader.entries(range.clone()).expect("they are there"), entries(range));
    }
    assert!(matches!(reader.entries(0..701), Err(Error::OutOfRange { wanted: 701, size: 700 })));
    for index in [700, u64::MAX] {
        assert!(matches!(reader.entry(index), Err(Error::OutOfRange { .. })));
        assert!(matches!(reader.leaf_hash(index), Err(Error::OutOfRange { .. })));
        assert!(matches!(reader.receipt(index), Err(Error::OutOfRange { .. })));
        assert!(matches!(reader.inclusion(index, 700), Err(Error::OutOfRange { .. })));
        assert!(matches!(reader.consistency(index, 699), Err(Error::OutOfRange { .. })));
        assert!(matches!(reader.inclusion(0, index.max(701)), Err(Error::OutOfRange { .. })));
    }
}

#[test]
fn partial_tiles_go_when_the_full_one_is_there() {
    let (keys, place) = (Keys::new(), logs::place("partials"));
    let mut log = logs::create(&place, &keys);
    for number in 0..255 {
        log.append(&entries(number..number + 1), 1).expect("it is appended");
    }
    let count = |row: &str| fs::read_dir(place.join(row)).map_or(0, Iterator::count);
    assert_eq!((count("tile/0/000.p"), count("tile/entries/000.p")), (255, 255));
    // A reader that has read the checkpoint of size 255 before.
    let before = log.checkpoint().clone();
    log.append(&entries(255..257), 1).expect("it is appended");
    assert!(!place.join("tile/0/000.p").exists() && !place.join("tile/entries/000.p").exists());
    assert!(
        place.join("tile/0/000").exists()
            && place.join("tile/0/001.p/1").exists()
            && place.join("tile/1/000.p/1").exists()
    );
    let later = logs::place("partials-later");
    let storage = Directory::new(&later);
    export(log.storage(), &storage, |_| {}).expect("it is copied");
    storage
        .replace("checkpoint", before.note().as_bytes(), Some(log.checkpoint().note().as_bytes()))
        .expect("it goes back");
    assert_eq!(
        logs::verify(&later, &keys).problems,
        [],
        "the full tiles stand for the partial ones"
    );
    assert_eq!(
        Log::open(Box::new(Directory::new(&later)), keys.secret())
            .expect_err("the copy's storage holds it")
            .to_string(),
        format!("`{}` is written to by another process", later.display())
    );
    drop(storage);
    let mut log = Log::open(Box::new(Directory::new(&later)), keys.secret()).expect("it is opened");
    log.append(&entries(255..300), 1).expect("it grows from there");
    assert_eq!(logs::verify(&later, &keys).problems, []);
}

#[test]
fn a_second_writer_is_refused() {
    let (keys, place) = (Keys::new(), logs::place("writers"));
    let first = logs::create(&place, &keys);
    let open = || Log::open(Box::new(Directory::new(&place)), keys.secret());
    assert!(matches!(open(), Err(Error::SecondWriter { .. })));
    assert!(matches!(
        Log::create(Box::new(Directory::new(&place)), keys.secret(), 1),
        Err(Error::SecondWriter { .. })
    ));
    drop(first);
    let mut first = open().expect("the lock is free again");
    // Whoever goes around the lock is noticed at the next append.
    let changed = first.keys().sign(&first.checkpoint().checkpoint, 2).expect("it is signed");
    fs::write(place.join("checkpoint"), changed.note()).expect("it is written");
    assert!(matches!(first.append(&entries(0..1), 1), Err(Error::SecondWriter { .. })));
    assert!(matches!(first.append(&entries(0..1), 1), Err(Error::Broken)));
    first.reopen().expect("it is read again");
    first.append(&entries(0..1), 3).expect("it goes on");
    assert_eq!(logs::verify(&place, &keys).problems, []);
}

#[test]
fn only_what_fits_is_opened() {
    let (keys, place) = (Keys::new(), logs::place("fits"));
    let open = |keys: LogKeys| Log::open(Box::new(Directory::new(&place)), keys);
    assert!(matches!(open(keys.secret()), Err(Error::NoLog { .. })));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..300), 1).expect("it is appended");
    assert!(matches!(
        log.append(&[vec![0; 65_536]], 1),
        Err(Error::EntryTooLong { length: 65_536 })
    ));
    log.append(&[vec![0; 65_535]], 1).expect("the longest entry fits");
    assert_eq!(log.append(&[], 1).expect("nothing to append").checkpoint.size, 301);
    drop(log);
    assert!(matches!(
        Log::create(Box::new(Directory::new(&place)), keys.secret(), 1),
        Err(Error::LogExists { size: 301 })
    ));
    let stranger = || LogKeys::generate("example.com/log").expect("keys are made");
    assert!(matches!(open(stranger()), Err(Error::NotSigned)), "other keys of that name");
    let other = LogKeys::generate("example.com/other").expect("keys are made");
    assert!(matches!(open(other), Err(Error::WrongOrigin { .. })));
    for path in ["tile/0/001.p/45", "tile/entries/001.p/45", "tile/1/000.p/1"] {
        let file = place.join(path);
        let bytes = fs::read(&file).expect("it is there");
        let mut changed = bytes.clone();
        changed[10] ^= 1;
        fs::write(&file, &changed).expect("it is changed");
        assert!(matches!(open(keys.secret()), Err(Error::Damaged { .. })), "{path} changed");
        fs::write(&file, &bytes[1..]).expect("it is cut");
        assert!(matches!(open(keys.secret()), Err(Error::Damaged { .. })), "{path} cut");
        fs::remove_file(&file).expect("it is removed");
        assert!(matches!(open(keys.secret()), Err(Error::Missing { .. })), "{path} missing");
        fs::write(&file, &bytes).expect("it is restored");
    }
    open(keys.secret()).expect("all is as it was");
}

#[test]
fn receipts_prefer_the_witnessed_checkpoint() {
    let (keys, place) = (Keys::new(), logs::place("witnessed"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..10), 1).expect("it is appended");
    let (witness, mut seen) =
        (CosignerKeys::generate("witness.example").expect("keys"), log.checkpoint().clone());
    seen.add_signatures(&witness.cosign(&seen, 2).expect("it is cosigned")).expect("they fit");
    publish_witnessed(log.storage(), &seen).expect("it is stored");
    log.append(&entries(10..20), 3).expect("it is appended");

    let (known, witnesses) =
        (keys.public(), Witnesses { required: 1, keys: witness.verifier_keys() });
    let reader = Reader::new(log.storage());
    for index in 0..20 {
        let receipt = reader.receipt(index).expect("a receipt");
        assert_eq!(receipt.entry, entry(index));
        assert_eq!(
            receipt.check(&known, &Witnesses::none()).expect("it holds").size,
            if index < 10 { 10 } else { 20 }
        );
        assert_eq!(receipt.check(&known, &witnesses).is_ok(), index < 10);
    }
    // An older one does not take its place.
    publish_witnessed(log.storage(), log.checkpoint()).expect("it is stored");
    publish_witnessed(log.storage(), &seen).expect("it is left out");
    assert_eq!(reader.witnessed().expect("it is there").expect("it is there").checkpoint.size, 20);
}

#[test]
fn a_copy_is_brought_up_to_date_and_never_mixed_with_another_history() {
    let (keys, place, copy) = (Keys::new(), logs::place("export"), logs::place("export-copy"));
    let mut log = logs::create(&place, &keys);
    for more in [0, 1, 254, 1, 1, 700, 70] {
        log.append(&entries(log.size()..log.size() + more), 1).expect("it is appended");
        publish_witnessed(log.storage(), log.checkpoint()).expect("it is stored");
        let copied = export(log.storage(), &Directory::new(&copy), |_| {}).expect("it is copied");
        assert_eq!(copied, *log.checkpoint());
        let report = logs::verify(&copy, &keys);
        assert_eq!((report.problems.clone(), report.is_sound()), (vec![], true));
        assert!(
            fs::read(copy.join(WITNESSED))
                .is_ok_and(|note| note == log.checkpoint().note().into_bytes())
        );
    }
    let mut files = 0;
    export(log.storage(), &Directory::new(&copy), |count| files = count).expect("nothing is new");
    assert_eq!(files, 0);

    let other = logs::place("export-other");
    let mut fork = logs::create(&other, &keys);
    assert!(
        matches!(export(fork.storage(), &Directory::new(&copy), |_| {}), Err(Error::OtherHistory)),
        "shorter"
    );
    fork.append(&entries(1..2000), 1).expect("it is appended");
    assert!(
        matches!(export(fork.storage(), &Directory::new(&copy), |_| {}), Err(Error::OtherHistory)),
        "another"
    );
    assert!(logs::verify(&copy, &keys).is_sound(), "the copy is as it was");
}

fn at(index: u64) -> usize {
    usize::try_from(index).expect("a small number")
}

fn their(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

fn theirs(proof: &[Hash]) -> Vec<tlog_tiles::Hash> {
    proof.iter().map(|hash| their(*hash)).collect()
}
