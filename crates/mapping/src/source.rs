//! Where a fact's value comes from, and how a value becomes one of the vocabulary's.

use std::collections::HashMap;

use bylaw_law::{
    Law, nearest,
    vocabulary::{Domain, Fact, FactId},
};

use super::{
    Mapping,
    error::Refused,
    expression::{Expression, Given, Sees, Variables},
    input::{Input, Scalar},
    json::{Json, Object},
    log::told,
};

/// The value that means "not known" in any fact.
const UNKNOWN: &str = "unknown";

/// One fact and where its value comes from.
#[derive(Debug)]
pub struct FactSource {
    pub(crate) fact: FactId,
    pub(crate) origin: Origin,
    pub(crate) table: Option<Table>,
}

#[derive(Debug)]
pub(crate) enum Origin {
    Fixed(Value),
    Member(Path),
    Expression(Expression),
}

/// Values looked up by the text that arrives.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) values: HashMap<String, Value>,
    /// What a text that is not listed means; without it such a text is an error.
    pub(crate) otherwise: Option<Value>,
}

/// A fact's value as it is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Stated as not known.
    Unknown,
    /// A value of an enumeration, or false and true as 0 and 1.
    Class(u8),
    /// A number, with the class it falls into.
    Number {
        /// As it was stated.
        number: i64,
        /// Its class.
        class: u8,
    },
}

/// A place in a call, such as `subject.properties.agency`.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) text: String,
    root: Root,
    keys: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Root {
    SubjectType,
    SubjectId,
    SubjectProperties,
    ActionName,
    ActionProperties,
    ResourceType,
    ResourceId,
    ResourceProperties,
    Context,
    Request,
    Row,
}

impl FactSource {
    /// The fact's value in this call; none where the call does not say.
    pub(crate) fn value(
        &self,
        law: &Law,
        mapping: &Mapping,
        input: &Input<'_>,
        variables: &mut Variables<'_>,
    ) -> Result<Option<Value>, Refused> {
        let Some(fact) = law.vocabulary.facts.get(self.fact) else { return Ok(None) };
        match &self.origin {
            Origin::Fixed(value) => Ok(Some(*value)),
            Origin::Member(path) => match path.find(mapping, input) {
                None => Ok(None),
                Some(scalar) => self.look_up(fact, scalar, &path.text).map(Some),
            },
            Origin::Expression(expression) => {
                let given = expression
                    .give(variables)
                    .map_err(|reason| Refused::Expression { fact: fact.name.clone(), reason })?;
                match given {
                    Given::Nothing => Ok(None),
                    Given::Value(json) => {
                        let place = format!("facts.{}", fact.name);
                        self.look_up(fact, Scalar::from(&json), &place).map(Some)
                    }
                }
            }
        }
    }

    /// Where the value comes from, in words.
    pub(crate) fn told(&self) -> String {
        match &self.origin {
            Origin::Fixed(_) => "the mapping file".to_owned(),
            Origin::Member(path) => path.text.clone(),
            Origin::Expression(expression) => told(expression.columns()),
        }
    }

    /// Whether the value is looked up, not worked out.
    pub(crate) const fn is_looked_up(&self) -> bool {
        matches!(self.origin, Origin::Member(_))
    }

    fn look_up(&self, fact: &Fact, scalar: Scalar<'_>, place: &str) -> Result<Value, Refused> {
        let Some(table) = &self.table else { return Value::of(fact, scalar, place) };
        let key = match scalar {
            Scalar::Null => return Ok(Value::Unknown),
            Scalar::Text(text) | Scalar::Cell(text) => table.values.get(text),
            Scalar::Bool(value) => table.values.get(if value { "true" } else { "false" }),
            Scalar::Int(number) => table.values.get(number.to_string().as_str()),
            Scalar::Other(_) => None,
        };
        key.or(table.otherwise.as_ref()).copied().ok_or_else(|| Refused::NotListed {
            place: place.to_owned(),
            table: table.name.clone(),
        })
    }
}

impl Value {
    /// The value of a fact that `scalar` names. `place` is where it was read, for an error.
    pub(crate) fn of(fact: &Fact, scalar: Scalar<'_>, place: &str) -> Result<Self, Refused> {
        match (&fact.domain, spelt_out(fact, scalar)) {
            (_, Scalar::Null) => Ok(Self::Unknown),
            (Domain::Bool, Scalar::Bool(value)) => Ok(Self::Class(u8::from(value))),
            (_, Scalar::Text(text)) if text == UNKNOWN => Ok(Self::Unknown),
            (Domain::Values(values), Scalar::Text(text)) => {
                fact.class_of(text).map(Self::Class).ok_or_else(|| Refused::NotAValue {
                    place: place.to_owned(),
                    fact: fact.name.clone(),
                    help: nearest(text, values.iter().map(|value| value.name.as_str())),
                })
            }
            (Domain::Range { low, high, cuts }, Scalar::Int(number)) => {
                let class = u8::try_from(cuts.partition_point(|cut| *cut <= number)).ok();
                match class.filter(|_| (*low..=*high).contains(&number)) {
                    Some(class) => Ok(Self::Number { number, class }),
                    None => Err(Refused::NotAValue {
                        place: place.to_owned(),
                        fact: fact.name.clone(),
                        help: expected(fact),
                    }),
                }
            }
            (_, other) => Err(Refused::WrongType {
                place: place.to_owned(),
                found: other.kind(),
                fact: fact.name.clone(),
                help: expected(fact),
            }),
        }
    }

    /// Its class, where it is known.
    #[must_use]
    pub const fn class(self) -> Option<u8> {
        match self {
            Self::Unknown => None,
            Self::Class(class) | Self::Number { class, .. } => Some(class),
        }
    }

    /// As JSON, in the words of the vocabulary: what a record keeps.
    #[must_use]
    pub fn json(self, fact: &Fact) -> Json<'static> {
        match (self, &fact.domain) {
            (Self::Unknown, _) => Json::Null,
            (Self::Number { number, .. }, _) => Json::Int(number),
            (Self::Class(class), Domain::Bool) => Json::Bool(class != 0),
            (Self::Class(class), _) => Json::Text(fact.class_name(class).into()),
        }
    }
}

/// A cell as what the fact takes: files of cells have nothing but text.
fn spelt_out<'v>(fact: &Fact, scalar: Scalar<'v>) -> Scalar<'v> {
    let Scalar::Cell(text) = scalar else { return scalar };
    match &fact.domain {
        Domain::Bool if text.eq_ignore_ascii_case("true") => Scalar::Bool(true),
        Domain::Bool if text.eq_ignore_ascii_case("false") => Scalar::Bool(false),
        Domain::Range { .. } => text.parse().map_or(Scalar::Text(text), Scalar::Int),
        _ => Scalar::Text(text),
    }
}

/// What a fact may be, for an error.
fn expected(fact: &Fact) -> String {
    match &fact.domain {
        Domain::Bool => "true, false or null".to_owned(),
        Domain::Values(values) => nearest("", values.iter().map(|value| value.name.as_str())),
        Domain::Range { low, high, .. } => format!("a whole number from {low} to {high}"),
    }
}

impl Path {
    /// Reads a path; the error is what it may begin with.
    pub(crate) fn parse(text: &str, sees: Sees) -> Result<Self, &'static str> {
        match sees {
            Sees::Call => Self::of_call(text),
            Sees::Row => Self::of_row(text),
        }
    }

    /// All that stands after `row.` is the column's name: such names have spaces and dots.
    fn of_row(text: &str) -> Result<Self, &'static str> {
        let column = text.strip_prefix("row.").filter(|column| !column.is_empty());
        let column = column.ok_or("a place in a log is row. and the column's name")?;
        Ok(Self { text: text.to_owned(), root: Root::Row, keys: vec![column.to_owned()] })
    }

    fn of_call(text: &str) -> Result<Self, &'static str> {
        const BEGINNINGS: &str = "a place begins with subject.type, subject.id, subject.properties.…, the same of resource, \
             action.name, action.properties.…, context.… or request.…";
        let mut parts = text.split('.');
        let mut next = || parts.next().unwrap_or_default();
        let (root, whole) = match (next(), text) {
            (_, "subject.type") => (Root::SubjectType, true),
            (_, "subject.id") => (Root::SubjectId, true),
            (_, "resource.type") => (Root::ResourceType, true),
            (_, "resource.id") => (Root::ResourceId, true),
            (_, "action.name") => (Root::ActionName, true),
            ("context", _) => (Root::Context, false),
            ("request", _) => (Root::Request, false),
            (entity, _) => match (entity, next()) {
                ("subject", "properties") => (Root::SubjectProperties, false),
                ("resource", "properties") => (Root::ResourceProperties, false),
                ("action", "properties") => (Root::ActionProperties, false),
                _ => return Err(BEGINNINGS),
            },
        };
        let keys: Vec<String> = if whole { Vec::new() } else { parts.map(str::to_owned).collect() };
        if !whole && (keys.is_empty() || keys.iter().any(String::is_empty)) {
            return Err(BEGINNINGS);
        }
        Ok(Self { text: text.to_owned(), root, keys })
    }

    /// The column of a log, where it is one.
    pub(crate) fn column(&self) -> Option<&str> {
        self.keys.first().filter(|_| matches!(self.root, Root::Row)).map(String::as_str)
    }

    /// The value at that place. What the caller says wins over what the mapping file knows.
    fn find<'i>(&self, mapping: &'i Mapping, input: &Input<'i>) -> Option<Scalar<'i>> {
        match self.root {
            Root::SubjectType => Some(Scalar::Text(&input.subject?.kind)),
            Root::SubjectId => Some(Scalar::Text(&input.subject?.id)),
            Root::ResourceType => Some(Scalar::Text(&input.resource?.kind)),
            Root::ResourceId => Some(Scalar::Text(&input.resource?.id)),
            Root::ActionName => Some(Scalar::Text(&input.action?.name)),
            Root::ActionProperties => self.below(&input.action?.properties),
            Root::Context => self.below(input.context?),
            Root::Request => self.below(input.request?),
            Root::Row => match input.row?.get(self.keys.first()?)? {
                Json::Text(cell) => Some(Scalar::Cell(cell)),
                other => Some(Scalar::from(other)),
            },
            Root::SubjectProperties => self
                .below(&input.subject?.properties)
                .or_else(|| self.below(mapping.known_subject(input)?)),
            Root::ResourceProperties => self
                .below(&input.resource?.properties)
                .or_else(|| self.below(mapping.known_resource(input)?)),
        }
    }

    fn below<'i>(&self, object: &'i Object<'i>) -> Option<Scalar<'i>> {
        let (last, before) = self.keys.split_last()?;
        let object = before.iter().try_fold(object, |object, key| object.get(key)?.as_object())?;
        object.get(last).map(Scalar::from)
    }
}
