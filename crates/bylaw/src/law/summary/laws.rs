//! The laws of one place in their own order: each heading's paraphrase once, and each rule once.

use std::fmt::Write as _;

use bylaw_law::{
    pack::{Instrument, Modality, Provision, Rule},
    sources::Standing,
    vocabulary::{ActionId, Domain, Value},
};
use jiff::civil::Date;

use super::{
    Says,
    names::{link, name, plain},
    page::{count, mark},
    place::{Place, moment},
};

/// How many acts are named before they are counted.
const NAMED_ACTS: usize = 3;

pub(super) fn laws(place: &Place<'_>) -> String {
    let mut text = format!("### {}\n\n", place.part("the laws"));
    for instrument in &place.summary.laws {
        text += &law(place, instrument);
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

/// The heading under which a provision stands on the page: the id of its first rule makes it
/// unique.
pub(super) fn provision_heading(provision: &Provision, on: Date) -> String {
    match provision.rules.iter().find(|rule| rule.span.contains(on)) {
        Some(rule) => format!("{} ({})", provision.heading, rule.id),
        None => provision.heading.clone(),
    }
}

fn law(place: &Place<'_>, instrument: &Instrument) -> String {
    let on = place.summary.on;
    let rules = instrument.rules().filter(|rule| rule.span.contains(on)).count();
    let mut text = format!(
        "#### {}\n\n{} · {} · {} · {} · binds {}\n\n",
        title(instrument),
        plain(&instrument.cite),
        instrument.kind.name(),
        days(instrument),
        count(rules, "rule"),
        bound(place, instrument),
    );
    for provision in &instrument.provisions {
        // What stands under a heading of rules that are not in force is not the law of the day.
        let runs = provision.rules.iter().any(|rule| rule.span.contains(on));
        if runs {
            _ = writeln!(text, "##### {}\n", provision_heading(provision, on));
            text += &paragraphs(&provision.prose);
            text += &rules_of(place, instrument, provision);
        } else if provision.rules.is_empty() && !provision.prose.is_empty() {
            if provision.depth > 1 {
                _ = writeln!(text, "**{}.**\n", plain(&provision.heading));
            }
            text += &paragraphs(&provision.prose);
        }
    }
    text
}

/// A line a rule; rules of which the same is said share one.
fn rules_of(place: &Place<'_>, instrument: &Instrument, provision: &Provision) -> String {
    let mut lines: Vec<(String, String, Vec<String>)> = Vec::new();
    for rule in provision.rules.iter().filter(|rule| rule.span.contains(place.summary.on)) {
        let (before, after) = (effect(place, rule), source(place, instrument, rule));
        let id = format!("`{}`", rule.id);
        match lines.iter_mut().find(|known| (&known.0, &known.1) == (&before, &after)) {
            Some((.., ids)) => ids.push(id),
            None => lines.push((before, after, vec![id])),
        }
    }
    let lines = lines
        .iter()
        .map(|(before, after, ids)| format!("- {} **{before}** {after}\n", ids.join(" ")));
    lines.collect::<String>() + "\n"
}

/// What the rule does, and to which acts.
fn effect(place: &Place<'_>, rule: &Rule) -> String {
    format!("{}: {}", Says::of(rule.modality).words(), acts(place, &rule.actions))
}

/// What else is to know about the rule.
fn source(place: &Place<'_>, instrument: &Instrument, rule: &Rule) -> String {
    let mut text = String::new();
    if rule.modality == Modality::MayProtected {
        text += ", and no lower law may forbid it";
    }
    if !rule.overrides.is_empty() {
        _ = write!(text, ", despite {}", plain(&rule.overrides.join(", ")));
    }
    for (when, tied) in &rule.ties {
        _ = write!(text, ", {}: {}", moment(*when), acts(place, tied));
    }
    if let Some(due) = &rule.due {
        _ = write!(text, ", due: {}", plain(due));
    }
    if let Some(question) = &rule.contested {
        _ = write!(text, ", if the open question {} falls so", story(place, question));
    }
    if rule.span.from != instrument.span.from {
        _ = write!(text, ", since {}", rule.span.from);
    }
    if let Some(until) = rule.span.until.filter(|_| rule.span.until != instrument.span.until) {
        _ = write!(text, ", until {until}");
    }
    let standing = Standing::of(&rule.status).map_or("", mark);
    _ = write!(text, " · {} · {standing} {}", plain(&rule.cite), plain(&rule.status));
    text.trim_start().to_owned()
}

fn acts(place: &Place<'_>, actions: &[ActionId]) -> String {
    if actions.len() > NAMED_ACTS {
        return count(actions.len(), "act");
    }
    actions.iter().map(|&action| place.page.say(action)).collect::<Vec<_>>().join("; ")
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
    let vocabulary = &place.page.law.vocabulary;
    let staff = match vocabulary.facts.get(vocabulary.actor_kind()).map(|fact| &fact.domain) {
        Some(Domain::Values(staff)) => staff.as_slice(),
        _ => &[],
    };
    let (bound, free): (Vec<_>, Vec<_>) =
        (0..).zip(staff).partition(|&(class, _)| instrument.binds_actor(class));
    let labels = |staff: &[(u8, &Value)]| {
        staff.iter().map(|(_, value)| plain(&value.label)).collect::<Vec<_>>().join("; ")
    };
    match (bound.len(), free.len()) {
        (_, 0) => "everybody".to_owned(),
        (many, few) if few < many => format!("everybody but {}", labels(&free)),
        _ => labels(&bound),
    }
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
