//! `sector_identifier_uri`: pairwise subject identifiers (OpenID Connect Core 1.0 §8.1).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client, Documents};

const CALLBACK: &str = "https://rp.example.com/callback";

/// Clients beside each other: `one` and `two` share a document, `host` shares their host, `far` is elsewhere, `web` public.
fn fragment(documents: &Documents) -> String {
    let client = |id: &str, uri: &str, more: &str| {
        format!(
            "{{client_id: {id}, client_secret: 'digest:{id}-secret', redirect_uris: ['{CALLBACK}'], \
             authorization_policy: one_factor, scopes: [openid, profile, offline_access], \
             grant_types: [authorization_code, refresh_token], sector_identifier_uri: '{uri}'{more}}}"
        )
    };
    let sector = documents.url("/sector.json");
    let clients = [
        client("one", &sector, ""),
        client("two", &sector, ""),
        client("host", &documents.url("/host.json"), ", access_token_signed_response_alg: RS256"),
        client("far", &documents.url_at("127.0.0.1", "/far.json"), ""),
        client("web", "", ""),
    ];
    format!(
        "identity_providers: {{oidc: {{outbound: {{allowed_networks: ['127.0.0.0/8', '::1']}}, clients: [{}]}}}}",
        clients.join(", ")
    )
}

fn put_all(documents: &Documents) {
    for path in ["/sector.json", "/host.json", "/far.json"] {
        documents.put(path, &json!(["https://rp.example.com/other", CALLBACK]));
    }
}

async fn proven() -> (Documents, App) {
    let documents = Documents::plain().await;
    put_all(&documents);
    let app = App::with(&fragment(&documents)).await;
    (documents, app)
}

/// The `sub` that a client sees of a person; asserts that it is the same everywhere.
async fn sub(app: &App, id: &str, name: &str) -> String {
    let client = Client::new(app, id);
    let first = client.login(name, "openid offline_access").await;
    let refreshed = client.refresh(&first.refresh).await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut seen = BTreeSet::new();
    for answer in [&first.body, &refreshed] {
        let access = text(&answer["access_token"]);
        for token in [text(&answer["id_token"]), access.clone()].iter().filter(|token| token.contains('.')) {
            seen.insert(text(&verify(app, token).await.claims["sub"]));
        }
        seen.insert(text(&app.userinfo(&access).await.expect(200).json()["sub"]));
        seen.insert(text(&client.introspect(&access).await["sub"]));
    }
    seen.insert(text(&client.introspect(&text(&refreshed["refresh_token"])).await["sub"]));
    assert_eq!(seen.len(), 1, "{id}: {seen:?}");
    seen.pop_first().unwrap()
}

#[tokio::test]
async fn the_clients_of_a_sector_know_a_person_by_one_name_and_other_sectors_by_others() {
    let (documents, app) = proven().await;
    let mut people = BTreeSet::new();
    for name in ["alice", "bob"] {
        let one = sub(&app, "one", name).await;
        for (id, why) in [("one", "stable"), ("two", "one document"), ("host", "the sector is the host")] {
            assert_eq!(sub(&app, id, name).await, one, "{why}");
        }
        people.extend([one, sub(&app, "far", name).await, sub(&app, "web", name).await]);
    }
    assert_eq!(people.len(), 6, "nothing links a person over sectors: {people:?}");
    let again = app.another_with(&fragment(&documents)).await;
    assert!(people.contains(&sub(&again, "far", "bob").await), "stable over a restart");
}

/// OpenID Connect Core 1.0 §8.1: what everybody knows the person by would link what the sectors keep apart.
#[tokio::test]
async fn introspection_names_nobody_to_a_sector_unless_the_scope_does() {
    let (_documents, app) = proven().await;
    for (id, scope, named) in [
        ("one", "openid offline_access", None),
        ("one", "openid profile offline_access", Some("alice")),
        ("web", "openid offline_access", Some("alice")),
    ] {
        let client = Client::new(&app, id);
        let tokens = client.login("alice", scope).await;
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)];
        for token in [&tokens.access, &tokens.refresh] {
            let answer = client.call("/api/oidc/introspection", &[("token", token)]).send().await.expect(200);
            let seen = answer.json();
            assert_eq!(seen["active"], true);
            assert_eq!(seen.get("username").and_then(Value::as_str), named, "{id} {scope}: {seen}");
            let told = format!("{:?}", app.log.of_request(answer.header("x-request-id")));
            assert!(told.contains("alice"), "the log names the person: {told}");
        }
        let narrowed = client.token(&[&refresh[..], &[("scope", "openid offline_access")]].concat()).await;
        let seen = client.introspect(narrowed.expect(200).json()["access_token"].as_str().unwrap()).await;
        assert_eq!(seen.get("username").is_some(), id == "web", "{id} {scope}: {seen}");
    }
}

/// Never another `sub` in its place, and never a page: the person could do nothing.
#[tokio::test]
async fn a_client_whose_document_proves_nothing_gets_nobody_and_the_log_says_why() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    for (document, why) in [
        (None, "status 404"),
        (Some(json!(["https://rp.example.com/other"])), "does not name the redirect URI"),
        (Some(json!({ "redirect_uris": [CALLBACK] })), "no JSON array of texts"),
        (Some(json!([])), "does not name the redirect URI"),
    ] {
        if let Some(document) = document {
            documents.put("/sector.json", &document);
        }
        app.clock.advance(40);
        for ask in [Ask::of("one"), Ask::of("one").prompt("none"), Ask::of("two")] {
            let view = Browser::new(&app).ask(&ask).await;
            view.expect_error("server_error");
            let told = format!("{:?}", app.log.of_request(view.answer.header("x-request-id")));
            assert!(told.contains(why) && told.contains("/sector.json"), "{why}: {told}");
        }
    }
    assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_subjects").await, 0);
    // Nobody else is held up.
    Client::new(&app, "web").login("alice", "openid").await;
    put_all(&documents);
    app.clock.advance(40);
    Client::new(&app, "one").login("alice", "openid").await;
}

/// A reload may take the proof away while a person is at a page.
#[tokio::test]
async fn a_pending_authorization_is_not_answered_without_the_proof() {
    let (documents, app) = proven().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    documents.put("/sector.json", &json!([]));
    let moved = fragment(&documents).replace(
        "sector_identifier_uri: ''",
        &format!("sector_identifier_uri: '{}'", documents.url("/none.json")),
    );
    app.reconfigure(&moved);
    let mut page = browser.sign_in(&page, "alice").await;
    if page.step() == "consent" {
        page = browser.allow(&page).await;
    }
    assert!(page.try_returned().is_none_or(|returned| returned.get("code").is_empty()), "{}", page.text());
    assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_grants").await, 0);
}

#[tokio::test]
async fn what_was_proven_stands_while_the_registration_does() {
    let (documents, app) = proven().await;
    let one = Client::new(&app, "one");
    one.login("alice", "openid").await;
    let asked = documents.connections();
    documents.put("/sector.json", &json!([]));
    app.clock.advance(3_600);
    one.login("alice", "openid").await;
    app.reconfigure(&fragment(&documents));
    one.login("alice", "openid").await;
    assert_eq!(documents.connections(), asked);
    app.reconfigure(&fragment(&documents).replace(CALLBACK, "https://rp.example.com/moved"));
    let ask = Ask::of("one").set("redirect_uri", "https://rp.example.com/moved");
    Browser::new(&app).ask(&ask).await.expect_error("server_error");
}

#[tokio::test]
async fn a_sector_is_proven_before_anybody_comes() {
    let (documents, app) = proven().await;
    app.provider.load_full().prove_sectors().await;
    assert_eq!(documents.connections(), 3);
    documents.say("/sector.json", "");
    Client::new(&app, "one").login("alice", "openid").await;
    assert_eq!(documents.connections(), 3);
}

#[tokio::test]
async fn a_hint_means_the_person_of_the_clients_own_sector() {
    let (_documents, app) = proven().await;
    let mut browser = Browser::new(&app);
    let one = Client::new(&app, "one").login_with(&mut browser, "alice", "openid").await.id;
    let far = Client::new(&app, "far").login_with(&mut browser, "alice", "openid").await.id;
    Client::new(&app, "two").login_with(&mut browser, "alice", "openid").await;
    Client::new(&app, "web").login_with(&mut browser, "alice", "openid").await;
    for (id, hint, is_theirs) in
        [("one", &one, true), ("two", &one, true), ("one", &far, false), ("web", &one, false)]
    {
        let ask = Ask::of(id).set("id_token_hint", hint).prompt("none");
        let error = browser.ask(&ask).await.returned().get("error").to_owned();
        let expected = if is_theirs { "consent_required" } else { "login_required" };
        assert_eq!(error, expected, "{id}");
    }
    // Who signs out by the own hint is asked nothing.
    browser.open(&format!("/api/oidc/end-session?id_token_hint={far}")).await;
    let left = browser.ask(&Ask::of("one").prompt("none")).await.returned().get("error").to_owned();
    assert_eq!(left, "login_required", "signed out");
}

#[tokio::test]
async fn discovery_names_the_kinds_of_subjects_that_clients_get() {
    let documents = Documents::plain().await;
    let kinds = async |app: &App| {
        let answer = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
        answer["subject_types_supported"].clone()
    };
    assert_eq!(kinds(&App::start().await).await, json!(["public"]));
    assert_eq!(kinds(&App::with(&fragment(&documents)).await).await, json!(["public", "pairwise"]));
}
