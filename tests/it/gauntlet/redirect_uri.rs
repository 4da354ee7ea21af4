//! Where answers go, and that they go nowhere else.

use signet::config::load_text;

use super::ways::{Outcome, Way, send, send_anew};
use crate::support::client::code_fields;
use crate::support::{Answer, App, Ask, Browser, Client, Person, configuration};

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
