//! What this decision point can do, and where.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{Error, Result, service::Service};

/// `GET /.well-known/authzen-configuration`.
pub(super) async fn at_root(State(service): State<Arc<Service>>) -> Result<Response> {
    metadata(&service, "")
}

/// The same for a service whose public URL has a path: the specification puts it behind the
/// well-known name.
pub(super) async fn below(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
) -> Result<Response> {
    metadata(&service, &path)
}

fn metadata(service: &Service, path: &str) -> Result<Response> {
    let url = service.public_url();
    // A caller must refuse metadata that names another URL than it asked for, so it is not given.
    if path_of(url) != path.trim_end_matches('/') {
        return Err(Error::NotFound { what: "page" });
    }
    let body = Metadata {
        policy_decision_point: url,
        access_evaluation_endpoint: format!("{url}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{url}/access/v1/evaluations"),
        search_subject_endpoint: format!("{url}/access/v1/search/subject"),
        search_resource_endpoint: format!("{url}/access/v1/search/resource"),
        search_action_endpoint: format!("{url}/access/v1/search/action"),
        access_request_endpoint: format!("{url}/access/v1/requests"),
        capabilities: ["urn:openid:authzen:capability:access-request"],
        supported_obligations: ["custom"],
    };
    Ok(([(CACHE_CONTROL, "max-age=300")], Json(body)).into_response())
}

/// The path of a URL, without slashes around it.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').map_or("", |(_, path)| path.trim_end_matches('/'))
}

#[derive(Serialize)]
struct Metadata<'a> {
    policy_decision_point: &'a str,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    search_subject_endpoint: String,
    search_resource_endpoint: String,
    search_action_endpoint: String,
    access_request_endpoint: String,
    capabilities: [&'static str; 1],
    supported_obligations: [&'static str; 1],
}
