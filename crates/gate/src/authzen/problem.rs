//! Errors of the access-request endpoints: `application/problem+json`, as RFC 9457 says.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::Error;

/// Why an access request, or an operation on one, is refused.
#[derive(Debug)]
pub(super) enum Problem {
    /// The denial cannot be resolved by more facts or by counsel.
    NotRequestable,
    /// The denial is too old.
    ExpiredDenial,
    /// The submission is not that of the denial.
    InvalidDenialBinding(&'static str),
    /// The same key came with another submission.
    DuplicateRequest,
    /// No such task, or not this client's.
    UnknownTask,
    /// The task is too old.
    TaskExpired,
    /// The task has ended already.
    InvalidTaskState,
    /// Anything else.
    Other(Error),
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: String,
}

impl Problem {
    /// Status, the last part of the type, title and detail.
    const fn words(&self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::NotRequestable => (
                StatusCode::BAD_REQUEST,
                "not_requestable",
                "Access is not requestable",
                "the evaluation did not return a context.access_request",
            ),
            Self::ExpiredDenial => (
                StatusCode::GONE,
                "expired_denial",
                "The denial has expired",
                "evaluate again, and submit the new denial",
            ),
            Self::InvalidDenialBinding(detail) => (
                StatusCode::BAD_REQUEST,
                "invalid_denial_binding",
                "This is not the denied evaluation",
                detail,
            ),
            Self::DuplicateRequest => (
                StatusCode::CONFLICT,
                "duplicate_request",
                "The Idempotency-Key was used for another submission",
                "send another key, or the same submission",
            ),
            Self::UnknownTask => (
                StatusCode::NOT_FOUND,
                "unknown_task",
                "There is no such task",
                "it is not known, or not this client's",
            ),
            Self::TaskExpired => (
                StatusCode::GONE,
                "task_expired",
                "The task has expired",
                "evaluate again, and submit the new denial",
            ),
            Self::InvalidTaskState => (
                StatusCode::CONFLICT,
                "invalid_task_state",
                "The task has ended already",
                "only a pending task can be cancelled",
            ),
            Self::Other(_) => (StatusCode::INTERNAL_SERVER_ERROR, "", "", ""),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::Other(error) = self {
            return other(error);
        }
        let (status, kind, title, detail) = self.words();
        let kind = format!("urn:openid:authzen:access-request:error:{kind}");
        problem(Body { kind, title, status: status.as_u16(), detail: detail.to_owned() }, status)
    }
}

/// Keeps the headers that the error itself sets, such as `Retry-After`.
fn other(error: Error) -> Response {
    let (status, detail) = (error.status(), error.outside());
    let title = status.canonical_reason().unwrap_or("Error");
    let body = Body { kind: "about:blank".to_owned(), title, status: status.as_u16(), detail };
    let told = problem(body, status);
    let mut response = error.into_response();
    for (name, value) in told.headers() {
        response.headers_mut().insert(name, value.clone());
    }
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    *response.body_mut() = told.into_body();
    response
}

fn problem(body: Body<'_>, status: StatusCode) -> Response {
    let text = serde_json::to_vec(&body).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/problem+json")], text).into_response()
}
