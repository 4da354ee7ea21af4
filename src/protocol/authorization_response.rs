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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Parameters;

    const ANSWER: &[(&str, &str)] = &[("code", "a b"), ("state", "x&y=%20#+é"), ("iss", "https://op.test")];
    const ENCODED: &str = "code=a+b&state=x%26y%3D%2520%23%2B%C3%A9&iss=https%3A%2F%2Fop.test";

    #[test]
    fn the_query_of_the_client_stays_byte_for_byte() {
        for (uri, joined) in [
            ("https://rp.test/cb", format!("https://rp.test/cb?{ENCODED}")),
            ("https://rp.test", format!("https://rp.test?{ENCODED}")),
            ("https://rp.test/cb?", format!("https://rp.test/cb?{ENCODED}")),
            ("https://rp.test/cb?a=%7e+b", format!("https://rp.test/cb?a=%7e+b&{ENCODED}")),
            ("https://rp.test/cb?a&", format!("https://rp.test/cb?a&{ENCODED}")),
            ("app.immich:///oauth-callback", format!("app.immich:///oauth-callback?{ENCODED}")),
            ("https://rp.test/cb#f", format!("https://rp.test/cb?{ENCODED}#f")),
        ] {
            assert_eq!(append_query(uri, ANSWER), joined);
        }
    }

    #[test]
    fn a_fragment_follows_the_query() {
        assert_eq!(
            append_fragment("https://rp.test/cb?a=1", ANSWER),
            format!("https://rp.test/cb?a=1#{ENCODED}")
        );
        assert_eq!(append_fragment("https://rp.test/cb#", ANSWER), format!("https://rp.test/cb#{ENCODED}"));
        assert_eq!(
            append_fragment("https://rp.test/cb#a", ANSWER),
            format!("https://rp.test/cb#a&{ENCODED}")
        );
    }

    #[test]
    fn nothing_to_add_changes_nothing() {
        assert_eq!(append_query("https://rp.test/cb?", &[]), "https://rp.test/cb?");
        assert_eq!(append_fragment("https://rp.test/cb", &[]), "https://rp.test/cb");
    }

    proptest! {
        #[test]
        fn the_client_reads_what_was_written(state in "[^\0]{1,40}", description in "[^\0]{1,40}") {
            let pairs = [("state", state.as_str()), ("error_description", description.as_str())];
            let query = append_query("https://rp.test/cb", &pairs);
            let read = Parameters::parse(query.split_once('?').unwrap().1.as_bytes()).unwrap();
            prop_assert_eq!(read.pairs().collect::<Vec<_>>(), pairs);
            prop_assert!(query.bytes().all(|byte| byte.is_ascii_graphic()), "a Location header takes it");
            let fragment = append_fragment("https://rp.test/cb", &pairs);
            prop_assert_eq!(fragment.split_once('#').unwrap().1, query.split_once('?').unwrap().1);
        }
    }
}
