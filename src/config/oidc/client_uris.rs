//! The URIs of a client: where a browser is led back to, and where its request objects lie.

use super::super::section::Section;
use super::Context;
use super::client_grants::is_on_this_machine;
use super::uris::request_uri;
use crate::protocol::RedirectUri;

/// OpenID Connect RP-Initiated Logout 1.0 §3.1: `http` is for confidential clients, and for apps on the same machine.
pub(super) fn post_logout_redirect_uris(section: &Section<'_>, public: bool) -> Vec<RedirectUri> {
    const OPTION: &str = "post_logout_redirect_uris";
    for found in section.texts(OPTION) {
        match RedirectUri::new(found.text) {
            Ok(uri) if uri.is_out_of_band() => found.error(
                "bad_redirect_uri",
                "a browser cannot be led to it",
                "write the address of a page of the app, as https://app.example.com/signed-out",
            ),
            Ok(uri) if public && found.text.starts_with("http:") && !is_on_this_machine(&uri) => found.error(
                "bad_redirect_uri",
                "a public client may only use http on this machine (RP-Initiated Logout 1.0 section 3.1)",
                "write https, or make the client confidential",
            ),
            _ => {}
        }
    }
    redirect_uris(section, OPTION, true)
}

pub(super) fn redirect_uris(section: &Section<'_>, option: &str, public: bool) -> Vec<RedirectUri> {
    let mut uris: Vec<RedirectUri> = Vec::new();
    for found in section.texts(option) {
        match RedirectUri::new(found.text) {
            Ok(uri) if uri.is_out_of_band() && !public => found.error(
                "bad_redirect_uri",
                "only a public client may show the code for copying",
                "write a redirect URI of the app, or make the client public",
            ),
            Ok(uri) if uris.contains(&uri) => {
                found.warn("duplicate", "the redirect URI stands twice", "take one of the two out");
            }
            Ok(uri) => uris.push(uri),
            Err(problem) => {
                found.refuse(
                    "bad_redirect_uri",
                    problem,
                    "write the whole URI, as https://app.example.com/callback",
                );
            }
        }
    }
    uris
}

/// Where the client's request objects may lie, as `request_uri` must name them.
pub(super) fn request_uris(section: &Section<'_>, context: &Context) -> Vec<String> {
    let mut uris: Vec<String> = Vec::new();
    for found in section.texts("request_uris") {
        if uris.iter().any(|uri| uri == found.text) {
            found.error("duplicate", "the request URI stands twice", "take one of the two out");
        }
        uris.push(found.text.to_owned());
        request_uri(&found, context);
    }
    uris
}
