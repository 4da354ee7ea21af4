//! Every response type: what holds of a code holds of a token that travels in the answer itself.

use tokio::task::JoinSet;

use super::ways::{Outcome, Way, by_name, send, send_anew};
use crate::support::client::{Method, code_fields};
use crate::support::site::ISSUER;
use crate::support::view::Returned;
use crate::support::{App, Ask, Browser, Client, VERIFIER};

const CLIENTS: &str = include_str!("response_type.yml");

const TYPES: [&str; 7] =
    ["code", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"];
const HYBRID: [&str; 3] = ["code id_token", "code token", "code id_token token"];

/// What only an allowed request is answered with.
const GIVEN: [&str; 3] = ["code", "access_token", "id_token"];

fn ask(client: &str, response_type: &str) -> Ask {
    Ask::of(client).set("response_type", response_type)
}

fn client(app: &App, id: &str) -> Client {
    let method = if id == "spa" { Method::None } else { Method::Basic };
    Client { method, ..Client::new(app, id) }
}

fn modes(response_type: &str) -> &'static [&'static str] {
    if response_type == "code" { &["query", "fragment", "form_post"] } else { &["fragment", "form_post"] }
}

async fn signed_in(app: &App, name: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home(name).await;
    browser
}

/// The answer to a request that needs no page.
async fn told(browser: &mut Browser, client: &Client, way: Way, ask: &Ask) -> Returned {
    match send(browser, client, way, ask).await {
        Outcome::Told(returned) => returned,
        other => panic!("{way:?} {}: {other:?}", ask.encoded()),
    }
}

#[track_caller]
fn refused(returned: &Returned, error: &str, what: &str) {
    assert_eq!(returned.get("error"), error, "{what}: {:?}", returned.parameters);
    assert!(!returned.gives(), "{what}");
}

#[tokio::test]
async fn g22_whom_the_policy_denies_gets_nothing_by_any_response_type() {
    for app in App::on_both(CLIENTS).await {
        let closed = client(&app, "closed");
        let mut bob = signed_in(&app, "bob").await;
        for response_type in TYPES {
            for mode in modes(response_type) {
                let ask = ask("closed", response_type).set("response_mode", mode);
                for way in Way::ALL {
                    for prompt in ["", "none", "consent"] {
                        let returned = told(&mut bob, &closed, way, &ask.clone().prompt(prompt)).await;
                        refused(&returned, "access_denied", &format!("{way:?} {response_type} {prompt}"));
                    }
                }
                let mut anew = Browser::new(&app);
                let page = anew.ask(&ask).await;
                let returned = anew.sign_in(&page, "bob").await.returned();
                refused(&returned, "access_denied", response_type);
            }
        }
        for table in ["signet_grants", "signet_access_tokens", "signet_authorization_codes"] {
            assert_eq!(app.sql.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        let mut alice = signed_in(&app, "alice").await;
        let returned = told(&mut alice, &closed, Way::Get, &ask("closed", "code id_token token")).await;
        assert!(GIVEN.iter().all(|name| returned.parameters.contains_key(*name)), "others may");
    }
}

#[tokio::test]
async fn g22_two_factors_are_asked_for_by_any_response_type_and_a_remembered_consent_is_none() {
    let app = App::with(CLIENTS).await;
    let strict = client(&app, "strict");
    let mut first = signed_in(&app, "alice").await;
    for response_type in TYPES {
        for way in Way::ALL {
            let what = format!("{way:?} {response_type}");
            let page =
                send(&mut first, &strict, way, &ask("strict", response_type)).await.expect_asked(&what);
            assert_eq!(page.step(), "enrol", "{what}");
            let silent = ask("strict", response_type).prompt("none");
            refused(&told(&mut first, &strict, way, &silent).await, "interaction_required", &what);
        }
    }
    let page = first.ask(&ask("strict", "code")).await;
    let (_, page) = first.enrol(&page).await;
    first.press(&page, "consent-allow", &[("remember", "true")]).await.returned();
    let mut second = signed_in(&app, "alice").await;
    for response_type in TYPES {
        let silent = ask("strict", response_type).prompt("none");
        for way in Way::ALL {
            let what = format!("{way:?} {response_type}");
            let returned = told(&mut first, &strict, way, &silent).await;
            assert!(
                !returned.parameters.contains_key("error"),
                "{what}: two factors and the consent are there"
            );
            refused(&told(&mut second, &strict, way, &silent).await, "interaction_required", &what);
            let page =
                send(&mut second, &strict, way, &ask("strict", response_type)).await.expect_asked(&what);
            assert_eq!(page.step(), "second-factor", "{what}");
        }
    }
}

#[tokio::test]
async fn g22_a_policy_that_changes_ends_what_travelled_in_the_answer() {
    let app = App::with(CLIENTS).await;
    let web = client(&app, "web");
    let mut bob = signed_in(&app, "bob").await;
    let mut given = Vec::new();
    for response_type in TYPES {
        given.push(told(&mut bob, &web, Way::Get, &ask("web", response_type)).await);
    }
    app.reconfigure(&CLIENTS.replacen("authorization_policy: one_factor", "authorization_policy: staff", 1));
    for returned in &given {
        if let Some(token) = returned.parameters.get("access_token") {
            assert_eq!(app.userinfo(token).await.status, 401);
            assert!(!web.is_active(token).await);
        }
        if let Some(code) = returned.parameters.get("code") {
            web.redeem(code).await.expect_error(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn g34_a_hybrid_code_that_comes_again_ends_the_tokens_beside_it() {
    for app in App::on_both(CLIENTS).await {
        let mut browser = Browser::new(&app);
        for id in ["web", "spa"] {
            let client = client(&app, id);
            for response_type in HYBRID {
                let scope = if id == "web" { "openid offline_access" } else { "openid" };
                let returned = browser.authorize(&ask(id, response_type).scope(scope), "alice").await;
                let in_front = returned.get("access_token");
                // A stranger's try and a try without the proofs end nothing.
                self::client(&app, "other")
                    .redeem(returned.get("code"))
                    .await
                    .expect_error(400, "invalid_grant");
                let body = client.redeem(returned.get("code")).await.expect(200).json();
                if !in_front.is_empty() {
                    app.userinfo(in_front).await.expect(200);
                }
                app.clock.advance(30);
                client.redeem(returned.get("code")).await.expect_error(400, "invalid_grant");
                for token in [in_front, body["access_token"].as_str().unwrap()] {
                    if !token.is_empty() {
                        app.userinfo(token).await.expect_error(401, "invalid_token");
                    }
                }
                if let Some(refresh) = body["refresh_token"].as_str() {
                    client.refresh(refresh).await.expect_error(400, "invalid_grant");
                }
            }
        }
        assert_eq!(app.sql.events("code.replayed", "").await, 6, "once for each grant that ended");
    }
}

#[tokio::test]
async fn g35_of_many_who_redeem_a_hybrid_code_one_gets_tokens_and_all_of_them_end() {
    for app in App::on_both(CLIENTS).await {
        let web = client(&app, "web");
        let mut browser = signed_in(&app, "alice").await;
        for response_type in HYBRID {
            let returned = told(&mut browser, &web, Way::Get, &ask("web", response_type)).await;
            let before = app.sql.number("SELECT COUNT(*) FROM signet_access_tokens").await;
            let mut all = JoinSet::new();
            for _ in 0..16 {
                let (web, code) = (web.clone(), returned.code());
                all.spawn(async move { web.redeem(&code).await });
            }
            let answers = all.join_all().await;
            let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert_eq!(won.len(), 1, "{response_type}");
            assert!(answers.iter().all(|answer| answer.status == 200 || answer.error() == "invalid_grant"));
            assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_access_tokens").await, before + 1);
            let behind = won[0].json()["access_token"].as_str().unwrap().to_owned();
            for token in [returned.get("access_token"), &behind] {
                assert!(token.is_empty() || app.userinfo(token).await.status == 401, "{response_type}");
            }
        }
    }
}

#[tokio::test]
async fn g53_every_answer_of_every_response_type_names_its_issuer() {
    let app = App::with(CLIENTS).await;
    for issuer in [ISSUER, "https://other.example.org", "http://127.0.0.1:9091"] {
        let mut browser = Browser::at(&app, issuer);
        let page = browser.open("/").await;
        browser.sign_in(&page, "alice").await;
        for response_type in TYPES {
            for mode in modes(response_type) {
                let ask = |prompt: &str| ask("web", response_type).set("response_mode", mode).prompt(prompt);
                let mut answers = Vec::new();
                for broken in [
                    ask("none login"),
                    ask("none").set("max_age", "0"),
                    ask("none").scope("openid nonsense"),
                    ask("none").set("state", "short"),
                    ask("none").set("nonce", "short"),
                    ask("none").set("resource", "https://nowhere.example.org/"),
                    ask("none").set("code_challenge_method", "S512"),
                    ask("none").set("response_type", &format!("{response_type} nonsense")),
                ] {
                    answers.push(browser.ask(&broken).await.returned());
                }
                let page = browser.ask(&ask("consent")).await;
                answers.push(browser.press(&page, "consent-deny", &[]).await.returned());
                let errors = answers.len();
                let page = browser.ask(&ask("consent")).await;
                answers.push(browser.allow(&page).await.returned());
                for (number, returned) in answers.iter().enumerate() {
                    let what = format!("{response_type} {mode} {number}: {:?}", returned.parameters);
                    assert_eq!((returned.get("iss"), returned.mode), (issuer, *mode), "{what}");
                    assert_eq!(returned.parameters.contains_key("error"), number < errors, "{what}");
                    assert_eq!(returned.gives(), number == errors, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn g67_a_stranger_learns_nothing_of_a_token_in_an_answer_and_cannot_end_it() {
    let app = App::with(CLIENTS).await;
    let (web, other) = (client(&app, "web"), client(&app, "other"));
    for response_type in ["token", "id_token token", "code token", "code id_token token"] {
        let returned = Browser::new(&app).authorize(&ask("web", response_type), "alice").await;
        let token = returned.get("access_token");
        assert!(!other.is_active(token).await, "{response_type}");
        other.revoke(token).await.expect(200);
        assert!(web.is_active(token).await, "{response_type}");
        app.userinfo(token).await.expect(200);
    }
}

#[tokio::test]
async fn g69_no_response_type_gives_a_scope_or_audience_that_is_not_registered() {
    let app = App::with(CLIENTS).await;
    let web = client(&app, "web");
    let mut browser = signed_in(&app, "alice").await;
    for response_type in TYPES {
        for way in Way::ALL {
            let ask = ask("web", response_type);
            for (changed, error) in [
                (ask.clone().scope("openid email"), "invalid_scope"),
                (ask.clone().scope("openid nonsense"), "invalid_scope"),
                (ask.clone().set("audience", "https://api.example.com"), "invalid_target"),
                (ask.clone().set("resource", "https://api.example.com"), "invalid_target"),
            ] {
                send(&mut browser, &web, way, &changed).await.expect_error(error, &changed.encoded());
            }
        }
    }
}

#[tokio::test]
async fn g72_an_id_token_of_an_answer_opens_nothing() {
    let app = App::with(CLIENTS).await;
    let web = client(&app, "web");
    for response_type in ["id_token", "id_token token", "code id_token", "code id_token token"] {
        let returned = Browser::new(&app).authorize(&ask("web", response_type), "alice").await;
        let id_token = returned.get("id_token");
        app.userinfo(id_token).await.expect_error(401, "invalid_token");
        assert!(!web.is_active(id_token).await, "{response_type}");
        web.redeem(id_token).await.expect_error(400, "invalid_grant");
        web.refresh(id_token).await.expect_error(400, "invalid_grant");
        if !returned.get("access_token").is_empty() {
            web.redeem(returned.get("access_token")).await.expect_error(400, "invalid_grant");
            web.refresh(returned.get("access_token")).await.expect_error(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn g80_the_challenge_binds_a_hybrid_code_as_any_other() {
    let app = App::with(CLIENTS).await;
    let mut browser = signed_in(&app, "alice").await;
    for id in ["web", "spa", "must"] {
        let client = client(&app, id);
        for response_type in HYBRID {
            for way in Way::ALL {
                for mode in ["fragment", "form_post"] {
                    let what = format!("{id} {response_type} {way:?} {mode}");
                    let ask = ask(id, response_type).set("response_mode", mode);
                    let returned = told(&mut browser, &client, way, &ask).await;
                    let fields = code_fields(id, returned.get("code"));
                    let bare: Vec<_> =
                        fields.into_iter().filter(|(name, _)| *name != "code_verifier").collect();
                    client.token(&bare).await.expect_error(400, "invalid_grant");
                    // The failed proof has spent it.
                    client.redeem(returned.get("code")).await.expect_error(400, "invalid_grant");
                    let returned = told(&mut browser, &client, way, &ask).await;
                    client.redeem(returned.get("code")).await.expect(200);
                    let wrong = ask.clone().set("code_challenge_method", "S512");
                    send(&mut browser, &client, way, &wrong).await.expect_error("invalid_request", &what);
                    let plain =
                        ask.clone().set("code_challenge", VERIFIER).set("code_challenge_method", "plain");
                    send(&mut browser, &client, way, &plain).await.expect_error("invalid_request", &what);
                    let bare = ask.without_pkce();
                    if id == "web" {
                        // RFC 9700 §2.1.1: without a challenge the nonce in the ID token stands for it.
                        let returned = told(&mut browser, &client, way, &bare).await;
                        client.redeem(returned.get("code")).await.expect_error(400, "invalid_grant");
                    } else {
                        send(&mut browser, &client, way, &bare).await.expect_error("invalid_request", &what);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn g80_where_no_code_comes_a_challenge_is_not_asked_for_and_a_wrong_one_refused() {
    let app = App::with(CLIENTS).await;
    for id in ["web", "spa", "must"] {
        let client = client(&app, id);
        for response_type in ["id_token", "token", "id_token token"] {
            for way in Way::ALL {
                let ask = ask(id, response_type);
                send_anew(&client, way, &ask.clone().without_pkce()).await.expect_asked(response_type);
                send_anew(&client, way, &ask).await.expect_asked(response_type);
                let wrong = ask.set("code_challenge", "short");
                send_anew(&client, way, &wrong).await.expect_error("invalid_request", response_type);
            }
        }
    }
    // A challenge beside a pushed request does not count for a hybrid code either.
    let web = client(&app, "web");
    let pushed = web.pushed(&ask("web", "code id_token").without_pkce()).await;
    let beside = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let mut browser = signed_in(&app, "alice").await;
    let returned = browser.open(&(by_name("web", &pushed) + beside)).await.returned();
    web.redeem(returned.get("code")).await.expect_error(400, "invalid_grant");
}
