//! What a caller says: who wants to do what with what, and around it. The words are AuthZEN's.

use std::borrow::Cow;

use super::json::{Json, Object};

/// One call, as far as a mapping reads it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'i> {
    /// Who wants to act.
    pub subject: Option<&'i Entity<'i>>,
    /// What they want to do.
    pub action: Option<&'i Action<'i>>,
    /// With what.
    pub resource: Option<&'i Entity<'i>>,
    /// What else is known.
    pub context: Option<&'i Object<'i>>,
    /// The HTTP request behind it, where a gateway asks.
    pub request: Option<&'i Object<'i>>,
    /// The row of a log, in place of all that.
    pub row: Option<&'i Object<'i>>,
}

/// A subject or a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entity<'a> {
    /// Its type.
    pub kind: Cow<'a, str>,
    /// Its id, unique within its type.
    pub id: Cow<'a, str>,
    /// What the caller says about it.
    pub properties: Object<'a>,
}

/// An action.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Action<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// What the caller says about it.
    pub properties: Object<'a>,
}

/// One value as facts are read from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'v> {
    /// Said to be not known.
    Null,
    Bool(bool),
    Int(i64),
    Text(&'v str),
    /// A cell of a log: text, whatever it stands for.
    Cell(&'v str),
    /// No fact can be read from it; with what it is.
    Other(&'static str),
}

impl<'v> From<&'v Json<'_>> for Scalar<'v> {
    fn from(json: &'v Json<'_>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Int(value) => Self::Int(*value),
            Json::Text(text) => Self::Text(text),
            Json::Float(_) | Json::List(_) | Json::Object(_) => Self::Other(json.kind()),
        }
    }
}

impl Scalar<'_> {
    /// What it is, with an article.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a number",
            Self::Text(_) | Self::Cell(_) => "text",
            Self::Other(kind) => kind,
        }
    }
}
