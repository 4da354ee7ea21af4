//! Every shape of `shapes` at every endpoint that reads a token: a clear refusal, soon, and nobody is asked for a key.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::registered::SECRET;
use super::shapes::{Right, Shape, envelopes};
use crate::support::app::START;
use crate::support::assertion::{Assertion, Key, TYP, fields, key};
use crate::support::request_object::{RequestObject, by_value};
use crate::support::{App, Ask, Browser, Client, Site, VERIFIER, configuration};

const CALLBACK: &str = "https://rp.example.com/callback";

/// The provider's keys, a client for assertions, and one for everything else.
const FRAGMENT: &str = "identity_providers:
  oidc:
    jwks:
      - {key: 'key:rsa'}
      - {key: 'key:p256', key_id: signs}
      - {key: 'key:other-rsa', key_id: opens, use: enc, algorithm: RSA-OAEP-256}
    clients:
      - client_id: svc
        jwks: [{key_id: one, key: 'client-key:p256'}]
        token_endpoint_auth_method: private_key_jwt
        token_endpoint_auth_signing_alg: ES256
        grant_types: [client_credentials]
      - client_id: app
        client_secret: '$plaintext$SECRET'
        redirect_uris: [https://rp.example.com/callback]
        post_logout_redirect_uris: [https://rp.example.com/bye]
        authorization_policy: one_factor
        consent_mode: implicit
        scopes: [openid, profile]
        id_token_signed_response_alg: ES256
        access_token_signed_response_alg: ES256
        request_object_signing_alg: ES256
        jwks: [{key_id: one, key: 'client-key:p256'}]
";

pub fn fragment() -> String {
    FRAGMENT.replace("SECRET", SECRET)
}

async fn start() -> App {
    App::with(&fragment()).await
}

pub fn client(site: &Site) -> Client {
    Client { secret: SECRET.to_owned(), ..Client::new(site, "app") }
}

/// Far more than any refusal takes on a busy machine, and far less than what some of the shapes ask for.
const SOON: Duration = Duration::from_secs(15);

pub async fn soon<T>(what: &str, answer: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = tokio::time::timeout(SOON, answer).await.unwrap_or_else(|_| panic!("{what}: no answer"));
    // What keeps the thread busy keeps the timeout waiting too.
    assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
    answer
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A token of the provider's own, ready to be signed by its key again.
pub fn own(token: &str) -> Right {
    let part = |at: usize| {
        let text = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
        members(serde_json::from_slice(&text).unwrap())
    };
    let key = Arc::new(Key::private_from(&configuration::key("p256")));
    Right { header: part(0), claims: part(1), key }
}

/// One that a client signs.
fn of_client(typ: &str, claims: Map<String, Value>) -> Right {
    Right { header: members(json!({"typ": typ, "alg": "ES256", "kid": "one"})), claims, key: key("p256") }
}

pub fn assertion(site: &Site) -> Right {
    let assertion = Assertion::new("svc", site.clock.now()).claim("aud", site.origin.as_str().into());
    of_client(TYP, members(serde_json::from_str(&assertion.payload()).unwrap()))
}

pub fn request_object(site: &Site) -> Right {
    let ask = Ask::of("app").set("redirect_uri", CALLBACK).set("login_hint", "alice");
    let now = site.clock.now();
    let object = RequestObject::of(&ask).set("aud", site.origin.as_str());
    let object = object.set("iat", now).set("nbf", now).set("exp", now + 60);
    of_client("oauth-authz-req+jwt", object.claims)
}

/// Every shape of a token, and of an encrypted one in its place.
pub fn all(right: &Right) -> Vec<Shape> {
    let all = [right.forms(), right.headers(), right.payloads(), envelopes("opens")].concat();
    assert!(all.len() > 100, "{}", all.len());
    all
}

/// Times that no reader takes of a token that strangers sign.
fn times(right: &Right) -> Vec<Shape> {
    let wrong = [
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(253_402_300_800_i64),
        json!(START + 60 * 60 * 24 * 365 * 1000),
        json!(-1),
        json!(0),
        json!(START - 3600),
        json!(f64::from(i32::MAX) + 0.5),
        json!("1700000060"),
        json!([START + 60]),
        json!({}),
        json!(null),
        json!(true),
    ];
    wrong.map(|exp| (format!("exp {exp}"), right.with_claim("exp", exp))).into()
}

pub async fn tokens(site: &Site) -> Value {
    let ask = Ask::of("app").set("redirect_uri", CALLBACK).scope("openid profile");
    let code = Browser::new(site).authorize(&ask, "alice").await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    client(site).token(&fields).await.expect(200).json()
}

#[tokio::test]
async fn a_hostile_assertion_is_refused_soon() {
    let app = start().await;
    let send = async |what: &str, token: &str| {
        let form = [&[("grant_type", "client_credentials")], &fields(token)[..]].concat();
        soon(what, app.post("/api/oidc/token").form(&form).send()).await
    };
    let right = assertion(&app);
    for (what, token) in [all(&right), times(&right)].concat() {
        let answer = send(&what, &token).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{what}");
    }
    send("right", &right.token()).await.expect(200);
}

#[tokio::test]
async fn a_hostile_request_object_is_refused_soon() {
    let app = start().await;
    let right = request_object(&app);
    for (what, token) in [all(&right), times(&right)].concat() {
        let ask = by_value("app", &token);
        let pushed = soon(&what, client(&app).push(&ask)).await;
        let error = pushed.error();
        assert_eq!(pushed.status, 400, "{what}: {}", pushed.text());
        assert!(["invalid_request_object", "invalid_request"].contains(&error.as_str()), "{what}: {error}");
        let call = app.post("/api/oidc/authorization").form(&ask.pairs());
        let view = soon(&what, Browser::new(&app).follow("/api/oidc/authorization", call)).await;
        match view.try_returned() {
            // The client proved where it wants to be told of its times.
            Some(returned) => {
                assert!(what.starts_with("exp ") && !returned.gives(), "{what}");
                assert_eq!(returned.get("error"), "invalid_request_object", "{what}");
            }
            // Of the rest nothing is believed, so nobody is sent anywhere.
            None => assert_eq!((view.status(), what.starts_with("exp ")), (400, false), "{what}"),
        }
    }
    client(&app).push(&by_value("app", &right.token())).await.expect(201);
    assert_eq!(Browser::new(&app).ask(&by_value("app", &right.token())).await.step(), "sign-in");
}

#[tokio::test]
async fn a_hostile_id_token_hint_is_refused_soon() {
    let app = start().await;
    let right = own(tokens(&app).await["id_token"].as_str().unwrap());
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let ask =
        |hint: &str| Ask::of("app").set("redirect_uri", CALLBACK).prompt("none").set("id_token_hint", hint);
    let claims = [("iss", json!("https://evil.example.net")), ("iss", json!(1)), ("sub", json!(1))];
    let claims = claims.map(|(name, value)| (format!("{name} {value}"), right.with_claim(name, value)));
    let end = |hint: &str| {
        let form = [("id_token_hint", hint), ("post_logout_redirect_uri", "https://rp.example.com/bye")];
        app.post("/api/oidc/end-session").form(&form)
    };
    for (what, token) in [all(&right), claims.to_vec()].concat() {
        let call = app.post("/api/oidc/authorization").form(&ask(&token).pairs());
        let view = soon(&what, browser.follow("/api/oidc/authorization", call)).await;
        assert_eq!(view.returned().get("error"), "invalid_request", "{what}");
        // It proves nobody's address: the browser stays.
        let stays = soon(&what, browser.follow("/api/oidc/end-session", end(&token))).await;
        assert_eq!((stays.status(), stays.outside.as_deref()), (200, None), "{what}");
        assert!(stays.text().contains("You stay here instead."), "{what}: {}", stays.text());
    }
    browser.ask(&ask(&right.token())).await.returned().code();
    let left = browser.follow("/api/oidc/end-session", end(&right.token())).await;
    assert_eq!(left.outside.as_deref(), Some("https://rp.example.com/bye"));
}

#[tokio::test]
async fn a_hostile_access_token_is_refused_soon() {
    let app = start().await;
    let right = own(tokens(&app).await["access_token"].as_str().unwrap());
    let ids = [json!(1), json!([]), json!(null), json!("0"), json!("' OR 1=1 --"), json!("j".repeat(4000))];
    let ids = ids.map(|jti| (format!("jti {jti:.20}"), right.with_claim("jti", jti)));
    for (what, token) in [all(&right), ids.to_vec()].concat() {
        let form = [("access_token", token.as_str())];
        let answer = soon(&what, app.post("/api/oidc/userinfo").form(&form).send()).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"), "{what}");
        let told = soon(&what, client(&app).introspect(&token)).await;
        assert_eq!(told, json!({"active": false}), "{what}");
    }
    app.userinfo(&right.token()).await.expect(200);
    assert!(client(&app).is_active(&right.token()).await);
}
