//! A log in a bucket: in memory, and over HTTP where there is a server.
//!
//! `BYLAW_S3` is its address; it has a bucket `bylaw`, and the credentials are in the environment.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]
#![expect(clippy::print_stdout, reason = "a test says what it skips")]

#[path = "support/logs.rs"]
mod logs;

use bylaw_ledger::{
    Bucket, Directory, Error, Log, Reader, Report, Storage, Witnesses, export, open_storage,
    publish_witnessed, verify, verify::Trust,
};
use logs::{Keys, entries, entry};

/// Several users of one empty bucket, who know nothing of each other.
type Users = Box<dyn Fn() -> Box<dyn Storage>>;

/// The bucket in memory, and the served one if there is one.
fn buckets(name: &str) -> Vec<Users> {
    let memory = Bucket::in_memory().expect("there is memory");
    let mut all: Vec<Users> =
        vec![Box::new(move || Box::new(memory.another().expect("there is memory")))];
    match std::env::var("BYLAW_S3") {
        Ok(server) => {
            let location = format!("s3://bylaw/{name}-{}?endpoint={server}", std::process::id());
            all.push(Box::new(move || open_storage(&location).expect("the location is one")));
        }
        Err(_) => println!("skipped over HTTP: BYLAW_S3 is not set"),
    }
    all
}

#[test]
fn a_log_grows_in_a_bucket_and_is_read_from_it() {
    for bucket in buckets("grows") {
        let keys = Keys::new();
        let mut log = Log::create(bucket(), keys.secret(), 1).expect("a log is made");
        let mut size = 0;
        for more in [1, 1, 253, 1, 1, 600] {
            log.append(&entries(size..size + more), 1).expect("it is appended");
            size += more;
            let receipt = Reader::new(log.storage()).receipt(size - 1).expect("a receipt");
            assert_eq!(receipt.entry, entry(size - 1));
            receipt.check(&keys.public(), &Witnesses::none()).expect("it holds");
        }
        publish_witnessed(log.storage(), log.checkpoint()).expect("it is stored");
        drop(log);
        let mut log = Log::open(bucket(), keys.secret()).expect("it is opened");
        log.append(&entries(size..size + 1), 2).expect("it is appended");
        publish_witnessed(log.storage(), log.checkpoint()).expect("it is stored again");
        let report = check(&*bucket(), &keys);
        assert_eq!(
            (report.problems.clone(), report.is_sound(), report.head.checkpoint.size),
            (vec![], true, size + 1)
        );
        for (path, there) in [
            ("tile/0/000.p/1", false),
            ("tile/entries/000.p/255", false),
            ("tile/0/003.p/90", true),
        ] {
            assert_eq!(bucket().read(path).expect("it can be asked").is_some(), there, "{path}");
        }

        let copy = logs::place("bucket-copy");
        export(&*bucket(), &Directory::new(&copy), |_| {}).expect("it is copied");
        assert!(logs::verify(&copy, &keys).is_sound());
    }
}

#[test]
fn of_two_writers_one_is_refused_and_the_log_stays_whole() {
    for bucket in buckets("writers") {
        let keys = Keys::new();
        let mut first = Log::create(bucket(), keys.secret(), 1).expect("a log is made");
        assert!(matches!(
            Log::create(bucket(), keys.secret(), 1),
            Err(Error::LogExists { size: 0 })
        ));
        let mut second = Log::open(bucket(), keys.secret()).expect("no lock keeps it out");
        // The same entry: the tiles are the same, the checkpoint decides.
        first.append(&entries(0..1), 2).expect("the first is in time");
        assert!(matches!(second.append(&entries(0..1), 3), Err(Error::SecondWriter { .. })));
        assert!(matches!(second.append(&entries(0..1), 3), Err(Error::Broken)));
        // Another entry: the tiles decide.
        let mut second = Log::open(bucket(), keys.secret()).expect("it is opened");
        first.append(&entries(1..2), 4).expect("the first is in time");
        assert!(matches!(
            second.append(&[b"another".to_vec()], 5),
            Err(Error::SecondWriter { .. })
        ));
        // Whoever opens the log later goes on; the earlier writer is then the second.
        second.reopen().expect("it is opened");
        second.append(&entries(2..300), 6).expect("it is appended");
        assert!(matches!(first.append(&entries(2..3), 7), Err(Error::SecondWriter { .. })));
        let report = check(&*bucket(), &keys);
        assert_eq!((report.problems.clone(), report.head.checkpoint.size), (vec![], 300));
        assert_eq!(
            Reader::new(&*bucket()).entries(0..300).expect("they are there"),
            entries(0..300)
        );
    }
}

#[test]
fn what_a_killed_writer_left_is_taken_over() {
    for bucket in buckets("killed") {
        let keys = Keys::new();
        drop(Log::create(bucket(), keys.secret(), 1).expect("a log is made"));
        let mut twin =
            Log::create(Box::new(Bucket::in_memory().expect("memory")), keys.secret(), 1)
                .expect("a log");
        twin.append(&entries(0..5), 2).expect("it is appended");
        // One of its two files was written, the other one was not.
        let left = bucket();
        let tile = twin.storage().read("tile/0/000.p/5").expect("it is read").expect("it is there");
        left.write_once("tile/0/000.p/5", &tile).expect("it waits");
        left.sync().expect("it is written");
        let mut log = Log::open(bucket(), keys.secret()).expect("it is opened");
        log.append(&entries(0..5), 3).expect("the same entries fit");
        assert!(check(&*bucket(), &keys).is_sound());
        // Other entries would be another history: the file that is there is never replaced.
        left.write_once("tile/0/000.p/6", b"another").expect("it waits");
        left.sync().expect("it is written");
        assert!(matches!(log.append(&entries(5..6), 4), Err(Error::SecondWriter { .. })));
        log.reopen().expect("it is opened");
        assert!(matches!(log.append(&entries(5..6), 4), Err(Error::SecondWriter { .. })));
        // What docs/serving.md says to do: a copy has nothing beyond the checkpoint.
        let copy = Bucket::in_memory().expect("there is memory");
        export(log.storage(), &copy, |_| {}).expect("it is copied");
        let mut log = Log::open(Box::new(copy), keys.secret()).expect("it is opened");
        log.append(&entries(5..6), 5).expect("it goes on");
        assert!(check(log.storage(), &keys).is_sound());
    }
}

/// Records run the log on threads of an async runtime.
#[test]
fn a_caller_inside_a_runtime_is_served_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for bucket in buckets("inside") {
        let keys = Keys::new();
        runtime.block_on(async {
            let mut log = Log::create(bucket(), keys.secret(), 1).expect("a log is made");
            log.append(&entries(0..300), 2).expect("it is appended");
            assert!(check(log.storage(), &keys).is_sound());
        });
    }
}

#[test]
fn a_location_is_a_directory_a_bucket_or_a_website() {
    for location in ["s3://", "s3://bucket?region=here&other=1", "ftp://somewhere/log"] {
        assert!(matches!(open_storage(location), Err(Error::Location { .. })), "{location}");
    }
    let place = logs::place("location");
    let storage = open_storage(place.to_str().expect("a name")).expect("a directory");
    assert_eq!(storage.read("checkpoint").expect("nothing is there"), None);
    let site = open_storage("https://example.com/log/").expect("a website");
    for refused in [
        site.claim(),
        site.write_once("tile", b""),
        site.replace("checkpoint", b"", None),
        site.sync(),
    ] {
        let error = refused.expect_err("it is refused").to_string();
        assert_eq!(error, "`https://example.com/log` cannot be used: a website can only be read");
    }
}

fn check(storage: &dyn Storage, keys: &Keys) -> Report {
    let known = keys.public();
    verify(storage, &Trust { keys: &known, ..Trust::default() }, |_, _| {}).expect("it can be read")
}
