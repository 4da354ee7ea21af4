//! Where a person goes after a page: by a 303, and only where the flow says.

use crate::support::{App, Ask, Browser, Client, WaitingDevice, waiting_device};

#[tokio::test]
async fn g08_what_follows_a_password_a_code_or_an_answer_is_a_303() {
    let app = App::start().await;
    let mut seen = Vec::new();
    // Every press in turn, by hand: the browser of the tests follows 303 only, this shows the answer itself.
    let mut press =
        async |browser: &mut Browser, page: &crate::support::View, button: &str, filled: &[(&str, &str)]| {
            let fields = Browser::filled(page, button, filled);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let call =
                app.post(&page.action(button)).form(&fields).header("origin", "https://op.example.com");
            let answer = browser.send(call).await;
            assert_eq!(answer.status, 303, "{button}: {}", answer.text());
            seen.push(button.to_owned());
            let location = answer.header("location").to_owned();
            if location.starts_with('/') { Some(browser.open(&location).await) } else { None }
        };
    let credentials = [("username", "alice"), ("password", "alice-password")];
    let mut browser = Browser::new(&app);
    let home = browser.open("/").await;
    press(&mut browser, &home, "login-submit", &credentials).await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = press(&mut browser, &page, "login-submit", &credentials).await.unwrap();
    let device = crate::support::totp::Device::of(&page);
    let code = device.code(&app);
    let page = press(&mut browser, &page, "second-factor-submit", &[("code", &code)]).await.unwrap();
    assert!(press(&mut browser, &page, "consent-allow", &[]).await.is_none(), "to the relying party");
    app.clock.advance(30);
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa").prompt("login")).await;
    let page = press(&mut browser, &page, "login-submit", &credentials).await.unwrap();
    let code = device.code(&app);
    let page = press(&mut browser, &page, "second-factor-submit", &[("code", &code)]).await.unwrap();
    assert!(press(&mut browser, &page, "consent-deny", &[]).await.is_none());
    let page = browser.ask(&Ask::of("web").prompt("select_account")).await;
    assert_eq!(page.step(), "select-account");
    press(&mut browser, &page, "account-continue", &[]).await;
    let page = browser.ask(&Ask::of("web").prompt("select_account")).await;
    press(&mut browser, &page, "account-other", &[]).await;
    let tv = Client::new(&app, "tv");
    for button in ["device-allow", "device-deny"] {
        let device = WaitingDevice::of(&tv, "openid").await;
        let mut browser = Browser::new(&app);
        let page = browser.open(waiting_device::PAGE).await;
        let typed = [("user_code", device.user_code.as_str())];
        let page = press(&mut browser, &page, "user-code-submit", &typed).await.unwrap();
        let page = press(&mut browser, &page, "login-submit", &credentials).await.unwrap();
        press(&mut browser, &page, button, &[]).await.unwrap();
    }
    let mut other = Browser::new(&app);
    let page = other.ask(&Ask::of("web")).await;
    assert!(press(&mut other, &page, "login-cancel", &[]).await.is_none());
    // Both posts of an authorization request.
    for origin in ["https://op.example.com", "https://rp.example.com"] {
        let call = app.post("/api/oidc/authorization").form(&Ask::of("web").pairs()).header("origin", origin);
        assert_eq!(call.send().await.status, 303);
    }
    assert_eq!(seen.len(), 16, "{seen:?}");
}

/// How others call the place where a person is sent afterwards.
const RETURN_FIELDS: [&str; 14] = [
    "rd",
    "rm",
    "next",
    "redirect",
    "redirect_to",
    "return",
    "return_to",
    "returnTo",
    "continue",
    "goto",
    "target",
    "url",
    "flow",
    "post_logout_redirect_uri",
];

const RETURN_TARGETS: [&str; 10] = [
    "//evil.example.org",
    "/\\evil.example.org",
    "/\t/evil.example.org",
    "https:evil.example.org",
    "https://evil.example.org/",
    "/%5cevil.example.org",
    "/%2f%2fevil.example.org",
    "javascript:alert(1)",
    "/\r\nLocation: https://evil.example.org/",
    "https://op.example.com@evil.example.org/",
];

#[tokio::test]
async fn g10_no_field_says_where_the_person_goes_next() {
    let app = App::start().await;
    let mut signed_in = Browser::new(&app);
    signed_in.sign_in_at_home("alice").await;
    for name in RETURN_FIELDS {
        for target in RETURN_TARGETS {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair(name, target).finish();
            for path in ["/", "/logout", "/flow/x", "/flow/x/sign-in"] {
                for browser in [&mut signed_in, &mut Browser::new(&app)] {
                    let view = browser.open(&format!("{path}?{query}")).await;
                    assert_eq!(view.outside, None, "{path}?{query}");
                    assert!(!view.text().contains("evil.example.org"), "{path}?{query}: {}", view.text());
                    let actions = view.tags("form");
                    let outside = |action: &String| !action.starts_with('/') || action.starts_with("//");
                    let actions = actions.iter().filter_map(|form| form.get("action"));
                    assert_eq!(actions.filter(|action| outside(action)).count(), 0, "{path}?{query}");
                }
            }
        }
        // In the request it is a parameter nobody knows, in a form it is refused.
        let target = RETURN_TARGETS[0];
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("post").set(name, target)).await;
        let credentials = [("username", "alice"), ("password", "alice-password"), (name, target)];
        browser.press(&page, "login-submit", &credentials).await.expect_page(400, "Request refused");
        let returned = browser.sign_in(&page, "alice").await.returned();
        assert_eq!(returned.redirect_uri, "https://rp.example.com/post");
        assert!(!returned.parameters.contains_key(name));
        let page = signed_in.open("/logout").await;
        signed_in.press(&page, "logout-confirm", &[(name, target)]).await.expect_page(400, "Request refused");
    }
}

#[tokio::test]
async fn g10_a_flow_that_nobody_began_is_a_page() {
    let ids = [
        "x",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "%2f%2fevil.example.org",
        "..%2f..%2f",
        "%0d%0aLocation:x",
        "%00",
        "%ff",
        "%5cevil",
    ];
    for (app, id) in App::on_both("{}").await.iter().flat_map(|app| ids.map(|id| (app, id))) {
        for page in ["", "/sign-in", "/second-factor", "/enrol", "/select-account", "/consent"] {
            let path = format!("/flow/{id}{page}");
            let view = Browser::new(app).open(&path).await;
            assert_eq!((view.status(), view.outside.clone()), (400, None), "{path}: {}", view.text());
            assert!(view.has("error-code"), "{path}: {}", view.text());
            assert!(!view.text().contains("evil"), "{path}");
            if !page.is_empty() {
                let answer = app.post(&path).form(&[("action", "cancel")]).send().await;
                assert_eq!((answer.status, answer.header("location")), (400, ""), "POST {path}");
            }
        }
    }
}
