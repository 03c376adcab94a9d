//! One law about one act: which rules are in force, which of them override which, and what may be
//! answered once facts are narrowed.

#![expect(
    clippy::indexing_slicing,
    reason = "INVARIANT: a rule's number is its place among all rules"
)]

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::{
    condition::{FALSE, Id, TRUE},
    meaning::{Ground, Meaning},
    order::{Modality, Words, possible},
    packs::{Instrument, Packs, Rule, is_on, layer},
};

/// More open questions than these are not weighed against each other: any answer is possible.
const MOST_QUESTIONS: u32 = 8;

/// Every rule of the packs, those that override before those that they override.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    all: Vec<Placed<'a>>,
}

#[derive(Debug)]
struct Placed<'a> {
    instrument: &'a Instrument,
    rule: &'a Rule,
    kind: (usize, Modality),
    overridden_by: Vec<usize>,
}

/// What is left of a law once facts are narrowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Residual {
    /// Rules that may still matter, by number, and what is left of their conditions. None where
    /// only one answer is possible.
    pub(crate) rules: Vec<(usize, Id)>,
    /// The answers that are possible.
    pub(crate) words: Words,
}

impl<'a> Rules<'a> {
    /// Orders all rules.
    pub(crate) fn new(packs: &'a Packs) -> Result<Self, String> {
        let rules: Vec<(&Instrument, &Rule)> = packs
            .instruments
            .iter()
            .flat_map(|instrument| instrument.rules.iter().map(move |rule| (instrument, rule)))
            .collect();
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, (_, rule)) in rules.iter().enumerate() {
            if ids.insert(&rule.id, number).is_some() {
                return Err(format!("`{}` names two rules", rule.id));
            }
        }
        let mut overrides = vec![Vec::new(); rules.len()];
        let mut awaited = vec![0usize; rules.len()];
        for (by, (instrument, rule)) in rules.iter().enumerate() {
            for name in &rule.overrides {
                for (id, &number) in
                    ids.range(name.as_str()..).take_while(|(id, _)| id.starts_with(name))
                {
                    let (under, other) = rules[number];
                    let further =
                        id.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'));
                    let named = *id == name || (further && !other.overrides.contains(name));
                    let shared = other.actions.iter().any(|action| rule.actions.contains(action));
                    if named && by != number && shared && is_on(&instrument.folder, &under.folder) {
                        overrides[by].push(number);
                        awaited[number] += 1;
                    }
                }
            }
        }
        let mut ready: Vec<usize> = (0..rules.len()).filter(|&rule| awaited[rule] == 0).collect();
        let mut place = vec![usize::MAX; rules.len()];
        let mut all: Vec<Placed<'a>> = Vec::with_capacity(rules.len());
        let mut overridden_by = vec![Vec::new(); rules.len()];
        while let Some(number) = ready.pop() {
            place[number] = all.len();
            for &under in &overrides[number] {
                overridden_by[under].push(place[number]);
                awaited[under] -= 1;
                if awaited[under] == 0 {
                    ready.push(under);
                }
            }
            let (instrument, rule) = rules[number];
            let kind = (layer(&instrument.folder), rule.modality);
            let overridden_by = std::mem::take(&mut overridden_by[number]);
            all.push(Placed { instrument, rule, kind, overridden_by });
        }
        if all.len() == rules.len() {
            Ok(Self { all })
        } else {
            Err("rules override each other in a circle".to_owned())
        }
    }

    /// The rules about an act that are in force on a path on a day.
    pub(crate) fn in_force(
        &self,
        meaning: &mut Meaning<'_, 'a>,
        path: &str,
        on: &str,
        action: &str,
    ) -> Result<Residual, String> {
        let mut rules = Vec::new();
        for (number, placed) in self.all.iter().enumerate() {
            let Placed { instrument, rule, .. } = placed;
            if is_on(&instrument.folder, path)
                && rule.span.contains(on)
                && rule.actions.iter().any(|own| own == action)
            {
                let told = |why: String| format!("`{}`: {why}", rule.id);
                let bound = meaning.ground.actors(instrument.binds.as_deref()).map_err(told)?;
                let holds = meaning.truth(&rule.condition).map_err(told)?;
                let holds = meaning.ground.store.all(&[bound, holds]);
                let holds = meaning.while_standing(holds, rule.contested.as_deref())?;
                rules.push((number, holds));
            }
        }
        Ok(self.reduce(meaning.ground, rules))
    }

    /// The days on which the law on a path about an act changes.
    pub(crate) fn days_of_change(&self, packs: &Packs, path: &str, action: &str) -> Vec<String> {
        let here = |folder: &str| is_on(folder, path);
        let rules = self.all.iter().filter(|placed| {
            here(&placed.instrument.folder) && placed.rule.actions.iter().any(|own| own == action)
        });
        let instruments = || packs.instruments.iter().filter(|read| here(&read.folder));
        let spans = rules
            .map(|placed| &placed.rule.span)
            .chain(instruments().flat_map(|read| &read.terms).map(|term| &term.span))
            .chain(instruments().filter(|read| !read.settles.is_empty()).map(|read| &read.span));
        spans.flat_map(|span| std::iter::once(&span.from).chain(&span.until)).cloned().collect()
    }

    /// Leaves only the rules that can still change the answer, and says which answers are possible.
    pub(crate) fn reduce(&self, ground: &mut Ground<'_>, mut rules: Vec<(usize, Id)>) -> Residual {
        rules.iter_mut().for_each(|(_, holds)| *holds = ground.store.settle(*holds));
        rules.retain(|&(_, holds)| holds != FALSE);
        let active = self.active(&rules);
        let mut kept = Vec::with_capacity(rules.len());
        // What is overridden for certain has no effect any more.
        kept.extend(rules.into_iter().filter(|(number, _)| active.contains_key(number)));
        self.drop_outdone(&mut kept, &active);
        let words = self.words(ground, &kept);
        if words.is_one() {
            kept.clear();
        }
        Residual { rules: kept, words }
    }

    /// Whether each rule is active for certain; those that are not for certain are left out.
    fn active(&self, rules: &[(usize, Id)]) -> FxHashMap<usize, bool> {
        let mut active: FxHashMap<usize, bool> = FxHashMap::default();
        for &(number, holds) in rules {
            // INVARIANT: what overrides a rule stands before it.
            let mut by =
                self.all[number].overridden_by.iter().filter_map(|by| active.get(by)).peekable();
            let free = by.peek().is_none();
            if holds != FALSE && !by.any(|certain| *certain) {
                active.insert(number, free && holds == TRUE);
            }
        }
        active
    }

    /// Drops rules beside one of the same layer and modality that is active for certain, unless
    /// they override something.
    fn drop_outdone(&self, rules: &mut Vec<(usize, Id)>, active: &FxHashMap<usize, bool>) {
        let mut certain: FxHashMap<(usize, Modality), usize> = FxHashMap::default();
        for (number, _) in rules.iter().filter(|(number, _)| active.get(number) == Some(&true)) {
            certain.entry(self.all[*number].kind).or_insert(*number);
        }
        let overriding: Vec<usize> = rules
            .iter()
            .flat_map(|(number, _)| self.all[*number].overridden_by.iter().copied())
            .collect();
        rules.retain(|(number, _)| {
            let first = certain.get(&self.all[*number].kind);
            first.is_none_or(|first| first == number) || overriding.contains(number)
        });
    }

    /// The answers that are possible, over all ways in which open questions may fall.
    fn words(&self, ground: &mut Ground<'_>, rules: &[(usize, Id)]) -> Words {
        let read = rules.iter().fold(0, |read, (_, holds)| read | ground.store.mentions(*holds));
        let questions = read & ground.questions;
        if questions.count_ones() > MOST_QUESTIONS {
            return Words::ANY;
        }
        let mut ways = vec![rules.to_vec()];
        for question in (0..u128::BITS).filter(|bit| questions & (1 << bit) != 0) {
            let fallen = |position: u64, way: &[(usize, Id)], ground: &mut Ground<'_>| {
                let narrow = |&(number, holds): &(usize, Id)| {
                    let holds = ground.store.narrow(holds, question, position);
                    (number, ground.store.settle(holds))
                };
                way.iter().map(narrow).collect::<Vec<_>>()
            };
            ways = ways
                .iter()
                .flat_map(|way| [fallen(0b01, way, ground), fallen(0b10, way, ground)])
                .collect();
        }
        let answers: Vec<Words> = ways.iter().map(|way| self.answers(way)).collect();
        Words::over(&answers)
    }

    fn answers(&self, rules: &[(usize, Id)]) -> Words {
        let mut kinds: BTreeMap<(usize, Modality), bool> = BTreeMap::new();
        for (number, certain) in self.active(rules) {
            *kinds.entry(self.all[number].kind).or_default() |= certain;
        }
        let kinds: Vec<_> = kinds
            .into_iter()
            .map(|((layer, modality), certain)| (layer, modality, certain))
            .collect();
        possible(&kinds)
    }
}
