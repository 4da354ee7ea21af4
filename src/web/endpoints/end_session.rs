//! `/api/oidc/end-session`: a relying party signs a person out (OpenID Connect RP-Initiated Logout 1.0 §2).

use axum::Extension;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::super::authorization_response::redirect;
use super::super::limits::MAX_URI;
use super::super::session::Visit;
use super::super::state::Incoming;
use super::super::{parameters, sign_out};
use crate::protocol::authorization_response::append_query;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::provider::discovery::paths;
use crate::provider::end_session::EndSessionRequest;

/// The longest address at which a request is handed on, in bytes: what a browser makes absolute must be read again.
const LONGEST_LOCATION: usize = MAX_URI - 512;

/// The one parameter of a request that is handed on.
const SEALED: &str = "sealed";

/// A request by query.
pub(in crate::web) async fn get(
    Extension(incoming): Extension<Incoming>,
    mut visit: Visit,
    uri: Uri,
) -> Response {
    let parameters = parameters::of_query(&uri).and_then(|query| match sealed(&query) {
        Some(sealed) => incoming.provider.unseal_end_session(&incoming.context, sealed),
        None => Ok(query),
    });
    let response = answer(&incoming, &mut visit, parameters).await;
    visit.answer(&incoming, response)
}

/// A request by form. A post from another site comes without the browser's cookies: it is answered with a redirect that
/// brings them. What was posted travels in it sealed: an ID token tells of its person, and addresses are written into
/// histories and logs.
pub(in crate::web) async fn post(
    Extension(incoming): Extension<Incoming>,
    mut visit: Visit,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let merged = parameters::of_query(&uri).and_then(|query| {
        let form = parameters::of_form(&headers, &body)?;
        Ok(Parameters::merge(query, form))
    });
    let response = if visit.is_withheld() {
        hand_on(&incoming, merged)
    } else {
        answer(&incoming, &mut visit, merged).await
    };
    visit.answer(&incoming, response)
}

/// What a redirect of ours brings back: nothing stands beside it.
fn sealed(query: &Parameters) -> Option<&str> {
    let mut pairs = query.pairs();
    match (pairs.next(), pairs.next()) {
        (Some((SEALED, sealed)), None) => Some(sealed),
        _ => None,
    }
}

fn hand_on(incoming: &Incoming, parameters: Result<Parameters, OAuthError>) -> Response {
    let location = parameters.and_then(|parameters| {
        let sealed = incoming.provider.seal_end_session(&incoming.context, &parameters)?;
        let location = append_query(&incoming.path(paths::END_SESSION), &[(SEALED, &sealed)]);
        if location.len() > LONGEST_LOCATION {
            return Err(OAuthError::invalid_request("The request is too long."));
        }
        Ok(location)
    });
    match location {
        Ok(location) => redirect(&location),
        Err(error) => incoming.failed(&error),
    }
}

async fn answer(
    incoming: &Incoming,
    visit: &mut Visit,
    parameters: Result<Parameters, OAuthError>,
) -> Response {
    let request = match parameters {
        Ok(parameters) => incoming.provider.end_session_request(&incoming.context, &parameters).await,
        Err(error) => Err(error),
    };
    let request = match request {
        Ok(request) => request,
        Err(error) => return incoming.failed(&error),
    };
    let Some(present) = visit.authentication().cloned() else {
        return ended(incoming, &request);
    };
    match incoming.provider.is_hinted(&request, &present).await {
        Ok(true) if request.stays.is_none() => {
            let client_id = request.client.as_ref().map(|client| client.client_id.as_str());
            match sign_out::end(incoming, visit, &present, client_id).await {
                Ok(()) => ended(incoming, &request),
                Err(error) => incoming.failed(&error),
            }
        }
        Ok(_) => sign_out::ask(incoming, visit, &present, &request).await,
        Err(error) => incoming.failed(&error),
    }
}

/// Nobody is signed in here any more. Who is not led on is told at the page's own address, which may be read again.
fn ended(incoming: &Incoming, request: &EndSessionRequest) -> Response {
    if request.onward.is_none() && request.stays.is_none() {
        return redirect(&incoming.path("/logout"));
    }
    sign_out::signed_out(incoming, request.onward.as_ref(), request.stays.as_ref())
}
