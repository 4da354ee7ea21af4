//! A pending authorization is one browser's, and is answered once.

use super::one_time_code::at_code;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, View};

const ANSWERED: &str = "This page has done its work";
const ANOTHER_BROWSER: &str = "This belongs to another browser";

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
