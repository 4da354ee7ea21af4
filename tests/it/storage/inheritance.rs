//! What another provider remembered: written with all that belongs to it, or not at all.

use signet::model::event::EventKind;
use signet::model::second_factor::{Totp, TotpAlgorithm};
use signet::storage::{
    AskedConsent, AutheliaRows, Inheritance, InheritedDevice, PostgresAddress, PostgresOptions, Remembered,
    Storage, StorageError, StorageOptions, Subject, TakeOver,
};

use super::samples::{consent, event, issuer, scope};
use super::{NOW, Place, on_both};
use crate::support::postgres::database;
use crate::support::sql::Sql;

on_both!(
    what_is_inherited_is_remembered_when_it_is_kept,
    a_row_that_stands_in_the_way_undoes_all_of_it,
    there_is_nothing_to_take_over_where_authelia_never_was,
);

fn subject(username: &str, subject: &str) -> Subject {
    Subject { sector: String::new(), username: username.to_owned(), subject: subject.to_owned() }
}

fn device(username: &str) -> InheritedDevice {
    let device = Totp {
        username: username.to_owned(),
        sealed_seed: "sealed".to_owned(),
        algorithm: TotpAlgorithm::Sha256,
        digits: 8,
        period: 60,
        created_at: NOW - 100,
        last_step: 7,
    };
    InheritedDevice { device, last_used_at: NOW - 50 }
}

/// Everything of one person.
fn inheritance() -> Inheritance {
    Inheritance {
        subjects: vec![subject("alice", "sub-of-alice")],
        devices: vec![device("alice")],
        consents: vec![consent(Some(NOW + 100))],
        events: vec![event(EventKind::AutheliaTakenOver)],
    }
}

async fn what_is_inherited_is_remembered_when_it_is_kept(place: Place) {
    let storage = place.storage;
    let all = inheritance();
    let inherit = async |keep| {
        let judge = |remembered: &Remembered| {
            assert!(remembered.subjects.is_empty() && remembered.devices.is_empty());
            Ok::<_, StorageError>(all.clone())
        };
        storage.inherit(keep, NOW, judge).await.unwrap();
    };
    inherit(false).await;
    assert_eq!(storage.totp("alice").await.unwrap(), None, "nothing was kept");
    inherit(true).await;
    assert_eq!(storage.totp("alice").await.unwrap(), Some(device("alice").device));
    assert_eq!(storage.subject("", "alice", "another", NOW).await.unwrap(), "sub-of-alice");
    assert_eq!(storage.standing_subject("", "alice").await.unwrap().as_deref(), Some("sub-of-alice"));
    assert_eq!(storage.standing_subject("", "nobody").await.unwrap(), None, "none is made");
    assert_eq!(storage.standing_subject("app.example.com", "alice").await.unwrap(), None);
    let audience = consent(None).audience;
    let wanted = scope("openid profile");
    let asked = AskedConsent {
        issuer: &issuer(),
        client_id: "app",
        username: "alice",
        scope: &wanted,
        audience: &audience,
        claims: &[],
    };
    let answered = storage.remembered_consent(asked, NOW).await.unwrap();
    assert_eq!(answered, Some(all.consents[0].id.clone()));
    let seen = |remembered: &Remembered| {
        assert_eq!(remembered.subjects, [subject("alice", "sub-of-alice")]);
        assert_eq!(remembered.devices, [device("alice").device]);
        Ok::<_, StorageError>(Inheritance::default())
    };
    storage.inherit(true, NOW, seen).await.unwrap();
}

async fn a_row_that_stands_in_the_way_undoes_all_of_it(place: Place) {
    let storage = place.storage;
    storage.subject("", "bob", "sub-of-bob", NOW).await.unwrap();
    let judge = |_: &Remembered| {
        let subjects = vec![subject("alice", "sub-of-alice"), subject("carol", "sub-of-bob")];
        Ok::<_, StorageError>(Inheritance { subjects, devices: vec![device("alice")], ..inheritance() })
    };
    assert!(storage.inherit(true, NOW, judge).await.is_err());
    assert_eq!(storage.subject("", "alice", "new", NOW).await.unwrap(), "new");
    assert_eq!(storage.totp("alice").await.unwrap(), None);
}

async fn there_is_nothing_to_take_over_where_authelia_never_was(place: Place) {
    let judge = |_: &AutheliaRows, _: &Remembered| -> Result<Inheritance, StorageError> {
        panic!("there are no rows to judge")
    };
    assert_eq!(place.storage.take_over(NOW, judge).await.unwrap(), TakeOver::NoAuthelia);
}

#[tokio::test]
async fn authelias_tables_are_looked_for_in_the_schema_of_the_configuration() {
    let database = database();
    let made = include_str!("../moving/authelia/postgres.sql");
    let one = "INSERT INTO user_opaque_identifier (service, sector_id, username, identifier) \
               VALUES ('openid', '', 'alice', '11111111-aaaa-4aaa-8aaa-111111111111')";
    let script = format!("CREATE SCHEMA \"Our SSO\"; SET search_path TO \"Our SSO\"; {made} {one}");
    Sql::Postgres(database.clone()).script(&script).await;
    let address = PostgresAddress::Unix { folder: database.socket_folder.clone(), port: database.port };
    for (schema, expected) in [("public", TakeOver::NoAuthelia), ("Our SSO", TakeOver::Done)] {
        let options = database.options_at(vec![address.clone()]);
        let options = PostgresOptions { schema: schema.to_owned(), ..options };
        let storage = Storage::open(&StorageOptions::Postgres(options)).await.unwrap();
        storage.migrate().await.unwrap();
        let mut found = 0;
        let judge = |rows: &AutheliaRows, _: &Remembered| {
            found = rows.identifiers.len();
            Ok::<_, StorageError>(Inheritance::default())
        };
        assert_eq!(storage.take_over(NOW, judge).await.unwrap(), expected, "{schema}");
        assert_eq!(found, usize::from(expected == TakeOver::Done));
    }
}
