//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::Provider;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;

impl Provider {
    /// Whether the secret is the client's. An unknown client, one without a secret and a wrong plaintext secret
    /// cost one hash as well.
    pub(super) async fn check_secret(
        &self,
        client_id: &str,
        secret: &SecretString,
        client: Option<&Arc<Client>>,
    ) -> Result<bool, OAuthError> {
        let registered = client.and_then(|client| client.client_secret.clone());
        let memory = &self.snapshot.secret_memory;
        match registered {
            Some(digest) if digest.is_expensive() => {
                let verify = async { memory.queue.enter()?.verify(digest, secret.clone()).await };
                memory.check(client_id, secret, verify).await.map_err(|()| busy(()))
            }
            Some(digest) if digest.verify(secret.expose_secret().as_bytes()) => Ok(true),
            _ => {
                let dummy = self.snapshot.dummy_secret.clone();
                memory.queue.enter().map_err(busy)?.verify(dummy, secret.clone()).await.map_err(busy)?;
                Ok(false)
            }
        }
    }
}

fn busy<E>(_: E) -> OAuthError {
    OAuthError::temporarily_unavailable("Too many secrets wait to be checked. Try again in a moment.")
}
