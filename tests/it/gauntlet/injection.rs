//! What comes in is written out as text: on pages, in the form of an answer, in headers.

use super::forms::{self, Form};
use super::shape::{expect_same, is_page, shape};
use super::ways::{Way, view};
use crate::support::site::ISSUER;
use crate::support::{Answer, App, Ask, Browser, Client, View};

/// What closes a text, an attribute, an element, a script or a line, or is run by somebody's template.
const PAYLOADS: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</textarea></title></style><script>alert(1)</script>",
    "javascript:alert(1)//https://",
    "{{7*191817}}{% include \"/etc/passwd\" %}${7*191817}",
    "\" autofocus onfocus=alert(1) x=\"",
    "</form><form action=https://evil.example.org><input name=password>",
    "\u{2028}\u{2029}\u{202e}<!--",
    "%3Cscript%3Ealert(1)%3C/script%3E&lt;script&gt;",
    "x\r\nSet-Cookie: evil=1\r\n\r\n<html>",
    "`onclick=alert(1) \\\"><a href=javascript:alert(1)>",
];

/// What stands in the place of a payload to see what the page is without one.
const WORD: &str = "plain-word";

const PARAMETERS: [&str; 24] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "claims",
    "claims_locales",
    "ui_locales",
    "display",
    "audience",
    "resource",
    "request",
    "request_uri",
    "registration",
    "unknown",
];

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Asserts that nothing but what the issuer itself says became a header.
#[track_caller]
fn expect_no_header(answer: &Answer, what: &str) {
    let cookies = answer.all("set-cookie");
    assert!(cookies.iter().all(|line| line.starts_with("__Host-signet_")), "{what}: {cookies:?}");
}

#[tokio::test]
async fn g59_no_parameter_of_a_request_becomes_markup() {
    let app = App::start().await;
    for name in PARAMETERS {
        for mode in ["query", "form_post"] {
            let base = Ask::of("web").set("response_mode", mode);
            let word = base.clone().set(name, WORD);
            for payload in PAYLOADS {
                let ask = base.clone().set(name, payload);
                for way in [Way::Get, Way::Post, Way::Across] {
                    let what = format!("{way:?} {mode} {name}={payload:?}");
                    let word = view(&mut Browser::new(&app), way, &word).await;
                    let view = view(&mut Browser::new(&app), way, &ask).await;
                    expect_no_header(&view.answer, &what);
                    let told = view.try_returned();
                    if let (Some(told), None) = (&told, word.try_returned()) {
                        // Refused for its characters, and told so where answers go.
                        assert_eq!(told.redirect_uri, "https://rp.example.com/callback", "{what}");
                        assert_eq!(told.get("error"), "invalid_request", "{what}");
                        if is_page(&view.answer) {
                            shape(&view.text(), &what);
                        }
                        continue;
                    }
                    expect_same(&view, &word, &what);
                    if let Some(told) = told {
                        assert_eq!(told.redirect_uri, "https://rp.example.com/callback", "{what}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn g59_no_name_of_a_parameter_becomes_markup() {
    let app = App::start().await;
    let path = Ask::of("web").path();
    let twice = |name: &str| format!("{path}&{0}=1&{0}=2", escaped(name));
    let word = Browser::new(&app).open(&twice(WORD)).await;
    word.expect_page(400, "Request refused");
    assert!(word.text().contains(WORD), "it is named");
    for payload in PAYLOADS {
        let view = Browser::new(&app).open(&twice(payload)).await;
        expect_same(&view, &word, payload);
        // Programs are told in JSON, which no browser takes for a page.
        let answer = Client::new(&app, "web").token(&[(payload, "1"), (payload, "2")]).await;
        answer.expect_error(400, "invalid_request");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn g59_no_field_of_a_form_becomes_markup() {
    let app = App::with("regulation: {max_retries: 0}").await;
    for form in Form::ALL {
        let standing = forms::stand(&app, form).await;
        let asks = !matches!(form, Form::SignInCancel);
        let names: Vec<String> = standing.fields().into_iter().map(|(name, _)| name).collect();
        let names = names.into_iter().chain(["remember", "unknown"].map(str::to_owned));
        for name in names {
            // What an action that nobody knows does is the form's own affair; it ends the request.
            if name == "action" || (!asks && !matches!(name.as_str(), "csrf" | "unknown")) {
                continue;
            }
            let mut views = Vec::new();
            for value in [WORD].iter().chain(&PAYLOADS) {
                let mut browser = standing.browser.clone();
                if form == Form::UserCode {
                    // Too many wrong codes are another page.
                    app.clock.advance(3600);
                }
                let mut fields = standing.fields();
                fields.retain(|(present, _)| *present != name);
                fields.push((name.clone(), (*value).to_owned()));
                // Only what is refused comes back on the page.
                if name == "remember" && fields.iter().any(|(name, _)| name == "password") {
                    fields.retain(|(name, _)| name != "password");
                    fields.push(("password".to_owned(), "wrong".to_owned()));
                } else if name == "remember" {
                    fields.push(("unknown".to_owned(), "x".to_owned()));
                }
                views.push(forms::post(&mut browser, &standing, &fields, &[("origin", ISSUER)]).await);
            }
            let word = views.remove(0);
            assert!(is_page(&word.answer), "{form:?} {name}: {:?}", word.outside);
            for (view, payload) in views.iter().zip(PAYLOADS) {
                let what = format!("{form:?} {name}={payload:?}");
                expect_same(view, &word, &what);
                expect_no_header(&view.answer, &what);
                if name == "user_code" {
                    let shown = view.field("user_code").map(|shown| shown.replace(['\r', '\n'], ""));
                    let first: String = payload.chars().take(32).collect();
                    assert_eq!(shown, Some(first.replace(['\r', '\n'], "")), "given back as text");
                }
                if name == "username" {
                    let shown = view.field("username").map(|shown| shown.replace(['\r', '\n'], ""));
                    assert_eq!(shown, Some(payload.replace(['\r', '\n'], "")), "given back as text");
                }
            }
        }
    }
}

#[tokio::test]
async fn g59_no_path_and_no_header_becomes_markup() {
    let app = App::start().await;
    let paths = ["/", "/flow/", "/flow/x/", "/static/", "/api/oidc/", "/logout/", "/.well-known/"];
    for path in paths {
        for method in ["GET", "POST", "PUT"] {
            let send = async |end: &str| {
                let end: String = end.bytes().map(|byte| format!("%{byte:02x}")).collect();
                let path = format!("{path}{end}");
                View { answer: app.call(method, &path).send().await, path, outside: None }
            };
            let word = send(WORD).await;
            for payload in PAYLOADS {
                let view = send(payload).await;
                expect_same(&view, &word, &format!("{method} {path}{payload}"));
            }
        }
    }
    for name in [
        "host",
        "referer",
        "user-agent",
        "accept-language",
        "x-forwarded-host",
        "x-forwarded-for",
        "cookie",
        "origin",
        "x-request-id",
    ] {
        for path in ["/", "/nonsense", "/logout", "/api/oidc/authorization?client_id=nobody"] {
            let send = async |value: &str| {
                let value: String = value.chars().filter(|sign| (' '..='~').contains(sign)).collect();
                let call = app.get(path);
                let call = if name == "host" { call.host(&value) } else { call.header(name, &value) };
                View { path: path.to_owned(), answer: call.send().await, outside: None }
            };
            let word = send(WORD).await;
            for payload in PAYLOADS {
                expect_same(&send(payload).await, &word, &format!("{path} {name}: {payload}"));
            }
        }
    }
}

#[tokio::test]
async fn g60_the_form_of_an_answer_holds_what_it_carries_as_values() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let long = "\"><script>".repeat(204);
    let states = [
        "\"><script>alert(1)</script>",
        "</form><form action=https://evil.example.org>",
        "' onclick=x",
        "&quot;&amp;&#34;",
        "<!-- ]]>",
        "\\\"\\u003c",
        &long,
    ];
    let ask = |state: &str| Ask::of("web").set("response_mode", "form_post").set("state", state);
    // What a state may not hold is refused, by a form as sound as any.
    let plain = browser.ask(&ask("state-of-the-request").prompt("none")).await;
    let huge = "<script>".repeat(512);
    for odd in ["\u{2028}alert(1)\"><script>", "caf\u{e9}-caf\u{e9}", "line\nbreak", &huge] {
        let view = browser.ask(&ask(odd)).await;
        expect_same(&view, &plain, odd);
        let returned = view.expect_error("invalid_request");
        assert_eq!(returned.get("state"), odd, "handed back unread (RFC 6749 §4.1.2.1)");
    }
    browser.ask(&ask("nul\0nul-nul-nul")).await.expect_page(400, "Request refused");
    let consent = browser.ask(&ask("state-of-the-request")).await;
    let code = browser.allow(&consent).await;
    for state in states {
        let error = browser.ask(&ask(state).prompt("none")).await;
        error.expect_error("consent_required");
        expect_same(&error, &plain, state);
        let consent = browser.ask(&ask(state)).await;
        let granted = browser.allow(&consent).await;
        assert!(!granted.returned().code().is_empty());
        expect_same(&granted, &code, state);
        for view in [error, granted] {
            assert_eq!(view.returned().get("state"), state);
            assert_eq!(view.action("form-post-submit"), "https://rp.example.com/callback");
            let policy = view.answer.header("content-security-policy");
            for part in
                ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]
            {
                assert!(policy.split("; ").any(|present| present == part), "{part}: {policy}");
            }
            assert!(!policy.contains("unsafe") && !policy.contains("nonce-"), "{policy}");
            // It goes to the relying party, so it must be allowed to.
            assert!(!policy.contains("form-action"), "{policy}");
            let scripts = view.tags("script");
            assert!(scripts.iter().all(|script| script["src"].starts_with("/static/form_post.js?v=")));
            assert_eq!(scripts.len(), 1);
            assert!(view.has("form-post-submit"), "a button for those without scripts");
            assert_eq!(view.answer.header("cache-control"), "no-store");
        }
    }
    // What a client is told in words of its own making holds no markup either.
    for value in PAYLOADS {
        for name in ["prompt", "scope", "response_type", "code_challenge_method", "max_age"] {
            let view = browser.ask(&ask("state-of-the-request").set(name, value)).await;
            shape(&view.text(), value);
            assert_eq!(view.returned().redirect_uri, "https://rp.example.com/callback", "{name}={value}");
        }
    }
}

const HOSTILE: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>{%7*191817%}";

#[tokio::test]
async fn g61_names_of_clients_scopes_and_people_are_text() {
    let fragment = |name: &str| {
        let name = serde_json::Value::from(name);
        format!(
            "identity_providers: {{oidc: {{clients: [
                {{client_id: named, client_name: {name}, client_secret: 'digest:named-secret', authorization_policy: two_factor,
                  redirect_uris: ['https://rp.example.com/callback'], response_modes: [query, form_post], scopes: [openid, profile, email, groups, phone, address, offline_access]}},
                {{client_id: auditor, client_secret: 'digest:auditor-secret', authorization_policy: one_factor,
                  redirect_uris: ['https://auditor.example.com/callback']}}]}}}}"
        )
    };
    let mut walks = Vec::new();
    for name in [WORD, HOSTILE] {
        let app = App::with(&fragment(name)).await;
        let people = std::fs::read_to_string(app.path("users.yml")).unwrap();
        let quoted = serde_json::Value::from(name).to_string();
        let people =
            ["Alice Ample", "given_name: Alice", "family_name: Ample", "nickname: Al", "locality: Berlin"]
                .iter()
                .fold(people, |people, value| {
                    let (field, value) = value.split_once(": ").unwrap_or(("displayname", value));
                    assert!(people.contains(&format!("{field}: {value}\n")), "{field}: {value}");
                    people.replace(&format!("{field}: {value}\n"), &format!("{field}: {quoted}\n"))
                });
        std::fs::write(app.path("users.yml"), people).unwrap();
        app.clock.advance(1);
        walks.push(walk(&app).await);
    }
    let [plain, hostile] = walks.try_into().unwrap();
    assert_eq!(plain.len(), hostile.len());
    for ((page, plain), (_, hostile)) in plain.iter().zip(&hostile) {
        expect_same(hostile, plain, page);
        assert!(!hostile.text().contains("1342719"), "{page}: a template within a value was run");
    }
    assert!(hostile.iter().filter(|(_, page)| page.text().contains("&#60;script&#62;")).count() >= 8);
}

/// Every page that shows a name: of the client `named`, of alice.
async fn walk(app: &App) -> Vec<(&'static str, View)> {
    let mut pages = Vec::new();
    let scope = "openid profile email groups phone address offline_access";
    let ask = Ask::of("named").scope(scope);
    let mut browser = Browser::new(app);
    let sign_in = browser.ask(&ask).await;
    let refused =
        browser.press(&sign_in, "login-submit", &[("username", "alice"), ("password", "wrong")]).await;
    let enrol = browser.sign_in(&sign_in, "alice").await;
    assert_eq!(enrol.step(), "enrol", "{}", enrol.text());
    let wrong = browser.type_code(&enrol, "abc").await;
    let (_, consent) = browser.enrol(&enrol).await;
    assert_eq!(consent.step(), "consent", "{}", consent.text());
    let select = browser.ask(&ask.clone().prompt("select_account")).await;
    assert_eq!(select.step(), "select-account");
    pages.push((
        "a redirect URI that is not registered",
        browser.ask(&ask.clone().set("redirect_uri", "https://x/")).await,
    ));
    pages.push(("home", browser.open("/").await));
    pages.push(("logout", browser.open("/logout").await));
    pages.push((
        "form_post",
        browser.ask(&ask.clone().set("response_mode", "form_post").prompt("none")).await,
    ));
    let mut other = Browser::new(app);
    let page = other.ask(&ask).await;
    app.clock.advance(60);
    let second = other.sign_in(&page, "alice").await;
    assert_eq!(second.step(), "second-factor");
    pages.push(("again", other.ask(&ask.prompt("login")).await));
    let earlier = [
        ("sign-in", sign_in),
        ("refused", refused),
        ("enrol", enrol),
        ("wrong code", wrong),
        ("consent", consent),
    ];
    pages.extend(earlier.into_iter().chain([("select-account", select), ("second-factor", second)]));
    pages
}
