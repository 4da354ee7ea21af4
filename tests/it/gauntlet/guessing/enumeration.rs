//! Who there is cannot be learned: every refusal looks the same and costs the same.

use std::time::{Duration, Instant};

use super::{ENTRIES, Entry, REGULATION, RETRIES};
use crate::support::hashes::Hashes;
use crate::support::{Answer, App, Ask, Browser};

/// All of an answer but what differs from request to request, and what was typed, whose length is in the body's.
fn seen(answer: &Answer, typed: &str) -> (u16, Vec<(String, Vec<u8>)>, String) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "content-length"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let field = format!("value=\"{typed}\"");
    assert!(typed.is_empty() || answer.text().contains(&field), "{}", answer.text());
    (answer.status, headers, answer.text().replace(&field, "value=\"\""))
}

#[tokio::test]
async fn g29_unknown_known_and_disabled_people_are_refused_alike_at_the_same_cost() {
    let app =
        App::with("authentication_backend: {file: {search: {email: true}}}\nregulation: {max_retries: 0}")
            .await;
    app.rewrite_people(|people| people[1].disabled = true, "bob", |bob| bob.is_some_and(|bob| bob.disabled))
        .await;
    let hashes = Hashes::counted();
    let (long, longer) = ("x".repeat(128), "x".repeat(4000));
    for entry in ENTRIES {
        let (mut browser, page) = entry.open(&app).await;
        let mut refusals = Vec::new();
        for (typed, password) in [
            ("alice", "wrong"),
            ("nobody", "wrong"),
            ("nobody", "alice-password"),
            ("bob", "bob-password"),
            ("bob", "wrong"),
            ("alice@example.com", "wrong"),
            ("nobody@example.com", "wrong"),
            ("ALICE", "alice-password"),
            ("", ""),
            ("", "alice-password"),
            ("alice", ""),
            ("nobody", ""),
            ("alice", long.as_str()),
            ("nobody", long.as_str()),
            ("alice", longer.as_str()),
            ("nobody", longer.as_str()),
            (longer.as_str(), "wrong"),
            ("machine", "machine-secret"),
        ] {
            hashes.take();
            let filled = [("username", typed), ("password", password)];
            let view = browser.press(&page, "login-submit", &filled).await;
            assert_eq!(hashes.take(), 1, "{typed:?} at {entry:?}: hashes");
            assert!(view.has("password"), "{typed:?}");
            refusals.push((typed, seen(&view.answer, typed)));
        }
        // Where nothing was typed, the page waits at that field.
        for empty in [false, true] {
            let alike = refusals.iter().filter(|(typed, _)| typed.is_empty() == empty);
            for pair in alike.collect::<Vec<_>>().windows(2) {
                assert_eq!(pair[0].1, pair[1].1, "{:?} and {:?} at {entry:?}", pair[0].0, pair[1].0);
            }
        }
    }
}

#[tokio::test]
async fn g29_a_ban_looks_and_costs_like_a_wrong_password_for_known_and_unknown() {
    let app = App::with(REGULATION).await;
    let hashes = Hashes::counted();
    for entry in ENTRIES {
        let mut refusals = Vec::new();
        for (typed, right) in [("alice", "alice-password"), ("nobody", "nobody-password")] {
            let (mut browser, page) = entry.open(&app).await;
            for number in 0..RETRIES + 2 {
                hashes.take();
                let password = if number < RETRIES { "wrong" } else { right };
                let filled = [("username", typed), ("password", password)];
                let view = browser.press(&page, "login-submit", &filled).await;
                assert_eq!(hashes.take(), 1, "{typed} at {entry:?}");
                let (status, headers, text) = seen(&view.answer, typed);
                let token = page.field("csrf").unwrap();
                refusals.push((status, headers, text.replace(&token, "CSRF")));
            }
        }
        refusals.dedup_by_key(|(status, headers, text)| (*status, headers.clone(), without_flow(text)));
        assert_eq!(refusals.len(), 1, "{entry:?}: {refusals:#?}");
        app.clock.advance(super::FORGOTTEN);
    }
}

/// A page without the id of its pending authorization.
fn without_flow(text: &str) -> String {
    let parts = text.split("/flow/").enumerate();
    parts
        .map(|(number, part)| if number == 0 { part } else { part.trim_start_matches(|c| c != '"') })
        .collect()
}

#[tokio::test]
async fn g29_a_hint_tells_nothing_about_who_there_is() {
    let app = App::start().await;
    let mut pages = Vec::new();
    for hint in ["alice", "nobody"] {
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web").set("login_hint", hint)).await;
        assert_eq!((page.status(), page.field("username").as_deref()), (200, Some(hint)));
        let token = page.field("csrf").unwrap();
        pages.push(without_flow(&page.text().replace(&token, "CSRF").replace(hint, "NAME")));
        let ask = Ask::of("post").set("login_hint", hint).prompt("none");
        Browser::new(&app).ask(&ask).await.expect_error("login_required");
    }
    assert_eq!(pages[0], pages[1]);
}

/// Prints what was measured; a loaded machine must not fail a test.
#[tokio::test]
async fn g29_samples_of_the_time_a_refusal_takes_are_printed() {
    let app = App::with("regulation: {max_retries: 0}").await;
    let (mut browser, page) = Entry::Home.open(&app).await;
    let mut samples: [Vec<Duration>; 2] = Default::default();
    for _ in 0..50 {
        for (samples, typed) in samples.iter_mut().zip(["alice", "nobody"]) {
            let begun = Instant::now();
            let filled = [("username", typed), ("password", "wrong")];
            browser.press(&page, "login-submit", &filled).await;
            samples.push(begun.elapsed());
        }
    }
    samples.iter_mut().for_each(|samples| samples.sort());
    let [known, unknown] = samples.map(|samples| samples[samples.len() / 2]);
    println!("a refusal takes {known:?} for a known name and {unknown:?} for an unknown one (median of 50)");
}
