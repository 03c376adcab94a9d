//! What the law says, asked once of rows that record the same.
//!
//! An answer holds for all days on which the law about the act is the same, so that rows are told apart by
//! what is asked, the purposes and the span of days. Rulings are never forgotten, as rows hold their
//! numbers; there are few, since neither names nor days stand in them.

use std::sync::Arc;

use bylaw_law::{Jurisdiction, QuestionError, Scratch, Word};
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::{
    Ruling, Verdict,
    parties::{Act, Asked},
};
use crate::{
    ask::{Case, Laws, Said},
    lexicon::{Reading, Strength},
    log::time::{Moment, Precision},
};

/// What cameras saw of people's ways is shown to nobody else.
pub(super) const INFORMATION: [(&str, &str); 2] =
    [("info_category", "alpr"), ("info_publicly_available", "false")];

const MOST_REMEMBERED: usize = 200_000;

const CHANGED: &str = "the law changed within the month, and the row does not give the day";
pub(in crate::log) const SILENT: &str =
    "the law that was asked has no rule about it, and what it was for was not recorded";

/// The number of a ruling, good for the [`Judge`](super::Judge) that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RulingNumber(u32);

/// Remembers what the law said.
#[derive(Debug)]
pub(super) struct Rulings<'a> {
    laws: Laws<'a>,
    purposes: Vec<String>,
    own: Changes,
    shared: Changes,
    known: FxHashMap<Known, RulingNumber>,
    last: Option<(Last, RulingNumber)>,
    rulings: Vec<Arc<Ruling>>,
    numbers: FxHashMap<Arc<Ruling>, RulingNumber>,
    scratch: Scratch,
}

/// The days on which the law about an act changes, ascending.
#[derive(Debug)]
struct Changes {
    of_jurisdiction: Vec<Date>,
    of_state: Vec<Date>,
}

/// What a row says of its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Purpose {
    /// Those that it may be, as bits.
    bits: u16,
    /// Whether words state it: an agency's name leaves several open and states none, and a protest is a purpose
    /// that the vocabulary has no word for.
    is_stated: bool,
}

/// What is asked, the purpose, and the first and last span of days; none where no day is known.
type Known = (u32, Purpose, Option<(usize, usize)>);
/// The same, by day.
type Last = (u32, Purpose, Option<(Date, Precision)>);

impl<'a> Rulings<'a> {
    pub(super) fn new(
        laws: Laws<'a>,
        purposes: &[String],
        actor: &str,
    ) -> Result<Self, QuestionError> {
        let mut rulings = Self {
            laws,
            purposes: purposes.to_vec(),
            own: Changes::of(laws, Act::Own)?,
            shared: Changes::of(laws, Act::Shared)?,
            known: FxHashMap::default(),
            last: None,
            rulings: Vec::new(),
            numbers: FxHashMap::default(),
            scratch: Scratch::default(),
        };
        rulings.check(actor)?;
        Ok(rulings)
    }

    /// What the law says to what is asked, which has that number.
    pub(super) fn rule(
        &mut self,
        number: u32,
        asked: &Asked,
        purpose: Purpose,
        on: Option<Moment>,
    ) -> RulingNumber {
        let last = (number, purpose, on.map(|moment| (moment.on, moment.precision)));
        match self.last {
            Some((before, ruling)) if before == last => ruling,
            _ => {
                let ruling = self.look_up(number, asked, purpose, on);
                self.last = Some((last, ruling));
                ruling
            }
        }
    }

    #[expect(clippy::indexing_slicing, reason = "INVARIANT: the numbers are of this judge")]
    pub(super) fn ruling(&self, number: RulingNumber) -> &Arc<Ruling> {
        &self.rulings[number.0 as usize]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Ruling>> {
        self.rulings.iter()
    }

    /// The facts that are stated, with their values.
    pub(super) fn facts<'s>(
        &'s self,
        asked: &'s Asked,
        purposes: u16,
    ) -> Vec<(&'static str, Vec<&'s str>)> {
        let mut facts = Vec::new();
        facts.extend(asked.actor.iter().map(|actor| ("actor_kind", vec![actor.word.as_str()])));
        match asked.act {
            Act::Own => facts.push(("requester_kind", vec!["none"])),
            Act::Shared => {
                facts.push(("requester_kind", asked.requesters.clone()));
                facts.extend(INFORMATION.map(|(fact, value)| (fact, vec![value])));
            }
        }
        facts.push(("purpose", self.purposes(purposes)));
        facts.retain(|(_, values)| !values.is_empty());
        facts
    }

    /// The purposes of these bits.
    pub(super) fn purposes(&self, bits: u16) -> Vec<&str> {
        let purposes = (0..16).zip(&self.purposes);
        purposes.filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, word)| word.as_str()).collect()
    }

    /// Asks once, so that what is wrong with the question itself is said before any row.
    fn check(&mut self, actor: &str) -> Result<(), QuestionError> {
        let Laws { law, jurisdiction, .. } = self.laws;
        let act = law.find_action(Act::Own.name())?;
        let mut case = Case::new(jurisdiction, act, vec![jurisdiction.first_day]);
        case.narrow(law, "actor_kind", &[actor])?;
        let purposes: Vec<&str> = self.purposes.iter().map(String::as_str).collect();
        case.narrow(law, "purpose", &purposes)?;
        self.laws.say(&case, &mut self.scratch).map(|_| ())
    }

    fn look_up(
        &mut self,
        number: u32,
        asked: &Asked,
        purpose: Purpose,
        on: Option<Moment>,
    ) -> RulingNumber {
        let spans = on.map(|moment| {
            let (first, last) = days(moment);
            let changes = self.changes(asked);
            let span = |day: Date| changes.partition_point(|change| *change <= day);
            (span(first), span(last))
        });
        let key = (number, purpose, spans);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let ruling = self.make(asked, purpose, on);
        let ruling = self.number(ruling);
        if self.known.len() >= MOST_REMEMBERED {
            self.known.clear();
        }
        self.known.insert(key, ruling);
        ruling
    }

    fn make(&mut self, asked: &Asked, purpose: Purpose, on: Option<Moment>) -> Ruling {
        let act = asked.act.name();
        let not_decided = |reason: String| Ruling {
            note: asked.note.clone(),
            ..Ruling::not_decided(act, reason)
        };
        if let Some(reason) = &asked.reason {
            return not_decided(reason.clone());
        }
        let Some(moment) = on else {
            return not_decided("the row has no date that can be read".to_owned());
        };
        let jurisdiction = self.jurisdiction(asked);
        if moment.on < jurisdiction.first_day {
            return not_decided(format!(
                "no law of `{}` on file was in force yet; the earliest begins on {}",
                jurisdiction.path, jurisdiction.first_day
            ));
        }
        self.decide(asked, purpose, moment).unwrap_or_else(|error| not_decided(error.to_string()))
    }

    fn decide(
        &mut self,
        asked: &Asked,
        purpose: Purpose,
        moment: Moment,
    ) -> Result<Ruling, QuestionError> {
        let Laws { law, .. } = self.laws;
        let (first, last) = days(moment);
        let changes = self.changes(asked).iter().copied();
        let within = changes.filter(|&day| first < day && day <= last);
        let days = std::iter::once(first).chain(within).collect();
        let mut case =
            Case::new(self.jurisdiction(asked), law.find_action(asked.act.name())?, days);
        for (fact, values) in self.facts(asked, purpose.bits) {
            case.narrow(law, fact, &values)?;
        }
        let Said { word, because, needs, day_matters } = self.laws.say(&case, &mut self.scratch)?;
        let settled = match (word, needs.first()) {
            (Word::NeedsFacts, Some(&fact)) => self.laws.settle(&case, fact, &mut self.scratch)?,
            _ => None,
        };
        // A purpose that nobody recorded is never called lawful.
        let silent = word == Word::Unregulated && !purpose.is_stated;
        let notes = [day_matters.then_some(CHANGED), silent.then_some(SILENT)];
        let notes: Vec<&str> =
            asked.note.as_deref().into_iter().chain(notes.into_iter().flatten()).collect();
        Ok(Ruling {
            verdict: if silent { Verdict::CannotTell } else { Verdict::of(word) },
            word: Some(word),
            act: asked.act.name().to_owned(),
            because,
            needs,
            settled,
            not_decided: None,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        })
    }

    fn number(&mut self, ruling: Ruling) -> RulingNumber {
        if let Some(&known) = self.numbers.get(&ruling) {
            return known;
        }
        let number = RulingNumber(as_u32(self.rulings.len()));
        let ruling = Arc::new(ruling);
        self.rulings.push(Arc::clone(&ruling));
        self.numbers.insert(ruling, number);
        number
    }

    /// The jurisdiction whose law is asked.
    pub(super) fn jurisdiction(&self, asked: &Asked) -> &'a Jurisdiction {
        if asked.of_state { self.laws.of_state } else { self.laws.jurisdiction }
    }

    /// Whether the law about all acts is the same on each day of that day's month.
    pub(super) fn is_one_law_in_month_of(&self, day: Date) -> bool {
        let lists = [&self.own, &self.shared]
            .into_iter()
            .flat_map(|changes| [&changes.of_jurisdiction, &changes.of_state]);
        let within =
            |change: &Date| change.first_of_month() == day.first_of_month() && change.day() > 1;
        !lists.flatten().any(within)
    }

    fn changes(&self, asked: &Asked) -> &[Date] {
        let changes = match asked.act {
            Act::Own => &self.own,
            Act::Shared => &self.shared,
        };
        if asked.of_state { &changes.of_state } else { &changes.of_jurisdiction }
    }
}

impl Purpose {
    pub(super) const fn of(reading: Reading) -> Self {
        let is_stated = matches!(reading.strength, Strength::Immigration | Strength::Other);
        Self { bits: reading.purposes, is_stated }
    }
}

impl Changes {
    fn of(laws: Laws<'_>, act: Act) -> Result<Self, QuestionError> {
        let action = laws.law.find_action(act.name())?;
        let changes = |jurisdiction: &Jurisdiction| {
            let mut days = laws.law.days_of_change(jurisdiction, action);
            days.push(jurisdiction.first_day);
            days.sort_unstable();
            days
        };
        Ok(Self { of_jurisdiction: changes(laws.jurisdiction), of_state: changes(laws.of_state) })
    }
}

/// The first and the last day on which it may have been.
fn days(moment: Moment) -> (Date, Date) {
    match moment.precision {
        Precision::Month => (moment.on, moment.on.last_of_month()),
        Precision::Time | Precision::Day => (moment.on, moment.on),
    }
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
