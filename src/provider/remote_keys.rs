//! The public keys of a client, wherever they are.

use std::sync::Arc;

use super::Provider;
use crate::jose::PublicKeySet;
use crate::model::client::{Client, ClientKeys};

/// Why the keys of a client are not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysProblem {
    /// They are at a URI.
    #[error("the keys of the client lie at its jwks_uri, which this version does not fetch")]
    Remote,
}

impl Provider {
    /// The keys that a client signs with and that may be encrypted to for it; an empty set for a client that has none.
    ///
    /// # Errors
    /// When they cannot be had.
    #[allow(clippy::unused_async, reason = "keys at a URI take a while")]
    pub async fn client_keys(&self, client: &Client) -> Result<Arc<PublicKeySet>, ClientKeysProblem> {
        match &client.keys {
            ClientKeys::None => Ok(Arc::default()),
            ClientKeys::Registered(keys) => Ok(keys.clone()),
            ClientKeys::Remote(_) => Err(ClientKeysProblem::Remote),
        }
    }
}
