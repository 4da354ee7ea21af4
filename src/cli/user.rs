//! `signet user totp`: see and remove people's one-time code devices.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::NumericDate;
use crate::model::second_factor::Totp;
use crate::storage::{Storage, StorageError};
use crate::users::admin;

/// The arguments of `signet user`.
#[derive(Args, Debug)]
pub struct UserCommand {
    #[command(subcommand)]
    command: User,
}

#[derive(Subcommand, Debug)]
enum User {
    /// One-time code devices
    Totp(TotpCommand),
}

/// The arguments of `signet user totp`, also known as `signet storage user totp`.
#[derive(Args, Debug)]
pub struct TotpCommand {
    #[command(subcommand)]
    command: TotpAction,
}

#[derive(Subcommand, Debug)]
enum TotpAction {
    /// Show who has a one-time code device
    List,
    /// Remove a person's one-time code device; the next sign-in that needs one enrols a new one
    Delete {
        /// The person, as the users file names them
        username: String,
    },
}

/// Why a user command did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The person has none.
    #[error("'{0}' has no one-time code device; `signet user totp list` shows who has")]
    NoDevice(String),
    /// The database did not do its work.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The answer could not be written.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

/// Runs `signet user`; the answer goes to `out`.
///
/// # Errors
/// Every [`UserError`].
pub async fn run(
    command: UserCommand,
    storage: &Storage,
    now: NumericDate,
    out: &mut (dyn Write + Send),
) -> Result<(), UserError> {
    match command.command {
        User::Totp(command) => run_totp(command, storage, now, out).await,
    }
}

/// Runs `signet user totp`; the answer goes to `out`.
///
/// # Errors
/// Every [`UserError`].
pub async fn run_totp(
    command: TotpCommand,
    storage: &Storage,
    now: NumericDate,
    out: &mut (dyn Write + Send),
) -> Result<(), UserError> {
    match command.command {
        TotpAction::List => list(&admin::list_totp(storage).await?, out)?,
        TotpAction::Delete { username } => {
            if !admin::delete_totp(storage, &username, "command line", now).await? {
                return Err(UserError::NoDevice(username));
            }
            writeln!(out, "The one-time code device of '{username}' is removed.")?;
        }
    }
    Ok(())
}

fn list(devices: &[Totp], out: &mut (dyn Write + Send)) -> io::Result<()> {
    if devices.is_empty() {
        return writeln!(out, "Nobody has a one-time code device.");
    }
    let width = devices.iter().map(|device| device.username.chars().count()).max().unwrap_or(0).max(8);
    writeln!(out, "{:width$}  ALGORITHM  DIGITS  PERIOD  ENROLLED", "USERNAME")?;
    for device in devices {
        writeln!(
            out,
            "{:width$}  {:9}  {:6}  {:6}  {}",
            device.username,
            device.algorithm.as_str(),
            device.digits,
            device.period,
            date(device.created_at)
        )?;
    }
    Ok(())
}

fn date(seconds: NumericDate) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|date| date.format(&Rfc3339).ok())
        .unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tempfile::TempDir;

    use super::*;
    use crate::model::second_factor::TotpAlgorithm;
    use crate::storage::{Enrolment, StorageOptions};

    const NOW: NumericDate = 1_700_000_000;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        command: UserCommand,
    }

    async fn storage_with(names: &[&str]) -> (TempDir, Storage) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite3");
        let storage = Storage::open(&StorageOptions::Sqlite { path }).await.unwrap();
        storage.migrate().await.unwrap();
        for name in names {
            let enrolment = Enrolment {
                session: (*name).to_owned(),
                username: (*name).to_owned(),
                sealed_seed: "sealed-seed".to_owned(),
                algorithm: TotpAlgorithm::Sha1,
                digits: 6,
                period: 30,
                created_at: NOW,
                expires_at: NOW + 600,
            };
            storage.begin_enrolment(&enrolment).await.unwrap();
            assert!(storage.confirm_enrolment(name, name, 1, &[], NOW).await.unwrap());
        }
        (folder, storage)
    }

    async fn say(storage: &Storage, arguments: &[&str]) -> Result<String, String> {
        let line =
            Line::try_parse_from([&["user"], arguments].concat()).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        run(line.command, storage, NOW, &mut out).await.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn devices_are_listed_without_their_seeds() {
        let (_folder, storage) = storage_with(&["alice", "bob"]).await;
        let listed = say(&storage, &["totp", "list"]).await.unwrap();
        assert_eq!(
            listed,
            "USERNAME  ALGORITHM  DIGITS  PERIOD  ENROLLED\n\
             alice     SHA1            6      30  2023-11-14T22:13:20Z\n\
             bob       SHA1            6      30  2023-11-14T22:13:20Z\n"
        );
    }

    #[tokio::test]
    async fn a_removed_device_is_gone_and_a_second_removal_says_so() {
        let (_folder, storage) = storage_with(&["alice"]).await;
        assert!(say(&storage, &["totp", "delete", "alice"]).await.is_ok());
        assert_eq!(say(&storage, &["totp", "list"]).await.unwrap(), "Nobody has a one-time code device.\n");
        let again = say(&storage, &["totp", "delete", "alice"]).await.unwrap_err();
        assert!(again.contains("'alice' has no one-time code device"), "{again}");
    }

    #[tokio::test]
    async fn what_is_missing_on_the_command_line_is_named() {
        let (_folder, storage) = storage_with(&[]).await;
        assert!(say(&storage, &["totp", "delete"]).await.unwrap_err().contains("<USERNAME>"));
    }
}
