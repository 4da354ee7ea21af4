//! Sign-out is whole, and nothing that began before it goes on after it.

use signet::model::authentication::Authentication;
use signet::protocol::error::ErrorCode;
use signet::protocol::parameters::Parameters;
use signet::provider::authorization::{Authorized, ConsentAnswer, FlowProblem, Step, Visitor};
use signet::provider::context::Context;
use signet::secrets::mac::sha256_base64url;

use crate::support::{App, Ask, Browser, Client};

/// A request that has read its cookies and then waits.
struct Waiting {
    context: Context,
    browser: String,
    authentication: Authentication,
}

impl Waiting {
    async fn of(app: &App, browser: &Browser) -> Self {
        let session = sha256_base64url(browser.session().unwrap().as_bytes());
        let row = app.storage.load_session(&session, app.clock.now()).await.unwrap().unwrap();
        let cookie = browser.cookies.iter().find(|(name, _)| name.ends_with("signet_browser")).unwrap().1;
        Self {
            context: Context {
                issuer: signet::model::issuer::Issuer::parse(crate::support::site::ISSUER).unwrap(),
                address: crate::support::site::HOME.parse().unwrap(),
                user_agent: None,
                request_id: "waiting".to_owned(),
                now: app.clock.now(),
            },
            browser: sha256_base64url(cookie.as_bytes()),
            authentication: serde_json::from_value(row.data["authentication"].clone()).unwrap(),
        }
    }

    fn visitor(&self) -> Visitor<'_> {
        Visitor { browser: Some(&self.browser), authentication: Some(&self.authentication) }
    }
}

async fn sign_out(browser: &mut Browser) {
    let page = browser.open("/logout").await;
    assert_eq!(browser.press(&page, "logout-confirm", &[]).await.heading(), "Signed out");
}

#[tokio::test]
async fn a_sign_out_that_the_database_refuses_half_of_ends_nothing() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    let tokens = web.login_with(&mut browser, "alice", "openid").await;
    let refuse =
        "CREATE TRIGGER refuse BEFORE DELETE ON signet_sessions BEGIN SELECT RAISE(ABORT, 'no'); END";
    app.sql.execute(refuse).await;
    let page = browser.open("/logout").await;
    assert_eq!(browser.press(&page, "logout-confirm", &[]).await.status(), 503);
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
    assert!(web.is_active(&tokens.access).await, "the tokens end with the session or not at all");
    app.sql.execute("DROP TRIGGER refuse").await;
    sign_out(&mut browser).await;
    assert!(!web.is_active(&tokens.access).await);
}

#[tokio::test]
async fn consent_that_comes_after_sign_out_grants_nothing() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "consent");
    let provider = app.provider.load_full();
    let waiting = Waiting::of(&app, &browser).await;
    let flow = provider.flow(&waiting.context, &page.flow(), waiting.visitor()).await.unwrap();
    assert_eq!(flow.step, Step::Consent);
    sign_out(&mut browser).await;
    let allow = ConsentAnswer::Allow { remember: false, claims: Vec::new() };
    let answer = provider.consent(&waiting.context, &flow, waiting.visitor(), allow).await;
    assert!(matches!(answer, Err(FlowProblem::SignedOut)), "{answer:?}");
    assert_eq!(app.sql.events("consent.granted", "").await, 0);
    assert_eq!(app.sql.events("code.issued", "").await, 0);
    let page = browser.open(&format!("/flow/{}", page.flow())).await;
    assert_eq!(page.step(), "sign-in", "it still waits for whoever signs in");
    let page = browser.sign_in(&page, "alice").await;
    assert!(!browser.allow(&page).await.returned().code().is_empty());
}

#[tokio::test]
async fn a_request_that_comes_after_sign_out_is_judged_as_one_of_nobody() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let provider = app.provider.load_full();
    let waiting = Waiting::of(&app, &browser).await;
    sign_out(&mut browser).await;
    let ask = async |ask: Ask| {
        let parameters = Parameters::parse(ask.encoded().as_bytes()).unwrap();
        provider.authorize(&waiting.context, &parameters, waiting.visitor()).await
    };
    match ask(Ask::of("post").prompt("none")).await {
        Ok(Authorized::Respond(answer)) => {
            assert_eq!(answer.error.map(|error| error.code), Some(ErrorCode::LoginRequired));
        }
        other => panic!("{other:?}"),
    }
    match ask(Ask::of("post")).await {
        Ok(Authorized::Interact(id)) => {
            assert_eq!(browser.open(&format!("/flow/{id}")).await.step(), "sign-in");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(app.sql.events("code.issued", "").await, 0);
}
