//! Row L3: a flood of sign-ins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use signet::secrets::make_digest::{Argon2Parameters, make_argon2};
use tokio::task::JoinSet;

use crate::support::fleet::Fleet;
use crate::support::people::password;
use crate::support::{Browser, Client};

/// The bytes one digest of the test takes.
const MEMORY: u32 = 32 * 1024;

/// The bytes that 500 connections, their pages and what a debug build holds back may take; a digest each would take 16 GiB.
const BESIDE: u64 = 160 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l3_five_hundred_sign_ins_at_once_wait_in_a_short_line_and_programs_go_on() {
    let cost = Argon2Parameters { iterations: 2, memory_kib: MEMORY, ..Argon2Parameters::default() };
    let digest = make_argon2(password("alice").as_bytes(), &cost).unwrap();
    let people = format!("users:\n  alice:\n    displayname: Alice\n    password: '{digest}'\n");
    // Nobody is locked out for signing in often.
    let mut fleet = Fleet::of("regulation: {max_retries: 0}", &people, "true");
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
    assert!(signed_in >= 64, "{signed_in}");
    assert!(told_to_wait > 0, "the line has no end");
    assert!(count > 0);
    let turns = std::thread::available_parallelism().map_or(1, usize::from);
    let room = u64::try_from(turns).unwrap() * u64::from(MEMORY) * 1024 + BESIDE;
    assert!(most.saturating_sub(before) < room, "from {before} to {most}");
    // The line is empty again: the next one in is served.
    assert_eq!(browser.sign_in(&form, "alice").await.answer.status, 200);
    assert!(browser.session().is_some());

    fleet.processes[0].terminate();
    let tally = fleet.processes[0].wait_for("passwords: ");
    let at_once = tally.split("at most ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(at_once.parse::<usize>().unwrap() <= turns, "{tally}");
}
