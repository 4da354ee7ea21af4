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
    /// URL of the device authorization endpoint (RFC 8628 §4).
    pub device_authorization_endpoint: String,
    /// URL of the introspection endpoint.
    pub introspection_endpoint: String,
    /// Algorithms authorization responses are signed with (JARM §4).
    pub authorization_signing_alg_values_supported: Vec<&'static str>,
    /// `alg` of encrypted authorization responses (JARM §4).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_encryption_alg_values_supported: Vec<&'static str>,
    /// `enc` of encrypted authorization responses (JARM §4).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_encryption_enc_values_supported: Vec<&'static str>,
    /// Algorithms introspection answers are signed with (RFC 9701 §7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_signing_alg_values_supported: Vec<&'static str>,
    /// `alg` of encrypted introspection answers (RFC 9701 §7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_encryption_alg_values_supported: Vec<&'static str>,
    /// `enc` of encrypted introspection answers (RFC 9701 §7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_encryption_enc_values_supported: Vec<&'static str>,
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
    /// Algorithms of the assertions that clients authenticate with at the token endpoint (RFC 8414 §2).
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Client authentication at the introspection endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<ClientAuthMethod>,
    /// The same at the introspection endpoint (RFC 8414 §2).
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Client authentication at the revocation endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<ClientAuthMethod>,
    /// The same at the revocation endpoint (RFC 8414 §2).
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
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
    /// URL of the logout endpoint (OpenID Connect RP-Initiated Logout 1.0 §2.1).
    pub end_session_endpoint: String,
    /// Values of `acr` an ID token may carry.
    pub acr_values_supported: Vec<String>,
    /// `public`, `pairwise`.
    pub subject_types_supported: Vec<String>,
    /// Algorithms ID tokens are signed with; RS256 is among them.
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    /// `alg` of encrypted ID tokens; like all that encrypts, not sent when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_encryption_alg_values_supported: Vec<&'static str>,
    /// `enc` of encrypted ID tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_encryption_enc_values_supported: Vec<&'static str>,
    /// Algorithms userinfo answers are signed with.
    pub userinfo_signing_alg_values_supported: Vec<&'static str>,
    /// `alg` of encrypted userinfo answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_alg_values_supported: Vec<&'static str>,
    /// `enc` of encrypted userinfo answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_enc_values_supported: Vec<&'static str>,
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
    /// Whether a `request_uri` must be registered for the client.
    pub require_request_uri_registration: bool,
    /// Algorithms of request objects, `none` among them when unsigned ones are taken.
    pub request_object_signing_alg_values_supported: Vec<String>,
    /// `alg` of encrypted request objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_encryption_alg_values_supported: Vec<&'static str>,
    /// `enc` of encrypted request objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_encryption_enc_values_supported: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> ProviderMetadata {
        let url = |path: &str| format!("https://op.test{path}");
        ProviderMetadata {
            oauth: OAuthMetadata {
                issuer: url(""),
                authorization_endpoint: url("/api/oidc/authorization"),
                token_endpoint: url("/api/oidc/token"),
                jwks_uri: url("/jwks.json"),
                pushed_authorization_request_endpoint: url("/api/oidc/pushed-authorization-request"),
                require_pushed_authorization_requests: false,
                device_authorization_endpoint: url("/api/oidc/device-authorization"),
                introspection_endpoint: url("/api/oidc/introspection"),
                authorization_signing_alg_values_supported: vec!["RS256"],
                authorization_encryption_alg_values_supported: Vec::new(),
                authorization_encryption_enc_values_supported: Vec::new(),
                introspection_signing_alg_values_supported: vec!["RS256"],
                introspection_encryption_alg_values_supported: Vec::new(),
                introspection_encryption_enc_values_supported: Vec::new(),
                revocation_endpoint: url("/api/oidc/revocation"),
                scopes_supported: vec!["openid".to_owned()],
                response_types_supported: ResponseType::ALL.to_vec(),
                response_modes_supported: ResponseMode::ALL.to_vec(),
                grant_types_supported: GrantType::ALL.to_vec(),
                token_endpoint_auth_methods_supported: ClientAuthMethod::ALL.to_vec(),
                token_endpoint_auth_signing_alg_values_supported: vec!["ES256".to_owned()],
                introspection_endpoint_auth_methods_supported: ClientAuthMethod::ALL.to_vec(),
                introspection_endpoint_auth_signing_alg_values_supported: vec!["ES256".to_owned()],
                revocation_endpoint_auth_methods_supported: ClientAuthMethod::ALL.to_vec(),
                revocation_endpoint_auth_signing_alg_values_supported: vec!["ES256".to_owned()],
                code_challenge_methods_supported: vec![CodeChallengeMethod::S256],
                authorization_response_iss_parameter_supported: true,
            },
            userinfo_endpoint: url("/api/oidc/userinfo"),
            end_session_endpoint: url("/api/oidc/end-session"),
            acr_values_supported: vec!["1".to_owned(), "2".to_owned()],
            subject_types_supported: vec!["public".to_owned()],
            id_token_signing_alg_values_supported: vec!["RS256"],
            id_token_encryption_alg_values_supported: Vec::new(),
            id_token_encryption_enc_values_supported: Vec::new(),
            userinfo_signing_alg_values_supported: vec!["RS256"],
            userinfo_encryption_alg_values_supported: Vec::new(),
            userinfo_encryption_enc_values_supported: Vec::new(),
            claims_supported: vec!["sub".to_owned()],
            claim_types_supported: vec!["normal".to_owned()],
            prompt_values_supported: PromptValue::ALL.to_vec(),
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            require_request_uri_registration: true,
            request_object_signing_alg_values_supported: vec!["RS256".to_owned()],
            request_object_encryption_alg_values_supported: Vec::new(),
            request_object_encryption_enc_values_supported: Vec::new(),
        }
    }

    /// Members of OpenID Connect Discovery 1.0 §3 and RP-Initiated Logout 1.0 §2.1 that RFC 8414 §2 does not define.
    const OPENID_ONLY: [&str; 14] = [
        "userinfo_endpoint",
        "userinfo_signing_alg_values_supported",
        "end_session_endpoint",
        "acr_values_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "claims_supported",
        "claim_types_supported",
        "prompt_values_supported",
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
        "request_object_signing_alg_values_supported",
    ];

    #[test]
    fn the_openid_document_is_the_oauth_document_and_thirteen_members() {
        let metadata = metadata();
        let openid = serde_json::to_value(&metadata).unwrap();
        let oauth = serde_json::to_value(&metadata.oauth).unwrap();
        let (openid, oauth) = (openid.as_object().unwrap(), oauth.as_object().unwrap());
        for (name, value) in oauth {
            assert_eq!(openid.get(name), Some(value), "{name}");
            assert!(!OPENID_ONLY.contains(&name.as_str()), "{name}");
        }
        let only: Vec<_> = openid.keys().filter(|name| !oauth.contains_key(*name)).collect();
        assert_eq!(only.len(), OPENID_ONLY.len(), "{only:?}");
        assert!(OPENID_ONLY.iter().all(|name| openid.contains_key(*name)));
    }

    #[test]
    fn the_document_speaks_in_wire_strings_and_begins_with_the_issuer() {
        let json = serde_json::to_string(&metadata()).unwrap();
        assert!(json.starts_with(r#"{"issuer":"https://op.test","authorization_endpoint":"#));
        assert!(json.contains(r#""response_modes_supported":["query","fragment","form_post","query.jwt","fragment.jwt","form_post.jwt","jwt"]"#));
        assert!(json.contains(r#""prompt_values_supported":["none","login","consent","select_account"]"#));
        assert!(json.contains(r#""request_uri_parameter_supported":false"#));
    }
}
