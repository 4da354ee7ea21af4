//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::Provider;
use super::super::context::Context;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::users::password::{Busy, Comer};

impl Provider {
    /// Whether the secret is the client's. An unknown client, one without a secret and a wrong plaintext secret
    /// cost one hash as well, and the same text at the same time costs one for all of these together.
    pub(super) async fn check_secret(
        &self,
        context: &Context,
        client_id: &str,
        secret: &SecretString,
        client: Option<&Arc<Client>>,
    ) -> Result<bool, OAuthError> {
        let decides = match client.and_then(|client| client.client_secret.as_ref()) {
            Some(digest) if digest.is_expensive() => Some(digest),
            Some(digest) if digest.verify(secret.expose_secret().as_bytes()) => return Ok(true),
            _ => None,
        };
        let comer = decides.map_or(Comer::Stranger, |_| Comer::Client(client_id));
        let digest = decides.unwrap_or(&self.snapshot.dummy_secret).clone();
        let verify = async {
            let place = self.users.passwords().enter(comer, context.address)?;
            Ok(place.verify(digest, secret.clone()).await? && decides.is_some())
        };
        let digest = decides.map(Arc::as_ref);
        self.secret_memory.check::<Busy>(client_id, digest, secret, verify).await.map_err(|()| busy())
    }
}

fn busy() -> OAuthError {
    OAuthError::temporarily_unavailable("Too many secrets wait to be checked. Try again in a moment.")
}
