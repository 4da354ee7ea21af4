//! Revocation (RFC 7009).

use crate::support::{App, Client};

#[tokio::test]
async fn either_token_of_a_grant_ends_both() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    for which in ["access", "refresh"] {
        let tokens = web.login("alice", "openid offline_access").await;
        let token = if which == "access" { &tokens.access } else { &tokens.refresh };
        let answer = web.revoke(token).await.expect(200);
        assert_eq!((answer.body.len(), answer.header("cache-control")), (0, "no-store"));
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        assert!(!web.is_active(&tokens.refresh).await);
        web.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        web.revoke(token).await.expect(200);
    }
}

#[tokio::test]
async fn other_grants_of_the_person_stand() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", "openid offline_access").await;
    let second = web.login("alice", "openid offline_access").await;
    web.revoke(&first.access).await.expect(200);
    app.userinfo(&second.access).await.expect(200);
    web.refresh(&second.refresh).await.expect(200);
}

#[tokio::test]
async fn a_public_client_revokes_its_own() {
    let app = App::start().await;
    let spa = Client::new(&app, "spa");
    let tokens = spa.login("alice", "openid offline_access").await;
    spa.revoke(&tokens.refresh).await.expect(200);
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn a_jwt_is_revoked_as_an_opaque_token_is() {
    let app = App::start().await;
    let client = Client::new(&app, "jwt");
    let tokens = client.login("alice", "openid").await;
    client.revoke(&tokens.access).await.expect(200);
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn a_spent_refresh_token_still_ends_its_grant() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", "openid offline_access").await;
    let next = web.refresh(&first.refresh).await.expect(200).json();
    web.revoke(&first.refresh).await.expect(200);
    web.refresh(next["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_token_and_a_right_client_are_needed() {
    let app = App::start().await;
    let mut web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid").await;
    web.call("/api/oidc/revocation", &[("x", "y")]).send().await.expect_error(400, "invalid_request");
    web.secret = "wrong".to_owned();
    web.revoke(&tokens.access).await.expect_error(401, "invalid_client");
    app.userinfo(&tokens.access).await.expect(200);
}
