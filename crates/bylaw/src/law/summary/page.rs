//! The page: how to read it, the table of acts and places, then a chapter a place.

use std::fmt::Write as _;

use bylaw_law::{
    Law,
    pack::Instrument,
    sources::Standing,
    summary::{ActSummary, Summary},
};
use jiff::civil::Date;

use super::{
    Says,
    names::{anchor, link, list, name, plain, short},
    place, says,
};

/// The page, as Markdown. Writing to a string does not fail.
pub(super) fn markdown(law: &Law, summaries: &[Summary<'_>], on: Date, command: &str) -> String {
    let page = Page { law, summaries };
    let mut text = page.head(on, command);
    text += &page.places();
    text += &page.table();
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

What the laws of {} forbid, require, permit and leave open when immigration authorities or anyone else come with a request: {rules} rules, act by act, each with its citation.

- **The day.** This page speaks of the laws in force on **{on}**. It was generated from the packs by `{command}`; `--on` chooses another day.
- **The review.** {reviews} It is not legal advice.
- **The limits.** A rule holds only for the staff whom its law binds, and only in the cases that the paraphrase tells of; the exact conditions and worked cases stand in the pack behind each law's title. \
Layers add up: a city obeys its state and federal law too. Which rule decides a case, `bylaw decide` says.

How far a rule was verified: {}.

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
                count(summary.laws.len(), "law"),
            );
        }
        text + "\n"
    }

    /// Acts and places.
    fn table(&self) -> String {
        let marks: Vec<String> =
            Says::ALL.iter().map(|says| format!("**{}** {}", says.mark(), says.words())).collect();
        let mut text = format!(
            "## The table\n\nWhat a place's own rules say, in some case or other: {}. **↑** only a layer above speaks; **–** no layer does. Each mark is a link.\n\n| Act |",
            list(&marks)
        );
        for summary in self.summaries {
            let path = &summary.jurisdiction.path;
            _ = write!(text, " [{}](#{}) |", short(path), anchor(&name(path)));
        }
        text += "\n| --- |";
        text += &" :-: |".repeat(self.summaries.len());
        text += "\n";
        for (index, action) in self.law.vocabulary.actions.iter().enumerate() {
            _ = write!(text, "| {} |", action.say);
            for summary in self.summaries {
                let cell = summary.acts.get(index).map(|act| self.cell(summary, act));
                _ = write!(text, " {} |", cell.unwrap_or_default());
            }
            text += "\n";
        }
        text + "\n"
    }

    fn cell(&self, summary: &Summary<'_>, act: &ActSummary<'_>) -> String {
        let marks: Vec<&str> = says(self.law, act).into_iter().map(Says::mark).collect();
        if !marks.is_empty() {
            return link(&marks.join(" "), &self.heading(&summary.jurisdiction.path, act.action));
        }
        match act.above.iter().rev().find(|above| self.shows(&above.path)) {
            Some(above) => link("↑", &self.heading(&above.path, act.action)),
            None if act.above.is_empty() => "–".to_owned(),
            None => "↑".to_owned(),
        }
    }

    /// The heading under which a place's own rules about an act stand.
    pub(super) fn heading(&self, path: &str, action: usize) -> String {
        format!("{}: {}", name(path), self.say(action))
    }

    /// A link to what a place's own rules say about an act, where the page has it.
    pub(super) fn heading_link(&self, path: &str, action: usize) -> String {
        let say = self.say(action);
        if self.shows(path) { link(say, &self.heading(path, action)) } else { say.to_owned() }
    }

    /// A link to the chapter of a place, where the page has it.
    pub(super) fn chapter_of(&self, path: &str) -> String {
        let name = name(path);
        if self.shows(path) { link(&name, &name) } else { name }
    }

    /// A link to what another place says about an act, where the page has it.
    pub(super) fn refer_to(&self, path: &str, action: usize) -> String {
        if self.shows(path) { link(&name(path), &self.heading(path, action)) } else { name(path) }
    }

    pub(super) fn say(&self, action: usize) -> &str {
        self.law.vocabulary.actions.get(action).map_or("", |action| &action.say)
    }

    /// Whether the page has a chapter about the place.
    pub(super) fn shows(&self, path: &str) -> bool {
        self.summaries.iter().any(|summary| summary.jurisdiction.path == path)
    }
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
            (true, 1) => format!("Its one law: **{}** ({on}).", plain(by)),
            (true, _) => format!("All {laws} laws: **{}** ({on}).", plain(by)),
            (false, _) => format!("{}: **{}** ({on}).", count(laws, "law"), plain(by)),
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

/// `1 rule`, `2 rules`.
pub(super) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
