//! Pushed requests (RFC 9126): what was pushed counts, from the client that proved itself, and nothing beside it.

use super::ways::{Way, by_name, send_anew};
use crate::support::client::Method;
use crate::support::{App, Ask, Browser, Client};

const PATH: &str = "/api/oidc/pushed-authorization-request";
const URN: &str = "urn:ietf:params:oauth:request_uri:";

#[tokio::test]
async fn g82_only_what_was_pushed_counts() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let beside = [
        ("scope", "openid groups offline_access"),
        ("redirect_uri", "https://evil.example.org/"),
        ("redirect_uri", "https://rp.example.com/2fa"),
        ("state", "another-state-of-the-request"),
        ("nonce", "another-nonce-of-the-request"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("prompt", "none"),
        ("max_age", "0"),
        ("login_hint", "bob"),
        ("acr_values", "2"),
        ("audience", "https://api.example.com"),
        ("resource", "https://api.example.com"),
        ("id_token_hint", "garbage"),
        ("registration", "{}"),
        ("claims", "{}"),
    ];
    let all: Vec<(&str, &str)> = beside.iter().copied().filter(|(_, value)| !value.contains("2fa")).collect();
    for beside in beside.iter().map(|one| vec![*one]).chain([all]) {
        let ask = Ask::of("web").set("login_hint", "alice");
        let request_uri = web.pushed(&ask).await;
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&beside).finish();
        let mut browser = Browser::new(&app);
        let page = browser.open(&format!("{}&{query}", by_name("web", &request_uri))).await;
        assert_eq!(page.step(), "sign-in", "{query}: {}", page.text());
        assert_eq!(page.field("username").as_deref(), Some("alice"), "{query}");
        let page = browser.sign_in(&page, "alice").await;
        assert_eq!(page.step(), "consent", "{query}");
        assert!(!page.text().contains("https://api.example.com"), "{query}");
        let returned = browser.allow(&page).await.returned();
        assert_eq!(returned.redirect_uri, "https://rp.example.com/callback", "{query}");
        assert_eq!((returned.mode, returned.get("state")), ("query", "state-of-the-request"), "{query}");
        let body = web.redeem(&returned.code()).await.expect(200).json();
        assert_eq!((&body["scope"], body.get("refresh_token")), (&"openid".into(), None), "{query}");
        let id = crate::support::token::verify(&app, body["id_token"].as_str().unwrap()).await.claims;
        assert_eq!(id["nonce"], "nonce-of-the-request", "{query}");
    }
    // An error is told where and how it was pushed, too.
    let request_uri = web.pushed(&Ask::of("web").prompt("none")).await;
    let path = by_name("web", &request_uri)
        + "&redirect_uri=https%3A%2F%2Fevil.example.org%2F&prompt=login&response_mode=fragment";
    let returned = Browser::new(&app).open(&path).await.expect_error("login_required");
    assert_eq!((returned.redirect_uri.as_str(), returned.mode), ("https://rp.example.com/callback", "query"));
}

#[tokio::test]
async fn g82_a_request_comes_by_one_way() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let request_uri = web.pushed(&Ask::of("web")).await;
    for request in ["e30.e30.", "x", "eyJhbGciOiJub25lIn0.e30."] {
        for way in [Way::Get, Way::Post, Way::Across] {
            let both = Ask::of("web").set("request_uri", &request_uri).set("request", request);
            send_anew(&web, way, &both).await.expect_no_way_out(&format!("{way:?} {request}"));
            let alone = Ask::of("web").set("request", request);
            send_anew(&web, way, &alone).await.expect_no_way_out(request);
        }
        let answer = web.push(&Ask::of("web").set("request", request)).await;
        answer.expect_error(400, "invalid_request_object");
    }
    for inside in [&request_uri, "https://rp.example.com/r", "x", &format!("{URN}x")] {
        let answer = web.push(&Ask::of("web").set("request_uri", inside)).await;
        answer.expect_error(400, "invalid_request");
    }
    for elsewhere in [
        "https://rp.example.com/r",
        "http://127.0.0.1/r",
        "file:///etc/passwd",
        "x",
        &request_uri.to_uppercase(),
    ] {
        for way in [Way::Get, Way::Post, Way::Across] {
            let ask = Ask::of("web").set("request_uri", elsewhere);
            send_anew(&web, way, &ask).await.expect_no_way_out(elsewhere);
        }
    }
    for forged in [
        URN.to_owned(),
        format!("{URN}x"),
        format!("{request_uri}x"),
        format!("{request_uri} "),
        format!("{request_uri}#x"),
        request_uri.strip_suffix(|_: char| true).unwrap().to_owned(),
        request_uri.replace("signet_pr_", "signet_ac_"),
    ] {
        for way in [Way::Get, Way::Post, Way::Across] {
            let ask = Ask::of("web").set("request_uri", &forged);
            send_anew(&web, way, &ask).await.expect_no_way_out(&format!("{way:?} {forged}"));
        }
    }
    assert_eq!(
        Browser::new(&app).open(&by_name("web", &request_uri)).await.step(),
        "sign-in",
        "it is as it was"
    );
}

#[tokio::test]
async fn g82_a_pushed_request_belongs_to_the_client_that_pushed_it() {
    for_its_client(&App::start().await).await;
}

#[tokio::test]
async fn g82_a_pushed_request_belongs_to_the_client_that_pushed_it_on_postgresql() {
    for_its_client(&App::on_postgres().await).await;
}

async fn for_its_client(app: &App) {
    let web = Client::new(app, "web");
    let request_uri = web.pushed(&Ask::of("web")).await;
    for other in ["web-2fa", "spa", "post", "nobody", "", "WEB"] {
        for way in [Way::Get, Way::Post, Way::Across] {
            let ask = Ask::of("web").set("client_id", other).set("request_uri", &request_uri);
            send_anew(&web, way, &ask).await.expect_no_way_out(&format!("{way:?} {other}"));
        }
    }
    for (pusher, named) in [("web", "spa"), ("web", "nobody"), ("web-2fa", "web")] {
        let answer = Client::new(app, pusher).push(&Ask::of("web").set("client_id", named)).await;
        answer.expect_error(401, "invalid_client");
    }
    let answer = Client::new(app, "web-2fa").push(&Ask::of("web").without("client_id")).await;
    answer.expect_error(400, "invalid_request");
    assert_eq!(Browser::new(app).open(&by_name("web", &request_uri)).await.step(), "sign-in");
}

#[tokio::test]
async fn g82_nobody_pushes_without_proving_who_it_is() {
    let app = App::start().await;
    let before = super::dump::Dump::of(&app).await;
    for (id, method, secret) in [
        ("web", Method::Basic, "wrong"),
        ("web", Method::Basic, ""),
        ("web", Method::Post, "web-secret"),
        ("web", Method::None, ""),
        ("post", Method::Basic, "post-secret"),
        ("post", Method::Post, "wrong"),
        ("spa", Method::Basic, "spa-secret"),
        ("spa", Method::Post, "spa-secret"),
        ("nobody", Method::Basic, "web-secret"),
        ("nobody", Method::None, ""),
    ] {
        let client = Client { method, secret: secret.to_owned(), ..Client::new(&app, id) };
        let answer = client.push(&Ask::of(id)).await;
        answer.expect_error(401, "invalid_client");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let bare = app.post(PATH).form(&Ask::of("web").without("client_id").pairs()).send().await;
    bare.expect_error(401, "invalid_client");
    let asked = |dump: &super::dump::Dump| {
        dump.0.iter().filter(|cell| cell.table == "signet_pushed_requests").cloned().collect::<Vec<_>>()
    };
    assert_eq!(asked(&super::dump::Dump::of(&app).await), asked(&before), "nothing is stored");
}

#[tokio::test]
async fn g82_where_pushing_is_demanded_a_plain_request_gets_no_page() {
    const PUSHING: &str = include_str!("pushed_request.yml");
    let all = "identity_providers: {oidc: {require_pushed_authorization_requests: true}}";
    for (fragment, id) in [(PUSHING, "pushing"), (all, "web"), (all, "spa"), (all, "post")] {
        let app = App::with(fragment).await;
        let client = Client::new(&app, id);
        for way in [Way::Get, Way::Post, Way::Across] {
            for prompt in ["", "none"] {
                let outcome = send_anew(&client, way, &Ask::of(id).prompt(prompt)).await;
                outcome.expect_error("invalid_request", &format!("{way:?} {id}"));
            }
        }
        let path = by_name(id, &client.pushed(&Ask::of(id)).await);
        assert_eq!(Browser::new(&app).open(&path).await.step(), "sign-in");
        let document = app.get("/.well-known/openid-configuration").send().await.json();
        assert_eq!(document["require_pushed_authorization_requests"], fragment == all);
    }
    let app = App::with(PUSHING).await;
    assert_eq!(Browser::new(&app).ask(&Ask::of("web")).await.step(), "sign-in", "others need not push");
}

#[tokio::test]
async fn g82_a_request_lies_in_the_database_and_not_in_a_cookie() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let marked = |name: &str| format!("marked-{name}-of-the-request");
    let ask = Ask::of("web")
        .set("state", &marked("state"))
        .set("nonce", &marked("nonce"))
        .set("login_hint", "marked-hint");
    let answer = web.push(&ask).await.expect(201);
    assert!(answer.all("set-cookie").is_empty());
    let request_uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(&app);
    let page = browser.open(&by_name("web", &request_uri)).await;
    let page = browser.sign_in(&page, "alice").await;
    browser.allow(&page).await.returned().code();
    for line in &browser.set_cookies {
        assert!(line.len() < 256 && !line.contains("marked") && !line.contains("rp.example.com"), "{line}");
    }
    assert!(!request_uri.contains("marked") && request_uri.len() < 128, "{request_uri}");
}
