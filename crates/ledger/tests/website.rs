//! A log is verified and read over HTTP, from a server that serves its files as they are.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

#[path = "support/logs.rs"]
mod logs;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use bylaw_ledger::{
    Directory, Error, Reader, Storage as _, Website, Witnesses, export, verify, verify::Trust,
};
use logs::{Keys, entries, entry};

#[test]
fn a_log_is_verified_read_and_copied_over_http() {
    let (keys, place) = (Keys::new(), logs::place("website"));
    let mut log = logs::create(&place, &keys);
    log.append(&entries(0..3000), 1).expect("it is appended");
    let site = Website::open(&serve(&place)).expect("a website");
    let (known, mut told) = (keys.public(), 0);
    let trust = Trust { keys: &known, remembered: Some(log.checkpoint()), ..Trust::default() };
    let report = verify(&site, &trust, |done, _| told = done).expect("it can be read");
    assert_eq!((report.problems.clone(), report.is_sound(), told), (vec![], true, 3000));

    let receipt = Reader::new(&site).receipt(1234).expect("a receipt");
    assert_eq!(receipt.entry, entry(1234));
    receipt.check(&known, &Witnesses::none()).expect("it holds");
    let copy = logs::place("website-copy");
    export(&site, &Directory::new(&copy), |_| {}).expect("it is copied");
    assert!(logs::verify(&copy, &keys).is_sound());

    fs::remove_file(place.join("tile/0/005")).expect("it is removed");
    let report = verify(&site, &trust, |_, _| {}).expect("it can be read");
    let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["tile/0/005: it is missing"], "the entries tell what its hashes were");
}

#[test]
fn a_server_that_fails_is_no_proof_of_anything() {
    let place = logs::place("website-fails");
    fs::create_dir_all(&place).expect("a directory is made");
    fs::write(place.join("checkpoint"), vec![b'x'; 17_000_000]).expect("it is written");
    let prefix = serve(&place);
    let site = Website::open(&prefix).expect("a website");
    assert_eq!(site.read("tile/0/000").expect("it answers"), None);
    for path in ["checkpoint", "fails"] {
        let error = site.read(path).expect_err("it is refused");
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert!(
            error.to_string().starts_with(&format!("`{prefix}/{path}` cannot be reached: ")),
            "{error}"
        );
    }
    let gone =
        TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("an address");
    let error = Website::open(&format!("http://{gone}"))
        .and_then(|site| site.read("checkpoint"))
        .expect_err("nobody is there");
    assert_eq!(
        error.to_string(),
        format!("`http://{gone}/checkpoint` cannot be reached: no connection")
    );
}

/// Serves a directory's files on a port of its own until the test ends, and returns its address.
fn serve(place: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let place = place.to_owned();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let place = place.clone();
            std::thread::spawn(move || answer(&connection, &place));
        }
    });
    format!("http://{address}")
}

/// Answers one call and closes.
fn answer(mut connection: &TcpStream, place: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = match fs::read(place.join(path)) {
        _ if path == "fails" => ("500 Internal Server Error", vec![]),
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", vec![]),
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(&body)
}
