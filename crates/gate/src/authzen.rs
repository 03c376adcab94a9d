//! The `AuthZEN` Authorization API 1.0, all of it, with its profiles for obligations and for access
//! requests.
//!
//! A handler reads the body, the client's [`Mapping`](crate::Mapping) makes a question of it, the
//! law decides, the decision is recorded, and then it is answered. `decision` is true for `must` and
//! `may`, and where the law is silent and the mapping lets that pass; `context` says everything
//! else. An answer that more facts or counsel may change opens a *case*: its reference comes back in
//! `context.approval.id`, and what was stated before is remembered.

mod body;
mod case;
mod decide;
mod evaluation;
mod evaluations;
mod metadata;
mod page;
mod problem;
mod reply;
mod requests;
mod search;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

pub use self::decide::{Answered, Asker, decide};
pub(crate) use self::{body::LONGEST_NAME, evaluation::LONGEST_CALL_ID};
use crate::service::Service;

/// The routes of the API.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/.well-known/authzen-configuration", get(metadata::at_root))
        .route("/.well-known/authzen-configuration/{*path}", get(metadata::below))
        .route("/access/v1/evaluation", post(evaluation::evaluation))
        .route("/access/v1/evaluations", post(evaluations::evaluations))
        .route("/access/v1/search/subject", post(search::subject))
        .route("/access/v1/search/resource", post(search::resource))
        .route("/access/v1/search/action", post(search::action))
        .route("/access/v1/requests", post(requests::submit))
        .route("/access/v1/requests/{id}", get(requests::status))
        .route("/access/v1/requests/{id}/cancel", post(requests::cancel))
}
