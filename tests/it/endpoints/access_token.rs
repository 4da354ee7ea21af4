//! Access tokens as JWTs (RFC 9068), verified with another library than they were signed with.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::support::app::START;
use crate::support::token::{settled, verify};
use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn a_clients_own_token_says_what_rfc_9068_demands() {
    let app = App::start().await;
    let service = Client::new(&app, "service");
    let fields = [
        ("grant_type", "client_credentials"),
        ("scope", "read write"),
        ("audience", "https://api.example.com"),
    ];
    let body = service.token(&fields).await.expect(200).json();
    let token = verify(&app, body["access_token"].as_str().unwrap()).await;
    assert_eq!((token.header.alg, token.header.typ.as_deref()), (Algorithm::RS256, Some("at+jwt")));
    insta::assert_json_snapshot!(settled(&token.claims, &["jti"]), @r#"
    {
      "aud": "https://api.example.com",
      "client_id": "service",
      "exp": 1700003600,
      "iat": 1700000000,
      "iss": "https://op.example.com",
      "jti": "[jti]",
      "scope": "read write",
      "scp": [
        "read",
        "write"
      ],
      "sub": "service"
    }
    "#);
}

#[tokio::test]
async fn a_persons_token_names_the_person_and_how_they_signed_in() {
    let app = App::start().await;
    let client = Client::new(&app, "jwt");
    let ask = Ask::of("jwt").scope("openid profile read").set("resource", "https://api.example.com");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let body = client.redeem(&code).await.expect(200).json();
    let access = body["access_token"].as_str().unwrap();
    let token = verify(&app, access).await;
    assert_eq!((token.header.alg, token.header.typ.as_deref()), (Algorithm::ES256, Some("at+jwt")));
    insta::assert_json_snapshot!(settled(&token.claims, &["jti", "sub"]), @r#"
    {
      "acr": "1",
      "amr": [
        "pwd"
      ],
      "aud": "https://api.example.com",
      "auth_time": 1700000000,
      "client_id": "jwt",
      "exp": 1700003600,
      "iat": 1700000000,
      "iss": "https://op.example.com",
      "jti": "[jti]",
      "scope": "openid profile read",
      "scp": [
        "openid",
        "profile",
        "read"
      ],
      "sub": "[sub]"
    }
    "#);
    let id = verify(&app, body["id_token"].as_str().unwrap()).await.claims;
    assert_eq!(token.claims["sub"], id["sub"]);
    assert_eq!(app.userinfo(access).await.expect(200).json()["sub"], id["sub"]);
}

#[tokio::test]
async fn without_an_audience_the_issuer_is_the_audience_and_several_are_a_list() {
    let app = App::start().await;
    let service = Client::new(&app, "service");
    let aud = async |more: &[(&str, &str)]| {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(more);
        let body = service.token(&fields).await.expect(200).json();
        verify(&app, body["access_token"].as_str().unwrap()).await.claims["aud"].clone()
    };
    assert_eq!(aud(&[]).await, "https://op.example.com");
    let both = [("resource", "https://api.example.com"), ("resource", "https://files.example.com")];
    assert_eq!(aud(&both).await, json!(["https://api.example.com", "https://files.example.com"]));
}

#[tokio::test]
async fn every_jwt_has_a_jti_of_its_own_and_is_revoked_by_it() {
    let app = App::start().await;
    let service = Client::new(&app, "service");
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let body = service.token(&[("grant_type", "client_credentials")]).await.expect(200).json();
        tokens.push(body["access_token"].as_str().unwrap().to_owned());
    }
    let jti = [&tokens[0], &tokens[1]].map(|token| verify(&app, token));
    let [first, second] = jti;
    assert_ne!(first.await.claims["jti"], second.await.claims["jti"]);
    assert!(service.is_active(&tokens[0]).await && service.is_active(&tokens[1]).await);
    service.revoke(&tokens[0]).await.expect(200);
    assert!(!service.is_active(&tokens[0]).await);
    assert!(service.is_active(&tokens[1]).await);
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_worth_nothing() {
    let app = App::start().await;
    let tokens = Client::new(&app, "jwt").login("alice", "openid").await;
    let other = Client::new(&app, "jwt").login("bob", "openid").await;
    let parts: Vec<&str> = tokens.access.split('.').collect();
    let foreign: Vec<&str> = other.access.split('.').collect();
    for wrong in [
        format!("{}.{}.{}", parts[0], foreign[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]),
        format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
        format!("{} ", tokens.access),
        tokens.id.clone(),
    ] {
        let answer = app.userinfo(&wrong).await;
        assert!(matches!(answer.status, 400 | 401), "{wrong}: {}", answer.text());
        if wrong.ends_with(' ') {
            continue;
        }
        answer.expect_error(401, "invalid_token");
    }
    app.userinfo(&tokens.access).await.expect(200);
}

/// Every claim that a policy of claims.yml lists, as far as a token has it.
async fn copied(app: &App, token: &str) -> Vec<String> {
    let claims = verify(app, token).await.claims;
    let listed = ["email", "login", "groups", "handle"].into_iter();
    listed.filter(|name| claims.contains_key(*name)).map(str::to_owned).collect()
}

/// What the policy copies into the ID token and into the access token.
async fn both(app: &App, body: &Value) -> [Vec<String>; 2] {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    [copied(app, &text("id_token")).await, copied(app, &text("access_token")).await]
}

const NONE: [Vec<String>; 2] = [Vec::new(), Vec::new()];

#[tokio::test]
async fn claims_policies_add_claims_to_tokens() {
    let app = App::with(include_str!("claims.yml")).await;
    let client = Client::new(&app, "claims");
    let tokens = client.login("alice", "openid email groups staff").await;
    let access = verify(&app, &tokens.access).await.claims;
    assert_eq!(access["groups"], json!(["admins", "dev"]));
    let id = verify(&app, &tokens.id).await.claims;
    assert_eq!((&id["email"], &id["login"]), (&json!("alice@example.com"), &json!("alice")));
    assert_eq!((id.get("groups"), access.get("email")), (None, None));
    assert_eq!(app.userinfo(&tokens.access).await.expect(200).json()["login"], "alice");
    assert_eq!(id["iat"], START);
}

#[tokio::test]
async fn claims_policies_copy_only_what_a_granted_scope_opens() {
    let app = App::with(include_str!("claims.yml")).await;
    let client = Client::new(&app, "claims");
    for (scope, of_id, of_access) in [
        ("openid", vec![], vec![]),
        ("openid email", vec!["email"], vec![]),
        ("openid groups", vec![], vec!["groups"]),
        ("openid staff", vec!["login"], vec![]),
        ("openid email groups staff", vec!["email", "login"], vec!["groups"]),
    ] {
        let expected = [of_id, of_access];
        assert_eq!(both(&app, &client.login("alice", scope).await.body).await, expected, "{scope}");
        let ask = Ask::of("claims").scope(scope).set("response_type", "code id_token token");
        let front = Browser::new(&app).authorize(&ask, "alice").await;
        let body = json!({"id_token": front.get("id_token"), "access_token": front.get("access_token")});
        assert_eq!(both(&app, &body).await, expected, "{scope}, in the answer");
        let body = client.redeem(front.get("code")).await.expect(200).json();
        assert_eq!(both(&app, &body).await, expected, "{scope}, by the code beside it");
    }
    let alone = Ask::of("claims").scope("openid").set("response_type", "id_token");
    let front = Browser::new(&app).authorize(&alone, "alice").await;
    assert_eq!(copied(&app, front.get("id_token")).await, NONE[0], "nor into one that comes alone");
}

#[tokio::test]
async fn claims_policies_copy_nothing_that_a_narrowed_token_lost() {
    let app = App::with(include_str!("claims.yml")).await;
    let client = Client::new(&app, "claims");
    let everything = "openid email groups staff offline_access";
    let claims =
        json!({"userinfo": {"email": null, "groups": null}, "id_token": {"login": null}}).to_string();
    for ask in
        [Ask::of("claims").scope(everything), Ask::of("claims").scope(everything).set("claims", &claims)]
    {
        let page = Browser::new(&app).authorize(&ask, "alice").await;
        let mut body = client.redeem(page.get("code")).await.expect(200).json();
        for (scope, of_id, of_access) in [
            ("openid", vec![], vec![]),
            ("openid groups", vec![], vec!["groups"]),
            ("", vec!["email", "login"], vec!["groups"]),
            ("openid offline_access", vec![], vec![]),
        ] {
            let token = body["refresh_token"].as_str().unwrap();
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
            body =
                client.token(if scope.is_empty() { &fields[..2] } else { &fields }).await.expect(200).json();
            assert_eq!(both(&app, &body).await, [of_id, of_access], "{scope}");
        }
    }
}

#[tokio::test]
async fn claims_policies_copy_what_the_parameter_claims_was_granted() {
    let app = App::with(include_str!("claims.yml")).await;
    let client = Client::new(&app, "claims");
    for (claims, expected) in [
        (json!({"userinfo": {"email": null, "groups": null}}), [vec!["email"], vec!["groups"]]),
        (json!({"userinfo": {"handle": null}}), [vec!["handle"], vec!["handle"]]),
        (json!({"id_token": {"groups": null}}), [vec!["groups"], vec!["groups"]]),
        (
            json!({"userinfo": {"email": {"value": "another@example.com"}, "phone_number": null}}),
            [vec![], vec![]],
        ),
    ] {
        let ask = Ask::of("claims").scope("openid").set("claims", &claims.to_string());
        let code = Browser::new(&app).authorize(&ask, "alice").await.code();
        let body = client.redeem(&code).await.expect(200).json();
        assert_eq!(both(&app, &body).await, expected, "{claims}");
    }
}
