//! Several laws about one act on one ground, so that their answers can be set against each other.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: rule numbers come from the sources that are joined"
)]

use jiff::civil::Date;

use crate::{
    Law,
    answer::{Outcome, Word},
    diagram::Node,
    error::Problem,
    ground::{Builder, Ground, Readers, Sources, open_questions},
    law::{Jurisdiction, RuleId},
    pack::Condition,
    region::Counter,
    vocabulary::ActionId,
};

/// The law of one jurisdiction on one day.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The law it belongs to.
    pub law: &'a Law,
    /// Whose law.
    pub jurisdiction: &'a Jurisdiction,
    /// The day on which it is asked.
    pub on: Date,
}

impl<'a> Side<'a> {
    /// What it says of an act, with some open questions taken as answered: name, and whether the
    /// rules stand.
    pub(crate) fn sources(self, action: ActionId, positions: &[(&'a str, bool)]) -> Sources<'a> {
        let sources = self.law.sources(self.jurisdiction, action, self.on);
        Sources { positions: positions.to_vec(), ..sources }
    }

    /// The actors that the jurisdiction's own law binds, one bit a class.
    pub(crate) fn actors(self) -> u64 {
        let kinds = self.law.vocabulary.facts.get(self.law.vocabulary.actor_kind);
        (0..kinds.map_or(0, crate::vocabulary::Fact::classes))
            .filter(|&actor| self.law.binds(self.jurisdiction, actor))
            .fold(0, |actors, actor| actors | 1 << actor)
    }
}

/// Several laws about one act on one ground.
pub(crate) struct Joint<'a> {
    pub(crate) ground: Ground<'a>,
    /// Cases that are possible and whose actor is one of those asked about.
    pub(crate) possible: Node,
    pub(crate) counter: Counter,
    /// The answers of each law, in the order in which they were given.
    pub(crate) answers: Vec<Answer>,
    /// Where each condition holds that was given besides.
    pub(crate) conditions: Vec<Node>,
}

impl Joint<'_> {
    /// Refuses diagrams that were cut short: what was built since is worthless.
    pub(crate) fn within_budget(&self) -> Result<(), Problem> {
        if !self.ground.store.exhausted() {
            return Ok(());
        }
        let message = "the diagrams of these laws together outgrow their budget";
        Err(Problem::new("law::node_budget", message)
            .help("compare or prove fewer acts at once, or let the rules share facts"))
    }
}

/// A law's answer in every case.
pub(crate) struct Answer {
    /// The answer's diagram; its terminals are places in `outcomes`.
    pub(crate) node: Node,
    pub(crate) outcomes: Vec<Outcome>,
    /// The numbers in the law of the rules that outcomes name.
    rules: Vec<RuleId>,
}

impl Answer {
    /// The answer in one word.
    pub(crate) fn word(&self, outcome: u32) -> Word {
        self.outcomes[outcome as usize].word
    }

    /// The controlling rules of an outcome, strongest first.
    pub(crate) fn because(&self, outcome: u32) -> Vec<RuleId> {
        let rules = &self.outcomes[outcome as usize].controlling;
        rules.iter().map(|&rule| self.rules[usize::from(rule)]).collect()
    }
}

/// Builds the answers of several laws, and conditions that read the first one's terms.
///
/// # Errors
///
/// Where the diagrams outgrow the node budget, or the cases are too many to be counted.
pub(crate) fn join<'a>(
    laws: &[Sources<'a>],
    conditions: &[&'a Condition],
    actors: u64,
) -> Result<Joint<'a>, Problem> {
    let Some(first) = laws.first() else {
        return Err(Problem::new("law::node_budget", "there is no law to look at"));
    };
    let all: Vec<&Sources<'a>> = laws.iter().collect();
    let mut readers = Readers::of_actors(first.vocabulary);
    all.iter().for_each(|sources| readers.add(sources));
    for condition in conditions {
        readers.add_condition(condition, first, false);
    }
    let order = readers.order(first.always);
    let mut ground = Ground::new(first.vocabulary, order, open_questions(&all));
    let answers = all.iter().map(|sources| answer(&mut ground, sources)).collect();
    let conditions = conditions
        .iter()
        .map(|condition| Builder::new(&mut ground, first).outside_condition(condition))
        .collect();
    let bound = ground.one_of(first.vocabulary.actor_kind, actors);
    let possible = ground.possible(first.always);
    let possible = ground.store.and(possible, bound);
    let Some(counter) = Counter::new(&ground) else {
        let message = "there are 2^128 cases or more: they cannot be counted";
        return Err(
            Problem::new("law::node_budget", message).help("let the rules read fewer facts")
        );
    };
    let joint = Joint { ground, possible, counter, answers, conditions };
    joint.within_budget()?;
    Ok(joint)
}

fn answer<'a>(ground: &mut Ground<'a>, sources: &Sources<'a>) -> Answer {
    let mut builder = Builder::new(ground, sources);
    let conditions: Vec<Node> = sources.rules.iter().map(|rule| builder.rule(rule)).collect();
    let (node, outcomes) = builder.answer(&conditions, &mut vec![0; conditions.len()]);
    Answer { node, outcomes, rules: sources.rules.iter().map(|rule| rule.id).collect() }
}
