//! A registered client.

use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::consent::ConsentMode;
use super::lifespans::Lifespans;
use super::origin::Origin;
use super::policy::AuthorizationPolicy;
use super::scope_definition::ClaimsPolicy;
use super::sealing::Sealings;
use crate::jose::{ContentEncryption, JweAlgorithm, JwsAlgorithm, MacKeys, PublicKeySet};
use crate::protocol::client_auth_method::ClientAuthMethod;
use crate::protocol::grant_type::GrantType;
use crate::protocol::pkce::CodeChallengeMethod;
use crate::protocol::redirect_uri::RedirectUri;
use crate::protocol::resource::is_within;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;
use crate::secrets::digest::Digest;

/// A client as the configuration registers it, every default filled in and every name resolved.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id` (RFC 6749 §2.2).
    pub client_id: String,
    /// What people see.
    pub client_name: String,
    /// The digest of its secret; `None` for a public client.
    pub client_secret: Option<Arc<Digest>>,
    /// Its secret, ready to sign and verify with (RFC 7518 §3.2); `None` unless the secret itself is known.
    pub mac_keys: Option<Arc<MacKeys>>,
    /// Its public keys: what it signs with, and what may be encrypted to it.
    pub keys: ClientKeys,
    /// Whether it cannot keep a secret (RFC 6749 §2.1).
    pub public: bool,
    /// Where answers may go.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a person may be led to after signing out (OpenID Connect RP-Initiated Logout 1.0 §3; Signet's option).
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Whose document says that the client belongs to the sector of its host (OpenID Connect Core 1.0 §8.1); `None` for
    /// public subject identifiers.
    pub sector_identifier_uri: Option<Url>,
    /// What `audience` and `resource` may name.
    pub audience: Vec<String>,
    /// Whether the whole `audience` list is granted when a request names none (`requested_audience_mode`).
    pub audience_by_default: bool,
    /// The scopes it may ask for.
    pub scopes: Scope,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// The response types it may ask for.
    pub response_types: Vec<ResponseType>,
    /// The response modes it may ask for.
    pub response_modes: Vec<ResponseMode>,
    /// Who may use it.
    pub authorization_policy: Arc<AuthorizationPolicy>,
    /// When the person is asked.
    pub consent_mode: ConsentMode,
    /// How long what it gets lives.
    pub lifespans: Lifespans,
    /// Which claims go where.
    pub claims_policy: Arc<ClaimsPolicy>,
    /// Whether its authorization requests must be pushed (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// The one algorithm that signs its request objects (OpenID Connect Dynamic Client Registration 1.0 §2); `None` takes
    /// every one, and unsigned objects.
    pub request_object_signing_alg: Option<RequestObjectAlgorithm>,
    /// The one way in which its request objects are encrypted where they are; `None` takes every one to a key of the
    /// provider.
    pub request_object_encryption: Option<(JweAlgorithm, ContentEncryption)>,
    /// Where its request objects may lie, as `request_uri` must name it (OpenID Connect Core 1.0 §6.2).
    pub request_uris: Vec<String>,
    /// Whether its requests must carry a proof key (RFC 7636), `enforce_pkce` included.
    pub require_pkce: bool,
    /// The only proof key method it may use, if one is set.
    pub pkce_challenge_method: Option<CodeChallengeMethod>,
    /// How everything that it gets is signed and encrypted.
    pub sealings: Sealings,
    /// How it authenticates at each endpoint.
    pub auth_methods: EndpointAuthMethods,
    /// Whether its assertions must be for the issuer alone, and say so (`token_endpoint_auth_jwt_audience`; Signet's
    /// option).
    pub assertion_for_issuer_only: bool,
    /// Whether a request of it may carry several authentication methods (`allow_multiple_auth_methods`).
    pub allow_multiple_auth_methods: bool,
    /// Audiences whose tokens it may introspect beside its own (Signet's option).
    pub introspect_audiences: Vec<String>,
    /// Whether it may introspect every token (Signet's option).
    pub introspect_any: bool,
    /// What its own tokens say of it.
    pub machine: MachineIdentity,
    /// Where it is registered.
    pub origin: Origin,
}

/// Where the public keys of a client are (RFC 7591 §2).
#[derive(Clone, Debug, Default)]
pub enum ClientKeys {
    /// It has none.
    #[default]
    None,
    /// In its registration (`jwks`).
    Registered(Arc<PublicKeySet>),
    /// Where it serves them (`jwks_uri`).
    Remote(Url),
}

/// An algorithm of request objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestObjectAlgorithm {
    /// `none`.
    Unsigned,
    /// One that signs.
    Signed(JwsAlgorithm),
}

impl RequestObjectAlgorithm {
    /// Reads a name of the configuration.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::Unsigned),
            name => JwsAlgorithm::parse(name).map(Self::Signed),
        }
    }
}

/// Who a client is in the tokens it gets for itself (`client_credentials`; Signet's options).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineIdentity {
    /// `sub` (RFC 9068 §2.2): the client_id unless the registration names another.
    pub subject: String,
    /// Claims with constant values, none of which the provider sets itself.
    pub claims: Map<String, Value>,
}

/// How a client authenticates at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointAuth {
    /// `*_endpoint_auth_method`.
    pub method: ClientAuthMethod,
    /// `*_endpoint_auth_signing_alg`: the one algorithm of its assertions. There for the methods that sign, and one that
    /// fits the method.
    pub algorithm: Option<JwsAlgorithm>,
}

/// The authentication method at each endpoint that asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointAuthMethods {
    /// `token_endpoint_auth_method`, `token_endpoint_auth_signing_alg`.
    pub token: EndpointAuth,
    /// `introspection_endpoint_auth_method`, `introspection_endpoint_auth_signing_alg`.
    pub introspection: EndpointAuth,
    /// `revocation_endpoint_auth_method`, `revocation_endpoint_auth_signing_alg`.
    pub revocation: EndpointAuth,
    /// `pushed_authorization_request_endpoint_auth_method`, `pushed_authorization_request_endpoint_auth_signing_alg`.
    pub pushed_authorization_request: EndpointAuth,
}

impl Client {
    /// Whether a granted audience may be one that it is registered for: a listed one, or a resource below one of them
    /// (RFC 8707 §2).
    pub fn may_reach(&self, audience: &str) -> bool {
        self.audience.iter().any(|registered| is_within(registered, audience))
    }

    /// Whether it may use a grant.
    pub fn allows(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// Whether it may be answered in a mode: its registration names it, or `jwt` that stands for it (JARM §2.3.4).
    pub fn answers_in(&self, mode: ResponseMode) -> bool {
        let resolved = matches!(mode, ResponseMode::QueryJwt | ResponseMode::FragmentJwt);
        self.response_modes.contains(&mode) || (resolved && self.response_modes.contains(&ResponseMode::Jwt))
    }

    /// Whether a mode may carry a token to it: a query never does, which logs and histories keep (OAuth 2.0 Multiple
    /// Response Types 1.0 §2.1), unless what stands there is encrypted (JARM §2.3.1).
    pub const fn may_carry_token(&self, mode: ResponseMode) -> bool {
        match mode {
            ResponseMode::Query => false,
            ResponseMode::QueryJwt => self.sealings.authorization.encryption.is_some(),
            _ => true,
        }
    }

    /// The host people will recognise it by: of its first redirect URI that has one.
    pub fn host(&self) -> Option<&str> {
        self.redirect_uris.iter().find_map(RedirectUri::host)
    }
}
