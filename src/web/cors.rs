//! Which pages of other origins may call an endpoint from a browser (Fetch standard, CORS protocol).

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::state::Incoming;
use crate::settings::CorsEndpoint;

/// How an endpoint treats other origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cors {
    /// Open to all: public documents.
    Public,
    /// As the configuration says (`cors.endpoints`, `cors.allowed_origins`).
    Configured(CorsEndpoint),
    /// Closed.
    Closed,
}

/// Seconds a browser may remember a preflight.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("100");

/// Answers preflights and marks answers for the origins that may read them.
pub(super) async fn apply(cors: Cors, methods: &'static str, request: Request, next: Next) -> Response {
    let allowed = allowed(cors, &request);
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight {
        StatusCode::OK.into_response()
    } else if request.method() == Method::HEAD && !methods.contains("HEAD") {
        // Where a GET acts, a program that only checks a link must not.
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    } else {
        next.run(request).await
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    let headers = response.headers_mut();
    if matches!(cors, Cors::Configured(_)) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(Allowed { origin, credentials }) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        expose(headers);
        if credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static("Authorization, Content-Type, Accept"),
            );
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
        }
    }
    if preflight {
        headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    response
}

fn expose(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, X-Request-Id"),
    );
}

/// Who may read an answer.
struct Allowed {
    origin: HeaderValue,
    /// Whether the page may have asked with credentials: only from an origin that is named. Where all are allowed,
    /// that would be everybody's.
    credentials: bool,
}

fn allowed(cors: Cors, request: &Request) -> Option<Allowed> {
    match cors {
        Cors::Closed => None,
        Cors::Public => Some(Allowed { origin: HeaderValue::from_static("*"), credentials: false }),
        Cors::Configured(endpoint) => {
            let origin = request.headers().get(header::ORIGIN)?;
            let incoming = request.extensions().get::<Incoming>()?;
            let configured = &incoming.provider.snapshot.settings.oidc.cors;
            let (origins, text) = (&configured.allowed_origins, origin.to_str().ok()?);
            let open = configured.endpoints.contains(&endpoint) && origins.allows(text);
            let credentials = endpoint.takes_credentials() && origins.names(text);
            open.then(|| Allowed { origin: origin.clone(), credentials })
        }
    }
}
