//! Pairwise subject identifiers (OpenID Connect Core 1.0 §8.1): the sector of a client, and the proof that the client
//! belongs to it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::Provider;
use super::context::Context;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::protocol::logged_uri::without_query;
use crate::protocol::redirect_uri::RedirectUri;
use crate::secrets::random::random_bytes;

/// Public subject identifiers have one sector for every client.
const PUBLIC: &str = "";

/// A `sector_identifier_uri` with the redirect URIs that its document names.
type Registration = (Url, Vec<String>);

/// What was proven, over every configuration; changed redirect URIs are proven anew.
#[derive(Default)]
pub struct ProvenSectors(Mutex<HashSet<Registration>>);

impl ProvenSectors {
    fn holds(&self, registration: &Registration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(registration)
    }

    fn keep(&self, registration: Registration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(registration);
    }
}

impl Provider {
    /// The person's subject identifier for a client: random, made at first use, the same for every client of its sector.
    /// A client without `sector_identifier_uri` gets the public one.
    ///
    /// # Errors
    /// `server_error` when the client is not proven to belong to its sector, or the store does not answer.
    pub(in crate::provider) async fn subject(
        &self,
        context: &Context,
        client: &Client,
        username: &str,
    ) -> Result<String, OAuthError> {
        self.prove_sector(client).await?;
        if let Some(known) = self.known_subject(client, username).await? {
            return Ok(known);
        }
        let candidate = uuid::Builder::from_random_bytes(random_bytes()).into_uuid().to_string();
        Ok(self.storage.subject(sector(client), username, &candidate, context.now).await?)
    }

    /// The subject identifier that a client, or another of its sector, knows the person by already.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(in crate::provider) async fn known_subject(
        &self,
        client: &Client,
        username: &str,
    ) -> Result<Option<String>, OAuthError> {
        if let Some(uri) = &client.sector_identifier_uri
            // Authelia keeps a sector by its whole URI: whom a relying party knows by such a row stays that person.
            && let Some(inherited) = self.storage.standing_subject(uri.as_str(), username).await?
        {
            return Ok(Some(inherited));
        }
        Ok(self.storage.standing_subject(sector(client), username).await?)
    }

    /// Makes sure that the document at the client's `sector_identifier_uri` names every redirect URI of the client (OpenID
    /// Connect Dynamic Client Registration 1.0 §5): else a client could join a sector that is not its own, and learn who
    /// its people are elsewhere. What was proven once stands while the registration stands.
    ///
    /// # Errors
    /// `server_error`, with the reason for the log.
    pub(in crate::provider) async fn prove_sector(&self, client: &Client) -> Result<(), OAuthError> {
        let Some(uri) = &client.sector_identifier_uri else { return Ok(()) };
        let uris = client.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let registration = (uri.clone(), uris);
        if self.proven_sectors.holds(&registration) {
            return Ok(());
        }
        let got = self.outbound.get(uri).await.map_err(|error| error.to_string());
        got.and_then(|bytes| names_all(&bytes, &client.redirect_uris)).map_err(|reason| {
            OAuthError::server_error(
                "The provider could not yet make sure which sector the client belongs to. Try again in a minute.",
            )
            .with_detail(format!(
                "sector_identifier_uri {} of the client '{}' ({}) proves nothing: {reason}",
                without_query(uri.as_str()),
                client.client_id,
                client.origin
            ))
        })?;
        self.proven_sectors.keep(registration);
        let uri = without_query(uri.as_str());
        tracing::info!(client_id = client.client_id, uri, "the client belongs to its sector");
        Ok(())
    }

    /// Proves the sectors of all clients, so that nobody waits for it at a first sign-in; tells the log what is not proven.
    pub async fn prove_sectors(&self) {
        for client in &self.snapshot.settings.oidc.clients {
            if let Err(error) = self.prove_sector(client).await {
                let reason = error.detail.unwrap_or(error.description);
                tracing::warn!(client_id = client.client_id, reason, "nobody can sign in to this client yet");
            }
        }
    }
}

/// The sector: the host of the URI, so that clients of one host know a person by one name.
fn sector(client: &Client) -> &str {
    client.sector_identifier_uri.as_ref().and_then(Url::host_str).unwrap_or(PUBLIC)
}

/// Whether a document is a JSON array of strings that has every redirect URI, written as it is registered.
fn names_all(document: &[u8], redirect_uris: &[RedirectUri]) -> Result<(), String> {
    let named: Vec<String> =
        serde_json::from_slice(document).map_err(|_| "the document is no JSON array of texts".to_owned())?;
    match redirect_uris.iter().find(|uri| !named.iter().any(|named| named == uri.as_str())) {
        Some(missing) => Err(format!("the document does not name the redirect URI {}", missing.as_str())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_names_every_redirect_uri_as_it_is_written() {
        let uris = ["https://a.test/cb", "https://b.test/cb"].map(|uri| RedirectUri::new(uri).unwrap());
        for (document, holds) in [
            (r#"["https://b.test/cb", "https://a.test/cb", "https://c.test/"]"#, true),
            (r#"["https://a.test/cb"]"#, false),
            (r#"["https://a.test/cb", "https://b.test/cb/"]"#, false),
            (r#"["https://a.test/cb", "https://B.test/cb"]"#, false),
            ("[]", false),
            (r#"{"redirect_uris": ["https://a.test/cb", "https://b.test/cb"]}"#, false),
            (r#""https://a.test/cb https://b.test/cb""#, false),
            (r#"["https://a.test/cb", "https://b.test/cb", 1]"#, false),
            (r#"["https://a.test/cb", "https://b.test/cb"] more"#, false),
            ("<html></html>", false),
            ("", false),
        ] {
            assert_eq!(names_all(document.as_bytes(), &uris).is_ok(), holds, "{document}");
        }
    }
}
