//! Faults at every step of a batch, crashes, restored backups, two writers.
//!
//! What every row checks: what was acknowledged is in the database and the ledger, under its
//! number; both verify clean; and recording goes on.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it skips"
)]

mod support;

use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bylaw_ledger::{Directory, Storage};
use bylaw_records::{Error, Finding, Kind, Options, Recorder, Store, body};
use support::{Acknowledged, Deployment, entry, on_each, options, text_of};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What happens to one write of the ledger's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is refused; the next one works.
    Refused,
    /// It is done, and reported as failed.
    DoneButReported,
    /// It is refused, and so is everything after it, reading too: the machine has stopped.
    Crash,
    /// It is done; then the machine stops.
    DoneThenCrash,
}

/// A ledger in a folder, one of whose writes fails.
#[derive(Debug, Clone)]
struct Faulty {
    folder: Arc<Directory>,
    /// How many writes still work, and what happens to the one after.
    plan: Arc<Mutex<Option<(u32, Fault)>>>,
    stopped: Arc<Mutex<bool>>,
}

impl Faulty {
    fn new(folder: PathBuf) -> Self {
        let folder = Arc::new(Directory::new(folder));
        Self { folder, plan: Arc::default(), stopped: Arc::default() }
    }

    fn arm(&self, writes: u32, fault: Fault) {
        *self.plan.lock().expect("not poisoned") = Some((writes, fault));
    }

    /// Whether the fault has not come yet: the batch needed fewer writes.
    fn disarm(&self) -> bool {
        self.plan.lock().expect("not poisoned").take().is_some()
    }

    fn write(
        &self,
        work: impl FnOnce(&Directory) -> bylaw_ledger::Result<()>,
    ) -> bylaw_ledger::Result<()> {
        self.running()?;
        let mut plan = self.plan.lock().expect("not poisoned");
        let fault = match &mut *plan {
            Some((0, fault)) => *fault,
            Some((left, _)) => {
                *left -= 1;
                return work(&self.folder);
            }
            None => return work(&self.folder),
        };
        *plan = None;
        if matches!(fault, Fault::DoneButReported | Fault::DoneThenCrash) {
            work(&self.folder)?;
        }
        if matches!(fault, Fault::Crash | Fault::DoneThenCrash) {
            *self.stopped.lock().expect("not poisoned") = true;
        }
        Err(broken())
    }

    fn running(&self) -> bylaw_ledger::Result<()> {
        if *self.stopped.lock().expect("not poisoned") { Err(broken()) } else { Ok(()) }
    }
}

fn broken() -> bylaw_ledger::Error {
    bylaw_ledger::Error::File { path: "injected".into(), source: io::Error::other("injected") }
}

impl Storage for Faulty {
    fn read(&self, path: &str) -> bylaw_ledger::Result<Option<Vec<u8>>> {
        self.running()?;
        self.folder.read(path)
    }

    fn write_once(&self, path: &str, bytes: &[u8]) -> bylaw_ledger::Result<()> {
        self.write(|folder| folder.write_once(path, bytes))
    }

    fn replace(
        &self,
        path: &str,
        bytes: &[u8],
        previous: Option<&[u8]>,
    ) -> bylaw_ledger::Result<()> {
        self.write(|folder| folder.replace(path, bytes, previous))
    }

    fn sync(&self) -> bylaw_ledger::Result<()> {
        self.write(Directory::sync)
    }

    fn discard_partials(&self, path: &str) -> bylaw_ledger::Result<()> {
        self.write(|folder| folder.discard_partials(path))
    }

    fn claim(&self) -> bylaw_ledger::Result<()> {
        self.folder.claim()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_the_ledger_fails_in_turn() {
    let faults = [Fault::Refused, Fault::DoneButReported, Fault::Crash, Fault::DoneThenCrash];
    on_each(async |deployment: &Deployment| {
        let mut rows = 0;
        let mut acknowledged = Acknowledged::default();
        for fault in faults {
            for writes in 0.. {
                let what = format!("{fault:?} after {writes} writes");
                if one_fault(deployment, &mut acknowledged, writes, fault, &what).await {
                    break;
                }
                rows += 1;
            }
        }
        println!("{rows} faults");
        assert!(rows >= 16, "{rows}: an append writes a bundle, a tile, a checkpoint, and syncs");
    })
    .await;
}

/// One row. Returns whether the batch needed no more writes than worked.
async fn one_fault(
    deployment: &Deployment,
    acknowledged: &mut Acknowledged,
    writes: u32,
    fault: Fault,
    what: &str,
) -> bool {
    let storage = Faulty::new(deployment.ledger());
    let store = deployment.store().await;
    let log = deployment.log_in(Box::new(storage.clone()));
    let recorder = Recorder::start(store.clone(), log, options()).await.expect("it starts");
    acknowledged.record(&recorder, &["before"]).await.expect("nothing is wrong yet");
    storage.arm(writes, fault);
    let during = acknowledged.record(&recorder, &["during", "during"]).await;
    let over = storage.disarm();
    // Removing outgrown files may fail unnoticed: the leaves are durable by then.
    if let Err(error) = during {
        assert!(matches!(error, Error::NotRecorded { .. }), "{what}: {error:?}");
        assert!(!over, "{what}");
        assert!(recorder.status().trouble.is_some(), "{what}");
    }
    let after = acknowledged.record(&recorder, &["after"]).await;
    let stops = matches!(fault, Fault::Crash | Fault::DoneThenCrash) && !over;
    assert_eq!(after.is_err(), stops, "{what}: {after:?}");
    recorder.close().await;
    store.close().await;
    drop(storage);

    let (store, recorder) = deployment.recorder().await;
    acknowledged.record(&recorder, &["restarted"]).await.expect("it goes on");
    acknowledged.check(deployment, &store, what).await;
    recorder.close().await;
    store.close().await;
    over
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_loses_nothing_and_comes_back() {
    // What somebody does to the database, and what puts it right.
    let rows = [
        ("ALTER TABLE record RENAME TO away", "ALTER TABLE away RENAME TO record", "no table"),
        ("ALTER TABLE writer RENAME TO away", "ALTER TABLE away RENAME TO writer", "no fence"),
    ];
    on_each(async |deployment: &Deployment| {
        let store = deployment.store().await;
        // Whether it looks again by itself is another test's.
        let patient = Options { retry: Duration::from_secs(3_600), ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), patient).await.expect("it starts");
        let mut acknowledged = Acknowledged::default();
        for (harm, cure, what) in rows {
            acknowledged.record(&recorder, &["before"]).await.expect("nothing is wrong yet");
            deployment.sql(harm).await;
            for _ in 0..2 {
                let during = acknowledged.record(&recorder, &["during"]).await;
                assert!(matches!(during, Err(Error::NotRecorded { .. })), "{what}: {during:?}");
                assert!(recorder.status().trouble.is_some(), "{what}");
            }
            deployment.sql(cure).await;
            acknowledged.record(&recorder, &["after"]).await.expect("it works again");
            assert_eq!(recorder.status().trouble, None, "{what}");
            acknowledged.check(deployment, &store, what).await;
        }
        recorder.close().await;
        store.close().await;
    })
    .await;
}

/// What makes every commit of a record fail, on SQLite and on PostgreSQL, and what ends it: a
/// constraint that is looked at in the end only.
const TRAP: [&str; 2] = [
    "CREATE TABLE trap (number BIGINT REFERENCES record (number) DEFERRABLE INITIALLY DEFERRED);
     CREATE TRIGGER spring AFTER INSERT ON record BEGIN INSERT INTO trap VALUES (-1); END",
    "CREATE TABLE trap (number BIGINT REFERENCES record (number) DEFERRABLE INITIALLY DEFERRED);
     CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO trap VALUES (-1); RETURN NEW; END';
     CREATE TRIGGER spring AFTER INSERT ON record FOR EACH ROW EXECUTE FUNCTION spring()",
];
const UNTRAP: [&str; 2] = [
    "DROP TRIGGER spring; DROP TABLE trap",
    "DROP TRIGGER spring ON record; DROP FUNCTION spring; DROP TABLE trap",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_leaves_nothing() {
    on_each(async |deployment: &Deployment| {
        let kind = usize::from(!deployment.is_sqlite());
        let (store, recorder) = deployment.recorder().await;
        let mut acknowledged = Acknowledged::default();
        acknowledged.record(&recorder, &["before"]).await.expect("nothing is wrong yet");
        deployment.sql(TRAP[kind]).await;
        let during = acknowledged.record(&recorder, &["during", "during"]).await;
        let Err(Error::NotRecorded { source }) = during else { panic!("{during:?}") };
        assert!(source.line().contains("while committing"), "{source:?}");
        deployment.sql(UNTRAP[kind]).await;
        assert_eq!(store.count().await.expect("it counts"), 1, "nothing was committed");
        acknowledged.record(&recorder, &["after"]).await.expect("it works again");
        assert_eq!(recorder.status().appended_again, 0);
        acknowledged.check(deployment, &store, "a commit that fails").await;
        recorder.close().await;
        store.close().await;
    })
    .await;
}

/// PostgreSQL only: on SQLite nothing lies between the commit and its reply. There, the rows of a
/// batch that nobody was told of are those of a crash before the ledger's first write.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_reply_is_lost_is_recorded_once() {
    let Ok(server) = std::env::var("BYLAW_TEST_POSTGRES") else {
        return println!("skipped on PostgreSQL: BYLAW_TEST_POSTGRES is not set");
    };
    let deployment = Deployment::postgres(&server).await;
    let (address, rest) = address_of(&deployment.url);
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = proxy.local_addr().expect("it has an address").port();
    let armed = Arc::new(AtomicBool::new(false));
    let proxying = tokio::spawn(serve_proxy(proxy, address, Arc::clone(&armed)));
    let url = rest.replace("ADDRESS", &format!("127.0.0.1:{port}")) + "?sslmode=disable";

    let store = Store::open(&url, deployment.key()).await.expect("the database opens");
    let recorder =
        Recorder::start(store.clone(), deployment.log(), options()).await.expect("it starts");
    let mut acknowledged = Acknowledged::default();
    acknowledged.record(&recorder, &["before"]).await.expect("nothing is wrong yet");
    armed.store(true, Ordering::SeqCst);
    let during = acknowledged.record(&recorder, &["during", "during"]).await;
    assert!(matches!(during, Err(Error::NotRecorded { .. })), "{during:?}");
    assert!(!armed.load(Ordering::SeqCst), "a commit was cut off");
    acknowledged.record(&recorder, &["after"]).await.expect("it works again");
    assert_eq!(recorder.status().appended_again, 2, "it was done, and nobody knew");
    assert_eq!(recorder.status().size, 4);
    acknowledged.check(&deployment, &store, "a reply is lost").await;
    recorder.close().await;
    store.close().await;
    proxying.abort();
    deployment.remove().await;
}

/// A server's address, and its URL with `ADDRESS` in place of it.
fn address_of(url: &str) -> (String, String) {
    let (scheme, rest) = url.split_once("://").expect("it is a URL");
    let (host, database) = rest.split_once('/').expect("it names a database");
    let (user, address) = host.rsplit_once('@').expect("it names a user");
    let database = database.split('?').next().expect("there is a first part");
    (address.to_owned(), format!("{scheme}://{user}@ADDRESS/{database}"))
}

/// Passes everything on; once armed, it ends the connection of the next commit when the server has
/// answered it, and does not pass the answer on.
async fn serve_proxy(listener: TcpListener, address: String, armed: Arc<AtomicBool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (address, armed) = (address.clone(), Arc::clone(&armed));
        tokio::spawn(async move {
            let mut server = TcpStream::connect(address).await?;
            let (mut asked, mut answered) = ([0; 65_536], [0; 65_536]);
            loop {
                tokio::select! {
                    length = client.read(&mut asked) => {
                        let part = &asked[..length?];
                        server.write_all(part).await?;
                        let commits = part.windows(6).any(|word| word == b"COMMIT");
                        if part.is_empty() {
                            return Ok(0);
                        }
                        if commits && armed.swap(false, Ordering::SeqCst) {
                            return server.read(&mut answered).await;
                        }
                    }
                    length = server.read(&mut answered) => {
                        let part = &answered[..length?];
                        client.write_all(part).await?;
                        if part.is_empty() {
                            return Ok(0);
                        }
                    }
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_trouble_until_it_does() {
    on_each(async |deployment: &Deployment| {
        let store = deployment.store().await;
        let impatient = Options { slow: Duration::from_millis(1), ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), impatient).await.expect("it starts");
        let mut other = deployment.connection().await;
        support::execute(&mut other, "BEGIN").await;
        support::execute(&mut other, "UPDATE writer SET at = at").await;
        let waiting = tokio::spawn({
            let recorder = recorder.clone();
            async move { recorder.record(vec![entry("a")]).await }
        });
        while recorder.status().trouble.is_none() {
            tokio::task::yield_now().await;
        }
        support::execute(&mut other, "COMMIT").await;
        waiting.await.expect("it ends").expect("it is recorded in the end");
        assert_eq!(recorder.status().trouble, None);
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finds_by_itself_that_it_works_again() {
    on_each(async |deployment: &Deployment| {
        let store = deployment.store().await;
        let eager = Options { retry: Duration::from_millis(1), ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), eager).await.expect("it starts");
        deployment.sql("ALTER TABLE record RENAME TO away").await;
        recorder.record(vec![entry("a")]).await.expect_err("there is no table");
        deployment.sql("ALTER TABLE away RENAME TO record").await;
        while recorder.status().trouble.is_some() {
            tokio::task::yield_now().await;
        }
        recorder.record(vec![entry("b")]).await.expect("it works again");
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_writer() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let mut acknowledged = Acknowledged::default();
        acknowledged.record(&recorder, &["first"]).await.expect("it is recorded");
        // A second server with a ledger of its own on the same database.
        let elsewhere = Deployment::sqlite();
        let second = Recorder::start(store.clone(), elsewhere.log(), options()).await;
        assert!(matches!(second, Err(Error::SecondWriter)), "{second:?}");
        // Should it get past the lock all the same, the epoch keeps the first one from writing.
        deployment.sql("UPDATE writer SET epoch = epoch + 1").await;
        let fenced = acknowledged.record(&recorder, &["fenced"]).await;
        let Err(Error::NotRecorded { source }) = fenced else { panic!("{fenced:?}") };
        assert!(matches!(&*source, Error::SecondWriter), "{source:?}");
        acknowledged.record(&recorder, &["again"]).await.expect("it becomes the writer anew");
        acknowledged.check(deployment, &store, "one writer").await;
        recorder.close().await;
        let (_, recorder) = deployment.recorder().await;
        recorder.close().await;
        elsewhere.remove().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_older_than_its_database_is_noticed_and_completed() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let mut acknowledged = Acknowledged::default();
        acknowledged.record(&recorder, &["a", "b"]).await.expect("it is recorded");
        recorder.close().await;
        let copy = deployment.folder.join("older");
        support::copy_folder(&deployment.ledger(), &copy);

        let (_, recorder) = deployment.recorder().await;
        acknowledged.record(&recorder, &["c"; 300]).await.expect("it is recorded");
        recorder.close().await;
        let before = store.remembered().await.expect("the database answers").expect("it remembers");
        assert_eq!(before.size, 302);
        fs::remove_dir_all(deployment.ledger()).expect("the ledger is removed");
        fs::rename(&copy, deployment.ledger()).expect("an older one is put in its place");

        let (_, recorder) = deployment.recorder().await;
        let status = recorder.status();
        assert!(status.ledger_was_older);
        assert_eq!((status.size, status.appended_again), (302, 300));
        // Verifying compares with the checkpoint that was remembered before: the same tree.
        acknowledged.check(deployment, &store, "completed").await;
        recorder.close().await;
        let after = store.remembered().await.expect("the database answers").expect("it remembers");
        let root = |note: &str| note.lines().nth(2).map(str::to_owned);
        assert_eq!(root(&after.note), root(&before.note));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_would_become_another_is_not_completed() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        recorder.record(vec![entry("a"); 2]).await.expect("it is recorded");
        recorder.close().await;
        let copy = deployment.folder.join("older");
        support::copy_folder(&deployment.ledger(), &copy);
        let (_, recorder) = deployment.recorder().await;
        recorder.record(vec![entry("b"); 5]).await.expect("it is recorded");
        recorder.close().await;
        fs::remove_dir_all(deployment.ledger()).expect("the ledger is removed");
        fs::rename(&copy, deployment.ledger()).expect("an older one is put in its place");
        // The last leaf that both sides have is the same; one that only the database has is not
        // what was signed for.
        let another = "UPDATE record SET leaf = (SELECT leaf FROM record WHERE number = 6)
                       WHERE number = 4";
        deployment.sql(another).await;
        let forks = Recorder::start(store.clone(), deployment.log(), options()).await;
        assert!(matches!(forks, Err(Error::NotOne { .. })), "{forks:?}");
        deployment.sql("DELETE FROM record WHERE number >= 4").await;
        let short = Recorder::start(store.clone(), deployment.log(), options()).await;
        assert!(matches!(short, Err(Error::MissingRow { number: 4 })), "{short:?}");
        assert_eq!(deployment.log().size(), 2, "nothing was signed");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_older_than_the_ledger_is_refused_until_the_gap_is_accepted() {
    on_each(async |deployment: &Deployment| {
        let (store, recorder) = deployment.recorder().await;
        let mut acknowledged = Acknowledged::default();
        acknowledged.record(&recorder, &["a", "b"]).await.expect("it is recorded");
        recorder.record(vec![entry("lost"); 5]).await.expect("it is recorded");
        recorder.close().await;
        // The backup knew two records only, and nothing of the ledger since.
        deployment.sql("DELETE FROM record WHERE number >= 2").await;
        deployment.sql("UPDATE writer SET size = 0, note = ''").await;

        let refused = Recorder::start(store.clone(), deployment.log(), options()).await;
        let Err(error) = refused else { panic!("{refused:?}") };
        assert!(matches!(error, Error::RestoredOlder { ledger: 7, database: 2 }), "{error:?}");
        assert!(error.to_string().contains('7') && error.to_string().contains('2'));

        let accept = Options { accept_gap: true, ..options() };
        let recorder =
            Recorder::start(store.clone(), deployment.log(), accept).await.expect("it starts");
        assert_eq!(recorder.status().size, 8, "the gap's own record is in the ledger");
        let gap: body::Gap =
            serde_json::from_str(&text_of(&store, 7).await).expect("it is a gap's record");
        assert_eq!((gap.first, gap.last), (2, 6));
        let lost = store.list(2, 1).await.expect("it lists");
        assert_eq!(lost[0].kind, Kind::Lost);
        acknowledged.record(&recorder, &["goes on"]).await.expect("it is recorded");
        acknowledged.check(deployment, &store, "gap").await;
        assert_eq!(deployment.verify(&store).await.lost, 5);
        recorder.close().await;

        // The next start needs no permission, and finds no gap.
        let (_, recorder) = deployment.recorder().await;
        assert_eq!(recorder.status().size, 9);
        recorder.close().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_and_a_ledger_of_two_deployments_are_refused() {
    on_each(async |deployment: &Deployment| {
        let other = Deployment::sqlite();
        for (deployment, records) in [(deployment, 2), (&other, 3)] {
            let (store, recorder) = deployment.recorder().await;
            recorder.record(vec![entry("a"); records]).await.expect("it is recorded");
            recorder.close().await;
            store.close().await;
        }
        let store = deployment.store().await;
        for remembers in [true, false] {
            if !remembers {
                deployment.sql("UPDATE writer SET size = 0, note = ''").await;
            }
            let accept = Options { accept_gap: true, ..options() };
            let mixed = Recorder::start(store.clone(), other.log(), accept).await;
            assert!(matches!(mixed, Err(Error::NotOne { .. })), "{mixed:?}");
        }
        assert_eq!(store.count().await.expect("it counts"), 2, "nothing was written");
        other.remove().await;
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_crash_kept_from_the_ledger_are_named_until_it_is_restarted() {
    on_each(async |deployment: &Deployment| {
        let storage = Faulty::new(deployment.ledger());
        let store = deployment.store().await;
        let log = deployment.log_in(Box::new(storage.clone()));
        let recorder = Recorder::start(store.clone(), log, options()).await.expect("it starts");
        recorder.record(vec![entry("a")]).await.expect("it is recorded");
        storage.arm(0, Fault::Crash);
        recorder.record(vec![entry("b"), entry("c")]).await.expect_err("the machine stops");
        recorder.close().await;
        drop(storage);
        let report = deployment.verify(&store).await;
        assert_eq!((report.checked, report.not_yet_in_ledger), (1, 2));
        let (_, recorder) = deployment.recorder().await;
        assert_eq!(recorder.status().appended_again, 2);
        let report = deployment.verify(&store).await;
        assert_eq!((report.checked, report.not_yet_in_ledger), (3, 0));
        assert!(report.wrong.iter().all(|(_, finding)| !matches!(finding, Finding::Missing)));
        recorder.close().await;
        store.close().await;
    })
    .await;
}
