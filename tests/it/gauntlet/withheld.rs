//! Forms of other sites that people are made to send: the browser keeps its cookies to itself, and must keep them.

use super::dump::Dump;
use super::forms::{self, Form};
use super::sessions::{OTHER_BROWSER, TOO_OLD};
use crate::support::{App, Ask, Browser, Client, WaitingDevice, waiting_device};

/// What a browser says of the page that the form stands on; of ours too, should cookies be lost on the way.
const FROM: [&[(&str, &str)]; 4] = [
    &[("origin", "https://evil.example.org"), ("sec-fetch-site", "cross-site")],
    &[("origin", "null")],
    &[],
    &[("origin", "https://op.example.com"), ("sec-fetch-site", "same-origin")],
];

/// Posts without any cookie, and asserts that none comes back.
async fn post(app: &App, path: &str, fields: &[(&str, &str)], from: &[(&str, &str)]) -> u16 {
    let call = from.iter().fold(app.post(path).form(fields), |call, (name, value)| call.header(name, value));
    let answer = call.send().await;
    assert_eq!(answer.all("set-cookie"), Vec::<&str>::new(), "{path} {fields:?} {from:?}");
    answer.status
}

#[tokio::test]
async fn g50_a_form_without_cookies_takes_none_from_the_browser() {
    let app = App::start().await;
    for form in Form::ALL {
        let standing = forms::stand(&app, form).await;
        let mut browser = standing.browser.clone();
        let right = standing.fields();
        let right: Vec<(&str, &str)> =
            right.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let before = Dump::of(&app).await;
        for from in FROM {
            for fields in [right.as_slice(), &[]] {
                let status = post(&app, &standing.action, fields, from).await;
                assert!([303, 400, 403].contains(&status), "{form:?}: {status}");
            }
        }
        assert_eq!(Dump::of(&app).await.without_time(), before.without_time(), "{form:?}");
        // The person goes on as if nothing had been.
        let view = forms::post(&mut browser, &standing, &standing.fields(), &[]).await;
        assert!(![TOO_OLD, OTHER_BROWSER].contains(&view.heading().as_str()), "{form:?}: {}", view.heading());
    }
}

#[tokio::test]
async fn g50_no_answer_to_a_post_without_cookies_sets_one() {
    let app = App::start().await;
    let ask = Ask::of("web");
    let pairs = ask.pairs();
    let nonsense = [("action", "allow")];
    for from in FROM {
        for path in [
            "/",
            "/logout",
            "/consents",
            "/consents/web",
            waiting_device::PAGE,
            "/flow/nonsense/sign-in",
            "/api/oidc/authorization",
            "/api/oidc/end-session",
            "/api/oidc/token",
            "/api/oidc/userinfo",
            "/api/oidc/nonsense",
        ] {
            for fields in [pairs.as_slice(), &nonsense, &[]] {
                post(&app, path, fields, from).await;
            }
        }
    }
}

#[tokio::test]
async fn g50_a_form_without_cookies_claims_no_request() {
    let app = App::start().await;
    let answer = app.post("/api/oidc/authorization").form(&Ask::of("web").pairs()).send().await.expect(303);
    let path = answer.header("location").to_owned();
    for from in FROM {
        for page in ["sign-in", "consent", "second-factor", "enrol", "select-account", "device"] {
            assert_eq!(post(&app, &format!("{path}/{page}"), &[], from).await, 400, "{page}");
        }
    }
    assert_eq!(Browser::new(&app).open(&path).await.step(), "sign-in");
    // The guesses of a user code are nobody's either.
    let device = WaitingDevice::of(&Client::new(&app, "tv"), "openid").await;
    for _ in 0..10 {
        post(&app, waiting_device::PAGE, &[("user_code", "BCDF-GHJK")], FROM[0]).await;
    }
    assert_eq!(Browser::new(&app).reach_device(&device, "alice").await.step(), "device");
}
