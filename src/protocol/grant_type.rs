//! `grant_type`: what a client trades for tokens.

use super::wire_enum::wire_enum;

wire_enum! {
    /// A grant type that a client may be registered for.
    pub enum GrantType {
        /// RFC 6749 §4.1.3.
        AuthorizationCode => "authorization_code",
        /// RFC 6749 §4.2: tokens come from the authorization endpoint, never from the token endpoint.
        Implicit => "implicit",
        /// RFC 6749 §6.
        RefreshToken => "refresh_token",
        /// RFC 6749 §4.4.
        ClientCredentials => "client_credentials",
        /// RFC 8628 §3.4.
        DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
    }
}
