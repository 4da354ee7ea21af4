//! `authorization_code` at the token endpoint: a code is redeemed once, by its client, with its proofs.

use serde_json::json;

use crate::support::client::Method;
use crate::support::{App, Ask, Browser, Client};

async fn code(app: &App, client: &str) -> String {
    Browser::new(app).authorize(&Ask::of(client).scope("openid"), "alice").await.code()
}

#[tokio::test]
async fn a_code_is_redeemed_for_tokens() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let code =
        Browser::new(&app).authorize(&Ask::of("web").scope("openid offline_access"), "alice").await.code();
    let answer = web.redeem(&code).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    let mut names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(body["scope"], "openid offline_access");
    assert!(body["access_token"].as_str().unwrap().starts_with("signet_at_"));
    assert!(body["refresh_token"].as_str().unwrap().starts_with("signet_rt_"));
    app.userinfo(body["access_token"].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("alice", "read").await;
    assert_eq!(tokens.body.get("id_token"), None);
    assert_eq!(tokens.body["scope"], "read");
}

#[tokio::test]
async fn a_public_client_redeems_with_its_proof_key_alone() {
    let app = App::start().await;
    let code = code(&app, "spa").await;
    Client::new(&app, "spa").redeem(&code).await.expect(200);
    // The same client with a secret does not.
    for (kind, is_public) in [("public: true", true), ("client_secret: 'digest:own-secret'", false)] {
        let app = App::with(&format!(
            "identity_providers: {{oidc: {{clients: [{{client_id: own, {kind}, authorization_policy: one_factor, \
             redirect_uris: ['https://rp.example.com/callback']}}]}}}}"
        ))
        .await;
        let own = Client { method: Method::None, ..Client::new(&app, "own") };
        let code = Browser::new(&app).authorize(&Ask::of("own"), "alice").await.code();
        let answer = own.redeem(&code).await;
        if is_public {
            answer.expect(200);
        } else {
            answer.expect_error(401, "invalid_client");
        }
    }
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = code(&app, "web").await;
    app.clock.advance(59);
    web.redeem(&first).await.expect(200);
    let second = code(&app, "web").await;
    app.clock.advance(60);
    web.redeem(&second).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn lifespans_are_those_of_the_client_and_the_grant() {
    let app = App::with(include_str!("lifespan.yml")).await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    assert_eq!(tokens.body["expires_in"], 120);
    let id = crate::support::token::verify(&app, &tokens.id).await.claims;
    assert_eq!(id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(), 180);
    let next = web.refresh(&tokens.refresh).await.expect(200).json();
    assert_eq!(next["expires_in"], 60);
    app.clock.advance(60);
    app.userinfo(next["access_token"].as_str().unwrap()).await.expect_error(401, "invalid_token");
    app.userinfo(&tokens.access).await.expect(200);
    app.clock.advance(60);
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
    let code = code(&app, "web").await;
    app.clock.advance(10);
    web.redeem(&code).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_no_code_is_refused() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    for wrong in ["nonsense", "signet_ac_AAAA", &tokens.access, &tokens.refresh, &format!("{}x", tokens.code)]
    {
        web.redeem(wrong).await.expect_error(400, "invalid_grant");
    }
    web.token(&[("grant_type", "authorization_code")]).await.expect_error(400, "invalid_request");
    app.userinfo(&tokens.access).await.expect(200);
}
