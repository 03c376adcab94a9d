//! A log that someone publishes on the web: it can only be read.

use reqwest::StatusCode;
use reqwest::blocking::Client;

use crate::error::{Error, Result};
use crate::http;
use crate::storage::Storage;

/// No file of a log is longer: 256 entries of 65,535 bytes, each with its length.
const MAX_BYTES: u64 = 256 * (2 + 65_535);

/// A log on the web, whose location is its prefix in the sense of tlog-tiles.
#[derive(Debug)]
pub struct Website {
    prefix: String,
    client: Client,
}

impl Website {
    /// The log whose checkpoint is at `prefix` and `/checkpoint`. Not for use inside an
    /// asynchronous runtime: its calls wait for a runtime of their own.
    ///
    /// # Errors
    ///
    /// The address carries a password or a query, or no client can be set up.
    pub fn open(prefix: &str) -> Result<Self> {
        // Such an address would be repeated in errors, and a path cannot be added to a query.
        if prefix.contains(['@', '?', '#']) {
            let location = "an address with `@`, `?` or `#`".to_owned();
            let reason = "give the log's address alone".to_owned();
            return Err(Error::Location { location, reason });
        }
        let prefix = prefix.trim_end_matches('/').to_owned();
        Ok(Self { client: http::client(&prefix)?, prefix })
    }

    fn read_only<T>(&self) -> Result<T> {
        Err(Error::Location {
            location: self.prefix.clone(),
            reason: "a website can only be read".to_owned(),
        })
    }
}

impl Storage for Website {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let url = format!("{}/{path}", self.prefix);
        let response =
            self.client.get(&url).send().map_err(|error| http::unreachable(&url, &error))?;
        match response.status() {
            StatusCode::OK => http::body(&url, response, MAX_BYTES).map(Some),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status => {
                Err(Error::Unreachable { url, reason: format!("it answered {}", status.as_u16()) })
            }
        }
    }

    fn write_once(&self, _: &str, _: &[u8]) -> Result<()> {
        self.read_only()
    }

    fn replace(&self, _: &str, _: &[u8], _: Option<&[u8]>) -> Result<()> {
        self.read_only()
    }

    fn sync(&self) -> Result<()> {
        self.read_only()
    }

    fn discard_partials(&self, _: &str) -> Result<()> {
        self.read_only()
    }

    fn claim(&self) -> Result<()> {
        self.read_only()
    }
}
