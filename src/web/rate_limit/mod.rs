//! Limits on failures (`server.endpoints.rate_limits`): whoever fails too often at an endpoint waits.
//!
//! A failure is an answer of 4xx (but not that a device must go on waiting), an introspection that finds no active token, and a request whose client hung up before
//! it was answered. On the page of one-time codes it is a refused code alone: whatever else is refused there comes from
//! nobody in particular. What fails on our side is nobody's failure, and a request that succeeds counts for nothing.

mod callers;
mod level;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use self::callers::{Caller, Turn, in_words};
use super::error::{Early, Refusal, with_status};
use super::limits::MAX_BODY;
use super::pages::error::Fault;
use super::parameters;
use super::refusal::{Awaited, Reason};
use super::state::{Incoming, WebState};
use crate::clock::Seconds;
use crate::model::network::subscriber;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::settings::{Bucket, RateLimited};

pub use self::callers::RateLimiter;

/// Marks an answer of 200 that is a failure all the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// The limit of an endpoint. It rides on the requests to a page, whose handler asks it once the person is known.
#[derive(Clone)]
pub(super) struct Limit {
    endpoint: RateLimited,
    state: WebState,
}

/// Lets a request through unless its caller failed too often, and counts it when it fails; a page does so itself.
pub(super) async fn limit(
    endpoint: RateLimited,
    state: WebState,
    mut request: Request,
    next: Next,
) -> Response {
    let limit = Limit { endpoint, state };
    if endpoint.is_of_people() {
        request.extensions_mut().insert(limit);
        return next.run(request).await;
    }
    let incoming = request.extensions().get::<Incoming>().filter(|_| limit.is_on()).cloned();
    let Some(incoming) = incoming else { return next.run(request).await };
    let (head, body) = request.into_parts();
    // It was read whole before.
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let request = Request::from_parts(head, Body::from(body.clone()));
    let client_id = client_named(&incoming, &request, &body);
    let turn = match limit.enter(&incoming, client_id).await {
        Ok(turn) => turn,
        Err(refused) => return refused.into_response(),
    };
    let response = next.run(request).await;
    let extensions = response.extensions();
    let fails = response.status().is_client_error() && extensions.get::<Awaited>().is_none();
    if !fails && extensions.get::<Failed>().is_none() {
        turn.passed();
    }
    response
}

impl Limit {
    fn is_on(&self) -> bool {
        let provider = self.state.provider.load();
        !provider.snapshot.settings.server.rate_limits.buckets(self.endpoint).is_empty()
    }

    /// Lets a request begin: of the client or the person of this name, from where it came from.
    ///
    /// # Errors
    /// The answer to a caller who failed too often.
    pub(super) async fn enter(&self, incoming: &Incoming, name: Option<String>) -> Result<Turn, Early> {
        // The present limits, not those the request began with: two kinds at once would forget each other's failures.
        let provider = self.state.provider.load_full();
        let limits = &provider.snapshot.settings.server.rate_limits;
        let caller =
            Caller { endpoint: self.endpoint, subscriber: subscriber(incoming.context.address), name };
        let entered = self.state.rate_limiter.enter(&caller, limits, incoming.context.now).await;
        entered.map_err(|wait| refuse(incoming, &caller, limits.buckets(self.endpoint), wait).into())
    }
}

/// The registered client that a request names; all that are not registered are one.
fn client_named(incoming: &Incoming, request: &Request, body: &Bytes) -> Option<String> {
    let form = parameters::of_form(request.headers(), body).unwrap_or_default();
    incoming.client_of(parameters::authorization(request.headers()), &form)
}

fn refuse(incoming: &Incoming, caller: &Caller, buckets: &[Bucket], wait: Seconds) -> Response {
    let detail = format!(
        "{} failed too often (server.endpoints.rate_limits.{}: {}).",
        caller.subscriber,
        caller.endpoint.name(),
        in_words(buckets)
    );
    let mut response = if caller.endpoint.is_of_people() {
        incoming.refuse(Refusal {
            detail: Some(detail),
            username: caller.name.clone(),
            ..Refusal::of(Fault::TooManyFailures)
        })
    } else {
        let error = OAuthError::new(
            ErrorCode::TemporarilyUnavailable,
            "Too many requests. The endpoint is temporarily unavailable. Try again later.",
        )
        .with_detail(detail);
        let response = incoming.json_error(&error, false);
        let mut reason = Reason::of(&error);
        reason.client_id.clone_from(&caller.name);
        reason.on(with_status(response, StatusCode::TOO_MANY_REQUESTS))
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}
