//! URIs that Signet would fetch something from.

use url::Url;

use super::super::section::Found;
use super::Context;

/// The absolute https URI of a text, without a user and a fragment; tells when it is none. One of http is taken where
/// `outbound.allowed_networks` names a network; nothing else is fetched by it.
pub(super) fn fetched(found: &Found<'_>, context: &Context) -> Option<Url> {
    let (says, mend) = match Url::parse(found.text) {
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
