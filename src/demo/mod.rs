//! The relying party of `signet demo`: a stranger that uses no room of Signet.
//!
//! It knows the provider by its issuer alone and speaks to it as any relying party would: discovery, the code flow with
//! PKCE, `state`, `nonce` and `iss`, verified ID tokens, userinfo, refresh, revocation and introspection.

mod answer;
mod browsers;
mod failure;
mod http_client;
mod login;
mod pages;
mod provider;
mod service;
#[cfg(test)]
mod tests;
mod token_view;

use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::demo::browsers::Browsers;
use crate::demo::failure::Failure;
use crate::demo::provider::Provider;

/// What the demo relying party is told: the provider's name, its own address and its registrations.
#[derive(Debug, Clone)]
pub struct DemoSettings {
    /// The issuer identifier of the provider (OpenID Connect Discovery 1.0 §4).
    pub issuer: String,
    /// The address it listens on; bound by the caller.
    pub listen: SocketAddr,
    /// Where browsers reach it, without a slash at the end: `http://127.0.0.1:9092`.
    pub public_url: String,
    /// The registrations it plays, in the order of the page.
    pub clients: Vec<DemoClient>,
}

/// One registration at the provider.
#[derive(Debug, Clone)]
pub struct DemoClient {
    /// What the button says.
    pub label: String,
    /// One sentence below the button.
    pub description: String,
    /// The `client_id`, also the end of the button's element id.
    pub client_id: String,
    /// The secret of a confidential client; a public client has none (RFC 6749 §2.1).
    pub client_secret: Option<SecretString>,
    /// The path of its redirect URI below the public URL; unused where nobody signs in.
    pub redirect_path: String,
    /// The scopes it asks for.
    pub scopes: Vec<String>,
    /// The resource its tokens are for (RFC 8707 §2), asked for when present.
    pub resource: Option<String>,
    /// What it is for.
    pub kind: DemoClientKind,
}

/// What a registration is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemoClientKind {
    /// Signs a person in with the code flow.
    SignIn,
    /// Asks for a token in its own name (RFC 6749 §4.4) and lets a resource server introspect it.
    Service {
        /// The `client_id` of the resource server that introspects the token; it must be among the clients.
        introspected_by: Option<String>,
    },
    /// Only introspects what others present (RFC 7662); it has no button.
    ResourceServer,
}

/// Why the demo relying party could not be served.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The issuer or the public URL is not a URL.
    #[error("the demo relying party needs a URL as its {name}, not `{value}`: {source}")]
    Url {
        /// Which setting is wrong.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        source: url::ParseError,
    },
    /// The HTTP client could not be built.
    #[error("the demo relying party has no HTTP client")]
    HttpClient(#[source] reqwest::Error),
    /// The listener failed.
    #[error("the demo relying party stopped listening")]
    Listen(#[source] std::io::Error),
}

/// What its handlers share.
pub(crate) struct RelyingParty {
    settings: DemoSettings,
    provider: Provider,
    browsers: Browsers,
    /// Held while a login is refreshed or revoked.
    changing: Mutex<()>,
    /// Where its forms may lead: itself and the provider.
    form_action: String,
}

impl RelyingParty {
    fn new(settings: DemoSettings) -> Result<Self, DemoError> {
        let issuer = parse("issuer", &settings.issuer)?;
        parse("public URL", &settings.public_url)?;
        Ok(Self {
            provider: Provider::new(&settings.issuer)?,
            browsers: Browsers::default(),
            changing: Mutex::new(()),
            form_action: format!("'self' {}", issuer.origin().ascii_serialization()),
            settings,
        })
    }

    fn client(&self, client_id: &str) -> Option<&DemoClient> {
        self.settings.clients.iter().find(|client| client.client_id == client_id)
    }

    fn registered(&self, client_id: &str) -> Result<&DemoClient, Failure> {
        self.client(client_id)
            .ok_or_else(|| Failure::Registration(format!("it plays no client `{client_id}`")))
    }

    fn redirect_uri(&self, client: &DemoClient) -> String {
        format!("{}{}", self.settings.public_url.trim_end_matches('/'), client.redirect_path)
    }
}

fn parse(name: &'static str, value: &str) -> Result<url::Url, DemoError> {
    url::Url::parse(value).map_err(|source| DemoError::Url { name, value: value.to_owned(), source })
}

/// Serves the demo relying party on a listener until `shutdown` ends.
///
/// # Errors
/// When a URL among the settings is none, the HTTP client cannot be built, or the listener fails.
pub async fn serve(
    listener: TcpListener,
    settings: DemoSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DemoError> {
    let router = pages::router(Arc::new(RelyingParty::new(settings)?));
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await.map_err(DemoError::Listen)
}
