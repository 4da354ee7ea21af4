//! Issuer, Host and client address: nothing of it is computed from what a request claims.

use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn another_host_is_misdirected_and_told_the_issuers() {
    let app = App::start().await;
    for host in [
        "evil.example.org",
        "op.example.com.evil.org",
        "op.example.com:8443",
        "op.example.com:80",
        "127.0.0.1",
        "",
    ] {
        let answer = app.get("/.well-known/openid-configuration").host(host).send().await;
        assert_eq!(answer.status, 421, "{host}");
        for issuer in ["https://op.example.com", "https://other.example.org", "http://127.0.0.1:9091"] {
            assert!(answer.text().contains(issuer), "{host} {issuer}");
        }
        assert!(!answer.text().contains("evil"), "nothing is reflected");
        assert!(answer.text().contains("id=\"error-code\""));
    }
    app.get("/jwks.json").host("OP.Example.COM").send().await.expect(200);
    app.get("/jwks.json").host("op.example.com:443").send().await.expect(200);
}

#[tokio::test]
async fn forwarded_hosts_and_schemes_are_not_read() {
    let app = App::start().await;
    let call = app
        .get("/.well-known/openid-configuration")
        .header("x-forwarded-host", "evil.example.org")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example.org;proto=http")
        .header("x-forwarded-prefix", "/evil");
    assert_eq!(call.send().await.expect(200).json()["issuer"], "https://op.example.com");
    let two = app.get("/jwks.json").header("host", "other.example.org").send().await;
    assert_eq!(two.status, 421, "of two Hosts neither is believed");
}

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
async fn readiness_says_when_the_database_is_gone() {
    let app = App::start().await;
    app.storage.close().await;
    let answer = app.get("/api/health/ready").send().await.expect(503);
    assert_eq!(answer.header("retry-after"), "5");
    app.get("/api/health").send().await.expect(200);
    app.get("/jwks.json").send().await.expect(200);
    let answer = Client::new(&app, "machine").token(&[("grant_type", "client_credentials")]).await;
    answer.expect_error(503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    let answer = Client::new(&app, "machine").revoke("signet_at_anything").await;
    assert!(answer.status == 200 || answer.status == 503);
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

#[tokio::test]
async fn x_forwarded_for_counts_from_trusted_proxies_only() {
    // Regulation counts by network: the address is seen in who is locked out.
    let app = App::with(include_str!("issuer.yml")).await;
    let policy = async |peer: &str, forwarded: &[&str]| {
        let mut browser = Browser::new(&app);
        let page = browser.open("/").await;
        let fields =
            Browser::filled(&page, "login-submit", &[("username", "alice"), ("password", "alice-password")]);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut call = app.post("/").form(&fields).header("origin", "https://op.example.com");
        for line in forwarded {
            call = call.header("x-forwarded-for", line);
        }
        browser.address = peer.to_owned();
        browser.send(call).await.expect(303);
        browser.ask(&Ask::of("office").prompt("none")).await.returned().get("error").to_owned()
    };
    assert_eq!(policy("10.1.1.1", &["203.0.113.9"]).await, "", "the proxy names an address of the office");
    assert_eq!(
        policy("10.1.1.1", &["203.0.113.9, 192.0.2.1"]).await,
        "access_denied",
        "the right one counts"
    );
    assert_eq!(policy("10.1.1.1", &["192.0.2.1, 203.0.113.9, 10.2.2.2"]).await, "");
    assert_eq!(policy("10.1.1.1", &["192.0.2.1", "203.0.113.9"]).await, "", "two lines are one list");
    assert_eq!(policy("10.1.1.1", &[]).await, "access_denied");
    assert_eq!(policy("192.0.2.1", &["203.0.113.9"]).await, "access_denied", "anybody can write a header");
}
