//! SQLite's files may not grow. The kernel says so as it does on a full disk, in the middle of a write too; unlike a file
//! system of one's own, a limit of the process needs no rights.

use std::process::Command;
use std::time::{Duration, Instant};

use super::books;
use super::load::{Figures, Load};
use super::replicas::{Replicas, is_ready, status};
use crate::support::counts::rounds;
use crate::support::site::Call;
use crate::support::wait::{PATIENCE, until_asked};
use crate::support::{Ask, Browser, Client};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_write_is_refused_while_there_is_no_room_and_kept_when_there_is() {
    let mut replicas = Replicas::start(1, None, None).await;
    let site = replicas.site();
    let (app, service) = (Client::new(&site, "app"), Client::new(&site, "service"));
    let mut browser = Browser::new(&site);
    browser.sign_in_at_home("alice").await;
    let scope = "openid offline_access";
    let first = app.login_with(&mut browser, "alice", scope).await;
    let code = browser.authorize(&Ask::of("app").scope(scope), "alice").await.code();
    let pushed = app.pushed(&Ask::of("app")).await;
    let own = service.token(&[("grant_type", "client_credentials")]).await.expect(200).json();
    let own = own["access_token"].as_str().unwrap().to_owned();
    let asking = browser.ask(&Ask::of("asking")).await;
    let mut stranger = Browser::new(&site);
    let door = stranger.open("/").await;

    let ask = Ask::of("app");
    let by_name = {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", "app").append_pair("request_uri", &pushed).finish()
    };
    let by_name = format!("/api/oidc/authorization?{by_name}");
    let cookie = browser.cookie_line();
    let form = |page: &crate::support::View, button: &str, filled: &[(&str, &str)], cookie: &str| {
        let fields = Browser::filled(page, button, filled);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        site.post(&page.action(button)).form(&fields).header("origin", &site.origin).header("cookie", cookie)
    };
    let writes = || -> Vec<(&str, u16, Call)> {
        let redeem = crate::support::client::code_fields("app", &code);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str())];
        let sign_in = [("username", "alice"), ("password", "alice-password")];
        vec![
            ("a code", 303, site.get(&ask.path()).header("cookie", &cookie)),
            ("a pushed request", 303, site.get(&by_name).header("cookie", &cookie)),
            ("a push", 201, app.call("/api/oidc/pushed-authorization-request", &ask.pairs())),
            ("a redemption", 200, app.call("/api/oidc/token", &redeem)),
            ("a rotation", 200, app.call("/api/oidc/token", &refresh)),
            (
                "a client's token",
                200,
                service.call("/api/oidc/token", &[("grant_type", "client_credentials")]),
            ),
            ("a revocation", 200, service.call("/api/oidc/revocation", &[("token", &own)])),
            ("a consent", 303, form(&asking, "consent-allow", &[], &cookie)),
            ("a sign-in", 303, form(&door, "login-submit", &sign_in, &stranger.cookie_line())),
        ]
    };
    room(&mut replicas, Some(0));
    for (what, _, call) in writes() {
        let answer = call.send().await;
        // A relying party cannot be told by a status: the browser is sent back with an error (RFC 6749 §4.1.2.1).
        if !answer.header("location").contains("error=temporarily_unavailable") {
            assert_eq!(answer.status, 503, "{what}: {} {}", answer.header("location"), answer.text());
            assert_eq!(answer.header("retry-after"), "5", "{what}");
        }
    }
    // What was seen is believed for a second.
    replicas.until_unready(0).await;
    assert_eq!(status(replicas.port(0), "/api/health/ready").await, Some(503));
    // What only reads goes on.
    assert!(service.is_active(&own).await && app.is_active(&first.access).await);
    site.get("/jwks.json").send().await.expect(200);
    room(&mut replicas, None);
    for (what, expected, call) in writes() {
        let answer = call.send().await;
        assert_eq!(answer.status, expected, "{what}: {}", answer.text());
        assert!(!answer.header("location").contains("error="), "{what}: {}", answer.header("location"));
    }
    assert!(!service.is_active(&own).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_disk_that_fills_up_under_load_leaves_nothing_half_done() {
    let mut replicas = Replicas::start(1, None, None).await;
    let mut load = Load::at(&replicas.site()).await;
    let (mut figures, mut facts) = (Figures::default(), 0);
    let fills = rounds(3, 50);
    for _ in 0..fills {
        let running = load.begin();
        tokio::time::sleep(Duration::from_millis(rand::random_range(200..800))).await;
        // Perhaps in the middle of a commit; the log may have begun anew, and have room for long.
        let limit = log_size(&replicas) + rand::random_range(0..40_000);
        room(&mut replicas, Some(limit));
        let begun = Instant::now();
        until_asked("it is no longer ready", PATIENCE, async || {
            if begun.elapsed() > Duration::from_secs(1) {
                room(&mut replicas, Some(0));
            }
            !is_ready(replicas.port(0)).await
        })
        .await;
        tokio::time::sleep(Duration::from_millis(rand::random_range(200..800))).await;
        room(&mut replicas, None);
        replicas.until_ready(0).await;
        load = running.end().await;
        figures.merge(&load.figures());
        facts += load.judge().await;
    }
    facts += load.judge_all().await;
    books::audit(&replicas).await;
    println!(
        "disk full: {fills} times, {} requests of which {} were refused, {facts} facts kept, nothing half done",
        figures.total(),
        figures.failed(),
    );
    assert!(figures.statuses.contains_key(&503), "{:?}", figures.statuses);
}

fn log_size(replicas: &Replicas) -> u64 {
    std::fs::metadata(format!("{}-wal", replicas.file().display())).unwrap().len()
}

/// Lets the process write no file beyond this size; or as far as it likes.
fn room(replicas: &mut Replicas, bytes: Option<u64>) {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let process = replicas.process(0).id().to_string();
    let limited =
        Command::new("prlimit").args(["--pid", &process, &format!("--fsize={limit}:unlimited")]).status();
    assert!(limited.is_ok_and(|status| status.success()), "prlimit of util-linux sets the limit");
}
