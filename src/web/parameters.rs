//! Query and form of a request as parameters.

use axum::http::{HeaderMap, Uri, header};

use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;

/// The parameters of a query.
pub(super) fn of_query(uri: &Uri) -> Result<Parameters, OAuthError> {
    Ok(Parameters::parse(uri.query().unwrap_or_default().as_bytes())?)
}

/// The parameters of a form body (application/x-www-form-urlencoded).
pub(super) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, OAuthError> {
    if !is_form(headers) {
        return Err(OAuthError::invalid_request(
            "The body must be a form: Content-Type application/x-www-form-urlencoded.",
        ));
    }
    Ok(Parameters::parse(body)?)
}

/// Whether the body says it is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// The `Authorization` header; two of them are as good as a broken one.
pub(super) fn authorization(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().unwrap_or("unreadable")),
        (Some(_), Some(_)) => Some("two headers"),
    }
}
