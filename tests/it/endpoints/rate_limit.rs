//! `server.endpoints.rate_limits`: whoever fails too often waits, and nobody else does.

mod tokens;

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use signet::secrets::make_digest::{Argon2Parameters, make_argon2};

use crate::support::assertion::{self, Assertion, fields};
use crate::support::{Answer, App, Ask, Browser, Client};

/// As the contract has it, but for fewer failures.
const FEW: &str = "{enable: true, buckets: [{period: 1m, requests: 3}, {period: 10m, requests: 5}]}";

fn limited(name: &str, limit: &str) -> String {
    format!("server: {{trusted_proxies: [198.51.100.1], endpoints: {{rate_limits: {{{name}: {limit}}}}}}}")
}

async fn app(name: &str) -> App {
    App::with(&limited(name, FEW)).await
}

fn wrong(app: &App, id: &str) -> Client {
    Client { secret: "wrong".to_owned(), ..Client::new(app, id) }
}

async fn ask(client: &Client, from: &str) -> Answer {
    client.call("/api/oidc/token", &[("grant_type", "client_credentials")]).from(from).send().await
}

/// Fails as often as is borne.
async fn fail(client: &Client, from: &str) {
    for _ in 0..3 {
        ask(client, from).await.expect_error(401, "invalid_client");
    }
}

/// Asserts the answer of a full bucket.
#[track_caller]
fn expect_full(answer: &Answer, seconds: u32) {
    answer.expect_error(429, "temporarily_unavailable");
    let description = answer.json()["error_description"].as_str().unwrap_or_default().to_owned();
    assert_eq!(description, "Too many requests. The endpoint is temporarily unavailable. Try again later.");
    assert_eq!(answer.header("retry-after"), seconds.to_string(), "{:?}", answer.headers);
    assert_eq!(answer.header("cache-control"), "no-store");
}

const HERE: &str = "192.0.2.7";

#[tokio::test]
async fn whoever_failed_too_often_waits_for_as_long_as_is_said() {
    let app = app("openid_connect_token").await;
    let (wrong, right) = (wrong(&app, "service"), Client::new(&app, "service"));
    for _ in 0..3 {
        ask(&wrong, HERE).await.expect_error(401, "invalid_client");
    }
    expect_full(&ask(&wrong, HERE).await, 20);
    expect_full(&ask(&right, HERE).await, 20);
    app.clock.advance(19);
    expect_full(&ask(&right, HERE).await, 1);
    app.clock.advance(1);
    for _ in 0..20 {
        ask(&right, HERE).await.expect(200);
    }
    ask(&wrong, HERE).await.expect_error(401, "invalid_client");
    expect_full(&ask(&right, HERE).await, 20);
    // The longer bucket fills up as well: a fifth failure, and no other for two minutes.
    app.clock.advance(60);
    ask(&wrong, HERE).await.expect_error(401, "invalid_client");
    expect_full(&ask(&right, HERE).await, 40);
}

#[tokio::test]
async fn another_address_another_client_and_another_endpoint_are_not_concerned() {
    let app = app("openid_connect_token").await;
    let (mine, service) = (wrong(&app, "service"), Client::new(&app, "service"));
    fail(&mine, "2001:db8:1:2::3").await;
    // A subscriber of IPv6 has a /64.
    expect_full(&ask(&service, "2001:db8:1:2:ffff::1").await, 20);
    ask(&service, "2001:db8:1:3::3").await.expect(200);
    ask(&service, HERE).await.expect(200);
    ask(&Client::new(&app, "machine"), "2001:db8:1:2::3").await.expect(200);
    let revoked = service.call("/api/oidc/revocation", &[("token", "x")]).from("2001:db8:1:2::3");
    revoked.send().await.expect(200);
    // Who names a client that is not registered is nobody in particular.
    for number in 0..3 {
        let unknown = Client { id: format!("unknown-{number}"), ..mine.clone() };
        ask(&unknown, HERE).await.expect_error(401, "invalid_client");
    }
    expect_full(&ask(&Client { id: "unknown-9".to_owned(), ..mine.clone() }, HERE).await, 20);
    ask(&service, HERE).await.expect(200);
}

#[tokio::test]
async fn a_client_is_known_by_its_form_too() {
    let app = app("openid_connect_revocation").await;
    let revoke = async |client: &Client| client.revoke("x").await;
    for _ in 0..3 {
        revoke(&wrong(&app, "post")).await.expect_error(401, "invalid_client");
    }
    expect_full(&revoke(&Client::new(&app, "post")).await, 20);
    revoke(&Client::new(&app, "service")).await.expect(200);
}

/// RFC 7521 §4.2: beside an assertion `client_id` need not be sent.
#[tokio::test]
async fn a_client_is_known_by_its_assertion_alone() {
    let signer = "{client_id: signer, jwks: [{key_id: mine, key: 'client-key:p256'}], grant_types: [client_credentials], \
                  token_endpoint_auth_method: private_key_jwt, token_endpoint_auth_signing_alg: ES256}";
    let limited = limited("openid_connect_token", FEW);
    let app = App::with(&format!("{limited}\nidentity_providers: {{oidc: {{clients: [{signer}]}}}}")).await;
    let send = async |assertion: &str| {
        let form = [&[("grant_type", "client_credentials")], &fields(assertion)[..]].concat();
        app.post("/api/oidc/token").from(HERE).form(&form).send().await
    };
    let signed =
        |id: &str, key: &str| Assertion::new(id, app.clock.now()).sign("ES256", &assertion::key(key));
    // What names nobody, or nobody who is registered, is a stranger's.
    for junk in ["junk", "e30.e30.e30", &signed("nobody", "other-p256")] {
        send(junk).await.expect_error(401, "invalid_client");
    }
    for junk in ["junk", &signed("nobody", "other-p256")] {
        expect_full(&send(junk).await, 20);
    }
    for _ in 0..5 {
        send(&signed("signer", "p256")).await.expect(200);
    }
    // And what is signed in the client's name is held against it.
    for _ in 0..3 {
        let refused = send(&signed("signer", "other-p256")).await;
        refused.expect_error(401, "invalid_client");
        assert_eq!(client_of(&app, &refused).await.as_deref(), Some("signer"));
    }
    let refused = send(&signed("signer", "p256")).await;
    expect_full(&refused, 20);
    assert_eq!(client_of(&app, &refused).await.as_deref(), Some("signer"));
}

/// The client that the refusal of an answer names.
async fn client_of(app: &App, answer: &Answer) -> Option<String> {
    app.keep_refusals().await;
    let kept = app.storage.refusal(answer.header("x-request-id")).await.unwrap();
    kept.expect("it is kept").client_id
}

#[tokio::test]
async fn each_endpoint_counts_what_fails_there() {
    let service = [("grant_type", "client_credentials"), ("scope", "read")];
    for name in ["pushed_authorization_request", "userinfo", "introspection"] {
        let app = app(&format!("openid_connect_{name}")).await;
        let web = Client::new(&app, "web");
        let tokens = web.login("alice", "openid").await;
        let succeed = async || match name {
            "userinfo" => app.userinfo(&tokens.access).await,
            "introspection" => web.call("/api/oidc/introspection", &[("token", &tokens.access)]).send().await,
            _ => web.push(&Ask::of("web")).await,
        };
        let fail = async || match name {
            "userinfo" => app.userinfo("nonsense").await,
            "introspection" => web.call("/api/oidc/introspection", &[("token", "nonsense")]).send().await,
            _ => web.push(&Ask::of("web").scope("nonsense")).await,
        };
        for _ in 0..10 {
            assert!(succeed().await.status < 300, "{name}");
        }
        for _ in 0..3 {
            assert_ne!(fail().await.status, 429, "{name}");
        }
        expect_full(&fail().await, 20);
        // A token that was made here answers for itself.
        match name {
            "pushed_authorization_request" => expect_full(&succeed().await, 20),
            _ => drop(succeed().await.expect(200)),
        }
        app.clock.advance(20);
        assert_ne!(fail().await.status, 429, "{name}");
        app.clock.advance(20);
        assert!(succeed().await.status < 300, "{name}");
        Client::new(&app, "machine").token(&service).await.expect(200);
    }
}

#[tokio::test]
async fn a_secret_is_guessed_no_faster_where_devices_ask() {
    let app = app("openid_connect_token").await;
    let mine = wrong(&app, "service");
    let ask = async || mine.call("/api/oidc/device-authorization", &[("scope", "openid")]).send().await;
    for _ in 0..3 {
        ask().await.expect(401);
    }
    expect_full(&ask().await, 20);
    expect_full(&mine.call("/api/oidc/token", &[("grant_type", "client_credentials")]).send().await, 20);
}

#[tokio::test]
async fn a_preflight_is_answered_and_the_refusal_can_be_read_by_the_origin() {
    let cors = "identity_providers: {oidc: {cors: {endpoints: [token], allowed_origins: ['https://spa.example.net']}}}";
    let app = App::with(&format!("{}\n{cors}", limited("openid_connect_token", FEW))).await;
    let mine = wrong(&app, "service");
    fail(&mine, HERE).await;
    let asked = |call: crate::support::site::Call| call.header("origin", "https://spa.example.net");
    let preflight = asked(app.call("OPTIONS", "/api/oidc/token")).send().await.expect(200);
    assert_eq!(preflight.header("access-control-allow-origin"), "https://spa.example.net");
    let refused = asked(mine.call("/api/oidc/token", &[("grant_type", "client_credentials")])).send().await;
    expect_full(&refused, 20);
    assert_eq!(refused.header("access-control-allow-origin"), "https://spa.example.net");
}

#[tokio::test]
async fn a_limit_that_is_off_bears_everything_and_the_defaults_are_those_of_the_contract() {
    let off = App::with(&limited("openid_connect_token", "{enable: false}")).await;
    for _ in 0..150 {
        ask(&wrong(&off, "service"), HERE).await.expect_error(401, "invalid_client");
    }
    let on = App::with(&limited("openid_connect_token", "{enable: true}")).await;
    // 30 in 1m, 40 in 2m, 50 in 10m, 100 in 1h: how many fail at once, and after the first minutes.
    let fail_all = async || {
        for failed in 0..200 {
            let answer = ask(&wrong(&on, "service"), HERE).await;
            if answer.status == 429 {
                return (failed, answer.header("retry-after").to_owned());
            }
        }
        panic!("there is no limit");
    };
    assert_eq!(fail_all().await, (30, "2".to_owned()));
    on.clock.advance(60);
    assert_eq!(fail_all().await, (25, "12".to_owned()), "50 in ten minutes, of which 5 have drained");
    on.clock.advance(600);
    assert_eq!(fail_all().await.0, 30);
}

#[tokio::test]
async fn a_reload_forgets_nothing_unless_the_limit_changed() {
    let fragment = limited("openid_connect_token", FEW);
    let app = App::with(&fragment).await;
    let service = Client::new(&app, "service");
    fail(&wrong(&app, "service"), HERE).await;
    app.reconfigure(&format!("{fragment}\ntheme: dark"));
    expect_full(&ask(&service, HERE).await, 20);
    app.reconfigure(&limited("openid_connect_token", &FEW.replace("requests: 3", "requests: 4")));
    ask(&service, HERE).await.expect(200);
}

#[tokio::test]
async fn of_many_at_once_no_more_fail_than_there_is_room_for() {
    let app = app("openid_connect_token").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = wrong(&app, "service");
        tasks.spawn(async move { ask(&client, HERE).await.status });
    }
    let statuses = tasks.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 3, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
}

#[tokio::test]
async fn what_fails_on_our_side_is_nobodys_failure() {
    let app = app("openid_connect_token").await;
    let service = Client::new(&app, "service");
    app.storage.close().await;
    for _ in 0..10 {
        assert_eq!(ask(&service, HERE).await.status, 503);
    }
}

#[tokio::test]
async fn whoever_hangs_up_has_failed() {
    // Judging a secret takes its time, so that there is one to hang up in.
    let slow = make_argon2(b"service-secret", &Argon2Parameters::default()).unwrap();
    let client =
        format!("{{client_id: service, client_secret: '{slow}', grant_types: [client_credentials]}}");
    let limited = limited("openid_connect_token", FEW);
    let app = App::with(&format!("{limited}\nidentity_providers: {{oidc: {{clients: [{client}]}}}}")).await;
    let (wrong, right) = (wrong(&app, "service"), Client::new(&app, "service"));
    for _ in 0..3 {
        let mut asking = pin!(ask(&wrong, HERE));
        // Far enough that the secret is being judged, and no further.
        let answered = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_ready())).await;
        assert!(!answered, "it was answered before anybody could hang up");
    }
    expect_full(&ask(&right, HERE).await, 20);
}

#[tokio::test]
async fn behind_a_proxy_that_is_not_trusted_nobody_is_shut_out_together_with_a_stranger() {
    let fragment = limited("openid_connect_token", FEW);
    for (trusted, status) in [("[198.51.100.1]", 429), ("[]", 200)] {
        let app = App::with(&fragment.replace("[198.51.100.1]", trusted)).await;
        fail(&wrong(&app, "service"), HERE).await;
        assert_eq!(ask(&Client::new(&app, "service"), HERE).await.status, status, "{trusted}");
    }
}

#[tokio::test]
async fn a_refusal_is_kept_and_says_which_limit_it_was() {
    let app = app("openid_connect_token").await;
    fail(&wrong(&app, "service"), HERE).await;
    let answer = ask(&Client::new(&app, "service"), HERE).await.expect(429);
    app.keep_refusals().await;
    let kept = app.storage.refusal(answer.header("x-request-id")).await.unwrap().expect("it is kept");
    assert_eq!((kept.status, kept.client_id.as_deref()), (429, Some("service")));
    for words in ["server.endpoints.rate_limits.openid_connect_token", "3 in 60 s", HERE] {
        assert!(kept.reason.contains(words), "{words}: {}", kept.reason);
    }
}

#[tokio::test]
async fn wrong_one_time_codes_of_one_address_are_limited_and_a_page_says_so() {
    let app =
        App::with(&format!("{}\nregulation: {{max_retries: 0}}", limited("second_factor_totp", FEW))).await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "bob").await;
    browser.enrol(&page).await;
    let mut other = Browser::new(&app);
    let page = other.ask(&Ask::of("web-2fa")).await;
    let page = other.sign_in(&page, "bob").await;
    // A form that is no form of the page says nothing about a code.
    for _ in 0..10 {
        assert_eq!(other.post(&page.path, &[("code", "000000")]).await.status(), 403);
    }
    for _ in 0..3 {
        let refused = other.press(&page, "second-factor-submit", &[("code", "000000")]).await;
        assert_eq!(refused.status(), 400);
    }
    let refused = other.press(&page, "second-factor-submit", &[("code", "000000")]).await;
    refused.expect_page(429, "Too many wrong codes");
    assert_eq!(refused.answer.header("retry-after"), "20");
    let again = other.open(&page.path).await;
    assert_eq!(again.status(), 200, "the page itself is shown");
}

#[tokio::test]
async fn nobody_shuts_the_page_of_codes_for_those_who_share_an_address() {
    let app =
        App::with(&format!("{}\nregulation: {{max_retries: 0}}", limited("second_factor_totp", FEW))).await;
    let asked_for_a_code = async |name: &str| {
        let mut first = Browser::new(&app);
        let page = first.ask(&Ask::of("web-2fa")).await;
        let page = first.sign_in(&page, name).await;
        let (device, _) = first.enrol(&page).await;
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, name).await;
        (browser, page, device)
    };
    let (mut alice, alices, device) = asked_for_a_code("alice").await;
    let (mut bob, bobs, _) = asked_for_a_code("bob").await;
    app.clock.advance(60);
    for _ in 0..30 {
        let stranger = app.post("/flow/none/second-factor").from(&alice.address).form(&[("code", "000000")]);
        assert_eq!(stranger.send().await.status, 400);
    }
    for _ in 0..3 {
        assert_eq!(bob.type_code(&bobs, "000000").await.status(), 400);
    }
    assert_eq!(bob.type_code(&bobs, "000000").await.status(), 429);
    let code = device.code(&app);
    let next = alice.type_code(&alices, &code).await;
    assert_ne!(next.step(), "second-factor", "{} {}", next.path, next.text());
    assert!(next.status() < 400, "{}", next.text());
}
