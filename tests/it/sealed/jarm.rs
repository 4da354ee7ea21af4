//! Authorization responses in a JWT (JARM), errors too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::registered::SECRET;
use crate::support::app::START;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser};

pub const CALLBACK: &str = "https://rp.example.com/callback";

/// A provider with one client of every response type, with lines of its registration and of the provider.
pub async fn with(modes: &str, lines: &[&str], provider: &str) -> App {
    let mut text = format!(
        "identity_providers:\n  oidc:\n{provider}    jwks:\n      - {{key: 'key:rsa', key_id: main}}\n      - {{key: 'key:other-rsa', key_id: second}}\n      \
         - {{key: 'key:p256', key_id: curve}}\n    clients:\n      - client_id: app\n        client_secret: '$plaintext${SECRET}'\n        \
         redirect_uris: [{CALLBACK}]\n        authorization_policy: one_factor\n        consent_mode: implicit\n        \
         scopes: [openid, profile]\n        grant_types: [authorization_code, implicit]\n        \
         response_types: [code, 'id_token token', 'code id_token']\n        response_modes: {modes}\n"
    );
    for line in lines {
        text += &format!("        {line}\n");
    }
    App::with(&text).await
}

pub fn ask(mode: &str, response_type: &str) -> Ask {
    let ask = Ask::of("app").set("redirect_uri", CALLBACK).scope("openid profile");
    ask.set("response_mode", mode).set("response_type", response_type)
}

fn part(token: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

pub const ALL: &str = "[query, fragment, form_post, query.jwt, fragment.jwt, form_post.jwt, jwt]";

#[tokio::test]
async fn a_token_travels_in_a_query_only_when_it_is_encrypted() {
    let open = with(ALL, &[], "").await;
    let returned = Browser::new(&open).ask(&ask("query.jwt", "id_token token")).await.returned();
    assert_eq!(returned.mode, "fragment");
    assert_eq!(returned.get("error"), "unsupported_response_mode");
    let sealed = with(ALL, &["authorization_encrypted_response_alg: A256KW"], "").await;
    let returned = Browser::new(&sealed).authorize(&ask("query.jwt", "id_token token"), "alice").await;
    assert_eq!((returned.mode, returned.get("response").matches('.').count()), ("query", 4));
}

#[tokio::test]
async fn a_mode_needs_its_registration_and_jwt_stands_for_two() {
    let app = with("[query, jwt]", &[], "").await;
    for mode in ["jwt", "query.jwt", "fragment.jwt"] {
        let returned = Browser::new(&app).authorize(&ask(mode, "code"), "alice").await;
        assert!(!returned.get("response").is_empty(), "{mode}");
    }
    for mode in ["form_post.jwt", "form_post", "JWT", "query.JWT"] {
        let returned = Browser::new(&app).ask(&ask(mode, "code")).await.returned();
        assert_eq!((returned.mode, returned.get("error")), ("query", "unsupported_response_mode"), "{mode}");
    }
    // Who is registered for JWT modes alone gets nothing in the open.
    let only = with("[jwt]", &[], "").await;
    let returned = Browser::new(&only).ask(&ask("query", "code")).await.returned();
    assert_eq!(verify(&only, returned.get("response")).await.claims["error"], "unsupported_response_mode");
}

#[tokio::test]
async fn answers_are_signed_and_encrypted_as_the_client_is_registered_and_last_as_long_as_is_set() {
    let header = async |lines: &[&str]| {
        let app = with(ALL, lines, "").await;
        let returned = Browser::new(&app).authorize(&ask("jwt", "code"), "alice").await;
        part(returned.get("response"), 0)
    };
    let default = header(&[]).await;
    assert_eq!((&default["alg"], &default["kid"]), (&"RS256".into(), &"main".into()));
    assert_eq!(header(&["authorization_signed_response_alg: ES256"]).await["kid"], "curve");
    assert_eq!(header(&["authorization_signed_response_alg: HS512"]).await["alg"], "HS512");
    assert_eq!(header(&["authorization_signed_response_key_id: second"]).await["kid"], "second");
    let keys = "jwks: [{key_id: first, use: enc, key: 'public:rsa'}, {key_id: other, use: enc, key: 'public:other-rsa'}]";
    let lines = [
        keys,
        "authorization_encrypted_response_alg: RSA-OAEP-256",
        "authorization_encrypted_response_enc: A192GCM",
        "authorization_encrypted_response_key_id: other",
    ];
    let named = header(&lines).await;
    assert_eq!([&named["alg"], &named["enc"], &named["kid"]], ["RSA-OAEP-256", "A192GCM", "other"]);
    let default = header(&lines[..2]).await;
    assert_eq!(
        [&default["alg"], &default["enc"], &default["kid"]],
        ["RSA-OAEP-256", "A128CBC-HS256", "first"]
    );

    let app = with(ALL, &[], "    lifespans: {jwt_secured_authorization: 90s}\n").await;
    let returned = Browser::new(&app).authorize(&ask("jwt", "code"), "alice").await;
    assert_eq!(part(returned.get("response"), 1)["exp"], START + 90);
}
