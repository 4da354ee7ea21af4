//! Why requests were refused.

use std::collections::HashSet;

use signet::model::event::{Event, EventKind};
use signet::model::refusal::Refusal;
use signet::storage::Storage;

use super::{NOW, Place, on_both};

on_both!(
    a_refusal_comes_back_as_it_was_kept,
    refusals_are_listed_by_client_and_time_the_latest_first,
    a_flood_from_one_network_leaves_the_refusals_of_others,
    a_flood_from_everywhere_leaves_what_was_before_it_and_the_latest,
    two_that_keep_refusals_at_once_keep_no_more_than_one,
    a_table_that_is_too_large_shrinks_by_itself,
    refusals_are_kept_for_seven_days,
    the_events_of_a_request_are_found_by_its_id,
);

pub(super) fn refusal(id: &str) -> Refusal {
    Refusal {
        id: id.to_owned(),
        at: NOW,
        issuer: Some("https://op.example.com".to_owned()),
        endpoint: "POST /api/oidc/token".to_owned(),
        status: 401,
        error: "invalid_client".to_owned(),
        client_id: Some("web".to_owned()),
        username: Some("alice".to_owned()),
        address: "2001:db8::7".parse().unwrap(),
        reason: "\"Ümlaut\" $1 '; DROP TABLE signet_refusals; --".to_owned(),
    }
}

async fn a_refusal_comes_back_as_it_was_kept(place: Place) {
    let storage = place.storage;
    storage.keep_refusals(&[]).await.unwrap();
    let bare = Refusal { issuer: None, client_id: None, username: None, ..refusal("BBBBBBBBBB") };
    storage.keep_refusals(&[refusal("AAAAAAAAAA"), bare.clone()]).await.unwrap();
    let again = Refusal { reason: "another".to_owned(), ..refusal("AAAAAAAAAA") };
    storage.keep_refusals(&[again, refusal("CCCCCCCCCC")]).await.unwrap();
    assert_eq!(storage.refusal("AAAAAAAAAA").await.unwrap(), Some(refusal("AAAAAAAAAA")));
    assert_eq!(storage.refusal("BBBBBBBBBB").await.unwrap(), Some(bare));
    assert_eq!(storage.refusal("CCCCCCCCCC").await.unwrap(), Some(refusal("CCCCCCCCCC")));
    assert_eq!(storage.refusal("DDDDDDDDDD").await.unwrap(), None);
}

async fn refusals_are_listed_by_client_and_time_the_latest_first(place: Place) {
    let storage = place.storage;
    let other = Refusal { client_id: Some("other".to_owned()), at: NOW - 5, ..refusal("OTHERCLIENT") };
    let nobody = Refusal { client_id: None, at: NOW - 20, ..refusal("NOCLIENTXX") };
    let late = Refusal { at: NOW - 10, ..refusal("LATEXXXXXX") };
    storage.keep_refusals(&[nobody, other, late, refusal("NOWXXXXXXX")]).await.unwrap();
    let ids = async |client: Option<&str>, since: i64, most: u32| -> Vec<String> {
        let found = storage.list_refusals(client, since, most).await.unwrap();
        found.into_iter().map(|refusal| refusal.id).collect()
    };
    assert_eq!(ids(None, 0, 10).await, ["NOWXXXXXXX", "OTHERCLIENT", "LATEXXXXXX", "NOCLIENTXX"]);
    assert_eq!(ids(None, 0, 2).await, ["NOWXXXXXXX", "OTHERCLIENT"]);
    assert_eq!(ids(None, NOW - 10, 10).await, ["NOWXXXXXXX", "OTHERCLIENT", "LATEXXXXXX"]);
    assert_eq!(ids(Some("web"), 0, 10).await, ["NOWXXXXXXX", "LATEXXXXXX"]);
}

/// The most that are kept.
const MOST: usize = 10_000;
/// As many as come together from one queue.
const TOGETHER: usize = 250;

/// Refusals of as many networks, a hundred in a second.
fn from_everywhere(letter: char, numbers: std::ops::Range<u32>) -> Vec<Refusal> {
    numbers
        .map(|number| Refusal {
            at: NOW + i64::from(number / 100),
            address: std::net::Ipv4Addr::from_bits(0x0a00_0000 + number).into(),
            ..refusal(&format!("{letter}{number:09}"))
        })
        .collect()
}

/// The ids of all that are kept.
async fn kept(storage: &Storage) -> HashSet<String> {
    let all = storage.list_refusals(None, 0, u32::MAX).await.unwrap();
    all.into_iter().map(|refusal| refusal.id).collect()
}

async fn a_flood_from_one_network_leaves_the_refusals_of_others(place: Place) {
    let storage = place.storage;
    let before = Refusal { address: "192.0.2.7".parse().unwrap(), ..refusal("BEFOREHAND") };
    storage.keep_refusals(&[before]).await.unwrap();
    // One subscriber, many addresses.
    let flood: Vec<Refusal> = (0..3000)
        .map(|number| Refusal {
            at: NOW + number / 100,
            address: format!("2001:db8::{number:x}").parse().unwrap(),
            ..refusal(&format!("F{number:09}"))
        })
        .collect();
    for batch in flood.chunks(TOGETHER) {
        storage.keep_refusals(batch).await.unwrap();
    }
    assert_eq!(kept(&storage).await.len(), 3001, "there is room");
    let others = from_everywhere('E', 0..8500);
    for batch in others.chunks(TOGETHER) {
        storage.keep_refusals(batch).await.unwrap();
    }
    let kept = kept(&storage).await;
    assert!(kept.len() <= MOST && kept.contains("BEFOREHAND"), "{}", kept.len());
    assert!(others.iter().all(|other| kept.contains(&other.id)), "the one that has most gives way");
    assert!(kept.contains("F000002999"), "the latest of its own stay");
    assert!(!kept.contains("F000000000"), "the oldest go");
}

async fn a_flood_from_everywhere_leaves_what_was_before_it_and_the_latest(place: Place) {
    let storage = place.storage;
    let before: Vec<Refusal> = (1..=150)
        .map(|hours| Refusal { at: NOW - hours * 3600, ..refusal(&format!("B{hours:09}")) })
        .collect();
    storage.keep_refusals(&before).await.unwrap();
    for (turn, batch) in from_everywhere('E', 0..16_000).chunks(TOGETHER).enumerate() {
        storage.keep_refusals(batch).await.unwrap();
        if turn % 8 == 0 {
            assert!(kept(&storage).await.len() <= MOST, "after {turn}");
        }
    }
    assert_eq!(storage.delete_expired(NOW + 200).await.unwrap(), 0, "nothing is left to do");
    let kept = kept(&storage).await;
    assert!((MOST - TOGETHER..=MOST).contains(&kept.len()), "{}", kept.len());
    assert!(before.iter().all(|refusal| kept.contains(&refusal.id)), "the hour of the flood gives way");
    assert!(from_everywhere('E', 11_000..16_000).iter().all(|refusal| kept.contains(&refusal.id)));
    assert!(!kept.contains("E000000000"));
}

async fn two_that_keep_refusals_at_once_keep_no_more_than_one(place: Place) {
    let (_place, storages) = place.twice().await;
    let mut tasks = tokio::task::JoinSet::new();
    for (storage, letter) in storages.iter().cloned().zip(['A', 'B']) {
        tasks.spawn(async move {
            for batch in from_everywhere(letter, 0..6000).chunks(TOGETHER) {
                storage.keep_refusals(batch).await.unwrap();
            }
        });
    }
    let mut most = 0;
    while !tasks.is_empty() {
        let kept = kept(&storages[0]).await.len();
        most = most.max(kept);
        while tasks.try_join_next().is_some_and(|ended| ended.is_ok()) {}
    }
    assert!((MOST - TOGETHER..=MOST).contains(&most), "{most}");
    assert!(kept(&storages[1]).await.len() <= MOST);
}

async fn a_table_that_is_too_large_shrinks_by_itself(place: Place) {
    let storage = place.storage;
    for letter in ['A', 'B', 'C', 'D', 'E'] {
        storage.keep_refusals(&from_everywhere(letter, 0..2500)).await.unwrap();
    }
    assert_eq!(kept(&storage).await.len(), 10_500, "one transaction is not long");
    assert_eq!(storage.delete_expired(NOW + 100).await.unwrap(), 750);
    assert_eq!(storage.delete_expired(NOW + 100).await.unwrap(), 0);
}

async fn refusals_are_kept_for_seven_days(place: Place) {
    const DAYS_7: i64 = 7 * 24 * 3600;
    let storage = place.storage;
    storage.keep_refusals(&[refusal("AAAAAAAAAA")]).await.unwrap();
    assert_eq!(storage.delete_expired(NOW + DAYS_7 - 1).await.unwrap(), 0);
    assert_eq!(storage.delete_expired(NOW + DAYS_7).await.unwrap(), 1);
}

async fn the_events_of_a_request_are_found_by_its_id(place: Place) {
    let storage = place.storage;
    let event = |kind, request_id: &str| Event {
        request_id: Some(request_id.to_owned()),
        username: Some("alice".to_owned()),
        ..Event::new(kind, NOW)
    };
    let events = [event(EventKind::LoginFailure, "AAAAAAAAAA"), event(EventKind::LoginSuccess, "BBBBBBBBBB")];
    storage.append_events(&events).await.unwrap();
    assert_eq!(
        storage.events_of_request("AAAAAAAAAA", NOW + 1).await.unwrap(),
        [("login.failure".to_owned(), Some("alice".to_owned()), None)]
    );
    assert_eq!(storage.events_of_request("AAAAAAAAAA", NOW + 4000).await.unwrap(), []);
}
