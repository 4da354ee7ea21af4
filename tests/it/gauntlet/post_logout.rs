//! Where a person is led after signing out.

use super::redirect_uri::mutations;
use crate::support::client::{Tokens, code_fields};
use crate::support::{App, Ask, Browser, Client};

const PATH: &str = "/api/oidc/end-session";
const BYE: &str = "https://rp.example.com/bye?from=signet";

fn query(pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{PATH}?{query}")
}

async fn signed_in(app: &App, client: &str) -> (Browser, Tokens) {
    let mut browser = Browser::new(app);
    let tokens = Client::new(app, client).login_with(&mut browser, "alice", "openid").await;
    (browser, tokens)
}

/// An ID token of the same keys, client and person.
async fn of_another_issuer(app: &App) -> String {
    const OTHER: &str = "other.example.org";
    let mut browser = Browser::at(app, &format!("https://{OTHER}"));
    let code = browser.authorize(&Ask::of("web").scope("openid"), "alice").await.code();
    let call = Client::new(app, "web").call("/api/oidc/token", &code_fields("web", &code));
    call.host(OTHER).send().await.expect(200).json()["id_token"].as_str().unwrap().to_owned()
}

/// The request leads nowhere, signed in or not, and the session stands.
async fn stays(browser: &mut Browser, pairs: &[(&str, &str)]) {
    let page = browser.open(&query(pairs)).await;
    if pairs.iter().any(|(_, value)| value.contains('\0')) {
        return page.expect_page(400, "Request refused");
    }
    assert_eq!((page.outside.as_deref(), page.heading().as_str()), (None, "Sign out?"), "{pairs:?}");
    assert!(page.text().contains("You stay here instead."), "{pairs:?}");
    assert!(page.field("post_logout_redirect_uri").is_none(), "{pairs:?}");
    assert_eq!(browser.open("/").await.heading(), "You are signed in", "{pairs:?}");
    let mut stranger = Browser::at(&browser.app, &browser.origin);
    let page = stranger.open(&query(pairs)).await;
    assert_eq!((page.outside.as_deref(), page.heading().as_str()), (None, "Signed out"), "{pairs:?}");
}

#[tokio::test]
async fn g09_nobody_is_led_to_an_address_that_is_not_the_clients_own() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "web").await;
    let others = ["https://rp.example.com/callback", "https://rp.example.com/post-bye"];
    for uri in mutations(BYE).iter().map(String::as_str).chain(others).filter(|uri| !uri.is_empty()) {
        stays(&mut browser, &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", uri)]).await;
    }
}

#[tokio::test]
async fn g09_only_a_sound_token_of_this_issuer_proves_whose_address_it_is() {
    let app = App::start().await;
    let (mut browser, tokens) = signed_in(&app, "web").await;
    let mut parts = tokens.id.split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let jwt = Client::new(&app, "jwt").login("alice", "openid").await.access;
    let of_post = Client::new(&app, "post").login("alice", "openid").await.id;
    let elsewhere = of_another_issuer(&app).await;
    for hint in [
        "garbage",
        "a.b.c",
        &format!("{header}.{payload}."),
        &format!("eyJhbGciOiJub25lIn0.{payload}."),
        &format!("{}x", tokens.id),
        &jwt,
        &of_post,
        &elsewhere,
    ] {
        stays(&mut browser, &[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)]).await;
    }
    // Without a token, and with one of another client than the request names.
    stays(&mut browser, &[("client_id", "web"), ("post_logout_redirect_uri", BYE)]).await;
    let mixed = [("id_token_hint", tokens.id.as_str()), ("client_id", "post")];
    stays(&mut browser, &mixed).await;
    stays(&mut browser, &[mixed[0], mixed[1], ("post_logout_redirect_uri", BYE)]).await;
}

#[tokio::test]
async fn g09_the_form_leads_only_where_its_page_was_made_for() {
    let app = App::start().await;
    let (_, of_bob) = {
        let mut browser = Browser::new(&app);
        let tokens = Client::new(&app, "web").login_with(&mut browser, "bob", "openid").await;
        (browser, tokens)
    };
    let (mut browser, _) = signed_in(&app, "web").await;
    let asked = [("id_token_hint", of_bob.id.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    for forged in [
        ("post_logout_redirect_uri", "https://evil.example.org/"),
        ("post_logout_redirect_uri", "https://rp.example.com/post-bye"),
        ("client_id", "post"),
        ("state", "another"),
    ] {
        let page = browser.open(&query(&asked)).await;
        assert_eq!(page.field("post_logout_redirect_uri").as_deref(), Some(BYE));
        let answer = browser.press(&page, "logout-confirm", &[forged]).await;
        assert_eq!((answer.status(), answer.outside.as_deref()), (403, None), "{forged:?}");
        assert_eq!(browser.open("/").await.heading(), "You are signed in", "{forged:?}");
    }
    // The home page's form has no way out either.
    let home = browser.open("/").await;
    let way_out = [("client_id", "web"), ("post_logout_redirect_uri", BYE)];
    let button =
        home.tags("form").into_iter().any(|form| form.get("action").is_some_and(|it| it == "/logout"));
    assert!(button, "{}", home.text());
    let mut fields = vec![("csrf", home.field("csrf").unwrap())];
    fields.extend(way_out.map(|(name, value)| (name, value.to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post("/logout", &fields).await.status(), 403);
}
