//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::Provider;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;

impl Provider {
    /// Whether the secret is the client's. An unknown client, and one without a secret, costs one hash as well.
    pub(super) async fn check_secret(
        &self,
        client_id: &str,
        secret: &SecretString,
        client: Option<&Arc<Client>>,
    ) -> Result<bool, OAuthError> {
        let registered = client.and_then(|client| client.client_secret.clone());
        let Some(digest) = registered else {
            let place = self.users.passwords().enter().map_err(busy)?;
            place.verify(self.snapshot.dummy_secret.clone(), secret.clone()).await.map_err(busy)?;
            return Ok(false);
        };
        if !digest.is_expensive() {
            return Ok(digest.verify(secret.expose_secret().as_bytes()));
        }
        let verify = async { self.users.passwords().enter()?.verify(digest, secret.clone()).await };
        self.snapshot.secret_memory.check(client_id, secret, verify).await.map_err(|()| busy(()))
    }
}

fn busy<E>(_: E) -> OAuthError {
    OAuthError::temporarily_unavailable("Too many secrets wait to be checked. Try again in a moment.")
}
