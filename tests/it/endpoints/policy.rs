//! One policy engine: at the authorization endpoint, and again whenever a token is used.

use crate::support::{App, Ask, Browser, Client};

async fn start() -> App {
    App::with(include_str!("policy.yml")).await
}

async fn from(app: &App, address: &str, name: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.address = address.to_owned();
    browser.sign_in_at_home(name).await;
    browser
}

#[tokio::test]
async fn the_first_rule_that_matches_decides() {
    let app = start().await;
    let ask = Ask::of("office");
    for (address, name, step) in [
        ("10.1.2.3", "alice", "returned"),
        ("192.0.2.7", "alice", "enrol"),
        ("10.1.2.3", "bob", "denied"),
        ("192.0.2.7", "bob", "denied"),
        ("fd00::1", "alice", "returned"),
    ] {
        let view = from(&app, address, name).await.ask(&ask).await;
        if step == "denied" {
            view.expect_error("access_denied");
        } else {
            assert_eq!(view.step(), step, "{name} from {address}");
            assert!(step != "returned" || view.returned().parameters.contains_key("code"));
        }
    }
}

#[tokio::test]
async fn a_denied_person_sees_no_consent_page_and_prompt_none_says_the_same() {
    let app = start().await;
    let mut browser = from(&app, "10.1.2.3", "bob").await;
    browser.ask(&Ask::of("office").prompt("none")).await.expect_error("access_denied");
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("office")).await;
    browser.sign_in(&page, "bob").await.expect_error("access_denied");
}

#[tokio::test]
async fn a_second_factor_opens_what_one_does_not() {
    let app = start().await;
    let mut browser = from(&app, "192.0.2.7", "alice").await;
    let page = browser.ask(&Ask::of("office")).await;
    let (_, back) = browser.enrol(&page).await;
    back.returned().code();
}

#[tokio::test]
async fn subjects_in_a_list_of_lists_must_all_hold() {
    let app = start().await;
    from(&app, "192.0.2.7", "alice").await.ask(&Ask::of("both")).await.returned().code();
    from(&app, "192.0.2.7", "bob").await.ask(&Ask::of("both")).await.expect_error("access_denied");
    from(&app, "192.0.2.7", "bob").await.ask(&Ask::of("named")).await.returned().code();
}

#[tokio::test]
async fn a_session_from_inside_opens_nothing_outside() {
    let app = start().await;
    let mut browser = from(&app, "10.1.2.3", "alice").await;
    browser.address = "203.0.113.9".to_owned();
    assert_eq!(browser.ask(&Ask::of("office")).await.step(), "enrol");
    browser.ask(&Ask::of("office").prompt("none")).await.expect_error("interaction_required");
    let request_uri = Client::new(&app, "office").pushed(&Ask::of("office")).await;
    assert_eq!(browser.ask(&Ask::of("office").add("request_uri", &request_uri)).await.step(), "enrol");
    let mut browser = from(&app, "203.0.113.9", "alice").await;
    browser.address = "10.1.2.3".to_owned();
    browser.ask(&Ask::of("office")).await.returned().code();
}

#[tokio::test]
async fn a_grant_keeps_the_address_that_it_was_authorized_from() {
    let app = start().await;
    let office = Client::new(&app, "office");
    let mut browser = from(&app, "10.1.2.3", "alice").await;
    let code = browser.ask(&Ask::of("office")).await.returned().code();
    let body = office.redeem(&code).await.expect(200).json();
    let access = body["access_token"].as_str().unwrap();
    // The relying party's own address says nothing of the person.
    let call = app
        .get("/api/oidc/userinfo")
        .header("authorization", &format!("Bearer {access}"))
        .from("198.51.100.1");
    call.send().await.expect(200);
}

#[tokio::test]
async fn a_remembered_consent_opens_nothing_that_needs_two_factors() {
    let app = start().await;
    let mut browser = from(&app, "192.0.2.7", "alice").await;
    let ask = Ask::of("strict");
    let page = browser.ask(&ask).await;
    let (device, page) = browser.enrol(&page).await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    browser.ask(&ask.clone().prompt("none")).await.returned().code();
    let mut other = from(&app, "192.0.2.7", "alice").await;
    other.ask(&ask.clone().prompt("none")).await.expect_error("interaction_required");
    let request_uri = Client::new(&app, "strict").pushed(&ask).await;
    let page = other.ask(&ask.clone().add("request_uri", &request_uri)).await;
    assert_eq!(page.step(), "second-factor");
    app.clock.advance(30);
    other.type_code(&page, &device.code(&app)).await.returned().code();
}

#[tokio::test]
async fn without_one_time_codes_nobody_reaches_what_needs_them() {
    let app = App::with(&format!("{}totp: {{disable: true}}\n", include_str!("policy.yml"))).await;
    from(&app, "192.0.2.7", "alice").await.ask(&Ask::of("strict")).await.expect_error("access_denied");
    let view = from(&app, "192.0.2.7", "alice").await.ask(&Ask::of("both").set("acr_values", "2")).await;
    view.returned().code();
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    assert_eq!(document["acr_values_supported"], serde_json::json!(["1"]));
}
