//! `identity_providers.oidc`: the provider and its clients.

mod claims;
mod client;
mod client_answers;
mod client_auth;
mod client_encryption;
mod client_grants;
mod client_keys;
mod client_secret;
mod client_uris;
mod cors;
mod encryption_keys;
mod keys;
mod lifespans;
mod machine;
mod outbound;
mod policies;
mod uris;

use std::sync::Arc;

use secrecy::SecretString;

use super::attributes::Attributes;
use super::definitions::Networks;
use super::duration::Span;
use super::section::Section;
use crate::clock::{NumericDate, Seconds};
use crate::settings::{EnforcePkce, Oidc};

const HMAC_SECRET_LENGTH: usize = 32;
const ENTROPY: usize = 8;
/// Seconds.
const JWT_SECURED_AUTHORIZATION: Seconds = 300;

/// What clients refer to.
struct Context {
    enforce_pkce: EnforcePkce,
    plain_challenge: bool,
    require_pushed: bool,
    keys: Option<Arc<crate::jose::KeySet>>,
    now: NumericDate,
    policies: policies::Policies,
    lifespans: lifespans::LifespansByName,
    claims: claims::Claims,
    /// Whether a network is named that is fetched from without TLS.
    fetches_inside: bool,
}

pub(super) fn oidc(
    root: &Section<'_>,
    networks: &Networks,
    attributes: &Attributes,
    now: NumericDate,
) -> Option<Oidc> {
    let section = root.section("identity_providers").section("oidc");
    let hmac_secret = hmac_secret(&section);
    let keys = keys::keys(&section, now).map(Arc::new);
    let metadata_signing = keys::signed_metadata(&section, keys.as_deref());
    let enforce_pkce = match section.text_or("enforce_pkce", "public_clients_only").as_str() {
        "never" => EnforcePkce::Never,
        "always" => EnforcePkce::Always,
        _ => EnforcePkce::PublicClientsOnly,
    };
    let outbound = outbound::outbound(&section, networks);
    let context = Context {
        enforce_pkce,
        plain_challenge: section.flag("enable_pkce_plain_challenge"),
        require_pushed: section.flag("require_pushed_authorization_requests"),
        keys: keys.clone(),
        now,
        policies: policies::policies(&section, networks),
        lifespans: lifespans::LifespansByName::read(&section),
        claims: claims::claims(&section, attributes),
        fetches_inside: !outbound.allowed_networks.is_empty(),
    };
    let clients = client::clients(&section, &context);
    let cors = cors::cors(&section, &clients);
    let minimum_parameter_entropy = entropy(&section);
    Some(Oidc {
        hmac_secret: hmac_secret?,
        keys: keys?,
        metadata_signing: metadata_signing?,
        clients,
        scopes: context.claims.scopes,
        minimum_parameter_entropy,
        enforce_pkce,
        enable_pkce_plain_challenge: context.plain_challenge,
        require_pushed_authorization_requests: context.require_pushed,
        jwt_secured_authorization: section
            .section("lifespans")
            .time_if("jwt_secured_authorization")
            .map_or(JWT_SECURED_AUTHORIZATION, Span::seconds),
        enable_client_debug_messages: section.flag("enable_client_debug_messages"),
        enable_jwt_access_token_stateless_introspection: stateless_introspection(&section),
        cors,
        outbound,
    })
}

fn hmac_secret(section: &Section<'_>) -> Option<SecretString> {
    let mend = "write a random text of at least 32 characters, for example from `signet crypto rand`";
    let found = section.text("hmac_secret");
    let Some(found) = found else {
        if section.raw("hmac_secret").is_none_or(crate::yaml::Node::is_absent) {
            let says = if section.raw("hmac_secret").is_some() {
                "the secret is empty"
            } else {
                "the option is required"
            };
            section.error("hmac_secret", "missing", says, mend);
        }
        return None;
    };
    let length = found.text.chars().count();
    if found.is_blank() {
        found.error("missing", "the secret is blank", mend);
    } else if length < HMAC_SECRET_LENGTH {
        let says =
            format!("the secret has {length} characters; at least {HMAC_SECRET_LENGTH} are hard to guess");
        found.warn("too_short", says, mend);
    }
    Some(SecretString::from(found.text))
}

fn stateless_introspection(section: &Section<'_>) -> bool {
    const OPTION: &str = "enable_jwt_access_token_stateless_introspection";
    let enabled = section.flag(OPTION);
    if enabled {
        section.warn(
            OPTION,
            "unsafe",
            "a JWT access token stays active at introspection until it expires, though it was revoked, or its person \
             signed out, is disabled or is denied by now",
            "take the option out",
        );
    }
    enabled
}

/// `minimum_parameter_entropy`: -1 turns the check off, 0 and other negative numbers mean the default.
fn entropy(section: &Section<'_>) -> Option<usize> {
    let number: i64 = section.whole("minimum_parameter_entropy", 8);
    match number {
        -1 => {
            section.warn(
                "minimum_parameter_entropy",
                "unsafe",
                "state and nonce are accepted however short, so they can be guessed",
                "take the option out",
            );
            None
        }
        ..=0 => Some(ENTROPY),
        1..8 => {
            section.warn(
                "minimum_parameter_entropy",
                "unsafe",
                "state and nonce shorter than 8 characters are easy to guess",
                "write 8 or more",
            );
            usize::try_from(number).ok()
        }
        _ => usize::try_from(number).ok(),
    }
}
