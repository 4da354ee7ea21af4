//! The provider.

use std::sync::Arc;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::clock::Seconds;
use crate::jose::KeySet;
use crate::model::client::Client;
use crate::model::scope_definition::ScopeDefinition;
use crate::model::sealing::Signing;

/// `identity_providers.oidc`: every name resolved, every key parsed.
#[derive(Clone, Debug)]
pub struct Oidc {
    /// The secret that every handle hangs from; never empty.
    pub hmac_secret: SecretString,
    /// The signing keys, at least one for RS256.
    pub keys: Arc<KeySet>,
    /// What signs `signed_metadata` (RFC 8414 §2.1); `None` where discovery carries none.
    pub metadata_signing: Option<Signing>,
    /// The clients, in the order of the configuration; never empty, each `client_id` once.
    pub clients: Vec<Arc<Client>>,
    /// The scopes of the configuration's own.
    pub scopes: Vec<ScopeDefinition>,
    /// The least characters of `state` and `nonce`; `None` when the check is off.
    pub minimum_parameter_entropy: Option<usize>,
    /// Whom a proof key is demanded of; each client's `require_pkce` says the outcome.
    pub enforce_pkce: EnforcePkce,
    /// Whether the challenge method `plain` is accepted.
    pub enable_pkce_plain_challenge: bool,
    /// Whether every client must push its authorization requests (RFC 9126 §5).
    pub require_pushed_authorization_requests: bool,
    /// How long an authorization response in a JWT is valid, in seconds (JARM §2.1).
    pub jwt_secured_authorization: Seconds,
    /// Whether error answers carry the detail of the log.
    pub enable_client_debug_messages: bool,
    /// Whether introspection judges a JWT access token by the token alone.
    pub enable_jwt_access_token_stateless_introspection: bool,
    /// Which endpoints browsers may call from other origins.
    pub cors: Cors,
    /// What Signet may fetch from where.
    pub outbound: OutboundSettings,
}

/// What Signet may fetch from where (Signet's options).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundSettings {
    /// Networks that are fetched from though they are no hosts of the internet, also without TLS.
    pub allowed_networks: Vec<IpNet>,
}

impl Oidc {
    /// The client with this `client_id`.
    pub fn client(&self, client_id: &str) -> Option<&Arc<Client>> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }
}

/// Whom a proof key (RFC 7636) is demanded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnforcePkce {
    /// Of public clients, and of those that say so.
    PublicClientsOnly,
    /// Only of those that say so.
    Never,
    /// Of all.
    Always,
}

/// Which endpoints browsers may call from other origins. Discovery and keys are open to all in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// The endpoints that are open at all.
    pub endpoints: Vec<CorsEndpoint>,
    /// From where.
    pub allowed_origins: AllowedOrigins,
}

/// The origins that may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Every https origin: nothing is listed.
    #[default]
    AnyHttps,
    /// `*`.
    Any,
    /// These, as a browser writes them in `Origin`; clients' redirect URIs included when so configured.
    Listed(Vec<String>),
}

impl AllowedOrigins {
    /// Whether a browser at this origin (as it stands in the `Origin` header) may call. Sandboxed frames and files of the
    /// disk all call themselves `null`, so that is nobody.
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::AnyHttps => origin.len() > "https://".len() && origin.starts_with("https://"),
            Self::Any => origin != "null" && !origin.is_empty(),
            Self::Listed(_) => self.names(origin),
        }
    }

    /// Whether the configuration, or a client's redirect URI, names this very origin.
    pub fn names(&self, origin: &str) -> bool {
        matches!(self, Self::Listed(origins) if origins.iter().any(|listed| listed == origin))
    }
}

/// An endpoint that can be opened to other origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CorsEndpoint {
    /// `/api/oidc/authorization`
    Authorization,
    /// `/api/oidc/device-authorization`
    DeviceAuthorization,
    /// `/api/oidc/pushed-authorization-request`
    PushedAuthorizationRequest,
    /// `/api/oidc/token`
    Token,
    /// `/api/oidc/introspection`
    Introspection,
    /// `/api/oidc/revocation`
    Revocation,
    /// `/api/oidc/userinfo`
    Userinfo,
}

impl CorsEndpoint {
    /// Every endpoint.
    pub const ALL: [Self; 7] = [
        Self::Authorization,
        Self::DeviceAuthorization,
        Self::PushedAuthorizationRequest,
        Self::Token,
        Self::Introspection,
        Self::Revocation,
        Self::Userinfo,
    ];

    /// Whether a page may call it with credentials (`credentials: 'include'`). No cookie is read there: clients prove
    /// themselves and tokens are shown, as some libraries do in this mode alone.
    pub fn takes_credentials(self) -> bool {
        matches!(self, Self::Token | Self::Introspection | Self::Revocation | Self::Userinfo)
    }

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::DeviceAuthorization => "device-authorization",
            Self::PushedAuthorizationRequest => "pushed-authorization-request",
            Self::Token => "token",
            Self::Introspection => "introspection",
            Self::Revocation => "revocation",
            Self::Userinfo => "userinfo",
        }
    }
}
