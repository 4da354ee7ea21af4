//! Request objects that are encrypted (RFC 9101 §6.1, OpenID Connect Core 1.0 §6.1): to a key of the provider, or with
//! the secret of the client.

use std::borrow::Cow;

use super::super::Provider;
use super::super::context::Context;
use crate::jose::{DecryptProblem, envelope};
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::protocol::request_object::refused;

fn closed(problem: DecryptProblem) -> OAuthError {
    refused("The request object cannot be decrypted.").with_detail(problem.to_string())
}

impl Provider {
    /// What is within an encrypted object; one that is not encrypted as it is. Where the client is registered for an
    /// algorithm, what is encrypted is encrypted by that one (RFC 8725 §3.1). Its secret opens only what it is registered
    /// for: anybody can send an object, and would learn by what is said whether a guessed secret is right.
    pub(super) async fn opened<'t>(
        &self,
        context: &Context,
        client: &Client,
        object: &'t str,
    ) -> Result<Cow<'t, str>, OAuthError> {
        if !envelope::is_encrypted(object) {
            return Ok(Cow::Borrowed(object));
        }
        let read = envelope::parse(object).map_err(|problem| closed(problem.into()))?;
        match client.request_object_encryption {
            Some(registered) if registered != (read.algorithm, read.encryption) => {
                return Err(refused(
                    "The request object is encrypted otherwise than the client is registered for (options request_object_encryption_alg and _enc).",
                ));
            }
            None if read.algorithm.key_type().is_none() => {
                return Err(refused(
                    "An alg that encrypts with the client's secret must be registered (option request_object_encryption_alg).",
                ));
            }
            _ => {}
        }
        let opened = self.decrypted(context, Some(client), object).await?;
        opened.map(Cow::Owned).map_err(closed)
    }
}
