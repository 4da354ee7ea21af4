//! A configuration that changes while requests are pending and tokens are about.

use crate::support::{App, Ask, Browser, Client};

const BEFORE: &str = include_str!("reload.yml");

#[tokio::test]
async fn a_grant_that_was_taken_away_is_refused() {
    let app = App::with(BEFORE).await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    app.reconfigure(&BEFORE.replace("authorization_code, refresh_token", "authorization_code"));
    web.refresh(&tokens.refresh).await.expect_error(400, "unauthorized_client");
    app.userinfo(&tokens.access).await.expect(200);
}

#[tokio::test]
async fn a_pending_request_falls_with_its_redirect_uri() {
    let app = App::with(BEFORE).await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let consent = browser.sign_in(&page, "alice").await;
    app.reconfigure(&BEFORE.replace("rp.example.com/callback", "rp.example.com/new"));
    let after = browser.allow(&consent).await;
    assert_eq!((after.status(), after.outside), (400, None));
}

#[tokio::test]
async fn a_secret_that_was_replaced_opens_nothing_more() {
    let app = App::with(BEFORE).await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid").await;
    assert!(web.is_active(&tokens.access).await, "the right secret is remembered");
    app.reconfigure(&BEFORE.replace("digest:web-secret", "digest:another-secret"));
    let answer = web.call("/api/oidc/introspection", &[("token", &tokens.access)]).send().await;
    answer.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn discovery_is_prepared_anew() {
    let app = App::with(BEFORE).await;
    let etag = async || app.get("/.well-known/openid-configuration").send().await.header("etag").to_owned();
    let before = etag().await;
    app.reconfigure(&format!("{BEFORE}    require_pushed_authorization_requests: true\n"));
    assert_ne!(before, etag().await);
}
