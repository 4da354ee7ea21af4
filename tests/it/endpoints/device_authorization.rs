//! The device authorization grant (RFC 8628): what a device is told, what its person sees, what comes of it.

use serde_json::json;

use crate::support::waiting_device::{ENDPOINT, GRANT, PAGE};
use crate::support::{Answer, App, Browser, Client, Site, WaitingDevice, token};

const CLIENTS: &str = include_str!("device_authorization.yml");

#[tokio::test]
async fn a_device_gets_two_codes_and_the_address_to_type_one_at() {
    let app = App::start().await;
    let answer = WaitingDevice::ask(&Client::new(&app, "tv"), &[("scope", "openid")]).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
    names.sort_unstable();
    let expected = [
        "device_code",
        "expires_in",
        "interval",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
    ];
    assert_eq!(names, expected);
    let user_code = body["user_code"].as_str().unwrap();
    let (first, second) = user_code.split_once('-').unwrap();
    assert!([first, second].iter().all(|half| half.len() == 4));
    assert!(user_code.chars().all(|letter| "BCDFGHJKLMNPQRSTVWXZ-".contains(letter)), "{user_code}");
    assert!(body["device_code"].as_str().unwrap().starts_with("signet_dc_"));
    assert_eq!(body["verification_uri"], format!("https://op.example.com{PAGE}"));
    assert_eq!(
        body["verification_uri_complete"],
        format!("https://op.example.com{PAGE}?user_code={user_code}")
    );
    assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(10)));
    let metadata = app.get("/.well-known/openid-configuration").send().await.json();
    assert_eq!(metadata["device_authorization_endpoint"], format!("https://op.example.com{ENDPOINT}"));
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
}

#[tokio::test]
async fn what_a_person_allows_a_device_is_what_a_code_would_give() {
    for app in App::on_both("{}").await {
        let tv = Client::new(&app, "tv");
        let device = WaitingDevice::with(
            &tv,
            &[
                ("scope", "openid profile offline_access"),
                ("nonce", "nonce-of-the-device"),
                ("resource", "https://api.example.com"),
            ],
        )
        .await;
        device.poll().await.expect_error(400, "authorization_pending");
        let mut browser = Browser { address: "198.51.100.9".to_owned(), ..Browser::new(&app) };
        let page = browser.reach_device(&device, "alice").await;
        assert_eq!(page.heading(), "Connect Living Room TV on a device?");
        assert_eq!(page.inner("device-user-code"), device.user_code);
        for shown in [
            "192.0.2.7",
            "not the address of this browser",
            "Alice Ample",
            "https://api.example.com",
            "just now",
        ] {
            assert!(page.text().contains(shown), "{shown}: {}", page.text());
        }
        app.clock.advance(60);
        let done = browser.press(&page, "device-allow", &[]).await;
        assert_eq!((done.status(), done.heading().as_str()), (200, "Your device is connected"));
        assert!(done.text().contains("You may go back to your device."));
        assert_eq!(
            browser.open(&format!("/flow/{}", page.flow())).await.heading(),
            "Your device is connected"
        );
        let tokens = device.tokens().await;
        assert_eq!(tokens.body["scope"], "openid profile offline_access");
        let id = token::verify(&app, &tokens.id).await.claims;
        assert_eq!((&id["aud"], &id["nonce"]), (&json!("tv"), &json!("nonce-of-the-device")));
        assert_eq!((&id["acr"], &id["amr"]), (&json!("1"), &json!(["pwd"])));
        assert_eq!(id["auth_time"], app.clock.now() - 60);
        let claims = app.userinfo(&tokens.access).await.expect(200).json();
        assert_eq!((&claims["sub"], &claims["name"]), (&id["sub"], &json!("Alice Ample")));
        let auditor = Client::new(&app, "auditor");
        assert_eq!(auditor.introspect(&tokens.access).await["aud"], json!("https://api.example.com"));
        let next = tv.refresh(&tokens.refresh).await.expect(200).json();
        assert!(next["id_token"].is_string() && next["refresh_token"].is_string());
        for (kind, count) in
            [("consent.granted", 1), ("device.approved", 1), ("code.redeemed", 1), ("token.issued", 1)]
        {
            assert_eq!(app.sql.events(kind, "").await, count, "{kind}");
        }
        // Consent and grant rest on the browser that allowed it.
        assert_eq!(app.sql.texts("SELECT address FROM signet_grants").await, ["198.51.100.9"]);
        assert!(app.storage.unsound_rows(app.clock.now()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn single_claims_that_a_device_asks_for_are_the_persons_to_add() {
    let app = App::start().await;
    let tv = Client::new(&app, "tv");
    let claims = json!({"userinfo": {"name": {"essential": true}, "given_name": null, "family_name": null}});
    let fields = [("scope", "openid"), ("claims", &*claims.to_string())];
    let mut browser = Browser::new(&app);
    for (ticked, given) in [(&[][..], None), (&[("claim:given_name", "true")], Some("Alice"))] {
        let device = WaitingDevice::with(&tv, &fields).await;
        let page = browser.reach_device(&device, "alice").await;
        let inputs = page.tags("input");
        let boxes = inputs.iter().filter(|tag| tag.get("type").is_some_and(|kind| kind == "checkbox"));
        let boxes: Vec<&str> = boxes.map(|tag| tag["name"].as_str()).collect();
        assert_eq!(boxes, ["claim:family_name", "claim:given_name"]);
        assert!(page.text().contains("Alice Ample"), "the essential one is shown");
        browser.press(&page, "device-allow", ticked).await;
        let told = app.userinfo(&device.tokens().await.access).await.expect(200).json();
        assert_eq!((&told["name"], told.get("family_name")), (&json!("Alice Ample"), None));
        assert_eq!(told.get("given_name").and_then(|name| name.as_str()), given);
    }
}

#[tokio::test]
async fn without_openid_there_is_no_id_token_and_without_offline_access_no_refresh_token() {
    let app = App::start().await;
    let tv = Client::new(&app, "tv");
    for (scope, id, refresh) in
        [("read", false, false), ("openid", true, false), ("read offline_access", false, true)]
    {
        let device = WaitingDevice::of(&tv, scope).await;
        Browser::new(&app).allow_device(&device, "alice").await;
        let tokens = device.tokens().await;
        assert_eq!((!tokens.id.is_empty(), !tokens.refresh.is_empty()), (id, refresh), "{scope}");
    }
    // A token request narrows the audience, and widens nothing; what is asked wrongly spends nothing.
    let device = WaitingDevice::with(
        &tv,
        &[("scope", "read"), ("audience", "https://api.example.com https://files.example.com")],
    )
    .await;
    Browser::new(&app).allow_device(&device, "alice").await;
    device.poll_with(&[("resource", "https://other.example.com")]).await.expect_error(400, "invalid_target");
    let narrow =
        device.poll_with(&[("resource", "https://files.example.com"), ("scope", "openid email")]).await;
    let body = narrow.expect(200).json();
    assert_eq!((&body["scope"], body.get("id_token")), (&json!("read"), None));
    let auditor = Client::new(&app, "auditor");
    let told = auditor.introspect(body["access_token"].as_str().unwrap()).await;
    assert_eq!(told["aud"], json!("https://files.example.com"));
}

#[tokio::test]
async fn only_a_client_that_proves_itself_and_is_registered_for_it_may_ask() {
    let app = App::with(CLIENTS).await;
    for id in ["box", "poster", "tv"] {
        let client = match id {
            "poster" => Client { method: crate::support::client::Method::Post, ..Client::new(&app, id) },
            _ => Client::new(&app, id),
        };
        let device = WaitingDevice::of(&client, "openid").await;
        Browser::new(&app).allow_device(&device, "alice").await;
        device.tokens().await;
    }
    let own = Client::new(&app, "box");
    let wrong = Client { secret: "wrong".to_owned(), ..own.clone() };
    WaitingDevice::ask(&wrong, &[("scope", "openid")]).await.expect_error(401, "invalid_client");
    for fields in
        [&[("scope", "openid")][..], &[("scope", "openid"), ("client_id", "box")], &[("client_id", "nobody")]]
    {
        app.post(ENDPOINT).form(fields).send().await.expect_error(401, "invalid_client");
    }
    let web = Client::new(&app, "web");
    WaitingDevice::ask(&web, &[("scope", "openid")]).await.expect_error(400, "unauthorized_client");
    web.token(&[("grant_type", GRANT), ("device_code", "signet_dc_x")])
        .await
        .expect_error(400, "unauthorized_client");
    for (fields, error) in [
        (&[("scope", "openid"), ("prompt", "none")][..], "invalid_request"),
        (&[("scope", "openid"), ("prompt", "nonsense")], "invalid_request"),
        (&[("scope", "openid"), ("max_age", "-1")], "invalid_request"),
        (&[("scope", "openid"), ("nonce", "caf\u{e9}-of-a-nonce")], "invalid_request"),
        (&[("scope", "openid"), ("registration", "{}")], "registration_not_supported"),
        (&[("scope", "openid email")], "invalid_scope"),
        (&[("scope", "openid"), ("audience", "https://api.example.com")], "invalid_target"),
        (&[("scope", "openid"), ("resource", "relative")], "invalid_target"),
    ] {
        WaitingDevice::ask(&own, fields).await.expect_error(400, error);
    }
    // What leads a browser back has no meaning here.
    let fields = [
        ("scope", "openid"),
        ("redirect_uri", "https://evil.example.org/"),
        ("state", "x"),
        ("response_type", "token"),
    ];
    WaitingDevice::ask(&own, &fields).await.expect(200);
    let answer = app.get(ENDPOINT).send().await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST, OPTIONS"));
}

#[tokio::test]
async fn a_typed_code_counts_whatever_its_case_spaces_and_hyphens() {
    let app = App::start().await;
    let tv = Client::new(&app, "tv");
    let device = WaitingDevice::of(&tv, "openid").await;
    let plain = device.user_code.replace('-', "");
    let spaced: String = plain.to_lowercase().chars().flat_map(|letter| [letter, ' ']).collect();
    for typed in
        [plain.clone(), device.user_code.to_lowercase(), spaced, device.user_code.replace('-', "\u{2011}")]
    {
        let page = Browser::new(&app).type_user_code(&typed).await;
        assert_eq!(page.step(), "sign-in", "{typed}: {}", page.text());
    }
    // What is in the address is shown as a code, or not at all.
    for (query, shown) in [
        (format!("user_code={}", plain.to_lowercase()), device.user_code.as_str()),
        ("user_code=%3Cscript%3E".to_owned(), ""),
        (format!("user_code={plain}&user_code={plain}"), ""),
        ("other=1".to_owned(), ""),
    ] {
        let page = Browser::new(&app).open(&format!("{PAGE}?{query}")).await;
        assert_eq!(page.field("user_code").as_deref(), Some(shown), "{query}");
    }
}

#[tokio::test]
async fn the_policy_of_the_client_holds_for_its_devices() {
    let app = App::with(CLIENTS).await;
    // Two factors.
    let device = WaitingDevice::of(&Client::new(&app, "vault"), "openid").await;
    let mut browser = Browser::new(&app);
    let page = browser.type_user_code(&device.user_code).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "enrol");
    let (_, page) = browser.enrol(&page).await;
    assert_eq!(page.step(), "device");
    browser.press(&page, "device-allow", &[]).await;
    let id = token::verify(&app, &device.tokens().await.id).await.claims;
    assert_eq!((&id["acr"], &id["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
    // Not for everybody, and not from everywhere: the address is that of the browser.
    for (name, address, allowed) in
        [("bob", "10.1.2.3", false), ("alice", "192.0.2.7", false), ("alice", "10.1.2.3", true)]
    {
        let device = WaitingDevice::of(&Client::new(&app, "office"), "openid").await;
        let mut browser = Browser { address: address.to_owned(), ..Browser::new(&app) };
        let page = browser.type_user_code(&device.user_code).await;
        let page = browser.sign_in(&page, name).await;
        if allowed {
            browser.press(&page, "device-allow", &[]).await;
            device.tokens().await;
            continue;
        }
        assert_eq!(page.heading(), "office is not open to you", "{name} from {address}");
        device.poll().await.expect_error(400, "access_denied");
        let denied = "SELECT detail FROM signet_events WHERE kind = 'device.denied' ORDER BY id DESC LIMIT 1";
        assert!(app.sql.texts(denied).await[0].contains("policy office"), "the event says by which rule");
    }
    // A level that the device asks for.
    let device =
        WaitingDevice::with(&Client::new(&app, "tv"), &[("scope", "openid"), ("acr_values", "2")]).await;
    let mut browser = Browser::new(&app);
    let page = browser.type_user_code(&device.user_code).await;
    assert_eq!(browser.sign_in(&page, "alice").await.step(), "second-factor");
}

#[tokio::test]
async fn whoever_turns_back_or_is_somebody_else_allows_nothing() {
    let app = App::start().await;
    let tv = Client::new(&app, "tv");
    let device = WaitingDevice::of(&tv, "openid").await;
    let mut browser = Browser::new(&app);
    let page = browser.type_user_code(&device.user_code).await;
    let page = browser.press(&page, "login-cancel", &[]).await;
    assert_eq!(page.heading(), "The device was not connected");
    device.poll().await.expect_error(400, "access_denied");
    assert_eq!(app.sql.events("device.denied", "").await, 1);

    let device = WaitingDevice::of(&tv, "openid").await;
    let page = browser.reach_device(&device, "bob").await;
    let page = browser.press(&page, "device-switch", &[]).await;
    assert_eq!(page.step(), "sign-in");
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.text().contains("Alice Ample"));
    browser.press(&page, "device-allow", &[]).await;
    let claims = app.userinfo(&device.tokens().await.access).await.expect(200).json();
    assert!(claims["sub"].is_string());
    assert_eq!(app.sql.texts("SELECT username FROM signet_grants").await, ["alice"]);
    // A client that lost the grant meanwhile gets nothing.
    let device = WaitingDevice::of(&tv, "openid").await;
    let page = browser.reach_device(&device, "alice").await;
    app.reconfigure(
        &CLIENTS
            .replace("['urn:ietf:params:oauth:grant-type:device_code'] #tv-grants", "[authorization_code]"),
    );
    let page = browser.press(&page, "device-allow", &[]).await;
    assert_eq!(page.heading(), "Living Room TV is not open to you");
}

#[tokio::test]
async fn a_sign_out_before_the_answer_is_a_sign_in_and_after_it_ends_what_was_allowed() {
    let app = App::start().await;
    let tv = Client::new(&app, "tv");
    let (online, offline) =
        (WaitingDevice::of(&tv, "openid").await, WaitingDevice::of(&tv, "openid offline_access").await);
    let mut browser = Browser::new(&app);
    for device in [&online, &offline] {
        browser.allow_device(device, "alice").await;
    }
    let page = browser.open("/logout").await;
    browser.press(&page, "logout-confirm", &[]).await;
    online.poll().await.expect_error(400, "access_denied");
    let tokens = offline.tokens().await;
    app.userinfo(&tokens.access).await.expect(200);
    tv.refresh(&tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn lifespans_hold_for_device_codes_and_what_they_give() {
    let app = App::with(CLIENTS).await;
    let short = WaitingDevice::of(&Client::new(&app, "box"), "openid").await;
    assert_eq!(short.body["expires_in"], 120, "that of the name");
    assert_eq!(
        WaitingDevice::of(&Client::new(&app, "tv"), "openid").await.body["expires_in"],
        300,
        "the global one"
    );
    Browser::new(&app).allow_device(&short, "alice").await;
    assert_eq!(short.tokens().await.body["expires_in"], 1200, "that of the grant");
}

#[tokio::test]
async fn asking_whether_somebody_answered_is_no_failure() {
    let app = App::with(
        "server: {trusted_proxies: [198.51.100.1], endpoints: {rate_limits: {openid_connect_token: {enable: true, buckets: [{period: 1m, requests: 3}]}}}}",
    )
    .await;
    let tv = Client::new(&app, "tv");
    let device = WaitingDevice::of(&tv, "openid").await;
    app.keep_refusals().await;
    let refusals = "SELECT COUNT(*) FROM signet_refusals";
    let before = app.sql.number(refusals).await;
    for _ in 0..10 {
        app.clock.advance(10);
        device.poll().await.expect_error(400, "authorization_pending");
    }
    app.keep_refusals().await;
    assert_eq!(app.sql.number(refusals).await, before, "waiting is told nobody as a refusal");
    for _ in 0..3 {
        device.poll().await.expect_error(400, "slow_down");
    }
    assert_eq!(device.poll().await.status, 429, "asking too often is a failure");
}

#[tokio::test]
async fn other_origins_may_call_the_endpoint_where_the_configuration_says_so() {
    let origin = "https://console.example.com";
    let asked = async |app: &Site| -> Answer {
        let fields = [("client_id", "tv"), ("scope", "openid")];
        app.post(ENDPOINT).form(&fields).header("origin", origin).send().await
    };
    let closed = App::start().await;
    assert_eq!(asked(&closed).await.header("access-control-allow-origin"), "");
    let open = App::with("identity_providers: {oidc: {cors: {endpoints: [device-authorization]}}}").await;
    assert_eq!(asked(&open).await.header("access-control-allow-origin"), origin);
}

#[tokio::test]
async fn the_start_page_leads_to_devices_where_a_client_is_registered_for_them() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    assert!(browser.sign_in_at_home("alice").await.has("connect-device"));
    app.reconfigure(include_str!("consent.yml"));
    assert!(!browser.open("/").await.has("connect-device"));
}
