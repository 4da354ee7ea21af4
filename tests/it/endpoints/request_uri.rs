//! `request_uri` (RFC 9101 §5.2; OpenID Connect Core 1.0 §6.2): request objects by reference.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use sha2::{Digest as _, Sha256};

use crate::support::request_object::{Key, RequestObject, by_value};
use crate::support::{App, Ask, Browser, Client, Documents, View};

const REFUSED: &str = "Request refused";

/// An app whose clients are registered with these URIs.
async fn start(uris: &[&str]) -> App {
    let uris: Vec<String> = uris.iter().map(|uri| format!("'{uri}'")).collect();
    App::with(&include_str!("request_uri.yml").replace("URIS", &uris.join(", "))).await
}

fn answer(object: &str) -> String {
    answer_with("", object)
}

/// With these lines more in its head.
fn answer_with(lines: &str, object: &str) -> String {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/oauth-authz-req+jwt";
    format!("{head}\r\n{lines}content-length: {}\r\n\r\n{object}", object.len())
}

/// An object of the client `fetched` that says who signs in.
fn hinting(name: &str) -> String {
    RequestObject::of(&Ask::of("fetched").set("login_hint", name)).unsigned()
}

fn signed(client: &str) -> String {
    let object = RequestObject::of(&Ask::of(client).set("login_hint", "alice"));
    object.header("kid", "of-rsa").signed(Algorithm::RS256, Key::Private("other-rsa"))
}

/// A new browser's request that names the object.
async fn open(app: &App, client: &str, uri: &str) -> View {
    Browser::new(app).ask(&by_value(client, "").without("request").set("request_uri", uri)).await
}

#[tokio::test]
async fn a_request_object_is_fetched_from_where_the_client_is_registered_with() {
    let documents = Documents::plain().await;
    let uri = documents.url("/object");
    let app = start(&[&uri]).await;
    documents.say("/object", answer(&format!("{}\n", signed("strict"))));
    let page = open(&app, "strict", &uri).await;
    assert_eq!((page.step().as_str(), page.field("username").as_deref()), ("sign-in", Some("alice")));
    let mut browser = Browser::new(&app);
    let ask = by_value("strict", "").without("request").set("request_uri", &uri);
    let code = browser.authorize(&ask.set("state", "beside-the-object"), "alice").await;
    assert_eq!(code.get("state"), "state-of-the-request");
    Client::new(&app, "strict").redeem(&code.code()).await.expect(200);
    assert_eq!(documents.connections(), 2, "once for each request");
    app.clock.advance(40);
    documents.say("/object", answer(&RequestObject::of(&Ask::of("fetched")).unsigned()));
    assert_eq!(open(&app, "fetched", &uri).await.step(), "sign-in", "an unsigned one, where that is taken");
    open(&app, "strict", &uri).await.expect_page(400, REFUSED);
}

#[tokio::test]
async fn nothing_is_fetched_from_anywhere_else() {
    let documents = Documents::plain().await;
    let uri = documents.url("/object");
    documents.say("/object", answer(&signed("fetched")));
    let app = start(&[&uri]).await;
    for elsewhere in [
        documents.url("/Object"),
        documents.url("/object/"),
        documents.url("/object?x"),
        documents.url_at("127.0.0.1", "/object"),
        format!("{uri}#x"),
        uri.replace("http:", "HTTP:"),
        "https://rp.example.com/object".to_owned(),
        "file:///etc/passwd".to_owned(),
        "x".to_owned(),
    ] {
        open(&app, "fetched", &elsewhere).await.expect_page(400, REFUSED);
        open(&app, "web", &uri).await.expect_page(400, REFUSED);
    }
    open(&app, "pushes", &uri).await.expect_page(400, REFUSED);
    let pushed = Client::new(&app, "fetched").push(&Ask::of("fetched").set("request_uri", &uri)).await;
    pushed.expect_error(400, "invalid_request");
    assert_eq!(documents.connections(), 0);
}

#[tokio::test]
async fn what_does_not_come_or_is_no_request_object_is_refused() {
    let documents = Documents::plain().await;
    let uri = documents.url("/object");
    let app = start(&[&uri]).await;
    let good = signed("fetched");
    for said in [
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_owned(),
        answer(""),
        answer("x"),
        answer("{}"),
        answer(&format!("{good} {good}")),
        answer(&signed("strict")),
        answer(&"x".repeat(9000)),
    ] {
        documents.say("/object", said);
        documents.say("/elsewhere", answer(&good));
        open(&app, "fetched", &uri).await.expect_page(400, REFUSED);
        app.clock.advance(40);
    }
}

#[tokio::test]
async fn a_fragment_is_the_hash_of_what_lies_there() {
    let documents = Documents::plain().await;
    let object = RequestObject::of(&Ask::of("fetched")).unsigned();
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(object.as_bytes()));
    let (bare, right) = (documents.url("/object"), documents.url(&format!("/object#{hash}")));
    let wrong = documents.url(&format!("/object#{}", URL_SAFE_NO_PAD.encode(Sha256::digest(b"another"))));
    documents.say("/object", answer(&object));
    let app = start(&[&right, &wrong]).await;
    assert_eq!(open(&app, "fetched", &right).await.step(), "sign-in");
    open(&app, "fetched", &wrong).await.expect_page(400, REFUSED);
    open(&app, "fetched", &bare).await.expect_page(400, REFUSED);
}

/// A relying party may make another object for each request, at the one URI that it registered.
#[tokio::test]
async fn each_request_is_answered_by_the_object_that_lies_there_then() {
    let documents = Documents::plain().await;
    let uri = documents.url("/object");
    let app = start(&[&uri]).await;
    for state in ["the-state-of-the-first", "the-state-of-the-second"] {
        let object = RequestObject::of(&Ask::of("fetched").set("state", state)).unsigned();
        documents.say("/object", answer(&object));
        let ask = by_value("fetched", "").without("request").set("request_uri", &uri);
        let code = Browser::new(&app).authorize(&ask, "alice").await;
        assert_eq!(code.get("state"), state);
    }
}

#[tokio::test]
async fn a_new_object_with_its_new_hash_is_taken_at_once_and_one_that_is_at_hand_is_not_fetched_again() {
    let documents = Documents::plain().await;
    let objects = ["alice", "bob"].map(hinting);
    let uris = objects.each_ref().map(|object| {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(object.as_bytes()));
        documents.url(&format!("/object#{hash}"))
    });
    let app = start(&[&uris[0], &uris[1]]).await;
    documents.say("/object", answer(&objects[0]));
    for _ in 0..3 {
        assert_eq!(open(&app, "fetched", &uris[0]).await.field("username").as_deref(), Some("alice"));
    }
    assert_eq!(documents.connections(), 1);
    documents.say("/object", answer(&objects[1]));
    assert_eq!(open(&app, "fetched", &uris[1]).await.field("username").as_deref(), Some("bob"));
    open(&app, "fetched", &uris[0]).await.expect_page(400, REFUSED);
}

#[tokio::test]
async fn an_object_without_a_hash_is_used_again_as_long_as_its_server_says() {
    let documents = Documents::plain().await;
    for (path, line, again) in [
        ("/fresh", "Cache-Control: max-age=20\r\n", "alice"),
        ("/kept", "Cache-Control: max-age=20, no-store\r\n", "bob"),
        ("/old", "Cache-Control: max-age=20\r\nAge: 20\r\n", "bob"),
    ] {
        let uri = documents.url(path);
        let app = start(&[&uri]).await;
        for (name, after, seen) in [("alice", 0, "alice"), ("bob", 19, again), ("bob", 1, "bob")] {
            documents.say(path, answer_with(line, &hinting(name)));
            app.clock.advance(after);
            let page = open(&app, "fetched", &uri).await;
            assert_eq!(page.field("username").as_deref(), Some(seen), "{path} {after}");
        }
    }
}

/// Strangers can have a client's server asked, and must not make Signet flood it, nor keep out who signs in meanwhile.
#[tokio::test]
async fn one_uri_is_asked_a_few_times_a_second_and_who_comes_then_waits() {
    let documents = Documents::plain().await;
    let uri = documents.url("/object");
    let app = start(&[&uri]).await;
    documents.say("/object", answer(&hinting("alice")));
    for _ in 0..30 {
        assert_eq!(open(&app, "fetched", &uri).await.step(), "sign-in");
    }
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(open(&app, "fetched", &uri).await.step(), "sign-in");
    }
    assert!(start.elapsed() >= Duration::from_millis(600), "{:?}", start.elapsed());
    assert_eq!(documents.connections(), 33);
}
