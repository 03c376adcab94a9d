//! `bylaw law`: the law itself.

pub(crate) mod check;
pub(crate) mod check_certificate;
pub(crate) mod compare;
mod count;
pub(crate) mod coverage;
pub(crate) mod fmt;
mod page;
pub(crate) mod prove;
pub(crate) mod show;
pub(crate) mod sources;
pub(crate) mod summary;
mod words;

use bylaw_law::{Law, RuleId};

pub(crate) use self::summary::names::name;

/// The rules' ids.
fn ids<'a>(law: &'a Law, rules: &[RuleId]) -> Vec<&'a str> {
    rules.iter().map(|&rule| law.rule(rule).id.as_str()).collect()
}

/// The rules by name, or that there is none.
fn rules(law: &Law, rules: &[RuleId]) -> String {
    if rules.is_empty() { "no rule".to_owned() } else { ids(law, rules).join(", ") }
}
