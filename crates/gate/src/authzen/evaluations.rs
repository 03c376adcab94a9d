//! A batch of evaluations.

use std::sync::Arc;

use axum::{
    Json as AsJson,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    body::{self, Call, Evaluation, Evaluations, Map},
    evaluation::{Judged, Session, call_id},
    reply::{Refusal, Reply},
};
use crate::{
    Error, Result,
    clients::Caller,
    http::JsonBody,
    mapping::{Action, Entity, Input, Object, Refused},
    service::Service,
};

/// The most bytes that the records of one call may have: they are kept until all are decided, and
/// each repeats what the defaults say.
const MOST_BYTES: usize = 16 << 20;

/// After how many evaluations other calls get their turn.
const TURN: usize = 128;

/// `POST /access/v1/evaluations`.
pub(super) async fn evaluations(
    State(service): State<Arc<Service>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(bytes): JsonBody,
) -> Result<Response> {
    let session = Session::new(&service, &caller, call_id(&headers))?;
    let written: Evaluations<'_> = body::read(&bytes)?;
    let semantic = Semantic::of(written.options.as_ref())?;
    let Evaluations { subject, action, resource, context, evaluations, .. } = written;
    let items = evaluations.unwrap_or_default();
    if items.is_empty() {
        let alone = Evaluation { subject, action, resource, context };
        return session.answer(Call::new(alone)?, "evaluations").await;
    }
    let limit = service.recorder().limit();
    if items.len() > limit {
        return Err(Error::TooManyItems { limit });
    }
    service.limits.take(caller.client, u32::try_from(items.len() - 1).unwrap_or(u32::MAX))?;
    // A default that no item needs may be incomplete, and one that is missing is an error of the
    // items that need it: both show when an item is completed.
    let defaults = Defaults {
        subject: subject.map(|of| body::subject_of(Some(of))),
        action: action.map(|of| body::action_of(Some(of))),
        resource: resource.map(|of| body::resource_of(Some(of))),
        context: context.unwrap_or_default(),
    };
    let items: Vec<Item<'_>> = items.into_iter().map(Item::new).collect();
    session.answer_all(&defaults, &items, semantic).await
}

/// Which items of a batch are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Semantic {
    All,
    UntilDeny,
    UntilPermit,
}

impl Semantic {
    fn of(options: Option<&Object<'_>>) -> Result<Self> {
        let named = options.and_then(|options| options.get("evaluations_semantic"));
        match named.map(crate::mapping::Json::as_text) {
            None | Some(Some("execute_all")) => Ok(Self::All),
            Some(Some("deny_on_first_deny")) => Ok(Self::UntilDeny),
            Some(Some("permit_on_first_permit")) => Ok(Self::UntilPermit),
            Some(_) => Err(Error::Malformed {
                reason:
                    "`options.evaluations_semantic` is none of execute_all, deny_on_first_deny \
                     and permit_on_first_permit"
                        .to_owned(),
            }),
        }
    }

    /// Whether the batch ends with an item of this decision.
    const fn ends_with(self, allowed: bool) -> bool {
        match self {
            Self::All => false,
            Self::UntilDeny => !allowed,
            Self::UntilPermit => allowed,
        }
    }
}

/// What stands at the top of a batch.
#[derive(Debug)]
struct Defaults<'a> {
    subject: Option<Result<Entity<'a>, Refused>>,
    action: Option<Result<Action<'a>, Refused>>,
    resource: Option<Result<Entity<'a>, Refused>>,
    context: Object<'a>,
}

/// One item of a batch.
#[derive(Debug)]
struct Item<'a> {
    subject: Option<Result<Entity<'a>, Refused>>,
    action: Option<Result<Action<'a>, Refused>>,
    resource: Option<Result<Entity<'a>, Refused>>,
    context: Option<Object<'a>>,
}

impl<'a> Item<'a> {
    fn new(Map(written): Map<Evaluation<'a>>) -> Self {
        Self {
            subject: written.subject.map(|of| body::subject_of(Some(of))),
            action: written.action.map(|of| body::action_of(Some(of))),
            resource: written.resource.map(|of| body::resource_of(Some(of))),
            context: written.context,
        }
    }

    /// The item with the defaults for what it leaves out: each whole, never member by member.
    fn complete<'c>(&'c self, defaults: &'c Defaults<'a>) -> Result<Input<'c>, Refused> {
        let Self { subject, action, resource, context } = self;
        Ok(Input {
            subject: Some(either(subject, &defaults.subject, "subject")?),
            action: Some(either(action, &defaults.action, "action")?),
            resource: Some(either(resource, &defaults.resource, "resource")?),
            context: Some(context.as_ref().unwrap_or(&defaults.context)),
            ..Input::default()
        })
    }
}

fn either<'c, T>(
    own: &'c Option<Result<T, Refused>>,
    default: &'c Option<Result<T, Refused>>,
    place: &'static str,
) -> Result<&'c T, Refused> {
    match own.as_ref().or(default.as_ref()) {
        Some(found) => found.as_ref().map_err(Clone::clone),
        None => Err(Refused::Missing { place }),
    }
}

#[derive(Serialize)]
struct Replies<'a> {
    evaluations: Vec<ItemReply<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ItemReply<'a> {
    Told(Box<Reply<'a>>),
    Refused(Refusal),
}

impl Session<'_> {
    async fn answer_all(
        &self,
        defaults: &Defaults<'_>,
        items: &[Item<'_>],
        semantic: Semantic,
    ) -> Result<Response> {
        let mut judged = Vec::with_capacity(items.len());
        let mut entries = Vec::with_capacity(items.len());
        let mut bytes = 0;
        for (item, place) in items.iter().zip(1..) {
            let one = self.item(defaults, item).await?;
            let allowed = match &one {
                Ok((input, judged)) => {
                    let entry = judged.entry(self, *input)?;
                    bytes += entry.body.len();
                    if bytes > MOST_BYTES {
                        return Err(Error::RecordsTooLarge { limit: MOST_BYTES });
                    }
                    entries.push(entry);
                    judged.answered.allowed
                }
                Err(_) => false,
            };
            judged.push(one.map(|(_, judged)| judged));
            if semantic.ends_with(allowed) {
                break;
            }
            if place % TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        // All of them in one turn of the recorder, before any is told. An item that cannot be
        // evaluated is no answer of the law and leaves no record.
        let recorded =
            if entries.is_empty() { Vec::new() } else { self.service.record(entries).await? };
        let mut numbers = recorded.iter().map(|recorded| recorded.number);
        let evaluations: Result<Vec<ItemReply<'_>>> = judged
            .iter()
            .map(|one| match one {
                Err(refusal) => Ok(ItemReply::Refused(Refusal::new(
                    refusal.status().as_u16(),
                    refusal.outside(),
                ))),
                Ok(judged) => {
                    let number = numbers.next().ok_or(Error::Internal { what: "the recorder" })?;
                    let word = judged.answered.decision.word;
                    self.service.answered("evaluations", self.caller, word, number);
                    Ok(ItemReply::Told(Box::new(self.told(judged, number).reply())))
                }
            })
            .collect();
        Ok(AsJson(Replies { evaluations: evaluations? }).into_response())
    }

    /// One item; the inner error is the item's own, the outer one ends the batch.
    async fn item<'c>(
        &self,
        defaults: &'c Defaults<'_>,
        item: &'c Item<'_>,
    ) -> Result<Result<(Input<'c>, Judged<'_, 'c>)>> {
        let input = match item.complete(defaults) {
            Ok(input) => input,
            Err(refused) => return Ok(Err(refused.into())),
        };
        match self.judge(input).await {
            Ok(judged) => Ok(Ok((input, judged))),
            Err(error @ Error::Malformed { .. }) => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }
}
