//! A client that acts for itself, and the resource server that asks about its token.

use openidconnect::{IntrospectionUrl, OAuth2TokenResponse, Scope};

use crate::demo::failure::Failure;
use crate::demo::token_view::indented;
use crate::demo::{DemoClient, DemoClientKind, RelyingParty};

/// What a service got, and what its resource server was told about it.
pub(crate) struct ServiceRun {
    pub(crate) answer: String,
    pub(crate) access_token: String,
    pub(crate) introspection: Option<String>,
}

/// Asks for a token in the client's own name (RFC 6749 §4.4) and introspects it as the resource server (RFC 7662 §2.1).
pub(crate) async fn run_service(rp: &RelyingParty, client: &DemoClient) -> Result<ServiceRun, Failure> {
    let metadata = rp.provider.metadata().await?;
    let oidc = rp.provider.client(&metadata, client, None)?;
    let mut request = oidc
        .exchange_client_credentials()
        .map_err(|error| Failure::Registration(error.to_string()))?
        .add_scopes(client.scopes.iter().cloned().map(Scope::new));
    if let Some(resource) = &client.resource {
        request = request.add_extra_param("resource", resource.clone());
    }
    let tokens = request.request_async(&rp.provider.http).await.map_err(|error| Failure::token(&error))?;
    let introspection = match &client.kind {
        DemoClientKind::Service { introspected_by: Some(resource_server) } => {
            let endpoint = metadata.additional_metadata().introspection_endpoint.clone();
            let endpoint = endpoint
                .ok_or_else(|| Failure::Registration("the provider introspects nothing".to_owned()))
                .and_then(|url| {
                    IntrospectionUrl::new(url).map_err(|error| Failure::Unusable(error.to_string()))
                })?;
            let resource_server = rp.registered(resource_server)?;
            let oidc = rp.provider.client(&metadata, resource_server, None)?.set_introspection_url(endpoint);
            let told = oidc
                .introspect(tokens.access_token())
                .request_async(&rp.provider.http)
                .await
                .map_err(|error| Failure::token(&error))?;
            Some(indented(&told))
        }
        _ => None,
    };
    Ok(ServiceRun {
        answer: indented(&tokens),
        access_token: tokens.access_token().secret().clone(),
        introspection,
    })
}
