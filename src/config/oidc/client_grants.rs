//! What a client may ask for: grant types, response types and response modes.

use super::super::section::{Found, Section};
use crate::protocol::{GrantType, RedirectUri, ResponseMode, ResponseType};

/// What a client may ask for.
pub(super) struct Grants {
    pub(super) grant_types: Vec<GrantType>,
    pub(super) response_types: Vec<ResponseType>,
    pub(super) response_modes: Vec<ResponseMode>,
    /// Whether it never comes to the token endpoint by its registration.
    pub(super) implicit_only: bool,
    /// Whether it acts for itself.
    pub(super) client_credentials: bool,
}

pub(super) fn grants(section: &Section<'_>, public: bool) -> Grants {
    let asked = section.texts("grant_types");
    let types = section.texts("response_types");
    let names = |name: &str| asked.iter().any(|found| found.text == name);
    let client_credentials = names("client_credentials");
    let of_people = asked.is_empty() || names("authorization_code") || names("implicit");
    let response_types = response_types(&types, of_people);
    let has_code = types.is_empty() || response_types.iter().any(|each| each.has_code());

    let mut grant_types: Vec<GrantType> = Vec::new();
    if asked.is_empty() {
        // The grants that belong to its response types (OpenID Connect Dynamic Client Registration 1.0 §2).
        let of_types = response_types.iter().flat_map(|each| each.grant_types()).copied();
        grant_types
            .extend(GrantType::ALL.iter().copied().filter(|each| of_types.clone().any(|of| of == *each)));
    }
    for found in &asked {
        match GrantType::parse(found.text) {
            Some(GrantType::ClientCredentials) if public => found.error(
                "bad_grant",
                "a public client cannot prove who it is, so it cannot have the grant client_credentials",
                "take the grant out, or make the client confidential",
            ),
            Some(grant) if grant_types.contains(&grant) => {
                found.warn("duplicate", "the grant type stands twice", "take one of the two out");
            }
            Some(grant) => grant_types.push(grant),
            None => {}
        }
    }
    mismatch(section, &asked, &response_types, has_code);
    if names("authorization_code") || names("implicit") {
        lacking(&types, &grant_types);
    }
    Grants {
        response_modes: response_modes(section, &response_types),
        implicit_only: !response_types.is_empty() && !has_code && !client_credentials,
        grant_types,
        response_types,
        client_credentials,
    }
}

/// OpenID Connect Core 1.0 §3.2.2.1: what holds tokens goes over https, or to an app on the same machine.
pub(super) fn readable_tokens(section: &Section<'_>, types: &[ResponseType]) {
    if !types.iter().any(|each| each.has_front_channel_token()) {
        return;
    }
    for found in section.texts("redirect_uris") {
        let Ok(uri) = RedirectUri::new(found.text) else { continue };
        let readable = uri.origin().is_some_and(|origin| origin.starts_with("http://"));
        if readable && !is_on_this_machine(&uri) {
            found.warn(
                "readable_tokens",
                "tokens in the answer would go over http, where everyone on the way can read them (OpenID Connect Core 1.0 section 3.2.2.1)",
                "write https, or code alone as response type",
            );
        }
    }
}

/// Whether a URI leads to the machine that the browser runs on.
pub(super) fn is_on_this_machine(uri: &RedirectUri) -> bool {
    matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"))
}

fn response_types(asked: &[Found<'_>], of_people: bool) -> Vec<ResponseType> {
    if asked.is_empty() {
        return if of_people { vec![ResponseType::Code] } else { Vec::new() };
    }
    let mut types: Vec<ResponseType> = Vec::new();
    for found in asked {
        match ResponseType::parse(found.text) {
            Some(served) if types.contains(&served) => {
                found.warn("duplicate", "the response type stands twice", "take one of the two out");
            }
            Some(served) => types.push(served),
            None => found.warn(
                "unknown_response_type",
                "there is no such response type",
                "write code, which every app of today uses",
            ),
        }
    }
    types
}

fn response_modes(section: &Section<'_>, types: &[ResponseType]) -> Vec<ResponseMode> {
    let asked = section.texts("response_modes");
    let front_channel = types.iter().any(|each| each.has_front_channel_token());
    let others = types.is_empty() || types.iter().any(|each| !each.has_front_channel_token());
    if asked.is_empty() {
        let mut modes = vec![ResponseMode::FormPost];
        modes.extend(others.then_some(ResponseMode::Query));
        modes.extend(front_channel.then_some(ResponseMode::Fragment));
        return modes;
    }
    let mut modes: Vec<ResponseMode> = Vec::new();
    if front_channel && asked.iter().all(|found| found.text == "query") {
        section.warn(
            "response_modes",
            "no_response_mode",
            "a token never travels in a query, so what carries one is answered in the fragment",
            "add fragment or form_post to response_modes",
        );
    }
    for found in &asked {
        match ResponseMode::parse(found.text) {
            Some(mode) if modes.contains(&mode) => {
                found.warn("duplicate", "the response mode stands twice", "take one of the two out");
            }
            Some(mode) => modes.push(mode),
            None => {}
        }
    }
    modes
}

/// A grant needs its response type.
fn mismatch(section: &Section<'_>, grants: &[Found<'_>], types: &[ResponseType], has_code: bool) {
    if grants.is_empty() || section.lacks_items("response_types") {
        return;
    }
    let has_grant = |name: &str| grants.iter().any(|found| found.text == name);
    let has_token = types.iter().any(|each| each.has_front_channel_token());
    let (missing, mend) = if has_grant("authorization_code") && !has_code {
        (
            "the grant authorization_code is of no use: no response type names code",
            "add code to response_types, or take authorization_code out",
        )
    } else if has_grant("implicit") && !has_token {
        (
            "the grant implicit is of no use: no response type names id_token or token",
            "take implicit out, which no app of today needs",
        )
    } else {
        return;
    };
    section.warn("grant_types", "grant_mismatch", missing, mend);
}

/// A response type needs its grants: without them its requests are refused.
fn lacking(types: &[Found<'_>], grant_types: &[GrantType]) {
    for found in types {
        let needed = ResponseType::parse(found.text).map_or(&[][..], ResponseType::needed_grant_types);
        if let Some(missing) = needed.iter().find(|needed| !grant_types.contains(needed)) {
            found.warn(
                "grant_mismatch",
                format!("the response type '{}' is refused: grant_types does not name {missing}", found.text),
                format!("add {missing} to grant_types, or take the response type out"),
            );
        }
    }
}
