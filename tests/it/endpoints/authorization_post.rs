//! The authorization request as a form: from this site with its cookies, from another without.

use crate::support::{App, Ask, Browser, Client, View};

const AUTHORIZATION: &str = "/api/oidc/authorization";

/// A form on the relying party's site: the browser sends no Lax cookie along, and follows the redirect with them.
async fn post_across(browser: &mut Browser, ask: &Ask) -> View {
    let mut bare = Browser { cookies: Default::default(), set_cookies: Vec::new(), ..browser.clone() };
    let call = browser
        .app
        .post(AUTHORIZATION)
        .form(&ask.pairs())
        .header("origin", "https://rp.example.com")
        .header("sec-fetch-site", "cross-site");
    let answer = bare.send(call).await;
    assert!(bare.set_cookies.is_empty(), "a cookie set here would replace the browser's own");
    assert_eq!(answer.status, 303, "{}", answer.text());
    let location = answer.header("location").to_owned();
    if location.starts_with('/') {
        return browser.open(&location).await;
    }
    View { path: AUTHORIZATION.to_owned(), answer, outside: Some(location) }
}

#[tokio::test]
async fn a_form_of_this_site_is_a_request_like_any_other() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    browser.post(AUTHORIZATION, &Ask::of("post").pairs()).await.returned().code();
    let page = browser.post(AUTHORIZATION, &Ask::of("web").pairs()).await;
    assert_eq!(page.step(), "consent");
}

#[tokio::test]
async fn a_form_of_another_site_finds_the_person_who_is_signed_in() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let cookies = browser.cookies.clone();
    let returned = post_across(&mut browser, &Ask::of("post")).await.returned();
    assert_eq!(browser.cookies, cookies);
    Client::new(&app, "post").redeem(&returned.code()).await.expect(200);
    let page = post_across(&mut browser, &Ask::of("post").prompt("login")).await;
    assert_eq!(page.step(), "sign-in");
}

#[tokio::test]
async fn a_form_of_another_site_begins_in_a_new_browser() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = post_across(&mut browser, &Ask::of("post")).await;
    assert_eq!(page.step(), "sign-in");
    browser.sign_in(&page, "alice").await.returned().code();
}

#[tokio::test]
async fn the_first_browser_that_opens_it_claims_it() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = post_across(&mut browser, &Ask::of("web")).await;
    let path = format!("/flow/{}", page.flow());
    let mut other = Browser::new(&app);
    other.open(&path).await.expect_page(400, "This belongs to another browser");
    other.open(&page.path).await.expect_page(400, "This belongs to another browser");
    let mut signed_in = Browser::new(&app);
    signed_in.sign_in_at_home("alice").await;
    signed_in.open(&path).await.expect_page(400, "This belongs to another browser");
    assert_eq!(browser.open(&path).await.step(), "sign-in");
}

#[tokio::test]
async fn prompt_none_across_sites_is_judged_when_the_cookies_are_there() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let none = Ask::of("post").prompt("none");
    post_across(&mut browser, &none).await.expect_error("login_required");
    browser.sign_in_at_home("alice").await;
    post_across(&mut browser, &none).await.returned().code();
}

#[tokio::test]
async fn errors_across_sites_are_told_at_once() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    post_across(&mut browser, &Ask::of("post").scope("nonsense")).await.expect_error("invalid_scope");
    let call = app.post(AUTHORIZATION).form(&Ask::of("nobody").pairs());
    let answer = browser.send(call).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("Request refused"));
}

#[tokio::test]
async fn a_pushed_request_posted_across_sites_belongs_to_the_browser_that_opens_it() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let request_uri = web.pushed(&Ask::of("web")).await;
    let ask = Ask::of("web").set("request_uri", &request_uri);
    let mut browser = Browser::new(&app);
    let page = post_across(&mut browser, &ask).await;
    assert_eq!(page.step(), "sign-in");
    Browser::new(&app).ask(&ask).await.expect_page(400, "This link no longer works");
    assert_eq!(browser.ask(&ask).await.step(), "sign-in", "the browser may open it again");
}
