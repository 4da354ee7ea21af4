//! `token_endpoint_auth_method`: how a client proves who it is.

use super::wire_enum::wire_enum;

wire_enum! {
    /// A client authentication method that is served (OpenID Connect Core 1.0 §9).
    pub enum ClientAuthMethod {
        /// The secret in the `Authorization` header (RFC 6749 §2.3.1).
        ClientSecretBasic => "client_secret_basic",
        /// The secret in the form (RFC 6749 §2.3.1).
        ClientSecretPost => "client_secret_post",
        /// A JWT that the client signs with its secret (OpenID Connect Core 1.0 §9).
        ClientSecretJwt => "client_secret_jwt",
        /// A JWT that the client signs with its private key (OpenID Connect Core 1.0 §9).
        PrivateKeyJwt => "private_key_jwt",
        /// A public client that has no secret (RFC 7591 §2).
        None => "none",
    }
}
