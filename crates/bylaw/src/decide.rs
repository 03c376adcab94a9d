//! `bylaw decide`: one request, for a person or as JSON.

use std::{io::Read, path::Path, process::ExitCode};

use bylaw_law::{Defaults, Reply, Scratch};
use jiff::{Zoned, civil::Date};
use miette::{IntoDiagnostic, Result, WrapErr};

use crate::{
    args::{Decide, Otherwise},
    packs, show,
};

/// The most bytes one request may have; the longest real one has about 3,000.
pub(crate) const MOST_BYTES: usize = 1 << 20;

pub(crate) fn run(packs: Option<&Path>, options: &Decide) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let request = read(options.request.as_deref().unwrap_or(Path::new("-")))?;
    let (id, question) = law.read_question(&request, &defaults(options));
    let question = question?;
    let decision = law.decide(&question, &mut Scratch::default())?;
    let alternative = law.alternative(&question, decision.word);
    let staff = question.facts.class(law.vocabulary.fact_id("actor_kind").unwrap_or_default());
    let words =
        law.guidance.words(&question.jurisdiction.path, decision.action, decision.word, staff);
    if options.json {
        let reply = Reply::new(&law, id, &decision).with_more(&law, alternative.as_ref(), words);
        anstream::println!("{}", serde_json::to_string_pretty(&reply).into_diagnostic()?);
    } else {
        show::decision(&law, &decision, alternative.as_ref(), words)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What requests that do not say so are taken to mean.
pub(crate) fn defaults(options: &Decide) -> Defaults<'_> {
    Defaults {
        jurisdiction: options.jurisdiction.as_deref(),
        on: options.on.unwrap_or_else(today),
        otherwise_absent: options.otherwise == Otherwise::Absent,
    }
}

/// Today, where this machine is.
#[expect(clippy::disallowed_methods, reason = "the one place where the program reads the clock")]
pub(crate) fn today() -> Date {
    Zoned::now().date()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than allowed, so that what is too long is seen to be.
    let limit = MOST_BYTES as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin()
            .take(limit)
            .read_to_end(&mut bytes)
            .into_diagnostic()
            .wrap_err("cannot read standard input")?;
    } else {
        let file = std::fs::File::open(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot open {}", path.display()))?;
        file.take(limit)
            .read_to_end(&mut bytes)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read {}", path.display()))?;
    }
    if bytes.len() > MOST_BYTES {
        return Err(bylaw_law::QuestionError::TooLong { limit: MOST_BYTES }.into());
    }
    Ok(bytes)
}
