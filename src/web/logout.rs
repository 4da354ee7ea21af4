//! `/logout`: asks, then signs out. What the session was granted ends with it, except offline access.

use axum::Extension;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::error::page;
use super::flow::form;
use super::pages::PersonIdentity;
use super::pages::sign_out::SignOut;
use super::pages::signed_out::SignedOut;
use super::session::Visit;
use super::state::Incoming;

/// The name of the form, for its token.
pub(super) const FORM: &str = "logout";

pub(super) async fn show(Extension(incoming): Extension<Incoming>, headers: HeaderMap) -> Response {
    let visit = match Visit::of(&incoming, &headers).await {
        Ok(visit) => visit,
        Err(error) => return incoming.unavailable(error),
    };
    let response = match visit.authentication() {
        Some(present) => page(&SignOut {
            page: incoming.page(),
            csrf: visit.binding(FORM).token(&incoming.provider.handles),
            // Whoever was disabled meanwhile may still sign out.
            person: incoming.person(&visit).await.unwrap_or_else(|| PersonIdentity {
                name: present.username.clone(),
                account: present.username.clone(),
            }),
        }),
        None => page(&SignedOut { page: incoming.page() }),
    };
    visit.answer(&incoming, response)
}

pub(super) async fn submit(
    Extension(incoming): Extension<Incoming>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut visit = match Visit::of(&incoming, &headers).await {
        Ok(visit) => visit,
        Err(error) => return incoming.unavailable(error),
    };
    let again = incoming.path("/logout");
    if let Err(response) = form::read(&incoming, &headers, &body, visit.binding(FORM), &[], again) {
        return visit.answer(&incoming, response.into_response());
    }
    if let Some(authentication) = visit.authentication().cloned() {
        if let Err(error) = incoming.provider.end_session(&incoming.context, &authentication).await {
            return incoming.failed(&error);
        }
        visit.sign_out(&incoming);
    }
    let response = page(&SignedOut { page: incoming.page() });
    visit.answer(&incoming, response)
}
