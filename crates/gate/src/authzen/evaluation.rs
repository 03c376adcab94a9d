//! One evaluation.

use std::sync::Arc;

use axum::{
    Json as AsJson,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use bylaw_law::{Jurisdiction, Law};
use bylaw_records::{Entry, Kind};
use jiff::{Timestamp, civil::Date};

use super::{
    body::{self, Call, Evaluation},
    case::{self, Kept, OpenCase, Useless},
    decide::{Answered, Asker, decide},
    reply::{Approval, Brought, Told},
};
use crate::{
    Error, Result,
    clients::Caller,
    http::JsonBody,
    mapping::{Input, Json},
    service::Service,
};

/// `POST /access/v1/evaluation`.
pub(super) async fn evaluation(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(bytes): JsonBody,
) -> Result<Response> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    session.answer(Call::new(body::read::<Evaluation<'_>>(&bytes)?)?, "evaluation").await
}

/// A longer id of a call is not kept.
pub(crate) const LONGEST_CALL_ID: usize = 256;

/// The caller's own id of the call, as much of it as is kept.
pub(super) fn call_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id")?.to_str().ok().filter(|id| id.len() <= LONGEST_CALL_ID)
}

/// What is the same for all evaluations of one HTTP call.
#[derive(Debug)]
pub(super) struct Session<'s> {
    pub(super) service: &'s Service,
    pub(super) caller: &'s Caller,
    pub(super) law: &'s Law,
    pub(super) jurisdiction: &'s Jurisdiction,
    pub(super) call_id: Option<&'s str>,
    pub(super) at: Timestamp,
    pub(super) today: Date,
}

/// An evaluation that is decided and not yet recorded.
#[derive(Debug)]
pub(super) struct Judged<'s, 'c> {
    pub(super) answered: Answered<'s>,
    pub(super) case: OpenCase,
    pub(super) brought: Brought<'c>,
}

impl<'s> Session<'s> {
    pub(super) fn new(
        service: &'s Service,
        caller: &'s Caller,
        call_id: Option<&'s str>,
    ) -> Result<Self> {
        let (law, jurisdiction) = (&caller.law.law, caller.jurisdiction()?);
        let (at, today) = (service.now(), service.today());
        Ok(Self { service, caller, law, jurisdiction, call_id, at, today })
    }

    pub(super) fn asker<'c>(&self, input: Input<'c>) -> Asker<'c>
    where
        's: 'c,
    {
        let Self { caller, call_id, at, .. } = *self;
        Asker { caller, through: "authzen", call_id, at, input }
    }

    /// Decides one evaluation, records it and tells it.
    pub(super) async fn answer(&self, call: Call<'_>, endpoint: &'static str) -> Result<Response> {
        let judged = self.judge(call.input()).await?;
        let entry = judged.entry(self, call.input())?;
        // Recorded before it is told: what fails here is answered by an error, never a decision.
        let recorded = self.service.record(vec![entry]).await?;
        let number = recorded.first().ok_or(Error::Internal { what: "the recorder" })?.number;
        let word = judged.answered.decision.word;
        self.service.answered(endpoint, self.caller, word, number);
        Ok(AsJson(self.told(&judged, number).reply()).into_response())
    }

    /// Decides one evaluation, with the facts of the case that it takes up.
    pub(super) async fn judge<'c>(&self, input: Input<'c>) -> Result<Judged<'s, 'c>> {
        let mapping = &self.caller.mapping;
        let mut asked = mapping.question(self.law, self.jurisdiction, &input, self.today)?;
        let mut case = OpenCase::default();
        let mut brought = Brought::Nothing;
        if let Some(id) = approval_id(&input) {
            let act = super::decide::act_name(self.law, asked.question.action);
            brought = match case::find(self.service, self.caller, id).await? {
                None => Brought::Useless(Useless::Unknown),
                Some(found) => match found
                    .check(act, &input, self.at)
                    .and_then(|until| found.recall(self.law, &mut asked).map(|()| until))
                {
                    Err(useless) => Brought::Useless(useless),
                    Ok(until) => {
                        case.follows = Some(found.number);
                        Brought::Used(Approval { id, approved_until: until })
                    }
                },
            };
        }
        let answered = decide(self.law, mapping, asked)?;
        if answered.is_open() {
            let until = self.at.saturating_add(case::OPEN_FOR).unwrap_or(Timestamp::MAX);
            case.reference = Some(case::new_reference()?);
            case.kept = Some(Kept { binding: case::binding(&input), until, task: None });
        }
        Ok(Judged { answered, case, brought })
    }

    pub(super) fn told<'t>(&'t self, judged: &'t Judged<'t, 't>, record: u64) -> Told<'t> {
        Told {
            law: self.law,
            answered: &judged.answered,
            case: &judged.case,
            brought: &judged.brought,
            record,
            at: self.at,
            public_url: self.service.public_url(),
        }
    }
}

impl Judged<'_, '_> {
    /// The record of it.
    pub(super) fn entry(&self, session: &Session<'_>, input: Input<'_>) -> Result<Entry> {
        let asker = session.asker(input);
        self.answered.entry_of(Kind::Decision, session.law, &asker, &self.case)
    }
}

/// The reference in `context.approval.id`.
fn approval_id<'c>(input: &Input<'c>) -> Option<&'c str> {
    input.context?.get("approval").and_then(Json::as_object)?.get("id")?.as_text()
}
