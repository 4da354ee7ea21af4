//! The documents anyone may read: prepared at load, answered from memory.

use axum::Extension;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::state::Incoming;
use crate::provider::discovery::Document;
use crate::provider::signed_metadata::Metadata;

/// `/.well-known/openid-configuration`.
pub(in crate::web) async fn openid_configuration(
    Extension(incoming): Extension<Incoming>,
    headers: HeaderMap,
) -> Response {
    metadata(&incoming, &headers, Metadata::OpenId).await
}

/// `/.well-known/oauth-authorization-server`.
pub(in crate::web) async fn oauth_authorization_server(
    Extension(incoming): Extension<Incoming>,
    headers: HeaderMap,
) -> Response {
    metadata(&incoming, &headers, Metadata::OAuth).await
}

/// `/jwks.json`.
pub(in crate::web) async fn jwks(Extension(incoming): Extension<Incoming>, headers: HeaderMap) -> Response {
    match incoming.provider.snapshot.documents(incoming.issuer()) {
        Some(documents) => send(&headers, &documents.jwks),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn metadata(incoming: &Incoming, headers: &HeaderMap, metadata: Metadata) -> Response {
    match incoming.provider.metadata(&incoming.context, metadata).await {
        Ok(Some(document)) => send(headers, &document),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => incoming.json_error(&error, false),
    }
}

fn send(headers: &HeaderMap, document: &Document) -> Response {
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| matches!(tag.trim().trim_start_matches("W/"), tag if tag == document.etag || tag == "*"));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = Bytes::from_owner(document.body.clone());
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=900"));
    if let Ok(etag) = HeaderValue::from_str(&document.etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}
