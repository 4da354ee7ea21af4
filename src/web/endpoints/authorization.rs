//! `/api/oidc/authorization` (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2.1).

use axum::Extension;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::super::authorization_response::{redirect, send};
use super::super::session::Visit;
use super::super::state::Incoming;
use super::super::{flow, parameters};
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::provider::authorization::{AuthorizationError, Authorized, Visitor};

/// A request by query.
pub(in crate::web) async fn get(
    Extension(incoming): Extension<Incoming>,
    visit: Visit,
    uri: Uri,
) -> Response {
    let response = answer(&incoming, parameters::of_query(&uri), visit.visitor()).await;
    visit.answer(&incoming, response)
}

/// A request by form. A post from another site comes without the browser's cookies: it is stored unclaimed, and
/// the browser that follows the redirect with its cookies claims it.
pub(in crate::web) async fn post(
    Extension(incoming): Extension<Incoming>,
    visit: Visit,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let merged = parameters::of_query(&uri).and_then(|query| {
        let form = parameters::of_form(&headers, &body)?;
        Ok(Parameters::merge(query, form))
    });
    let response = answer(&incoming, merged, visit.visitor()).await;
    visit.answer(&incoming, response)
}

async fn answer(
    incoming: &Incoming,
    parameters: Result<Parameters, OAuthError>,
    visitor: Visitor<'_>,
) -> Response {
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(error) => return incoming.failed(&error),
    };
    match incoming.provider.authorize(&incoming.context, &parameters, visitor).await {
        Ok(Authorized::Respond(answer)) => send(incoming, answer),
        Ok(Authorized::Interact(id)) => redirect(&incoming.path(&flow::path(&id))),
        Err(AuthorizationError::Page(problem)) => incoming.page_problem(problem),
        // The person may try again in a moment; the relying party could only begin anew.
        Err(AuthorizationError::Redirect(_, error)) if error.code == ErrorCode::TemporarilyUnavailable => {
            incoming.failed(&error)
        }
        Err(AuthorizationError::Redirect(target, error)) => {
            match incoming.provider.refusal(&incoming.context, &target, &error).await {
                Ok(answer) => send(incoming, answer),
                Err(error) => incoming.failed(&error),
            }
        }
    }
}
