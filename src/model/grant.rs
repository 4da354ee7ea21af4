//! What a person allowed a client: all codes and tokens hang from it.

use std::net::IpAddr;

use super::authentication::{Level, Method};
use super::issuer::Issuer;
use crate::clock::NumericDate;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::scope::Scope;

/// What a person allowed a client at one time. It keeps what was true at sign-in, and the address it was
/// authorized from; revoking it ends every code and token that hangs from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Its name, time-ordered.
    pub id: String,
    /// The issuer it was made at.
    pub issuer: Issuer,
    /// The client it was given to.
    pub client_id: String,
    /// The person, canonical form.
    pub username: String,
    /// The person's subject identifier for this client (OpenID Connect Core 1.0 §8).
    pub subject: String,
    /// The granted scopes.
    pub scope: Scope,
    /// The granted audience.
    pub audience: Vec<String>,
    /// The part of the request's `claims` that was granted (OpenID Connect Core 1.0 §5.5).
    pub claims: ClaimsRequest,
    /// The sign-in it was made in (`Authentication::session`).
    pub session: String,
    /// The consent it rests on; `None` when the client needs none.
    pub consent: Option<String>,
    /// When the person signed in.
    pub auth_time: NumericDate,
    /// How the person signed in.
    pub methods: Vec<Method>,
    /// The level that was reached then.
    pub level: Level,
    /// The address from which the person authorized it.
    pub address: IpAddr,
    /// What the password of the sign-in was told from others by (`User::credential`).
    pub credential: String,
    /// The nonce of the request, for ID tokens.
    pub nonce: Option<String>,
    /// When the client asked for it.
    pub requested_at: NumericDate,
    /// When it was made.
    pub created_at: NumericDate,
    /// When it was revoked.
    pub revoked_at: Option<NumericDate>,
}
