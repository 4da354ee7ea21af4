//! An answer on its way to the relying party: query, fragment or form (RFC 6749 §4.1.2, RFC 9207).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::flow_page;
use super::pages::ClientIdentity;
use super::pages::form_post::FormPost;
use super::refusal::Reason;
use super::state::Incoming;
use crate::protocol::authorization_response::{append_fragment, append_query};
use crate::protocol::response_mode::ResponseMode;
use crate::provider::authorization::AuthorizationResponse;

/// Sends an answer. A redirect is always 303: a form that came with a password is never posted on
/// (RFC 9700 §4.12).
pub(super) fn send(incoming: &Incoming, answer: AuthorizationResponse) -> Response {
    let pairs: Vec<(&str, &str)> =
        answer.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reason = answer
        .error
        .as_ref()
        .map(|error| Reason { client_id: Some(answer.client_id.clone()), ..Reason::of(error) });
    let response = match answer.response_mode {
        // What is secured by a JWT travels as one of the three by now.
        ResponseMode::Query | ResponseMode::QueryJwt => redirect(&append_query(&answer.redirect_uri, &pairs)),
        ResponseMode::Fragment | ResponseMode::FragmentJwt | ResponseMode::Jwt => {
            redirect(&append_fragment(&answer.redirect_uri, &pairs))
        }
        ResponseMode::FormPost | ResponseMode::FormPostJwt => telling_origin(flow_page(&FormPost {
            page: incoming.page(),
            client: ClientIdentity { name: answer.client_name, host: None },
            redirect_uri: answer.redirect_uri,
            parameters: answer.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })),
    };
    match reason {
        Some(reason) => reason.on(response),
        None => response,
    }
}

/// The form goes to another site with this one's name and no path. Under `same-origin` browsers send `Origin: null`
/// there (Fetch standard, "append a request `Origin` header"), which no relying party can tell from a stranger's.
fn telling_origin(mut page: Response) -> Response {
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    page
}

/// See other.
pub(super) fn redirect(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
