//! Connections: TLS by the service itself, or plain behind a proxy.
//!
//! [`Tls`] holds the certificates and can read them again while connections are open. [`Listener`]
//! accepts connections for `axum::serve`. Handshakes run in tasks of their own, so that a slow one
//! holds up nobody; a connection on which nothing moves is closed.

mod stream;

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener as Listening},
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use sha2::{Digest, Sha256};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

pub use self::stream::Stream;
use crate::error::{Error, Result};

/// The certificates that the service shows and the authority that its clients' certificates need.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    config: ArcSwap<ServerConfig>,
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
}

impl Tls {
    /// Reads the certificate with its chain, its key, and the authority of the clients.
    ///
    /// With an authority, a client may show a certificate of it; none has to.
    ///
    /// # Errors
    ///
    /// [`Error::Tls`] with the file that cannot be used.
    pub fn open(certificate: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Arc<Self>> {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            client_ca: client_ca.map(Path::to_owned),
        };
        let config = ArcSwap::from(files.read()?);
        Ok(Arc::new(Self { files, config }))
    }

    /// Reads the files again. Open connections keep what they began with.
    ///
    /// # Errors
    ///
    /// As [`Tls::open`]; what was in use stays in use.
    pub fn reload(&self) -> Result<()> {
        self.config.store(self.files.read()?);
        Ok(())
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }
}

impl Files {
    fn read(&self) -> Result<Arc<ServerConfig>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&self.certificate, error))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots.add(certificate).map_err(|error| unusable(path, error))?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .allow_unauthenticated()
                        .build()
                        .map_err(|error| unusable(path, error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(certificates(&self.certificate)?, private_key(&self.key)?)
            .map_err(|error| unusable(&self.certificate, error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(path, error))?;
    if found.is_empty() { Err(unusable(path, "it holds no certificate")) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| unusable(path, error))
}

fn unusable(path: &Path, reason: impl ToString) -> Error {
    Error::Tls { path: path.to_owned(), reason: reason.to_string() }
}

/// The SHA-256 of a certificate's DER, by which a client is known.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// The fingerprint of the first certificate in a PEM file, as [`fingerprint`].
///
/// # Errors
///
/// [`Error::Tls`] where the file holds no certificate.
pub fn fingerprint_of_file(path: &Path) -> Result<[u8; 32]> {
    let found = certificates(path)?;
    let first = found.first().ok_or_else(|| unusable(path, "it holds no certificate"))?;
    Ok(fingerprint(first))
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address: of the proxy, where there is one.
    pub address: SocketAddr,
    /// The fingerprint of the certificate it showed, which the clients' authority has signed.
    pub certificate: Option<[u8; 32]>,
}

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        *stream.remote_addr()
    }
}

/// How connections are kept.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// How many may be open.
    pub most: usize,
    /// How long a handshake may take.
    pub handshake: Duration,
    /// How long nothing may move on one before it is closed.
    pub idle: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 16_384, handshake: Duration::from_secs(10), idle: Duration::from_secs(90) }
    }
}

/// Accepts connections for `axum::serve`, with TLS where certificates are given.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    tls: Option<Arc<Tls>>,
    connections: Connections,
    places: Arc<Semaphore>,
    /// Accepted, and not yet ready to be served.
    handshakes: JoinSet<Option<(Stream, Peer)>>,
    ready: VecDeque<(Stream, Peer)>,
}

impl Listener {
    /// Listens on `address`; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] where the system refuses.
    pub async fn bind(
        address: &str,
        tls: Option<Arc<Tls>>,
        connections: Connections,
    ) -> Result<Self> {
        let tcp = TcpListener::bind(address)
            .await
            .map_err(|source| Error::Listen { address: address.to_owned(), source })?;
        Ok(Self {
            tcp,
            tls,
            connections,
            places: Arc::new(Semaphore::new(connections.most)),
            handshakes: JoinSet::new(),
            ready: VecDeque::new(),
        })
    }

    /// The address that it listens on, with the port that was picked.
    ///
    /// # Errors
    ///
    /// Where the system does not know it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Takes a connection up: as it is, or into a handshake.
    fn take_up(&mut self, stream: TcpStream, address: SocketAddr, place: OwnedSemaphorePermit) {
        // Replies are small and whole: waiting for more to send only delays them.
        drop(stream.set_nodelay(true));
        let idle = self.connections.idle;
        match &self.tls {
            None => self.ready.push_back((
                Stream::plain(stream, idle, place),
                Peer { address, certificate: None },
            )),
            Some(tls) => {
                let acceptor = tls.acceptor();
                let limit = self.connections.handshake;
                self.handshakes.spawn(async move {
                    let handshake = tokio::time::timeout(limit, acceptor.accept(stream));
                    // A peer that gives up, speaks no TLS or shows a certificate of another
                    // authority gets no connection and is not worth a log line at `info`.
                    let stream = handshake.await.ok()?.inspect_err(|error| {
                        tracing::debug!(%error, "no TLS connection");
                    });
                    let stream = stream.ok()?;
                    let (_, session) = stream.get_ref();
                    let certificate = session
                        .peer_certificates()
                        .and_then(|chain| chain.first())
                        .map(|own| fingerprint(own));
                    Some((Stream::tls(stream, idle, place), Peer { address, certificate }))
                });
            }
        }
    }
}

impl Listening for Listener {
    type Io = Stream;
    type Addr = Peer;

    /// Everything on the way to being served is kept in `self`, so that nothing is lost where
    /// this future is dropped.
    async fn accept(&mut self) -> (Stream, Peer) {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return ready;
            }
            tokio::select! {
                Some(done) = self.handshakes.join_next() => self.ready.extend(done.ok().flatten()),
                (accepted, place) = next(&self.tcp, &self.places) => match accepted {
                    Ok((stream, address)) => self.take_up(stream, address, place),
                    Err(error) => pause_after(&error).await,
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { address: self.tcp.local_addr()?, certificate: None })
    }
}

/// The next connection with its place; waits while all places are taken.
async fn next(
    tcp: &TcpListener,
    places: &Arc<Semaphore>,
) -> (io::Result<(TcpStream, SocketAddr)>, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed.
        if let Ok(place) = Arc::clone(places).acquire_owned().await {
            return (tcp.accept().await, place);
        }
    }
}

/// A connection that broke before it was accepted is the peer's affair; running out of file
/// descriptors is ours, and trying again at once would only burn the processor.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
