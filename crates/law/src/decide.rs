//! Deciding a question, with everything that is said about the answer.

use std::sync::Arc;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::{
    Law,
    answer::{Outcome, Settled, Word},
    compile::Program,
    diagram::{Node, TRUE, UNKNOWN, terminal_value},
    error::QuestionError,
    facts::{FactSet, Facts, members},
    interview,
    law::{Jurisdiction, RuleId},
    order::{Ranked, voided_by},
    pack::{Modality, When},
    question::Question,
    vocabulary::{ActionId, FactId},
};

/// What the law answers to a question, and why.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The law of which jurisdiction.
    pub jurisdiction: &'a Jurisdiction,
    /// The act asked for.
    pub action: ActionId,
    /// The day on which the law was asked.
    pub on: Date,
    /// The answer in one word.
    pub word: Word,
    /// With `may`: no lower law may forbid it.
    pub protected: bool,
    /// With `refer`: two rules of one layer bind both ways.
    pub conflict: bool,
    /// With `refer`: the answers between which an open question stands; else empty.
    pub between: Vec<Word>,
    /// The controlling rules, strongest first.
    pub because: Vec<RuleId>,
    /// Rules that hold and are defeated, each with the rule that defeats it.
    pub despite: Vec<(RuleId, RuleId)>,
    /// Facts that the answer may still depend on: first the one to ask next, then in the order of
    /// asking.
    pub needs: Vec<FactId>,
    /// Duties that arise besides.
    pub also: Vec<Duty>,
    /// Facts that were given their `@absent` value and that the answer was tested on.
    pub assumed: Vec<FactId>,
    /// Facts whose stated value is ignored because a law settles them.
    pub settled: Vec<Settled>,
}

impl Decision<'_> {
    /// Whether the answer turns on an open question of law.
    #[must_use]
    pub const fn contested(&self) -> bool {
        !self.between.is_empty()
    }
}

/// A duty that a request brings, besides its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// The act owed.
    pub action: ActionId,
    /// When, measured from the request.
    pub when: When,
    /// By when, as the law says it.
    pub due: Option<String>,
    /// The rules that command it.
    pub because: Vec<RuleId>,
    /// Facts on which it may still depend; empty where it is owed for certain.
    pub needs: Vec<FactId>,
}

/// Working memory, reused from one decision to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    stamps: Vec<u32>,
    stamp: u32,
    /// Cells of the array that was visited last: stamps of terminals stand behind those of cells.
    cells: usize,
    open: Vec<Node>,
    /// Terminals that the last walk reached.
    terminals: Vec<u32>,
    /// What was asked next for facts that came up before; see [`Scratch::remember`].
    needs: FxHashMap<NeedsKey, Vec<FactId>>,
}

/// The law asked (hash, act, first day of its span), and what was known.
type NeedsKey = (Arc<str>, ActionId, Date, Facts);

/// The law of one jurisdiction about one act on one day: the hot path for callers that keep packed
/// facts.
#[derive(Debug, Clone, Copy)]
pub struct Compiled<'a> {
    program: &'a Program,
}

/// An answer with its controlling rules, borrowed from the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The answer in one word.
    pub word: Word,
    /// With `may`: no lower law may forbid it.
    pub protected: bool,
    /// With `refer`: it turns on an open question.
    pub contested: bool,
    /// The controlling rules, strongest first.
    pub because: &'a [RuleId],
}

impl<'a> Compiled<'a> {
    /// The answer where every fact that matters is known; allocates nothing.
    #[must_use]
    #[inline]
    pub fn answer(self, facts: &Facts) -> Option<Verdict<'a>> {
        self.verdict(terminal_value(self.program.flat.walk(self.program.root, facts.classes()))?)
    }

    /// The answer of that number.
    #[must_use]
    #[inline]
    pub fn verdict(self, outcome: u32) -> Option<Verdict<'a>> {
        let index = outcome as usize;
        let found = self.program.outcomes.get(index)?;
        let because = self.program.citations.get(index)?;
        Some(Verdict {
            word: found.word,
            protected: found.protected,
            contested: found.contested(),
            because,
        })
    }

    /// Answers a batch held in columns: `columns[fact][row]` is a value class. Writes the number of
    /// each row's answer, for [`Compiled::verdict`], or `u32::MAX` where a fact that matters is
    /// unknown.
    ///
    /// Eight rows are walked side by side, so that the memory's latency is shared.
    pub fn answer_columns(self, columns: &[&[u8]], answers: &mut [u32]) {
        crate::columns::walk(&self.program.flat, self.program.root, columns, answers);
    }

    /// Whether `rule` holds at these facts, open questions taken as its authors do; none where that
    /// depends on unknown facts.
    #[must_use]
    pub fn holds(self, rule: RuleId, facts: &Facts, scratch: &mut Scratch) -> Option<bool> {
        let rule = self.program.rules.iter().find(|known| known.id == rule)?;
        scratch.truth(self.program, rule.condition, facts)
    }

    /// The rules about this act on this day, highest layer first.
    pub fn rules(self) -> impl Iterator<Item = RuleId> + 'a {
        self.program.rules.iter().map(|rule| rule.id)
    }

    /// Nodes of the diagram, the rules' own conditions included.
    #[must_use]
    pub const fn nodes(self) -> usize {
        self.program.flat.nodes
    }
}

impl Law {
    /// The law of a jurisdiction about an act on a day, ready to be asked many times.
    #[must_use]
    pub fn compiled<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
        action: ActionId,
        on: Date,
    ) -> Option<Compiled<'a>> {
        self.program(jurisdiction, action, on).map(|program| Compiled { program })
    }

    /// Decides a question, with the reasons, the rules defeated, the duties besides and the facts
    /// still needed.
    ///
    /// # Errors
    ///
    /// Where no law was in force yet, or where the jurisdiction's own law binds no such actor.
    pub fn decide<'a>(
        &'a self,
        question: &Question<'a>,
        scratch: &mut Scratch,
    ) -> Result<Decision<'a>, QuestionError> {
        let Question { jurisdiction, action, on, .. } = *question;
        self.check_askable(question)?;
        let program = self
            .program(jurisdiction, action, on)
            .ok_or_else(|| self.too_large(jurisdiction, action, on))?;
        let tested = scratch.reach(program, program.root, &question.facts);
        let outcome = scratch.common(program);
        let mut needs = Vec::new();
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => {
                needs = scratch
                    .remember(program, question, |facts| interview::needed(self, program, facts));
                Outcome::plain(Word::NeedsFacts, Vec::new())
            }
        };
        let despite = if outcome.word == Word::NeedsFacts {
            Vec::new()
        } else {
            defeated(program, &question.facts, &outcome, scratch)
        };
        let (also, tested_for_duties) = self.duties_besides(question, outcome.word, scratch)?;
        let number =
            |rule: u16| program.rules.get(usize::from(rule)).map_or(usize::MAX, |rule| rule.id);
        Ok(Decision {
            jurisdiction,
            action,
            on,
            word: outcome.word,
            protected: outcome.protected,
            conflict: outcome.conflict,
            because: outcome.controlling.iter().map(|&rule| number(rule)).collect(),
            despite: despite.into_iter().map(|(rule, by)| (number(rule), number(by))).collect(),
            needs,
            also,
            assumed: members((tested | tested_for_duties) & question.assumed).collect(),
            settled: self.settled(question),
            between: outcome.between,
        })
    }

    fn check_askable(&self, question: &Question<'_>) -> Result<(), QuestionError> {
        let jurisdiction = question.jurisdiction;
        if question.on < jurisdiction.first_day {
            return Err(QuestionError::BeforeAnyLaw {
                path: jurisdiction.path.clone(),
                on: question.on,
                first: jurisdiction.first_day,
            });
        }
        match question.actor(self) {
            Some(actor) if !self.binds(jurisdiction, actor) => Err(QuestionError::ActorNotBound {
                path: jurisdiction.path.clone(),
                actor: self
                    .vocabulary
                    .facts
                    .get(self.vocabulary.actor_kind)
                    .map_or_else(String::new, |fact| fact.class_name(actor)),
                help: self.likely_path(jurisdiction, actor),
            }),
            _ => Ok(()),
        }
    }

    /// Whether some instrument of the path's own folder binds the actor, on whatever day.
    #[must_use]
    pub fn binds(&self, jurisdiction: &Jurisdiction, actor: u8) -> bool {
        self.own(jurisdiction).any(|instrument| instrument.binds_actor(actor))
    }

    /// Its own instruments, of any day.
    pub(crate) fn own<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
    ) -> impl Iterator<Item = &'a crate::pack::Instrument> {
        let instruments =
            jurisdiction.instruments.iter().filter_map(|&(_, index)| self.instruments.get(index));
        instruments.filter(|instrument| instrument.folder == jurisdiction.path)
    }

    fn likely_path(&self, asked: &Jurisdiction, actor: u8) -> String {
        let named = |jurisdiction: &&Jurisdiction| {
            self.own(jurisdiction)
                .any(|instrument| instrument.binds != u64::MAX && instrument.binds_actor(actor))
        };
        let mut paths: Vec<&str> = self
            .jurisdictions()
            .filter(named)
            .map(|jurisdiction| jurisdiction.path.as_str())
            .collect();
        let shared = |path: &str| {
            path.split('/').zip(asked.path.split('/')).take_while(|(a, b)| a == b).count()
        };
        paths.sort_by_key(|path| {
            (std::cmp::Reverse(path.split('/').count()), std::cmp::Reverse(shared(path)))
        });
        match paths.as_slice() {
            [] => "a path names whose act it is; no law on file names this actor".to_owned(),
            [path] => format!("a path names whose act it is: did you mean `{path}`?"),
            paths => format!("a path names whose act it is: one of {}", paths.join(", ")),
        }
    }

    fn settled(&self, question: &Question<'_>) -> Vec<Settled> {
        let Some(actor) = question.actor(self) else { return Vec::new() };
        let instruments = question
            .jurisdiction
            .instruments
            .iter()
            .filter_map(|&(_, index)| Some((index, self.instruments.get(index)?)));
        // Of several instruments the lowest settles the fact, as in the compiled law.
        let mut settled: Vec<Settled> = Vec::new();
        for (instrument, read) in instruments
            .filter(|(_, read)| read.span.contains(question.on) && read.binds_actor(actor))
        {
            for &(fact, class) in &read.settles {
                if question.stated & (1 << fact) != 0 {
                    settled.retain(|known| known.fact != fact);
                    settled.push(Settled { fact, class, instrument });
                }
            }
        }
        // A fact that was left open, or stated as it is settled anyway, was not ignored.
        settled.retain(|known| {
            question.facts.class(known.fact).is_some_and(|stated| stated != known.class)
        });
        settled
    }

    /// Every act has a program from the jurisdiction's first day on, unless it outgrows the node
    /// budget.
    fn too_large(&self, jurisdiction: &Jurisdiction, action: ActionId, on: Date) -> QuestionError {
        let act = self.vocabulary.actions.get(action);
        QuestionError::OverBudget {
            path: jurisdiction.path.clone(),
            action: act.map_or_else(String::new, |action| action.name.clone()),
            on,
        }
    }

    /// Duties tied to a request for this act, with every fact tested for them. What is owed before
    /// or after the act is not owed where the act is forbidden.
    fn duties_besides(
        &self,
        question: &Question<'_>,
        word: Word,
        scratch: &mut Scratch,
    ) -> Result<(Vec<Duty>, FactSet), QuestionError> {
        let Question { jurisdiction, on, .. } = *question;
        let mut duties: Vec<Duty> = Vec::new();
        let mut tested_for_any = 0;
        for &act in self.duties(question.jurisdiction, question.action) {
            let program = self
                .program(jurisdiction, act, on)
                .ok_or_else(|| self.too_large(jurisdiction, act, on))?;
            let tested = scratch.reach(program, program.root, &question.facts);
            tested_for_any |= tested;
            let unknown = || {
                members(tested)
                    .filter(|&fact| question.facts.class(fact).is_none())
                    .collect::<Vec<_>>()
            };
            let certain = scratch.common(program);
            let (rules, needs) = match &certain {
                Some(outcome) if outcome.may_command() => (outcome.controlling.clone(), Vec::new()),
                Some(_) => continue,
                None => (scratch.possible_musts(program), unknown()),
            };
            let owed = rules
                .iter()
                .filter_map(|&rule| program.rules.get(usize::from(rule)))
                .flat_map(|rule| self.ties(rule.id, question.action).map(move |when| (rule, when)))
                .filter(|&(_, when)| when == When::Upon || word != Word::MustNot);
            for (rule, when) in owed {
                let due = self.rule(rule.id).due.clone();
                match duties
                    .iter_mut()
                    .find(|duty| duty.action == act && duty.when == when && duty.due == due)
                {
                    Some(duty) => duty.because.push(rule.id),
                    None => duties.push(Duty {
                        action: act,
                        when,
                        due,
                        because: vec![rule.id],
                        needs: needs.clone(),
                    }),
                }
            }
        }
        Ok((duties, tested_for_any))
    }
}

impl Scratch {
    /// Gathers the terminals that the known facts leave open; returns every fact tested on the way.
    pub(crate) fn reach(&mut self, program: &Program, root: Node, facts: &Facts) -> FactSet {
        let flat = &program.flat;
        let classes = facts.classes();
        let mut tested = 0;
        self.terminals.clear();
        self.open.clear();
        self.open.push(root);
        let mut forked = false;
        while let Some(mut node) = self.open.pop() {
            loop {
                if let Some(value) = terminal_value(node) {
                    if !forked || self.first_terminal(value) {
                        self.terminals.push(value);
                    }
                    break;
                }
                if forked && !self.first_stamp(node as usize) {
                    break;
                }
                let fact = flat.fact(node);
                tested |= 1 << fact;
                match classes.get(fact).copied() {
                    Some(class) if class != UNKNOWN => node = flat.edge(node, class),
                    _ => {
                        if !forked {
                            forked = true;
                            self.begin(flat.cells(), program.outcomes.len());
                        }
                        self.open.extend_from_slice(flat.edges(node, program.classes_of(fact)));
                        break;
                    }
                }
            }
        }
        tested
    }

    /// The answer in one word; none where it depends on unknown facts.
    pub(crate) fn word(&mut self, program: &Program, facts: &Facts) -> Option<Word> {
        self.reach(program, program.root, facts);
        self.common(program).map(|outcome| outcome.word)
    }

    /// Whether a condition holds; none where that depends on unknown facts.
    fn truth(&mut self, program: &Program, condition: Node, facts: &Facts) -> Option<bool> {
        let met = program.flat.walk(condition, facts.classes());
        if terminal_value(met).is_some() {
            return Some(met == TRUE);
        }
        self.reach(program, met, facts);
        match self.terminals.as_slice() {
            [value] => Some(*value == 1),
            _ => None,
        }
    }

    /// Forgets what was visited: stamps of nodes, then of terminals.
    fn begin(&mut self, cells: usize, terminals: usize) {
        // A condition's terminals are 0 and 1, also where an act has fewer outcomes.
        let size = cells + terminals.max(2);
        if self.stamps.len() < size {
            self.stamps.resize(size, 0);
        }
        self.cells = cells;
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.stamps.fill(0);
            self.stamp = 1;
        }
    }

    fn first_terminal(&mut self, value: u32) -> bool {
        self.first_stamp(self.cells + value as usize)
    }

    fn first_stamp(&mut self, place: usize) -> bool {
        let Some(stamp) = self.stamps.get_mut(place) else { return true };
        std::mem::replace(stamp, self.stamp) != self.stamp
    }

    /// The outcome that all reached terminals have in common.
    fn common(&self, program: &Program) -> Option<Outcome> {
        Outcome::common(
            self.terminals.iter().filter_map(|&terminal| program.outcomes.get(terminal as usize)),
        )
    }

    /// Rules that control a `must`, settled or not, among the reached terminals.
    fn possible_musts(&self, program: &Program) -> Vec<u16> {
        let outcomes =
            self.terminals.iter().filter_map(|&terminal| program.outcomes.get(terminal as usize));
        let mut rules: Vec<u16> = outcomes
            .filter(|outcome| outcome.may_command())
            .flat_map(|outcome| outcome.controlling.iter().copied())
            .collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Working out what to ask next is slow; requests that know the same facts are common in a
    /// batch.
    fn remember(
        &mut self,
        program: &Program,
        question: &Question<'_>,
        work_out: impl FnOnce(&Facts) -> Vec<FactId>,
    ) -> Vec<FactId> {
        const MOST: usize = 4096;
        let law = Arc::clone(&question.jurisdiction.hash);
        let key = (law, question.action, program.from, question.facts.clone());
        if let Some(known) = self.needs.get(&key) {
            return known.clone();
        }
        if self.needs.len() >= MOST {
            self.needs.clear();
        }
        let needs = work_out(&question.facts);
        self.needs.insert(key, needs.clone());
        needs
    }
}

/// Rules that certainly hold and do not control, each with what defeats it. Both numbers are the
/// program's.
fn defeated(
    program: &Program,
    facts: &Facts,
    outcome: &Outcome,
    scratch: &mut Scratch,
) -> Vec<(u16, u16)> {
    let holding: Vec<bool> = program
        .rules
        .iter()
        .map(|rule| scratch.truth(program, rule.condition, facts) == Some(true))
        .collect();
    let holds = |rule: u16| holding.get(usize::from(rule)).copied().unwrap_or(false);
    let overrider = |rule: u16| active_overrider(program, rule, &holds);
    let active: Vec<Ranked> = program
        .rules
        .iter()
        .map(|rule| rule.ranked)
        .filter(|ranked| holds(ranked.rule) && overrider(ranked.rule).is_none())
        .collect();
    let strongest = outcome.controlling.first().copied();
    program
        .rules
        .iter()
        .map(|rule| rule.ranked)
        .filter(|ranked| holds(ranked.rule) && !outcome.controlling.contains(&ranked.rule))
        .filter_map(|ranked| {
            let outweighed = || strongest.filter(|_| answer_of(ranked.modality) != outcome.word);
            let by = overrider(ranked.rule)
                .or_else(|| voided_by(ranked, &active))
                .or_else(outweighed)?;
            Some((ranked.rule, by))
        })
        .collect()
}

/// A rule that overrides this one and is itself active.
fn active_overrider(program: &Program, rule: u16, holds: &impl Fn(u16) -> bool) -> Option<u16> {
    let overriders = &program.rules.get(usize::from(rule))?.overridden_by;
    overriders
        .iter()
        .copied()
        .find(|&by| holds(by) && active_overrider(program, by, holds).is_none())
}

/// The answer a rule would give alone.
const fn answer_of(modality: Modality) -> Word {
    match modality {
        Modality::Must => Word::Must,
        Modality::MustNot => Word::MustNot,
        Modality::May | Modality::MayProtected => Word::May,
        Modality::Refer => Word::Refer,
    }
}
