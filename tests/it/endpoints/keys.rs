//! Keys: every family signs, each client with its own, and all are published.

use jsonwebtoken::Algorithm;

use crate::support::token::verify;
use crate::support::{App, Client};

#[tokio::test]
async fn each_client_signs_with_the_key_it_is_registered_for() {
    let app = App::with(include_str!("keys.yml")).await;
    for (client, id_token, access_token) in [
        ("default", Algorithm::RS256, Algorithm::ES384),
        ("pss", Algorithm::PS256, Algorithm::RS512),
        ("named", Algorithm::ES384, Algorithm::RS256),
    ] {
        let tokens = Client::new(&app, client).login("alice", "openid").await;
        assert_eq!(verify(&app, &tokens.id).await.header.alg, id_token, "{client}");
        assert_eq!(verify(&app, &tokens.access).await.header.alg, access_token, "{client}");
        app.userinfo(&tokens.access).await.expect(200);
    }
    let named = Client::new(&app, "named").login("alice", "openid").await;
    assert_eq!(verify(&app, &named.access).await.header.kid.as_deref(), Some("second-rs256"));
    let default = Client::new(&app, "default").login("alice", "openid").await;
    assert_ne!(
        verify(&app, &default.id).await.header.kid.as_deref(),
        Some("second-rs256"),
        "the first is the default"
    );
}

#[tokio::test]
async fn every_key_is_published_once() {
    let app = App::with(include_str!("keys.yml")).await;
    let body = app.get("/jwks.json").send().await.expect(200).json();
    let keys = body["keys"].as_array().unwrap();
    let algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algorithms, ["RS256", "PS256", "RS512", "ES384", "ES512", "RS256"]);
    let mut kids: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    let mut supported: Vec<String> =
        serde_json::from_value(document["id_token_signing_alg_values_supported"].clone()).unwrap();
    supported.sort();
    assert_eq!(supported, ["ES384", "ES512", "PS256", "RS256", "RS512"]);
}

#[tokio::test]
async fn a_p_521_key_signs_too() {
    let app = App::with(include_str!("keys.yml")).await;
    let tokens = Client::new(&app, "large").login("alice", "openid").await;
    let header = jsonwebtoken::decode_header(&tokens.id);
    // The library of the tests knows no ES512: userinfo proves the signature of the access token instead.
    assert!(header.is_err() || tokens.id.split('.').nth(2).is_some_and(|signature| signature.len() == 176));
    app.userinfo(&tokens.access).await.expect(200);
}
