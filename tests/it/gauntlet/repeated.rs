//! Parameters that stand twice.

use crate::support::client::code_fields;
use crate::support::{App, Ask, Browser, Client, waiting_device};

/// What may stand twice (RFC 8707 §2).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

#[tokio::test]
async fn g05_a_parameter_of_the_authorization_endpoint_that_stands_twice_is_a_page() {
    let app = App::start().await;
    let path = "/api/oidc/authorization";
    let ask = Ask::of("web");
    let more = [
        ("response_mode", "query"),
        ("prompt", "login"),
        ("max_age", "10"),
        ("id_token_hint", "x"),
        ("login_hint", "alice"),
        ("acr_values", "1"),
        ("claims", "{}"),
        ("request", "x"),
        ("request_uri", "x"),
        ("registration", "{}"),
        ("ui_locales", "de"),
        ("display", "page"),
        ("unknown", "x"),
    ];
    let names: Vec<(&str, &str)> = ask.pairs().into_iter().chain(more).collect();
    for (name, value) in names {
        for second in [value, "other", ""] {
            let once = ask.clone().set(name, value);
            let twice = once.clone().add(name, second);
            let extra =
                url::form_urlencoded::Serializer::new(String::new()).append_pair(name, second).finish();
            let disguised = extra.replacen(|_: char| true, &format!("%{:02x}", name.as_bytes()[0]), 1);
            let what = format!("{name}={value} and {second:?}");
            Browser::new(&app).ask(&twice).await.expect_page(400, "Request refused");
            let view = Browser::new(&app).open(&format!("{}&{disguised}", once.path())).await;
            assert_eq!((view.status(), view.outside), (400, None), "disguised {what}");
            for (path, form) in [(path.to_owned(), &twice), (format!("{path}?{extra}"), &once)] {
                for origin in ["https://op.example.com", "https://rp.example.com"] {
                    let call = app.post(&path).form(&form.pairs()).header("origin", origin);
                    let answer = call.send().await;
                    assert_eq!((answer.status, answer.header("location")), (400, ""), "{path} {what}");
                }
            }
        }
    }
    for name in REPEATABLE {
        let twice = ask.clone().add(name, "https://api.example.com").add(name, "https://files.example.com");
        assert_eq!(Browser::new(&app).ask(&twice).await.step(), "sign-in", "{name} may stand twice");
    }
}

#[tokio::test]
async fn g05_a_parameter_of_an_endpoint_for_programs_that_stands_twice_is_an_invalid_request() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let post = Client::new(&app, "post");
    let tokens = web.login("alice", "openid offline_access").await;
    let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
    let redeem = code_fields("web", &code).to_vec();
    let refresh = vec![("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    let named = vec![("token", tokens.access.as_str()), ("token_type_hint", "access_token")];
    let ask = Ask::of("web");
    let device = vec![
        ("scope", "openid"),
        ("login_hint", "alice"),
        ("acr_values", "1"),
        ("nonce", "a-nonce-of-a-test"),
    ];
    let poll = vec![("grant_type", waiting_device::GRANT), ("device_code", "x")];
    let cases: [(&str, Vec<(&str, &str)>); 7] = [
        (waiting_device::ENDPOINT, device),
        ("/api/oidc/token", poll),
        ("/api/oidc/token", redeem.clone()),
        ("/api/oidc/token", [refresh.clone(), vec![("scope", "openid")]].concat()),
        ("/api/oidc/introspection", named.clone()),
        ("/api/oidc/revocation", named),
        ("/api/oidc/pushed-authorization-request", ask.pairs()),
    ];
    for (path, fields) in cases {
        let names = fields.iter().copied().chain([("unknown", "x"), ("client_id", "web")]);
        for (name, value) in names.collect::<Vec<_>>() {
            for second in [value, "other", ""] {
                let mut twice: Vec<_> = fields.iter().copied().filter(|(field, _)| *field != name).collect();
                twice.extend([(name, value), (name, second)]);
                let answer = web.call(path, &twice).send().await;
                answer.expect_error(400, "invalid_request");
                twice.pop();
                let query =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, second).finish();
                let answer = web.call(&format!("{path}?{query}"), &twice).send().await;
                answer.expect_error(400, "invalid_request");
            }
        }
    }
    for name in ["client_id", "client_secret"] {
        for second in ["post", "post-secret", "other", ""] {
            let call = post.call(
                "/api/oidc/token",
                &[("grant_type", "authorization_code"), ("code", "x"), (name, second)],
            );
            call.send().await.expect_error(400, "invalid_request");
        }
    }
    let answer =
        app.post("/api/oidc/userinfo").form(&[("access_token", &tokens.access), ("access_token", "x")]);
    answer.send().await.expect_error(400, "invalid_request");
    // Nothing of it was done: token, code and family are as they were.
    app.userinfo(&tokens.access).await.expect(200);
    web.refresh(&tokens.refresh).await.expect(200);
    let twice = [("resource", "https://api.example.com"), ("resource", "https://files.example.com")];
    web.token(&[redeem, twice.to_vec()].concat()).await.expect_error(400, "invalid_target");
    web.redeem(&code).await.expect(200);
}
