//! What a browser tells a relying party of where an answer comes from.

use axum::http::{HeaderMap, header};

use super::town::{OP, RP};

fn told(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// It must not tell of the provider's pages (RFC 9700 §4.2).
pub fn discreet(headers: &HeaderMap) -> Result<(), String> {
    let (provider, own) = (format!("https://{OP}/"), format!("https://{RP}/"));
    match told(headers, header::REFERER) {
        None => Ok(()),
        Some(referrer) if referrer == provider || referrer.starts_with(&own) => Ok(()),
        Some(referrer) => Err(format!("the referrer tells of {referrer}")),
    }
}

/// A form that others than the provider post, a relying party may refuse by this.
pub fn by_provider(headers: &HeaderMap) -> Result<(), String> {
    match told(headers, header::ORIGIN) {
        Some(origin) if origin == format!("https://{OP}") => Ok(()),
        origin => Err(format!("the origin of the form is {origin:?}")),
    }
}
