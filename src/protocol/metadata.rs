//! The documents a client discovers the provider by.

use serde::Serialize;

use super::client_auth_method::ClientAuthMethod;
use super::grant_type::GrantType;
use super::pkce::CodeChallengeMethod;
use super::prompt::PromptValue;
use super::response_mode::ResponseMode;
use super::response_type::ResponseType;

/// `/.well-known/oauth-authorization-server` (RFC 8414 §2), with the members that RFC 9126 §5 and RFC 9207 §3 add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OAuthMetadata {
    /// The issuer, without a trailing slash; equals `iss` everywhere.
    pub issuer: String,
    /// URL of the authorization endpoint.
    pub authorization_endpoint: String,
    /// URL of the token endpoint.
    pub token_endpoint: String,
    /// URL of the key set.
    pub jwks_uri: String,
    /// URL of the pushed authorization request endpoint (RFC 9126 §5).
    pub pushed_authorization_request_endpoint: String,
    /// Whether every authorization request must be pushed (RFC 9126 §5).
    pub require_pushed_authorization_requests: bool,
    /// URL of the introspection endpoint.
    pub introspection_endpoint: String,
    /// URL of the revocation endpoint.
    pub revocation_endpoint: String,
    /// Scopes a client may be given.
    pub scopes_supported: Vec<String>,
    /// Response types served.
    pub response_types_supported: Vec<ResponseType>,
    /// Response modes served.
    pub response_modes_supported: Vec<ResponseMode>,
    /// Grant types served.
    pub grant_types_supported: Vec<GrantType>,
    /// Client authentication at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<ClientAuthMethod>,
    /// Client authentication at the introspection endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<ClientAuthMethod>,
    /// Client authentication at the revocation endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<ClientAuthMethod>,
    /// PKCE methods served.
    pub code_challenge_methods_supported: Vec<CodeChallengeMethod>,
    /// Whether every authorization response carries `iss` (RFC 9207 §3).
    pub authorization_response_iss_parameter_supported: bool,
}

/// `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderMetadata {
    /// What OAuth 2.0 defines.
    #[serde(flatten)]
    pub oauth: OAuthMetadata,
    /// URL of the userinfo endpoint.
    pub userinfo_endpoint: String,
    /// Values of `acr` an ID token may carry.
    pub acr_values_supported: Vec<String>,
    /// `public`, `pairwise`.
    pub subject_types_supported: Vec<String>,
    /// Algorithms ID tokens are signed with; RS256 is among them.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Algorithms userinfo answers are signed with; not sent when no signed answer is served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_signing_alg_values_supported: Vec<String>,
    /// Claims a client may be given.
    pub claims_supported: Vec<String>,
    /// `normal`.
    pub claim_types_supported: Vec<String>,
    /// Values of `prompt` served (Initiating User Registration via OpenID Connect 1.0 §3).
    pub prompt_values_supported: Vec<PromptValue>,
    /// Whether `claims` is served.
    pub claims_parameter_supported: bool,
    /// Whether `request` is served.
    pub request_parameter_supported: bool,
    /// Whether `request_uri` is served beyond RFC 9126; sent always, since its absence means true.
    pub request_uri_parameter_supported: bool,
}
