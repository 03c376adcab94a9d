//! Claims proved: of every possible case, or with the plainest case that breaks them.

use jiff::civil::Date;

use crate::{
    Law,
    answer::Word,
    compare::Told,
    decide::Scratch,
    diagram::{FALSE, TRUE, terminal_value},
    error::Problem,
    joint::{Joint, Side, join},
    law::RuleId,
    pack::{Claim, Property, Span},
    question::Question,
    region,
    vocabulary::{ActionId, FactId},
};

/// What came of a claim.
#[derive(Debug)]
pub struct Proof {
    /// Act by act, and span by span of the law.
    pub parts: Vec<Part>,
    /// The plainest case that breaks the claim, in the first part that has one.
    pub counterexample: Option<Counterexample>,
}

impl Proof {
    /// The cases that the claim speaks of, of all acts and spans together.
    #[must_use]
    pub fn cases(&self) -> u128 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.cases))
    }

    /// Those that break it.
    #[must_use]
    pub fn violations(&self) -> u128 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.violations))
    }
}

/// A claim about one act while the law stays the same.
#[derive(Debug)]
pub struct Part {
    /// The act.
    pub action: ActionId,
    /// The days.
    pub span: Span,
    /// The facts that a case has a value of.
    pub facts: Vec<FactId>,
    /// The cases that the claim speaks of.
    pub cases: u128,
    /// Those that break it.
    pub violations: u128,
}

/// A case that breaks a claim.
#[derive(Debug)]
pub struct Counterexample {
    /// The act.
    pub action: ActionId,
    /// The first day on which it breaks the claim.
    pub on: Date,
    /// The law's answer.
    pub answer: Word,
    /// Its controlling rules, strongest first.
    pub because: Vec<RuleId>,
    /// The other law's day, answer and controlling rules, where the claim compares two.
    pub other: Option<(Date, Word, Vec<RuleId>)>,
    /// What makes it break the claim.
    pub story: Told,
    /// The whole case.
    pub case: Told,
}

impl Law {
    /// Proves a claim, act by act; `done` hears of each part.
    ///
    /// # Errors
    ///
    /// Where diagrams outgrow the node budget, or where the claim speaks of no possible case at all
    /// and so says nothing.
    pub fn prove(&self, claim: &Claim, mut done: impl FnMut(&Part)) -> Result<Proof, Problem> {
        let mut proof = Proof { parts: Vec::new(), counterexample: None };
        let mut says_something = false;
        for &action in &claim.actions {
            for span in self.spans(claim, action) {
                let (part, bound, counterexample) = self.prove_part(claim, action, span)?;
                says_something |= bound;
                done(&part);
                proof.parts.push(part);
                proof.counterexample = proof.counterexample.or(counterexample);
            }
        }
        if !says_something {
            let message = match claim.property {
                Property::Only => format!("`{}` leaves out no possible case", claim.id),
                _ => format!("`{}` speaks of no possible case", claim.id),
            };
            return Err(Problem::new("law::claim", message)
                .help("it says nothing: look at its conditions, its acts and its days")
                .at(&claim.source_file, claim.place.clone()));
        }
        Ok(proof)
    }

    /// What comes of one part, and whether the claim binds any case of it.
    fn prove_part(
        &self,
        claim: &Claim,
        action: ActionId,
        span: Span,
    ) -> Result<(Part, bool, Option<Counterexample>), Problem> {
        let Some(sides) = self.sides(claim, span.from) else {
            return Err(Problem::new("law::claim", format!("`{}` names no law", claim.id)));
        };
        let actors = sides.iter().fold(u64::MAX, |actors, side| actors & side.actors());
        let mut joint = self.joint(claim, action, &sides, actors)?;
        let condition = joint.conditions.first().copied().unwrap_or(TRUE);
        let spoken_of = joint.ground.store.and(joint.possible, condition);
        let (domain, counted) = match claim.property {
            Property::Only => {
                (joint.ground.store.and_not(joint.possible, condition), joint.possible)
            }
            _ => (spoken_of, spoken_of),
        };
        let broken = broken(&mut joint, claim);
        let violations = joint.ground.store.and(domain, broken);
        let part = Part {
            action,
            span,
            facts: joint.ground.order.clone(),
            cases: joint.counter.count(&joint.ground, counted),
            violations: joint.counter.count(&joint.ground, violations),
        };
        joint.within_budget()?;
        let Some(case) = region::plainest(&joint.ground, violations) else {
            return Ok((part, domain != FALSE, None));
        };
        let story = region::telling(&mut joint.ground, violations, joint.possible, &case);
        joint.within_budget()?;
        let counterexample = counterexample(&joint, &sides, action, story, case);
        self.replay(claim, &sides, &counterexample)?;
        Ok((part, true, Some(counterexample)))
    }

    /// Decides a counterexample as anybody would, so that none is ever shown that `decide` does not
    /// reproduce. Where the claim takes open questions as answered, `decide` may leave the answer
    /// between this and another.
    fn replay(
        &self,
        claim: &Claim,
        sides: &[Side<'_>],
        found: &Counterexample,
    ) -> Result<(), Problem> {
        let answers = std::iter::once(found.answer).chain(found.other.iter().map(|other| other.1));
        for (side, answer) in sides.iter().zip(answers) {
            let mut question = Question::new(self, side.jurisdiction, found.action, side.on);
            found.case.iter().for_each(|&(fact, class)| question.set(fact, Some(class)));
            let decided = self.decide(&question, &mut Scratch::default());
            let open = !claim.standing.is_empty() || !claim.fallen.is_empty();
            // Over all ways of a question, `may` and `unregulated` are one answer.
            let agrees = decided.is_ok_and(|decision| {
                decision.word == answer
                    || (open && decision.between.contains(&answer))
                    || (open && decision.word.leaves_free() && answer.leaves_free())
            });
            if !agrees {
                let message =
                    format!("`decide` does not reproduce the case found against `{}`", claim.id);
                return Err(Problem::new("law::claim", message)
                    .help("this is a mistake in Bylaw, not in the claim: please report it")
                    .at(&claim.source_file, claim.place.clone()));
            }
        }
        Ok(())
    }

    /// The laws that a claim is about, on a day: its own, and the other one.
    pub(crate) fn sides<'a>(&'a self, claim: &Claim, on: Date) -> Option<Vec<Side<'a>>> {
        let side = |path: &str, on: Date| {
            Some(Side { law: self, jurisdiction: self.jurisdiction(path)?, on })
        };
        let mut sides = vec![side(&claim.jurisdiction, on)?];
        if let Some(other) = &claim.other {
            sides.push(side(&other.jurisdiction, other.on.unwrap_or(on))?);
        }
        Some(sides)
    }

    /// The laws that a claim is about, on one ground with its condition.
    pub(crate) fn joint<'a>(
        &'a self,
        claim: &'a Claim,
        action: ActionId,
        sides: &[Side<'a>],
        actors: u64,
    ) -> Result<Joint<'a>, Problem> {
        let positions = positions(claim);
        let laws: Vec<_> = sides.iter().map(|side| side.sources(action, &positions)).collect();
        join(&laws, &[&claim.condition], actors)
    }

    /// The spans of days in each of which nothing changes that the claim about this act depends on.
    pub(crate) fn spans(&self, claim: &Claim, action: ActionId) -> Vec<Span> {
        let Some(own) = self.jurisdiction(&claim.jurisdiction) else { return Vec::new() };
        let mut days = self.days_of_change(own, action);
        days.extend(self.days_of_condition(own, &claim.condition));
        let mut first = own.first_day;
        if let Some(other) = claim.other.as_ref().filter(|other| other.on.is_none())
            && let Some(other) = self.jurisdiction(&other.jurisdiction)
        {
            days.extend(self.days_of_change(other, action));
            first = first.max(other.first_day);
        }
        let claimed = Span { from: claim.span.from.max(first), until: claim.span.until };
        days.push(claimed.from);
        days.retain(|&day| claimed.contains(day));
        days.sort_unstable();
        days.dedup();
        let ends = days.iter().skip(1).copied().map(Some).chain(std::iter::once(claimed.until));
        days.iter().zip(ends).map(|(&from, until)| Span { from, until }).collect()
    }
}

/// The open questions that a claim takes as answered.
pub(crate) fn positions(claim: &Claim) -> Vec<(&str, bool)> {
    let standing = claim.standing.iter().map(|name| (name.as_str(), true));
    standing.chain(claim.fallen.iter().map(|name| (name.as_str(), false))).collect()
}

/// Where the answers are not as the claim says, be it of a case that it speaks of or not.
fn broken(joint: &mut Joint<'_>, claim: &Claim) -> crate::diagram::Node {
    let store = &mut joint.ground.store;
    let holds = |broken: bool| if broken { TRUE } else { FALSE };
    let broken = |answer: Word, other: Word| claim.property.broken(&claim.answers, answer, other);
    match joint.answers.as_slice() {
        [own] => store.rewrite(own.node, &mut |_, node, _| {
            let word = own.word(terminal_value(node)?);
            Some(holds(broken(word, word)))
        }),
        [own, other] => store
            .apply(own.node, other.node, &mut |x, y| u32::from(broken(own.word(x), other.word(y)))),
        _ => FALSE,
    }
}

fn counterexample(
    joint: &Joint<'_>,
    sides: &[Side<'_>],
    action: ActionId,
    story: Told,
    case: Told,
) -> Counterexample {
    let mut answers = joint.answers.iter().zip(sides).map(|(answer, side)| {
        let outcome = joint.ground.follow(answer.node, &case);
        (side.on, answer.word(outcome), answer.because(outcome))
    });
    let (on, answer, because) =
        answers.next().unwrap_or((Date::ZERO, Word::Unregulated, Vec::new()));
    Counterexample { action, on, answer, because, other: answers.next(), story, case }
}
