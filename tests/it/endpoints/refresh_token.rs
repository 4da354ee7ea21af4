//! `refresh_token` at the token endpoint: rotated at each use, and reuse ends the family.

use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

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
async fn a_spent_refresh_token_ends_the_family() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", SCOPE).await;
    let other_grant = web.login("alice", SCOPE).await;
    let second = web.refresh(&first.refresh).await.expect(200).json();
    let text = |name: &str| second[name].as_str().unwrap().to_owned();
    web.refresh(&first.refresh).await.expect_error(400, "invalid_grant");
    web.refresh(&text("refresh_token")).await.expect_error(400, "invalid_grant");
    app.userinfo(&text("access_token")).await.expect_error(401, "invalid_token");
    app.userinfo(&first.access).await.expect_error(401, "invalid_token");
    app.userinfo(&other_grant.access).await.expect(200);
    web.refresh(&other_grant.refresh).await.expect(200);
}

#[tokio::test]
async fn reuse_ends_the_family_whatever_is_asked_and_however_late() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", SCOPE).await;
    web.refresh(&first.refresh).await.expect(200);
    let greedy = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first.refresh.as_str()),
        ("scope", "openid groups"),
    ];
    assert_eq!(web.token(&greedy).await.status, 400);
    app.userinfo(&first.access).await.expect_error(401, "invalid_token");

    let first = web.login("alice", SCOPE).await;
    app.clock.advance(80 * 60);
    let second = web.refresh(&first.refresh).await.expect(200).json();
    app.clock.advance(20 * 60);
    web.refresh(&first.refresh).await.expect_error(400, "invalid_grant");
    app.userinfo(second["access_token"].as_str().unwrap()).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn the_scope_may_be_narrowed_and_widened_again_but_not_beyond_the_grant() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", SCOPE).await;
    let ask = async |token: &str, scope: &str| {
        web.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)]).await
    };
    ask(&first.refresh, "openid profile groups").await.expect_error(400, "invalid_scope");
    ask(&first.refresh, "openid read").await.expect_error(400, "invalid_scope");
    let narrow = ask(&first.refresh, "openid").await.expect(200).json();
    assert_eq!(narrow["scope"], "openid");
    let claims = app.userinfo(narrow["access_token"].as_str().unwrap()).await.expect(200).json();
    assert_eq!(claims.get("name"), None, "the narrow token shows no profile");
    let whole = ask(narrow["refresh_token"].as_str().unwrap(), SCOPE).await.expect(200).json();
    assert_eq!(whole["scope"], SCOPE);
    let without = ask(whole["refresh_token"].as_str().unwrap(), "profile").await.expect(200).json();
    assert_eq!(without.get("id_token"), None);
    let again = web.refresh(without["refresh_token"].as_str().unwrap()).await.expect(200).json();
    assert_eq!(again["scope"], SCOPE, "all that was granted when nothing is named");
}

#[tokio::test]
async fn the_audience_goes_not_beyond_the_grant() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let ask = Ask::of("web").scope("openid offline_access").set("audience", "https://api.example.com");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let body = web.redeem(&code).await.expect(200).json();
    let refresh = body["refresh_token"].as_str().unwrap();
    let with = async |name: &str, value: &str| {
        web.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh), (name, value)]).await
    };
    with("resource", "https://files.example.com").await.expect_error(400, "invalid_target");
    with("audience", "https://other.example.com").await.expect_error(400, "invalid_target");
    let body = with("resource", "https://api.example.com").await.expect(200).json();
    assert_eq!(
        web.introspect(body["access_token"].as_str().unwrap()).await["aud"],
        "https://api.example.com"
    );
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
async fn a_public_client_refreshes_too() {
    let app = App::start().await;
    let spa = Client::new(&app, "spa");
    let tokens = spa.login("alice", "openid offline_access").await;
    let next = spa.refresh(&tokens.refresh).await.expect(200).json();
    spa.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
    spa.refresh(next["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
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
