//! The mapping file: how an integrator's subjects, resources, actions and properties become facts.
//!
//! It is TOML, read strictly and checked against the vocabulary when it is loaded; what a caller
//! then says is looked up, never guessed. A value that the vocabulary does not have is an error
//! that names its place. What the caller leaves out is not known, which is never false.
//! docs/mapping.md explains every key.
//!
//! A [`LogMapping`] does the same for the rows of a log, in the same language.
//!
//! A mapping holds the numbers of facts and values, so it belongs to the law it was read for.

mod entities;
mod error;
mod expression;
mod input;
mod json;
mod log;
mod read;
mod routes;
mod source;

use std::collections::HashMap;

use bylaw_law::{
    Jurisdiction, Law, Question, nearest,
    vocabulary::{ActionId, FactId},
};
use jiff::civil::Date;

use self::{entities::Entities, expression::Variables, input::Scalar};
pub use self::{
    entities::Listed,
    error::{MappingError, Problem, Refused},
    input::{Action, Entity, Input},
    json::{Json, Object, Text},
    log::{Day, Equation, Figure, Grouping, LogMapping, Measure, Per, Recorded, Row, Take},
    routes::{Route, Routes, Segments, decoded},
    source::{FactSource, Value},
};

/// How a client's words become facts.
#[derive(Debug)]
pub struct Mapping {
    name: String,
    silent: Silent,
    /// Facts that are not stated take their `@absent` value.
    otherwise_absent: bool,
    /// In the file's order, which is the order of an action search.
    acts: Vec<Act>,
    act_index: HashMap<String, usize>,
    facts: Vec<FactSource>,
    routes: Option<Routes>,
    subjects: Entities,
    resources: Entities,
    /// No file: names are those of the vocabulary.
    plain: bool,
}

/// What a caller gets where the law is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// It passes.
    Allow,
    /// It does not.
    Deny,
}

/// An action by the integrator's name for it.
#[derive(Debug)]
struct Act {
    name: String,
    action: ActionId,
    /// Facts that the action itself says, over the file's own.
    facts: Vec<FactSource>,
}

/// A question made of a call, with the facts as they were stated.
#[derive(Debug)]
pub struct Asked<'l> {
    /// The question.
    pub question: Question<'l>,
    /// Each fact that the call or the mapping states.
    pub stated: Vec<(FactId, Value)>,
}

impl Mapping {
    /// Reads a mapping file for a law and the jurisdiction whose acts it maps.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line.
    pub fn parse(
        name: &str,
        text: &str,
        law: &Law,
        jurisdiction: &str,
    ) -> Result<Self, MappingError> {
        read::read(name, text, law, jurisdiction)
    }

    /// The mapping of a client that has no file: an action's name is an act, a property or context
    /// member of a fact's name is that fact, and what the law is silent on does not pass.
    #[must_use]
    pub fn plain() -> Self {
        Self { plain: true, ..Self::empty("plain", Silent::Deny) }
    }

    fn empty(name: &str, silent: Silent) -> Self {
        Self {
            name: name.to_owned(),
            silent,
            otherwise_absent: false,
            acts: Vec::new(),
            act_index: HashMap::new(),
            facts: Vec::new(),
            routes: None,
            subjects: Entities::default(),
            resources: Entities::default(),
            plain: false,
        }
    }

    /// Its name: the file's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a caller gets where the law is silent.
    #[must_use]
    pub const fn silent(&self) -> Silent {
        self.silent
    }

    /// Whether facts that are not stated take the value that stands where there is nothing to see.
    #[must_use]
    pub const fn otherwise_absent(&self) -> bool {
        self.otherwise_absent
    }

    /// Which act an HTTP call is, where a gateway asks; none where the file has no routes.
    #[must_use]
    pub const fn routes(&self) -> Option<&Routes> {
        self.routes.as_ref()
    }

    /// The question that a call asks by its action's name.
    ///
    /// # Errors
    ///
    /// What is wrong with the call.
    pub fn question<'l>(
        &self,
        law: &'l Law,
        jurisdiction: &'l Jurisdiction,
        input: &Input<'_>,
        on: Date,
    ) -> Result<Asked<'l>, Refused> {
        let name = &input.action.ok_or(Refused::Missing { place: "action.name" })?.name;
        let (action, own) = self
            .act(law, name)
            .ok_or_else(|| Refused::UnknownAction { help: self.nearest_act(law, name) })?;
        self.question_about(law, jurisdiction, action, own, input, on)
    }

    /// The question that a call asks about an act that is already known. The facts of `own` win over
    /// the file's.
    ///
    /// # Errors
    ///
    /// What is wrong with the call.
    pub fn question_about<'l>(
        &self,
        law: &'l Law,
        jurisdiction: &'l Jurisdiction,
        action: ActionId,
        own: &[FactSource],
        input: &Input<'_>,
        on: Date,
    ) -> Result<Asked<'l>, Refused> {
        let stated =
            if self.plain { plain_facts(law, input)? } else { self.facts(law, own, input)? };
        let mut question = Question::new(law, jurisdiction, action, on);
        for &(fact, value) in &stated {
            question.set(fact, value.class());
        }
        if self.otherwise_absent {
            question.assume_absent(law);
        }
        Ok(Asked { question, stated })
    }

    fn facts(
        &self,
        law: &Law,
        own: &[FactSource],
        input: &Input<'_>,
    ) -> Result<Vec<(FactId, Value)>, Refused> {
        let mut variables = Variables::new(self, *input);
        let of_file =
            self.facts.iter().filter(|source| !own.iter().any(|nearer| nearer.fact == source.fact));
        own.iter()
            .chain(of_file)
            .filter_map(|source| {
                let value = source.value(law, self, input, &mut variables).transpose()?;
                Some(value.map(|value| (source.fact, value)))
            })
            .collect()
    }

    /// The act of that name, with the facts that it says itself.
    #[must_use]
    pub fn act(&self, law: &Law, name: &str) -> Option<(ActionId, &[FactSource])> {
        if self.plain {
            return Some((law.vocabulary.action_id(name)?, &[]));
        }
        let act = self.acts.get(*self.act_index.get(name)?)?;
        Some((act.action, &act.facts))
    }

    /// Every action name, in the file's order; the vocabulary's where there is no file.
    pub fn act_names<'a>(&'a self, law: &'a Law) -> impl Iterator<Item = &'a str> + Clone {
        let vocabulary = if self.plain { law.vocabulary.actions.as_slice() } else { &[] };
        let own = self.acts.iter().map(|act| act.name.as_str());
        own.chain(vocabulary.iter().map(|action| action.name.as_str()))
    }

    fn nearest_act(&self, law: &Law, name: &str) -> String {
        nearest(name, self.act_names(law))
    }

    /// Every subject of a type that the file lists.
    #[must_use]
    pub fn subjects(&self, kind: &str) -> &[Listed] {
        self.subjects.of_kind(kind)
    }

    /// Every resource of a type that the file lists.
    #[must_use]
    pub fn resources(&self, kind: &str) -> &[Listed] {
        self.resources.of_kind(kind)
    }

    /// Whether a search may take these for entities that exist.
    #[must_use]
    pub fn admits(&self, input: &Input<'_>) -> bool {
        input.subject.is_none_or(|entity| self.subjects.admits(entity))
            && input.resource.is_none_or(|entity| self.resources.admits(entity))
    }

    pub(crate) fn known_subject(&self, input: &Input<'_>) -> Option<&Object<'static>> {
        self.subjects.known(input.subject?)
    }

    pub(crate) fn known_resource(&self, input: &Input<'_>) -> Option<&Object<'static>> {
        self.resources.known(input.resource?)
    }
}

impl Asked<'_> {
    /// Whether a fact is stated otherwise than it was earlier. Said to be not known is neither.
    pub fn contradicts<'v>(
        &self,
        law: &Law,
        earlier: impl IntoIterator<Item = (&'v str, Json<'v>)>,
    ) -> bool {
        earlier.into_iter().any(|(name, json)| {
            let Some(id) = law.vocabulary.fact_id(name) else { return false };
            let Some(fact) = law.vocabulary.facts.get(id) else { return false };
            let Ok(earlier) = Value::of(fact, Scalar::from(&json), name) else { return false };
            let known = |value: Value| value != Value::Unknown;
            self.stated.iter().any(|&(stated, value)| {
                stated == id && known(value) && known(earlier) && value != earlier
            })
        })
    }

    /// Adds facts that were stated earlier, where this call states none. What the vocabulary no
    /// longer has is not known.
    pub fn recall<'v>(
        &mut self,
        law: &Law,
        earlier: impl IntoIterator<Item = (&'v str, Json<'v>)>,
    ) {
        for (name, json) in earlier {
            let Some(id) = law.vocabulary.fact_id(name) else { continue };
            let Some(fact) = law.vocabulary.facts.get(id) else { continue };
            // Only what is known now counts more: a mapping that finds nothing states nothing.
            let known =
                |(stated, value): &(FactId, Value)| *stated == id && value.class().is_some();
            if self.stated.iter().any(known) {
                continue;
            }
            if let Ok(value) = Value::of(fact, Scalar::from(&json), name) {
                self.stated.retain(|(stated, _)| *stated != id);
                self.question.set(id, value.class());
                self.stated.push((id, value));
            }
        }
    }
}

/// Facts by their own names, from any properties and the context. What is not a fact's name is
/// ignored.
fn plain_facts(law: &Law, input: &Input<'_>) -> Result<Vec<(FactId, Value)>, Refused> {
    let places = [
        ("subject.properties", input.subject.map(|entity| &entity.properties)),
        ("resource.properties", input.resource.map(|entity| &entity.properties)),
        ("action.properties", input.action.map(|action| &action.properties)),
        ("context", input.context),
    ];
    let mut stated: Vec<(FactId, Value)> = Vec::new();
    for (place, object) in places {
        for (name, json) in object.into_iter().flat_map(Object::members) {
            let Some(id) = law.vocabulary.fact_id(name) else { continue };
            let Some(fact) = law.vocabulary.facts.get(id) else { continue };
            let value = Value::of(fact, Scalar::from(json), &format!("{place}.{name}"))?;
            match stated.iter().find(|(known, _)| *known == id) {
                None => stated.push((id, value)),
                Some((_, known)) if *known == value => {}
                Some(_) => return Err(Refused::GivenTwice { fact: fact.name.clone() }),
            }
        }
    }
    Ok(stated)
}
