//! `signet user logout`.

use std::io::Write;

use clap::Args;

use super::nobody;
use crate::cli::database::{BY, Desk, Failure};
use crate::cli::settings::counted;
use crate::cli::table::plain;
use crate::storage::Ended;
use crate::users::admin::{self, Reach};

/// The arguments of `signet user logout`.
#[derive(Args, Debug)]
pub(super) struct LogoutArgs {
    /// The person
    username: String,
    /// End only this one, as `signet user sessions` names it
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    session: Option<String>,
    /// End offline access too (refresh tokens that outlive a sign-out), and take no browser for a known one any more
    #[arg(long)]
    everything: bool,
}

/// Ends sign-ins.
pub(super) async fn run(args: &LogoutArgs, desk: &Desk, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let roster = desk.roster();
    let username = roster.canonical(&args.username);
    let reach = Reach { session: args.session.as_deref(), everything: args.everything };
    let Ended { sessions, grants } =
        admin::end_sessions(&desk.storage, &username, reach, BY, desk.now).await?;
    if (sessions, grants) == (0, 0) {
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
    let number = |number: u64, word: &str| counted(usize::try_from(number).unwrap_or(usize::MAX), word);
    writeln!(
        out,
        "'{}' is signed out: {} ended, {} revoked.",
        plain(&username),
        number(sessions, "session"),
        number(grants, "grant")
    )?;
    if !args.everything {
        let kept = admin::sign_ins(&desk.storage, &roster, &username, desk.now).await?.others;
        let kept = kept.iter().filter(|grant| grant.offline).count();
        if kept > 0 {
            writeln!(out, "Offline access is left: {}; --everything ends it too.", counted(kept, "grant"))?;
        }
    }
    Ok(())
}
