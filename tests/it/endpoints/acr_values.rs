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

/// OpenID Connect Core 1.0 §3.1.2.1: a voluntary claim; §5.5.1.1: the answer says which level there is.
#[tokio::test]
async fn without_a_page_a_wish_is_not_in_the_way_of_the_answer_and_what_is_essential_is() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let silent = Ask::of("post").prompt("none");
    let voluntary = json!({"id_token": {"acr": {"values": ["2"]}}}).to_string();
    for wish in [silent.clone().set("acr_values", "2"), silent.clone().set("claims", &voluntary)] {
        let back = browser.ask(&wish).await;
        assert_eq!(claims(&app, "post", &back).await["acr"], "1");
    }
    let essential = json!({"id_token": {"acr": {"essential": true, "value": "2"}}}).to_string();
    browser.ask(&silent.set("claims", &essential)).await.expect_error("interaction_required");
    let policy = Ask::of("web-2fa").prompt("none").set("acr_values", "2");
    browser.ask(&policy).await.expect_error("interaction_required");
}

#[tokio::test]
async fn a_wish_is_let_go_when_codes_are_turned_off_while_the_request_waits() {
    let fragment = include_str!("claims_request.yml");
    let app = App::with(fragment).await;
    let essential = json!({"id_token": {"acr": {"essential": true, "value": "2"}}}).to_string();
    let ask = Ask::of("asks-not");
    let mut browser = Browser::new(&app);
    let wish = browser.ask(&ask.clone().set("acr_values", "2")).await;
    let must = browser.ask(&ask.set("claims", &essential)).await;
    app.reconfigure(&format!("{fragment}totp: {{disable: true}}\n"));
    let back = browser.sign_in(&wish, "alice").await;
    assert_eq!(claims(&app, "asks-not", &back).await["acr"], "1");
    browser.sign_in(&must, "alice").await.expect_error("unmet_authentication_requirements");
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
