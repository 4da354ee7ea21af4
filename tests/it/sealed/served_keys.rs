//! Answers that are encrypted to a key which the client serves at its `jwks_uri`, and changes there.

use serde_json::{Value, json};

use super::readers::{Sealed, read};
use super::registered::SECRET;
use crate::support::assertion::key;
use crate::support::{App, Ask, Browser, Client, Documents, VERIFIER};

const CALLBACK: &str = "https://rp.example.com/callback";
const KEYS: &str = "/keys.json";

/// A provider whose client serves its keys, with lines of its registration.
async fn with(documents: &Documents, lines: &str) -> App {
    App::with(&format!(
        "identity_providers:\n  oidc:\n    outbound: {{allowed_networks: ['127.0.0.0/8', '::1']}}\n    clients:\n      \
         - client_id: app\n        client_secret: '$plaintext${SECRET}'\n        redirect_uris: [{CALLBACK}]\n        \
         authorization_policy: one_factor\n        consent_mode: implicit\n        scopes: [openid, profile]\n        \
         jwks_uri: '{}'\n        id_token_encrypted_response_alg: ECDH-ES+A256KW\n        \
         id_token_encrypted_response_enc: A256GCM\n        userinfo_signed_response_alg: RS256\n        \
         userinfo_encrypted_response_alg: ECDH-ES\n{lines}",
        documents.url(KEYS)
    ))
    .await
}

/// The client has this one key from now on.
fn serve(documents: &Documents, kid: &str, name: &str) {
    let mut jwk = key(name).jwk();
    jwk["kid"] = kid.into();
    jwk["use"] = "enc".into();
    documents.put(KEYS, &json!({ "keys": [jwk] }));
}

fn client(app: &App) -> Client {
    Client { secret: SECRET.to_owned(), ..Client::new(app, "app") }
}

async fn code(app: &App) -> String {
    let ask = Ask::of("app").set("redirect_uri", CALLBACK).scope("openid profile");
    Browser::new(app).authorize(&ask, "alice").await.code()
}

fn fields(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

/// Both answers of a login are for whoever has this key, as two libraries of others read them.
async fn assert_encrypted_to(app: &App, tokens: &Value, kid: &str, name: &str) {
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.expect(200).text();
    let id_token = tokens["id_token"].as_str().unwrap();
    let answers = [
        ("id_token", id_token, ("ECDH-ES+A256KW", "A256GCM")),
        ("userinfo", &userinfo, ("ECDH-ES", "A128CBC-HS256")),
    ];
    let sealed = answers.map(|(object, token, (alg, enc))| Sealed {
        name: object.to_owned(),
        token: token.to_owned(),
        encrypted: Some((alg.to_owned(), enc.to_owned())),
        private: Some(key(name).private()),
        secret: SECRET.to_owned(),
        signed: "RS256".to_owned(),
    });
    let jwks = app.get("/jwks.json").send().await.expect(200).json();
    let read = read(jwks, sealed.to_vec()).await;
    for (object, _, (alg, enc)) in answers {
        let outer = &read[object]["outer"];
        assert_eq!([&outer["kid"], &outer["alg"], &outer["enc"]], [kid, alg, enc], "{object}");
        assert_eq!(read[object]["claims"]["aud"], "app", "{object}");
    }
    assert_eq!(read["userinfo"]["claims"]["name"], "Alice Ample");
    assert_eq!(read["id_token"]["claims"]["sub"], read["userinfo"]["claims"]["sub"]);
}

#[tokio::test]
async fn what_is_encrypted_follows_the_key_that_the_client_serves() {
    let documents = Documents::plain().await;
    serve(&documents, "first", "p256");
    let app = with(&documents, "").await;
    let login = async || client(&app).token(&fields(&code(&app).await)).await.expect(200).json();
    assert_encrypted_to(&app, &login().await, "first", "p256").await;
    serve(&documents, "second", "other-p256");
    // For a quarter of an hour the key of before is good, whatever the client serves.
    app.clock.advance(899);
    assert_encrypted_to(&app, &login().await, "first", "p256").await;
    app.clock.advance(1);
    assert_encrypted_to(&app, &login().await, "second", "other-p256").await;
    assert_eq!(documents.connections(), 2);
}

#[tokio::test]
async fn a_key_that_is_named_is_waited_for_and_nothing_leaves_in_the_open_or_is_spent() {
    let documents = Documents::plain().await;
    serve(&documents, "first", "p256");
    let lines = "        id_token_encrypted_response_key_id: second\n        userinfo_encrypted_response_key_id: second\n";
    let app = with(&documents, lines).await;
    let code = code(&app).await;
    let refused = client(&app).token(&fields(&code)).await;
    refused.expect_error(503, "temporarily_unavailable");
    assert!(refused.json().get("access_token").is_none() && refused.json().get("id_token").is_none());
    serve(&documents, "second", "other-p256");
    app.clock.advance(40);
    let tokens = client(&app).token(&fields(&code)).await.expect(200).json();
    assert_encrypted_to(&app, &tokens, "second", "other-p256").await;
}
