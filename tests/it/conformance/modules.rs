//! The modules of the certification suite, each under its name there, with what it does and demands in short.

use serde_json::Value;
use signet::secrets::random::random_token;

use super::suite::{Login, Suite, parameter, redemption};
use crate::support::request_object::RequestObject;
use crate::support::{Ask, Browser};

/// RFC 6749 §4.1.2.1 and OpenID Connect Core 1.0 §3.1.2.6: what `prompt=none` may be answered with.
const NEEDS_A_PAGE: [&str; 4] =
    ["login_required", "interaction_required", "consent_required", "account_selection_required"];

const PROFILE: [&str; 14] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "preferred_username",
];

/// A login in a browser of its own.
async fn login(suite: &Suite, ask: &Ask) -> Login {
    suite.login(&mut suite.browser(), ask).await
}

/// The plain login, and the provider names the algorithm of its ID tokens.
pub async fn oidcc_server(suite: &Suite) {
    login(suite, &suite.ask()).await;
    let metadata = suite.discovery().await;
    let algorithms = metadata["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&"RS256".into()));
}

/// Without `response_type` the relying party is told, in the query unless it asked otherwise.
pub async fn oidcc_response_type_missing(suite: &Suite) {
    let ask = suite.ask().without("response_type");
    let view = suite.browser().ask(&ask).await;
    suite.error(&view, &ask, &["unsupported_response_type", "invalid_request"]);
}

async fn at_userinfo(suite: &Suite, how: impl AsyncFn(&str) -> crate::support::Answer) {
    let login = login(suite, &suite.ask()).await;
    for token in &login.access_tokens {
        let claims = suite.userinfo(&how(token).await);
        assert_eq!(claims["sub"], *login.claim("sub"), "OpenID Connect Core 1.0 §5.3.2");
    }
}

/// `GET` with the token in the header.
pub async fn oidcc_userinfo_get(suite: &Suite) {
    at_userinfo(suite, async |token| suite.app.userinfo(token).await).await;
}

/// `POST` with the token in the header.
pub async fn oidcc_userinfo_post_header(suite: &Suite) {
    let post = async |token: &str| {
        let call = suite.app.post("/api/oidc/userinfo");
        call.header("authorization", &format!("Bearer {token}")).send().await
    };
    at_userinfo(suite, post).await;
}

/// `POST` with the token in the form.
pub async fn oidcc_userinfo_post_body(suite: &Suite) {
    let post = async |token: &str| {
        suite.app.post("/api/oidc/userinfo").form(&[("access_token", token)]).send().await
    };
    at_userinfo(suite, post).await;
}

/// No nonce is needed where no ID token travels in the answer.
pub async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(suite: &Suite) {
    login(suite, &suite.ask().without("nonce")).await;
}

/// A nonce is needed where an ID token does.
pub async fn oidcc_ensure_request_without_nonce_fails(suite: &Suite) {
    let ask = suite.ask().without("nonce");
    let view = suite.browser().ask(&ask).await;
    suite.error(&view, &ask, &["invalid_request"]);
}

/// Every claim that a scope stands for comes where claims come to.
async fn scope(suite: &Suite, scope: &str, claims: &[&str]) {
    let metadata = suite.discovery().await;
    for token in scope.split(' ') {
        assert!(metadata["scopes_supported"].as_array().unwrap().contains(&token.into()), "{token}");
    }
    let login = login(suite, &suite.ask().scope(scope)).await;
    for told in suite.claims(&login).await {
        for claim in claims {
            assert!(told.contains_key(*claim), "{scope}: {claim} is missing of {told:?}");
            let listed = metadata["claims_supported"].as_array().unwrap();
            assert!(listed.contains(&(*claim).into()), "{claim} is not in claims_supported");
        }
    }
}

/// `scope=openid profile`.
pub async fn oidcc_scope_profile(suite: &Suite) {
    scope(suite, "openid profile", &PROFILE).await;
}

/// `scope=openid email`.
pub async fn oidcc_scope_email(suite: &Suite) {
    scope(suite, "openid email", &["email", "email_verified"]).await;
}

/// `scope=openid address`.
pub async fn oidcc_scope_address(suite: &Suite) {
    scope(suite, "openid address", &["address"]).await;
}

/// `scope=openid phone`.
pub async fn oidcc_scope_phone(suite: &Suite) {
    scope(suite, "openid phone", &["phone_number", "phone_number_verified"]).await;
}

/// All scopes at once.
pub async fn oidcc_scope_all(suite: &Suite) {
    let mut all = PROFILE.to_vec();
    all.extend(["email", "email_verified", "address", "phone_number", "phone_number_verified"]);
    scope(suite, "openid profile email address phone", &all).await;
}

/// The order of scopes and of parameters means nothing.
pub async fn oidcc_alternate_happy_flow(suite: &Suite) {
    let ask = suite.ask().scope("phone address email profile openid");
    let turned: Vec<(String, String)> =
        ask.pairs().into_iter().rev().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let ask = turned.iter().fold(Ask::empty(), |ask, (name, value)| ask.add(name, value));
    login(suite, &ask).await;
}

/// `display=page` is no error.
pub async fn oidcc_display_page(suite: &Suite) {
    login(suite, &suite.ask().set("display", "page")).await;
}

/// `display=popup` is no error.
pub async fn oidcc_display_popup(suite: &Suite) {
    login(suite, &suite.ask().set("display", "popup")).await;
}

/// A second login in the same browser that must show the page, and is later.
async fn again(suite: &Suite, first: &Ask, wait: i64, second: &Ask) {
    let mut browser = suite.browser();
    let before = suite.login(&mut browser, first).await;
    suite.app.clock.advance(wait);
    let page = browser.ask(second).await;
    for id in ["username", "password", "login-submit"] {
        assert!(page.has(id), "the person is asked again: {id}");
    }
    let view = suite.through(&mut browser, page).await;
    let after = suite.finish(&view, second).await;
    assert!(after.auth_time() > before.auth_time(), "the sign-in is a new one");
    assert!(suite.app.clock.now() - after.auth_time() <= 5, "and has just been made");
    assert_eq!(after.claim("sub"), before.claim("sub"));
}

/// A second login in the same browser that must show no page, and is the same sign-in.
async fn silently(suite: &Suite, browser: &mut Browser, before: &Login, ask: &Ask) {
    suite.app.clock.advance(1);
    let view = browser.ask(ask).await;
    let view = if parameter(ask, "prompt") == "none" { view } else { consented(browser, view).await };
    let after = suite.finish(&view, ask).await;
    assert_eq!((after.claim("sub"), after.auth_time()), (before.claim("sub"), before.auth_time()));
}

/// Allows where the page of consent is shown; never types a password.
async fn consented(browser: &mut Browser, view: crate::support::View) -> crate::support::View {
    if view.step() == "consent" { browser.allow(&view).await } else { view }
}

/// `prompt=login` shows the page again.
pub async fn oidcc_prompt_login(suite: &Suite) {
    again(suite, &suite.ask(), 1, &suite.ask().prompt("login")).await;
}

/// `prompt=none` without a sign-in: an error with the state of 128 characters intact, and nothing given.
pub async fn oidcc_prompt_none_not_logged_in(suite: &Suite) {
    let state: String = "-._~".chars().chain(random_token(93).chars()).take(128).collect();
    assert_eq!(state.len(), 128);
    let ask = suite.ask().prompt("none").set("state", &state);
    let view = suite.browser().ask(&ask).await;
    suite.error(&view, &ask, &NEEDS_A_PAGE);
}

/// `prompt=none` with a sign-in: an answer at once, of the same sign-in.
pub async fn oidcc_prompt_none_logged_in(suite: &Suite) {
    let mut browser = suite.browser();
    let before = remembered(suite, &mut browser).await;
    silently(suite, &mut browser, &before, &suite.ask().prompt("none")).await;
}

/// A login whose consent is remembered: what comes after needs no page.
async fn remembered(suite: &Suite, browser: &mut Browser) -> Login {
    let ask = suite.ask();
    let mut view = browser.ask(&ask).await;
    view = browser.sign_in(&view, "alice").await;
    // Another plan may have left it already.
    if view.step() == "consent" {
        view = browser.press(&view, "consent-allow", &[("remember", "true")]).await;
    }
    suite.finish(&view, &ask).await
}

/// `max_age=1` asks again after two seconds.
pub async fn oidcc_max_age_1(suite: &Suite) {
    again(suite, &suite.ask(), 2, &suite.ask().set("max_age", "1")).await;
}

/// `max_age=10000` does not, and both ID tokens say when the person signed in.
pub async fn oidcc_max_age_10000(suite: &Suite) {
    let mut browser = suite.browser();
    let before = suite.login(&mut browser, &suite.ask().set("max_age", "10000")).await;
    silently(suite, &mut browser, &before, &suite.ask().set("max_age", "10000")).await;
}

/// What is unknown is ignored.
pub async fn oidcc_ensure_request_with_unknown_parameter_succeeds(suite: &Suite) {
    login(suite, &suite.ask().set("extra", "foobar")).await;
}

/// `prompt=none` with the ID token of before as a hint.
pub async fn oidcc_id_token_hint(suite: &Suite) {
    let mut browser = suite.browser();
    let before = remembered(suite, &mut browser).await;
    let ask = suite.ask().prompt("none").set("id_token_hint", &before.id_token);
    silently(suite, &mut browser, &before, &ask).await;
}

/// A hint of a name is no error, whoever it names.
pub async fn oidcc_login_hint(suite: &Suite) {
    login(suite, &suite.ask().set("login_hint", "buffy@op.example.com")).await;
}

/// Wishes for languages are no error.
pub async fn oidcc_ui_locales(suite: &Suite) {
    login(suite, &suite.ask().set("ui_locales", "se fr-CA")).await;
}

/// Wishes for the languages of claims are no error.
pub async fn oidcc_claims_locales(suite: &Suite) {
    login(suite, &suite.ask().set("claims_locales", "se fr-CA")).await;
}

/// All of `acr_values_supported` are asked for, and one of them is given.
pub async fn oidcc_ensure_request_with_acr_values_succeeds(suite: &Suite) {
    let supported = suite.discovery().await["acr_values_supported"].clone();
    let supported: Vec<&str> = supported.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let login = login(suite, &suite.ask().set("acr_values", &supported.join(" "))).await;
    for claims in &login.id_tokens {
        assert!(supported.contains(&claims["acr"].as_str().unwrap()), "{claims:?}");
    }
}

async fn reuse(suite: &Suite, wait: i64) {
    let login = login(suite, &suite.ask()).await;
    suite.app.clock.advance(wait);
    let client = suite.client("first");
    let answer = client.token(&redemption("first", login.returned.get("code"))).await;
    suite.token_error(&answer, 400, "invalid_grant");
    for token in &login.access_tokens {
        let answer = suite.app.userinfo(token).await;
        assert_eq!(answer.status, 401, "RFC 6749 §4.1.2: what was issued for the code ends");
    }
}

/// A code is redeemed once.
pub async fn oidcc_codereuse(suite: &Suite) {
    reuse(suite, 0).await;
}

/// Nor after thirty seconds, and then the tokens of the first time end.
pub async fn oidcc_codereuse_30seconds(suite: &Suite) {
    reuse(suite, 30).await;
}

/// A redirect URI that is not registered: a page, no way out.
pub async fn oidcc_ensure_registered_redirect_uri(suite: &Suite) {
    let ask = suite.ask().set("redirect_uri", "https://rp.example.com/callback/unregistered");
    let view = suite.browser().ask(&ask).await;
    view.expect_page(400, "Request refused");
}

/// The request as a form.
pub async fn oidcc_ensure_post_request_succeeds(suite: &Suite) {
    let mut browser = suite.browser();
    let ask = suite.ask();
    let call = suite.app.post("/api/oidc/authorization").form(&ask.pairs());
    let page = browser.follow("/api/oidc/authorization", call).await;
    let view = suite.through(&mut browser, page).await;
    suite.finish(&view, &ask).await;
}

/// A client that shows its secret in the form.
pub async fn oidcc_server_client_secret_post(suite: &Suite) {
    let methods = suite.discovery().await["token_endpoint_auth_methods_supported"].clone();
    for method in ["client_secret_post", "client_secret_basic"] {
        assert!(methods.as_array().unwrap().contains(&method.into()), "{method}");
    }
    login(suite, &suite.ask_of("post")).await;
}

/// A refresh token is its client's, rotates, and gives an ID token of the same person and sign-in.
pub async fn oidcc_refresh_token(suite: &Suite) {
    let nonce: String = random_token(33).chars().take(43).collect();
    let ask = suite.ask_of("second").scope("openid offline_access").prompt("consent").set("nonce", &nonce);
    let mut browser = suite.browser();
    let page = browser.ask(&ask).await;
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.has("consent-allow") && page.has("consent-deny"), "prompt=consent shows the page");
    let view = browser.allow(&page).await;
    let login = suite.finish(&view, &ask).await;
    let refresh = login.body["refresh_token"].as_str().expect("a refresh token").to_owned();
    suite.app.clock.advance(1);
    let (first, second) = (suite.client("first"), suite.client("second"));
    suite.token_error(&first.refresh(&refresh).await, 400, "invalid_grant");
    let body = suite.token_answer(&second.refresh(&refresh).await);
    let ask = ask.without("nonce");
    let claims = suite.id_token(body["id_token"].as_str().unwrap(), &ask).await;
    for name in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(&claims[name], login.claim(name), "OpenID Connect Core 1.0 §12.2: {name}");
    }
    assert_ne!(claims["iat"], *login.claim("iat"));
    suite.userinfo(&suite.app.userinfo(body["access_token"].as_str().unwrap()).await);
}

/// A proof key of a client that need not have one.
pub async fn oidcc_ensure_request_with_valid_pkce_succeeds(suite: &Suite) {
    let with = Ask::of("first").pairs().into_iter().fold(suite.ask(), |ask, (name, value)| {
        if name.starts_with("code_challenge") { ask.set(name, value) } else { ask }
    });
    let view = suite.through_pages(&mut suite.browser(), &with).await;
    let returned = suite.success(&view, &with);
    let mut fields = redemption("first", returned.get("code")).to_vec();
    fields.push(("code_verifier", crate::support::VERIFIER));
    let body = suite.token_answer(&suite.client("first").token(&fields).await);
    suite.id_token(body["id_token"].as_str().unwrap(), &with).await;
}

/// An unsigned request object counts.
pub async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(suite: &Suite) {
    request_object(suite, &[]).await;
}

/// The same with a redirect URI in the object and another beside it.
pub async fn oidcc_ensure_request_object_with_redirect_uri(suite: &Suite) {
    request_object(suite, &[("redirect_uri", "https://rp.example.com/another")]).await;
}

async fn request_object(suite: &Suite, beside: &[(&str, &str)]) {
    let metadata = suite.discovery().await;
    assert!(
        metadata["request_object_signing_alg_values_supported"].as_array().unwrap().contains(&"none".into())
    );
    let ask = suite.ask();
    // Client, type and scope stand beside it as well (OpenID Connect Core 1.0 §6.1).
    let wanted = |name: &str| matches!(name, "client_id" | "response_type" | "scope");
    let outside = ask.pairs().into_iter().filter(|(name, _)| !wanted(name));
    let outside = outside.fold(ask.clone(), |outside, (name, _)| outside.without(name));
    let outside = beside.iter().fold(outside, |outside, (name, value)| outside.add(name, value));
    let outside = outside.add("request", &RequestObject::of(&ask).unsigned());
    let view = suite.through_pages(&mut suite.browser(), &outside).await;
    suite.success(&view, &ask);
}

/// A claim that is asked for by name comes where it was asked for, when the provider takes such wishes.
pub async fn oidcc_claims_essential(suite: &Suite) {
    let supported = suite.discovery().await["claims_parameter_supported"] == true;
    let place = if suite.plan.response_type == "id_token" { "id_token" } else { "userinfo" };
    let ask = suite.ask().set("claims", &format!(r#"{{"{place}":{{"name":{{"essential":true}}}}}}"#));
    let login = login(suite, &ask).await;
    for told in suite.claims(&login).await {
        assert_eq!(told.contains_key("name"), supported, "claims_parameter_supported is {supported}");
    }
}
