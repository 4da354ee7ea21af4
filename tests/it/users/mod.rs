//! Signing in, one-time codes and what slows guessing down, over a real database.

mod codes;
mod sign_in;

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use signet::clock::Clock;
use signet::model::event::Source;
use signet::model::origin::Origin;
use signet::model::second_factor::TotpAlgorithm;
use signet::model::user::User;
use signet::secrets::Sealer;
use signet::secrets::make_digest::{Argon2Parameters, make_argon2};
use signet::settings::{Directory, Regulation, TotpSettings};
use signet::storage::{Storage, StorageOptions};
use signet::users::password::PasswordQueue;
use signet::users::{SignInAttempt, SignInProblem, Users, UsersOptions};
use sqlx::Row;
use tempfile::TempDir;

/// The address everyone signs in from unless a test says otherwise.
const HOME: &str = "192.0.2.7";
/// Failures that lead to a ban.
const RETRIES: u32 = 5;

/// A users file, a database and the people they make.
struct House {
    folder: TempDir,
    clock: Clock,
    users: Users,
}

fn digest(password: &str) -> String {
    let cheap =
        Argon2Parameters { iterations: 1, memory_kib: 32, parallelism: 1, ..Argon2Parameters::default() };
    make_argon2(password.as_bytes(), &cheap).unwrap()
}

/// Everyone's password is the name and `-password`; a name with a `!` before it is disabled.
fn users_file(names: &[&str]) -> String {
    let mut text = "users:\n".to_owned();
    for name in names {
        let (name, disabled) = name.strip_prefix('!').map_or((*name, false), |name| (name, true));
        let digest = digest(&format!("{name}-password"));
        text += &format!(
            "  {name}:\n    displayname: {name}\n    password: '{digest}'\n    disabled: {disabled}\n"
        );
        text += &format!("    email: {name}@example.com\n");
    }
    text
}

fn regulation() -> Regulation {
    Regulation { by_user: true, by_ip: false, max_retries: RETRIES, find_time: 120, ban_time: 300 }
}

impl House {
    /// alice, bob, and mallory who is disabled.
    async fn new() -> Self {
        Self::with(regulation()).await
    }

    async fn with(regulation: Regulation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.yml");
        std::fs::write(&path, users_file(&["alice", "bob", "!mallory"])).unwrap();
        let storage =
            Storage::open(&StorageOptions::Sqlite { path: folder.path().join("db.sqlite3") }).await.unwrap();
        storage.migrate().await.unwrap();
        let clock = Clock::movable(1_700_000_000);
        let users = Users::open(UsersOptions {
            directory: Directory {
                path,
                search_email: true,
                case_insensitive: false,
                extra_attributes: BTreeMap::new(),
                origin: Origin::Default,
            },
            totp: TotpSettings {
                disabled: false,
                issuer: "Signet".to_owned(),
                algorithm: TotpAlgorithm::Sha1,
                digits: 6,
                period: 30,
                skew: 1,
                secret_size: 32,
                allowed_algorithms: vec![TotpAlgorithm::Sha1],
                allowed_digits: vec![6],
                allowed_periods: vec![30],
            },
            regulation,
            storage,
            sealer: Sealer::new(&SecretString::from("the encryption key of a test")),
            passwords: PasswordQueue::default(),
            clock: clock.clone(),
        })
        .unwrap();
        Self { folder, clock, users }
    }

    async fn try_from(
        &self,
        username: &str,
        password: &str,
        address: &str,
        browser: Option<&str>,
    ) -> Result<Arc<User>, SignInProblem> {
        let password = SecretString::from(password);
        let attempt = SignInAttempt { username, password: &password, source: &from(address), browser };
        self.users.sign_in(attempt).await
    }

    /// Whether the password lets the person in, from an unknown browser at home.
    async fn lets_in(&self, username: &str, password: &str) -> bool {
        self.lets_in_from(username, password, HOME, None).await
    }

    async fn lets_in_from(
        &self,
        username: &str,
        password: &str,
        address: &str,
        browser: Option<&str>,
    ) -> bool {
        match self.try_from(username, password, address, browser).await {
            Ok(_) => true,
            Err(SignInProblem::Refused) => false,
            Err(other) => panic!("{other}"),
        }
    }

    /// As many wrong passwords as lead to a ban.
    async fn get_banned(&self, username: &str, address: &str, browser: Option<&str>) {
        for _ in 0..RETRIES {
            assert!(!self.lets_in_from(username, "wrong", address, browser).await);
        }
    }

    fn write_users(&self, text: &str) {
        std::fs::write(self.folder.path().join("users.yml"), text).unwrap();
        self.clock.advance(1);
    }

    /// Kind, person and detail of every event, in order.
    async fn events(&self) -> Vec<(String, Option<String>, String)> {
        let url = format!("sqlite://{}", self.folder.path().join("db.sqlite3").display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let rows = sqlx::query("SELECT kind, username, detail FROM signet_events ORDER BY rowid");
        let rows = rows.fetch_all(&pool).await.unwrap();
        rows.iter()
            .map(|row| {
                (
                    row.get("kind"),
                    row.get("username"),
                    row.get::<Option<String>, _>("detail").unwrap_or_default(),
                )
            })
            .collect()
    }

    async fn count(&self, kind: &str, detail: &str) -> usize {
        self.events().await.iter().filter(|event| event.0 == kind && event.2 == detail).count()
    }
}

/// A request from an address.
fn from(address: &str) -> Source {
    Source {
        issuer: None,
        address: address.parse().unwrap(),
        request_id: "request".to_owned(),
        user_agent: None,
    }
}
