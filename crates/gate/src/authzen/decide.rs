//! Deciding one question, and the record of it.

use std::collections::BTreeMap;

use bylaw_law::{
    Decision, Law, QuestionError, Reply, RequestId, Word,
    vocabulary::{ActionId, FactId},
};
use bylaw_records::{Entry, Kind};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::case::{Kept, OpenCase};
use crate::{
    Error, Result,
    clients::Caller,
    mapping::{Asked, Entity, Input, Json, Mapping, Refused, Silent, Value},
    service::with_scratch,
};

/// A question with its answer.
#[derive(Debug)]
pub struct Answered<'l> {
    /// What was asked.
    pub asked: Asked<'l>,
    /// What the law says.
    pub decision: Decision<'l>,
    /// Whether the caller may let it pass.
    pub allowed: bool,
}

/// Who asked, and how: what a record says besides question and answer.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'c> {
    /// The client.
    pub caller: &'c Caller,
    /// Through which interface: `authzen`, `envoy`.
    pub through: &'static str,
    /// The caller's own id of the call.
    pub call_id: Option<&'c str>,
    /// When.
    pub at: Timestamp,
    /// What the caller said.
    pub input: Input<'c>,
}

/// Decides a question. Only `must` and `may` pass, and what the law is silent on where the mapping
/// says so.
///
/// # Errors
///
/// The law cannot take the question: an actor it does not bind, a day before any law.
pub fn decide<'l>(
    law: &'l Law,
    mapping: &Mapping,
    asked: Asked<'l>,
) -> Result<Answered<'l>, Refused> {
    let decision = with_scratch(|scratch| law.decide(&asked.question, scratch))?;
    let allowed = match decision.word {
        Word::Must | Word::May => true,
        Word::Unregulated => mapping.silent() == Silent::Allow,
        Word::MustNot | Word::Refer | Word::NeedsFacts => false,
    };
    Ok(Answered { asked, decision, allowed })
}

/// What passes where the law is silent, as records say it.
pub(super) fn silent(mapping: &Mapping) -> &'static str {
    match mapping.silent() {
        Silent::Allow => "allow",
        Silent::Deny => "deny",
    }
}

impl Answered<'_> {
    /// Whether more facts, or counsel, may still change the answer.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.decision.word, Word::NeedsFacts | Word::Refer)
    }

    /// The record of it, where it opens no case and takes none up.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where it cannot be written; then there is no answer.
    pub fn entry(&self, law: &Law, asker: &Asker<'_>) -> Result<Entry> {
        self.entry_of(Kind::Decision, law, asker, &OpenCase::default())
    }

    pub(crate) fn entry_of(
        &self,
        kind: Kind,
        law: &Law,
        asker: &Asker<'_>,
        case: &OpenCase,
    ) -> Result<Entry> {
        let entry = Entry::new(kind, self.body(law, asker, case)?);
        Ok(Entry { reference: case.reference_hash(), ..entry })
    }

    fn body(&self, law: &Law, asker: &Asker<'_>, case: &OpenCase) -> Result<Vec<u8>> {
        let body = Body {
            at: asker.at,
            jurisdiction: &self.decision.jurisdiction.path,
            on: self.decision.on,
            action: act_name(law, self.decision.action),
            facts: stated(law, &self.asked),
            otherwise_absent: asker.caller.mapping.otherwise_absent(),
            assumed: names(law, &self.decision.assumed),
            law: &self.decision.jurisdiction.hash,
            asked_by: AskedBy {
                client: &asker.caller.name,
                principal: asker.input.subject.map(Named::from),
                resource: asker.input.resource.map(Named::from),
            },
            through: asker.through,
            call_id: asker.call_id,
            reply: Reply::new(law, RequestId::default(), &self.decision),
            decision: self.allowed,
            silent: silent(&asker.caller.mapping),
            follows: case.follows,
            case: case.kept.as_ref(),
        };
        serde_json::to_vec(&body).map_err(|_| Error::Internal { what: "the record" })
    }
}

/// The record of a decision, as `bylaw_records::body::Decision` reads it; borrowed, because it is
/// written for every answer.
#[derive(Serialize)]
struct Body<'a> {
    at: Timestamp,
    jurisdiction: &'a str,
    on: Date,
    action: &'a str,
    facts: BTreeMap<&'a str, Json<'static>>,
    otherwise_absent: bool,
    assumed: Vec<&'a str>,
    law: &'a str,
    asked_by: AskedBy<'a>,
    through: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<&'a str>,
    reply: Reply<'a>,
    decision: bool,
    silent: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'a Kept>,
}

#[derive(Serialize)]
struct AskedBy<'a> {
    client: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Named<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: &'a str,
}

impl<'a> From<&'a Entity<'_>> for Named<'a> {
    fn from(entity: &'a Entity<'_>) -> Self {
        Self { kind: &entity.kind, id: &entity.id }
    }
}

/// The facts as they were stated, by name.
pub(crate) fn stated<'l>(law: &'l Law, asked: &Asked<'_>) -> BTreeMap<&'l str, Json<'static>> {
    let of = |&(fact, value): &(FactId, Value)| {
        let fact = law.vocabulary.facts.get(fact)?;
        Some((fact.name.as_str(), value.json(fact)))
    };
    asked.stated.iter().filter_map(of).collect()
}

/// The names of facts.
pub(crate) fn names<'l>(law: &'l Law, facts: &[FactId]) -> Vec<&'l str> {
    let facts = facts.iter().filter_map(|&fact| law.vocabulary.facts.get(fact));
    facts.map(|fact| fact.name.as_str()).collect()
}

/// The name of an act.
pub(crate) fn act_name(law: &Law, action: ActionId) -> &str {
    law.vocabulary.actions.get(action).map_or("", |action| action.name.as_str())
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Law(QuestionError::OverBudget { .. }) => {
                Self::Internal { what: "a law too large to be decided" }
            }
            // Its own text names the actor, which is a fact's value.
            Refused::Law(QuestionError::ActorNotBound { path, .. }) => Self::Malformed {
                reason: format!("the law of `{path}` binds another kind of actor"),
            },
            refused => Self::Malformed { reason: refused.to_string() },
        }
    }
}
