//! The token endpoint (RFC 6749 §3.2).

use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;

use axum::response::{IntoResponse, Response};

use super::super::parameters;
use super::super::state::Incoming;

pub(in crate::web) async fn post(
    Extension(incoming): Extension<Incoming>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = parameters::authorization(&headers);
    let form = match parameters::of_form(&headers, &body) {
        Ok(form) => form,
        Err(error) => return incoming.unreadable_form(&headers, &error),
    };
    match incoming.provider.token(&incoming.context, authorization, &form).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => incoming.json_error(&error, authorization.is_some()),
    }
}
