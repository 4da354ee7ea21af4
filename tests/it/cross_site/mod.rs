//! People at Chromium over https, with the provider, relying parties and a harmful neighbour at sites of their own:
//! what holds between sites (cookies, referrers, policies, windows) shows nowhere else.

mod evil;
mod fault;
mod leaving;
mod pages;
mod person;
mod relying_party;
mod sight;
mod steps;
mod tls;
mod town;
mod walk;
mod whence;

use std::sync::Arc;

use evil::MALLORY;
use fault::Fault;
use person::Person;
use serde_json::{Map, Value, json};
use town::{OP, RP, Town};
use walk::{Planting, Step, Stumble, walk};

use crate::browser::chromium::Chromium;

/// The town, and a browser that finds every host there.
async fn arrive() -> (Arc<Town>, Chromium) {
    let town = Town::begin().await;
    let hosts = format!("--host-resolver-rules=MAP * 127.0.0.1:{}", town.port);
    // Links to the app are followed without a question, wherever they stand.
    let app = json!({ "com.example.app": true });
    let origins: Map<String, Value> =
        [OP, RP].map(|host| (format!("https://{host}"), app.clone())).into_iter().collect();
    // Where a browser keeps cookies out of frames of its own accord, nobody could tell what Signet does for it.
    let settings = json!({
        "protocol_handler": { "allowed_origin_protocol_pairs": origins },
        "profile": { "cookie_controls_mode": 0, "block_third_party_cookies": false },
    });
    let chromium = Chromium::open_with(&[hosts], settings).await;
    (town, chromium)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_walks_between_sites_whatever_a_sibling_host_plants() {
    let (town, chromium) = arrive().await;
    let person = Person { town: &town, chromium: &chromium, name: "racer-0".to_owned() };
    if let Err(stumble) = walk(&person, Planting::Always).await {
        panic!("{stumble}\n{}", town.log());
    }
    let log = town.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
    chromium.close().await;
}

/// Each fault, when the neighbour plants, the step that it stops the walk at, and what is said to it.
const FAULTS: [(Fault, Planting, Step, &[&str]); 16] = [
    (Fault::SameSiteStrict, Planting::Never, Step::Link, &["other_browser"]),
    (Fault::NoHostPrefix, Planting::One, Step::Link, &["/consent", MALLORY]),
    (Fault::NoHostPrefix, Planting::Always, Step::Link, &["other_browser"]),
    (Fault::NoHostPrefix, Planting::During, Step::SignIn, &["other_browser"]),
    (Fault::NoReferrer, Planting::Never, Step::SignIn, &["the form came from another site"]),
    (Fault::NoCsrfToken, Planting::Never, Step::SignIn, &["the form's token is missing"]),
    (Fault::FormActionSelf, Planting::Never, Step::Query, &["form-action 'self'"]),
    (Fault::UnsafeReferrer, Planting::Never, Step::Query, &["the referrer tells of https://op.test/flow/"]),
    (Fault::SameSiteNone, Planting::Never, Step::Frame, &["not answered by login_required"]),
    (Fault::Framed, Planting::Never, Step::Frame, &["a frame shows https://op.test/flow/"]),
    (Fault::NoOrigin, Planting::Never, Step::Forged, &["the form's token is missing"]),
    (Fault::NewName, Planting::Never, Step::Forged, &["what the browser has of the provider is"]),
    (Fault::OpenerPolicy, Planting::Never, Step::Popup, &["does not know who opened it"]),
    (Fault::OriginKept, Planting::Never, Step::FormPost, &["the origin of the form is Some(\"null\")"]),
    (Fault::NoScripts, Planting::Never, Step::FormPost, &["script-src"]),
    (Fault::FormActionClient, Planting::Never, Step::Onward, &["form-action 'self' https://rp.example"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_stops_the_walk_where_people_would_meet_it() {
    let (town, chromium) = arrive().await;
    let mut wrong = Vec::new();
    for (number, (fault, planting, step, words)) in FAULTS.into_iter().enumerate() {
        town.spoil(Some(fault));
        let person = Person { town: &town, chromium: &chromium, name: format!("racer-{}", number + 1) };
        match walk(&person, planting).await {
            Err(Stumble { step: at, why }) if at == step && words.iter().all(|it| why.contains(it)) => {}
            Err(stumble) => wrong.push(format!("{fault:?} ({planting:?}) stops the walk at {stumble}")),
            Ok(()) => wrong.push(format!("{fault:?} ({planting:?}) does not stop the walk")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    chromium.close().await;
}
