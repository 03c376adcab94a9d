//! Runs the real binary, with an environment that is the same everywhere.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

pub(crate) mod generate;
pub(crate) mod html;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::Value;

/// The packs that are also in the binary.
pub(crate) const PACKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs");

/// A law as small as one can be with every kind of answer.
pub(crate) const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/small");

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Standard output as JSON, one value a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}"));
        self.out.lines().map(parse).collect()
    }

    /// The whole run as a reader sees it, for a snapshot. Hashes of the law change with every edit
    /// of a pack, and folders with every checkout: both are masked.
    pub(crate) fn transcript(&self) -> String {
        let mut text = format!("exit code: {:?}\n", self.code.unwrap_or(-1));
        for (title, stream) in [("output", &self.out), ("errors", &self.err)] {
            if !stream.is_empty() {
                text += &format!("----- {title} -----\n{stream}");
            }
        }
        masked(&text)
    }
}

/// The program with these arguments, not yet started.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bylaw"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .envs([("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "100")])
        .envs([("LANG", "C.UTF-8"), ("TZ", "UTC")]);
    command
}

/// Runs the program with nothing on standard input.
pub(crate) fn bylaw(arguments: &[&str]) -> Run {
    bylaw_reading(arguments, "")
}

/// Runs the program with this on standard input.
pub(crate) fn bylaw_reading(arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let input = input.as_ref();
    thread::scope(|scope| {
        scope.spawn(move || {
            // The program may end before it has read everything, as it does when its arguments are
            // wrong.
            _ = stdin.write_all(input);
        });
        finish(child)
    })
}

/// Starts the program with pipes on all sides.
pub(crate) fn start(arguments: &[&str]) -> Child {
    command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Waits for the end of the program.
pub(crate) fn finish(child: Child) -> Run {
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

/// An empty folder for the test of that name.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder is made");
    folder
}

/// Copies a folder of packs.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is made");
    for (path, name) in entries(from) {
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("the file is copied");
        }
    }
}

/// What stands in a folder, by name.
pub(crate) fn entries(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut entries: Vec<(PathBuf, String)> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read"))
        .map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()))
        .collect();
    entries.sort();
    entries
}

fn masked(text: &str) -> String {
    let text = text
        .replace(env!("CARGO_TARGET_TMPDIR"), "[TEMPORARY]")
        .replace(env!("CARGO_MANIFEST_DIR"), "[CRATE]");
    let mut parts = text.split("sha256:");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        masked += if part.len() - rest.len() == 64 { "sha256:[HASH]" } else { "sha256:[CUT]" };
        masked += rest;
    }
    masked
}
