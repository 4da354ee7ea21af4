//! Introspection (RFC 7662): who may see what.

use serde_json::json;

use crate::support::token::settled;
use crate::support::{App, Ask, Browser, Client};

const INACTIVE: &str = r#"{"active":false}"#;

async fn inactive(caller: &Client, token: &str) {
    let answer = caller.call("/api/oidc/introspection", &[("token", token)]).send().await.expect(200);
    assert_eq!(answer.text(), INACTIVE, "and nothing else");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_client_sees_its_own_token() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid profile offline_access").await;
    let seen = web.introspect(&tokens.access).await;
    insta::assert_json_snapshot!(settled(seen.as_object().unwrap(), &["sub", "jti"]), @r#"
    {
      "acr": "1",
      "active": true,
      "aud": "https://op.example.com",
      "auth_time": 1700000000,
      "client_id": "web",
      "exp": 1700003600,
      "iat": 1700000000,
      "iss": "https://op.example.com",
      "jti": "[jti]",
      "scope": "openid profile offline_access",
      "sub": "[sub]",
      "token_type": "Bearer",
      "username": "alice"
    }
    "#);
    let refresh = web.introspect(&tokens.refresh).await;
    assert_eq!((&refresh["active"], &refresh["client_id"]), (&json!(true), &json!("web")));
    assert_eq!(refresh["exp"].as_i64().unwrap() - refresh["iat"].as_i64().unwrap(), 90 * 60);
    assert_eq!(refresh.get("token_type"), None, "a refresh token is no bearer token");
}

#[tokio::test]
async fn a_token_is_seen_by_those_it_is_for() {
    let app = App::start().await;
    let (web, api, machine) =
        (Client::new(&app, "web"), Client::new(&app, "api"), Client::new(&app, "machine"));
    let ask = Ask::of("web").scope("openid offline_access").set("audience", "https://api.example.com");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let body = web.redeem(&code).await.expect(200).json();
    let access = body["access_token"].as_str().unwrap();
    assert_eq!(api.introspect(access).await["username"], "alice", "introspect_audiences names its audience");
    inactive(&machine, access).await;
    inactive(&api, body["refresh_token"].as_str().unwrap()).await;
    let own =
        machine.token(&[("grant_type", "client_credentials"), ("audience", "api")]).await.expect(200).json();
    assert!(api.is_active(own["access_token"].as_str().unwrap()).await, "its aud names the caller");
    let other = web.login("alice", "openid").await;
    inactive(&api, &other.access).await;
}

#[tokio::test]
async fn introspect_any_opens_all() {
    let app = App::start().await;
    let auditor = Client::new(&app, "auditor");
    let tokens = Client::new(&app, "web").login("alice", "openid offline_access").await;
    let jwt = Client::new(&app, "jwt").login("alice", "openid").await;
    for token in [&tokens.access, &tokens.refresh, &jwt.access] {
        assert!(auditor.is_active(token).await);
    }
}

#[tokio::test]
async fn whose_tokens_a_client_sees_is_what_it_is_registered_for() {
    let of = |own: &str| {
        format!(
            "identity_providers: {{oidc: {{clients: [{{client_id: own, client_secret: 'digest:own-secret', \
             grant_types: [client_credentials]{own}}}, {{client_id: other, client_secret: 'digest:other-secret', \
             grant_types: [client_credentials], audience: ['https://api.example.com', 'https://files.example.com']}}]}}}}"
        )
    };
    for (own, seen) in [
        ("", [false, false, false]),
        (", introspect_audiences: ['https://api.example.com']", [true, false, false]),
        (", introspect_any: true", [true, true, true]),
    ] {
        let app = App::with(&of(own)).await;
        let other = Client::new(&app, "other");
        for (audience, seen) in ["https://api.example.com", "https://files.example.com", ""].iter().zip(seen)
        {
            let fields = [("grant_type", "client_credentials"), ("audience", *audience)];
            let fields = if audience.is_empty() { &fields[..1] } else { &fields };
            let body = other.token(fields).await.expect(200).json();
            let access = body["access_token"].as_str().unwrap();
            assert_eq!(Client::new(&app, "own").is_active(access).await, seen, "{own} {audience}");
        }
    }
}

#[tokio::test]
async fn what_is_worth_nothing_is_inactive() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let auditor = Client::new(&app, "auditor");
    let tokens = web.login("alice", "openid offline_access").await;
    for wrong in ["nonsense", &tokens.id, &tokens.code, "a.b.c", &format!("{}x", tokens.access)] {
        inactive(&auditor, wrong).await;
    }
    let next = web.refresh(&tokens.refresh).await.expect(200).json();
    inactive(&auditor, &tokens.refresh).await;
    app.userinfo(&tokens.access).await.expect(200);
    app.clock.advance(3600);
    inactive(&auditor, &tokens.access).await;
    assert!(auditor.is_active(next["refresh_token"].as_str().unwrap()).await);
    web.revoke(next["refresh_token"].as_str().unwrap()).await.expect(200);
    inactive(&auditor, next["refresh_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn a_hint_changes_nothing_and_a_token_is_needed() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    for hint in ["access_token", "refresh_token", "nonsense"] {
        for token in [&tokens.access, &tokens.refresh] {
            let call = web.call("/api/oidc/introspection", &[("token", token), ("token_type_hint", hint)]);
            assert_eq!(call.send().await.expect(200).json()["active"], true, "{hint}");
        }
    }
    web.call("/api/oidc/introspection", &[("x", "y")]).send().await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn a_public_client_cannot_ask() {
    let app = App::start().await;
    let spa = Client::new(&app, "spa");
    let tokens = spa.login("alice", "openid").await;
    let answer = spa.call("/api/oidc/introspection", &[("token", &tokens.access)]).send().await;
    answer.expect_error(401, "invalid_client");
}
