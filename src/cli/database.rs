//! The database that a command works on.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::ConfigArgs;
use super::settings::{block_on, fail, load, say};
use crate::clock::{Clock, NumericDate};
use crate::runtime::assembly::storage_options;
use crate::secrets::{HandleKey, Sealer};
use crate::settings::{DatabaseSettings, Settings};
use crate::storage::{BackupError, BackupKeys, Storage, StorageError};
use crate::users::admin::Roster;

/// Who acts, for the events.
pub(super) const BY: &str = "command line";

/// Which configuration, at any place of the command.
#[derive(Args, Debug)]
pub(super) struct GlobalConfig {
    /// The configuration: a file, several with commas between, or a folder [default: ./configuration.yml]
    #[arg(
        long,
        short,
        global = true,
        value_delimiter = ',',
        value_name = "FILE[,FILE…]",
        value_parser = super::path(),
        env = "X_AUTHELIA_CONFIG"
    )]
    config: Vec<PathBuf>,
    /// Filters that fill in the files before they are read: template, expand-env
    #[arg(
        long = "config.experimental.filters",
        id = "filters",
        global = true,
        value_delimiter = ',',
        value_name = "FILTER",
        env = "X_AUTHELIA_CONFIG_FILTERS"
    )]
    filters: Vec<String>,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("there is no database at {}: check storage.local.path; `signet serve`, `signet storage migrate` and `signet storage restore` make it", .0.display())]
    NoDatabase(PathBuf),
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
    /// What is missing, and what to do.
    #[error("{0}")]
    Refused(String),
}

/// What a command finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// A missing database is made, and the tables are brought up to date.
    Make,
    /// The database must be there; its tables are brought up to date.
    Update,
    /// The database must be there with the tables of this version, and is left as it is.
    Read,
    /// The database must be there, with whatever tables, and is left as it is.
    Look,
    /// A missing database is made, without tables.
    Empty,
}

/// What a command works with.
pub(super) struct Desk {
    pub(super) settings: Settings,
    pub(super) storage: Storage,
    pub(super) now: NumericDate,
}

impl Desk {
    /// The people of the users file; when it cannot be read, that is said and names are taken as they are typed.
    pub(super) fn roster(&self) -> Roster {
        Roster::read(&self.settings.directory, Sealer::new(&self.settings.storage.encryption_key))
            .unwrap_or_else(|problems| {
                say(&format!(
                    "{problems}The users file cannot be read: people are shown as the database knows them.\n"
                ));
                Roster::unreadable()
            })
    }

    /// The keys that a backup belongs to.
    pub(super) fn keys(&self) -> BackupKeys {
        BackupKeys {
            sealer: Sealer::new(&self.settings.storage.encryption_key),
            handles: HandleKey::derive(&self.settings.oidc.hmac_secret),
        }
    }
}

/// Opens the database and does the work.
pub(super) fn with_desk(
    files: GlobalConfig,
    opening: Opening,
    work: impl AsyncFnOnce(&Desk) -> Result<(), Failure>,
) -> ExitCode {
    let settings = match load(ConfigArgs { config: files.config, filters: files.filters }) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let done = block_on(async {
        let storage = open(&settings, opening).await?;
        let desk = Desk { settings, storage, now: Clock::system().now() };
        let done = work(&desk).await;
        desk.storage.close().await;
        done
    });
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(error),
        Err(code) => code,
    }
}

async fn open(settings: &Settings, opening: Opening) -> Result<Storage, Failure> {
    if let DatabaseSettings::Sqlite { path } = &settings.storage.database
        && matches!(opening, Opening::Update | Opening::Read | Opening::Look)
        && !path.exists()
    {
        return Err(Failure::NoDatabase(path.clone()));
    }
    let storage = Storage::open(&storage_options(settings)).await?;
    match opening {
        Opening::Make | Opening::Update => storage.migrate().await?,
        Opening::Read => storage.schema_state().await?.judge().map_err(StorageError::Schema)?,
        Opening::Look | Opening::Empty => {}
    }
    Ok(storage)
}
