//! `signet storage restore`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::database::{BY, Desk, Failure};
use crate::cli::table::date;
use crate::storage::Present;
use crate::users::admin;

/// The arguments of `signet storage restore`.
#[derive(Args, Debug)]
#[command(after_help = "\
Stop every `signet serve` of this database first. Everything is restored or nothing: the file is read to its end and
compared with its seal before a row is kept. What was ended after the backup was made stands again, sign-outs and
revoked tokens included: end it anew, for example with `signet user logout`.")]
pub(super) struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// Replace what the database holds; it is kept in a backup of its own first, beside FILE or in --keep
    #[arg(long)]
    replace: bool,
    /// The file in which --replace keeps what the database holds
    #[arg(long, value_name = "FILE", requires = "replace")]
    keep: Option<PathBuf>,
    /// Restore although the hmac_secret is another one: every code and token that is out ends
    #[arg(long)]
    accept_other_hmac_secret: bool,
}

/// Restores a backup.
pub(super) async fn run(
    args: &RestoreArgs,
    desk: &Desk,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let keys = desk.keys();
    let backup = admin::open_backup(&args.file, &keys, args.accept_other_hmac_secret)?;
    let keep = args.keep.clone().unwrap_or_else(|| {
        let mut name = args.file.clone().into_os_string();
        name.push(format!(".replaced-{}", desk.now));
        name.into()
    });
    let present = if args.replace { Present::KeptIn(&keep) } else { Present::Nothing };
    let restored = admin::restore(&desk.storage, &backup, present, &keys, BY, desk.now).await?;
    let made = date(backup.header().made_at);
    writeln!(out, "{} rows are restored, as of {made}.", restored.rows)?;
    if restored.replaced > 0 {
        writeln!(out, "The {} rows that were there are kept in {}.", restored.replaced, keep.display())?;
    }
    Ok(())
}
