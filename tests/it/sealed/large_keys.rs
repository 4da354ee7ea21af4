//! An issuer whose RSA key has 4096 bits: a signature takes milliseconds.

use std::sync::mpsc;

use serde_json::json;

use super::readers::{Sealed, read};
use super::registered::SECRET;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client, VERIFIER};

const CALLBACK: &str = "https://rp.example.com/callback";

async fn start() -> App {
    let client = |id: &str, alg: &str| {
        format!(
            "      - client_id: {id}\n        client_secret: '$plaintext${SECRET}'\n        scopes: [read]\n        \
             grant_types: [client_credentials]\n        access_token_signed_response_alg: {alg}\n"
        )
    };
    App::with(&format!(
        "identity_providers:\n  oidc:\n    jwks:\n      - {{key: 'key:large-rsa', key_id: large}}\n      \
         - {{key: 'key:large-rsa', key_id: large-pss, algorithm: PS512}}\n      - {{key: 'key:p256', key_id: small}}\n    \
         clients:\n      - client_id: app\n        client_secret: '$plaintext${SECRET}'\n        \
         redirect_uris: [{CALLBACK}]\n        authorization_policy: one_factor\n        consent_mode: implicit\n        \
         scopes: [openid, profile]\n        access_token_signed_response_alg: PS512\n{}{}",
        client("slow", "RS256"),
        client("quick", "ES256")
    ))
    .await
}

fn client(app: &App, id: &str) -> Client {
    Client { secret: SECRET.to_owned(), ..Client::new(app, id) }
}

/// The access token of a client that stands for itself.
async fn token(client: Client) -> String {
    let answer = client.token(&[("grant_type", "client_credentials")]).await.expect(200).json();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_token_endpoint_signs_with_it_and_two_libraries_of_others_verify() {
    let app = start().await;
    let ask = Ask::of("app").set("redirect_uri", CALLBACK).scope("openid profile");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = client(&app, "app").token(&fields).await.expect(200).json();
    let sealed = |object: &str, alg: &str| Sealed {
        name: object.to_owned(),
        token: tokens[object].as_str().unwrap().to_owned(),
        encrypted: None,
        private: None,
        secret: SECRET.to_owned(),
        signed: alg.to_owned(),
    };
    let jwks = app.get("/jwks.json").send().await.expect(200).json();
    let sealed = vec![sealed("id_token", "RS256"), sealed("access_token", "PS512")];
    for each in &sealed {
        // 512 bytes.
        assert_eq!(each.token.rsplit('.').next().map(str::len), Some(683), "{}", each.name);
        assert_eq!(verify(&app, &each.token).await.claims["iss"], "https://op.example.com");
    }
    let read = read(jwks, sealed).await;
    assert_eq!(read["id_token"]["header"], json!({"typ": "JWT", "alg": "RS256", "kid": "large"}));
    assert_eq!(read["access_token"]["header"], json!({"typ": "at+jwt", "alg": "PS512", "kid": "large-pss"}));
    assert_eq!(read["id_token"]["claims"]["sub"], read["access_token"]["claims"]["sub"]);
    app.userinfo(tokens["access_token"].as_str().unwrap()).await.expect(200);
}

/// With the one thread for long work taken, a large signature waits, and whoever needs none is answered meanwhile.
#[test]
fn a_large_signature_is_not_made_on_the_thread_that_answers_everyone() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let app = start().await;
        let (release, released) = mpsc::channel::<()>();
        let occupied = tokio::task::spawn_blocking(move || released.recv());
        let slow = tokio::spawn(token(client(&app, "slow")));
        for _ in 0..30 {
            token(client(&app, "quick")).await;
        }
        assert!(!slow.is_finished(), "it was signed on the only other thread there is: this one");
        release.send(()).unwrap();
        assert_eq!(occupied.await.unwrap(), Ok(()));
        assert_eq!(verify(&app, &slow.await.unwrap()).await.header.kid.as_deref(), Some("large"));
    });
}
