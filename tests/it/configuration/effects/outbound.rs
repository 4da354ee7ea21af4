//! `outbound`: from where Signet fetches.

use serde_json::json;
use signet::outbound::OutboundError;

use crate::support::certificates::Authority;
use crate::support::{App, Documents};

const INSIDE: &str = "['127.0.0.0/8', '::1']";

async fn allowing(networks: &str, more: &str) -> App {
    App::with(&format!(
        "{{identity_providers: {{oidc: {{outbound: {{allowed_networks: {networks}}}}}}}, {more}}}"
    ))
    .await
}

async fn get(app: &App, url: &str) -> Result<String, OutboundError> {
    let bytes = app.provider.load_full().outbound.get(&url.parse().unwrap()).await?;
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn allowed_networks_are_fetched_from_and_nothing_else_inside() {
    let documents = Documents::plain().await;
    documents.put("/keys", &json!([]));
    for url in [documents.url("/keys"), documents.url_at("127.0.0.1", "/keys")] {
        for networks in ["[]", "['10.0.0.0/8']", "['127.0.0.9']"] {
            let app = allowing(networks, "").await;
            let got = get(&app, &url).await;
            assert!(matches!(got, Err(OutboundError::Inside { .. })), "{networks}: {got:?}");
        }
    }
    assert_eq!(documents.connections(), 0);
    let defined = allowing("['inside']", "definitions: {network: {inside: ['127.0.0.1', '::1']}}").await;
    for app in [allowing(INSIDE, "").await, defined] {
        for url in [documents.url("/keys"), documents.url_at("127.0.0.1", "/keys")] {
            assert_eq!(get(&app, &url).await.unwrap(), "[]");
        }
    }
}

#[tokio::test]
async fn a_reload_moves_the_fence() {
    let documents = Documents::plain().await;
    documents.put("/keys", &json!([]));
    let app = App::start().await;
    let got = get(&app, &documents.url("/keys")).await;
    assert!(matches!(got, Err(OutboundError::Inside { .. })), "{got:?}");
    app.reconfigure(&format!("identity_providers: {{oidc: {{outbound: {{allowed_networks: {INSIDE}}}}}}}"));
    app.clock.advance(40);
    assert_eq!(get(&app, &documents.url("/keys")).await.unwrap(), "[]");
}

/// `certificates_directory` counts beside the system's authorities.
#[tokio::test]
async fn a_server_is_believed_when_its_authority_is_trusted() {
    let authority = Authority::new();
    let documents = Documents::encrypted(&authority.made("localhost")).await;
    documents.put("/keys", &json!([]));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("root.pem"), authority.root()).unwrap();
    let trusting = format!("certificates_directory: '{}'", folder.path().display());
    assert_eq!(get(&allowing(INSIDE, &trusting).await, &documents.url("/keys")).await.unwrap(), "[]");
    let app = allowing(INSIDE, "").await;
    let got = get(&app, &documents.url("/keys")).await;
    assert!(matches!(got, Err(OutboundError::Tls(_))), "{got:?}");
    // The certificate is for another name.
    let trusting = allowing(INSIDE, &trusting).await;
    let got = get(&trusting, &documents.url_at("127.0.0.1", "/keys")).await;
    assert!(matches!(got, Err(OutboundError::Tls(_))), "{got:?}");
}
