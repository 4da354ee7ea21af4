//! Client assertions: every fault at every endpoint, and each assertion once.

use serde_json::{Value, json};

use crate::support::assertion::{Assertion, Key, TYP, compact, fields, key};
use crate::support::hashes::Hashes;
use crate::support::site::ISSUER;
use crate::support::{Answer, App};

pub const CLIENTS: &str = include_str!("assertions.yml");

pub const PATHS: [&str; 4] = [
    "/api/oidc/token",
    "/api/oidc/introspection",
    "/api/oidc/revocation",
    "/api/oidc/pushed-authorization-request",
];

/// What every request asks, whatever its endpoint.
pub(super) const ASKED: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "x")];

pub(super) const HS_SECRET: &[u8] = b"the secret of hs, longer than thirty-two bytes";

pub(super) async fn start() -> App {
    App::with(CLIENTS).await
}

pub(super) fn now(app: &App) -> i64 {
    app.clock.now()
}

pub(super) fn svc(app: &App) -> Assertion {
    Assertion::new("svc", now(app)).header("kid", "one".into())
}

pub(super) fn signed(assertion: &Assertion) -> String {
    assertion.sign("ES256", &key("p256"))
}

pub(super) async fn send(app: &App, path: &str, assertion: &str) -> Answer {
    app.post(path).form(&[&ASKED[..], &fields(assertion)].concat()).send().await
}

/// Everything of a refusal but its id.
fn seen(answer: &Answer) -> (u16, Vec<(String, Vec<u8>)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    (answer.status, headers, answer.text())
}

/// Asserts that an assertion is refused at every endpoint as that of a client that nobody registered is, and that a
/// right one is still accepted.
pub(super) async fn refused_everywhere(app: &App, what: &str, assertion: impl Fn() -> String) {
    for path in PATHS {
        let unknown = Assertion::new("nobody", now(app)).sign("ES256", &key("p256"));
        let unknown = send(app, path, &unknown).await;
        let answer = send(app, path, &assertion()).await;
        assert_eq!((answer.status, what, path), (401, what, path), "{}", answer.text());
        answer.expect_error(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), "", "{what} at {path}");
        assert_eq!(seen(&answer), seen(&unknown), "{what} at {path}");
    }
}

pub(super) async fn accepted_everywhere(app: &App, what: &str, assertion: impl Fn() -> String) {
    for path in PATHS {
        let answer = send(app, path, &assertion()).await;
        assert_ne!(answer.status, 401, "{what} at {path}: {}", answer.text());
        assert!(answer.status < 500, "{what} at {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn g11_an_assertion_is_the_one_mechanism_of_its_request_and_of_its_client() {
    let app = start().await;
    let hashes = Hashes::counted();
    let machine = app.post(PATHS[0]).form(&ASKED).basic("machine", "machine-secret").send().await;
    machine.expect(200);
    for path in PATHS {
        let call = |more: &[(&str, &str)], assertion: &str| {
            app.post(path).form(&[&ASKED[..], &fields(assertion), more].concat())
        };
        let right = || signed(&svc(&app));
        let own = call(&[("client_id", "svc")], &right());
        assert_ne!(own.send().await.status, 401, "{path}");
        hashes.take();
        for (what, call) in [
            ("another client_id", call(&[("client_id", "two")], &right())),
            ("a secret beside it", call(&[("client_secret", "machine-secret")], &right())),
            ("a header beside it", call(&[], &right()).basic("svc", "anything")),
            ("the header of another", call(&[], &right()).basic("machine", "machine-secret")),
            ("a token beside it", call(&[], &right()).header("authorization", "Bearer abc")),
            ("no type", app.post(path).form(&[ASKED[0], ASKED[1], ("client_assertion", &right())])),
            (
                "no assertion",
                app.post(path).form(&[ASKED[0], ASKED[1], fields("x")[0], ("client_id", "svc")]),
            ),
            (
                "another type",
                app.post(path).form(&[
                    ASKED[0],
                    ASKED[1],
                    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
                    ("client_assertion", &right()),
                ]),
            ),
            ("only its name", app.post(path).form(&[ASKED[0], ASKED[1], ("client_id", "svc")])),
            ("a header in its place", app.post(path).form(&ASKED).basic("svc", "")),
            ("a wrong header", app.post(path).form(&ASKED).basic("svc", "svc-secret")),
        ] {
            let answer = call.send().await;
            assert_eq!(answer.status, 401, "{what} at {path}: {}", answer.text());
            answer.expect_error(401, "invalid_client");
        }
        assert_eq!(hashes.take(), 2, "the two headers alone, as with an unknown client");
        // Registered for another method.
        for (id, alg, secret) in
            [("machine", "ES256", key("p256")), ("machine", "HS256", Key::secret(b"machine-secret").into())]
        {
            let answer = send(&app, path, &Assertion::new(id, now(&app)).sign(alg, &secret)).await;
            answer.expect_error(401, "invalid_client");
        }
        let in_query = format!("{path}?client_assertion={}", right());
        app.post(&in_query)
            .form(&[ASKED[0], ASKED[1], fields("x")[0]])
            .send()
            .await
            .expect_error(401, "invalid_client");
        // What cannot be read as UTF-8 is a wrong assertion, as it is a wrong secret.
        for junk in ["%FF%FE", "%00", "a.b%00.c"] {
            let kind = url::form_urlencoded::byte_serialize(fields("x")[0].1.as_bytes()).collect::<String>();
            let body = format!("token=x&client_assertion_type={kind}&client_assertion={junk}");
            let answer = app.post(path).body("application/x-www-form-urlencoded", body).send().await;
            answer.expect_error(401, "invalid_client");
        }
    }
}

#[tokio::test]
async fn g12_an_assertion_of_its_type_is_for_the_issuer_alone() {
    let app = start().await;
    let token = format!("{ISSUER}/api/oidc/token");
    for aud in [
        json!(token),
        json!(format!("{ISSUER}/api/oidc/pushed-authorization-request")),
        json!([ISSUER]),
        json!([ISSUER, token]),
        json!([token]),
        json!(format!("{ISSUER}/")),
        json!("https://other.example.org"),
        json!("http://op.example.com"),
        json!("https://OP.example.com"),
        json!([1]),
        json!(1),
        json!({}),
        json!(""),
        json!([]),
        Value::Null,
    ] {
        for id in ["svc", "strict"] {
            let assertion = || signed(&Assertion::new(id, now(&app)).claim("aud", aud.clone()));
            refused_everywhere(&app, &format!("{id} for {aud}"), assertion).await;
        }
    }
    for id in ["svc", "strict"] {
        accepted_everywhere(&app, id, || signed(&Assertion::new(id, now(&app)))).await;
    }
    // The issuer is the one that the request came to.
    let other = app.post(PATHS[0]).host("other.example.org");
    let other = other.form(&[&ASKED[..], &fields(&signed(&svc(&app)))].concat());
    other.send().await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn g12_an_older_assertion_is_for_this_issuer_and_its_endpoints() {
    let app = start().await;
    for typ in [Value::Null, json!("JWT")] {
        let of = |id: &str, aud: &Value| {
            signed(&Assertion::new(id, now(&app)).header("typ", typ.clone()).claim("aud", aud.clone()))
        };
        let own: Vec<Value> = PATHS.map(|path| json!(format!("{ISSUER}{path}"))).into();
        for aud in own.iter().chain(&[json!(ISSUER), json!([ISSUER]), json!(own)]) {
            accepted_everywhere(&app, &format!("{typ} for {aud}"), || of("svc", aud)).await;
            refused_everywhere(&app, &format!("{typ} for {aud} of strict"), || of("strict", aud)).await;
        }
        for aud in [
            json!(format!("{ISSUER}/")),
            json!(format!("{ISSUER}/api/oidc/userinfo")),
            json!("https://other.example.org/api/oidc/token"),
            json!([ISSUER, "https://other.example.org"]),
            json!([]),
            json!([1]),
            Value::Null,
        ] {
            refused_everywhere(&app, &format!("{typ} for {aud}"), || of("svc", &aud)).await;
        }
    }
    for typ in ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt", "JOSE", ""] {
        let assertion = || signed(&svc(&app).header("typ", typ.into()));
        refused_everywhere(&app, typ, assertion).await;
    }
}

#[tokio::test]
async fn g13_times_and_claims_of_every_wrong_shape_are_refused() {
    let app = start().await;
    let start = now(&app);
    let mut wrong: Vec<(&str, Value)> = Vec::new();
    for name in ["exp", "iat", "nbf"] {
        let shapes =
            [json!("9"), json!(1e300), json!(u64::MAX), json!(-1), json!(-0.5), json!([]), json!({})];
        wrong.extend(shapes.into_iter().map(|value| (name, value)));
    }
    wrong.extend([
        ("exp", Value::Null),
        ("exp", json!(0)),
        ("exp", json!(start - 3600)),
        ("exp", json!(start - 1)),
        ("exp", json!(start)),
        ("exp", json!(start + 301)),
        ("exp", json!(start + 86_400)),
        ("iat", json!(start + 31)),
        ("nbf", json!(start + 31)),
        ("nbf", json!(start + 59)),
        ("jti", Value::Null),
        ("jti", json!(7)),
        ("jti", json!("")),
        ("jti", json!(["one"])),
        ("jti", json!("j".repeat(4096))),
        ("jti", json!("j".repeat(257))),
        ("iss", json!("two")),
        ("iss", Value::Null),
        ("iss", json!(ISSUER)),
        ("iss", json!(["svc"])),
        ("sub", json!("two")),
        ("sub", Value::Null),
        ("sub", json!(1)),
    ]);
    for (name, value) in &wrong {
        let what = format!("{name} {value}").chars().take(60).collect::<String>();
        refused_everywhere(&app, &what, || signed(&svc(&app).claim(name, value.clone()))).await;
    }
    let untyped = || signed(&svc(&app).untyped().claim("exp", (start + 86_401).into()));
    refused_everywhere(&app, "a day and a second", untyped).await;
    for payload in ["[]", "1", "null", "\"x\"", "", "{", "[{\"iss\":\"svc\"}]"] {
        let assertion = || {
            let header = json!({"alg": "ES256", "typ": TYP, "kid": "one"}).to_string();
            compact(&header, payload, |input| key("p256").sign("ES256", input))
        };
        refused_everywhere(&app, payload, assertion).await;
    }
    for (name, value) in [
        ("exp", start + 300),
        ("exp", start + 1),
        ("iat", start + 30),
        ("nbf", start + 30),
        ("iat", 0),
        ("nbf", 0),
    ] {
        accepted_everywhere(&app, name, || signed(&svc(&app).claim(name, value.into()))).await;
    }
    // RFC 7519 §2: a time may have a fraction.
    for (name, value) in
        [("exp", start as f64 + 60.25), ("iat", start as f64 - 0.5), ("nbf", start as f64 + 0.5)]
    {
        accepted_everywhere(&app, name, || signed(&svc(&app).claim(name, json!(value)))).await;
    }
    let day = || signed(&svc(&app).untyped().claim("exp", (start + 86_400).into()));
    accepted_everywhere(&app, "a day", day).await;
    for name in ["iat", "nbf"] {
        accepted_everywhere(&app, name, || signed(&svc(&app).claim(name, Value::Null))).await;
    }
}

#[tokio::test]
async fn g41_an_assertion_counts_once_at_all_endpoints_replicas_and_after_a_restart() {
    for mut app in App::on_both(CLIENTS).await {
        for first in PATHS {
            let used = signed(&svc(&app));
            assert_ne!(send(&app, first, &used).await.status, 401, "{first}");
            let replica = app.another().await;
            for again in PATHS {
                send(&app, again, &used).await.expect_error(401, "invalid_client");
                send(&replica, again, &used).await.expect_error(401, "invalid_client");
            }
        }
        // It is the jti that counts, whoever signs what around it; and it is each client's own.
        let named = |id: &str, alg: &str, key: &Key| {
            Assertion::new(id, app.clock.now()).claim("jti", "the same".into()).untyped().sign(alg, key)
        };
        send(&app, PATHS[0], &named("svc", "ES256", &key("p256"))).await.expect(200);
        send(&app, PATHS[0], &named("svc", "ES256", &key("p256"))).await.expect_error(401, "invalid_client");
        send(&app, PATHS[0], &named("hs", "HS256", &Key::secret(HS_SECRET))).await.expect(200);
        // One that was refused is not spent, whatever was wrong.
        let spent = Assertion::new("svc", now(&app));
        let wrong = spent.sign("ES256", &key("other-p256"));
        send(&app, PATHS[0], &wrong).await.expect_error(401, "invalid_client");
        let right = signed(&spent);
        let beside = [&ASKED[..], &fields(&right), &[("client_id", "two")]].concat();
        app.post(PATHS[0]).form(&beside).send().await.expect_error(401, "invalid_client");
        send(&app, PATHS[0], &signed(&spent)).await.expect(200);

        // One of a day, used and held until it ends.
        let day = svc(&app).untyped().claim("exp", (now(&app) + 86_400).into());
        let day = signed(&day);
        send(&app, PATHS[0], &day).await.expect(200);
        for seconds in [1, 3600, 82_798] {
            app.clock.advance(seconds);
            app.storage.delete_expired(now(&app)).await.unwrap();
            app.restart().await;
            send(&app, PATHS[0], &day).await.expect_error(401, "invalid_client");
        }
        let rows = "SELECT COUNT(*) FROM signet_client_assertions";
        assert_eq!(app.sql.number(rows).await, 1, "the others have ended");
        app.clock.advance(61);
        app.storage.delete_expired(now(&app)).await.unwrap();
        assert_eq!(app.sql.number(rows).await, 0);
        send(&app, PATHS[0], &day).await.expect_error(401, "invalid_client");
        send(&app, PATHS[0], &signed(&svc(&app))).await.expect(200);
    }
}

#[tokio::test]
async fn g41_an_assertion_that_cannot_be_remembered_lets_nobody_in() {
    for app in App::on_both(CLIENTS).await {
        app.sql.execute("ALTER TABLE signet_client_assertions RENAME TO gone_client_assertions").await;
        for path in PATHS {
            let answer = send(&app, path, &signed(&svc(&app))).await;
            assert_eq!(answer.status, 503, "{path}: {}", answer.text());
            assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{path}");
            // A wrong one is told from a right one before that.
            let wrong = svc(&app).sign("ES256", &key("other-p256"));
            send(&app, path, &wrong).await.expect_error(401, "invalid_client");
        }
        app.sql.execute("ALTER TABLE gone_client_assertions RENAME TO signet_client_assertions").await;
        send(&app, PATHS[0], &signed(&svc(&app))).await.expect(200);
    }
}
