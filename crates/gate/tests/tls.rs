//! TLS by the service itself, over real sockets: certificates made for the test, clients known by
//! theirs, slow and foreign peers that hold up nobody.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;
#[path = "support/pki.rs"]
mod pki;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bylaw_gate::{
    Peer, router,
    tls::{Connections, Listener, Tls, fingerprint_of_file},
};
use deployment::{ALLOWED, Deployment};
use pki::Pki;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

/// A server on a port of its own.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(
        deployment: &Deployment,
        tls: Option<Arc<Tls>>,
        connections: Connections,
    ) -> Self {
        let listener = Listener::bind("127.0.0.1:0", tls, connections).await.expect("a free port");
        let address = listener.address().expect("an address");
        let app =
            router(Arc::clone(&deployment.service)).into_make_service_with_connect_info::<Peer>();
        let (stop, stopped) = oneshot::channel();
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            drop(stopped.await);
        });
        Self { address, stop, task: tokio::spawn(serving.into_future()) }
    }

    async fn stop(self) {
        self.stop.send(()).expect("the server runs");
        self.task.await.expect("it does not panic").expect("it ends well");
    }
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate() {
    let (deployment, pki) = (Deployment::new().await, Pki::new());
    deployment.add_client("patrol", Some(fingerprint_of_file(&pki.client).expect("one"))).await;
    let tls = Tls::open(&pki.server, &pki.server_key, Some(&pki.authority)).expect("it loads");
    let server = Server::start(&deployment, Some(tls), Connections::default()).await;

    let config = pki.client_config(Some((&pki.client, &pki.client_key)));
    let known = call(connect(server.address, config).await.expect("a session"), ALLOWED).await;
    assert!(known.starts_with("HTTP/1.1 200 "), "{known}");
    assert!(known.contains("\"decision\":true"), "{known}");

    // Of the same authority, and not a client.
    let config = pki.client_config(Some((&pki.stranger, &pki.stranger_key)));
    let stranger = call(connect(server.address, config).await.expect("a session"), ALLOWED).await;
    assert!(stranger.starts_with("HTTP/1.1 401 "), "{stranger}");

    // No certificate, and no token: let in, and refused by the service.
    let bare = connect(server.address, pki.client_config(None)).await.expect("a session");
    let bare = call(bare, ALLOWED).await;
    assert!(bare.starts_with("HTTP/1.1 401 "), "{bare}");
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let (deployment, pki) = (Deployment::new().await, Pki::new());
    let foreign = Pki::new();
    deployment.add_client("patrol", Some(fingerprint_of_file(&foreign.client).expect("one"))).await;
    let tls = Tls::open(&pki.server, &pki.server_key, Some(&pki.authority)).expect("it loads");
    let server = Server::start(&deployment, Some(tls), Connections::default()).await;

    let config = pki.client_config(Some((&foreign.client, &foreign.client_key)));
    // In TLS 1.3 the client learns of it with its first read.
    let reply = match connect(server.address, config).await {
        Ok(stream) => try_call(stream, ALLOWED).await,
        Err(error) => Err(error),
    };
    assert!(reply.is_err(), "{reply:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_peer_that_never_shakes_hands_holds_up_nobody() {
    let (deployment, pki) = (Deployment::new().await, Pki::new());
    let tls = Tls::open(&pki.server, &pki.server_key, None).expect("it loads");
    let handshake = Duration::from_millis(300);
    let connections = Connections { handshake, ..Connections::default() };
    let server = Server::start(&deployment, Some(tls), connections).await;

    let mut silent = TcpStream::connect(server.address).await.expect("a connection");
    let mut noisy = TcpStream::connect(server.address).await.expect("a connection");
    noisy.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("it is sent");
    let good = connect(server.address, pki.client_config(None)).await.expect("a session");
    let home = call(good, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(home.starts_with("HTTP/1.1 200 "), "{home}");
    assert!(home.contains("strict-transport-security"), "{home}");

    // Both are closed: one at once, one when its time is over.
    let mut bytes = Vec::new();
    drop(noisy.read_to_end(&mut bytes).await);
    drop(silent.read_to_end(&mut bytes).await);
    server.stop().await;
}

#[tokio::test]
async fn new_certificates_are_read_while_connections_stay_open() {
    let (deployment, pki) = (Deployment::new().await, Pki::new());
    let tls = Tls::open(&pki.server, &pki.server_key, None).expect("it loads");
    let server = Server::start(&deployment, Some(Arc::clone(&tls)), Connections::default()).await;
    let old_roots = pki.client_config(None);
    let early = connect(server.address, Arc::clone(&old_roots)).await.expect("a session");

    pki.replace();
    tls.reload().expect("it loads");
    let refused = connect(server.address, old_roots).await;
    assert!(refused.is_err(), "the new certificate is of another authority");
    let late = connect(server.address, pki.client_config(None)).await.expect("a session");
    for stream in [early, late] {
        let home = call(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert!(home.await.starts_with("HTTP/1.1 200 "));
    }

    // What cannot be read leaves what is in use.
    std::fs::write(&pki.server_key, "no key").expect("it is written");
    let error = tls.reload().expect_err("no key");
    assert!(error.to_string().starts_with("cannot use "), "{error}");
    connect(server.address, pki.client_config(None)).await.expect("a session");
    server.stop().await;
}

#[tokio::test]
async fn idle_connections_are_closed_and_places_are_given_back() {
    let deployment = Deployment::new().await;
    let connections =
        Connections { most: 1, idle: Duration::from_millis(200), ..Connections::default() };
    let server = Server::start(&deployment, None, connections).await;

    let mut idle = TcpStream::connect(server.address).await.expect("a connection");
    idle.write_all(b"GET / HTTP/1.1\r\nHos").await.expect("it is sent");
    // Waits in line until the idle one has lost its place.
    let next = TcpStream::connect(server.address).await.expect("a connection");
    let reply = call(next, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    server.stop().await;
}

/// A session with the server at `address`, which must be `localhost`.
async fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> std::io::Result<impl AsyncRead + AsyncWrite + Unpin + use<>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(config).connect(name, stream).await
}

async fn call(stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> String {
    try_call(stream, text).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Sends one whole HTTP call that closes its connection, and reads the reply.
async fn try_call(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    text: &str,
) -> std::io::Result<String> {
    let text = if text.contains("HTTP/1.1") {
        text.to_owned()
    } else {
        let length = text.len();
        format!(
            "POST /access/v1/evaluation HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}"
        )
    };
    stream.write_all(text.as_bytes()).await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;
    String::from_utf8(reply).map_err(std::io::Error::other)
}
