//! `signet storage check`.

use std::io::{Seek as _, SeekFrom, Write as _};

use super::{On, Place, on_both};
use crate::support::{Ask, Browser, Client};

on_both!(each_thing_that_is_wrong_is_named_and_nothing_else, a_wrong_encryption_key_is_told);

const BASE: &str = "";

/// The names of the checks that failed.
fn failed(place: &Place) -> Vec<String> {
    let said = place.run(&["storage", "check"]);
    let failed: Vec<String> = said
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("FAILED  ")?.split_once(": "))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(said.ok, failed.is_empty(), "{}{}", said.out, said.err);
    failed
}

async fn each_thing_that_is_wrong_is_named_and_nothing_else(on: On) {
    let place = Place::served(on, BASE);
    let web = Client::new(&place.site, "web");
    web.login("alice", "openid offline_access").await;
    Client::new(&place.site, "post").login("bob", "openid").await;
    let mut browser = Browser::new(&place.site);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    browser.enrol(&page).await;
    web.pushed(&Ask::of("web")).await;
    let said = place.run(&["storage", "check"]).done();
    let names: Vec<&str> = said.lines().map(|line| line.split(": ").next().unwrap()).collect();
    let sound = ["integrity", "schema", "sealed values", "rows", "clock", "writable"];
    assert_eq!(names, sound.map(|name| format!("ok      {name}")), "{said}");
    assert!(said.contains("each of 1 sealed values"), "{said}");
    assert_eq!(place.run(&["storage", "schema-info"]).done(), said);

    for (wrong, right, words) in [
        (
            "UPDATE signet_refresh_tokens SET hash = 'x' || hash",
            "UPDATE signet_refresh_tokens SET hash = SUBSTR(hash, 2)",
            "1 refresh tokens whose id or hash",
        ),
        (
            "UPDATE signet_access_tokens SET grant_id = 'x' || grant_id",
            "UPDATE signet_access_tokens SET grant_id = SUBSTR(grant_id, 2)",
            "access tokens without their grant",
        ),
        (
            "UPDATE signet_authorization_codes SET grant_id = 'x' || grant_id",
            "UPDATE signet_authorization_codes SET grant_id = SUBSTR(grant_id, 2)",
            "authorization codes without their grant",
        ),
        (
            "UPDATE signet_grants SET consent = 'x' || consent",
            "UPDATE signet_grants SET consent = SUBSTR(consent, 2)",
            "grants without the consent they rest on",
        ),
        (
            "UPDATE signet_subjects SET subject = 'x' || subject",
            "UPDATE signet_subjects SET subject = SUBSTR(subject, 2)",
            "grants of people whom no subject identifier names",
        ),
        (
            "UPDATE signet_grants SET created_at = created_at + 3600",
            "UPDATE signet_grants SET created_at = created_at - 3600",
            "stored more than five minutes after now",
        ),
    ] {
        assert!(place.sql(wrong).await > 0, "{wrong}");
        let said = place.run(&["storage", "check"]);
        assert!(said.out.contains(words), "{wrong}: {}", said.out);
        said.refused(&["1 check failed"]);
        assert_eq!(failed(&place), ["rows"], "{wrong}");
        place.sql(right).await;
    }
    place.sql("UPDATE signet_totp SET username = 'bob'").await;
    assert_eq!(failed(&place), ["sealed values"], "a seed belongs to its person");
    let said = place.run(&["storage", "encryption", "check"]);
    assert!(said.out.contains("of 'bob'") && said.out.contains("moved from another row"), "{}", said.out);
    said.refused(&["1 check failed"]);
    place.sql("UPDATE signet_totp SET username = 'alice'").await;
    assert_eq!(failed(&place), [""; 0]);
}

async fn a_wrong_encryption_key_is_told(on: On) {
    let place = Place::served(on, BASE);
    let mut browser = Browser::new(&place.site);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    browser.enrol(&page).await;
    place.reconfigure("the encryption key of every test", "another encryption key, long enough");
    let said = place.run(&["storage", "check"]);
    assert!(said.out.contains("another storage.encryption_key"), "{}", said.out);
    assert!(said.out.contains("signet user totp delete NAME"), "{}", said.out);
    assert_eq!(failed(&place), ["sealed values"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_told() {
    let mut place = Place::served(On::Sqlite, BASE);
    let web = Client::new(&place.site, "web");
    for _ in 0..3 {
        web.login("alice", "openid offline_access").await;
    }
    place.stop();
    place.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let page = place.number("SELECT rootpage FROM sqlite_master WHERE name = 'signet_grants'").await;
    let size = place.number("PRAGMA page_size").await;
    let mut file = std::fs::OpenOptions::new().write(true).open(place.path("db.sqlite3")).unwrap();
    file.seek(SeekFrom::Start(u64::try_from((page - 1) * size).unwrap())).unwrap();
    file.write_all(&[0xff; 64]).unwrap();
    let said = place.run(&["storage", "check"]);
    assert!(said.out.contains("FAILED  integrity: "), "{}{}", said.out, said.err);
    assert!(!said.ok);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made_by_looking() {
    let place = Place::new(On::Sqlite, BASE);
    place.run(&["storage", "check"]).refused(&["there is no database at"]);
    assert!(!place.path("db.sqlite3").exists());
}
