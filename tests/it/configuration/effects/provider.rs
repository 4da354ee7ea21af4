//! What the options of the provider do.

use crate::support::certificates::{Authority, KeyForm};
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn minimum_parameter_entropy_is_the_least_length_of_state_and_nonce() {
    for (least, short, enough) in
        [(8, "1234567", "12345678"), (12, "12345678901", "123456789012"), (2, "1", "12")]
    {
        let app =
            App::with(&format!("identity_providers: {{oidc: {{minimum_parameter_entropy: {least}}}}}")).await;
        for name in ["state", "nonce"] {
            let ask = |value: &str| Ask::of("web").set(name, value);
            Browser::new(&app).ask(&ask(short)).await.expect_error("invalid_request");
            assert_eq!(Browser::new(&app).ask(&ask(enough)).await.step(), "sign-in", "{least}: {name}");
        }
    }
}

#[tokio::test]
async fn another_hmac_secret_knows_none_of_the_handles() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    assert!(web.is_active(&tokens.access).await);
    let other =
        App::with("identity_providers: {oidc: {hmac_secret: another hmac secret of this one test}}").await;
    let web = Client::new(&other, "web");
    assert!(!web.is_active(&tokens.access).await);
    web.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
}

fn indented(pem: &str, indent: usize) -> String {
    let lines: Vec<String> = pem.lines().map(|line| format!("{}{line}", " ".repeat(indent))).collect();
    format!("|\n{}\n", lines.join("\n"))
}

#[tokio::test]
async fn a_certificate_chain_is_published_with_its_key() {
    // The tests' clock stands in 2023; the chain must be in date when the configuration is read, which is now.
    let made = Authority::new().made_as("op.example.com", KeyForm::RsaPkcs8, 90 * 86_400);
    let (key, chain) = (indented(&made.key, 10), indented(&made.chain, 10));
    for (fragment, name) in [
        (format!("    jwks:\n      - key: {key}        certificate_chain: {chain}"), "jwks"),
        (
            format!("    jwks: []\n    issuer_private_key: {key}    issuer_certificate_chain: {chain}"),
            "issuer_private_key",
        ),
    ] {
        // base.yml signs with a P-256 key too, which these replace.
        let app = App::with(&format!(
            "identity_providers:\n  oidc:\n{fragment}    clients:\n      - client_id: web\n        client_secret: digest:web-secret\n        redirect_uris: [https://rp.example.com/callback]\n        authorization_policy: one_factor\n        consent_mode: implicit\n"
        ))
        .await;
        let jwks = app.get("/jwks.json").send().await.expect(200).json();
        let jwk = &jwks["keys"][0];
        assert_eq!(jwk["x5c"].as_array().unwrap().len(), 2, "{name}");
        assert!(jwk["x5t#S256"].is_string() && jwk["x5t"].is_string(), "{name}");
        assert_eq!((&jwk["alg"], &jwk["use"]), (&"RS256".into(), &"sig".into()), "{name}");
        let tokens = Client::new(&app, "web").login("alice", "openid").await;
        assert_eq!(verify(&app, &tokens.id).await.header.kid.as_deref(), jwk["kid"].as_str(), "{name}");
    }
}

#[tokio::test]
async fn where_pushing_is_demanded_of_everyone_a_plain_request_is_refused() {
    let app = App::with("identity_providers: {oidc: {require_pushed_authorization_requests: true}}").await;
    Browser::new(&app).ask(&Ask::of("web")).await.expect_error("invalid_request");
    let client = Client::new(&app, "web");
    let request_uri = client.pushed(&Ask::of("web")).await;
    let path = format!("/api/oidc/authorization?client_id=web&request_uri={request_uri}");
    assert_eq!(Browser::new(&app).open(&path).await.step(), "sign-in");
}
