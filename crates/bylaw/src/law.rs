//! `bylaw law`: the law itself.

pub(crate) mod check;
pub(crate) mod fmt;
pub(crate) mod show;
