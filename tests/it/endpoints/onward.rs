//! Where people go from pages of their own: `default_redirection_url`, `password_reset.custom_url`; and `theme`.

use crate::support::{App, Ask, Browser};

const ONWARD: &str = "
session:
  cookies:
    - domain: op.example.com
      authelia_url: https://op.example.com
      default_redirection_url: https://www.op.example.com/start?a=1&b=2
    - domain: other.example.org
      authelia_url: https://other.example.org
";
const URL: &str = "https://www.op.example.com/start?a=1&b=2";

#[tokio::test]
async fn who_was_sent_by_no_app_is_led_on_to_the_configured_address() {
    let app = App::with(ONWARD).await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/").await;
    let policy = page.answer.header("content-security-policy").to_owned();
    assert!(!policy.contains("form-action"), "browsers apply it to the redirect: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(page.answer.header("cross-origin-opener-policy"), "same-origin");
    let left = browser.sign_in(&page, "alice").await;
    assert_eq!(left.outside.as_deref(), Some(URL));
    assert_eq!(left.answer.status, 303);

    let home = browser.open("/").await;
    assert_eq!(home.heading(), "You are signed in");
    assert_eq!(home.tag("a", "continue").and_then(|tag| tag.get("href").cloned()).as_deref(), Some(URL));
    assert!(home.text().contains("Continue to www.op.example.com"), "{}", home.text());
    assert!(home.answer.header("content-security-policy").contains("form-action 'self'"));
}

#[tokio::test]
async fn a_wrong_password_leads_nowhere() {
    let app = App::with(ONWARD).await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/").await;
    let wrong = [("username", "alice"), ("password", "wrong")];
    let page = browser.press(&page, "login-submit", &wrong).await;
    assert_eq!((page.outside.as_deref(), page.heading().as_str()), (None, "Sign in"));
}

#[tokio::test]
async fn an_app_that_asks_gets_its_answer_all_the_same() {
    let app = App::with(ONWARD).await;
    let returned = Browser::new(&app).authorize(&Ask::of("post"), "alice").await;
    returned.code();
}

#[tokio::test]
async fn nobody_is_led_anywhere_without_the_option_or_by_a_parameter() {
    let app = App::with(ONWARD).await;
    let mut browser = Browser::at(&app, "https://other.example.org");
    for name in ["rd", "redirect", "redirect_uri", "default_redirection_url", "url", "next"] {
        let page = browser.open(&format!("/?{name}=https://evil.example")).await;
        assert!(!page.answer.text().contains("evil.example"), "{name}");
    }
    let home = browser.sign_in_at_home("alice").await;
    assert_eq!((home.outside.as_deref(), home.heading().as_str()), (None, "You are signed in"));
    assert!(!home.has("continue"));
    let mut browser = Browser::new(&app);
    let page = browser.open("/").await;
    let evil = [("username", "alice"), ("password", "alice-password"), ("rd", "https://evil.example")];
    let refused = browser.press(&page, "login-submit", &evil).await;
    assert_eq!((refused.outside.as_deref(), refused.status()), (None, 400));
}

#[tokio::test]
async fn a_forgotten_password_is_reset_where_the_configuration_says() {
    let fragment = |rest: &str| {
        format!(
            "authentication_backend: {{password_reset: {{custom_url: 'https://reset.example.com/?a&b'{rest}}}}}"
        )
    };
    let app = App::with(&fragment("")).await;
    let mut browser = Browser::new(&app);
    for page in [browser.open("/").await, browser.ask(&Ask::of("web")).await] {
        let link = page.tag("a", "reset-password").expect("a link");
        assert_eq!(link["href"], "https://reset.example.com/?a&b");
        assert!(page.text().contains("Forgot your password?"));
    }
    for fragment in ["{}", &fragment(", disable: true")] {
        let app = App::with(fragment).await;
        assert!(!Browser::new(&app).open("/").await.has("reset-password"), "{fragment}");
    }
}

#[tokio::test]
async fn the_theme_is_that_of_the_configuration() {
    for theme in ["light", "dark", "grey", "oled", "auto"] {
        let app = App::with(&format!("theme: {theme}")).await;
        let page = Browser::new(&app).open("/").await;
        assert_eq!(page.tags("html")[0]["data-theme"], theme);
    }
    let app = App::start().await;
    assert_eq!(Browser::new(&app).open("/").await.tags("html")[0]["data-theme"], "light", "the default");
}

#[tokio::test]
async fn names_are_found_by_address_and_without_case_only_where_the_configuration_says_so() {
    for (search, names) in [
        ("{}", [true, false, false]),
        ("{email: true}", [true, true, false]),
        ("{case_insensitive: true}", [true, false, true]),
        ("{email: true, case_insensitive: true}", [true, true, true]),
    ] {
        let app = App::with(&format!("authentication_backend: {{file: {{search: {search}}}}}")).await;
        for (name, known) in ["alice", "alice@example.com", "Alice"].into_iter().zip(names) {
            let mut browser = Browser::new(&app);
            let page = browser.open("/").await;
            let typed = [("username", name), ("password", "alice-password")];
            let page = browser.press(&page, "login-submit", &typed).await;
            assert_eq!(page.heading() == "You are signed in", known, "{search}: {name}");
        }
    }
}
