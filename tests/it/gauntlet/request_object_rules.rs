//! The rules of other requests and tokens hold for request objects as well.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::request_object::{SECRET, client, push, right, start};
use super::ways::{Way, send, send_anew};
use crate::sealed::registered::{SECRET as SHARED, SIGNATURES};
use crate::support::app::START;
use crate::support::assertion::{self, compact};
use crate::support::request_object::{Key, RequestObject, by_value};
use crate::support::{App, Ask, Browser, Client};

/// A client for each algorithm, and its key.
fn each_algorithm() -> (String, [(&'static str, std::sync::Arc<assertion::Key>); 12]) {
    let mut clients = Vec::new();
    let keys = SIGNATURES.map(|alg| {
        let (name, key) = match alg {
            "HS256" | "HS384" | "HS512" => ("", assertion::Key::secret(SHARED.as_bytes()).into()),
            "ES256" => ("p256", assertion::key("p256")),
            "ES384" => ("p384", assertion::key("p384")),
            "ES512" => ("p521", assertion::key("p521")),
            _ => ("rsa", assertion::key("rsa")),
        };
        let jwks = format!(", jwks: [{{key_id: mine, algorithm: {alg}, key: 'client-key:{name}'}}]");
        clients.push(format!(
            "{{client_id: '{alg}', client_secret: '$plaintext${SHARED}', authorization_policy: one_factor, \
             redirect_uris: ['https://rp.example.com/callback'], request_object_signing_alg: {alg}{}}}",
            if name.is_empty() { "" } else { &jwks }
        ));
        (alg, key)
    });
    (format!("identity_providers: {{oidc: {{clients: [{}]}}}}", clients.join(", ")), keys)
}

#[tokio::test]
async fn g82_a_request_object_is_taken_with_the_algorithm_of_its_client_and_no_other() {
    let (fragment, keys) = each_algorithm();
    for app in App::on_both(&fragment).await {
        for (registered, _) in &keys {
            let client = Client { secret: SHARED.to_owned(), ..Client::new(&app, registered) };
            let object = RequestObject::of(&Ask::of(registered).set("login_hint", "alice"));
            for (alg, key) in &keys {
                let header = json!({"typ": "oauth-authz-req+jwt", "alg": alg}).to_string();
                let claims = Value::Object(object.claims.clone()).to_string();
                let signed = compact(&header, &claims, |input| key.sign(alg, input));
                let ways = if alg == registered { &Way::ALL[..] } else { &[Way::Pushed] };
                for way in ways {
                    let what = format!("{registered} {alg} {way:?}");
                    let outcome = send_anew(&client, *way, &by_value(registered, &signed)).await;
                    if alg == registered {
                        let page = outcome.expect_asked(&what);
                        assert_eq!(page.field("username").as_deref(), Some("alice"), "{what}");
                    } else {
                        outcome.expect_no_way_out(&what);
                    }
                }
            }
        }
    }
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
