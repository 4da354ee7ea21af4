//! Levels of authentication: `acr`, `amr`, and stepping up.

use serde_json::json;

use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client, View};

async fn claims(app: &App, client: &str, back: &View) -> serde_json::Map<String, serde_json::Value> {
    let body = Client::new(app, client).redeem(&back.returned().code()).await.expect(200).json();
    verify(app, body["id_token"].as_str().unwrap()).await.claims
}

#[tokio::test]
async fn one_factor_is_acr_1() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let back = browser.ask(&Ask::of("post")).await;
    let claims = claims(&app, "post", &back).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["pwd"])));
}

#[tokio::test]
async fn acr_values_2_steps_up_by_enrolment_and_then_by_code() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let ask = Ask::of("post").set("acr_values", "2");
    let page = browser.ask(&ask).await;
    assert_eq!(page.step(), "enrol", "alice has no device yet");
    assert!(page.has("totp-secret") && page.has("second-factor-code") && page.has("second-factor-submit"));
    let before = browser.session().cloned();
    let (device, back) = browser.enrol(&page).await;
    assert_ne!(browser.session().cloned(), before, "a new session id with the second factor");
    let claims_after = claims(&app, "post", &back).await;
    assert_eq!((&claims_after["acr"], &claims_after["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
    browser.ask(&ask).await.returned().code();

    app.clock.advance(30);
    let mut other = Browser::new(&app);
    let page = other.ask(&ask).await;
    let page = other.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "second-factor");
    let wrong = other.type_code(&page, "000000").await;
    assert_eq!((wrong.status(), wrong.step().as_str()), (400, "second-factor"));
    let back = other.type_code(&wrong, &device.code(&app)).await;
    assert_eq!(claims(&app, "post", &back).await["acr"], "2");
}

#[tokio::test]
async fn a_code_is_accepted_once_and_not_for_another_sign_in() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let ask = Ask::of("web-2fa");
    let page = browser.ask(&ask).await;
    let page = browser.sign_in(&page, "alice").await;
    let (device, next) = browser.enrol(&page).await;
    assert_eq!(next.step(), "consent");
    let mut other = Browser::new(&app);
    let page = other.ask(&ask).await;
    let page = other.sign_in(&page, "alice").await;
    let used = other.type_code(&page, &device.code(&app)).await;
    assert_eq!(used.step(), "second-factor", "the step that confirmed the enrolment is used");
    app.clock.advance(30);
    let next = other.type_code(&used, &device.code(&app)).await;
    assert_eq!(next.step(), "consent");
}

#[tokio::test]
async fn acr_values_in_order_of_preference() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    browser.ask(&Ask::of("post").set("acr_values", "1 2")).await.returned().code();
    assert_eq!(browser.ask(&Ask::of("post").set("acr_values", "unknown 2 1")).await.step(), "enrol");
    let page = browser.ask(&Ask::of("web-2fa").set("acr_values", "1")).await;
    assert_eq!(page.step(), "enrol", "a wish lowers no policy");
}

#[tokio::test]
async fn enrolment_needs_a_password_typed_within_five_minutes() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    app.clock.advance(299);
    browser.open("/").await;
    assert_eq!(browser.ask(&Ask::of("web-2fa")).await.step(), "enrol");
    app.clock.advance(2);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    assert_eq!(page.step(), "sign-in", "a session that was left open enrols nothing");
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "enrol");
}

#[tokio::test]
async fn turning_back_at_a_factor_is_access_denied() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let page = browser.ask(&Ask::of("web-2fa")).await;
    browser.press(&page, "login-cancel", &[]).await.expect_error("access_denied");
}
