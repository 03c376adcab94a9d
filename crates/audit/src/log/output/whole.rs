//! A file that is there whole or not at all: written under another name, flushed to the disk, then renamed.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::error::OutputError;

/// A file that is being written. Dropped before [`Whole::finish`], it leaves nothing.
#[derive(Debug)]
pub(crate) struct Whole {
    path: PathBuf,
    temporary: PathBuf,
    to: BufWriter<File>,
    finished: bool,
}

impl Whole {
    /// Begins the file of that path. What stands there now stays until the new file is whole; what a
    /// broken run left under the temporary name is overwritten.
    pub(crate) fn create(path: &Path) -> Result<Self, OutputError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(|why| OutputError::write(path, why))?;
        Ok(Self {
            path: path.to_owned(),
            temporary,
            to: BufWriter::with_capacity(1 << 18, file),
            finished: false,
        })
    }

    /// Where the file will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name. After a crash it is there with all its bytes, or not there.
    pub(crate) fn finish(mut self) -> Result<(), OutputError> {
        self.try_finish().map_err(|why| OutputError::write(&self.path, why))
    }

    /// Gives the file its name without waiting for the disk: for what no later run reads.
    pub(crate) fn finish_for_now(mut self) -> Result<(), OutputError> {
        self.rename().map_err(|why| OutputError::write(&self.path, why))
    }

    fn rename(&mut self) -> io::Result<()> {
        self.to.flush()?;
        fs::rename(&self.temporary, &self.path)?;
        self.finished = true;
        Ok(())
    }

    fn try_finish(&mut self) -> io::Result<()> {
        self.to.flush()?;
        self.to.get_ref().sync_all()?;
        self.rename()?;
        // A rename is durable when its folder is; not every file system lets a folder be flushed.
        if let Some(folder) = self.path.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing more can be done about a file that cannot be removed; its name says what it is.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
