//! The serving witness: every rule of c2sp.org/tlog-witness as a row, what it remembers, and what
//! happens where its storage fails or many ask at once.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;
#[path = "support/watched.rs"]
mod watched;

use std::path::Path;
use std::sync::{Arc, Barrier, atomic::AtomicBool, atomic::Ordering};

use bylaw_ledger::{
    CosignerKeys, Directory, Error, Hash, Note, Result, Signature, SignedCheckpoint, Storage,
    witness::{Response, Witness, origin_hash},
};
use logs::{Chance, place};
use watched::{Watched, body};

const TIME: u64 = 1_700_000_000;

/// What one row of the table submits, and the status it must get.
struct Row {
    name: &'static str,
    status: u16,
    body: Vec<u8>,
}

fn row(name: &'static str, status: u16, body: impl Into<Vec<u8>>) -> Row {
    Row { name, status, body: body.into() }
}

/// Every row is put to a witness that has cosigned size 5 of `log`, and nothing of `fresh`.
///
/// Among them are, in our words, what the tests of two other witnesses try. Torchwood's
/// (`internal/witness/witness_test.go`), too many proofs: "64 hashes"; sizes around zero: "the empty
/// tree of another log", "an empty tree with a root", "an empty tree with a proof", "the first of
/// another log", "a proof from the empty tree", "the old size zero to ask for the size", "an old
/// size above the checkpoint's"; its race is `submissions_at_once_never_roll_back`. Azul's
/// (`tests/tlog_witness.rs`), by its numbers: 2 "the first of another log", 3 "one more entry",
/// 4 "an old size below the latest", 5 "an unknown log", 6 "only another key's signatures", 7 "a
/// known key's bad signature", 8 "a wrong hash in the proof", 9 "an old size above the
/// checkpoint's", 10 "no empty line". Its 1, a page of metadata, is not in the specification.
#[test]
fn every_rule_of_the_protocol() {
    let (log, fresh) = (Watched::new("example.com/log"), Watched::new("example.com/fresh"));
    let stranger = Watched::new("example.com/stranger");
    let impostor = Watched::new("example.com/log");
    let rows = [
        well_formed_rows(&log, &fresh),
        malformed_rows(&log),
        signature_rows(&log, &stranger, &impostor),
        consistency_rows(&log, &fresh),
    ];
    let rows: Vec<_> = rows.into_iter().flatten().collect();
    let names: std::collections::BTreeSet<_> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "a name stands twice");
    for (number, row) in rows.iter().enumerate() {
        check(row, number, &log, &fresh);
    }
}

fn check(row: &Row, number: usize, log: &Watched, fresh: &Watched) {
    let place = place(&format!("witness-row-{number}"));
    let keys = CosignerKeys::generate("witness.example/w1").expect("keys");
    let known = [log.public(), fresh.public()].concat();
    let witness = Witness::open(Box::new(Directory::new(&place)), keys, known).expect("opened");
    let start = witness.add_checkpoint(body(0, &[], &log.signed(5)).as_bytes(), TIME);
    assert_eq!(start.expect("answered").status, 200);
    let seen = |witness: &Witness| {
        [log, fresh].map(|log| witness.checkpoint(&origin_hash(log.origin())).expect("answered"))
    };
    let before = seen(&witness);
    let response = witness.add_checkpoint(&row.body, TIME + 1).expect("answered");
    assert_eq!(response.status, row.status, "{}: {}", row.name, response.body);
    match row.status {
        200 => cosigned(row, &witness, &response),
        409 => assert_eq!(response.content_type, "text/x.tlog.size", "{}", row.name),
        _ => assert_eq!(response.content_type, "text/plain; charset=utf-8", "{}", row.name),
    }
    if row.status != 200 {
        assert!(!response.body.contains('—'), "{}: a cosignature in a refusal", row.name);
        assert_eq!(seen(&witness), before, "{}: remembered though refused", row.name);
    }
}

/// The reply is cosignatures that verify for the whole tree, with the time; the witness serves the
/// checkpoint with them and with the log's own signatures.
fn cosigned(row: &Row, witness: &Witness, response: &Response) {
    let text = String::from_utf8(row.body.clone()).expect("text");
    let (_, note) = text.split_once("\n\n").expect("a checkpoint");
    let signed = SignedCheckpoint::parse(note.as_bytes()).expect("a checkpoint");
    let lines = Signature::parse_lines(&response.body).expect("signature lines");
    assert_eq!(lines.len(), 2, "{}", row.name);
    let note = Note::new(signed.text().to_owned(), lines.clone()).expect("a note");
    let verified = note.verify(witness.verifier_keys()).expect("the cosignatures verify");
    let times: Vec<_> = verified.iter().map(|it| it.seconds).collect();
    assert_eq!(times, [Some(TIME + 1); 2], "{}", row.name);
    let hash = origin_hash(&signed.checkpoint.origin);
    let served = witness.checkpoint(&hash).expect("answered");
    assert_eq!(served.status, 200);
    let served = SignedCheckpoint::parse(served.body.as_bytes()).expect("a checkpoint");
    assert_eq!(served.text(), signed.text(), "{}", row.name);
    assert!(lines.iter().all(|line| served.signatures().contains(line)), "{}", row.name);
    let own = served.signatures().iter().filter(|it| it.name() == signed.checkpoint.origin);
    assert!(own.count() >= 1, "{}: the log's own signature is served", row.name);
}

fn well_formed_rows(log: &Watched, fresh: &Watched) -> Vec<Row> {
    let more = |note: String, lines: &str| format!("old 5\n\n{note}{lines}");
    let [ed25519, ml_dsa] =
        <[Signature; 2]>::try_from(log.signed(5).signatures().to_vec()).expect("two");
    let text = log.signed(5).text().to_owned();
    let strange = "— example.com/log AAAAAAAA\n— other.example AAAAAAAA\n";
    vec![
        row("the same size again", 200, body(5, &[], &log.signed(5))),
        row("one more entry", 200, body(5, &log.proof(5, 6), &log.signed(6))),
        row("many more entries", 200, body(5, &log.proof(5, 40), &log.signed(40))),
        row("the first of another log", 200, body(0, &[], &fresh.signed(9))),
        row("the empty tree of another log", 200, body(0, &[], &fresh.signed(0))),
        row("signatures by unknown keys too", 200, more(log.signed(5).note(), strange)),
        row("signed with Ed25519 alone", 200, format!("old 5\n\n{text}\n{ed25519}")),
        row("signed with ML-DSA-44 alone", 200, format!("old 5\n\n{text}\n{ml_dsa}")),
        row(
            "a signature 64 times",
            200,
            format!("old 5\n\n{text}\n{}", ed25519.to_string().repeat(64)),
        ),
        row("an extension line", 200, format!("old 5\n\n{}", log.extended(5, "more"))),
    ]
}

fn malformed_rows(log: &Watched) -> Vec<Row> {
    let good = body(5, &log.proof(5, 11), &log.signed(11));
    let line = |text: &str| text.lines().nth(1).expect("a hash").to_owned();
    let hash = line(&good);
    let long = "a line\n".repeat(511 * 1024 / 7);
    vec![
        row("nothing", 400, ""),
        row("no old size", 400, good.replacen("old 5\n", "", 1)),
        row("another word", 400, good.replacen("old 5", "new 5", 1)),
        row("old without a number", 400, good.replacen("old 5", "old ", 1)),
        row("two spaces", 400, good.replacen("old 5", "old  5", 1)),
        row("a leading zero", 400, good.replacen("old 5", "old 05", 1)),
        row("a sign", 400, good.replacen("old 5", "old +5", 1)),
        row("2^64", 400, good.replacen("old 5", "old 18446744073709551616", 1)),
        row("text behind the number", 400, good.replacen("old 5", "old 5 ", 1)),
        row("a short hash", 400, good.replacen(&hash, "AAAA", 1)),
        row("no base64", 400, good.replacen(&hash, &hash.replace('=', "?"), 1)),
        row("two hashes on a line", 400, good.replacen(&hash, &format!("{hash}{hash}"), 1)),
        row("carriage returns", 400, good.replace('\n', "\r\n")),
        row("no empty line", 400, good.replacen("\n\n", "\n", 1)),
        row("no checkpoint", 400, good.split_inclusive("\n\n").next().expect("a part")),
        row("no signature", 400, format!("old 5\n\n{}\n", log.signed(5).text())),
        row("no last newline", 400, good.trim_end()),
        row("not UTF-8", 400, [good.as_bytes(), b"\xff\n"].concat()),
        row("64 hashes", 400, body(5, &[Hash([1; 32]); 64], &log.signed(11))),
        row("63 hashes", 422, body(5, &[Hash([1; 32]); 63], &log.signed(11))),
        row(
            "no place for a cosignature",
            400,
            format!("old 5\n\n{}", log.extended(5, long.trim_end())),
        ),
        row("too long", 400, vec![b'a'; 1 << 20]),
    ]
}

fn signature_rows(log: &Watched, stranger: &Watched, impostor: &Watched) -> Vec<Row> {
    let text = log.signed(5).text().to_owned();
    let ours = log.signed(5).signatures().to_vec();
    let theirs = impostor.signed(5).signatures().to_vec();
    // The right name and id, with another checkpoint's signature.
    let wrong = log.signed(6).signatures()[0].to_string();
    let (unsigned, old) = (format!("old 5\n\n{text}\n"), format!("old 9\n\n{text}\n"));
    vec![
        row("an unknown log", 404, body(0, &[], &stranger.signed(5))),
        row("an unknown log before an old size too great", 404, body(9, &[], &stranger.signed(5))),
        row("an unknown log before a bad signature", 404, stranger.renamed(5, "example.com/none")),
        row("only another key's signatures", 403, format!("{unsigned}{}{}", theirs[0], theirs[1])),
        row("a known key's bad signature", 403, format!("{unsigned}{wrong}")),
        row("a bad signature beside a good one", 403, format!("{unsigned}{}{wrong}", ours[1])),
        row(
            "a bad signature behind the same key's good one",
            403,
            format!("{unsigned}{}{wrong}", ours[0]),
        ),
        row("another log's key", 403, format!("{unsigned}{}", stranger.signed(5).signatures()[0])),
        row(
            "no trusted signature before an old size too great",
            403,
            format!("{old}{}", theirs[0]),
        ),
    ]
}

fn consistency_rows(log: &Watched, fresh: &Watched) -> Vec<Row> {
    let fork = log.fork(5);
    let longer = [log.proof(5, 11), vec![Hash([0; 32])]].concat();
    let mut wrong = log.proof(5, 11);
    wrong[0] = Hash([0; 32]);
    vec![
        row("an old size above the checkpoint's", 400, body(6, &[], &log.signed(5))),
        row("an old size above the checkpoint's and the latest", 400, body(7, &[], &log.signed(6))),
        row("an old size below the latest", 409, body(4, &log.proof(4, 11), &log.signed(11))),
        row("an old size above the latest", 409, body(6, &log.proof(6, 11), &log.signed(11))),
        row("the old size zero to ask for the size", 409, body(0, &[], &log.signed(11))),
        row("a conflict before a bad proof", 409, body(4, &wrong, &log.signed(11))),
        row("a conflict for a log never seen", 409, body(1, &fresh.proof(1, 2), &fresh.signed(2))),
        row("a checkpoint before the latest", 409, body(3, &log.proof(3, 4), &log.signed(4))),
        row("a wrong hash in the proof", 422, body(5, &wrong, &log.signed(11))),
        row("a hash too few", 422, body(5, &log.proof(5, 11)[1..], &log.signed(11))),
        row("a hash too many", 422, body(5, &longer, &log.signed(11))),
        row("no proof", 422, body(5, &[], &log.signed(11))),
        row("a proof where none is needed", 422, body(5, &[Hash([0; 32])], &log.signed(5))),
        row("a proof from the empty tree", 422, body(0, &[Hash([0; 32])], &fresh.signed(5))),
        row("another root of the same size", 422, body(5, &[], &fork.signed(5))),
        row("another history", 422, body(5, &fork.proof(5, 11), &fork.signed(11))),
        row("an empty tree with a root", 422, body(0, &[], &fresh.with_root(0, Hash([0; 32])))),
        row("an empty tree with a proof", 422, body(0, &[Hash([0; 32])], &fresh.signed(0))),
        row("the greatest size", 422, body(5, &[], &log.with_root(u64::MAX, Hash([0; 32])))),
    ]
}

#[test]
fn a_conflict_names_the_size() {
    let log = Watched::new("example.com/log");
    let witness = open(&place("witness-conflict"), &keys(), &log);
    assert_eq!(add(&witness, &body(3, &log.proof(3, 5), &log.signed(5))), (409, "0\n".to_owned()));
    assert_eq!(add(&witness, &body(0, &[], &log.signed(5))).0, 200);
    assert_eq!(add(&witness, &body(0, &[], &log.signed(7))), (409, "5\n".to_owned()));
}

#[test]
fn only_logs_that_were_cosigned_are_served() {
    let (log, place) = (Watched::new("example.com/log"), place("witness-serves"));
    let witness = open(&place, &keys(), &log);
    let hash = origin_hash("example.com/log");
    assert_eq!(hash, "4d3203c8f35cdf600e475f55fede6081a703d3d322f208865fca2ec4f0e030f8");
    let status = |hash: &str| witness.checkpoint(hash).expect("answered").status;
    assert_eq!(status(&hash), 404);
    assert_eq!(add(&witness, &body(0, &[], &log.signed(5))).0, 200);
    assert_eq!(status(&hash), 200);
    for other in
        ["", ".", "..", "lock", "../lock", &hash.to_uppercase(), &hash[1..], "example.com/log"]
    {
        assert_eq!(status(other), 404, "{other}");
    }
}

#[test]
fn a_witness_remembers_after_a_restart_and_has_one_process() {
    let (log, keys, place) = (Watched::new("example.com/log"), keys(), place("witness-restart"));
    for size in [0_u64, 3, 3, 8, 300] {
        let witness = open(&place, &keys, &log);
        let second = Witness::open(Box::new(Directory::new(&place)), again(&keys), log.public());
        assert!(matches!(second, Err(Error::SecondWriter { .. })));
        let old = add(&witness, &body(size, &[], &log.signed(size)));
        let latest = if old.0 == 409 { old.1.trim().parse().expect("a size") } else { size };
        assert_eq!(
            add(&witness, &body(latest, &log.proof(latest, size), &log.signed(size))).0,
            200
        );
    }
    let witness = open(&place, &keys, &log);
    assert_eq!(
        add(&witness, &body(8, &log.proof(8, 9), &log.signed(9))),
        (409, "300\n".to_owned())
    );
}

#[test]
fn a_damaged_memory_is_refused() {
    let (log, keys, place) = (Watched::new("example.com/log"), keys(), place("witness-damaged"));
    let witness = open(&place, &keys, &log);
    assert_eq!(add(&witness, &body(0, &[], &log.signed(5))).0, 200);
    let path = place.join(origin_hash("example.com/log")).join("checkpoint");
    let good = std::fs::read(&path).expect("the memory is there");
    let text = String::from_utf8(good.clone()).expect("text");
    let other = Watched::new("example.com/other").signed(5).note();
    let forged = text.replacen("\n5\n", "\n4\n", 1);
    for bad in ["", "5\n", &text[..text.len() / 2], &forged, &other, &text.replace('\n', "\r\n")] {
        std::fs::write(&path, bad).expect("written");
        let added =
            witness.add_checkpoint(body(5, &log.proof(5, 6), &log.signed(6)).as_bytes(), TIME);
        assert!(matches!(added, Err(Error::Damaged { .. })), "{added:?}");
    }
    drop(witness);
    let opened = Witness::open(Box::new(Directory::new(&place)), again(&keys), log.public());
    assert!(matches!(opened, Err(Error::Damaged { .. })));
    std::fs::write(&path, good).expect("written");
    // Either side may change its keys: the other's signature still vouches for the memory.
    let changed = Watched::new("example.com/log");
    drop(
        Witness::open(Box::new(Directory::new(&place)), again(&keys), changed.public())
            .expect("opened"),
    );
    drop(open(&place, &self::keys(), &log));
}

/// A storage that fails where it writes: before the file changes, or after.
#[derive(Debug)]
struct Failing {
    inner: Directory,
    fails: Arc<AtomicBool>,
    after_writing: bool,
}

impl Storage for Failing {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.inner.read(path)
    }

    fn write_once(&self, path: &str, bytes: &[u8]) -> Result<()> {
        self.inner.write_once(path, bytes)
    }

    fn replace(&self, path: &str, bytes: &[u8], previous: Option<&[u8]>) -> Result<()> {
        let fails = self.fails.load(Ordering::SeqCst);
        if !fails || self.after_writing {
            self.inner.replace(path, bytes, previous)?;
        }
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        if fails { Err(Error::File { path: path.into(), source: full() }) } else { Ok(()) }
    }

    fn sync(&self) -> Result<()> {
        self.inner.sync()
    }

    fn discard_partials(&self, path: &str) -> Result<()> {
        self.inner.discard_partials(path)
    }
}

#[test]
fn no_cosignature_is_given_that_is_not_remembered() {
    for after_writing in [false, true] {
        let (log, keys) = (Watched::new("example.com/log"), keys());
        let place = place(&format!("witness-failing-{after_writing}"));
        let fails = Arc::new(AtomicBool::new(false));
        let storage =
            Failing { inner: Directory::new(&place), fails: Arc::clone(&fails), after_writing };
        let witness = Witness::open(Box::new(storage), again(&keys), log.public()).expect("opened");
        assert_eq!(add(&witness, &body(0, &[], &log.signed(5))).0, 200);
        fails.store(true, Ordering::SeqCst);
        let next = body(5, &log.proof(5, 8), &log.signed(8));
        assert!(matches!(witness.add_checkpoint(next.as_bytes(), TIME), Err(Error::File { .. })));
        fails.store(false, Ordering::SeqCst);
        // The log asks again, from where the witness now says it is.
        let latest = if after_writing { 8 } else { 5 };
        let asked = add(&witness, &body(0, &[], &log.signed(8)));
        assert_eq!(asked, (409, format!("{latest}\n")));
        assert_eq!(add(&witness, &body(latest, &log.proof(latest, 8), &log.signed(8))).0, 200);
    }
}

#[test]
fn no_cosignature_is_given_without_a_time() {
    let log = Watched::new("example.com/log");
    let witness = open(&place("witness-no-time"), &keys(), &log);
    for seconds in [0, 1 << 63] {
        let added = witness.add_checkpoint(body(0, &[], &log.signed(5)).as_bytes(), seconds);
        assert!(matches!(added, Err(Error::Clock { .. })));
    }
    assert_eq!(add(&witness, &body(0, &[], &log.signed(5))).0, 200);
}

/// Many submissions at once, all from the same old size, to different new ones: exactly one is
/// cosigned, and the witness never goes back.
#[test]
fn submissions_at_once_never_roll_back() {
    let log = Watched::new("example.com/log");
    let witness = open(&place("witness-race"), &keys(), &log);
    let mut latest = 0;
    for round in 0..12 {
        let sizes: Vec<u64> = (1..=4).map(|more| latest + (more + round) % 4 + 1).collect();
        let bodies: Vec<_> = sizes
            .iter()
            .map(|&size| body(latest, &log.proof(latest, size), &log.signed(size)))
            .collect();
        let start = Barrier::new(bodies.len());
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let mut asked = Vec::new();
            for body in &bodies {
                let (start, witness) = (&start, &witness);
                asked.push(scope.spawn(move || {
                    start.wait();
                    add(witness, body).0
                }));
            }
            asked.into_iter().map(|it| it.join().expect("no panic")).collect()
        });
        let cosigned: Vec<_> = (0..4).filter(|&it| statuses[it] == 200).collect();
        assert_eq!(cosigned.len(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|&&status| status == 409).count(), 3, "{statuses:?}");
        latest = sizes[cosigned[0]];
        let served = witness.checkpoint(&origin_hash("example.com/log")).expect("answered").body;
        let served = SignedCheckpoint::parse(served.as_bytes()).expect("a checkpoint");
        assert_eq!(served.checkpoint.size, latest);
    }
}

#[test]
fn no_bytes_make_a_witness_panic_or_cosign() {
    let seed = 20_261_125;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let log = Watched::new("example.com/log");
    let witness = open(&place("witness-bytes"), &keys(), &log);
    assert_eq!(add(&witness, &body(0, &[], &log.signed(5))).0, 200);
    let good = body(5, &log.proof(5, 11), &log.signed(11)).into_bytes();
    let checkpoint = good.windows(2).position(|bytes| bytes == b"\n\n").expect("an empty line");
    let below = |chance: &mut Chance, bound: usize| {
        usize::try_from(chance.below(u64::try_from(bound).expect("small"))).expect("small")
    };
    for _ in 0..3000 {
        let mut bytes = good.clone();
        // Before the checkpoint's end, where a change cannot only make a signature unknown.
        let at = below(&mut chance, checkpoint + 40);
        match chance.below(4) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..=at)),
            2 => bytes.insert(at, b"\n 0A="[below(&mut chance, 5)]),
            _ => bytes[at] ^= 1 << chance.below(8),
        }
        let response = witness.add_checkpoint(&bytes, TIME).expect("answered");
        assert!(response.status != 200, "{}", String::from_utf8_lossy(&bytes));
    }
}

fn keys() -> CosignerKeys {
    CosignerKeys::generate("witness.example/w1").expect("keys")
}

fn again(keys: &CosignerKeys) -> CosignerKeys {
    CosignerKeys::read(&keys.to_text()).expect("keys")
}

fn open(place: &Path, keys: &CosignerKeys, log: &Watched) -> Witness {
    Witness::open(Box::new(Directory::new(place)), again(keys), log.public()).expect("opened")
}

fn add(witness: &Witness, body: &str) -> (u16, String) {
    let response = witness.add_checkpoint(body.as_bytes(), TIME).expect("answered");
    (response.status, response.body)
}
