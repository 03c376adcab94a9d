//! The router, and what every call passes through.
//!
//! From outside in: [`around`] gives the call its span, echoes its id, adds headers, counts and
//! logs; [`admit`] holds back calls beyond the limit and ends those that take too long; a panic
//! becomes an error. What a route does stands in its own module.

mod health;

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, FromRequest, MatchedPath, Request, State, rejection::BytesRejection,
    },
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
            STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use miette::Diagnostic as _;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::{
    authzen,
    error::{Error, Result},
    ledger_site,
    limits::Limits,
    openapi, page,
    service::Service,
    witness,
};

const CALL_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every route of the service.
///
/// Serve it with [`tls::Listener`](crate::tls::Listener) and
/// `into_make_service_with_connect_info::<Peer>()`; without a [`Peer`](crate::tls::Peer), no client
/// is known by its certificate.
pub fn router(service: Arc<Service>) -> Router {
    let body_bytes = service.limits.rules().body_bytes;
    let clock = Arc::clone(&service);
    let now = move || u64::try_from(clock.now().as_second()).unwrap_or_default();
    let limited = authzen::routes()
        .merge(ledger_site::routes())
        .nest("/witness", witness::routes(service.witness.clone(), now))
        .route("/openapi.json", get(openapi::document))
        .route("/api", get(page::api))
        .route("/style.css", get(page::style))
        .route("/", get(page::home))
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(from_fn_with_state(Arc::clone(&service), admit));
    // An operator must see how an overloaded service does.
    let unlimited = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics));
    limited
        .merge(unlimited)
        .fallback(|| async { Error::NotFound { what: "page" } })
        .method_not_allowed_fallback(|| async { Error::Method })
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(Arc::clone(&service), around))
        .with_state(service)
}

/// What every call passes through: its span, its id, headers, counts and the log.
async fn around(State(service): State<Arc<Service>>, call: Request, next: Next) -> Response {
    let began = Instant::now();
    // The route as it is written, never the path: a path can hold a case reference.
    let endpoint = call.extensions().get::<MatchedPath>().cloned();
    let endpoint = endpoint.as_ref().map_or("none", MatchedPath::as_str);
    let id = call.headers().get(CALL_ID).cloned();
    let span = tracing::info_span!(
        "call",
        endpoint,
        client = tracing::field::Empty,
        answer = tracing::field::Empty,
        record = tracing::field::Empty,
    );
    let mut response = next.run(call).instrument(span.clone()).await;
    if let Some(id) = id {
        response.headers_mut().insert(CALL_ID, id);
    }
    add_headers(&mut response, service.public_url().starts_with("https:"));
    let elapsed = began.elapsed();
    service.metrics.called(endpoint, response.status().as_u16(), elapsed);
    span.in_scope(|| log(&response, elapsed));
    response
}

/// One line for one call; its client, answer and record stand in the span.
fn log(response: &Response, elapsed: Duration) {
    let (status, micros) = (response.status().as_u16(), elapsed.as_micros());
    let cause = response.extensions().get::<Cause>().map_or("", Cause::text);
    match status {
        500.. => tracing::warn!(status, micros, cause, "failed"),
        400.. => tracing::info!(status, micros, cause, "refused"),
        _ => tracing::debug!(status, micros, "answered"),
    }
}

/// Holds back calls beyond the limit, and ends those that take too long.
async fn admit(State(service): State<Arc<Service>>, call: Request, next: Next) -> Response {
    admitted(&service.limits, call, next).await
}

pub(crate) async fn admitted(limits: &Limits, call: Request, next: Next) -> Response {
    let _place = match limits.place() {
        Ok(place) => place,
        Err(busy) => return busy.into_response(),
    };
    let limit = limits.rules().call_timeout;
    // A decision that is cut off here may have been recorded; it was given to nobody.
    match tokio::time::timeout(limit, next.run(call)).await {
        Ok(response) => response,
        Err(_) => Error::TooSlow { seconds: limit.as_secs() }.into_response(),
    }
}

/// Headers of every reply, where the route has not set its own.
fn add_headers(response: &mut Response, over_tls: bool) {
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    // A decision holds for the moment it was asked for: no cache may give it again.
    add(CACHE_CONTROL, "no-store");
    add(X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Our pages need one style sheet of their own and nothing else; nobody may frame them.
    add(CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY);
    add(REFERRER_POLICY, "no-referrer");
    if over_tls {
        add(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// The message may hold what the call held: neither the log nor the caller gets it.
fn after_panic(_message: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked; no answer was given");
    Error::Internal { what: "this call" }.into_response()
}

impl IntoResponse for Error {
    /// A status and the message as a JSON string, as `AuthZEN` says.
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.outside())).into_response();
        response.extensions_mut().insert(Cause::from(&self));
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Self::Unauthenticated { .. } = self {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"bylaw\""));
        }
        response
    }
}

/// Why a call failed, for the log.
#[derive(Debug, Clone)]
pub(crate) struct Cause(Arc<str>);

impl Cause {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl From<&Error> for Cause {
    /// Where it is ours, all that the store or the ledger said. Where it is the caller's, the kind
    /// of error alone: its text may name what the caller sent.
    fn from(error: &Error) -> Self {
        if !error.status().is_server_error() {
            return Self(error.code().map_or_else(String::new, |code| code.to_string()).into());
        }
        let first: &dyn std::error::Error = error;
        let chain = std::iter::successors(Some(first), |error| error.source());
        Self(chain.map(ToString::to_string).collect::<Vec<_>>().join(": ").into())
    }
}

/// A body of the content type `application/json`, unread.
#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) Bytes);

impl FromRequest<Arc<Service>> for JsonBody {
    type Rejection = Error;

    async fn from_request(call: Request, service: &Arc<Service>) -> Result<Self> {
        if !is_json(call.headers().get(CONTENT_TYPE)) {
            let reason = "the content type must be `application/json`".to_owned();
            return Err(Error::Malformed { reason });
        }
        let body = Bytes::from_request(call, service).await;
        whole(body, service.limits.rules().body_bytes).map(Self)
    }
}

/// A body that was read whole, no longer than the limit.
pub(crate) fn whole(body: Result<Bytes, BytesRejection>, limit: usize) -> Result<Bytes> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Error::TooLarge { limit }
        } else {
            Error::Malformed { reason: "the body ended before it was complete".to_owned() }
        }
    })
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    async fn panics() -> &'static str {
        panic!("with what the call held")
    }

    #[tokio::test]
    async fn a_panic_becomes_an_error_that_repeats_nothing() {
        let router: Router = Router::new()
            .route("/", get(panics))
            .layer(CatchPanicLayer::custom(super::after_panic));
        let reply = router.oneshot(Request::new(Body::empty())).await.expect("a reply");
        assert_eq!(reply.status(), 500);
        let body = axum::body::to_bytes(reply.into_body(), 1000).await.expect("a body");
        assert_eq!(body, "\"an internal error: this call\"");
    }
}
