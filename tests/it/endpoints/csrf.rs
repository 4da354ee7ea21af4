//! Forms come from our own pages, or nothing happens.

use crate::support::{App, Ask, Browser, View};

const TOO_OLD: &str = "This form is too old";

/// A browser that stands at the consent page.
async fn at_consent(app: &App) -> (Browser, View) {
    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of("web")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "consent");
    (browser, page)
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    for token in [None, Some(""), Some("nonsense")] {
        let mut fields = vec![("action", "allow")];
        fields.extend(token.map(|token| ("csrf", token)));
        browser.post(&page.path, &fields).await.expect_page(403, TOO_OLD);
    }
    browser.allow(&page).await.returned().code();
}

#[tokio::test]
async fn the_token_of_another_browser_page_or_sign_in_does_nothing() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let (_, other) = at_consent(&app).await;
    let foreign = other.field("csrf").unwrap();
    browser.press(&page, "consent-allow", &[("csrf", &foreign)]).await.expect_page(403, TOO_OLD);
    let second = browser.ask(&Ask::of("web")).await;
    let token = second.field("csrf").unwrap();
    browser.press(&page, "consent-allow", &[("csrf", &token)]).await.expect_page(403, TOO_OLD);
    let logout = browser.open("/logout").await.field("csrf").unwrap();
    browser.press(&page, "consent-allow", &[("csrf", &logout)]).await.expect_page(403, TOO_OLD);
    // Somebody else signs in here: the page that alice left open allows nothing.
    let sign_out = browser.open("/logout").await;
    browser.press(&sign_out, "logout-confirm", &[]).await;
    browser.sign_in_at_home("bob").await;
    browser.allow(&page).await.expect_page(403, TOO_OLD);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let fields = Browser::filled(&page, "consent-allow", &[]);
    let fields = borrowed(&fields);
    for (name, value) in [
        ("origin", "null"),
        ("origin", "https://evil.example.org"),
        ("origin", "http://op.example.com"),
        ("origin", "https://op.example.com.evil.org"),
        ("origin", "https://other.example.org"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let call = app.post(&page.path).form(&fields).header(name, value);
        browser.follow(&page.path, call).await.expect_page(403, TOO_OLD);
    }
    let call = app.post(&page.path).form(&fields);
    browser.follow(&page.path, call).await.returned().code();
}

#[tokio::test]
async fn a_body_that_is_no_form_does_nothing() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let fields = Browser::filled(&page, "consent-allow", &[]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    for media_type in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
        let call =
            app.post(&page.path).body(media_type, body.clone()).header("origin", "https://op.example.com");
        browser.follow(&page.path, call).await.expect_page(403, TOO_OLD);
    }
}

#[tokio::test]
async fn a_field_that_the_page_does_not_have_is_refused() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    for (name, value) in [
        ("scope", "openid groups"),
        ("redirect_uri", "https://evil.example.org/"),
        ("client_id", "web-2fa"),
        ("response_type", "token"),
        ("username", "bob"),
    ] {
        browser.press(&page, "consent-allow", &[(name, value)]).await.expect_page(400, "Request refused");
    }
    let mut fields = Browser::filled(&page, "consent-allow", &[]);
    fields.push(("action".to_owned(), "deny".to_owned()));
    browser.post(&page.path, &borrowed(&fields)).await.expect_page(400, "Request refused");
    browser.allow(&page).await.returned().code();
}

#[tokio::test]
async fn sign_in_second_factor_enrolment_home_and_sign_out_are_guarded_as_well() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let guarded = async |browser: &mut Browser, page: &View, button: &str, filled: &[(&str, &str)]| {
        let fields = Browser::filled(page, button, filled);
        let call = app
            .post(&page.action(button))
            .form(&borrowed(&fields))
            .header("origin", "https://evil.example.org");
        browser.follow(&page.path, call).await.expect_page(403, TOO_OLD);
        let forged: Vec<_> = borrowed(&fields).into_iter().filter(|(name, _)| *name != "csrf").collect();
        browser.post(&page.action(button), &forged).await.expect_page(403, TOO_OLD);
    };
    let credentials = [("username", "alice"), ("password", "alice-password")];
    let home = browser.open("/").await;
    guarded(&mut browser, &home, "login-submit", &credentials).await;
    let page = browser.ask(&Ask::of("web-2fa")).await;
    guarded(&mut browser, &page, "login-submit", &credentials).await;
    guarded(&mut browser, &page, "login-cancel", &[]).await;
    assert_eq!(browser.session(), None, "nobody was signed in");
    let page = browser.sign_in(&page, "alice").await;
    let code = crate::support::totp::Device::of(&page).code(&app);
    guarded(&mut browser, &page, "second-factor-submit", &[("code", &code)]).await;
    let (device, _) = browser.enrol(&page).await;
    app.clock.advance(30);
    let mut other = Browser::new(&app);
    let page = other.ask(&Ask::of("web-2fa")).await;
    let page = other.sign_in(&page, "alice").await;
    guarded(&mut other, &page, "second-factor-submit", &[("code", &device.code(&app))]).await;
    let page = other.type_code(&page, &device.code(&app)).await;
    assert_eq!(page.step(), "consent", "the code was not used up by what was refused");
    let page = other.open("/logout").await;
    guarded(&mut other, &page, "logout-confirm", &[]).await;
    assert_eq!(other.open("/").await.heading(), "You are signed in");
}

#[tokio::test]
async fn a_get_signs_nobody_out() {
    let app = App::start().await;
    let (mut browser, _) = at_consent(&app).await;
    let page = browser.open("/logout").await;
    assert_eq!(page.heading(), "Sign out?");
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
}
