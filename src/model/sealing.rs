//! How what a client gets is signed and encrypted.

use std::sync::Arc;

use crate::jose::{ContentEncryption, Encrypter, JweAlgorithm, JwsAlgorithm, MacKey, SignatureAlgorithm};

/// What a token or an answer is signed with.
#[derive(Clone, Debug)]
pub enum Signing {
    /// A key of the provider.
    Key {
        /// Its `kid`.
        kid: String,
        /// The one algorithm it signs with.
        algorithm: SignatureAlgorithm,
    },
    /// The secret of the client (OpenID Connect Core 1.0 §10.1).
    Secret(Arc<MacKey>),
}

impl Signing {
    /// `alg`.
    #[must_use]
    pub fn algorithm(&self) -> JwsAlgorithm {
        match self {
            Self::Key { algorithm, .. } => (*algorithm).into(),
            Self::Secret(key) => key.algorithm().into(),
        }
    }

    /// The `kid`, when a key of the provider signs.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        match self {
            Self::Key { kid, .. } => Some(kid),
            Self::Secret(_) => None,
        }
    }
}

/// What a token or an answer is encrypted to, after it was signed (OpenID Connect Core 1.0 §10.2).
#[derive(Clone, Debug)]
pub enum Encryption {
    /// A key that is registered, or the secret of the client.
    Ready(Arc<Encrypter>),
    /// A key that the client serves at its `jwks_uri`.
    Served {
        /// `alg`.
        algorithm: JweAlgorithm,
        /// `enc`.
        encryption: ContentEncryption,
        /// The `kid` that must be used; the first key that fits otherwise.
        key_id: Option<String>,
    },
}

/// How one kind of token or answer is protected.
#[derive(Clone, Debug)]
pub struct Sealing {
    /// What it is signed with.
    pub signing: Signing,
    /// What it is encrypted to.
    pub encryption: Option<Encryption>,
}

/// How everything that a client gets is protected (contract of the options `*_signed_response_*` and
/// `*_encrypted_response_*`).
#[derive(Clone, Debug)]
pub struct Sealings {
    /// ID tokens.
    pub id_token: Sealing,
    /// Access tokens (RFC 9068); `None` makes them opaque.
    pub access_token: Option<Sealing>,
    /// Userinfo answers; `None` leaves them JSON.
    pub userinfo: Option<Sealing>,
    /// Introspection answers (RFC 9701); `None` leaves them JSON where no JWT is asked for.
    pub introspection: Option<Sealing>,
    /// Authorization responses in a JWT response mode (JARM).
    pub authorization: Sealing,
}

impl Sealings {
    /// Every one that is set.
    pub fn iter(&self) -> impl Iterator<Item = &Sealing> {
        let optional = [&self.access_token, &self.userinfo, &self.introspection].into_iter().flatten();
        [&self.id_token, &self.authorization].into_iter().chain(optional)
    }

    /// Whether a key of the provider signs something for the client.
    #[must_use]
    pub fn uses(&self, kid: &str) -> bool {
        self.iter().any(|sealing| sealing.signing.kid() == Some(kid))
    }
}
