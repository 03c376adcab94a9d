//! Files that only their owner may read, and that appear whole or not at all.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use miette::{IntoDiagnostic, Result, WrapErr};

/// Makes a folder, and those above it, that only this user can enter.
pub(crate) fn make_private_folder(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot make the folder {}", folder.display()))
}

/// Writes a new secret file. One that is there already is an error: a key is never replaced.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<()> {
    let draft = draft(path);
    write_draft(&draft, text)
        // A link, unlike a rename, fails where another process was faster.
        .and_then(|()| fs::hard_link(&draft, path))
        .and_then(|()| sync_folder(path))
        .inspect_err(|_| _ = fs::remove_file(&draft))
        .and_then(|()| fs::remove_file(&draft))
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))
}

/// Writes a file in place of an older one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let draft = draft(path);
    write_draft(&draft, text)
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| sync_folder(path))
        .inspect_err(|_| _ = fs::remove_file(&draft))
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))
}

/// The text of a file, or none where there is no file.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(error).into_diagnostic().wrap_err_with(|| format!("cannot read {}", path.display()))
        }
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", path.display()))
}

fn draft(path: &Path) -> std::path::PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    path.with_file_name(name)
}

fn write_draft(draft: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Without this a power failure can take away the name of a file that is on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}
