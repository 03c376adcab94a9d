//! What every HTTP client of this crate has in common.

use std::io::Read as _;
use std::time::Duration;

use reqwest::blocking::{Client, Response};

use crate::error::{Error, Result};

/// Sets up TLS with the one cryptography library that Bylaw links, unless the program has chosen.
pub(crate) fn use_ring() {
    // It fails where the program has already installed one, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client whose calls end.
pub(crate) fn client(url: &str) -> Result<Client> {
    use_ring();
    let builder = Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(30))
        .user_agent(concat!("bylaw/", env!("CARGO_PKG_VERSION")));
    builder.build().map_err(|error| unreachable(url, &error))
}

/// The body of a response, if it is at most `most` bytes long.
pub(crate) fn body(url: &str, response: Response, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = response.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Error::Unreachable { url: url.to_owned(), reason: error.to_string() })?;
    match bytes.len() as u64 > most {
        true => Err(Error::Unreachable {
            url: url.to_owned(),
            reason: "its answer is too long".to_owned(),
        }),
        false => Ok(bytes),
    }
}

/// Says what failed, without the address, which the error names by itself.
pub(crate) fn unreachable(url: &str, error: &reqwest::Error) -> Error {
    let mut reason = "no answer";
    if error.is_timeout() {
        reason = "no answer in time";
    } else if error.is_connect() {
        reason = "no connection";
    }
    Error::Unreachable { url: url.to_owned(), reason: reason.to_owned() }
}
