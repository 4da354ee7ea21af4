//! Sign-out is whole, and nothing that began before it goes on after it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use signet::model::authentication::Authentication;
use signet::protocol::error::ErrorCode;
use signet::protocol::parameters::Parameters;
use signet::provider::authorization::{
    AuthorizationError, Authorized, ConsentAnswer, FlowProblem, Step, Visitor,
};
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

/// Drops a future after it was polled so many times; says whether it had ended.
async fn hang_up_after(polls: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn a_sign_out_is_whole_whenever_the_browser_hangs_up() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    for polls in 1.. {
        let mut browser = Browser::new(&app);
        let tokens = web.login_with(&mut browser, "alice", "openid").await;
        let page = browser.open("/logout").await;
        let fields = Browser::filled(&page, "logout-confirm", &[]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let post = app
            .post("/logout")
            .form(&fields)
            .header("origin", &browser.origin)
            .header("cookie", &browser.cookie_line());
        let ended = hang_up_after(polls, post.send()).await;
        // What was begun is finished by tasks of their own.
        tokio::time::sleep(Duration::from_millis(60)).await;
        let signed_in = !browser.open("/").await.has("password");
        assert_eq!(web.is_active(&tokens.access).await, signed_in, "after {polls} polls");
        if ended {
            assert!(!signed_in);
            assert!(polls > 1, "it was dropped in the middle at least once");
            return;
        }
    }
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
    let allow = ConsentAnswer::Allow { remember: false };
    let answer = provider.consent(&waiting.context, &flow, waiting.visitor(), allow).await;
    assert!(matches!(answer, Err(FlowProblem::SignedOut)), "{answer:?}");
    assert_eq!(super::events(&app, "consent.granted").await.len(), 0);
    assert_eq!(super::events(&app, "code.issued").await.len(), 0);
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
        Err(AuthorizationError::Redirect(_, error)) => assert_eq!(error.code, ErrorCode::LoginRequired),
        other => panic!("{other:?}"),
    }
    match ask(Ask::of("post")).await {
        Ok(Authorized::Interact(id)) => {
            assert_eq!(browser.open(&format!("/flow/{id}")).await.step(), "sign-in");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(super::events(&app, "code.issued").await.len(), 0);
}
