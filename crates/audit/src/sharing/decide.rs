//! What the law says of sharing with an organization.
//!
//! A list shows standing access, so two acts are asked about, `direct_database_access` and
//! `disclose_information`, with plate reads as the information and no paper: no court's paper stands
//! behind an entry of a list. For what purpose the data is wanted a list does not say, so it is left
//! open. The stricter answer counts.

use std::sync::Arc;

use bylaw_law::{Law, QuestionError, RuleId, Scratch, Word, vocabulary::FactId};
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::{Direction, Entry};
use crate::{
    Class, Resolved, Resolver,
    ask::{Case, Laws, NotAsked, Said, Settled, requesters},
    names::State,
};

/// The acts that a sharing list shows.
pub const ACTS: [&str; 2] = ["direct_database_access", "disclose_information"];

/// What is given.
const INFORMATION: &str = "alpr";
/// Who acts where nothing says so.
pub const DEFAULT_ACTOR: &str = "city_police";

/// A law and a day, asked about organization after organization.
#[derive(Debug)]
pub struct Audit<'a> {
    laws: Laws<'a>,
    resolver: &'a Resolver,
    /// Who acts, where somebody said so; else what the list's owner is.
    actor: Option<&'a str>,
    /// The day, where somebody said so; else the list's own.
    on: Option<Date>,
    today: Date,
    direction: Direction,
    answers: FxHashMap<Asked, Arc<Answer>>,
    resolved: FxHashMap<String, Arc<Resolved>>,
    scratch: Scratch,
}

/// One organization of a list, decided.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What it is.
    pub resolved: Arc<Resolved>,
    /// What it is, seen from the jurisdiction: `california_public` and so on.
    pub class: String,
    /// Which way the data goes.
    pub direction: Direction,
    /// The day on which the law was asked.
    pub on: Date,
    /// What the law says.
    pub answer: Arc<Answer>,
}

/// What the law says of sharing with one kind of organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer; none where this law is not the one to ask.
    pub word: Option<Word>,
    /// The answer for each of [`ACTS`].
    pub acts: Vec<(&'static str, Word)>,
    /// The controlling rules, strongest first.
    pub because: Vec<RuleId>,
    /// Facts on which it still depends.
    pub needs: Vec<FactId>,
    /// What each value of the first of those would make of it.
    pub settled: Option<Settled>,
    /// Why this law is not the one to ask.
    pub not_decided: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    /// The other agency gives, under the law of the state alone.
    by_other: bool,
    actor: Option<String>,
    /// What the one who receives may be; empty where that is unknown.
    requesters: Vec<&'static str>,
    on: Date,
}

/// What is asked besides the law itself.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Who acts; none: what the list's owner is, or else [`DEFAULT_ACTOR`].
    pub actor: Option<&'a str>,
    /// The day; none: the list's own, or else today.
    pub on: Option<Date>,
    /// Today.
    pub today: Date,
    /// Which way the data goes where a list does not say.
    pub direction: Direction,
}

impl<'a> Audit<'a> {
    /// Asks the law of that jurisdiction.
    ///
    /// # Errors
    ///
    /// Where the path lies in no state, or the law binds no such actor.
    pub fn new(
        law: &'a Law,
        path: &str,
        resolver: &'a Resolver,
        asking: Asking<'a>,
    ) -> Result<Self, NotAsked> {
        let laws = Laws::find(law, path)?;
        let Asking { actor, on, today, direction } = asking;
        let mut audit = Self {
            laws,
            resolver,
            actor,
            on,
            today,
            direction,
            answers: FxHashMap::default(),
            resolved: FxHashMap::default(),
            scratch: Scratch::default(),
        };
        // What is wrong with the question itself is said once, before any list.
        let actor = actor.unwrap_or(DEFAULT_ACTOR).to_owned();
        let on = on.unwrap_or(today);
        audit.ask(&Asked { by_other: false, actor: Some(actor), requesters: Vec::new(), on })?;
        Ok(audit)
    }

    /// The state in which the jurisdiction lies.
    #[must_use]
    pub const fn own_state(&self) -> &'static State {
        self.laws.own
    }

    /// Decides about one organization.
    pub fn decide(&mut self, entry: &Entry) -> Finding {
        let resolved = self.resolve(&entry.organization);
        let owner = entry.owner.as_deref().map(|owner| self.resolve(owner));
        let direction = entry.direction.unwrap_or(self.direction);
        let on = self.on.or(entry.on).unwrap_or(self.today);
        let asked = match direction {
            Direction::Outbound => self.giving(&resolved, owner.as_deref(), on),
            Direction::Inbound => self.receiving(&resolved, owner.as_deref(), on),
        };
        let answer = match asked {
            Ok(asked) => self.answer(asked),
            Err(reason) => Arc::new(Answer::not_decided(reason)),
        };
        Finding { class: resolved.class.word(self.laws.own), resolved, direction, on, answer }
    }

    fn resolve(&mut self, text: &str) -> Arc<Resolved> {
        if let Some(known) = self.resolved.get(text) {
            return Arc::clone(known);
        }
        let resolved = Arc::new(self.resolver.resolve(text));
        self.resolved.insert(text.to_owned(), Arc::clone(&resolved));
        resolved
    }

    /// The list's owner gives to the organization.
    fn giving(&self, to: &Resolved, owner: Option<&Resolved>, on: Date) -> Result<Asked, String> {
        self.check_owner(owner)?;
        let actor = self.actor.or_else(|| owner?.kind?.actor).unwrap_or(DEFAULT_ACTOR);
        let requesters = requesters(self.laws.own, to.class, to.kind);
        Ok(Asked { by_other: false, actor: Some(actor.to_owned()), requesters, on })
    }

    /// The organization gives to the list's owner: its act, under its own law.
    fn receiving(
        &self,
        from: &Resolved,
        owner: Option<&Resolved>,
        on: Date,
    ) -> Result<Asked, String> {
        self.check_owner(owner)?;
        match from.class {
            Class::Public(state) if state == self.laws.own => {
                let actor = from.kind.and_then(|kind| kind.actor).map(str::to_owned);
                let kind = owner.and_then(|owner| owner.kind);
                let requesters = requesters(self.laws.own, from.class, kind);
                Ok(Asked { by_other: true, actor, requesters, on })
            }
            Class::Unknown => {
                Err("it gives, and what it is cannot be told: nor which law binds it".to_owned())
            }
            Class::Public(_) | Class::Federal | Class::Private => {
                let own = self.laws.own.name;
                Err(format!(
                    "it gives and is no agency of {own}; the law of {own} is asked about those only"
                ))
            }
        }
    }

    fn check_owner(&self, owner: Option<&Resolved>) -> Result<(), String> {
        match owner.map(|owner| owner.class) {
            Some(Class::Public(state)) if state != self.laws.own => {
                Err(format!("the list is that of an agency of {}", state.name))
            }
            Some(Class::Federal) => {
                Err("the list is that of an agency of the United States".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn answer(&mut self, asked: Asked) -> Arc<Answer> {
        if let Some(known) = self.answers.get(&asked) {
            return Arc::clone(known);
        }
        let answer =
            self.ask(&asked).unwrap_or_else(|error| Answer::not_decided(error.to_string()));
        let answer = Arc::new(answer);
        self.answers.insert(asked, Arc::clone(&answer));
        answer
    }

    fn ask(&mut self, asked: &Asked) -> Result<Answer, QuestionError> {
        let mut acts = Vec::new();
        let mut strictest: Option<Answer> = None;
        for act in ACTS {
            let one = self.ask_act(asked, act)?;
            let word = one.word.unwrap_or(Word::NeedsFacts);
            acts.push((act, word));
            let before = strictest.as_ref().and_then(|answer| answer.word);
            if before.is_none_or(|before| word.strictness() > before.strictness()) {
                strictest = Some(one);
            }
        }
        let answer =
            strictest.unwrap_or_else(|| Answer::not_decided("there is no such act".to_owned()));
        Ok(Answer { acts, ..answer })
    }

    /// One act. Where several kinds are possible, the answer stands if it is that of each.
    fn ask_act(&mut self, asked: &Asked, act: &str) -> Result<Answer, QuestionError> {
        let laws = self.laws;
        let jurisdiction = if asked.by_other { laws.of_state } else { laws.jurisdiction };
        let mut case = Case::new(jurisdiction, laws.law.find_action(act)?, vec![asked.on]);
        case.narrow(laws.law, "info_category", &[INFORMATION])?;
        case.narrow(laws.law, "legal_process", &["none"])?;
        case.narrow(laws.law, "actor_kind", asked.actor.as_deref().as_slice())?;
        case.narrow(laws.law, "requester_kind", &asked.requesters)?;
        let Said { word, because, needs, .. } = laws.say(&case, &mut self.scratch)?;
        let settled = match (word, needs.first()) {
            (Word::NeedsFacts, Some(&fact)) => laws.settle(&case, fact, &mut self.scratch)?,
            _ => None,
        };
        Ok(Answer {
            word: Some(word),
            acts: Vec::new(),
            because,
            needs,
            settled,
            not_decided: None,
        })
    }
}

impl Answer {
    const fn not_decided(reason: String) -> Self {
        Self {
            word: None,
            acts: Vec::new(),
            because: Vec::new(),
            needs: Vec::new(),
            settled: None,
            not_decided: Some(reason),
        }
    }

    /// Its word, as it is written in replies.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.word.map_or("not_decided", Word::name)
    }
}
