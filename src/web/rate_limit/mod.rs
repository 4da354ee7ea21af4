//! Limits on failures (`server.endpoints.rate_limits`): whoever fails too often at an endpoint waits.
//!
//! A failure is an answer of 4xx (but not that a device must go on waiting), an introspection that finds no active
//! token, and a request whose client hung up before it was answered. On the page of one-time codes it is a refused code
//! alone: whatever else is refused there comes from nobody in particular. What fails on our side is nobody's failure,
//! and a request that succeeds counts for nothing.
//!
//! At userinfo and introspection a token that Signet has made answers for itself: strangers' nonsense never keeps it out, and
//! once it has ended it keeps out no other.

mod callers;
mod level;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;

use self::callers::{Caller, ShownToken, Turn, in_words};
use super::error::{Early, Refusal, with_status};
use super::limits::MAX_BODY;
use super::pages::error::Fault;
use super::parameters;
use super::refusal::{Awaited, Reason};
use super::state::{Incoming, WebState};
use crate::clock::Seconds;
use crate::model::network::subscriber;
use crate::protocol::bearer::Credentials;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
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
    let turns = match limit.begin(&incoming, request.headers(), &body).await {
        Ok(turns) => turns,
        Err(refused) => return refused.into_response(),
    };
    let response = next.run(request).await;
    let extensions = response.extensions();
    let refused = response.status().is_client_error() && extensions.get::<Awaited>().is_none();
    turns.end(refused, extensions.get::<Failed>().is_some());
    response
}

/// The turns of a program's request: which of them it uses up depends on how it fails.
struct Turns {
    /// That of whoever asks.
    caller: Option<Turn>,
    /// That of the token shown.
    token: Option<Turn>,
}

impl Turns {
    /// Tells how the request was answered: by a refusal, or that the token is worth nothing.
    fn end(self, refused: bool, failed: bool) {
        let Self { caller, token } = self;
        let of_token = failed || (refused && caller.is_none());
        let of_caller = refused || (failed && token.is_none());
        for (turn, fails) in [(caller, of_caller), (token, of_token)] {
            if let Some(turn) = turn
                && !fails
            {
                turn.passed();
            }
        }
    }
}

impl Limit {
    fn is_on(&self) -> bool {
        let provider = self.state.provider.load();
        !provider.snapshot.settings.server.rate_limits.buckets(self.endpoint).is_empty()
    }

    /// Lets a program's request begin.
    ///
    /// At userinfo a token that was made here is all that can fail. At introspection the caller's secret can be guessed
    /// beside it, so both have their count: whoever holds many tokens guesses no more often.
    async fn begin(&self, incoming: &Incoming, headers: &HeaderMap, body: &Bytes) -> Result<Turns, Early> {
        let form = parameters::of_form(headers, body).unwrap_or_default();
        let authorization = parameters::authorization(headers);
        let name = incoming.client_of(authorization, &form);
        let shown = match self.endpoint {
            RateLimited::Userinfo => bearer_token(authorization, &form),
            RateLimited::Introspection => form.get("token").map(str::to_owned),
            _ => None,
        };
        let made = shown.as_deref().and_then(|token| incoming.provider.id_of_made_token(token));
        let of_token = match (self.endpoint, made) {
            (RateLimited::Userinfo, Some(id)) => {
                let token = self.enter(incoming, None, Some(ShownToken::Made(id))).await?;
                return Ok(Turns { caller: None, token: Some(token) });
            }
            (RateLimited::Introspection, made) if shown.is_some() => {
                Some(made.map_or(ShownToken::Unknown, ShownToken::Made))
            }
            _ => None,
        };
        // The token first: whoever waits for the end of others who show nonsense holds up nobody else.
        let token = match of_token {
            Some(_) => Some(self.enter(incoming, name.clone(), of_token).await?),
            None => None,
        };
        match self.enter(incoming, name, None).await {
            Ok(caller) => Ok(Turns { caller: Some(caller), token }),
            Err(refused) => {
                Turns { caller: None, token }.end(false, false);
                Err(refused)
            }
        }
    }

    /// Lets a request to a page begin: of the person of this name, from where it came from.
    ///
    /// # Errors
    /// The answer to a person who failed too often.
    pub(super) async fn enter_page(&self, incoming: &Incoming, username: String) -> Result<Turn, Early> {
        self.enter(incoming, Some(username), None).await
    }

    async fn enter(
        &self,
        incoming: &Incoming,
        name: Option<String>,
        token: Option<ShownToken>,
    ) -> Result<Turn, Early> {
        // The present limits, not those the request began with: two kinds at once would forget each other's failures.
        let provider = self.state.provider.load_full();
        let limits = &provider.snapshot.settings.server.rate_limits;
        let subscriber = subscriber(incoming.context.address);
        let caller = Caller { endpoint: self.endpoint, subscriber, name, token };
        let entered = self.state.rate_limiter.enter(&caller, limits, incoming.context.now).await;
        entered.map_err(|wait| refuse(incoming, &caller, limits.buckets(self.endpoint), wait).into())
    }
}

/// The access token of a request to userinfo, in the header or in the form.
fn bearer_token(authorization: Option<&str>, form: &Parameters) -> Option<String> {
    match authorization.map(Credentials::parse) {
        Some(Ok(Credentials::Bearer(token))) => Some(token.expose_secret().to_owned()),
        _ => form.get("access_token").map(str::to_owned),
    }
}

fn refuse(incoming: &Incoming, caller: &Caller, buckets: &[Bucket], wait: Seconds) -> Response {
    let with = match caller.token {
        Some(ShownToken::Made(_)) => " with this token",
        Some(ShownToken::Unknown) => " with tokens that Signet cannot tell for its own",
        None => "",
    };
    let detail = format!(
        "{} failed too often{with} (server.endpoints.rate_limits.{}: {}).",
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
