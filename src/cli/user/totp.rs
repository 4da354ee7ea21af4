//! `signet user totp`: see and remove people's one-time code devices.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use crate::cli::database::{BY, Failure, Opening};
use crate::cli::table::{self, date, plain};
use crate::clock::NumericDate;
use crate::model::second_factor::Totp;
use crate::storage::Storage;
use crate::users::admin::{self, Roster};

/// The arguments of `signet user totp`, also known as `signet storage user totp`.
#[derive(Args, Debug)]
pub(in crate::cli) struct TotpCommand {
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

impl TotpCommand {
    pub(in crate::cli) fn opening(&self) -> Opening {
        match self.command {
            TotpAction::List => Opening::Read,
            TotpAction::Delete { .. } => Opening::Update,
        }
    }
}

/// Runs `signet user totp`; the answer goes to `out`.
pub(in crate::cli) async fn run(
    command: TotpCommand,
    storage: &Storage,
    roster: &Roster,
    now: NumericDate,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    match command.command {
        TotpAction::List => list(&admin::list_totp(storage).await?, out)?,
        TotpAction::Delete { username } => {
            let username = roster.canonical(&username);
            if !admin::delete_totp(storage, &username, BY, now).await? {
                return Err(Failure::Refused(format!(
                    "'{}' has no one-time code device; `signet user totp list` shows who has",
                    plain(&username)
                )));
            }
            writeln!(
                out,
                "The one-time code device of '{0}' is removed. All sessions of '{0}' are ended, and the access that was \
                 granted with two factors is revoked.",
                plain(&username)
            )?;
        }
    }
    Ok(())
}

fn list(devices: &[Totp], out: &mut (dyn Write + Send)) -> io::Result<()> {
    if devices.is_empty() {
        return writeln!(out, "Nobody has a one-time code device.");
    }
    let rows: Vec<[String; 5]> = devices
        .iter()
        .map(|device| {
            [
                device.username.clone(),
                device.algorithm.as_str().to_owned(),
                device.digits.to_string(),
                device.period.to_string(),
                date(device.created_at),
            ]
        })
        .collect();
    table::write(["USERNAME", "ALGORITHM", "DIGITS", "PERIOD", "ENROLLED"], &rows, out)
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
        command: TotpCommand,
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
            Line::try_parse_from([&["totp"], arguments].concat()).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        run(line.command, storage, &Roster::unreadable(), NOW, &mut out)
            .await
            .map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn devices_are_listed_without_their_seeds() {
        let (_folder, storage) = storage_with(&["alice", "bob"]).await;
        let listed = say(&storage, &["list"]).await.unwrap();
        assert_eq!(
            listed,
            "USERNAME  ALGORITHM  DIGITS  PERIOD  ENROLLED\n\
             alice     SHA1       6       30      2023-11-14T22:13:20Z\n\
             bob       SHA1       6       30      2023-11-14T22:13:20Z\n"
        );
    }

    #[tokio::test]
    async fn a_removed_device_is_gone_and_a_second_removal_says_so() {
        let (_folder, storage) = storage_with(&["alice"]).await;
        assert!(say(&storage, &["delete", "alice"]).await.is_ok());
        assert_eq!(say(&storage, &["list"]).await.unwrap(), "Nobody has a one-time code device.\n");
        let again = say(&storage, &["delete", "alice"]).await.unwrap_err();
        assert!(again.contains("'alice' has no one-time code device"), "{again}");
    }

    #[tokio::test]
    async fn what_is_missing_on_the_command_line_is_named() {
        let (_folder, storage) = storage_with(&[]).await;
        assert!(say(&storage, &["delete"]).await.unwrap_err().contains("<USERNAME>"));
    }
}
