//! Token introspection (RFC 7662 §2; as a JWT by RFC 9701).

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::super::rate_limit::Failed;
use super::client_request::ClientRequest;
use crate::provider::introspection::IntrospectionBody;

/// RFC 9701 §5.
const TOKEN_INTROSPECTION: &str = "application/token-introspection+jwt";

pub(in crate::web) async fn post(headers: HeaderMap, request: ClientRequest) -> Response {
    let jwt = asks_for_jwt(&headers);
    let answer =
        request.provider().introspect(request.context(), request.authorization(), &request.form, jwt).await;
    let inactive = answer.as_ref().is_ok_and(|answer| !answer.active);
    let mut response = request.answer(answer.map(|answer| match answer.body {
        IntrospectionBody::Json(answer) => Json(answer).into_response(),
        IntrospectionBody::Jwt(token) => {
            ([(header::CONTENT_TYPE, TOKEN_INTROSPECTION)], token).into_response()
        }
    }));
    if inactive {
        response.extensions_mut().insert(Failed);
    }
    response
}

/// Whether the caller takes a JWT (RFC 9701 §4): `Accept` names it, and not with a weight of nothing (RFC 9110 §12.4.2).
fn asks_for_jwt(headers: &HeaderMap) -> bool {
    let listed = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(TOKEN_INTROSPECTION));
        let refused = parts
            .filter_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        named && !refused
    })
}
