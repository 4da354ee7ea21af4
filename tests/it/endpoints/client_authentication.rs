//! Client authentication at the endpoints for programs: one mechanism, the registered one, the same words for every fault.

use crate::support::{Answer, App, Client};

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

const PATHS: [&str; 4] = [
    "/api/oidc/token",
    "/api/oidc/introspection",
    "/api/oidc/revocation",
    "/api/oidc/pushed-authorization-request",
];

/// Asserts `invalid_client`; a challenge only when the client came with the header.
#[track_caller]
fn refused(answer: &Answer, by_header: bool) {
    answer.expect_error(401, "invalid_client");
    assert_eq!(answer.header("www-authenticate"), if by_header { "Basic realm=\"signet\"" } else { "" });
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_secret_is_read_as_rfc_6749_encodes_it() {
    let app = App::with(include_str!("client_authentication.yml")).await;
    let secret = "p+ä ss%:word&=";
    let answer = app.post("/api/oidc/token").form(&CREDENTIALS).basic("odd", secret).send().await;
    answer.expect(200);
    let fields = [("grant_type", "client_credentials"), ("client_id", "odd-post"), ("client_secret", secret)];
    app.post("/api/oidc/token").form(&fields).send().await.expect(200);
}

#[tokio::test]
async fn every_digest_format_verifies_a_client() {
    let app = App::with(include_str!("client_authentication.yml")).await;
    for client in ["plain", "pbkdf2", "bcrypt", "sha512", "scrypt"] {
        let secret = if client == "bcrypt" { "insecure_secret" } else { "password" };
        let answer = app.post("/api/oidc/token").form(&CREDENTIALS).basic(client, secret).send().await;
        assert_eq!(answer.status, 200, "{client}: {}", answer.text());
        let answer = app.post("/api/oidc/token").form(&CREDENTIALS).basic(client, "Password").send().await;
        refused(&answer, true);
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_refused_before_anything_else() {
    let app = App::start().await;
    for path in PATHS {
        let answer = Client::new(&app, "web").call(path, &[("token", "a"), ("token", "b")]).send().await;
        answer.expect_error(400, "invalid_request");
    }
    let twice = [("grant_type", "client_credentials"), ("scope", "read"), ("scope", "read")];
    Client::new(&app, "machine").token(&twice).await.expect_error(400, "invalid_request");
}

#[tokio::test]
async fn a_grant_that_is_unknown_missing_or_not_registered_has_its_own_error() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    web.token(&[("grant_type", "password")]).await.expect_error(400, "unsupported_grant_type");
    web.token(&[("code", "x")]).await.expect_error(400, "invalid_request");
    web.token(&CREDENTIALS).await.expect_error(400, "unauthorized_client");
    let machine = Client::new(&app, "machine");
    machine
        .token(&[("grant_type", "authorization_code"), ("code", "x")])
        .await
        .expect_error(400, "unauthorized_client");
    machine.token(&[("grant_type", "refresh_token")]).await.expect_error(400, "unauthorized_client");
    Client::new(&app, "spa").token(&CREDENTIALS).await.expect_error(400, "unauthorized_client");
}
