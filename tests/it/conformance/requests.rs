//! Modules about what a request may carry: `claims` and request objects.

use serde_json::json;

use crate::support::client::Tokens;
use crate::support::request_object::{RequestObject, by_value};
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client, Documents};

const CLIENTS: &str = "
identity_providers:
  oidc:
    outbound: {allowed_networks: ['127.0.0.0/8', '::1']}
    clients:
      - client_id: certified
        client_secret: digest:certified-secret
        redirect_uris: [https://rp.example.com/callback, https://rp.example.com/second]
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

async fn tokens(app: &App, code: String) -> Tokens {
    let body = Client::new(app, "certified").redeem(&code).await.expect(200).json();
    Tokens::of(code, body)
}

#[tokio::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    let app = start("https://rp.example.com/request").await;
    let object = RequestObject::of(&Ask::of("certified")).unsigned();
    let returned = Browser::new(&app).authorize(&beside(by_value("certified", &object)), "alice").await;
    assert_eq!(returned.get("state"), "state-of-the-request");
    let tokens = tokens(&app, returned.code()).await;
    assert_eq!(verify(&app, &tokens.id).await.claims["nonce"], "nonce-of-the-request");
}

#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let app = start("https://rp.example.com/request").await;
    let object = |uri: &str| RequestObject::of(&Ask::of("certified").set("redirect_uri", uri)).unsigned();
    let ask = |uri: &str| {
        beside(by_value("certified", &object(uri))).set("redirect_uri", "https://rp.example.com/callback")
    };
    let returned = Browser::new(&app).authorize(&ask("https://rp.example.com/second"), "alice").await;
    assert_eq!(returned.redirect_uri, "https://rp.example.com/second");
    let page = Browser::new(&app).ask(&ask("https://rp.example.com/callback/bogus")).await;
    assert_eq!((page.status(), &page.outside), (400, &None), "{}", page.text());
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
    tokens(&app, returned.code()).await;
}

#[tokio::test]
async fn oidcc_claims_essential() {
    let app = start("https://rp.example.com/request").await;
    let claims = json!({"userinfo": {"name": {"essential": true}}});
    let ask = Ask::of("certified").set("claims", &claims.to_string());
    let returned = Browser::new(&app).authorize(&ask, "alice").await;
    let tokens = tokens(&app, returned.code()).await;
    assert_eq!(app.userinfo(&tokens.access).await.expect(200).json()["name"], "Alice Ample");
    assert_eq!(verify(&app, &tokens.id).await.claims.get("name"), None);
}
