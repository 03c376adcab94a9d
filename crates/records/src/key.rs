//! The deployment's key, which wraps the key of every record.
//!
//! Whoever has the database alone reads nothing; whoever has both reads everything. So the key lies
//! in a file of its own, or comes from a key service's command, and is backed up apart from the
//! database.

use std::{
    fmt, fs,
    io::{ErrorKind, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// 256 bits that are wiped when they are dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// The key that wraps every record's own key.
#[derive(Clone)]
pub struct DeploymentKey {
    id: String,
    pub(crate) secret: Secret,
}

impl DeploymentKey {
    /// Reads the key from a file: 32 bytes in hex or base64.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`] where there is no file, [`Error::MalformedKey`] where it holds no key.
    pub fn read(path: &Path) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&Zeroizing::new(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Error::MissingKey { path: path.to_owned() })
            }
            Err(source) => Err(Error::File { doing: "read", path: path.to_owned(), source }),
        }
    }

    /// Reads the key from a file, or makes one there that only its owner can read.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or holds no key.
    pub fn read_or_create(path: &Path) -> Result<Self> {
        match Self::read(path) {
            Err(Error::MissingKey { .. }) => {}
            found => return found,
        }
        create(path).map_err(|source| Error::File {
            doing: "create",
            path: path.to_owned(),
            source,
        })?;
        Self::read(path)
    }

    /// Asks a key service: runs a program, whose standard output is the key in hex or base64.
    ///
    /// # Errors
    ///
    /// [`Error::KeyCommand`] where it cannot be run or fails, [`Error::MalformedKey`] where it
    /// prints something else.
    pub fn from_command(command: &[String]) -> Result<Self> {
        let failed = |reason: String| Error::KeyCommand { reason };
        let (program, arguments) =
            command.split_first().ok_or_else(|| failed("it is empty".to_owned()))?;
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| failed(error.to_string()))?;
        let printed = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(failed(output.status.to_string()));
        }
        Self::parse(std::str::from_utf8(&printed).map_err(|_| Error::MalformedKey)?)
    }

    /// Reads the key from text: 32 bytes in hex or base64.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedKey`].
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let bytes = Zeroizing::new(
            unhex(text).or_else(|| STANDARD.decode(text).ok()).ok_or(Error::MalformedKey)?,
        );
        let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| Error::MalformedKey)?;
        let mut named = Sha256::new();
        named.update(b"bylaw deployment key id\n");
        named.update(secret);
        let id = named.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, secret: Zeroizing::new(secret) })
    }

    /// Its fingerprint: tells keys apart, and says nothing about them.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for DeploymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeploymentKey").field(&self.id).finish()
    }
}

/// Fresh random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::Randomness)?;
    Ok(bytes)
}

/// Makes a key file. It appears under its name whole or not at all: a half-written key would lock
/// the deployment out. Where another process was faster, its key stays.
fn create(path: &Path) -> std::io::Result<()> {
    let secret: Secret = Zeroizing::new(random().map_err(std::io::Error::other)?);
    let text = Zeroizing::new(
        secret.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")) + "\n",
    );
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // Records sealed under a key whose name a power failure took away could never be opened.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..32).map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()).collect()
}
