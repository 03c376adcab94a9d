//! The chapter of one place: what its rules do to each act, what they leave open, and its laws.

use std::collections::BTreeMap;

use bylaw_law::{
    RuleId,
    pack::{Modality, When},
    sources::Standing,
    summary::{ActSummary, Summary},
};
use jiff::civil::Date;

use super::{
    Says,
    laws::{laws, provision_heading},
    names::{link, list, name, plain},
    page::{Page, count, mark, reviews},
};

pub(super) fn chapter(page: &Page<'_>, summary: &Summary<'_>) -> String {
    let place = Place { page, summary, name: name(&summary.jurisdiction.path) };
    let mut text = place.opening();
    for act in summary.acts.iter().filter(|act| !act.passages.is_empty()) {
        text += &place.act(act);
    }
    text + &place.left_open() + &place.questions() + &place.changes() + &laws(&place)
}

/// One place of the page.
pub(super) struct Place<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) summary: &'a Summary<'a>,
    name: String,
}

impl Place<'_> {
    /// The heading of one of its parts, unique on the page.
    pub(super) fn part(&self, what: &str) -> String {
        format!("{}: {what}", self.name)
    }

    fn opening(&self) -> String {
        let (page, summary, part) = (self.page, self.summary, |what| self.part(what));
        let path = &summary.jurisdiction.path;
        let above = summary.above.iter().map(|above| page.chapter_of(&above.path));
        let layers: Vec<String> = above.chain([self.name.clone()]).collect();
        let standings = summary.standings.iter().rev();
        let verified: Vec<String> = standings
            .map(|(&standing, rules)| format!("{} {rules} {}", mark(standing), standing.name()))
            .collect();
        let acts = summary.acts.iter().filter(|act| !act.passages.is_empty());
        let index: Vec<String> = acts
            .map(|act| link(page.say(act.action), &page.heading(path, act.action)))
            .chain([link("left open", &part("left open")), link("the laws", &part("the laws"))])
            .collect();
        format!(
            "## {}\n\n`{path}` · layers that decide, the highest first: {}\n\n{} in {}, in force on {}: {}. {}\n\n{}\n\n",
            self.name,
            layers.join(" › "),
            count(summary.standings.values().sum(), "rule"),
            count(summary.laws.len(), "law"),
            summary.on,
            list(&verified),
            reviews(summary.laws.iter().copied()),
            index.join(" · "),
        )
    }

    fn act(&self, act: &ActSummary<'_>) -> String {
        let page = self.page;
        let action = page.law.vocabulary.actions.get(act.action).map_or("", |known| &known.name);
        let heading = page.heading(&self.summary.jurisdiction.path, act.action);
        let above: Vec<String> =
            act.above.iter().map(|above| page.refer_to(&above.path, act.action)).collect();
        let above =
            if above.is_empty() { String::new() } else { format!(" · see also {}", list(&above)) };
        format!("### {heading}\n\n`{action}`{above}\n\n{}{}\n", self.rules(act), self.duties(act))
    }

    /// A line for each heading and what it does to the act, what forbids first.
    fn rules(&self, act: &ActSummary<'_>) -> String {
        let mut lines: Vec<(Says, String)> = Vec::new();
        for passage in &act.passages {
            let heading = provision_heading(passage.provision, self.summary.on);
            for says in Says::ALL {
                let rules: Vec<RuleId> = passage
                    .rules
                    .iter()
                    .copied()
                    .filter(|&rule| Says::of(self.page.law.rule(rule).modality) == says)
                    .collect();
                if !rules.is_empty() {
                    let title = link(&passage.provision.heading, &heading);
                    lines.push((says, format!("{title} · {}", self.cited(&rules))));
                }
            }
        }
        lines.sort_by_key(|&(says, _)| says);
        lines.iter().map(|(says, line)| format!("- **{}** · {line}\n", says.title())).collect()
    }

    /// Each citation once, with the rules that have it and how far each was verified.
    fn cited(&self, rules: &[RuleId]) -> String {
        let mut cited: Vec<(&str, Vec<String>)> = Vec::new();
        for rule in rules.iter().map(|&rule| self.page.law.rule(rule)) {
            let standing = Standing::of(&rule.status).map_or("", mark);
            let protected = if rule.modality == Modality::MayProtected {
                " (no lower law may forbid it)"
            } else {
                ""
            };
            let open = if rule.contested.is_some() { " (open question)" } else { "" };
            let named = format!("{standing} `{}`{protected}{open}", rule.id);
            match cited.iter_mut().find(|(cite, _)| *cite == rule.cite) {
                Some((_, named_by)) => named_by.push(named),
                None => cited.push((&rule.cite, vec![named])),
            }
        }
        let cited =
            cited.iter().map(|(cite, named)| format!("{} {}", plain(cite), named.join(" ")));
        cited.collect::<Vec<_>>().join("; ")
    }

    fn duties(&self, act: &ActSummary<'_>) -> String {
        let mut duties: Vec<String> = Vec::new();
        for &(when, rule) in &act.duties {
            let acts: Vec<String> = self
                .page
                .law
                .rule(rule)
                .actions
                .iter()
                .map(|&duty| self.page.heading_link(&self.summary.jurisdiction.path, duty))
                .collect();
            let duty = format!("{}, {}", list(&acts), moment(when));
            if !duties.contains(&duty) {
                duties.push(duty);
            }
        }
        if duties.is_empty() {
            return String::new();
        }
        format!("- Duties it may bring: {}\n", duties.join("; "))
    }

    fn left_open(&self) -> String {
        let (page, on) = (self.page, self.summary.on);
        let acts = || self.summary.acts.iter().filter(|act| act.passages.is_empty());
        let open: Vec<&str> =
            acts().filter(|act| act.is_left_open()).map(|act| page.say(act.action)).collect();
        let above: Vec<String> = acts()
            .filter_map(|act| Some((act, act.above.last()?)))
            .map(|(act, above)| page.heading_link(&above.path, act.action))
            .collect();
        let mut text = format!("### {}\n\n", self.part("left open"));
        text += &match open.as_slice() {
            [] => format!("A rule here or in a layer above speaks about every act on {on}."),
            open => format!(
                "On {on} no rule here or in a layer above speaks about these acts, which is not the same as permission: **{}**.",
                open.join("; ")
            ),
        };
        if !above.is_empty() {
            text += &format!("\n\nOnly a layer above speaks about: {}.", above.join("; "));
        }
        text + "\n\nAn act that has rules is left open too in every case in which none of them holds.\n\n"
    }

    fn questions(&self) -> String {
        let laws = self.summary.laws.iter().chain(&self.summary.not_in_force);
        let questions: BTreeMap<&str, &str> = laws
            .flat_map(|law| &law.questions)
            .map(|(name, question)| (name.as_str(), question.as_str()))
            .collect();
        if questions.is_empty() {
            return String::new();
        }
        let lines = questions
            .iter()
            .map(|(name, question)| format!("- **{}**: {}\n", plain(name), plain(question)));
        format!("### {}\n\n{}\n", self.part("open questions"), lines.collect::<String>())
    }

    fn changes(&self) -> String {
        let mut days: BTreeMap<(Date, bool), Vec<String>> = BTreeMap::new();
        for change in &self.summary.changes {
            let rule = format!("`{}`", self.page.law.rule(change.rule).id);
            days.entry((change.day, change.begins)).or_default().push(rule);
        }
        if days.is_empty() {
            return String::new();
        }
        let lines = days.iter().map(|((day, begins), rules)| {
            let what = if *begins { "in force from then on" } else { "no longer in force" };
            format!("- {day}, {what}: {}\n", rules.join(", "))
        });
        format!("### {}\n\n{}\n", self.part("changes to come"), lines.collect::<String>())
    }
}

/// When a duty is owed.
pub(super) const fn moment(when: When) -> &'static str {
    match when {
        When::Before => "before it",
        When::Upon => "upon the request",
        When::After => "after it",
    }
}
