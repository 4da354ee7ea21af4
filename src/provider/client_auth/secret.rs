//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::Provider;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::users::password::Busy;

impl Provider {
    /// Whether the secret is the client's. An unknown client, one without a secret and a wrong plaintext secret
    /// cost one hash as well, and the same text at the same time costs one for all of these together.
    pub(super) async fn check_secret(
        &self,
        client_id: &str,
        secret: &SecretString,
        client: Option<&Arc<Client>>,
    ) -> Result<bool, OAuthError> {
        let memory = &self.snapshot.secret_memory;
        let (digest, decides) = match client.and_then(|client| client.client_secret.clone()) {
            Some(digest) if digest.is_expensive() => (digest, true),
            Some(digest) if digest.verify(secret.expose_secret().as_bytes()) => return Ok(true),
            _ => (self.snapshot.dummy_secret.clone(), false),
        };
        let verify = async { Ok(memory.queue.enter()?.verify(digest, secret.clone()).await? && decides) };
        memory.check::<Busy>(client_id, secret, verify).await.map_err(|()| busy())
    }
}

fn busy() -> OAuthError {
    OAuthError::temporarily_unavailable("Too many secrets wait to be checked. Try again in a moment.")
}
