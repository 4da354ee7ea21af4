//! The options of `totp`: what an enrolment makes, what people may choose, and which codes count.

use signet::model::second_factor::TotpAlgorithm;

use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, View};

const CHOICES: &str =
    "totp: {allowed_algorithms: [SHA1, SHA256], allowed_digits: [6, 8], allowed_periods: [30, 60]}";

/// A browser at the page where alice sets her device up.
async fn enrolling(app: &App) -> (Browser, View) {
    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "enrol", "{}", page.text());
    (browser, page)
}

fn otpauth(page: &View) -> String {
    let link = page.tags("a").into_iter().find_map(|tag| tag.get("href").cloned());
    link.filter(|href| href.starts_with("otpauth:")).expect("the page links to the app")
}

#[tokio::test]
async fn an_enrolment_is_made_as_the_configuration_says() {
    for (fragment, end, length) in [
        ("{}", "&issuer=Signet&algorithm=SHA1&digits=6&period=30", 52),
        (
            "totp: {issuer: Example, algorithm: SHA512, digits: 8, period: 45, secret_size: 64}",
            "&issuer=Example&algorithm=SHA512&digits=8&period=45",
            103,
        ),
    ] {
        let app = App::with(fragment).await;
        let (mut browser, page) = enrolling(&app).await;
        assert!(otpauth(&page).ends_with(end), "{}", otpauth(&page));
        assert_eq!(page.inner("totp-secret").len(), length, "the seed in base32");
        assert!(!page.has("totp-choose"), "there is nothing to choose");
        let (_, next) = browser.enrol(&page).await;
        assert_eq!(next.step(), "consent");
    }
}

#[tokio::test]
async fn people_choose_what_their_app_takes_from_what_is_allowed() {
    let app = App::with(CHOICES).await;
    let (mut browser, page) = enrolling(&app).await;
    let first = page.inner("totp-secret");
    let chosen = [("algorithm", "SHA256"), ("digits", "8"), ("period", "60")];
    let page = browser.press(&page, "totp-choose", &chosen).await;
    assert_eq!(page.step(), "enrol");
    assert!(otpauth(&page).ends_with("&algorithm=SHA256&digits=8&period=60"), "{}", otpauth(&page));
    assert_ne!(page.inner("totp-secret"), first, "a new key");
    let selected: Vec<String> = page
        .tags("option")
        .into_iter()
        .filter(|tag| tag.contains_key("selected"))
        .map(|tag| tag["value"].clone())
        .collect();
    assert_eq!(selected, ["8", "60", "SHA256"]);

    let (device, next) = browser.enrol(&page).await;
    assert_eq!(next.step(), "consent");
    let stored = app.storage.totp("alice").await.unwrap().expect("a device");
    assert_eq!((stored.algorithm, stored.digits, stored.period), (TotpAlgorithm::Sha256, 8, 60));

    app.clock.advance(60);
    let mut other = Browser::new(&app);
    let page = other.ask(&Ask::of("web-2fa")).await;
    let page = other.sign_in(&page, "alice").await;
    let code = device.code(&app);
    assert_eq!(code.len(), 8);
    assert_eq!(other.type_code(&page, &code).await.step(), "consent");
}

#[tokio::test]
async fn what_is_not_allowed_cannot_be_chosen() {
    for (fragment, chosen) in [
        (CHOICES, ("algorithm", "SHA512")),
        (CHOICES, ("algorithm", "MD5")),
        (CHOICES, ("digits", "7")),
        (CHOICES, ("period", "15")),
        (CHOICES, ("period", "1000000000000")),
        ("{}", ("algorithm", "SHA256")),
        ("totp: {algorithm: SHA512}", ("algorithm", "SHA1")),
    ] {
        let app = App::with(fragment).await;
        let (mut browser, page) = enrolling(&app).await;
        let (before, csrf) = (otpauth(&page), page.field("csrf").unwrap());
        let fields = [("csrf", csrf.as_str()), ("action", "choose"), chosen];
        let refused = browser.post(&page.path, &fields).await;
        assert_eq!(refused.status(), 400, "{chosen:?}");
        let again = browser.open(&page.path).await;
        assert_eq!(otpauth(&again), before, "{chosen:?}: the enrolment goes on as it was");
    }
}

#[tokio::test]
async fn a_choice_that_is_allowed_no_longer_is_made_anew() {
    let mut app = App::with(CHOICES).await;
    let (mut browser, page) = enrolling(&app).await;
    let page = browser.press(&page, "totp-choose", &[("algorithm", "SHA256")]).await;
    assert!(otpauth(&page).contains("algorithm=SHA256"));
    app = app.another_with("{}").await;
    browser.app = app.site.clone();
    let page = browser.open(&page.path).await;
    assert!(otpauth(&page).contains("algorithm=SHA1"), "{}", otpauth(&page));
}

#[tokio::test]
async fn skew_says_how_many_steps_a_code_may_be_off() {
    for (fragment, steps, accepted) in [
        ("{}", 1, true),
        ("{}", 2, false),
        ("totp: {skew: 2}", 2, true),
        ("totp: {skew: 0}", 1, false),
        ("totp: {skew: 0}", 0, true),
    ] {
        let app = App::with(fragment).await;
        let (mut browser, page) = enrolling(&app).await;
        let code = Device::of(&page).code(&app);
        app.clock.advance(30 * steps);
        let next = browser.type_code(&page, &code).await;
        assert_eq!(next.step() == "consent", accepted, "{fragment}: {steps} steps off");
    }
}

#[tokio::test]
async fn without_one_time_codes_nobody_reaches_two_factors() {
    let app = App::with("totp: {disable: true}").await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    browser.sign_in(&page, "alice").await.expect_error("access_denied");
}
