//! How long codes and tokens live.

use crate::clock::Seconds;
use crate::protocol::grant_type::GrantType;

/// Lifespans in seconds, with the defaults of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLifespans {
    /// `authorize_code`.
    pub authorize_code: Seconds,
    /// `access_token`.
    pub access_token: Seconds,
    /// `refresh_token`.
    pub refresh_token: Seconds,
    /// `id_token`.
    pub id_token: Seconds,
}

impl Default for TokenLifespans {
    fn default() -> Self {
        Self { authorize_code: 60, access_token: 3600, refresh_token: 5400, id_token: 3600 }
    }
}

/// The lifespans of one client, resolved at load: grant value, else custom value, else global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifespans {
    /// For what the authorization code grant issues.
    pub authorization_code: TokenLifespans,
    /// For the tokens that the authorization endpoint issues.
    pub implicit: TokenLifespans,
    /// For what the refresh token grant issues.
    pub refresh_token: TokenLifespans,
    /// For what the client credentials grant issues.
    pub client_credentials: TokenLifespans,
    /// For what the device authorization grant issues.
    pub device: TokenLifespans,
    /// `device_code`: how long device code and user code live (RFC 8628 §3.2).
    pub device_code: Seconds,
}

/// The lifespan of device codes where the configuration says nothing.
pub const DEVICE_CODE_LIFESPAN: Seconds = 600;

/// How long the signature of the metadata is good (RFC 8414 §2.1).
pub const SIGNED_METADATA_LIFESPAN: Seconds = 3600;

impl Default for Lifespans {
    fn default() -> Self {
        let all = TokenLifespans::default();
        Self {
            authorization_code: all,
            implicit: all,
            refresh_token: all,
            client_credentials: all,
            device: all,
            device_code: DEVICE_CODE_LIFESPAN,
        }
    }
}

impl Lifespans {
    /// The lifespans of what a grant issues.
    pub fn of(&self, grant_type: GrantType) -> &TokenLifespans {
        match grant_type {
            GrantType::AuthorizationCode => &self.authorization_code,
            GrantType::Implicit => &self.implicit,
            GrantType::RefreshToken => &self.refresh_token,
            GrantType::ClientCredentials => &self.client_credentials,
            GrantType::DeviceCode => &self.device,
        }
    }

    /// The longest life of a token that is verified by its signature, over every grant.
    pub fn longest_signed(&self) -> Seconds {
        let lives = GrantType::ALL.iter().map(|grant_type| self.of(*grant_type));
        lives.fold(0, |longest, lives| longest.max(lives.access_token).max(lives.id_token))
    }
}
