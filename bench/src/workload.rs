//! What is decided: complete facts, half of them random and half worked cases of the packs filled
//! up at random, over the acts that the Los Angeles stack says most about.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use bylaw_law::{
    Compiled, Facts, Jurisdiction, Law, Question, RuleId, SourceFile,
    pack::{Case, Condition, Instrument},
    vocabulary::{ActionId, Domain},
};
use jiff::civil::{Date, date};
use serde_json::{Map, Value};

use crate::process;

pub(crate) const PATH: &str = "us/ca/los-angeles";
pub(crate) const DAY: Date = date(2026, 11, 22);
/// Acts measured: those with the most rules.
const ACTS: usize = 8;
/// Complete facts per act.
const PER_ACT: usize = 512;

/// One act's law, as all engines decide it.
pub(crate) struct Act<'a> {
    pub(crate) id: ActionId,
    pub(crate) compiled: Compiled<'a>,
    pub(crate) rules: Vec<RuleId>,
}

/// One complete set of facts about one act.
pub(crate) struct Item {
    /// Place in [`Workload::acts`].
    pub(crate) act: usize,
    pub(crate) facts: Facts,
}

/// A request as its sender writes it.
pub(crate) struct Line {
    pub(crate) json: String,
    /// How many facts it states.
    pub(crate) stated: usize,
}

pub(crate) struct Workload<'a> {
    pub(crate) jurisdiction: &'a Jurisdiction,
    pub(crate) acts: Vec<Act<'a>>,
    /// Shuffled.
    pub(crate) items: Vec<Item>,
    /// Questions of the worked cases, what the desk sees to be absent filled in; shuffled.
    pub(crate) case_questions: Vec<Question<'a>>,
    /// The same as JSON lines.
    pub(crate) case_lines: Vec<Line>,
}

/// The packs of this project.
pub(crate) fn read_packs() -> Result<Vec<SourceFile>> {
    let root = process::project().join("packs");
    let mut files = Vec::new();
    read_below(&root, &root, &mut files)?;
    Ok(files)
}

fn read_below(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_below(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "md" || extension == "cedarschema")
        {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.push(SourceFile::new(name, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

impl<'a> Workload<'a> {
    pub(crate) fn new(law: &'a Law) -> Result<Self> {
        let jurisdiction = law.jurisdiction(PATH).context("the packs have no Los Angeles")?;
        let mut acts: Vec<Act<'_>> = (0..law.vocabulary.actions.len())
            .filter_map(|id| {
                let compiled = law.compiled(jurisdiction, id, DAY)?;
                Some(Act { id, compiled, rules: compiled.rules().collect() })
            })
            .collect();
        acts.sort_by_key(|act| std::cmp::Reverse(act.rules.len()));
        acts.truncate(ACTS);

        let mut random = Random(0x5eed_2026_1122);
        let cases = cases(law, jurisdiction);
        let mut items = Vec::with_capacity(ACTS * PER_ACT);
        for (place, act) in acts.iter().enumerate() {
            let own: Vec<&Question<'_>> =
                cases.iter().filter(|question| question.action == act.id).collect();
            for number in 0..PER_ACT {
                let from_case =
                    (number % 2 == 0 && !own.is_empty()).then(|| own[number / 2 % own.len()]);
                let facts = complete(law, jurisdiction, from_case, &mut random);
                items.push(Item { act: place, facts });
            }
        }
        random.shuffle(&mut items);
        let mut case_questions = cases;
        random.shuffle(&mut case_questions);
        let case_lines = case_questions.iter().map(|question| line(law, question)).collect();
        Ok(Self { jurisdiction, acts, items, case_questions, case_lines })
    }

    /// As many different complete sets of facts as wanted, drawn as the items are, one behind the
    /// other in memory.
    pub(crate) fn many(&self, law: &Law, count: usize) -> Vec<Item> {
        let mut random = Random(0xfac7);
        (0..count)
            .map(|_| {
                let act = random.below(self.acts.len());
                let own =
                    || self.case_questions.iter().filter(|one| one.action == self.acts[act].id);
                let wanted = random.below(own().count().max(1));
                let case = own().nth(wanted).filter(|_| random.below(2) == 0);
                Item { act, facts: complete(law, self.jurisdiction, case, &mut random) }
            })
            .collect()
    }

    pub(crate) fn print(&self, law: &Law) {
        println!(
            "law: {PATH} on {DAY}; {} complete sets of facts over {} acts, {} worked cases",
            self.items.len(),
            self.acts.len(),
            self.case_questions.len()
        );
        for act in &self.acts {
            let name = &law.vocabulary.actions[act.id].name;
            println!("  {name:<28} {:>3} rules {:>6} nodes", act.rules.len(), act.compiled.nodes());
        }
    }

    /// The item's facts as a question, all of them stated.
    pub(crate) fn question(&self, law: &'a Law, item: &Item) -> Question<'a> {
        let mut question = Question::new(law, self.jurisdiction, self.acts[item.act].id, DAY);
        for fact in 0..law.vocabulary.facts.len() {
            question.set(fact, item.facts.class(fact));
        }
        question
    }
}

/// The worked cases of the stack's instruments, asked in Los Angeles on the day, for actors whom
/// its law binds.
fn cases<'a>(law: &'a Law, jurisdiction: &'a Jurisdiction) -> Vec<Question<'a>> {
    let instruments = jurisdiction.instruments.iter().map(|&(_, index)| &law.instruments[index]);
    let asked = |instrument: &'a Instrument, case: &Case| {
        let mut question = law.case_question(instrument, case).ok()?;
        question.jurisdiction = jurisdiction;
        question.on = DAY;
        let actor = question.facts.class(law.vocabulary.actor_kind())?;
        law.binds(jurisdiction, actor).then_some(question)
    };
    instruments
        .flat_map(|instrument| {
            let cases = instrument.provisions.iter().flat_map(|provision| &provision.cases);
            cases.filter_map(move |case| asked(instrument, case))
        })
        .collect()
}

/// Every fact known: as in the case where it says so, else at random.
fn complete(
    law: &Law,
    jurisdiction: &Jurisdiction,
    case: Option<&Question<'_>>,
    random: &mut Random,
) -> Facts {
    let mut facts = Facts::unknown(&law.vocabulary);
    let actors: Vec<u8> = (0..law.vocabulary.facts[law.vocabulary.actor_kind()].classes())
        .filter(|&actor| law.binds(jurisdiction, actor))
        .collect();
    for (fact, known) in law.vocabulary.facts.iter().enumerate() {
        let drawn = if fact == law.vocabulary.actor_kind() {
            actors[random.below(actors.len())]
        } else {
            random.below(usize::from(known.classes())) as u8
        };
        let class = case.and_then(|case| case.facts.class(fact)).unwrap_or(drawn);
        facts.set(fact, Some(class));
    }
    facts
}

/// The question as a JSON line that states what is known.
pub(crate) fn line(law: &Law, question: &Question<'_>) -> Line {
    let mut facts = Map::new();
    facts.insert("action".into(), law.vocabulary.actions[question.action].name.clone().into());
    for fact in 0..law.vocabulary.facts.len() {
        if let Some(class) = question.facts.class(fact) {
            facts.insert(law.vocabulary.facts[fact].name.clone(), fact_value(law, fact, class));
        }
    }
    let stated = facts.len() - 1;
    let request = serde_json::json!({ "id": "2026-000123", "jurisdiction": PATH, "on": DAY.to_string(), "facts": facts });
    Line { json: request.to_string(), stated }
}

/// A value of the class, as requests write it.
pub(crate) fn fact_value(law: &Law, fact: usize, class: u8) -> Value {
    let known = &law.vocabulary.facts[fact];
    match &known.domain {
        Domain::Bool => (class == 1).into(),
        Domain::Values(_) => known.class_name(class).into(),
        Domain::Range { .. } => first_number(&known.domain, class).into(),
    }
}

/// The least number of an interval.
pub(crate) fn first_number(domain: &Domain, class: u8) -> i64 {
    match domain {
        Domain::Range { low, cuts, .. } => match usize::from(class).checked_sub(1) {
            Some(before) => cuts[before],
            None => *low,
        },
        Domain::Bool | Domain::Values(_) => 0,
    }
}

/// What the peers are told: the facts with those that a law settles put right, and the truth of
/// every term.
pub(crate) struct Told {
    pub(crate) facts: Facts,
    pub(crate) terms: Vec<(String, bool)>,
}

impl Told {
    pub(crate) fn new(law: &Law, jurisdiction: &Jurisdiction, facts: &Facts) -> Self {
        let mut facts = facts.clone();
        let actor = facts.class(law.vocabulary.actor_kind());
        let in_force = || {
            let all = jurisdiction.instruments.iter().map(|&(_, index)| &law.instruments[index]);
            all.filter(|instrument| instrument.span.contains(DAY))
        };
        for instrument in in_force().filter(|one| actor.is_some_and(|actor| one.binds_actor(actor)))
        {
            for &(fact, class) in &instrument.settles {
                facts.set(fact, Some(class));
            }
        }
        let mut names: Vec<&str> = in_force()
            .flat_map(Instrument::terms)
            .filter(|term| term.span.contains(DAY))
            .map(|term| term.name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        let truth = Truth { law, jurisdiction, facts: &facts };
        let terms = names.into_iter().map(|name| (name.to_owned(), truth.term(name))).collect();
        Self { facts, terms }
    }
}

/// A direct reading of conditions, to compute the terms.
struct Truth<'a> {
    law: &'a Law,
    jurisdiction: &'a Jurisdiction,
    facts: &'a Facts,
}

impl Truth<'_> {
    fn term(&self, name: &str) -> bool {
        let instruments =
            self.jurisdiction.instruments.iter().map(|&(_, index)| &self.law.instruments[index]);
        instruments
            .flat_map(Instrument::terms)
            .filter(|term| term.name == name && term.span.contains(DAY))
            .any(|term| self.holds(&term.condition))
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Constant(holds) => *holds,
            Condition::OneOf(fact, classes) => {
                self.facts.class(*fact).is_some_and(|class| classes & (1 << class) != 0)
            }
            Condition::Below(fact, bound) => self.facts.class(*fact).is_some_and(|class| {
                first_number(&self.law.vocabulary.facts[*fact].domain, class) < *bound
            }),
            Condition::Term(name) => self.term(name),
            Condition::Not(inner) => !self.holds(inner),
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.holds(if self.holds(condition) { then } else { otherwise })
            }
        }
    }
}

/// The actor kinds that a rule's instrument binds, by name; none where it binds everybody.
pub(crate) fn bound_actors(law: &Law, rule: RuleId) -> Option<Vec<String>> {
    let instrument = law.instrument_of(rule);
    let actor_kind = &law.vocabulary.facts[law.vocabulary.actor_kind()];
    let bound: Vec<String> = (0..actor_kind.classes())
        .filter(|&actor| instrument.binds_actor(actor))
        .map(|actor| actor_kind.class_name(actor))
        .collect();
    (bound.len() < usize::from(actor_kind.classes())).then_some(bound)
}

/// Marsaglia's xorshift: the same facts in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
