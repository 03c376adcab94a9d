//! `bylaw decide`: one request, for a person or as JSON.

use std::{io::Read, path::Path, process::ExitCode};

use bylaw_law::{Decision, Defaults, ErrorReply, Law, Question, Reply, Scratch, Words};
use jiff::{Zoned, civil::Date};
use miette::{IntoDiagnostic, Result, WrapErr};

use crate::{
    args::{Decide, Otherwise},
    output, packs, show,
};

/// The most bytes one request may have; the longest real one has about 3,000.
pub(crate) const MOST_BYTES: usize = 1 << 20;

pub(crate) fn run(packs: Option<&Path>, options: &Decide) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    if let Some(path) = &options.jurisdiction {
        law.find_jurisdiction(path)?;
    }
    let request = read(options.request.as_deref().unwrap_or(Path::new("-")))?;
    let (id, question) = law.read_question(&request, &defaults(options));
    let decided = question.and_then(|question| {
        let decision = law.decide(&question, &mut Scratch::default())?;
        Ok((question, decision))
    });
    let (question, decision) = match decided {
        Ok(decided) => decided,
        Err(error) if options.json => {
            output::print_json(&ErrorReply::new(id, 1, &error))?;
            return Ok(ExitCode::from(2));
        }
        Err(error) => return Err(error.into()),
    };
    let alternative = law.alternative(&question, decision.word);
    let words = words(&law, &question, &decision);
    if options.json {
        let reply = Reply::new(&law, id, &decision).with_more(&law, alternative.as_ref(), words);
        output::print_json(&reply)?;
    } else {
        output::print(show::text(&law, &decision, alternative.as_ref(), words))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The words for people that go with a decision.
pub(crate) fn words<'a>(
    law: &'a Law,
    question: &Question<'_>,
    decision: &Decision<'_>,
) -> Option<&'a Words> {
    let staff = question.facts.class(law.vocabulary.actor_kind());
    law.guidance.words(&decision.jurisdiction.path, decision.action, decision.word, staff)
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
