//! A comparison for a terminal.

use std::fmt::Write as _;

use bylaw_law::{Class, Comparison, Law, RuleId, Word, compare::share};

use super::{
    super::{
        count::{count, percent},
        rules,
        words::{SHARES, number},
    },
    Report,
};
use crate::style::{self, BOLD, DIM, TITLE, item, wrap};

/// All reports, with at most so many kinds of situation an act. Writing to a string does not fail.
pub(super) fn text(reports: &[Report<'_>], left_out: &[String], most: usize) -> String {
    let mut texts: Vec<String> = reports.iter().map(|report| report.text(most)).collect();
    if reports.is_empty() {
        texts.push("The draft changes no law that is in force.\n".to_owned());
    }
    if !left_out.is_empty() {
        texts.push(left_out.iter().map(|line| format!("{}\n", wrap(line, ""))).collect());
    }
    texts.join("\n")
}

impl Report<'_> {
    fn text(&self, most: usize) -> String {
        let mut text = format!("{TITLE}{}{TITLE:#}\n", self.title());
        _ = writeln!(text, "{}", wrap(&self.outcome(), ""));
        for limit in self.limits() {
            _ = writeln!(text, "{}", wrap(&limit, ""));
        }
        if !self.differing.is_empty() {
            _ = writeln!(text, "{DIM}{}{DIM:#}", wrap(SHARES, ""));
        }
        for act in &self.differing {
            self.act(&mut text, act, most);
        }
        if !self.same.is_empty() && self.actors.0 != 0 {
            let acts: Vec<&str> = self.same.iter().map(|&act| self.act_name(act)).collect();
            let same = if self.only.is_some() { "No such difference" } else { "No difference" };
            _ = writeln!(text, "\n{}", item("", &format!("{same}: {}", acts.join(", "))));
        }
        text
    }

    fn title(&self) -> String {
        let (a, b) = (self.pair.a, self.pair.b);
        let path = &a.jurisdiction.path;
        if self.pair.drafted {
            return format!("{path} on {}, as it stands and as drafted", a.on);
        }
        format!("{path} on {}  |  {} on {}", a.on, b.jurisdiction.path, b.on)
    }

    fn act(&self, text: &mut String, act: &Comparison, most: usize) {
        let (say, name) = (self.act_says(act.action), self.act_name(act.action));
        _ = writeln!(text, "\n{}", item("", &format!("{BOLD}{say}{BOLD:#}  {DIM}{name}{DIM:#}")));
        let line = format!(
            "They differ in {} of {} cases ({}). {}",
            count(act.differing),
            count(act.cases),
            percent(act.share()),
            self.sentence(act),
        );
        _ = writeln!(text, "{}", wrap(&line, ""));
        for class in act.classes.iter().take(most) {
            self.class(text, act, class);
        }
        let rest = act.classes.get(most..).unwrap_or_default();
        if !rest.is_empty() {
            let cases = rest.iter().map(|class| class.cases).sum();
            let line = format!(
                "and {}, {} of all cases (--most N shows more, --html all)",
                number(rest.len(), "smaller kind", "smaller kinds"),
                percent(share(cases, act.cases)),
            );
            _ = writeln!(text, "{DIM}{}{DIM:#}", wrap(&line, "  "));
        }
    }

    fn class(&self, text: &mut String, act: &Comparison, class: &Class) {
        let pair = &self.pair;
        let line = format!(
            "{}: {}: {}; {}: {}",
            percent(share(class.cases, act.cases)),
            pair.a_name,
            answered(pair.a.law, class.a, &class.a_because),
            pair.b_name,
            answered(pair.b.law, class.b, &class.b_because),
        );
        _ = writeln!(text, "{}", item("  - ", &line));
        let story = pair.a.law.story(act.action, &class.story);
        _ = writeln!(text, "{}", wrap(&format!("For example: {story}"), "    "));
    }
}

fn answered(law: &Law, word: Word, because: &[RuleId]) -> String {
    let style = style::of(word);
    format!("{style}{}{style:#} ({})", style::words(word), rules(law, because))
}
