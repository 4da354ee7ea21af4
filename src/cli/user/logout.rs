//! `signet user logout`.

use std::io::Write;

use clap::Args;

use super::nobody;
use crate::cli::database::{BY, Desk, Failure};
use crate::cli::settings::counted;
use crate::cli::table::plain;
use crate::storage::{Ended, StorageError, Whose};
use crate::users::admin;

/// The arguments of `signet user logout`.
#[derive(Args, Debug)]
pub(super) struct LogoutArgs {
    /// The person
    #[arg(required_unless_present = "everyone")]
    username: Option<String>,
    /// End only this one, as `signet user sessions` names it
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    session: Option<String>,
    /// Sign everyone out, in place of one person
    #[arg(long, conflicts_with_all = ["username", "session"])]
    everyone: bool,
    /// End offline access too (refresh tokens that outlive a sign-out), and take no browser for a known one any more
    #[arg(long)]
    everything: bool,
}

/// Ends sign-ins.
pub(super) async fn run(args: &LogoutArgs, desk: &Desk, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let roster = desk.roster();
    let Some(username) = &args.username else {
        let ended = end(desk, Whose::Everyone, args.everything).await?;
        writeln!(out, "Everyone is signed out: {}.", in_words(ended))?;
        if !args.everything {
            writeln!(out, "Offline access is left where it was given; --everything ends it too.")?;
        }
        return Ok(());
    };
    let username = roster.canonical(username);
    let whose = match &args.session {
        Some(session) => Whose::SignIn(&username, session),
        None => Whose::Person(&username),
    };
    let ended = end(desk, whose, args.everything).await?;
    if ended == Ended::default() {
        if let Some(session) = &args.session {
            return Err(Failure::Refused(format!(
                "'{0}' has no session '{1}'; `signet user sessions {0}` shows which there are",
                plain(&username),
                plain(session)
            )));
        }
        if roster.find(&username).is_none() {
            return Err(nobody(&username));
        }
    }
    writeln!(out, "'{}' is signed out: {}.", plain(&username), in_words(ended))?;
    if !args.everything {
        let kept = admin::sign_ins(&desk.storage, &roster, &username, desk.now).await?.others;
        let kept = kept.iter().filter(|grant| grant.offline).count();
        if kept > 0 {
            writeln!(out, "Offline access is left: {}; --everything ends it too.", counted(kept, "grant"))?;
        }
    }
    Ok(())
}

async fn end(desk: &Desk, whose: Whose<'_>, everything: bool) -> Result<Ended, StorageError> {
    admin::end_sessions(&desk.storage, whose, everything, BY, desk.now).await
}

fn in_words(Ended { sessions, grants }: Ended) -> String {
    let number = |number: u64, word: &str| counted(usize::try_from(number).unwrap_or(usize::MAX), word);
    format!("{} ended, {} revoked", number(sessions, "session"), number(grants, "grant"))
}
