//! `signet user`: look after people, a file per subcommand.

mod list;
mod logout;
mod sessions;
pub(super) mod totp;

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::database::{Desk, Failure, GlobalConfig, Opening, with_desk};

/// The arguments of `signet user`.
#[derive(Args, Debug)]
pub(super) struct UserArgs {
    #[command(flatten)]
    files: GlobalConfig,
    #[command(subcommand)]
    command: User,
}

#[derive(Subcommand, Debug)]
enum User {
    /// Show everyone: groups, state, one-time code device, sessions, last sign-in
    List,
    /// Show where a person is signed in, and which applications hold access
    Sessions(sessions::SessionsArgs),
    /// End a person's sessions, and the access that was granted in them
    Logout(logout::LogoutArgs),
    /// One-time code devices
    Totp(totp::TotpCommand),
}

/// Runs `signet user`.
pub(super) fn run(args: UserArgs) -> ExitCode {
    let UserArgs { files, command } = args;
    let opening = match &command {
        User::List | User::Sessions(_) => Opening::Read,
        User::Logout(_) => Opening::Update,
        User::Totp(command) => command.opening(),
    };
    with_desk(files, opening, async move |desk: &Desk| {
        let mut out = io::stdout();
        match command {
            User::List => list::run(desk, &mut out).await,
            User::Sessions(args) => sessions::run(&args, desk, &mut out).await,
            User::Logout(args) => logout::run(&args, desk, &mut out).await,
            User::Totp(command) => {
                totp::run(command, &desk.storage, &desk.roster(), desk.now, &mut out).await
            }
        }
    })
}

/// What to say when nobody of a name is known, neither to the users file nor to the database.
fn nobody(username: &str) -> Failure {
    Failure::Refused(format!(
        "nobody is called '{}'; `signet user list` shows who there is",
        super::table::plain(username)
    ))
}
