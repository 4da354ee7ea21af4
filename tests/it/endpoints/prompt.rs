//! `prompt` and `max_age`: which pages are shown, and which may not be.

use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn prompt_none_with_offline_access_needs_a_page() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.authorize(&Ask::of("web").scope("openid offline_access"), "alice").await.code();
    let again = Ask::of("web").scope("openid offline_access").prompt("none");
    browser.ask(&again).await.expect_error("consent_required");
}

#[tokio::test]
async fn prompt_login_asks_for_the_password_again_and_auth_time_is_later() {
    let app = App::start().await;
    let post = Client::new(&app, "post");
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let first = app.clock.now();
    app.clock.advance(100);
    let ask = Ask::of("post").prompt("login");
    let page = browser.ask(&ask).await;
    assert_eq!(page.step(), "sign-in");
    assert_eq!(page.field("username").as_deref(), Some("alice"), "the present person is offered");
    let refreshed = browser.open(&page.path).await;
    assert_eq!(refreshed.step(), "sign-in", "a refreshed page skips nothing");
    let entered = browser.open(&format!("/flow/{}", page.flow())).await;
    assert_eq!(entered.step(), "sign-in");
    let consent = browser.sign_in(&entered, "alice").await;
    assert_eq!(consent.step(), "consent", "prompt=login asks for consent again");
    let returned = browser.allow(&consent).await.returned();
    let tokens = post.redeem(&returned.code()).await.expect(200).json();
    let claims = verify(&app, tokens["id_token"].as_str().unwrap()).await.claims;
    assert_eq!(claims["auth_time"], first + 100);
    let page = browser.ask(&ask).await;
    assert_eq!(page.step(), "sign-in", "and again for the next request");
}

#[tokio::test]
async fn a_sign_in_in_one_request_does_not_serve_prompt_login_of_another() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let first = browser.ask(&Ask::of("post").prompt("login")).await;
    let second = browser.ask(&Ask::of("post").prompt("login")).await;
    assert_ne!(first.flow(), second.flow());
    browser.sign_in(&second, "alice").await;
    assert_eq!(browser.open(&format!("/flow/{}", first.flow())).await.step(), "sign-in");
}

#[tokio::test]
async fn select_account_lets_choose_the_present_person() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let ask = Ask::of("post").prompt("select_account");
    assert_eq!(browser.ask(&ask).await.step(), "sign-in", "nobody to choose from");
    browser.sign_in_at_home("alice").await;
    let page = browser.ask(&ask).await;
    assert_eq!((page.step().as_str(), page.heading().as_str()), ("select-account", "Choose an account"));
    browser.press(&page, "account-continue", &[]).await.returned().code();
}

/// OpenID Connect Core 1.0 §3.1.2.1: what alice chose is not bob's choice.
#[tokio::test]
async fn an_account_is_chosen_for_the_sign_in_of_then_and_whoever_comes_after_chooses_anew() {
    for app in App::on_both("{}").await {
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        let page = browser.ask(&Ask::of("web").prompt("select_account")).await;
        assert_eq!(browser.press(&page, "account-continue", &[]).await.step(), "consent");
        let flow = format!("/flow/{}", page.flow());
        // In another tab. The same person who proves it again keeps the sign-in, and the choice.
        let login = browser.ask(&Ask::of("post").prompt("login")).await;
        browser.sign_in(&login, "alice").await;
        assert_eq!(browser.open(&flow).await.step(), "consent");
        for name in ["bob", "alice"] {
            let logout = browser.open("/logout").await;
            browser.press(&logout, "logout-confirm", &[]).await;
            browser.sign_in_at_home(name).await;
            let page = browser.open(&flow).await;
            assert_eq!(page.step(), "select-account", "{name} chose nothing");
            assert_eq!(browser.press(&page, "account-continue", &[]).await.step(), "consent");
        }
        let page = browser.open(&flow).await;
        browser.allow(&page).await.returned().code();
    }
}

#[tokio::test]
async fn select_account_lets_another_person_in_and_ends_the_tokens_of_the_first() {
    let app = App::start().await;
    let post = Client::new(&app, "post");
    let mut browser = Browser::new(&app);
    let alice = post.login_with(&mut browser, "alice", "openid").await;
    let page = browser.ask(&Ask::of("post").prompt("select_account")).await;
    let sign_in = browser.press(&page, "account-other", &[]).await;
    assert_eq!(sign_in.step(), "sign-in");
    let returned = browser.sign_in(&sign_in, "bob").await.returned();
    let bob = post.redeem(&returned.code()).await.expect(200).json();
    let who = async |token: &str| verify(&app, token).await.claims["sub"].clone();
    assert_ne!(who(&alice.id).await, who(bob["id_token"].as_str().unwrap()).await);
    assert_eq!(app.userinfo(&alice.access).await.status, 401, "alice was signed out here");
}

#[tokio::test]
async fn turning_back_at_the_choice_is_access_denied() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let page = browser.ask(&Ask::of("post").prompt("select_account")).await;
    browser.press(&page, "login-cancel", &[]).await.expect_error("access_denied");
}

#[tokio::test]
async fn max_age_asks_again_when_the_sign_in_is_older() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let ask = |max_age: &str| Ask::of("post").set("max_age", max_age);
    assert_eq!(browser.ask(&ask("0")).await.step(), "sign-in", "0 is prompt=login by another name");
    browser.ask(&ask("1")).await.returned().code();
    app.clock.advance(2);
    let page = browser.ask(&ask("1")).await;
    assert_eq!(page.step(), "sign-in");
    browser.ask(&ask("10000")).await.returned().code();
    browser.sign_in(&page, "alice").await.returned().code();
    browser.ask(&ask("1")).await.returned().code();
}

#[tokio::test]
async fn prompt_consent_asks_although_it_need_not() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    browser.ask(&Ask::of("post")).await.returned().code();
    let page = browser.ask(&Ask::of("post").prompt("consent")).await;
    assert_eq!(page.step(), "consent");
    browser.allow(&page).await.returned().code();
}
