//! The page: how to read it, the table of acts and places, then a chapter a place.

use std::fmt::Write as _;

use bylaw_law::{
    Law,
    pack::{Instrument, Rule},
    sources::{Reason, Standing, doubts},
    summary::{ActSummary, Summary},
    vocabulary::ActionId,
};
use jiff::civil::Date;

use super::{
    Says,
    names::{link, list, name, plain, short},
    place, says,
};

/// The heading of the tables of acts and places.
pub(super) const TABLE: &str = "Acts and places";

/// How many places a table has.
const COLUMNS: usize = 8;

/// How many acts are named before they are counted.
const MOST_ACTS: usize = 3;

/// The page, as Markdown. Writing to a string does not fail.
pub(super) fn markdown(law: &Law, summaries: &[Summary<'_>], on: Date, command: &str) -> String {
    let page = Page { law, summaries };
    let mut text = page.head(on, command);
    text += &page.places();
    text += &page.tables();
    for summary in summaries {
        text += &place::chapter(&page, summary);
    }
    text
}

/// What every part of the page needs to know.
pub(super) struct Page<'a> {
    pub(super) law: &'a Law,
    summaries: &'a [Summary<'a>],
}

impl Page<'_> {
    fn head(&self, on: Date, command: &str) -> String {
        let rules: usize =
            self.summaries.iter().flat_map(|summary| summary.standings.values()).sum();
        let reviews = reviews(self.summaries.iter().flat_map(|summary| &summary.laws).copied());
        format!(
            "# What each law says

<!-- Generated: {command}. Do not edit. -->

What the laws of {} forbid, require, permit and leave open, act by act: {rules} rules, each with its citation.

- **The day.** This page speaks of the laws in force on **{on}**. It was generated from the packs by `{command}`; `--on` chooses another day.
- **The review.** {reviews} It is not legal advice.
- **The limits.** A rule holds only for the staff whom its law binds and only in the cases that its paraphrase tells of; in all others, an act that has rules is left open too. The exact conditions and worked cases stand in the pack behind each law's title. \
Layers add up: a city obeys its state and federal law too. Which rule decides a case, `bylaw decide` says.

How far a rule was verified: {}. A star (●\\*) marks a verified rule whose status has a reserve, such as a detail from memory.

",
            count(self.summaries.len(), "jurisdiction"),
            list(&Standing::ALL.iter().rev().map(|&standing| format!("{} {}", mark(standing), standing.name())).collect::<Vec<_>>()),
        )
    }

    /// The table of contents.
    fn places(&self) -> String {
        let mut text = "## Places\n\n".to_owned();
        for summary in self.summaries {
            let path = &summary.jurisdiction.path;
            let rules: usize = summary.standings.values().sum();
            let indent =
                "  ".repeat(summary.above.iter().filter(|above| self.shows(&above.path)).count());
            _ = writeln!(
                text,
                "{indent}- {} — {} in {}",
                link(&name(path), &name(path)),
                count(rules, "rule"),
                count(laws_with_rules(summary).len(), "law"),
            );
        }
        text + "\n"
    }

    /// Acts and places, in as many tables as fit on a screen.
    fn tables(&self) -> String {
        let marks: Vec<String> =
            Says::ALL.iter().map(|says| format!("**{}** {}", says.mark(), says.words())).collect();
        let mut text = format!(
            "## {TABLE}\n\nWhat a place's own rules do to an act, in some case or other: {}. **↑** only a layer above it speaks; **–** no layer does. Each mark leads to the rules.\n\n",
            list(&marks)
        );
        for places in self.summaries.chunks(COLUMNS) {
            text += &self.table(places);
        }
        text
    }

    fn table(&self, places: &[Summary<'_>]) -> String {
        let heads = places.iter().map(|place| {
            let path = &place.jurisdiction.path;
            format!(" {} |", link(&unbroken(&short(path)), &name(path)))
        });
        let mut text = format!("| Act |{}\n| --- |", heads.collect::<String>());
        text += &" :-: |".repeat(places.len());
        text += "\n";
        for (index, action) in self.law.vocabulary.actions.iter().enumerate() {
            _ = write!(text, "| {} |", action.say);
            for place in places {
                let cell = place.acts.get(index).map(|act| self.cell(place, act));
                _ = write!(text, " {} |", cell.unwrap_or_default());
            }
            text += "\n";
        }
        text + "\n"
    }

    fn cell(&self, summary: &Summary<'_>, act: &ActSummary<'_>) -> String {
        let marks: Vec<&str> = says(self.law, act).into_iter().map(Says::mark).collect();
        if !marks.is_empty() {
            return link(
                &unbroken(&marks.join(" ")),
                &self.heading(&summary.jurisdiction.path, act.action),
            );
        }
        match act.above.iter().rev().find(|above| self.shows(&above.path)) {
            Some(above) => link("↑", &self.heading(&above.path, act.action)),
            None if act.above.is_empty() => "–".to_owned(),
            None => "↑".to_owned(),
        }
    }

    /// The heading under which a place's own rules about an act stand.
    pub(super) fn heading(&self, path: &str, action: ActionId) -> String {
        format!("{}: {}", name(path), self.say(action))
    }

    /// A link to the chapter of a place, where the page has it.
    pub(super) fn chapter_of(&self, path: &str) -> String {
        let name = name(path);
        if self.shows(path) { link(&name, &name) } else { name }
    }

    /// A link to what another place says about an act, where the page has it.
    pub(super) fn refer_to(&self, path: &str, action: ActionId) -> String {
        let name = short(path);
        if self.shows(path) { link(&name, &self.heading(path, action)) } else { name }
    }

    pub(super) fn say(&self, action: ActionId) -> &str {
        self.law.vocabulary.actions.get(action).map_or("", |action| &action.say)
    }

    /// The acts in words, or their number where they are many.
    pub(super) fn acts(&self, actions: &[ActionId]) -> String {
        if actions.len() > MOST_ACTS {
            return count(actions.len(), "act");
        }
        actions.iter().map(|&action| self.say(action)).collect::<Vec<_>>().join("; ")
    }

    /// Whether the page has a chapter about the place.
    pub(super) fn shows(&self, path: &str) -> bool {
        self.summaries.iter().any(|summary| summary.jurisdiction.path == path)
    }
}

/// The laws in force that have rules in force; others define words or tell the history.
pub(super) fn laws_with_rules<'a>(summary: &Summary<'a>) -> Vec<&'a Instrument> {
    let runs = |law: &&Instrument| law.rules().any(|rule| rule.span.contains(summary.on));
    summary.laws.iter().copied().filter(runs).collect()
}

/// Who reviewed these laws and when, each answer once with the number of laws.
pub(super) fn reviews<'a>(laws: impl Iterator<Item = &'a Instrument>) -> String {
    let mut found: Vec<(&str, Date, usize)> = Vec::new();
    for law in laws {
        let (by, on) = (law.reviewed.by.as_str(), law.reviewed.on);
        match found.iter_mut().find(|known| (known.0, known.1) == (by, on)) {
            Some(known) => known.2 += 1,
            None => found.push((by, on, 1)),
        }
    }
    let only = found.len() == 1;
    let said: Vec<String> = found
        .iter()
        .map(|&(by, on, laws)| match (only, laws) {
            (true, 1) => format!("Its one pack: **{}** ({on}).", plain(by)),
            (true, _) => format!("All {laws} packs: **{}** ({on}).", plain(by)),
            (false, _) => format!("{}: **{}** ({on}).", count(laws, "pack"), plain(by)),
        })
        .collect();
    said.join(" ")
}

/// The sign of a verification status; its words stand beside it.
pub(super) const fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "●",
        Standing::PartVerified => "◐",
        Standing::FromMemory => "○",
        Standing::Drafted => "✎",
    }
}

/// With spaces at which no line ends.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// The sign of how far a rule was verified, with a star where its status has a reserve.
pub(super) fn sign(rule: &Rule) -> String {
    let star = if with_reserve(rule) { "\\*" } else { "" };
    Standing::of(&rule.status)
        .map_or_else(String::new, |standing| format!("{}{star}", mark(standing)))
}

/// Whether a status begins with `verified` and takes some of it back.
pub(super) fn with_reserve(rule: &Rule) -> bool {
    // That an act is cited whole is to be seen in the citation.
    let takes_back = |reason: &Reason| *reason != Reason::NoSection;
    Standing::of(&rule.status) == Some(Standing::Verified)
        && doubts(&rule.status, &rule.cite).iter().any(takes_back)
}

/// `1 rule`, `2 rules`.
pub(super) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
