//! Deployments to test with: a database of each kind, a ledger in a folder, a small law.

#![expect(dead_code, reason = "each test file uses its own part of this")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bylaw_law::{Law, Question, Reply, RequestId, Scratch, SourceFile};
use bylaw_ledger::{Directory, Log, LogKeys, Storage, verify::Trust};
use bylaw_records::{
    Clock, Content, DeploymentKey, Entry, Error, Kind, Options, Recorded, Recorder, Report, Store,
    body, verify,
};
use jiff::Timestamp;
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

pub(crate) const ORIGIN: &str = "ledger.example/town";

/// 2026-11-22T12:00:00Z.
pub(crate) const NOON: i64 = 1_795_348_800;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// One database and one ledger, empty at first.
pub(crate) struct Deployment {
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    /// Where a PostgreSQL database is dropped again.
    server: Option<(String, String)>,
}

/// Runs a test on each kind of database: SQLite always, PostgreSQL where the environment names a
/// server on which databases may be made.
pub(crate) async fn on_each(test: impl AsyncFn(&Deployment)) {
    let sqlite = Deployment::sqlite();
    test(&sqlite).await;
    sqlite.remove().await;
    match std::env::var("BYLAW_TEST_POSTGRES") {
        Ok(server) => {
            let postgres = Deployment::postgres(&server).await;
            test(&postgres).await;
            postgres.remove().await;
        }
        Err(_) => println!("skipped on PostgreSQL: BYLAW_TEST_POSTGRES is not set"),
    }
}

impl Deployment {
    pub(crate) fn sqlite() -> Self {
        let folder = new_folder();
        let url = format!("sqlite:{}/records.sqlite", folder.display());
        Self { url, folder, server: None }
    }

    pub(crate) async fn postgres(server: &str) -> Self {
        let folder = new_folder();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bylaw_test_{}_{count}", std::process::id());
        run(server, &format!("CREATE DATABASE {name}")).await;
        let url = with_database(server, &name);
        Self { url, folder, server: Some((server.to_owned(), name)) }
    }

    pub(crate) async fn remove(self) {
        fs::remove_dir_all(&self.folder).expect("the folder can be removed");
        if let Some((server, name)) = self.server {
            run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.join("ledger")
    }

    pub(crate) fn key(&self) -> DeploymentKey {
        DeploymentKey::read_or_create(&self.folder.join("deployment.key")).expect("there is a key")
    }

    pub(crate) fn log_keys(&self) -> LogKeys {
        let path = self.folder.join("ledger.key");
        if !path.exists() {
            let keys = LogKeys::generate(ORIGIN).expect("keys can be made");
            fs::write(&path, keys.to_text().as_bytes()).expect("keys can be written");
        }
        LogKeys::read(&fs::read_to_string(&path).expect("there are keys")).expect("keys are read")
    }

    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.url, self.key()).await.expect("the database opens")
    }

    pub(crate) fn log(&self) -> Log {
        self.log_in(Box::new(Directory::new(self.ledger())))
    }

    pub(crate) fn log_in(&self, storage: Box<dyn Storage>) -> Log {
        if self.ledger().join("checkpoint").exists() {
            Log::open(storage, self.log_keys()).expect("the log opens")
        } else {
            Log::create(storage, self.log_keys(), NOON.unsigned_abs()).expect("the log is made")
        }
    }

    pub(crate) async fn recorder(&self) -> (Store, Recorder) {
        let store = self.store().await;
        let recorder = Recorder::start(store.clone(), self.log(), options())
            .await
            .expect("the recorder starts");
        (store, recorder)
    }

    /// Verifies the ledger and every record; the report, which the caller judges.
    pub(crate) async fn verify(&self, store: &Store) -> Report {
        let storage: Arc<dyn Storage> = Arc::new(Directory::new(self.ledger()));
        let keys = self.log_keys().verifier_keys();
        let remembered =
            store.remembered().await.expect("the database answers").map(|remembered| {
                bylaw_ledger::SignedCheckpoint::parse(remembered.note.as_bytes())
                    .expect("it parses")
            });
        let trust = Trust { keys: &keys, remembered: remembered.as_ref(), ..Trust::default() };
        let ledger =
            bylaw_ledger::verify(&*storage, &trust, |_, _| {}).expect("the ledger is read");
        assert!(ledger.is_sound(), "{:?} {:?}", ledger.problems, ledger.contradictions);
        verify(store, storage, 0..u64::MAX, |_, _| {}).await.expect("the records are read")
    }

    /// Runs SQL of the test's own, as somebody with the database in hands would.
    pub(crate) async fn sql(&self, statement: &str) {
        run(&self.url, statement).await;
    }

    pub(crate) async fn connection(&self) -> AnyConnection {
        connect(&self.url).await
    }
}

/// What callers were told is recorded: number and text.
#[derive(Default)]
pub(crate) struct Acknowledged(pub(crate) Vec<(u64, String)>);

impl Acknowledged {
    pub(crate) async fn record(
        &mut self,
        recorder: &Recorder,
        texts: &[&str],
    ) -> Result<Vec<Recorded>, Error> {
        let entries = texts.iter().map(|text| entry(text)).collect();
        let recorded = recorder.record(entries).await?;
        let texts = texts.iter().map(|text| format!(r#"{{"step":"{text}"}}"#));
        self.0.extend(numbers(&recorded).into_iter().zip(texts));
        Ok(recorded)
    }

    pub(crate) async fn check(&self, deployment: &Deployment, store: &Store, what: &str) {
        for (number, text) in &self.0 {
            assert_eq!(&text_of(store, *number).await, text, "{what}");
        }
        let report = deployment.verify(store).await;
        assert_eq!(report.wrong, [], "{what}");
        assert_eq!(report.not_yet_in_ledger, 0, "{what}");
        assert!(report.checked >= self.0.len() as u64, "{what}");
    }
}

pub(crate) fn options() -> Options {
    Options { clock: clock(NOON), ..Options::default() }
}

/// A clock that stands still.
pub(crate) fn clock(seconds: i64) -> Clock {
    let time = Timestamp::from_second(seconds).expect("a time");
    Clock::new(move || time)
}

/// An entry of a kind that is not replayed, so that its text can be anything.
pub(crate) fn entry(text: &str) -> Entry {
    Entry::new(Kind::CaseStep, json!({ "step": text }).to_string())
}

pub(crate) fn numbers(recorded: &[Recorded]) -> Vec<u64> {
    recorded.iter().map(|recorded| recorded.number).collect()
}

/// The text of a record that can still be opened.
pub(crate) async fn text_of(store: &Store, number: u64) -> String {
    let record = store.open_record(number).await.expect("it opens").expect("there is one");
    match record.content {
        Content::Open { body, .. } => String::from_utf8(body).expect("it is text"),
        other => panic!("record {number} is {other:?}"),
    }
}

/// The files of a small town's law.
pub(crate) fn town(paper: &str) -> Vec<SourceFile> {
    let vocabulary = r#"
entity Office; entity Matter;
@library_staff("Library staff") entity ActorKind enum ["library_staff"];
type Facts = {
  @group("Who") @ask("Who acts?") @help("Look at the badge.") @who("desk") actor_kind: ActorKind,
  @group("Paper") @ask("Is there a judge's paper?") @help("Look at the top.") @who("desk") @absent("false") judicial: Bool,
  @group("Paper") @ask("How old is it, in days?") @help("Look at the date.") @who("desk") @range("0..99") days: Long
};
@say("Let someone in") action enter appliesTo { principal: Office, resource: Matter, context: Facts };
"#;
    let ordinance = r#"+++
title = "Doors"
cite = "Ord. 1"
kind = "ordinance"
source = "the clerk"
reviewed = { by = "nobody", on = 2026-11-22 }
in_force = { from = 2024-12-09 }
+++

## Doors

Nobody is let in without a judge's paper.

```cedar
@id("ORD-1") @cite("Ord. 1 § 1") @status("drafted: an example")
forbid (principal, action == Action::"enter", resource) unless { PAPER };
```
"#;
    vec![
        SourceFile::new("vocabulary.cedarschema", vocabulary),
        SourceFile::new("town/doors.md", ordinance.replace("PAPER", paper)),
    ]
}

/// What the decision of one question records.
pub(crate) fn decision(law: &Law, facts: &[(&str, &str)], client: &str) -> body::Decision {
    let jurisdiction = law.jurisdiction("town").expect("there is a town");
    let action = law.vocabulary.action_id("enter").expect("there is such an act");
    let on = "2026-11-22".parse().expect("a day");
    let mut question = Question::new(law, jurisdiction, action, on);
    for (name, value) in facts {
        question.state(law, name, value).expect("a fact of the vocabulary");
    }
    question.assume_absent(law);
    let answer = law.decide(&question, &mut Scratch::default()).expect("it is decided");
    let reply = Reply::new(law, RequestId::default(), &answer);
    let scalar = |value: &str| serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    body::Decision {
        at: Timestamp::from_second(NOON).expect("a time"),
        jurisdiction: "town".to_owned(),
        on,
        action: "enter".to_owned(),
        facts: facts.iter().map(|(name, value)| ((*name).to_owned(), scalar(value))).collect(),
        otherwise_absent: true,
        assumed: answer
            .assumed
            .iter()
            .map(|&fact| law.vocabulary.facts[fact].name.clone())
            .collect(),
        law: jurisdiction.hash.to_string(),
        asked_by: body::AskedBy { client: client.to_owned(), principal: None, resource: None },
        through: "authzen".to_owned(),
        call_id: Some("call-4711".to_owned()),
        reply: serde_json::to_value(reply).expect("a reply is JSON"),
        decision: None,
        silent: None,
        follows: None,
        case: None,
    }
}

pub(crate) fn entry_of(decision: &body::Decision) -> Entry {
    Entry::new(Kind::Decision, serde_json::to_vec(decision).expect("it is JSON"))
}

/// Every file of a folder, by its path below it.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).expect("the file can be read");
            found.push((path, bytes));
        }
    }
    found
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        let copy = to.join(path.strip_prefix(from).expect("it is below"));
        fs::create_dir_all(copy.parent().expect("it is in a folder")).expect("folders are made");
        fs::write(copy, bytes).expect("files are written");
    }
}

fn new_folder() -> PathBuf {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("records-{}-{count}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// The server's URL with another database; what follows the name stays.
fn with_database(server: &str, name: &str) -> String {
    let (before, options) = server.split_once('?').map_or((server, None), |(a, b)| (a, Some(b)));
    let (host, _) = before.rsplit_once('/').expect("the URL names a database");
    options.map_or(format!("{host}/{name}"), |options| format!("{host}/{name}?{options}"))
}

async fn run(url: &str, statement: &str) {
    let mut connection = connect(url).await;
    execute(&mut connection, statement).await;
    connection.close().await.expect("the connection closes");
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("the database is there")
}

pub(crate) async fn execute(connection: &mut AnyConnection, statement: &str) {
    connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
