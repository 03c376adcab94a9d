//! A transparency log of commitments, by the C2SP specifications.

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
