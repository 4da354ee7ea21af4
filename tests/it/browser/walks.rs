//! With mouse and pages, as people do it.

use serde_json::json;

use super::walk::Walk;
use crate::support::authenticator::{next_code, one_time_code};
use crate::support::wait::{PATIENCE, until_asked};

#[tokio::test]
async fn alice_enrols_a_one_time_code_allows_and_the_relying_party_knows_her() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-web-2fa").await;
    assert_eq!(walk.step().await, "sign-in");
    walk.sign_in().await;
    assert_eq!(walk.step().await, "enrol");
    let seed = walk.enrol().await;
    assert_eq!(walk.step().await, "consent");
    walk.allow().await;

    let claims = walk.claims().await;
    assert_eq!(claims["iss"], walk.demo.issuer);
    assert_eq!((claims["acr"].as_str(), claims["azp"].as_str()), (Some("2"), Some("demo-web-2fa")));
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    let userinfo = page.json("userinfo").await;
    assert_eq!(userinfo["sub"], claims["sub"]);
    assert_eq!(
        (userinfo["name"].as_str(), userinfo["email"].as_str()),
        (Some("Alice Liddell"), Some("alice@example.com"))
    );
    assert_eq!(userinfo["groups"], json!(["admins", "dev"]));

    // The step that confirmed the device is used up; the next one serves.
    page.client.delete_all_cookies().await.unwrap();
    walk.begin_login("demo-web-2fa").await;
    walk.sign_in().await;
    assert_eq!(walk.step().await, "second-factor");
    page.fill("second-factor-code", &one_time_code(&seed)).await;
    page.press("second-factor-submit").await;
    if walk.step().await == "second-factor" {
        assert!(page.text("refused").await.contains("That code did not work"));
        page.fill("second-factor-code", &next_code(&seed)).await;
        page.press("second-factor-submit").await;
    }
    walk.allow().await;
    assert_eq!(walk.claims().await["sub"], claims["sub"]);
    walk.end().await;
}

#[tokio::test]
async fn a_wrong_code_at_enrolment_is_told_where_a_phone_shows_the_field() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    page.devtools("Emulation.setDeviceMetricsOverride", phone).await;
    walk.begin_login("demo-web-2fa").await;
    walk.sign_in().await;
    walk.mistype().await;
    assert!(page.text("refused").await.starts_with("That code did not work."));
    // The focus scrolls the page to the field; what was wrong with it must come along.
    until_asked("the field has the focus", PATIENCE, async || page.focus().await == "second-factor-code")
        .await;
    for id in ["refused", "second-factor-code"] {
        let seen = "const box = document.getElementById(arguments[0]).getBoundingClientRect(); \
                    return box.top >= 0 && box.bottom <= window.innerHeight;";
        assert_eq!(page.client.execute(seen, vec![json!(id)]).await.unwrap(), true, "#{id} is out of sight");
    }
    walk.end().await;
}

#[tokio::test]
async fn a_pending_request_survives_a_wrong_password_back_and_a_second_tab() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-web").await;
    let pending = page.url().await;
    walk.sign_in_with("wrong").await;
    assert_eq!(page.url().await, pending);
    assert!(page.text("refused").await.starts_with("That did not work."));
    assert_eq!(page.find("username").await.prop("value").await.unwrap().unwrap(), "alice");
    assert_eq!(page.find("password").await.prop("value").await.unwrap().unwrap(), "");

    // A second tab with a login of its own.
    let first = page.client.window().await.unwrap();
    let second = page.client.new_window(true).await.unwrap().handle;
    page.client.switch_to_window(second).await.unwrap();
    walk.begin_login("demo-spa").await;
    assert_ne!(page.url().await, pending);
    walk.sign_in().await;
    assert_eq!(walk.step().await, "consent");
    assert_eq!(page.heading().await, "Allow Demo browser app to know who you are?");

    // The first tab goes on where it was: signed in by the other one, it need not ask again.
    page.client.switch_to_window(first).await.unwrap();
    page.goto(&pending).await;
    assert_eq!(walk.step().await, "consent");
    assert_eq!(page.heading().await, "Allow Demo web app to know who you are?");
    page.back().await;
    page.forward().await;
    walk.allow().await;
    assert_eq!(walk.claims().await["azp"], "demo-web");
    assert_eq!(walk.claims().await["acr"], "1");

    // Back to a page whose question was answered grants nothing and says so.
    page.back().await;
    page.goto(&pending).await;
    assert_eq!(page.heading().await, "This page has done its work");
    let source = page.client.source().await.unwrap();
    assert!(source.contains("answered already"), "{source}");
    walk.end().await;
}

#[tokio::test]
async fn back_from_consent_and_a_form_sent_twice_lead_on() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-web").await;
    walk.sign_in().await;
    assert_eq!(walk.step().await, "consent");
    page.back().await;
    // What Back shows is the browser's affair: the sign-in form from its memory, or the page the provider sends on to.
    if page.one_of(&["login-submit", "consent-allow"]).await == 0 {
        walk.sign_in().await;
        if page.one_of(&["error-code", "consent-allow"]).await == 0 {
            let again = page.client.find(fantoccini::Locator::LinkText("Try again")).await.unwrap();
            again.click().await.unwrap();
        }
    }
    walk.allow().await;
    assert_eq!(walk.claims().await["azp"], "demo-web");
    walk.end().await;
}

#[tokio::test]
async fn a_remembered_consent_is_not_asked_again() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-wiki").await;
    walk.sign_in().await;
    page.find("consent-remember").await.click().await.unwrap();
    walk.allow().await;
    let first = walk.claims().await;
    assert_eq!((first["azp"].as_str(), first["aud"].clone()), (Some("demo-wiki"), "demo-wiki".into()));
    assert!(!page.has("refresh").await, "no offline_access was asked for");

    walk.begin_login("demo-wiki").await;
    let second = walk.claims().await;
    assert_eq!(second["sub"], first["sub"]);
    assert_eq!(second["auth_time"], first["auth_time"]);
    assert_ne!(second["nonce"], first["nonce"]);
    walk.end().await;
}

#[tokio::test]
async fn cancel_and_deny_are_told_to_the_relying_party() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-web").await;
    page.press("login-cancel").await;
    assert!(page.text("error").await.contains("access_denied"), "{}", page.text("error").await);

    page.press("login-demo-web").await;
    walk.sign_in().await;
    page.press("consent-deny").await;
    assert!(page.text("error").await.contains("access_denied"));

    page.press("login-demo-web").await;
    assert_eq!(walk.step().await, "consent", "denying is not remembered, and the session goes on");
    walk.end().await;
}

#[tokio::test]
async fn tokens_are_refreshed_and_revoked_and_signing_out_ends_the_session() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-web").await;
    walk.sign_in().await;
    walk.allow().await;
    let before = (walk.claims().await, page.text("access-token").await);
    page.press("refresh").await;
    assert_eq!(page.text("refresh-count").await, "1");
    assert_eq!(walk.claims().await["auth_time"], before.0["auth_time"]);
    assert_ne!(page.text("access-token").await, before.1);

    page.goto(&format!("{}/", walk.demo.issuer)).await;
    assert_eq!(page.heading().await, "You are signed in");
    page.goto(&format!("{}/logout", walk.demo.issuer)).await;
    page.press("logout-confirm").await;
    assert_eq!(page.heading().await, "Signed out");
    page.goto(&walk.demo.issuer).await;
    page.find("login-submit").await;

    // Offline access outlives the session, until it is revoked.
    page.goto(&format!("{}/session", walk.demo.relying_party)).await;
    page.press("refresh").await;
    assert_eq!(page.text("refresh-count").await, "2");
    page.press("revoke").await;
    assert!(page.text("revoked").await.contains("revoked"));
    assert!(page.text("userinfo-refused").await.contains("401"));

    walk.begin_login("demo-web").await;
    assert_eq!(walk.step().await, "sign-in");
    walk.end().await;
}

#[tokio::test]
async fn signing_out_ends_tokens_without_offline_access() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    walk.begin_login("demo-spa").await;
    walk.sign_in().await;
    walk.allow().await;
    walk.claims().await;
    let token = page.text("access-token").await;
    let userinfo = async || {
        let url = format!("{}/api/oidc/userinfo", walk.demo.issuer);
        reqwest::Client::new().get(url).bearer_auth(&token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(userinfo().await, 200);
    page.goto(&walk.demo.issuer).await;
    page.press("sign-out").await;
    assert_eq!(page.heading().await, "Signed out");
    assert_eq!(userinfo().await, 401);
    walk.end().await;
}

async fn answered_by_form_post(walk: &Walk) {
    walk.ask_with("demo-web", "response_mode=form_post").await;
    walk.sign_in().await;
    walk.chromium.find("consent-allow").await.click().await.unwrap();
}

#[tokio::test]
async fn form_post_needs_no_click() {
    let walk = Walk::begin().await;
    answered_by_form_post(&walk).await;
    assert_eq!(walk.claims().await["azp"], "demo-web");
    walk.end().await;
}

#[tokio::test]
async fn form_post_has_a_button_without_javascript() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    page.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    answered_by_form_post(&walk).await;
    assert_eq!(page.text("form-post-submit").await, "Continue to Demo web app");
    page.press("form-post-submit").await;
    assert_eq!(walk.claims().await["azp"], "demo-web");
    walk.end().await;
}

#[tokio::test]
async fn alice_connects_her_tv_and_takes_its_access_away_again() {
    let walk = Walk::begin().await;
    let page = &walk.chromium;
    let tv = walk.ask_as_device().await;
    let user_code = tv["user_code"].as_str().unwrap();
    page.goto(tv["verification_uri"].as_str().unwrap()).await;
    page.fill("user-code", "bcdf bcdf").await;
    page.press("user-code-submit").await;
    assert!(page.text("refused").await.contains("That code leads nowhere."));
    page.fill("user-code", &user_code.to_lowercase().replace('-', " ")).await;
    page.press("user-code-submit").await;
    assert_eq!(walk.step().await, "sign-in");
    walk.sign_in().await;
    assert_eq!(page.heading().await, "Connect Demo TV on a device?");
    assert_eq!(page.text("device-user-code").await, user_code);
    assert_eq!(walk.poll(&tv).await["error"], "authorization_pending");
    page.press("device-allow").await;
    assert!(page.text("device-answered").await.starts_with("You may go back to your device."));
    assert_eq!(page.heading().await, "Your device is connected");
    let tokens = walk.poll(&tv).await;
    assert!(tokens["id_token"].is_string(), "{tokens}");

    // A link with the code in it fills in the field and no more.
    let other = walk.ask_as_device().await;
    page.goto(other["verification_uri_complete"].as_str().unwrap()).await;
    assert_eq!(
        page.find("user-code").await.prop("value").await.unwrap().unwrap(),
        other["user_code"].as_str().unwrap()
    );
    page.press("user-code-submit").await;
    page.press("device-deny").await;
    page.find("device-answered").await;
    assert_eq!(page.heading().await, "The device was not connected");
    assert_eq!(walk.poll(&other).await["error"], "access_denied");

    page.goto(&walk.demo.issuer).await;
    page.press("consents").await;
    let link = fantoccini::Locator::Css("a[href$='/consents/demo-tv']");
    page.client.find(link).await.unwrap().click().await.unwrap();
    page.find("consent-withdraw").await;
    assert_eq!(page.heading().await, "Take away the access of Demo TV?");
    page.press("consent-withdraw").await;
    assert!(page.text("withdrawn").await.contains("Demo TV has no access any more."));
    let userinfo = reqwest::Client::new()
        .get(format!("{}/api/oidc/userinfo", walk.demo.issuer))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    assert_eq!(userinfo.send().await.unwrap().status(), 401);
    walk.end().await;
}
