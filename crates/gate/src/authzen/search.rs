//! Searches: which subjects, which resources, which actions pass.
//!
//! A search is exact over what the mapping file lists. Each candidate's facts are made as for an
//! evaluation, and candidates with the same facts are decided once.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json as AsJson,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use bylaw_law::{Facts, vocabulary::ActionId};
use bylaw_records::{Entry, Kind, body as record};
use jiff::civil::Date;
use serde::Serialize;

use super::{
    body::{self, action_of, resource_of, subject_of},
    case,
    decide::{Answered, act_name, decide, names, silent, stated},
    evaluation::{Session, call_id},
    page::{Page, Wanted},
    reply::{Obligation, obligations},
};
use crate::{
    Error, Result,
    clients::Caller,
    http::JsonBody,
    mapping::{Action, Entity, Input, Object, Refused},
    service::Service,
};

/// After how many candidates other calls get their turn.
const TURN: usize = 128;

/// `POST /access/v1/search/subject`.
pub(super) async fn subject(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(bytes): JsonBody,
) -> Result<Response> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let written: body::Search<'_> = body::read(&bytes)?;
    let searched = body::searched(written.subject, ["subject", "subject.type"])?;
    let action = action_of(written.action)?;
    let resource = resource_of(written.resource)?;
    let asked = Question {
        what: What::Subject,
        subject: &searched,
        action: Some(&action),
        resource: &resource,
        context: written.context.unwrap_or_default(),
        page: written.page,
    };
    let listed = caller.mapping.subjects(&searched.kind);
    let candidates = listed.iter().map(|one| entity(&searched.kind, &one.id)).collect();
    session.search(&asked, Candidates::Entities(candidates)).await
}

/// `POST /access/v1/search/resource`.
pub(super) async fn resource(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(bytes): JsonBody,
) -> Result<Response> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let written: body::Search<'_> = body::read(&bytes)?;
    let subject = subject_of(written.subject)?;
    let action = action_of(written.action)?;
    let searched = body::searched(written.resource, ["resource", "resource.type"])?;
    let asked = Question {
        what: What::Resource,
        subject: &subject,
        action: Some(&action),
        resource: &searched,
        context: written.context.unwrap_or_default(),
        page: written.page,
    };
    let listed = caller.mapping.resources(&searched.kind);
    let candidates = listed.iter().map(|one| entity(&searched.kind, &one.id)).collect();
    session.search(&asked, Candidates::Entities(candidates)).await
}

/// `POST /access/v1/search/action`.
pub(super) async fn action(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(bytes): JsonBody,
) -> Result<Response> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let written: body::Search<'_> = body::read(&bytes)?;
    let subject = subject_of(written.subject)?;
    let resource = resource_of(written.resource)?;
    let asked = Question {
        what: What::Action,
        subject: &subject,
        action: None,
        resource: &resource,
        context: written.context.unwrap_or_default(),
        page: written.page,
    };
    let names = caller.mapping.act_names(session.law);
    let action = |name: &str| Action { name: name.to_owned().into(), ..Action::default() };
    session.search(&asked, Candidates::Actions(names.map(action).collect())).await
}

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Subject,
    Resource,
    Action,
}

/// A search, completed. What is searched for has no id, and its properties do not count.
struct Question<'q> {
    what: What,
    subject: &'q Entity<'q>,
    action: Option<&'q Action<'q>>,
    resource: &'q Entity<'q>,
    context: Object<'q>,
    page: Option<Object<'q>>,
}

/// What may be found.
enum Candidates {
    Entities(Vec<Entity<'static>>),
    Actions(Vec<Action<'static>>),
}

/// Candidates with the same facts, decided once.
struct Group<'l> {
    answered: Answered<'l>,
    members: Vec<usize>,
}

#[derive(Serialize)]
struct Reply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Page>,
    context: Context<'a>,
    results: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Context<'a> {
    law: &'a str,
    on: Date,
    record: u64,
    receipt: String,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<Obligation<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Name<'a> {
    Entity {
        #[serde(rename = "type")]
        kind: &'a str,
        id: &'a str,
    },
    Action {
        name: &'a str,
    },
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Resource => "resource",
            Self::Action => "action",
        }
    }

    const fn endpoint(self) -> &'static str {
        match self {
            Self::Subject => "search_subject",
            Self::Resource => "search_resource",
            Self::Action => "search_action",
        }
    }
}

impl Question<'_> {
    /// What is given, without what is searched for.
    fn given(&self) -> Input<'_> {
        Input {
            subject: (self.what != What::Subject).then_some(self.subject),
            action: self.action,
            resource: (self.what != What::Resource).then_some(self.resource),
            context: Some(&self.context),
            ..Input::default()
        }
    }

    /// The evaluation that a candidate stands for.
    fn with<'c>(&'c self, candidates: &'c Candidates, member: usize) -> Input<'c> {
        let given = self.given();
        match (candidates, self.what) {
            (Candidates::Actions(all), _) => Input { action: all.get(member), ..given },
            (Candidates::Entities(all), What::Subject) => {
                Input { subject: all.get(member), ..given }
            }
            (Candidates::Entities(all), _) => Input { resource: all.get(member), ..given },
        }
    }

    /// What tells this search from any other.
    fn digest(&self) -> String {
        let kind = match self.what {
            What::Subject => &self.subject.kind,
            What::Resource => &self.resource.kind,
            What::Action => "",
        };
        let name = self.what.name();
        format!("{name} {kind} {} {}", case::binding(&self.given()), case::digest(&self.context))
    }
}

impl Candidates {
    const fn len(&self) -> usize {
        match self {
            Self::Entities(all) => all.len(),
            Self::Actions(all) => all.len(),
        }
    }

    fn name(&self, member: usize) -> Option<Name<'_>> {
        match self {
            Self::Entities(all) => {
                all.get(member).map(|entity| Name::Entity { kind: &entity.kind, id: &entity.id })
            }
            Self::Actions(all) => all.get(member).map(|action| Name::Action { name: &action.name }),
        }
    }

    fn id(&self, member: usize) -> String {
        match self.name(member) {
            Some(Name::Entity { id, .. }) => id.to_owned(),
            Some(Name::Action { name }) => name.to_owned(),
            None => String::new(),
        }
    }
}

impl Session<'_> {
    async fn search(&self, asked: &Question<'_>, candidates: Candidates) -> Result<Response> {
        let wanted = Wanted::read(asked.page.as_ref(), &asked.digest())?;
        let groups = self.decide_all(asked, &candidates).await?;
        let mut found: Vec<(usize, &Group<'_>)> = groups
            .iter()
            .filter(|group| group.answered.allowed)
            .flat_map(|group| group.members.iter().map(move |&member| (member, group)))
            .collect();
        found.sort_by_key(|&(member, _)| member);
        let (page, found) = wanted.cut(found);
        let entry = self.search_entry(asked, &candidates, &groups)?;
        // Recorded before it is told, as every answer.
        let recorded = self.service.record(vec![entry]).await?;
        let number = recorded.first().ok_or(Error::Internal { what: "the recorder" })?.number;
        for group in &groups {
            let word = group.answered.decision.word;
            self.service.answered(asked.what.endpoint(), self.caller, word, number);
        }
        let results = found.into_iter().filter_map(|(member, group)| {
            let obligations = obligations(self.law, &group.answered.decision);
            Some(Found { name: candidates.name(member)?, obligations })
        });
        let context = Context {
            law: &self.jurisdiction.hash,
            on: self.today,
            record: number,
            receipt: format!("{}/receipts/{number}", self.service.public_url()),
        };
        Ok(AsJson(Reply { page, context, results: results.collect() }).into_response())
    }

    /// Decides every candidate. One whose facts cannot be made out does not pass; where that is so
    /// of all of them, it is the call that is wrong.
    async fn decide_all(
        &self,
        asked: &Question<'_>,
        candidates: &Candidates,
    ) -> Result<Vec<Group<'_>>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mapping = &self.caller.mapping;
        let known_action =
            asked.action.is_none_or(|action| mapping.act(self.law, &action.name).is_some());
        if !known_action || !mapping.admits(&asked.given()) {
            return Ok(groups);
        }
        let mut by_facts: HashMap<(ActionId, Facts), usize> = HashMap::new();
        let mut refused: Option<Refused> = None;
        for member in 0..candidates.len() {
            let input = asked.with(candidates, member);
            let question = mapping.question(self.law, self.jurisdiction, &input, self.today);
            let outcome = question.and_then(|asked| {
                let key = (asked.question.action, asked.question.facts.clone());
                if let Some(group) = by_facts.get(&key).and_then(|&known| groups.get_mut(known)) {
                    group.members.push(member);
                    return Ok(());
                }
                let answered = decide(self.law, mapping, asked)?;
                by_facts.insert(key, groups.len());
                groups.push(Group { answered, members: vec![member] });
                Ok(())
            });
            if let Err(error) = outcome {
                refused.get_or_insert(error);
            }
            if member % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
        }
        match refused {
            Some(refused) if groups.is_empty() => Err(refused.into()),
            _ => Ok(groups),
        }
    }

    fn search_entry(
        &self,
        asked: &Question<'_>,
        candidates: &Candidates,
        groups: &[Group<'_>],
    ) -> Result<Entry> {
        let body = record::Search {
            at: self.at,
            jurisdiction: self.jurisdiction.path.clone(),
            on: self.today,
            law: self.jurisdiction.hash.to_string(),
            searched: asked.what.name().to_owned(),
            asked_by: record::AskedBy {
                client: self.caller.name.to_string(),
                principal: Some(named(asked.subject)),
                resource: Some(named(asked.resource)),
            },
            through: "authzen".to_owned(),
            call_id: self.call_id.map(str::to_owned),
            silent: Some(silent(&self.caller.mapping).to_owned()),
            groups: groups
                .iter()
                .map(|group| self.group(candidates, group))
                .collect::<Result<_>>()?,
        };
        let body = serde_json::to_vec(&body).map_err(|_| Error::Internal { what: "the record" })?;
        Ok(Entry::new(Kind::Search, body))
    }

    fn group(&self, candidates: &Candidates, group: &Group<'_>) -> Result<record::Group> {
        let Answered { asked, decision, allowed } = &group.answered;
        let facts = stated(self.law, asked).into_iter().map(|(name, json)| {
            let value = serde_json::to_value(json);
            value.map(|value| (name.to_owned(), value))
        });
        let facts: Result<_, _> = facts.collect();
        Ok(record::Group {
            action: act_name(self.law, decision.action).to_owned(),
            facts: facts.map_err(|_| Error::Internal { what: "the record" })?,
            otherwise_absent: self.caller.mapping.otherwise_absent(),
            assumed: names(self.law, &decision.assumed).into_iter().map(str::to_owned).collect(),
            answer: decision.word.name().to_owned(),
            because: decision.because.iter().map(|&rule| self.law.rule(rule).id.clone()).collect(),
            decision: Some(*allowed),
            entities: group.members.iter().map(|&member| candidates.id(member)).collect(),
        })
    }
}

fn entity(kind: &str, id: &str) -> Entity<'static> {
    Entity { kind: kind.to_owned().into(), id: id.to_owned().into(), properties: Object::default() }
}

/// Who or what it was about; without an id where any of that type was meant.
fn named(entity: &Entity<'_>) -> record::Named {
    let id = (!entity.id.is_empty()).then(|| entity.id.to_string());
    record::Named { kind: entity.kind.to_string(), id }
}
