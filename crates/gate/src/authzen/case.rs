//! Cases: answers that more facts, or counsel, may still change.
//!
//! A case is known outside by a random reference. The database finds its newest record by the
//! reference's SHA-256; the reference itself is stored nowhere. What comes back with a reference is
//! decided by the law anew, on the facts stated earlier and those stated now: a reference grants
//! nothing, it only remembers.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bylaw_law::Law;
use bylaw_records::{Content, Kind, body};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Error, Result,
    clients::Caller,
    hex,
    mapping::{Asked, Input, Json, Object},
    service::Service,
};

/// How long a case stays open: what counsel or the records desk has to look up takes weeks, and
/// facts older than that should be stated afresh.
pub(crate) const OPEN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long the facts of an approved request may be used.
pub(crate) const APPROVED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Clocks of two machines differ; the profile calls 30 seconds typical.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// What a record says of the case it belongs to.
#[derive(Debug, Default)]
pub(crate) struct OpenCase {
    /// The reference given out; none where the answer is final.
    pub(crate) reference: Option<String>,
    /// The record it takes up again.
    pub(crate) follows: Option<u64>,
    /// What the record keeps.
    pub(crate) kept: Option<Kept>,
}

/// What the record of a case keeps besides the decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Which call it is bound to; see [`binding`].
    pub(crate) binding: String,
    /// Until when it can be taken up again.
    pub(crate) until: Timestamp,
    /// The access request, where this is a step of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<Task>,
}

/// A step of an access request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) status: Status,
    /// Which submission it was; see [`digest`].
    pub(crate) submission: String,
    /// Until when its facts may be used, where it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) approved_until: Option<Timestamp>,
}

/// How far an access request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Pending,
    Approved,
    Denied,
    Cancelled,
}

/// A record of a case, found by its reference.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) number: u64,
    pub(crate) decision: body::Decision,
    pub(crate) kept: Kept,
}

/// Why a reference is of no use to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Useless {
    /// Nobody gave it out, not to this client, or its record is purged.
    Unknown,
    /// It can no longer be used.
    Expired,
    /// It is of another call.
    OutOfScope,
}

impl OpenCase {
    /// The SHA-256 by which the database finds the record.
    pub(crate) fn reference_hash(&self) -> Option<[u8; 32]> {
        self.reference.as_deref().map(reference_hash)
    }
}

/// A new reference: 144 random bits.
pub(crate) fn new_reference() -> Result<String> {
    let mut random = [0; 18];
    getrandom::fill(&mut random).map_err(|_| Error::Internal { what: "the random numbers" })?;
    Ok(format!("case_{}", URL_SAFE_NO_PAD.encode(random)))
}

pub(crate) fn reference_hash(reference: &str) -> [u8; 32] {
    Sha256::digest(reference.as_bytes()).into()
}

/// The newest record of the case with that reference, as far as the client may know of it.
///
/// # Errors
///
/// [`Error::Records`] where the store cannot be asked.
pub(crate) async fn find(
    service: &Service,
    caller: &Caller,
    reference: &str,
) -> Result<Option<Found>> {
    let hash = reference_hash(reference);
    let number = service.store().find_reference(&hash).await.map_err(Error::Records)?;
    let Some(number) = number else { return Ok(None) };
    let record = service.store().open_record(number).await.map_err(Error::Records)?;
    Ok(record.and_then(|record| {
        let Content::Open { body, .. } = record.content else { return None };
        if !matches!(record.summary.kind, Kind::Decision | Kind::CaseStep) {
            return None;
        }
        let mut decision: body::Decision = serde_json::from_slice(&body).ok()?;
        let kept = serde_json::from_value(decision.case.take()?).ok()?;
        let own = *decision.asked_by.client == *caller.name
            && *decision.jurisdiction == *caller.jurisdiction;
        own.then_some(Found { number, decision, kept })
    }))
}

impl Found {
    /// Until when a call may take the case up: it must be the same act, by the same principal, with
    /// the same resource. Properties may have become better known since.
    pub(crate) fn check(
        &self,
        act: &str,
        input: &Input<'_>,
        now: Timestamp,
    ) -> Result<Timestamp, Useless> {
        let task = self.kept.task.as_ref();
        let until = task.and_then(|task| task.approved_until).unwrap_or(self.kept.until);
        let cancelled = task.is_some_and(|task| task.status == Status::Cancelled);
        if cancelled || is_past(until, now) {
            return Err(Useless::Expired);
        }
        let named =
            |named: &Option<body::Named>, entity: Option<&crate::mapping::Entity<'_>>| match (
                named, entity,
            ) {
                (Some(named), Some(entity)) => {
                    *named.kind == *entity.kind && named.id.as_deref() == Some(&*entity.id)
                }
                (named, entity) => named.is_none() && entity.is_none(),
            };
        let asked_by = &self.decision.asked_by;
        let same = self.decision.action == act
            && named(&asked_by.principal, input.subject)
            && named(&asked_by.resource, input.resource);
        if same { Ok(until) } else { Err(Useless::OutOfScope) }
    }

    /// Adds the facts stated earlier to those stated now.
    ///
    /// # Errors
    ///
    /// One of them is now stated otherwise: then it is another call.
    pub(crate) fn recall(&self, law: &Law, asked: &mut Asked<'_>) -> Result<(), Useless> {
        if asked.contradicts(law, self.facts()) {
            return Err(Useless::OutOfScope);
        }
        asked.recall(law, self.facts());
        Ok(())
    }

    fn facts(&self) -> impl Iterator<Item = (&str, Json<'_>)> {
        self.decision.facts.iter().map(|(name, value)| {
            let json = match value {
                serde_json::Value::Bool(value) => Json::Bool(*value),
                serde_json::Value::String(text) => Json::Text(text.into()),
                serde_json::Value::Number(number) => number.as_i64().map_or(Json::Null, Json::Int),
                _ => Json::Null,
            };
            (name.as_str(), json)
        })
    }
}

pub(crate) fn is_past(until: Timestamp, now: Timestamp) -> bool {
    until.saturating_add(SKEW).is_ok_and(|end| now > end)
}

/// Which call a case is bound to: the digest of subject, action and resource with all their
/// properties. `subject.properties.act` is left out, because the profile lets a caller move it.
pub(crate) fn binding(input: &Input<'_>) -> String {
    let mut text = String::new();
    for (entity, left_out) in [(input.subject, Some("act")), (input.resource, None)] {
        let Some(entity) = entity else { continue };
        write_text(&entity.kind, &mut text);
        write_text(&entity.id, &mut text);
        let properties = entity.properties.members().filter(|(name, _)| Some(*name) != left_out);
        write_members(properties, &mut text);
    }
    if let Some(action) = input.action {
        write_text(&action.name, &mut text);
        write_members(action.properties.members(), &mut text);
    }
    hex(&Sha256::digest(text))
}

/// The digest of an object, whatever the order of its members.
pub(crate) fn digest(object: &Object<'_>) -> String {
    let mut text = String::new();
    write_members(object.members(), &mut text);
    hex(&Sha256::digest(text))
}

/// Writes JSON so that equal values have equal text: members by name, whole numbers as such.
fn write_json(json: &Json<'_>, text: &mut String) {
    match json {
        Json::Text(value) => write_text(value, text),
        Json::List(items) => {
            text.push('[');
            for item in items {
                write_json(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Json::Object(object) => write_members(object.members(), text),
        Json::Null => text.push_str("null"),
        Json::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Json::Int(value) => text.push_str(&value.to_string()),
        // `1.0` prints as `1`, which is the same number.
        Json::Float(value) => text.push_str(&value.to_string()),
    }
}

fn write_members<'j>(members: impl Iterator<Item = (&'j str, &'j Json<'j>)>, text: &mut String) {
    let mut members: Vec<_> = members.collect();
    members.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in members {
        write_text(name, text);
        text.push(':');
        write_json(value, text);
        text.push(',');
    }
    text.push('}');
}

/// With its length before it, text can hold anything.
fn write_text(value: &str, text: &mut String) {
    text.push_str(&value.len().to_string());
    text.push('"');
    text.push_str(value);
}
