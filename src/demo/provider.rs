//! What discovery says of the provider: asked for at the first use, kept for a minute, asked again after a failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IssuerUrl, ProviderMetadata, RedirectUrl,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::demo::failure::Failure;
use crate::demo::http_client::HttpClient;
use crate::demo::{DemoClient, DemoError};

/// How long what discovery said is believed: keys may be added at any time.
const KEPT: Duration = Duration::from_secs(60);

/// The metadata of RFC 8414 and RFC 9207 that OpenID Connect Discovery does not name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OAuthMetadata {
    pub(crate) introspection_endpoint: Option<String>,
    pub(crate) revocation_endpoint: Option<String>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for OAuthMetadata {}

pub(crate) type Metadata = ProviderMetadata<
    OAuthMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The library's client after discovery.
pub(crate) type OidcClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider behind an issuer.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) http: HttpClient,
    known: Mutex<Option<(Instant, Arc<Metadata>)>>,
}

impl Provider {
    pub(crate) fn new(issuer: &str) -> Result<Self, DemoError> {
        let http = HttpClient::new().map_err(DemoError::HttpClient)?;
        Ok(Self { issuer: issuer.to_owned(), http, known: Mutex::new(None) })
    }

    /// The provider's metadata with its keys (OpenID Connect Discovery 1.0 §4).
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, Failure> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = known.as_ref()
            && at.elapsed() < KEPT
        {
            return Ok(metadata.clone());
        }
        let issuer =
            IssuerUrl::new(self.issuer.clone()).map_err(|error| Failure::Discovery(error.to_string()))?;
        let metadata =
            Metadata::discover_async(issuer, &self.http).await.map_err(|error| Failure::discovery(&error))?;
        let metadata = Arc::new(metadata);
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    /// Forgets what discovery said, so that the next use asks again: a key may have changed.
    pub(crate) async fn forget(&self) {
        *self.known.lock().await = None;
    }

    /// The library's client of one registration.
    pub(crate) fn client(
        &self,
        metadata: &Metadata,
        client: &DemoClient,
        redirect_uri: Option<String>,
    ) -> Result<OidcClient, Failure> {
        let secret =
            client.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let oidc = OidcClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(client.client_id.clone()),
            secret,
        );
        match redirect_uri {
            None => Ok(oidc),
            Some(uri) => {
                let uri = RedirectUrl::new(uri).map_err(|error| Failure::Registration(error.to_string()))?;
                Ok(oidc.set_redirect_uri(uri))
            }
        }
    }
}
