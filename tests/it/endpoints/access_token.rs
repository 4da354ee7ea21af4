//! Access tokens as JWTs (RFC 9068), verified with another library than they were signed with.

use jsonwebtoken::Algorithm;
use serde_json::json;

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

#[tokio::test]
async fn claims_policies_add_claims_to_tokens() {
    let app = App::with(include_str!("claims.yml")).await;
    let client = Client::new(&app, "claims");
    let tokens = client.login("alice", "openid staff").await;
    let access = verify(&app, &tokens.access).await.claims;
    assert_eq!(access["groups"], json!(["admins", "dev"]));
    let id = verify(&app, &tokens.id).await.claims;
    assert_eq!((&id["email"], &id["login"]), (&json!("alice@example.com"), &json!("alice")));
    assert_eq!(id.get("groups"), None);
    assert_eq!(app.userinfo(&tokens.access).await.expect(200).json()["login"], "alice");
    assert_eq!(id["iat"], START);
}
