//! Devices that wait for an answer: codes used twice, guessed, sent to others; devices that ask too often.

use crate::support::fleet::Fleet;
use crate::support::waiting_device::PAGE;
use crate::support::{App, Browser, Client, View, WaitingDevice};

const TOO_MANY: &str = "Too many codes";
const UNKNOWN: &str = "That code leads nowhere";

/// A code that no device shows; another each time.
fn guess(number: usize) -> String {
    let letters = b"BCDFGHJKLMNPQRSTVWXZ";
    let digits = [8000, 400, 20, 1].map(|place| char::from(letters[number / place % 20]));
    format!("ZZXQ-{}", String::from_iter(digits))
}

#[tokio::test]
async fn g39_a_device_code_gives_tokens_once_and_its_second_use_ends_the_family() {
    for app in App::on_both("{}").await {
        let tv = Client::new(&app, "tv");
        for later in [0, 5, 700, 4000] {
            let device = WaitingDevice::of(&tv, "openid offline_access").await;
            Browser::new(&app).allow_device(&device, "alice").await;
            let first = device.tokens().await;
            let next = tv.refresh(&first.refresh).await.expect(200).json();
            app.clock.advance(later);
            app.storage.delete_expired(app.clock.now()).await.unwrap();
            device
                .poll_with(&[("resource", "https://other.example.com")])
                .await
                .expect_error(400, "invalid_grant");
            for access in [&first.access, next["access_token"].as_str().unwrap()] {
                app.userinfo(access).await.expect_error(401, "invalid_token");
            }
            tv.refresh(next["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
            device.poll().await.expect_error(400, "invalid_grant");
        }
        assert_eq!(app.sql.events("code.replayed", "device code").await, 4, "one event for each family");
    }
}

#[tokio::test]
async fn g39_a_stranger_neither_gets_nor_spends_nor_slows_a_device_code() {
    let other = "
identity_providers:
  oidc:
    clients:
      - client_id: tv
        public: true
        authorization_policy: one_factor
        scopes: [openid]
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code']
      - client_id: box
        client_secret: digest:box-secret
        authorization_policy: one_factor
        scopes: [openid]
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code']
";
    for app in App::on_both(other).await {
        let (tv, own) = (Client::new(&app, "tv"), Client::new(&app, "box"));
        let device = WaitingDevice::of(&own, "openid").await;
        let stranger = WaitingDevice { client: tv.clone(), ..device.clone() };
        for _ in 0..3 {
            stranger.poll().await.expect_error(400, "invalid_grant");
        }
        device.poll().await.expect_error(400, "authorization_pending");
        Browser::new(&app).allow_device(&device, "alice").await;
        stranger.poll().await.expect_error(400, "invalid_grant");
        // Without its secret, with a wrong one, by another method.
        let unproven = [("client_id", "box")];
        let call = app.post("/api/oidc/token").form(&[&device.fields()[..], &unproven].concat());
        call.send().await.expect_error(401, "invalid_client");
        let wrong = Client { secret: "wrong".to_owned(), ..own.clone() };
        wrong.token(&device.fields()).await.expect_error(401, "invalid_client");
        let call = app.post("/api/oidc/token").form(&device.fields()).basic("box", "box-secret");
        call.host("other.example.org").send().await.expect_error(400, "invalid_grant");
        // A bent code, a code of another kind, no code.
        for code in
            ["", "x", "signet_dc_AAAA", &device.code.replace("signet_dc_", "signet_ac_"), &device.user_code]
        {
            let fields = [device.fields()[0], ("device_code", code)];
            let expected = if code.is_empty() { "invalid_request" } else { "invalid_grant" };
            own.token(&fields).await.expect_error(400, expected);
        }
        let tokens = device.tokens().await;
        app.userinfo(&tokens.access).await.expect(200);
    }
}

#[tokio::test]
async fn g83_a_browser_types_five_wrong_codes_an_hour_and_then_no_right_one() {
    for app in App::on_both("{}").await {
        let tv = Client::new(&app, "tv");
        let device = WaitingDevice::of(&tv, "openid").await;
        let mut browser = Browser::new(&app);
        for number in 0..4 {
            assert!(browser.type_user_code(&guess(number)).await.text().contains(UNKNOWN));
        }
        // A right one between them gives no more of them: whoever guesses has codes of their own.
        let own = WaitingDevice::of(&tv, "openid").await;
        assert_eq!(browser.type_user_code(&own.user_code).await.step(), "sign-in");
        assert!(browser.type_user_code(&guess(4)).await.text().contains(UNKNOWN));
        for typed in [&device.user_code, &own.user_code, &guess(5)] {
            let page = browser.type_user_code(typed).await;
            assert_eq!(page.status(), 429);
            assert!(page.text().contains(TOO_MANY), "{}", page.text());
        }
        // Signing in changes nothing, nor does a restart or another replica.
        browser.sign_in_at_home("alice").await;
        let replica = app.another().await;
        for site in [&app.site, &replica.site] {
            let mut browser = Browser { app: site.clone(), ..browser.clone() };
            assert_eq!(browser.type_user_code(&device.user_code).await.status(), 429);
        }
        // Somebody else goes on, at the same address too.
        let mut other = Browser::new(&app);
        assert_eq!(other.type_user_code(&device.user_code).await.step(), "sign-in");
        app.clock.advance(3600);
        let device = WaitingDevice::of(&tv, "openid").await;
        assert_eq!(browser.type_user_code(&device.user_code).await.step(), "sign-in");
    }
}

#[tokio::test]
async fn g83_an_address_types_thirty_wrong_codes_an_hour_from_whatever_browsers() {
    for app in App::on_both("server: {trusted_proxies: [203.0.113.1]}").await {
        let tv = Client::new(&app, "tv");
        let device = WaitingDevice::of(&tv, "openid").await;
        // Of IPv6 a subscriber has a /64.
        for (place, neighbour) in [("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::ffff:2")] {
            let from = |address: &str| Browser { address: address.to_owned(), ..Browser::new(&app) };
            for number in 0..30 {
                let page = from(if number % 2 == 0 { place } else { neighbour })
                    .type_user_code(&guess(number))
                    .await;
                assert!(page.text().contains(UNKNOWN), "guess {number}: {}", page.text());
            }
            for address in [place, neighbour] {
                let page = from(address).type_user_code(&device.user_code).await;
                assert_eq!(page.status(), 429, "{address}");
            }
            assert_eq!(from("198.51.100.1").type_user_code(&device.user_code).await.step(), "sign-in");
        }
        let headers = [("x-forwarded-for", "198.51.100.2"), ("forwarded", "for=198.51.100.2")];
        let mut browser = Browser::new(&app);
        let page = browser.open(PAGE).await;
        let mut fields = Browser::filled(&page, "user-code-submit", &[("user_code", &device.user_code)]);
        fields.dedup();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut call = app.post(PAGE).form(&fields).header("origin", &app.origin);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        assert_eq!(
            browser.send(call).await.status,
            429,
            "what a stranger says of its address does not count"
        );
    }
}

/// Behind a proxy that is not trusted everyone has its address.
#[tokio::test]
async fn g83_where_everyone_has_one_address_no_stranger_shuts_out_the_others() {
    let app = App::start().await;
    let device = WaitingDevice::of(&Client::new(&app, "tv"), "openid").await;
    for number in 0..40 {
        assert!(Browser::new(&app).type_user_code(&guess(number)).await.text().contains(UNKNOWN));
    }
    assert_eq!(Browser::new(&app).type_user_code(&device.user_code).await.step(), "sign-in");
    let mut browser = Browser::new(&app);
    for number in 0..5 {
        browser.type_user_code(&guess(number)).await;
    }
    assert_eq!(
        browser.type_user_code(&device.user_code).await.status(),
        429,
        "a browser is one all the same"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g83_guesses_side_by_side_pass_no_limit_over_two_processes() {
    for (fleet, at_most) in [(Fleet::on_sqlite("{}"), 5), (Fleet::on_postgres("{}"), 5)] {
        let site = &fleet.site;
        let mut browser = Browser::new(site);
        let page = browser.open(PAGE).await;
        let mut guesses = tokio::task::JoinSet::new();
        for number in 0..64 {
            let fields = Browser::filled(&page, "user-code-submit", &[("user_code", &guess(number))]);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let call = site.post(PAGE).form(&fields).header("origin", &site.origin);
            let call = call.header("cookie", &browser.cookie_line());
            guesses.spawn(async move { call.send().await.status });
        }
        let statuses = guesses.join_all().await;
        let judged = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!((judged, statuses.len()), (at_most, 64), "{statuses:?}");
    }
}

#[tokio::test]
async fn g83_unknown_used_denied_ended_and_foreign_codes_are_answered_alike() {
    for app in App::on_both("{}").await {
        let tv = Client::new(&app, "tv");
        let ended = WaitingDevice::of(&tv, "openid").await;
        app.clock.advance(600);
        // None of the others has ended: each leads nowhere for its own reason.
        let used = WaitingDevice::of(&tv, "openid").await;
        Browser::new(&app).allow_device(&used, "alice").await;
        let fetched = WaitingDevice::of(&tv, "openid").await;
        Browser::new(&app).allow_device(&fetched, "alice").await;
        fetched.tokens().await;
        let denied = WaitingDevice::of(&tv, "openid").await;
        let mut browser = Browser::new(&app);
        let page = browser.reach_device(&denied, "alice").await;
        browser.press(&page, "device-deny", &[]).await;
        let foreign = WaitingDevice::of(&tv, "openid").await;
        let settled = |view: &View, typed: &str| {
            let text = view.text().replace(&view.field("csrf").unwrap(), "CSRF");
            (view.status(), text.replace(typed, "TYPED"))
        };
        let unknown = guess(1);
        let mut seen = Vec::new();
        for typed in [&unknown, &used.user_code, &fetched.user_code, &denied.user_code, &ended.user_code] {
            let view = Browser::new(&app).type_user_code(typed).await;
            assert!(view.text().contains(UNKNOWN), "{}", view.text());
            seen.push(settled(&view, typed));
        }
        let elsewhere =
            Browser::at(&app, "https://other.example.org").type_user_code(&foreign.user_code).await;
        assert!(elsewhere.text().contains(UNKNOWN), "another issuer's");
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:#?}");
        assert_eq!(Browser::new(&app).type_user_code(&foreign.user_code).await.step(), "sign-in");
    }
}

#[tokio::test]
async fn g83_a_device_that_asks_too_often_waits_five_seconds_longer_each_time() {
    for app in App::on_both("{}").await {
        let replica = app.another().await;
        let tv = Client::new(&app, "tv");
        let device = WaitingDevice::of(&tv, "openid").await;
        assert_eq!(device.body["interval"], 10);
        let mut turn = 0;
        let mut after = async |seconds: i64, error: &str| {
            app.clock.advance(seconds);
            turn += 1;
            let site = if turn % 2 == 0 { &app.site } else { &replica.site };
            Client { app: site.clone(), ..tv.clone() }.token(&device.fields()).await.expect_error(400, error);
        };
        after(0, "authorization_pending").await;
        after(10, "authorization_pending").await;
        after(9, "slow_down").await;
        after(14, "slow_down").await;
        after(19, "slow_down").await;
        after(24, "slow_down").await;
        after(30, "authorization_pending").await;
        after(29, "slow_down").await;
        after(35, "authorization_pending").await;
        // Another device has a pace of its own.
        let other = WaitingDevice::of(&tv, "openid").await;
        other.poll().await.expect_error(400, "authorization_pending");
        other.poll().await.expect_error(400, "slow_down");
        // Once it is allowed nobody is told to wait.
        Browser::new(&app).allow_device(&other, "alice").await;
        other.tokens().await;
    }
}

#[tokio::test]
async fn g83_a_device_learns_that_it_was_denied_or_came_too_late() {
    for app in App::on_both("{}").await {
        let tv = Client::new(&app, "tv");
        let denied = WaitingDevice::of(&tv, "openid").await;
        let mut browser = Browser::new(&app);
        let page = browser.reach_device(&denied, "alice").await;
        let page = browser.press(&page, "device-deny", &[]).await;
        assert_eq!(page.heading(), "The device was not connected");
        denied.poll().await.expect_error(400, "access_denied");
        denied.poll().await.expect_error(400, "access_denied");

        let (late, allowed) =
            (WaitingDevice::of(&tv, "openid").await, WaitingDevice::of(&tv, "openid").await);
        browser.allow_device(&allowed, "alice").await;
        let open = browser.reach_device(&late, "alice").await;
        app.clock.advance(599);
        late.poll().await.expect_error(400, "authorization_pending");
        app.clock.advance(1);
        late.poll().await.expect_error(400, "expired_token");
        allowed.poll().await.expect_error(400, "expired_token");
        // The page that was open until now allows nothing any more.
        let page = browser.press(&open, "device-allow", &[]).await;
        assert_eq!(page.status(), 400, "{}", page.text());
        late.poll().await.expect_error(400, "expired_token");
        app.storage.delete_expired(app.clock.now()).await.unwrap();
        late.poll().await.expect_error(400, "expired_token");
        app.clock.advance(601);
        app.storage.delete_expired(app.clock.now()).await.unwrap();
        late.poll().await.expect_error(400, "invalid_grant");
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_device_codes").await, 0);
    }
}

/// Clients that ask nobody otherwise.
const UNASKED: &str = "
identity_providers:
  oidc:
    clients:
      - client_id: tv
        client_name: Living Room TV
        public: true
        authorization_policy: one_factor
        consent_mode: MODE
        scopes: [openid, profile]
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', authorization_code]
        redirect_uris: ['https://rp.example.com/callback']
";

#[tokio::test]
async fn g83_nothing_is_allowed_without_being_asked_whatever_the_consent_mode() {
    for mode in ["implicit", "explicit", "auto", "pre-configured"] {
        for app in App::on_both(&UNASKED.replace("MODE", mode)).await {
            let tv = Client::new(&app, "tv");
            let mut browser = Browser::new(&app);
            browser.sign_in_at_home("alice").await;
            for round in 0..2 {
                let device = WaitingDevice::with(&tv, &[("scope", "openid profile")]).await;
                // The address with the code in it writes it into the field, and no more.
                let complete = device.body["verification_uri_complete"].as_str().unwrap().to_owned();
                let page = browser.open(complete.strip_prefix(&app.origin).unwrap()).await;
                assert_eq!(page.field("user_code").as_deref(), Some(device.user_code.as_str()));
                assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_interactions").await, round, "{mode}");
                let page = browser.press(&page, "user-code-submit", &[]).await;
                assert_eq!(page.step(), "device", "{mode}: {}", page.text());
                let text = page.text();
                for shown in [
                    "Living Room TV",
                    &device.user_code,
                    "192.0.2.7",
                    "Alice Ample",
                    "If someone sent you",
                    "14 November 2023",
                ] {
                    assert!(text.contains(shown), "{shown}: {text}");
                }
                // Going back to the flow skips nothing.
                let again = browser.open(&format!("/flow/{}", page.flow())).await;
                assert_eq!(again.step(), "device");
                for path in ["consent", "sign-in"] {
                    let view = browser.open(&format!("/flow/{}/{path}", page.flow())).await;
                    assert_eq!(view.step(), "device", "{path}");
                }
                app.clock.advance(10);
                device.poll().await.expect_error(400, "authorization_pending");
                browser.press(&page, "device-allow", &[]).await;
                device.tokens().await;
            }
        }
    }
}

#[tokio::test]
async fn g83_the_page_about_a_device_belongs_to_one_browser_and_is_answered_once() {
    let app = App::start().await;
    let tv = Client::new(&app, "tv");
    let device = WaitingDevice::of(&tv, "openid").await;
    let mut browser = Browser::new(&app);
    let page = browser.reach_device(&device, "alice").await;
    let mut thief = Browser::new(&app);
    thief.sign_in_at_home("bob").await;
    assert_eq!(thief.open(&page.path).await.heading(), "This belongs to another browser");
    assert_eq!(thief.press(&page, "device-allow", &[]).await.heading(), "This belongs to another browser");
    device.poll().await.expect_error(400, "authorization_pending");
    // Two people who were given one code: the first answer counts.
    let second = thief.reach_device(&device, "bob").await;
    let done = browser.press(&page, "device-allow", &[]).await;
    assert_eq!(done.heading(), "Your device is connected");
    let late = thief.press(&second, "device-deny", &[]).await;
    assert_ne!(late.heading(), "The device was not connected");
    let tokens = device.tokens().await;
    let claims = app.userinfo(&tokens.access).await.expect(200).json();
    assert_eq!(claims.get("preferred_username"), None);
    assert_eq!(app.sql.events("device.approved", "").await, 1);
    // The page says how it was answered, and grants nothing more.
    for _ in 0..2 {
        let again = browser.press(&page, "device-deny", &[]).await;
        assert_eq!(again.heading(), "Your device is connected", "{}", again.text());
    }
    app.userinfo(&tokens.access).await.expect(200);
}
