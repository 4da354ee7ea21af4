//! Request objects that are encrypted (RFC 9101 §6.1, OpenID Connect Core 1.0 §6.1): to a key of the provider, or with
//! the secret of the client.

use std::borrow::Cow;

use secrecy::ExposeSecret;

use super::super::Provider;
use super::super::seal::heavy;
use crate::jose::{DecryptProblem, Decrypter, envelope};
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::protocol::request_object::refused;

fn closed(problem: DecryptProblem) -> OAuthError {
    refused("The request object cannot be decrypted.").with_detail(problem.to_string())
}

impl Provider {
    /// What is within an encrypted object; one that is not encrypted as it is. Where the client is registered for an
    /// algorithm, what is encrypted is encrypted by that one (RFC 8725 §3.1).
    pub(super) async fn opened<'t>(
        &self,
        client: &Client,
        object: &'t str,
    ) -> Result<Cow<'t, str>, OAuthError> {
        if !envelope::is_encrypted(object) {
            return Ok(Cow::Borrowed(object));
        }
        let read = envelope::parse(object).map_err(|problem| closed(problem.into()))?;
        if client
            .request_object_encryption
            .is_some_and(|registered| registered != (read.algorithm, read.encryption))
        {
            return Err(refused(
                "The request object is encrypted otherwise than the client is registered for (options request_object_encryption_alg and _enc).",
            ));
        }
        if read.algorithm.key_type().is_none() {
            let secret = client.client_secret.as_ref().and_then(|secret| secret.plaintext());
            let decrypter =
                secret.and_then(|it| Decrypter::with_secret(read.algorithm, it.expose_secret().as_bytes()));
            let decrypter = decrypter.ok_or_else(|| closed(DecryptProblem::UnknownKey))?;
            return decrypter.open(object).map(Cow::Owned).map_err(closed);
        }
        let keys = &self.snapshot.settings.oidc.keys;
        let opened = if keys.decryption_key(object).map_err(closed)?.is_heavy() {
            let (keys, object) = (keys.clone(), object.to_owned());
            heavy(move || keys.decrypt(&object)).await?
        } else {
            keys.decrypt(object)
        };
        opened.map(Cow::Owned).map_err(closed)
    }
}
