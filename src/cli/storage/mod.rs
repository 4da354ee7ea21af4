//! `signet storage`: look after the database, a file per subcommand.

mod backup;
mod check;
mod restore;

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::bans::{self, StorageBans};
use super::database::{Desk, GlobalConfig, Opening, with_desk};
use super::user::totp::{self, TotpCommand};

/// The arguments of `signet storage`.
#[derive(Args, Debug)]
pub(super) struct StorageCommand {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(subcommand)]
    command: StorageAction,
}

#[derive(Subcommand, Debug)]
enum StorageAction {
    /// Write everything that is remembered to one file, also while Signet serves
    Backup(backup::BackupArgs),
    /// Put a backup into the database, from either kind of database into either
    Restore(restore::RestoreArgs),
    /// Say whether the database is sound, a line per question; the exit status is 1 when something is not
    Check,
    /// Make or update the tables
    Migrate {
        #[command(subcommand)]
        direction: Option<Direction>,
    },
    /// Say which tables there are, as `signet storage check` does
    #[command(hide = true)]
    SchemaInfo,
    /// What is sealed with storage.encryption_key
    #[command(subcommand)]
    Encryption(Encryption),
    /// Who is locked out (as `signet bans`)
    #[command(subcommand)]
    Bans(StorageBans),
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
enum Encryption {
    /// Say whether every sealed value opens under the configured key
    Check,
}

#[derive(Subcommand, Debug)]
enum StorageUser {
    /// One-time code devices
    Totp(TotpCommand),
}

impl StorageAction {
    fn opening(&self) -> Opening {
        match self {
            Self::Migrate { .. } => Opening::Make,
            Self::Restore(_) => Opening::Empty,
            Self::Backup(_) | Self::Check | Self::SchemaInfo | Self::Encryption(_) => Opening::Look,
            Self::Bans(command) => command.opening(),
            Self::User(StorageUser::Totp(command)) => command.opening(),
        }
    }
}

/// Runs `signet storage`.
pub(super) fn run(command: StorageCommand) -> ExitCode {
    let StorageCommand { files, command } = command;
    with_desk(files, command.opening(), async move |desk: &Desk| {
        let mut out = io::stdout();
        match command {
            StorageAction::Backup(args) => backup::run(&args, desk, &mut out).await,
            StorageAction::Restore(args) => restore::run(&args, desk, &mut out).await,
            StorageAction::Check | StorageAction::SchemaInfo => check::run(desk, &mut out).await,
            StorageAction::Encryption(Encryption::Check) => check::run_sealed(desk, &mut out).await,
            StorageAction::Migrate { .. } => {
                super::settings::say("The tables are up to date.\n");
                Ok(())
            }
            StorageAction::Bans(command) => bans::run_storage(command, desk).await,
            StorageAction::User(StorageUser::Totp(command)) => {
                totp::run(command, &desk.storage, &desk.roster(), desk.now, &mut out).await
            }
        }
    })
}
