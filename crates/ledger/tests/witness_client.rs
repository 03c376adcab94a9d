//! Asking a witness over HTTP: one that serves as it should, and servers that do not.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

#[path = "support/logs.rs"]
mod logs;
#[path = "support/watched.rs"]
mod watched;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use bylaw_ledger::{
    CosignerKeys, Directory, Error, Signature, SignedCheckpoint, VerifierKey,
    witness::{Response, Witness, WitnessClient},
};
use logs::place;
use watched::{Watched, body};

const TIME: u64 = 1_700_000_000;

/// A server on this machine that answers each call by a function of method, path and body.
struct Server {
    url: String,
    calls: Arc<Mutex<Vec<String>>>,
}

type Answer = Box<dyn Fn(&str, &[u8]) -> Response + Send>;

impl Server {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/witness/", listener.local_addr().expect("an address"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        // It ends with the process. A call that breaks off ends that connection only.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(serve(&stream, &answer, &seen));
            }
        });
        Self { url, calls }
    }

    /// A witness that serves as it should.
    fn witness(witness: Witness) -> Self {
        Self::start(Box::new(move |call, body| match call.strip_prefix("GET /witness/") {
            Some(path) => {
                let hash = path.strip_suffix("/checkpoint").expect("the path of a checkpoint");
                witness.checkpoint(hash).expect("answered")
            }
            None => witness.add_checkpoint(body, TIME).expect("answered"),
        }))
    }

    /// A server that always answers the same.
    fn constant(status: u16, content_type: &'static str, body: &str) -> Self {
        let response = Response { status, content_type, body: body.to_owned() };
        Self::start(Box::new(move |_, _| response.clone()))
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }
}

fn serve(stream: &TcpStream, answer: &Answer, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let call = first.rsplit_once(' ').expect("a call").0.to_owned();
    let response = answer(&call, &body);
    let old = String::from_utf8_lossy(&body).lines().next().unwrap_or_default().to_owned();
    seen.lock().expect("no panic").push(format!("{call} {old}").trim().to_owned());
    let (status, kind, body) = (response.status, response.content_type, response.body);
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nConnection: close\r\n")?;
    write!(stream, "Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_log_that_grows_is_cosigned_from_where_the_witness_is() {
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let server = Server::witness(open("client-grows", &keys, &log));
    let client = client(&server, &keys);
    assert!(client.latest(log.origin()).expect("answered").is_none());
    // The sizes, what we think that the witness has, and the old sizes that it is asked from.
    for (size, old, asked) in [
        (5, 0, vec!["old 0"]),
        (9, 5, vec!["old 5"]),
        (9, 9, vec!["old 9"]),
        (20, 0, vec!["old 0", "old 9"]),
        (33, 21, vec!["old 21", "old 20"]),
        (34, 40, vec!["old 34", "old 33"]),
    ] {
        let before = server.calls().len();
        let mut signed = log.signed(size);
        let cosignatures = ask(&client, &log, old, size).expect("cosigned");
        let calls = server.calls();
        let asked: Vec<_> =
            asked.iter().map(|old| format!("POST /witness/add-checkpoint {old}")).collect();
        assert_eq!(calls[before..], asked);
        signed.add_signatures(&cosignatures).expect("added");
        let known = [log.public(), keys.verifier_keys()].concat();
        assert_eq!(signed.verify(&known).expect("it verifies").len(), 4);
        let latest = client.latest(log.origin()).expect("answered").expect("a checkpoint");
        assert_eq!(latest.checkpoint, signed.checkpoint);
    }
}

#[test]
fn a_restored_backup_is_noticed() {
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let server = Server::witness(open("client-restored", &keys, &log));
    let client = client(&server, &keys);
    ask(&client, &log, 0, 20).expect("cosigned");
    let refused = ask(&client, &log, 8, 12);
    let Err(Error::RolledBack { witness, ours, theirs }) = refused else { unexpected(&refused) };
    assert_eq!((witness.as_str(), ours, theirs), (client.url(), 12, 20));
    // What the witness serves is the evidence: the log's own signature on the longer log.
    let latest = client.latest(log.origin()).expect("answered").expect("a checkpoint");
    assert_eq!(latest.checkpoint.size, 20);
    latest.verify(&log.public()).expect("the log signed it");
}

#[test]
fn another_history_is_noticed() {
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let server = Server::witness(open("client-fork", &keys, &log));
    let client = client(&server, &keys);
    ask(&client, &log, 0, 20).expect("cosigned");
    let fork = log.fork(10);
    for size in [20, 25] {
        let refused = ask(&client, &fork, 0, size);
        let Err(Error::Disputed { old: 20, size: shown, .. }) = refused else {
            unexpected(&refused)
        };
        assert_eq!(shown, size);
    }
}

#[test]
fn answers_that_are_not_of_the_protocol_are_refused() {
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let signed = log.signed(5);
    let lines =
        |signatures: &[Signature]| signatures.iter().map(ToString::to_string).collect::<String>();
    let good = lines(&keys.cosign(&signed, TIME).expect("cosigned"));
    let stranger = self::keys();
    let strange = lines(&stranger.cosign(&signed, TIME).expect("cosigned"));
    let other = lines(&keys.cosign(&log.signed(6), TIME).expect("cosigned"));
    let (size, plain) = ("text/x.tlog.size", "text/plain");
    let (refused, bad) = (Some("ledger::witness_refused"), Some("ledger::bad_signature"));
    let malformed = Some("ledger::malformed_note");
    let rows = [
        ("as it should be", 200, plain, good.clone(), None),
        ("beside a stranger's", 200, plain, format!("{strange}{good}"), None),
        ("beside a bad one", 200, plain, format!("{good}{other}"), bad),
        ("of another checkpoint", 200, plain, other, bad),
        ("only a stranger's", 200, plain, strange, refused),
        ("only the log's own", 200, plain, lines(signed.signatures()), refused),
        ("empty", 200, plain, String::new(), malformed),
        ("without a newline", 200, plain, good.trim_end().to_owned(), malformed),
        ("a page", 200, "text/html", "<html></html>\n".to_owned(), malformed),
        ("a conflict without a size", 409, plain, "5\n".to_owned(), refused),
        ("a conflict of another type", 409, "text/x.tlog.size; a=b", "4\n".to_owned(), refused),
        ("a conflict without a newline", 409, size, "4".to_owned(), refused),
        ("a conflict with a zero", 409, size, "04\n".to_owned(), refused),
        ("a conflict that names the size asked", 409, size, "3\n".to_owned(), refused),
        ("a conflict that never ends", 409, size, "4\n".to_owned(), refused),
        ("a longer log", 409, size, "6\n".to_owned(), Some("ledger::rolled_back")),
        ("an unknown log", 404, plain, String::new(), refused),
        ("an unknown key", 403, plain, String::new(), refused),
        ("inconsistent", 422, plain, String::new(), Some("ledger::disputed")),
        ("malformed", 400, plain, String::new(), refused),
        ("too many", 429, plain, String::new(), refused),
        ("broken", 500, plain, String::new(), refused),
        ("no answer that is known", 204, plain, String::new(), refused),
        ("too long", 200, plain, good.repeat(200), Some("ledger::unreachable")),
    ];
    for (name, status, kind, answer, expected) in rows {
        let server = Server::constant(status, kind, &answer);
        let result = ask(&client(&server, &keys), &log, 3, 5).map_err(|error| code(&error));
        assert_eq!(result.as_ref().err().map(String::as_str), expected, "{name}");
        assert!(result.is_err() || lines(&result.expect("checked")) == good, "{name}");
        assert!(server.calls().len() <= 2, "{name}: asked more than twice");
    }
}

#[test]
fn a_witness_without_a_server_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let client = WitnessClient::new(&url, keys.verifier_keys()).expect("a client");
    let asked = ask(&client, &log, 0, 5);
    assert!(matches!(asked, Err(Error::Unreachable { .. })));
    let latest: Result<Option<SignedCheckpoint>, _> = client.latest(log.origin());
    assert!(matches!(latest, Err(Error::Unreachable { .. })));
}

#[test]
fn a_proof_that_cannot_be_made_is_no_question() {
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let server = Server::constant(200, "text/plain", "");
    let failed = || Error::Missing { path: "tile/0/000".to_owned() };
    let asked = client(&server, &keys).ask(3, &log.signed(5), |_| Err(failed()));
    assert!(matches!(asked, Err(Error::Missing { .. })));
    assert!(server.calls().is_empty());
}

/// What is sent is the body that the specification describes.
#[test]
fn the_submission_is_as_the_specification_says() {
    let (log, keys) = (Watched::new("example.com/log"), keys());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&sent);
    let server = Server::start(Box::new(move |_, body| {
        *kept.lock().expect("no panic") = body.to_vec();
        Response { status: 404, content_type: "text/plain", body: String::new() }
    }));
    drop(ask(&client(&server, &keys), &log, 5, 11).expect_err("refused"));
    let expected = body(5, &log.proof(5, 11), &log.signed(11));
    assert_eq!(String::from_utf8_lossy(&sent.lock().expect("no panic")), expected);
}

fn ask(
    client: &WitnessClient,
    log: &Watched,
    old: u64,
    size: u64,
) -> Result<Vec<Signature>, Error> {
    client.ask(old, &log.signed(size), |from| Ok(log.proof(from, size)))
}

fn keys() -> CosignerKeys {
    CosignerKeys::generate("witness.example/w1").expect("keys")
}

fn open(name: &str, keys: &CosignerKeys, log: &Watched) -> Witness {
    let again = CosignerKeys::read(&keys.to_text()).expect("keys");
    Witness::open(Box::new(Directory::new(place(name))), again, log.public()).expect("opened")
}

fn client(server: &Server, keys: &CosignerKeys) -> WitnessClient {
    let known: Vec<VerifierKey> = keys.verifier_keys();
    WitnessClient::new(&server.url, known).expect("a client")
}

fn code(error: &Error) -> String {
    miette::Diagnostic::code(error).expect("every error has a code").to_string()
}

#[expect(clippy::panic, reason = "the test stops")]
fn unexpected<T: std::fmt::Debug>(result: &T) -> ! {
    panic!("{result:?}");
}
