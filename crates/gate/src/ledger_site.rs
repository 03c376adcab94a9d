//! The public side of the ledger: its files, its keys, and receipts.
//!
//! The files are served as `tlog-tiles` (C2SP) says, below `/ledger`. Reading blocks, on a disk or
//! on an object store, so that it runs on threads of its own.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use bylaw_ledger::{Error as LedgerError, Reader};

use crate::{
    error::{Error, Result},
    service::Service,
};

pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/receipts/{number}", get(receipt))
        .route("/ledger/checkpoint", get(checkpoint))
        .route("/ledger/witnessed", get(witnessed))
        .route("/ledger/keys", get(keys))
        .route("/ledger/tile/{*path}", get(tile))
}

/// The proof, to be checked offline, that a record's commitment is in the log.
async fn receipt(
    State(service): State<Arc<Service>>,
    Path(number): Path<String>,
) -> Result<Response> {
    let number = whole_number(&number).ok_or(Error::NotFound { what: "receipt" })?;
    let acknowledged = service.recorder().status().size;
    let receipt = blocking(move || match Reader::new(service.ledger.as_ref()).receipt(number) {
        Err(LedgerError::OutOfRange { .. } | LedgerError::NoLog { .. }) => Ok(None),
        receipt => receipt.map(Some),
    })
    .await?;
    match receipt {
        Some(receipt) => Ok(text(receipt.to_string())),
        None if number < acknowledged => Err(Error::NotPublished { number }),
        None => Err(Error::NotFound { what: "receipt" }),
    }
}

async fn checkpoint(State(service): State<Arc<Service>>) -> Result<Response> {
    file(service, "checkpoint".to_owned()).await.map(text)
}

async fn witnessed(State(service): State<Arc<Service>>) -> Result<Response> {
    file(service, "witnessed".to_owned()).await.map(text)
}

/// The verifier keys, one a line.
async fn keys(State(service): State<Arc<Service>>) -> Response {
    text(service.keys.iter().map(|key| format!("{key}\n")).collect::<String>())
}

async fn tile(State(service): State<Arc<Service>>, Path(path): Path<String>) -> Result<Response> {
    if !is_tile(&path) {
        return Err(Error::NotFound { what: "tile" });
    }
    let bytes = file(service, format!("tile/{path}")).await?;
    // A tile never changes: a wider one has another path.
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CACHE_CONTROL, "public, max-age=604800, immutable"),
    ];
    Ok((headers, bytes).into_response())
}

async fn file(service: Arc<Service>, path: String) -> Result<Vec<u8>> {
    blocking(move || service.ledger.read(&path))
        .await?
        .ok_or(Error::NotFound { what: "file of that name in the ledger" })
}

/// Runs what blocks on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> bylaw_ledger::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Internal { what: "the ledger" })?
        .map_err(Error::Ledger)
}

pub(crate) fn text(body: impl IntoResponse) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

/// A decimal number as the specification writes it: no sign, no leading zero.
fn whole_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (plain && canonical).then(|| text.parse().ok()).flatten()
}

/// Whether the path is `<level>/<number>` or `entries/<number>`, where a number is
/// `x001/x234/067` and a partial one ends in `067.p/3`. Nothing else reaches the storage.
fn is_tile(path: &str) -> bool {
    let Some((level, number)) = path.split_once('/') else { return false };
    if level != "entries" && whole_number(level).is_none_or(|level| level > 63) {
        return false;
    }
    let (number, width) = match number.split_once(".p/") {
        Some((number, width)) => (number, Some(width)),
        None => (number, None),
    };
    let width_is_right = width
        .is_none_or(|width| whole_number(width).is_some_and(|width| (1..256).contains(&width)));
    let three_digits =
        |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = number.rsplit('/');
    width_is_right
        && parts.next().is_some_and(three_digits)
        && parts.all(|part| part.strip_prefix('x').is_some_and(three_digits))
}

#[cfg(test)]
mod tests {
    use super::{is_tile, whole_number};

    #[test]
    fn tile_paths_are_taken_by_the_letter() {
        for path in ["0/000", "entries/x001/x234/067", "3/x001/067.p/255", "63/000.p/1"] {
            assert!(is_tile(path), "{path}");
        }
        let wrong = [
            "",
            "0",
            "0/",
            "0/00",
            "64/000",
            "00/000",
            "+1/000",
            "entries/../checkpoint",
            "0/x000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/",
            "0/000.p/01",
            "0/001/000",
            "0/x01/000",
            "0/000/",
            "/000",
            "data/000",
            "0/000.p/1/2",
        ];
        for path in wrong {
            assert!(!is_tile(path), "{path}");
        }
    }

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(whole_number("0"), Some(0));
        assert_eq!(whole_number("18446744073709551615"), Some(u64::MAX));
        for text in ["", "00", "01", "+1", "-1", "1.0", "18446744073709551616", "١"] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }
}
