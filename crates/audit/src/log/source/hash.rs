//! The hash of a file.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

/// The SHA-256 of a file's bytes in hex, and how many there are. `progress` is told how many were read so
/// far, now and then. A file that grows meanwhile is hashed as long as it was at the beginning.
///
/// # Errors
///
/// When the file cannot be read.
pub fn sha256(path: &Path, mut progress: impl FnMut(u64)) -> io::Result<(String, u64)> {
    // Opening what is no file, such as a pipe that nobody writes to, may take for ever.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file; save it as one"));
    }
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut file = file.take(size);
    let (mut hash, mut read) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        read += u64::try_from(length).unwrap_or(0);
        progress(read);
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string never fails.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok((hex, read))
}
