//! `[tls]` of the real server, asked with curl: clients known by their certificates, and SIGHUP.
#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod outside;
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use outside::{Server, Setup, client::question, until};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use serde_json::{Value, json};
use support::{finish, folder};

#[test]
fn a_client_is_known_by_its_certificate_also_after_sighup() {
    let home = folder("tls");
    let file = |name: &str| home.join(name).to_str().expect("the path is UTF-8").to_owned();
    write_certificates(&home);
    let mut setup = Setup::new(&home);
    for (name, value) in
        [("CERTIFICATE", "server.pem"), ("KEY", "server.key"), ("CLIENT_CA", "authority.pem")]
    {
        setup.environment.push((format!("BYLAW_SERVE__TLS__{name}"), file(value)));
    }
    let server = setup.start();
    let create = ["token", "create", "--name", "door", "--jurisdiction", "town", "--certificate"];
    let created = setup.run(&[&create[..], &[&file("client.pem")]].concat());
    assert_eq!(created.code, Some(0), "{}", created.err);

    until("the client is let in", || ask(&server, &home, Some("client")).0 == Some(200));
    let (_, reply) = ask(&server, &home, Some("client"));
    assert_eq!(reply["context"]["answer"], "may", "{reply}");
    assert_eq!(ask(&server, &home, Some("stranger")).0, Some(401), "no client has it");
    assert_eq!(ask(&server, &home, None).0, Some(401), "neither certificate nor token");

    // Another authority for both sides. Only what is read again can agree with it.
    write_certificates(&home);
    assert_eq!(ask(&server, &home, None).0, None, "the server still shows the old certificate");
    let hangup = ["-HUP".to_owned(), server.id().to_string()];
    assert!(Command::new("kill").args(hangup).status().expect("kill runs").success());
    until("the new certificate is shown", || ask(&server, &home, None).0 == Some(401));
    assert_eq!(ask(&server, &home, Some("client")).0, Some(401), "this one is nobody's yet");
    let created = setup.run(&[&create[..], &[&file("client.pem")]].concat());
    assert_eq!(created.code, Some(0), "{}", created.err);
    until("the new client is let in", || ask(&server, &home, Some("client")).0 == Some(200));
}

/// The status and the reply, by curl; no status where there is no connection.
fn ask(server: &Server, home: &Path, client: Option<&str>) -> (Option<u16>, Value) {
    let facts = json!({ "actor_kind": "police", "paper": "none", "hours": 4, "signed": false,
        "emergency": false });
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--show-error",
        "--http1.1",
        "--max-time",
        "30",
        "--write-out",
        "\n%{http_code}",
    ])
    .args(["--header", "Content-Type: application/json"])
    .arg("--data")
    .arg(question(&facts, "a", "b").to_string())
    .arg("--cacert")
    .arg(home.join("authority.pem"));
    if let Some(client) = client {
        curl.arg("--cert").arg(home.join(format!("{client}.pem")));
        curl.arg("--key").arg(home.join(format!("{client}.key")));
    }
    let port = server.address.port();
    curl.args(["--resolve", &format!("localhost:{port}:127.0.0.1")])
        .arg(format!("https://localhost:{port}/access/v1/evaluation"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = finish(curl.spawn().expect("curl runs"));
    let (body, status) = run.out.rsplit_once('\n').expect("a status");
    let status = status.parse().ok().filter(|_| run.code == Some(0));
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// An authority, and certificates of the server, of a client and of a stranger by it.
fn write_certificates(home: &Path) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new([]).expect("no names");
    // Without a name of its own it would be taken for each certificate's own signer.
    params.distinguished_name.push(DnType::CommonName, "the authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = params.self_signed(&authority_key).expect("it is signed");
    write(home.join("authority.pem"), &authority.pem());
    let issuer = Issuer::new(params, authority_key);
    for (name, purpose) in [
        ("server", ExtendedKeyUsagePurpose::ServerAuth),
        ("client", ExtendedKeyUsagePurpose::ClientAuth),
        ("stranger", ExtendedKeyUsagePurpose::ClientAuth),
    ] {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        params.extended_key_usages = vec![purpose];
        let certificate = params.signed_by(&key, &issuer).expect("it is signed");
        write(home.join(format!("{name}.pem")), &certificate.pem());
        write(home.join(format!("{name}.key")), &key.serialize_pem());
    }
}

fn write(path: PathBuf, text: &str) {
    fs::write(path, text).expect("it is written");
}
