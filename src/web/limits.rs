//! How much a request may bring, and the answer to one that cannot be read.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::{Refusal, refuse};
use super::pages::PageContext;
use super::pages::error::Fault;
use super::refusal::Reason;
use super::state::Incoming;
use crate::provider::discovery::paths;

/// The longest target of a request (path and query) that is read, in bytes.
pub const MAX_URI: usize = 16 * 1024;
/// The most cookies that are read; browsers keep fewer than that for a site.
const MAX_COOKIES: usize = 200;
/// The largest body that is read, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// The longest a client may take to send a body.
const BODY_DEADLINE: Duration = Duration::from_secs(15);

/// Why a request is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The target is longer than [`MAX_URI`].
    UriTooLong,
    /// The headers are larger than is read, or too many.
    HeadersTooLarge,
    /// The body is too large.
    BodyTooLarge,
    /// The body took too long to come.
    BodyTooSlow,
    /// It is not HTTP as RFC 9112 writes it, or leaves open where it ends.
    Malformed,
    /// A method that no server of pages has.
    NotImplemented,
    /// Another version than HTTP/1.1 and HTTP/1.0.
    Version,
}

impl Unreadable {
    /// What a status stands for.
    #[must_use]
    pub fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::URI_TOO_LONG => Self::UriTooLong,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::HeadersTooLarge,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::REQUEST_TIMEOUT => Self::BodyTooSlow,
            StatusCode::NOT_IMPLEMENTED => Self::NotImplemented,
            StatusCode::HTTP_VERSION_NOT_SUPPORTED => Self::Version,
            _ => Self::Malformed,
        }
    }

    /// The status that says so.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
        }
    }

    /// What is wrong, for whoever wrote the client.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::UriTooLong => {
                "Path and query are longer than 16384 bytes; send long requests as a form, or push them (RFC 9126)."
            }
            Self::HeadersTooLarge => {
                "The headers are larger than is read here (32768 bytes or more), or more than 100 lines or 200 cookies."
            }
            Self::BodyTooLarge => "The body is larger than 65536 bytes.",
            Self::BodyTooSlow => "The body did not come within 15 seconds.",
            Self::Malformed => "The request is not well-formed HTTP/1.1 (RFC 9112).",
            Self::NotImplemented => "The HTTP method is not implemented here.",
            Self::Version => "Only HTTP/1.1 and HTTP/1.0 are spoken here.",
        }
    }

    /// The answer: JSON where programs ask, a page elsewhere. The connection ends with it.
    pub(super) fn answer(self, path: &str, page: PageContext, request_id: &str) -> Response {
        let mut response = if PROGRAMS.contains(&path) || path.starts_with("/api/health") {
            let description = self.description();
            let body = json!({"error": "invalid_request", "error_description": description});
            let (error, words) = ("invalid_request".to_owned(), description.to_owned());
            Reason { error, words, ..Reason::default() }.on((self.status(), Json(body)).into_response())
        } else {
            let explanation = Some(self.description().to_owned());
            refuse(page, request_id, Refusal { explanation, ..Refusal::of(Fault::Unreadable(self)) })
        };
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// Where programs ask.
const PROGRAMS: [&str; 8] = [
    paths::OPENID_CONFIGURATION,
    paths::OAUTH_AUTHORIZATION_SERVER,
    paths::JWKS,
    paths::PUSHED_AUTHORIZATION_REQUEST,
    paths::TOKEN,
    paths::USERINFO,
    paths::INTROSPECTION,
    paths::REVOCATION,
];

/// Judges the head of a request, whose headers may have `most` bytes.
pub(super) fn judge(request: &Request, most: usize) -> Option<Unreadable> {
    if let Some(refused) = request.extensions().get::<Unreadable>() {
        return Some(*refused);
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let lines = request.headers().iter();
    let headers: usize = lines.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum();
    let cookies = request.headers().get_all(header::COOKIE).iter();
    let cookies: usize = cookies.map(|line| line.as_bytes().split(|byte| *byte == b';').count()).sum();
    if target > MAX_URI {
        Some(Unreadable::UriTooLong)
    } else if headers > most || cookies > MAX_COOKIES {
        Some(Unreadable::HeadersTooLarge)
    } else {
        None
    }
}

/// Reads the body before anything else is done with the request: handlers find it whole.
pub(super) async fn read_body(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let incoming = request.extensions().get::<Incoming>().cloned();
    let path = request.uri().path().to_owned();
    let (head, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_DEADLINE, whole(body)).await;
    match read.unwrap_or(Err(Unreadable::BodyTooSlow)) {
        Ok(body) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(unreadable) => match incoming {
            Some(incoming) => unreadable.answer(&path, incoming.page(), &incoming.context.request_id),
            None => unreadable.status().into_response(),
        },
    }
}

async fn whole(mut body: Body) -> Result<Vec<u8>, Unreadable> {
    // A body that says it is too large is refused before any of it is read.
    if body.size_hint().lower() > u64::try_from(MAX_BODY).unwrap_or(u64::MAX) {
        return Err(Unreadable::BodyTooLarge);
    }
    let mut whole = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Unreadable::Malformed)?.into_data() else { continue };
        if whole.len() + data.len() > MAX_BODY {
            return Err(Unreadable::BodyTooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}
