//! URIs that Signet would fetch something from.

use url::Url;

use super::super::section::Found;
use super::Context;

/// How long a SHA-256 is in base64url.
const HASH: usize = 43;

/// The absolute https URI of a text, without a user and a fragment; tells when it is none. One of http is taken where
/// `outbound.allowed_networks` names a network; nothing else is fetched by it.
pub(super) fn fetched(found: &Found<'_>, context: &Context) -> Option<Url> {
    judged(found, found.text, context)
}

/// Tells the same of a request URI, whose fragment may be the hash of what lies there (OpenID Connect Core 1.0 §6.2).
pub(super) fn request_uri(found: &Found<'_>, context: &Context) {
    let (uri, hash) = found.text.split_once('#').map_or((found.text, None), |(uri, hash)| (uri, Some(hash)));
    if hash.is_none_or(is_hash) {
        judged(found, uri, context);
        return;
    }
    found.error(
        "bad_uri",
        "the fragment of the URI is not the SHA-256 of what lies there, in base64url (OpenID Connect Core 1.0 section 6.2)",
        "take away the # and what follows it, or write the hash",
    );
}

fn is_hash(text: &str) -> bool {
    text.len() == HASH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn judged(found: &Found<'_>, uri: &str, context: &Context) -> Option<Url> {
    let (says, mend) = match Url::parse(uri) {
        Ok(uri) if !(uri.scheme() == "https" || (uri.scheme() == "http" && context.fetches_inside)) => (
            "what is fetched from the URI could be changed on its way, since it is not https",
            "write an https:// URI",
        ),
        Ok(uri) if !uri.username().is_empty() || uri.password().is_some() => {
            ("the URI has a user or password before its host", "take away everything up to the @")
        }
        Ok(uri) if uri.fragment().is_some() => {
            ("the URI has a fragment, which no server gets to see", "take away the # and what follows it")
        }
        Ok(uri) => return Some(uri),
        Err(url::ParseError::RelativeUrlWithoutBase) => (
            "the value is not absolute: it has no scheme",
            "write the whole URI, as https://app.example.com/file.json",
        ),
        Err(_) => ("the value is no URI", "write the whole URI, as https://app.example.com/file.json"),
    };
    found.error("bad_uri", says, mend);
    None
}
