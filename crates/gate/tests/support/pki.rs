//! Certificates made for one test.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::deployment::Folder;

/// An authority, the server's certificate, one of a client and one of a stranger.
pub(crate) struct Pki {
    pub(crate) authority: PathBuf,
    pub(crate) server: PathBuf,
    pub(crate) server_key: PathBuf,
    pub(crate) client: PathBuf,
    pub(crate) client_key: PathBuf,
    pub(crate) stranger: PathBuf,
    pub(crate) stranger_key: PathBuf,
    _folder: Folder,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let file = |name: &str| folder.path().join(name);
        let pki = Self {
            authority: file("authority.pem"),
            server: file("server.pem"),
            server_key: file("server.key"),
            client: file("client.pem"),
            client_key: file("client.key"),
            stranger: file("stranger.pem"),
            stranger_key: file("stranger.key"),
            _folder: folder,
        };
        pki.write();
        pki
    }

    /// Makes all of them anew, by another authority, in the same files.
    pub(crate) fn replace(&self) {
        self.write();
    }

    /// A client that trusts the authority, and shows a certificate of its own where one is given.
    pub(crate) fn client_config(&self, own: Option<(&Path, &Path)>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(&self.authority).expect("it is PEM");
        roots.add(authority).expect("it is an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the versions are known")
            .with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let certificate = CertificateDer::from_pem_file(certificate).expect("it is PEM");
                let key = PrivateKeyDer::from_pem_file(key).expect("it is PEM");
                builder.with_client_auth_cert(vec![certificate], key).expect("they fit")
            }
        };
        Arc::new(config)
    }

    fn write(&self) {
        let authority_key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = params.self_signed(&authority_key).expect("it is signed");
        fs::write(&self.authority, authority.pem()).expect("it is written");
        let issuer = Issuer::new(params, authority_key);
        let (server, client) =
            (ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth);
        issue(&issuer, server, &self.server, &self.server_key);
        issue(&issuer, client.clone(), &self.client, &self.client_key);
        issue(&issuer, client, &self.stranger, &self.stranger_key);
    }
}

fn issue(
    issuer: &Issuer<'_, KeyPair>,
    purpose: ExtendedKeyUsagePurpose,
    certificate: &Path,
    key: &Path,
) {
    let pair = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    params.extended_key_usages = vec![purpose];
    let signed = params.signed_by(&pair, issuer).expect("it is signed");
    fs::write(certificate, signed.pem()).expect("it is written");
    fs::write(key, pair.serialize_pem()).expect("it is written");
}
