//! A small law asked about every case: what comparing and proving must find.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    rc::Rc,
};

use bylaw_law::{
    Law, Question, RuleId, Scratch, Word,
    vocabulary::{ActionId, FactId},
};
use jiff::civil::Date;

use crate::model::{Case, Meaning, Positions, SmallLaw};

/// What `decide` says in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) word: Word,
    pub(crate) because: Vec<RuleId>,
    pub(crate) between: Vec<Word>,
}

/// A folder's law about an act on a day, with open questions taken as answered.
type Asked = (Positions, &'static str, Date, ActionId);

/// A small law, loaded, with all its cases.
pub(crate) struct Truth {
    pub(crate) model: SmallLaw,
    pub(crate) law: Law,
    pub(crate) cases: Vec<Case>,
    /// Whether each case is possible.
    pub(crate) possible: Vec<bool>,
    /// Whether some settled fact was read otherwise than stated, in a claim's term.
    pub(crate) met_settled: Cell<bool>,
    variants: RefCell<BTreeMap<Positions, Rc<Law>>>,
    /// The answer in each case; none where the actor is not bound.
    decided: RefCell<BTreeMap<Asked, Rc<Vec<Option<Answer>>>>>,
}

impl Truth {
    pub(crate) fn new(model: SmallLaw, law: Law) -> Self {
        for (fact, known) in model.facts.iter().enumerate() {
            assert_eq!(law.vocabulary.facts[fact].name, known.name, "facts keep their order");
        }
        let cases = model.cases();
        let holds = |case: &Case| model.always.iter().all(|always| always.holds_stated(case));
        let possible = cases.iter().map(holds).collect();
        Self {
            model,
            law,
            cases,
            possible,
            met_settled: Cell::new(false),
            variants: RefCell::default(),
            decided: RefCell::default(),
        }
    }

    /// The answer in each case: by `decide`, under the law's text with the open questions' rules
    /// kept or gone.
    pub(crate) fn answers(
        &self,
        positions: &Positions,
        path: &'static str,
        day: Date,
        act: ActionId,
    ) -> Rc<Vec<Option<Answer>>> {
        let key = (positions.clone(), path, day, act);
        if let Some(known) = self.decided.borrow().get(&key) {
            return Rc::clone(known);
        }
        let variant = self.variant(positions);
        let law = variant.as_deref().unwrap_or(&self.law);
        let mut scratch = Scratch::default();
        let decide = |case: &Case| {
            self.model
                .binds(path, case[0])
                .then(|| decide(law, path, day, act, &self.whole(law, case), &mut scratch))
        };
        let answers = Rc::new(self.cases.iter().map(decide).collect());
        self.decided.borrow_mut().insert(key, Rc::clone(&answers));
        answers
    }

    /// The law with these questions answered in its text; none where all are open.
    fn variant(&self, positions: &Positions) -> Option<Rc<Law>> {
        if positions.is_empty() {
            return None;
        }
        let mut variants = self.variants.borrow_mut();
        let load = || {
            let law = Law::load_checked(&self.model.files(positions));
            Rc::new(law.unwrap_or_else(|error| panic!("{error}: {:#?}", error.problems)))
        };
        Some(Rc::clone(variants.entry(positions.clone()).or_insert_with(load)))
    }

    /// A case as value classes of that law.
    fn whole(&self, law: &Law, case: &Case) -> Vec<(FactId, u8)> {
        case.iter().enumerate().map(|(fact, &value)| (fact, self.class(law, fact, value))).collect()
    }

    fn class(&self, law: &Law, fact: FactId, value: i64) -> u8 {
        let word = self.model.facts[fact].word(value);
        law.vocabulary.facts[fact].class_of(&word).expect("a value of the fact")
    }

    /// Whether a case is as told.
    pub(crate) fn is_told(&self, case: &Case, told: &[(FactId, u8)]) -> bool {
        told.iter().all(|&(fact, class)| self.class(&self.law, fact, case[fact]) == class)
    }

    /// Whether a case has one of the values of each fact that is named, one bit a class.
    pub(crate) fn fits(&self, case: &Case, common: &[(FactId, u64)]) -> bool {
        common
            .iter()
            .all(|&(fact, classes)| classes & (1 << self.class(&self.law, fact, case[fact])) != 0)
    }

    /// The value classes that the fact has in these cases, one bit each.
    pub(crate) fn classes<'c>(&self, fact: FactId, cases: impl Iterator<Item = &'c Case>) -> u64 {
        cases.fold(0, |classes, case| classes | 1 << self.class(&self.law, fact, case[fact]))
    }

    /// What holds of every possible case, told by these facts alone; the first case of each such
    /// telling stands for all. They must be enough to tell.
    pub(crate) fn told_by<T: PartialEq + Debug>(
        &self,
        facts: &[FactId],
        of: impl Fn(usize) -> Option<T>,
    ) -> Vec<(&Case, T)> {
        self.assert_closed(facts);
        let mut told: BTreeMap<Vec<i64>, (&Case, Option<T>)> = BTreeMap::new();
        for (number, case) in
            self.cases.iter().enumerate().filter(|(number, _)| self.possible[*number])
        {
            let key = facts.iter().map(|&fact| case[fact]).collect();
            let found = of(number);
            match told.get(&key) {
                Some((_, known)) => assert_eq!(*known, found, "{facts:?} tell enough of {case:?}"),
                None => _ = told.insert(key, (case, found)),
            }
        }
        told.into_values().filter_map(|(case, found)| Some((case, found?))).collect()
    }

    /// What is possible is told by the facts: an `@always` reads only some of them, or none.
    fn assert_closed(&self, facts: &[FactId]) {
        let listed: BTreeSet<FactId> = facts.iter().copied().collect();
        assert_eq!(listed.len(), facts.len(), "each fact once");
        assert!(listed.contains(&0), "who acts is a fact of every case");
        for always in &self.model.always {
            let read = always.facts();
            let known = read.iter().filter(|fact| listed.contains(fact)).count();
            assert!(known == 0 || known == read.len(), "{read:?} are listed together: {facts:?}");
        }
    }

    /// What the law means at a place on a day.
    pub(crate) fn meaning<'a>(
        &'a self,
        path: &'a str,
        day: Date,
        positions: &'a Positions,
    ) -> Meaning<'a> {
        Meaning { law: &self.model, path, day, positions, met_settled: &self.met_settled }
    }

    /// How many facts of a case are out of the ordinary.
    pub(crate) fn strangeness(&self, case: &Case, facts: &[FactId]) -> usize {
        let strange = |&&fact: &&FactId| {
            let known = &self.model.facts[fact];
            let plain = known.absent.unwrap_or(0);
            self.class(&self.law, fact, case[fact]) != self.class(&self.law, fact, plain)
        };
        facts.iter().filter(strange).count()
    }
}

/// What `decide` says where this is known.
pub(crate) fn decide(
    law: &Law,
    path: &str,
    day: Date,
    act: ActionId,
    known: &[(FactId, u8)],
    scratch: &mut Scratch,
) -> Answer {
    let jurisdiction = law.jurisdiction(path).expect("the folder has law");
    let mut question = Question::new(law, jurisdiction, act, day);
    known.iter().for_each(|&(fact, class)| question.set(fact, Some(class)));
    let decision = law.decide(&question, scratch).expect("the actor is bound, the law in force");
    Answer { word: decision.word, because: decision.because, between: decision.between }
}
