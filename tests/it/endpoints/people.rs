//! What ends when something about a person changes: the password, the device.

use signet::users::admin::delete_totp;

use crate::support::client::Tokens;
use crate::support::{App, Ask, Browser, Client};

/// alice gets another password; everybody who asks from now on meets it.
async fn change_password(app: &App) {
    app.rewrite_people(|people| people[0].new_password = Some("changed"), "alice", |alice| alice.is_some())
        .await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_and_tokens_of_the_old_one() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    let offline = web.login_with(&mut browser, "alice", "openid offline_access").await;
    let bob = web.login("bob", "openid").await;
    let code = browser.authorize(&Ask::of("web"), "alice").await.code();
    let consent = browser.ask(&Ask::of("web")).await;
    assert_eq!(consent.step(), "consent");
    change_password(&app).await;
    assert!(browser.open("/").await.has("password"), "signed in no more");
    browser.ask(&Ask::of("post").prompt("none")).await.expect_error("login_required");
    let after = browser.allow(&consent).await;
    assert!(after.try_returned().is_none(), "the open page grants nothing: {:?}", after.outside);
    app.userinfo(&offline.access).await.expect_error(401, "invalid_token");
    assert!(!web.is_active(&offline.access).await);
    web.redeem(&code).await.expect_error(400, "invalid_grant");
    web.refresh(&offline.refresh).await.expect_error(400, "invalid_grant");
    app.userinfo(&bob.access).await.expect(200);

    let page = browser.open("/").await;
    assert!(browser.sign_in(&page, "alice").await.has("password"), "the old password is wrong now");
    let fields = [("username", "alice"), ("password", "changed")];
    let home = browser.press(&page, "login-submit", &fields).await;
    assert_eq!(home.heading(), "You are signed in");
}

#[tokio::test]
async fn a_deleted_device_ends_sessions_and_what_two_factors_opened() {
    let app = App::start().await;
    let (web, strict) = (Client::new(&app, "web"), Client::new(&app, "web-2fa"));
    let weak = web.login("alice", "openid").await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa").scope("openid offline_access")).await;
    let page = browser.sign_in(&page, "alice").await;
    let (_, page) = browser.enrol(&page).await;
    let code = browser.allow(&page).await.returned().code();
    let strong = Tokens::of(code.clone(), strict.redeem(&code).await.expect(200).json());
    app.userinfo(&strong.access).await.expect(200);
    assert!(delete_totp(&app.storage, "alice", "a test", app.clock.now()).await.unwrap());
    app.userinfo(&strong.access).await.expect_error(401, "invalid_token");
    strict.refresh(&strong.refresh).await.expect_error(400, "invalid_grant");
    app.userinfo(&weak.access).await.expect(200);
    assert!(browser.open("/").await.has("password"));
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "enrol", "the next sign-in enrols anew");
}
