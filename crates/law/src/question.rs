//! Questions put to the law, and reading them from JSON.

use std::{borrow::Cow, fmt};

use jiff::civil::Date;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    Law,
    error::{QuestionError, excerpt, nearest},
    facts::{FactSet, Facts},
    law::Jurisdiction,
    vocabulary::{ActionId, Domain, Fact, FactId, UNKNOWN_VALUE},
};

/// One question: may this be done, there, on that day, as far as the facts are known?
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Whose act it is.
    pub jurisdiction: &'a Jurisdiction,
    /// The act asked for.
    pub action: ActionId,
    /// The day on which the law is asked.
    pub on: Date,
    /// What is known.
    pub facts: Facts,
    /// Facts stated, even as unknown.
    pub(crate) stated: FactSet,
    /// Facts that were given their `@absent` value.
    pub(crate) assumed: FactSet,
}

/// What a request may leave out.
#[derive(Debug, Clone, Copy)]
pub struct Defaults<'a> {
    /// The jurisdiction of requests that name none.
    pub jurisdiction: Option<&'a str>,
    /// The day of requests that name none.
    pub on: Date,
    /// Gives unstated facts their `@absent` value where they have one.
    pub otherwise_absent: bool,
}

/// The request's own id, as the JSON text it was given; `null` where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestId<'a>(pub(crate) Option<&'a RawValue>);

impl<'a> Question<'a> {
    /// A question about one act on one day, with nothing known.
    #[must_use]
    pub fn new(law: &'a Law, jurisdiction: &'a Jurisdiction, action: ActionId, on: Date) -> Self {
        Self {
            jurisdiction,
            action,
            on,
            facts: Facts::unknown(&law.vocabulary),
            stated: 0,
            assumed: 0,
        }
    }

    /// States a fact by a value of its own.
    ///
    /// # Errors
    ///
    /// Where the vocabulary has no such fact or value.
    pub fn state(&mut self, law: &Law, name: &str, value: &str) -> Result<(), QuestionError> {
        let (fact, known) = find_fact(law, name)?;
        let class = if value == UNKNOWN_VALUE { None } else { Some(class_of_text(known, value)?) };
        self.set(fact, class);
        Ok(())
    }

    /// Sets a fact to a value class, or to not known.
    pub fn set(&mut self, fact: FactId, class: Option<u8>) {
        self.stated |= 1 << fact;
        self.assumed &= !(1 << fact);
        self.facts.set(fact, class);
    }

    /// Gives unstated facts their `@absent` value where they have one.
    pub fn assume_absent(&mut self, law: &Law) {
        self.assumed |= self.facts.assume_absent(&law.vocabulary, &law.absent, self.stated);
    }

    /// The class of `actor_kind`, where it is known.
    pub(crate) fn actor(&self, law: &Law) -> Option<u8> {
        self.facts.class(law.vocabulary.actor_kind)
    }
}

impl Law {
    /// Reads one request from JSON text.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and the request's id where that much could be read.
    pub fn read_question<'l, 'j>(
        &'l self,
        json: &'j [u8],
        defaults: &Defaults<'_>,
    ) -> (RequestId<'j>, Result<Question<'l>, QuestionError>) {
        let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
        if json.trim_ascii_start().first() == Some(&b'[') {
            let reason = "it is a list, and a request is one object".to_owned();
            return (RequestId(None), Err(QuestionError::Malformed { reason }));
        }
        match serde_json::from_slice::<Written<'_>>(json) {
            Ok(written) => (RequestId(written.id), self.question(&written, defaults)),
            Err(error) => {
                // The id alone may still be readable, so that the sender finds the line again.
                let id = serde_json::from_slice::<OnlyId<'_>>(json).ok().and_then(|only| only.id);
                (RequestId(id), Err(QuestionError::Malformed { reason: without_values(&error) }))
            }
        }
    }

    fn question(
        &self,
        written: &Written<'_>,
        defaults: &Defaults<'_>,
    ) -> Result<Question<'_>, QuestionError> {
        let path = written
            .jurisdiction
            .as_ref()
            .map(|Name(path)| &**path)
            .or(defaults.jurisdiction)
            .ok_or(QuestionError::MissingJurisdiction)?;
        let jurisdiction = self.find_jurisdiction(path)?;
        let on = match written.on.as_ref().map(|Name(day)| &**day) {
            None => defaults.on,
            Some(text) => {
                text.parse().map_err(|_| QuestionError::BadDate { text: excerpt(text) })?
            }
        };
        let facts = Facts::unknown(&self.vocabulary);
        let mut question = Question { jurisdiction, action: 0, on, facts, stated: 0, assumed: 0 };
        let mut action = None;
        for (name, value) in &written.facts.0 {
            if name == "action" {
                let Scalar::Text(name) = value else {
                    return Err(QuestionError::WrongType {
                        fact: "action".to_owned(),
                        expected: "the name of an act".to_owned(),
                        found: value.kind(),
                        help: "name one, such as \"disclose_information\"".to_owned(),
                    });
                };
                if action.replace(self.find_action(name)?).is_some() {
                    return Err(QuestionError::DuplicateFact { fact: "action".to_owned() });
                }
                continue;
            }
            let (fact, known) = find_fact(self, name)?;
            if question.stated & (1 << fact) != 0 {
                return Err(QuestionError::DuplicateFact { fact: known.name.clone() });
            }
            question.stated |= 1 << fact;
            question.facts.set(fact, class_of(known, value)?);
        }
        question.action = action.ok_or(QuestionError::MissingAction)?;
        if defaults.otherwise_absent {
            question.assume_absent(self);
        }
        Ok(question)
    }

    /// The jurisdiction of that path, or an error that names the nearest.
    ///
    /// # Errors
    ///
    /// Where no law is loaded for the path.
    pub fn find_jurisdiction(&self, path: &str) -> Result<&Jurisdiction, QuestionError> {
        self.jurisdiction(path).ok_or_else(|| {
            let help = nearest(
                path,
                self.jurisdictions()
                    .map(|known| known.path.as_str())
                    .collect::<Vec<_>>()
                    .into_iter(),
            );
            QuestionError::UnknownJurisdiction { path: excerpt(path), help }
        })
    }

    /// The act of that name, or an error that names the nearest.
    ///
    /// # Errors
    ///
    /// Where the vocabulary has no such act.
    pub fn find_action(&self, name: &str) -> Result<ActionId, QuestionError> {
        self.vocabulary.action_id(name).ok_or_else(|| QuestionError::UnknownValue {
            fact: "action".to_owned(),
            value: excerpt(name),
            help: nearest(name, self.vocabulary.actions.iter().map(|action| action.name.as_str())),
        })
    }
}

/// What the reader of JSON says, without the text it quotes: that may be anybody's.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let unquoted = match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let (before, after) = (text.get(..first), text.get(last + 1..));
            format!("{}{}", before.unwrap_or_default().trim_end(), after.unwrap_or_default())
        }
        _ => text,
    };
    let mut parts = unquoted.splitn(3, '`');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(name), Some(after)) => format!("{before}`{}`{after}", excerpt(name)),
        _ => unquoted,
    }
}

fn find_fact<'l>(law: &'l Law, name: &str) -> Result<(FactId, &'l Fact), QuestionError> {
    let found =
        law.vocabulary.fact_id(name).and_then(|fact| Some((fact, law.vocabulary.facts.get(fact)?)));
    found.ok_or_else(|| QuestionError::UnknownFact {
        name: excerpt(name),
        help: nearest(name, law.vocabulary.fact_names()),
    })
}

fn class_of(fact: &Fact, value: &Scalar<'_>) -> Result<Option<u8>, QuestionError> {
    match (&fact.domain, value) {
        (_, Scalar::Null) => Ok(None),
        (Domain::Bool, Scalar::Bool(value)) => Ok(Some(u8::from(*value))),
        (_, Scalar::Text(text)) if text == UNKNOWN_VALUE => Ok(None),
        (Domain::Values(_), Scalar::Text(text)) => class_of_text(fact, text).map(Some),
        (Domain::Range { low, high, cuts }, Scalar::Number(number)) => match number {
            Some(number) if (*low..=*high).contains(number) => {
                Ok(u8::try_from(cuts.partition_point(|cut| cut <= number)).ok())
            }
            _ => Err(QuestionError::OutOfRange {
                fact: fact.name.clone(),
                value: number.map_or_else(|| "this one".to_owned(), |number| number.to_string()),
                low: *low,
                high: *high,
            }),
        },
        (_, other) => Err(QuestionError::WrongType {
            fact: fact.name.clone(),
            expected: fact.expected(),
            found: other.kind(),
            help: match &fact.domain {
                Domain::Values(values) => {
                    nearest("", values.iter().map(|value| value.name.as_str()))
                }
                Domain::Bool | Domain::Range { .. } => {
                    "leave the fact out, or give null, where it is not known".to_owned()
                }
            },
        }),
    }
}

fn class_of_text(fact: &Fact, value: &str) -> Result<u8, QuestionError> {
    fact.class_of(value).ok_or_else(|| match &fact.domain {
        Domain::Values(values) => QuestionError::UnknownValue {
            fact: fact.name.clone(),
            value: excerpt(value),
            help: nearest(value, values.iter().map(|value| value.name.as_str())),
        },
        Domain::Range { low, high, .. } => QuestionError::OutOfRange {
            fact: fact.name.clone(),
            value: excerpt(value),
            low: *low,
            high: *high,
        },
        Domain::Bool => QuestionError::UnknownValue {
            fact: fact.name.clone(),
            value: excerpt(value),
            help: "true or false".to_owned(),
        },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a request")]
struct Written<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    jurisdiction: Option<Name<'a>>,
    #[serde(borrow, default)]
    on: Option<Name<'a>>,
    #[serde(borrow)]
    facts: WrittenFacts<'a>,
}

#[derive(Deserialize)]
struct OnlyId<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// The facts as they are written, in order: a name given twice is seen twice.
struct WrittenFacts<'a>(Vec<(Cow<'a, str>, Scalar<'a>)>);

/// Any JSON value, as far as facts can have it.
enum Scalar<'a> {
    Null,
    Bool(bool),
    /// `None` where it is not a whole number of 64 bits.
    Number(Option<i64>),
    Text(Cow<'a, str>),
    List,
    Object,
}

impl Scalar<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WrittenFacts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Facts;
        impl<'de> Visitor<'de> for Facts {
            type Value = WrittenFacts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of facts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut facts = Vec::with_capacity(24);
                while let Some(Name(name)) = map.next_key()? {
                    facts.push((name, map.next_value()?));
                }
                Ok(WrittenFacts(facts))
            }
        }
        deserializer.deserialize_map(Facts)
    }
}

/// A string that borrows where it can.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the value of a fact")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(Some(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(i64::try_from(value).ok()))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(None))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Self::Value, A::Error> {
                while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Scalar::List)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                Ok(Scalar::Object)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
