//! What relying parties together demand of an issuer, one test each. `docs/relying-parties/README.md` says who demands
//! what; the tests of key rotation (P3) stand in `rotation.rs`.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{issuer, machine_token, part};
use crate::support::client::Tokens;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

const SCOPES: &str = "openid email groups department offline_access";

/// alice's tokens, those after a refresh, and one of each machine that signs with what the tests' library can verify.
async fn every_jwt(app: &App) -> Vec<(&'static str, String)> {
    let client = Client::new(app, "my-registry");
    let first = client.login("alice", SCOPES).await;
    let again = Tokens::of(String::new(), client.refresh(&first.refresh).await.expect(200).json());
    let mut tokens = vec![
        ("ID token", first.id),
        ("access token", first.access),
        ("refreshed ID token", again.id),
        ("refreshed access token", again.access),
    ];
    for machine in ["ci", "ci-es256", "ci-es384", "ci-ps256"] {
        tokens.push((machine, machine_token(app, machine, &[]).await));
    }
    tokens
}

#[tokio::test]
async fn p01_the_key_set_holds_rsa_and_ec_keys_that_sign_and_every_jws_names_one() {
    let app = issuer().await;
    let set = app.get("/jwks.json").send().await.expect(200).json();
    let keys = set["keys"].as_array().unwrap();
    let mut kids = BTreeSet::new();
    for key in keys {
        assert!(matches!(key["kty"].as_str(), Some("RSA" | "EC")), "{key}");
        assert_eq!(key["use"], "sig", "{key}");
        assert!(key["alg"].is_string() && kids.insert(key["kid"].as_str().unwrap().to_owned()), "{key}");
    }
    assert_eq!(kids.len(), 5);
    let mut tokens = every_jwt(&app).await;
    tokens.push(("ci-es512", machine_token(&app, "ci-es512", &[]).await));
    for (name, token) in tokens {
        let header = part(&token, 0).unwrap();
        let key = keys.iter().find(|key| Some(&key["kid"]) == header.get("kid"));
        assert_eq!(key.map(|key| &key["alg"]), header.get("alg"), "{name}: {header:?}");
    }
}

#[tokio::test]
async fn p02_rs256_signs_unless_the_client_asks_for_another() {
    let app = issuer().await;
    let algorithm = |token: &str| part(token, 0).unwrap()["alg"].as_str().unwrap().to_owned();
    let tokens = Client::new(&app, "my-registry").login("alice", "openid").await;
    assert_eq!((algorithm(&tokens.id), algorithm(&tokens.access)), ("RS256".into(), "RS256".into()));
    for (client, expected) in
        [("ci", "RS256"), ("ci-es256", "ES256"), ("ci-ps256", "PS256"), ("ci-es512", "ES512")]
    {
        assert_eq!(algorithm(&machine_token(&app, client, &[]).await), expected, "{client}");
    }
}

#[tokio::test]
async fn p04_one_audience_is_a_text_and_several_a_list_and_every_jwt_has_iss_and_aud() {
    let app = issuer().await;
    for (name, token) in every_jwt(&app).await {
        let claims = verify(&app, &token).await.claims;
        assert_eq!(claims["iss"], app.origin, "{name}");
        assert!(claims["aud"].is_string(), "{name}: {}", claims["aud"]);
        assert!(claims["exp"].is_i64() && claims["iat"].is_i64() && claims["jti"].is_string(), "{name}");
    }
    let aud = async |audience: &str| {
        part(&machine_token(&app, "ci", &[("audience", audience)]).await, 1).unwrap()["aud"].clone()
    };
    assert_eq!(aud("my-registry").await, "my-registry");
    assert_eq!(
        aud("my-registry https://mcp.example.com/").await,
        json!(["my-registry", "https://mcp.example.com/"])
    );
}

#[tokio::test]
async fn p05_scope_is_a_text_in_tokens_and_introspection_says_all_that_resource_servers_read() {
    let app = issuer().await;
    let token = machine_token(&app, "ci", &[("scope", "write read"), ("audience", "my-registry")]).await;
    assert_eq!(part(&token, 1).unwrap()["scope"], "write read");
    let ci = Client::new(&app, "ci").introspect(&token).await;
    let expected = json!({"active": true, "iss": app.origin, "aud": "my-registry", "scope": "write read",
        "client_id": "ci", "sub": "repo:acme/app:ref:refs/heads/main"});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&ci[name], value, "{name}: {ci}");
    }
    assert!(ci["exp"].is_i64(), "{ci}");
    let web = Client::new(&app, "my-registry");
    let seen = web.introspect(&web.login("alice", "openid email").await.access).await;
    assert_eq!((&seen["username"], &seen["scope"]), (&json!("alice"), &json!("openid email")), "{seen}");
}

#[tokio::test]
async fn p06_scopes_of_ones_own_need_no_openid_and_an_audience_need_not_be_an_address() {
    let app = issuer().await;
    let client = Client::new(&app, "my-registry");
    let ask = Ask::of("my-registry").scope("read write").set("resource", "https://mcp.example.com/");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let body = client.redeem(&code).await.expect(200).json();
    assert_eq!(body.get("id_token"), None, "nobody asked for openid");
    let claims = verify(&app, body["access_token"].as_str().unwrap()).await.claims;
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("https://mcp.example.com/"), &json!("read write"))
    );
    for audience in ["863b4b7d-6308-456e-8375-8d9270e9be44", "my-registry"] {
        let token = machine_token(&app, "ci", &[("audience", audience)]).await;
        assert_eq!(part(&token, 1).unwrap()["aud"], audience);
    }
    let ci = Client::new(&app, "ci");
    for (name, value) in [("audience", "another"), ("resource", "https://another.example.com")] {
        ci.token(&[("grant_type", "client_credentials"), (name, value)])
            .await
            .expect_error(400, "invalid_target");
        let refused = Browser::new(&app).ask(&Ask::of("my-registry").set(name, value)).await;
        refused.expect_error("invalid_target");
    }
}

#[tokio::test]
async fn p07_claims_that_policies_read_stand_in_both_tokens_with_their_types() {
    let app = issuer().await;
    let tokens = Client::new(&app, "my-registry").login("alice", SCOPES).await;
    for (name, token, own) in [("ID token", &tokens.id, true), ("access token", &tokens.access, false)] {
        let claims = verify(&app, token).await.claims;
        assert_eq!(claims["email"], "alice@example.com", "{name}");
        assert_eq!(claims["email_verified"], json!(true), "{name}");
        assert_eq!(claims["groups"], json!(["registry-admins", "admins", "dev"]), "{name}");
        assert_eq!(claims.get("department"), own.then(|| json!("alice")).as_ref(), "{name}");
    }
    // One group is a list of one.
    app.write_people(|people| people[0].groups = vec!["dev"]);
    app.clock.advance(1);
    let tokens = Client::new(&app, "my-registry").login("alice", "openid groups").await;
    for token in [&tokens.id, &tokens.access] {
        assert_eq!(verify(&app, token).await.claims["groups"], json!(["dev"]));
    }
    let claims = part(&machine_token(&app, "ci", &[]).await, 1).unwrap();
    assert_eq!((&claims["groups"], &claims["attempt"]), (&json!(["registry-admins"]), &json!(3)));
}

#[tokio::test]
async fn p08_no_token_begins_in_the_future_or_lives_for_ever() {
    let app = issuer().await;
    for (name, token) in every_jwt(&app).await {
        let (now, claims) = (app.clock.now(), verify(&app, &token).await.claims);
        for time in ["iat", "nbf", "auth_time"] {
            assert!(
                claims.get(time).is_none_or(|at| at.as_i64().unwrap() <= now),
                "{name}: {time} {claims:?}"
            );
        }
        assert!(claims["exp"].as_i64().unwrap() > now, "{name}");
    }
    let client = Client::new(&app, "my-registry");
    let tokens = client.login("alice", "openid").await;
    let exp = part(&tokens.access, 1).unwrap()["exp"].as_i64().unwrap();
    app.clock.advance(exp - app.clock.now() - 1);
    assert!(client.is_active(&tokens.access).await, "a second before its end");
    app.clock.advance(1);
    assert!(!client.is_active(&tokens.access).await, "at its end");
}

#[tokio::test]
async fn p09_documents_are_there_for_anyone_without_redirects_whatever_is_asked_for() {
    let app = App::with("server: {address: 'tcp://127.0.0.1:9091/auth'}\nsession: {cookies: [{domain: op.example.com, authelia_url: https://op.example.com/auth}]}").await;
    let root = App::start().await;
    let paths = [
        (&root, "https://op.example.com", "/.well-known/openid-configuration"),
        (&root, "https://op.example.com", "//.well-known/openid-configuration"),
        (&root, "https://op.example.com", "/.well-known/oauth-authorization-server"),
        (&app, "https://op.example.com/auth", "/auth/.well-known/openid-configuration"),
        (&app, "https://op.example.com/auth", "/auth//.well-known/openid-configuration"),
        (&app, "https://op.example.com/auth", "/.well-known/oauth-authorization-server/auth"),
    ];
    for (app, issuer, path) in paths {
        for accept in
            [None, Some("application/jwk-set+json"), Some("text/html"), Some("image/png"), Some("nonsense")]
        {
            for method in ["GET", "HEAD"] {
                // As little as a request can hold: no User-Agent, no cookie.
                let mut request =
                    Request::builder().method(method).uri(path).header("host", "op.example.com");
                if let Some(accept) = accept {
                    request = request.header("accept", accept);
                }
                let mut request = request.body(Body::empty()).unwrap();
                let from = std::net::SocketAddr::from(([192, 0, 2, 7], 40_000));
                request.extensions_mut().insert(axum::extract::ConnectInfo(from));
                let answer = app.router().oneshot(request).await.unwrap();
                let said = format!("{method} {path} {accept:?}");
                assert_eq!(answer.status(), 200, "{said}");
                assert_eq!(answer.headers()["content-type"], "application/json", "{said}");
                assert_eq!(answer.headers().get("set-cookie"), None, "{said}");
                let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                if method == "GET" {
                    let document: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(document["issuer"], issuer, "{said}");
                    let jwks = document["jwks_uri"].as_str().unwrap();
                    let path = jwks.strip_prefix("https://op.example.com").unwrap();
                    let set = app.get(path).send().await.expect(200);
                    assert!(set.header("cache-control").contains("max-age=900"), "{said}");
                }
            }
        }
    }
}

#[tokio::test]
async fn p10_secrets_come_encoded_and_nobody_asks_anonymously() {
    let app = issuer().await;
    // RFC 6749 §2.3.1: both halves are form-urlencoded before they are joined.
    let mut odd = Client::new(&app, "odd");
    odd.secret = "s%cr:t+ &é".to_owned();
    let body = odd.token(&[("grant_type", "client_credentials"), ("scope", "read")]).await.expect(200).json();
    let token = body["access_token"].as_str().unwrap();
    assert!(odd.is_active(token).await);
    for path in ["/api/oidc/introspection", "/api/oidc/revocation"] {
        app.post(path).form(&[("token", token)]).send().await.expect_error(401, "invalid_client");
        let wrong = app.post(path).form(&[("token", token)]).basic("odd", "another");
        let answer = wrong.send().await;
        answer.expect_error(401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{path}");
    }
    assert!(odd.is_active(token).await, "nobody revoked it");
    odd.revoke(token).await.expect(200);
    assert!(!odd.is_active(token).await);
}

#[tokio::test]
async fn p11_the_answer_names_its_issuer_and_hands_the_state_back_as_it_was() {
    let app = issuer().await;
    for state in ["a b&c=d%20+é-._~/?#[]@!$'()*,;:\"<>\\^`{|}", "eyJhbGciOiJub25lIn0.%7B%7D", "          "] {
        let returned =
            Browser::new(&app).authorize(&Ask::of("my-registry").set("state", state), "alice").await;
        assert_eq!((returned.get("state"), returned.get("iss")), (state, app.origin.as_str()));
    }
}

#[tokio::test]
async fn p12_a_relying_party_signs_its_person_out_and_what_it_held_has_ended() {
    let app = issuer().await;
    let client = Client::new(&app, "my-registry");
    let mut browser = Browser::new(&app);
    let tokens = client.login_with(&mut browser, "alice", "openid email").await;
    // What was granted for the time when nobody is signed in outlives a logout (OpenID Connect Core 1.0 §11).
    let offline = client.login_with(&mut browser, "alice", SCOPES).await;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("id_token_hint", tokens.id.as_str()),
            ("post_logout_redirect_uri", "https://rp.example.com/bye"),
            ("state", "signed out"),
        ])
        .finish();
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    let path =
        document["end_session_endpoint"].as_str().unwrap().strip_prefix(&app.origin).unwrap().to_owned();
    let returned = browser.open(&format!("{path}?{query}")).await.returned();
    assert_eq!(
        (returned.redirect_uri.as_str(), returned.get("state")),
        ("https://rp.example.com/bye", "signed out")
    );
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
    app.userinfo(&offline.access).await.expect(200);
    browser.ask(&Ask::of("my-registry").prompt("none")).await.expect_error("login_required");
}

#[tokio::test]
async fn p13_a_program_of_ones_own_may_listen_at_any_port_of_loopback() {
    let app = issuer().await;
    for (address, taken) in [
        ("http://127.0.0.1:49152/app", true),
        ("http://127.0.0.1/app", true),
        ("http://[::1]:1/app", true),
        ("http://localhost:7777/app", true),
        ("http://127.0.0.1:49152/other", false),
        ("http://127.0.0.1.example.com:49152/app", false),
        ("http://192.0.2.1:49152/app", false),
    ] {
        let ask = Ask::of("native").set("redirect_uri", address);
        let mut browser = Browser::new(&app);
        if !taken {
            browser.ask(&ask).await.expect_page(400, "Request refused");
            continue;
        }
        let code = browser.authorize(&ask, "alice").await.code();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", address),
            ("code_verifier", crate::support::VERIFIER),
            ("client_id", "native"),
        ];
        app.post("/api/oidc/token").form(&fields).send().await.expect(200);
    }
}

#[tokio::test]
async fn p14_a_machine_gets_a_jwt_with_its_subject_one_audience_and_its_claims() {
    let app = issuer().await;
    let audience = "863b4b7d-6308-456e-8375-8d9270e9be44";
    let token = machine_token(&app, "ci", &[("audience", audience)]).await;
    let verified = verify(&app, &token).await;
    assert_eq!(verified.header.typ.as_deref(), Some("at+jwt"));
    let expected = json!({"sub": "repo:acme/app:ref:refs/heads/main", "client_id": "ci", "aud": audience,
        "repository": "acme/app", "email": "ci@example.com", "email_verified": true});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&verified.claims[name], value, "{name}");
    }
    // Its name where no subject is registered (RFC 9068 §2.2).
    assert_eq!(part(&machine_token(&app, "ci-es256", &[]).await, 1).unwrap()["sub"], "ci-es256");
}

#[tokio::test]
async fn p16_what_starts_after_signet_can_wait_for_it() {
    let app = App::start().await;
    for path in ["/api/health", "/api/health/ready"] {
        let answer = app.get(path).host("10.0.0.1").send().await.expect(200);
        assert_eq!(answer.json()["status"], "OK", "{path}");
    }
}
