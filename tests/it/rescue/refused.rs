//! What a backup and a restore refuse, with what they say; nothing is lost by it.

use std::fs;
use std::path::PathBuf;

use super::{On, Place, on_both};
use crate::support::Browser;

on_both!(
    a_backup_that_was_damaged_cut_or_forged_is_refused,
    other_keys_are_told_before_anything_is_written,
    a_newer_backup_is_refused,
    a_database_that_holds_something_is_replaced_only_when_told_and_kept_first,
    nothing_is_restored_under_a_running_signet,
    a_backup_overwrites_nothing_and_leaves_no_half,
    a_seed_that_does_not_open_is_told_before_anything_is_written,
    an_older_backup_is_brought_up_to_date,
);

const BASE: &str = "";
const STORAGE_KEY: &str = "the encryption key of every test";
const HMAC_SECRET: &str = "the hmac secret of every test, long enough";

/// A place that remembers a little, and its backup.
async fn backed_up(on: On) -> (Place, PathBuf) {
    let mut place = Place::served(on, BASE);
    Browser::new(&place.site).sign_in_at_home("alice").await;
    place.sql(REMEMBERED).await;
    let file = place.path("backup.jsonl");
    place.run(&["storage", "backup", "backup.jsonl"]).done();
    place.stop();
    (place, file)
}

/// What is remembered.
const REMEMBERED: &str = "INSERT INTO signet_subjects (sector, username, subject, created_at) \
                    VALUES ('', 'alice', 'subject of alice', 5)";

/// More than 100 kB.
const MANY: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
                    INSERT INTO signet_subjects (sector, username, subject, created_at) \
                    SELECT 'many', 'person ' || i, 'a subject identifier, number ' || i, 5 FROM n";

async fn rows(place: &Place) -> i64 {
    place.number("SELECT COUNT(*) FROM signet_subjects").await
}

/// Asserts that the place is empty still: a sound backup is let in.
#[track_caller]
fn is_empty_still(place: &Place, sound: &str) {
    place.run(&["storage", "restore", sound]).done();
}

async fn a_backup_that_was_damaged_cut_or_forged_is_refused(on: On) {
    let (place, file) = backed_up(on).await;
    let sound = fs::read_to_string(&file).unwrap();
    let (body, last) = sound.trim_end().rsplit_once('\n').unwrap();
    let row = body.lines().position(|line| line.contains("subject of alice")).unwrap() + 1;
    let edited = body.replace("subject of alice", "subject of mallory");
    let forged_hash = |body: &str| {
        let hash: String = signet::secrets::mac::sha256(format!("{body}\n").as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut end: serde_json::Value = serde_json::from_str(last).unwrap();
        end["end"]["sha256"] = hash.into();
        format!("{body}\n{end}\n")
    };
    let line = |number: usize| format!("(line {number})");
    let lines = body.lines().count();
    let other = place.elsewhere(on, BASE);
    for (name, text, words) in [
        ("empty", String::new(), vec!["is no backup of Signet".to_owned()]),
        ("other", "storage:\n  local: {}\n".to_owned(), vec!["is no backup of Signet".to_owned()]),
        ("edited", format!("{edited}\n{last}\n"), vec!["SHA-256".to_owned(), line(lines + 1)]),
        ("cut", format!("{body}\n"), vec!["cut off".to_owned(), line(lines + 1)]),
        (
            "half",
            body.split_once("subject of alice").unwrap().0.to_owned(),
            vec!["cut off".to_owned(), line(row)],
        ),
        ("garbled", body.replace("[\"\",\"alice\"", "[\"\",alice"), vec!["not JSON".to_owned(), line(row)]),
        ("forged", forged_hash(&edited), vec!["does not have the encryption_key".to_owned()]),
        ("longer", format!("{sound}[]\n"), vec!["follows the last line".to_owned()]),
    ] {
        fs::write(other.path(name), text).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = other.run(&["storage", "restore", name]).refused(&words);
        assert!(said.contains(name), "{said}");
    }
    other.run(&["storage", "restore", "nowhere"]).refused(&["cannot read nowhere", "No such file"]);
    is_empty_still(&other, file.to_str().unwrap());
    assert_eq!(rows(&other).await, 1);
}

async fn other_keys_are_told_before_anything_is_written(on: On) {
    let (place, file) = backed_up(on).await;
    let file = file.to_str().unwrap();
    let other = place.elsewhere(on, BASE);
    other.reconfigure(STORAGE_KEY, "another encryption key, long enough");
    other
        .run(&["storage", "restore", file])
        .refused(&["another storage.encryption_key", "nothing was restored"]);
    other.reconfigure("another encryption key, long enough", STORAGE_KEY);
    other.reconfigure(HMAC_SECRET, "another hmac secret, long enough for anybody");
    other.run(&["storage", "restore", file]).refused(&["hmac_secret", "--accept-other-hmac-secret"]);
    other.run(&["storage", "restore", "--accept-other-hmac-secret", file]).done();
    assert_eq!(rows(&other).await, 1);
}

async fn a_newer_backup_is_refused(on: On) {
    let (place, file) = backed_up(on).await;
    let text = fs::read_to_string(&file).unwrap();
    let other = place.elsewhere(on, BASE);
    let mut header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let rest = text.split_once('\n').unwrap().1;
    let mut say = |name: &str, value: u64| {
        let former = header[name].clone();
        header[name] = value.into();
        fs::write(other.path("newer"), format!("{header}\n{rest}")).unwrap();
        header[name] = former;
        other.run(&["storage", "restore", "newer"])
    };
    say("migration", 9999).refused(&[
        "tables are newer",
        "migration 9999",
        "with that version or a later one",
    ]);
    say("signet_backup", 2).refused(&["made by a newer Signet", "format 2"]);
    is_empty_still(&other, file.to_str().unwrap());
}

async fn a_database_that_holds_something_is_replaced_only_when_told_and_kept_first(on: On) {
    let (place, file) = backed_up(on).await;
    let file = file.to_str().unwrap();
    place.sql("UPDATE signet_subjects SET subject = 'of later'").await;
    place.run(&["storage", "restore", file]).refused(&["is not empty", "--replace"]);
    // What is there cannot be kept: it is not replaced either.
    let words = ["cannot write /nowhere/kept", "nothing of it is kept"];
    place.run(&["storage", "restore", file, "--replace", "--keep", "/nowhere/kept"]).refused(&words);
    place
        .run(&["storage", "restore", file, "--replace", "--keep", file])
        .refused(&["exists", "never overwrites"]);
    let of_later = "SELECT COUNT(*) FROM signet_subjects WHERE subject = 'of later'";
    assert_eq!(place.number(of_later).await, 1);
    let said = place.run(&["storage", "restore", file, "--replace"]).done();
    assert_eq!(place.number(of_later).await, 0);
    let kept = said.trim_end().trim_end_matches('.').rsplit_once("are kept in ").unwrap().1;
    place.run(&["storage", "restore", kept, "--replace", "--keep", "first.jsonl"]).done();
    assert_eq!(place.number(of_later).await, 1, "what was replaced comes back");
    assert!(place.path("first.jsonl").exists());
}

async fn nothing_is_restored_under_a_running_signet(on: On) {
    let (mut place, file) = backed_up(on).await;
    let file = file.to_str().unwrap();
    place.serve();
    Browser::new(&place.site).sign_in_at_home("bob").await;
    let word = if on == On::Sqlite { "already serves" } else { "connections of a running Signet" };
    place.run(&["storage", "restore", file, "--replace"]).refused(&[word, "stop"]);
    assert_eq!(place.number("SELECT COUNT(*) FROM signet_sessions WHERE username = 'bob'").await, 1);
    place.stop();
    place.run(&["storage", "restore", file, "--replace"]).done();
    assert_eq!(place.number("SELECT COUNT(*) FROM signet_sessions WHERE username = 'bob'").await, 0);
}

async fn a_backup_overwrites_nothing_and_leaves_no_half(on: On) {
    let (place, file) = backed_up(on).await;
    let before = fs::read(&file).unwrap();
    place.run(&["storage", "backup", "backup.jsonl"]).refused(&["backup.jsonl exists", "another file"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    place.run(&["storage", "backup", "/nowhere/at/all"]).refused(&["cannot write /nowhere/at/all"]);
    // A disk that is full: no file may grow beyond 100 kB.
    place.sql(MANY).await;
    place.run(&["storage", "check"]).done();
    let full = "trap '' XFSZ; ulimit -f 200; exec \"$0\" storage backup full.jsonl";
    place.shell(full).refused(&["cannot write full.jsonl", "nothing of it is kept"]);
    assert!(!place.path("full.jsonl").exists());
    place.run(&["storage", "check"]).done();

    let other = place.elsewhere(on, BASE);
    fs::copy(&file, other.path("backup.jsonl")).unwrap();
    if on == On::Sqlite {
        let full = "trap '' XFSZ; ulimit -f 100; exec \"$0\" storage restore backup.jsonl";
        other.shell(full).refused(&["the database is unavailable"]);
    }
    is_empty_still(&other, "backup.jsonl");
    // Before there are tables, there is nothing to keep.
    let nothing = place.elsewhere(on, BASE);
    if on == On::Sqlite {
        nothing.run(&["storage", "backup", "no.jsonl"]).refused(&["there is no database at"]);
        fs::write(nothing.path("db.sqlite3"), "").unwrap();
    }
    nothing.run(&["storage", "backup", "no.jsonl"]).refused(&["there are none", "signet serve"]);
    assert!(!nothing.path("no.jsonl").exists());
}

async fn a_seed_that_does_not_open_is_told_before_anything_is_written(on: On) {
    let (place, _) = backed_up(on).await;
    place
        .sql(
            "INSERT INTO signet_totp (username, sealed_seed, algorithm, digits, period, created_at, last_step, \
             last_used_at) VALUES ('bob', 'AAAA', 'SHA1', 6, 30, 5, 0, 5)",
        )
        .await;
    place.run(&["storage", "backup", "sick.jsonl"]).done();
    let other = place.elsewhere(on, BASE);
    let sick = place.path("sick.jsonl");
    let sick = sick.to_str().unwrap();
    other.run(&["storage", "restore", sick]).refused(&["one-time code seed of 'bob'", "does not open"]);
    is_empty_still(&other, place.path("backup.jsonl").to_str().unwrap());
}

async fn an_older_backup_is_brought_up_to_date(on: On) {
    let (place, _) = backed_up(on).await;
    // As the first version of the tables was.
    place.sql("ALTER TABLE signet_bans DROP COLUMN failures").await;
    place.sql("ALTER TABLE signet_events DROP COLUMN actor").await;
    place.sql("ALTER TABLE signet_events DROP COLUMN outcome").await;
    place.sql("ALTER TABLE signet_events DROP COLUMN user_agent").await;
    place.sql("DROP TABLE signet_refusals").await;
    place.sql("DROP TABLE signet_authelia").await;
    place.sql("DROP TABLE signet_client_assertions").await;
    place.sql("DROP TABLE signet_device_codes").await;
    place.sql("ALTER TABLE signet_interactions DROP COLUMN device_code").await;
    place.sql("ALTER TABLE signet_interactions DROP COLUMN selected_session").await;
    place.sql("DROP INDEX signet_grants_username").await;
    place.sql("ALTER TABLE signet_grants DROP COLUMN claims").await;
    place.sql("ALTER TABLE signet_grants DROP COLUMN requested_at").await;
    place.sql("ALTER TABLE signet_consents DROP COLUMN claims_set").await;
    place.sql("ALTER TABLE signet_consents DROP COLUMN claims").await;
    place.sql("DELETE FROM signet_migrations WHERE version > 1").await;
    place.sql("INSERT INTO signet_bans (subject, banned_at, banned_until) VALUES ('person|bob', 5, 99999999999)").await;
    let checked = place.run(&["storage", "check"]);
    assert!(!checked.ok && checked.out.contains("run `signet storage migrate`"), "{}", checked.out);
    place.run(&["storage", "backup", "old.jsonl"]).done();
    let other = place.elsewhere(on, BASE);
    other.run(&["storage", "restore", place.path("old.jsonl").to_str().unwrap()]).done();
    let checked = other.run(&["storage", "check"]).done();
    assert!(checked.contains("that of this version"), "{checked}");
    let listed = other.run(&["bans", "list"]).done();
    assert!(listed.contains("bob  all networks  -         1970-01-01T00:00:05Z"), "{listed}");
}
