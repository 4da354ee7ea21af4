//! Browser sessions.

use serde_json::json;
use signet::storage::SessionRow;

use super::{NOW, Place, on_both};

on_both!(
    a_session_comes_back_as_it_was_stored,
    a_session_ends_by_age_and_by_rest,
    a_deleted_session_is_not_saved_again,
    a_session_takes_the_place_of_another_that_still_stands,
);

fn session(id_hash: &str) -> SessionRow {
    SessionRow {
        id_hash: id_hash.to_owned(),
        data: json!({"name": "Alice \"A\" Ümlaut", "list": [1, null, true], "deep": {"a": {}}}),
        username: Some("alice".to_owned()),
        session: Some("session-1".to_owned()),
        expires_at: NOW + 3600,
        idle_seconds: Some(300),
        last_seen_at: NOW,
    }
}

async fn a_session_comes_back_as_it_was_stored(place: Place) {
    let storage = place.storage;
    let first = session("one");
    assert!(storage.create_session(&first, &[]).await.unwrap());
    assert!(!storage.create_session(&session("one"), &[]).await.unwrap(), "a taken id is refused");
    assert_eq!(storage.load_session("one", NOW).await.unwrap(), Some(first));
    assert_eq!(storage.load_session("two", NOW).await.unwrap(), None);
    let anonymous =
        SessionRow { username: None, session: None, idle_seconds: None, data: json!([]), ..session("two") };
    assert!(storage.create_session(&anonymous, &[]).await.unwrap());
    assert_eq!(storage.load_session("two", NOW).await.unwrap(), Some(anonymous));
}

async fn a_session_ends_by_age_and_by_rest(place: Place) {
    let storage = place.storage;
    storage.create_session(&session("resting"), &[]).await.unwrap();
    assert!(storage.load_session("resting", NOW + 300).await.unwrap().is_none());
    assert!(storage.load_session("resting", NOW + 299).await.unwrap().is_some());
    // That use was written down, so the rest begins anew.
    let mut now = NOW + 299;
    while now + 299 < NOW + 3600 {
        now += 299;
        let found = storage.load_session("resting", now).await.unwrap().expect("it is used often enough");
        assert_eq!(found.last_seen_at, now);
    }
    assert!(storage.load_session("resting", NOW + 3600).await.unwrap().is_none());

    let kept = SessionRow { idle_seconds: None, ..session("kept") };
    storage.create_session(&kept, &[]).await.unwrap();
    assert_eq!(storage.load_session("kept", NOW + 3599).await.unwrap(), Some(kept));
    // A use so soon after the last is not written down.
    storage.create_session(&session("busy"), &[]).await.unwrap();
    assert_eq!(storage.load_session("busy", NOW + 30).await.unwrap().unwrap().last_seen_at, NOW);
}

async fn a_deleted_session_is_not_saved_again(place: Place) {
    let storage = place.storage;
    let mut row = session("one");
    storage.create_session(&row, &[]).await.unwrap();
    row.data = json!({"changed": true});
    row.username = None;
    assert!(storage.save_session(&row).await.unwrap());
    assert_eq!(storage.load_session("one", NOW).await.unwrap(), Some(row.clone()));
    storage.delete_session("one").await.unwrap();
    assert!(!storage.save_session(&row).await.unwrap());
    assert_eq!(storage.load_session("one", NOW).await.unwrap(), None);
}

async fn a_session_takes_the_place_of_another_that_still_stands(place: Place) {
    let storage = place.storage;
    storage.create_session(&session("old"), &[]).await.unwrap();
    let new = SessionRow { data: json!({"level": 2}), expires_at: NOW + 7200, ..session("new") };
    assert!(storage.replace_session("old", &new, &[]).await.unwrap());
    assert_eq!(storage.load_session("new", NOW).await.unwrap(), Some(new));
    assert_eq!(storage.load_session("old", NOW).await.unwrap(), None);
    assert!(!storage.replace_session("old", &session("newer"), &[]).await.unwrap(), "it ended meanwhile");
    assert_eq!(storage.load_session("newer", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_as_good_as_none() {
    let place = Place::sqlite().await;
    place.storage.create_session(&session("one"), &[]).await.unwrap();
    let signet::storage::StorageOptions::Sqlite { path } = &place.options else { panic!("it is SQLite") };
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query("UPDATE signet_sessions SET data = 'no json' WHERE id_hash = 'one'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(place.storage.load_session("one", NOW).await.unwrap(), None);
}
