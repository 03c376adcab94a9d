//! The wire: questions over AuthZEN and Envoy, answers with their receipts.
//!
//! A call is authenticated ([`Caller`]), its entities and properties become facts by the client's
//! [`mapping`], the law in force decides, the decision is recorded, and only then is it answered.
//! [`Service`] is what all calls share; [`router`] serves it over HTTP, [`envoy`] over gRPC.
//!
//! It fails closed: where a record cannot be made durable, where a mapping does not fit the law,
//! where anything breaks, the reply is an error and never a decision. It opens no file
//! but certificates and reads no configuration: the `bylaw` binary puts it together.

pub mod authzen;
mod clients;
pub mod envoy;
mod error;
mod http;
mod ledger_site;
pub mod limits;
pub mod metrics;
mod openapi;
mod page;
pub mod service;
pub mod tls;
mod witness;

pub use bylaw_mapping::{self as mapping, Mapping};
pub use clients::Caller;
pub use error::{Error, Result};
pub use http::router;
pub use page::Escaped;
pub use service::{LoadedLaw, Parts, Service, Settings};
pub use tls::Peer;
pub use witness::witness_router;

/// Bytes in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
