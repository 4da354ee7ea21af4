//! `/logout`: asks, then signs out. What the session was granted ends with it, except offline access.

use axum::Extension;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::authorization_response::redirect;
use super::error::{flow_page, page};
use super::flow::form;
use super::pages::sign_out::SignOut;
use super::pages::signed_out::SignedOut;
use super::pages::{ClientIdentity, PersonIdentity};
use super::refusal::Reason;
use super::session::Visit;
use super::state::Incoming;
use crate::model::authentication::Authentication;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::provider::end_session::{EndSessionRequest, Onward};

/// The name of the form, for its token.
pub(super) const FORM: &str = "logout";

/// What the form of a relying party's request has besides.
const ONWARD: [&str; 3] = ["client_id", "post_logout_redirect_uri", "state"];

pub(super) async fn show(Extension(incoming): Extension<Incoming>, visit: Visit) -> Response {
    let response = match visit.authentication() {
        Some(present) => ask(&incoming, &visit, present, &EndSessionRequest::default()).await,
        None => signed_out(&incoming, None, None),
    };
    visit.answer(&incoming, response)
}

pub(super) async fn submit(
    Extension(incoming): Extension<Incoming>,
    mut visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // The token of the form is that of the address in it: nobody writes another one there.
    let onward = Parameters::parse(&body).ok().and_then(|form| read_onward(&form));
    let name = form_name(onward.as_ref());
    let fields = if onward.is_some() { ONWARD.as_slice() } else { &[] };
    let again = incoming.path("/logout");
    if let Err(response) = form::read(&incoming, &headers, &body, visit.binding(&name), fields, again) {
        return visit.answer(&incoming, response.into_response());
    }
    if let Some(present) = visit.authentication().cloned() {
        let client_id = onward.as_ref().map(|onward| onward.client_id.as_str());
        if let Err(error) = end(&incoming, &mut visit, &present, client_id).await {
            return incoming.failed(&error);
        }
    }
    let onward = onward.filter(|onward| incoming.provider.still_leads(onward));
    let response = signed_out(&incoming, onward.as_ref(), None);
    visit.answer(&incoming, response)
}

/// Ends the session here and in the store.
pub(super) async fn end(
    incoming: &Incoming,
    visit: &mut Visit,
    present: &Authentication,
    client_id: Option<&str>,
) -> Result<(), OAuthError> {
    incoming.provider.end_session(&incoming.context, present, client_id).await?;
    visit.sign_out(incoming);
    Ok(())
}

/// The page that asks; its form carries where a relying party wants to go on.
pub(super) async fn ask(
    incoming: &Incoming,
    visit: &Visit,
    present: &Authentication,
    request: &EndSessionRequest,
) -> Response {
    let name = form_name(request.onward.as_ref());
    let sign_out = SignOut {
        page: incoming.page(),
        csrf: visit.binding(&name).token(&incoming.provider.handles),
        // Whoever was disabled meanwhile may still sign out.
        person: incoming.person(visit).await.unwrap_or_else(|| PersonIdentity {
            name: present.username.clone(),
            account: present.username.clone(),
        }),
        client: request.client.as_ref().map(|client| ClientIdentity {
            name: client.client_name.clone(),
            host: client.host().map(str::to_owned),
        }),
        onward: request.onward.as_ref().map(written).unwrap_or_default(),
        stays: request.stays.is_some(),
    };
    // Browsers apply form-action to the redirect that follows the form.
    let response = if request.onward.is_some() { flow_page(&sign_out) } else { page(&sign_out) };
    refused(response, request.stays.as_ref())
}

/// Back to the relying party, or the page that says that nobody is signed in here any more.
pub(super) fn signed_out(
    incoming: &Incoming,
    onward: Option<&Onward>,
    stays: Option<&OAuthError>,
) -> Response {
    match onward {
        Some(onward) => redirect(&onward.location()),
        None => {
            let signed_out = SignedOut { page: incoming.page(), stays: stays.is_some() };
            refused(page(&signed_out), stays)
        }
    }
}

/// What was wrong with the request goes into the log and the table of refusals.
fn refused(response: Response, error: Option<&OAuthError>) -> Response {
    match error {
        Some(error) => Reason::of(error).on(response),
        None => response,
    }
}

fn form_name(onward: Option<&Onward>) -> String {
    match onward {
        Some(onward) => {
            let state = onward.state.as_deref().unwrap_or_default();
            format!("{FORM}\n{}\n{}\n{state}", onward.client_id, onward.uri)
        }
        None => FORM.to_owned(),
    }
}

fn written(onward: &Onward) -> Vec<(&'static str, String)> {
    let values = [Some(&onward.client_id), Some(&onward.uri), onward.state.as_ref()];
    ONWARD.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?.clone()))).collect()
}

fn read_onward(form: &Parameters) -> Option<Onward> {
    Some(Onward {
        client_id: form.get("client_id")?.to_owned(),
        uri: form.get("post_logout_redirect_uri")?.to_owned(),
        state: form.get("state").map(str::to_owned),
    })
}
