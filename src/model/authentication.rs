//! Who signed in, when, and how.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::clock::NumericDate;

/// Where a session holds its [`Authentication`].
pub const IN_SESSION: &str = "authentication";

/// How sure Signet is of a person: what a policy asks for and what `acr` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The password was right.
    OneFactor,
    /// The password and a second factor were right.
    TwoFactor,
}

impl Level {
    /// The `acr` value (OpenID Connect Core 1.0 §2): `1` after one factor, `2` after two.
    pub fn acr(self) -> &'static str {
        match self {
            Self::OneFactor => "1",
            Self::TwoFactor => "2",
        }
    }

    /// The level an `acr` value asks for; unknown values ask for nothing.
    pub fn from_acr(acr: &str) -> Option<Self> {
        match acr {
            "1" => Some(Self::OneFactor),
            "2" => Some(Self::TwoFactor),
            _ => None,
        }
    }
}

/// A way a person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Method {
    /// A password (`pwd`, RFC 8176 §2).
    #[serde(rename = "pwd")]
    Password,
    /// A one-time code (`otp`, RFC 8176 §2).
    #[serde(rename = "otp")]
    OneTimeCode,
}

/// A sign-in that stands: kept in the session, copied into every grant made from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The name of this sign-in: public, random, stays when the cookie's value changes.
    pub session: String,
    /// The person's name in the directory, canonical form.
    pub username: String,
    /// When the password was last typed (`auth_time`, OpenID Connect Core 1.0 §2).
    pub auth_time: NumericDate,
    /// When a second factor was last accepted.
    pub second_factor_time: Option<NumericDate>,
    /// The ways that were used, in order.
    pub methods: Vec<Method>,
    /// The person's address at that time.
    pub address: IpAddr,
    /// What the password was told from others by (`User::credential`): a new password ends the sign-in.
    pub credential: String,
}

impl Authentication {
    /// What was reached.
    pub fn level(&self) -> Level {
        if self.methods.len() > 1 { Level::TwoFactor } else { Level::OneFactor }
    }

    /// The `amr` values (RFC 8176): each method, and `mfa` when there were two.
    pub fn amr(&self) -> Vec<&'static str> {
        amr(&self.methods)
    }
}

/// The `amr` values (RFC 8176 §2) of the methods that were used.
pub fn amr(methods: &[Method]) -> Vec<&'static str> {
    let mut values: Vec<&'static str> = methods
        .iter()
        .map(|method| match method {
            Method::Password => "pwd",
            Method::OneTimeCode => "otp",
        })
        .collect();
    if methods.len() > 1 {
        values.push("mfa");
    }
    values
}
