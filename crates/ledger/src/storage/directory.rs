//! A log in a directory of a local file system.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::storage::Storage;

/// How many written files may wait for [`Storage::sync`] with their handles open.
const MAX_UNSYNCED: usize = 128;

/// A log in a directory. Its writer holds a lock on the file `lock` in it.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Holds the lock while it is open.
    lock: Option<File>,
    /// Files that were written and perhaps are not on the disk yet.
    files: Vec<(PathBuf, File)>,
    /// Directories whose entries perhaps are not on the disk yet.
    changed: BTreeSet<PathBuf>,
    /// Directories that this process has found or made, all of whose ancestors were in `changed`.
    known: BTreeSet<PathBuf>,
}

impl Directory {
    /// The log in the directory `root`, which is made when something is first written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), state: Mutex::default() }
    }

    /// Writes a temporary file beside `path`, so that a reader never sees half of one.
    fn write_temporary(
        &self,
        state: &mut State,
        path: &Path,
        bytes: &[u8],
    ) -> Result<(PathBuf, File)> {
        let parent = path.parent().unwrap_or(&self.root);
        self.make_directory(state, parent)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let temporary = parent.join(name);
        let mut file = File::create(&temporary).map_err(Error::file(&temporary))?;
        file.write_all(bytes).map_err(Error::file(&temporary))?;
        Ok((temporary, file))
    }

    /// Makes a directory, and marks it and those above it to be synced. They are marked even if
    /// they are there: a process that made them may have been killed before it synced them.
    fn make_directory(&self, state: &mut State, directory: &Path) -> Result<()> {
        if !state.known.contains(directory) {
            fs::create_dir_all(directory).map_err(Error::file(directory))?;
            let within = directory.ancestors().take_while(|above| above.starts_with(&self.root));
            state.changed.extend(within.map(Path::to_owned));
            state.changed.extend(
                self.root
                    .parent()
                    .filter(|above| !above.as_os_str().is_empty())
                    .map(Path::to_owned),
            );
            state.known.insert(directory.to_owned());
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for Directory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        read_if_there(&self.root.join(path))
    }

    /// Overwrites what is there: only a crash before its checkpoint can have left it, and even
    /// equal bytes may be in memory only.
    fn write_once(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let (path, mut state) = (self.root.join(path), self.state());
        let (temporary, file) = self.write_temporary(&mut state, &path, bytes)?;
        fs::rename(&temporary, &path).map_err(Error::file(&path))?;
        state.changed.extend(path.parent().map(Path::to_owned));
        state.files.push((path, file));
        if state.files.len() >= MAX_UNSYNCED { sync_files(&mut state) } else { Ok(()) }
    }

    fn replace(&self, path: &str, bytes: &[u8], previous: Option<&[u8]>) -> Result<()> {
        let (path, mut state) = (self.root.join(path), self.state());
        if read_if_there(&path)?.as_deref() != previous {
            return Err(Error::SecondWriter { location: path.display().to_string() });
        }
        let (temporary, file) = self.write_temporary(&mut state, &path, bytes)?;
        // The bytes first: a crash after the renaming must not leave an empty checkpoint.
        file.sync_all().map_err(Error::file(&temporary))?;
        fs::rename(&temporary, &path).map_err(Error::file(&path))?;
        state.changed.extend(path.parent().map(Path::to_owned));
        sync_directories(&mut state)
    }

    fn sync(&self) -> Result<()> {
        let mut state = self.state();
        sync_files(&mut state)?;
        sync_directories(&mut state)
    }

    fn discard_partials(&self, path: &str) -> Result<()> {
        let (directory, mut state) = (self.root.join(format!("{path}.p")), self.state());
        state.known.remove(&directory);
        state.changed.remove(&directory);
        match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file(directory)(error)),
            _ => Ok(()),
        }
    }

    fn claim(&self) -> Result<()> {
        let mut state = self.state();
        if state.lock.is_some() {
            return Ok(());
        }
        self.make_directory(&mut state, &self.root)?;
        let path = self.root.join("lock");
        let file =
            File::options().create(true).append(true).open(&path).map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => {
                state.lock = Some(file);
                Ok(())
            }
            Err(TryLockError::WouldBlock) => {
                Err(Error::SecondWriter { location: self.root.display().to_string() })
            }
            Err(TryLockError::Error(error)) => Err(Error::file(path)(error)),
        }
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        // A path through a file, or to a directory, is no file of a log either.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::file(path)(error)),
    }
}

fn sync_files(state: &mut State) -> Result<()> {
    state.files.drain(..).try_for_each(|(path, file)| file.sync_all().map_err(Error::file(path)))
}

fn sync_directories(state: &mut State) -> Result<()> {
    // One that fails stays marked, for the log may be opened again and go on.
    while let Some(path) = state.changed.first().cloned() {
        File::open(&path).and_then(|directory| directory.sync_all()).map_err(Error::file(&path))?;
        state.changed.remove(&path);
    }
    Ok(())
}
