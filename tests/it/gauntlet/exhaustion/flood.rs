//! Row L3: a flood of sign-ins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use signet::secrets::make_digest::{Argon2Parameters, make_argon2};
use tokio::task::JoinSet;

use crate::support::fleet::Fleet;
use crate::support::people::password;
use crate::support::process::Process;
use crate::support::{Browser, Client};

/// The kibibytes one digest of the test takes.
const MEMORY: u32 = 32 * 1024;
/// How many wait in each line beside those that are being verified.
const WAITING: usize = 64;

/// A digest that takes its time.
fn slow_digest(secret: &str) -> String {
    let cost = Argon2Parameters { iterations: 2, memory_kib: MEMORY, ..Argon2Parameters::default() };
    make_argon2(secret.as_bytes(), &cost).unwrap()
}

/// alice alone, with such a digest.
fn people() -> String {
    let digest = slow_digest(&password("alice"));
    format!("users:\n  alice:\n    displayname: Alice\n    password: '{digest}'\n")
}

fn turns() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the server said when it stopped: how many were verified, and how many at once at most.
fn tally(process: &mut Process) -> (usize, usize) {
    process.terminate();
    let tally = process.wait_for("passwords: ");
    let number = |text: &str| text.split(' ').next().and_then(|number| number.parse().ok());
    let at_once = tally.split("at most ").nth(1).and_then(number);
    number(&tally).zip(at_once).unwrap_or_else(|| panic!("{tally}"))
}

/// The bytes that 500 connections, their pages and what a debug build holds back may take; a digest each would take 16 GiB.
const BESIDE: u64 = 160 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l3_five_hundred_sign_ins_at_once_wait_in_a_short_line_and_programs_go_on() {
    // Nobody is locked out for signing in often.
    let mut fleet = Fleet::of("regulation: {max_retries: 0}", &people(), "true");
    let mut browser = Browser::new(&fleet.site);
    let form = browser.open("/").await;
    let machine = Client::new(&fleet.site, "machine");
    let grant = [("grant_type", "client_credentials"), ("scope", "read")];
    machine.token(&grant).await.expect(200);
    let before = fleet.processes[0].memory();

    let over = Arc::new(AtomicBool::new(false));
    let programs = tokio::spawn({
        let (over, site) = (over.clone(), fleet.site.clone());
        async move {
            let mut slowest = std::time::Duration::ZERO;
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                machine.token(&grant).await.expect(200);
                site.get("/jwks.json").send().await.expect(200);
                slowest = slowest.max(begun.elapsed());
                count += 1;
            }
            (count, slowest)
        }
    });
    let mut flood = JoinSet::new();
    for _ in 0..500 {
        let (mut browser, form) = (browser.clone(), form.clone());
        let filled = Browser::filled(
            &form,
            "login-submit",
            &[("username", "alice"), ("password", &password("alice"))],
        );
        let action = form.action("login-submit");
        flood.spawn(async move {
            let origin = browser.origin.clone();
            let fields: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (&**name, &**value)).collect();
            let call = browser.app.post(&action).form(&fields).header("origin", &origin);
            browser.send(call).await
        });
    }
    let (mut signed_in, mut told_to_wait, mut most) = (0, 0, before);
    while let Some(answer) = flood.join_next().await {
        let answer = answer.unwrap();
        most = most.max(fleet.processes[0].memory());
        match answer.status {
            303 => signed_in += 1,
            503 => {
                told_to_wait += 1;
                assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
                assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
            }
            _ => panic!("{}: {}", answer.status, answer.text()),
        }
    }
    over.store(true, Ordering::Relaxed);
    let (count, slowest) = programs.await.unwrap();
    println!(
        "L3: {signed_in} signed in, {told_to_wait} told to wait; {count} token requests, slowest {slowest:?}; {} KiB more",
        most.saturating_sub(before) / 1024
    );
    // All come from one network, which may hold half of the line.
    assert!(signed_in >= (WAITING + turns()) / 2, "{signed_in}");
    assert!(told_to_wait > 0, "the line has no end");
    assert!(count > 0);
    let room = u64::try_from(turns()).unwrap() * u64::from(MEMORY) * 1024 + BESIDE;
    assert!(most.saturating_sub(before) < room, "from {before} to {most}");
    // The line is empty again: the next one in is served.
    assert_eq!(browser.sign_in(&form, "alice").await.answer.status, 200);
    assert!(browser.session().is_some());

    let (_, at_once) = tally(&mut fleet.processes[0]);
    assert!(at_once <= turns(), "{at_once} at once");
}

/// One pair of credentials after another, from many at once, until it is over.
struct Flood {
    over: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    refused: Arc<AtomicUsize>,
}

impl Flood {
    /// `send` sends its n-th; a 503 is told to the number of those that were refused.
    fn begin<F: Future<Output = u16> + Send>(
        many: usize,
        send: impl Fn(usize) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let (over, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for one in 0..many {
            let (send, over, refused) = (send.clone(), over.clone(), refused.clone());
            tasks.spawn(async move {
                let mut number = one;
                while !over.load(Ordering::Relaxed) {
                    if send(number).await == 503 {
                        refused.fetch_add(1, Ordering::Relaxed);
                        // Soon enough to take every place that becomes free.
                        tokio::time::sleep(Duration::from_millis(40)).await;
                    }
                    number += many;
                }
            });
        }
        Self { over, tasks, refused }
    }

    /// Until the line is full.
    async fn is_high(&self) {
        let begun = Instant::now();
        while self.refused.load(Ordering::Relaxed) < 50 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the line is not full");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(mut self) {
        self.over.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
    }
}

const GRANT: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "read")];

/// Clients whose secrets take their time, beside another option.
fn clients(names: &[&str], option: &str) -> String {
    let clients: Vec<String> = names
        .iter()
        .map(|name| {
            let digest = slow_digest(&format!("{name}-secret"));
            format!("{{client_id: {name}, client_secret: '{digest}', grant_types: [client_credentials], scopes: [read]}}")
        })
        .collect();
    format!("{option}\nidentity_providers: {{oidc: {{clients: [{}]}}}}\n", clients.join(", "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l3_a_flood_of_secrets_keeps_out_neither_new_clients_nor_people_and_hashes_no_more_at_once() {
    let fragment = clients(&["first", "second"], "regulation: {max_retries: 0}");
    let mut fleet = Fleet::of(&fragment, &people(), "true");
    let site = fleet.site.clone();
    let flood = Flood::begin(60, move |number| {
        let call = site.post("/api/oidc/token").form(&GRANT);
        let call = call.basic(&format!("nobody-{number}"), &format!("guess-{number}"));
        async move { call.send().await.status }
    });
    flood.is_high().await;
    Client::new(&fleet.site, "first").token(&GRANT).await.expect(200);
    let mut browser = Browser::new(&fleet.site);
    let form = browser.open("/").await;
    assert_eq!(browser.sign_in(&form, "alice").await.answer.status, 200);
    // A reload opens no second line, and closes the first to nobody.
    fleet.reload(&fragment);
    for name in ["first", "second"] {
        Client::new(&fleet.site, name).token(&GRANT).await.expect(200);
    }
    flood.end().await;
    let (_, at_once) = tally(&mut fleet.processes[0]);
    assert!(at_once <= turns(), "{at_once} at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l3_a_secret_is_remembered_over_a_reload_unless_its_digest_changed() {
    let fragment = clients(&["first"], "regulation: {max_retries: 0}");
    let mut fleet = Fleet::of(&fragment, &people(), "true");
    let first = Client::new(&fleet.site, "first");
    for _ in 0..2 {
        first.token(&GRANT).await.expect(200);
        fleet.reload(&fragment);
    }
    first.token(&GRANT).await.expect(200);
    // Another digest, which the secret does not fit; then one that it fits, with a salt of its own.
    fleet.reload(&fragment.replace("$argon2id$v=19$m=32768,t=2", "$argon2id$v=19$m=32768,t=1"));
    first.token(&GRANT).await.expect_error(401, "invalid_client");
    fleet.reload(&clients(&["first"], "regulation: {max_retries: 0}"));
    first.token(&GRANT).await.expect(200);
    assert_eq!(tally(&mut fleet.processes[0]).0, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l3_a_flood_from_one_network_leaves_half_of_the_line_to_others() {
    let trusting = "definitions: {network: {proxies: [127.0.0.1/32]}}\nserver: {trusted_proxies: [proxies]}\n\
                    regulation: {max_retries: 0}";
    let fleet = Fleet::of(trusting, &people(), "true");
    let sign_in = {
        let (mut opened, origin) = (Browser::new(&fleet.site), fleet.site.origin.clone());
        let form = opened.open("/").await;
        move |address: String| {
            let filled = Browser::filled(
                &form,
                "login-submit",
                &[("username", "alice"), ("password", &password("alice"))],
            );
            let (mut browser, action, origin) = (opened.clone(), form.action("login-submit"), origin.clone());
            async move {
                let fields: Vec<(&str, &str)> =
                    filled.iter().map(|(name, value)| (&**name, &**value)).collect();
                let call = browser.app.post(&action).form(&fields).header("origin", &origin);
                browser.send(call.header("x-forwarded-for", &address)).await.status
            }
        }
    };
    let flood = Flood::begin(100, {
        let sign_in = sign_in.clone();
        move |number| sign_in(format!("198.51.100.{}", number % 256))
    });
    flood.is_high().await;
    for number in 1..=2 {
        assert_eq!(sign_in(format!("203.0.113.{number}")).await, 303);
    }
    flood.end().await;
}
