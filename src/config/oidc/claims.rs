//! `claims_policies` and `scopes`: which claims there are, and where they go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::attributes::Attributes;
use super::super::near::nearest;
use super::super::section::{Found, Section, shown};
use crate::model::scope_definition::{ClaimsPolicy, CustomClaim, ScopeDefinition};
use crate::protocol::Scope;

/// The claims that need no definition.
pub(super) const STANDARD_CLAIMS: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "alt_emails",
    "phone_number",
    "phone_number_verified",
    "address",
    "groups",
    "rat",
];

/// The claims that the provider itself sets.
pub(super) const RESERVED_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "client_id",
    "scope",
    "scp",
    "act",
    "may_act",
    "cnf",
    "typ",
];

/// The scopes that need no definition.
pub(super) const STANDARD_SCOPES: &[&str] = &[
    Scope::OPENID,
    Scope::PROFILE,
    Scope::EMAIL,
    Scope::ADDRESS,
    Scope::PHONE,
    Scope::GROUPS,
    Scope::OFFLINE_ACCESS,
    Scope::OFFLINE,
    Scope::AUTHELIA_BEARER_AUTHZ,
    AUTHELIA_PAM,
];

const AUTHELIA_PAM: &str = "authelia.pam";

/// Everything that clients can refer to.
pub(super) struct Claims {
    pub(super) policies: BTreeMap<String, Arc<ClaimsPolicy>>,
    pub(super) scopes: Vec<ScopeDefinition>,
    /// The claims each policy provides beyond the standard ones, those of expressions included.
    provided: BTreeMap<String, BTreeSet<String>>,
}

impl Claims {
    /// A claim of these scopes that the policy does not provide.
    pub(super) fn missing<'s>(&'s self, policy: &str, scopes: &Scope) -> Option<(&'s str, &'s str)> {
        let provided = self.provided.get(policy)?;
        self.scopes.iter().filter(|scope| scopes.contains(&scope.name)).find_map(|scope| {
            let missing = scope.claims.iter().find(|claim| !is_standard(claim) && !provided.contains(*claim));
            missing.map(|claim| (scope.name.as_str(), claim.as_str()))
        })
    }
}

fn is_standard(claim: &str) -> bool {
    STANDARD_CLAIMS.contains(&claim)
}

pub(super) fn claims(section: &Section<'_>, attributes: &Attributes) -> Claims {
    let mut claims = Claims { policies: BTreeMap::new(), scopes: Vec::new(), provided: BTreeMap::new() };
    for (name, policy) in section.named("claims_policies") {
        let (custom, provided) = custom_claims(&policy, attributes);
        let built = ClaimsPolicy {
            id_token: listed(&policy, "id_token", &provided),
            access_token: listed(&policy, "access_token", &provided),
            merge_audience: policy
                .text("id_token_audience_mode")
                .is_some_and(|m| m.text == "experimental-merged"),
            custom_claims: custom,
        };
        claims.policies.insert(name.to_owned(), Arc::new(built));
        claims.provided.insert(name.to_owned(), provided);
    }
    let custom: BTreeSet<&str> = claims.provided.values().flatten().map(String::as_str).collect();
    claims.scopes =
        section.named("scopes").iter().filter_map(|(name, scope)| definition(name, scope, &custom)).collect();
    for (name, policy) in section.named("claims_policies") {
        if let Some(provided) = claims.provided.get(name) {
            without_scope(&policy, provided, &claims.scopes);
        }
    }
    claims
}

/// A policy copies what a scope opens.
fn without_scope(policy: &Section<'_>, provided: &BTreeSet<String>, scopes: &[ScopeDefinition]) {
    for found in ["id_token", "access_token"].into_iter().flat_map(|key| policy.texts(key)) {
        let opened = scopes.iter().any(|scope| scope.claims.iter().any(|claim| claim == found.text));
        if !opened && provided.contains(found.text) && !is_standard(found.text) {
            found.warn(
                "claim_without_scope",
                format!("no scope has the claim '{}', so it is copied only where a request asks for it by `claims`", shown(found.text)),
                "name it under identity_providers.oidc.scopes.<name>.claims, and give clients that scope",
            );
        }
    }
}

fn custom_claims(policy: &Section<'_>, attributes: &Attributes) -> (Vec<CustomClaim>, BTreeSet<String>) {
    let (mut custom, mut names) = (Vec::new(), BTreeSet::new());
    for (key, claim) in policy.named("custom_claims") {
        let name = claim.text_or("name", key);
        if RESERVED_CLAIMS.contains(&name.as_str()) {
            claim.error(
                "name",
                "reserved_name",
                format!("the claim '{name}' belongs to the provider"),
                "give the claim another name",
            );
        }
        if !names.insert(name.clone()) {
            claim.error(
                "name",
                "duplicate_claim",
                format!("two claims of this policy have the name '{}'", shown(&name)),
                "give one of them another name",
            );
        }
        let attribute = claim.text_or("attribute", key);
        let Some(source) = attributes.source(&attribute) else {
            let mend = match nearest(&attribute, attributes.names()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "define it under authentication_backend.file.extra_attributes or definitions.user_attributes, or \
                         name another attribute with `attribute`"
                    .to_owned(),
            };
            claim.error(
                "attribute",
                "unknown_attribute",
                format!("there is no attribute '{}' that could give the claim's value", shown(&attribute)),
                mend,
            );
            continue;
        };
        custom.extend(source.map(|source| CustomClaim { name, source }));
    }
    (custom, names)
}

fn listed(policy: &Section<'_>, key: &str, provided: &BTreeSet<String>) -> Vec<String> {
    let mut claims = Vec::new();
    for found in policy.texts(key) {
        let claim = found.text;
        if RESERVED_CLAIMS.contains(&claim) {
            found.error(
                "reserved_name",
                format!("the claim '{claim}' is set by the provider where it belongs"),
                "take it out of the list",
            );
        } else if is_standard(claim) || provided.contains(claim) {
            claims.push(claim.to_owned());
        } else {
            unknown_claim(&found, provided.iter().map(String::as_str));
        }
    }
    claims
}

fn unknown_claim<'n>(found: &Found<'_>, custom: impl Iterator<Item = &'n str>) {
    let mend = match nearest(found.text, STANDARD_CLAIMS.iter().copied().chain(custom)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => "define it under custom_claims of a claims policy".to_owned(),
    };
    found.error("unknown_claim", format!("there is no claim '{}'", shown(found.text)), mend);
}

fn definition(name: &str, scope: &Section<'_>, custom: &BTreeSet<&str>) -> Option<ScopeDefinition> {
    // Authelia's PAM module has the administrator define its scope.
    let reserved = if name == AUTHELIA_PAM {
        None
    } else if STANDARD_SCOPES.contains(&name) {
        Some("this scope is defined already")
    } else {
        name.starts_with("authelia.")
            .then_some("names that begin with authelia. are kept for scopes of the provider")
    };
    if let Some(says) = reserved {
        scope.error("", "reserved_name", says, "give the scope another name");
        return None;
    }
    if !Scope::is_token(name) {
        scope.error(
            "",
            "bad_scope",
            "the name has a character that scopes may not have",
            "use printable ASCII without spaces, quotes and backslashes",
        );
        return None;
    }
    let mut claims = Vec::new();
    for found in scope.texts("claims") {
        if is_standard(found.text) || custom.contains(found.text) {
            claims.push(found.text.to_owned());
        } else {
            unknown_claim(&found, custom.iter().copied());
        }
    }
    Some(ScopeDefinition { name: name.to_owned(), claims })
}
