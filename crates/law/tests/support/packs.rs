//! The real packs of this repository.

use std::{fs, path::Path};

use bylaw_law::{Law, SourceFile};

/// The law of the real packs, loaded and compiled whole.
pub(crate) fn real_law() -> Law {
    Law::load(&real_files()).unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems))
}

/// The files of the real packs.
pub(crate) fn real_files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut files = Vec::new();
    gather(&root, "", &mut files);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn gather(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("the packs' folder can be read") {
        let path = entry.expect("the packs' folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are text");
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.push(SourceFile::new(name, fs::read_to_string(&path).expect("packs are text")));
        }
    }
}
