//! `jwks_uri`: the keys of a client that lie at its own server.

use serde_json::{Value, json};
use signet::provider::remote_keys::ClientKeysProblem;

use crate::support::assertion::{compact, key};
use crate::support::request_object::{RequestObject, by_value};
use crate::support::{App, Ask, Browser, Documents};

const PATH: &str = "/keys.json";

fn fragment(documents: &Documents) -> String {
    format!(
        "identity_providers: {{oidc: {{outbound: {{allowed_networks: ['127.0.0.0/8', '::1']}}, clients: [{{client_id: \
         web, client_secret: 'digest:web-secret', redirect_uris: ['https://rp.example.com/callback'], \
         authorization_policy: one_factor, jwks_uri: '{}'}}]}}}}",
        documents.url(PATH)
    )
}

/// Two public keys, each as a document of its own.
async fn two_sets() -> [(Value, String); 2] {
    let jwks = App::start().await.get("/jwks.json").send().await.expect(200).json();
    [0, 1].map(|number| {
        let key = &jwks["keys"][number];
        (json!({ "keys": [key] }), key["kid"].as_str().unwrap().to_owned())
    })
}

async fn kids_with(app: &App, kid: Option<&str>) -> Result<Vec<String>, ClientKeysProblem> {
    let provider = app.provider.load_full();
    let client = provider.snapshot.client("web").unwrap();
    let keys = provider.client_keys_with(client, kid).await?;
    Ok(keys.keys().iter().filter_map(|key| key.kid()).map(str::to_owned).collect())
}

async fn kids(app: &App) -> Vec<String> {
    kids_with(app, None).await.unwrap()
}

#[tokio::test]
async fn keys_are_fetched_when_they_are_wanted_and_kept() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    let [(set, kid), _] = two_sets().await;
    documents.put(PATH, &set);
    assert_eq!(documents.connections(), 0, "a start waits for no network");
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { kids(&app).await })
        })
        .collect();
    for each in asking {
        assert_eq!(each.await.unwrap(), std::slice::from_ref(&kid));
    }
    app.clock.advance(899);
    assert_eq!(kids(&app).await, std::slice::from_ref(&kid));
    app.reconfigure(&fragment(&documents));
    assert_eq!(kids(&app).await, [kid]);
    assert_eq!(documents.connections(), 1);
}

#[tokio::test]
async fn a_client_that_has_a_new_key_is_asked_again_and_not_too_often() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    let [(first, old), (second, new)] = two_sets().await;
    documents.put(PATH, &first);
    assert_eq!(kids(&app).await, std::slice::from_ref(&old));
    documents.put(PATH, &second);
    assert_eq!(kids_with(&app, Some(&new)).await.unwrap(), std::slice::from_ref(&old), "asked a moment ago");
    app.clock.advance(40);
    assert_eq!(kids(&app).await, [old], "no reason to ask");
    assert_eq!(kids_with(&app, Some(&new)).await.unwrap(), std::slice::from_ref(&new));
    assert_eq!(documents.connections(), 2);
    app.clock.advance(40);
    for number in 0..100 {
        assert_eq!(
            kids_with(&app, Some(&format!("guess-{number}"))).await.unwrap(),
            std::slice::from_ref(&new)
        );
    }
    assert_eq!(documents.connections(), 3, "strangers cannot have it asked more often");
}

/// A key that was taken away is gone a quarter of an hour later, also the last one.
#[tokio::test]
async fn keys_that_the_client_took_away_are_gone() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    documents.put(PATH, &two_sets().await[0].0);
    assert_eq!(kids(&app).await.len(), 1);
    documents.put(PATH, &json!({"keys": []}));
    app.clock.advance(900);
    assert_eq!(kids(&app).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_private_key_that_is_published_ends_the_keys_of_before_at_once() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    let [(set, kid), _] = two_sets().await;
    documents.put(PATH, &set);
    assert_eq!(kids(&app).await, [kid]);
    let mut private = set.clone();
    private["keys"][0]["d"] = "AQAB".into();
    documents.say(PATH, format!("HTTP/1.1 200 OK\r\n\r\n{private}").into_bytes());
    app.clock.advance(1000);
    let told = kids_with(&app, None).await.unwrap_err().to_string();
    assert!(told.contains("private key"), "{told}");
}

#[tokio::test]
async fn while_nothing_good_comes_the_keys_of_before_are_used_for_a_day() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    let [(set, kid), _] = two_sets().await;
    documents.put(PATH, &set);
    assert_eq!(kids(&app).await, std::slice::from_ref(&kid));
    let lies: [(&str, Vec<u8>); 6] = [
        ("status 500", b"HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n".to_vec()),
        ("leads elsewhere", b"HTTP/1.1 302 x\r\nlocation: /other\r\n\r\n".to_vec()),
        ("longer than 64 KiB", format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(70_000)).into_bytes()),
        ("longer than 3 seconds", Vec::new()),
        ("no JSON object", b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html></html>".to_vec()),
        ("no JSON object", b"HTTP/1.1 200 OK\r\n\r\n[]".to_vec()),
    ];
    for (why, answer) in &lies {
        documents.say(PATH, answer.clone());
        app.clock.advance(1000);
        assert_eq!(kids(&app).await, std::slice::from_ref(&kid), "{why}");
    }
    app.clock.advance(86_400);
    let told = kids_with(&app, None).await.unwrap_err().to_string();
    assert!(told.contains("no JSON object"), "{told}");
    // Whose first answer is a lie has no keys at all.
    for (why, answer) in lies {
        let documents = Documents::plain().await;
        documents.say(PATH, answer);
        let app = App::with(&fragment(&documents)).await;
        let told = kids_with(&app, None).await.unwrap_err().to_string();
        assert!(told.contains(why), "{why}: {told}");
        assert!(!told.contains("AQAB"), "{told}");
    }
}

/// So that no request waits for them, but one that names a key of which nothing is known.
#[tokio::test]
async fn keys_are_fetched_before_they_are_due() {
    let documents = Documents::plain().await;
    let app = App::with(&fragment(&documents)).await;
    let [(set, kid), _] = two_sets().await;
    documents.put(PATH, &set);
    let ahead = async || app.provider.load_full().fetch_client_keys().await;
    ahead().await;
    assert_eq!(documents.connections(), 1, "at the start");
    for _ in 0..13 {
        app.clock.advance(60);
        ahead().await;
    }
    assert_eq!(documents.connections(), 2, "two minutes before they are due");
    app.clock.advance(890);
    assert_eq!(kids(&app).await, [kid]);
    assert_eq!(documents.connections(), 2);
}

#[tokio::test]
async fn a_request_object_of_a_new_key_has_the_keys_asked_again() {
    let documents = Documents::plain().await;
    let public = |kid: &str, name: &str| {
        let mut jwk = key(name).jwk();
        jwk["kid"] = kid.into();
        json!({ "keys": [jwk] })
    };
    documents.put(PATH, &public("old", "p256"));
    let app = App::with(&fragment(&documents)).await;
    let step = async |kid: &str, name: &str| {
        let header = json!({"typ": "oauth-authz-req+jwt", "alg": "ES256", "kid": kid}).to_string();
        let claims = Value::Object(RequestObject::of(&Ask::of("web")).claims).to_string();
        let object = compact(&header, &claims, |input| key(name).sign("ES256", input));
        Browser::new(&app).ask(&by_value("web", &object)).await.step()
    };
    assert_eq!(step("old", "p256").await, "sign-in");
    documents.put(PATH, &public("new", "other-p256"));
    app.clock.advance(40);
    assert_eq!(step("new", "other-p256").await, "sign-in");
    assert_ne!(step("new", "p256").await, "sign-in");
}
