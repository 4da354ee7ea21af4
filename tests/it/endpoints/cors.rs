//! Which pages of other origins may call which endpoint.

use crate::support::{App, Client};

const SPA: &str = "https://spa.example.net";

#[tokio::test]
async fn endpoints_are_closed_unless_configured() {
    let app = App::start().await;
    for path in ["/api/oidc/token", "/api/oidc/userinfo", "/api/oidc/revocation", "/", "/logout"] {
        let answer = app.call("OPTIONS", path).header("origin", SPA).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        let answer = app.post(path).header("origin", SPA).form(&[]).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn a_configured_endpoint_opens_to_the_listed_origins_and_no_others() {
    let app = App::with(include_str!("cors.yml")).await;
    let preflight = async |path: &str, origin: &str| {
        let answer = app
            .call("OPTIONS", path)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
            .send()
            .await;
        answer.expect(200)
    };
    let answer = preflight("/api/oidc/token", SPA).await;
    assert_eq!(answer.header("access-control-allow-origin"), SPA);
    assert!(answer.header("access-control-allow-methods").contains("POST"));
    assert!(answer.header("access-control-allow-headers").to_lowercase().contains("authorization"));
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    assert!(answer.all("vary").iter().any(|vary| vary.eq_ignore_ascii_case("origin")));
    for origin in
        ["null", "https://spa.example.net.evil.org", "http://spa.example.net", "https://spa.example.net:444"]
    {
        let answer = preflight("/api/oidc/token", origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
    assert_eq!(preflight("/api/oidc/introspection", SPA).await.header("access-control-allow-origin"), "");
    let refused = Client::new(&app, "web").call("/api/oidc/token", &[]).header("origin", SPA).send().await;
    assert_eq!(
        (refused.status, refused.header("access-control-allow-origin")),
        (400, SPA),
        "errors can be read too"
    );
    let userinfo = app.get("/api/oidc/userinfo").header("origin", SPA).send().await;
    assert_eq!((userinfo.status, userinfo.header("access-control-allow-origin")), (401, SPA));
    assert!(userinfo.header("access-control-expose-headers").contains("WWW-Authenticate"));
    // A browser hands an answer to a call with `credentials: 'include'` over only if this is said.
    for answer in [refused, userinfo] {
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
    }
}
