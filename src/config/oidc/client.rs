//! One registered client.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::duration::Span;
use super::super::near::nearest;
use super::super::section::{Found, Section, shown};
use super::Context;
use super::claims::STANDARD_SCOPES;
use super::client_answers::{Means, sealings};
use super::client_auth::authentication;
use super::client_encryption::request_object_encryption;
use super::client_grants::{Grants, grants, readable_tokens};
use super::client_keys::client_keys;
use super::client_uris::{post_logout_redirect_uris, redirect_uris, request_uris};
use super::machine::{machine, refuse_borrowed};
use super::policies::of_level;
use super::uris::fetched;
use crate::model::authentication::Level;
use crate::model::client::{Client, RequestObjectAlgorithm};
use crate::model::consent::ConsentMode;
use crate::model::policy::AuthorizationPolicy;
use crate::protocol::{CodeChallengeMethod, GrantType, Scope};
use crate::settings::EnforcePkce;
use crate::yaml::Location;

const WEEK: Span = Span::of_seconds(7 * 86_400);
const DEFAULT_SCOPES: [&str; 4] = [Scope::OPENID, Scope::GROUPS, Scope::PROFILE, Scope::EMAIL];

pub(super) fn clients(section: &Section<'_>, context: &Context) -> Vec<Arc<Client>> {
    let sections = section.list("clients");
    if section.lacks_items("clients") {
        section.error(
            "clients",
            "missing",
            "at least one client is needed",
            "register an app with `client_id`, `client_secret` and `redirect_uris`",
        );
    }
    let ids = sections.iter().filter_map(|section| Some((section, section.text("client_id")?.text)));
    refuse_borrowed(ids);
    let mut places: BTreeMap<&str, &Location> = BTreeMap::new();
    let mut clients = Vec::new();
    for section in &sections {
        let id = client_id(section);
        if let Some(id) = &id {
            match places.get(id.text) {
                Some(first) => id.error(
                    "duplicate_client",
                    format!("another client has this client_id, at {first}"),
                    "give one of them another client_id, or take it out",
                ),
                None => {
                    places.insert(id.text, id.at);
                }
            }
        }
        if let Some(client) = one(section, id, context) {
            clients.push(Arc::new(client));
        }
    }
    clients
}

fn client_id<'a>(section: &Section<'a>) -> Option<Found<'a>> {
    // Under its old name it is told already.
    if section.has("id") && !section.has("client_id") {
        return None;
    }
    let id = section.required("client_id", "write the name the app calls itself by")?;
    if id.text.chars().count() > 100 {
        id.error("bad_client_id", "the client_id has more than 100 characters", "shorten it");
    } else if !id.text.chars().all(|c| c.is_ascii_alphanumeric() || "._~-".contains(c)) {
        id.error(
            "bad_client_id",
            "the client_id has a character that is not allowed",
            "use letters, digits and . _ ~ - (RFC 3986 §2.3)",
        );
    }
    Some(id)
}

fn one(section: &Section<'_>, id: Option<Found<'_>>, context: &Context) -> Option<Client> {
    let public = section.flag("public");
    let redirect_uris = redirect_uris(section, "redirect_uris", public);
    let post_logout_redirect_uris = post_logout_redirect_uris(section, public);
    let Grants { grant_types, response_types, response_modes, implicit_only, client_credentials } =
        grants(section, public);
    readable_tokens(section, &response_types);
    let keys = client_keys(section, context);
    let authentication = authentication(section, public, implicit_only, &keys);
    let scopes = scopes(section, context, client_credentials, &grant_types);
    let policy = policy(section, context, client_credentials);
    let lifespans = match section.text("lifespan") {
        Some(found) => {
            let custom = &context.lifespans.custom;
            found.named(
                "unknown_lifespan",
                "lifespan",
                "identity_providers.oidc.lifespans.custom",
                custom.iter().map(|(name, value)| (name.as_str(), *value)),
            )
        }
        None => Some(context.lifespans.global),
    };
    let claims_policy = claims_policy(section, context, &scopes);
    let means = Means {
        keys: &keys,
        secret: authentication.as_ref().and_then(|it| it.secret.as_deref()),
        mac_keys: authentication.as_ref().and_then(|it| it.mac_keys.as_deref()),
    };
    let sealings = sealings(section, &means, context);
    let request_object_encryption = request_object_encryption(section, context.keys.as_deref());
    let sector_identifier_uri =
        section.text("sector_identifier_uri").and_then(|found| fetched(&found, context));
    let request_uris = request_uris(section, context);
    let consent_mode = consent_mode(section);
    let pkce_challenge_method = challenge_method(section, context);
    let audience = audiences(section, "audience");
    let introspect_audiences = audiences(section, "introspect_audiences");
    if section.flag("introspect_any") && public {
        section.error(
            "introspect_any",
            "bad_value",
            "a public client cannot prove who it is, so everyone could read every token",
            "take the option out, or make the client confidential",
        );
    }
    let (id, authentication) = (id?, authentication?);
    let machine = machine(section, id.text, client_credentials);
    Some(Client {
        client_id: id.text.to_owned(),
        client_name: section.text_or("client_name", id.text),
        client_secret: authentication.secret,
        mac_keys: authentication.mac_keys,
        keys: keys.keys,
        public,
        redirect_uris,
        post_logout_redirect_uris,
        sector_identifier_uri,
        audience,
        audience_by_default: section.text_or("requested_audience_mode", "explicit") == "implicit",
        scopes,
        grant_types,
        response_types,
        response_modes,
        authorization_policy: policy?,
        consent_mode,
        lifespans: lifespans?,
        claims_policy: claims_policy?,
        require_pushed_authorization_requests: section.flag("require_pushed_authorization_requests")
            || context.require_pushed,
        request_uris,
        request_object_signing_alg: section
            .text("request_object_signing_alg")
            .and_then(|found| RequestObjectAlgorithm::parse(found.text)),
        request_object_encryption,
        require_pkce: section.flag("require_pkce")
            || pkce_challenge_method.is_some()
            || context.enforce_pkce == EnforcePkce::Always
            || (context.enforce_pkce == EnforcePkce::PublicClientsOnly && public),
        pkce_challenge_method,
        sealings: sealings?,
        auth_methods: authentication.methods,
        assertion_for_issuer_only: section.has("token_endpoint_auth_jwt_audience"),
        allow_multiple_auth_methods: section.flag("allow_multiple_auth_methods"),
        introspect_audiences,
        introspect_any: section.flag("introspect_any"),
        machine,
        origin: id.origin(),
    })
}

fn scopes(
    section: &Section<'_>,
    context: &Context,
    client_credentials: bool,
    grant_types: &[GrantType],
) -> Scope {
    let found = section.texts("scopes");
    let by_default = section.lacks_items("scopes") && !client_credentials;
    let mut scopes: Scope = if by_default { DEFAULT_SCOPES.into_iter().collect() } else { Scope::new() };
    for found in &found {
        let name = found.text;
        if !Scope::is_token(name) {
            let mend = if name.contains(char::is_whitespace) {
                "write each scope as an item of its own: ['openid', 'profile']"
            } else {
                "use printable ASCII without quotes and backslashes"
            };
            found.error("bad_scope", "the value is no scope", mend);
            continue;
        }
        let custom = || context.claims.scopes.iter().map(|scope| scope.name.as_str());
        let known = STANDARD_SCOPES.contains(&name) || custom().any(|known| known == name);
        if client_credentials && matches!(name, Scope::OPENID | Scope::OFFLINE_ACCESS | Scope::OFFLINE) {
            found.error(
                "bad_scope",
                format!("with the grant client_credentials there is no person, so the scope '{name}' means nothing"),
                "take the scope out",
            );
        } else if custom().any(|known| known == name) {
            // Defined in this file.
        } else if name.starts_with("authelia.") && known {
            found.warn(
                "not_in_this_version",
                format!("the scope '{name}' is granted, but this version gives it no meaning"),
                "nothing needs to be done; take it out to silence this warning",
            );
        } else if known || client_credentials {
            // What a program names for itself is between it and the APIs it calls.
        } else if name.starts_with("authelia.") {
            found.warn(
                "unknown_scope",
                format!(
                    "the scope '{}' is not known; names that begin with authelia. cannot be defined",
                    shown(name)
                ),
                "take the scope out, or define one of another name under identity_providers.oidc.scopes",
            );
        } else {
            let mend = match nearest(name, STANDARD_SCOPES.iter().copied().chain(custom())) {
                _ if name.contains(',') => {
                    "write each scope as an item of its own: ['openid', 'profile']".to_owned()
                }
                Some(near) => {
                    format!("did you mean '{near}'? Or define it under identity_providers.oidc.scopes")
                }
                None => "define it under identity_providers.oidc.scopes".to_owned(),
            };
            found.warn("unknown_scope", format!("the scope '{}' is not defined", shown(name)), mend);
        }
        if !scopes.insert(name) {
            found.warn("duplicate", "the scope stands twice", "take one of the two out");
        }
    }
    if grant_types.contains(&GrantType::RefreshToken) && !scopes.contains_offline_access() {
        section.warn(
            "grant_types",
            "useless_grant",
            "without the scope offline_access the client never gets a refresh token",
            "add offline_access to scopes, or take refresh_token out",
        );
    }
    scopes
}

fn policy(
    section: &Section<'_>,
    context: &Context,
    client_credentials: bool,
) -> Option<Arc<AuthorizationPolicy>> {
    let origin = section.origin("authorization_policy");
    let Some(found) = section.text("authorization_policy") else {
        let level = if client_credentials { Level::OneFactor } else { Level::TwoFactor };
        return Some(of_level(level, origin));
    };
    if client_credentials && found.text != "one_factor" {
        found.error(
            "bad_policy",
            "with the grant client_credentials there is no person, so the policy must be one_factor",
            "write one_factor, or take the option out",
        );
        return None;
    }
    if found.text == "deny" {
        found.error(
            "unknown_policy",
            "a client cannot have the policy 'deny': nobody could use it",
            "write one_factor, two_factor or a policy of authorization_policies, or take the client out",
        );
        return None;
    }
    let built_in = [("one_factor", Level::OneFactor), ("two_factor", Level::TwoFactor)];
    let built_in = built_in.into_iter().map(|(name, level)| (name, of_level(level, origin.clone())));
    let defined = context.policies.iter().map(|(name, policy)| (name.as_str(), Arc::clone(policy)));
    let place = "identity_providers.oidc.authorization_policies";
    found.named("unknown_policy", "authorization policy", place, built_in.chain(defined))
}

fn claims_policy(
    section: &Section<'_>,
    context: &Context,
    scopes: &Scope,
) -> Option<Arc<crate::model::scope_definition::ClaimsPolicy>> {
    let Some(found) = section.text("claims_policy") else { return Some(Arc::default()) };
    if let Some((scope, claim)) = context.claims.missing(found.text, scopes) {
        found.error(
            "missing_claim",
            format!("the scope '{scope}' needs the claim '{claim}', which the policy does not provide"),
            format!("add '{claim}' to custom_claims of the policy, or take the scope out"),
        );
    }
    let policies = context.claims.policies.iter().map(|(name, policy)| (name.as_str(), Arc::clone(policy)));
    found.named("unknown_claims_policy", "claims policy", "identity_providers.oidc.claims_policies", policies)
}

fn consent_mode(section: &Section<'_>) -> ConsentMode {
    let duration = section.time_if("pre_configured_consent_duration");
    match section.text_or("consent_mode", "auto").as_str() {
        "implicit" => ConsentMode::Implicit,
        "pre-configured" => ConsentMode::PreConfigured { duration: duration.unwrap_or(WEEK).seconds() },
        "explicit" => ConsentMode::Explicit,
        _ => match duration {
            Some(duration) => ConsentMode::PreConfigured { duration: duration.seconds() },
            None => ConsentMode::Explicit,
        },
    }
}

fn challenge_method(section: &Section<'_>, context: &Context) -> Option<CodeChallengeMethod> {
    let found = section.text("pkce_challenge_method")?;
    let method = CodeChallengeMethod::parse(found.text);
    if method == Some(CodeChallengeMethod::Plain) && !context.plain_challenge {
        found.warn(
            "plain_not_enabled",
            "the client may only use the challenge method plain, which is not enabled",
            "write S256, or set enable_pkce_plain_challenge",
        );
    }
    method
}

fn audiences(section: &Section<'_>, key: &str) -> Vec<String> {
    let mut audience: Vec<String> = Vec::new();
    for found in section.texts(key) {
        if found.text.is_empty() || found.text.contains(char::is_whitespace) {
            found.error(
                "bad_audience",
                "an audience is a text without spaces",
                "write each audience as an item of its own, for example https://api.example.com",
            );
        } else if !audience.iter().any(|have| have == found.text) {
            audience.push(found.text.to_owned());
        }
    }
    audience
}
