//! `bylaw ledger` and `bylaw records` around a service: witnesses, copies, holds, purges.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod outside;
mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use outside::{
    Server, Setup,
    client::{Client, question},
    until,
};
use serde_json::json;
use support::{bylaw, command, folder};

fn ask(server: &Server, token: &str) -> u64 {
    let facts = json!({ "actor_kind": "library_staff", "signed": false });
    let mut client = Client::new(server.address, token).expect("a connection");
    let reply = client.post("/access/v1/evaluation", &question(&facts, "a", "b"));
    reply.expect("a reply").json()["context"]["record"].as_u64().expect("a number")
}

fn text(path: &Path) -> String {
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// A process that ends with the test.
struct Witness(Child, String);

impl Witness {
    fn start(data: &Path, log_key: &str) -> Self {
        let mut process =
            command(&["ledger", "witness", "--name", "witness.example", "--listen", "127.0.0.1:0"])
                .args(["--log", log_key, "--data", &text(data)])
                .stdout(Stdio::piped())
                .spawn()
                .expect("the program starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("standard output is a pipe");
        BufReader::new(output).read_line(&mut line).expect("it says where it listens");
        let url = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self(process, url)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn a_neighbor_witnesses_and_receipts_say_so() {
    let home = folder("ledger-witness");
    let mut setup = Setup::new(&home);
    let init = setup.run(&["ledger", "init", "--origin", "law.example/ledger"]);
    assert_eq!(init.code, Some(0), "{}", init.err);
    let log_key = init.out.lines().next().expect("a key").to_owned();
    let witness = Witness::start(&home.join("witness"), &log_key);
    let witness_keys = fs::read_to_string(home.join("witness/witness.vkeys")).expect("its keys");
    let witness_key = witness_keys.lines().next().expect("a key").to_owned();
    let config = home.join("bylaw.toml");
    let url = &witness.1;
    let asked = format!(
        "[[witnesses]]\nname = \"neighbor\"\nurl = \"{url}\"\nkeys = [\"{witness_key}\"]\n"
    );
    fs::write(&config, asked).expect("it is written");
    setup.arguments.extend(["--config".to_owned(), text(&config)]);

    let server = setup.start();
    let token = setup.token();
    let number = ask(&server, &token);
    let receipt = || {
        let mut client = Client::new(server.address, "").expect("a connection");
        client.get(&format!("/receipts/{number}")).expect("a reply").text()
    };
    until("the receipt is witnessed", || receipt().contains("— witness.example "));
    let file = home.join("receipt");
    fs::write(&file, receipt()).expect("it is written");
    let file = text(&file);
    let check = ["ledger", "check", &file, "--key", &log_key, "--witness", &witness_key];
    let checked = bylaw(&check);
    assert!(checked.out.contains("witnessed by witness.example"), "{}{}", checked.out, checked.err);

    // A witness that is gone holds up nobody, and it is said that it is gone.
    drop(witness);
    let health = || {
        let mut client = Client::new(server.address, "").expect("a connection");
        client.get("/healthz").expect("a reply").text()
    };
    ask(&server, &token);
    until("the missing witness is shown", || health().contains("neighbor"));
    server.stop();
    let log = text(&setup.data.join("ledger"));
    let verify = ["ledger", "verify", &log, "--key", &log_key, "--witness", &witness_key];
    let verified = bylaw(&verify);
    assert!(
        verified.out.contains("witnessed by witness.example up to 1"),
        "{}{}",
        verified.out,
        verified.err
    );
    let strict = bylaw(&[&verify[..], &["--quorum", "2"]].concat());
    assert_eq!(strict.code, Some(1), "there is one witness");
}

#[test]
fn a_restore_that_is_older_than_the_ledger_is_noticed() {
    let home = folder("ledger-restore");
    let setup = Setup::new(&home);
    let server = setup.start();
    let token = setup.token();
    ask(&server, &token);
    let (records, log) = (text(&home.join("records.backup")), text(&home.join("ledger.backup")));
    assert_eq!(setup.run(&["records", "backup", &records]).code, Some(0));
    let twice = setup.run(&["records", "backup", &records]);
    assert!(twice.code == Some(1) && twice.err.contains("is there already"), "{}", twice.err);
    assert_eq!(setup.run(&["ledger", "export", &log]).code, Some(0));
    ask(&server, &token);
    let again = setup.run(&["ledger", "export", &log]);
    assert!(again.out.starts_with("copied 2 entries"), "{}{}", again.out, again.err);
    server.stop();
    let verified = bylaw(&["ledger", "verify", &log]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);

    for suffix in ["", "-wal", "-shm"] {
        _ = fs::remove_file(setup.data.join(format!("records.sqlite{suffix}")));
    }
    fs::copy(&records, setup.data.join("records.sqlite")).expect("it is restored");
    assert_eq!(setup.try_start().err().and_then(|status| status.code()), Some(1));
    let said = setup.errors();
    assert!(said.contains("restored_older") && said.contains("2 entries"), "{said}");

    assert!(said.contains("--accept-lost-records"), "{said}");
    let checked = setup.run(&["serve", "--check"]);
    assert!(checked.err.contains("restored_older"), "{}{}", checked.out, checked.err);

    let mut accepting = Setup::new(&home);
    accepting.arguments.push("--accept-lost-records".to_owned());
    let server = accepting.try_start();
    let server = server.unwrap_or_else(|status| panic!("{status}: {}", accepting.errors()));
    // Number 1 is lost for ever; number 2 says so.
    assert_eq!(ask(&server, &token), 3);
    server.stop();
    let verified = setup.run(&["records", "verify"]);
    assert!(
        verified.out.starts_with("sound: ") && verified.out.contains("1 lost"),
        "{}",
        verified.out
    );
    setup.verify_log();
}

#[test]
fn nothing_is_purged_under_a_hold() {
    let home = folder("records-purge");
    let mut setup = Setup::new(&home);
    let config = home.join("bylaw.toml");
    let rule = "[[retention]]\nname = \"at-once\"\ncite = \"an example\"\ndays = 0\nkinds = [\"decision\"]\n";
    fs::write(&config, rule).expect("it is written");
    setup.arguments.extend(["--config".to_owned(), text(&config)]);
    // Before anything is recorded: the service purges as soon as it starts.
    let token = setup.token();
    assert_eq!(setup.run(&["records", "hold", "Doe v. Town"]).code, Some(0));
    assert_eq!(setup.run(&["records", "hold", ""]).code, Some(2), "a hold has a name");
    let server = setup.start();
    for number in 0..3 {
        assert_eq!(ask(&server, &token), number + 1, "the hold is number 0");
    }
    server.stop();

    let held = setup.run(&["records", "purge"]);
    assert!(
        held.out.contains("3 records under at-once") && held.out.contains("1 holds stand open"),
        "{}",
        held.out
    );
    assert_eq!(setup.run(&["records", "lift", "Doe v. Town"]).code, Some(0));
    assert!(setup.run(&["records", "holds"]).out.contains("Doe v. Town  placed on"));
    let dry = setup.run(&["records", "purge", "--dry-run"]);
    assert!(
        dry.out.starts_with("3 records under at-once") && !dry.out.contains("purged 3"),
        "{}",
        dry.out
    );
    assert!(setup.run(&["records", "show", "1"]).json()["body"].is_object());
    let purged = setup.run(&["records", "purge"]);
    assert!(purged.out.ends_with("purged 3 records\n"), "{}{}", purged.out, purged.err);
    assert!(setup.run(&["records", "show", "1"]).json().get("body").is_none());
    assert_eq!(
        setup.run(&["records", "show", "1", "--opening", &text(&home.join("x"))]).code,
        Some(1)
    );
    let verified = setup.run(&["records", "verify"]);
    assert!(verified.out.contains("3 purged under at-once"), "{}", verified.out);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
    setup.verify_log();
}

#[test]
fn a_log_keeps_its_name_and_its_keys() {
    let home = folder("ledger-keys");
    let setup = Setup::new(&home);
    let init = ["ledger", "init", "--origin", "law.example/ledger"];
    let first = setup.run(&init);
    assert_eq!(first.out.lines().count(), 2, "{}", first.err);
    assert_eq!(setup.run(&init).out, first.out, "nothing is made twice");
    let renamed = setup.run(&["ledger", "init", "--origin", "other.example/ledger"]);
    assert_eq!(renamed.code, Some(1));
    fs::remove_file(setup.data.join("ledger.key")).expect("the key is there");
    let lost = setup.run(&init);
    assert_eq!(lost.code, Some(1), "no second key is made for a log: {}", lost.out);
    assert!(lost.err.contains("bring the file back"), "{}", lost.err);
}
