//! A new password, or a device that was taken away, ends what the old one opened.

use signet::users::admin;

use crate::support::{App, Ask, Browser, Client, Person};

fn alice_has_a_new_password(people: &mut [Person]) {
    people[0].new_password = Some("alice-new-password");
}

#[tokio::test]
async fn a_new_password_ends_remembered_sessions_and_every_token_of_the_old_one() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    let page = browser.open("/").await;
    let filled = [("username", "alice"), ("password", "alice-password"), ("remember", "true")];
    browser.press(&page, "login-submit", &filled).await;
    let online = web.login_with(&mut browser, "alice", "openid").await;
    let offline = web.login_with(&mut browser, "alice", "openid offline_access").await;
    let code = browser.authorize(&Ask::of("web"), "alice").await.code();
    let mut thief = browser.clone();

    app.write_people(|people| alice_has_a_new_password(people));
    app.clock.advance(1);
    assert!(thief.open("/").await.has("password"));
    thief.ask(&Ask::of("post").prompt("none")).await.expect_error("login_required");
    web.redeem(&code).await.expect_error(400, "invalid_grant");
    for tokens in [&online, &offline] {
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        assert!(!web.is_active(&tokens.access).await);
    }
    assert!(!web.is_active(&offline.refresh).await);
    web.refresh(&offline.refresh).await.expect_error(400, "invalid_grant");

    let page = browser.open("/").await;
    let filled = [("username", "alice"), ("password", "alice-new-password")];
    let page = browser.press(&page, "login-submit", &filled).await;
    assert_eq!(page.heading(), "You are signed in");
    let code = browser.authorize(&Ask::of("web"), "alice").await.code();
    web.redeem(&code).await.expect(200);
    assert!(thief.open("/").await.has("password"), "the stolen cookie stays dead");
    web.refresh(&offline.refresh).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_page_that_lies_open_grants_nothing_after_a_new_password() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "consent");
    app.write_people(|people| alice_has_a_new_password(people));
    app.clock.advance(1);
    let page = browser.allow(&page).await;
    assert_eq!(page.step(), "sign-in");
}

#[tokio::test]
async fn a_device_that_is_taken_away_ends_sessions_and_what_was_granted_with_it() {
    let app = App::start().await;
    let (web, strict) = (Client::new(&app, "web"), Client::new(&app, "web-2fa"));
    let with_password = web.login("alice", "openid offline_access").await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa").scope("openid offline_access")).await;
    let page = browser.sign_in(&page, "alice").await;
    let (_, page) = browser.enrol(&page).await;
    let code = browser.allow(&page).await.returned().code();
    let body = strict.redeem(&code).await.expect(200).json();
    let with_device = crate::support::client::Tokens::of(code, body);
    assert!(strict.is_active(&with_device.refresh).await);

    assert!(admin::delete_totp(&app.storage, "alice", "a test", app.clock.now()).await.unwrap());
    assert!(browser.open("/").await.has("password"));
    app.userinfo(&with_device.access).await.expect_error(401, "invalid_token");
    strict.refresh(&with_device.refresh).await.expect_error(400, "invalid_grant");
    app.userinfo(&with_password.access).await.expect(200);
    web.refresh(&with_password.refresh).await.expect(200);
}
