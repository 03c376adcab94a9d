//! Where the law comes from: the packs in this binary, or a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use bylaw_law::{Law, SourceFile, pack::CLAIMS};
use include_dir::{Dir, include_dir};
use miette::{IntoDiagnostic, Report, Result, WrapErr, miette};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../packs");

/// The law to decide by.
pub(crate) fn load(folder: Option<&Path>) -> Result<Law> {
    checked(folder, &law_files(folder)?)
}

/// The law with the claims about it, and further files of claims; a draft's files take the place of
/// those of the same name.
pub(crate) fn load_with_claims(
    folder: Option<&Path>,
    draft: Option<&Path>,
    further: Vec<SourceFile>,
) -> Result<Law> {
    let mut files = files(folder)?;
    if let Some(draft) = draft {
        let drafted = read(draft)?;
        if drafted.is_empty() {
            return Err(no_draft(draft));
        }
        files = over(&files, drafted);
    }
    files.extend(further);
    checked(folder.or(draft), &files)
}

/// A draft without a file is refused: it would pass for one that changes nothing.
pub(crate) fn no_draft(folder: &Path) -> Report {
    miette!(
        help = "a draft is laid out like packs: us/ca/los-angeles/my-ordinance.md",
        "there is no pack in {}",
        folder.display()
    )
}

/// The draft's files, and those of the law that it does not have.
pub(crate) fn over(law: &[SourceFile], draft: Vec<SourceFile>) -> Vec<SourceFile> {
    let replaced = |file: &&SourceFile| draft.iter().any(|drafted| drafted.name == file.name);
    let mut files: Vec<SourceFile> = law.iter().filter(|file| !replaced(file)).cloned().collect();
    files.extend(draft);
    files
}

/// The law of these files. The packs in the binary were checked when it was built; a folder is
/// checked now.
pub(crate) fn checked(folder: Option<&Path>, files: &[SourceFile]) -> Result<Law> {
    Ok(if folder.is_none() { Law::load_checked(files)? } else { Law::load(files)? })
}

/// The files of the law, without claims about it: they change no answer.
pub(crate) fn law_files(folder: Option<&Path>) -> Result<Vec<SourceFile>> {
    let mut files = files(folder)?;
    files.retain(|file| !file.name.ends_with(CLAIMS));
    Ok(files)
}

/// All files of a folder of packs, or of those in this binary.
pub(crate) fn files(folder: Option<&Path>) -> Result<Vec<SourceFile>> {
    folder.map_or_else(|| Ok(embedded()), read)
}

/// The files in this binary.
fn embedded() -> Vec<SourceFile> {
    let mut files = Vec::new();
    gather(&EMBEDDED, &mut files);
    files
}

fn gather(folder: &Dir<'_>, files: &mut Vec<SourceFile>) {
    for file in folder.files() {
        if let Some(text) = file.contents_utf8() {
            files.push(SourceFile::new(file.path().to_string_lossy(), text));
        }
    }
    folder.dirs().for_each(|inner| gather(inner, files));
}

/// The files of a folder of packs.
pub(crate) fn read(folder: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    read_below(folder, folder, &mut files)?;
    Ok(files)
}

fn read_below(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(folder)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry.into_diagnostic()?.path();
        if path.is_dir() {
            read_below(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "md" || extension == "cedarschema")
        {
            let text = fs::read_to_string(&path)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot read {}", path.display()))?;
            let name =
                path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push(SourceFile::new(name, text));
        }
    }
    Ok(())
}

/// When each file of a folder was last written, and how long it is: two folders of one stamp need
/// not be read again.
pub(crate) type Stamp = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// The stamp of a folder. One that cannot be read has no files.
pub(crate) fn stamp(folder: &Path) -> Stamp {
    let mut stamps = Vec::new();
    stamp_below(folder, &mut stamps);
    stamps.sort();
    stamps
}

fn stamp_below(folder: &Path, stamps: &mut Stamp) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => stamp_below(&path, stamps),
            Ok(found) => stamps.push((path, found.modified().ok(), found.len())),
            Err(_) => {}
        }
    }
}
