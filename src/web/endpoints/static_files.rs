//! `/static/NAME`: the embedded files of the pages.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::super::static_files::{CACHE_BRIEFLY, CACHE_FOR_EVER, StaticFile, find};

/// A file by name.
pub(in crate::web) async fn get(Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    find(&name).map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| send(file, &uri, &headers))
}

/// The icon browsers ask for by themselves.
pub(in crate::web) async fn favicon(uri: Uri, headers: HeaderMap) -> Response {
    find("favicon.svg")
        .map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| send(file, &uri, &headers))
}

fn send(file: &'static StaticFile, uri: &Uri, headers: &HeaderMap) -> Response {
    let etag = file.etag();
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes());
    let current = uri.query().and_then(|query| query.strip_prefix("v=")) == Some(file.version.as_str());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, file.content_type)], Bytes::from_static(file.body)).into_response()
    };
    let caching = HeaderValue::from_static(if current { CACHE_FOR_EVER } else { CACHE_BRIEFLY });
    response.headers_mut().insert(header::CACHE_CONTROL, caching);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}
