//! A transparency log of commitments, by the C2SP specifications.
//!
//! A log is a list of entries that can only grow. Its [`Checkpoint`], signed by [`LogKeys`], fixes
//! every entry there has been: nobody can change, drop or reorder one without it being seen. A
//! [`Receipt`] proves offline that an entry is in it, [`verify()`] checks all of a log, and
//! [`witness`]es keep a log from showing different people different histories.
//!
//! Followed to the letter: `signed-note`, `tlog-checkpoint`, `tlog-cosignature`, `tlog-tiles`,
//! `tlog-proof` and `tlog-witness` of c2sp.org. Signatures are Ed25519 and ML-DSA-44. What an entry
//! says is not this crate's business: Bylaw's are salted commitments to records kept elsewhere. It
//! reads no clock, and its calls block; the network is used only to read a log from afar and to ask
//! a witness.
//!
//! ```
//! use bylaw_ledger::{Directory, Log, LogKeys, Reader, Receipt, Witnesses};
//!
//! # let place = std::env::temp_dir().join(format!("bylaw-ledger-doc-{}", std::process::id()));
//! let keys = LogKeys::generate("ledger.example.gov/2026")?;
//! let public = keys.verifier_keys();
//! let mut log = Log::create(Box::new(Directory::new(&place)), keys, 1_790_000_000)?;
//! // When this returns, the entries and a checkpoint that covers them are durable.
//! log.append(&[b"first".to_vec(), b"second".to_vec()], 1_790_000_001)?;
//!
//! let file = Reader::new(log.storage()).receipt(1)?.to_string();
//! let checked = Receipt::parse(file.as_bytes())?.check(&public, &Witnesses::none())?;
//! assert_eq!(checked.size, 2);
//! # std::fs::remove_dir_all(place)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod checkpoint;
mod edge;
mod error;
mod http;
pub mod keys;
mod log;
pub mod note;
mod reader;
pub mod receipt;
pub mod storage;
mod tile;
pub mod tree;
mod verifier;
pub mod verify;
pub mod witness;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use error::{Error, Result};
pub use keys::{CosignerKeys, LogKeys};
pub use log::{Log, publish_witnessed};
pub use note::{Note, Signature};
pub use reader::{Reader, export};
pub use receipt::{Receipt, Witnesses};
pub use storage::{Bucket, CHECKPOINT, Directory, Storage, WITNESSED, Website, open_storage};
pub use tree::{Hash, leaf_hash};
pub use verifier::{SignatureType, VerifierKey};
pub use verify::{Report, verify};
