//! The pages of the demo relying party and the actions behind their buttons.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;

use crate::demo::answer::{Answer, AnswerError};
use crate::demo::failure::Failure;
use crate::demo::login::{self, Login};
use crate::demo::service::{self, ServiceRun};
use crate::demo::token_view::TokenView;
use crate::demo::{DemoClient, DemoClientKind, RelyingParty};

/// Cookies ignore ports: the provider on the same host has cookies of other names.
const COOKIE: &str = "demo_rp";
const STYLE: &str = include_str!("style.css");
/// The longest form, in bytes: an answer that comes as a form.
const FORM: usize = 16 * 1024;

type Rp = Arc<RelyingParty>;

pub(crate) fn router(rp: Rp) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/style.css", get(style))
        .route("/login/{client_id}", post(start))
        .route("/session", get(session))
        .route("/refresh", post(refresh))
        .route("/revoke", post(revoke))
        .route("/sign-out", post(sign_out))
        .route("/service/{client_id}", post(run))
        .fallback(answer)
        .layer(DefaultBodyLimit::max(FORM))
        .with_state(rp)
}

struct Button<'a> {
    client_id: &'a str,
    label: &'a str,
    description: &'a str,
    scope: String,
    public: bool,
}

impl<'a> Button<'a> {
    fn of(client: &'a DemoClient) -> Self {
        Self {
            client_id: &client.client_id,
            label: &client.label,
            description: &client.description,
            scope: client.scopes.join(" "),
            public: client.client_secret.is_none(),
        }
    }
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct HomePage<'a> {
    issuer: &'a str,
    sign_in: Vec<Button<'a>>,
    services: Vec<Button<'a>>,
    subject: Option<String>,
    signed_out: bool,
}

#[derive(Template)]
#[template(path = "demo/session.html")]
struct SessionPage<'a> {
    issuer: &'a str,
    login: &'a Login,
    label: &'a str,
    id_token: TokenView,
    access_token: TokenView,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "demo/service.html")]
struct ServicePage<'a> {
    issuer: &'a str,
    client: Button<'a>,
    run: ServiceRun,
    access_token: TokenView,
}

#[derive(Template)]
#[template(path = "demo/error.html")]
struct ErrorPage<'a> {
    issuer: &'a str,
    error: String,
    again: Option<Button<'a>>,
}

/// A page with the headers that keep it from running or showing anything else.
fn page(rp: &RelyingParty, status: StatusCode, template: &impl Template) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {}",
        rp.form_action
    );
    match template.render() {
        Ok(body) => {
            let headers = [
                (CONTENT_SECURITY_POLICY, policy.as_str()),
                (CACHE_CONTROL, "no-store"),
                (REFERRER_POLICY, "same-origin"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (status, headers, Html(body)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page of the demo relying party cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn failed(rp: &RelyingParty, client: Option<&DemoClient>, failure: &Failure) -> Response {
    let status = match failure {
        Failure::Discovery(_) | Failure::Unusable(_) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::BAD_REQUEST,
    };
    let again = client.filter(|client| client.kind == DemoClientKind::SignIn).map(Button::of);
    page(rp, status, &ErrorPage { issuer: &rp.provider.issuer, error: failure.to_string(), again })
}

fn cookie(jar: &CookieJar) -> Option<String> {
    jar.get(COOKIE).map(|cookie| cookie.value().to_owned())
}

fn with_cookie(rp: &RelyingParty, jar: CookieJar, value: String) -> CookieJar {
    let secure = rp.settings.public_url.starts_with("https:");
    jar.add(Cookie::build((COOKIE, value)).path("/").http_only(true).secure(secure).same_site(SameSite::Lax))
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], STYLE).into_response()
}

#[derive(Deserialize)]
struct HomeQuery {
    signed_out: Option<String>,
}

async fn home(State(rp): State<Rp>, Query(query): Query<HomeQuery>, jar: CookieJar) -> Response {
    let buttons = |wanted: fn(&DemoClientKind) -> bool| {
        rp.settings.clients.iter().filter(|client| wanted(&client.kind)).map(Button::of).collect()
    };
    let home = HomePage {
        issuer: &rp.provider.issuer,
        sign_in: buttons(|kind| *kind == DemoClientKind::SignIn),
        services: buttons(|kind| matches!(kind, DemoClientKind::Service { .. })),
        subject: rp.browsers.login(cookie(&jar).as_deref()).map(|login| login.subject),
        signed_out: query.signed_out.is_some(),
    };
    page(&rp, StatusCode::OK, &home)
}

async fn start(State(rp): State<Rp>, Path(client_id): Path<String>, jar: CookieJar) -> Response {
    let Some(client) = rp.client(&client_id).filter(|client| client.kind == DemoClientKind::SignIn) else {
        return not_found(&rp);
    };
    match login::begin(&rp, client).await {
        Ok((url, pending)) => {
            let value = rp.browsers.begin(cookie(&jar).as_deref(), pending);
            (with_cookie(&rp, jar, value), Redirect::to(&url)).into_response()
        }
        Err(failure) => failed(&rp, Some(client), &failure),
    }
}

/// The redirect URIs: the answer comes as a query or, with `response_mode=form_post`, as a form.
async fn answer(State(rp): State<Rp>, method: Method, uri: Uri, jar: CookieJar, body: Bytes) -> Response {
    let path = uri.path();
    let registered =
        |client: &DemoClient| client.kind == DemoClientKind::SignIn && client.redirect_path == path;
    if !rp.settings.clients.iter().any(registered) {
        return not_found(&rp);
    }
    let encoded = match method {
        Method::GET => uri.query().unwrap_or_default().as_bytes(),
        Method::POST => &body,
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    let answer = match Answer::parse(encoded) {
        Ok(answer) => answer,
        Err(error) => return failed(&rp, None, &error.into()),
    };
    let cookie = cookie(&jar);
    let pending = match answer.state() {
        Ok(state) => rp.browsers.take_pending(cookie.as_deref(), state).ok_or(AnswerError::UnknownState),
        Err(error) => Err(error),
    };
    let pending = match pending {
        Ok(pending) => pending,
        Err(error) => return failed(&rp, None, &error.into()),
    };
    let Some(client) = rp.client(&pending.client_id).filter(|client| client.redirect_path == path) else {
        return failed(&rp, None, &AnswerError::OtherRedirectUri.into());
    };
    match login::finish(&rp, client, &answer, &pending).await {
        Ok(login) => {
            let value = rp.browsers.sign_in(cookie.as_deref(), login);
            (with_cookie(&rp, jar, value), Redirect::to("/session")).into_response()
        }
        Err(failure) => failed(&rp, Some(client), &failure),
    }
}

async fn session(State(rp): State<Rp>, jar: CookieJar) -> Response {
    match rp.browsers.login(cookie(&jar).as_deref()) {
        Some(login) => session_page(&rp, &login, None),
        None => Redirect::to("/").into_response(),
    }
}

fn session_page(rp: &RelyingParty, login: &Login, failure: Option<&Failure>) -> Response {
    let status = if failure.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let session = SessionPage {
        issuer: &rp.provider.issuer,
        login,
        label: rp.client(&login.client_id).map_or(login.client_id.as_str(), |client| client.label.as_str()),
        id_token: TokenView::of(&login.id_token),
        access_token: TokenView::of(&login.access_token),
        error: failure.map(ToString::to_string),
    };
    page(rp, status, &session)
}

async fn refresh(State(rp): State<Rp>, jar: CookieJar) -> Response {
    change(rp, jar, true).await
}

async fn revoke(State(rp): State<Rp>, jar: CookieJar) -> Response {
    change(rp, jar, false).await
}

/// Refreshes or revokes, one at a time and to its end: a refresh token that was spent while its successor was lost to
/// an impatient browser would end the whole family of tokens at the next attempt.
async fn change(rp: Rp, jar: CookieJar, refresh: bool) -> Response {
    let cookie = cookie(&jar);
    let task = tokio::spawn(async move {
        let _one_at_a_time = rp.changing.lock().await;
        let Some(login) = rp.browsers.login(cookie.as_deref()) else {
            return Redirect::to("/").into_response();
        };
        let changed =
            if refresh { login::refresh(&rp, &login).await } else { login::revoke(&rp, &login).await };
        match changed {
            Ok(changed) => {
                rp.browsers.change(cookie.as_deref(), |login| *login = changed);
                Redirect::to("/session").into_response()
            }
            Err(failure) => session_page(&rp, &login, Some(&failure)),
        }
    });
    task.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn sign_out(State(rp): State<Rp>, jar: CookieJar) -> Response {
    rp.browsers.forget(cookie(&jar).as_deref());
    (jar.remove(Cookie::build(COOKIE).path("/")), Redirect::to("/?signed_out=1")).into_response()
}

async fn run(State(rp): State<Rp>, Path(client_id): Path<String>) -> Response {
    let service = |client: &&DemoClient| matches!(client.kind, DemoClientKind::Service { .. });
    let Some(client) = rp.client(&client_id).filter(service) else {
        return not_found(&rp);
    };
    match service::run_service(&rp, client).await {
        Ok(run) => {
            let access_token = TokenView::of(&run.access_token);
            let service =
                ServicePage { issuer: &rp.provider.issuer, client: Button::of(client), run, access_token };
            page(&rp, StatusCode::OK, &service)
        }
        Err(failure) => failed(&rp, None, &failure),
    }
}

fn not_found(rp: &RelyingParty) -> Response {
    let error = "There is no such page here.".to_owned();
    page(rp, StatusCode::NOT_FOUND, &ErrorPage { issuer: &rp.provider.issuer, error, again: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button() -> Button<'static> {
        Button {
            client_id: "demo-web",
            label: "Web & more",
            description: "<b>bold</b>",
            scope: "openid".to_owned(),
            public: false,
        }
    }

    #[test]
    fn the_home_page_has_a_button_per_client_and_escapes_what_it_is_told() {
        let home = HomePage {
            issuer: "http://127.0.0.1:9091",
            sign_in: vec![button()],
            services: vec![Button { client_id: "demo-service", ..button() }],
            subject: None,
            signed_out: false,
        };
        let html = home.render().expect("renders");
        assert!(html.contains("id=\"login-demo-web\"") && html.contains("id=\"run-demo-service\""), "{html}");
        assert!(!html.contains("<b>bold"), "{html}");
    }

    #[test]
    fn the_session_page_shows_claims_and_the_last_refresh() {
        let mut login = Login::new("demo-web", "alice", "e30.eyJzdWIiOiI8aT4ifQ.c2ln".to_owned(), "n");
        login.userinfo = Ok("{}".to_owned());
        let render = |login: &Login| {
            let session = SessionPage {
                issuer: "http://127.0.0.1:9091",
                login,
                label: "Web",
                id_token: TokenView::of(&login.id_token),
                access_token: TokenView::of("opaque"),
                error: None,
            };
            session.render().expect("renders")
        };
        let html = render(&login);
        assert!(
            html.contains("id=\"claims\"") && html.contains("id=\"userinfo\"") && !html.contains("<i>"),
            "{html}"
        );
        assert!(!html.contains("id=\"refreshed-at\"") && !html.contains("id=\"refresh\""), "{html}");
        login.refresh_token = Some("r".to_owned());
        login.refreshes = 1;
        login.refreshed_at = "12:00:00 UTC".to_owned();
        let html = render(&login);
        assert!(html.contains("12:00:00 UTC") && html.contains("id=\"refresh\""), "{html}");
    }
}
