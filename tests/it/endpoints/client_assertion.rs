//! Clients that sign what proves them: every algorithm, at every endpoint.

use crate::support::assertion::{Assertion, Key, TYP, fields, key};
use crate::support::certificates::{Authority, KeyForm};
use crate::support::{Answer, App, Ask};

const TOKEN: &str = "/api/oidc/token";
const INTROSPECTION: &str = "/api/oidc/introspection";
const REVOCATION: &str = "/api/oidc/revocation";
const PUSHED: &str = "/api/oidc/pushed-authorization-request";
const PATHS: [&str; 4] = [TOKEN, INTROSPECTION, REVOCATION, PUSHED];

const ASKED: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "x")];

async fn start() -> App {
    App::with(include_str!("client_assertion.yml")).await
}

async fn send(app: &App, path: &str, assertion: &str) -> Answer {
    app.post(path).form(&[&ASKED[..], &fields(assertion)].concat()).send().await
}

#[tokio::test]
async fn every_algorithm_proves_a_client_at_every_endpoint() {
    let algorithms = [
        ("HS256", ""),
        ("HS384", ""),
        ("HS512", ""),
        ("RS256", "rsa"),
        ("RS384", "rsa"),
        ("RS512", "rsa"),
        ("PS256", "rsa"),
        ("PS384", "rsa"),
        ("PS512", "rsa"),
        ("ES256", "p256"),
        ("ES384", "p384"),
        ("ES512", "p521"),
    ];
    let secret = "a secret that all these clients share, longer than sixty-four bytes";
    let mut clients = String::from("identity_providers:\n  oidc:\n    clients:\n");
    for (alg, name) in algorithms {
        clients += &format!(
            "      - client_id: by-{alg}\n        grant_types: [client_credentials]\n        scopes: [read]\n"
        );
        for endpoint in ["token", "introspection", "revocation", "pushed_authorization_request"] {
            let method = if name.is_empty() { "client_secret_jwt" } else { "private_key_jwt" };
            clients += &format!("        {endpoint}_endpoint_auth_method: {method}\n");
            clients += &format!("        {endpoint}_endpoint_auth_signing_alg: {alg}\n");
        }
        clients += &if name.is_empty() {
            format!("        client_secret: '$plaintext${secret}'\n")
        } else {
            format!("        jwks: [{{key_id: mine, key: 'client-key:{name}', algorithm: {alg}}}]\n")
        };
    }
    let app = App::with(&clients).await;
    for (alg, name) in algorithms {
        let secret = Key::secret(secret.as_bytes());
        let owned = (!name.is_empty()).then(|| key(name));
        let by = owned.as_deref().unwrap_or(&secret);
        for path in PATHS {
            let assertion = || Assertion::new(&format!("by-{alg}"), app.clock.now());
            for assertion in [assertion(), assertion().untyped(), assertion().header("kid", "mine".into())] {
                let answer = send(&app, path, &assertion.sign(alg, by)).await;
                let expected = if path == PUSHED { 400 } else { 200 };
                assert_eq!(answer.status, expected, "{alg} at {path}: {}", answer.text());
            }
            for (other, _) in
                algorithms.iter().filter(|(other, _)| other.get(..2) == alg.get(..2) && *other != alg)
            {
                if alg.starts_with("ES") {
                    continue;
                }
                let answer = send(&app, path, &assertion().sign(other, by)).await;
                answer.expect_error(401, "invalid_client");
            }
        }
    }
}

#[tokio::test]
async fn each_endpoint_takes_the_algorithm_that_is_registered_for_it() {
    let app = start().await;
    let own = [
        (TOKEN, "RS256", "rsa", "of-token"),
        (INTROSPECTION, "PS384", "other-rsa", "of-introspection"),
        (REVOCATION, "ES384", "p384", "of-revocation"),
        (PUSHED, "ES512", "p521", "of-pushed-request"),
    ];
    for (path, ..) in own {
        for (registered, alg, name, kid) in own {
            let assertion = Assertion::new("keys", app.clock.now()).header("kid", kid.into());
            let answer = send(&app, path, &assertion.sign(alg, &key(name))).await;
            assert_eq!(answer.status != 401, path == registered, "{alg} at {path}: {}", answer.text());
        }
    }
    let secret = Key::secret(b"a secret of more than sixty-four bytes, which is what HS512 wants to have");
    let own = [(TOKEN, "HS256"), (INTROSPECTION, "HS384"), (REVOCATION, "HS512"), (PUSHED, "")];
    for (path, ..) in own {
        for (registered, alg) in own.iter().filter(|(_, alg)| !alg.is_empty()) {
            let assertion = Assertion::new("secret", app.clock.now());
            let answer = send(&app, path, &assertion.sign(alg, &secret)).await;
            assert_eq!(answer.status != 401, path == *registered, "{alg} at {path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_client_with_a_key_pushes_redeems_and_refreshes() {
    let app = start().await;
    let at = |path: &'static str, more: &[(&str, &str)]| {
        let (alg, name) = if path == PUSHED { ("ES512", "p521") } else { ("RS256", "rsa") };
        let assertion = Assertion::new("keys", app.clock.now()).sign(alg, &key(name));
        app.post(path).form(&[more, &fields(&assertion)].concat())
    };
    // client_id is in the assertion, and need not be in the form (RFC 7521 §4.2).
    let ask = Ask::of("keys").scope("read").without("client_id");
    let pushed = at(PUSHED, &ask.pairs()).send().await.expect(201).json();
    let request_uri = pushed["request_uri"].as_str().unwrap();
    let mut browser = crate::support::Browser::new(&app);
    let asked = Ask::of("keys").set("request_uri", request_uri);
    let code = browser.authorize(&asked, "alice").await.code();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://rp.example.com/callback"),
        ("code_verifier", crate::support::VERIFIER),
    ];
    let tokens = at(TOKEN, &redeem).send().await.expect(200).json();
    assert_eq!(tokens["token_type"], "Bearer");
}

#[tokio::test]
async fn where_several_methods_may_come_the_registered_one_decides() {
    let app = start().await;
    let secret = |id: &str| format!("the secret of {id}, longer than thirty-two bytes");
    let assertion = |id: &str, secret: &str| {
        Assertion::new(id, app.clock.now()).sign("HS256", &Key::secret(secret.as_bytes()))
    };
    // At the token endpoint the secret in the form decides, at introspection the assertion.
    for (id, header, form, signed, token, introspection) in [
        ("several", "right", "right", "right", true, true),
        ("several", "wrong", "right", "right", true, true),
        ("several", "", "right", "right", true, true),
        ("several", "right", "right", "", true, false),
        ("several", "right", "wrong", "right", false, true),
        ("several", "right", "right", "wrong", true, false),
        ("several", "right", "", "right", false, true),
        ("several", "right", "", "", false, false),
        ("several", "", "right", "", true, false),
        ("several", "", "", "right", false, true),
        ("one", "", "right", "", true, false),
        ("one", "", "", "right", false, true),
        ("one", "right", "right", "", false, false),
        ("one", "", "right", "right", false, false),
        ("one", "right", "", "right", false, false),
    ] {
        for (path, passes) in [(TOKEN, token), (INTROSPECTION, introspection)] {
            let own = secret(id);
            let by = |how: &str| {
                if how == "right" { own.clone() } else { "a wrong secret of many many bytes".to_owned() }
            };
            let (in_form, text) = (by(form), assertion(id, &by(signed)));
            let mut pairs = vec![ASKED[0], ASKED[1], ("client_id", id)];
            if !form.is_empty() {
                pairs.push(("client_secret", &in_form));
            }
            if !signed.is_empty() {
                pairs.extend(fields(&text));
            }
            let mut call = app.post(path).form(&pairs);
            if !header.is_empty() {
                call = call.basic(id, &by(header));
            }
            let answer = call.send().await;
            let what = format!("{id} at {path}: header {header:?}, form {form:?}, assertion {signed:?}");
            assert_eq!(answer.status == 200, passes, "{what}: {}", answer.text());
            assert!(passes || answer.status == 401, "{what}");
        }
    }
    // All of them name one client.
    let by = |header: &str, signed: &str| {
        let text = assertion(signed, &secret(signed));
        let call = app.post(INTROSPECTION).form(&[&ASKED[..], &fields(&text)].concat());
        call.basic(header, &secret(header))
    };
    by("several", "several").send().await.expect(200);
    for (header, signed) in [("one", "several"), ("several", "one")] {
        by(header, signed).send().await.expect_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_key_may_stand_beside_its_certificates() {
    let made = Authority::new().made_as("app.example.com", KeyForm::RsaPkcs8, 86_400);
    let public = String::from_utf8(made.leaf.public_key().unwrap().public_key_to_pem().unwrap()).unwrap();
    let [public, chain] = [public, made.chain].map(|pem| serde_json::to_string(&pem).unwrap());
    let app = App::with(&format!(
        "identity_providers: {{oidc: {{clients: [{{client_id: svc, token_endpoint_auth_method: private_key_jwt, \
         token_endpoint_auth_signing_alg: RS256, grant_types: [client_credentials], scopes: [read], \
         jwks: [{{key_id: one, key: {public}, certificate_chain: {chain}}}]}}]}}}}"
    ))
    .await;
    let private = Key::private_from(&made.key);
    let assertion = Assertion::new("svc", app.clock.now()).header("kid", "one".into());
    send(&app, TOKEN, &assertion.sign("RS256", &private)).await.expect(200);
    let other = Assertion::new("svc", app.clock.now()).header("kid", "one".into());
    send(&app, TOKEN, &other.sign("RS256", &key("rsa"))).await.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn why_an_assertion_was_refused_is_for_the_log_alone() {
    let app = start().await;
    let wrong = Assertion::new("keys", app.clock.now()).header("typ", TYP.into());
    for (assertion, reason) in [
        (wrong.clone().claim("aud", "https://other.test".into()), "`aud` must be the issuer"),
        (wrong.clone().claim("exp", 1.into()), "it has expired"),
        (wrong.clone().claim("jti", 1.into()), "`jti` must be a text"),
        (wrong.clone().header("kid", "unknown".into()), "has the `kid`"),
        (wrong.clone().header("jku", "https://evil.test".into()), "brings a key along (jku)"),
    ] {
        let answer = send(&app, TOKEN, &assertion.sign("RS256", &key("rsa"))).await;
        answer.expect_error(401, "invalid_client");
        assert!(!answer.text().contains(reason), "{}", answer.text());
        app.keep_refusals().await;
        let told = format!("SELECT COUNT(*) FROM signet_refusals WHERE reason LIKE '%{reason}%'");
        assert_eq!(app.sql.number(&told).await, 1, "{reason}");
    }
}
