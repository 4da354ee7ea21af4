//! `signet import authelia`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::database::{BY, Desk, Failure, Opening};
use crate::cli::settings::{counted, say};
use crate::cli::table::plain;
use crate::users::admin::authelia::{ImportError, Imported, import, read_exports};
use crate::yaml::Problems;

/// The arguments of `signet import authelia`.
#[derive(Args, Debug)]
#[command(after_help = "\
Authelia writes the files so:
  authelia storage user identifiers export --file identifiers.yml
  authelia storage user totp export --file totp.yml
  authelia storage user totp export uri > totp.txt

Everything is imported or nothing. What stands already stays as it is, so the same files may be imported again; an
identifier or a device that is in use is never replaced. The files of one-time codes hold their secrets: delete them
afterwards. `signet serve` needs none of this when it is pointed at Authelia's own database.")]
pub(super) struct AutheliaArgs {
    /// The subject identifiers: who is who to applications (`sub`)
    #[arg(long, value_name = "FILE", required_unless_present = "totp")]
    identifiers: Option<PathBuf>,
    /// The one-time code devices, as YAML or as otpauth:// lines
    #[arg(long, value_name = "FILE")]
    totp: Option<PathBuf>,
    /// Say what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl AutheliaArgs {
    /// A database may be filled before anybody served from it.
    pub(super) fn opening(&self) -> Opening {
        if self.dry_run { Opening::Read } else { Opening::Make }
    }
}

/// Imports exports.
pub(super) async fn run(
    args: &AutheliaArgs,
    desk: &Desk,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let exports =
        read_exports(args.identifiers.as_deref(), args.totp.as_deref(), desk.now).map_err(refused)?;
    let roster = desk.roster();
    let is_known = |name: &str| !roster.is_known() || roster.find(name).is_some();
    let imported =
        import(&desk.storage, &desk.settings, &exports, is_known, BY, !args.dry_run, desk.now).await;
    match imported {
        Ok(imported) => Ok(tell(&imported, args.dry_run, out)?),
        Err(ImportError::Problems(problems)) => Err(refused(problems)),
        Err(ImportError::Storage(error)) => Err(error.into()),
        Err(ImportError::Seal(problem)) => Err(Failure::Refused(problem.to_string())),
    }
}

fn refused(problems: Problems) -> Failure {
    say(&problems.to_string());
    Failure::Refused(format!("{}: nothing was imported", counted(problems.errors().count(), "error")))
}

fn tell(imported: &Imported, dry_run: bool, out: &mut (dyn Write + Send)) -> std::io::Result<()> {
    let verb = if dry_run { "would be imported" } else { "imported" };
    let line = |new: usize, known: usize, word: &str| {
        format!("{} {verb}, {known} there already.", counted(new, word))
    };
    writeln!(out, "{}", line(imported.subjects, imported.known_subjects, "subject identifier"))?;
    writeln!(out, "{}", line(imported.devices, imported.known_devices, "one-time code device"))?;
    for name in &imported.unknown {
        writeln!(out, "The users file has no '{}': what is imported waits for that name.", plain(name))?;
    }
    if dry_run {
        writeln!(out, "Nothing was written.")?;
    }
    Ok(())
}
