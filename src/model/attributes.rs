//! The attributes of a person, which claims and expressions name.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::user::{PostalAddress, User};
use crate::expression::{Expression, Failure};
use crate::protocol::claims_request::RequestedClaim;

/// The attributes that every person has, however empty.
pub const STANDARD: &[&str] = &[
    "username",
    "display_name",
    "email",
    "email_verified",
    "emails",
    "emails_extra",
    "groups",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "gender",
    "birthdate",
    "website",
    "profile",
    "picture",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_rfc3966",
    "phone_number_verified",
    "phone_extension",
    "address",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
    "updated_at",
];

/// What an expression may ask of the request for its claim: the one value it is wanted with, and the list of values
/// (OpenID Connect Core 1.0 §5.5.1). Where nobody asks for the claim by the parameter `claims`, they are missing.
pub const OF_REQUEST: [&str; 2] = ["openid_authreq_claim_value", "openid_authreq_claim_values"];

/// The value of an attribute: empty text, an empty list or mapping where the directory has none. `None` when the person
/// has no such attribute.
pub fn value(name: &str, user: &User) -> Option<Value> {
    let profile = &user.profile;
    let text = |value: &Option<String>| Value::from(value.as_deref().unwrap_or_default());
    let part = |of: fn(&PostalAddress) -> &Option<String>| {
        profile.address.as_ref().map_or_else(|| Value::from(""), |address| text(of(address)))
    };
    Some(match name {
        "username" => user.username.as_str().into(),
        "display_name" => user.display_name.as_str().into(),
        "email" => user.emails.first().map_or("", String::as_str).into(),
        "email_verified" => (!user.emails.is_empty()).into(),
        "emails" => user.emails.as_slice().into(),
        "emails_extra" => user.emails.get(1..).unwrap_or_default().into(),
        "groups" => user.groups.as_slice().into(),
        "given_name" => text(&profile.given_name),
        "family_name" => text(&profile.family_name),
        "middle_name" => text(&profile.middle_name),
        "nickname" => text(&profile.nickname),
        "gender" => text(&profile.gender),
        "birthdate" => text(&profile.birthdate),
        "website" => text(&profile.website),
        "profile" => text(&profile.profile),
        "picture" => text(&profile.picture),
        "zoneinfo" => text(&profile.zoneinfo),
        "locale" => text(&profile.locale),
        "phone_number" => text(&profile.phone_number),
        "phone_number_rfc3966" => phone_number(user).unwrap_or_default().into(),
        "phone_number_verified" => phone_number(user).is_some().into(),
        "phone_extension" => text(&profile.phone_extension),
        "address" => profile.address.as_ref().map(address).unwrap_or_default().into(),
        "street_address" => part(|address| &address.street_address),
        "locality" => part(|address| &address.locality),
        "region" => part(|address| &address.region),
        "postal_code" => part(|address| &address.postal_code),
        "country" => part(|address| &address.country),
        "updated_at" => user.updated_at.into(),
        _ => return user.extra.get(name).cloned(),
    })
}

/// The number, with an extension as RFC 3966 writes it (OpenID Connect Core 1.0 §5.1).
pub fn phone_number(user: &User) -> Option<String> {
    let number = user.profile.phone_number.as_deref().filter(|number| !number.is_empty())?;
    Some(match user.profile.phone_extension.as_deref().filter(|extension| !extension.is_empty()) {
        Some(extension) => format!("{number};ext={extension}"),
        None => number.to_owned(),
    })
}

/// OpenID Connect Core 1.0 §5.1.1, without what is empty.
pub fn address(address: &PostalAddress) -> Map<String, Value> {
    let fields = [
        ("street_address", &address.street_address),
        ("locality", &address.locality),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| {
            Some((name.to_owned(), json!(value.as_deref().filter(|value| !value.is_empty())?)))
        })
        .collect()
}

/// Where the value of a claim of the configuration's own comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimSource {
    /// An attribute of the directory.
    Attribute(String),
    /// An attribute made of others.
    Made(Arc<MadeAttribute>),
}

/// An attribute that an expression makes of others (`definitions.user_attributes.NAME`).
#[derive(Debug, PartialEq, Eq)]
pub struct MadeAttribute {
    /// Its name.
    pub name: String,
    /// How it is made.
    pub expression: Expression,
}

impl MadeAttribute {
    /// Whether its value depends on the values that its claim is asked for with.
    pub fn depends_on_request(&self) -> bool {
        OF_REQUEST.iter().any(|name| self.expression.names(name))
    }

    /// Its value for a person, and for how its claim is asked for; `None` when it is empty.
    ///
    /// # Errors
    /// Why it could not be made; nothing of the person is in it.
    pub fn of(&self, user: &User, requested: Option<&RequestedClaim>) -> Result<Option<Value>, Failure> {
        let [one, several] = OF_REQUEST;
        self.expression.evaluate(|name| match (name, requested) {
            (name, Some(requested)) if name == one => Some(requested.value.clone().unwrap_or_default()),
            (name, Some(requested)) if name == several => Some(requested.values.as_slice().into()),
            _ => value(name, user),
        })
    }
}
