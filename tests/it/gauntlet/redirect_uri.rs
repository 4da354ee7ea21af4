//! Where answers go, and that they go nowhere else.

use signet::config::load_text;

use super::ways::{Outcome, Way, send, send_anew};
use crate::support::client::code_fields;
use crate::support::{
    Answer, App, Ask, Browser, Client, Person, WaitingDevice, configuration, waiting_device,
};

/// What somebody might send in place of a registered `https` URI with a path: each part of it changed in every way
/// that a parser, a browser or a person could take for the same.
pub(super) fn mutations(uri: &str) -> Vec<String> {
    let rest = uri.strip_prefix("https://").expect("https");
    let (host, path) = rest.split_once('/').expect("a path");
    let (first, others) = host.split_at(1);
    let (start, end) = path.split_at(1);
    let (name, domain) = host.split_once('.').expect("a domain");
    let mut all = vec![String::new(), " ".to_owned(), "*".to_owned(), format!("/{path}"), path.to_owned()];
    // scheme
    for scheme in ["http://", "HTTPS://", "Https://", "https:", "https:/", "https:///", "//", "", "://"] {
        all.push(format!("{scheme}{rest}"));
    }
    for scheme in
        ["httpss://", "ftp://", "javascript://", "data:text/html,//", "urn:", "view-source:https://"]
    {
        all.push(format!("{scheme}{rest}"));
    }
    all.push(format!("https:\\\\{rest}"));
    // host
    for host in [
        host.to_uppercase(),
        format!("{host}."),
        format!("{host}.evil.example"),
        format!("evil.{host}"),
        format!("x{host}"),
        format!("{host}evil"),
        domain.to_owned(),
        format!("{host}@evil.example"),
        format!("{host}:x@evil.example"),
        format!("user@{host}"),
        format!("@{host}"),
        format!("evil.example\\@{host}"),
        format!("evil.example%2f@{host}"),
        format!("evil.example#@{host}"),
        format!("evil.example?@{host}"),
        format!("{host}%00.evil.example"),
        format!("%{:02x}{others}", first.as_bytes()[0]),
        format!("{name}%2e{domain}"),
        format!("{name}\u{3002}{domain}"),
        format!("{name}\u{ff0e}{domain}"),
        format!("{name}\u{ad}.{domain}"),
        format!("\u{440}{others}"),
        format!("xn--{name}-zwb.{domain}"),
        format!("{name}\t.{domain}"),
        format!("{name}\n.{domain}"),
        format!("[{host}]"),
        "[::1]".to_owned(),
        "127.0.0.1".to_owned(),
        format!("*.{domain}"),
        String::new(),
    ] {
        all.push(format!("https://{host}/{path}"));
    }
    // port
    for port in [":443", ":0443", ":", ":80", ":0", ":8443", ":443:443"] {
        all.push(format!("https://{host}{port}/{path}"));
    }
    // path
    for path in [
        format!("{path}/"),
        format!("{path}/x"),
        format!("{path}x"),
        format!("{path}/."),
        format!("{path}/.."),
        format!("{path}/../evil"),
        format!("{path}/../{path}"),
        format!("{path}/..%2fevil"),
        format!("{path}/%2e%2e/evil"),
        format!("{path}/%252e%252e/"),
        format!("{path}/..;/evil"),
        format!("{path};x"),
        format!("/{path}"),
        format!("./{path}"),
        format!("x/../{path}"),
        path.to_uppercase(),
        start.to_uppercase() + end,
        format!("%{:02x}{end}", start.as_bytes()[0]),
        path.strip_suffix(|_: char| true).unwrap().to_owned(),
        String::new(),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}%0a"),
        format!("{path}%0d%0aSet-Cookie:a=b"),
    ] {
        all.push(format!("https://{host}/{path}"));
    }
    all.push(format!("https://{host}\\{path}"));
    all.push(format!("https://{host}"));
    // query, fragment, what stands around it
    for after in [
        "?",
        "?a",
        "?a=b",
        "&a=b",
        "#",
        "#x",
        "?#",
        "%3f",
        "%23x",
        " ",
        "\t",
        "\n",
        "\r\nSet-Cookie: a=b",
        "\0",
        "\u{a0}",
        "\u{200b}",
        ",https://evil.example/",
        " https://evil.example/",
    ] {
        all.push(format!("{uri}{after}"));
    }
    for before in [
        " ",
        "\t",
        "\n",
        "\u{feff}",
        "https://evil.example/",
        "https://evil.example?",
        "https://evil.example#",
    ] {
        all.push(format!("{before}{uri}"));
    }
    all.push(format!("{uri}?{}", "a".repeat(8192)));
    all.extend(["javascript:alert(1)", "data:text/html,x", "https://rp.example.com/2fa"].map(str::to_owned));
    assert!(all.iter().all(|mutation| mutation != uri));
    all
}

#[tokio::test]
async fn g01_only_the_exact_redirect_uri_is_answered() {
    let app = App::start().await;
    for client in ["post", "spa"] {
        let client = Client::new(&app, client);
        let right = crate::support::ask::redirect_uri(&client.id);
        let mutations = mutations(right);
        assert!(mutations.len() >= 100, "{}", mutations.len());
        for mutation in &mutations {
            let ask = Ask::of(&client.id).set("redirect_uri", mutation);
            for way in Way::ALL {
                send_anew(&client, way, &ask).await.expect_no_way_out(&format!("{way:?} {mutation:?}"));
            }
        }
        for way in Way::ALL {
            send_anew(&client, way, &Ask::of(&client.id)).await.expect_asked(&format!("{way:?}"));
        }
    }
}

#[tokio::test]
async fn g01_only_the_exact_redirect_uri_redeems_the_code() {
    redeem_with_mutations(&App::start().await).await;
}

#[tokio::test]
async fn g01_only_the_exact_redirect_uri_redeems_the_code_on_postgresql() {
    redeem_with_mutations(&App::on_postgres().await).await;
}

async fn redeem_with_mutations(app: &App) {
    let post = Client::new(app, "post");
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    for mutation in mutations("https://rp.example.com/post") {
        let code = browser.ask(&Ask::of("post")).await.returned().code();
        let answer = token_with(&post, &code, Some(&mutation)).await;
        let unreadable = mutation.contains('\0');
        let error = if unreadable { "invalid_request" } else { "invalid_grant" };
        assert_eq!((answer.status, answer.error().as_str()), (400, error), "{mutation:?}");
    }
}

/// A token request with another redirect URI, or none.
async fn token_with(client: &Client, code: &str, redirect_uri: Option<&str>) -> Answer {
    let fields = code_fields(&client.id, code);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .filter_map(|(name, value)| match *name {
            "redirect_uri" => redirect_uri.map(|uri| (*name, uri)),
            _ => Some((*name, *value)),
        })
        .collect();
    client.token(&fields).await
}

#[test]
fn g02_a_redirect_uri_that_a_browser_would_run_or_that_names_many_is_not_registered() {
    for (uri, why) in [
        ("javascript:alert(1)", "javascript"),
        ("JavaScript:alert(1)//https://rp.example.com/", "javascript"),
        ("data:text/html,x", "data"),
        ("vbscript:x", "vbscript"),
        ("file:///etc/passwd", "file"),
        ("blob:https://rp.example.com/x", "blob"),
        ("https://rp.example.com/callback#x", "fragment"),
        ("https://rp.example.com/callback#", "fragment"),
        ("https://*.example.com/callback", "*"),
        ("https://*/", "*"),
        ("/callback", "no scheme"),
        ("rp.example.com/callback", "no scheme"),
        ("//rp.example.com/callback", "no scheme"),
        ("https://user:secret@rp.example.com/callback", "user or password"),
        ("https://rp.example.com\\callback", "backslash"),
        ("https:///callback", "host"),
        ("https://rp.example.com/call back", "white space"),
        ("https://rp.example.com/caf\u{e9}", "ASCII"),
        ("", "empty"),
    ] {
        for public in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
            let proof = if public { "public: true" } else { "client_secret: 'digest:secret'" };
            let uri = serde_json::Value::from(uri);
            let fragment = format!(
                "identity_providers: {{oidc: {{clients: [{{client_id: wrong, {proof}, authorization_policy: one_factor, redirect_uris: [{uri}]}}]}}}}"
            );
            let text = configuration::text(&fragment, folder.path(), None);
            let loaded = load_text("test.yml", &text);
            assert!(loaded.settings.is_none(), "{uri} may be registered");
            let errors: Vec<_> = loaded.problems.errors().collect();
            assert_eq!(errors.len(), 1, "{uri}: {}", loaded.problems);
            let problem = errors[0];
            let said = problem.to_string();
            assert_eq!(problem.path, "identity_providers.oidc.clients[0].redirect_uris[0]", "{said}");
            assert!(said.contains(why), "{uri}: {said}");
            assert!(said.contains("wrong"), "the client is named: {said}");
            let line = text.lines().position(|line| line.contains("client_id: wrong")).unwrap();
            let at = problem.at.as_ref().expect("a line");
            assert!(usize::try_from(at.line).unwrap() > line, "{said}");
        }
    }
}

#[tokio::test]
async fn g03_an_error_never_goes_to_a_redirect_uri_that_is_not_proven() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let evil = "https://evil.example.org/";
    let expired = web.pushed(&Ask::of("web")).await;
    app.clock.advance(300);
    let fresh = web.pushed(&Ask::of("web")).await;
    let foreign = Client::new(&app, "spa").pushed(&Ask::of("spa")).await;
    let others = [
        ("prompt", "none"),
        ("prompt", "none login"),
        ("response_type", "token"),
        ("response_type", "code id_token token"),
        ("response_type", "nonsense"),
        ("response_mode", "form_post"),
        ("response_mode", "fragment"),
        ("response_mode", "nonsense"),
        ("scope", "openid nonsense"),
        ("scope", "read"),
        ("state", "x"),
        ("max_age", "-1"),
        ("code_challenge_method", "plain"),
        ("resource", "https://nowhere.example.org/"),
        ("registration", "{}"),
        ("request", "e30.e30."),
        ("request_uri", "https://evil.example.org/r"),
        ("id_token_hint", "garbage"),
        ("client_id", "nobody"),
        ("client_id", "spa"),
    ];
    for (name, value) in others {
        let ask = Ask::of("web").set("redirect_uri", evil).set(name, value);
        for way in Way::ALL {
            let outcome = send_anew(&web, way, &ask).await;
            match (way, name) {
                // Whoever pushes must first be the one who is named.
                (Way::Pushed, "client_id") => {
                    let Outcome::Json(answer) = outcome else { panic!("{outcome:?}") };
                    answer.expect_error(401, "invalid_client");
                }
                _ => outcome.expect_no_way_out(&format!("{way:?} {name}={value}")),
            }
        }
    }
    for request_uri in [&expired, &foreign, &format!("{fresh}x"), "urn:ietf:params:oauth:request_uri:gone"] {
        let ask = Ask::of("web").set("redirect_uri", evil).set("request_uri", request_uri);
        for way in [Way::Get, Way::Post, Way::Across] {
            send_anew(&web, way, &ask).await.expect_no_way_out(&format!("{way:?} {request_uri}"));
        }
    }
    // A registration that is gone: what waited for the person's answer is told nowhere.
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    app.reconfigure(
        "identity_providers: {oidc: {clients: [{client_id: web, client_secret: 'digest:web-secret', authorization_policy: one_factor, redirect_uris: ['https://rp.example.com/new']}]}}",
    );
    browser.press(&page, "login-cancel", &[]).await.expect_page(400, "Request refused");
    browser.open(&super::ways::by_name("web", &fresh)).await.expect_page(400, "Request refused");
}

#[tokio::test]
async fn g04_a_port_is_free_on_loopback_literals_of_public_clients_only() {
    let app = App::with(LOOPBACK).await;
    let right = [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:5000/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:61000/cb",
    ];
    let wrong = [
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1:80@evil.example",
        "http://127.0.0.1@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:80.evil.example/cb",
        "http://localhost/cb",
        "http://localhost:5000/cb",
        "https://127.0.0.1/cb",
        "https://127.0.0.1:5000/cb",
        "http://127.0.0.1:5000/cb2",
        "http://127.0.0.1:5000/cb/",
        "http://127.0.0.1:5000/cb?x",
        "http://127.0.0.1:5000/cb#",
        "http://127.0.0.1:5000\\cb",
        "http://127.0.0.1:5000",
        "http://[::]:5000/cb",
        "http://[0:0:0:0:0:0:0:1]:5000/cb",
        "http://[::ffff:127.0.0.1]:5000/cb",
        "http://127.1:5000/cb",
        "http://127.0.0.2:5000/cb",
        "http://0x7f.1:5000/cb",
        "http://2130706433/cb",
        "http://0.0.0.0:5000/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:8\t0/cb",
        "https://rp.example.com:8443/native",
    ];
    let (native, server) = (Client::new(&app, "native"), Client::new(&app, "server"));
    let native = Client { method: crate::support::client::Method::None, ..native };
    for way in Way::ALL {
        for uri in right {
            let ask = |client: &str| Ask::of(client).set("redirect_uri", uri);
            let page = send_anew(&native, way, &ask("native")).await.expect_asked(&format!("{way:?} {uri}"));
            let mut browser = Browser::new(&app);
            browser.sign_in_at_home("alice").await;
            // The answer goes to the port that was asked for.
            let Outcome::Told(told) = send(&mut browser, &native, way, &ask("native").prompt("none")).await
            else {
                panic!("{way:?} {uri}: {}", page.text())
            };
            assert_eq!((told.get("error"), told.redirect_uri.as_str()), ("consent_required", uri));
            if uri != "http://127.0.0.1/cb" {
                let outcome = send_anew(&server, way, &ask("server")).await;
                outcome.expect_no_way_out(&format!("a confidential client: {way:?} {uri}"));
            }
        }
        for uri in wrong {
            let outcome = send_anew(&native, way, &Ask::of("native").set("redirect_uri", uri)).await;
            outcome.expect_no_way_out(&format!("{way:?} {uri}"));
        }
    }
    // At the token endpoint the port is the one of the request.
    let mut browser = Browser::new(&app);
    let first = Ask::of("native").set("redirect_uri", "http://127.0.0.1:5000/cb");
    for (redirect_uri, error) in
        [("http://127.0.0.1:5001/cb", "invalid_grant"), ("http://127.0.0.1:5000/cb", "")]
    {
        let code = browser.authorize(&first, "alice").await.code();
        let fields = code_fields("native", &code).map(|(name, value)| match name {
            "redirect_uri" => (name, redirect_uri),
            _ => (name, value),
        });
        assert_eq!(native.token(&fields).await.error(), error, "{redirect_uri}");
    }
}

const LOOPBACK: &str = "
identity_providers:
  oidc:
    clients:
      - client_id: native
        public: true
        authorization_policy: one_factor
        redirect_uris: ['http://127.0.0.1/cb', 'http://[::1]/cb', 'https://rp.example.com/native']
      - client_id: server
        client_secret: digest:server-secret
        authorization_policy: one_factor
        redirect_uris: ['http://127.0.0.1/cb', 'http://[::1]:9092/cb']
";

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

#[tokio::test]
async fn g06_an_openid_request_names_its_redirect_uri() {
    let app = App::start().await;
    for client in ["web", "spa", "post"] {
        let client = Client::new(&app, client);
        for way in Way::ALL {
            for ask in
                [Ask::of(&client.id).without("redirect_uri"), Ask::of(&client.id).set("redirect_uri", "")]
            {
                let outcome = send_anew(&client, way, &ask.prompt("none")).await;
                outcome.expect_no_way_out(&format!("{way:?} {}", client.id));
            }
        }
    }
}

#[tokio::test]
async fn g06_a_code_with_another_redirect_uri_or_none_is_spent() {
    spend_with_another(&App::start().await).await;
}

#[tokio::test]
async fn g06_a_code_with_another_redirect_uri_or_none_is_spent_on_postgresql() {
    spend_with_another(&App::on_postgres().await).await;
}

async fn spend_with_another(app: &App) {
    let post = Client::new(app, "post");
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    for other in [
        None,
        Some(""),
        Some("https://rp.example.com/post/"),
        Some("https://rp.example.com/callback"),
        Some("https://evil.example.org/"),
    ] {
        for way in Way::ALL {
            let Outcome::Told(told) = send(&mut browser, &post, way, &Ask::of("post")).await else {
                panic!("{way:?}")
            };
            let code = told.code();
            token_with(&post, &code, other).await.expect_error(400, "invalid_grant");
            post.redeem(&code).await.expect_error(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn g06_a_request_that_named_no_redirect_uri_was_answered_at_the_registered_one() {
    let app = App::start().await;
    let jwt = Client::new(&app, "jwt");
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let ask = Ask::of("jwt").scope("profile").without("redirect_uri");
    for way in Way::ALL {
        for (sent, error) in [
            (None, ""),
            (Some("https://rp.example.com/jwt"), ""),
            (Some("https://rp.example.com/jwt/"), "invalid_grant"),
            (Some("https://evil.example.org/"), "invalid_grant"),
        ] {
            let Outcome::Told(told) = send(&mut browser, &jwt, way, &ask).await else { panic!("{way:?}") };
            assert_eq!(told.redirect_uri, "https://rp.example.com/jwt");
            let answer = token_with(&jwt, &told.code(), sent).await;
            assert_eq!(answer.error(), error, "{way:?} {sent:?}: {}", answer.text());
        }
    }
}

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
    let app = App::start().await;
    for id in [
        "x",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "%2f%2fevil.example.org",
        "..%2f..%2f",
        "%0d%0aLocation:x",
        "%00",
        "%ff",
        "%5cevil",
    ] {
        for page in ["", "/sign-in", "/second-factor", "/enrol", "/select-account", "/consent"] {
            let path = format!("/flow/{id}{page}");
            let view = Browser::new(&app).open(&path).await;
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
