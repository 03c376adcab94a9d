//! Where a log's files lie: a directory, a bucket of an S3-style store, or a website to read from.

mod bucket;
mod directory;
mod website;

use std::fmt;

use crate::error::{Error, Result};

pub use bucket::Bucket;
pub use directory::Directory;
pub use website::Website;

/// The signed head of the log.
pub const CHECKPOINT: &str = "checkpoint";

/// The newest checkpoint that witnesses have cosigned.
pub const WITNESSED: &str = "witnessed";

/// The files of one log, by their path below its location.
///
/// All calls block. The bytes of a file are seen whole or not at all, after a crash too.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Reads a file; nothing if there is none.
    ///
    /// # Errors
    ///
    /// The storage cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>>;

    /// Writes a file that never changes from then on. It is durable after the next [`Self::sync`],
    /// which may also be the call that reports what went wrong with it.
    ///
    /// # Errors
    ///
    /// The storage cannot be written, or in a bucket the file is already there with other bytes.
    fn write_once(&self, path: &str, bytes: &[u8]) -> Result<()>;

    /// Replaces the file that has the bytes `previous`, or creates one that is not there yet.
    /// It is durable on return, also if the bytes are the same.
    ///
    /// # Errors
    ///
    /// The storage cannot be written, or [`Error::SecondWriter`] if the file has other bytes.
    fn replace(&self, path: &str, bytes: &[u8], previous: Option<&[u8]>) -> Result<()>;

    /// Makes everything written so far durable.
    ///
    /// # Errors
    ///
    /// The storage cannot be written.
    fn sync(&self) -> Result<()>;

    /// Removes all partial tiles with this path, which are useless now that the full one is there.
    ///
    /// # Errors
    ///
    /// The storage cannot be written.
    fn discard_partials(&self, path: &str) -> Result<()>;

    /// Becomes the one writer of this location until the storage is dropped, where the system has
    /// locks; elsewhere [`Self::replace`] alone tells writers apart.
    ///
    /// # Errors
    ///
    /// [`Error::SecondWriter`] if there is one already.
    fn claim(&self) -> Result<()> {
        Ok(())
    }
}

impl<S: Storage + ?Sized> Storage for Box<S> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        (**self).read(path)
    }

    fn write_once(&self, path: &str, bytes: &[u8]) -> Result<()> {
        (**self).write_once(path, bytes)
    }

    fn replace(&self, path: &str, bytes: &[u8], previous: Option<&[u8]>) -> Result<()> {
        (**self).replace(path, bytes, previous)
    }

    fn sync(&self) -> Result<()> {
        (**self).sync()
    }

    fn discard_partials(&self, path: &str) -> Result<()> {
        (**self).discard_partials(path)
    }

    fn claim(&self) -> Result<()> {
        (**self).claim()
    }
}

/// Opens the storage at a location: a path, `s3://bucket/prefix?endpoint=https://…`, or the
/// `http(s)://` address of a log, which can only be read.
///
/// # Errors
///
/// The location is malformed. Nothing is read yet.
pub fn open_storage(location: &str) -> Result<Box<dyn Storage>> {
    match location.split_once("://").map(|(scheme, _)| scheme) {
        Some("s3") => Ok(Box::new(Bucket::open(location)?)),
        Some("http" | "https") => Ok(Box::new(Website::open(location)?)),
        Some(_) => Err(Error::Location {
            location: location.to_owned(),
            reason: "it is of no known kind".to_owned(),
        }),
        None => Ok(Box::new(Directory::new(location))),
    }
}
