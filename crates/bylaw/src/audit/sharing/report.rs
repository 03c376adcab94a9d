//! Sharing lists as a person reads them: what was read, what is barred, what cannot be told, the rest.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use bylaw_audit::{
    Class,
    names::State,
    sharing::{Answer, Direction, Entry, Finding},
};
use bylaw_law::{Law, Word, vocabulary::Domain};

use super::Audited;
use crate::{
    args::AuditSharing,
    style::{self, BOLD, TITLE},
};

/// What the report is about.
pub(super) struct About<'a> {
    pub(super) law: &'a Law,
    pub(super) options: &'a AuditSharing,
    pub(super) own: &'static State,
}

/// One organization in one direction with one answer, and every row that names it.
struct Item<'a> {
    finding: &'a Finding,
    places: Vec<String>,
}

/// Organizations by direction, name and answer; the same name on two lists is one item.
type Items<'a> = BTreeMap<(Direction, &'a str, &'static str), Item<'a>>;

pub(super) fn text(about: &About<'_>, audited: &[Audited]) -> String {
    let mut out = String::new();
    let items = items(audited);
    heading(&mut out, &format!("Sharing lists under the law of {}", about.options.jurisdiction));
    lists(&mut out, audited);
    counts(&mut out, about, &items);
    barred(&mut out, about, &items);
    unknown(&mut out, &items);
    rest(&mut out, about, &items);
    remarks(&mut out, &items);
    out
}

fn items(audited: &[Audited]) -> Items<'_> {
    let mut items = Items::new();
    for Audited { list, findings } in audited {
        for (entry, finding) in findings {
            let key = (finding.direction, entry.organization.as_str(), finding.answer.name());
            let item = items.entry(key).or_insert_with(|| Item { finding, places: Vec::new() });
            item.places.push(place(&list.name, entry));
        }
    }
    items
}

fn place(list: &str, entry: &Entry) -> String {
    match &entry.owner {
        Some(owner) => format!("{list}:{} ({owner})", entry.row),
        None => format!("{list}:{}", entry.row),
    }
}

fn lists(out: &mut String, audited: &[Audited]) {
    for Audited { list, findings } in audited {
        let taken = list.shape.as_ref().map_or_else(
            || "not read".to_owned(),
            |shape| format!("{}, since {}", shape.what, shape.why),
        );
        line(out, "", &format!("{}: {taken}.", list.name));
        let rows = if list.rows == 1 { "row" } else { "rows" };
        line(out, "  ", &format!("{} {rows} read, with {} names.", list.rows, findings.len()));
        for problem in &list.problems {
            item(out, "  ! ", &format!("not read: {problem}"));
        }
        summarized(out, &list.notes);
        if findings.iter().any(|(entry, _)| entry.direction.is_none()) {
            let way = findings.first().map_or("outbound", |(_, finding)| finding.direction.name());
            line(out, "  ", &format!("It does not say which way the data goes; taken for {way}."));
        }
    }
}

/// The first remarks on a list, and how many more there are.
fn summarized(out: &mut String, notes: &[String]) {
    const MOST: usize = 3;
    for note in notes.iter().take(MOST) {
        item(out, "  - ", note);
    }
    if notes.len() > MOST {
        item(out, "  - ", &format!("and {} more such rows", notes.len() - MOST));
    }
}

fn counts(out: &mut String, about: &About<'_>, items: &Items<'_>) {
    let mut table: BTreeMap<(Direction, &str, &str), usize> = BTreeMap::new();
    for ((direction, _, answer), item) in items {
        *table.entry((*direction, &item.finding.class, answer)).or_default() += 1;
    }
    heading(out, "How many organizations");
    for direction in [Direction::Outbound, Direction::Inbound] {
        if !table.keys().any(|(way, ..)| *way == direction) {
            continue;
        }
        let title = match direction {
            Direction::Outbound => "outbound: they receive",
            Direction::Inbound => {
                "inbound: they give, so it is the law that binds them which counts"
            }
        };
        line(out, "", title);
        for ((_, class, answer), count) in table.iter().filter(|((way, ..), _)| *way == direction) {
            let class = class_words(class, about.own);
            _ = writeln!(out, "{count:>6}  {class:<24}  {}", answer_words(answer));
        }
    }
}

fn barred(out: &mut String, about: &About<'_>, items: &Items<'_>) {
    let barred: Vec<_> =
        items.iter().filter(|(_, item)| item.finding.answer.word == Some(Word::MustNot)).collect();
    let mut groups: Vec<(&Answer, Vec<(&str, &Item<'_>)>)> = Vec::new();
    for ((_, name, _), item) in &barred {
        let answer = item.finding.answer.as_ref();
        match groups.iter_mut().find(|(known, _)| known.because == answer.because) {
            Some((_, items)) => items.push((name, item)),
            None => groups.push((answer, vec![(name, item)])),
        }
    }
    heading(out, &format!("Barred: {}", organizations(barred.len())));
    for (answer, items) in groups {
        line(out, "", &format!("{}:", cited(about.law, answer)));
        for (name, found) in items {
            let class = class_words(&found.finding.class, about.own);
            let (bad, bold) = (style::BAD, BOLD);
            item(out, "  x ", &format!("{bold}{name}{bold:#}: {bad}{class}{bad:#}"));
            evidence(out, found);
        }
    }
}

fn unknown(out: &mut String, items: &Items<'_>) {
    let unknown: Vec<_> =
        items.iter().filter(|(_, item)| item.finding.resolved.class == Class::Unknown).collect();
    if unknown.is_empty() {
        return;
    }
    heading(out, &format!("What they are cannot be told: {}", organizations(unknown.len())));
    line(out, "", "A row of a registry settles each (docs/audit.md); none is guessed.");
    for ((direction, name, _), found) in unknown {
        let bold = BOLD;
        let way = if *direction == Direction::Inbound { " (inbound)" } else { "" };
        item(out, "  ? ", &format!("{bold}{name}{bold:#}{way}"));
        evidence(out, found);
        let perhaps = &found.finding.resolved.perhaps;
        if !perhaps.is_empty() {
            line(out, "    ", &format!("perhaps {}", perhaps.join(", or ")));
        }
    }
}

fn evidence(out: &mut String, item: &Item<'_>) {
    const MOST: usize = 2;
    let evidence = &item.finding.resolved.evidence;
    let mut places = item.places.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if item.places.len() > MOST {
        _ = write!(places, " and {} more", item.places.len() - MOST);
    }
    line(out, "    ", &format!("{}; {places}", evidence.what));
}

/// Known organizations that the law does not bar, by class and answer.
fn rest(out: &mut String, about: &About<'_>, items: &Items<'_>) {
    let mut groups: BTreeMap<(Direction, &str, &str), (usize, &Item<'_>)> = BTreeMap::new();
    for ((direction, _, answer), found) in items {
        let known = found.finding.resolved.class != Class::Unknown;
        if known && found.finding.answer.word != Some(Word::MustNot) {
            groups.entry((*direction, &found.finding.class, answer)).or_insert((0, found)).0 += 1;
        }
    }
    if groups.is_empty() {
        return;
    }
    heading(out, "The others");
    for ((direction, class, answer), (count, found)) in groups {
        let class = class_words(class, about.own);
        let (bold, answer) = (BOLD, answer_words(answer));
        let way = direction.name();
        item(out, "  - ", &format!("{bold}{count} {class}{bold:#}, {way}: {answer}"));
        line(out, "    ", &settled(about.law, &found.finding.answer));
    }
}

/// Contradictions and marks that a reader must weigh.
fn remarks(out: &mut String, items: &Items<'_>) {
    let mut remarks: BTreeSet<(&str, &str)> = BTreeSet::new();
    for ((_, name, _), item) in items {
        remarks.extend(item.finding.resolved.notes.iter().map(|note| (*name, note.as_str())));
    }
    if remarks.is_empty() {
        return;
    }
    heading(out, "Remarks");
    for (name, note) in remarks {
        item(out, "  - ", &format!("{name}: {note}"));
    }
}

/// What an answer rests on, or what would settle it.
fn settled(law: &Law, answer: &Answer) -> String {
    if let Some(reason) = &answer.not_decided {
        return format!("{reason}.");
    }
    let Some(settled) = &answer.settled else { return format!("{}.", cited(law, answer)) };
    let Some(fact) = law.vocabulary.facts.get(settled.fact) else { return String::new() };
    let ways = settled.by.iter().map(|(word, values)| {
        let values: Vec<&str> = values.iter().map(|value| label(&fact.domain, value)).collect();
        let word = answer_words(word.name());
        format!("If it is one of these, {word}: {}.", values.join("; "))
    });
    format!("{} {}", fact.ask, ways.collect::<Vec<_>>().join(" "))
}

fn label<'a>(domain: &'a Domain, value: &'a str) -> &'a str {
    match domain {
        Domain::Values(values) => {
            values.iter().find(|known| known.name == value).map_or(value, |known| &known.label)
        }
        Domain::Bool | Domain::Range { .. } => value,
    }
}

fn cited(law: &Law, answer: &Answer) -> String {
    let cites: Vec<String> = answer
        .because
        .iter()
        .map(|&id| {
            let rule = law.rule(id);
            let title = &law.instrument_of(id).title;
            format!("{} ({title}; rule {}; {})", rule.cite, rule.id, rule.status)
        })
        .collect();
    if cites.is_empty() { "no single rule".to_owned() } else { cites.join("; ") }
}

fn class_words(class: &str, own: &State) -> String {
    match class {
        "other_state_public" => "public, another state's".to_owned(),
        "federal" | "private" | "unknown" => class.to_owned(),
        _ => format!("public, of {}", own.name),
    }
}

fn answer_words(answer: &str) -> String {
    match Word::from_name(answer) {
        Some(Word::NeedsFacts) => "cannot tell".to_owned(),
        Some(word) => style::words(word).to_lowercase(),
        None => "another law's to decide".to_owned(),
    }
}

fn organizations(count: usize) -> String {
    if count == 1 { "1 organization".to_owned() } else { format!("{count} organizations") }
}

fn heading(out: &mut String, text: &str) {
    let gap = if out.is_empty() { "" } else { "\n" };
    _ = writeln!(out, "{gap}{TITLE}{text}{TITLE:#}");
}

fn line(out: &mut String, indent: &str, text: &str) {
    _ = writeln!(out, "{}", style::wrap(text, indent));
}

fn item(out: &mut String, mark: &str, text: &str) {
    _ = writeln!(out, "{}", style::item(mark, text));
}
