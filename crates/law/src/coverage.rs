//! Law or label: how much of what may happen a law decides, where its layers collide, and which of
//! its rules never decide anything.

use crate::{
    Law,
    answer::{Outcome, Word},
    compare::share,
    diagram::{FALSE, Node, TRUE, terminal_value},
    error::Problem,
    ground::{Builder, Ground, Sources},
    joint::{Side, join},
    law::RuleId,
    pack::{Condition, Modality, lower_condition},
    region::Counter,
    vocabulary::ActionId,
};

/// How a law covers one act.
#[derive(Debug)]
pub struct Coverage {
    /// The act.
    pub action: ActionId,
    /// All kinds of staff that the law binds, together.
    pub total: Answers,
    /// Each kind of staff, by its class of `actor_kind`.
    pub by_actor: Vec<(u8, Answers)>,
    /// Pairs of layers that bind both ways.
    pub collisions: Vec<Collision>,
    /// Rules about the act that decide nothing, in whatever case.
    pub idle: Vec<(RuleId, Idle)>,
}

/// Numbers of possible cases by what the law answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// Commanded.
    pub must: u128,
    /// Forbidden.
    pub must_not: u128,
    /// Permitted in words.
    pub may: u128,
    /// Passed over in silence.
    pub silent: u128,
    /// Sent to counsel by a rule.
    pub refer: u128,
    /// Sent to counsel because rules of one layer bind both ways.
    pub conflict: u128,
    /// Sent to counsel because it turns on an open question.
    pub contested: u128,
}

impl Answers {
    /// All cases.
    #[must_use]
    pub const fn cases(&self) -> u128 {
        self.decided() + self.silent + self.refer + self.conflict + self.contested
    }

    /// Those that the law itself decides.
    #[must_use]
    pub const fn decided(&self) -> u128 {
        self.must + self.must_not + self.may
    }

    /// Each answer with its part of all cases, 0 to 1, in the order of the fields.
    #[must_use]
    pub fn shares(&self) -> [(&'static str, f64); 7] {
        let whole = self.cases();
        [
            ("must", self.must),
            ("must_not", self.must_not),
            ("may", self.may),
            ("silent", self.silent),
            ("refer", self.refer),
            ("conflict", self.conflict),
            ("contested", self.contested),
        ]
        .map(|(name, part)| (name, share(part, whole)))
    }

    fn add(&mut self, outcome: &Outcome, cases: u128) {
        let field = match outcome.word {
            Word::Must => &mut self.must,
            Word::MustNot => &mut self.must_not,
            Word::May => &mut self.may,
            Word::Unregulated => &mut self.silent,
            Word::Refer | Word::NeedsFacts if outcome.contested() => &mut self.contested,
            Word::Refer | Word::NeedsFacts if outcome.conflict => &mut self.conflict,
            Word::Refer | Word::NeedsFacts => &mut self.refer,
        };
        *field += cases;
    }
}

/// Two layers that bind both ways: as between them the higher one decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The folder that decides, as between the two.
    pub above: String,
    /// The folder whose rule is void against it.
    pub below: String,
    /// What the higher one says.
    pub says: Modality,
    /// In how many possible cases.
    pub cases: u128,
}

/// Why a rule decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// It holds in no possible case of an actor that the law binds.
    NeverHolds,
    /// Where it holds, another rule always overrides it.
    Overridden,
    /// Where it is active, a higher or a stronger rule always decides.
    Shadowed,
}

impl Idle {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NeverHolds => "holds in no possible case of the staff that this law binds",
            Self::Overridden => "is always overridden",
            Self::Shadowed => "never controls: a higher or stronger rule always decides",
        }
    }
}

impl Law {
    /// Reads one Cedar expression on facts, and on terms of whatever law it is used with.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or a number that no rule compares with: value classes are those of
    /// the law.
    pub fn condition(&self, text: &str) -> Result<Condition, String> {
        lower_condition(text, &self.vocabulary)
    }

    /// How a law covers an act, in the cases in which a condition holds.
    ///
    /// # Errors
    ///
    /// Where the diagrams outgrow the node budget, or the condition reads a term that this law does
    /// not define.
    pub fn coverage(
        &self,
        side: Side<'_>,
        action: ActionId,
        when: &Condition,
    ) -> Result<Coverage, Problem> {
        let laws = [side.sources(action, &[])];
        let mut unknown = None;
        when.each_term(&mut |name| {
            if !laws[0].terms.contains_key(name) {
                unknown.get_or_insert_with(|| name.to_owned());
            }
        });
        if let Some(name) = unknown {
            let path = &side.jurisdiction.path;
            return Err(Problem::new(
                "law::unknown_term",
                format!("`{path}` has no term `{name}`"),
            )
            .help("say it in facts, which all jurisdictions share"));
        }
        let actors = side.actors();
        let mut joint = join(&laws, &[when], actors)?;
        let (ground, possible) = (&mut joint.ground, joint.possible);
        let condition = joint.conditions.first().copied().unwrap_or(TRUE);
        let asked = ground.store.and(possible, condition);
        let Some(answer) = joint.answers.first() else {
            return Err(Problem::new("law::node_budget", "there is no law to look at"));
        };
        let actor_kind = self.vocabulary.actor_kind;
        let mut coverage = Coverage {
            action,
            total: Answers::default(),
            by_actor: Vec::new(),
            collisions: Vec::new(),
            idle: Vec::new(),
        };
        for actor in (0..64).filter(|actor| actors & (1 << actor) != 0) {
            let one = ground.one_of(actor_kind, 1 << actor);
            let cases = ground.store.and(asked, one);
            let answers = answers(ground, &joint.counter, answer.node, &answer.outcomes, cases);
            coverage.by_actor.push((actor, answers));
        }
        coverage.total = answers(ground, &joint.counter, answer.node, &answer.outcomes, asked);
        let rules = RuleNodes::new(ground, &laws[0]);
        let folders = side.jurisdiction.path.split('/');
        let mut path = String::new();
        let folders: Vec<String> = folders
            .map(|name| {
                path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                path.clone()
            })
            .collect();
        coverage.collisions = rules.collisions(ground, &joint.counter, &laws[0], asked, &folders);
        coverage.idle = rules.idle(ground, &laws[0], possible, answer.node, &answer.outcomes);
        // A diagram that was cut short would count wrongly.
        joint.within_budget()?;
        Ok(coverage)
    }
}

fn answers(
    ground: &mut Ground<'_>,
    counter: &Counter,
    answer: Node,
    outcomes: &[Outcome],
    cases: Node,
) -> Answers {
    // Terminal 0 is for cases that are not counted.
    let answered = ground.store.apply(answer, cases, &mut |outcome, counted| {
        if counted == 1 { outcome + 1 } else { 0 }
    });
    let mut answers = Answers::default();
    for (terminal, cases) in counter.counts(ground, answered) {
        let outcome = terminal.checked_sub(1).and_then(|outcome| outcomes.get(outcome as usize));
        outcome.into_iter().for_each(|outcome| answers.add(outcome, cases));
    }
    answers
}

/// Where each rule holds and where it is active, open questions taken as its authors do.
struct RuleNodes {
    holds: Vec<Node>,
    active: Vec<Node>,
}

impl RuleNodes {
    fn new<'a>(ground: &mut Ground<'a>, law: &Sources<'a>) -> Self {
        let mut builder = Builder::new(ground, law);
        let holds: Vec<Node> = law.rules.iter().map(|rule| builder.rule(rule)).collect();
        let active = builder.active(&holds);
        let mut as_authored = |nodes: Vec<Node>| {
            nodes.into_iter().map(|node| builder.as_authored(node)).collect::<Vec<_>>()
        };
        Self { holds: as_authored(holds), active: as_authored(active) }
    }

    /// Pairs of layers that bind both ways in some of these cases.
    fn collisions(
        &self,
        ground: &mut Ground<'_>,
        counter: &Counter,
        law: &Sources<'_>,
        cases: Node,
        folders: &[String],
    ) -> Vec<Collision> {
        let mut found = Vec::new();
        for (upper, above) in folders.iter().enumerate() {
            for (lower, below) in folders.iter().enumerate().skip(upper + 1) {
                for (says, against) in [
                    (Modality::Must, Modality::MustNot),
                    (Modality::MustNot, Modality::Must),
                    (Modality::MayProtected, Modality::MustNot),
                ] {
                    let above_says = self.of(ground, law, upper, says);
                    let below_says = self.of(ground, law, lower, against);
                    let both = ground.store.and(above_says, below_says);
                    let both = ground.store.and(both, cases);
                    if both != FALSE {
                        let cases = counter.count(ground, both);
                        found.push(Collision {
                            above: above.clone(),
                            below: below.clone(),
                            says,
                            cases,
                        });
                    }
                }
            }
        }
        found
    }

    /// Where some rule of that layer and modality is active.
    fn of(
        &self,
        ground: &mut Ground<'_>,
        law: &Sources<'_>,
        layer: usize,
        modality: Modality,
    ) -> Node {
        law.rules
            .iter()
            .zip(&self.active)
            .filter(|(rule, _)| {
                usize::from(rule.ranked.layer) == layer && rule.ranked.modality == modality
            })
            .fold(FALSE, |any, (_, &active)| ground.store.or(any, active))
    }

    /// Rules that control in no possible case, and why.
    fn idle(
        &self,
        ground: &mut Ground<'_>,
        law: &Sources<'_>,
        possible: Node,
        answer: Node,
        outcomes: &[Outcome],
    ) -> Vec<(RuleId, Idle)> {
        let reached = ground.store.apply(answer, possible, &mut |outcome, possible| {
            if possible == 1 { outcome + 1 } else { 0 }
        });
        let mut controls = vec![false; law.rules.len()];
        let nodes = ground.store.reachable(&[reached]);
        let edges = nodes.iter().flat_map(|&node| ground.store.edges(node)).chain([&reached]);
        for outcome in edges
            .filter_map(|&edge| terminal_value(edge)?.checked_sub(1))
            .filter_map(|outcome| outcomes.get(outcome as usize))
        {
            for &rule in &outcome.controlling {
                if let Some(controls) = controls.get_mut(usize::from(rule)) {
                    *controls = true;
                }
            }
        }
        let mut idle = Vec::new();
        for (((rule, controls), &holds), &active) in
            law.rules.iter().zip(controls).zip(&self.holds).zip(&self.active)
        {
            if controls {
                continue;
            }
            let why = if ground.store.and(holds, possible) == FALSE {
                Idle::NeverHolds
            } else if ground.store.and(active, possible) == FALSE {
                Idle::Overridden
            } else {
                Idle::Shadowed
            };
            idle.push((rule.id, why));
        }
        idle
    }
}
