//! What counts once: codes, refresh tokens, pushed requests, one-time codes, pending authorizations.

use super::ways::USED_UP;
use crate::support::client::{Tokens, code_fields};
use crate::support::documents::Documents;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, View};

const OFFLINE: &str = "openid offline_access";
const ANSWERED: &str = "This page has done its work";
const ANOTHER_BROWSER: &str = "This belongs to another browser";

/// Every token of a family is worth nothing.
async fn ended(app: &App, client: &Client, family: &[&Tokens]) {
    for tokens in family {
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        if client.id != "spa" {
            assert!(!client.is_active(&tokens.access).await);
        }
        if !tokens.refresh.is_empty() {
            assert!(client.id == "spa" || !client.is_active(&tokens.refresh).await);
            client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        }
    }
}

async fn refreshed(client: &Client, tokens: &Tokens) -> Tokens {
    Tokens::of(String::new(), client.refresh(&tokens.refresh).await.expect(200).json())
}

#[tokio::test]
async fn g34_a_code_that_comes_again_ends_all_that_came_of_it() {
    for app in App::on_both("{}").await {
        for id in ["web", "spa", "jwt"] {
            let client = Client::new(&app, id);
            let scope = if id == "jwt" { "openid" } else { OFFLINE };
            let other = client.login("alice", scope).await;
            let first = client.login("alice", scope).await;
            let mut family = vec![first.clone()];
            if !first.refresh.is_empty() {
                family.push(refreshed(&client, &first).await);
            }
            client.redeem(&first.code).await.expect_error(400, "invalid_grant");
            ended(&app, &client, &family.iter().collect::<Vec<_>>()).await;
            app.userinfo(&other.access).await.expect(200);
            client.redeem(&first.code).await.expect_error(400, "invalid_grant");
        }
        assert_eq!(app.sql.events("code.replayed", "").await, 3, "once for each grant that ended");
    }
}

#[tokio::test]
async fn g34_it_does_whatever_else_is_asked_and_however_late() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        for more in [("resource", "https://other.example.com"), ("audience", "nonsense"), ("scope", "openid")]
        {
            let tokens = web.login("alice", OFFLINE).await;
            let mut fields = code_fields("web", &tokens.code).to_vec();
            fields.push(more);
            assert_eq!(web.token(&fields).await.status, 400);
            ended(&app, &web, &[&tokens]).await;
        }
        let tokens = web.login("alice", OFFLINE).await;
        app.clock.advance(45 * 60);
        app.storage.delete_expired(app.clock.now()).await.unwrap();
        web.redeem(&tokens.code).await.expect_error(400, "invalid_grant");
        ended(&app, &web, &[&tokens]).await;
    }
}

/// Nothing has to be made for what is known to be spent, so nothing that fails there saves the rest of the family.
#[tokio::test]
async fn g34_it_does_when_no_token_can_be_made() {
    let documents = Documents::plain().await;
    let config = format!(
        "identity_providers:
  oidc:
    outbound: {{allowed_networks: ['127.0.0.0/8']}}
    lifespans: {{access_token: 3d, refresh_token: 3d}}
    clients:
      - client_id: sealed
        client_secret: digest:sealed-secret
        authorization_policy: one_factor
        consent_mode: implicit
        redirect_uris: ['https://rp.example.com/callback']
        scopes: [openid, offline_access]
        grant_types: [authorization_code, refresh_token]
        jwks_uri: '{}'
        id_token_encrypted_response_alg: RSA-OAEP-256
",
        documents.url("/keys.json")
    );
    for spent in ["code", "refresh token"] {
        let app = App::with(&config).await;
        let mut keys = app.get("/jwks.json").send().await.expect(200).json();
        let key = keys["keys"].as_array_mut().unwrap().iter_mut().find(|key| key["kty"] == "RSA").unwrap();
        (key["use"], key["alg"]) = ("enc".into(), "RSA-OAEP-256".into());
        documents.put("/keys.json", &serde_json::json!({ "keys": [key.clone()] }));
        let sealed = Client::new(&app, "sealed");
        let first = sealed.login("alice", OFFLINE).await;
        let second = refreshed(&sealed, &first).await;
        documents.put("/keys.json", &serde_json::json!({ "keys": [] }));
        app.clock.advance(25 * 3600);
        sealed.refresh(&second.refresh).await.expect_error(503, "temporarily_unavailable");
        app.userinfo(&second.access).await.expect(200);
        let again = if spent == "code" {
            sealed.redeem(&first.code).await
        } else {
            sealed.refresh(&first.refresh).await
        };
        again.expect_error(400, "invalid_grant");
        app.userinfo(&second.access).await.expect_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn g34_only_its_owner_with_every_proof_ends_anything_and_a_failed_proof_spends_a_fresh_code() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        let wrong: [(&str, &str); 6] = [
            ("code_verifier", "another-verifier-another-verifier-another-ver"),
            ("code_verifier", "short"),
            ("code_verifier", ""),
            ("redirect_uri", "https://rp.example.com/other"),
            ("redirect_uri", "https://rp.example.com/callback/"),
            ("redirect_uri", ""),
        ];
        let changed = |code: &str, (name, value): (&str, &str)| -> Vec<(&'static str, String)> {
            let fields = code_fields("web", code).into_iter();
            let fields =
                fields.map(|(field, own)| (field, if field == name { value } else { own }.to_owned()));
            fields.filter(|(_, value)| !value.is_empty()).collect()
        };
        let send = async |client: &Client, fields: &[(&'static str, String)]| {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.token(&fields).await.expect_error(400, "invalid_grant");
        };
        let tokens = web.login("alice", OFFLINE).await;
        for fault in wrong {
            send(&web, &changed(&tokens.code, fault)).await;
        }
        for thief in ["post", "spa", "jwt", "web-2fa"] {
            send(&Client::new(&app, thief), &changed(&tokens.code, ("", ""))).await;
        }
        let mut forger = web.clone();
        forger.secret = "wrong".to_owned();
        forger.redeem(&tokens.code).await.expect_error(401, "invalid_client");
        app.userinfo(&tokens.access).await.expect(200);
        let tokens = refreshed(&web, &tokens).await;
        app.userinfo(&tokens.access).await.expect(200);

        let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
        for thief in ["post", "spa", "jwt", "web-2fa"] {
            send(&Client::new(&app, thief), &changed(&code, ("", ""))).await;
        }
        web.redeem(&code).await.expect(200);
        for fault in wrong {
            let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
            send(&web, &changed(&code, fault)).await;
            web.redeem(&code).await.expect_error(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn g37_a_spent_refresh_token_ends_the_family_and_leaves_an_event() {
    for app in App::on_both("{}").await {
        for (round, id) in ["web", "spa"].into_iter().enumerate() {
            let client = Client::new(&app, id);
            // The first, one in the middle, the last but one.
            for (number, reused) in [0, 1, 2].into_iter().enumerate() {
                let other = client.login("alice", OFFLINE).await;
                let mut family = vec![client.login("alice", OFFLINE).await];
                for rotation in 0..3 {
                    app.clock.advance(10);
                    family.push(refreshed(&client, &family[rotation]).await);
                }
                client.refresh(&family[reused].refresh).await.expect_error(400, "invalid_grant");
                ended(&app, &client, &family.iter().collect::<Vec<_>>()).await;
                app.userinfo(&other.access).await.expect(200);
                client.refresh(&other.refresh).await.expect(200);
                let events = app.sql.events("token.reuse_detected", "").await;
                assert_eq!(events, i64::try_from(3 * round + number + 1).unwrap());
            }
        }
    }
}

#[tokio::test]
async fn g37_it_does_whatever_is_asked_and_however_late_but_only_for_its_owner() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        for more in [("scope", "openid groups"), ("resource", "https://other.example.com"), ("scope", "\"")] {
            let first = web.login("alice", OFFLINE).await;
            let second = refreshed(&web, &first).await;
            let fields = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str()), more];
            assert_eq!(web.token(&fields).await.status, 400);
            ended(&app, &web, &[&first, &second]).await;
        }
        let first = web.login("alice", OFFLINE).await;
        let second = refreshed(&web, &first).await;
        for thief in ["web-2fa", "spa"] {
            Client::new(&app, thief).refresh(&first.refresh).await.expect_error(400, "invalid_grant");
        }
        app.userinfo(&second.access).await.expect(200);
        // A family that lives longer than its first token.
        let mut last = second;
        for _ in 0..4 {
            app.clock.advance(80 * 60);
            last = refreshed(&web, &last).await;
            app.storage.delete_expired(app.clock.now()).await.unwrap();
        }
        web.refresh(&first.refresh).await.expect_error(400, "invalid_grant");
        ended(&app, &web, &[&last]).await;
        // And longer than its code.
        let first = web.login("alice", OFFLINE).await;
        app.clock.advance(80 * 60);
        let last = refreshed(&web, &first).await;
        app.clock.advance(60 * 60);
        app.storage.delete_expired(app.clock.now()).await.unwrap();
        web.redeem(&first.code).await.expect_error(400, "invalid_grant");
        ended(&app, &web, &[&last]).await;
    }
}

/// What a browser brings: the client and the name of the request.
fn bare(client: &str, request_uri: &str) -> String {
    let ask = Ask::of(client);
    let ask = ask.pairs().into_iter().fold(ask.clone(), |ask, (name, _)| ask.without(name));
    ask.add("client_id", client).add("request_uri", request_uri).path()
}

#[tokio::test]
async fn g40_a_pushed_request_is_one_browsers_and_is_spent_by_the_answer_be_it_yes_or_no() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        for button in ["consent-allow", "consent-deny", "login-cancel"] {
            let path = bare("web", &web.pushed(&Ask::of("web")).await);
            let mut browser = Browser::new(&app);
            let page = browser.open(&path).await;
            assert_eq!(page.step(), "sign-in");
            Browser::new(&app).open(&path).await.expect_page(400, USED_UP);
            let mut signed_in = Browser::new(&app);
            signed_in.sign_in_at_home("alice").await;
            signed_in.open(&path).await.expect_page(400, USED_UP);
            let second_tab = browser.open(&path).await;
            assert_eq!(second_tab.step(), "sign-in", "its own browser may open it again while it waits");
            if button == "login-cancel" {
                browser.press(&page, button, &[]).await.expect_error("access_denied");
                browser.open(&path).await.expect_page(400, USED_UP);
                browser.sign_in(&second_tab, "alice").await;
                let tab = browser.open(&format!("/flow/{}", second_tab.flow())).await;
                assert_eq!(browser.allow(&tab).await.outside, None);
                continue;
            }
            let page = browser.sign_in(&page, "alice").await;
            let tab = browser.open(&format!("/flow/{}", second_tab.flow())).await;
            browser.press(&page, button, &[]).await.returned();
            browser.open(&path).await.expect_page(400, USED_UP);
            Browser::new(&app).open(&path).await.expect_page(400, USED_UP);
            browser.press(&tab, "consent-allow", &[]).await.expect_page(400, ANSWERED);
        }
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_grants").await, 1);
    }
}

#[tokio::test]
async fn g40_an_answer_without_a_page_spends_it_too() {
    for app in App::on_both("{}").await {
        let post = Client::new(&app, "post");
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        let path = bare("post", &post.pushed(&Ask::of("post")).await);
        browser.open(&path).await.returned().code();
        browser.open(&path).await.expect_page(400, USED_UP);
        let ask = Ask::of("post").prompt("none").set("max_age", "0");
        let path = bare("post", &post.pushed(&ask).await);
        browser.open(&path).await.expect_error("login_required");
        browser.open(&path).await.expect_page(400, USED_UP);
    }
}

#[tokio::test]
async fn g40_it_ends_by_the_clock_and_belongs_to_its_client_and_issuer() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        let request_uri = web.pushed(&Ask::of("web")).await;
        for other in ["web-2fa", "post", "spa", "nobody"] {
            let refusal = Browser::new(&app).open(&bare(other, &request_uri)).await;
            assert_eq!((refusal.status(), refusal.outside), (400, None), "{other}");
        }
        let path = bare("web", &request_uri);
        for origin in ["https://other.example.org", "http://127.0.0.1:9091"] {
            Browser::at(&app, origin).open(&path).await.expect_page(400, USED_UP);
        }
        let mut cut = request_uri.clone();
        cut.pop();
        for forged in [format!("{request_uri}x"), cut] {
            assert_eq!(Browser::new(&app).open(&bare("web", &forged)).await.status(), 400);
        }
        app.clock.advance(299);
        let mut browser = Browser::new(&app);
        assert_eq!(browser.open(&path).await.step(), "sign-in");
        app.clock.advance(1);
        browser.open(&path).await.expect_page(400, USED_UP);
        Browser::new(&app).open(&path).await.expect_page(400, USED_UP);
    }
}

/// A new session of alice, at the page that asks for a code.
async fn at_code(app: &App) -> (Browser, View) {
    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "second-factor");
    (browser, page)
}

async fn last_step(app: &App) -> i64 {
    app.sql.number("SELECT last_step FROM signet_totp WHERE username = 'alice'").await
}

#[tokio::test]
async fn g43_a_one_time_code_counts_once_in_any_session_and_the_last_step_only_grows() {
    for app in App::on_both("regulation: {max_retries: 0}").await {
        let mut first = Browser::new(&app);
        let page = first.ask(&Ask::of("web-2fa")).await;
        let page = first.sign_in(&page, "alice").await;
        let (device, page) = first.enrol(&page).await;
        assert_eq!(page.step(), "consent");
        let used = device.code(&app);
        let enrolled = last_step(&app).await;
        assert_eq!(enrolled, app.clock.now() / 30, "the step that confirmed the device is used");
        let refused = async |code: &str| {
            let (mut browser, page) = at_code(&app).await;
            let again = browser.type_code(&page, code).await;
            assert_eq!((again.status(), again.step().as_str()), (400, "second-factor"), "{code}");
            let other = app.another().await;
            let mut elsewhere = Browser { app: other.site.clone(), ..browser.clone() };
            assert_eq!(elsewhere.type_code(&page, code).await.status(), 400, "after a restart");
        };
        refused(&used).await;
        app.clock.advance(30);
        refused(&used).await;
        // A step early, then the present one and the one before are past.
        let (present, early) = (device.code(&app), device.next_code(&app));
        let (mut browser, page) = at_code(&app).await;
        assert_eq!(browser.type_code(&page, &early).await.step(), "consent");
        assert_eq!(last_step(&app).await, enrolled + 2);
        for past in [&early, &present, &used] {
            refused(past).await;
        }
        // The same submit again, by the browser that was let in.
        browser.type_code(&page, &early).await.expect_page(400, "This step is done");
        app.clock.advance(30);
        refused(&early).await;
        app.clock.advance(30);
        let (mut browser, page) = at_code(&app).await;
        assert_eq!(browser.type_code(&page, &device.code(&app)).await.step(), "consent");
        assert_eq!(last_step(&app).await, enrolled + 3);
        app.clock.advance(-60);
        refused(&present).await;
        assert_eq!(last_step(&app).await, enrolled + 3, "also when the clock goes back");
    }
}

#[tokio::test]
async fn g43_one_code_raced_by_sessions_of_two_replicas_lets_one_in() {
    for app in App::on_both("regulation: {max_retries: 0}").await {
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, "alice").await;
        let (device, _) = browser.enrol(&page).await;
        app.clock.advance(30);
        let replica = app.another().await;
        let code = device.code(&app);
        let mut ready = Vec::new();
        for number in 0..8 {
            ready.push(at_code(if number % 2 == 0 { &app } else { &replica }).await);
        }
        // Nobody starts before all are ready.
        let racers: tokio::task::JoinSet<String> = ready
            .into_iter()
            .map(|(mut browser, page)| {
                let code = code.clone();
                async move { browser.type_code(&page, &code).await.step() }
            })
            .collect();
        let steps = racers.join_all().await;
        assert_eq!(steps.iter().filter(|step| *step == "consent").count(), 1, "{steps:?}");
    }
}

/// A browser at a step of a pending authorization, the button there and what it sends.
async fn at_step(app: &App, step: &str) -> (Browser, View, &'static str, Vec<(&'static str, String)>) {
    let mut browser = Browser::new(app);
    let typed = vec![("username", "alice".to_owned()), ("password", "alice-password".to_owned())];
    match step {
        "sign-in" => {
            let page = browser.ask(&Ask::of("web")).await;
            (browser, page, "login-submit", typed)
        }
        "select-account" => {
            browser.sign_in_at_home("alice").await;
            let page = browser.ask(&Ask::of("web").prompt("select_account")).await;
            (browser, page, "account-continue", Vec::new())
        }
        "consent" => {
            let page = browser.ask(&Ask::of("web")).await;
            let page = browser.sign_in(&page, "alice").await;
            (browser, page, "consent-allow", Vec::new())
        }
        "enrol" => {
            let page = browser.ask(&Ask::of("web-2fa")).await;
            let page = browser.sign_in(&page, "bob").await;
            let code = Device::of(&page).code(app);
            (browser, page, "second-factor-submit", vec![("code", code)])
        }
        _ => {
            let mut owner = Browser::new(app);
            let page = owner.ask(&Ask::of("web-2fa")).await;
            let page = owner.sign_in(&page, "alice").await;
            let (device, _) = owner.enrol(&page).await;
            app.clock.advance(30);
            let (browser, page) = at_code(app).await;
            (browser, page, "second-factor-submit", vec![("code", device.code(app))])
        }
    }
}

const STEPS: [&str; 5] = ["sign-in", "second-factor", "enrol", "select-account", "consent"];

async fn press(browser: &mut Browser, page: &View, button: &str, typed: &[(&str, String)]) -> View {
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.press(page, button, &typed).await
}

#[tokio::test]
async fn g44_a_pending_authorization_answers_no_other_browser_at_any_step() {
    for step in STEPS {
        for app in App::on_both("{}").await {
            let (mut browser, page, button, typed) = at_step(&app, step).await;
            assert_eq!(page.step(), step);
            let grants = "SELECT COUNT(*) FROM signet_grants";
            let before = app.sql.number(grants).await;
            let mut stranger = Browser::new(&app);
            let mut signed_in = Browser::new(&app);
            signed_in.sign_in_at_home("bob").await;
            for other in [&mut stranger, &mut signed_in] {
                for path in [page.path.clone(), format!("/flow/{}", page.flow())] {
                    other.open(&path).await.expect_page(400, ANOTHER_BROWSER);
                }
                press(other, &page, button, &typed).await.expect_page(400, ANOTHER_BROWSER);
                assert!(!other.open("/").await.text().contains("Alice"));
            }
            assert_eq!(app.sql.number(grants).await, before);
            let next = press(&mut browser, &page, button, &typed).await;
            assert_ne!(next.status(), 400, "its own browser goes on");
        }
    }
}

#[tokio::test]
async fn g44_once_answered_every_page_of_it_is_done_also_after_back() {
    for app in App::on_both("{}").await {
        for button in ["consent-allow", "consent-deny"] {
            let mut browser = Browser::new(&app);
            let sign_in = browser.ask(&Ask::of("web").prompt("login consent")).await;
            let consent = browser.sign_in(&sign_in, "alice").await;
            let first = browser.press(&consent, button, &[]).await.returned();
            let grants = app.sql.number("SELECT COUNT(*) FROM signet_grants").await;
            let flow = format!("/flow/{}", consent.flow());
            for step in STEPS {
                browser.open(&format!("{flow}/{step}")).await.expect_page(400, ANSWERED);
            }
            browser.open(&flow).await.expect_page(400, ANSWERED);
            browser.allow(&consent).await.expect_page(400, ANSWERED);
            browser.press(&consent, "consent-deny", &[]).await.expect_page(400, ANSWERED);
            browser.press(&consent, "consent-switch", &[]).await.expect_page(400, ANSWERED);
            browser.sign_in(&sign_in, "alice").await.expect_page(400, ANSWERED);
            browser.press(&sign_in, "login-cancel", &[]).await.expect_page(400, ANSWERED);
            Browser::new(&app).open(&flow).await.expect_page(400, ANOTHER_BROWSER);
            assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_grants").await, grants);
            if button == "consent-allow" {
                Client::new(&app, "web").redeem(first.get("code")).await.expect(200);
            }
        }
    }
}

#[tokio::test]
async fn g44_one_consent_sent_many_times_at_once_answers_once() {
    for app in App::on_both("{}").await {
        let (browser, page, ..) = at_step(&app, "consent").await;
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (mut browser, page) = (browser.clone(), page.clone());
            racers.spawn(async move { browser.allow(&page).await });
        }
        let views = racers.join_all().await;
        assert_eq!(views.iter().filter(|view| view.outside.is_some()).count(), 1);
        assert!(views.iter().all(|view| view.outside.is_some() || view.status() == 400));
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_grants").await, 1);
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_authorization_codes").await, 1);
    }
}
