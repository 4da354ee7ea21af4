//! What applications hold of a person: seen and withdrawn by the person.

use crate::support::fleet::Fleet;
use crate::support::{App, Ask, Browser, Client, Site, View, WaitingDevice};

/// Presses the button that takes an application's access away.
async fn withdraw(browser: &mut Browser, client_id: &str) -> View {
    let page = browser.open(&format!("/consents/{client_id}")).await;
    browser.press(&page, "consent-withdraw", &[]).await
}

#[tokio::test]
async fn a_person_sees_every_application_with_what_it_may_and_since_when() {
    for app in App::on_both("{}").await {
        let mut browser = Browser::new(&app);
        let page = browser.sign_in_at_home("alice").await;
        assert!(page.has("consents"));
        let none = browser.open("/consents").await;
        assert!(none.text().contains("No app has access"), "{}", none.text());
        Client::new(&app, "web").login_with(&mut browser, "alice", "openid email").await;
        app.clock.advance(3600 * 3);
        let mut browser = Browser::new(&app);
        Client::new(&app, "web").login_with(&mut browser, "alice", "openid offline_access read").await;
        Client::new(&app, "post").login_with(&mut browser, "alice", "openid profile").await;
        let device = WaitingDevice::of(&Client::new(&app, "tv"), "openid profile offline_access").await;
        browser.allow_device(&device, "alice").await;
        device.tokens().await;
        Client::new(&app, "web").login("bob", "openid groups").await;
        let page = browser.open("/consents").await;
        let text = page.text();
        for shown in [
            "The Web App",
            "rp.example.com",
            "Living Room TV",
            ">post<",
            "just now",
            "Stay connected",
            "The permission",
        ] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        assert!(!text.contains("groups"), "bob's are his own: {text}");
        // The access token of three hours ago has ended, and what it could with it.
        assert!(!text.contains("e-mail"), "{text}");
        assert_eq!(text.matches("href=\"/consents/").count(), 3);
        let page = browser.open("/consents/web").await;
        assert_eq!(page.heading(), "Take away the access of The Web App?");
        for absent in ["alice@example.com", "Living Room TV"] {
            assert!(!page.text().contains(absent), "{absent}");
        }
        for unknown in ["/consents/api", "/consents/nobody", "/consents/%3Cscript%3E", "/consents/web-2fa"] {
            assert_eq!(browser.open(unknown).await.path, "/consents");
        }
    }
}

#[tokio::test]
async fn only_who_is_signed_in_sees_or_ends_anything() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("alice", "openid").await;
    let mut stranger = Browser::new(&app);
    for path in ["/consents", "/consents/web"] {
        let page = stranger.open(path).await;
        assert!(page.path == "/" && page.has("password"), "{path}");
    }
    let page = stranger.post("/consents/web", &[("action", "withdraw")]).await;
    assert!(page.has("password"));
    let mut bob = Browser::new(&app);
    bob.sign_in_at_home("bob").await;
    assert_eq!(bob.open("/consents/web").await.path, "/consents", "it holds nothing of bob's");
    app.userinfo(&tokens.access).await.expect(200);
}

#[tokio::test]
async fn g20_what_a_person_withdraws_is_worth_nothing_at_once() {
    for app in App::on_both("{}").await {
        let (web, tv) = (Client::new(&app, "web"), Client::new(&app, "tv"));
        let mut browser = Browser::new(&app);
        let first = web.login_with(&mut browser, "alice", "openid offline_access").await;
        let second = web.login("alice", "openid profile").await;
        let code = browser.authorize(&Ask::of("web"), "alice").await.code();
        let kept = Client::new(&app, "post").login_with(&mut browser, "alice", "openid").await;
        let of_bob = web.login("bob", "openid").await;
        let device = WaitingDevice::of(&tv, "openid").await;
        browser.allow_device(&device, "alice").await;
        let page = withdraw(&mut browser, "web").await;
        assert_eq!(page.inner_text("withdrawn"), "The Web App has no access any more.");
        assert!(!page.text().contains("/consents/web"));
        for access in [&first.access, &second.access] {
            app.userinfo(access).await.expect_error(401, "invalid_token");
            assert!(!web.is_active(access).await);
        }
        web.refresh(&first.refresh).await.expect_error(400, "invalid_grant");
        web.redeem(&code).await.expect_error(400, "invalid_grant");
        for access in [&kept.access, &of_bob.access] {
            app.userinfo(access).await.expect(200);
        }
        assert_eq!(app.sql.events("consent.revoked", "").await, 1);
        // What a device was allowed and has not fetched ends as well.
        withdraw(&mut browser, "tv").await;
        device.poll().await.expect_error(400, "access_denied");
        // Once more withdraws nothing, and says nothing.
        let csrf = page.field("csrf");
        assert_eq!(csrf, None, "the list has no form");
        assert_eq!(app.sql.events("consent.revoked", "").await, 2);
        let again = web.login_with(&mut browser, "alice", "openid").await;
        app.userinfo(&again.access).await.expect(200);
    }
}

#[tokio::test]
async fn a_remembered_consent_is_withdrawn_with_the_rest() {
    let app = App::with(include_str!("consent.yml")).await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let ask = Ask::of("remembering").scope("openid profile");
    let page = browser.ask(&ask).await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    browser.ask(&ask).await.returned().code();
    let page = browser.open("/consents/remembering").await;
    assert!(page.text().contains("Not asked until"));
    browser.press(&page, "consent-withdraw", &[]).await;
    assert_eq!(browser.ask(&ask).await.step(), "consent");
    browser.ask(&ask.prompt("none")).await.expect_error("consent_required");
    // A consent that outlived every token is there to be withdrawn.
    let page = browser.ask(&Ask::of("remembering")).await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    app.clock.advance(3700);
    app.storage.delete_expired(app.clock.now()).await.unwrap();
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    assert!(browser.open("/consents").await.text().contains("/consents/remembering"));
}

#[tokio::test]
async fn an_application_that_is_gone_from_the_configuration_is_named_by_its_id() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    Client::new(&app, "post").login_with(&mut browser, "alice", "openid").await;
    app.reconfigure(include_str!("consent.yml"));
    assert!(browser.open("/consents").await.text().contains(">post<"));
    let page = withdraw(&mut browser, "post").await;
    assert_eq!(page.inner_text("withdrawn"), "post has no access any more.");
}

#[tokio::test]
async fn g20_a_withdrawal_counts_at_every_replica_at_once() {
    let fleet = Fleet::on_postgres("{}");
    let web = Client::new(&fleet.site, "web");
    let mut browser = Browser::new(&fleet.site);
    let tokens = web.login_with(&mut browser, "alice", "openid offline_access").await;
    let seen = async |site: &Site| site.userinfo(&tokens.access).await.status;
    for replica in &fleet.sites {
        assert_eq!(seen(replica).await, 200);
    }
    withdraw(&mut browser, "web").await;
    for replica in &fleet.sites {
        assert_eq!(seen(replica).await, 401);
        Client::new(replica, "web").refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
    }
}
