//! The steps of a sign-in live at the provider: none is skipped, none is taken for another's.

use super::super::sessions::SESSION;
use super::known_browser;
use crate::support::people::password;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, View};

const STEPS: [&str; 5] = ["sign-in", "second-factor", "enrol", "select-account", "consent"];
const ANSWERED: &str = "This page has done its work";

/// A browser whose pending authorization stands at a step, and what was needed to get there.
async fn standing_at(app: &App, step: &str) -> (Browser, View) {
    let mut browser = Browser::new(app);
    let (client, prompt) = match step {
        "sign-in" | "second-factor" | "enrol" => ("web-2fa", ""),
        "select-account" => ("web", "select_account"),
        _ => ("web", "consent"),
    };
    if step == "select-account" {
        browser.sign_in_at_home("bob").await;
    }
    let ask = Ask::of(client);
    let page = browser.ask(&if prompt.is_empty() { ask } else { ask.prompt(prompt) }).await;
    // alice has a device, bob has none.
    let page = match step {
        "sign-in" | "select-account" => page,
        "second-factor" => browser.sign_in(&page, "alice").await,
        _ => browser.sign_in(&page, "bob").await,
    };
    assert_eq!(page.step(), step);
    (browser, page)
}

async fn alice_enrols(app: &App) -> Device {
    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    let (device, _) = browser.enrol(&page).await;
    app.clock.advance(60);
    device
}

/// What must not change by anything a skipped step does.
async fn written(app: &App) -> Vec<i64> {
    let mut written = Vec::new();
    for query in [
        "SELECT COUNT(*) FROM signet_grants",
        "SELECT COUNT(*) FROM signet_consents",
        "SELECT COUNT(*) FROM signet_authorization_codes",
        "SELECT COUNT(*) FROM signet_totp",
        "SELECT CAST(SUM(last_step) AS BIGINT) FROM signet_totp",
    ] {
        written.push(app.sql.number(query).await);
    }
    written
}

#[tokio::test]
async fn g31_a_form_of_any_other_step_or_an_empty_one_leaves_the_flow_where_it_stands() {
    for app in App::on_both("regulation: {max_retries: 0}").await {
        let device = alice_enrols(&app).await;
        for step in STEPS {
            let (mut browser, page) = standing_at(&app, step).await;
            let flow = page.flow();
            let before = written(&app).await;
            let token = page.field("csrf").unwrap();
            let code = device.code(&app);
            for target in STEPS {
                if target == step {
                    continue;
                }
                let path = format!("/flow/{flow}/{target}");
                let own = password("alice");
                for fields in [
                    &[][..],
                    &[("csrf", "")],
                    &[("csrf", &token)],
                    &[("csrf", &token), ("action", "allow")],
                    &[("csrf", &token), ("action", "continue")],
                    &[("csrf", &token), ("code", &code)],
                    &[("csrf", &token), ("username", "alice"), ("password", &own)],
                ] {
                    let view = browser.post(&path, fields).await;
                    assert!(matches!(view.status(), 400 | 403), "{target} at {step}: {}", view.status());
                    assert_eq!(view.outside, None);
                }
                assert_eq!(browser.open(&path).await.step(), step, "{target} is not shown at {step}");
            }
            for fields in [&[][..], &[("csrf", "")], &[("action", "allow")]] {
                assert!(matches!(browser.post(&page.path, fields).await.status(), 400 | 403));
            }
            assert_eq!(browser.open(&format!("/flow/{flow}/nonsense")).await.status(), 404);
            assert_eq!(written(&app).await, before, "at {step}");
            assert_eq!(browser.open(&format!("/flow/{flow}")).await.step(), step, "it stands where it stood");
        }
        Browser::new(&app).open("/flow/nonsense").await.expect_page(400, ANSWERED);
    }
}

#[tokio::test]
async fn g31_an_empty_proof_is_a_wrong_one() {
    let app = App::with("regulation: {max_retries: 0}").await;
    alice_enrols(&app).await;
    for (step, button) in [
        ("sign-in", "login-submit"),
        ("second-factor", "second-factor-submit"),
        ("enrol", "second-factor-submit"),
    ] {
        let (mut browser, page) = standing_at(&app, step).await;
        let before = written(&app).await;
        let token = page.field("csrf").unwrap();
        for fields in [
            vec![("csrf", token.as_str())],
            vec![("csrf", &token), ("code", "")],
            vec![("csrf", &token), ("code", " ")],
            vec![("csrf", &token), ("username", "alice")],
            vec![("csrf", &token), ("username", "alice"), ("password", "")],
        ] {
            let view = browser.post(&page.action(button), &fields).await;
            assert!(view.status() == 400 || view.step() == step, "{step}: {fields:?}");
        }
        assert_eq!(written(&app).await, before);
        assert_eq!(browser.open(&format!("/flow/{}", page.flow())).await.step(), step);
    }
}

#[tokio::test]
async fn g31_a_page_shown_before_the_demands_rose_takes_no_step_too_early() {
    let raised = "identity_providers: {oidc: {clients: [{client_id: web, client_secret: 'digest:web-secret', \
                  authorization_policy: two_factor, redirect_uris: ['https://rp.example.com/callback']}]}}";
    let app = App::start().await;
    alice_enrols(&app).await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let consent = browser.sign_in(&page, "alice").await;
    assert_eq!(consent.step(), "consent");
    let before = written(&app).await;
    app.reconfigure(raised);
    assert_eq!(browser.allow(&consent).await.step(), "second-factor");
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn g31_a_new_request_begins_with_what_was_proven_and_no_more() {
    let app = App::start().await;
    alice_enrols(&app).await;
    let (mut browser, page) = standing_at(&app, "second-factor").await;
    for ask in
        [Ask::of("web-2fa"), Ask::of("web-2fa").prompt("consent"), Ask::of("web").set("acr_values", "2")]
    {
        assert_eq!(browser.ask(&ask).await.step(), "second-factor");
    }
    browser.ask(&Ask::of("web-2fa").prompt("none")).await.expect_error("interaction_required");
    assert_eq!(browser.open(&page.path).await.step(), "second-factor");
    // Going home and back, or as another person, raises nothing.
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
    assert_eq!(browser.ask(&Ask::of("web-2fa")).await.step(), "second-factor");
    let mut other = known_browser(&app, "alice").await;
    let page = other.ask(&Ask::of("web-2fa")).await;
    assert_eq!(other.sign_in(&page, "alice").await.step(), "second-factor", "a known browser proves nothing");
}

#[tokio::test]
async fn g31_an_enrolment_that_was_begun_is_worth_nothing_once_the_person_has_a_device() {
    for app in App::on_both("{}").await {
        let mut thief = Browser::new(&app);
        let page = thief.ask(&Ask::of("web-2fa")).await;
        let enrol = thief.sign_in(&page, "alice").await;
        let planted = Device::of(&enrol);
        let device = alice_enrols(&app).await;
        let before = written(&app).await;
        let view = thief.type_code(&enrol, &planted.code(&app)).await;
        assert_eq!((view.status(), view.outside.as_deref()), (400, None));
        assert_eq!(thief.open(&enrol.path).await.step(), "second-factor");
        assert_eq!(written(&app).await, before, "the device is the owner's");
        let page = thief.open(&format!("/flow/{}", enrol.flow())).await;
        assert_eq!(thief.type_code(&page, &planted.code(&app)).await.step(), "second-factor");
        assert_eq!(thief.type_code(&page, &device.code(&app)).await.step(), "consent");
    }
}

/// Whoever has the session's id in the time of an enrolment sees the seed; the owner must not make it the device later.
#[tokio::test]
async fn g31_a_seed_that_was_shown_before_the_password_was_typed_anew_is_not_the_device() {
    for app in App::on_both("{}").await {
        let mut owner = Browser::new(&app);
        owner.sign_in_at_home("alice").await;
        let mut thief = Browser::new(&app);
        thief.cookies.insert(SESSION.to_owned(), owner.session().unwrap().clone());
        let planted = thief.ask(&Ask::of("web-2fa")).await;
        assert_eq!(planted.step(), "enrol");
        let login = owner.ask(&Ask::of("post").prompt("login")).await;
        owner.sign_in(&login, "alice").await;
        let page = owner.ask(&Ask::of("web-2fa")).await;
        assert_eq!(page.step(), "enrol");
        assert_ne!(page.inner("totp-secret"), planted.inner("totp-secret"), "the thief knows that one");
        let refused = owner.type_code(&page, &Device::of(&planted).code(&app)).await;
        assert_eq!((refused.status(), refused.outside.as_deref()), (400, None));
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_totp").await, 0);
        let shown = Device::of(&page).code(&app);
        assert_eq!(owner.type_code(&page, &shown).await.step(), "consent");
    }
}
