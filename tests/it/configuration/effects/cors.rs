//! `cors`: who may read the answers in a browser.

use crate::support::App;

async fn allowed(app: &App, path: &str, origin: &str) -> String {
    let answer = app.post(path).header("origin", origin).form(&[]).send().await;
    answer.header("access-control-allow-origin").to_owned()
}

async fn with(cors: &str) -> App {
    App::with(&format!("identity_providers: {{oidc: {{cors: {cors}}}}}")).await
}

#[tokio::test]
async fn each_endpoint_opens_when_it_is_named() {
    let endpoints = [
        ("pushed-authorization-request", "/api/oidc/pushed-authorization-request"),
        ("token", "/api/oidc/token"),
        ("introspection", "/api/oidc/introspection"),
        ("revocation", "/api/oidc/revocation"),
        ("userinfo", "/api/oidc/userinfo"),
    ];
    for (named, _) in endpoints {
        let app =
            with(&format!("{{endpoints: [{named}], allowed_origins: ['https://app.example.net']}}")).await;
        for (endpoint, path) in endpoints {
            let expected = if endpoint == named { "https://app.example.net" } else { "" };
            assert_eq!(allowed(&app, path, "https://app.example.net").await, expected, "{named}: {endpoint}");
        }
    }
}

#[tokio::test]
async fn without_a_list_any_https_origin_is_allowed() {
    let app = with("{endpoints: [token]}").await;
    assert_eq!(
        allowed(&app, "/api/oidc/token", "https://anyone.example.net").await,
        "https://anyone.example.net"
    );
    assert_eq!(allowed(&app, "/api/oidc/token", "http://anyone.example.net").await, "");
}

#[tokio::test]
async fn a_star_in_allowed_origins_allows_every_origin() {
    let app = with("{endpoints: [token], allowed_origins: ['*']}").await;
    for origin in ["https://anyone.example.net", "http://anyone.example.net"] {
        assert_ne!(allowed(&app, "/api/oidc/token", origin).await, "", "{origin}");
    }
}

#[tokio::test]
async fn allowed_origins_from_client_redirect_uris_are_those_of_web_pages_but_localhost() {
    let app = App::with(
        "
identity_providers:
  oidc:
    cors:
      endpoints: [token]
      allowed_origins: ['https://listed.example.net']
      allowed_origins_from_client_redirect_uris: true
    clients:
      - client_id: spa
        public: true
        redirect_uris: ['https://spa.example.net:8443/callback', 'http://localhost/callback', 'app.spa:/callback']
        authorization_policy: one_factor
",
    )
    .await;
    for origin in ["https://spa.example.net:8443", "https://listed.example.net"] {
        assert_eq!(allowed(&app, "/api/oidc/token", origin).await, origin);
        let answer = app.post("/api/oidc/token").header("origin", origin).form(&[]).send().await;
        assert_eq!(answer.header("access-control-allow-credentials"), "true", "{origin}");
    }
    for origin in ["https://spa.example.net", "http://localhost", "https://other.example.net", "app.spa://"] {
        assert_eq!(allowed(&app, "/api/oidc/token", origin).await, "", "{origin}");
    }
}
