//! What the laws of one jurisdiction themselves forbid, require, permit and send to counsel on a
//! day, act by act; what only higher laws speak about; and what no law on the path speaks about.
//!
//! It lists rules and never weighs them: which one decides a case is [`Law::decide`]'s to say.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    law::{Jurisdiction, Law, RuleId, is_on},
    pack::{Instrument, Provision, Rule, When},
    sources::Standing,
    vocabulary::ActionId,
};

/// What the own laws of a jurisdiction say on a day.
#[derive(Debug)]
pub struct Summary<'a> {
    /// Whose laws.
    pub jurisdiction: &'a Jurisdiction,
    /// The day.
    pub on: Date,
    /// The jurisdictions above it, highest first.
    pub above: Vec<&'a Jurisdiction>,
    /// Its own instruments in force that day, by kind, then by file.
    pub laws: Vec<&'a Instrument>,
    /// Its own instruments that have ended by then or have not begun, oldest first.
    pub not_in_force: Vec<&'a Instrument>,
    /// How many of its rules in force were verified how far, the least first.
    pub standings: BTreeMap<Standing, usize>,
    /// Every act, in the vocabulary's order.
    pub acts: Vec<ActSummary<'a>>,
    /// Which of its rules begin or end after the day, earliest first.
    pub changes: Vec<Change>,
}

/// What the own laws of a jurisdiction say about one act.
#[derive(Debug)]
pub struct ActSummary<'a> {
    /// The act.
    pub action: ActionId,
    /// The headings with rules about it, in the order of the laws.
    pub passages: Vec<Passage<'a>>,
    /// The jurisdictions above with rules about it in force, highest first.
    pub above: Vec<&'a Jurisdiction>,
    /// Rules of other acts that are owed as duties when this one is asked for or done.
    pub duties: Vec<(When, RuleId)>,
}

/// One heading of an instrument, with its rules about one act.
#[derive(Debug)]
pub struct Passage<'a> {
    /// The instrument.
    pub instrument: &'a Instrument,
    /// The heading.
    pub provision: &'a Provision,
    /// Its rules in force about the act, in the order of the file; never empty.
    pub rules: Vec<RuleId>,
}

/// A rule that begins or ends after the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The first day on which it is, or no longer is, in force.
    pub day: Date,
    /// Whether it begins.
    pub begins: bool,
    /// The rule.
    pub rule: RuleId,
}

impl Law {
    /// What the own laws of the jurisdiction say on a day.
    #[must_use]
    pub fn summary<'a>(&'a self, jurisdiction: &'a Jurisdiction, on: Date) -> Summary<'a> {
        let (mut laws, mut not_in_force): (Vec<_>, Vec<_>) =
            self.own(jurisdiction).partition(|instrument| instrument.span.contains(on));
        laws.sort_by_key(|instrument| instrument.kind as u8);
        not_in_force.sort_by_key(|instrument| instrument.span.from);
        let mut standings = BTreeMap::new();
        for rule in self.rules_in_force(jurisdiction, on) {
            if let Some(standing) = Standing::of(&rule.status) {
                *standings.entry(standing).or_default() += 1;
            }
        }
        let above: Vec<_> = self
            .jurisdictions()
            .filter(|other| {
                other.path != jurisdiction.path && is_on(&other.path, &jurisdiction.path)
            })
            .collect();
        let acts = (0..self.vocabulary.actions.len())
            .map(|action| ActSummary {
                action,
                passages: laws.iter().flat_map(|law| self.passages(law, action, on)).collect(),
                above: above
                    .iter()
                    .copied()
                    .filter(|other| self.speaks_about(other, action, on))
                    .collect(),
                duties: self.duties_tied_to(jurisdiction, action, on),
            })
            .collect();
        let changes = self.changes_after(jurisdiction, on);
        Summary { jurisdiction, on, above, laws, not_in_force, standings, acts, changes }
    }

    /// The newest day on which any instrument was reviewed.
    #[must_use]
    pub fn newest_review(&self) -> Option<Date> {
        self.instruments.iter().map(|instrument| instrument.reviewed.on).max()
    }

    fn rules_in_force<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
        on: Date,
    ) -> impl Iterator<Item = &'a Rule> {
        self.own(jurisdiction)
            .flat_map(Instrument::rules)
            .filter(move |rule| rule.span.contains(on))
    }

    fn speaks_about(&self, jurisdiction: &Jurisdiction, action: ActionId, on: Date) -> bool {
        self.rules_in_force(jurisdiction, on).any(|rule| rule.actions.contains(&action))
    }

    fn passages<'a>(
        &'a self,
        instrument: &'a Instrument,
        action: ActionId,
        on: Date,
    ) -> Vec<Passage<'a>> {
        let about = |provision: &'a Provision| {
            let rules: Vec<RuleId> = provision
                .rules
                .iter()
                .filter(|rule| rule.span.contains(on) && rule.actions.contains(&action))
                .filter_map(|rule| self.rule_id(&rule.id))
                .collect();
            (!rules.is_empty()).then_some(Passage { instrument, provision, rules })
        };
        instrument.provisions.iter().filter_map(about).collect()
    }

    fn duties_tied_to(
        &self,
        jurisdiction: &Jurisdiction,
        action: ActionId,
        on: Date,
    ) -> Vec<(When, RuleId)> {
        self.rules_in_force(jurisdiction, on)
            .filter(|rule| !rule.actions.contains(&action))
            .filter_map(|rule| self.rule_id(&rule.id))
            .flat_map(|rule| self.ties(rule, action).map(move |when| (when, rule)))
            .collect()
    }

    fn changes_after(&self, jurisdiction: &Jurisdiction, on: Date) -> Vec<Change> {
        let mut changes: Vec<Change> = self
            .own(jurisdiction)
            .flat_map(Instrument::rules)
            .filter_map(|rule| Some((rule.span, self.rule_id(&rule.id)?)))
            .flat_map(|(span, rule)| {
                let begins = Change { day: span.from, begins: true, rule };
                let ends = span.until.map(|day| Change { day, begins: false, rule });
                std::iter::once(begins).chain(ends)
            })
            .filter(|change| change.day > on)
            .collect();
        changes.sort_unstable();
        changes
    }
}

impl ActSummary<'_> {
    /// Its own rules about the act, in the order of the laws.
    pub fn rules(&self) -> impl Iterator<Item = RuleId> {
        self.passages.iter().flat_map(|passage| passage.rules.iter().copied())
    }

    /// Whether no rule on the whole path speaks about the act.
    #[must_use]
    pub const fn is_left_open(&self) -> bool {
        self.passages.is_empty() && self.above.is_empty()
    }
}
