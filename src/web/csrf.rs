//! Forms come from our own pages: a token bound to browser, form and sign-in, and the browser's own word.

use axum::http::{HeaderMap, header};

use crate::model::issuer::Issuer;
use crate::secrets::compare::equal;
use crate::secrets::handle::HandleKey;

/// What a form's token is bound to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    /// The value of the browser cookie.
    pub browser: &'a str,
    /// The page, and the pending authorization if there is one.
    pub form: &'a str,
    /// The sign-in; empty where the form outlives a change of it.
    pub session: &'a str,
}

impl Binding<'_> {
    /// The token of the form.
    pub(super) fn token(&self, key: &HandleKey) -> String {
        key.mac("csrf", &[self.browser.as_bytes(), self.form.as_bytes(), self.session.as_bytes()])
    }

    /// Whether a posted token is the form's.
    pub(super) fn matches(&self, key: &HandleKey, posted: Option<&str>) -> bool {
        posted.is_some_and(|posted| equal(posted.as_bytes(), self.token(key).as_bytes()))
    }
}

/// Whether the browser says that a form post comes from this issuer: `Origin` equals it, or is absent while
/// `Sec-Fetch-Site` does not speak against it. `Origin: null` does.
pub(super) fn is_same_origin(headers: &HeaderMap, issuer: &Issuer) -> bool {
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| origin == issuer.origin()),
        None => headers
            .get("sec-fetch-site")
            .is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_issuer_is_the_same_origin() {
        let issuer = Issuer::parse("https://op.test/base").unwrap();
        let judge = |pairs: &[(&'static str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
                .collect();
            is_same_origin(&headers, &issuer)
        };
        assert!(judge(&[("origin", "https://op.test")]));
        assert!(judge(&[("sec-fetch-site", "same-origin")]));
        assert!(judge(&[("sec-fetch-site", "none")]));
        assert!(judge(&[]));
        assert!(!judge(&[("origin", "null")]));
        assert!(!judge(&[("origin", "http://op.test")]));
        assert!(!judge(&[("origin", "https://op.test.evil")]));
        assert!(!judge(&[("origin", "https://evil"), ("sec-fetch-site", "same-origin")]));
        assert!(!judge(&[("sec-fetch-site", "cross-site")]));
        assert!(!judge(&[("sec-fetch-site", "same-site")]));
    }
}
