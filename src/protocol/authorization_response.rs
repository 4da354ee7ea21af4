//! The authorization response: parameters joined to a redirect URI.

use url::form_urlencoded;

/// Adds parameters to the query of `uri`, keeping what it has byte for byte (RFC 6749 §3.1.2, §4.1.2, Appendix B).
#[must_use]
pub fn append_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return uri.to_owned();
    }
    let (base, fragment) = match uri.split_once('#') {
        Some((base, fragment)) => (base, Some(fragment)),
        None => (uri, None),
    };
    let separator = match base.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let mut joined = format!("{base}{separator}{}", encode(pairs));
    if let Some(fragment) = fragment {
        joined.push('#');
        joined.push_str(fragment);
    }
    joined
}

/// Adds parameters to the fragment of `uri` (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
#[must_use]
pub fn append_fragment(uri: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return uri.to_owned();
    }
    let separator = match uri.split_once('#') {
        None => "#",
        Some((_, fragment)) if fragment.is_empty() || fragment.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encode(pairs))
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
