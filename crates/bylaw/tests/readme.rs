//! The README shows real output: every `console` block is run, and must print what stands there.
//!
//! `BYLAW_BLESS=1 cargo test --test readme` writes the output into the README. Hashes of the law
//! are shown as `sha256:…`.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

#[test]
fn the_tour_is_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path).expect("the README is there");
    let mut shown = String::with_capacity(readme.len());
    let mut commands = 0;
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        _ = writeln!(shown, "{line}");
        if line != "```console" {
            continue;
        }
        let command = lines
            .next()
            .and_then(|line| line.strip_prefix("$ "))
            .expect("a console block begins with a command");
        lines.by_ref().find(|line| *line == "```").expect("a console block ends");
        _ = writeln!(shown, "$ {command}\n{}```", run(&root, command));
        commands += 1;
    }
    assert!(commands > 0, "the README has no tour");
    if env::var_os("BYLAW_BLESS").is_some() {
        fs::write(&path, shown).expect("the README can be written");
    } else {
        assert_eq!(readme, shown, "the README's output is stale; BYLAW_BLESS=1 writes it anew");
    }
}

/// What a person sees, errors included.
fn run(root: &Path, command: &str) -> String {
    let binary =
        Path::new(env!("CARGO_BIN_EXE_bylaw")).parent().expect("the binary lies in a folder");
    let paths = env::join_paths(
        [binary.into()]
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    );
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}; }} 2>&1")])
        .current_dir(root)
        .env("PATH", paths.expect("the path can be joined"))
        .env("NO_COLOR", "1")
        .output()
        .expect("a shell runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut masked = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((before, after)) = rest.split_once("sha256:") {
        masked.push_str(before);
        masked.push_str("sha256:…");
        rest = after.trim_start_matches(|character: char| character.is_ascii_hexdigit());
    }
    masked.push_str(rest);
    // A prompt ends without a line's end.
    if !masked.ends_with('\n') {
        masked.push('\n');
    }
    masked
}
