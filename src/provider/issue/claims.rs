//! Claims about a person, from what the directory knows (OpenID Connect Core 1.0 §5.1).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Person;
use crate::expression::Failure;
use crate::model::attributes::{self, ClaimSource, address, phone_number};
use crate::model::client::Client;
use crate::model::scope_definition::{CustomClaim, ScopeDefinition};
use crate::model::user::User;
use crate::protocol::claims_request::RequestedClaim;
use crate::protocol::scope::Scope;

/// When the authorization was asked for, as Authelia's relying parties know it. Userinfo always tells it; a token does when
/// the claims policy or the request asks for it there.
pub(in crate::provider) const REQUESTED_AT: &str = "rat";

/// The standard claims and the scope that asks for each (OpenID Connect Core 1.0 §5.4).
pub const STANDARD: &[(&str, &str)] = &[
    (Scope::OPENID, REQUESTED_AT),
    (Scope::PROFILE, "name"),
    (Scope::PROFILE, "given_name"),
    (Scope::PROFILE, "family_name"),
    (Scope::PROFILE, "middle_name"),
    (Scope::PROFILE, "nickname"),
    (Scope::PROFILE, "preferred_username"),
    (Scope::PROFILE, "profile"),
    (Scope::PROFILE, "picture"),
    (Scope::PROFILE, "website"),
    (Scope::PROFILE, "gender"),
    (Scope::PROFILE, "birthdate"),
    (Scope::PROFILE, "zoneinfo"),
    (Scope::PROFILE, "locale"),
    (Scope::PROFILE, "updated_at"),
    (Scope::EMAIL, "email"),
    (Scope::EMAIL, "email_verified"),
    (Scope::EMAIL, "alt_emails"),
    (Scope::ADDRESS, "address"),
    (Scope::PHONE, "phone_number"),
    (Scope::PHONE, "phone_number_verified"),
    (Scope::GROUPS, "groups"),
];

/// Every claim that the granted scopes ask for and the directory can fill; nothing empty, nothing null.
pub(in crate::provider) fn of_scopes(
    scope: &Scope,
    user: &User,
    client: &Client,
    definitions: &[ScopeDefinition],
) -> Map<String, Value> {
    let standard = STANDARD.iter().filter(|(asked, _)| scope.contains(asked)).map(|(_, name)| *name);
    let configured = definitions
        .iter()
        .filter(|definition| scope.contains(&definition.name))
        .flat_map(|definition| definition.claims.iter().map(String::as_str));
    standard
        .chain(configured)
        .filter_map(|name| Some((name.to_owned(), value(name, user, &client.claims_policy.custom_claims)?)))
        .collect()
}

/// Adds the claims that were granted one by one, as far as the client may still have them, the directory can fill them
/// and their values are the wanted ones (OpenID Connect Core 1.0 §5.5.1). `scope` is that of the token: what a granted scope
/// stands for goes with it when a token is narrowed.
pub(in crate::provider) fn add_requested(
    answer: &mut Map<String, Value>,
    asked: &BTreeMap<String, RequestedClaim>,
    scope: &Scope,
    person: Person<'_>,
    client: &Client,
    definitions: &[ScopeDefinition],
) {
    let stands = |name: &str| {
        let [of_grant, of_token] =
            [&person.grant.scope, scope].map(|scope| is_of_scope(name, scope, definitions));
        may_have(name, client, definitions) && (of_token || !of_grant)
    };
    for (name, requested) in asked.iter().filter(|(name, _)| stands(name)) {
        let value = granted(name, person, &client.claims_policy.custom_claims, Some(requested));
        if let Some(value) = value.filter(|value| requested.accepts(value)) {
            answer.insert(name.clone(), value);
        }
    }
}

/// What a claims policy copies into a token: of the claims that it lists those that a scope of the token stands for, or
/// that `claims` of the request was granted, for whichever place (OpenID Connect Core 1.0 §5.4, §5.5). A policy says
/// where a claim goes, and grants none: no scope, no claim.
pub(super) fn of_policy(
    listed: &[String],
    scope: &Scope,
    person: Person<'_>,
    client: &Client,
    definitions: &[ScopeDefinition],
) -> Map<String, Value> {
    let (of_scopes, others): (Vec<&String>, Vec<&String>) =
        listed.iter().partition(|name| is_of_scope(name, scope, definitions));
    let mut copied: Map<String, Value> = of_scopes
        .into_iter()
        .filter_map(|name| {
            let value = granted(name, person, &client.claims_policy.custom_claims, None)?;
            Some((name.clone(), value))
        })
        .collect();
    let asked = person.grant.claims.only(|name| others.iter().any(|other| *other == name));
    for asked in [&asked.userinfo, &asked.id_token] {
        add_requested(&mut copied, asked, scope, person, client, definitions);
    }
    copied
}

/// Whether one of these scopes stands for a claim.
pub(in crate::provider) fn is_of_scope(name: &str, scope: &Scope, definitions: &[ScopeDefinition]) -> bool {
    scopes_of(name, definitions).any(|each| scope.contains(each))
}

/// Whether a client may have a claim: by one of the scopes it is registered for; or by its claims policy, when no scope
/// stands for the claim.
pub(in crate::provider) fn may_have(name: &str, client: &Client, definitions: &[ScopeDefinition]) -> bool {
    let mut scopes = scopes_of(name, definitions).peekable();
    if scopes.peek().is_none() {
        return client.claims_policy.custom_claims.iter().any(|claim| claim.name == name);
    }
    scopes.any(|each| client.scopes.contains(each))
}

/// Whether the value of a client's claim is made of the values that it is asked for with.
pub(in crate::provider) fn depends_on_request(name: &str, client: &Client) -> bool {
    let claim = client.claims_policy.custom_claims.iter().find(|claim| claim.name == name);
    claim.is_some_and(|claim| matches!(&claim.source, ClaimSource::Made(made) if made.depends_on_request()))
}

fn scopes_of<'a>(name: &'a str, definitions: &'a [ScopeDefinition]) -> impl Iterator<Item = &'a str> {
    let standard = STANDARD.iter().filter(move |(_, claim)| *claim == name).map(|(scope, _)| *scope);
    let configured = definitions
        .iter()
        .filter(move |definition| definition.claims.iter().any(|claim| claim == name))
        .map(|definition| definition.name.as_str());
    standard.chain(configured)
}

/// The value of one claim, if the directory has it.
fn value(name: &str, user: &User, claims: &[CustomClaim]) -> Option<Value> {
    value_for(name, user, claims, None)
}

/// The value of one claim for a client that holds a grant.
fn granted(
    name: &str,
    person: Person<'_>,
    claims: &[CustomClaim],
    requested: Option<&RequestedClaim>,
) -> Option<Value> {
    if name == REQUESTED_AT && !claims.iter().any(|claim| claim.name == name) {
        return Some(person.grant.requested_at.into());
    }
    value_for(name, person.user, claims, requested)
}

/// The value of one claim, which may depend on how it is asked for.
pub(in crate::provider) fn value_for(
    name: &str,
    user: &User,
    claims: &[CustomClaim],
    requested: Option<&RequestedClaim>,
) -> Option<Value> {
    claims
        .iter()
        .find(|claim| claim.name == name)
        .map_or_else(|| standard(name, user), |claim| custom(claim, user, requested))
}

fn standard(name: &str, user: &User) -> Option<Value> {
    let profile = &user.profile;
    let text = |value: &Option<String>| value.as_deref().filter(|value| !value.is_empty()).map(Value::from);
    match name {
        "name" => Some(user.display_name.as_str().into()),
        "preferred_username" => Some(user.username.as_str().into()),
        "given_name" => text(&profile.given_name),
        "family_name" => text(&profile.family_name),
        "middle_name" => text(&profile.middle_name),
        "nickname" => text(&profile.nickname),
        "profile" => text(&profile.profile),
        "picture" => text(&profile.picture),
        "website" => text(&profile.website),
        "gender" => text(&profile.gender),
        "birthdate" => text(&profile.birthdate),
        "zoneinfo" => text(&profile.zoneinfo),
        "locale" => text(&profile.locale),
        // A file without a time, as reproducible images have it, tells nothing.
        "updated_at" => (user.updated_at > 0).then(|| user.updated_at.into()),
        "email" => user.emails.first().map(|email| email.as_str().into()),
        "email_verified" => user.emails.first().map(|_| true.into()),
        "alt_emails" => user.emails.get(1..).filter(|rest| !rest.is_empty()).map(Into::into),
        "phone_number" => phone_number(user).map(Value::from),
        "phone_number_verified" => phone_number(user).map(|_| true.into()),
        "address" => {
            profile.address.as_ref().map(address).filter(|fields| !fields.is_empty()).map(Value::from)
        }
        "groups" => Some(user.groups.as_slice().into()),
        _ => None,
    }
}

/// The value of a claim of the configuration's own; none where the directory has nothing.
fn custom(claim: &CustomClaim, user: &User, requested: Option<&RequestedClaim>) -> Option<Value> {
    match &claim.source {
        ClaimSource::Attribute(name) => attributes::value(name, user).filter(|value| match value {
            Value::String(text) => !text.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Array(items) => !items.is_empty() || name != "emails_extra",
            _ => true,
        }),
        ClaimSource::Made(made) => made.of(user, requested).unwrap_or_else(|why| {
            // Who lacks an attribute has no claim of it: nothing to mend.
            if why == Failure::Missing {
                tracing::debug!(attribute = made.name, %why, "an attribute is not made; its claim is left out");
            } else {
                tracing::warn!(attribute = made.name, %why, "an attribute could not be made; its claim is left out");
            }
            None
        }),
    }
}

#[cfg(test)]
mod tests;
