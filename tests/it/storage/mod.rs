//! The contract of storage: every function on SQLite and on PostgreSQL.

mod attempts;
mod authorization;
mod client_assertions;
mod device_codes;
mod inheritance;
mod opening;
mod people;
mod races;
mod refusals;
mod rescue;
mod samples;
mod server;
mod sessions;
mod tokens;
mod upkeep;

use std::fs;
use std::path::Path;

use signet::storage::{Storage, StorageOptions};

use crate::support::postgres;

/// The time at which tests begin.
pub const NOW: i64 = 1_800_000_000;

/// A database with Signet's tables. alice is signed in twice; else it is empty.
pub struct Place {
    pub storage: Storage,
    pub options: StorageOptions,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StorageOptions::Sqlite { path: folder.path().join("signet.sqlite3") };
        Self::of(options, Some(folder)).await
    }

    pub async fn postgres() -> Self {
        let database = tokio::task::spawn_blocking(postgres::database).await.unwrap();
        Self::of(database.options(), None).await
    }

    /// The same database, opened by two: as two processes do.
    pub async fn twice(self) -> (Self, [Storage; 2]) {
        let other = Storage::open(&self.options).await.unwrap();
        let both = [self.storage.clone(), other];
        (self, both)
    }

    async fn of(options: StorageOptions, folder: Option<tempfile::TempDir>) -> Self {
        let storage = Storage::open(&options).await.unwrap();
        storage.migrate().await.unwrap();
        for session in ["session-1", "session-2"] {
            assert!(storage.create_session(&samples::signed_in(session), &[]).await.unwrap());
        }
        Self { storage, options, _folder: folder }
    }
}

/// Runs each of the tests on both databases.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::$test(crate::storage::Place::sqlite().await).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::$test(crate::storage::Place::postgres().await).await;
                }
            )+
        }
    };
}
use on_both;

/// The names after `before` in all files of a folder.
fn names_after(folder: &str, before: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        names.extend(text.split(before).skip(1).map(|rest| {
            rest.trim_start()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect::<String>()
        }));
    }
    names
}

#[test]
fn every_storage_function_is_called_here() {
    let called = names_after("tests/it/storage", ".");
    let missing: Vec<String> = names_after("src/storage", "    pub async fn ")
        .into_iter()
        .filter(|name| name != "open" && !called.contains(name))
        .collect();
    assert!(missing.is_empty(), "no test calls {missing:?}");
}
