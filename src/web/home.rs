//! `/`: who is signed in, or the form to do so.

use axum::Extension;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::authorization_response::redirect;
use super::error::{leading_page, page};
use super::flow::form;
use super::pages::PersonIdentity;
use super::pages::error::Fault;
use super::pages::home::{Home, Onward};
use super::pages::sign_in::SignIn;
use super::refusal::Reason;
use super::session::Visit;
use super::sign_in::{self, Outcome};
use super::state::Incoming;
use crate::model::authentication::Level;
use crate::protocol::grant_type::GrantType;

/// The name of the form, for its token.
const SIGN_IN: &str = "home sign-in";

pub(super) async fn show(Extension(incoming): Extension<Incoming>, visit: Visit) -> Response {
    let response = match (incoming.person(&visit).await, visit.authentication()) {
        (Some(person), Some(authentication)) => {
            let enrolled = match incoming.provider.users.has_totp(&authentication.username).await {
                Ok(enrolled) => enrolled,
                Err(error) => return incoming.unavailable(error),
            };
            page(&Home {
                page: incoming.page(),
                csrf: visit.binding(super::sign_out::FORM).token(&incoming.provider.handles),
                person,
                onward: incoming.onward().map(Onward::to),
                signed_in_at: authentication.auth_time,
                now: incoming.context.now,
                two_factors: authentication.level() == Level::TwoFactor,
                devices: incoming.offers_devices(),
                enrolled,
            })
        }
        _ => sign_in_page(&incoming, &visit, String::new(), false, false),
    };
    visit.answer(&incoming, response)
}

pub(super) async fn submit(
    Extension(incoming): Extension<Incoming>,
    mut visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let binding = visit.binding(SIGN_IN);
    let fields = ["username", "password", "remember"];
    let again = incoming.path("/");
    let form = match form::read(&incoming, &headers, &body, binding, &fields, again) {
        Ok(form) => form,
        Err(response) => return visit.answer(&incoming, response.into_response()),
    };
    let response = match sign_in::sign_in(&incoming, &mut visit, &form).await {
        Outcome::SignedIn(_) => match incoming.onward() {
            Some(url) => redirect(url.as_str()),
            None => redirect(&incoming.path("/")),
        },
        Outcome::Refused => {
            let username = form.get("username").unwrap_or_default().to_owned();
            let remember = form.get("remember") == Some("true");
            Reason::unproven(None).on(sign_in_page(&incoming, &visit, username, remember, true))
        }
        Outcome::Busy => incoming.fault(Fault::Busy),
        Outcome::Unavailable(detail) => incoming.unavailable(detail),
    };
    visit.answer(&incoming, response)
}

fn sign_in_page(
    incoming: &Incoming,
    visit: &Visit,
    username: String,
    remember: bool,
    refused: bool,
) -> Response {
    let offered = incoming.settings().is_some_and(|settings| settings.remember_me.is_some());
    let sign_in = SignIn {
        page: incoming.page(),
        csrf: visit.binding(SIGN_IN).token(&incoming.provider.handles),
        client: None,
        username,
        remember: offered.then_some(remember),
        confirm: false,
        forgot: incoming.forgot(),
        refused,
    };
    // What the form leads to is judged like a link: apps redirect further, and browsers would hold that against
    // `form-action`.
    if incoming.onward().is_some() { leading_page(&sign_in) } else { page(&sign_in) }
}

impl Incoming {
    /// Whether a client is registered for the device authorization grant (RFC 8628).
    fn offers_devices(&self) -> bool {
        let clients = &self.provider.snapshot.settings.oidc.clients;
        clients.iter().any(|client| client.allows(GrantType::DeviceCode))
    }

    /// Where people go on to who were sent by no app.
    fn onward(&self) -> Option<&Url> {
        self.settings()?.default_redirection_url.as_ref()
    }

    /// The person who is signed in, if the sign-in still stands.
    pub(super) async fn person(&self, visit: &Visit) -> Option<PersonIdentity> {
        let user = self.provider.standing_user(visit.authentication()?).await?;
        let account = user.emails.first().unwrap_or(&user.username).clone();
        Some(PersonIdentity { name: user.display_name.clone(), account })
    }
}
