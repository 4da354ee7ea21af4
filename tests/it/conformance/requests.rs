//! Request objects by reference, which the plans of dynamic clients have.

use crate::support::request_object::{RequestObject, by_value};
use crate::support::{App, Ask, Browser, Client, Documents};

const CLIENTS: &str = "
identity_providers:
  oidc:
    outbound: {allowed_networks: ['127.0.0.0/8', '::1']}
    clients:
      - client_id: certified
        client_secret: digest:certified-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        scopes: [openid, profile, email]
        request_uris: [URI]
";

async fn start(uri: &str) -> App {
    App::with(&CLIENTS.replace("URI", uri)).await
}

/// What stands beside a request object, as OpenID Connect Core 1.0 §6.1 wants it.
fn beside(ask: Ask) -> Ask {
    ask.set("response_type", "code").set("scope", "openid")
}

#[tokio::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    let documents = Documents::plain().await;
    let uri = documents.url("/request");
    let app = start(&uri).await;
    let object = RequestObject::of(&Ask::of("certified")).unsigned();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/jwt";
    documents.say("/request", format!("{head}\r\ncontent-length: {}\r\n\r\n{object}", object.len()));
    let ask = beside(by_value("certified", "").without("request")).set("request_uri", &uri);
    let returned = Browser::new(&app).authorize(&ask, "alice").await;
    assert_eq!(returned.get("state"), "state-of-the-request");
    Client::new(&app, "certified").redeem(&returned.code()).await.expect(200);
}
