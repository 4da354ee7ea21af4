//! `signet storage` and `signet user`: commands that work on the database.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::ConfigArgs;
use super::settings::{block_on, fail, load};
use super::user::{self, TotpCommand, UserCommand, UserError};
use crate::clock::Clock;
use crate::runtime::assembly::storage_options;
use crate::settings::{DatabaseSettings, Settings};
use crate::storage::{Storage, StorageError};

/// The arguments of `signet storage`.
#[derive(Args, Debug)]
pub(super) struct StorageCommand {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(subcommand)]
    command: StorageAction,
}

/// The arguments of `signet user`.
#[derive(Args, Debug)]
pub(super) struct UserArgs {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(flatten)]
    command: UserCommand,
}

/// Which configuration, at any place of the command.
#[derive(Args, Debug)]
struct GlobalConfig {
    /// The configuration: a file, several with commas between, or a folder
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
    /// Filters to run the configuration through; this version has none and says so
    #[arg(
        long = "config.experimental.filters",
        id = "filters",
        global = true,
        value_delimiter = ',',
        value_name = "FILTER",
        env = "X_AUTHELIA_CONFIG_FILTERS",
        hide = true
    )]
    filters: Vec<String>,
}

#[derive(Subcommand, Debug)]
enum StorageAction {
    /// Make or update the tables
    Migrate {
        #[command(subcommand)]
        direction: Option<Direction>,
    },
    /// Look after people
    #[command(subcommand)]
    User(StorageUser),
}

#[derive(Subcommand, Debug)]
enum Direction {
    /// To this version's tables
    Up,
}

#[derive(Subcommand, Debug)]
enum StorageUser {
    /// One-time code devices
    Totp(TotpCommand),
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    User(#[from] UserError),
    #[error("there is no database at {}: check storage.local.path; `signet serve` and `signet storage migrate` make it", .0.display())]
    NoDatabase(PathBuf),
}

/// Whether a database that is missing is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Make,
    Refuse,
}

/// Runs `signet storage`.
pub(super) fn run(command: StorageCommand) -> ExitCode {
    let StorageCommand { files, command } = command;
    let missing =
        if matches!(command, StorageAction::Migrate { .. }) { Missing::Make } else { Missing::Refuse };
    with_storage(files, missing, async move |storage: Storage| match command {
        StorageAction::Migrate { .. } => {
            super::settings::say("The tables are up to date.\n");
            Ok(())
        }
        StorageAction::User(StorageUser::Totp(command)) => {
            let now = Clock::system().now();
            Ok(user::run_totp(command, &storage, now, &mut io::stdout()).await?)
        }
    })
}

/// Runs `signet user`.
pub(super) fn run_user(args: UserArgs) -> ExitCode {
    let UserArgs { files, command } = args;
    with_storage(files, Missing::Refuse, async move |storage: Storage| {
        Ok(user::run(command, &storage, Clock::system().now(), &mut io::stdout()).await?)
    })
}

/// Opens the database, brings its tables up to date, and does the work.
fn with_storage(
    files: GlobalConfig,
    missing: Missing,
    work: impl AsyncFnOnce(Storage) -> Result<(), Failure>,
) -> ExitCode {
    let settings = match load(ConfigArgs { config: files.config, filters: files.filters }) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let done = block_on(async {
        let storage = open(&settings, missing).await?;
        let done = work(storage.clone()).await;
        storage.close().await;
        done
    });
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(error),
        Err(code) => code,
    }
}

async fn open(settings: &Settings, missing: Missing) -> Result<Storage, Failure> {
    if let DatabaseSettings::Sqlite { path } = &settings.storage.database
        && missing == Missing::Refuse
        && !path.exists()
    {
        return Err(Failure::NoDatabase(path.clone()));
    }
    let storage = Storage::open(&storage_options(&settings.storage)).await?;
    storage.migrate().await?;
    Ok(storage)
}
