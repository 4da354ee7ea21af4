//! `refresh_token` at the token endpoint: rotated at each use, and reuse ends the family.

use crate::support::token::verify;
use crate::support::{App, Client};

const SCOPE: &str = "openid profile offline_access";

#[tokio::test]
async fn a_refresh_token_is_rotated_and_the_new_tokens_say_the_same() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", SCOPE).await;
    app.clock.advance(100);
    let answer = web.refresh(&first.refresh).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["scope"], SCOPE);
    let next = body["refresh_token"].as_str().unwrap();
    assert_ne!(next, first.refresh);
    let (old, new) =
        (verify(&app, &first.id).await.claims, verify(&app, body["id_token"].as_str().unwrap()).await.claims);
    for same in ["iss", "sub", "aud", "azp", "auth_time", "acr", "amr"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    assert_eq!(new["iat"].as_i64().unwrap(), old["iat"].as_i64().unwrap() + 100);
    assert_eq!(new.get("nonce"), None, "OpenID Connect Core 1.0 §12.2");
    web.refresh(next).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_is_its_clients_own() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", SCOPE).await;
    for thief in ["web-2fa", "spa"] {
        Client::new(&app, thief).refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
    }
    web.refresh(&tokens.refresh).await.expect(200);
    Client::new(&app, "spa").refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
    app.userinfo(&tokens.access).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_lives_as_long_as_configured_from_each_rotation() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", SCOPE).await;
    app.clock.advance(89 * 60);
    let second = web.refresh(&first.refresh).await.expect(200).json();
    app.clock.advance(89 * 60);
    let third = web.refresh(second["refresh_token"].as_str().unwrap()).await.expect(200).json();
    app.clock.advance(90 * 60);
    web.refresh(third["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", SCOPE).await;
    for wrong in ["nonsense", &tokens.access, &tokens.code, &tokens.id, &format!("{}x", tokens.refresh)] {
        web.refresh(wrong).await.expect_error(400, "invalid_grant");
    }
    web.token(&[("grant_type", "refresh_token")]).await.expect_error(400, "invalid_request");
    web.refresh(&tokens.refresh).await.expect(200);
}
