//! Userinfo: what the scopes of the token open, and how the token may come.

use serde_json::json;

use crate::support::{App, Client};

const PATH: &str = "/api/oidc/userinfo";
const ALL: &str = "openid profile email groups phone address";

#[tokio::test]
async fn every_claim_of_the_granted_scopes_is_told() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("alice", ALL).await;
    let answer = app.userinfo(&tokens.access).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let mut claims = answer.json();
    let modified = std::fs::metadata(app.path("users.yml")).unwrap().modified().unwrap();
    let modified = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(claims["updated_at"], modified, "the users file's modification time");
    claims["updated_at"] = json!("[updated_at]");
    claims["sub"] = json!("[sub]");
    let expected = json!({
        "sub": "[sub]", "rat": 1_700_000_000,
        "name": "Alice Ample", "given_name": "Alice", "middle_name": "Zoë", "family_name": "Ample",
        "nickname": "Al", "preferred_username": "alice", "profile": "https://example.com/alice",
        "picture": "https://example.com/alice.png", "website": "https://alice.example.com",
        "gender": "female", "birthdate": "1985-01-31", "zoneinfo": "Europe/Berlin", "locale": "de-DE",
        "updated_at": "[updated_at]",
        "email": "alice@example.com", "email_verified": true,
        "phone_number": "+49 30 901820;ext=12", "phone_number_verified": true,
        "groups": ["admins", "dev"],
        "address": {
            "street_address": "Unter den Linden 1", "locality": "Berlin", "region": "Berlin",
            "postal_code": "10117", "country": "Germany"
        },
    });
    assert_eq!(claims, expected);
}

#[tokio::test]
async fn each_scope_opens_its_own_claims() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let names = async |scope: &str, name: &str| {
        let tokens = web.login(name, scope).await;
        let claims = app.userinfo(&tokens.access).await.expect(200).json();
        let mut names: Vec<String> = claims.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names("openid", "alice").await, "rat sub");
    assert_eq!(names("openid email", "alice").await, "email email_verified rat sub");
    assert_eq!(names("openid phone", "alice").await, "phone_number phone_number_verified rat sub");
    assert_eq!(names("openid address", "alice").await, "address rat sub");
    assert_eq!(names("openid groups", "alice").await, "groups rat sub");
    assert_eq!(
        names(ALL, "bob").await,
        "groups name preferred_username rat sub updated_at",
        "nothing empty, nothing null"
    );
}

#[tokio::test]
async fn the_token_comes_by_header_or_by_form() {
    let app = App::start().await;
    let access = Client::new(&app, "web").login("alice", "openid").await.access;
    let bearer = format!("Bearer {access}");
    app.get(PATH).header("authorization", &bearer).send().await.expect(200);
    app.get(PATH).header("authorization", &format!("bearer {access}")).send().await.expect(200);
    app.post(PATH).header("authorization", &bearer).send().await.expect(200);
    app.post(PATH).form(&[("access_token", &access)]).send().await.expect(200);
    app.post(PATH).header("authorization", &bearer).form(&[("x", "y")]).send().await.expect(200);
}

#[tokio::test]
async fn without_a_token_the_challenge_is_bare() {
    let app = App::start().await;
    for answer in [
        app.get(PATH).send().await,
        app.post(PATH).send().await,
        app.post(PATH).form(&[("x", "y")]).send().await,
    ] {
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer realm=\"signet\""));
        assert_eq!(answer.body.len(), 0);
    }
}

#[tokio::test]
async fn it_tells_what_the_directory_says_now() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("bob", "openid groups").await;
    app.rewrite_people(
        |people| people[1].groups = vec!["qa"],
        "bob",
        |bob| bob.is_some_and(|bob| bob.groups == ["qa"]),
    )
    .await;
    assert_eq!(app.userinfo(&tokens.access).await.expect(200).json()["groups"], json!(["qa"]));
}
