//! Sign-in regulation.

use signet::storage::{Attempt, AttemptKeys, AttemptLimits, Storage};

use super::{NOW, Place, on_both};

on_both!(
    failures_up_to_the_limit_ban_and_the_ban_ends,
    a_success_clears_the_count,
    old_failures_do_not_count,
    networks_count_apart_and_the_person_over_all,
    a_network_adds_no_more_than_its_share_to_what_counts_over_all,
    a_known_browser_counts_for_itself_alone,
    an_attempt_under_way_counts_as_a_failure,
    an_attempt_taken_back_counts_as_nothing,
);

pub const LIMITS: AttemptLimits = AttemptLimits {
    max_retries: 3,
    find_seconds: 120,
    ban_seconds: 300,
    person_max: 10,
    person_find_seconds: 3600,
    person_max_of_network: 4,
};

pub fn keys(person_network: &str) -> AttemptKeys<'_> {
    AttemptKeys { person_network, person: "alice", ip: Some("192.0.2.1"), known_browser: false }
}

async fn begin(storage: &Storage, keys: AttemptKeys<'_>, now: i64) -> Result<String, i64> {
    match storage.begin_attempt(keys, LIMITS, now).await.unwrap() {
        Attempt::Allowed(id) => Ok(id),
        Attempt::Banned { until } => Err(until),
    }
}

/// One attempt from beginning to end: whether it was allowed, and the ban it brought.
async fn attempt(
    storage: &Storage,
    keys: AttemptKeys<'_>,
    success: bool,
    now: i64,
) -> Result<Option<i64>, i64> {
    let id = begin(storage, keys, now).await?;
    Ok(storage.finish_attempt(&id, success, LIMITS, &[], None, now).await.unwrap().map(|ban| ban.until))
}

async fn failures_up_to_the_limit_ban_and_the_ban_ends(place: Place) {
    let storage = place.storage;
    let fail = async |now| attempt(&storage, keys("alice|a"), false, now).await;
    assert_eq!(fail(NOW).await, Ok(None));
    assert_eq!(fail(NOW).await, Ok(None));
    assert_eq!(fail(NOW + 1).await, Ok(Some(NOW + 301)));
    assert_eq!(fail(NOW + 2).await, Err(NOW + 301));
    assert_eq!(attempt(&storage, keys("alice|a"), true, NOW + 300).await, Err(NOW + 301));
    assert_eq!(fail(NOW + 301).await, Ok(None), "after the ban the count begins anew");
    assert_eq!(fail(NOW + 301).await, Ok(None));
    assert_eq!(fail(NOW + 301).await, Ok(Some(NOW + 601)));
    assert_eq!(storage.finish_attempt("unknown", false, LIMITS, &[], None, NOW).await.unwrap(), None);
}

async fn a_success_clears_the_count(place: Place) {
    let storage = place.storage;
    for _ in 0..3 {
        for success in [false, false, true] {
            assert_eq!(attempt(&storage, keys("alice|a"), success, NOW).await, Ok(None));
        }
    }
}

async fn old_failures_do_not_count(place: Place) {
    let storage = place.storage;
    for now in [NOW, NOW + 60, NOW + 120, NOW + 180, NOW + 240] {
        assert_eq!(attempt(&storage, keys("alice|a"), false, now).await, Ok(None));
    }
    assert_eq!(attempt(&storage, keys("alice|a"), false, NOW + 241).await, Ok(Some(NOW + 541)));
}

async fn networks_count_apart_and_the_person_over_all(place: Place) {
    let storage = place.storage;
    for network in 0..9 {
        let key = format!("alice|{network}");
        assert_eq!(attempt(&storage, keys(&key), false, NOW).await, Ok(None));
    }
    // A success at one network takes nothing from what counts over all.
    assert_eq!(attempt(&storage, keys("alice|home"), true, NOW).await, Ok(None));
    assert_eq!(attempt(&storage, keys("alice|9"), false, NOW).await, Ok(Some(NOW + 300)));
    assert_eq!(attempt(&storage, keys("alice|10"), false, NOW).await, Err(NOW + 300));
    let bob = AttemptKeys { person: "bob", ..keys("bob|10") };
    assert_eq!(attempt(&storage, bob, false, NOW).await, Ok(None), "others are not banned");
    let known = AttemptKeys { known_browser: true, ..keys("alice|browser:one") };
    assert_eq!(attempt(&storage, known, true, NOW).await, Ok(None), "nor is a known browser");
}

async fn a_network_adds_no_more_than_its_share_to_what_counts_over_all(place: Place) {
    let storage = place.storage;
    let fail = async |key: String, now| attempt(&storage, keys(&key), false, now).await;
    for round in 0..10 {
        let now = NOW + round * 300;
        for _ in 0..2 {
            assert_eq!(fail("alice|a".to_owned(), now).await, Ok(None), "round {round}");
        }
        assert_eq!(fail("alice|a".to_owned(), now).await, Ok(Some(now + 300)), "a ban of its own");
    }
    // Four count of these thirty, so that six are left.
    let now = NOW + 3000;
    for network in 0..5 {
        assert_eq!(fail(format!("alice|{network}"), now).await, Ok(None), "network {network}");
    }
    assert_eq!(fail("alice|5".to_owned(), now).await, Ok(Some(now + 300)));
    let elsewhere = attempt(&storage, keys("alice|6"), true, now).await;
    assert_eq!(elsewhere, Err(now + 300), "many networks together still ban");
    // What has left the span has left the share.
    let later = now + 3600;
    for _ in 0..2 {
        assert_eq!(fail("alice|a".to_owned(), later).await, Ok(None));
    }
    for network in 0..7 {
        assert_eq!(fail(format!("alice|{network}"), later).await, Ok(None), "network {network}");
    }
    assert_eq!(fail("alice|7".to_owned(), later).await, Ok(Some(later + 300)));
}

async fn a_known_browser_counts_for_itself_alone(place: Place) {
    let storage = place.storage;
    fn known(key: &str) -> AttemptKeys<'_> {
        AttemptKeys { known_browser: true, ..keys(key) }
    }
    for browser in 0..5 {
        let key = format!("alice|browser:{browser}");
        assert_eq!(attempt(&storage, known(&key), false, NOW).await, Ok(None));
        assert_eq!(attempt(&storage, known(&key), false, NOW).await, Ok(None));
        assert_eq!(attempt(&storage, known(&key), false, NOW).await, Ok(Some(NOW + 300)));
        assert_eq!(attempt(&storage, known(&key), true, NOW).await, Err(NOW + 300));
    }
    assert_eq!(attempt(&storage, keys("alice|a"), false, NOW).await, Ok(None));
}

async fn an_attempt_under_way_counts_as_a_failure(place: Place) {
    let storage = place.storage;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(begin(&storage, keys("alice|a"), NOW).await.unwrap());
    }
    assert_eq!(begin(&storage, keys("alice|a"), NOW).await, Err(NOW + 300));
    // One of them turns out to be a success: nobody is banned.
    assert_eq!(storage.finish_attempt(&ids[0], false, LIMITS, &[], None, NOW).await.unwrap(), None);
    assert_eq!(storage.finish_attempt(&ids[1], true, LIMITS, &[], None, NOW).await.unwrap(), None);
    assert_eq!(storage.finish_attempt(&ids[2], false, LIMITS, &[], None, NOW).await.unwrap(), None);
    assert!(begin(&storage, keys("alice|a"), NOW).await.is_ok());
}

async fn an_attempt_taken_back_counts_as_nothing(place: Place) {
    let storage = place.storage;
    for _ in 0..2 {
        assert_eq!(attempt(&storage, keys("alice|a"), false, NOW).await, Ok(None));
    }
    for _ in 0..5 {
        let id = begin(&storage, keys("alice|a"), NOW).await.unwrap();
        storage.withdraw_attempt(&id).await.unwrap();
        assert_eq!(storage.finish_attempt(&id, false, LIMITS, &[], None, NOW).await.unwrap(), None);
    }
    assert_eq!(attempt(&storage, keys("alice|a"), false, NOW).await, Ok(Some(NOW + 300)), "nor as a success");
}
