//! The laws of one place in their own order: each heading's paraphrase once, and each rule once.

use std::fmt::Write as _;

use bylaw_law::{
    Law,
    pack::{Instrument, Modality, Provision, Rule},
    vocabulary::Domain,
};
use jiff::civil::Date;

use super::{
    Says,
    names::{anchor, link, name, plain},
    page::{count, sign},
    place::{Place, moment},
};

pub(super) fn laws(place: &Place<'_>) -> String {
    let mut text = format!("### {}\n\n", place.part("the laws"));
    let mut before = None;
    for instrument in &place.summary.laws {
        let bound = if before.replace(instrument.binds) == Some(instrument.binds) {
            "the same as the law before".to_owned()
        } else {
            bound(place, instrument)
        };
        text += &law(place, instrument, &bound);
    }
    let others: Vec<String> = place
        .summary
        .not_in_force
        .iter()
        .map(|law| format!("{} ({})", title(law), days(law)))
        .collect();
    if !others.is_empty() {
        _ = writeln!(text, "Not in force on {}: {}.\n", place.summary.on, others.join("; "));
    }
    text
}

/// The anchor of a provision: the id of its first rule in force.
pub(super) fn provision_anchor(provision: &Provision, on: Date) -> String {
    let first = provision.rules.iter().find(|rule| rule.span.contains(on));
    first.map_or_else(String::new, |rule| anchor(&rule.id.replace(['/', '.'], "-")))
}

fn law(place: &Place<'_>, instrument: &Instrument, bound: &str) -> String {
    let on = place.summary.on;
    let rules = instrument.rules().filter(|rule| rule.span.contains(on)).count();
    let mut text = format!(
        "#### {}\n\n{} · {} · {} · {} · binds {bound}\n\n",
        title(instrument),
        plain(&instrument.cite),
        instrument.kind.name(),
        days(instrument),
        count(rules, "rule"),
    );
    for provision in &instrument.provisions {
        // What stands under a heading of rules that are not in force is not the law of the day.
        if provision.rules.iter().any(|rule| rule.span.contains(on)) {
            let anchor = provision_anchor(provision, on);
            _ = writeln!(text, "##### <a id=\"{anchor}\"></a>{}\n", plain(&provision.heading));
            text += &paragraphs(&provision.prose);
            text += &rules_of(place, instrument, provision);
        } else if provision.depth == 1 {
            text += &paragraphs(&provision.prose);
        }
    }
    text + &without_rules(instrument)
}

/// The headings that are read and not run: definitions, effects, history.
fn without_rules(instrument: &Instrument) -> String {
    let told = |provision: &&Provision| {
        provision.depth > 1 && provision.rules.is_empty() && !provision.prose.is_empty()
    };
    let headings: Vec<String> = instrument
        .provisions
        .iter()
        .filter(told)
        .map(|provision| plain(&provision.heading))
        .collect();
    if headings.is_empty() {
        return String::new();
    }
    format!("Also in its pack, without a rule: {}.\n\n", headings.join("; "))
}

/// Each citation and status once, with what the rules under it do; rules that do the same are
/// named together.
fn rules_of(place: &Place<'_>, instrument: &Instrument, provision: &Provision) -> String {
    let mut lines: ByKey<(String, Vec<String>)> = Vec::new();
    for rule in provision.rules.iter().filter(|rule| rule.span.contains(place.summary.on)) {
        let effects = entry(&mut lines, source(rule));
        entry(effects, effect(place, instrument, rule)).push(format!("`{}`", rule.id));
    }
    let mut text = String::new();
    for (source, effects) in lines {
        let effects: Vec<String> =
            effects.iter().map(|(effect, ids)| format!("{effect} {}", ids.join(" "))).collect();
        _ = writeln!(text, "- {}. {source}", effects.join("; "));
    }
    text + "\n"
}

/// Lists by key, in order of appearance.
type ByKey<T> = Vec<(String, Vec<T>)>;

/// The list under that key, begun where it is new.
fn entry<T>(lines: &mut ByKey<T>, key: String) -> &mut Vec<T> {
    let index = lines.iter().position(|(known, _)| *known == key).unwrap_or(lines.len());
    if index == lines.len() {
        lines.push((key, Vec::new()));
    }
    #[expect(clippy::indexing_slicing, reason = "INVARIANT: it was found or has just been added")]
    &mut lines[index].1
}

/// Its citation and how far it was verified.
fn source(rule: &Rule) -> String {
    format!("{} · {} {}", plain(&rule.cite), sign(rule), plain(&rule.status))
}

/// What the rule does, and under what reserve.
fn effect(place: &Place<'_>, instrument: &Instrument, rule: &Rule) -> String {
    let mut text = format!("**{}**", Says::of(rule.modality).words());
    if rule.modality == Modality::MayProtected {
        text += ", and no lower law may forbid it,";
    }
    if !rule.overrides.is_empty() {
        _ = write!(text, " despite {}:", rule.overrides.join(", "));
    }
    for (when, tied) in &rule.ties {
        _ = write!(text, " {} ({}):", moment(*when), place.page.acts(tied));
    }
    if let Some(due) = &rule.due {
        _ = write!(text, " due {}:", plain(due));
    }
    if let Some(question) = &rule.contested {
        _ = write!(text, " if the open question {} falls so:", story(place, question));
    }
    if rule.span.from != instrument.span.from {
        _ = write!(text, " since {}:", rule.span.from);
    }
    if let Some(until) = rule.span.until.filter(|_| rule.span.until != instrument.span.until) {
        _ = write!(text, " until {until}:");
    }
    text
}

/// The open question, with a link to its story where the page has it.
fn story(place: &Place<'_>, question: &str) -> String {
    let summary = place.summary;
    let path = summary.above.iter().map(|above| &above.path).chain([&summary.jurisdiction.path]);
    let tells = |folder: &&String| {
        let laws = place.page.law.instruments.iter().filter(|law| law.folder == **folder);
        laws.flat_map(|law| &law.questions).any(|(name, _)| name == question)
    };
    match path.rev().find(tells) {
        Some(folder) if place.page.shows(folder) => {
            link(&plain(question), &format!("{}: open questions", name(folder)))
        }
        _ => plain(question),
    }
}

/// The staff it binds, or those it does not where they are fewer.
fn bound(place: &Place<'_>, instrument: &Instrument) -> String {
    match staff(place.page.law, instrument) {
        (_, free) if free.is_empty() => "everybody".to_owned(),
        (bound, free) if free.len() < bound.len() => format!("everybody but {}", free.join("; ")),
        (bound, _) => bound.join("; "),
    }
}

/// The kinds of staff that an instrument binds, and those it does not.
pub(super) fn staff(law: &Law, instrument: &Instrument) -> (Vec<String>, Vec<String>) {
    let actors = law.vocabulary.facts.get(law.vocabulary.actor_kind());
    let values = match actors.map(|fact| &fact.domain) {
        Some(Domain::Values(values)) => values.as_slice(),
        _ => &[],
    };
    let (mut bound, mut free) = (Vec::new(), Vec::new());
    for (class, value) in (0..).zip(values) {
        let kind = plain(&in_short(&value.label));
        if instrument.binds_actor(class) { bound.push(kind) } else { free.push(kind) }
    }
    (bound, free)
}

/// A label without what it explains in brackets.
fn in_short(label: &str) -> String {
    label.split(" (").next().unwrap_or(label).to_owned()
}

/// One line a paragraph; tables and lists stay as they are.
fn paragraphs(prose: &str) -> String {
    let blocks = prose.trim().split("\n\n").filter(|block| !block.is_empty());
    let shown = blocks.map(|block| {
        if block.starts_with(['|', '-', '*', '1']) {
            format!("{block}\n\n")
        } else {
            format!("{}\n\n", block.replace('\n', " "))
        }
    });
    shown.collect()
}

/// Its title, with a link to its pack.
fn title(instrument: &Instrument) -> String {
    format!("[{}](../packs/{}.md)", plain(&instrument.title), instrument.name)
}

fn days(instrument: &Instrument) -> String {
    match instrument.span.until {
        Some(until) => format!("from {} until {until}", instrument.span.from),
        None => format!("from {}", instrument.span.from),
    }
}
