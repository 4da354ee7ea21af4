//! What rests on a sign-in, a password or a device ends with it.

use signet::users::admin;

use super::standing::{Held, OFFLINE, USES, Use, inactive, write};
use crate::support::client::{Tokens, code_fields};
use crate::support::fleet::Fleet;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, Person};

/// A way to sign out of a browser.
#[derive(Clone, Copy, Debug)]
enum SignOut {
    Logout,
    OtherAccountAtConsent,
    OtherAccountAtChoice,
    AnotherPerson,
}

async fn sign_out(browser: &mut Browser, how: SignOut) {
    match how {
        SignOut::Logout => {
            let page = browser.open("/logout").await;
            assert_eq!(browser.press(&page, "logout-confirm", &[]).await.heading(), "Signed out");
        }
        SignOut::OtherAccountAtConsent => {
            let page = browser.ask(&Ask::of("web")).await;
            assert_eq!(browser.press(&page, "consent-switch", &[]).await.step(), "sign-in");
        }
        SignOut::OtherAccountAtChoice => {
            let page = browser.ask(&Ask::of("web").prompt("select_account")).await;
            assert_eq!(browser.press(&page, "account-other", &[]).await.step(), "sign-in");
        }
        SignOut::AnotherPerson => {
            let page = browser.ask(&Ask::of("web").prompt("login")).await;
            assert_eq!(browser.sign_in(&page, "bob").await.step(), "consent");
        }
    }
}

#[tokio::test]
async fn g23_signing_out_ends_what_that_sign_in_got_except_offline_access() {
    use SignOut::{AnotherPerson, Logout, OtherAccountAtChoice, OtherAccountAtConsent};
    for app in App::on_both("{}").await {
        for how in [Logout, OtherAccountAtConsent, OtherAccountAtChoice, AnotherPerson] {
            let mut browser = Browser::new(&app);
            let held = Held::of(&app, &mut browser, "alice").await;
            let online_code = browser.authorize(&Ask::of("web"), "alice").await.code();
            let elsewhere = Held::by(&app, "alice").await;
            let stolen = browser.clone();
            sign_out(&mut browser, how).await;
            for access in [&held.online.access, &held.signed.access] {
                app.userinfo(access).await.expect_error(401, "invalid_token");
                inactive(&held.auditor, access).await;
            }
            held.web.redeem(&online_code).await.expect_error(400, "invalid_grant");
            held.jwt.redeem(&held.jwt_code).await.expect_error(400, "invalid_grant");
            assert!(stolen.clone().open("/").await.has("password"), "{how:?}: the cookie is dead");
            app.userinfo(&held.offline.access).await.expect(200);
            held.web.refresh(&held.offline.refresh).await.expect(200);
            held.web.redeem(&held.code).await.expect(200);
            elsewhere.stands(&app).await;
        }
    }
}

#[tokio::test]
async fn g23_a_new_password_ends_everything_the_old_one_got() {
    for app in App::on_both("{}").await {
        let mut browser = Browser::new(&app);
        let page = browser.open("/").await;
        let filled = [("username", "alice"), ("password", "alice-password"), ("remember", "true")];
        browser.press(&page, "login-submit", &filled).await;
        let mut held = Held::of(&app, &mut browser, "alice").await;
        write(&app, |people| people[0].new_password = Some("alice-new-password"));
        for how in USES {
            held.refuses(&app, how).await;
        }
        let mut browser = Browser::new(&app);
        assert!(browser.sign_in_at_home("alice").await.has("password"), "the old password");
        let page = browser.open("/").await;
        let filled = [("username", "alice"), ("password", "alice-new-password")];
        let page = browser.press(&page, "login-submit", &filled).await;
        assert_eq!(page.heading(), "You are signed in");
        let code = browser.authorize(&Ask::of("web"), "alice").await.code();
        held.web.redeem(&code).await.expect(200);
        held.refuses(&app, Use::Session).await;
        held.refuses(&app, Use::Refresh).await;
    }
}

#[tokio::test]
async fn g23_a_device_that_is_taken_away_ends_sessions_and_what_was_granted_with_it() {
    for app in App::on_both("{}").await {
        let (web, strict) = (Client::new(&app, "web"), Client::new(&app, "web-2fa"));
        let with_password = web.login("alice", OFFLINE).await;
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa").scope(OFFLINE)).await;
        let page = browser.sign_in(&page, "alice").await;
        let (device, page) = browser.enrol(&page).await;
        let code = browser.allow(&page).await.returned().code();
        let body = strict.redeem(&code).await.expect(200).json();
        let with_device = Tokens::of(code, body);
        // A client that asks for one factor, in a session of two.
        let in_session = web.login_with(&mut browser, "alice", OFFLINE).await;
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let unredeemed = browser.allow(&page).await.returned().code();
        assert!(strict.is_active(&with_device.refresh).await);

        assert!(admin::delete_totp(&app.storage, "alice", "a test", app.clock.now()).await.unwrap());
        assert!(browser.open("/").await.has("password"));
        strict.redeem(&unredeemed).await.expect_error(400, "invalid_grant");
        for (client, tokens) in [(&strict, &with_device), (&web, &in_session)] {
            app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
            inactive(client, &tokens.access).await;
            inactive(client, &tokens.refresh).await;
            client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        }
        app.userinfo(&with_password.access).await.expect(200);
        web.refresh(&with_password.refresh).await.expect(200);
        assert_new_device(&app, &device).await;
    }
}

/// The former device opens nothing; the next sign-in enrols another.
async fn assert_new_device(app: &App, former: &Device) {
    app.clock.advance(60);
    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "enrol");
    let page = browser.type_code(&page, &former.code(app)).await;
    assert_eq!(page.step(), "enrol", "a code of the former device");
}

#[tokio::test]
async fn g23_every_replica_knows_of_a_sign_out_at_once_and_of_a_new_password_within_a_second() {
    let fleet = Fleet::on_postgres("");
    let site = &fleet.site;
    let mut browser = Browser::new(site);
    let held = Held::of(site, &mut browser, "alice").await;
    sign_out(&mut browser, SignOut::Logout).await;
    for replica in &fleet.sites {
        for access in [&held.online.access, &held.signed.access] {
            inactive(&Client::new(replica, "auditor"), access).await;
            replica.userinfo(access).await.expect_error(401, "invalid_token");
        }
        let thief = held.browser.clone();
        let mut thief = Browser { app: replica.clone(), ..thief };
        assert!(thief.open("/").await.has("password"));
        replica.userinfo(&held.offline.access).await.expect(200);
    }
    let mut people = Person::all();
    people[0].new_password = Some("alice-new-password");
    fleet.write_people(&people);
    tokio::time::sleep(std::time::Duration::from_millis(1001)).await;
    for replica in &fleet.sites {
        replica.userinfo(&held.offline.access).await.expect_error(401, "invalid_token");
        let web = Client::new(replica, "web");
        web.refresh(&held.offline.refresh).await.expect_error(400, "invalid_grant");
        web.token(&code_fields("web", &held.code)).await.expect_error(400, "invalid_grant");
    }
}
