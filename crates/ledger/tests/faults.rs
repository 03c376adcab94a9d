//! Every write of an append fails, is cut short, loses its reply, or is followed by a crash. Then
//! the log is opened again, verified as it is, given the entries that it lost, and verified again.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use bylaw_ledger::{Directory, Error, Log, Reader, Result, Storage};
use logs::{Chance, Keys, entries};

/// What happens at one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It fails and does nothing.
    Refused,
    /// It writes the first half, then fails.
    CutShort,
    /// It is done, and reported to have failed.
    ReplyLost,
    /// The process ends before it; nothing is written any more.
    KilledBefore,
    /// The process ends after it.
    KilledAfter,
    /// The power fails before it: what was not synced is gone.
    PowerLossBefore,
    /// The power fails after it.
    PowerLossAfter,
    /// The power fails after it: of what was not synced, some is there, some cut short, some gone.
    PowerLossMixed,
}

const FAULTS: [Fault; 8] = [
    Fault::Refused,
    Fault::CutShort,
    Fault::ReplyLost,
    Fault::KilledBefore,
    Fault::KilledAfter,
    Fault::PowerLossBefore,
    Fault::PowerLossAfter,
    Fault::PowerLossMixed,
];

/// A directory in which one write goes wrong.
#[derive(Debug)]
struct Faulty {
    inner: Directory,
    root: PathBuf,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    /// How many writes there were.
    writes: usize,
    /// Which write goes wrong, and how.
    fault: Option<(usize, Fault)>,
    /// The process has ended.
    dead: bool,
    /// What a loss of power may take.
    unsynced: Vec<PathBuf>,
}

impl Faulty {
    fn write(
        &self,
        path: Option<&str>,
        half: &[u8],
        write: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let mut plan = self.plan.lock().expect("no test thread has failed");
        plan.writes += 1;
        if plan.dead {
            return Err(failure());
        }
        let fault = plan.fault.filter(|(at, _)| *at == plan.writes).map(|(_, fault)| fault);
        plan.dead =
            !matches!(fault, None | Some(Fault::Refused | Fault::CutShort | Fault::ReplyLost));
        match fault {
            Some(Fault::Refused | Fault::KilledBefore) => return Err(failure()),
            Some(Fault::PowerLossBefore) => {
                lose(&plan.unsynced, |_| Loss::Gone);
                return Err(failure());
            }
            Some(Fault::CutShort) => {
                // The contract of a storage has no half files; below it they are, beside the real
                // ones.
                let path = path.map(|path| self.root.join(path).with_added_extension("tmp"));
                let _ = path.map(|path| fs::write(path, half));
                return Err(failure());
            }
            _ => write()?,
        }
        match path {
            Some(path) if !path.starts_with("checkpoint") => {
                plan.unsynced.push(self.root.join(path))
            }
            Some(_) => {}
            None => plan.unsynced.clear(),
        }
        match fault {
            Some(Fault::PowerLossAfter) => lose(&plan.unsynced, |_| Loss::Gone),
            Some(Fault::PowerLossMixed) => lose(&plan.unsynced, |place| match place % 3 {
                0 => Loss::Gone,
                1 => Loss::Cut,
                _ => Loss::None,
            }),
            _ => {}
        }
        if fault.is_some() { Err(failure()) } else { Ok(()) }
    }
}

enum Loss {
    Gone,
    Cut,
    None,
}

fn lose(files: &[PathBuf], which: impl Fn(usize) -> Loss) {
    for (place, file) in files.iter().enumerate() {
        let bytes = fs::read(file).unwrap_or_default();
        match which(place) {
            Loss::Gone => drop(fs::remove_file(file)),
            Loss::Cut => drop(fs::write(file, bytes.get(..bytes.len() / 2).unwrap_or_default())),
            Loss::None => {}
        }
    }
}

fn failure() -> Error {
    Error::File { path: PathBuf::from("a fault"), source: std::io::Error::other("of the test") }
}

impl Storage for Faulty {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        self.inner.read(path)
    }

    fn write_once(&self, path: &str, bytes: &[u8]) -> Result<()> {
        self.write(Some(path), &bytes[..bytes.len() / 2], || self.inner.write_once(path, bytes))
    }

    fn replace(&self, path: &str, bytes: &[u8], previous: Option<&[u8]>) -> Result<()> {
        self.write(Some(path), &bytes[..bytes.len() / 2], || {
            self.inner.replace(path, bytes, previous)
        })
    }

    fn sync(&self) -> Result<()> {
        self.write(None, &[], || self.inner.sync())
    }

    fn discard_partials(&self, path: &str) -> Result<()> {
        self.write(Some("checkpoint.discard"), &[], || self.inner.discard_partials(path))
    }

    fn claim(&self) -> Result<()> {
        self.inner.claim()
    }
}

/// A log whose storage can be made to fail.
struct Broken {
    log: Log,
    plan: Arc<Mutex<Plan>>,
}

impl Broken {
    fn open(place: &Path, keys: &Keys) -> Self {
        let plan = Arc::new(Mutex::new(Plan::default()));
        let storage = Faulty {
            inner: Directory::new(place),
            root: place.to_owned(),
            plan: Arc::clone(&plan),
        };
        Self { log: Log::open(Box::new(storage), keys.secret()).expect("the log is opened"), plan }
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("no test thread has failed")
    }

    /// Lets write number `at` from now on go wrong, or none.
    fn arm(&self, fault: Option<(usize, Fault)>) {
        *self.plan() = Plan { fault, ..Plan::default() };
    }
}

#[test]
fn every_write_of_small_appends_may_fail() {
    let keys = Keys::new();
    let mut checked = 0;
    for old in [0, 255, 300] {
        for more in [1, 255, 257] {
            let template = template(&keys, old);
            let writes = writes_of(&template, &keys, more);
            for at in 1..=writes {
                for fault in FAULTS {
                    break_and_recover(&template, &keys, (old, more), (at, fault));
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 3 * 3 * 5 * FAULTS.len(), "{checked} rows");
}

#[test]
fn writes_where_the_tree_gets_higher_may_fail() {
    let keys = Keys::new();
    let template = template(&keys, 65_300);
    let writes = writes_of(&template, &keys, 300);
    assert_eq!(writes, 3 + 3 + 2 + 3, "full and partial files, sync and checkpoint, tidying");
    for at in 1..=writes {
        break_and_recover(&template, &keys, (65_300, 300), (at, FAULTS[at % FAULTS.len()]));
    }
    // A great append makes its files durable piece by piece.
    let more = 70_000;
    let writes = writes_of(&template, &keys, more);
    assert!(writes > 500, "{writes} writes cross the borders of two levels");
    for (at, fault) in [
        (writes / 2, Fault::CutShort),
        (writes / 3, Fault::PowerLossMixed),
        (writes - 7, Fault::PowerLossAfter),
        (writes - 4, Fault::KilledAfter),
    ] {
        break_and_recover(&template, &keys, (65_300, more), (at, fault));
    }
}

#[test]
fn a_log_survives_many_random_faults() {
    for seed in 1..=6 {
        println!("seed {seed}");
        let (mut chance, keys) = (Chance(seed), Keys::new());
        let place = logs::place(&format!("random-faults-{seed}"));
        drop(logs::create(&place, &keys));
        let (mut broken, mut acknowledged) = (Broken::open(&place, &keys), 0);
        for round in 0..60 {
            let fault = FAULTS[index(chance.below(8))];
            broken.arm((chance.below(3) > 0).then(|| (1 + index(chance.below(9)), fault)));
            let size = broken.log.size();
            let more = chance.below(if round % 5 == 0 { 600 } else { 60 });
            let appended = broken.log.append(&entries(size..size + more), 1).is_ok();
            acknowledged = if appended { size + more } else { acknowledged };
            if !appended && !broken.plan().dead && chance.below(2) == 0 {
                assert!(matches!(broken.log.append(&entries(0..1), 1), Err(Error::Broken)));
                broken.log.reopen().expect("the log is read again");
            } else if broken.plan().dead {
                drop(broken);
                broken = Broken::open(&place, &keys);
            } else if !appended {
                broken.arm(None);
                broken.log.reopen().expect("the log is read again");
            }
            assert!(
                broken.log.size() >= acknowledged,
                "round {round}: an acknowledged entry is gone"
            );
            assert_eq!(logs::verify(&place, &keys).problems, [], "round {round}");
        }
        let reader = Reader::new(broken.log.storage());
        let size = broken.log.size();
        assert_eq!(reader.entries(0..size).expect("they are there"), entries(0..size));
        assert!(size > 500, "{size} entries");
    }
}

/// A log of `size` entries to be copied.
fn template(keys: &Keys, size: u64) -> PathBuf {
    let place = logs::place(&format!("faults-{size}"));
    let mut log = logs::create(&place, keys);
    log.append(&entries(0..size), 1).expect("it is appended");
    place
}

/// How many writes an append makes that goes well.
fn writes_of(template: &Path, keys: &Keys, more: u64) -> usize {
    let place = copy(template);
    let mut broken = Broken::open(&place, keys);
    broken.arm(None);
    let size = broken.log.size();
    broken.log.append(&entries(size..size + more), 1).expect("it is appended");
    broken.plan().writes
}

fn break_and_recover(
    template: &Path,
    keys: &Keys,
    (old, more): (u64, u64),
    (at, fault): (usize, Fault),
) {
    let row = format!("{old} + {more}, write {at}: {fault:?}");
    let place = copy(template);
    let mut broken = Broken::open(&place, keys);
    broken.arm(Some((at, fault)));
    let appended = broken.log.append(&entries(old..old + more), 1).is_ok();
    assert!(broken.plan().writes >= at, "{row}: it happened");
    drop(broken);

    // Nothing is lost that was there, nothing is half there.
    let report = logs::verify(&place, keys);
    assert_eq!(report.problems, [], "{row}");
    let mut log =
        Log::open(Box::new(Directory::new(&place)), keys.secret()).expect("the log is opened");
    let size = log.size();
    assert!(size == old + more || (size == old && !appended), "{row}: {size} entries");

    // The caller still has what was not acknowledged, and brings it in other pieces.
    let middle = if at % 2 == 0 { size } else { size + (old + more - size) / 2 };
    log.append(&entries(size..middle), 2).expect("it is appended");
    log.append(&entries(middle..old + more), 2).expect("it is appended");
    let report = logs::verify(&place, keys);
    assert_eq!(report.problems, [], "{row}, recovered");
    assert_eq!(
        Reader::new(log.storage()).entries(0..old + more).expect("they are there"),
        entries(0..old + more),
        "{row}"
    );
}

fn copy(template: &Path) -> PathBuf {
    let place = template.with_added_extension("copy");
    if place.exists() {
        fs::remove_dir_all(&place).expect("the copy can be removed");
    }
    copy_all(template, &place);
    place
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory is made");
    for found in fs::read_dir(from).expect("it is a directory") {
        let path = found.expect("it can be read").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).expect("it is copied");
        }
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("a small number")
}
