//! The bodies of calls, read without copying what they hold.
//!
//! Unknown members are ignored, as the specification says; required ones are checked where they are
//! used, so that an error can name them. A list where an object belongs is an error.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    Error, Result,
    mapping::{Action, Entity, Input, Json, Object, Refused, Text},
};

/// The longest type, id or name, in bytes.
pub(crate) const LONGEST_NAME: usize = 1024;

/// An evaluation: of one call, or one item of a batch.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Evaluation<'a> {
    #[serde(borrow, default)]
    pub(crate) subject: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) action: Option<Map<WrittenAction<'a>>>,
    #[serde(borrow, default)]
    pub(crate) resource: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) context: Option<Object<'a>>,
}

/// A batch: defaults, and the items that they complete.
#[derive(Debug, Deserialize)]
pub(crate) struct Evaluations<'a> {
    #[serde(borrow, default)]
    pub(crate) subject: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) action: Option<Map<WrittenAction<'a>>>,
    #[serde(borrow, default)]
    pub(crate) resource: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) context: Option<Object<'a>>,
    #[serde(borrow, default)]
    pub(crate) evaluations: Option<Vec<Map<Evaluation<'a>>>>,
    #[serde(borrow, default)]
    pub(crate) options: Option<Object<'a>>,
}

/// A search.
#[derive(Debug, Deserialize)]
pub(crate) struct Search<'a> {
    #[serde(borrow, default)]
    pub(crate) subject: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) action: Option<Map<WrittenAction<'a>>>,
    #[serde(borrow, default)]
    pub(crate) resource: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) context: Option<Object<'a>>,
    #[serde(borrow, default)]
    pub(crate) page: Option<Object<'a>>,
}

/// An access request.
#[derive(Debug, Deserialize)]
pub(crate) struct Submission<'a> {
    #[serde(borrow, default)]
    pub(crate) subject: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) action: Option<Map<WrittenAction<'a>>>,
    #[serde(borrow, default)]
    pub(crate) resource: Option<Map<WrittenEntity<'a>>>,
    #[serde(borrow, default)]
    pub(crate) context: Option<Object<'a>>,
    #[serde(borrow, default)]
    pub(crate) denial: Option<Object<'a>>,
    #[serde(borrow, default)]
    pub(crate) items: Option<Json<'a>>,
}

/// A subject or a resource as it is written.
#[derive(Debug, Deserialize)]
pub(crate) struct WrittenEntity<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    properties: Option<Object<'a>>,
}

/// An action as it is written.
#[derive(Debug, Deserialize)]
pub(crate) struct WrittenAction<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    properties: Option<Object<'a>>,
}

/// Reads a body.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    serde_json::from_slice::<Map<T>>(bytes).map(|Map(body)| body).map_err(|error| {
        // What serde quotes may be anybody's: only the place is told.
        let what = match error.classify() {
            serde_json::error::Category::Data => "holds a value of a wrong kind",
            _ => "is not JSON",
        };
        let (line, column) = (error.line(), error.column());
        Error::Malformed { reason: format!("the body {what} (line {line}, column {column})") }
    })
}

/// What one evaluation asks, all there and owned names checked.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) subject: Entity<'a>,
    pub(crate) action: Action<'a>,
    pub(crate) resource: Entity<'a>,
    pub(crate) context: Object<'a>,
}

impl<'a> Call<'a> {
    /// Completes an evaluation that stands alone.
    pub(crate) fn new(written: Evaluation<'a>) -> Result<Self, Refused> {
        let Evaluation { subject, action, resource, context } = written;
        Ok(Self {
            subject: subject_of(subject)?,
            action: action_of(action)?,
            resource: resource_of(resource)?,
            context: context.unwrap_or_default(),
        })
    }

    pub(crate) fn input(&self) -> Input<'_> {
        Input {
            subject: Some(&self.subject),
            action: Some(&self.action),
            resource: Some(&self.resource),
            context: Some(&self.context),
            ..Input::default()
        }
    }
}

/// A subject that must be there, with its id.
pub(crate) fn subject_of(written: Option<Map<WrittenEntity<'_>>>) -> Result<Entity<'_>, Refused> {
    entity(written, ["subject", "subject.type", "subject.id"])
}

/// A resource that must be there, with its id.
pub(crate) fn resource_of(written: Option<Map<WrittenEntity<'_>>>) -> Result<Entity<'_>, Refused> {
    entity(written, ["resource", "resource.type", "resource.id"])
}

/// An action that must be there.
pub(crate) fn action_of(written: Option<Map<WrittenAction<'_>>>) -> Result<Action<'_>, Refused> {
    let Map(written) = written.ok_or(Refused::Missing { place: "action" })?;
    let name = name(written.name, "action.name")?;
    Ok(Action { name, properties: written.properties.unwrap_or_default() })
}

/// What is searched for: its type must be there, its id is ignored.
pub(crate) fn searched<'a>(
    written: Option<Map<WrittenEntity<'a>>>,
    [whole, kind]: [&'static str; 2],
) -> Result<Entity<'a>, Refused> {
    let Map(written) = written.ok_or(Refused::Missing { place: whole })?;
    let kind = name(written.kind, kind)?;
    let properties = written.properties.unwrap_or_default();
    Ok(Entity { kind, id: Cow::Borrowed(""), properties })
}

fn entity<'a>(
    written: Option<Map<WrittenEntity<'a>>>,
    [whole, kind, id]: [&'static str; 3],
) -> Result<Entity<'a>, Refused> {
    let Map(written) = written.ok_or(Refused::Missing { place: whole })?;
    let kind = name(written.kind, kind)?;
    let id = name(written.id, id)?;
    Ok(Entity { kind, id, properties: written.properties.unwrap_or_default() })
}

/// A name that must be there. Every record repeats it, so that it may not be of any length.
fn name<'a>(written: Option<Text<'a>>, place: &'static str) -> Result<Cow<'a, str>, Refused> {
    let Text(name) = written.ok_or(Refused::Missing { place })?;
    let limit = LONGEST_NAME;
    if name.len() > limit { Err(Refused::TooLong { place, limit }) } else { Ok(name) }
}

/// A value that is an object. Alone, serde would also take a list for a struct, member by member.
#[derive(Debug, Default)]
pub(crate) struct Map<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Map<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Map)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}
