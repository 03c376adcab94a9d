//! A decision as a person reads it.

use std::fmt::Write as _;

use bylaw_law::{
    Alternative, Decision, Duty, Law, RuleId, Word, Words,
    pack::{Modality, When},
};

use crate::style::{self, BOLD, DIM, TITLE, item, wrap};

/// The decision as text, colored.
pub(crate) fn text(
    law: &Law,
    decision: &Decision<'_>,
    alternative: Option<&Alternative>,
    words: Option<&Words>,
) -> String {
    let mut page = Page { law, text: String::new() };
    page.answer(decision, words);
    page.why(decision);
    page.needed(decision);
    page.what_to_do(words);
    page.duties(&decision.also);
    page.alternative(alternative);
    page.footer(decision);
    page.text
}

struct Page<'a> {
    law: &'a Law,
    text: String,
}

impl Page<'_> {
    /// Writing to a string does not fail.
    fn line(&mut self, line: impl std::fmt::Display) {
        _ = writeln!(self.text, "{line}");
    }

    fn section(&mut self, title: &str) {
        self.line(format_args!("\n{TITLE}{title}{TITLE:#}"));
    }

    fn answer(&mut self, decision: &Decision<'_>, words: Option<&Words>) {
        let style = style::of(decision.word);
        let act = self.law.vocabulary.actions.get(decision.action).map_or("", |action| &action.say);
        self.line(format_args!(
            "{style}{}{style:#}  {BOLD}{act}{BOLD:#}",
            style::words(decision.word)
        ));
        let note = match (decision.protected, decision.conflict, decision.between.as_slice()) {
            (true, ..) => Some("No lower law may forbid it.".to_owned()),
            (_, true, _) => Some("Two rules of one layer bind both ways.".to_owned()),
            (_, _, []) => None,
            (_, _, between) => {
                let answers: Vec<&str> = between.iter().map(|word| style::words(*word)).collect();
                Some(format!("It turns on an open question of law: {}.", answers.join(" or ")))
            }
        };
        if let Some(note) = note {
            self.line(wrap(&note, ""));
        }
        if let Some(words) = words.filter(|words| !words.headline.is_empty()) {
            self.line(wrap(&words.headline, ""));
        }
    }

    fn why(&mut self, decision: &Decision<'_>) {
        if decision.because.is_empty() && decision.word == Word::Unregulated {
            self.section("Why");
            self.line(wrap("None of the laws on file for this jurisdiction speaks about it. That is not the same as permission.", "  "));
        }
        if !decision.because.is_empty() {
            self.section("Why");
            decision.because.iter().for_each(|&rule| self.rule(rule));
        }
        if !decision.despite.is_empty() {
            self.section("Despite");
            for &(rule, by) in &decision.despite {
                let (rule, by) = (self.law.rule(rule), self.law.rule(by));
                self.line(item(
                    "  ",
                    &format!("{} ({}), defeated by {}", rule.id, modality(rule.modality), by.id),
                ));
            }
        }
    }

    fn rule(&mut self, id: RuleId) {
        let (rule, instrument) = (self.law.rule(id), self.law.instrument_of(id));
        self.line(format_args!("  {BOLD}{}{BOLD:#}  {}", rule.id, modality(rule.modality)));
        self.line(wrap(&format!("{}, {}", instrument.title, rule.cite), "    "));
        let contested = rule
            .contested
            .as_ref()
            .map_or_else(String::new, |question| format!("; contested: {question}"));
        let note = wrap(&format!("{}{contested}", rule.status), "    ");
        self.line(format_args!("{DIM}{note}{DIM:#}"));
    }

    fn needed(&mut self, decision: &Decision<'_>) {
        if decision.needs.is_empty() {
            return;
        }
        self.section("Ask next");
        let facts: Vec<_> =
            decision.needs.iter().filter_map(|&fact| self.law.vocabulary.facts.get(fact)).collect();
        if let Some((first, rest)) = facts.split_first() {
            self.line(item(
                "  ",
                &format!("{}  ({}; {} can know it)", first.ask, first.name, first.who.name()),
            ));
            if !rest.is_empty() {
                let names: Vec<String> = rest
                    .iter()
                    .map(|fact| format!("{} ({})", fact.name, fact.who.name()))
                    .collect();
                self.line(item(
                    "  ",
                    &format!("Then, as far as it still matters: {}", names.join(", ")),
                ));
            }
        }
    }

    fn what_to_do(&mut self, words: Option<&Words>) {
        let Some(words) = words else { return };
        if [&words.say, &words.act, &words.never, &words.call].iter().all(|list| list.is_empty()) {
            return;
        }
        self.section("What to do");
        for (name, list) in [
            ("Say", &words.say),
            ("Do", &words.act),
            ("Never", &words.never),
            ("Call", &words.call),
        ] {
            for text in list {
                self.line(item(&format!("  {name:<6}"), text));
            }
        }
    }

    fn duties(&mut self, duties: &[Duty]) {
        if duties.is_empty() {
            return;
        }
        self.section("Also owed");
        for duty in duties {
            let act = self.law.vocabulary.actions.get(duty.action).map_or("", |action| &action.say);
            let when = match duty.when {
                When::Before => "before it",
                When::Upon => "upon the request",
                When::After => "after it",
            };
            let due = duty.due.as_ref().map_or_else(String::new, |due| format!(", due {due}"));
            let rules: Vec<&str> =
                duty.because.iter().map(|&rule| self.law.rule(rule).id.as_str()).collect();
            let needs: Vec<&str> = duty
                .needs
                .iter()
                .filter_map(|&fact| self.law.vocabulary.facts.get(fact))
                .map(|fact| fact.name.as_str())
                .collect();
            let perhaps = if needs.is_empty() {
                String::new()
            } else {
                format!("; depends on {}", needs.join(", "))
            };
            self.line(item("  ", &format!("{act}: {when}{due} ({}){perhaps}", rules.join(", "))));
        }
    }

    fn alternative(&mut self, alternative: Option<&Alternative>) {
        let Some(alternative) = alternative else { return };
        self.section("What would change it");
        for &(fact, class) in &alternative.changes {
            if let Some(fact) = self.law.vocabulary.facts.get(fact) {
                self.line(item("  ", &format!("{}: {}", fact.name, fact.class_label(class))));
            }
        }
        self.line(item("  ", &format!("Then the answer is {}.", style::words(alternative.word))));
    }

    fn footer(&mut self, decision: &Decision<'_>) {
        for settled in &decision.settled {
            if let (Some(fact), Some(by)) = (
                self.law.vocabulary.facts.get(settled.fact),
                self.law.instruments.get(settled.instrument),
            ) {
                let note = format!(
                    "{} as stated was ignored: {} settles it as {}.",
                    fact.name,
                    by.title,
                    fact.class_name(settled.class)
                );
                self.line(format_args!("\n{}", wrap(&note, "")));
            }
        }
        let assumed: Vec<&str> = decision
            .assumed
            .iter()
            .filter_map(|&fact| self.law.vocabulary.facts.get(fact))
            .map(|fact| fact.name.as_str())
            .collect();
        if !assumed.is_empty() {
            self.line(format_args!(
                "\n{}",
                wrap(&format!("Assumed absent: {}.", assumed.join(", ")), "")
            ));
        }
        let note = format!(
            "{} on {}, {}",
            decision.jurisdiction.path, decision.on, decision.jurisdiction.hash
        );
        self.line(format_args!("\n{DIM}{note}{DIM:#}"));
    }
}

/// A rule's modality as a person reads it.
pub(crate) const fn modality(modality: Modality) -> &'static str {
    match modality {
        Modality::Must => "must",
        Modality::MustNot => "must not",
        Modality::May => "may",
        Modality::MayProtected => "may, and no lower law may forbid it",
        Modality::Refer => "refer to counsel",
    }
}
