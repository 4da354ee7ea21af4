//! What each option does, and what a sealed token cannot be used for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::registered::SECRET;
use crate::support::{App, Ask, Browser, Client, VERIFIER};

const CALLBACK: &str = "https://rp.example.com/callback";

/// A provider with one client, with lines of its registration.
async fn with(lines: &[&str]) -> App {
    let jwks = "    jwks:\n      - {key: 'key:rsa', key_id: main}\n      - {key: 'key:other-rsa', key_id: second}\n      \
                - {key: 'key:p256', key_id: curve}\n";
    let mut text = format!(
        "identity_providers:\n  oidc:\n{jwks}    clients:\n      - client_id: app\n        client_secret: '$plaintext${SECRET}'\n        \
         redirect_uris: [{CALLBACK}]\n        authorization_policy: one_factor\n        consent_mode: implicit\n        \
         scopes: [openid, profile]\n"
    );
    for line in lines {
        text += &format!("        {line}\n");
    }
    App::with(&text).await
}

fn client(app: &App) -> Client {
    Client { secret: SECRET.to_owned(), ..Client::new(app, "app") }
}

async fn tokens(app: &App) -> Value {
    let ask = Ask::of("app").set("redirect_uri", CALLBACK).scope("openid profile");
    let code = Browser::new(app).authorize(&ask, "alice").await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    client(app).token(&fields).await.expect(200).json()
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

/// One of each object, by its name.
async fn object(app: &App, name: &str) -> String {
    let tokens = tokens(app).await;
    let access = tokens["access_token"].as_str().unwrap();
    match name {
        "userinfo" => app.userinfo(access).await.expect(200).text(),
        "introspection" => {
            client(app).call("/api/oidc/introspection", &[("token", access)]).send().await.expect(200).text()
        }
        name => tokens[name].as_str().unwrap().to_owned(),
    }
}

/// Each object with the options that sign it.
const SIGNED: [(&str, &str, &str); 4] = [
    ("id_token", "id_token_signed_response_alg", "id_token_signed_response_key_id"),
    ("access_token", "access_token_signed_response_alg", "access_token_signed_response_key_id"),
    ("userinfo", "userinfo_signed_response_alg", "userinfo_signed_response_key_id"),
    ("introspection", "introspection_signed_response_alg", "introspection_signed_response_key_id"),
];
/// Each object with the options that encrypt it.
const ENCRYPTED: [(&str, [&str; 3]); 4] = [
    (
        "id_token",
        [
            "id_token_encrypted_response_alg",
            "id_token_encrypted_response_enc",
            "id_token_encrypted_response_key_id",
        ],
    ),
    (
        "access_token",
        [
            "access_token_encrypted_response_alg",
            "access_token_encrypted_response_enc",
            "access_token_encrypted_response_key_id",
        ],
    ),
    (
        "userinfo",
        [
            "userinfo_encrypted_response_alg",
            "userinfo_encrypted_response_enc",
            "userinfo_encrypted_response_key_id",
        ],
    ),
    (
        "introspection",
        [
            "introspection_encrypted_response_alg",
            "introspection_encrypted_response_enc",
            "introspection_encrypted_response_key_id",
        ],
    ),
];

#[tokio::test]
async fn each_object_is_signed_by_the_algorithm_or_the_key_that_is_named() {
    for (name, alg, key_id) in SIGNED {
        let by_alg = with(&[&format!("{alg}: ES256")]).await;
        let header_by_alg = header(&object(&by_alg, name).await);
        assert_eq!(
            (&header_by_alg["alg"], &header_by_alg["kid"]),
            (&"ES256".into(), &"curve".into()),
            "{name}"
        );
        let by_key = with(&[&format!("{alg}: ES256"), &format!("{key_id}: second")]).await;
        let header_by_key = header(&object(&by_key, name).await);
        assert_eq!(
            (&header_by_key["alg"], &header_by_key["kid"]),
            (&"RS256".into(), &"second".into()),
            "{name}"
        );
        let by_secret = with(&[&format!("{alg}: HS384")]).await;
        assert_eq!(header(&object(&by_secret, name).await)["alg"], "HS384", "{name}");
    }
}

#[tokio::test]
async fn each_object_is_encrypted_as_it_is_named() {
    let keys = "jwks: [{key_id: first, use: enc, key: 'public:rsa'}, {key_id: other, use: enc, key: 'public:other-rsa'}]";
    for (name, [alg, enc, key_id]) in ENCRYPTED {
        let lines = [
            keys.to_owned(),
            format!("{name}_signed_response_alg: RS256"),
            format!("{alg}: RSA-OAEP-256"),
            format!("{enc}: A256GCM"),
            format!("{key_id}: other"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let app = with(&lines).await;
        let named = header(&object(&app, name).await);
        let seen = [&named["alg"], &named["enc"], &named["kid"]];
        assert_eq!(seen, ["RSA-OAEP-256", "A256GCM", "other"], "{name}");
        let app = with(&lines[..3]).await;
        let default = header(&object(&app, name).await);
        let seen = [&default["alg"], &default["enc"], &default["kid"]];
        assert_eq!(seen, ["RSA-OAEP-256", "A128CBC-HS256", "first"], "{name}");
    }
}

#[tokio::test]
async fn an_introspection_answer_is_a_jwt_for_whoever_asks_for_one() {
    let app = with(&[]).await;
    let access = tokens(&app).await["access_token"].as_str().unwrap().to_owned();
    let ask = |accept: &str| {
        client(&app).call("/api/oidc/introspection", &[("token", &access)]).header("accept", accept)
    };
    for accept in [
        "application/token-introspection+jwt",
        "application/json;q=0.5, application/token-introspection+jwt;q=0.9",
        "Application/Token-Introspection+JWT",
    ] {
        let answer = ask(accept).send().await.expect(200);
        assert_eq!(answer.header("content-type"), "application/token-introspection+jwt", "{accept}");
        let header = header(&answer.text());
        assert_eq!((&header["alg"], &header["typ"]), (&"RS256".into(), &"token-introspection+jwt".into()));
    }
    for accept in
        ["application/json", "*/*", "application/token-introspection+jwt;q=0", "application/jwt", "text/html"]
    {
        assert_eq!(ask(accept).send().await.expect(200).json()["active"], true, "{accept}");
    }
    let wrong = client(&app).call("/api/oidc/introspection", &[("token", "nothing")]);
    let answer =
        wrong.header("accept", "application/token-introspection+jwt").send().await.expect(200).text();
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(answer.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!(claims["token_introspection"], serde_json::json!({"active": false}));
    assert_eq!(claims["aud"], "app");
}

/// Whoever knows the client's secret could sign tokens as the provider does: the row knows those that it made.
#[tokio::test]
async fn a_token_that_a_client_signed_or_encrypted_itself_is_worth_nothing() {
    let app = with(&["access_token_signed_response_alg: HS256"]).await;
    let access = tokens(&app).await["access_token"].as_str().unwrap().to_owned();
    app.userinfo(&access).await.expect(200);
    let parts: Vec<&str> = access.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    claims["scope"] = "openid profile email".into();
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    let mut head = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    head.typ = Some("at+jwt".to_owned());
    let forged = jsonwebtoken::encode(&head, &claims, &key).unwrap();
    app.userinfo(&forged).await.expect_error(401, "invalid_token");
    assert!(!client(&app).is_active(&forged).await && client(&app).is_active(&access).await);
    // Nor does the header of an encrypted one prove anything.
    let header = URL_SAFE_NO_PAD
        .encode(serde_json::json!({"alg": "dir", "enc": "A128GCM", "jti": claims["jti"]}).to_string());
    app.userinfo(&format!("{header}....")).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn an_encrypted_access_token_opens_userinfo_is_known_and_is_revoked() {
    for alg in ["A256KW", "dir"] {
        let app = with(&[
            "access_token_signed_response_alg: RS256",
            &format!("access_token_encrypted_response_alg: {alg}"),
        ])
        .await;
        let access = tokens(&app).await["access_token"].as_str().unwrap().to_owned();
        assert_eq!(access.matches('.').count(), 4);
        assert_eq!(app.userinfo(&access).await.expect(200).json()["name"], "Alice Ample");
        assert!(client(&app).is_active(&access).await);
        let (head, last) = access.split_at(access.len() - 1);
        let turned = format!("{head}{}", if last == "A" { 'B' } else { 'A' });
        app.userinfo(&turned).await.expect_error(401, "invalid_token");
        client(&app).revoke(&access).await.expect(200);
        app.userinfo(&access).await.expect_error(401, "invalid_token");
    }
}

/// G17: a signed userinfo answer names issuer, audience and subject, and is no ID token.
#[tokio::test]
async fn a_signed_answer_is_no_hint_and_an_id_token_by_secret_is_one() {
    let app = with(&["userinfo_signed_response_alg: RS256", "id_token_signed_response_alg: HS256"]).await;
    let tokens = tokens(&app).await;
    let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await.expect(200).text();
    let with_hint = |hint: &str| {
        Ask::of("app").set("redirect_uri", CALLBACK).scope("openid").prompt("none").set("id_token_hint", hint)
    };
    let mut browser = Browser::new(&app);
    let returned = browser.ask(&with_hint(&userinfo)).await.returned();
    assert_eq!(returned.get("error"), "invalid_request");
    let returned = browser.ask(&with_hint(tokens["id_token"].as_str().unwrap())).await.returned();
    assert_eq!(returned.get("error"), "login_required");
}

#[tokio::test]
async fn discovery_lists_what_keys_and_secrets_can_do() {
    let of = async |app: &App, name: &str| {
        let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
        document.get(name).map(|list| {
            list.as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    // base.yml: digests of secrets alone, and no keys of clients
    let plain = App::start().await;
    assert_eq!(of(&plain, "id_token_signing_alg_values_supported").await.as_deref(), Some("RS256 ES256"));
    for object in ["id_token", "userinfo", "introspection"] {
        assert_eq!(of(&plain, &format!("{object}_encryption_alg_values_supported")).await, None);
        assert_eq!(of(&plain, &format!("{object}_encryption_enc_values_supported")).await, None);
    }
    let app = with(&["jwks: [{key_id: k, use: enc, key: 'public:p384'}]"]).await;
    for object in ["id_token", "userinfo", "introspection"] {
        let signing = of(&app, &format!("{object}_signing_alg_values_supported")).await.unwrap();
        assert_eq!(signing, "RS256 ES256 HS256 HS384 HS512", "{object}");
        assert_eq!(
            of(&app, &format!("{object}_encryption_alg_values_supported")).await.unwrap(),
            "ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW A128KW A192KW A256KW A128GCMKW A192GCMKW A256GCMKW dir"
        );
        assert_eq!(
            of(&app, &format!("{object}_encryption_enc_values_supported")).await.unwrap(),
            "A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM"
        );
    }
}
