//! Where tokens are shown, each that was made here answers for itself.

use super::{HERE, app, ask, expect_full, wrong};
use crate::support::{Answer, App, Client};

async fn userinfo(app: &App, token: &str) -> Answer {
    app.get("/api/oidc/userinfo").header("authorization", &format!("Bearer {token}")).from(HERE).send().await
}

async fn introspection(client: &Client, token: &str) -> Answer {
    client.call("/api/oidc/introspection", &[("token", token)]).from(HERE).send().await
}

/// The token with another character at a place.
fn forged(token: &str, at: usize) -> String {
    let mut forged = token.to_owned();
    let other = if token.get(at..=at) == Some("A") { "B" } else { "A" };
    forged.replace_range(at..=at, other);
    forged
}

/// A token with its clients: an opaque one and one that is signed.
async fn tokens(app: &App) -> [(Client, String); 2] {
    let mut tokens = Vec::new();
    for id in ["web", "jwt"] {
        let client = Client::new(app, id);
        let token = client.login("alice", "openid").await.access;
        tokens.push((client, token));
    }
    assert!(!tokens[0].1.contains('.') && tokens[1].1.contains('.'));
    tokens.try_into().ok().expect("two")
}

#[tokio::test]
async fn strangers_nonsense_at_userinfo_keeps_out_no_token_that_was_made_here() {
    let app = app("openid_connect_userinfo").await;
    let [(_, opaque), (_, signed)] = tokens(&app).await;
    let claims = signed.find('.').unwrap() + 20;
    let signature = signed.rfind('.').unwrap() + 10;
    let nonsense =
        ["nonsense".to_owned(), forged(&opaque, 40), forged(&signed, claims), forged(&signed, signature)];
    for token in &nonsense[1..] {
        userinfo(&app, token).await.expect_error(401, "invalid_token");
    }
    for token in &nonsense {
        expect_full(&userinfo(&app, token).await, 20);
    }
    expect_full(&app.get("/api/oidc/userinfo").from(HERE).send().await, 20);
    for token in [&opaque, &signed] {
        for _ in 0..5 {
            userinfo(&app, token).await.expect(200);
        }
        let in_form = app.post("/api/oidc/userinfo").form(&[("access_token", token.as_str())]).from(HERE);
        in_form.send().await.expect(200);
    }
}

#[tokio::test]
async fn a_token_that_has_ended_is_shown_so_often_and_keeps_out_no_other() {
    let app = app("openid_connect_userinfo").await;
    for (client, ended) in tokens(&app).await {
        let other = client.login("alice", "openid").await.access;
        client.revoke(&ended).await.expect(200);
        for _ in 0..3 {
            userinfo(&app, &ended).await.expect_error(401, "invalid_token");
        }
        let refused = userinfo(&app, &ended).await;
        expect_full(&refused, 20);
        app.keep_refusals().await;
        let kept = app.storage.refusal(refused.header("x-request-id")).await.unwrap().expect("it is kept");
        assert!(kept.reason.contains("failed too often with this token"), "{}", kept.reason);
        userinfo(&app, &other).await.expect(200);
        userinfo(&app, "nonsense").await.expect_error(401, "invalid_token");
        app.clock.advance(20);
        userinfo(&app, &ended).await.expect_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn an_api_that_is_shown_nonsense_goes_on_asking_about_tokens_that_were_made_here() {
    let app = app("openid_connect_introspection").await;
    let web = Client::new(&app, "web");
    let tokens = web.login("alice", "openid offline_access").await;
    let ended = web.login("alice", "openid").await.access;
    web.revoke(&ended).await.expect(200);
    let active = async |token: &str| introspection(&web, token).await.expect(200).json()["active"] == true;
    for nonsense in ["nonsense", &forged(&tokens.access, 40), "a.b.c"] {
        assert!(!active(nonsense).await);
    }
    expect_full(&introspection(&web, "nonsense").await, 20);
    for _ in 0..3 {
        assert!(!active(&ended).await);
    }
    expect_full(&introspection(&web, &ended).await, 20);
    for _ in 0..5 {
        assert!(active(&tokens.access).await && active(&tokens.refresh).await);
    }
}

#[tokio::test]
async fn a_secret_is_guessed_no_more_often_with_many_tokens() {
    let app = app("openid_connect_introspection").await;
    let web = Client::new(&app, "web");
    let mut tokens = Vec::new();
    for _ in 0..5 {
        tokens.push(web.login("alice", "openid").await.access);
    }
    let wrong = wrong(&app, "web");
    for token in &tokens[..3] {
        introspection(&wrong, token).await.expect_error(401, "invalid_client");
    }
    for token in &tokens[3..] {
        expect_full(&introspection(&wrong, token).await, 20);
    }
    expect_full(&introspection(&wrong, "nonsense").await, 20);
    app.clock.advance(20);
    // What was refused before it was judged is held against no token, and against nobody who shows nonsense.
    for _ in 0..3 {
        introspection(&web, "nonsense").await.expect(200);
    }
    introspection(&web, &tokens[4]).await.expect(200);
    ask(&Client::new(&app, "service"), HERE).await.expect(200);
}
