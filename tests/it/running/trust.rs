//! `certificates_directory`, and TLS to PostgreSQL: a private authority is believed only when its certificate is there.

use std::fs;

use signet::config::load_text;
use signet::runtime::assembly::storage_options;
use signet::storage::Storage;

use crate::support::certificates::Authority;
use crate::support::configuration;
use crate::support::postgres::{OwnServer, TestDatabase};

/// Opens the database as a configuration says; the reason when it cannot be opened.
async fn open(database: &TestDatabase, tls: &str, root: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("users.yml"), "users: {}\n").unwrap();
    let text = configuration::text(
        &format!("{root}\nstorage: {{postgres: {{tls: {tls}}}}}"),
        folder.path(),
        Some(database),
    );
    // A certificate names hosts.
    let text = text.replace(
        &format!("address: tcp://127.0.0.1:{}", database.port),
        &format!("address: tcp://localhost:{}", database.port),
    );
    let loaded = load_text("test.yml", &text);
    let settings = loaded.settings.unwrap_or_else(|| panic!("{}", loaded.problems));
    let storage = Storage::open(&storage_options(&settings)).await.map_err(|error| error.to_string())?;
    storage.migrate().await.map_err(|error| error.to_string())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_with_a_certificate_of_a_private_authority_is_believed_with_its_certificate_alone() {
    let server = tokio::task::spawn_blocking(OwnServer::start).await.unwrap();
    let (authority, other) = (Authority::new(), Authority::new());
    let made = authority.made("localhost");
    server.speak_tls(&made.chain, &made.key, None);
    let database = server.database();
    let folder = tempfile::tempdir().unwrap();
    let root = format!("certificates_directory: '{}'", folder.path().display());
    let stranger = |said: Result<(), String>| {
        let said = said.expect_err("it is believed");
        assert!(said.contains("UnknownIssuer") || said.to_lowercase().contains("certificate"), "{said}");
    };
    stranger(open(&database, "{skip_verify: false}", "").await);
    assert_eq!(open(&database, "{skip_verify: true}", "").await, Ok(()));
    fs::write(folder.path().join("other.pem"), other.root()).unwrap();
    fs::write(folder.path().join("README"), "not a certificate").unwrap();
    stranger(open(&database, "{skip_verify: false}", &root).await);
    for ending in ["crt", "cer", "pem"] {
        let file = folder.path().join(format!("own.{ending}"));
        fs::write(&file, authority.root()).unwrap();
        assert_eq!(open(&database, "{skip_verify: false}", &root).await, Ok(()), "{ending}");
        fs::remove_file(file).unwrap();
    }
    // The right authority, and a name that is another's.
    fs::write(folder.path().join("own.pem"), authority.root()).unwrap();
    let made = authority.made("db.example.com");
    server.speak_tls(&made.chain, &made.key, None);
    let said = open(&database, "{skip_verify: false}", &root).await.expect_err("it is believed");
    assert!(said.contains("NotValidForName") || said.contains("not valid for name"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_asks_for_a_certificate_is_shown_it() {
    let server = tokio::task::spawn_blocking(OwnServer::start).await.unwrap();
    let authority = Authority::new();
    let (made, own) = (authority.made("localhost"), authority.made("signet"));
    let root = String::from_utf8(authority.root()).unwrap();
    server.speak_tls(&made.chain, &made.key, Some(&root));
    let database = server.database();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.crt"), &root).unwrap();
    let directory = format!("certificates_directory: '{}'", folder.path().display());
    assert!(open(&database, "{skip_verify: false}", &directory).await.is_err(), "it has shown none");
    let tls = format!("{{certificate_chain: {}, private_key: {}}}", quoted(&own.chain), quoted(&own.key));
    assert_eq!(open(&database, &tls, &directory).await, Ok(()));
}

#[test]
fn what_cannot_be_used_is_told_with_the_name_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("users.yml"), "users: {}\n").unwrap();
    let file = folder.path().join("file.pem");
    fs::write(&file, "x").unwrap();
    let certificates = folder.path().join("certificates");
    fs::create_dir(&certificates).unwrap();
    fs::write(certificates.join("good.pem"), Authority::new().root()).unwrap();
    let said = |directory: &std::path::Path| {
        let fragment = format!("certificates_directory: '{}'", directory.display());
        let loaded = load_text("test.yml", &configuration::text(&fragment, folder.path(), None));
        let problems: Vec<_> = loaded.problems.errors().collect();
        assert!(
            problems.iter().all(|problem| problem.path == "certificates_directory"),
            "{}",
            loaded.problems
        );
        (problems.len(), loaded.problems.to_string())
    };
    assert_eq!(said(&certificates).0, 0);
    for (place, words) in
        [(&file, "of a file, not of a folder"), (&folder.path().join("nowhere"), "cannot be read")]
    {
        let (count, text) = said(place);
        assert!(count == 1 && text.contains(words), "{text}");
    }
    let whole = String::from_utf8(Authority::new().root()).unwrap();
    for (name, text) in
        [("bad.crt", "nonsense"), ("half.cer", whole.split_at(whole.len() / 2).0), ("empty.pem", "")]
    {
        fs::write(certificates.join(name), text).unwrap();
        let (count, said) = said(&certificates);
        assert!(count == 1 && said.contains(name), "{said}");
        fs::remove_file(certificates.join(name)).unwrap();
    }
}

#[test]
fn a_folder_that_no_certificate_is_held_against_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("users.yml"), "users: {}\n").unwrap();
    let local = format!("local:\n    path: {}\n", folder.path().join("db.sqlite3").display());
    let directory = format!("certificates_directory: '{}'", folder.path().display());
    let told = |fragment: &str, storage: &str| {
        let text = configuration::text(fragment, folder.path(), None);
        assert!(text.contains(&local), "{text}");
        let loaded = load_text("test.yml", &text.replace(&local, storage));
        assert!(!loaded.problems.has_errors(), "{}", loaded.problems);
        loaded.problems.notices().any(|problem| problem.path == "certificates_directory")
    };
    let postgres = |tls: &str| {
        format!("postgres: {{address: 'tcp://localhost:5432', database: a, username: b, password: c{tls}}}\n")
    };
    assert!(!told("{}", &local));
    for (storage, is_told) in [
        (local.clone(), true),
        (postgres(""), true),
        (postgres(", tls: {skip_verify: true}"), true),
        (postgres(", tls: {skip_verify: false}"), false),
        (postgres(", servers: [{address: 'tcp://other:5432', tls: {skip_verify: false}}]"), false),
    ] {
        assert_eq!(told(&directory, &storage), is_told, "{storage}");
    }
}
