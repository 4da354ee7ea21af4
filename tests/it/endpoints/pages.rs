//! The pages of a pending authorization: it survives what people do, and once answered it grants nothing.

use crate::support::{App, Ask, Browser, Client};

const ANSWERED: &str = "This page has done its work";

#[tokio::test]
async fn a_wrong_password_keeps_the_request_and_says_little() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let mut answers = Vec::new();
    for name in ["alice", "nobody"] {
        let again = browser.press(&page, "login-submit", &[("username", name), ("password", "wrong")]).await;
        assert_eq!((again.step().as_str(), again.flow()), ("sign-in", page.flow()));
        assert_eq!(again.field("username").as_deref(), Some(name));
        assert_eq!(again.field("password").as_deref(), Some(""), "a password is never written back");
        answers.push((again.status(), again.text().replace(name, "NAME")));
    }
    let [known, unknown] = answers.try_into().unwrap();
    assert_eq!(known, unknown, "wrong and unknown look alike");
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "consent");
}

#[tokio::test]
async fn back_and_a_second_tab_work_while_it_is_pending() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let first = browser.ask(&Ask::of("web")).await;
    let second = browser.ask(&Ask::of("web").set("state", "state-of-the-second")).await;
    let consent = browser.sign_in(&first, "alice").await;
    assert_eq!(consent.step(), "consent");
    // Back: the sign-in page is shown from the browser's memory and sent again.
    assert_eq!(browser.sign_in(&first, "alice").await.step(), "consent");
    assert_eq!(browser.open(&first.path).await.step(), "consent", "a page whose step is done leads on");
    // The second tab was open before: its form still works.
    let other = browser.sign_in(&second, "alice").await;
    assert_eq!(other.step(), "consent");
    let returned = browser.allow(&other).await.returned();
    assert_eq!(returned.get("state"), "state-of-the-second");
    let page = browser.open(&format!("/flow/{}", first.flow())).await;
    let returned = browser.allow(&page).await.returned();
    assert_eq!(returned.get("state"), "state-of-the-request");
}

#[tokio::test]
async fn turning_back_or_denying_is_access_denied() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let returned = browser.press(&page, "login-cancel", &[]).await.expect_error("access_denied");
    assert_eq!(returned.get("state"), "state-of-the-request");
    browser.sign_in_at_home("alice").await;
    let page = browser.ask(&Ask::of("web")).await;
    browser.press(&page, "consent-deny", &[]).await.expect_error("access_denied");
}

#[tokio::test]
async fn it_ends_after_ten_minutes() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    app.clock.advance(599);
    assert_eq!(browser.open(&page.path).await.step(), "sign-in");
    app.clock.advance(1);
    browser.open(&page.path).await.expect_page(400, ANSWERED);
    browser.sign_in(&page, "alice").await.expect_page(400, ANSWERED);
}

#[tokio::test]
async fn it_belongs_to_its_issuer() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let mut elsewhere = Browser { origin: "https://other.example.org".to_owned(), ..browser.clone() };
    elsewhere.open(&page.path).await.expect_page(400, ANSWERED);
}

#[tokio::test]
async fn pages_are_cached_nowhere_and_held_by_nobody() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let flow = browser.ask(&Ask::of("web")).await;
    for (path, form_action) in
        [(flow.path.as_str(), false), ("/", true), ("/logout", true), ("/nonsense", true)]
    {
        let page = browser.open(path).await;
        let policy = page.answer.header("content-security-policy");
        assert_eq!(policy.contains("form-action 'self'"), form_action, "{path} {policy}");
        assert_eq!(page.answer.header("cache-control"), "no-store");
        assert_eq!(page.answer.header("referrer-policy"), "same-origin");
        // A relying party may hold an authorization's page as a popup; nobody may hold the person's own pages.
        let own = matches!(path, "/" | "/logout");
        let opener = page.answer.header("cross-origin-opener-policy");
        assert_eq!(opener, if own { "same-origin" } else { "" }, "{path}");
        assert_eq!(page.answer.header("strict-transport-security"), "max-age=31536000");
        assert!(page.text().starts_with("<!doctype html>"));
    }
}

#[tokio::test]
async fn the_whole_walk_holds_on_postgresql_too() {
    let app = App::on_postgres().await;
    let web = Client::new(&app, "web-2fa");
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa").scope("openid offline_access")).await;
    let page = browser.sign_in(&page, "alice").await;
    let (_, page) = browser.enrol(&page).await;
    let code = browser.allow(&page).await.returned().code();
    let tokens = web.redeem(&code).await.expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    app.userinfo(access).await.expect(200);
    assert!(web.is_active(access).await);
    let next = web.refresh(tokens["refresh_token"].as_str().unwrap()).await.expect(200).json();
    web.revoke(next["access_token"].as_str().unwrap()).await.expect(200);
    assert!(!web.is_active(access).await);
    web.redeem(&code).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn the_home_page_says_who_is_signed_in() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/").await;
    assert!(page.has("username") && page.has("login-submit"));
    let wrong = browser.press(&page, "login-submit", &[("username", "alice"), ("password", "wrong")]).await;
    assert!(wrong.has("password"));
    let home = browser.sign_in_at_home("alice").await;
    assert_eq!(home.heading(), "You are signed in");
    assert!(home.text().contains("Alice Ample"));
}
