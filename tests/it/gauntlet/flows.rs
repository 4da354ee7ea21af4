//! Flows: the stored request of the browser that began it, prompt=none, and the issuer in every answer.

use super::dump::Dump;
use super::forms::{self, Form};
use super::sessions::{BROWSER, OTHER_BROWSER, TOO_OLD};
use super::ways::{Outcome, Way, send};
use crate::support::site::ISSUER;
use crate::support::{App, Ask, Browser, Client, View};

#[tokio::test]
async fn g51_only_the_stored_request_counts() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let changes = [
        ("scope", "openid groups offline_access"),
        ("redirect_uri", "https://evil.example.org/"),
        ("client_id", "web-2fa"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("state", "another-state-of-the-request"),
        ("nonce", "another-nonce-of-the-request"),
        ("code_challenge", "x"),
        ("prompt", "none"),
        ("audience", "https://api.example.com"),
        ("username", "bob"),
        ("flow", "x"),
        ("consent", "true"),
    ];
    for form in Form::ALL {
        let standing = forms::stand(&app, form).await;
        let mut browser = standing.browser.clone();
        let before = Dump::of(&app).await;
        for (name, value) in changes {
            if standing.fields().iter().any(|(present, _)| present == name) {
                continue;
            }
            let mut fields = standing.fields();
            fields.push((name.to_owned(), value.to_owned()));
            let view = forms::post(&mut browser, &standing, &fields, &[("origin", ISSUER)]).await;
            view.expect_page(400, "Request refused");
        }
        for (name, value) in standing.fields() {
            let mut twice = standing.fields();
            twice.push((name, value));
            let view = forms::post(&mut browser, &standing, &twice, &[("origin", ISSUER)]).await;
            view.expect_page(400, "Request refused");
        }
        assert_eq!(Dump::of(&app).await.without_time(), before.without_time(), "{form:?}");
    }
    // Beside the form's address, and begun again with other words: what was stored is what is granted.
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web").scope("openid email")).await;
    let page = browser.sign_in(&page, "alice").await;
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(changes).finish();
    browser.ask(&Ask::of("web").scope("openid groups offline_access")).await;
    let shown = browser.open(&format!("{}?{query}", page.path)).await;
    assert!(!shown.text().contains("admins"), "the groups are not asked for");
    let fields = Browser::filled(&page, "consent-allow", &[]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let returned = browser.post(&format!("{}?{query}", page.path), &fields).await.returned();
    assert_eq!(returned.redirect_uri, "https://rp.example.com/callback");
    assert_eq!((returned.mode, returned.get("state")), ("query", "state-of-the-request"));
    let body = web.redeem(&returned.code()).await.expect(200).json();
    assert_eq!(body["scope"], "openid email");
    assert_eq!(body.get("refresh_token"), None);
    // Two requests of one browser: the answer to one is no answer to the other.
    let first = browser.ask(&Ask::of("web").scope("openid")).await;
    let second = browser.ask(&Ask::of("web").scope("openid groups")).await;
    let token = first.field("csrf").unwrap();
    browser.press(&second, "consent-allow", &[("csrf", &token)]).await.expect_page(403, TOO_OLD);
}

#[tokio::test]
async fn g52_prompt_none_shows_no_page() {
    let app = App::start().await;
    let hint = Client::new(&app, "post").login("alice", "openid").await.id;
    let none = |client: &str| Ask::of(client).prompt("none");
    let mut nobody = Browser::new(&app);
    let mut alice = Browser::new(&app);
    alice.sign_in_at_home("alice").await;
    let mut bob = Browser::new(&app);
    bob.sign_in_at_home("bob").await;
    for way in Way::ALL {
        for client in ["post", "web", "spa"] {
            let client = Client::new(&app, client);
            let asks = [
                none(&client.id),
                none(&client.id).set("login_hint", "alice"),
                none(&client.id).set("id_token_hint", &hint),
            ];
            for ask in asks {
                let outcome = send(&mut nobody, &client, way, &ask).await;
                outcome.expect_error("login_required", &format!("{way:?} {}", ask.encoded()));
            }
        }
        let judge = async |browser: &mut Browser, ask: Ask, error: &str| {
            let client = ask.pairs().iter().find(|(name, _)| *name == "client_id").unwrap().1.to_owned();
            let client = Client::new(&app, &client);
            let outcome = send(browser, &client, way, &ask).await;
            let what = format!("{way:?} {}", ask.encoded());
            if error.is_empty() {
                let Outcome::Told(told) = outcome else { panic!("{what}: {outcome:?}") };
                assert!(told.parameters.contains_key("code"), "{what}: {:?}", told.parameters);
            } else {
                outcome.expect_error(error, &what);
            }
        };
        judge(&mut alice, none("web"), "consent_required").await;
        judge(&mut alice, none("spa"), "consent_required").await;
        judge(&mut alice, none("post"), "").await;
        judge(&mut alice, none("post").set("id_token_hint", &hint), "").await;
        judge(&mut bob, none("post").set("id_token_hint", &hint), "login_required").await;
        judge(&mut alice, none("web-2fa"), "interaction_required").await;
        judge(&mut alice, none("post").set("acr_values", "2"), "").await;
        judge(&mut alice, none("post").set("max_age", "0"), "login_required").await;
        judge(&mut alice, none("post").set("id_token_hint", "garbage"), "invalid_request").await;
        for other in ["login", "consent", "select_account"] {
            for prompt in [format!("none {other}"), format!("{other} none")] {
                for browser in [&mut alice, &mut nobody] {
                    judge(browser, Ask::of("post").prompt(&prompt), "invalid_request").await;
                }
            }
        }
    }
}

#[tokio::test]
async fn g53_every_answer_names_its_issuer() {
    let app = App::start().await;
    for issuer in [ISSUER, "https://other.example.org", "http://127.0.0.1:9091"] {
        for mode in ["query", "fragment", "form_post"] {
            let ask = |prompt: &str| Ask::of("web").set("response_mode", mode).prompt(prompt);
            let mut answers = Vec::new();
            let mut browser = Browser::at(&app, issuer);
            for broken in [
                ask("none"),
                ask("none login"),
                ask("login").scope("nonsense"),
                ask("login").set("state", "short"),
                ask("login").set("response_type", "nonsense"),
                ask("login").set("resource", "https://nowhere.example.org/"),
                ask("login").without("code_challenge"),
                ask("login").set("registration", "{}"),
            ] {
                answers.push(browser.ask(&broken).await.returned());
            }
            let page = browser.ask(&ask("consent")).await;
            answers.push(browser.press(&page, "login-cancel", &[]).await.returned());
            let page = browser.ask(&ask("consent")).await;
            let page = browser.sign_in(&page, "alice").await;
            answers.push(browser.press(&page, "consent-deny", &[]).await.returned());
            let errors = answers.len();
            let page = browser.ask(&ask("consent")).await;
            answers.push(browser.allow(&page).await.returned());
            for (number, returned) in answers.iter().enumerate() {
                assert_eq!(returned.get("iss"), issuer, "{mode}: {:?}", returned.parameters);
                assert_eq!(returned.mode, mode, "{:?}", returned.parameters);
                assert_eq!(returned.parameters.contains_key("error"), number < errors);
                assert_eq!(returned.parameters.contains_key("code"), number == errors);
            }
        }
    }
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn g55_a_flow_serves_the_browser_that_began_it_and_no_other() {
    for_one_browser(&App::start().await).await;
}

#[tokio::test]
async fn g55_a_flow_serves_the_browser_that_began_it_and_no_other_on_postgresql() {
    for_one_browser(&App::on_postgres().await).await;
}

async fn for_one_browser(app: &App) {
    let web = Client::new(app, "web");
    for way in Way::ALL {
        let mut browser = Browser::new(app);
        let page = send(&mut browser, &web, way, &Ask::of("web")).await.expect_asked(&format!("{way:?}"));
        let flow = format!("/flow/{}", page.flow());
        let mut new = Browser::new(app);
        let mut victim = Browser::new(app);
        victim.sign_in_at_home("bob").await;
        let mut without_name = browser.clone();
        without_name.cookies.remove(BROWSER);
        let handed_to = async |others: &mut [&mut Browser], pages: &[&View]| {
            for other in others {
                for path in
                    [flow.clone(), page.path.clone(), format!("{flow}/consent"), format!("{flow}/enrol")]
                {
                    other.open(&path).await.expect_page(400, OTHER_BROWSER);
                }
                for page in pages {
                    let button = if page.step() == "consent" { "consent-allow" } else { "login-submit" };
                    let filled = [("username", "alice"), ("password", "alice-password")];
                    let filled = if page.step() == "consent" { &filled[..0] } else { &filled[..] };
                    other.press(page, button, filled).await.expect_page(400, OTHER_BROWSER);
                }
            }
        };
        handed_to(&mut [&mut new, &mut victim, &mut without_name], &[&page]).await;
        let consent = browser.sign_in(&page, "alice").await;
        let mut without_name = browser.clone();
        without_name.cookies.remove(BROWSER);
        handed_to(&mut [&mut new, &mut victim, &mut without_name], &[&page, &consent]).await;
        let code = browser.allow(&consent).await.returned().code();
        web.redeem(&code).await.expect(200);
    }
}
