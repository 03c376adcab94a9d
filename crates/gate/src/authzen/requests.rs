//! Access requests: bringing what an open answer needs.
//!
//! A submission is the denied evaluation again, with its `denial.evaluation_id`; what has become
//! known since stands in `context`. It is decided anew at once, on the facts stated earlier and now:
//! *approved* where the law now lets it pass, *denied* where it does not, *pending* where facts are
//! still missing or counsel decides. Every step is a record of the case, and the task's id leads to
//! the newest. An approval grants nothing: with its id in `context.approval`, an evaluation recalls
//! the facts, and the law decides again.

use std::sync::Arc;

use axum::{
    Json as AsJson,
    extract::{Path, State},
    http::{
        HeaderMap, StatusCode,
        header::{LOCATION, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use bylaw_records::{Entry, Kind};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    body::{self, Call, Evaluation, Submission},
    case::{self, Found, Kept, OpenCase, Status, Task},
    decide::{Answered, act_name, decide},
    evaluation::{Session, call_id},
    problem::Problem,
    reply::{Display, display},
};
use crate::{
    Error,
    clients::Caller,
    http::JsonBody,
    mapping::{Json, Object},
    service::Service,
};

/// After how many seconds to ask for a pending task again: people work on it.
const POLL_SECONDS: u64 = 60;

/// `POST /access/v1/requests`.
pub(super) async fn submit(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(bytes): JsonBody,
) -> Result<Response, Problem> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let Submission { subject, action, resource, context, denial, items } = body::read(&bytes)?;
    if items.is_some() {
        let reason = "`items` is not supported: submit each denial by itself".to_owned();
        return Err(Error::Malformed { reason }.into());
    }
    let evaluation = Evaluation { subject, action, resource, context };
    let call = Call::new(evaluation).map_err(Error::from)?;
    let denial = session.denial(&call, denial.as_ref()).await?;
    let submission = submission(&call);
    let id = task_id(&caller, &denial.reference, headers.get("idempotency-key"))?;
    if let Some(earlier) = session.task(&id).await? {
        if earlier.task.submission != submission {
            return Err(Problem::DuplicateRequest);
        }
        return Ok(session.tell(&id, &earlier.kept, &earlier.task, None));
    }
    session.step(&call, &denial, &id, submission).await
}

/// `GET /access/v1/requests/{id}`.
pub(super) async fn status(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let Known { kept, task, .. } = session.known_task(&id).await?;
    let mut response = session.tell(&id, &kept, &task, None);
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

/// `POST /access/v1/requests/{id}/cancel`.
pub(super) async fn cancel(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let Known { number, mut decision, mut kept, mut task } = session.known_task(&id).await?;
    if task.status != Status::Pending {
        return Err(Problem::InvalidTaskState);
    }
    task.status = Status::Cancelled;
    kept.task = Some(task.clone());
    decision.at = session.at;
    decision.call_id = session.call_id.map(str::to_owned);
    decision.follows = Some(number);
    let written = |_| Error::Internal { what: "the record" };
    decision.case = Some(serde_json::to_value(&kept).map_err(written)?);
    let body = serde_json::to_vec(&decision).map_err(written)?;
    let reference = Some(case::reference_hash(&id));
    session.service.record(vec![Entry { reference, ..Entry::new(Kind::CaseStep, body) }]).await?;
    let mut response = session.tell(&id, &kept, &task, None);
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

/// The denied evaluation of a submission.
struct Denial {
    reference: String,
    found: Found,
}

/// The newest step of a task.
struct Known {
    number: u64,
    decision: bylaw_records::body::Decision,
    kept: Kept,
    task: Task,
}

#[derive(Serialize)]
struct Reply<'a> {
    task: TaskReply<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome<'a>>,
}

#[derive(Serialize)]
struct TaskReply<'a> {
    id: &'a str,
    status: Status,
    status_endpoint: String,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<Display<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Links>,
}

#[derive(Serialize)]
struct Links {
    cancel: String,
}

#[derive(Serialize)]
struct Outcome<'a> {
    mode: &'static str,
    approval: Approved<'a>,
}

#[derive(Serialize)]
struct Approved<'a> {
    id: &'a str,
    approved_until: Timestamp,
}

impl Session<'_> {
    /// The denial that a submission is about, where it is one of this client's, open, and of the
    /// same evaluation.
    async fn denial(
        &self,
        call: &Call<'_>,
        denial: Option<&Object<'_>>,
    ) -> Result<Denial, Problem> {
        let text = |name: &str| denial.and_then(|denial| denial.get(name)).and_then(Json::as_text);
        let reference = text("evaluation_id")
            .ok_or(Problem::InvalidDenialBinding("denial.evaluation_id is missing"))?;
        if text("expires_at").is_none_or(|text| text.parse::<Timestamp>().is_err()) {
            return Err(Problem::InvalidDenialBinding("denial.expires_at is missing or no time"));
        }
        let found = case::find(self.service, self.caller, reference).await?;
        let found = found.ok_or(Problem::InvalidDenialBinding(
            "denial.evaluation_id is of no open evaluation of this client",
        ))?;
        if found.kept.task.is_some() {
            return Err(Problem::NotRequestable);
        }
        if found.kept.binding != case::binding(&call.input()) {
            return Err(Problem::InvalidDenialBinding(
                "subject, action and resource must be those of the denied evaluation, with their \
                 properties; what has become known since belongs in context",
            ));
        }
        // The recorded time counts, not the one that was sent.
        if case::is_past(found.kept.until, self.at) {
            return Err(Problem::ExpiredDenial);
        }
        Ok(Denial { reference: reference.to_owned(), found })
    }

    /// Decides a submission, records it as a step of the case and tells how it stands.
    async fn step(
        &self,
        call: &Call<'_>,
        denial: &Denial,
        id: &str,
        submission: String,
    ) -> Result<Response, Problem> {
        let answered = self.decide_again(call, &denial.found)?;
        let status = match answered.is_open() {
            true => Status::Pending,
            false if answered.allowed => Status::Approved,
            false => Status::Denied,
        };
        let until = self.at.saturating_add(case::APPROVED_FOR).unwrap_or(Timestamp::MAX);
        let approved_until = (status == Status::Approved).then_some(until);
        let task = Task { status, submission, approved_until };
        let kept = Kept { task: Some(task.clone()), ..denial.found.kept.clone() };
        let case = OpenCase {
            reference: Some(id.to_owned()),
            follows: Some(denial.found.number),
            kept: Some(kept.clone()),
        };
        let asker = self.asker(call.input());
        let entry = answered.entry_of(Kind::CaseStep, self.law, &asker, &case)?;
        let recorded = self.service.record(vec![entry]).await?;
        let number = recorded.first().ok_or(Error::Internal { what: "the recorder" })?.number;
        self.service.answered("requests", self.caller, answered.decision.word, number);
        Ok(self.tell(id, &kept, &task, Some(display(self.law, &answered))))
    }

    fn decide_again(&self, call: &Call<'_>, found: &Found) -> Result<Answered<'_>, Problem> {
        let mapping = &self.caller.mapping;
        let asked = mapping.question(self.law, self.jurisdiction, &call.input(), self.today);
        let mut asked = asked.map_err(Error::from)?;
        // The mapping may have changed since: then it is another act that was denied.
        if act_name(self.law, asked.question.action) == found.decision.action {
            found.recall(self.law, &mut asked).map_err(|_| {
                Problem::InvalidDenialBinding("a fact is stated otherwise than when it was denied")
            })?;
        }
        Ok(decide(self.law, mapping, asked).map_err(Error::from)?)
    }

    async fn known_task(&self, id: &str) -> Result<Known, Problem> {
        let known = self.task(id).await?.ok_or(Problem::UnknownTask)?;
        if case::is_past(known.kept.until, self.at) {
            return Err(Problem::TaskExpired);
        }
        Ok(known)
    }

    async fn task(&self, id: &str) -> Result<Option<Known>, Error> {
        let found = case::find(self.service, self.caller, id).await?;
        Ok(found.and_then(|Found { number, decision, kept }| {
            let task = kept.task.clone()?;
            Some(Known { number, decision, kept, task })
        }))
    }

    /// How a task stands: 201 where it has ended, 202 where it has not.
    fn tell(&self, id: &str, kept: &Kept, task: &Task, display: Option<Display<'_>>) -> Response {
        let url = format!("{}/access/v1/requests/{id}", self.service.public_url());
        let pending = task.status == Status::Pending;
        let reply = Reply {
            task: TaskReply {
                id,
                status: task.status,
                status_endpoint: url.clone(),
                expires_at: kept.until,
                display,
                links: pending.then(|| Links { cancel: format!("{url}/cancel") }),
            },
            result: task.approved_until.map(|approved_until| Outcome {
                mode: "reevaluate",
                approval: Approved { id, approved_until },
            }),
        };
        let status = if pending { StatusCode::ACCEPTED } else { StatusCode::CREATED };
        let mut response = (status, [(LOCATION, url)], AsJson(reply)).into_response();
        if pending {
            response.headers_mut().insert(RETRY_AFTER, POLL_SECONDS.into());
        }
        response
    }
}

/// What tells this submission from another with the same key.
fn submission(call: &Call<'_>) -> String {
    format!("{} {}", case::binding(&call.input()), case::digest(&call.context))
}

/// A task's id. With an `Idempotency-Key` it follows from the key, so that the same submission finds
/// the same task; the denial's reference makes it as hard to guess as a random one.
fn task_id(
    caller: &Caller,
    reference: &str,
    key: Option<&axum::http::HeaderValue>,
) -> Result<String, Error> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let Some(key) = key else { return case::new_reference() };
    let mut hasher = Sha256::new();
    for part in [b"bylaw task", caller.name.as_bytes(), reference.as_bytes(), key.as_bytes()] {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    Ok(format!("case_{}", URL_SAFE_NO_PAD.encode(hasher.finalize())))
}
