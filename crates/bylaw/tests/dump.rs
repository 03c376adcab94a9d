//! A busy run with planted names, numbers, tokens and facts: none of them is in the database, the
//! ledger, the logs, the metrics, or anything else that lies or is shown outside the sealed records.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect, and says what it did"
)]

mod outside;
mod support;

use std::{collections::BTreeMap, fs, path::Path};

use outside::{Server, Setup, client::Client};
use serde_json::{Value, json};
use support::{entries, folder};

/// What must never come out, wherever a caller puts it. None of it occurs by itself.
const PLANTED: [&str; 10] = [
    "Xiomara Quetzalli",
    "xiomara.quetzalli@zephyr.example",
    "A218-773-901",
    "A218773901",
    "matter-zq7731",
    "patron-zq4460",
    "call-zq9912",
    "zq-session-cookie",
    "zq-user-agent/7.7",
    "198.51.100.77",
];

/// Words of the law by which a record could be told: they stand in the archive of the law's text, so
/// many times and no more.
const FACTS: [&str; 5] = [
    "ice_ero",
    "civil_immigration_enforcement",
    "home_or_work_address",
    "library_staff",
    "disclose_information",
];

/// What only a record could hold: a fact beside its value.
const STATED: [&str; 3] = [
    r#""requester_kind":"ice_ero""#,
    r#""requester_kind": "ice_ero""#,
    r#"info_category":"home_or_work_address""#,
];

/// Pages that are the same whatever is asked.
const UNCHANGING: [&str; 5] =
    ["/", "/api", "/openapi.json", "/ledger/keys", "/.well-known/authzen-configuration"];

/// Pages that tell of what was asked: how much, and its proof.
const PUBLIC: [&str; 6] =
    ["/metrics", "/healthz", "/readyz", "/ledger/checkpoint", "/receipts/0", "/receipts/3"];

#[test]
fn nothing_planted_comes_out_but_to_who_asked() {
    let mut setup = Setup::new(&folder("dump"));
    // The real law, since its facts are the ones that would give somebody away.
    setup.arguments.clear();
    setup.environment.push(("BYLAW_SERVE__LOG__LEVEL".to_owned(), "debug".to_owned()));
    setup.start().stop();
    let before = words_at_rest(&setup.data);

    let server = setup.start();
    let run = setup.run(&[
        "token",
        "create",
        "--name",
        "Quetzalli records desk",
        "--jurisdiction",
        "us/ca/los-angeles",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let token = run.out.trim().to_owned();
    let unchanging = pages(&server, &token, &UNCHANGING);

    let shown = ask_everything(&server, &token);
    let while_running = at_rest(&setup.data);
    let public = pages(&server, &token, &PUBLIC);
    assert!(pages(&server, &token, &UNCHANGING) == unchanging, "a page tells of what was asked");
    let (status, rest) = server.stop();
    assert!(status.success(), "{status}");
    let run = setup.run(&["ledger", "verify", setup.data.join("ledger").to_str().expect("text")]);
    let log = setup.errors();
    assert!(log.len() > 2000, "the log says something at the level debug: {log}");

    let mut places: BTreeMap<String, Vec<u8>> = while_running;
    places.extend(
        at_rest(&setup.data).into_iter().map(|(name, bytes)| (name + " at the end", bytes)),
    );
    places.extend(public);
    places.insert("the log".to_owned(), log.into_bytes());
    places.insert("standard output".to_owned(), rest.into_bytes());
    places.insert("ledger verify".to_owned(), (run.out + &run.err).into_bytes());
    assert!(places.len() > 10, "{:?}", places.keys());
    let found: Vec<String> = places
        .iter()
        .flat_map(|(place, bytes)| {
            let words = PLANTED.iter().chain(&STATED).copied().chain([token.as_str()]);
            words.filter(|word| contains(bytes, word)).map(move |word| format!("{word} in {place}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    for (place, bytes) in places.iter().filter(|(place, _)| !place.contains("records.sqlite")) {
        for word in FACTS {
            assert!(!contains(bytes, word), "{word} in {place}");
        }
    }
    assert_eq!(words_at_rest(&setup.data), before, "facts stand in the database's law alone");
    // The same words do come back to the caller: the search above finds what is there.
    assert!(shown.contains("must_not"), "{shown}");
    let run = setup.run(&["records", "show", "0"]);
    assert!(contains(run.out.as_bytes(), "patron-zq4460"), "{}{}", run.out, run.err);
}

/// Calls of every kind with planted words everywhere a caller can put one. Gives what came back.
fn ask_everything(server: &Server, token: &str) -> String {
    let mut client = Client::new(server.address, token).expect("a connection");
    let mut shown = String::new();
    let headers = [
        ("x-request-id", "call-zq9912"),
        ("user-agent", "zq-user-agent/7.7"),
        ("cookie", "session=zq-session-cookie"),
        ("x-forwarded-for", "198.51.100.77"),
        ("referer", "https://zephyr.example/Xiomara%20Quetzalli"),
    ];
    let mut call = |method: &str, path: &str, body: &str| {
        let response = client.call(method, path, &headers, body.as_bytes());
        shown += &response.expect("an answer or an error").text();
    };
    let one = evaluation().to_string();
    for _ in 0..40 {
        call("POST", "/access/v1/evaluation", &one);
    }
    let many = json!({ "evaluations": vec![evaluation(); 20] }).to_string();
    call("POST", "/access/v1/evaluations", &many);
    for searched in ["subject", "resource", "action"] {
        let mut body = evaluation();
        match searched {
            "action" => _ = body.as_object_mut().and_then(|body| body.remove("action")),
            _ => body[searched] = json!({ "type": "person" }),
        }
        call("POST", &format!("/access/v1/search/{searched}"), &body.to_string());
    }
    // Errors of every kind: what is wrong with a call is no reason to log it.
    call("POST", "/access/v1/evaluation", &one.replace("ice_ero", "Xiomara Quetzalli"));
    call("POST", "/access/v1/evaluation", &one.replace("\"subject\"", "\"A218-773-901\""));
    call("POST", "/access/v1/evaluation", "{\"Xiomara Quetzalli\": A218773901");
    call("POST", "/matter-zq7731/A218773901", &one);
    call("POST", "/access/v1/requests", &one);
    call("GET", "/access/v1/requests/A218-773-901", "");
    call("GET", "/patron-zq4460?name=Xiomara%20Quetzalli&number=A218773901", "");
    call("GET", "/receipts/A218773901", "");
    call("GET", "/receipts/0?for=matter-zq7731", "");
    call("GET", "/ledger/tile/matter-zq7731", "");
    let mut stranger =
        Client::new(server.address, "A218-773-901 Xiomara Quetzalli").expect("a connection");
    let refused = stranger.call("POST", "/access/v1/evaluation", &headers, one.as_bytes());
    assert_eq!(refused.expect("an answer").status, 401);
    shown
}

fn evaluation() -> Value {
    json!({
        "subject": {
            "type": "staff", "id": "xiomara.quetzalli@zephyr.example",
            "properties": {
                "actor_kind": "library_staff", "requester_kind": "ice_ero", "name": "Xiomara Quetzalli",
            },
        },
        "action": { "name": "disclose_information", "properties": { "note": "A218773901" } },
        "resource": {
            "type": "person", "id": "patron-zq4460",
            "properties": { "info_category": "home_or_work_address", "a_number": "A218-773-901" },
        },
        "context": {
            "purpose": "civil_immigration_enforcement", "legal_process": "none", "matter": "matter-zq7731",
            "about": "Xiomara Quetzalli",
        },
    })
}

/// What anyone is shown.
fn pages(server: &Server, token: &str, paths: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let mut client = Client::new(server.address, token).expect("a connection");
    let page = |path: &&str| {
        let response = client.get(path).expect("an answer");
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        ((*path).to_owned(), response.body)
    };
    paths.iter().map(page).collect()
}

/// Every file below the folder.
fn at_rest(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (path, _) in entries(folder) {
        if path.is_dir() {
            files.extend(at_rest(&path));
        } else {
            files
                .insert(path.display().to_string(), fs::read(&path).expect("the file can be read"));
        }
    }
    files
}

/// How often each word of a fact stands in the database of a server that has ended.
fn words_at_rest(data: &Path) -> [usize; FACTS.len()] {
    let files = at_rest(data);
    let database = || files.iter().filter(|(path, _)| path.contains("records.sqlite"));
    FACTS.map(|word| database().map(|(_, bytes)| occurrences(bytes, word)).sum())
}

fn contains(bytes: &[u8], word: &str) -> bool {
    occurrences(bytes, word) > 0
}

fn occurrences(bytes: &[u8], word: &str) -> usize {
    let word = word.as_bytes();
    bytes.windows(word.len()).filter(|window| *window == word).count()
}
