//! What new providers trip over, where no module of the plans looks by itself.

use super::suite::{Plan, Suite, redemption};
use super::{EVERY, FRAGMENT, WITH_CODE};
use crate::support::{App, Ask};

async fn every(plans: impl Iterator<Item = Plan>, try_one: impl AsyncFn(&Suite)) {
    let app = App::with(FRAGMENT).await;
    for plan in plans {
        println!("{plan:?}");
        try_one(&Suite { app: app.clone(), plan }).await;
    }
}

#[tokio::test]
async fn an_address_that_is_not_proven_is_never_led_to_whatever_else_is_wrong() {
    every(EVERY.plans(), async |suite| {
        let ask = suite.ask();
        for wrong in [
            ask.clone().set("redirect_uri", "https://rp.example.com/callback?added=1"),
            ask.clone().set("redirect_uri", "https://rp.example.com/other"),
            ask.clone().set("redirect_uri", "https://rp.example.com/callback#here"),
            ask.clone().without("redirect_uri"),
            ask.clone().set("client_id", "nobody"),
            ask.clone().without("client_id"),
        ] {
            for also in [wrong.clone(), wrong.clone().without("nonce"), wrong.without("response_type")] {
                suite.browser().ask(&also).await.expect_page(400, "Request refused");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_error_travels_where_the_answer_would_with_the_state_as_it_was_sent() {
    every(EVERY.plans(), async |suite| {
        let state = "-._~".repeat(32);
        let ask = suite.ask().set("state", &state);
        for (wrong, error) in [
            (ask.clone().scope("openid nonsense"), "invalid_scope"),
            (ask.clone().scope("openid \u{e9}\r\n\"\\"), "invalid_scope"),
            (ask.clone().prompt("none login"), "invalid_request"),
            (ask.clone().prompt("nonsense"), "invalid_request"),
            (ask.clone().set("max_age", "soon"), "invalid_request"),
            (ask.clone().set("id_token_hint", "nonsense"), "invalid_request"),
            (ask.clone().set("code_challenge_method", "nonsense"), "invalid_request"),
            (ask.clone().set("registration", "{}"), "registration_not_supported"),
        ] {
            let view = suite.browser().ask(&wrong).await;
            suite.error(&view, &wrong, &[error]);
        }
        let mut browser = suite.browser();
        let page = browser.ask(&ask).await;
        let page = browser.sign_in(&page, "alice").await;
        let view = browser.press(&page, "consent-deny", &[]).await;
        suite.error(&view, &ask, &["access_denied"]);
        let page = suite.browser().ask(&ask).await;
        assert!(page.has("login-cancel"));
    })
    .await;
}

#[tokio::test]
async fn consent_that_is_missing_is_said_and_shown() {
    every(EVERY.plans(), async |suite| {
        let mut browser = suite.browser();
        let ask = suite.ask();
        let page = browser.ask(&ask).await;
        let page = browser.sign_in(&page, "alice").await;
        assert!(page.has("consent-allow"), "the page of consent comes after that of sign-in");
        let silent = suite.ask().prompt("none");
        let view = browser.ask(&silent).await;
        suite.error(&view, &silent, &["consent_required"]);
        let view = browser.allow(&page).await;
        suite.finish(&view, &ask).await;
    })
    .await;
}

#[tokio::test]
async fn the_token_endpoint_says_400_and_401_only_of_the_client() {
    every(WITH_CODE.plans(), async |suite| {
        let (first, second) = (suite.client("first"), suite.client("second"));
        let ask = suite.ask();
        let view = suite.through_pages(&mut suite.browser(), &ask).await;
        let returned = suite.success(&view, &ask);
        let fields = redemption("first", returned.get("code"));
        suite.token_error(&second.token(&fields).await, 400, "invalid_grant");
        let mut unproven = first.clone();
        unproven.secret = "wrong".to_owned();
        suite.token_error(&unproven.token(&fields).await, 401, "invalid_client");
        suite.token_error(&first.token(&redemption("first", "nonsense")).await, 400, "invalid_grant");
        suite.token_error(&first.token(&[("grant_type", "implicit")]).await, 400, "unsupported_grant_type");
        suite.token_error(&first.token(&[("grant_type", "password")]).await, 400, "unsupported_grant_type");
        suite.token_error(&first.token(&[]).await, 400, "invalid_request");
        suite.token_answer(&first.token(&fields).await);
        // One minute later nobody gets anything for a code.
        let view = suite.through_pages(&mut suite.browser(), &ask).await;
        let returned = suite.success(&view, &ask);
        suite.app.clock.advance(60);
        let late = first.token(&redemption("first", returned.get("code"))).await;
        suite.token_error(&late, 400, "invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_is_asked_for_again_goes_on_with_the_same_request() {
    every(EVERY.plans(), async |suite| {
        let mut browser = suite.browser();
        suite.login(&mut browser, &suite.ask()).await;
        suite.app.clock.advance(1);
        for ask in [suite.ask().prompt("login"), suite.ask().set("max_age", "0")] {
            let page = browser.ask(&ask).await;
            assert!(page.has("username") && page.has("password") && page.has("login-submit"));
            let login = suite.login_from(&mut browser, page, &ask).await;
            assert_eq!(login.auth_time(), suite.app.clock.now(), "the time of this sign-in");
            suite.app.clock.advance(1);
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_that_may_be_left_out_is_needed() {
    every(EVERY.plans(), async |suite| {
        let pairs: Vec<(String, String)> = suite
            .ask()
            .pairs()
            .into_iter()
            .filter(|(name, value)| *name != "response_mode" || *value == "form_post")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut ask = pairs.iter().fold(Ask::empty(), |ask, (name, value)| ask.add(name, value));
        if !suite.plan.has("id_token") {
            ask = ask.without("nonce");
        }
        suite.login(&mut suite.browser(), &ask).await;
    })
    .await;
}
