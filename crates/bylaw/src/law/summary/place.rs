//! The chapter of one place: what its rules do to each act, what they leave open, and its laws.

use std::collections::BTreeMap;

use bylaw_law::{
    RuleId,
    pack::{Instrument, Modality, When},
    sources::Standing,
    summary::{ActSummary, Summary},
};
use jiff::civil::Date;

use super::{
    Says,
    laws::{laws, provision_anchor, staff},
    names::{link, list, name, plain},
    page::{self, Page, count, laws_with_rules, mark, reviews, sign, with_reserve},
};

pub(super) fn chapter(page: &Page<'_>, summary: &Summary<'_>) -> String {
    let place = Place { page, summary, name: name(&summary.jurisdiction.path) };
    let mut text = place.opening();
    for act in summary.acts.iter().filter(|act| !act.passages.is_empty()) {
        text += &place.act(act);
    }
    text + &place.left_open() + &place.questions() + &place.changes() + &laws(&place)
}

/// Marks a rule that binds some of the staff only, where they are too many to be named.
const SOME_STAFF: &str = "†";

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
        format!(
            "## {}\n\n`{path}` · layers that decide, the highest first: {}\n\n{} {}\n\nBelow: what its own rules do to each act ({SOME_STAFF} binds some staff only, named under the law), {} and {}. Above: {}.\n\n",
            self.name,
            layers.join(" › "),
            self.in_force(),
            reviews(summary.laws.iter().copied()),
            link("what is left open", &part("left open")),
            link("its laws, with a paraphrase", &part("the laws")),
            link("the table", page::TABLE),
        )
    }

    /// How many rules are in force, from when, and how far they were verified.
    fn in_force(&self) -> String {
        let (laws, on) = (laws_with_rules(self.summary), self.summary.on);
        if laws.is_empty() {
            return format!("No rule of its own is in force on {on}.");
        }
        let rules = count(self.summary.standings.values().sum(), "rule");
        let laws_since = format!("{}{}", count(laws.len(), "law"), since(&laws));
        format!("{rules} in {laws_since}, in force on {on}: {}.", self.verified())
    }

    /// How many of its rules were verified how far.
    fn verified(&self) -> String {
        let on = self.summary.on;
        let rules = self.summary.laws.iter().flat_map(|law| law.rules());
        let reserves = rules.filter(|rule| rule.span.contains(on) && with_reserve(rule)).count();
        let standings = self.summary.standings.iter().rev();
        let verified: Vec<String> = standings
            .map(|(&standing, rules)| {
                let reserve = match (standing, reserves) {
                    (Standing::Verified, 1..) => format!(" ({reserves} with a reserve)"),
                    _ => String::new(),
                };
                format!("{} {rules} {}{reserve}", mark(standing), standing.name())
            })
            .collect();
        list(&verified)
    }

    fn act(&self, act: &ActSummary<'_>) -> String {
        let page = self.page;
        let action = page.law.vocabulary.actions.get(act.action).map_or("", |known| &known.name);
        let heading = page.heading(&self.summary.jurisdiction.path, act.action);
        let above: Vec<String> =
            act.above.iter().map(|above| page.refer_to(&above.path, act.action)).collect();
        let above =
            if above.is_empty() { String::new() } else { format!(" · above: {}", list(&above)) };
        format!("### {heading}\n\n`{action}`{above}\n\n{}{}\n", self.rules(act), self.duties(act))
    }

    /// A line for each heading and what it does to the act, what forbids first.
    fn rules(&self, act: &ActSummary<'_>) -> String {
        let mut lines: Vec<(Says, String)> = Vec::new();
        for passage in &act.passages {
            let heading = plain(&passage.provision.heading);
            let anchor = provision_anchor(passage.provision, self.summary.on);
            for says in Says::ALL {
                let rules: Vec<RuleId> = passage
                    .rules
                    .iter()
                    .copied()
                    .filter(|&rule| Says::of(self.page.law.rule(rule).modality) == says)
                    .collect();
                if !rules.is_empty() {
                    let (whom, cited) = (self.whom(passage.instrument), self.cited(&rules));
                    let how = self.how(&rules);
                    lines.push((says, format!("{how}{whom} · [{heading}](#{anchor}) · {cited}")));
                }
            }
        }
        lines.sort_by_key(|&(says, _)| says);
        lines.iter().map(|(says, line)| format!("- **{}**{line}\n", says.title())).collect()
    }

    /// Whether rules permit only by taking away from others.
    fn how(&self, rules: &[RuleId]) -> &'static str {
        let excepts = |&rule: &RuleId| {
            let rule = self.page.law.rule(rule);
            Says::of(rule.modality) == Says::Permits && !rule.overrides.is_empty()
        };
        if rules.iter().all(excepts) { ", as an exception" } else { "" }
    }

    /// The staff whom the law binds, unless those are all whom any law of the place binds.
    fn whom(&self, instrument: &Instrument) -> String {
        let (bound, free) = staff(self.page.law, instrument);
        let reached = |kind: &String| {
            let mut laws = self.summary.laws.iter();
            laws.any(|law| staff(self.page.law, law).0.contains(kind))
        };
        match bound.as_slice() {
            _ if !free.iter().any(reached) => String::new(),
            [_] | [_, _] => format!(" ({})", bound.join(", ")),
            _ => SOME_STAFF.to_owned(),
        }
    }

    /// Each citation once, with the rules that have it and how far each was verified.
    fn cited(&self, rules: &[RuleId]) -> String {
        let mut cited: Vec<(&str, Vec<String>)> = Vec::new();
        for rule in rules.iter().map(|&rule| self.page.law.rule(rule)) {
            let protected = if rule.modality == Modality::MayProtected {
                " (no lower law may forbid it)"
            } else {
                ""
            };
            let open = if rule.contested.is_some() { " (open question)" } else { "" };
            let named = format!("{} `{}`{protected}{open}", sign(rule), rule.id);
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
            let acts = self.page.acts(&self.page.law.rule(rule).actions);
            let duty = format!("{acts}, {}", moment(when));
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
        let on = self.summary.on;
        let acts = self.summary.acts.iter().filter(|act| act.is_left_open());
        let open: Vec<&str> = acts.map(|act| self.page.say(act.action)).collect();
        let text = match open.as_slice() {
            [] => format!("A rule here or in a layer above speaks about every act on {on}."),
            open => format!(
                "On {on} no rule here or in a layer above speaks about these acts, which is not the same as permission: **{}**.",
                open.join("; ")
            ),
        };
        format!("### {}\n\n{text}\n\n", self.part("left open"))
    }

    fn questions(&self) -> String {
        let (law, on) = (self.page.law, self.summary.on);
        let turns_on = |question: &str| {
            let mut rules = (0..law.rule_count()).map(|rule| law.rule(rule));
            rules.any(|rule| rule.span.contains(on) && rule.contested.as_deref() == Some(question))
        };
        let laws = self.summary.laws.iter().chain(&self.summary.not_in_force);
        let questions: BTreeMap<&str, &str> = laws
            .flat_map(|law| &law.questions)
            .map(|(name, question)| (name.as_str(), question.as_str()))
            .filter(|(name, _)| turns_on(name))
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

/// From when its laws are in force.
fn since(laws: &[&Instrument]) -> String {
    let days = || laws.iter().map(|law| law.span.from);
    match (days().min(), days().max()) {
        (Some(first), Some(last)) if first < last => {
            format!(" (the oldest from {first}, the newest from {last})")
        }
        (Some(only), _) => format!(" (from {only})"),
        _ => String::new(),
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
