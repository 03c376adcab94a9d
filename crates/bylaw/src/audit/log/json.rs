//! One row a line, as JSON.

use std::io::{self, Write};

use bylaw_audit::{
    lexicon::{Lexicon, Reading},
    log::Finding,
};
use bylaw_law::Law;
use jiff::civil::Date;
use serde::Serialize;

use crate::audit::json::{Because, SettledBy, because, fact_names, settled_by};

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    class: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    group: &'a [Box<str>],
    on: Option<Date>,
    count: u64,
    verdict: &'a str,
    answer: &'a str,
    act: &'a str,
    because: Vec<Because<'a>>,
    needs: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<SettledBy<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_decided: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<bool>,
}

/// What a row says of its purpose.
#[derive(Serialize)]
struct Purpose<'a> {
    strength: &'static str,
    stated: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a str>,
}

pub(super) fn write(
    law: &Law,
    lexicon: &Lexicon,
    (file, sheet): (&str, Option<&str>),
    finding: &Finding,
    to: &mut impl Write,
) -> io::Result<()> {
    serde_json::to_writer(&mut *to, &line(law, lexicon, (file, sheet), finding))?;
    to.write_all(b"\n")
}

fn line<'a>(
    law: &'a Law,
    lexicon: &'a Lexicon,
    (file, sheet): (&'a str, Option<&'a str>),
    finding: &'a Finding,
) -> Line<'a> {
    let ruling = &finding.ruling;
    let is_search = finding.reading.is_some();
    Line {
        file,
        sheet,
        row: finding.line,
        organization: finding.group.first().filter(|_| is_search).map(|name| &**name),
        class: &finding.class,
        group: if is_search { &[] } else { &finding.group },
        on: finding.on,
        count: finding.count,
        verdict: ruling.verdict.name(),
        answer: ruling.word.map_or("not_decided", bylaw_law::Word::name),
        act: &ruling.act,
        because: because(law, &ruling.because),
        needs: fact_names(law, &ruling.needs),
        settled_by: settled_by(law, ruling.settled.as_ref()),
        not_decided: ruling.not_decided.as_deref(),
        note: ruling.note.as_deref(),
        purpose: finding.reading.map(|reading| purpose(lexicon, reading)),
        review: finding.reading.map(|reading| reading.review),
    }
}

fn purpose(lexicon: &Lexicon, reading: Reading) -> Purpose<'_> {
    let purposes = lexicon.purposes().iter().enumerate();
    let stated = purposes.filter(|(bit, _)| reading.purposes >> bit & 1 == 1);
    Purpose {
        strength: reading.strength.name(),
        stated: stated.map(|(_, purpose)| purpose.as_str()).collect(),
        entry: reading
            .entry
            .and_then(|number| lexicon.entry(number))
            .map(|entry| entry.id.as_str()),
    }
}
