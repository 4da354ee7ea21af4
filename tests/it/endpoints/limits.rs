//! What is too large, of the wrong method, of the wrong kind.

use crate::support::{App, Browser};

const PROGRAMS: [&str; 4] = [
    "/api/oidc/token",
    "/api/oidc/introspection",
    "/api/oidc/revocation",
    "/api/oidc/pushed-authorization-request",
];

#[tokio::test]
async fn another_method_is_not_allowed_and_the_right_ones_are_named() {
    let app = App::start().await;
    for path in PROGRAMS {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let answer = app.call(method, path).send().await.expect(405);
            assert!(answer.header("allow").contains("POST"), "{method} {path}: {:?}", answer.header("allow"));
        }
    }
    for path in ["/jwks.json", "/.well-known/openid-configuration", "/api/health"] {
        let answer = app.post(path).send().await.expect(405);
        assert!(answer.header("allow").contains("GET"), "{path}: {:?}", answer.header("allow"));
    }
    // A program that only checks a link must not begin or answer an authorization.
    for path in ["/api/oidc/authorization", "/flow/x", "/flow/x/consent"] {
        let answer = app.call("HEAD", path).send().await.expect(405);
        assert!(!answer.header("allow").contains("HEAD"), "{path}: {:?}", answer.header("allow"));
    }
    app.call("DELETE", "/api/oidc/userinfo").send().await.expect(405);
    app.call("PUT", "/api/oidc/authorization").send().await.expect(405);
    app.call("TRACE", "/").send().await.expect(405);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let app = App::start().await;
    for path in PROGRAMS {
        for media_type in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
            let answer = app
                .post(path)
                .basic("machine", "machine-secret")
                .body(media_type, "grant_type=client_credentials");
            let answer = answer.send().await;
            answer.expect_error(415, "invalid_request");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let none = app.post(path).basic("machine", "machine-secret").send().await;
        none.expect_error(400, "invalid_request");
    }
    let form = app
        .post("/api/oidc/token")
        .basic("machine", "machine-secret")
        .body("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "grant_type=client_credentials");
    form.send().await.expect(200);
}

#[tokio::test]
async fn an_unknown_path_is_a_page() {
    let app = App::start().await;
    let view = Browser::new(&app).open("/nonsense").await;
    view.expect_page(404, "There is no such page");
    Browser::new(&app).open("/api/oidc/nonsense").await.expect_page(404, "There is no such page");
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let app = App::start().await;
    let mut seen = std::collections::HashSet::new();
    for path in ["/", "/jwks.json", "/nonsense", "/api/oidc/userinfo", "/api/health"] {
        let answer = app.get(path).header("x-request-id", "planted").send().await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(id.len(), 10, "{path}");
        assert!(seen.insert(id));
    }
}
