//! Asking the law a question in which a fact may have one of several values.
//!
//! What a list or a log shows often narrows a fact without settling it: "an agency of the United States",
//! "some day of that month". Every combination is asked. The answer stands where all of them have it and
//! share a rule, as it does for facts that are not known at all; else it needs the facts that make the
//! difference.

use bylaw_law::{
    Decision, Jurisdiction, Law, Question, QuestionError, RuleId, Scratch, Word,
    vocabulary::{ActionId, Domain, FactId},
};
use jiff::civil::Date;

use crate::{
    Class, Kind,
    error::Error,
    kinds::FEDERAL_REQUESTERS,
    names::{State, state},
};

/// The law of a jurisdiction, and of the state in which it lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Laws<'a> {
    pub(crate) law: &'a Law,
    pub(crate) jurisdiction: &'a Jurisdiction,
    /// The state's own law, under which its other agencies act.
    pub(crate) of_state: &'a Jurisdiction,
    pub(crate) own: &'static State,
}

/// A question in which facts may have one of several values.
#[derive(Debug, Clone)]
pub(crate) struct Case<'a> {
    pub(crate) jurisdiction: &'a Jurisdiction,
    pub(crate) act: ActionId,
    /// The days on which it may have been; one, where the day is known.
    pub(crate) days: Vec<Date>,
    /// Facts with the value classes that they may have. Every other fact is not known.
    pub(crate) facts: Vec<(FactId, Vec<u8>)>,
}

/// What the law says in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) word: Word,
    /// The controlling rules that all combinations share, strongest first.
    pub(crate) because: Vec<RuleId>,
    /// Facts on which the answer still depends, first those that a list or log narrowed.
    pub(crate) needs: Vec<FactId>,
    /// Whether the day makes a difference.
    pub(crate) day_matters: bool,
}

/// What the values of a fact would make of an open answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Settled {
    /// The fact.
    pub fact: FactId,
    /// Answers, each with the values that lead to it.
    pub by: Vec<(Word, Vec<String>)>,
}

/// Why the law cannot be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// The jurisdiction will not do.
    #[error(transparent)]
    Jurisdiction(#[from] Error),
    /// The law does not take the question.
    #[error(transparent)]
    Law(#[from] QuestionError),
}

/// One combination of values, and the answer to it.
struct Answered {
    /// The day's place, then each fact's value's place.
    places: Vec<usize>,
    word: Word,
    because: Vec<RuleId>,
    needs: Vec<FactId>,
}

impl<'a> Laws<'a> {
    /// The law of that path, which lies in a state.
    pub(crate) fn find(law: &'a Law, path: &str) -> Result<Self, NotAsked> {
        let jurisdiction = law.find_jurisdiction(path)?;
        let no_state = || Error::NoState { path: path.to_owned() };
        let mut folders = path.split('/');
        let (country, code) = (folders.next(), folders.next());
        let own =
            code.filter(|_| country == Some("us")).and_then(state::by_code).ok_or_else(no_state)?;
        let of_state = law.find_jurisdiction(&format!("us/{}", own.code.to_lowercase()))?;
        Ok(Self { law, jurisdiction, of_state, own })
    }

    /// What the law says, whichever of the values it is.
    pub(crate) fn say(self, case: &Case<'a>, scratch: &mut Scratch) -> Result<Said, QuestionError> {
        Ok(in_common(case, &self.answers(case, scratch, |_| false)?))
    }

    /// What each value that the fact may have would make of the answer.
    pub(crate) fn settle(
        self,
        case: &Case<'a>,
        fact: FactId,
        scratch: &mut Scratch,
    ) -> Result<Option<Settled>, QuestionError> {
        let Some(values) = self.values(fact) else { return Ok(None) };
        let may_be = |class: u8| case.narrowed(fact).is_none_or(|classes| classes.contains(&class));
        let mut by: Vec<(Word, Vec<String>)> = Vec::new();
        for (class, value) in values.into_iter().filter(|&(class, _)| may_be(class)) {
            let mut case = case.clone();
            case.facts.retain(|(known, _)| *known != fact);
            case.facts.push((fact, vec![class]));
            let word = self.word(&case, scratch)?;
            match by.iter_mut().find(|(known, _)| *known == word) {
                Some((_, values)) => values.push(value),
                None => by.push((word, vec![value])),
            }
        }
        by.sort_by_key(|(word, _)| *word);
        Ok(Some(Settled { fact, by }))
    }

    /// The answer alone. One combination that needs facts is enough, as working out which is slow.
    fn word(self, case: &Case<'a>, scratch: &mut Scratch) -> Result<Word, QuestionError> {
        let open = |answered: &Answered| answered.word == Word::NeedsFacts;
        let answered = self.answers(case, scratch, open)?;
        let one = answered.last().filter(|last| open(last)).map(|last| last.word);
        Ok(one.unwrap_or_else(|| in_common(case, &answered).word))
    }

    /// The answer to each combination, up to the first that is `enough`.
    fn answers(
        self,
        case: &Case<'a>,
        scratch: &mut Scratch,
        enough: impl Fn(&Answered) -> bool,
    ) -> Result<Vec<Answered>, QuestionError> {
        let mut answered = Vec::new();
        let mut places = vec![0; case.facts.len() + 1];
        loop {
            let one = self.answer(case, &places, scratch)?;
            let enough = enough(&one);
            answered.push(one);
            if enough || !next(&mut places, case) {
                return Ok(answered);
            }
        }
    }

    /// The classes of a fact with their names; none for numbers.
    fn values(self, fact: FactId) -> Option<Vec<(u8, String)>> {
        match &self.law.vocabulary.facts.get(fact)?.domain {
            Domain::Bool => Some(vec![(0, "false".to_owned()), (1, "true".to_owned())]),
            Domain::Values(values) => {
                Some((0..).zip(values.iter().map(|value| value.name.clone())).collect())
            }
            Domain::Range { .. } => None,
        }
    }

    fn answer(
        self,
        case: &Case<'a>,
        places: &[usize],
        scratch: &mut Scratch,
    ) -> Result<Answered, QuestionError> {
        let (day, rest) = places.split_first().map_or((0, places), |(&day, rest)| (day, rest));
        let on = case.days.get(day).copied().unwrap_or(Date::ZERO);
        let mut question = Question::new(self.law, case.jurisdiction, case.act, on);
        for ((fact, classes), &place) in case.facts.iter().zip(rest) {
            question.set(*fact, classes.get(place).copied());
        }
        let Decision { word, because, needs, .. } = self.law.decide(&question, scratch)?;
        Ok(Answered { places: places.to_vec(), word, because, needs })
    }
}

impl<'a> Case<'a> {
    /// Nothing is known but the act and the days.
    pub(crate) const fn new(
        jurisdiction: &'a Jurisdiction,
        act: ActionId,
        days: Vec<Date>,
    ) -> Self {
        Self { jurisdiction, act, days, facts: Vec::new() }
    }

    /// States that a fact has one of these values; of no values nothing is known.
    pub(crate) fn narrow(
        &mut self,
        law: &Law,
        name: &str,
        values: &[&str],
    ) -> Result<(), QuestionError> {
        let mut classes = Vec::with_capacity(values.len());
        for value in values {
            let mut question = Question::new(law, self.jurisdiction, self.act, Date::ZERO);
            question.state(law, name, value)?;
            let fact = law.vocabulary.fact_id(name);
            classes.extend(fact.and_then(|fact| question.facts.class(fact)));
        }
        if let Some(fact) = law.vocabulary.fact_id(name).filter(|_| !classes.is_empty()) {
            self.facts.push((fact, classes));
        }
        Ok(())
    }

    /// The classes that a fact may have, where something is known of it.
    fn narrowed(&self, fact: FactId) -> Option<&[u8]> {
        let (_, classes) = self.facts.iter().find(|(known, _)| *known == fact)?;
        Some(classes)
    }
}

/// What an organization is called where it wants something; nothing where it cannot be told.
pub(crate) fn requesters(own: &State, class: Class, kind: Option<Kind>) -> Vec<&'static str> {
    let by_kind = kind.and_then(|kind| kind.requester);
    let federal = by_kind.filter(|word| FEDERAL_REQUESTERS.contains(word));
    match class {
        Class::Unknown => Vec::new(),
        Class::Private => vec!["private_person"],
        Class::Public(state) if state == own => {
            vec![
                by_kind
                    .filter(|&word| word == "state_court")
                    .unwrap_or("state_or_local_police_same_state"),
            ]
        }
        Class::Public(_) => vec!["out_of_state_police"],
        Class::Federal => match (federal, kind.map(|kind| kind.name)) {
            (Some(one), _) => vec![one],
            (None, Some("ice")) => vec!["ice_ero", "ice_hsi"],
            (None, _) => FEDERAL_REQUESTERS.to_vec(),
        },
    }
}

/// Goes on to the next combination; false where there is none.
fn next(places: &mut [usize], case: &Case<'_>) -> bool {
    let sizes = std::iter::once(case.days.len()).chain(case.facts.iter().map(|(_, c)| c.len()));
    for (place, size) in places.iter_mut().zip(sizes) {
        *place += 1;
        if *place < size {
            return true;
        }
        *place = 0;
    }
    false
}

fn in_common(case: &Case<'_>, answered: &[Answered]) -> Said {
    let Some((first, others)) = answered.split_first() else {
        return Said {
            word: Word::NeedsFacts,
            because: Vec::new(),
            needs: Vec::new(),
            day_matters: false,
        };
    };
    let mut because = first.because.clone();
    because.retain(|rule| others.iter().all(|other| other.because.contains(rule)));
    let stands = others.iter().all(|other| other.word == first.word)
        && (!because.is_empty() || first.because.is_empty());
    let mut needs = Vec::new();
    if !stands {
        because.clear();
        let narrowed = case.facts.iter().enumerate();
        needs.extend(
            narrowed.filter(|(at, _)| matters(at + 1, answered)).map(|(_, (fact, _))| *fact),
        );
    }
    for fact in answered.iter().flat_map(|answer| &answer.needs) {
        if !needs.contains(fact) {
            needs.push(*fact);
        }
    }
    let word = if stands { first.word } else { Word::NeedsFacts };
    Said { word, because, needs, day_matters: !stands && matters(0, answered) }
}

/// Whether two combinations that differ in this place alone have different answers.
fn matters(at: usize, answered: &[Answered]) -> bool {
    let alike = |one: &Answered, other: &Answered| {
        let places = one.places.iter().zip(&other.places).enumerate();
        places.filter(|&(place, _)| place != at).all(|(_, (one, other))| one == other)
    };
    let differ = |one: &Answered, other: &Answered| {
        let silent = one.because.is_empty() && other.because.is_empty();
        let shared = silent || one.because.iter().any(|rule| other.because.contains(rule));
        one.word != other.word || !shared
    };
    answered.iter().any(|one| answered.iter().any(|other| alike(one, other) && differ(one, other)))
}
