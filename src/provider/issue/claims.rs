//! Claims about a person, from what the directory knows (OpenID Connect Core 1.0 §5.1).

use serde_json::{Map, Value, json};

use crate::model::client::Client;
use crate::model::scope_definition::{CustomClaim, ScopeDefinition};
use crate::model::user::{PostalAddress, User};
use crate::protocol::scope::Scope;

/// The standard claims and the scope that asks for each (OpenID Connect Core 1.0 §5.4).
pub const STANDARD: &[(&str, &str)] = &[
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

/// The value of one claim, if the directory has it.
pub(in crate::provider) fn value(name: &str, user: &User, custom: &[CustomClaim]) -> Option<Value> {
    custom
        .iter()
        .find(|claim| claim.name == name)
        .map_or_else(|| standard(name, user), |claim| attribute(&claim.attribute, user))
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
        "updated_at" => Some(user.updated_at.into()),
        "email" => user.emails.first().map(|email| email.as_str().into()),
        "email_verified" => user.emails.first().map(|_| true.into()),
        "alt_emails" => user.emails.get(1..).filter(|rest| !rest.is_empty()).map(Into::into),
        "phone_number" => phone_number(user).map(Value::from),
        "phone_number_verified" => phone_number(user).map(|_| true.into()),
        "address" => profile.address.as_ref().and_then(address),
        "groups" => Some(user.groups.as_slice().into()),
        _ => None,
    }
}

/// An attribute by the name the directory gives it; most are named as their claims.
fn attribute(name: &str, user: &User) -> Option<Value> {
    match name {
        "username" => Some(user.username.as_str().into()),
        "display_name" => Some(user.display_name.as_str().into()),
        "emails" => Some(user.emails.as_slice().into()),
        "emails_extra" => standard("alt_emails", user),
        "phone_extension" => user.profile.phone_extension.as_deref().map(Value::from),
        "street_address" | "locality" | "region" | "postal_code" | "country" => user
            .profile
            .address
            .as_ref()
            .and_then(address)
            .and_then(|mut fields| fields.get_mut(name).map(Value::take)),
        _ => standard(name, user).or_else(|| user.extra.get(name).cloned()),
    }
}

/// The number, with an extension as RFC 3966 writes it (OpenID Connect Core 1.0 §5.1).
fn phone_number(user: &User) -> Option<String> {
    let number = user.profile.phone_number.as_deref().filter(|number| !number.is_empty())?;
    Some(match user.profile.phone_extension.as_deref().filter(|extension| !extension.is_empty()) {
        Some(extension) => format!("{number};ext={extension}"),
        None => number.to_owned(),
    })
}

/// OpenID Connect Core 1.0 §5.1.1; `None` when every field is empty.
fn address(address: &PostalAddress) -> Option<Value> {
    let fields = [
        ("street_address", &address.street_address),
        ("locality", &address.locality),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    let filled: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(name, value)| {
            Some((name.to_owned(), json!(value.as_deref().filter(|v| !v.is_empty())?)))
        })
        .collect();
    (!filled.is_empty()).then(|| filled.into())
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
