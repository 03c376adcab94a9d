//! `bylaw law sources`: what rests on no text that somebody read, as a work list for counsel.

mod text;

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::ExitCode};

use anstyle::{AnsiColor, Style};
use bylaw_law::{
    Law,
    sources::{Entry, Item, Reason, Standing, Watch, WorkList},
};
use jiff::{ToSpan, civil::Date};
use miette::{Result, miette};
use serde_json::{Value, json};

use crate::{
    args::Sources,
    decide, output, packs,
    show::modality,
    style::{BOLD, DIM, TITLE, item, wrap},
};

pub(crate) fn run(packs: Option<&Path>, options: &Sources) -> Result<ExitCode> {
    let law = packs::load(packs)?;
    let on = options.on.unwrap_or_else(decide::today);
    let old_before = on.saturating_sub(i64::from(options.older_than).days());
    let mut lists = law.work_lists(Watch { on, old_before });
    if !options.what.is_empty() {
        choose(&law, &mut lists, &options.what)?;
    }
    if !options.text.is_empty() {
        return text::run(&lists, options);
    }
    if options.json {
        let items: Vec<Value> = lists.iter().flat_map(as_json).collect();
        output::print_json(&items)?;
    } else {
        output::print(as_text(&law, &lists, on, options))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Keeps the instruments that are named, or whose own jurisdiction is.
fn choose(law: &Law, lists: &mut Vec<WorkList<'_>>, names: &[String]) -> Result<()> {
    let paths: Vec<&str> = law.jurisdictions().map(|known| known.path.as_str()).collect();
    let instruments = law.instruments.iter().map(|instrument| instrument.name.as_str());
    let known: Vec<&str> = paths.iter().copied().chain(instruments).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        let help = bylaw_law::nearest(name, known.into_iter());
        return Err(miette!(help = help, "no jurisdiction or instrument is called `{name}`"));
    }
    lists.retain(|list| {
        names.contains(&list.instrument.folder) || names.contains(&list.instrument.name)
    });
    Ok(())
}

/// The list as a person reads it; writing to a string does not fail.
fn as_text(law: &Law, lists: &[WorkList<'_>], on: Date, options: &Sources) -> String {
    let mut text = String::new();
    counts(&mut text, lists, on, options.older_than);
    let mut folder = None;
    for list in lists {
        if folder.replace(&list.instrument.folder) != Some(&list.instrument.folder) {
            jurisdiction(&mut text, lists, &list.instrument.folder);
        }
        instrument(&mut text, list);
    }
    let above = above(law, &options.what);
    if !above.is_empty() {
        let line = format!("The layers above have their own lists: bylaw law sources {above}");
        _ = writeln!(text, "\n{DIM}{}{DIM:#}", wrap(&line, ""));
    }
    text
}

fn counts(text: &mut String, lists: &[WorkList<'_>], on: Date, older_than: u32) {
    let all = || lists.iter().map(|list| list.instrument);
    let statuses = || {
        let rules = all().flat_map(|instrument| instrument.rules().map(|rule| &*rule.status));
        rules.chain(all().flat_map(|instrument| instrument.terms().map(|term| &*term.status)))
    };
    let items: Vec<&Item<'_>> = lists.iter().flat_map(|list| &list.items).collect();
    _ = writeln!(
        text,
        "{BOLD}{} of {} rules and terms are for counsel to look at{BOLD:#}, as of {on}",
        items.len(),
        statuses().count()
    );
    let standings = Standing::ALL.map(|standing| {
        let count = statuses().filter(|status| Standing::of(status) == Some(standing)).count();
        let style = style(standing);
        format!("{style}{}{style:#} {count}", standing.name())
    });
    _ = writeln!(text, "{}", item("", &standings.join(", ")));
    let pressing = items.iter().filter(|item| item.binds_from_memory()).count();
    if pressing > 0 {
        _ = writeln!(text, "  {pressing:>4}  forbid or command, from memory (first in each list)");
    }
    let whole = lists.iter().flat_map(|list| &list.reasons);
    let (by_item, by_instrument) =
        (count(items.iter().flat_map(|item| &item.reasons)), count(whole));
    let beyond = by_item.iter().filter(|(reason, _)| !is_standing(**reason));
    for (reason, count) in beyond {
        _ = writeln!(text, "  {count:>4}  {}", reason_text(*reason, older_than));
    }
    _ = writeln!(text, "{BOLD}{}{BOLD:#}", instruments(lists.len()));
    for (reason, count) in &by_instrument {
        if *reason == Reason::NoText && *count == lists.len() {
            _ = writeln!(text, "no pack names the text its author read: {count}");
        } else {
            _ = writeln!(text, "  {count:>4}  {}", reason_text(*reason, older_than));
        }
    }
}

fn count<'a>(reasons: impl Iterator<Item = &'a Reason>) -> BTreeMap<Reason, usize> {
    let mut counts = BTreeMap::new();
    for &reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    counts
}

fn jurisdiction(text: &mut String, lists: &[WorkList<'_>], folder: &str) {
    let own = || lists.iter().filter(|list| list.instrument.folder == folder);
    let items: usize = own().map(|list| list.items.len()).sum();
    _ = writeln!(
        text,
        "\n{TITLE}{folder}{TITLE:#}  {}, {items} rules and terms to look at",
        instruments(own().count())
    );
}

fn instruments(count: usize) -> String {
    format!("{count} instrument{}", if count == 1 { "" } else { "s" })
}

fn instrument(text: &mut String, list: &WorkList<'_>) {
    let instrument = list.instrument;
    let title =
        format!("{BOLD}{}{BOLD:#}  {}{}", instrument.title, instrument.name, ended(list.ended));
    _ = writeln!(text, "\n{}", item("  ", &title));
    _ = writeln!(text, "{DIM}{}{DIM:#}", wrap(&instrument.cite, "  "));
    // An address stays whole, so that it can be opened.
    let source = match instrument.source.contains("://") {
        true => format!("  {}", instrument.source),
        false => wrap(&format!("Source: {}", instrument.source), "  "),
    };
    _ = writeln!(text, "{DIM}{source}{DIM:#}");
    let mut review = format!("Reviewed {}", instrument.reviewed.on);
    for reason in &list.reasons {
        _ = write!(review, "; {}", reason.name());
    }
    if let Some(read) = &instrument.read {
        _ = write!(review, "; read on {}: {}", read.on, read.what);
    }
    _ = writeln!(text, "{}", wrap(&review, "  "));
    for (name, question) in &instrument.questions {
        _ = writeln!(text, "{}", wrap(&format!("Open question {name}: {question}"), "  "));
    }
    for item in &list.items {
        work(text, item, &list.reasons);
    }
}

/// What is said of the instrument as a whole is not said again.
fn work(text: &mut String, work: &Item<'_>, said: &[Reason]) {
    let style = style(work.standing);
    let (name, kind) = match work.entry {
        Entry::Rule(rule) => (rule.id.as_str(), modality(rule.modality)),
        Entry::Term(term) => (term.name.as_str(), "a term"),
    };
    let (cite, ended) = (work.entry.cite(), ended(work.ended));
    let line = format!("{style}{name}{style:#}  {kind}  {cite}{ended}");
    _ = writeln!(text, "{}", item("    ", &line));
    _ = writeln!(text, "{DIM}{}{DIM:#}", wrap(work.entry.status(), "      "));
    let mut reasons: Vec<String> = work
        .reasons
        .iter()
        .filter(|reason| !is_standing(**reason) && **reason != Reason::OpenQuestion)
        .filter(|reason| **reason != Reason::OldReview || !said.contains(reason))
        .map(|reason| reason.name().to_owned())
        .collect();
    if let Some(question) = work.entry.contested() {
        reasons.push(format!("turns on the open question {question}, no position"));
    }
    if !reasons.is_empty() {
        _ = writeln!(text, "{}", item("      -> ", &reasons.join("; ")));
    }
}

const fn ended(ended: bool) -> &'static str {
    if ended { "  (no longer in force)" } else { "" }
}

/// A standing is said by the status itself.
const fn is_standing(reason: Reason) -> bool {
    matches!(reason, Reason::FromMemory | Reason::Drafted | Reason::PartVerified)
}

fn reason_text(reason: Reason, older_than: u32) -> String {
    match reason {
        Reason::OldReview => format!("review older than {older_than} days"),
        other => other.name().to_owned(),
    }
}

const fn style(standing: Standing) -> Style {
    let color = match standing {
        Standing::FromMemory => AnsiColor::Red,
        Standing::Drafted => AnsiColor::Yellow,
        Standing::PartVerified => AnsiColor::Cyan,
        Standing::Verified => AnsiColor::Green,
    };
    color.on_default().bold()
}

/// The jurisdictions above those named that are not named themselves.
fn above(law: &Law, names: &[String]) -> String {
    let is_above = |path: &str| {
        let below =
            |name: &String| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        names.iter().filter(|name| law.jurisdiction(name).is_some()).any(below)
    };
    let paths = law.jurisdictions().map(|jurisdiction| jurisdiction.path.as_str());
    let above: Vec<&str> =
        paths.filter(|path| is_above(path) && !names.iter().any(|name| name == path)).collect();
    above.join(" ")
}

/// The instrument as a whole, where there is a reason, then its rules and terms.
fn as_json(list: &WorkList<'_>) -> Vec<Value> {
    let instrument = list.instrument;
    let whole = json!({
        "jurisdiction": instrument.folder, "instrument": instrument.name, "rule": null, "term": null, "modality": null,
        "cite": instrument.cite, "status": null, "reasons": list.reasons, "question": null, "in_force": !list.ended,
        "reviewed_on": instrument.reviewed.on.to_string(), "reviewed_by": instrument.reviewed.by, "source": instrument.source,
    });
    let items = list.items.iter().map(|item| {
        let (rule, term) = match item.entry {
            Entry::Rule(rule) => (Some(rule), None),
            Entry::Term(term) => (None, Some(&term.name)),
        };
        json!({
            "jurisdiction": instrument.folder, "instrument": instrument.name,
            "rule": rule.map(|rule| &rule.id), "term": term, "modality": rule.map(|rule| rule.modality),
            "cite": item.entry.cite(), "status": item.entry.status(), "reasons": item.reasons,
            "question": item.entry.contested(), "in_force": !item.ended,
            "reviewed_on": item.reviewed_on.to_string(), "reviewed_by": instrument.reviewed.by, "source": instrument.source,
        })
    });
    (!list.reasons.is_empty()).then_some(whole).into_iter().chain(items).collect()
}
