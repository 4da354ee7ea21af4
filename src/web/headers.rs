//! Headers that every answer carries.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

/// Content-Security-Policy of a page. Its forms go to this issuer only.
pub(super) const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Content-Security-Policy of the pages of a pending authorization: without `form-action`, since browsers apply
/// it to every redirect that follows the form, the relying party's own included.
pub(super) const FLOW_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/// Content-Security-Policy of everything that is no page.
const BARE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// No page needs any of what a browser can be asked for.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), sync-xhr=(), usb=(), xr-spatial-tracking=()";

/// Adds what is not there yet.
pub(super) fn secure(response: &mut Response, https: bool) {
    let headers = response.headers_mut();
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    put(headers, header::CONTENT_SECURITY_POLICY, BARE_POLICY);
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(headers, header::CACHE_CONTROL, "no-store");
    put(headers, header::X_DNS_PREFETCH_CONTROL, "off");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-site");
    put(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if https {
        put(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert_with(|| HeaderValue::from_static(value));
}
