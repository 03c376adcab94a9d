//! The law of all jurisdictions, loaded whole or not at all.

mod link;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::{
    compile::{OverBudget, Program, compile},
    error::{LoadError, Problem, SourceFile},
    ground::{Definition, SourceRule, Sources},
    guidance::Guidance,
    order::Ranked,
    pack::{CLAIMS, Claim, Condition, Instrument, Modality, Rule, Span, Term, When, claims},
    vocabulary::{ActionId, Domain, FactId, VOCABULARY_FILE, Vocabulary},
};

/// A rule's number, in the order of the files.
pub type RuleId = usize;

/// The law of all jurisdictions.
///
/// Nothing in it changes once it is loaded; it can be shared between threads.
#[derive(Debug)]
pub struct Law {
    /// Every fact and act.
    pub vocabulary: Vocabulary,
    /// The text that it was read from.
    pub vocabulary_file: SourceFile,
    /// Every instrument, by file name.
    pub instruments: Vec<Instrument>,
    /// The words for people.
    pub guidance: Guidance,
    /// What the law is claimed to do, by file name.
    pub claims: Vec<Claim>,
    pub(crate) rules: Vec<RulePlace>,
    pub(crate) always: Vec<Condition>,
    /// Facts whose absence the desk can see, with the class that means absent.
    pub(crate) absent: Vec<(FactId, u8)>,
    jurisdictions: BTreeMap<String, Jurisdiction>,
}

/// Where a rule stands.
#[derive(Debug, Clone)]
pub(crate) struct RulePlace {
    pub(crate) instrument: usize,
    provision: usize,
    index: usize,
    /// The rules that override it, by number.
    pub(crate) overridden_by: Vec<RuleId>,
}

/// The law as it reaches one path: every instrument of the folders on it.
#[derive(Debug)]
pub struct Jurisdiction {
    /// The path: `us/ca/los-angeles`.
    pub path: String,
    /// Its instruments with their layer, 0 the highest, layer by layer.
    pub instruments: Vec<(u8, usize)>,
    /// `sha256:` and the hash of every file the answer can depend on.
    pub hash: Arc<str>,
    /// The first day on which any of its instruments is in force.
    pub first_day: Date,
    /// Every rule on the path with its layer, highest layer first.
    pub(crate) rules: Vec<(u8, RuleId)>,
    acts: Vec<Act>,
}

/// The law of one jurisdiction about one act.
#[derive(Debug)]
struct Act {
    /// The days on which it changes, ascending, each with the program from that day on.
    spans: Vec<(Date, OnceLock<Program>)>,
    /// Other acts that may be owed as duties upon a request for this one.
    duties: Vec<ActionId>,
}

impl Law {
    /// Loads the law: reads every file, links the rules, has Cedar validate them, and compiles
    /// every diagram.
    ///
    /// `files` are the vocabulary, the instruments and the guidance, in any order.
    ///
    /// # Errors
    ///
    /// Every problem of every file. A law that does not load changes nothing.
    pub fn load(files: &[SourceFile]) -> Result<Self, LoadError> {
        let law = Self::read(files, true, &[])?;
        law.compile_all().map_err(|problems| LoadError { problems })?;
        Ok(law)
    }

    /// Loads a law that was checked when it was built: Cedar's validation is skipped, and diagrams
    /// are compiled when they are first asked for.
    ///
    /// # Errors
    ///
    /// As [`Law::load`], as far as problems show without compiling.
    pub fn load_checked(files: &[SourceFile]) -> Result<Self, LoadError> {
        Self::read(files, false, &[])
    }

    /// Loads a law so that its value classes and those of `other` are the same, as
    /// [`crate::compare()`] wants of two laws; `other` may have to be loaded again beside this one.
    ///
    /// # Errors
    ///
    /// As [`Law::load`], as far as problems show without compiling.
    pub fn load_beside(files: &[SourceFile], other: &Self) -> Result<Self, LoadError> {
        let cuts: Vec<Vec<i64>> = other
            .vocabulary
            .facts
            .iter()
            .map(|fact| match &fact.domain {
                Domain::Range { cuts, .. } => cuts.clone(),
                Domain::Bool | Domain::Values(_) => Vec::new(),
            })
            .collect();
        Self::read(files, true, &cuts)
    }

    /// `cuts`: where ranges are cut besides, for each fact.
    fn read(files: &[SourceFile], validate: bool, cuts: &[Vec<i64>]) -> Result<Self, LoadError> {
        let mut problems = Vec::new();
        let Some(schema) = files.iter().find(|file| file.name == VOCABULARY_FILE) else {
            let missing =
                Problem::new("law::vocabulary", format!("there is no `{VOCABULARY_FILE}`"));
            return Err(LoadError {
                problems: vec![
                    missing.help("a folder of packs holds the vocabulary beside its first layer"),
                ],
            });
        };
        let mut vocabulary =
            Vocabulary::parse(schema).map_err(|problems| LoadError { problems })?;
        let mut cuts = cuts.to_vec();
        cuts.resize(vocabulary.facts.len(), Vec::new());
        let (claimed, files): (Vec<&SourceFile>, Vec<&SourceFile>) =
            files.iter().partition(|file| file.name.ends_with(CLAIMS));
        let mut packs: Vec<&SourceFile> = files
            .iter()
            .copied()
            .filter(|file| file.name.ends_with(".md") && file.name.contains('/'))
            .collect();
        packs.sort_by(|a, b| a.name.cmp(&b.name));
        for file in
            files.iter().filter(|file| !file.name.contains('/') && file.text.starts_with("+++"))
        {
            problems.push(
                Problem::new("law::front_matter", "the pack stands in no folder")
                    .help("its folder is its jurisdiction, such as town/doors.md")
                    .at(file, 0..3),
            );
        }
        let (words, packs): (Vec<_>, Vec<_>) =
            packs.into_iter().partition(|file| file.name.ends_with("/guidance.md"));
        let instruments: Vec<Instrument> = packs
            .iter()
            .filter_map(|file| Instrument::read(file, &vocabulary, &mut cuts, &mut problems))
            .collect();
        let guidance = Guidance::read(&words, &vocabulary, &mut problems);
        let claims: Vec<Claim> = claimed
            .into_iter()
            .flat_map(|file| claims::read(file, &vocabulary, &mut cuts, &mut problems))
            .collect();
        let always = link::always(schema, &vocabulary, &mut cuts, &mut problems);
        link::cut(&mut vocabulary, cuts, &mut problems);
        let rules = link::rules(&instruments, &vocabulary, validate, &mut problems);
        link::claims(&claims, &instruments, &vocabulary, &mut problems);
        if validate && problems.is_empty() {
            link::validate(schema, &vocabulary, &instruments, &mut problems);
        }
        if !problems.is_empty() {
            problems.sort_by(|a, b| (a.file(), a.offset()).cmp(&(b.file(), b.offset())));
            return Err(LoadError { problems });
        }
        let absent = vocabulary
            .facts
            .iter()
            .enumerate()
            .filter_map(|(fact, known)| Some((fact, known.class_of(known.absent.as_deref()?)?)))
            .collect();
        let mut law = Self {
            vocabulary,
            vocabulary_file: schema.clone(),
            instruments,
            guidance,
            claims,
            rules,
            always,
            absent,
            jurisdictions: BTreeMap::new(),
        };
        law.jurisdictions = law.lay_out(schema);
        Ok(law)
    }

    /// Every jurisdiction, by path.
    pub fn jurisdictions(&self) -> impl Iterator<Item = &Jurisdiction> {
        self.jurisdictions.values()
    }

    /// The jurisdiction of that path.
    #[must_use]
    pub fn jurisdiction(&self, path: &str) -> Option<&Jurisdiction> {
        self.jurisdictions.get(path)
    }

    /// The number of rules.
    #[must_use]
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// The rule of that number.
    ///
    /// # Panics
    ///
    /// Where the number did not come from this law.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "INVARIANT: rule numbers come from this law")]
    pub fn rule(&self, id: RuleId) -> &Rule {
        let place = &self.rules[id];
        &self.instruments[place.instrument].provisions[place.provision].rules[place.index]
    }

    /// The instrument that the rule of that number stands in.
    ///
    /// # Panics
    ///
    /// Where the number did not come from this law.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "INVARIANT: rule numbers come from this law")]
    pub fn instrument_of(&self, id: RuleId) -> &Instrument {
        &self.instruments[self.rules[id].instrument]
    }

    /// The rules that override the rule of that number.
    pub fn overridden_by(&self, id: RuleId) -> impl Iterator<Item = RuleId> {
        self.rules.get(id).into_iter().flat_map(|place| place.overridden_by.iter().copied())
    }

    /// The number of the rule of that id.
    #[must_use]
    pub fn rule_id(&self, id: &str) -> Option<RuleId> {
        (0..self.rules.len()).find(|&rule| self.rule(rule).id == id)
    }

    /// Compiles every diagram that is not compiled yet; returns their number and nodes.
    ///
    /// # Errors
    ///
    /// The rules of each act that outgrow the node budget.
    pub fn compile_all(&self) -> Result<Size, Vec<Problem>> {
        let mut size = Size::default();
        let mut problems: Vec<Problem> = Vec::new();
        for jurisdiction in self.jurisdictions.values() {
            for (action, act) in jurisdiction.acts.iter().enumerate() {
                for (from, program) in &act.spans {
                    let program = match program.get() {
                        Some(program) => program,
                        None => match compile(&self.sources(jurisdiction, action, *from)) {
                            Ok(compiled) => program.get_or_init(|| compiled),
                            Err(over) => {
                                problems.push(self.over_budget(jurisdiction, action, &over));
                                continue;
                            }
                        },
                    };
                    size.diagrams += 1;
                    size.nodes += program.flat.nodes;
                    size.bytes += program.flat.bytes();
                    size.largest = size.largest.max(program.flat.nodes);
                }
            }
        }
        if problems.is_empty() { Ok(size) } else { Err(problems) }
    }

    fn over_budget(
        &self,
        jurisdiction: &Jurisdiction,
        action: ActionId,
        over: &OverBudget,
    ) -> Problem {
        let names: Vec<&str> = over.rules.iter().map(|&rule| self.rule(rule).id.as_str()).collect();
        let act = self.vocabulary.actions.get(action).map_or("", |action| action.name.as_str());
        let problem = Problem::new(
            "law::node_budget",
            format!(
                "the diagram of `{act}` at `{}` outgrows its budget; it grows most with {}",
                jurisdiction.path,
                names.join(", ")
            ),
        )
        .help("let these rules share facts with the others, or split them by act");
        match over.rules.first() {
            Some(&rule) => {
                problem.at(&self.instrument_of(rule).source_file, self.rule(rule).place.clone())
            }
            None => problem,
        }
    }

    /// The program in force on a day, compiled when it is first asked for.
    pub(crate) fn program<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
        action: ActionId,
        on: Date,
    ) -> Option<&'a Program> {
        let spans = &jurisdiction.acts.get(action)?.spans;
        let index = spans.partition_point(|&(from, _)| from <= on).checked_sub(1)?;
        let (from, program) = spans.get(index)?;
        if let Some(program) = program.get() {
            return Some(program);
        }
        let compiled = compile(&self.sources(jurisdiction, action, *from)).ok()?;
        Some(program.get_or_init(|| compiled))
    }

    /// Other acts that may be owed as duties upon a request for this one.
    pub(crate) fn duties<'a>(
        &self,
        jurisdiction: &'a Jurisdiction,
        action: ActionId,
    ) -> &'a [ActionId] {
        jurisdiction.acts.get(action).map_or(&[], |act| &act.duties)
    }

    /// The days on which the law of the jurisdiction about the act changes.
    pub fn days_of_change(&self, jurisdiction: &Jurisdiction, action: ActionId) -> Vec<Date> {
        jurisdiction
            .acts
            .get(action)
            .map_or_else(Vec::new, |act| act.spans.iter().map(|&(from, _)| from).collect())
    }

    /// Groups the instruments by path.
    fn lay_out(&self, schema: &SourceFile) -> BTreeMap<String, Jurisdiction> {
        let mut paths: Vec<&str> =
            self.instruments.iter().map(|instrument| instrument.folder.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut jurisdictions = BTreeMap::new();
        for path in paths {
            let mut instruments: Vec<(u8, usize)> = self
                .instruments
                .iter()
                .enumerate()
                .filter(|(_, instrument)| is_on(&instrument.folder, path))
                .map(|(index, instrument)| (layer(&instrument.folder), index))
                .collect();
            instruments.sort_unstable();
            let members =
                || instruments.iter().filter_map(|&(_, index)| self.instruments.get(index));
            let mut hasher = Sha256::new();
            let files =
                std::iter::once(schema).chain(members().map(|instrument| &instrument.source_file));
            for file in files {
                for part in [file.name.as_bytes(), file.text.as_bytes()] {
                    hasher.update((part.len() as u64).to_le_bytes());
                    hasher.update(part);
                }
            }
            let hash = hasher
                .finalize()
                .iter()
                .fold(String::from("sha256:"), |hash, byte| format!("{hash}{byte:02x}"));
            let first_day =
                members().map(|instrument| instrument.span.from).min().unwrap_or(Date::ZERO);
            let layer_of: FxHashMap<usize, u8> =
                instruments.iter().map(|&(layer, index)| (index, layer)).collect();
            let on_path = self
                .rules
                .iter()
                .enumerate()
                .filter_map(|(id, place)| Some((*layer_of.get(&place.instrument)?, id)));
            let mut rules: Vec<(u8, RuleId)> = on_path.collect();
            rules.sort_unstable();
            let jurisdiction = Jurisdiction {
                path: path.to_owned(),
                instruments,
                hash: hash.into(),
                first_day,
                rules,
                acts: Vec::new(),
            };
            let acts = (0..self.vocabulary.actions.len())
                .map(|action| self.act(&jurisdiction, action))
                .collect();
            jurisdictions.insert(path.to_owned(), Jurisdiction { acts, ..jurisdiction });
        }
        jurisdictions
    }

    fn act(&self, jurisdiction: &Jurisdiction, action: ActionId) -> Act {
        let rules: Vec<RuleId> = jurisdiction
            .rules
            .iter()
            .map(|&(_, rule)| rule)
            .filter(|&rule| self.rule(rule).actions.contains(&action))
            .collect();
        let conditions = rules.iter().map(|&rule| &self.rule(rule).condition).collect();
        let read = self.spans_read_by(jurisdiction, conditions);
        let spans = || rules.iter().map(|&rule| self.rule(rule).span).chain(read.iter().copied());
        let mut days: Vec<Date> =
            spans().flat_map(|span| std::iter::once(span.from).chain(span.until)).collect();
        days.push(jurisdiction.first_day);
        days.sort_unstable();
        days.dedup();
        // A day on which nothing that the act's rules read changes begins no new span.
        let in_force = |day: Date| spans().map(|span| span.contains(day)).collect::<Vec<_>>();
        days.dedup_by_key(|day| in_force(*day));
        let ties =
            |rule: RuleId| self.rule(rule).ties.iter().any(|(_, acts)| acts.contains(&action));
        let mut duties: Vec<ActionId> = jurisdiction
            .rules
            .iter()
            .filter(|&&(_, rule)| ties(rule))
            .flat_map(|&(_, rule)| self.rule(rule).actions.iter().copied())
            .filter(|&duty| duty != action)
            .collect();
        duties.sort_unstable();
        duties.dedup();
        Act { spans: days.into_iter().map(|day| (day, OnceLock::new())).collect(), duties }
    }

    /// The days on which what a condition reads changes: terms, and facts that a law settles.
    pub(crate) fn days_of_condition(
        &self,
        jurisdiction: &Jurisdiction,
        condition: &Condition,
    ) -> Vec<Date> {
        let spans = self.spans_read_by(jurisdiction, vec![condition]);
        spans.into_iter().flat_map(|span| std::iter::once(span.from).chain(span.until)).collect()
    }

    /// When the definitions are in force that these conditions read, directly or through terms, and
    /// the instruments that settle a fact read by them.
    fn spans_read_by<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
        mut open: Vec<&'a Condition>,
    ) -> Vec<Span> {
        let (mut terms, mut facts): (Vec<&str>, Vec<FactId>) = (Vec::new(), Vec::new());
        let mut spans = Vec::new();
        while let Some(condition) = open.pop() {
            condition.each_fact(&mut |fact| facts.push(fact));
            condition.each_term(&mut |name| {
                if !terms.contains(&name) {
                    terms.push(name);
                    for term in self.definitions(jurisdiction).filter(|term| term.name == name) {
                        spans.push(term.span);
                        open.push(&term.condition);
                    }
                }
            });
        }
        let settling = self
            .members(jurisdiction)
            .filter(|instrument| instrument.settles.iter().any(|(fact, _)| facts.contains(fact)));
        spans.extend(settling.map(|instrument| instrument.span));
        spans
    }

    fn members<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
    ) -> impl Iterator<Item = &'a Instrument> {
        jurisdiction.instruments.iter().filter_map(|&(_, index)| self.instruments.get(index))
    }

    fn definitions<'a>(&'a self, jurisdiction: &'a Jurisdiction) -> impl Iterator<Item = &'a Term> {
        self.members(jurisdiction).flat_map(Instrument::terms)
    }

    /// What the program of an act is compiled from, as in force on `day`.
    pub(crate) fn sources<'a>(
        &'a self,
        jurisdiction: &'a Jurisdiction,
        action: ActionId,
        day: Date,
    ) -> Sources<'a> {
        let chosen: Vec<(u8, RuleId)> = jurisdiction
            .rules
            .iter()
            .copied()
            .filter(|&(_, id)| {
                self.rule(id).actions.contains(&action) && self.rule(id).span.contains(day)
            })
            .collect();
        let number: FxHashMap<RuleId, u16> = chosen.iter().map(|&(_, id)| id).zip(0..).collect();
        let rules = chosen
            .iter()
            .map(|&(layer, id)| {
                let rule = self.rule(id);
                SourceRule {
                    id,
                    ranked: Ranked {
                        rule: number.get(&id).copied().unwrap_or(u16::MAX),
                        layer,
                        modality: rule.modality,
                    },
                    condition: &rule.condition,
                    binds: self.instrument_of(id).binds,
                    contested: rule.contested.as_deref(),
                    overridden_by: self
                        .rules
                        .get(id)
                        .into_iter()
                        .flat_map(|place| &place.overridden_by)
                        .filter_map(|by| number.get(by).copied())
                        .collect(),
                }
            })
            .collect();
        let mut terms: FxHashMap<&str, Vec<Definition<'_>>> = FxHashMap::default();
        for term in self.definitions(jurisdiction).filter(|term| term.span.contains(day)) {
            terms.entry(&term.name).or_default().push(Definition {
                condition: &term.condition,
                contested: term.contested.as_deref(),
            });
        }
        let settles = self
            .members(jurisdiction)
            .filter(|instrument| instrument.span.contains(day))
            .flat_map(|instrument| {
                instrument.settles.iter().map(|&(fact, class)| (fact, class, instrument.binds))
            })
            .collect();
        Sources {
            vocabulary: &self.vocabulary,
            from: day,
            rules,
            terms,
            settles,
            always: &self.always,
            positions: Vec::new(),
        }
    }

    /// When a rule's duty is owed, measured from a request for `action`; it may be owed more than
    /// once.
    pub(crate) fn ties(&self, rule: RuleId, action: ActionId) -> impl Iterator<Item = When> {
        let rule = self.rule(rule);
        debug_assert!(rule.ties.is_empty() || rule.modality == Modality::Must);
        rule.ties.iter().filter(move |(_, acts)| acts.contains(&action)).map(|&(when, _)| when)
    }
}

/// How large the compiled law is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    /// Diagrams: one per act, jurisdiction and span of dates.
    pub diagrams: usize,
    /// Nodes of all diagrams together, the rules' own conditions included.
    pub nodes: usize,
    /// Nodes of the largest diagram.
    pub largest: usize,
    /// Bytes of all flat arrays together.
    pub bytes: usize,
}

/// Whether a folder lies on the path: the path's own, or one above.
pub(crate) fn is_on(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A folder's layer: 0 for the topmost.
fn layer(folder: &str) -> u8 {
    u8::try_from(folder.matches('/').count()).unwrap_or(u8::MAX)
}
