//! Envoy's `ext_authz` v3: the same decisions for a gateway, over gRPC.
//!
//! The gateway is a client like any other: it sends its token in the call's initial metadata, or
//! shows its certificate. Its mapping's `[[routes]]` say which act an HTTP call is.
//!
//! INVARIANT: it fails closed. Whatever goes wrong is answered as a denial, never as an error of
//! gRPC or as `error_response`: a gateway set to `failure_mode_allow` lets a call pass on both.

mod call;
mod denial;

use std::{sync::Arc, time::Instant};

use axum::extract::ConnectInfo;
use envoy_types::pb::{
    envoy::{
        config::core::v3::{
            HeaderValue, HeaderValueOption, header_value_option::HeaderAppendAction,
        },
        service::auth::v3::{
            CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
            authorization_server::{Authorization, AuthorizationServer},
            check_response::HttpResponse,
        },
        r#type::v3::HttpStatus,
    },
    google::rpc,
};
use tonic::{Code, Request, Response, Status};

use crate::{
    authzen::{Answered, Asker, LONGEST_CALL_ID, LONGEST_NAME, decide},
    clients::{Caller, bearer},
    error::{Error, Result},
    http::Cause,
    mapping::{Entity, Input, Object, Route, Silent},
    service::Service,
    tls::Peer,
};

use self::{
    call::Call,
    denial::{Denial, Failure, Form},
};

/// What the program behind the gateway learns of the answer.
const ANSWER: &str = "x-bylaw-answer";
/// The record's number.
const RECORD: &str = "x-bylaw-record";
/// The acts that are owed besides, where the call passes.
const DUTIES: &str = "x-bylaw-duties";
/// No caller may say any of this itself.
const OURS: &str = "x-bylaw-";

/// The gRPC service, to be served with [`tls::Listener`](crate::tls::Listener) on its own port.
pub fn router(service: Arc<Service>) -> axum::Router {
    let gateway = AuthorizationServer::new(Gateway { service });
    tonic::service::Routes::new(gateway).into_axum_router()
}

/// Answers a gateway's checks.
#[derive(Debug, Clone)]
struct Gateway {
    service: Arc<Service>,
}

#[tonic::async_trait]
impl Authorization for Gateway {
    async fn check(&self, check: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let began = Instant::now();
        let form = Form::preferred(accept(check.get_ref()));
        let response = match self.admit(check).await {
            Ok(response) => response,
            Err(error) => failed(&error, form),
        };
        let status = status_of(&response);
        self.service.metrics.called("envoy", status, began.elapsed());
        tracing::debug!(endpoint = "envoy", status, "answered");
        Ok(Response::new(response))
    }
}

impl Gateway {
    /// Holds back checks beyond the limit, ends those that take too long, and survives a panic: the
    /// check runs as a task of its own.
    async fn admit(&self, check: Request<CheckRequest>) -> Result<CheckResponse> {
        let _place = self.service.limits.place()?;
        let limit = self.service.limits.rules().call_timeout;
        let task = tokio::spawn(answer(Arc::clone(&self.service), check));
        match tokio::time::timeout(limit, task).await {
            Ok(Ok(response)) => response,
            // The panic's message may hold what the call held.
            Ok(Err(_)) => Err(Error::Internal { what: "this call" }),
            Err(_) => Err(Error::TooSlow { seconds: limit.as_secs() }),
        }
    }
}

async fn answer(service: Arc<Service>, check: Request<CheckRequest>) -> Result<CheckResponse> {
    let (metadata, extensions, check) = check.into_parts();
    let peer = extensions.get::<ConnectInfo<Peer>>();
    let certificate = peer.and_then(|ConnectInfo(peer)| peer.certificate);
    let caller = service.caller(bearer(&metadata.into_headers())?, certificate).await?;
    let call = Call::read(check).ok_or_else(|| Error::Malformed {
        reason: "the path or query can be read in two ways".to_owned(),
    })?;
    let routes = caller.mapping.routes().ok_or_else(|| Error::Malformed {
        reason: "the mapping of this gateway has no routes".to_owned(),
    })?;
    match routes.find(&call.method, &call.path) {
        Some((route, named)) => decided(&service, &caller, &call, route, &named).await,
        None if routes.unmatched == Silent::Allow => Ok(passed(Vec::new(), unsaid(&call, &[]))),
        None => Err(Error::Malformed { reason: "no route of this gateway fits".to_owned() }),
    }
}

/// The law's answer, given only when it is recorded.
async fn decided(
    service: &Service,
    caller: &Caller,
    call: &Call,
    route: &Route,
    named: &[(&str, String)],
) -> Result<CheckResponse> {
    let law = &caller.law.law;
    let request = call.request(named);
    let context = call.context();
    if call.peer.as_ref().is_some_and(|name| name.len() > LONGEST_NAME) {
        let reason = format!("the peer's name has more than {LONGEST_NAME} bytes");
        return Err(Error::Malformed { reason });
    }
    let peer = call.peer.as_deref().map(|name| Entity {
        kind: "peer".into(),
        id: name.into(),
        properties: Object::default(),
    });
    let input = Input {
        subject: peer.as_ref(),
        context: Some(&context),
        request: Some(&request),
        ..Input::default()
    };
    let jurisdiction = caller.jurisdiction()?;
    let (mapping, on) = (&caller.mapping, service.today());
    let asked =
        mapping.question_about(law, jurisdiction, route.action, &route.facts, &input, on)?;
    let answered = decide(law, mapping, asked)?;
    let call_id = call.header("x-request-id").filter(|id| id.len() <= LONGEST_CALL_ID);
    let asker = Asker { caller, through: "envoy", call_id, at: service.recorder().now(), input };
    let recorded = service.record(vec![answered.entry(law, &asker)?]).await?;
    let number = recorded.first().ok_or(Error::Internal { what: "the recorder's answer" })?.number;
    service.answered("envoy", caller, answered.decision.word, number);
    Ok(if answered.allowed {
        let said = said(law, &answered, number);
        let removed = unsaid(call, &said);
        passed(said, removed)
    } else {
        denied(service, caller, call, &answered, number)
    })
}

/// What the program behind the gateway is told.
fn said(law: &bylaw_law::Law, answered: &Answered<'_>, number: u64) -> Vec<(&'static str, String)> {
    let mut said =
        vec![(ANSWER, answered.decision.word.name().to_owned()), (RECORD, number.to_string())];
    let acts = answered.decision.also.iter().map(|duty| duty.action);
    let names: Vec<&str> = acts
        .filter_map(|action| law.vocabulary.actions.get(action))
        .map(|action| action.name.as_str())
        .collect();
    if !names.is_empty() {
        said.push((DUTIES, names.join(",")));
    }
    said
}

/// The headers in our name to remove: those that the caller sent and those that the gateway may not
/// have shown us. Envoy removes after it sets, so none that we say may be among them.
fn unsaid(call: &Call, said: &[(&'static str, String)]) -> Vec<String> {
    let ours = [ANSWER, RECORD, DUTIES].into_iter().map(str::to_owned);
    let mut removed: Vec<String> = ours.chain(call.headers_named(OURS)).collect();
    removed.sort_unstable();
    removed.dedup();
    removed.retain(|name| said.iter().all(|(known, _)| known != name));
    removed
}

fn passed(said: Vec<(&'static str, String)>, removed: Vec<String>) -> CheckResponse {
    let ok = OkHttpResponse {
        headers: said.into_iter().map(|(name, value)| header(name, value)).collect(),
        headers_to_remove: removed,
        ..OkHttpResponse::default()
    };
    response(Code::Ok, HttpResponse::OkResponse(ok))
}

fn denied(
    service: &Service,
    caller: &Caller,
    call: &Call,
    answered: &Answered<'_>,
    number: u64,
) -> CheckResponse {
    let law = &caller.law.law;
    let Answered { asked, decision, .. } = answered;
    let staff = asked.question.facts.class(law.vocabulary.actor_kind());
    let words =
        law.guidance.words(&decision.jurisdiction.path, decision.action, decision.word, staff);
    let receipt = format!("{}/receipts/{number}", service.public_url());
    let form = Form::preferred(call.header("accept"));
    let body = Denial::new(law, decision, words, number, receipt).body(form);
    let more = vec![(ANSWER, decision.word.name().to_owned()), (RECORD, number.to_string())];
    refusal(Code::PermissionDenied, 403, form, body, more)
}

/// A denial because something is wrong. What the caller can mend is 403, what may mend itself 503.
fn failed(error: &Error, form: Form) -> CheckResponse {
    let passing = error.status().is_server_error() || error.retry_after().is_some();
    let (code, status) =
        if passing { (Code::Unavailable, 503) } else { (Code::PermissionDenied, 403) };
    let cause = Cause::from(error);
    tracing::warn!(cause = cause.text(), "a gateway's check was denied because something is wrong");
    let outside = error.outside();
    let body = Failure { decision: false, error: &outside }.body(form);
    let retry = error.retry_after().map(|seconds| ("retry-after", seconds.to_string()));
    refusal(code, status, form, body, retry.into_iter().collect())
}

fn refusal(
    code: Code,
    status: i32,
    form: Form,
    body: String,
    more: Vec<(&'static str, String)>,
) -> CheckResponse {
    let fixed = [
        ("content-type", form.content_type()),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("vary", "accept"),
        ("x-content-type-options", "nosniff"),
    ];
    let fixed = fixed.into_iter().map(|(name, value)| (name, value.to_owned()));
    let denied = DeniedHttpResponse {
        status: Some(HttpStatus { code: status }),
        headers: fixed.chain(more).map(|(name, value)| header(name, value)).collect(),
        body,
    };
    response(code, HttpResponse::DeniedResponse(denied))
}

fn response(code: Code, http: HttpResponse) -> CheckResponse {
    CheckResponse {
        status: Some(rpc::Status { code: code.into(), ..rpc::Status::default() }),
        http_response: Some(http),
        dynamic_metadata: None,
    }
}

/// A header in place of any of that name.
fn header(name: &str, value: String) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(HeaderValue { key: name.to_owned(), value, ..HeaderValue::default() }),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
        ..HeaderValueOption::default()
    }
}

fn accept(check: &CheckRequest) -> Option<&str> {
    let http = check.attributes.as_ref()?.request.as_ref()?.http.as_ref()?;
    http.headers.get("accept").map(String::as_str)
}

/// The status for the metrics: what the caller gets, 200 where the call passes.
fn status_of(response: &CheckResponse) -> u16 {
    match &response.http_response {
        Some(HttpResponse::DeniedResponse(denied)) => {
            denied.status.as_ref().and_then(|status| u16::try_from(status.code).ok()).unwrap_or(403)
        }
        _ => 200,
    }
}
