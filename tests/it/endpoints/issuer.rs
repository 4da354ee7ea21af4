//! What belongs to an issuer, and what answers at every one.

use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn health_answers_on_every_host() {
    let app = App::start().await;
    for path in ["/api/health", "/api/health/ready"] {
        for host in ["op.example.com", "10.0.0.1:9091", "probe"] {
            let answer = app.get(path).host(host).send().await.expect(200);
            assert_eq!(answer.json()["status"], "OK");
        }
    }
}

#[tokio::test]
async fn health_can_be_turned_off() {
    let app = App::with("server: {disable_healthcheck: true}").await;
    for path in ["/api/health", "/api/health/ready"] {
        app.get(path).send().await.expect(404);
    }
}

#[tokio::test]
async fn readiness_says_when_the_database_is_gone() {
    let app = App::start().await;
    app.storage.close().await;
    let answer = app.get("/api/health/ready").send().await.expect(503);
    assert_eq!(answer.header("retry-after"), "5");
    app.get("/api/health").send().await.expect(200);
    app.get("/jwks.json").send().await.expect(200);
}

#[tokio::test]
async fn tokens_are_known_only_at_the_issuer_that_made_them() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    let call = app.get("/api/oidc/userinfo").header("authorization", &format!("Bearer {}", tokens.access));
    call.host("other.example.org").send().await.expect_error(401, "invalid_token");
    let there = |path: &str, fields: &[(&str, &str)]| web.call(path, fields).host("other.example.org");
    let answer = there("/api/oidc/introspection", &[("token", &tokens.access)]).send().await.expect(200);
    assert_eq!(answer.json(), serde_json::json!({"active": false}));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    there("/api/oidc/token", &refresh).send().await.expect_error(400, "invalid_grant");
    there("/api/oidc/revocation", &[("token", &tokens.access)]).send().await.expect(200);
    app.userinfo(&tokens.access).await.expect(200);
    let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
    let fields = crate::support::client::code_fields("web", &code);
    there("/api/oidc/token", &fields).send().await.expect_error(400, "invalid_grant");
    web.redeem(&code).await.expect(200);
}
