//! `bylaw serve` from its first start to its end, with the commands around it: the real binary over
//! real sockets.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod outside;
mod support;

use std::{fs, path::Path, process::Command, sync::mpsc, thread};

use outside::{
    Server, Setup,
    client::{Client, Response, question},
    until,
};
use serde_json::{Value, json};
use support::{SMALL, bylaw, copy, folder};

const POLICE: [(&str, &str); 2] = [("actor_kind", "police"), ("paper", "none")];

fn ask(server: &Server, token: &str, hours: u64) -> Response {
    let mut facts: Value = POLICE.iter().copied().collect();
    facts["hours"] = json!(hours);
    facts["signed"] = json!(false);
    facts["emergency"] = json!(false);
    let mut client = Client::new(server.address, token).expect("a connection");
    client.post("/access/v1/evaluation", &question(&facts, "a", "b")).expect("a reply")
}

fn get(server: &Server, path: &str) -> Response {
    Client::new(server.address, "").expect("a connection").get(path).expect("a reply")
}

fn text(path: &Path) -> String {
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// The keys that the service publishes, as options.
fn keys(server: &Server) -> Vec<String> {
    let keys = get(server, "/ledger/keys").text();
    keys.lines().flat_map(|key| ["--key".to_owned(), key.to_owned()]).collect()
}

fn run(words: &[&str], more: &[String]) -> support::Run {
    let more = more.iter().map(String::as_str);
    bylaw(&words.iter().copied().chain(more).collect::<Vec<_>>())
}

#[test]
fn an_answer_is_proved_when_the_server_is_gone() {
    let home = folder("serve-proved");
    let setup = Setup::new(&home);
    let server = setup.start();
    let token = setup.token();
    let reply = ask(&server, &token, 4).json();
    assert_eq!((&reply["decision"], &reply["context"]["answer"]), (&true.into(), &"may".into()));
    assert_eq!(ask(&server, &token, 30).json()["context"]["answer"], "must_not");
    let receipt = get(&server, "/receipts/1").text();
    let keys = keys(&server);
    let public = format!("http://{}/ledger", server.address);
    let verified = run(&["ledger", "verify", &public], &keys);
    assert!(verified.out.contains(" has 2 entries in "), "{}{}", verified.out, verified.err);
    let (status, rest) = server.stop();
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));

    assert_eq!(setup.run(&["ledger", "proof", "1"]).out, receipt);
    let (file, opening) = (text(&home.join("1.tlog-proof")), text(&home.join("1.json")));
    fs::write(&file, &receipt).expect("it is written");
    let shown = setup.run(&["records", "show", "1", "--opening", &opening]).json();
    assert_eq!(shown["body"]["facts"]["hours"], 30);
    let checked = run(&["ledger", "check", &file, "--opening", &opening], &keys);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    assert!(checked.out.starts_with("record 1 is in the log bylaw.invalid/"), "{}", checked.out);

    // Nobody's word counts without a key, another log's key, or another record's opening.
    assert_eq!(run(&["ledger", "check", &file], &[]).code, Some(1));
    let other = Setup::new(&folder("serve-proved-other")).run(&["ledger", "init"]);
    let foreign = ["--key".to_owned(), other.out.lines().next().expect("a key").to_owned()];
    assert_eq!(run(&["ledger", "check", &file], &foreign).code, Some(1));
    let show = ["records", "show", "0", "--opening"];
    let again = setup.run(&[&show[..], &[&opening]].concat());
    assert_eq!(again.code, Some(1), "a file is never overwritten");
    let opening = text(&home.join("0.json"));
    assert_eq!(setup.run(&[&show[..], &[&opening]].concat()).code, Some(0));
    assert_eq!(run(&["ledger", "check", &file, "--opening", &opening], &keys).code, Some(1));

    assert!(setup.verify_log().starts_with("sound: "), "the log is sound");
    let verified = setup.run(&["records", "verify"]);
    assert!(verified.out.starts_with("sound: 2 records; 2 decide the same"), "{}", verified.out);
}

#[test]
fn one_changed_byte_of_the_log_is_seen() {
    let setup = Setup::new(&folder("serve-byte"));
    let server = setup.start();
    let token = setup.token();
    (0..3).for_each(|hours| drop(ask(&server, &token, hours)));
    server.stop();
    let log = setup.data.join("ledger");
    for name in ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"] {
        let path = log.join(name);
        let whole = fs::read(&path).expect("the file is there");
        let mut changed = whole.clone();
        changed[40] ^= 1;
        fs::write(&path, changed).expect("it is written");
        let run = run(&["ledger", "verify", &text(&log)], &[]);
        assert_eq!(run.code, Some(1), "{name}: {}{}", run.out, run.err);
        assert!(name == "checkpoint" || run.out.contains(name), "{name}: {}", run.out);
        fs::write(&path, whole).expect("it is written");
    }
    assert!(setup.verify_log().contains("its key was taken from the log itself"));
}

#[test]
fn a_log_that_forgets_is_shown_with_both_heads() {
    let home = folder("serve-forgets");
    let setup = Setup::new(&home);
    let server = setup.start();
    let token = setup.token();
    ask(&server, &token, 1);
    server.stop();
    let (log, old, seen) =
        (setup.data.join("ledger"), home.join("old"), text(&home.join("seen.checkpoint")));
    copy(&log, &old);
    let server = setup.start();
    ask(&server, &token, 2);
    server.stop();
    let remember = |log: &Path| run(&["ledger", "verify", &text(log), "--remember", &seen], &[]);
    assert_eq!(remember(&log).code, Some(0));
    let noted = fs::read_to_string(&seen).expect("it is remembered");
    let run = remember(&old);
    assert_eq!(run.code, Some(1), "{}", run.out);
    assert!(run.out.contains("rolled back: the log has 1 entries"), "{}", run.out);
    assert_eq!(run.out.matches("— bylaw.invalid/").count(), 4, "both heads: {}", run.out);
    assert_eq!(fs::read_to_string(&seen).expect("it is there"), noted, "it remembers the good one");
}

#[test]
fn a_law_is_replaced_whole_or_not_at_all() {
    let home = folder("serve-law");
    let packs = home.join("packs");
    copy(Path::new(SMALL), &packs);
    let mut setup = Setup::new(&home);
    setup.arguments = vec!["--packs".to_owned(), text(&packs)];
    let server = setup.start();
    let token = setup.token();
    let answer = || ask(&server, &token, 10).json()["context"]["answer"].clone();
    let sources = || get(&server, "/healthz").json()["law"]["sources"].clone();
    assert_eq!(answer(), "may");

    let file = packs.join("town/doors.md");
    let law = fs::read_to_string(&file).expect("the law is there");
    let before = sources();
    fs::write(&file, law.replace("hours <= 12", "hours <= 9").replace("hours > 12", "hours > 9"))
        .expect("it is written");
    until("the folder is seen to have changed", || sources() != before);
    assert_eq!(answer(), "refer");

    let stands = sources();
    fs::write(&file, law.replace("ORD-2/counsel", "ORD-2")).expect("it is written");
    let hangup = ["-HUP".to_owned(), server.id().to_string()];
    assert!(Command::new("kill").args(hangup).status().expect("kill runs").success());
    until("the refusal is shown", || get(&server, "/healthz").text().contains("ORD-2"));
    assert_eq!((answer(), sources()), ("refer".into(), stands.clone()), "the law before stands");

    fs::write(&file, &law).expect("it is written");
    until("the good law is loaded", || sources() != stands);
    assert_eq!(answer(), "may");
    server.stop();
    let verified = setup.run(&["records", "verify"]);
    assert!(verified.out.starts_with("sound: 4 records; 4 decide the same"), "{}", verified.out);
}

#[test]
fn two_services_never_share_data() {
    let setup = Setup::new(&folder("serve-two"));
    let server = setup.start();
    let token = setup.token();
    assert_eq!(setup.try_start().err().and_then(|status| status.code()), Some(1));
    assert!(setup.errors().contains("second_writer"), "{}", setup.errors());
    assert_eq!(ask(&server, &token, 4).status, 200, "the first one goes on");
}

#[test]
fn what_is_in_flight_at_the_end_is_answered_and_recorded() {
    let setup = Setup::new(&folder("serve-drain"));
    let server = setup.start();
    let token = setup.token();
    let (tell, told) = mpsc::channel();
    let address = server.address;
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (token, tell) = (token.clone(), tell.clone());
            thread::spawn(move || {
                let facts = json!({ "actor_kind": "library_staff", "signed": false });
                let mut client = Client::new(address, &token).expect("a connection");
                let mut records = Vec::new();
                // Until the connection is closed, between two calls and never within one.
                while let Ok(reply) =
                    client.post("/access/v1/evaluation", &question(&facts, "a", "b"))
                {
                    assert_eq!(reply.status, 200, "{}", reply.text());
                    records.push(reply.json()["context"]["record"].as_u64().expect("a number"));
                    _ = tell.send(());
                    if reply.head.to_ascii_lowercase().contains("connection: close") {
                        break;
                    }
                }
                records
            })
        })
        .collect();
    (0..50).for_each(|_| told.recv().expect("a client is answered"));
    let (status, _) = server.stop();
    assert_eq!(status.code(), Some(0), "{}", setup.errors());
    let mut records: Vec<u64> =
        clients.into_iter().flat_map(|client| client.join().expect("no client fails")).collect();
    records.sort_unstable();
    let listed = setup.run(&["records", "list", "--json", "--from", "0", "--limit", "1000000"]);
    let listed = listed.json().as_array().expect("a list").len() as u64;
    assert!(records.len() >= 50 && records.windows(2).all(|two| two[0] < two[1]));
    assert!(records.last().is_some_and(|last| *last < listed), "{records:?} of {listed}");
    setup.verify_log();
}

#[test]
fn everything_wrong_is_said_at_once() {
    let home = folder("serve-check");
    let setup = Setup::new(&home);
    let loads = || {
        let run = setup.run(&["serve", "--check"]);
        assert_eq!((run.code, run.out.as_str()), (Some(0), "everything loads\n"), "{}", run.err);
    };
    loads();
    assert!(!setup.data.exists(), "a check makes nothing");
    let mapping = home.join("door.toml");
    fs::write(
        &mapping,
        "silent = \"deny\"\n[actions]\nknock = \"enter\"\n[facts]\nsigned = true\n",
    )
    .expect("it is written");
    let create = ["token", "create", "--name", "door", "--jurisdiction", "town", "--mapping"];
    let created = setup.run(&[&create[..], &[&text(&mapping)]].concat());
    assert_eq!(created.code, Some(0), "{}", created.err);

    loads();

    // The law loses the fact that the mapping states, and the rest of the configuration is wrong.
    let packs = home.join("packs");
    copy(Path::new(support::PACKS), &packs);
    let config = home.join("bylaw.toml");
    fs::write(
        &config,
        r#"
        listen = "nowhere"
        public_url = "law.example.gov"
        timezone = "Mars/Olympus"
        [log]
        level = "loud=very"
        [tls]
        certificate = "missing.pem"
        key = "missing.key"
        [[retention]]
        name = "short"
        cite = "none"
        days = 1
        kinds = ["decisions"]
        [[witnesses]]
        name = "neighbor"
        url = "https://witness.example"
        keys = ["not a key"]
        "#,
    )
    .expect("it is written");
    let bad = Setup { arguments: vec!["--packs".to_owned(), text(&packs)], ..Setup::new(&home) };
    let run = bad.run(&["serve", "--check", "--config", &text(&config)]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), "9 problems\n"), "{}", run.err);
    for wrong in [
        "nowhere",
        "law.example.gov",
        "Mars/Olympus",
        "log.level",
        "missing.pem",
        "did you mean `decision`?",
        "neighbor",
        "no law is loaded for `town`",
        "token 1 (door)",
    ] {
        assert!(run.err.contains(wrong), "{wrong}: {}", run.err);
    }
}

#[test]
fn a_lost_key_is_never_replaced() {
    let home = folder("serve-lost-key");
    let setup = Setup::new(&home);
    let server = setup.start();
    ask(&server, &setup.token(), 4);
    server.stop();
    let key = setup.data.join("deployment.key");
    let ledger = setup.data.join("ledger");
    fs::rename(&key, home.join("backup.key")).expect("the key is there");
    let refused = |words: &[&str]| {
        let run = setup.run(words);
        assert_eq!(run.code, Some(1), "{words:?}: {}{}", run.out, run.err);
        assert!(run.err.contains("deployment.key"), "{words:?}: {}", run.err);
        assert!(!key.exists(), "{words:?}");
    };
    let create = ["token", "create", "--name", "door", "--jurisdiction", "town"];
    for words in [&["serve", "--check"][..], &["token", "list"], &["records", "list"], &create] {
        refused(words);
    }
    refused(&["serve", "--listen", "127.0.0.1:0"]);
    // The records alone are enough: the ledger may be elsewhere, and not there now.
    fs::rename(&ledger, home.join("ledger")).expect("the ledger is there");
    refused(&["serve", "--listen", "127.0.0.1:0"]);
    fs::rename(home.join("ledger"), &ledger).expect("it is moved back");
    fs::rename(home.join("backup.key"), &key).expect("it is moved back");
    assert_eq!(setup.run(&["serve", "--check"]).code, Some(0));

    // What else a start refuses, a check does too.
    let check = |wrong: &str| {
        let run = setup.run(&["serve", "--check"]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), "1 problem\n"), "{}", run.err);
        assert!(run.err.contains(wrong), "{wrong}: {}", run.err);
    };
    fs::rename(setup.data.join("ledger.key"), home.join("ledger.key")).expect("it is there");
    check("but not its keys");
    fs::rename(home.join("ledger.key"), setup.data.join("ledger.key")).expect("it is moved back");
    let database = setup.data.join("records.sqlite");
    fs::rename(&database, home.join("records.sqlite")).expect("it is there");
    check("no database at");
    fs::remove_file(&key).expect("the key is there");
    assert_eq!(setup.run(&create).code, Some(1), "the ledger alone is enough too");
}

#[test]
fn a_mistyped_folder_begins_nothing() {
    let setup = Setup::new(&folder("serve-mistyped"));
    for words in [
        &["records", "list"][..],
        &["records", "hold", "Doe v. Town"],
        &["token", "list"],
        &["token", "revoke", "1"],
        &["ledger", "proof", "1"],
        &["ledger", "export", "nowhere"],
    ] {
        let run = setup.run(words);
        assert_eq!(run.code, Some(1), "{words:?}: {}", run.out);
        assert!(run.err.contains("serve-mistyped/data"), "{words:?}: {}", run.err);
    }
    let database = format!("sqlite:{}", text(&setup.data.join("other.sqlite")));
    let run = setup.run(&["serve", "--check", "--database", &database]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(!setup.data.exists(), "nothing was made");
    let create = ["token", "create", "--name", "door", "--jurisdiction", "town"];
    assert!(setup.run(&create).err.contains("no deployment here yet"));
    assert_eq!(setup.run(&create).err, "", "the second time there was one");
}

#[test]
fn a_check_refuses_what_a_start_would() {
    let home = folder("serve-check-first");
    let setup = Setup::new(&home);
    let config = home.join("bylaw.toml");
    for (wrong, said) in [
        ("origin = \"two words\"", "two words"),
        ("key_command = [\"false\"]", "key"),
        ("key_command = [\"false\"]\nkey_file = \"key\"", "both key_file and key_command"),
        ("[limits]\nqueue = 0", "limits.queue"),
        ("[limits]\nbody_bytes = 0", "limits.body_bytes"),
        ("[limits]\ncall_seconds = 0", "limits.call_seconds"),
        ("[log]\nlevel = \"loud\"", "`loud` is no level"),
    ] {
        fs::write(&config, wrong).expect("it is written");
        let more = ["--config".to_owned(), text(&config)];
        let arguments = Setup::new(&home).arguments.into_iter().chain(more).collect();
        let wrong_one = Setup { arguments, ..Setup::new(&home) };
        let run = wrong_one.run(&["serve", "--check"]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), "1 problem\n"), "{wrong}: {}", run.err);
        assert!(run.err.contains(said), "{wrong}: {}", run.err);
        let status = wrong_one.try_start().err().and_then(|status| status.code());
        assert_eq!(status, Some(1), "{wrong}");
        _ = fs::remove_dir_all(&setup.data);
    }
}

#[test]
fn the_default_configuration_can_be_used_as_it_is_printed() {
    let home = folder("serve-print");
    let printed = bylaw(&["serve", "--print-config"]);
    assert_eq!(printed.code, Some(0));
    let config = home.join("bylaw.toml");
    fs::write(&config, &printed.out).expect("it is written");
    let run = Setup::new(&home).run(&["serve", "--check", "--config", &text(&config)]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    fs::write(&config, "lissten = \"127.0.0.1:1\"\n").expect("it is written");
    let run = Setup::new(&home).run(&["serve", "--config", &text(&config)]);
    insta::assert_snapshot!("unknown-key", run.transcript());
}

#[test]
fn logs_are_lines_of_json_where_they_are_asked_for() {
    let mut setup = Setup::new(&folder("serve-json"));
    let log = |name: &str, value: &str| (format!("BYLAW_SERVE__LOG__{name}"), value.to_owned());
    setup.environment = vec![log("FORMAT", "json"), log("LEVEL", "debug")];
    let server = setup.start();
    let token = setup.token();
    ask(&server, &token, 4);
    server.stop();
    let errors = setup.errors();
    let lines: Vec<Value> = errors
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    assert!(lines.iter().any(|line| line["message"] == "listening"), "{errors}");
    assert!(!errors.contains(&token) && !errors.contains("police"), "{errors}");
}
