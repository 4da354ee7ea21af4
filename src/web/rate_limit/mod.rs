//! Limits on failures (`server.endpoints.rate_limits`): whoever fails too often at an endpoint waits.
//!
//! A failure is an answer of 4xx, and an introspection that finds no active token. What fails on our side is nobody's
//! failure, and a request that succeeds counts for nothing.

mod callers;
mod level;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use self::callers::{Caller, in_words};
use super::error::{Refusal, with_status};
use super::limits::MAX_BODY;
use super::pages::error::Fault;
use super::parameters;
use super::refusal::Reason;
use super::state::{Incoming, WebState};
use crate::clock::Seconds;
use crate::model::network::subscriber;
use crate::protocol::bearer::Credentials;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::settings::{Bucket, RateLimited};

pub use self::callers::RateLimiter;

/// Marks an answer of 200 that is a failure all the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// Lets a request through unless its caller failed too often, and counts it when it fails.
pub(super) async fn limit(endpoint: RateLimited, state: WebState, request: Request, next: Next) -> Response {
    // The present limits, not those the request began with: two kinds at once would forget each other's failures.
    let provider = state.provider.load_full();
    let limits = &provider.snapshot.settings.server.rate_limits;
    let buckets = limits.buckets(endpoint);
    let page = endpoint == RateLimited::SecondFactorTotp;
    let concerned = !buckets.is_empty() && (!page || request.method() == Method::POST);
    let incoming = request.extensions().get::<Incoming>().filter(|_| concerned).cloned();
    let Some(incoming) = incoming else { return next.run(request).await };
    let (head, body) = request.into_parts();
    // It was read whole before.
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let request = Request::from_parts(head, Body::from(body.clone()));
    let client_id = if page { None } else { client_named(&incoming, &request, &body) };
    let caller = Caller { endpoint, subscriber: subscriber(incoming.context.address), client_id };
    match state.rate_limiter.enter(&caller, limits, incoming.context.now).await {
        Ok(turn) => {
            let response = next.run(request).await;
            if response.status().is_client_error() || response.extensions().get::<Failed>().is_some() {
                turn.failed();
            }
            response
        }
        Err(wait) => refuse(&incoming, &caller, buckets, wait),
    }
}

/// The registered client that a request names; all that are not registered are one.
fn client_named(incoming: &Incoming, request: &Request, body: &Bytes) -> Option<String> {
    let basic =
        parameters::authorization(request.headers()).and_then(|header| Credentials::parse(header).ok());
    let named = match basic {
        Some(Credentials::Basic { user, .. }) => Some(user),
        Some(Credentials::Bearer(_)) => None,
        None => {
            let form = parameters::of_form(request.headers(), body).ok()?;
            form.get("client_id").map(str::to_owned)
        }
    };
    named.and_then(|client_id| incoming.client_named(&client_id).ok())
}

fn refuse(incoming: &Incoming, caller: &Caller, buckets: &[Bucket], wait: Seconds) -> Response {
    let detail = format!(
        "{} failed too often (server.endpoints.rate_limits.{}: {}).",
        caller.subscriber,
        caller.endpoint.name(),
        in_words(buckets)
    );
    let mut response = if caller.endpoint == RateLimited::SecondFactorTotp {
        incoming.refuse(Refusal { detail: Some(detail), ..Refusal::of(Fault::TooManyFailures) })
    } else {
        let error = OAuthError::new(
            ErrorCode::TemporarilyUnavailable,
            "Too many requests. The endpoint is temporarily unavailable. Try again later.",
        )
        .with_detail(detail);
        let response = incoming.json_error(&error, false);
        let mut reason = Reason::of(&error);
        reason.client_id.clone_from(&caller.client_id);
        reason.on(with_status(response, StatusCode::TOO_MANY_REQUESTS))
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}
