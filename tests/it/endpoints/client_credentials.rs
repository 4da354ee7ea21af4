//! `client_credentials` at the token endpoint.

use crate::support::{App, Client};

fn fields<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend(more);
    fields
}

#[tokio::test]
async fn a_client_gets_what_it_names_and_no_more() {
    let app = App::start().await;
    let service = Client::new(&app, "machine");
    let body = service.token(&fields(&[])).await.expect(200).json();
    assert_eq!(body.get("scope"), None, "nothing was asked for");
    assert_eq!((body.get("refresh_token"), body.get("id_token")), (None, None));
    let body = service.token(&fields(&[("scope", "read")])).await.expect(200).json();
    assert_eq!(body["scope"], "read");
    let seen = service.introspect(body["access_token"].as_str().unwrap()).await;
    assert_eq!((&seen["sub"], &seen["client_id"]), (&"machine".into(), &"machine".into()));
    assert_eq!(seen.get("username"), None);
}

#[tokio::test]
async fn audience_and_resource_are_held_against_the_clients_list() {
    let app = App::start().await;
    let machine = Client::new(&app, "machine");
    for (name, value) in [
        ("audience", "https://other.example.com"),
        ("audience", "api https://other.example.com"),
        ("resource", "https://other.example.com"),
        ("resource", "api"),
        ("resource", "https://api.example.com#x"),
    ] {
        machine.token(&fields(&[(name, value)])).await.expect_error(400, "invalid_target");
    }
    let audience = async |more: &[(&str, &str)]| {
        let body = machine.token(&fields(more)).await.expect(200).json();
        machine.introspect(body["access_token"].as_str().unwrap()).await["aud"].clone()
    };
    let both = serde_json::json!(["https://api.example.com", "api"]);
    assert_eq!(audience(&[("audience", "https://api.example.com api")]).await, both);
    assert_eq!(audience(&[("audience", "https://api.example.com"), ("audience", "api")]).await, both);
    assert_eq!(audience(&[("resource", "https://api.example.com"), ("audience", "api")]).await, both);
    assert_eq!(audience(&[("resource", "https://api.example.com")]).await, "https://api.example.com");
}

#[tokio::test]
async fn the_whole_list_is_granted_where_the_client_is_registered_so() {
    let app = App::with(include_str!("client_credentials.yml")).await;
    let client = Client::new(&app, "whole");
    let body = client.token(&fields(&[])).await.expect(200).json();
    let aud = client.introspect(body["access_token"].as_str().unwrap()).await["aud"].clone();
    assert_eq!(aud, serde_json::json!(["https://api.example.com", "https://files.example.com"]));
    let one = client.token(&fields(&[("audience", "https://files.example.com")])).await.expect(200).json();
    let aud = client.introspect(one["access_token"].as_str().unwrap()).await["aud"].clone();
    assert_eq!(aud, "https://files.example.com");
}

#[tokio::test]
async fn it_ends_by_the_clock_and_by_revocation() {
    let app = App::start().await;
    let machine = Client::new(&app, "machine");
    let first =
        machine.token(&fields(&[])).await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let second =
        machine.token(&fields(&[])).await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    machine.revoke(&first).await.expect(200);
    assert!(!machine.is_active(&first).await);
    assert!(machine.is_active(&second).await, "each is its own grant");
    app.clock.advance(3600);
    assert!(!machine.is_active(&second).await);
}

#[tokio::test]
async fn its_own_subject_and_claims_stand_in_the_token_with_their_types() {
    let app = App::with(include_str!("client_credentials.yml")).await;
    let deploy = Client::new(&app, "deploy");
    let audience = "863b4b7d-6308-456e-8375-8d9270e9be44";
    let body = deploy.token(&fields(&[("audience", audience)])).await.expect(200).json();
    let token = body["access_token"].as_str().unwrap();
    let claims = crate::support::token::verify(&app, token).await.claims;
    let expected = serde_json::json!({
        "sub": "repo:acme/app:ref:refs/heads/main",
        "client_id": "deploy",
        "aud": audience,
        "repository": "acme/app",
        "protected": true,
        "attempt": 3,
        "groups": ["registry-admins", "deployers"],
        "version": "3",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&claims[name], value, "{name}");
    }
    let seen = deploy.introspect(token).await;
    assert_eq!((&seen["sub"], &seen["repository"]), (&expected["sub"], &expected["repository"]));
    // An opaque token says the same where it is introspected.
    let opaque = Client::new(&app, "opaque");
    let body = opaque.token(&fields(&[])).await.expect(200).json();
    let seen = opaque.introspect(body["access_token"].as_str().unwrap()).await;
    assert_eq!((&seen["sub"], &seen["environment"]), (&"client:opaque".into(), &"production".into()));
    assert_eq!(seen["client_id"], "opaque");
}
