//! A run that is not ended: its key, its notes, and the files it has ended, so that it can be taken up again.
//!
//! ```text
//! FOLDER/unfinished/asked                what was asked; only the same is taken up again
//! FOLDER/unfinished/key                  the key of the findings' numbers, thrown away at the end
//! FOLDER/unfinished/file-00000.json      what was found in a file that was ended
//! FOLDER/unfinished/file-00000-1.notes   notes on its rows, by thread
//! ```
//!
//! A file's `.json` is written after its findings and notes. A crash before it leaves parts that are
//! removed when the file is read again.

use std::{
    fs::{self, File, TryLockError},
    io,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{FileRead, RunError, worker};
use crate::log::{
    finding::Key,
    link::Notes,
    output::{self, OutputError, Whole},
    source,
    tally::Tally,
};

const UNFINISHED: &str = "unfinished";

/// A run that is under way.
#[derive(Debug)]
pub(super) struct Begun {
    /// Where its notes are.
    scratch: PathBuf,
    /// The folder of the findings; none where nothing is kept, and the notes go with this value.
    findings: Option<PathBuf>,
    key: Key,
    /// Held as long as the run goes on, so that no other run writes here.
    _lock: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Ended {
    read: FileRead,
    tally: Tally,
}

impl Begun {
    /// Begins a run, or takes up the one of that folder.
    pub(super) fn open(folder: Option<&Path>, asked: &str) -> Result<Self, RunError> {
        let Some(folder) = folder else {
            let key = Key::random().map_err(|why| OutputError::write(Path::new("a key"), why))?;
            let name: String = key.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            let scratch = std::env::temp_dir().join(format!("bylaw-{name}"));
            // The folder's name is for everybody to see.
            let key = Key::random().map_err(|why| OutputError::write(&scratch, why))?;
            return Ok(Self { scratch, findings: None, key, _lock: None });
        };
        let scratch = folder.join(UNFINISHED);
        let begun_before = scratch.exists();
        if !begun_before && is_used(folder, &scratch)? {
            return Err(holds(folder, "something already"));
        }
        private_folder(&scratch)?;
        let lock = Some(lock(folder, &scratch.join("lock"))?);
        let (asked_file, key_file) = (scratch.join("asked"), scratch.join("key"));
        match fs::read_to_string(&asked_file) {
            Ok(before) if before == asked => {
                let key = fs::read(&key_file).map_err(|why| OutputError::read(&key_file, why))?;
                let key = <[u8; 16]>::try_from(key).map_err(|_| RunError::Folder {
                    folder: folder.to_owned(),
                    what: "a run whose key is damaged",
                })?;
                return Ok(Self {
                    scratch,
                    findings: Some(folder.to_owned()),
                    key: Key::fixed(key),
                    _lock: lock,
                });
            }
            Ok(_) => {
                return Err(holds(folder, "a run that was asked something else and broken off"));
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(OutputError::read(&asked_file, why).into()),
        }
        if is_used(folder, &scratch)? {
            return Err(holds(folder, "something already"));
        }
        let key = Key::random().map_err(|why| OutputError::write(&key_file, why))?;
        write(&key_file, &key.bytes())?;
        // Last, as its being there says that the key is.
        write(&asked_file, asked.as_bytes())?;
        Ok(Self { scratch, findings: Some(folder.to_owned()), key, _lock: lock })
    }

    /// The key of the findings' numbers.
    pub(super) const fn key(&self) -> &Key {
        &self.key
    }

    /// A folder for notes.
    pub(super) fn folder(&self) -> &Path {
        &self.scratch
    }

    /// What was found in a file that was ended before and is the same still. Of another one, what is left is
    /// removed.
    pub(super) fn ended(
        &self,
        number: usize,
        path: &Path,
    ) -> Result<Option<(FileRead, Tally)>, RunError> {
        if self.findings.is_none() {
            return Ok(None);
        }
        let ended = self.ended_file(number);
        let text = match fs::read(&ended) {
            Ok(text) => Some(text),
            Err(why) if why.kind() == io::ErrorKind::NotFound => None,
            Err(why) => return Err(OutputError::read(&ended, why).into()),
        };
        let known = text.and_then(|text| serde_json::from_slice::<Ended>(&text).ok());
        let same = |known: &Ended| {
            known.read.name == path.display().to_string()
                && source::sha256(path, |_| ()).is_ok_and(|(hash, _)| hash == known.read.sha256)
        };
        if let Some(Ended { read, tally }) = known.filter(same) {
            return Ok(Some((read, tally)));
        }
        self.forget(number)?;
        Ok(None)
    }

    /// Removes what there is of a file, to read it from the beginning.
    pub(super) fn forget(&self, number: usize) -> Result<(), RunError> {
        let Some(folder) = &self.findings else { return Ok(()) };
        // First what says that the file was ended, then all that is left of it, whole or not.
        remove(&self.ended_file(number))?;
        output::remove(folder, |part| {
            usize::try_from(part).is_ok_and(|part| part / worker::MOST == number)
        })?;
        let beginning = format!("file-{number:05}");
        for path in self.entries()? {
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(|name| name.starts_with(&beginning)) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Says that all of a file is on the disk.
    pub(super) fn end(&self, number: usize, found: &(FileRead, Tally)) -> Result<(), RunError> {
        if self.findings.is_none() {
            return Ok(());
        }
        let ended = Ended { read: found.0.clone(), tally: found.1.clone() };
        let path = self.ended_file(number);
        let text = serde_json::to_vec(&ended)
            .map_err(|why| OutputError::write(&path, io::Error::other(why)))?;
        Ok(write(&path, &text)?)
    }

    /// Notes on the rows of a file that one thread decides.
    pub(super) fn new_notes(&self, file: usize, worker: usize) -> Result<Notes, OutputError> {
        private_folder(&self.scratch)?;
        Notes::create(&self.scratch.join(format!("file-{file:05}-{worker}.notes")), &self.key)
    }

    /// All notes so far, in order.
    pub(super) fn notes(&self) -> Result<Vec<PathBuf>, OutputError> {
        let mut notes = self.entries()?;
        notes.retain(|path| path.extension().is_some_and(|ending| ending == "notes"));
        notes.sort();
        Ok(notes)
    }

    fn entries(&self) -> Result<Vec<PathBuf>, OutputError> {
        let failed = |why| OutputError::read(&self.scratch, why);
        match fs::read_dir(&self.scratch) {
            Ok(entries) => entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect(),
            // Nothing was noted yet.
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(why) => Err(failed(why)),
        }
    }

    fn ended_file(&self, number: usize) -> PathBuf {
        self.scratch.join(format!("file-{number:05}.json"))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.findings.is_none() {
            // A folder of temporary files that cannot be removed holds hashes under a key that is gone.
            _ = fs::remove_dir_all(&self.scratch);
        }
    }
}

/// Ends a run: with its key goes what could tie its findings' numbers to anything.
///
/// # Errors
///
/// Where its folder cannot be removed.
pub fn close(folder: &Path) -> Result<(), OutputError> {
    output::close(folder)?;
    let path = folder.join(UNFINISHED);
    // The key first: what is left without it is of no use to anyone.
    remove(&path.join("key"))?;
    fs::remove_dir_all(&path).map_err(|why| OutputError::write(&path, why))
}

fn holds(folder: &Path, what: &'static str) -> RunError {
    RunError::Folder { folder: folder.to_owned(), what }
}

/// No two runs write into one folder.
fn lock(folder: &Path, path: &Path) -> Result<File, RunError> {
    let file = File::create(path).map_err(|why| OutputError::write(path, why))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(holds(folder, "a run that is still going on")),
        Err(TryLockError::Error(why)) => Err(OutputError::write(path, why).into()),
    }
}

/// Whether anything but a run that had not really begun is in the folder.
fn is_used(folder: &Path, scratch: &Path) -> Result<bool, OutputError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(why) => return Err(OutputError::read(folder, why)),
    };
    for entry in entries {
        if entry.map_err(|why| OutputError::read(folder, why))?.path() != scratch {
            return Ok(true);
        }
    }
    Ok(false)
}

fn private_folder(folder: &Path) -> Result<(), OutputError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|why| OutputError::write(folder, why))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut whole = Whole::create(path)?;
    whole.write_all(bytes).map_err(|why| OutputError::write(path, why))?;
    whole.finish()
}

fn remove(path: &Path) -> Result<(), OutputError> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(OutputError::write(path, why)),
        _ => Ok(()),
    }
}
