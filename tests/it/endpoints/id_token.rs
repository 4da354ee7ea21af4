//! ID tokens: minimal, bound to the access token and the request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use sha2::{Digest as _, Sha256};

use crate::support::token::{settled, verify};
use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn an_id_token_is_minimal() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("alice", "openid profile email groups phone address").await;
    let token = verify(&app, &tokens.id).await;
    assert_eq!((token.header.alg, token.header.typ.as_deref()), (Algorithm::RS256, Some("JWT")));
    insta::assert_json_snapshot!(settled(&token.claims, &["sub", "jti", "at_hash"]), @r#"
    {
      "acr": "1",
      "amr": [
        "pwd"
      ],
      "at_hash": "[at_hash]",
      "aud": "web",
      "auth_time": 1700000000,
      "azp": "web",
      "exp": 1700003600,
      "iat": 1700000000,
      "iss": "https://op.example.com",
      "jti": "[jti]",
      "nonce": "nonce-of-the-request",
      "sub": "[sub]"
    }
    "#);
    let hash = Sha256::digest(tokens.access.as_bytes());
    assert_eq!(
        token.claims["at_hash"],
        URL_SAFE_NO_PAD.encode(&hash[..16]),
        "OpenID Connect Core 1.0 §3.1.3.6"
    );
    let other = Client::new(&app, "jwt").login("alice", "openid").await;
    let token = verify(&app, &other.id).await;
    assert_eq!(token.header.alg, Algorithm::ES256, "the client's own algorithm");
}

#[tokio::test]
async fn without_a_nonce_there_is_none() {
    let app = App::start().await;
    let code = Browser::new(&app).authorize(&Ask::of("web").without("nonce"), "alice").await.code();
    let body = Client::new(&app, "web").redeem(&code).await.expect(200).json();
    let claims = verify(&app, body["id_token"].as_str().unwrap()).await.claims;
    assert_eq!(claims.get("nonce"), None);
}

#[tokio::test]
async fn a_person_is_the_same_subject_for_every_client_and_another_for_everyone_else() {
    let app = App::start().await;
    let subject = async |client: &str, name: &str| {
        let tokens = Client::new(&app, client).login(name, "openid").await;
        verify(&app, &tokens.id).await.claims["sub"].as_str().unwrap().to_owned()
    };
    let alice = subject("web", "alice").await;
    assert_eq!(alice.len(), 36, "a random UUID, nothing of the name");
    assert_eq!(alice, subject("post", "alice").await);
    assert_ne!(alice, subject("web", "bob").await);
}

#[tokio::test]
async fn the_time_of_sign_in_is_that_of_the_password() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let then = app.clock.now();
    app.clock.advance(120);
    let code = browser.ask(&Ask::of("post")).await.returned().code();
    let body = Client::new(&app, "post").redeem(&code).await.expect(200).json();
    let claims = verify(&app, body["id_token"].as_str().unwrap()).await.claims;
    assert_eq!((claims["auth_time"].as_i64(), claims["iat"].as_i64()), (Some(then), Some(then + 120)));
}
