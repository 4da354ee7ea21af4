//! What rests on a sign-in, a password or a device ends with it.

use signet::storage::Whose;
use signet::users::admin;

use super::sessions::TOO_OLD;
use super::standing::{Held, OFFLINE, USES, Use, inactive, write};
use crate::support::client::{Tokens, code_fields};
use crate::support::fleet::Fleet;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, Person, WaitingDevice};

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

/// As `signet user logout NAME --everything` does; says how many sessions ended.
async fn sign_out_everywhere(app: &App, name: &str) -> u64 {
    let ended = admin::end_sessions(&app.storage, Whose::Person(name), true, "a test", app.clock.now()).await;
    ended.unwrap().sessions
}

#[tokio::test]
async fn g23_whoever_an_administrator_signs_out_everywhere_has_nothing_left() {
    for app in App::on_both("{}").await {
        let mut remembered = Browser::new(&app);
        let page = remembered.open("/").await;
        let filled = [("username", "alice"), ("password", "alice-password"), ("remember", "true")];
        remembered.press(&page, "login-submit", &filled).await;
        let mut everything = [Held::of(&app, &mut remembered, "alice").await, Held::by(&app, "alice").await];
        let of_bob = Held::by(&app, "bob").await;
        // What outlived a sign-out, and rests on no session any more.
        let mut left = Browser::new(&app);
        let offline = Client::new(&app, "web").login_with(&mut left, "alice", OFFLINE).await;
        sign_out(&mut left, SignOut::Logout).await;
        // A device that waits for an answer, and a sign-in that waits for its second factor.
        let waiting = WaitingDevice::of(&Client::new(&app, "tv"), OFFLINE).await;
        let allowing = remembered.reach_device(&waiting, "alice").await;
        let mut halfway = Browser::new(&app);
        let page = halfway.ask(&Ask::of("web-2fa")).await;
        let enrolment = halfway.sign_in(&page, "alice").await;
        let replica = app.another().await;

        assert_eq!(sign_out_everywhere(&app, "alice").await, 3);
        let auditor = Client::new(&replica, "auditor");
        for held in &mut everything {
            for access in held.access_tokens() {
                inactive(&auditor, access).await;
                replica.userinfo(access).await.expect_error(401, "invalid_token");
            }
            inactive(&auditor, &held.offline.refresh).await;
            // Its form is no session's any more; whoever opens the page again must sign in.
            let stale = held.browser.allow(&held.consent.clone()).await;
            assert_eq!(stale.heading(), TOO_OLD);
            assert_eq!(held.browser.open(&held.consent.path).await.step(), "sign-in");
            for how in USES.into_iter().filter(|how| *how != Use::Flow) {
                held.refuses(&app, how).await;
            }
        }
        app.userinfo(&offline.access).await.expect_error(401, "invalid_token");
        Client::new(&app, "web").refresh(&offline.refresh).await.expect_error(400, "invalid_grant");
        assert_eq!(remembered.press(&allowing, "device-allow", &[]).await.heading(), TOO_OLD);
        waiting.poll().await.expect_error(400, "authorization_pending");
        assert_eq!(halfway.enrol(&enrolment).await.1.heading(), "This step is done");
        for table in ["sessions", "known_browsers", "totp"] {
            let of_alice = format!("SELECT COUNT(*) FROM signet_{table} WHERE username = 'alice'");
            assert_eq!(app.sql.number(&of_alice).await, 0, "{table}");
        }
        of_bob.stands(&app).await;

        // In the same second the person may come back, and nothing comes back with them.
        let anew = Client::new(&app, "web").login("alice", OFFLINE).await;
        app.userinfo(&anew.access).await.expect(200);
        Client::new(&app, "web").refresh(&anew.refresh).await.expect(200);
        for held in &mut everything {
            held.refuses(&app, Use::Refresh).await;
            held.refuses(&app, Use::Userinfo).await;
            held.refuses(&app, Use::Session).await;
        }
    }
}

#[tokio::test]
async fn g23_when_everyone_is_signed_out_nobody_has_anything_left() {
    for app in App::on_both("{}").await {
        let mut everyone = [Held::by(&app, "alice").await, Held::by(&app, "bob").await];
        let replica = app.another().await;
        let ended = admin::end_sessions(&app.storage, Whose::Everyone, true, "a test", app.clock.now()).await;
        assert_eq!(ended.unwrap().sessions, 2);
        let auditor = Client::new(&replica, "auditor");
        for held in &mut everyone {
            for access in held.access_tokens() {
                inactive(&auditor, access).await;
                replica.userinfo(access).await.expect_error(401, "invalid_token");
            }
            inactive(&auditor, &held.offline.refresh).await;
            for how in USES.into_iter().filter(|how| *how != Use::Flow) {
                held.refuses(&app, how).await;
            }
        }
        for table in ["sessions", "known_browsers"] {
            assert_eq!(app.sql.number(&format!("SELECT COUNT(*) FROM signet_{table}")).await, 0, "{table}");
        }
        let anew = Client::new(&app, "web").login("alice", OFFLINE).await;
        app.userinfo(&anew.access).await.expect(200);
    }
}

/// A client whose consent may be remembered.
const REMEMBERING: &str = "identity_providers: {oidc: {clients: [{client_id: own, client_secret: 'digest:own-secret', \
                           redirect_uris: ['https://rp.example.com/callback'], authorization_policy: one_factor, \
                           consent_mode: pre-configured, pre_configured_consent_duration: 1h}]}}";

/// It is what the person decided, who takes it back on a page of their own; it lets nobody in.
#[tokio::test]
async fn g23_a_remembered_consent_outlives_being_signed_out_everywhere() {
    for app in App::on_both(REMEMBERING).await {
        let (mut browser, ask) = (Browser::new(&app), Ask::of("own"));
        let page = browser.ask(&ask).await;
        let page = browser.sign_in(&page, "alice").await;
        let first = browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
        assert!(browser.ask(&ask).await.returned().gives());
        assert_eq!(sign_out_everywhere(&app, "alice").await, 1);
        Client::new(&app, "own").redeem(&first).await.expect_error(400, "invalid_grant");
        browser.ask(&Ask::of("own").prompt("none")).await.expect_error("login_required");
        let page = browser.ask(&ask).await;
        assert_eq!(page.step(), "sign-in");
        assert!(browser.sign_in(&page, "alice").await.returned().gives(), "nobody is asked again");
    }
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
