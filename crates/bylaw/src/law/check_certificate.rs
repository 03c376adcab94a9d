//! `bylaw law check-certificate`: evidence of claims, checked against the packs.

use std::{
    fmt::Write as _,
    fs,
    io::IsTerminal,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use bylaw_checker::{Error, Report, Text, check_telling};
use bylaw_law::SourceFile;
use indicatif::ProgressBar;
use miette::{IntoDiagnostic, Result, WrapErr};
use serde_json::{Value, json};

use crate::{args::CheckCertificate, output, packs, style::GOOD};

/// A walk that takes longer shows how far it is.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) fn run(packs: Option<&Path>, options: &CheckCertificate) -> Result<ExitCode> {
    let certificate = read(&options.certificate)?;
    let mut files = packs::files(packs)?;
    for name in &options.claims {
        files.push(SourceFile::new(name.as_str(), read(Path::new(name))?));
    }
    let texts: Vec<Text<'_>> =
        files.iter().map(|file| Text { name: &file.name, text: &file.text }).collect();
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::no_length()
    } else {
        ProgressBar::hidden()
    };
    let begun = Instant::now();
    let checked = check_telling(&certificate, &texts, |done, all| {
        if begun.elapsed() > PATIENCE {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        }
    });
    bar.finish_and_clear();
    match checked {
        Ok(report) if options.json => output::print_json(&as_json(&report))?,
        Ok(report) => output::print(text(&report))?,
        Err(error) if options.json => {
            output::print_json(&refused(&error))?;
            return Ok(ExitCode::from(1));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", path.display()))
}

/// The report as a person reads it; writing to a string does not fail.
fn text(report: &Report) -> String {
    let mut text = String::new();
    let (claims, files) = (report.claims.len(), report.files);
    let hold = if claims == 1 { "claim holds" } else { "claims hold" };
    _ = writeln!(text, "{GOOD}the certificate is valid{GOOD:#}: {claims} {hold}");
    _ = writeln!(
        text,
        "{} proofs, {} leaves, {files} files with the hashes that it names",
        report.proofs, report.leaves
    );
    text
}

fn as_json(report: &Report) -> Value {
    json!({
        "valid": true,
        "claims": report.claims,
        "files": report.files,
        "proofs": report.proofs,
        "leaves": report.leaves,
    })
}

fn refused(error: &Error) -> Value {
    let code = miette::Diagnostic::code(error).map(|code| code.to_string());
    let mut value = json!({ "valid": false, "code": code, "message": error.to_string() });
    if let (Error::Leaf { claim, action, span: (from, until), on, path, why }, Some(object)) =
        (error, value.as_object_mut())
    {
        let path: serde_json::Map<String, Value> =
            path.0.iter().map(|(fact, values)| (fact.clone(), json!(values))).collect();
        object.insert("claim".into(), json!(claim));
        object.insert("action".into(), json!(action));
        object.insert("from".into(), json!(from));
        object.insert("until".into(), json!(until));
        object.insert("on".into(), json!(on));
        object.insert("path".into(), Value::Object(path));
        object.insert("why".into(), json!(why));
    }
    value
}
