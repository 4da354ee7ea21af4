//! Every route in one table: path, handler, who of other origins may call it, how many failures it bears.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::admission::admit;
use super::cors::{self, Cors};
use super::endpoints::{
    authorization, device_authorization, discovery, end_session, health, introspection,
    pushed_authorization_request, revocation, static_files, token, userinfo,
};
use super::flow::{self, consent, device, enrol, second_factor, select_account, sign_in};
use super::pages::error::Fault;
use super::state::{Incoming, WebState};
use super::{consents, home, limits, rate_limit, sign_out, user_code};
use crate::provider::discovery::paths;
use crate::settings::{CorsEndpoint, RateLimited};

/// The path of the table whose handler answered: put into the answer's extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answerer(pub &'static str);

/// All of Signet's HTTP.
pub fn router(state: WebState) -> Router {
    use Cors::{Closed, Configured, Public};
    use CorsEndpoint as Endpoint;
    const GET: &str = "GET, HEAD, OPTIONS";
    const POST: &str = "POST, OPTIONS";
    const BOTH: &str = "GET, HEAD, POST, OPTIONS";
    // A GET of these acts: it begins, claims or answers an authorization.
    const ACTS: &str = "GET, POST, OPTIONS";

    let routes: Vec<(&'static str, MethodRouter, &'static str, Cors, Option<RateLimited>)> = vec![
        // the provider
        (paths::OPENID_CONFIGURATION, get(discovery::openid_configuration), GET, Public, None),
        (paths::OAUTH_AUTHORIZATION_SERVER, get(discovery::oauth_authorization_server), GET, Public, None),
        (paths::JWKS, get(discovery::jwks), GET, Public, None),
        (
            paths::AUTHORIZATION,
            get(authorization::get).post(authorization::post),
            ACTS,
            Configured(Endpoint::Authorization),
            None,
        ),
        (
            paths::PUSHED_AUTHORIZATION_REQUEST,
            post(pushed_authorization_request::post),
            POST,
            Configured(Endpoint::PushedAuthorizationRequest),
            Some(RateLimited::PushedAuthorizationRequest),
        ),
        (
            paths::DEVICE_AUTHORIZATION,
            post(device_authorization::post),
            POST,
            Configured(Endpoint::DeviceAuthorization),
            // The same secret can be guessed here as at the token endpoint, so both fill one bucket.
            Some(RateLimited::Token),
        ),
        (paths::TOKEN, post(token::post), POST, Configured(Endpoint::Token), Some(RateLimited::Token)),
        (
            paths::USERINFO,
            get(userinfo::get).post(userinfo::post),
            BOTH,
            Configured(Endpoint::Userinfo),
            Some(RateLimited::Userinfo),
        ),
        (
            paths::INTROSPECTION,
            post(introspection::post),
            POST,
            Configured(Endpoint::Introspection),
            Some(RateLimited::Introspection),
        ),
        (
            paths::REVOCATION,
            post(revocation::post),
            POST,
            Configured(Endpoint::Revocation),
            Some(RateLimited::Revocation),
        ),
        (paths::END_SESSION, get(end_session::get).post(end_session::post), ACTS, Closed, None),
        // the pages of a pending authorization
        ("/flow/{id}", get(flow::get), "GET, OPTIONS", Closed, None),
        ("/flow/{id}/sign-in", get(sign_in::show).post(sign_in::submit), ACTS, Closed, None),
        (
            "/flow/{id}/second-factor",
            get(second_factor::show).post(second_factor::submit),
            ACTS,
            Closed,
            Some(RateLimited::SecondFactorTotp),
        ),
        ("/flow/{id}/enrol", get(enrol::show).post(enrol::submit), ACTS, Closed, None),
        (
            "/flow/{id}/select-account",
            get(select_account::show).post(select_account::submit),
            ACTS,
            Closed,
            None,
        ),
        ("/flow/{id}/consent", get(consent::show).post(consent::submit), ACTS, Closed, None),
        ("/flow/{id}/device", get(device::show).post(device::submit), ACTS, Closed, None),
        // the person's own pages
        (paths::DEVICE_VERIFICATION, get(user_code::show).post(user_code::submit), BOTH, Closed, None),
        ("/consents", get(consents::list), GET, Closed, None),
        ("/consents/{client_id}", get(consents::show).post(consents::submit), BOTH, Closed, None),
        ("/", get(home::show).post(home::submit), BOTH, Closed, None),
        ("/logout", get(sign_out::show).post(sign_out::submit), BOTH, Closed, None),
        // the rest
        ("/api/health", get(health::live), GET, Closed, None),
        ("/api/health/ready", get(health::ready), GET, Closed, None),
        ("/static/{name}", get(static_files::get), GET, Closed, None),
        ("/favicon.ico", get(static_files::favicon), GET, Closed, None),
    ];
    let table = routes.into_iter().fold(Router::new(), |table, (path, handlers, methods, cors, limited)| {
        let handlers = handlers.fallback(method_not_allowed);
        let handlers = match limited {
            Some(endpoint) => limit(handlers, endpoint, &state),
            None => handlers,
        };
        let handlers = handlers.layer(from_fn(limits::read_body)).layer(from_fn(
            move |request: Request, next: Next| async move {
                let mut response = cors::apply(cors, methods, request, next).await;
                response.extensions_mut().insert(Answerer(path));
                response
            },
        ));
        table.route(path, handlers)
    });
    let nothing = any(not_found).layer(from_fn(limits::read_body));
    let panicked = CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    let table = table.fallback_service(nothing).layer(panicked);
    // Admission takes the base path off, so it must run before routes are matched.
    Router::new().fallback_service(table).layer(from_fn_with_state(state, admit))
}

fn limit(handlers: MethodRouter, endpoint: RateLimited, state: &WebState) -> MethodRouter {
    let state = state.clone();
    handlers.layer(from_fn(move |request: Request, next: Next| {
        rate_limit::limit(endpoint, state.clone(), request, next)
    }))
}

async fn not_found(request: Request) -> Response {
    fault(&request, Fault::NotFound)
}

async fn method_not_allowed(request: Request) -> Response {
    fault(&request, Fault::MethodNotAllowed)
}

fn fault(request: &Request, fault: Fault) -> Response {
    match request.extensions().get::<Incoming>() {
        Some(incoming) => incoming.fault(fault),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
