//! What an administrator's commands stand on: bans, sign-ins of others, backup and restore, soundness.

use secrecy::SecretString;
use serde_json::Value;
use signet::model::event::{Event, EventKind};
use signet::secrets::{HandleKey, Sealer};
use signet::storage::{
    Attempt, Backup, BackupError, BackupKeys, Ended, Ending, Enrolment, Entry, Lifting, Present, Storage,
    StorageOptions, Whose,
};

use super::attempts::{LIMITS, keys};
use super::samples::{access_token, event, grant, interaction, pushed_request, signed_in, store_grant};
use super::{NOW, Place, on_both};
use crate::support::postgres::database as postgres_database;

on_both!(
    a_ban_is_lifted_with_what_led_to_it,
    one_sign_in_ends_or_all_of_a_person,
    the_sign_ins_of_everyone_end,
    what_stands_is_counted,
    a_backup_is_as_of_one_moment_and_goes_back_into_either_database,
    a_restore_that_breaks_off_changes_nothing,
    a_fresh_database_is_sound,
);

async fn fail(storage: &Storage, key: &str) -> Option<i64> {
    match storage.begin_attempt(keys(key), LIMITS, NOW).await.unwrap() {
        Attempt::Allowed(id) => {
            let ban = storage.finish_attempt(&id, false, LIMITS, &[], None, NOW).await.unwrap();
            ban.map(|ban| ban.until)
        }
        Attempt::Banned { .. } => panic!("banned before"),
    }
}

fn lifting(subject: &str, whole_person: bool) -> Lifting {
    let event = event(EventKind::LoginUnlocked);
    Lifting { subject: subject.to_owned(), person: "alice".to_owned(), whole_person, event }
}

async fn a_ban_is_lifted_with_what_led_to_it(place: Place) {
    let storage = place.storage;
    for _ in 0..3 {
        fail(&storage, "alice|a").await;
    }
    fail(&storage, "alice|b").await;
    let bans = storage.list_bans(NOW).await.unwrap();
    assert_eq!(bans.len(), 1);
    let ban = &bans[0];
    assert_eq!((ban.subject.as_str(), ban.failures), ("alice|a", Some(3)));
    assert_eq!((ban.banned_at, ban.banned_until), (NOW, NOW + 300));
    assert!(storage.list_bans(NOW + 300).await.unwrap().is_empty(), "it has ended by itself");
    assert_eq!(storage.lift_bans(&[lifting("alice|b", true)], NOW).await.unwrap(), 0, "no such ban");
    // One under way goes on counting.
    let Attempt::Allowed(pending) = storage.begin_attempt(keys("alice|b"), LIMITS, NOW).await.unwrap() else {
        panic!("banned");
    };
    let lift = [lifting("alice|a", true), lifting("alice|a", true)];
    assert_eq!(storage.lift_bans(&lift, NOW).await.unwrap(), 1);
    assert!(storage.list_bans(NOW).await.unwrap().is_empty());
    storage.finish_attempt(&pending, false, LIMITS, &[], None, NOW).await.unwrap();
    assert_eq!(fail(&storage, "alice|b").await, None, "the failure before is forgotten");
    assert_eq!(fail(&storage, "alice|b").await, Some(NOW + 300), "those since are not");
}

async fn one_sign_in_ends_or_all_of_a_person(place: Place) {
    let storage = place.storage;
    storage.remember_browser("alice", "browser", NOW).await.unwrap();
    let online = grant("openid");
    let offline = grant("openid offline_access");
    let other = signet::model::grant::Grant { session: "session-2".to_owned(), ..grant("openid") };
    for grant in [&online, &offline, &other] {
        store_grant(&storage, grant).await;
    }
    let end = async |session: Option<&str>, everything| {
        let whose = session.map_or(Whose::Person("alice"), |session| Whose::SignIn("alice", session));
        let ending = Ending { whose, everything };
        storage.end_sessions_of(ending, &[event(EventKind::AdminSessionsEnded)], NOW).await.unwrap()
    };
    let of_bob = Ending { whose: Whose::SignIn("bob", "session-1"), everything: true };
    assert_eq!(storage.end_sessions_of(of_bob, &[], NOW).await.unwrap(), Ended::default());
    assert_eq!(end(Some("session-1"), false).await, Ended { sessions: 1, grants: 1 });
    let standing = storage.standing_grants_of("alice", NOW).await.unwrap();
    assert_eq!(standing.len(), 2);
    assert_eq!(end(Some("session-1"), true).await, Ended { sessions: 0, grants: 1 });
    assert!(storage.is_known_browser("alice", "browser", NOW).await.unwrap());
    assert_eq!(end(None, true).await, Ended { sessions: 1, grants: 1 });
    assert!(!storage.is_known_browser("alice", "browser", NOW).await.unwrap());
    assert!(storage.standing_grants_of("alice", NOW).await.unwrap().is_empty());
    assert_eq!(end(None, true).await, Ended::default());
}

async fn the_sign_ins_of_everyone_end(place: Place) {
    let storage = place.storage;
    storage.remember_browser("bob", "browser", NOW).await.unwrap();
    for grant in [grant("openid"), grant("openid offline_access")] {
        store_grant(&storage, &grant).await;
    }
    let end = async |everything| {
        let ending = Ending { whose: Whose::Everyone, everything };
        storage.end_sessions_of(ending, &[event(EventKind::AdminSessionsEnded)], NOW).await.unwrap()
    };
    assert_eq!(end(false).await, Ended { sessions: 2, grants: 1 });
    assert!(storage.is_known_browser("bob", "browser", NOW).await.unwrap());
    assert_eq!(end(true).await, Ended { sessions: 0, grants: 1 });
    assert!(!storage.is_known_browser("bob", "browser", NOW).await.unwrap());
    assert_eq!(end(true).await, Ended::default());
}

async fn what_stands_is_counted(place: Place) {
    let storage = place.storage;
    let mut rests = signed_in("session-3");
    rests.idle_seconds = Some(60);
    storage.create_session(&rests, &[]).await.unwrap();
    assert_eq!(storage.count_sessions(NOW + 59).await.unwrap(), [("alice".to_owned(), 3)]);
    assert_eq!(storage.count_sessions(NOW + 60).await.unwrap(), [("alice".to_owned(), 2)]);
    assert_eq!(storage.sessions_of("alice", NOW + 60).await.unwrap().len(), 2);
    assert!(storage.sessions_of("bob", NOW).await.unwrap().is_empty());
    for (kind, at) in
        [(EventKind::LoginSuccess, 5), (EventKind::LoginSuccess, 9), (EventKind::LoginFailure, 12)]
    {
        storage.append_events(&[Event { at, ..event(kind) }]).await.unwrap();
    }
    assert_eq!(storage.last_sign_ins().await.unwrap(), [("alice".to_owned(), 9)]);
    store_grant(&storage, &grant("openid")).await;
    assert_eq!(storage.standing_grants_of("alice", NOW + 59).await.unwrap()[0].client_id, "app");
    assert!(storage.standing_grants_of("alice", NOW + 60).await.unwrap().is_empty(), "its code has ended");
}

fn backup_keys() -> BackupKeys {
    BackupKeys {
        sealer: Sealer::new(&SecretString::from("the encryption key")),
        handles: HandleKey::derive(&SecretString::from("the hmac secret")),
    }
}

fn rows(backup: &Backup) -> Vec<(String, String)> {
    let mut of = String::new();
    let mut rows = Vec::new();
    for entry in backup.entries().unwrap() {
        match entry.unwrap() {
            Entry::Table { name, .. } => of = name,
            Entry::Row(mut row) => {
                // PostgreSQL keeps members in an order of its own.
                row.iter_mut().for_each(Value::sort_all_objects);
                rows.push((of.clone(), serde_json::to_string(&row).unwrap()));
            }
        }
    }
    rows.retain(|(_, row)| !row.contains("admin.storage_restored"));
    rows.sort();
    rows
}

async fn a_backup_is_as_of_one_moment_and_goes_back_into_either_database(place: Place) {
    let storage = place.storage;
    let granted = grant("openid offline_access");
    store_grant(&storage, &granted).await;
    storage.insert_access_token(&access_token(Some(&granted)), &[]).await.unwrap();
    storage.insert_interaction(&interaction(None, None)).await.unwrap();
    storage.insert_pushed_request(&pushed_request()).await.unwrap();
    storage.append_events(&[event(EventKind::LoginSuccess)]).await.unwrap();
    for number in 0..200 {
        let name = format!("\"{number}\" 'ünd' \\ 💾 \u{1f}");
        storage.subject("sector", &name, &name, i64::MAX - number).await.unwrap();
    }
    for _ in 0..3 {
        fail(&storage, "alice|a").await;
    }
    let folder = tempfile::tempdir().unwrap();
    let (keys, file) = (backup_keys(), folder.path().join("first"));
    let written = storage.backup(&file, &keys, NOW).await.unwrap();
    storage.subject("sector", "later", "later", NOW).await.unwrap();
    let backup = Backup::open(&file, &keys, false).unwrap();
    let first = rows(&backup);
    assert_eq!(u64::try_from(first.len()).unwrap(), written);
    assert!(!first.iter().any(|(_, row)| row.contains("later")));
    for table in ["signet_grants", "signet_sessions", "signet_interactions", "signet_bans", "signet_attempts"]
    {
        assert!(first.iter().any(|(of, _)| of == table), "{table}");
    }
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    let sqlite = StorageOptions::Sqlite { path: folder.path().join("other.sqlite3") };
    let StorageOptions::Postgres(mut own_schema) = database.options() else { panic!("it is PostgreSQL") };
    own_schema.schema = "made by the restore".to_owned();
    let targets = [sqlite, database.options(), StorageOptions::Postgres(own_schema)];
    for (number, options) in targets.iter().enumerate() {
        let other = Storage::open(options).await.unwrap();
        let restored = event(EventKind::AdminStorageRestored);
        let done = other.restore(&backup, Present::Nothing, &keys, &[restored], NOW).await.unwrap();
        assert_eq!((done.rows, done.replaced), (written, 0));
        let again = folder.path().join(format!("again-{number}"));
        other.backup(&again, &keys, NOW).await.unwrap();
        assert!(rows(&Backup::open(&again, &keys, false).unwrap()) == first, "the rows differ");
        other.check_writable().await.unwrap();
        other.close().await;
        let other = Storage::open(options).await.unwrap();
        let full = other.restore(&backup, Present::Nothing, &keys, &[], NOW).await.unwrap_err();
        assert!(matches!(full, BackupError::NotEmpty { rows } if rows == written + 1), "{full}");
    }
}

async fn a_restore_that_breaks_off_changes_nothing(place: Place) {
    let folder = tempfile::tempdir().unwrap();
    let (keys, file, kept) = (backup_keys(), folder.path().join("file"), folder.path().join("kept"));
    place.storage.backup(&file, &keys, NOW).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let (body, last) = text.trim_end().rsplit_once('\n').unwrap();
    place.storage.subject("", "alice", "before", NOW).await.unwrap();
    place.storage.close().await;
    for (wrong, why) in [
        (body.to_owned(), "cut off"),
        (format!("{body}\n"), "cut off"),
        (format!("{body}\n[\"too\", \"short\"]\n{last}\n"), "does not fit its table"),
        (format!("{body}\n{{\"table\":\"signet_subjects\",\"columns\":[\"sector\"]}}\n{last}\n"), "no table"),
        (format!("{body}\n{{\"table\":\"sqlite_master\",\"columns\":[\"name\"]}}\n{last}\n"), "no table"),
    ] {
        std::fs::write(&file, wrong).unwrap();
        let backup = Backup::open(&file, &keys, false).unwrap();
        let storage = Storage::open(&place.options).await.unwrap();
        let broken = storage.restore(&backup, Present::KeptIn(&kept), &keys, &[], NOW).await.unwrap_err();
        assert!(broken.to_string().contains(why), "{why}: {broken}");
        assert!(!kept.exists(), "what was not replaced is not kept twice");
        assert_eq!(storage.subject("", "alice", "another", NOW).await.unwrap(), "before", "{why}");
        storage.close().await;
    }
}

async fn a_fresh_database_is_sound(place: Place) {
    let storage = place.storage;
    assert!(storage.damage().await.unwrap().is_empty());
    let schema = storage.schema_state().await.unwrap();
    assert_eq!(schema.present, schema.known);
    assert!(storage.unsound_rows(NOW).await.unwrap().is_empty());
    let orphan = access_token(Some(&grant("openid")));
    storage.insert_access_token(&orphan, &[]).await.unwrap();
    assert_eq!(storage.unsound_rows(NOW).await.unwrap().len(), 2, "a hash that is none, and no grant");
    assert!(storage.unsound_rows(NOW + 3600).await.unwrap().is_empty(), "it waits to be deleted");
    assert!(storage.list_enrolments().await.unwrap().is_empty());
    let enrolment = Enrolment {
        session: "session-1".to_owned(),
        username: "alice".to_owned(),
        sealed_seed: "sealed".to_owned(),
        algorithm: signet::model::second_factor::TotpAlgorithm::Sha1,
        digits: 6,
        period: 30,
        created_at: NOW,
        expires_at: NOW + 600,
    };
    storage.begin_enrolment(&enrolment).await.unwrap();
    assert_eq!(storage.list_enrolments().await.unwrap(), [enrolment]);
}
