//! The real packs.

use std::{fs, path::Path, sync::LazyLock};

use bylaw_law::{Law, SourceFile};

/// The law of all packs of the project.
pub(crate) static LAW: LazyLock<Law> = LazyLock::new(|| {
    let mut files = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs"), "", &mut files);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Law::load_checked(&files).expect("the packs are right")
});

fn gather(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("the packs' folder can be read") {
        let path = entry.expect("the packs' folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are text");
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else if !name.ends_with("claims.md") {
            files.push(SourceFile::new(name, fs::read_to_string(&path).expect("packs are text")));
        }
    }
}
