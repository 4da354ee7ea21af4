//! The authorization endpoint: what is answered by a page, what by a redirect, what goes on.

use crate::support::{App, Ask, Browser};

const REFUSED: &str = "Request refused";

/// Asks and expects a page that says so, and no way out.
async fn expect_page(app: &App, ask: &Ask) {
    let view = Browser::new(app).ask(ask).await;
    assert_eq!(view.outside, None, "{}", ask.encoded());
    view.expect_page(400, REFUSED);
}

/// Asks and expects an error at the relying party.
async fn expect_error(app: &App, ask: &Ask, error: &str) -> String {
    let view = Browser::new(app).ask(ask).await;
    let Some(returned) = view.try_returned() else { panic!("{}: {}", ask.encoded(), view.text()) };
    assert_eq!(returned.get("error"), error, "{}: {:?}", ask.encoded(), returned.parameters);
    assert_eq!(returned.get("iss"), "https://op.example.com");
    assert!(!returned.parameters.contains_key("code"));
    returned.get("error_description").to_owned()
}

#[tokio::test]
async fn a_right_request_is_answered_by_the_sign_in_page() {
    let app = App::start().await;
    let view = Browser::new(&app).ask(&Ask::of("web")).await;
    assert_eq!((view.status(), view.step().as_str()), (200, "sign-in"));
    assert_eq!(view.heading(), "Sign in to continue to The Web App");
    assert_eq!(view.answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn an_unknown_or_missing_client_is_a_page() {
    let app = App::start().await;
    expect_page(&app, &Ask::of("nobody")).await;
    expect_page(&app, &Ask::of("web").without("client_id")).await;
    expect_page(&app, &Ask::of("web").set("client_id", "")).await;
    expect_page(&app, &Ask::of("web").set("client_id", "WEB")).await;
    expect_page(&app, &Ask::of("web").set("client_id", "<script>alert(1)</script>")).await;
    let view = Browser::new(&app).ask(&Ask::of("web").set("client_id", "<script>alert(1)</script>")).await;
    assert!(!view.text().contains("<script>alert"), "what was sent is escaped");
}

#[tokio::test]
async fn a_broken_query_is_a_page() {
    let app = App::start().await;
    for query in ["client_id=%", "client_id=%zz", "client_id=%ff", "client_id=%00"] {
        let view = Browser::new(&app).open(&format!("/api/oidc/authorization?{query}")).await;
        view.expect_page(400, REFUSED);
    }
}

#[tokio::test]
async fn what_is_not_supported_has_its_own_error() {
    let app = App::start().await;
    let ask = Ask::of("web");
    expect_error(&app, &ask.clone().set("registration", "{}"), "registration_not_supported").await;
    expect_error(&app, &ask.clone().set("response_type", "nonsense"), "unsupported_response_type").await;
    expect_error(&app, &ask.clone().set("response_type", "token"), "unauthorized_client").await;
    expect_error(&app, &ask.clone().without("response_type"), "invalid_request").await;
}

#[tokio::test]
async fn an_error_of_a_type_that_asks_for_a_token_comes_in_the_fragment() {
    let app = App::start().await;
    for (response_type, mode, error) in [
        ("token", "fragment", "unauthorized_client"),
        ("id_token token", "fragment", "unauthorized_client"),
        ("code id_token", "fragment", "unauthorized_client"),
        ("code token nonsense", "fragment", "unsupported_response_type"),
        ("nonsense", "query", "unsupported_response_type"),
        ("code nonsense", "query", "unsupported_response_type"),
    ] {
        let ask = Ask::of("web").set("response_type", response_type);
        let view = Browser::new(&app).ask(&ask).await;
        let returned = view.expect_error(error);
        assert_eq!((returned.mode, returned.get("state")), (mode, "state-of-the-request"), "{response_type}");
        let asked = Browser::new(&app).ask(&ask.set("response_mode", "query")).await;
        assert_eq!(asked.returned().mode, mode, "{response_type}: query is not safe for a token");
    }
}

#[tokio::test]
async fn scopes_must_be_registered() {
    let app = App::start().await;
    for scope in ["openid nonsense", "openid OPENID", "nonsense", "openid \"", "openid é"] {
        expect_error(&app, &Ask::of("web").scope(scope), "invalid_scope").await;
    }
    expect_error(&app, &Ask::of("spa").scope("openid groups"), "invalid_scope").await;
    for (scopes, taken) in [("[openid, groups]", true), ("[openid, email]", false)] {
        let app = App::with(&format!(
            "identity_providers: {{oidc: {{clients: [{{client_id: own, client_secret: 'digest:own-secret', \
             redirect_uris: ['https://rp.example.com/callback'], authorization_policy: one_factor, scopes: {scopes}}}]}}}}"
        ))
        .await;
        let ask = Ask::of("own").scope("openid groups");
        if taken {
            assert_eq!(Browser::new(&app).ask(&ask).await.step(), "sign-in");
        } else {
            expect_error(&app, &ask, "invalid_scope").await;
        }
    }
}

#[tokio::test]
async fn state_and_nonce_are_long_enough_and_printable() {
    let app = App::start().await;
    for name in ["state", "nonce"] {
        for value in ["short", "1234567"] {
            let said = expect_error(&app, &Ask::of("web").set(name, value), "invalid_request").await;
            assert!(said.contains(name) && said.contains("minimum_parameter_entropy"), "{said}");
        }
        for value in ["long enough\n", "lóng enough", "long\u{7f}enough", "long\tenough"] {
            expect_error(&app, &Ask::of("web").set(name, value), "invalid_request").await;
        }
        let longest = "n".repeat(2048);
        for right in ["12345678", "12345678 ~!", &longest] {
            let right = Ask::of("web").set(name, right);
            assert_eq!(Browser::new(&app).ask(&right).await.step(), "sign-in");
        }
        let longer = "n".repeat(2049);
        expect_error(&app, &Ask::of("web").set(name, &longer), "invalid_request").await;
    }
}

#[tokio::test]
async fn without_state_an_s256_challenge_is_needed() {
    let app = App::start().await;
    let view = Browser::new(&app).ask(&Ask::of("web").without("state")).await;
    assert_eq!(view.step(), "sign-in");
    let said = expect_error(&app, &Ask::of("web").without("state").without_pkce(), "invalid_request").await;
    assert!(said.contains("state"), "{said}");
    let view = Browser::new(&app).ask(&Ask::of("web").without_pkce()).await;
    assert_eq!(view.step(), "sign-in", "a confidential client may go without PKCE");
}

#[tokio::test]
async fn entropy_can_be_switched_off() {
    let app = App::with("identity_providers: {oidc: {minimum_parameter_entropy: -1}}").await;
    let ask = Ask::of("web").set("state", "x").set("nonce", "y");
    assert_eq!(Browser::new(&app).ask(&ask).await.step(), "sign-in");
}

#[tokio::test]
async fn max_age_must_be_readable() {
    let app = App::start().await;
    for max_age in ["-1", "abc", "1.5", "+1", "99999999999999999999"] {
        expect_error(&app, &Ask::of("web").set("max_age", max_age), "invalid_request").await;
    }
}

#[tokio::test]
async fn audiences_must_be_registered() {
    let app = App::start().await;
    for (name, value) in [
        ("audience", "https://other.example.com"),
        ("audience", "https://api.example.com https://other.example.com"),
        ("resource", "https://other.example.com"),
        ("resource", "https://api.example.com#fragment"),
        ("resource", "/relative"),
    ] {
        expect_error(&app, &Ask::of("web").set(name, value), "invalid_target").await;
    }
    expect_error(&app, &Ask::of("spa").set("resource", "https://api.example.com"), "invalid_target").await;
}

#[tokio::test]
async fn what_is_unknown_or_only_a_wish_is_tolerated() {
    let app = App::start().await;
    let ask = Ask::of("web")
        .set("ui_locales", "de fr nonsense-")
        .set("claims_locales", "de")
        .set("display", "popup")
        .set("acr_values", "urn:unknown:level")
        .set("unknown", "value")
        .set("login_hint", "bob");
    let view = Browser::new(&app).ask(&ask).await;
    assert_eq!(view.step(), "sign-in");
    assert_eq!(view.field("username").as_deref(), Some("bob"), "login_hint fills the form");
    assert!(view.text().contains("value=\"bob\""));
}

#[tokio::test]
async fn an_answer_carries_state_and_issuer_and_the_state_is_handed_back_unread() {
    let app = App::start().await;
    let state = "a&b=c#d%20e+f\"<>'";
    let returned = Browser::new(&app).authorize(&Ask::of("web").set("state", state), "alice").await;
    assert_eq!(returned.redirect_uri, "https://rp.example.com/callback");
    assert_eq!(returned.get("state"), state);
    assert_eq!(returned.get("iss"), "https://op.example.com");
    assert_eq!(returned.parameters.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
}

#[tokio::test]
async fn debug_messages_reach_the_client_only_when_configured() {
    let hint = Ask::of("web").set("id_token_hint", "garbage");
    let app = App::start().await;
    let quiet = expect_error(&app, &hint, "invalid_request").await;
    let app = App::with("identity_providers: {oidc: {enable_client_debug_messages: true}}").await;
    let loud = expect_error(&app, &hint, "invalid_request").await;
    assert!(loud.len() > quiet.len() && loud.starts_with(&quiet), "{quiet} | {loud}");
}
