//! Authorization responses in a JWT (JARM), errors too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::registered::SECRET;
use crate::support::app::START;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client, Documents};

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

/// What an answer stores: grants, codes, consents, access tokens, ended requests.
async fn stored(app: &App) -> [i64; 5] {
    let mut stored = [0; 5];
    for (count, rows) in stored.iter_mut().zip([
        "signet_grants",
        "signet_authorization_codes",
        "signet_consents",
        "signet_access_tokens",
        "signet_interactions WHERE answered_at IS NOT NULL",
    ]) {
        *count = app.sql.number(&format!("SELECT COUNT(*) FROM {rows}")).await;
    }
    stored
}

const KEYS: &str = "/keys.json";
const OUTBOUND: &str = "    outbound: {allowed_networks: ['127.0.0.0/8', '::1']}\n";

/// A provider whose client serves the key that its answers are encrypted to, and a moment at which it serves none.
async fn without_key(documents: &Documents) -> App {
    let jwks_uri = format!("jwks_uri: '{}'", documents.url(KEYS));
    with(ALL, &[&jwks_uri, "authorization_encrypted_response_alg: RSA-OAEP-256"], OUTBOUND).await
}

/// The client serves its key, and is asked for it again.
async fn serve_key(app: &App, documents: &Documents) {
    let mut keys = app.get("/jwks.json").send().await.expect(200).json();
    let key = keys["keys"].as_array_mut().unwrap().iter_mut().find(|key| key["kty"] == "RSA").unwrap();
    key["use"] = "enc".into();
    key["alg"] = "RSA-OAEP-256".into();
    let key = key.clone();
    documents.put(KEYS, &serde_json::json!({"keys": [key]}));
    app.clock.advance(40);
}

#[tokio::test]
async fn what_cannot_be_encrypted_grants_nothing_and_is_asked_for_again() {
    for response_type in ["code", "code id_token"] {
        let documents = Documents::plain().await;
        let app = without_key(&documents).await;
        let ask = ask("jwt", response_type);

        // One who signs in, one who agrees, and one who turns back.
        let mut signing_in = Browser::new(&app);
        let page = signing_in.ask(&ask).await;
        let sign_in = page.path.clone();
        let failed = signing_in.sign_in(&page, "alice").await;
        assert_eq!(failed.status(), 503, "{}", failed.text());
        let mut agreeing = Browser::new(&app);
        agreeing.sign_in_at_home("alice").await;
        let consent = agreeing.ask(&ask.clone().prompt("consent")).await;
        assert_eq!(consent.step(), "consent");
        assert_eq!(agreeing.allow(&consent).await.status(), 503);
        let mut turning_back = Browser::new(&app);
        let left = turning_back.ask(&ask).await;
        assert_eq!(turning_back.press(&left, "login-cancel", &[]).await.status(), 503);
        // One who is signed in and needs no page, by a pushed request.
        let client = Client { secret: SECRET.to_owned(), ..Client::new(&app, "app") };
        let request_uri = client.pushed(&ask).await;
        let by_name = Ask::empty().set("client_id", "app").set("request_uri", &request_uri);
        let mut signed_in = Browser::new(&app);
        signed_in.sign_in_at_home("alice").await;
        assert_eq!(signed_in.ask(&by_name).await.status(), 503);
        assert_eq!(stored(&app).await, [0; 5], "{response_type}");
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_events WHERE kind = 'code_issued'").await, 0);

        serve_key(&app, &documents).await;
        for answered in [
            signing_in.open(&sign_in).await,
            agreeing.allow(&consent).await,
            turning_back.press(&left, "login-cancel", &[]).await,
            signed_in.ask(&by_name).await,
        ] {
            let returned = answered.returned();
            assert_eq!(returned.get("response").matches('.').count(), 4, "{response_type}: encrypted");
        }
        assert_eq!(stored(&app).await, [3, 3, 1, 0, 3], "{response_type}");
        assert_ne!(signed_in.ask(&by_name).await.status(), 303, "a pushed request serves once");
    }
}
