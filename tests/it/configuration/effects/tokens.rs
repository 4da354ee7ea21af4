//! What claims policies, scopes and keys put into tokens.

use serde_json::json;

use crate::support::client::code_fields;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

const CLIENT: &str = "
    clients:
      - client_id: claims
        client_secret: digest:claims-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        claims_policy: own
        audience: [https://api.example.com]
        scopes: [openid, door]
";

async fn with(options: &str) -> App {
    App::with(&format!("identity_providers:\n  oidc:\n{options}{CLIENT}")).await
}

#[tokio::test]
async fn id_token_audience_mode_merges_what_was_granted_into_aud() {
    for (mode, aud) in [
        ("specification", json!("claims")),
        ("experimental-merged", json!(["claims", "https://api.example.com"])),
    ] {
        let app = with(&format!(
            "    claims_policies: {{own: {{id_token_audience_mode: {mode}}}}}\n    scopes: {{door: {{}}}}"
        ))
        .await;
        let client = Client::new(&app, "claims");
        let ask = Ask::of("claims").set("resource", "https://api.example.com");
        let code = Browser::new(&app).authorize(&ask, "alice").await.code();
        let body = client.redeem(&code).await.expect(200).json();
        let id = verify(&app, body["id_token"].as_str().unwrap()).await.claims;
        assert_eq!(id["aud"], aud, "{mode}");
    }
}

/// OpenID Connect Core §12.2: `aud` of a refreshed ID token is that of the first, whatever the access token is for.
#[tokio::test]
async fn the_audience_of_an_id_token_stays_what_it_was_when_access_tokens_are_narrowed() {
    let options =
        "    claims_policies: {own: {id_token_audience_mode: experimental-merged}}\n    scopes: {door: {}}";
    let client = CLIENT
        .replace("[https://api.example.com]", "[https://api.example.com, https://files.example.com]")
        .replace(
            "[openid, door]",
            "[openid, offline_access]\n        grant_types: [authorization_code, refresh_token]",
        );
    let app = App::with(&format!("identity_providers:\n  oidc:\n{options}{client}")).await;
    let client = Client::new(&app, "claims");
    let ask = Ask::of("claims")
        .scope("openid offline_access")
        .set("audience", "https://api.example.com https://files.example.com");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let narrow = ("resource", "https://files.example.com");
    let first =
        client.token(&[&code_fields("claims", &code)[..], &[narrow]].concat()).await.expect(200).json();
    let refresh = first["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh), narrow];
    let second = client.token(&fields).await.expect(200).json();
    for body in [first, second] {
        let id = verify(&app, body["id_token"].as_str().unwrap()).await.claims;
        assert_eq!(id["aud"], json!(["claims", "https://api.example.com", "https://files.example.com"]));
    }
}

#[tokio::test]
async fn a_custom_claim_has_its_name_and_the_value_of_its_attribute() {
    let app = with(
        "    claims_policies: {own: {id_token: [login_name], custom_claims: {login: {name: login_name, attribute: username}}}}
    scopes: {door: {claims: [login_name]}}",
    )
    .await;
    let tokens = Client::new(&app, "claims").login("alice", "openid door").await;
    let id = verify(&app, &tokens.id).await.claims;
    assert_eq!((&id["login_name"], id.get("login")), (&json!("alice"), None));
    let userinfo = app.userinfo(&tokens.access).await.expect(200).json();
    assert_eq!(userinfo["login_name"], "alice");
    let bare = Client::new(&app, "claims").login("alice", "openid").await;
    assert_eq!(
        app.userinfo(&bare.access).await.expect(200).json().get("login_name"),
        None,
        "only with the scope"
    );
}

#[tokio::test]
async fn a_token_is_signed_by_the_key_that_its_client_names() {
    let app = App::with(
        "
identity_providers:
  oidc:
    jwks:
      - {key_id: first, key: 'key:rsa'}
      - {key_id: second, use: sig, key: 'key:other-rsa'}
      - {key_id: pss, algorithm: PS256, key: 'key:rsa'}
    clients:
      - client_id: first
        client_secret: digest:first-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        access_token_signed_response_alg: RS256
      - client_id: second
        client_secret: digest:second-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        id_token_signed_response_key_id: second
        access_token_signed_response_key_id: pss
",
    )
    .await;
    for (client, id_token, access_token) in [("first", "first", "first"), ("second", "second", "pss")] {
        let tokens = Client::new(&app, client).login("alice", "openid").await;
        let kid = async |token: &str| verify(&app, token).await.header.kid.unwrap();
        assert_eq!(
            (kid(&tokens.id).await.as_str(), kid(&tokens.access).await.as_str()),
            (id_token, access_token)
        );
    }
}

#[tokio::test]
async fn a_key_that_encrypts_is_published_and_signs_nothing() {
    let app = App::with(
        "
identity_providers:
  oidc:
    jwks:
      - {key_id: enc, use: enc, key: 'key:other-rsa'}
      - {key_id: sig, key: 'key:rsa'}
    clients:
      - client_id: own
        client_secret: digest:own-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
",
    )
    .await;
    let jwks = app.get("/jwks.json").send().await.expect(200).json();
    let kids: Vec<&str> =
        jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids, ["sig", "enc"]);
    assert_eq!((&jwks["keys"][1]["use"], &jwks["keys"][1]["alg"]), (&"enc".into(), &"RSA-OAEP-256".into()));
    let tokens = Client::new(&app, "own").login("alice", "openid").await;
    assert_eq!(verify(&app, &tokens.id).await.header.kid.as_deref(), Some("sig"));
}

#[tokio::test]
async fn a_key_without_a_name_goes_by_the_name_that_authelia_gives_it_too() {
    let kid = async |app: &App| {
        let jwks = app.get("/jwks.json").send().await.expect(200).json();
        jwks["keys"][1]["kid"].as_str().unwrap().to_owned()
    };
    let made = kid(&App::start().await).await;
    let (hex, algorithm) = made.split_once('-').unwrap();
    for named in [made.clone(), format!("{}-{algorithm}", hex.get(..6).unwrap())] {
        let app = App::with(&format!(
            "
identity_providers:
  oidc:
    clients:
      - client_id: own
        client_secret: digest:own-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        id_token_signed_response_key_id: '{named}'
"
        ))
        .await;
        let tokens = Client::new(&app, "own").login("alice", "openid").await;
        assert_eq!(verify(&app, &tokens.id).await.header.kid.as_deref(), Some(made.as_str()), "{named}");
    }
}
