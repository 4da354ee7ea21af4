//! A grant type that a reload takes away from a client, or the client itself, is worth nothing from then on.

use super::standing::{OFFLINE, inactive};
use super::ways::{Way, send};
use crate::support::{App, Ask, Browser, Client, View, WaitingDevice};

/// `web` with other grant types, as a fragment over `base.yml`.
fn web(grant_types: &str) -> String {
    format!(
        "identity_providers: {{oidc: {{clients: [{{client_id: web, client_secret: 'digest:web-secret', \
         redirect_uris: ['https://rp.example.com/callback'], {}, audience: ['https://api.example.com'], \
         grant_types: [{grant_types}], {}}}, {{client_id: auditor, client_secret: 'digest:auditor-secret', \
         introspect_any: true, redirect_uris: ['https://auditor.example.com/callback'], \
         authorization_policy: one_factor}}]}}}}",
        "authorization_policy: one_factor",
        if grant_types.contains("client_credentials") {
            "scopes: [read]"
        } else {
            "scopes: [openid, profile, offline_access]"
        },
    )
}

const PEOPLE: &str = "authorization_code, refresh_token";

#[tokio::test]
async fn g21_without_refresh_token_no_refresh_token_gives_anything() {
    for app in App::on_both(&web(PEOPLE)).await {
        let (client, auditor) = (Client::new(&app, "web"), Client::new(&app, "auditor"));
        let tokens = client.login("alice", OFFLINE).await;
        let later = client.login("alice", OFFLINE).await;
        app.reconfigure(&web("authorization_code"));
        client.refresh(&tokens.refresh).await.expect_error(400, "unauthorized_client");
        client.refresh("signet_rt_nothing").await.expect_error(400, "unauthorized_client");
        for caller in [&client, &auditor] {
            inactive(caller, &tokens.refresh).await;
            inactive(caller, &later.refresh).await;
        }
        // What is left of the registration goes on, and hands out none.
        app.userinfo(&tokens.access).await.expect(200);
        let fresh = client.login("alice", "openid").await;
        assert_eq!(fresh.refresh, "");
        // A refused refresh spends nothing.
        app.reconfigure(&web(PEOPLE));
        client.refresh(&tokens.refresh).await.expect(200);
    }
}

#[tokio::test]
async fn g21_without_authorization_code_no_path_of_a_person_gives_anything() {
    for app in App::on_both(&web(PEOPLE)).await {
        let (client, auditor) = (Client::new(&app, "web"), Client::new(&app, "auditor"));
        let mut browser = Browser::new(&app);
        let tokens = client.login_with(&mut browser, "alice", OFFLINE).await;
        let code = browser.authorize(&Ask::of("web").scope(OFFLINE), "alice").await.code();
        let pushed = client.pushed(&Ask::of("web")).await;
        let waiting = browser.ask(&Ask::of("web").prompt("consent")).await;
        assert_eq!(waiting.step(), "consent");
        app.reconfigure(&web("client_credentials"));
        client.redeem(&code).await.expect_error(400, "unauthorized_client");
        client.refresh(&tokens.refresh).await.expect_error(400, "unauthorized_client");
        for way in Way::ALL {
            send(&mut browser, &client, way, &Ask::of("web").scope("read"))
                .await
                .expect_error("unauthorized_client", &format!("{way:?}"));
        }
        browser.allow(&waiting).await.expect_error("unauthorized_client");
        let page = browser.open(&super::ways::by_name("web", &pushed)).await;
        page.expect_error("unauthorized_client");
        for caller in [&client, &auditor] {
            inactive(caller, &tokens.access).await;
            inactive(caller, &tokens.refresh).await;
        }
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        // The program's own grant is another one.
        client.token(&[("grant_type", "client_credentials")]).await.expect(200);
    }
}

/// With refresh_token alone a family could go on for ever that no longer could begin.
#[tokio::test]
async fn g21_a_family_ends_with_the_grant_type_it_began_by() {
    for app in App::on_both(&web(PEOPLE)).await {
        let (client, auditor) = (Client::new(&app, "web"), Client::new(&app, "auditor"));
        let tokens = client.login("alice", OFFLINE).await;
        app.reconfigure(
            &web(PEOPLE)
                .replace("grant_types: [authorization_code, refresh_token]", "grant_types: [refresh_token]"),
        );
        inactive(&auditor, &tokens.access).await;
        inactive(&auditor, &tokens.refresh).await;
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        app.reconfigure(&web(PEOPLE));
        client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
    }
}

/// `tv` with other grant types, under a name.
fn tv(client_id: &str, grant_types: &str) -> String {
    format!(
        "identity_providers: {{oidc: {{clients: [{{client_id: {client_id}, client_name: Living Room TV, public: true, \
         redirect_uris: ['https://tv.example.com/callback'], authorization_policy: one_factor, \
         scopes: [openid, profile, offline_access], grant_types: [{grant_types}]}}, {{client_id: auditor, \
         client_secret: 'digest:auditor-secret', introspect_any: true, authorization_policy: one_factor, \
         redirect_uris: ['https://auditor.example.com/callback']}}]}}}}"
    )
}

const DEVICES: &str = "'urn:ietf:params:oauth:grant-type:device_code', refresh_token";

/// Devices of one client at each stage, and a browser of alice before the page about the last of them.
struct Stages {
    client: Client,
    untyped: WaitingDevice,
    allowed: WaitingDevice,
    asked: WaitingDevice,
    tokens: crate::support::client::Tokens,
    browser: Browser,
    page: View,
}

impl Stages {
    async fn of(app: &App) -> Self {
        let client = Client::new(app, "tv");
        let mut browser = Browser::new(app);
        let fetched = WaitingDevice::of(&client, OFFLINE).await;
        browser.allow_device(&fetched, "alice").await;
        let tokens = fetched.tokens().await;
        let allowed = WaitingDevice::of(&client, OFFLINE).await;
        browser.allow_device(&allowed, "alice").await;
        let (untyped, asked) =
            (WaitingDevice::of(&client, "openid").await, WaitingDevice::of(&client, "openid").await);
        let page = browser.reach_device(&asked, "alice").await;
        Self { client, untyped, allowed, asked, tokens, browser, page }
    }
}

#[tokio::test]
async fn g21_without_the_grant_of_devices_no_device_gets_anything() {
    for app in App::on_both(&tv("tv", DEVICES)).await {
        let Stages { client, untyped, allowed, asked, tokens, mut browser, page } = Stages::of(&app).await;
        app.reconfigure(&tv("tv", "authorization_code, refresh_token"));
        WaitingDevice::ask(&client, &[("scope", "openid")]).await.expect_error(400, "unauthorized_client");
        for device in [&untyped, &allowed, &asked] {
            device.poll().await.expect_error(400, "unauthorized_client");
        }
        assert_eq!(
            browser.press(&page, "device-allow", &[]).await.heading(),
            "Living Room TV is not open to you"
        );
        let typed = browser.type_user_code(&untyped.user_code).await;
        assert_eq!(typed.heading(), "Living Room TV is not open to you");
        // With it back: nobody was asked about these two, and what was allowed has not been fetched.
        app.reconfigure(&tv("tv", DEVICES));
        for device in [&untyped, &asked] {
            device.poll().await.expect_error(400, "access_denied");
        }
        app.userinfo(&allowed.tokens().await.access).await.expect(200);
        // A family ends when no grant type is left that begins with a person, for good.
        app.reconfigure(&tv("tv", "refresh_token"));
        inactive(&Client::new(&app, "auditor"), &tokens.access).await;
        inactive(&Client::new(&app, "auditor"), &tokens.refresh).await;
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        app.reconfigure(&tv("tv", DEVICES));
        client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn g21_a_client_that_is_gone_leaves_its_devices_nothing() {
    for app in App::on_both(&tv("tv", DEVICES)).await {
        let Stages { client, untyped, allowed, asked, tokens, mut browser, page } = Stages::of(&app).await;
        app.reconfigure(&tv("tv-x", DEVICES));
        WaitingDevice::ask(&client, &[("scope", "openid")]).await.expect_error(401, "invalid_client");
        for device in [&untyped, &allowed, &asked] {
            device.poll().await.expect_error(401, "invalid_client");
            let other = Client { id: "tv-x".to_owned(), ..client.clone() };
            other.token(&device.fields()).await.expect_error(400, "invalid_grant");
        }
        assert_eq!(browser.press(&page, "device-allow", &[]).await.status(), 400);
        let typed = browser.type_user_code(&untyped.user_code).await;
        assert!(typed.text().contains("That code leads nowhere"), "{}", typed.text());
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        inactive(&Client::new(&app, "auditor"), &tokens.access).await;
        assert_eq!(app.sql.events("device.approved", "").await, 2);
    }
}

#[tokio::test]
async fn g21_without_client_credentials_a_program_gets_nothing_for_itself() {
    for app in App::on_both(&web("client_credentials")).await {
        let (client, auditor) = (Client::new(&app, "web"), Client::new(&app, "auditor"));
        let fields = [("grant_type", "client_credentials"), ("scope", "read")];
        let token =
            client.token(&fields).await.expect(200).json()["access_token"].as_str().unwrap().to_owned();
        assert!(auditor.is_active(&token).await);
        // Scope and audience stay: only the grant type is gone.
        app.reconfigure(&web(PEOPLE).replace("offline_access]", "offline_access, read]"));
        client.token(&fields).await.expect_error(400, "unauthorized_client");
        for caller in [&client, &auditor] {
            inactive(caller, &token).await;
        }
    }
}

#[tokio::test]
async fn g21_a_client_that_is_gone_gets_nothing_by_any_grant() {
    for app in App::on_both(&web(PEOPLE)).await {
        let client = Client::new(&app, "web");
        let mut browser = Browser::new(&app);
        let tokens = client.login_with(&mut browser, "alice", OFFLINE).await;
        let code = browser.authorize(&Ask::of("web"), "alice").await.code();
        app.reconfigure(&web(PEOPLE).replace("client_id: web,", "client_id: web-x,"));
        client.redeem(&code).await.expect_error(401, "invalid_client");
        client.refresh(&tokens.refresh).await.expect_error(401, "invalid_client");
        client.token(&[("grant_type", "client_credentials")]).await.expect_error(401, "invalid_client");
        client
            .call("/api/oidc/introspection", &[("token", &tokens.access)])
            .send()
            .await
            .expect_error(401, "invalid_client");
        client.push(&Ask::of("web")).await.expect_error(401, "invalid_client");
        let page = browser.ask(&Ask::of("web")).await;
        assert_eq!((page.status(), page.outside), (400, None));
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        inactive(&Client::new(&app, "auditor"), &tokens.access).await;
    }
}

#[tokio::test]
async fn g21_without_the_device_grant_no_device_gets_anything() {
    let tv = |grants: &str| {
        format!(
            "identity_providers: {{oidc: {{clients: [{{client_id: tv, public: true, authorization_policy: one_factor, \
             scopes: [openid, profile, offline_access], grant_types: [{grants}]}}]}}}}"
        )
    };
    let before = tv("'urn:ietf:params:oauth:grant-type:device_code', refresh_token");
    for app in App::on_both(&before).await {
        let client = Client::new(&app, "tv");
        let mut browser = Browser::new(&app);
        let mut waiting = Vec::new();
        for _ in 0..4 {
            waiting.push(WaitingDevice::of(&client, OFFLINE).await);
        }
        let [untyped, shown, allowed, given] = &waiting[..] else { panic!("four devices") };
        browser.allow_device(given, "alice").await;
        let tokens = given.tokens().await;
        browser.allow_device(allowed, "alice").await;
        let page = browser.reach_device(shown, "alice").await;
        app.reconfigure(&tv("refresh_token"));
        for device in [untyped, shown, allowed, given] {
            device.poll().await.expect_error(400, "unauthorized_client");
        }
        WaitingDevice::ask(&client, &[("scope", OFFLINE)]).await.expect_error(400, "unauthorized_client");
        let after = browser.press(&page, "device-allow", &[]).await;
        assert_ne!(after.heading(), "Your device is connected");
        let typed = browser.type_user_code(&untyped.user_code).await;
        assert_ne!(typed.step(), "device", "{}", typed.text());
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        // What nobody answered is answered by nobody later.
        app.reconfigure(&before);
        app.clock.advance(5);
        shown.poll().await.expect_error(400, "access_denied");
    }
}
