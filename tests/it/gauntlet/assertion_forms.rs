//! The algorithm, the header and the form of client assertions, and what is none.

use serde_json::{Value, json};

use super::assertions::{
    ASKED, HS_SECRET, PATHS, accepted_everywhere, now, refused_everywhere, send, signed, start, svc,
};
use crate::support::assertion::{Assertion, Key, TYP, compact, fields, key};
use crate::support::{Ask, Browser};

#[tokio::test]
async fn g14_no_algorithm_counts_but_the_registered_one_with_its_key() {
    let app = start().await;
    let svc = || svc(&app);
    let p256 = key("p256");
    for alg in ["none", "None", "nOnE", "", "RS1", "ES256K", "EdDSA", "es256", "HS256", "RS256", "ES384"] {
        let right = svc().header("alg", alg.into());
        for what in ["signed", "unsigned"] {
            let assertion = || {
                right.sign_by(
                    alg,
                    |input| if what == "signed" { p256.sign("ES256", input) } else { Vec::new() },
                )
            };
            refused_everywhere(&app, &format!("{alg} {what}"), assertion).await;
        }
    }
    // The public key is no secret.
    let public = p256.public();
    let trimmed = public.trim_end().to_owned();
    let jwk = p256.jwk().to_string();
    for secret in [&public, &trimmed, &jwk] {
        for alg in ["HS256", "HS384", "HS512"] {
            let assertion = || svc().sign(alg, &Key::secret(secret.as_bytes()));
            refused_everywhere(&app, &format!("{alg} under the public key"), assertion).await;
        }
        let assertion =
            || svc().sign_by("ES256", |input| Key::secret(secret.as_bytes()).sign_raw("HS256", input));
        refused_everywhere(&app, "a HMAC said to be ES256", assertion).await;
    }
    // A secret signs with HMAC alone, and with the one algorithm.
    let hs = || Assertion::new("hs", now(&app));
    accepted_everywhere(&app, "hs", || hs().sign("HS256", &Key::secret(HS_SECRET))).await;
    for (what, alg, secret) in [
        ("HS512", "HS512", HS_SECRET),
        ("HS384", "HS384", HS_SECRET),
        ("another secret", "HS256", b"another secret, longer than thirty-two bytes".as_slice()),
        (
            "the secret as it is written",
            "HS256",
            b"$plaintext$the secret of hs, longer than thirty-two bytes",
        ),
    ] {
        refused_everywhere(&app, what, || hs().sign(alg, &Key::secret(secret))).await;
    }
    refused_everywhere(&app, "hs by a key", || hs().sign("ES256", &p256)).await;
    refused_everywhere(&app, "hs cut short", || {
        hs().sign_by("HS256", |input| Key::secret(HS_SECRET).sign("HS256", input)[..16].to_vec())
    })
    .await;
    // Elliptic signatures that are none.
    for length in [0, 1, 63, 64, 65, 96, 132] {
        refused_everywhere(&app, &format!("{length} zeros"), || svc().sign_by("ES256", |_| vec![0; length]))
            .await;
    }
    for (r, s) in [(0, 1), (1, 0), (255, 255)] {
        let halves = || svc().sign_by("ES256", |_| [[r; 32], [s; 32]].concat());
        refused_everywhere(&app, &format!("r {r} s {s}"), halves).await;
    }
    refused_everywhere(&app, "DER", || svc().sign_by("ES256", |input| p256.sign_raw("ES256", input))).await;
    for other in ["p384", "other-p256", "p521"] {
        let alg = if other == "p521" { "ES512" } else { "ES256" };
        refused_everywhere(&app, other, || svc().sign_by("ES256", |input| key(other).sign(alg, input))).await;
    }
    // RSA: another algorithm of the same key, another padding, a key that is too small.
    let rsa = || Assertion::new("svc-rsa", now(&app));
    let named = |kid: &str| rsa().header("kid", kid.into());
    accepted_everywhere(&app, "RS256", || named("one").sign("RS256", &key("rsa"))).await;
    accepted_everywhere(&app, "RS256 without kid", || rsa().sign("RS256", &key("rsa"))).await;
    for alg in ["PS256", "RS384", "RS512", "PS384", "PS512"] {
        refused_everywhere(&app, alg, || named("one").sign(alg, &key("rsa"))).await;
        refused_everywhere(&app, "under the name of RS256", || {
            named("one").sign_by("RS256", |input| key("rsa").sign(alg, input))
        })
        .await;
    }
    refused_everywhere(&app, "the key of PS256", || named("pss").sign("RS256", &key("other-rsa"))).await;
    refused_everywhere(&app, "the key that encrypts", || named("enc").sign("RS256", &key("other-rsa"))).await;
    refused_everywhere(&app, "PS256 of its key", || named("pss").sign("PS256", &key("other-rsa"))).await;
    for small in ["small-rsa", "other-rsa"] {
        refused_everywhere(&app, small, || named("one").sign("RS256", &key(small))).await;
    }
    refused_everywhere(&app, "SHA-1", || {
        named("one").sign_by("RS256", |input| key("rsa").sign("RS1", input))
    })
    .await;
}

#[tokio::test]
async fn g15_headers_that_bring_keys_or_change_the_meaning_are_refused() {
    let app = start().await;
    let evil = key("other-p256");
    let mut jwk = evil.jwk();
    for kid in [Value::Null, json!("one")] {
        jwk["kid"] = kid.clone();
        for (name, value) in [
            ("jku", json!("https://evil.example.net/jwks.json")),
            ("x5u", json!("https://evil.example.net/chain.pem")),
            ("jwk", jwk.clone()),
            ("x5c", json!(["MIIB"])),
        ] {
            let with = || svc(&app).header("kid", kid.clone()).header(name, value.clone());
            refused_everywhere(&app, &format!("{name}, by its key"), || with().sign("ES256", &evil)).await;
            refused_everywhere(&app, &format!("{name}, by ours"), || signed(&with())).await;
        }
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!("b64")),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("kid", json!("../../etc/passwd")),
        ("kid", json!("' or 1=1 --")),
        ("kid", json!("")),
        ("kid", json!("ONE")),
        ("kid", json!(1)),
        ("kid", json!(["one"])),
        ("kid", json!("k".repeat(4096))),
        ("typ", json!(1)),
        ("alg", json!(["ES256"])),
    ] {
        let what = format!("{name} {value}").chars().take(60).collect::<String>();
        refused_everywhere(&app, &what, || signed(&svc(&app).header(name, value.clone()))).await;
    }
    // A header as large as a form may be is refused unread.
    let large = svc(&app).header("kid", "k".repeat(40_000).into());
    refused_everywhere(&app, "a kid of 40 kB", || signed(&large)).await;
    let beyond = signed(&svc(&app).header("kid", "k".repeat(1 << 20).into()));
    for path in PATHS {
        assert_eq!(send(&app, path, &beyond).await.status, 413, "{path}");
    }
    // Two keys: which one it is must be said.
    let two = |kid: Value| Assertion::new("two", now(&app)).header("kid", kid);
    refused_everywhere(&app, "two keys, no kid", || signed(&two(Value::Null))).await;
    refused_everywhere(&app, "the kid of the other", || signed(&two("b".into()))).await;
    accepted_everywhere(&app, "two keys, its kid", || signed(&two("a".into()))).await;
    accepted_everywhere(&app, "one key, no kid", || signed(&svc(&app).header("kid", Value::Null))).await;
}

/// Puts the parts of a token together in another way.
type Edit = Box<dyn Fn(Vec<String>) -> String>;

#[tokio::test]
async fn g15_an_assertion_has_one_form() {
    let app = start().await;
    let right = || signed(&svc(&app));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let edited = |edit: &dyn Fn(Vec<String>) -> String| edit(parts(&right()));
    let forms: Vec<(&str, Edit)> = vec![
        ("two parts", Box::new(|p| format!("{}.{}", p[0], p[1]))),
        ("four parts", Box::new(|p| format!("{}.{}.{}.", p[0], p[1], p[2]))),
        ("five parts", Box::new(|p| format!("{}.{}.{}.{}.{}", p[0], p[1], p[2], p[1], p[2]))),
        ("no signature", Box::new(|p| format!("{}.{}.", p[0], p[1]))),
        ("padding", Box::new(|p| format!("{}.{}.{}==", p[0], p[1], p[2]))),
        ("a space before", Box::new(|p| format!(" {}", p.join(".")))),
        ("a space behind", Box::new(|p| format!("{} ", p.join(".")))),
        ("a line end", Box::new(|p| format!("{}.\n{}.{}", p[0], p[1], p[2]))),
        ("a byte order mark", Box::new(|p| format!("\u{feff}{}", p.join(".")))),
        ("the other alphabet", Box::new(|p| format!("{}.{}.+{}", p[0], p[1], p[2].get(1..).unwrap()))),
        // 64 bytes leave four spare bits in the last letter.
        (
            "spare bits",
            Box::new(|p| {
                let (head, last) = p[2].split_at(p[2].len() - 1);
                let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                let next = letters.chars().nth(letters.find(last).unwrap() + 1).unwrap();
                format!("{}.{}.{head}{next}", p[0], p[1])
            }),
        ),
        (
            "JSON serialization",
            Box::new(|p| json!({"protected": p[0], "payload": p[1], "signature": p[2]}).to_string()),
        ),
        (
            "general JSON serialization",
            Box::new(|p| {
                json!({"payload": p[1], "signatures": [{"protected": p[0], "signature": p[2]}]}).to_string()
            }),
        ),
    ];
    for (what, form) in &forms {
        refused_everywhere(&app, what, || edited(form.as_ref())).await;
    }
    let header = json!({"alg": "ES256", "typ": TYP, "kid": "one"}).to_string();
    let texts = |what: &str| {
        let payload = svc(&app).payload();
        match what {
            "a header member twice" => (header.replacen('{', "{\"alg\":\"none\",", 1), payload),
            "an escaped member twice" => {
                (header.clone(), payload.replacen('{', "{\"\\u0073ub\":\"two\",", 1))
            }
            "a claim twice" => (header.clone(), payload.replacen('{', "{\"sub\":\"two\",", 1)),
            "a claim twice alike" => (header.clone(), payload.replacen('{', "{\"sub\":\"svc\",", 1)),
            "a nested member twice" => {
                (header.clone(), payload.replacen('{', "{\"x\":{\"a\":1,\"a\":2},", 1))
            }
            "a mark before the header" => (format!("\u{feff}{header}"), payload),
            "a mark before the payload" => (header.clone(), format!("\u{feff}{payload}")),
            "something behind" => (header.clone(), format!("{payload}{{}}")),
            "deep" => (
                header.clone(),
                payload.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(99), "]".repeat(99)), 1),
            ),
            "more than 8 KiB" => {
                (header.clone(), payload.replacen('{', &format!("{{\"x\":\"{}\",", "x".repeat(6200)), 1))
            }
            other => panic!("{other}"),
        }
    };
    for what in [
        "a header member twice",
        "an escaped member twice",
        "a claim twice",
        "a claim twice alike",
        "a nested member twice",
        "a mark before the header",
        "a mark before the payload",
        "something behind",
        "deep",
        "more than 8 KiB",
    ] {
        let assertion = || {
            let (header, payload) = texts(what);
            compact(&header, &payload, |input| key("p256").sign("ES256", input))
        };
        refused_everywhere(&app, what, assertion).await;
    }
    accepted_everywhere(&app, "a right one", right).await;
}

#[tokio::test]
async fn g17_no_token_counts_in_the_place_of_another() {
    let app = start().await;
    let app_client = |path: &'static str, more: &[(&str, &str)]| {
        let assertion = signed(&Assertion::new("app", now(&app)));
        app.post(path).form(&[more, &fields(&assertion)].concat())
    };
    let mut browser = Browser::new(&app);
    let returned = browser.authorize(&Ask::of("app").scope("openid offline_access"), "alice").await;
    let code = returned.code();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://rp.example.com/callback"),
        ("code_verifier", crate::support::VERIFIER),
    ];
    let tokens = app_client("/api/oidc/token", &redeem).send().await.expect(200).json();
    let text = |name: &str| tokens[name].as_str().expect(name).to_owned();
    let (id_token, access_token) = (text("id_token"), text("access_token"));
    let assertion = || signed(&Assertion::new("app", now(&app)));

    // Tokens of the provider, and others that the client signs, prove no client.
    let request_object = |typ: Value| {
        let object = Assertion::new("app", now(&app)).header("typ", typ).claim("sub", Value::Null);
        signed(&object.claim("client_id", "app".into()).claim("response_type", "code".into()))
    };
    let proof = |typ: &str| signed(&Assertion::new("app", now(&app)).header("typ", typ.into()));
    for (what, token) in [
        ("ID token", id_token.clone()),
        ("access token", access_token.clone()),
        ("refresh token", text("refresh_token")),
        ("request object", request_object(json!("oauth-authz-req+jwt"))),
        ("request object without its type", request_object(Value::Null)),
        ("request object of type JWT", request_object(json!("JWT"))),
        ("DPoP proof", proof("dpop+jwt")),
        ("logout token", proof("logout+jwt")),
        ("access token of its own", proof("at+jwt")),
    ] {
        refused_everywhere(&app, what, || token.clone()).await;
        for path in PATHS {
            let with_id =
                app.post(path).form(&[&ASKED[..], &fields(&token), &[("client_id", "app")]].concat());
            with_id.send().await.expect_error(401, "invalid_client");
        }
    }
    // And an assertion, or an ID token, is no token.
    for other in [assertion(), id_token.clone()] {
        app.userinfo(&other).await.expect_error(401, "invalid_token");
        let seen =
            app_client("/api/oidc/introspection", &[("token", &other)]).send().await.expect(200).json();
        assert_eq!(seen, json!({"active": false}));
        for (grant, field) in [("refresh_token", "refresh_token"), ("authorization_code", "code")] {
            let asked = [
                ("grant_type", grant),
                (field, &*other),
                ("redirect_uri", "https://rp.example.com/callback"),
            ];
            app_client("/api/oidc/token", &asked).send().await.expect_error(400, "invalid_grant");
        }
        app_client("/api/oidc/revocation", &[("token", &other)]).send().await.expect(200);
    }
    app.userinfo(&access_token).await.expect(200);
    // As a hint it names nobody.
    for hint in [assertion(), access_token] {
        let view = Browser::new(&app).ask(&Ask::of("app").set("id_token_hint", &hint)).await;
        view.expect_error("invalid_request");
    }
}
