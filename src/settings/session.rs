//! One issuer with its cookie and how long people stay signed in.

use url::Url;

use crate::clock::Seconds;
use crate::model::issuer::Issuer;
use crate::model::origin::Origin;

/// An entry of `session.cookies`: one issuer. Its cookies are SameSite=Lax, and Secure when it is https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerSettings {
    /// The issuer (`authelia_url`).
    pub issuer: Issuer,
    /// The domain it belongs to.
    pub domain: String,
    /// The whole name of the session cookie: `__Host-` and the name under https, the name alone on loopback.
    pub cookie_name: String,
    /// The whole name of the cookie that marks the browser, made in the same way.
    pub browser_cookie_name: String,
    /// How long a sign-in lasts at most, in seconds.
    pub expiration: Seconds,
    /// How long it lasts without use, in seconds.
    pub inactivity: Seconds,
    /// How long it lasts when the person asks to be remembered, in seconds; `None` does not offer it.
    pub remember_me: Option<Seconds>,
    /// Where a person goes on to who signed in without being sent by an app; another address than the issuer's.
    pub default_redirection_url: Option<Url>,
    /// Where `authelia_url` stands.
    pub origin: Origin,
}
