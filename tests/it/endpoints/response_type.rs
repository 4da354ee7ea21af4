//! Response types: what the authorization endpoint answers with, in which place, and what it is worth.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::support::client::Method;
use crate::support::token::verify;
use crate::support::view::Returned;
use crate::support::{App, Ask, Browser, Client};

const FRAGMENT: &str = include_str!("response_type.yml");

const ALL: [&str; 7] =
    ["code", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"];

async fn start() -> App {
    App::with(FRAGMENT).await
}

/// A browser in which alice is signed in.
async fn alice(app: &App) -> Browser {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    browser
}

fn ask(response_type: &str) -> Ask {
    Ask::of("web").set("response_type", response_type)
}

fn has(response_type: &str, name: &str) -> bool {
    response_type.split(' ').any(|each| each == name)
}

/// Whether a token travels through the browser.
fn front(response_type: &str) -> bool {
    response_type.contains("token")
}

fn half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}

fn names(returned: &Returned) -> BTreeSet<&str> {
    returned.parameters.keys().map(String::as_str).collect()
}

/// Exactly what an answer to a response type carries.
fn expected(response_type: &str) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from(["iss", "state"]);
    names.extend(has(response_type, "code").then_some("code"));
    names.extend(has(response_type, "id_token").then_some("id_token"));
    if has(response_type, "token") {
        names.extend(["access_token", "token_type", "expires_in", "scope"]);
    }
    names
}

#[tokio::test]
async fn each_is_answered_with_what_it_names_in_the_place_for_it() {
    let app = start().await;
    let (web, mut browser) = (Client::new(&app, "web"), alice(&app).await);
    for response_type in ALL {
        for asked in [None, Some("fragment"), Some("form_post")] {
            let request = asked.iter().fold(ask(response_type), |ask, mode| ask.set("response_mode", mode));
            let returned = browser.authorize(&request, "alice").await;
            let default = if front(response_type) { "fragment" } else { "query" };
            assert_eq!(returned.mode, asked.unwrap_or(default), "{response_type}");
            assert_eq!(returned.redirect_uri, "https://rp.example.com/callback");
            assert_eq!(names(&returned), expected(response_type), "{response_type}");
            assert_eq!((returned.get("state"), returned.get("iss")), ("state-of-the-request", &*app.origin));
            let mut subjects = BTreeSet::new();
            if has(response_type, "token") {
                assert_eq!((returned.get("token_type"), returned.get("expires_in")), ("Bearer", "3600"));
                let userinfo = app.userinfo(returned.get("access_token")).await.expect(200).json();
                subjects.insert(userinfo["sub"].as_str().unwrap().to_owned());
                let told = web.introspect(returned.get("access_token")).await;
                assert_eq!((&told["active"], &told["client_id"]), (&true.into(), &"web".into()));
            }
            if has(response_type, "id_token") {
                let claims = verify(&app, returned.get("id_token")).await.claims;
                let at_hash = has(response_type, "token").then(|| half_hash(returned.get("access_token")));
                let c_hash = has(response_type, "code").then(|| half_hash(returned.get("code")));
                let claim = |name: &str| claims.get(name).and_then(|value| value.as_str());
                assert_eq!(claim("at_hash"), at_hash.as_deref(), "{response_type}");
                assert_eq!(claim("c_hash"), c_hash.as_deref(), "{response_type}");
                assert_eq!((claim("nonce"), claim("aud")), (Some("nonce-of-the-request"), Some("web")));
                assert_eq!(claim("iss"), Some(&*app.origin));
                subjects.insert(claim("sub").unwrap().to_owned());
            }
            if has(response_type, "code") {
                let body = web.redeem(returned.get("code")).await.expect(200).json();
                let claims = verify(&app, body["id_token"].as_str().unwrap()).await.claims;
                assert_eq!(claims["nonce"], "nonce-of-the-request");
                assert_eq!(claims["at_hash"], half_hash(body["access_token"].as_str().unwrap()));
                assert_ne!(body["access_token"].as_str(), Some(returned.get("access_token")));
                subjects.insert(claims["sub"].as_str().unwrap().to_owned());
            }
            assert_eq!(subjects.len(), 1, "{response_type}: one person is one subject");
        }
    }
}

#[tokio::test]
async fn the_members_of_a_set_come_in_any_order() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for (written, meant) in [
        ("token id_token", "id_token token"),
        ("id_token  code", "code id_token"),
        ("token code", "code token"),
        ("token id_token code", "code id_token token"),
        ("id_token code token", "code id_token token"),
    ] {
        let returned = browser.authorize(&ask(written), "alice").await;
        assert_eq!(names(&returned), expected(meant), "{written}");
    }
}

#[tokio::test]
async fn a_token_never_travels_in_a_query() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for response_type in ALL.into_iter().filter(|each| front(each)) {
        let view = browser.ask(&ask(response_type).set("response_mode", "query")).await;
        let returned = view.expect_error("unsupported_response_mode");
        assert_eq!(returned.mode, "fragment", "{response_type}");
        assert_eq!(names(&returned), BTreeSet::from(["error", "error_description", "iss", "state"]));
        assert!(!view.outside.unwrap().contains('?'));
    }
}

#[tokio::test]
async fn an_id_token_in_the_answer_needs_a_nonce_and_openid() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for response_type in ALL {
        let mode = if front(response_type) { "fragment" } else { "query" };
        for changed in [
            ask(response_type).without("nonce"),
            ask(response_type).set("nonce", ""),
            ask(response_type).scope("read"),
            ask(response_type).without("scope"),
        ] {
            let view = browser.ask(&changed).await;
            if has(response_type, "id_token") {
                assert_eq!(view.expect_error("invalid_request").mode, mode, "{response_type}");
            } else {
                let mut expected = expected(response_type);
                // RFC 6749 §3.3: nothing was asked for and nothing is granted.
                if changed.pairs().iter().all(|(name, _)| *name != "scope") {
                    expected.remove("scope");
                }
                assert_eq!(names(&view.returned()), expected, "{response_type}");
            }
        }
    }
}

#[tokio::test]
async fn an_id_token_that_comes_alone_carries_what_the_scopes_ask_for() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for response_type in ALL.into_iter().filter(|each| has(each, "id_token")) {
        let request = ask(response_type).scope("openid profile email groups");
        let returned = browser.authorize(&request, "alice").await;
        let claims = verify(&app, returned.get("id_token")).await.claims;
        for name in ["name", "preferred_username", "updated_at", "email", "email_verified", "groups"] {
            let alone = response_type == "id_token";
            assert_eq!(claims.contains_key(name), alone, "{response_type} {name}");
        }
    }
    let returned = browser.authorize(&ask("id_token"), "alice").await;
    let claims = verify(&app, returned.get("id_token")).await.claims;
    assert!(!claims.contains_key("name") && !claims.contains_key("email"), "only what was asked for");
}

#[tokio::test]
async fn offline_access_is_ignored_where_no_code_comes_of_the_request() {
    let app = start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    for response_type in ALL {
        let returned = browser.authorize(&ask(response_type).scope("openid offline_access"), "alice").await;
        assert!(!returned.parameters.contains_key("refresh_token"), "{response_type}");
        if has(response_type, "code") {
            let body = web.redeem(returned.get("code")).await.expect(200).json();
            assert_eq!(body["scope"], "openid offline_access");
            web.refresh(body["refresh_token"].as_str().unwrap()).await.expect(200);
        } else if has(response_type, "token") {
            assert_eq!(returned.get("scope"), "openid");
        }
    }
    // Ignored, not refused, though the client is not registered for it.
    let request = Ask::of("spa").set("response_type", "id_token").scope("openid offline_access offline");
    let returned = browser.authorize(&request, "alice").await;
    assert_eq!(names(&returned), expected("id_token"));
}

#[tokio::test]
async fn only_a_registered_type_with_its_grants_is_answered() {
    let app = start().await;
    for (client, allowed) in [
        ("derived", &["code id_token", "id_token"][..]),
        ("lacking", &["code", "code id_token"]),
        ("spa", &["id_token", "id_token token"]),
        ("page", &["id_token token"]),
    ] {
        for response_type in ALL {
            let request = Ask::of(client).set("response_type", response_type);
            let returned = Browser::new(&app).authorize(&request, "alice").await;
            if allowed.contains(&response_type) {
                assert_eq!(names(&returned), expected(response_type), "{client} {response_type}");
            } else {
                assert_eq!(returned.get("error"), "unauthorized_client", "{client} {response_type}");
                let usual = if front(response_type) { "fragment" } else { "query" };
                assert_eq!(returned.mode, usual, "{client} {response_type}");
            }
        }
    }
    for unknown in ["none", "code none", "device", "token device", "code code"] {
        let returned = Browser::new(&app).ask(&ask(unknown)).await.expect_error("unsupported_response_type");
        assert_eq!(returned.mode, if front(unknown) { "fragment" } else { "query" }, "{unknown}");
    }
    let missing = Ask::of("page").without("response_type");
    let returned = Browser::new(&app).ask(&missing).await.expect_error("invalid_request");
    assert_eq!(returned.mode, "query", "no response type, no token");
}

/// A proof key protects a code, and an ID token's hash binds the rest to it; nothing of it protects what comes alone.
#[tokio::test]
async fn a_state_may_be_left_out_only_where_a_proof_key_protects_the_whole_answer() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for response_type in ALL {
        let protected =
            has(response_type, "code") && (!has(response_type, "token") || has(response_type, "id_token"));
        for (proven, request) in [(true, ask(response_type)), (false, ask(response_type).without_pkce())] {
            let returned = browser.ask(&request.without("state")).await.returned();
            let refused = returned.get("error") == "invalid_request";
            assert_eq!(refused, !(protected && proven), "{response_type}, proof key: {proven}: {returned:?}");
        }
    }
}

/// What a client may name in `response_mode` says nothing of a request that names none (OAuth 2.0 Multiple Response Types
/// 1.0 §2.1, §5).
#[tokio::test]
async fn a_request_that_names_no_mode_is_answered_in_the_usual_one() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for (response_type, mode) in [("code", "query"), ("code id_token", "fragment"), ("id_token", "fragment")]
    {
        for client in ["queried", "placed"] {
            let request = Ask::of(client).set("response_type", response_type);
            let returned = browser.ask(&request).await.returned();
            assert_eq!(names(&returned), expected(response_type), "{client} {response_type}");
            assert_eq!(returned.mode, mode, "{client} {response_type}");
        }
    }
}

#[tokio::test]
async fn a_client_of_signed_or_posted_answers_alone_is_told_of_no_error_elsewhere() {
    let app = start().await;
    for asked in ["", "code", "none", "device", "id_token"] {
        for (client, mode) in [("signed", "fragment"), ("formed", "form_post")] {
            for response_mode in ["", "query", "nonsense"] {
                let request = Ask::of(client).set("response_type", asked).set("response_mode", response_mode);
                let request = if asked.is_empty() { request.without("response_type") } else { request };
                let request = request.prompt("none");
                let returned = Browser::new(&app).ask(&request).await.returned();
                assert_eq!(returned.mode, mode, "{client} {asked} {response_mode}");
                if client == "signed" {
                    assert_eq!(names(&returned), BTreeSet::from(["response"]), "{asked} {response_mode}");
                    let told = verify(&app, returned.get("response")).await.claims;
                    assert!(told["error"].is_string(), "{asked} {response_mode}: {told:?}");
                } else {
                    assert!(!returned.get("error").is_empty(), "{asked} {response_mode}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_client_of_one_mode_is_answered_in_it() {
    let app = start().await;
    let mut browser = alice(&app).await;
    for response_type in ["code", "id_token"] {
        let request = Ask::of("posted").set("response_type", response_type);
        assert_eq!(browser.ask(&request).await.returned().mode, "form_post");
        let view = browser.ask(&request.clone().prompt("none").set("max_age", "0")).await;
        assert_eq!(view.expect_error("login_required").mode, "form_post");
        let view = browser.ask(&request.set("response_mode", "fragment")).await;
        assert_eq!(view.expect_error("unsupported_response_mode").mode, "form_post");
    }
}

#[tokio::test]
async fn the_token_endpoint_knows_no_implicit_grant() {
    let app = start().await;
    for id in ["web", "page", "spa", "derived"] {
        let method = if matches!(id, "page" | "spa") { Method::None } else { Method::Basic };
        let client = Client { method, ..Client::new(&app, id) };
        let answer = client.token(&[("grant_type", "implicit"), ("scope", "openid")]).await;
        answer.expect_error(400, "unsupported_grant_type");
    }
}

#[tokio::test]
async fn a_client_of_implicit_answers_alone_needs_no_secret_and_proves_nothing() {
    let app = start().await;
    let page = Client { method: Method::None, ..Client::new(&app, "page") };
    let request = Ask::of("page").set("response_type", "id_token token").without_pkce();
    let returned = Browser::new(&app).authorize(&request, "alice").await;
    let token = returned.get("access_token");
    app.userinfo(token).await.expect(200);
    let answer = page.call("/api/oidc/introspection", &[("token", token)]).send().await;
    answer.expect_error(401, "invalid_client");
    page.token(&[("grant_type", "authorization_code"), ("code", "x")])
        .await
        .expect_error(400, "unauthorized_client");
    let pushed = page.pushed(&request).await;
    let path = crate::gauntlet::ways::by_name("page", &pushed);
    let mut browser = alice(&app).await;
    assert_eq!(names(&browser.open(&path).await.returned()), expected("id_token token"));
    page.revoke(token).await.expect(200);
    assert_eq!(app.userinfo(token).await.status, 401);
}

#[tokio::test]
async fn a_pushed_request_is_answered_as_any_other() {
    let app = start().await;
    let (web, mut browser) = (Client::new(&app, "web"), alice(&app).await);
    for response_type in ALL {
        for mode in ["", "fragment", "form_post"] {
            let pushed = web.pushed(&ask(response_type).set("response_mode", mode)).await;
            let returned = browser.open(&crate::gauntlet::ways::by_name("web", &pushed)).await.returned();
            assert_eq!(names(&returned), expected(response_type), "{response_type}");
            let default = if front(response_type) { "fragment" } else { "query" };
            assert_eq!(returned.mode, if mode.is_empty() { default } else { mode });
        }
        if front(response_type) {
            let refused = web.push(&ask(response_type).set("response_mode", "query")).await;
            refused.expect_error(400, "unsupported_response_mode");
        }
    }
}

#[tokio::test]
async fn everything_of_one_answer_ends_together() {
    let app = start().await;
    let (web, mut browser) = (Client::new(&app, "web"), alice(&app).await);
    for response_type in ["code token", "code id_token token"] {
        for end in ["revoked in front", "revoked behind", "refresh token revoked", "replayed"] {
            let request = ask(response_type).scope("openid offline_access");
            let returned = browser.authorize(&request, "alice").await;
            let in_front = returned.get("access_token");
            let body = web.redeem(returned.get("code")).await.expect(200).json();
            let behind = body["access_token"].as_str().unwrap();
            let refresh = body["refresh_token"].as_str().unwrap();
            match end {
                "revoked in front" => drop(web.revoke(in_front).await.expect(200)),
                "revoked behind" => drop(web.revoke(behind).await.expect(200)),
                "refresh token revoked" => drop(web.revoke(refresh).await.expect(200)),
                _ => web.redeem(returned.get("code")).await.expect_error(400, "invalid_grant"),
            }
            for token in [in_front, behind] {
                assert_eq!(app.userinfo(token).await.status, 401, "{response_type} {end}");
                assert!(!web.is_active(token).await, "{response_type} {end}");
            }
            web.refresh(refresh).await.expect_error(400, "invalid_grant");
        }
    }
    // A code that was not redeemed yet ends with the token beside it.
    let returned = browser.authorize(&ask("code token"), "alice").await;
    web.revoke(returned.get("access_token")).await.expect(200);
    web.redeem(returned.get("code")).await.expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_signed_access_token_travels_and_binds_too() {
    let app = start().await;
    let request = Ask::of("jwt").set("response_type", "code id_token token");
    let returned = Browser::new(&app).authorize(&request, "alice").await;
    let access = verify(&app, returned.get("access_token")).await;
    assert_eq!(access.header.typ.as_deref(), Some("at+jwt"));
    let claims = verify(&app, returned.get("id_token")).await.claims;
    assert_eq!(claims["at_hash"], half_hash(returned.get("access_token")));
    assert_eq!(claims["sub"], access.claims["sub"]);
    app.userinfo(returned.get("access_token")).await.expect(200);
}

#[tokio::test]
async fn a_request_without_a_page_is_refused_in_the_place_of_its_answer() {
    let app = start().await;
    for response_type in ["code", "id_token token", "code id_token token"] {
        for (prompt, error) in [("none", "login_required"), ("none login", "invalid_request")] {
            for mode in ["", "form_post"] {
                let request = Ask::of("asks").set("response_type", response_type).prompt(prompt);
                let view = Browser::new(&app).ask(&request.set("response_mode", mode)).await;
                let default = if front(response_type) { "fragment" } else { "query" };
                let mode = if mode.is_empty() { default } else { mode };
                assert_eq!(view.expect_error(error).mode, mode, "{response_type}");
            }
        }
        let mut browser = alice(&app).await;
        let silent = Ask::of("asks").set("response_type", response_type).prompt("none");
        browser.ask(&silent).await.expect_error("consent_required");
        // A person who says no is told of in the same place.
        let page = browser.ask(&Ask::of("asks").set("response_type", response_type)).await;
        let returned = browser.press(&page, "consent-deny", &[]).await.expect_error("access_denied");
        assert_eq!(returned.mode, if front(response_type) { "fragment" } else { "query" });
    }
}
