//! `signet storage backup`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::database::{Desk, Failure};

/// The arguments of `signet storage backup`.
#[derive(Args, Debug)]
#[command(after_help = "\
The file holds every table as of one moment, also while Signet serves, and restores into SQLite and PostgreSQL alike.
Only its owner may read it. Keep apart from it what is not in it: the configuration, the users file, the keys, and
storage.encryption_key and identity_providers.oidc.hmac_secret, without which it cannot be restored.")]
pub(super) struct BackupArgs {
    /// The file to write; it must not exist
    file: PathBuf,
}

/// Makes a backup.
pub(super) async fn run(args: &BackupArgs, desk: &Desk, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let rows = desk.storage.backup(&args.file, &desk.keys(), desk.now).await?;
    writeln!(out, "{rows} rows are in {}.", args.file.display())?;
    Ok(())
}
