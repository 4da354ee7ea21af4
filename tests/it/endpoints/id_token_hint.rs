//! `id_token_hint`: the person the relying party expects.

use serde_json::Value;

use crate::sealed::request_objects::{client, sealed, with};
use crate::support::{App, Ask, Browser, Client};

async fn hint_of(app: &App, name: &str) -> String {
    Client::new(app, "post").login(name, "openid").await.id
}

#[tokio::test]
async fn the_hint_of_the_person_who_is_signed_in_changes_nothing() {
    let app = App::start().await;
    let hint = hint_of(&app, "alice").await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let ask = Ask::of("post").set("id_token_hint", &hint);
    browser.ask(&ask).await.returned().code();
    browser.ask(&ask.prompt("none")).await.returned().code();
}

#[tokio::test]
async fn the_hint_of_another_person_asks_that_person_to_sign_in() {
    let app = App::start().await;
    let hint = hint_of(&app, "alice").await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("bob").await;
    let ask = Ask::of("post").set("id_token_hint", &hint);
    browser.ask(&ask.clone().prompt("none")).await.expect_error("login_required");
    let page = browser.ask(&ask).await;
    assert_eq!(page.step(), "sign-in");
    let again = browser.ask(&ask).await;
    browser.sign_in(&page, "bob").await.expect_error("login_required");
    browser.sign_in(&again, "alice").await.returned().code();
}

#[tokio::test]
async fn an_expired_hint_still_names_its_person() {
    let app = App::start().await;
    let hint = hint_of(&app, "alice").await;
    app.clock.advance(86_400);
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    browser.ask(&Ask::of("post").set("id_token_hint", &hint).prompt("none")).await.returned().code();
}

#[tokio::test]
async fn what_is_no_id_token_of_this_issuer_is_refused() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let hint = hint_of(&app, "alice").await;
    let access = Client::new(&app, "jwt").login("alice", "openid").await.access;
    let mut parts = hint.split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let other = App::start().await;
    let other_key = Client::new(&other, "post").login("alice", "openid").await.id;
    for wrong in [
        "garbage",
        "a.b.c",
        &format!("{header}.{payload}."),
        &format!("eyJhbGciOiJub25lIn0.{payload}."),
        &format!("{hint}x"),
        &access,
    ] {
        let ask = Ask::of("post").set("id_token_hint", wrong);
        browser.ask(&ask).await.expect_error("invalid_request");
    }
    // Another provider of the same keys made this one: the person is another.
    browser
        .ask(&Ask::of("post").set("id_token_hint", &other_key).prompt("none"))
        .await
        .expect_error("login_required");
    let elsewhere = Browser::at(&app, "https://other.example.org")
        .ask(&Ask::of("post").set("id_token_hint", &hint))
        .await;
    let returned = elsewhere.returned();
    assert_eq!(
        (returned.get("error"), returned.get("iss")),
        ("invalid_request", "https://other.example.org")
    );
}

/// OpenID Connect Core 1.0 §3.1.2.1: the client may encrypt the signed ID token to the provider.
#[tokio::test]
async fn a_hint_may_be_encrypted_to_a_key_of_the_provider() {
    let app = with("        consent_mode: implicit\n").await;
    let mut alice = Browser::new(&app);
    let hint = client(&app).login_with(&mut alice, "alice", "openid").await.id;
    let mut bob = Browser::new(&app);
    bob.sign_in_at_home("bob").await;
    let ways = [
        ("RSA-OAEP-256", "A128GCM", Value::Null),
        ("ECDH-ES+A128KW", "A256CBC-HS512", Value::Null),
        ("A128KW", "A128GCM", Value::Null),
        ("dir", "A128GCM", Value::Null),
    ];
    let encrypted = sealed(&app, &hint, &ways).await;
    let ask = |hint: &str| Ask::of("app").set("id_token_hint", hint).prompt("none");
    for hint in &encrypted[..2] {
        alice.ask(&ask(hint)).await.returned().code();
        bob.ask(&ask(hint)).await.expect_error("login_required");
    }
    let twice = sealed(&app, &encrypted[0], &ways[..1]).await.remove(0);
    let unsigned =
        sealed(&app, &format!("{}.", hint.rsplit_once('.').unwrap().0), &ways[..1]).await.remove(0);
    let edited = encrypted[0].replacen('.', ".AA", 1);
    for wrong in [&encrypted[2], &encrypted[3], &twice, &unsigned, &edited] {
        alice.ask(&ask(wrong)).await.expect_error("invalid_request");
    }
    // Who signs out by it is asked nothing.
    alice.open(&format!("/api/oidc/end-session?id_token_hint={}", encrypted[1])).await;
    alice.ask(&Ask::of("app").prompt("none")).await.expect_error("login_required");
}
