//! `/api/oidc/userinfo` (OpenID Connect Core 1.0 §5.3.1; the token as RFC 6750 §2.1 or §2.2 say).

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use secrecy::ExposeSecret;

use super::super::parameters;
use super::super::state::Incoming;
use crate::protocol::bearer::Credentials;
use crate::protocol::error::OAuthError;
use crate::provider::userinfo::UserinfoAnswer;

/// The token in the `Authorization` header.
pub(in crate::web) async fn get(
    Extension(incoming): Extension<Incoming>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let token = token(&uri, &headers, None);
    answer(&incoming, token).await
}

/// The token in the `Authorization` header or in a form.
pub(in crate::web) async fn post(
    Extension(incoming): Extension<Incoming>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = if parameters::is_form(&headers) { Some(body.as_ref()) } else { None };
    let token = token(&uri, &headers, form);
    answer(&incoming, token).await
}

/// The one token of a request; `None` when there is none.
fn token(uri: &Uri, headers: &HeaderMap, form: Option<&[u8]>) -> Result<Option<String>, OAuthError> {
    if parameters::of_query(uri)?.get("access_token").is_some() {
        return Err(OAuthError::invalid_request(
            "An access token in the query is not accepted; send it in the Authorization header.",
        ));
    }
    let in_form = match form {
        Some(body) => {
            let form = parameters::of_form(headers, body)?;
            if form.repeated().is_some() {
                return Err(OAuthError::invalid_request("A parameter of the form stands twice."));
            }
            form.get("access_token").map(str::to_owned)
        }
        None => None,
    };
    let in_header = match parameters::authorization(headers).map(Credentials::parse) {
        None => None,
        Some(Ok(Credentials::Bearer(token))) => Some(token.expose_secret().to_owned()),
        Some(Ok(Credentials::Basic { .. })) => {
            return Err(OAuthError::invalid_request("The Authorization header must carry a Bearer token."));
        }
        Some(Err(problem)) => {
            return Err(OAuthError::invalid_request("The Authorization header is not readable.")
                .with_detail(problem.to_string()));
        }
    };
    match (in_header, in_form) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("The access token came in two places.")),
        (header, form) => Ok(header.or(form)),
    }
}

async fn answer(incoming: &Incoming, token: Result<Option<String>, OAuthError>) -> Response {
    let token = match token {
        Ok(Some(token)) => token,
        Ok(None) => return incoming.bearer_error(None),
        Err(error) => return incoming.bearer_error(Some(&error)),
    };
    match incoming.provider.userinfo(&incoming.context, &token).await {
        Ok(UserinfoAnswer::Json(claims)) => Json(claims).into_response(),
        Ok(UserinfoAnswer::Jwt(token)) => {
            ([(header::CONTENT_TYPE, "application/jwt")], token).into_response()
        }
        Err(error) => incoming.bearer_error(Some(&error)),
    }
}
