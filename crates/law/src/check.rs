//! Checking a law against its own worked cases: every case decided, and what no case reaches.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Law,
    answer::Word,
    decide::{Decision, Scratch},
    error::Problem,
    law::RuleId,
    order::Ranked,
    pack::{Case, Instrument, Modality},
    question::Question,
    vocabulary::ActionId,
};

/// What a check of all worked cases found.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases decided.
    pub cases: usize,
    /// Cases that the law answers otherwise, or cannot answer, each at its row.
    pub wrong: Vec<Problem>,
    /// Rules that hold in no case.
    pub never_met: Vec<RuleId>,
    /// Rules that no case of the same act leaves unmet.
    pub always_met: Vec<RuleId>,
    /// How many cases each answer has.
    pub answers: Vec<(Word, usize)>,
    /// Jurisdictions and acts that have answers which no case reaches.
    pub unreached: Vec<Unreached>,
    /// Places where two rules of one layer bind both ways.
    pub conflicts: Vec<Conflict>,
}

/// Answers of one act that no worked case reaches.
#[derive(Debug)]
pub struct Unreached {
    /// The jurisdiction.
    pub path: String,
    /// The act.
    pub action: ActionId,
    /// The answers.
    pub words: Vec<Word>,
}

/// Two rules of one layer that can bind both ways at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Conflict {
    /// The rule that forbids.
    pub forbids: RuleId,
    /// The rule that commands.
    pub commands: RuleId,
}

impl Law {
    /// Decides every worked case. `progress` is called after each with the number done.
    pub fn check(&self, mut progress: impl FnMut(usize)) -> Report {
        let mut report = Report::default();
        let mut scratch = Scratch::default();
        let mut met: FxHashSet<RuleId> = FxHashSet::default();
        let mut unmet: FxHashSet<RuleId> = FxHashSet::default();
        let mut reached: FxHashMap<(String, ActionId), FxHashSet<Word>> = FxHashMap::default();
        let mut answers: FxHashMap<Word, usize> = FxHashMap::default();
        for instrument in &self.instruments {
            for case in instrument.provisions.iter().flat_map(|provision| &provision.cases) {
                report.cases += 1;
                match self.check_case(instrument, case, &mut scratch) {
                    Ok((question, decision)) => {
                        *answers.entry(decision.word).or_default() += 1;
                        reached
                            .entry((question.jurisdiction.path.clone(), case.action))
                            .or_default()
                            .insert(decision.word);
                        self.note_rules(&question, &mut scratch, &mut met, &mut unmet);
                        if let Some(problem) = self.compare(instrument, case, &decision) {
                            report.wrong.push(problem);
                        }
                    }
                    Err(problem) => report.wrong.push(problem),
                }
                progress(report.cases);
            }
        }
        report.never_met = (0..self.rule_count()).filter(|rule| !met.contains(rule)).collect();
        report.always_met = (0..self.rule_count())
            .filter(|rule| met.contains(rule) && !unmet.contains(rule))
            .collect();
        report.answers = Word::ALL
            .into_iter()
            .map(|word| (word, answers.get(&word).copied().unwrap_or(0)))
            .collect();
        report.unreached = self.unreached(&reached);
        report.conflicts = self.conflicts();
        report
    }

    /// The question that a worked case puts.
    ///
    /// # Errors
    ///
    /// Where the case names a jurisdiction that is not loaded.
    pub fn case_question<'a>(
        &'a self,
        instrument: &'a Instrument,
        case: &Case,
    ) -> Result<Question<'a>, Problem> {
        let path = case.jurisdiction.as_deref().unwrap_or(&instrument.folder);
        let problem = |error: crate::QuestionError| {
            Problem::new("law::case", error.to_string())
                .help(error.help())
                .at(&instrument.source_file, case.place.clone())
        };
        let jurisdiction = self.find_jurisdiction(path).map_err(problem)?;
        let mut question = Question::new(
            self,
            jurisdiction,
            case.action,
            case.on.unwrap_or_else(|| instrument.case_date()),
        );
        for (fact, value) in &case.facts {
            let class = value
                .as_deref()
                .and_then(|value| self.vocabulary.facts.get(*fact)?.class_of(value));
            question.set(*fact, class);
        }
        question.assume_absent(self);
        Ok(question)
    }

    fn check_case<'a>(
        &'a self,
        instrument: &'a Instrument,
        case: &Case,
        scratch: &mut Scratch,
    ) -> Result<(Question<'a>, Decision<'a>), Problem> {
        let question = self.case_question(instrument, case)?;
        match self.decide(&question, scratch) {
            Ok(decision) => Ok((question, decision)),
            Err(error) => Err(Problem::new("law::case", error.to_string())
                .help(error.help())
                .at(&instrument.source_file, case.place.clone())),
        }
    }

    fn compare(
        &self,
        instrument: &Instrument,
        case: &Case,
        decision: &Decision<'_>,
    ) -> Option<Problem> {
        let expected = &case.expected;
        let found = self.describe(decision);
        let ids: Vec<&str> =
            decision.because.iter().map(|&rule| self.rule(rule).id.as_str()).collect();
        let because =
            if ids.is_empty() { String::new() } else { format!(", because of {}", ids.join(", ")) };
        let answer_differs = expected.word != decision.word
            || (expected.word == Word::May && expected.protected != decision.protected)
            || (expected.word == Word::Refer
                && (expected.contested, expected.conflict)
                    != (decision.contested(), decision.conflict));
        let missing_rule = expected.because.iter().find(|id| !ids.contains(&id.as_str()));
        let missing_need = expected.needs.iter().find(|fact| !decision.needs.contains(fact));
        let missing_duty =
            expected.also.iter().find(|&&act| !decision.also.iter().any(|duty| duty.action == act));
        let message = if answer_differs {
            format!("`{}`: the law answers {found}{because}", case.story)
        } else if let Some(id) = missing_rule {
            format!("`{}`: the law answers {found}, but not because of {id}{because}", case.story)
        } else if let Some(fact) = missing_need.and_then(|&fact| self.vocabulary.facts.get(fact)) {
            format!("`{}`: the law answers {found}, but `{}` is not needed", case.story, fact.name)
        } else {
            let act = missing_duty.and_then(|&act| self.vocabulary.actions.get(act))?;
            format!("`{}`: no duty of `{}` arises besides", case.story, act.name)
        };
        let help = "mend the rule or the case: the case says what the law says, not what the program prints";
        Some(
            Problem::new("law::case", message)
                .help(help)
                .at(&instrument.source_file, case.place.clone()),
        )
    }

    /// An answer as it is written in worked cases.
    #[must_use]
    pub fn describe(&self, decision: &Decision<'_>) -> String {
        let mut text = decision.word.name().to_owned();
        for (holds, word) in [
            (decision.protected, " protected"),
            (decision.contested(), " contested"),
            (decision.conflict, " conflict"),
        ] {
            if holds {
                text.push_str(word);
            }
        }
        for fact in decision.needs.iter().filter_map(|&fact| self.vocabulary.facts.get(fact)) {
            text.push(' ');
            text.push_str(&fact.name);
        }
        text
    }

    fn note_rules(
        &self,
        question: &Question<'_>,
        scratch: &mut Scratch,
        met: &mut FxHashSet<RuleId>,
        unmet: &mut FxHashSet<RuleId>,
    ) {
        let duties = self.duties(question.jurisdiction, question.action).iter().copied();
        for action in std::iter::once(question.action).chain(duties) {
            let Some(compiled) = self.compiled(question.jurisdiction, action, question.on) else {
                continue;
            };
            for rule in compiled.rules() {
                match compiled.holds(rule, &question.facts, scratch) {
                    Some(true) => _ = met.insert(rule),
                    Some(false) => _ = unmet.insert(rule),
                    None => {}
                }
            }
        }
    }

    /// Answers on the newest law of each jurisdiction's own acts that no case reaches.
    fn unreached(
        &self,
        reached: &FxHashMap<(String, ActionId), FxHashSet<Word>>,
    ) -> Vec<Unreached> {
        let mut found = Vec::new();
        for jurisdiction in self.jurisdictions() {
            for action in 0..self.vocabulary.actions.len() {
                let own = |rule: RuleId| {
                    self.instrument_of(rule).folder == jurisdiction.path
                        && self.rule(rule).actions.contains(&action)
                };
                let Some(&day) = self.days_of_change(jurisdiction, action).last() else { continue };
                let Some(program) = self.program(jurisdiction, action, day) else { continue };
                if !program.rules.iter().any(|rule| own(rule.id)) {
                    continue;
                }
                let seen = reached.get(&(jurisdiction.path.clone(), action));
                let mut words: Vec<Word> = program
                    .outcomes
                    .iter()
                    .map(|outcome| outcome.word)
                    .filter(|word| seen.is_none_or(|seen| !seen.contains(word)))
                    .collect();
                words.sort_unstable();
                words.dedup();
                if !words.is_empty() {
                    found.push(Unreached { path: jurisdiction.path.clone(), action, words });
                }
            }
        }
        found
    }

    fn conflicts(&self) -> Vec<Conflict> {
        let mut found = Vec::new();
        for jurisdiction in self.jurisdictions() {
            for action in 0..self.vocabulary.actions.len() {
                for day in self.days_of_change(jurisdiction, action) {
                    let Some(program) = self.program(jurisdiction, action, day) else { continue };
                    for outcome in program.outcomes.iter().filter(|outcome| outcome.conflict) {
                        let rules = || {
                            outcome
                                .controlling
                                .iter()
                                .filter_map(|&rule| program.rules.get(usize::from(rule)))
                        };
                        let with = |modality: Modality| {
                            rules()
                                .filter(move |rule| {
                                    let Ranked { modality: own, .. } = rule.ranked;
                                    own == modality
                                })
                                .map(|rule| rule.id)
                        };
                        for forbids in with(Modality::MustNot) {
                            found.extend(
                                with(Modality::Must).map(|commands| Conflict { forbids, commands }),
                            );
                        }
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
