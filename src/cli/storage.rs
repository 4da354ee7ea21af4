//! `signet storage` and `signet user`: commands that work on the database.

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::ConfigArgs;
use super::settings::{block_on, fail, load};
use super::user::{self, TotpCommand, UserCommand, UserError};
use crate::clock::Clock;
use crate::runtime::assembly::storage_options;
use crate::settings::Settings;
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
        env = "X_AUTHELIA_CONFIG"
    )]
    config: Vec<std::path::PathBuf>,
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
}

/// Runs `signet storage`.
pub(super) fn run(command: StorageCommand) -> ExitCode {
    let StorageCommand { files, command } = command;
    with_storage(files, async move |storage: Storage| match command {
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
    with_storage(files, async move |storage: Storage| {
        Ok(user::run(command, &storage, Clock::system().now(), &mut io::stdout()).await?)
    })
}

/// Opens the database, brings its tables up to date, and does the work.
fn with_storage(files: GlobalConfig, work: impl AsyncFnOnce(Storage) -> Result<(), Failure>) -> ExitCode {
    let (settings, _) = match load(ConfigArgs { config: files.config }) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let done = block_on(async {
        let storage = open(&settings).await?;
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

async fn open(settings: &Settings) -> Result<Storage, StorageError> {
    let storage = Storage::open(&storage_options(&settings.storage)).await?;
    storage.migrate().await?;
    Ok(storage)
}
