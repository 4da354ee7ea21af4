//! One key is changed for another: verifiers that keep a key set for a while accept every good token.

use jsonwebtoken::jwk::JwkSet;
use serde_json::Value;

use crate::support::token::verify;
use crate::support::{App, Client};

const CLIENTS: &str = "
    clients:
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        access_token_signed_response_alg: RS256
";

/// The configuration in which the two keys have these states; a key without one is not there.
fn configuration(first: Option<&str>, second: Option<&str>) -> String {
    let entry = |name: &str, key: &str, state: Option<&str>| {
        state.map_or(String::new(), |state| {
            format!("      - key_id: {name}\n        state: {state}\n        key: key:{key}\n")
        })
    };
    let keys = [entry("first", "rsa", first), entry("second", "other-rsa", second)];
    format!("identity_providers:\n  oidc:\n    jwks:\n{}{CLIENTS}", keys.concat())
}

async fn published(app: &App) -> Vec<String> {
    let body: Value = app.get("/jwks.json").send().await.expect(200).json();
    let set: JwkSet = serde_json::from_value(body).unwrap();
    set.keys.into_iter().filter_map(|key| key.common.key_id).collect()
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_for_as_long_as_what_it_signed_is_good() {
    let steps = [
        (Some("sign"), None, "first", &["first"][..]),
        (Some("sign"), Some("publish"), "first", &["first", "second"]),
        (Some("retire"), Some("sign"), "second", &["first", "second"]),
        (None, Some("sign"), "second", &["second"]),
    ];
    let app = App::with(&configuration(Some("sign"), None)).await;
    let web = Client::new(&app, "web");
    let mut former: Option<String> = None;
    for (first, second, signs, all) in steps {
        app.reconfigure(&configuration(first, second));
        assert_eq!(published(&app).await, all);
        if let Some(token) = former.filter(|_| all.contains(&"first")) {
            app.userinfo(&token).await.expect(200);
            verify(&app, &token).await;
        }
        let tokens = web.login("alice", "openid").await;
        for token in [&tokens.id, &tokens.access] {
            assert_eq!(verify(&app, token).await.header.kid.as_deref(), Some(signs));
        }
        former = Some(tokens.access);
    }
    // What the key signed that is no longer there is unknown.
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    assert_eq!(document["id_token_signing_alg_values_supported"], serde_json::json!(["RS256"]));
}
