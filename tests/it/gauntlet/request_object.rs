//! Request objects (RFC 9101): from the client that is named, for this provider, and nothing beside them counts.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::ways::{Outcome, Way, by_name, send, send_anew};
use crate::support::app::START;
use crate::support::client::Method;
use crate::support::request_object::{Key, RequestObject, by_value};
use crate::support::{App, Ask, Browser, Client};

const REGISTERED: &str = include_str!("request_object.yml");
const SECRET: &str = "the-secret-of-the-client-any-with-64-characters-so-that-it-fits-all";
const RSA: Key<'static> = Key::Private("other-rsa");

async fn start() -> App {
    App::with(REGISTERED).await
}

fn client(app: &App, id: &str) -> Client {
    let client = Client::new(app, id);
    match id {
        "any" => Client { secret: SECRET.to_owned(), ..client },
        "hs256" => Client { secret: SECRET.replace("any", "hs256").replace("-all", ""), ..client },
        "app" => Client { method: Method::None, ..client },
        _ => client,
    }
}

/// The right object of a client: signed with RS256 where that may be.
fn right(id: &str, object: &RequestObject) -> String {
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
async fn push(client: &Client, object: &str) -> crate::support::Answer {
    client.push(&by_value(&client.id, object)).await
}

#[tokio::test]
async fn g82_a_request_object_of_its_client_is_taken_by_every_way_and_with_every_algorithm() {
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
        ("an end with a fraction", object.clone().set("exp", json!(1_700_000_060.5))),
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

#[tokio::test]
async fn g82_the_checks_of_a_request_are_those_of_parameters() {
    let app = start().await;
    let any = client(&app, "any");
    for (name, value, error) in [
        ("scope", json!("openid groups"), "invalid_scope"),
        ("scope", json!(["openid"]), "invalid_scope"),
        ("state", json!("short"), "invalid_request"),
        ("response_type", json!("nonsense"), "unsupported_response_type"),
        ("max_age", json!(-1), "invalid_request"),
        ("max_age", json!(1.5), "invalid_request"),
        ("prompt", json!("none login"), "invalid_request"),
        ("claims", json!({"id_token": {"name": 1}}), "invalid_request"),
        ("claims", json!(["name"]), "invalid_request"),
        ("registration", json!({}), "registration_not_supported"),
        ("code_challenge_method", json!("plain"), "invalid_request"),
        ("resource", json!(["https://api.example.com", "https://other.example.com"]), "invalid_target"),
        ("prompt", json!("none"), "login_required"),
    ] {
        let object = right("any", &RequestObject::of(&Ask::of("any")).set(name, value.clone()));
        let outcome = send_anew(&any, Way::Get, &by_value("any", &object)).await;
        outcome.expect_error(error, &format!("{name} {value}"));
    }
    for redirect_uri in
        [json!("https://evil.example.org/"), json!(["https://rp.example.com/callback"]), json!(null)]
    {
        let object =
            right("any", &RequestObject::of(&Ask::of("any")).set("redirect_uri", redirect_uri.clone()));
        for way in Way::ALL {
            let beside = by_value("any", &object).set("redirect_uri", "https://rp.example.com/callback");
            send_anew(&any, way, &beside).await.expect_no_way_out(&format!("{way:?} {redirect_uri}"));
        }
    }
    let more = RequestObject::of(&Ask::of("any"))
        .set("max_age", 100)
        .set("resource", json!(["https://api.example.com", "https://files.example.com"]))
        .set("claims", json!({"id_token": {"email": {"essential": true}}}))
        .set("redirect_uri", "https://rp.example.com/second");
    let mut browser = Browser::new(&app);
    let page = browser.ask(&by_value("any", &right("any", &more))).await;
    let page = browser.sign_in(&page, "alice").await;
    let text = page.text();
    assert!(text.contains("https://api.example.com") && text.contains("https://files.example.com"), "{text}");
    assert!(text.contains("alice@example.com"), "{text}");
    let returned = browser.allow(&page).await.returned();
    assert_eq!(returned.redirect_uri, "https://rp.example.com/second");
    let first = right("any", &more.clone().without("prompt"));
    app.clock.advance(50);
    assert_eq!(browser.ask(&by_value("any", &first)).await.step(), "consent");
}

#[tokio::test]
async fn g03_a_request_object_tells_its_error_only_where_it_proves_to() {
    let app = start().await;
    let evil = "https://evil.example.org/";
    for id in ["any", "rs256", "hs256", "unsigned", "app"] {
        let client = client(&app, id);
        let object = RequestObject::of(&Ask::of(id).set("redirect_uri", evil));
        for (name, value) in [
            ("exp", json!(0)),
            ("aud", json!("https://other.example.org")),
            ("prompt", json!("none")),
            ("response_type", json!("nonsense")),
            ("scope", json!("nonsense")),
            ("client_id", json!("web")),
            ("claims", json!("nonsense")),
            ("state", Value::Null),
        ] {
            let object = right(id, &object.clone().set(name, value.clone()));
            for way in Way::ALL {
                for beside in [evil, "https://rp.example.com/callback"] {
                    let ask = by_value(id, &object).set("redirect_uri", beside);
                    send_anew(&client, way, &ask)
                        .await
                        .expect_no_way_out(&format!("{way:?} {id} {name}={value}"));
                }
            }
        }
    }
}

#[tokio::test]
async fn g17_a_request_object_is_no_other_token_and_no_other_token_is_one() {
    let app = start().await;
    let any = client(&app, "any");
    let object = right("any", &RequestObject::of(&Ask::of("any")));
    let claims = RequestObject::of(&Ask::of("any")).set("sub", "any").set("jti", "a-jti-of-an-assertion");
    for object in [&object, &right("any", &claims), &RequestObject::of(&Ask::of("any")).unsigned()] {
        assert_eq!(app.userinfo(object).await.status, 401);
        assert!(!any.is_active(object).await);
        for (grant_type, name) in [("authorization_code", "code"), ("refresh_token", "refresh_token")] {
            let answer = any.token(&[("grant_type", grant_type), (name, object)]).await;
            let error = answer.error();
            assert!(matches!(error.as_str(), "invalid_grant" | "unauthorized_client"), "{error}");
        }
        let bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let proof = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", bearer),
            ("client_assertion", object),
        ];
        let answer = app.post("/api/oidc/token").form(&proof).send().await;
        assert_eq!(answer.error(), "invalid_client", "{}", answer.text());
        let hint = Ask::of("any").set("id_token_hint", object);
        send_anew(&any, Way::Get, &hint).await.expect_error("invalid_request", "as id_token_hint");
        let name = format!("urn:ietf:params:oauth:request_uri:{object}");
        let by_name = by_value("any", "").without("request").set("request_uri", &name);
        send_anew(&any, Way::Get, &by_name).await.expect_no_way_out("as the name of a pushed request");
    }
    // What the provider signed, and what the client signs to prove itself.
    let tokens = Client::new(&app, "jwt").login("alice", "openid").await;
    let mut assertion = RequestObject::of(&Ask::of("any"));
    assertion.claims.retain(|name, _| matches!(name.as_str(), "iss" | "aud" | "exp" | "iat"));
    let assertion = assertion.set("sub", "any").set("jti", "a-jti-of-an-assertion");
    let typed = assertion.clone().header("typ", "client-authentication+jwt");
    let bare = assertion.clone().header("typ", "JWT");
    let disguised =
        bare.clone().set("client_id", "any").set("redirect_uri", "https://rp.example.com/callback");
    for token in
        [&tokens.id, &tokens.access, &right("any", &assertion), &right("any", &typed), &right("any", &bare)]
    {
        for way in [Way::Get, Way::Post, Way::Across] {
            send_anew(&any, way, &by_value("any", token)).await.expect_no_way_out("as a request object");
        }
        push(&any, token).await.expect_error(400, "invalid_request_object");
    }
    let outcome = send_anew(&any, Way::Get, &by_value("any", &right("any", &disguised))).await;
    outcome.expect_no_way_out("an assertion with the members of a request");
}

#[tokio::test]
async fn g80_a_proof_key_counts_in_a_request_object_as_elsewhere() {
    let app = start().await;
    for (id, way) in [("app", Way::Get), ("app", Way::Across), ("app", Way::Pushed), ("any", Way::Get)] {
        let client = client(&app, id);
        let object = RequestObject::of(&Ask::of(id));
        // One beside the object does not count, and one within is held against the verifier.
        let mut browser = Browser::new(&app);
        let none = right(id, &object.clone().without("code_challenge").without("code_challenge_method"));
        let beside = Ask::of(id).set("request", &none);
        let outcome = send(&mut browser, &client, way, &beside).await;
        if id == "app" {
            outcome.expect_error("invalid_request", &format!("{way:?} {id}"));
        } else {
            let page = browser.sign_in(&outcome.expect_asked(id), "alice").await;
            let code = browser.allow(&page).await.returned().code();
            let answer = client.redeem(&code).await;
            assert_eq!(answer.error(), "invalid_grant", "no challenge, no verifier");
        }
        let other = right(id, &object.clone().set("code_challenge", "a".repeat(43)));
        let mut browser = Browser::new(&app);
        let page = send(&mut browser, &client, way, &Ask::of(id).set("request", &other)).await;
        let page = browser.sign_in(&page.expect_asked(id), "alice").await;
        let code = browser.allow(&page).await.returned().code();
        assert_eq!(client.redeem(&code).await.error(), "invalid_grant", "{way:?} {id}");
    }
}

#[tokio::test]
async fn g14_a_secret_signs_only_the_hints_that_its_client_is_registered_for() {
    let client = |id: &str, line: &str| {
        format!(
            "{{client_id: {id}, client_secret: '$plaintext${SECRET}', redirect_uris: \
             ['https://rp.example.com/callback'], authorization_policy: one_factor, {line}}}"
        )
    };
    let clients = [
        client("keyed", "userinfo_signed_response_alg: HS256, request_object_signing_alg: HS256"),
        client("hs256", "id_token_signed_response_alg: HS256"),
        client("hs512", "id_token_signed_response_alg: HS512"),
    ];
    let app =
        App::with(&format!("identity_providers: {{oidc: {{clients: [{}]}}}}", clients.join(", "))).await;
    for (id, agreed) in
        [("keyed", None), ("hs256", Some(Algorithm::HS256)), ("hs512", Some(Algorithm::HS512))]
    {
        let mut hint = RequestObject::of(&Ask::of(id)).header("typ", "JWT");
        hint.claims.clear();
        let hint = hint
            .set("iss", "https://op.example.com")
            .set("aud", id)
            .set("azp", id)
            .set("sub", "nobody")
            .set("auth_time", START)
            .set("exp", START + 60);
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let right = hint.signed(algorithm, Key::Secret(SECRET));
            let wrong = hint.signed(algorithm, Key::Secret("another secret of more than thirty-two bytes"));
            for hint in [&right, &wrong] {
                let what = format!("{id} {algorithm:?} {}", hint == &right);
                let ask = Ask::of(id).set("id_token_hint", hint);
                let outcome = send_anew(&Client::new(&app, id), Way::Get, &ask).await;
                match agreed {
                    Some(agreed) if agreed == algorithm && hint == &right => {
                        outcome.expect_asked(&what);
                    }
                    _ => outcome.expect_error("invalid_request", &what),
                }
            }
        }
    }
}
