//! A person of the directory.

use std::collections::BTreeMap;

use crate::clock::NumericDate;

/// What the directory knows of a person: everything but the password.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The name, canonical form: every table and every token uses this one.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// E-mail addresses, the first is the person's own.
    pub emails: Vec<String>,
    /// Groups, in the directory's order.
    pub groups: Vec<String>,
    /// Whether sign-in and every use of a token is refused.
    pub disabled: bool,
    /// The standard attributes.
    pub profile: Profile,
    /// The attributes that `extra_attributes` names.
    pub extra: BTreeMap<String, serde_json::Value>,
    /// What tells the present password from every earlier one; nothing can be guessed from it. What was proven with
    /// another ends (`Authentication::credential`).
    pub credential: String,
    /// When the directory last changed.
    pub updated_at: NumericDate,
}

/// The standard attributes of OpenID Connect Core 1.0 §5.1; absent ones make no claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// `given_name`.
    pub given_name: Option<String>,
    /// `family_name`.
    pub family_name: Option<String>,
    /// `middle_name`.
    pub middle_name: Option<String>,
    /// `nickname`.
    pub nickname: Option<String>,
    /// `gender`.
    pub gender: Option<String>,
    /// `birthdate`.
    pub birthdate: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `profile`: a page about the person.
    pub profile: Option<String>,
    /// `picture`.
    pub picture: Option<String>,
    /// `zoneinfo`.
    pub zoneinfo: Option<String>,
    /// `locale`.
    pub locale: Option<String>,
    /// The telephone number without its extension.
    pub phone_number: Option<String>,
    /// The extension of the telephone number.
    pub phone_extension: Option<String>,
    /// `address`.
    pub address: Option<PostalAddress>,
}

/// A postal address (OpenID Connect Core 1.0 §5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// `street_address`.
    pub street_address: Option<String>,
    /// `locality`.
    pub locality: Option<String>,
    /// `region`.
    pub region: Option<String>,
    /// `postal_code`.
    pub postal_code: Option<String>,
    /// `country`.
    pub country: Option<String>,
}
