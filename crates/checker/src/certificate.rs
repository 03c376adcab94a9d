//! The certificate as it is written: which texts, which claims, and for each claim, act and span of
//! days a case split.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    error::Error,
    vocabulary::{Domain, Set},
};

/// What `format` says.
pub(crate) const FORMAT: &str = "bylaw-certificate/1";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) format: String,
    /// SHA-256 of each file, in hexadecimal digits.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) claims: Vec<String>,
    pub(crate) proofs: Vec<Proof>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    pub(crate) claim: String,
    pub(crate) action: String,
    pub(crate) from: String,
    pub(crate) until: Option<String>,
    pub(crate) nodes: Vec<Node>,
}

/// A fact, and its edges: values, and the later node or -1 for a leaf.
#[derive(Debug, Deserialize)]
pub(crate) struct Node(pub(crate) String, pub(crate) Vec<(Values, i64)>);

/// Names, or intervals of numbers with both ends.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Values {
    Names(Vec<String>),
    Intervals(Vec<(i64, i64)>),
}

impl Certificate {
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let bad = |reason: String| Error::Form { reason };
        let read: Self = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        if read.format == FORMAT {
            Ok(read)
        } else {
            Err(bad(format!("its format is not {FORMAT}")))
        }
    }
}

impl Proof {
    pub(crate) fn malformed(&self, why: &str) -> Error {
        Error::Proof {
            claim: self.claim.clone(),
            action: self.action.clone(),
            from: self.from.clone(),
            why: why.to_owned(),
        }
    }
}

impl Values {
    /// The values, or the classes of numbers that they touch.
    pub(crate) fn set(&self, domain: &Domain) -> Set {
        match self {
            Self::Names(names) => {
                names.iter().filter_map(|name| domain.named(name)).fold(0, |set, value| set | value)
            }
            Self::Intervals(intervals) => {
                intervals.iter().fold(0, |set, &(low, high)| set | domain.between(low, high))
            }
        }
    }

    pub(crate) fn intervals(&self) -> impl Iterator<Item = (i64, i64)> {
        let intervals = match self {
            Self::Intervals(intervals) => intervals.as_slice(),
            Self::Names(_) => &[],
        };
        intervals.iter().copied()
    }

    /// Whether these are values of that fact.
    pub(crate) fn check(&self, domain: &Domain) -> Result<(), String> {
        match (self, domain) {
            (Self::Names(names), Domain::Names { .. }) => {
                match names.iter().find(|name| domain.named(name).is_none()) {
                    Some(name) => Err(format!("there is no value `{name}`")),
                    None => Ok(()),
                }
            }
            (Self::Intervals(intervals), Domain::Numbers(_)) => {
                match intervals.iter().find(|(low, high)| low > high) {
                    Some((low, high)) => Err(format!("[{low}, {high}] is no interval")),
                    None => Ok(()),
                }
            }
            (Self::Names(names), Domain::Numbers(_)) if names.is_empty() => Ok(()),
            _ => Err("names and numbers are confused".to_owned()),
        }
    }
}
