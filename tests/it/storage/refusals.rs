//! Why requests were refused.

use signet::model::event::{Event, EventKind};
use signet::model::refusal::Refusal;

use super::{NOW, Place, on_both};

on_both!(
    a_refusal_comes_back_as_it_was_kept,
    refusals_are_listed_by_client_and_time_the_latest_first,
    a_flood_from_one_network_leaves_the_refusals_of_others,
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

async fn a_flood_from_one_network_leaves_the_refusals_of_others(place: Place) {
    let storage = place.storage;
    let before = Refusal { at: NOW - 100, address: "192.0.2.7".parse().unwrap(), ..refusal("BEFOREHAND") };
    storage.keep_refusals(&[before]).await.unwrap();
    // One subscriber, many addresses.
    let flood: Vec<Refusal> = (0..1500)
        .map(|number| Refusal {
            at: NOW + number / 100,
            address: format!("2001:db8::{number:x}").parse().unwrap(),
            ..refusal(&format!("F{number:09}"))
        })
        .collect();
    for batch in flood.chunks(250) {
        storage.keep_refusals(batch).await.unwrap();
    }
    assert_eq!(storage.delete_expired(NOW + 20).await.unwrap(), 500, "1,000 of one network stay");
    assert_eq!(storage.delete_expired(NOW + 20).await.unwrap(), 0);
    assert!(storage.refusal("BEFOREHAND").await.unwrap().is_some());
    assert!(storage.refusal("F000001499").await.unwrap().is_some(), "the latest stay");
    assert!(storage.refusal("F000000000").await.unwrap().is_none(), "the oldest go");

    // From everywhere at once.
    let everywhere: Vec<Refusal> = (0..9000_u32)
        .map(|number| Refusal {
            at: NOW + 30,
            address: std::net::Ipv4Addr::from_bits(0x0a00_0000 + number).into(),
            ..refusal(&format!("E{number:09}"))
        })
        .collect();
    for batch in everywhere.chunks(250) {
        storage.keep_refusals(batch).await.unwrap();
    }
    assert_eq!(storage.delete_expired(NOW + 40).await.unwrap(), 1, "10,000 stay");
    assert!(storage.refusal("BEFOREHAND").await.unwrap().is_none(), "it was the oldest");
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
