//! Request objects (RFC 9101): from the client that is named, for this provider, and nothing beside them counts.

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::ways::{Outcome, Way, by_name, send, send_anew};
use crate::support::app::START;
use crate::support::client::Method;
use crate::support::request_object::{Key, RequestObject, by_value};
use crate::support::{App, Ask, Browser, Client};

const REGISTERED: &str = include_str!("request_object.yml");

pub(super) const SECRET: &str = "the-secret-of-the-client-any-with-64-characters-so-that-it-fits-all";

const RSA: Key<'static> = Key::Private("other-rsa");

pub(super) async fn start() -> App {
    App::with(REGISTERED).await
}

pub(super) fn client(app: &App, id: &str) -> Client {
    let client = Client::new(app, id);
    match id {
        "any" => Client { secret: SECRET.to_owned(), ..client },
        "hs256" => Client { secret: SECRET.replace("any", "hs256").replace("-all", ""), ..client },
        "app" => Client { method: Method::None, ..client },
        _ => client,
    }
}

/// The right object of a client: signed with RS256 where that may be.
pub(super) fn right(id: &str, object: &RequestObject) -> String {
    match id {
        "hs256" => {
            object.signed(Algorithm::HS256, Key::Secret(&SECRET.replace("any", "hs256").replace("-all", "")))
        }
        "unsigned" => object.unsigned(),
        "app" => object.clone().header("kid", "of-p256").signed(Algorithm::ES256, Key::Private("p256")),
        _ => object.clone().header("kid", "of-rsa").signed(Algorithm::RS256, RSA),
    }
}

/// A client pushes an object without what a browser brings beside it.
pub(super) async fn push(client: &Client, object: &str) -> crate::support::Answer {
    client.push(&by_value(&client.id, object)).await
}

#[tokio::test]
async fn g82_a_request_object_of_its_client_is_taken_by_every_way() {
    for app in App::on_both(REGISTERED).await {
        for id in ["any", "rs256", "hs256", "unsigned", "app"] {
            let client = client(&app, id);
            let object = right(id, &RequestObject::of(&Ask::of(id).set("login_hint", "alice")));
            for way in Way::ALL {
                let page = send_anew(&client, way, &by_value(id, &object))
                    .await
                    .expect_asked(&format!("{way:?} {id}"));
                assert_eq!(page.field("username").as_deref(), Some("alice"), "{way:?} {id}");
            }
        }
        let any = client(&app, "any");
        let object = RequestObject::of(&Ask::of("any"));
        let with = |kid: &str| object.clone().header("kid", kid);
        for object in [
            with("of-rsa").signed(Algorithm::RS256, RSA),
            with("of-rs512").signed(Algorithm::RS512, RSA),
            with("of-ps256").signed(Algorithm::PS256, RSA),
            object.signed(Algorithm::PS256, RSA),
            with("of-p256").signed(Algorithm::ES256, Key::Private("p256")),
            with("of-p384").signed(Algorithm::ES384, Key::Private("p384")),
            object.unsigned(),
            with("of-rsa").without("iss").signed(Algorithm::RS256, RSA),
            object.clone().header("typ", "JWT").unsigned(),
            object.clone().header("typ", "application/oauth-authz-req+jwt").unsigned(),
            object
                .clone()
                .set("aud", json!(["https://elsewhere.example", "https://op.example.com"]))
                .unsigned(),
            object
                .clone()
                .without("exp")
                .without("aud")
                .without("iss")
                .without("iat")
                .without("nbf")
                .unsigned(),
        ] {
            for way in [Way::Get, Way::Pushed] {
                send_anew(&any, way, &by_value("any", &object))
                    .await
                    .expect_asked(&format!("{way:?} {object}"));
            }
        }
    }
}

#[tokio::test]
async fn g82_what_stands_beside_a_request_object_does_not_count() {
    let app = start().await;
    let rs256 = client(&app, "rs256");
    let object = right("rs256", &RequestObject::of(&Ask::of("rs256").set("login_hint", "alice")));
    let beside = [
        ("scope", "openid groups offline_access"),
        ("redirect_uri", "https://evil.example.org/"),
        ("state", "another-state-of-the-request"),
        ("nonce", "another-nonce-of-the-request"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("prompt", "none"),
        ("max_age", "0"),
        ("login_hint", "bob"),
        ("acr_values", "2"),
        ("audience", "https://api.example.com"),
        ("resource", "https://api.example.com"),
        ("id_token_hint", "garbage"),
        ("registration", "{}"),
        ("claims", r#"{"id_token":{"email":{"essential":true}}}"#),
        ("code_challenge", "x"),
    ];
    for beside in beside.iter().map(|one| vec![*one]).chain([beside.to_vec()]) {
        for way in [Way::Get, Way::Across, Way::Pushed] {
            let ask =
                beside.iter().fold(by_value("rs256", &object), |ask, (name, value)| ask.set(name, value));
            let what = format!("{way:?} {beside:?}");
            let mut browser = Browser::new(&app);
            let page = send(&mut browser, &rs256, way, &ask).await.expect_asked(&what);
            assert_eq!(page.field("username").as_deref(), Some("alice"), "{what}");
            let page = browser.sign_in(&page, "alice").await;
            assert_eq!(page.step(), "consent", "{what}");
            assert!(!page.text().contains("https://api.example.com"), "{what}");
            let returned = browser.allow(&page).await.returned();
            assert_eq!(returned.redirect_uri, "https://rp.example.com/callback", "{what}");
            assert_eq!((returned.mode, returned.get("state")), ("query", "state-of-the-request"), "{what}");
            let body = rs256.redeem(&returned.code()).await.expect(200).json();
            assert_eq!(body["scope"], "openid", "{what}");
            let id = crate::support::token::verify(&app, body["id_token"].as_str().unwrap()).await.claims;
            assert_eq!((&id["nonce"], id.get("email")), (&json!("nonce-of-the-request"), None), "{what}");
        }
    }
    // What only stands beside is missing.
    for missing in ["response_type", "redirect_uri", "code_challenge"] {
        let object = right("app", &RequestObject::of(&Ask::of("app")).without(missing));
        let outcome =
            send_anew(&client(&app, "app"), Way::Get, &Ask::of("app").set("request", &object)).await;
        match missing {
            "redirect_uri" => outcome.expect_no_way_out(missing),
            _ => outcome.expect_error("invalid_request", missing),
        }
    }
}

/// Objects that are refused, each with whether they come from the client: then the redirect URI within is proven.
fn wrong(id: &str) -> Vec<(String, bool, String)> {
    let object = RequestObject::of(&Ask::of(id));
    let signed = |object: RequestObject| right(id, &object);
    let good = signed(object.clone());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let other = signed(object.clone().set("scope", "openid profile"));
    let mut all = Vec::new();
    if id != "unsigned" {
        all.push(("no signature", false, format!("{head}.")));
        all.push((
            "another payload",
            false,
            format!("{header}.{}.{signature}", other.split('.').nth(1).unwrap()),
        ));
    }
    all.extend([
        ("no last part", false, head.to_owned()),
        ("four parts", false, format!("{good}.x")),
        ("encrypted", false, "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.a.b.c.d".to_owned()),
        ("five parts", false, format!("{header}.{payload}.{signature}.x.y")),
        ("padded", false, format!("{good}=")),
        ("garbage", false, "e30.e30.".to_owned()),
        ("a word", false, "x".to_owned()),
        ("alg None", false, object.clone().header("alg", "None").unsigned()),
        ("alg nOnE", false, object.clone().header("alg", "nOnE").unsigned()),
        ("crit", false, object.clone().header("crit", json!(["exp"])).unsigned()),
        ("b64", false, object.clone().header("b64", false).unsigned()),
        ("too long", false, signed(object.clone().set("ui_locales", "x".repeat(8192)))),
    ]);
    for (name, typ) in [
        ("a client assertion", "client-authentication+jwt"),
        ("an access token", "at+jwt"),
        ("a logout token", "logout+jwt"),
        ("a DPoP proof", "dpop+jwt"),
        ("an unknown typ", "x"),
    ] {
        all.push((name, false, signed(object.clone().header("typ", typ))));
    }
    for (name, object) in [
        ("another client within", object.clone().set("client_id", "web")),
        ("no client within", object.clone().without("client_id")),
        ("another issuer of the object", object.clone().set("iss", "web")),
        ("an issuer that is no text", object.clone().set("iss", json!(["x"]))),
        ("sub is the client", object.clone().set("sub", id)),
        ("for another provider", object.clone().set("aud", "https://other.example.org")),
        ("for an endpoint", object.clone().set("aud", "https://op.example.com/api/oidc/authorization")),
        ("for nobody", object.clone().set("aud", json!([]))),
        ("for a number", object.clone().set("aud", 1)),
        ("expired", object.clone().set("exp", START - 30)),
        ("expired long ago", object.clone().set("exp", 0)),
        ("forever", object.clone().set("exp", START + 25 * 3600)),
        ("an end in words", object.clone().set("exp", (START + 60).to_string())),
        ("an end of a fraction", object.clone().set("exp", json!(0.5))),
        ("not yet", object.clone().set("nbf", START + 31)),
        ("made in the future", object.clone().set("iat", START + 31)),
    ] {
        all.push((name, true, signed(object)));
    }
    if !matches!(id, "unsigned" | "any" | "app") {
        all.push(("alg none", false, object.unsigned()));
    }
    if id != "unsigned" {
        all.push(("without an end", true, signed(object.clone().without("exp"))));
        all.push(("without an audience", true, signed(object.clone().without("aud"))));
    }
    if id != "hs256" {
        let public = crate::support::configuration::public_key("other-rsa");
        let forged = object.clone().header("kid", "of-rsa").signed(Algorithm::HS256, Key::Secret(&public));
        all.push(("the public key as a secret", false, forged));
        all.push(("an empty secret", false, object.signed(Algorithm::HS256, Key::Secret(""))));
    }
    let foreign = |kid: &str, key: &str, algorithm| {
        object.clone().header("kid", kid).signed(algorithm, Key::Private(key))
    };
    all.push(("the provider's own key", false, foreign("of-rsa", "rsa", Algorithm::RS256)));
    all.push(("a key of another name", false, foreign("of-p256", "other-rsa", Algorithm::RS256)));
    all.push(("a key that nobody has", false, foreign("unknown", "other-rsa", Algorithm::RS256)));
    // Anybody can send an object, so that a secret which was not agreed on to sign them could be guessed by them.
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let secret = match id {
            "any" => SECRET.to_owned(),
            "hs256" if algorithm != Algorithm::HS256 => SECRET.replace("any", "hs256").replace("-all", ""),
            _ => continue,
        };
        all.push(("its secret, unasked", false, object.signed(algorithm, Key::Secret(&secret))));
    }
    if id == "rs256" {
        all.push(("another algorithm of its key", false, foreign("of-rsa", "other-rsa", Algorithm::RS512)));
        all.push(("PSS", false, foreign("of-rsa", "other-rsa", Algorithm::PS256)));
        all.push(("another key of its own", false, foreign("of-p256", "p256", Algorithm::ES256)));
        all.push(("its secret", false, object.signed(Algorithm::HS256, Key::Secret("rs256-secret"))));
    }
    all.into_iter().map(|(name, proven, object)| (name.to_owned(), proven, object)).collect()
}

#[tokio::test]
async fn g82_a_request_object_that_does_not_fit_is_refused_by_every_way() {
    for id in ["any", "rs256", "hs256", "unsigned", "app"] {
        refuses(&start().await, id).await;
    }
}

#[tokio::test]
async fn g82_a_request_object_that_does_not_fit_is_refused_on_postgresql() {
    refuses(&App::on_postgres_with(REGISTERED).await, "rs256").await;
}

async fn refuses(app: &App, id: &str) {
    let client = client(app, id);
    let wrong = wrong(id);
    assert!(wrong.len() >= 35, "{}", wrong.len());
    for (name, proven, object) in wrong {
        for way in [Way::Get, Way::Post, Way::Across] {
            let what = format!("{way:?} {id}: {name}");
            let outcome = send_anew(&client, way, &by_value(id, &object)).await;
            match &outcome {
                Outcome::Told(told) if proven => {
                    assert_eq!(told.redirect_uri, "https://rp.example.com/callback", "{what}");
                    assert_eq!(told.get("error"), "invalid_request_object", "{what}");
                    assert_eq!(told.get("state"), "state-of-the-request", "{what}");
                }
                _ => outcome.expect_no_way_out(&what),
            }
        }
        // A redirect URI beside the object proves nothing.
        if !proven {
            let beside = Ask::of(id).set("request", &object);
            send_anew(&client, Way::Get, &beside).await.expect_no_way_out(&format!("beside: {id}: {name}"));
        }
        let answer = push(&client, &object).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request_object"), "{id}: {name}");
    }
}

#[tokio::test]
async fn g82_another_request_within_or_beside_a_request_object_is_refused() {
    let app = start().await;
    let any = client(&app, "any");
    let request_uri = any.pushed(&Ask::of("any")).await;
    for within in ["request", "request_uri"] {
        for value in [
            json!(&request_uri),
            json!("e30.e30."),
            json!("https://rp.example.com/r"),
            json!(null),
            json!({}),
        ] {
            let object = right("any", &RequestObject::of(&Ask::of("any")).set(within, value));
            for way in [Way::Get, Way::Post, Way::Across] {
                send_anew(&any, way, &by_value("any", &object)).await.expect_no_way_out(within);
            }
            push(&any, &object).await.expect_error(400, "invalid_request_object");
        }
    }
    let object = right("any", &RequestObject::of(&Ask::of("any")));
    for request_uri in [&request_uri, "https://rp.example.com/r", "x"] {
        let both = by_value("any", &object).set("request_uri", request_uri);
        for way in [Way::Get, Way::Post, Way::Across] {
            send_anew(&any, way, &both).await.expect_no_way_out(request_uri);
        }
        any.push(&both).await.expect_error(400, "invalid_request");
    }
    for id in ["web", "nobody", ""] {
        let other = by_value("any", &object).set("client_id", id);
        send_anew(&any, Way::Get, &other).await.expect_no_way_out(id);
    }
    // Another client pushes it under its own name.
    push(&client(&app, "rs256"), &object).await.expect_error(400, "invalid_request_object");
    assert_eq!(
        Browser::new(&app).open(&by_name("any", &request_uri)).await.step(),
        "sign-in",
        "it is as it was"
    );
}

#[tokio::test]
async fn g82_a_request_object_does_not_stand_for_pushing() {
    let app = start().await;
    let pushing = client(&app, "pushing");
    let object = right("pushing", &RequestObject::of(&Ask::of("pushing")));
    for way in [Way::Get, Way::Post, Way::Across] {
        let outcome = send_anew(&pushing, way, &by_value("pushing", &object)).await;
        outcome.expect_error("invalid_request", &format!("{way:?}"));
    }
    send_anew(&pushing, Way::Pushed, &by_value("pushing", &object)).await.expect_asked("pushed");
}
