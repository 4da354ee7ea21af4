//! Cleaning up, and fitness to serve.

use signet::model::event::{Event, EventKind};
use signet::storage::{Attempt, PushedRequest, Redeemed, Redemption, SessionRow, Storage};

use super::attempts::{LIMITS, keys};
use super::samples::{
    self, access_token, consent, event, grant, interaction, issuer, new_grant, pushed_request, refresh_token,
    store_grant,
};
use super::{NOW, Place, on_both};
use crate::support::postgres::database as postgres_database;
use crate::support::sql::Sql;

on_both!(
    what_has_ended_is_deleted_and_nothing_else,
    a_grant_lives_as_long_as_what_hangs_from_it,
    many_rows_go_in_batches,
    a_spent_code_and_refresh_token_are_known_as_long_as_their_family,
    events_are_kept_for_90_days,
    the_database_takes_writes_and_tells_its_clock,
);

async fn what_has_ended_is_deleted_and_nothing_else(place: Place) {
    let storage = place.storage;
    let (pending, pushed) = (interaction(None, None), pushed_request());
    storage.insert_interaction(&pending).await.unwrap();
    storage.insert_pushed_request(&pushed).await.unwrap();
    let token = access_token(None);
    storage.insert_access_token(&token, &[]).await.unwrap();
    let session = SessionRow {
        id_hash: "one".to_owned(),
        data: serde_json::json!({}),
        username: None,
        session: None,
        expires_at: NOW + 50,
        idle_seconds: None,
        last_seen_at: NOW,
    };
    storage.create_session(&session, &[]).await.unwrap();
    storage.remember_browser("alice", "one", NOW - 365 * 24 * 3600 + 10).await.unwrap();
    assert!(matches!(storage.begin_attempt(keys("a"), LIMITS, NOW).await.unwrap(), Attempt::Allowed(_)));
    storage.subject("", "alice", "subject", NOW).await.unwrap();
    storage.append_events(&[event(EventKind::LoginSuccess)]).await.unwrap();

    assert_eq!(storage.delete_expired(NOW).await.unwrap(), 0);
    assert_eq!(storage.delete_expired(NOW + 10).await.unwrap(), 1, "the browser");
    assert_eq!(storage.delete_expired(NOW + 50).await.unwrap(), 1, "the session");
    assert_eq!(storage.delete_expired(NOW + 599).await.unwrap(), 0);
    assert_eq!(storage.delete_expired(NOW + 600).await.unwrap(), 1, "the interaction");
    assert!(storage.interaction(&pending.id, &issuer(), NOW).await.unwrap().is_none());
    assert_eq!(storage.delete_expired(NOW + 660).await.unwrap(), 1, "the pushed request");
    assert_eq!(storage.delete_expired(NOW + 3600).await.unwrap(), 2, "the token and the attempt");
    assert_eq!(storage.delete_expired(NOW + 1_000_000_000).await.unwrap(), 1, "the event");
    let again = Storage::open(&place.options).await.unwrap();
    assert_eq!(again.subject("", "alice", "another", NOW).await.unwrap(), "subject");
}

async fn a_grant_lives_as_long_as_what_hangs_from_it(place: Place) {
    let storage = place.storage;
    let unused = grant("openid");
    store_grant(&storage, &unused).await;
    let (once, remembered) = (consent(None), consent(Some(NOW + 7200)));
    let mut granted = grant("openid");
    granted.consent = Some(once.id.clone());
    let code = samples::code(&granted);
    storage.answer_with_grant(new_grant(&granted, &code, Some(&once))).await.unwrap();
    let mut other = grant("openid");
    other.consent = Some(remembered.id.clone());
    let other_code = samples::code(&other);
    storage.answer_with_grant(new_grant(&other, &other_code, Some(&remembered))).await.unwrap();

    let (access, refresh) = (access_token(Some(&granted)), refresh_token(&granted));
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: Some(&refresh),
        events: &[],
        replay_event: &event(EventKind::CodeReplayed),
        now: NOW,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Committed);
    assert_eq!(storage.delete_expired(NOW + 60).await.unwrap(), 4, "two unused codes and their grants");
    assert_eq!(storage.delete_expired(NOW + 3600).await.unwrap(), 1, "the access token");
    assert!(storage.refresh_token(&refresh.id, &refresh.hash).await.unwrap().is_some());
    assert_eq!(
        storage.redeem_code(redeem).await.unwrap(),
        Redeemed::Replayed,
        "the spent code is still known"
    );
    assert_eq!(
        storage.delete_expired(NOW + 5400).await.unwrap(),
        4,
        "the code, the refresh token, the grant and its consent"
    );
    assert_eq!(storage.delete_expired(NOW + 7200).await.unwrap(), 1, "the remembered consent");
}

async fn many_rows_go_in_batches(place: Place) {
    let storage = place.storage;
    for _ in 0..1100 {
        let pushed = PushedRequest { expires_at: NOW, ..pushed_request() };
        storage.insert_pushed_request(&pushed).await.unwrap();
    }
    assert_eq!(storage.delete_expired(NOW + 600).await.unwrap(), 1100);
}

async fn the_database_takes_writes_and_tells_its_clock(place: Place) {
    let storage = place.storage;
    storage.check_writable().await.unwrap();
    storage.check_writable().await.unwrap();
    let now = signet::clock::Clock::system().now();
    let difference = storage.clock_difference(now).await.unwrap();
    assert!(difference.abs() <= 2, "{difference}");
}

async fn a_spent_code_and_refresh_token_are_known_as_long_as_their_family(place: Place) {
    let storage = place.storage;
    let granted = grant("openid offline_access");
    let code = store_grant(&storage, &granted).await;
    let (access, mut refresh) = (access_token(Some(&granted)), refresh_token(&granted));
    let first = refresh.clone();
    let replay = event(EventKind::CodeReplayed);
    let redeem = Redemption {
        id: &code.id,
        access_token: &access,
        refresh_token: Some(&first),
        events: &[],
        replay_event: &replay,
        now: NOW,
    };
    assert_eq!(storage.redeem_code(redeem).await.unwrap(), Redeemed::Committed);
    let mut now = NOW;
    for _ in 0..10 {
        now += 5000;
        let (access, mut next) = (access_token(Some(&granted)), refresh_token(&granted));
        next.expires_at = now + 5400;
        let rotate = Redemption {
            id: &refresh.id,
            access_token: &access,
            refresh_token: Some(&next),
            events: &[],
            replay_event: &replay,
            now,
        };
        assert_eq!(storage.rotate_refresh_token(rotate).await.unwrap(), Redeemed::Committed);
        storage.delete_expired(now).await.unwrap();
        refresh = next;
    }
    assert!(storage.refresh_token(&first.id, &first.hash).await.unwrap().is_some());
    assert!(storage.authorization_code(&code.id, &code.hash).await.unwrap().is_some());
    assert_eq!(storage.redeem_code(Redemption { now, ..redeem }).await.unwrap(), Redeemed::Replayed);
    let (_, family, _) = storage.refresh_token(&refresh.id, &refresh.hash).await.unwrap().unwrap();
    assert_eq!(family.revoked_at, Some(now), "the second use ends the family however late it comes");
    let rows = storage.delete_expired(refresh.expires_at).await.unwrap();
    assert_eq!(rows, 1 + 11 + 1, "the code, every refresh token, the grant");
    assert_eq!(storage.delete_expired(refresh.expires_at).await.unwrap(), 0);
}

async fn events_are_kept_for_90_days(place: Place) {
    const DAYS_90: i64 = 90 * 24 * 3600;
    let storage = place.storage;
    for at in [NOW - 1, NOW, NOW + 1] {
        storage.append_events(&[Event { at, ..event(EventKind::LoginSuccess) }]).await.unwrap();
    }
    assert_eq!(storage.delete_expired(NOW + DAYS_90 - 1).await.unwrap(), 0);
    assert_eq!(storage.delete_expired(NOW + DAYS_90).await.unwrap(), 1, "older than 90 days");
    assert_eq!(storage.delete_expired(NOW + DAYS_90 + 10).await.unwrap(), 2);
}

/// Ids of 2028 begin with 01aa and then with 01ab, and Danish has the first behind the second.
#[tokio::test(flavor = "multi_thread")]
async fn events_are_kept_for_90_days_whatever_language_the_database_sorts_by() {
    const DAY: i64 = 24 * 3600;
    const AT: i64 = 1_834_000_000;
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    let storage = Storage::open(&database.options()).await.unwrap();
    storage.migrate().await.unwrap();
    let danish = "ALTER TABLE signet_events ALTER COLUMN id TYPE TEXT COLLATE \"da-x-icu\"";
    Sql::Postgres(database).execute(danish).await;
    storage.append_events(&[Event { at: AT, ..event(EventKind::LoginSuccess) }]).await.unwrap();
    assert_eq!(storage.delete_expired(AT + 60 * DAY).await.unwrap(), 0);
    assert_eq!(storage.delete_expired(AT + 91 * DAY).await.unwrap(), 1);
}
