//! Who searched, whose cameras, and which act of theirs the law is asked about.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::organizations::{BLANK, Organization, Organizations, UNTOLD, WITHHELD};
use crate::{
    Class, Resolver,
    ask::{Laws, requesters},
    log::{cell::Cell, recent::Recent},
    sharing::DEFAULT_ACTOR,
};

const MOST_PAIRS: usize = 200_000;

/// What is asked besides the law itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asking<'a> {
    /// Whose log it is, or whose cameras were searched, where a file does not say.
    pub owner: Option<&'a str>,
    /// What the owner is by the law's word; none: what its name says, or else city police.
    pub actor: Option<&'a str>,
}

/// Who searched what of whom, as numbers of the [`Judge`](super::Judge) that told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parties {
    /// Who searched.
    pub(super) group: u32,
    /// What the law is asked of them.
    pub(super) asked: u32,
}

/// Which act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// An organization's own search: its resources are used.
    Own,
    /// A search of another's cameras: their owner gives access.
    Shared,
}

/// What the law is asked of two parties.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) act: Act,
    /// The law of the state alone: it is no act of the jurisdiction's own body.
    pub(super) of_state: bool,
    pub(super) actor: Option<Actor>,
    /// What the one who receives may be; nothing where that is unknown.
    pub(super) requesters: Vec<&'static str>,
    pub(super) note: Option<String>,
    /// Why the law is not asked.
    pub(super) reason: Option<String>,
}

/// Who acts, by the law's word, and where that is known from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Actor {
    pub(super) word: String,
    pub(super) from: &'static str,
}

/// Remembers what is asked of each pair.
#[derive(Debug)]
pub(super) struct Book<'a> {
    laws: Laws<'a>,
    organizations: Organizations<'a>,
    actor: Option<String>,
    owner: Option<Arc<Organization>>,
    pairs: FxHashMap<(u32, Option<u32>), Parties>,
    asked: Vec<Asked>,
    numbers: FxHashMap<Asked, u32>,
    recent: Recent<Parties>,
}

impl<'a> Book<'a> {
    pub(super) fn new(laws: Laws<'a>, resolver: &'a Resolver, asking: Asking<'_>) -> Self {
        let mut organizations = Organizations::new(resolver, laws.own);
        let owner = asking.owner.map(|owner| organizations.find(owner.trim(), Cell::NotExported));
        Self {
            laws,
            organizations,
            actor: asking.actor.map(str::to_owned),
            owner,
            pairs: FxHashMap::default(),
            asked: Vec::new(),
            numbers: FxHashMap::default(),
            recent: Recent::new(),
        }
    }

    /// The actor where nothing else is told.
    pub(super) fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or(DEFAULT_ACTOR)
    }

    /// `organization`, `state` and `owner` are the row's cells.
    pub(super) fn parties(
        &mut self,
        organization: Cell<'_>,
        state: Cell<'_>,
        owner: Cell<'_>,
    ) -> Parties {
        if let Some(known) = self.recent.find(&[organization, state, owner]) {
            return known;
        }
        let parties = self.tell(organization, state, owner);
        self.recent.put(parties);
        parties
    }

    #[expect(clippy::indexing_slicing, reason = "INVARIANT: the numbers are of this judge")]
    pub(super) fn asked(&self, parties: Parties) -> &Asked {
        &self.asked[parties.asked as usize]
    }

    pub(super) fn group(&self, parties: Parties) -> (&Arc<[Box<str>]>, &Arc<str>) {
        self.organizations.group(parties.group)
    }

    fn tell(&mut self, organization: Cell<'_>, state: Cell<'_>, owner: Cell<'_>) -> Parties {
        let whose = match owner.text() {
            Some(owner) => Some(self.organizations.find(owner, Cell::NotExported)),
            None => self.owner.clone(),
        };
        let who = match organization {
            Cell::Present(name) => self.organizations.find(name, state),
            Cell::NotExported => match &whose {
                Some(owner) => Arc::clone(owner),
                None => return self.number(UNTOLD, self.own_of_untold()),
            },
            Cell::Empty => {
                return self.number(BLANK, Asked::nothing(Act::Own, "who searched is left blank"));
            }
            Cell::Withheld(_) => {
                let masked = "who searched is masked";
                return self.number(WITHHELD, Asked::nothing(Act::Own, masked));
            }
        };
        self.pair(&who, whose.as_deref())
    }

    fn pair(&mut self, who: &Organization, whose: Option<&Organization>) -> Parties {
        let pair = (who.group, whose.map(|owner| owner.group));
        let remembered = who.remembered && whose.is_none_or(|owner| owner.remembered);
        if let Some(&known) = self.pairs.get(&pair).filter(|_| remembered) {
            return known;
        }
        let parties = self.number(who.group, self.ask(who, whose));
        if remembered {
            if self.pairs.len() >= MOST_PAIRS {
                self.pairs.clear();
            }
            self.pairs.insert(pair, parties);
        }
        parties
    }

    /// What is asked has one number, however many organizations it is asked of.
    fn number(&mut self, group: u32, asked: Asked) -> Parties {
        if let Some(&known) = self.numbers.get(&asked) {
            return Parties { group, asked: known };
        }
        let number = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        self.asked.push(asked.clone());
        self.numbers.insert(asked, number);
        Parties { group, asked: number }
    }

    /// What is asked where one searches its own cameras, another's, or nobody knows whose.
    fn ask(&self, who: &Organization, whose: Option<&Organization>) -> Asked {
        let own = self.laws.own;
        let Some(owner) = whose else { return self.owner_untold(who) };
        if who.is(owner) {
            return self.own_act(who, true);
        }
        match owner.class {
            Class::Public(state) if state != own => self.own_beside(who, owner.class),
            Class::Federal => self.own_beside(who, owner.class),
            Class::Public(_) | Class::Private | Class::Unknown => {
                let requesters = requesters(own, who.class, who.kind);
                Asked { requesters, ..self.act_of(Act::Shared, owner, true) }
            }
        }
    }

    /// The search of an organization, and nobody says whose cameras these were.
    fn owner_untold(&self, who: &Organization) -> Asked {
        let asked = self.own_act(who, false);
        if asked.reason.is_some() {
            return asked;
        }
        let law = if self.is_below_state() {
            format!(", under the law of {} alone", self.laws.own.name)
        } else {
            String::new()
        };
        asked.with_note(format!(
            "whose cameras were searched is not told: the searching organization's own act was asked about{law}"
        ))
    }

    /// The search of an organization, as its own act.
    fn own_act(&self, who: &Organization, is_owner: bool) -> Asked {
        let own = self.laws.own;
        match who.class {
            Class::Public(state) if state == own => self.act_of(Act::Own, who, is_owner),
            Class::Unknown if is_owner => self.act_of(Act::Own, who, true),
            Class::Unknown => Asked::nothing(
                Act::Own,
                "what the searching organization is cannot be told, nor which law binds it",
            ),
            other => {
                let reason =
                    format!("it is {}: its own searches are not for this law", in_words(other));
                Asked::nothing(Act::Own, reason)
            }
        }
    }

    /// The search of another's cameras whose owner this law does not bind.
    fn own_beside(&self, who: &Organization, owner: Class) -> Asked {
        let note = format!(
            "the cameras are those of {}: whether they may be shared is not for this law",
            in_words(owner)
        );
        self.own_act(who, false).with_note(note)
    }

    /// An act of an organization, under the jurisdiction's law where it is the jurisdiction's own: the owner
    /// that was named, or where none was named the owner by the file.
    fn act_of(&self, act: Act, who: &Organization, is_owner: bool) -> Asked {
        let named = self.owner.as_deref();
        let local = named.map_or(is_owner, |named| who.is(named));
        let told = local || named.is_none();
        let stated = self.actor.as_deref().filter(|_| told);
        let actor = match (stated, who.kind.and_then(|kind| kind.actor)) {
            (Some(word), _) => Some(Actor::new(word, "--actor")),
            (None, Some(word)) => Some(Actor::new(word, act.name_of_actor())),
            (None, None) => told.then(Actor::usual),
        };
        let note = (who.class == Class::Unknown).then(|| {
            let own = self.laws.own.name;
            format!("what the owner is cannot be told: it was taken for an agency of {own}")
        });
        Asked { of_state: !local && self.is_below_state(), actor, note, ..Asked::new(act) }
    }

    /// A log without organizations, and nobody says whose it is: the jurisdiction's own body.
    fn own_of_untold(&self) -> Asked {
        let stated = self.actor.as_deref().map(|word| Actor::new(word, "--actor"));
        Asked { actor: Some(stated.unwrap_or_else(Actor::usual)), ..Asked::new(Act::Own) }
    }

    fn is_below_state(&self) -> bool {
        self.laws.jurisdiction.path != self.laws.of_state.path
    }
}

impl Act {
    /// Its name in the vocabulary.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Own => "use_resources_support",
            Self::Shared => "direct_database_access",
        }
    }

    /// Whose name says what the one who acts is.
    const fn name_of_actor(self) -> &'static str {
        match self {
            Self::Own => "what the organization's name says it is",
            Self::Shared => "what the owner's name says it is",
        }
    }
}

impl Actor {
    fn new(word: &str, from: &'static str) -> Self {
        Self { word: word.to_owned(), from }
    }

    fn usual() -> Self {
        Self::new(DEFAULT_ACTOR, "taken where nothing is told; --actor says another")
    }
}

impl Asked {
    const fn new(act: Act) -> Self {
        let requesters = Vec::new();
        Self { act, of_state: false, actor: None, requesters, note: None, reason: None }
    }

    fn nothing(act: Act, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(act) }
    }

    fn with_note(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }
}

fn in_words(class: Class) -> String {
    match class {
        Class::Public(state) => format!("an agency of {}", state.name),
        Class::Federal => "an agency of the United States".to_owned(),
        Class::Private => "no public body".to_owned(),
        Class::Unknown => "not known".to_owned(),
    }
}
