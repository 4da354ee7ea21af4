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
async fn a_wrong_secret_is_refused_in_the_same_words_as_an_unknown_client() {
    let app = App::start().await;
    let mut bodies = Vec::new();
    for (user, secret) in [
        ("machine", "wrong"),
        ("machine", ""),
        ("machine", "null"),
        ("machine", "machine-secret "),
        ("machine", "Machine-secret"),
        ("nobody", "machine-secret"),
        ("nobody", ""),
        ("", ""),
        ("spa", "anything"),
    ] {
        let answer = app.post("/api/oidc/token").form(&CREDENTIALS).basic(user, secret).send().await;
        refused(&answer, true);
        bodies.push(answer.text());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test]
async fn basic_credentials_that_cannot_be_read_are_refused() {
    let app = App::start().await;
    let junk: [&[u8]; 9] = [
        b"machine",
        b"",
        b":",
        b"machine:machine%2",
        b"machine:machine%zzsecret",
        b"machine:%00machine-secret",
        b"machine:\xff\xfe",
        b"machine:machine-secret%00",
        b"\0machine:machine-secret",
    ];
    for credentials in junk {
        let answer = app.post("/api/oidc/token").form(&CREDENTIALS).raw_basic(credentials).send().await;
        refused(&answer, true);
    }
    for header in [
        "Basic",
        "Basic ",
        "Basic ***",
        "Basic bWFjaGluZTptYWNoaW5lLXNlY3JldA",
        "Bearer abc",
        "Digest x",
        "nonsense",
    ] {
        let answer =
            app.post("/api/oidc/token").form(&CREDENTIALS).header("authorization", header).send().await;
        assert!(answer.status == 401 || header.starts_with("Basic bWF"), "{header}: {}", answer.text());
    }
    let latin = app.post("/api/oidc/token").form(&CREDENTIALS).raw_header("authorization", b"Basic \xe9\xe9");
    refused(&latin.send().await, true);
    let twice = Client::new(&app, "machine").call("/api/oidc/token", &CREDENTIALS);
    refused(&twice.basic("machine", "machine-secret").send().await, true);
}

#[tokio::test]
async fn a_secret_of_64_kib_is_refused_quickly() {
    let app = App::start().await;
    let large = "s".repeat(60 * 1024);
    let answer = app.post("/api/oidc/token").form(&CREDENTIALS).basic("machine", &large).send().await;
    assert!(matches!(answer.status, 401 | 431), "{}", answer.status);
    let mut fields = CREDENTIALS.to_vec();
    fields.extend([("client_id", "post"), ("client_secret", large.as_str())]);
    let answer = app.post("/api/oidc/token").form(&fields).send().await;
    refused(&answer, false);
}

#[tokio::test]
async fn the_registered_method_counts_at_every_endpoint() {
    let app = App::start().await;
    for path in PATHS {
        let send = async |fields: &[(&str, &str)]| app.post(path).form(fields).send().await;
        let fields = [("token", "x"), ("client_id", "web"), ("client_secret", "web-secret")];
        refused(&send(&fields).await, false);
        let answer = app.post(path).form(&[("token", "x")]).basic("post", "post-secret").send().await;
        refused(&answer, true);
        refused(&send(&[("token", "x"), ("client_id", "web")]).await, false);
        refused(&send(&[("token", "x"), ("client_id", "nobody")]).await, false);
        refused(&send(&[("token", "x")]).await, false);
        let public = [("token", "x"), ("client_id", "spa"), ("client_secret", "anything")];
        refused(&send(&public).await, false);
    }
}

#[tokio::test]
async fn two_methods_in_one_request_are_refused() {
    let app = App::start().await;
    let both =
        [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", "machine-secret")];
    let answer = app.post("/api/oidc/token").form(&both).basic("machine", "machine-secret").send().await;
    refused(&answer, true);
    let other = [("grant_type", "client_credentials"), ("client_id", "web")];
    let answer = app.post("/api/oidc/token").form(&other).basic("machine", "machine-secret").send().await;
    refused(&answer, true);
    let same = [("grant_type", "client_credentials"), ("client_id", "machine")];
    app.post("/api/oidc/token").form(&same).basic("machine", "machine-secret").send().await.expect(200);
    let assertion = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "a.b.c"),
    ];
    refused(&app.post("/api/oidc/token").form(&assertion).send().await, false);
    let answer = app.post("/api/oidc/token").form(&assertion).basic("machine", "machine-secret").send().await;
    refused(&answer, true);
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

#[tokio::test]
async fn a_query_does_not_count() {
    let app = App::start().await;
    let path = "/api/oidc/token?grant_type=client_credentials&client_id=post&client_secret=post-secret";
    refused(&app.post(path).form(&[("x", "y")]).send().await, false);
}
